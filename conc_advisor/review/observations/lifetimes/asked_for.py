"""Tells whether somebody who is not seen to call a function most likely does: a framework, by its name, or who imports it uncalled."""

import re
from typing import Final

from conc_advisor.review.context import FileContext
from conc_advisor.review.symbols.scopes import Scope

_HOOKS: Final = re.compile(
    r"^_*(?:on_|handle_|async_(?:step|setup|unload|migrate|remove|added)|before_|after_|pre_|post_|setup|teardown|start|stop|close|shutdown"
    r"|lifespan|main$|handler$|callback$|middleware$)|_(?:handler|callback|hook|listener|middleware|view|endpoint|command|factory)$"
)
"""Names that somebody else commonly asks for."""
_GIVEN: Final = frozenset(
    {"request", "req", "update", "ctx", "context", "event", "message", "msg", "hass", "interaction", "query", "websocket", "ws", "scope"}
)
"""First parameters of functions that a framework calls for each request, message or event."""
_HOME_ASSISTANT: Final = "homeassistant"


def is_hook(context: FileContext, scope: Scope) -> bool:
    """Tell whether a function that nobody calls is named like one that a framework calls, or takes what only a framework gives."""
    if _HOOKS.search(scope.name):
        return True
    summary = context.summary(scope)
    own = [each for each in summary.parameters if each not in {"self", "cls"}] if summary is not None else []
    return bool(own) and own[0] in _GIVEN


def is_home_assistants(context: FileContext, scope: Scope) -> bool:
    """Tell whether a function is one of those that Home Assistant looks up by name, in one of its integrations: `async_setup_entry`."""
    return _HOME_ASSISTANT in context.packages and scope.name.lstrip("_").startswith("async_")


def is_imported_uncalled(context: FileContext, scope: Scope) -> bool:
    """Tell whether a module of the project imports a function and does not call it: it hands it on, or offers it to others.

    One that imports the function's whole module may do so, too, where nobody calls the function.
    """
    project, own, name = context.project, context.parsed.name, context.full_name(scope)
    callers = {caller.file for caller, _ in project.reach.callers(name)}
    for module in project.modules.values():
        if module.name == own or module.file in callers:
            continue
        meanings = module.names.values()
        if name in meanings or (not callers and (own in meanings or own in module.stars)):
            return True
    return False
