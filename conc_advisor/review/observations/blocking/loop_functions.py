"""Tells which functions of a file an event loop runs."""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.project.summaries import Runner
from conc_advisor.review.symbols.scopes import Scope

_PROTOCOLS: Final = ("asyncio.Protocol", "asyncio.DatagramProtocol", "asyncio.SubprocessProtocol", "asyncio.BufferedProtocol")
_TORNADO: Final = ("tornado.web.RequestHandler", "tornado.websocket.WebSocketHandler")
_CALLED_BY_LOOP: Final = {
    **dict.fromkeys(
        (
            "data_received",
            "connection_made",
            "connection_lost",
            "eof_received",
            "datagram_received",
            "error_received",
            "pipe_data_received",
        ),
        _PROTOCOLS,
    ),
    **dict.fromkeys(("get", "post", "put", "delete", "patch", "head", "prepare", "on_message", "open", "on_close"), _TORNADO),
}
"""Names of methods that the event loop calls, in classes that are derived from these."""


def on_the_loop(context: FileContext, *, callbacks: bool = True) -> Iterator[Scope]:
    """Yield the functions of a file that an event loop runs: async ones, methods that it is known to call, and `callbacks`.

    Those are functions that are handed to a loop and to nobody else.
    """
    for scope in context.functions():
        if (
            scope.is_async
            or (callbacks and _is_callback(context, scope))
            or _is_method_of_loop(context, scope)
            or _is_of_home_assistant(context, scope)
        ):
            yield scope


def _is_method_of_loop(context: FileContext, scope: Scope) -> bool:
    """Tell whether a plain method is called by the loop, by its name and its class: a protocol's, or a Tornado handler's."""
    bases = _CALLED_BY_LOOP.get(scope.name)
    return bases is not None and scope.enclosing_class is not None and context.is_a_class(scope.enclosing_class, *bases)


def _is_of_home_assistant(context: FileContext, scope: Scope) -> bool:
    """Tell whether Home Assistant runs a plain function on the loop: by its decorator, or as the constructor of a flow."""
    if "homeassistant" not in context.packages:
        return False
    if any(last_name(each) == "callback" for each in getattr(scope.node, "decorator_list", ())):
        return True
    owner = scope.enclosing_class
    bases = owner.node.bases if owner is not None and isinstance(owner.node, ast.ClassDef) else ()
    return scope.name == "__init__" and any(last_name(each).endswith(("ConfigFlow", "OptionsFlow")) for each in bases)


def _is_callback(context: FileContext, scope: Scope) -> bool:
    name = context.full_name(scope)
    running = context.project.reach.running(name)
    return bool(running) and all(each.runner is Runner.LOOP and each.entry == name for each in running)
