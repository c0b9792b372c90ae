"""Tells what an `except` or a `suppress` catches of a task's cancellation, and whether catching it is meant."""

import ast
from collections.abc import Iterable, Iterator
from typing import Final

from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.symbols.scopes import Scope

CANCELLED: Final = "asyncio.CancelledError"
EVERYTHING: Final = frozenset({"", "BaseException"})
"""What catches a cancellation with all else; "" is a bare `except`."""
_CANCELLATIONS: Final = frozenset({"CancelledError", "Cancelled", "get_cancelled_exc_class"})
_CANCELLING: Final = frozenset({"cancel", "uncancel", "cancelling", "athrow", "cancelled", "aclose"})
_NEVER_RETURNING: Final = frozenset({"sys.exit", "os._exit", "os.abort", "exit", "quit"})
_LOGGING: Final = frozenset(
    {
        *("debug", "info", "warning", "warn", "error", "exception", "critical", "log", "print", "str", "repr", "format", "format_exc"),
        *("print_exc", "print_exception", "format_exception", "type", "isinstance", "fatal", "echo", "secho"),
    }
)


def caught(context: FileContext, kind: ast.expr | None, scope: Scope) -> frozenset[str]:
    """Return the paths of the exceptions that a handler names; {""} for a bare one, "?" for what is not known."""
    if kind is None:
        return frozenset({""})
    if isinstance(kind, ast.Name):
        kind = _named_tuple(scope, kind) or kind
    listed = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return frozenset(_exception(context, each, scope) for each in listed)


def _named_tuple(scope: Scope, name: ast.Name) -> ast.Tuple | None:
    """Return the tuple of exceptions that a name stands for, where it is given once."""
    binder = scope.binder(name.id)
    bindings = binder.bindings.get(name.id, []) if binder is not None else []
    return bindings[0].value if len(bindings) == 1 and isinstance(bindings[0].value, ast.Tuple) else None


def _exception(context: FileContext, node: ast.expr, scope: Scope) -> str:
    name = last_name(node)
    if name in _CANCELLATIONS:
        return CANCELLED
    # A variable may hold less than its annotation allows.
    path = context.path(node, scope)
    return path if path and path.endswith(name) else "?"


def imports_asyncio(context: FileContext) -> bool:
    """Tell whether a file imports asyncio or one of its kind: other frameworks run async functions, too, and cancel them otherwise."""
    return any(
        each.name.partition(".")[0] in {"asyncio", "anyio", "trio"} for bindings in context.module.bindings.values() for each in bindings
    )


def awaits_in(context: FileContext, body: Iterable[ast.stmt], scope: Scope) -> Iterator[ast.AST]:
    """Yield where the statements of a function let it be cancelled: `await`, `async for`, `async with`, a context manager's `yield`."""
    wanted = list(body)
    if not wanted:
        return
    first, last = wanted[0].lineno, wanted[-1].end_lineno or wanted[-1].lineno
    found: list[ast.expr | ast.stmt] = [*scope.of(ast.Await), *scope.of(ast.AsyncFor), *scope.of(ast.AsyncWith)]
    if any(last_name(each) == "asynccontextmanager" for each in getattr(scope.node, "decorator_list", ())):
        found += scope.of(ast.Yield)
    for node in found:
        if first <= node.lineno <= last and any(each in wanted for each in (node, *context.ancestors(node))):
            yield node


def lets_through(context: FileContext, handler: ast.ExceptHandler, scope: Scope) -> bool:
    """Tell whether a handler passes on what it has caught: it raises, ends the program, or gives the exception to somebody else."""
    if any(last_name(each.exc) in _CANCELLATIONS and each.lineno > handler.lineno for each in scope.of(ast.Raise)):
        # It is put off: the handler notes it, and it is raised when all is in order.
        return True
    for node in _inside(handler):
        if isinstance(node, ast.Raise):
            return True
        if isinstance(node, ast.Call):
            path = context.target(node, scope)
            if (
                path in _NEVER_RETURNING
                or last_name(node) in {"uncancel", "cancelling", "fail", "skip"}
                or _never_returns(context, node, scope)
            ):
                return True
            if path == "sys.exc_info" and not isinstance(context.parent(node), ast.Expr) and not _is_logged(context, node):
                return True
        if handler.name and isinstance(node, ast.Name) and node.id == handler.name and not _is_logged(context, node):
            return True
    return False


