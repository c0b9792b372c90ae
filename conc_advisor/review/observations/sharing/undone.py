"""Finds context managers made of a generator that take something back after their `yield` only if what ran there did not raise."""

import ast
from typing import Final

from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.symbols.scopes import BindingKind, Scope, ScopeKind

_MANAGERS: Final = frozenset({"contextmanager", "asynccontextmanager"})
_BACK: Final = frozenset({"release", "remove", "discard", "unlock", "put_nowait", "task_done"})


def unprotected_return(context: FileContext, scope: Scope) -> tuple[ast.Yield, ast.AST, str] | None:
    """Return the yield of a context manager, what is taken back after it, and its text; None where that is done in any case."""
    node = scope.node
    decorators = node.decorator_list if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else []
    yields = scope.of(ast.Yield)
    if len(yields) != 1 or not any(last_name(each) in _MANAGERS for each in decorators):
        return None
    given = yields[0]
    if any(isinstance(each, (ast.Try, ast.TryStar, ast.For, ast.While)) for each in context.ancestors(given)):
        return None
    end = given.end_lineno or given.lineno
    for call in scope.of(ast.Call):
        function = call.func
        back = isinstance(function, ast.Attribute) and function.attr in _BACK and _outlives(function.value, scope)
        if back and call.lineno > end:
            return given, call, context.text(call)
    for change in scope.of(ast.AugAssign):
        if isinstance(change.op, ast.Sub) and change.lineno > end and _outlives(change.target, scope):
            return given, change, context.text(change)
    return None


def _outlives(node: ast.expr, scope: Scope) -> bool:
    """Tell whether an expression begins with something that others see, too: no local variable."""
    root: ast.AST = node
    while isinstance(root, (ast.Attribute, ast.Subscript, ast.Call)):
        root = root.func if isinstance(root, ast.Call) else root.value
    if not isinstance(root, ast.Name):
        return False
    binder = scope.binder(root.id)
    if binder is not scope:
        return binder is not None and (binder.kind is ScopeKind.MODULE or binder.kind is ScopeKind.FUNCTION)
    own = {BindingKind.SELF, BindingKind.CLS, BindingKind.PARAMETER, BindingKind.ANNOTATED}
    return any(each.kind in own for each in scope.bindings.get(root.id, ()))
