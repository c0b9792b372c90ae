"""Tells which timeouts hold without being named in a call: a session's, a socket's, a client's, and those that were switched off."""

import ast
from typing import Final

from conc_advisor.review.context import FileContext, argument, has_unseen_arguments, is_none, last_name
from conc_advisor.review.symbols.scopes import Scope

_ADAPTER: Final = "requests.adapters.HTTPAdapter"
_STREAMING: Final = ("stream", "sse", "websocket", "listen", "subscri", "watch", "poll", "tail", "event", "proxy", "gateway", "follow")


def has_default(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    """Tell whether a session may have a timeout for all its calls: by an adapter, by its class, or by a method that was replaced."""
    if not isinstance(call.func, ast.Attribute) or any(_sends(context, each) for each in context.project.derived(_ADAPTER)):
        return True
    owner = context.path(call.func.value, scope).removesuffix("()")
    if owner in context.project.classes:
        methods = {name for each in context.project.mro(owner) if (found := context.project.classes.get(each)) for name in found.methods}
        if not methods.isdisjoint({"request", "send", call.func.attr}):
            return True
    for place in context.scopes():
        if any(target.attr in {"request", "send"} for target, _ in place.assigned_attributes):
            return True
        for each in place.of(ast.Call):
            if last_name(each) == "mount" and len(each.args) > 1 and _may_limit(context, context.path(each.args[1], place)):
                return True
    return False


def _may_limit(context: FileContext, adapter: str) -> bool:
    """Tell whether an adapter may set a timeout, by its path: not requests' own, nor one whose source shows that it cannot."""
    owner = adapter.removesuffix("()")
    return owner not in {_ADAPTER, ""} and (owner not in context.project.classes or _sends(context, owner))


def _sends(context: FileContext, owner: str) -> bool:
    """Tell whether a class of the project has a `send` of its own, where an adapter would set a timeout."""
    found = (context.project.classes.get(each) for each in context.project.mro(owner))
    return any("send" in each.methods for each in found if each is not None)


def sets_socket_timeout(context: FileContext, scope: Scope) -> bool:
    """Tell whether a file sets a timeout for all sockets, or the function one for the socket that it opens."""
    if any(last_name(each) in {"settimeout", "setblocking"} for each in scope.of(ast.Call)):
        return True
    return any(site.target.endswith("socket.setdefaulttimeout") for each in context.project.all_functions() for site in each.calls) or any(
        last_name(each) == "setdefaulttimeout" for _, each in context.calls()
    )


def is_switched_off(call: ast.Call, path: str) -> bool:
    """Tell whether a call of aiohttp or httpx, by its path, says that there shall be no timeout."""
    if path == "aiohttp.ClientTimeout":
        return _is_off(call, "total", 0) and _is_off(call, "sock_read", 3) and not has_unseen_arguments(call)
    if path == "httpx.Timeout":
        first = argument(call, "timeout", 0)
        return is_none(first) and len(call.args) + len(call.keywords) == 1
    return path.startswith("httpx.") and is_none(argument(call, "timeout"))


def _is_off(call: ast.Call, name: str, position: int) -> bool:
    given = argument(call, name, position)
    return given is None or (isinstance(given, ast.Constant) and not given.value)


def is_for_streaming(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    """Tell whether the connection is one that waits for whatever comes, by the names around it."""
    statement = context.statement(call)
    named = context.text(statement, most=400) if not isinstance(statement, (ast.With, ast.AsyncWith)) else context.text(call, most=400)
    text = f"{scope.qualname} {named}".lower()
    return any(word in text for word in _STREAMING)