def is_meant(context: FileContext, scope: Scope, body: Iterable[ast.stmt]) -> bool:
    """Tell whether a function expects the cancellation of something else: what it cancels itself, or a task that it has not started."""
    statements = list(body)
    last = (statements[-1].end_lineno or statements[-1].lineno) if statements else 0
    if any(call.lineno <= last and _cancels(last_name(call)) for call in _calls(scope)):
        return True
    waits = [each for each in awaits_in(context, statements, scope) if not _is_timeout(each)]
    return bool(waits) and all(isinstance(each, ast.Await) and _is_foreign_task(context, scope, each.value) for each in waits)


def may_be_anothers(context: FileContext, scope: Scope, body: Iterable[ast.stmt]) -> str:
    """Return the function of this file, as it is called there, that may pass on the cancellation of another task or job; "" for none.

    It awaits a task as such, which anybody may cancel, or raises an exception that it was given: that of a job which ran elsewhere.
    """
    waits = list(awaits_in(context, body, scope))
    calls = [each.value for each in waits if isinstance(each, ast.Await) and isinstance(each.value, ast.Call)]
    if not calls or len(calls) < len(waits) or not all(_passes_on(context, scope, each) for each in calls):
        return ""
    return f"{context.text(calls[0].func)}()"


def _passes_on(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    function = context.callee(call, scope)
    place = context.scope_named(function.name) if function is not None and function.is_async else None
    if place is None or place is scope:
        return False
    tasks = (each.value for each in place.of(ast.Await))
    if any(isinstance(each, (ast.Name, ast.Attribute)) and _is_foreign_task(context, place, each) for each in tasks):
        return True
    caught_here = {handler.name for tried in place.of(ast.Try) for handler in tried.handlers}
    raised = (each.exc for each in place.of(ast.Raise))
    return any(
        isinstance(each, (ast.Name, ast.Attribute)) and last_name(each)[:1].islower() and last_name(each) not in caught_here
        for each in raised
    )


def _cancels(name: str) -> bool:
    return name in _CANCELLING or name.startswith(("cancel_", "_cancel"))


def _is_timeout(node: ast.AST) -> bool:
    return isinstance(node, ast.AsyncWith) and all("timeout" in last_name(item.context_expr) for item in node.items)


def _calls(scope: Scope) -> Iterator[ast.Call]:
    for place in scope.walk():
        yield from place.of(ast.Call)


def _is_foreign_task(context: FileContext, scope: Scope, awaited: ast.expr) -> bool:
    """Tell whether what is awaited is a task or future as such, which anybody may cancel, and none that the function has made."""
    if isinstance(awaited, ast.Call):
        return last_name(awaited) in {"shield", "gather", "wait", "wait_for"} and any(
            _is_foreign_task(context, scope, each.value if isinstance(each, ast.Starred) else each) for each in awaited.args
        )
    # `gather(*[fetch(url) for url in urls])` awaits what it makes itself.
    if not isinstance(awaited, (ast.Name, ast.Attribute, ast.Subscript)):
        return False
    return not _makes_future(scope, last_name(awaited))


def _makes_future(scope: Scope, name: str) -> bool:
    values = [each.value for each in scope.bindings.get(name, ())]
    values += [binding.value for target, binding in scope.assigned_attributes if target.attr == name]
    return any(last_name(each) in {"create_future", "Future"} for each in values)


def _inside(handler: ast.ExceptHandler) -> Iterator[ast.AST]:
    waiting: list[ast.AST] = list(handler.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            waiting.extend(ast.iter_child_nodes(node))


def _is_logged(context: FileContext, used: ast.expr) -> bool:
    """Tell whether an exception is only looked at or told about where it is used."""
    for each in context.ancestors(used):
        if isinstance(each, ast.Call):
            return last_name(each) in _LOGGING
        if isinstance(each, (ast.FormattedValue, ast.Attribute, ast.If, ast.While, ast.Compare)):
            return True
        if isinstance(each, ast.stmt):
            return False
    return False


def _never_returns(context: FileContext, call: ast.Call, scope: Scope) -> bool:
    function = context.callee(call, scope)
    node = context.scope_named(function.name) if function is not None else None
    if node is None or not isinstance(node.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    if last_name(node.node.returns) in {"NoReturn", "Never"}:
        return True
    return isinstance(node.node.body[-1], ast.Raise)
