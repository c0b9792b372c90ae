"""Finds plain work that async functions run for others: in web handlers that await nothing, and where a caller's function may be plain."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.observations.blocking.result_uses import is_used_at_once
from conc_advisor.review.symbols.scopes import Scope

_ROUTES: Final = frozenset({"get", "post", "put", "delete", "patch", "api_route", "route", "head"})
_FRAMEWORKS: Final = ("fastapi", "starlette", "ninja", "litestar")
"""Packages that run plain handlers in threads."""
_AWAITING: Final = (ast.Await, ast.AsyncFor, ast.AsyncWith)
_SERVICE: Final = re.compile(
    r"^(?:get|list|create|update|delete|save|load|search|query|find|fetch|insert|remove|execute|generate|predict|process|send|upload|download"
    r"|export|import|run|add|store|read|write|invoke|call|train|analyze|scan|compute|render|build)(?:_\w+)?$"
)
_PLAIN_OWNERS: Final = frozenset(
    {"os", "re", "json", "logger", "log", "logging", "request", "headers", "environ", "config", "settings", "dict"}
)
_ASKING: Final = re.compile(r"coroutine|async|await")


def unawaiting_handlers(context: FileContext) -> Iterator[tuple[Scope, ast.Call]]:
    """Yield the async handlers of web frameworks that await nothing, each with a call of what looks like a service."""
    names = context.project.modules[context.parsed.name].names.values()
    if not any(meaning.startswith(_FRAMEWORKS) for meaning in names):
        return
    for scope in context.coroutines():
        if not _is_route(scope) or any(scope.of(kind) for kind in _AWAITING):
            continue
        call = next((each for each in scope.of(ast.Call) if _is_service(context, scope, each)), None)
        if call is not None:
            yield scope, call


def _is_route(scope: Scope) -> bool:
    return any(
        isinstance(each, ast.Call)
        and last_name(each) in _ROUTES
        and isinstance(each.func, ast.Attribute)
        and bool(each.args)
        and isinstance(each.args[0], ast.Constant)
        and isinstance(each.args[0].value, str)
        for each in getattr(scope.node, "decorator_list", ())
    )


def _is_service(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    """Tell whether a call asks an object of unknown type, that is no local value, for data."""
    function = call.func
    if not isinstance(function, ast.Attribute) or not _SERVICE.match(function.attr) or last_name(function.value) in _PLAIN_OWNERS:
        return False
    path = context.path(function.value, scope)
    if path and (path.startswith(("<", "{", "(", "str()", "re.")) or path in context.project.modules):
        return False
    return is_used_at_once(context, scope, call)


def either_way_calls(context: FileContext) -> Iterator[ast.Call]:
    """Yield the calls of functions that are awaited where they are async, and run on the loop where they are plain."""
    for scope in context.coroutines():
        for branch in scope.of(ast.If):
            if not branch.orelse or not _asks(branch.test):
                continue
            first, second = _calls(context, branch.body), _calls(context, branch.orelse)
            awaited = {text for text, _, is_awaited in (*first, *second) if is_awaited}
            plain = [call for text, call, is_awaited in (*first, *second) if not is_awaited and text in awaited]
            if plain and context.scope_of(plain[0]) is scope:
                yield plain[0]


def _asks(test: ast.expr) -> bool:
    """Tell whether a test is about whether a function is async."""
    return any(isinstance(node, (ast.Name, ast.Attribute)) and _ASKING.search(last_name(node).lower()) for node in ast.walk(test))


def _calls(context: FileContext, body: list[ast.stmt]) -> list[tuple[str, ast.Call, bool]]:
    calls = [node for each in body for node in ast.walk(each) if isinstance(node, ast.Call)]
    return [(context.text(each.func), each, context.is_awaited(each)) for each in calls]
