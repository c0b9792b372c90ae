"""Finds what plain functions of Home Assistant's integrations call that belongs to its event loop.

Home Assistant runs plain methods of entities, and plain functions that it is given without the decorator `callback`, in worker threads; its
functions whose names begin with `async_` may be called in the event loop only
(https://developers.home-assistant.io/docs/asyncio_thread_safety/).
"""

import ast
import re
from collections.abc import Iterator
from typing import Final

from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.symbols.scopes import Scope

_PACKAGE: Final = "homeassistant"
_ENTITY_METHODS: Final = re.compile(
    r"^(?:update|turn_on|turn_off|toggle|press|lock|unlock|open|start|pause|clean_spot|locate|return_to_base|select_option|send_command"
    r"|(?:set|open|close|stop|media|volume|mute|alarm)_\w+)$"
)
"""Methods of entities that have an async twin, and run in a worker thread where only the plain one is there."""
_SUBSCRIBING: Final = re.compile(r"^(?:async_)?(?:listen\w*|track_\w+|dispatcher_connect|call_later|call_at|subscribe\w*)$")
_LOOP_ONLY: Final = re.compile(
    r"^async_(?:write_ha_state|schedule_update_ha_state|create_task|create_background_task|set|set_updated_data|fire|fire_internal|remove"
    r"|dispatcher_send|dispatcher_connect|call_later|track_\w+|listen\w*|update_entry|update_device|add_entities|register|forward_\w+"
    r"|update_listeners|add_job|run_hass_job|run_job|call|reload|start_reauth|abort)$"
)


def is_integration(context: FileContext) -> bool:
    """Tell whether a file belongs to an integration of Home Assistant."""
    own = context.project.modules.get(context.parsed.name)
    return own is not None and any(each.startswith(_PACKAGE) for each in own.names.values())


def loop_only_calls(context: FileContext) -> Iterator[tuple[Scope, ast.Call, str]]:
    """Yield the calls of loop-only functions in plain functions that run in worker threads, each with why it does, as a clause."""
    given = set(_given(context))
    for scope in context.functions():
        if scope.is_async or scope.name.startswith("async_") or _is_callback(scope):
            continue
        why = _why(context, scope, given)
        if not why:
            continue
        for call in scope.of(ast.Call):
            if _LOOP_ONLY.match(last_name(call)) and not context.is_awaited(call) and not isinstance(context.parent(call), ast.Call):
                yield scope, call, why


def _why(context: FileContext, scope: Scope, given: set[str]) -> str:
    name = context.full_name(scope)
    if name in given:
        return f"Home Assistant runs `{scope.name}()`, which has no `@callback`, in a worker thread"
    if context.project.reach.in_threads(name):
        return f"`{scope.name}()` runs in a worker thread"
    owner = scope.enclosing_class
    if (
        owner is not None
        and _ENTITY_METHODS.match(scope.name)
        and f"async_{scope.name}" not in owner.bindings
        and _is_entity(context, owner)
    ):
        return f"Home Assistant runs an entity's plain `{scope.name}()` in a worker thread"
    return ""


def _is_entity(context: FileContext, owner: Scope) -> bool:
    return any(each.startswith(f"{_PACKAGE}.") and each.endswith("Entity") for each in context.project.mro(context.full_name(owner)))


def _is_callback(scope: Scope) -> bool:
    node = scope.node
    return isinstance(node, ast.FunctionDef) and any(last_name(each) in {"callback", "property"} for each in node.decorator_list)


def _given(context: FileContext) -> Iterator[str]:
    """Yield the full names of the functions that are given to Home Assistant to be called on an event."""
    for scope, call in context.calls():
        if _SUBSCRIBING.match(last_name(call)):
            for each in (*call.args, *(option.value for option in call.keywords)):
                if isinstance(each, (ast.Name, ast.Attribute)) and (path := context.path(each, scope)):
                    yield path
