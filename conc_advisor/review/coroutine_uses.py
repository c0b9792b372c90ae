"""Tells where a coroutine that nothing awaits is used as if it were the result."""

import ast
from typing import Final

from conc_advisor.review.context import FileContext
from conc_advisor.review.symbols.scopes import BindingKind, Scope

_OWN: Final = frozenset(
    {"close", "send", "throw", "cr_await", "cr_code", "cr_frame", "cr_running", "__await__", "__name__", "add_done_callback"}
)
"""What a coroutine itself has."""
_TAKING_VALUES: Final = frozenset(
    {
        "len",
        "list",
        "tuple",
        "set",
        "dict",
        "sorted",
        "sum",
        "min",
        "max",
        "any",
        "all",
        "int",
        "float",
        "enumerate",
        "zip",
        "next",
        "iter",
        "reversed",
    }
)


def misuse(context: FileContext, scope: Scope, call: ast.Call) -> tuple[ast.AST, str] | None:
    """Return where and how the coroutine that a call makes is taken for its result; None where it is not, as far as can be seen.

    The coroutine may first be given a name: then every use of that name in the function must take it for a value.
    """
    how = _taken(context, call)
    if how:
        return call, how
    parent = context.parent(call)
    if isinstance(parent, ast.Assign) and len(parent.targets) == 1 and parent.value is call:
        target = parent.targets[0]
        if isinstance(target, (ast.Tuple, ast.List)):
            return call, "is taken apart"
        if isinstance(target, ast.Name):
            return _taken_by_name(context, scope, call, target.id)
    return None


def _taken_by_name(context: FileContext, scope: Scope, call: ast.Call, name: str) -> tuple[ast.AST, str] | None:
    bindings = scope.bindings.get(name, ())
    if len([each for each in bindings if each.kind is not BindingKind.ANNOTATED]) != 1 or name in scope.globals or name in scope.nonlocals:
        return None
    if any(name in inner.loads for child in scope.children for inner in child.walk()):
        return None
    uses = scope.loads.get(name, [])
    ways = [_taken(context, use) or _tested(context, use) for use in uses]
    return (call, f"{ways[0]} on line {uses[0].lineno}") if uses and all(ways) else None


def _taken(context: FileContext, node: ast.expr) -> str:
    """Return how the value of an expression is used, where a coroutine cannot be used so; "" otherwise."""
    parent = context.parent(node)
    match parent:
        case ast.Attribute() if parent.attr not in _OWN:
            return f"is asked for `.{parent.attr}`"
        case ast.Subscript() if parent.value is node:
            return "is subscripted"
        case ast.For() if parent.iter is node:
            return "is iterated over"
        case ast.comprehension() if parent.iter is node and not parent.is_async:
            return "is iterated over"
        case ast.BinOp():
            return "is computed with"
        case ast.FormattedValue():
            return "is printed"
        case ast.Compare() if not any(isinstance(each, (ast.Is, ast.IsNot)) for each in parent.ops):
            return "is compared"
        case ast.Starred():
            return "" if isinstance(context.parent(parent), ast.Call) else "is unpacked"
        case ast.Call() if isinstance(parent.func, ast.Name) and parent.func.id in _TAKING_VALUES and node in parent.args:
            return f"is given to `{parent.func.id}()`"
    return ""


def _tested(context: FileContext, node: ast.expr) -> str:
    parent = context.parent(node)
    if isinstance(parent, (ast.If, ast.While, ast.IfExp, ast.Assert)) and parent.test is node:
        return "is tested"
    return "is tested" if isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.Not) else ""
