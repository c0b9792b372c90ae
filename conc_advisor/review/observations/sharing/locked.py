"""Where a function of a file holds a lock: by `with`, or between `acquire()` and `release()`.  For rules about what is done meanwhile."""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.knowledge.locks import ASYNC_LOCKS, MUTEXES, THREAD_LOCKS, is_lock_name
from conc_advisor.review.symbols.scopes import Scope

_RUNNING_LOCKED: Final = ("lock", "synchron", "mutex", "serializ")
"""Words in names of decorators that take a lock around the whole function."""
_EXPECTING: Final = ("_locked", "_unlocked", "_nolock", "_no_lock", "_with_lock", "_under_lock", "_lock_held", "_unsafe")
"""Ends of names of functions that expect the lock to be held."""


def lock_name(node: ast.expr) -> str:
    """Return the last word of the expression of a lock: `_lock` for `self._lock`, `self._lock.acquire()` and `self._locks[key]`."""
    while isinstance(node, (ast.Subscript, ast.Call)):
        node = node.value if isinstance(node, ast.Subscript) else node.func
    return last_name(node)


def is_lock(context: FileContext, node: ast.expr, scope: Scope) -> bool:
    """Tell whether an expression is a lock of whatever kind: by its type, or by its name where the type is not known."""
    path = context.path(node, scope)
    return context.project.is_a(path, *THREAD_LOCKS, *ASYNC_LOCKS) or is_lock_name(lock_name(node))


def is_mutex(context: FileContext, node: ast.expr, scope: Scope) -> bool:
    """Tell whether an expression is known to be a lock that lets one thread in at a time."""
    return context.is_a(node, *MUTEXES, scope=scope)


def locks_around(context: FileContext, node: ast.AST, scope: Scope) -> Iterator[ast.expr]:
    """Yield the locks of the `with` statements around a node in the same function, the innermost first."""
    child = node
    for each in context.ancestors(node):
        if isinstance(each, (ast.With, ast.AsyncWith)) and not isinstance(child, ast.withitem):
            for item in reversed(each.items):
                if is_lock(context, item.context_expr, scope):
                    yield item.context_expr
        child = each


def acquires(scope: Scope) -> Iterator[ast.Call]:
    """Yield the calls of `acquire` of a function."""
    return (call for call in scope.of(ast.Call) if isinstance(call.func, ast.Attribute) and call.func.attr == "acquire")


def is_locked(context: FileContext, node: ast.AST, scope: Scope) -> bool:
    """Tell whether a lock is held at a node, as far as can be seen: in doubt it is."""
    if any(True for _ in locks_around(context, node, scope)):
        return True
    line = getattr(node, "lineno", 0)
    if any(
        call.lineno <= line and is_lock(context, call.func.value, scope) for call in acquires(scope) if isinstance(call.func, ast.Attribute)
    ):
        return True
    return runs_locked(context, scope)


def runs_locked(context: FileContext, scope: Scope) -> bool:
    """Tell whether a lock is held whenever a function runs: by its name, its decorators, or all its callers."""
    function: Scope | None = scope
    while function is not None:
        if function.is_function:
            if function.name.endswith(_EXPECTING):
                return True
            node = function.node
            decorators = node.decorator_list if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else []
            if any(word in _words(each) for each in decorators for word in _RUNNING_LOCKED):
                return True
            if context.project.locks.guards(context.full_name(function)):
                return True
        function = function.parent
    return False


def _words(node: ast.expr) -> str:
    """Return a decorator's name with its arguments' names, in lower case."""
    given = [last_name(each) for each in node.args] if isinstance(node, ast.Call) else []
    return " ".join([last_name(node), *given]).lower()
