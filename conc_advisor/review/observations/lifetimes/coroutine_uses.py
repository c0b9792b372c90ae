"""Tells where a coroutine that nothing awaits is used as if it were the result."""

import ast
from typing import Final

from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.observations.blocking.result_uses import takes_values
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
        "str",
        "repr",
        "bool",
        "print",
        "map",
        "filter",
    }
)

_LOGGING: Final = frozenset({"debug", "info", "warning", "error", "exception", "critical", "dumps", "loads", "join", "format"})
"""Methods that write or turn into text what they are given."""


def handed_on(context: FileContext, scope: Scope, call: ast.Call, *, surely: bool) -> tuple[ast.AST, str] | None:
    """Return where and how the coroutine that a call makes is handed to a function that takes a value; None where it is not.

    A plain function of the same file tells by what it does with its parameter.  Of another function nothing is known but its name: it is
    asked for only where the result of the call is `surely` wanted, since nothing else is ever done with it.
    """
    node: ast.expr = call
    parent = context.parent(call)
    if isinstance(parent, ast.Assign) and parent.value is call and len(parent.targets) == 1 and isinstance(parent.targets[0], ast.Name):
        name = parent.targets[0].id
        uses = scope.loads.get(name, [])
        if len(scope.bindings.get(name, ())) != 1 or name in scope.globals or name in scope.nonlocals or not uses:
            return None
        if any(name in inner.loads for child in scope.children for inner in child.walk()):
            return None
        ways = [_handed(context, scope, use, surely=surely) or _taken(context, use) or _tested(context, use) for use in uses]
        return (call, f"{ways[0]} on line {uses[0].lineno}") if all(ways) else None
    how = _handed(context, scope, node, surely=surely)
    return (call, how) if how else None


def _handed(context: FileContext, scope: Scope, node: ast.expr, *, surely: bool) -> str:
    parent = context.parent(node)
    outer = context.parent(parent) if isinstance(parent, ast.keyword) else parent
    if not isinstance(outer, ast.Call) or outer.func is node:
        return ""
    name = last_name(outer)
    if _is_used_by(context, scope, outer, node):
        return f"is handed to `{name}()`, which looks into it"
    if not surely or not takes_values(outer) or not scope.is_async:
        return ""
    function = context.callee(outer, scope)
    if function is None and not isinstance(context.parent(outer), (ast.Await, ast.Expr)) and not name[:1].isupper():
        return ""
    if function is not None and context.scope_named(function.name) is not None:
        # It has been looked into: it does nothing that a coroutine could not stand.
        return ""
    return f"is handed to `{name}()`"


def _is_used_by(context: FileContext, scope: Scope, call: ast.Call, node: ast.expr) -> bool:
    """Tell whether a plain function of this file iterates over, subscripts or measures the parameter that an argument becomes."""
    function = context.callee(call, scope)
    inner = context.scope_named(function.name) if function is not None and not function.is_async else None
    if function is None or inner is None or node not in call.args or inner.name == "__init__":
        return False
    place = call.args.index(node) + (
        1 if function.owner and isinstance(call.func, ast.Attribute) and "staticmethod" not in function.decorators else 0
    )
    if place >= len(function.parameters):
        return False
    uses = inner.loads.get(function.parameters[place], [])
    return len(inner.bindings.get(function.parameters[place], ())) == 1 and any(_taken(context, use) for use in uses)


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
    if isinstance(parent, ast.Call):
        return _given_to(parent, node)
    return _looked_into(parent, node) or _put_into(context, parent)


def _looked_into(parent: ast.AST | None, node: ast.expr) -> str:
    match parent:
        case ast.Attribute() if parent.attr not in _OWN:
            return f"is asked for `.{parent.attr}`"
        case ast.Subscript() if parent.value is node:
            return "is subscripted"
        case ast.For() | ast.comprehension() if parent.iter is node and not getattr(parent, "is_async", 0):
            return "is iterated over"
        case ast.Compare() if not any(isinstance(each, (ast.Is, ast.IsNot)) for each in parent.ops):
            return "is compared"
        case ast.BoolOp() if node is not parent.values[-1]:
            return "is tested"
    return ""


def _put_into(context: FileContext, parent: ast.AST | None) -> str:
    match parent:
        case ast.BinOp():
            return "is computed with"
        case ast.FormattedValue():
            return "is printed"
        case ast.Starred():
            return "" if isinstance(context.parent(parent), ast.Call) else "is unpacked"
        case ast.Dict() if isinstance(context.parent(parent), ast.Return):
            return "is returned in a dict"
        case ast.withitem() if isinstance(context.parent(parent), ast.With):
            return "is entered by `with`"
    return ""


def _given_to(call: ast.Call, node: ast.expr) -> str:
    name = last_name(call)
    known = _TAKING_VALUES if isinstance(call.func, ast.Name) else _LOGGING if isinstance(call.func, ast.Attribute) else frozenset()
    return f"is given to `{name}()`" if name in known and node in call.args else ""


def _tested(context: FileContext, node: ast.expr) -> str:
    parent = context.parent(node)
    if isinstance(parent, (ast.If, ast.While, ast.IfExp, ast.Assert)) and parent.test is node:
        return "is tested"
    return "is tested" if isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.Not) else ""
