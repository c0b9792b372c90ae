"""Finds what the signal handlers of a file set."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.observations.blocking.waiting import EVENTS
from conc_advisor.review.symbols.scopes import BindingKind, Scope

_ENDING: Final = frozenset(
    {"exit", "_exit", "abort", "kill", "stop", "cancel", "raise_signal", "interrupt_main", "default_int_handler", "quit"}
)

_ARGUMENTS: Final = 2


@dataclass(frozen=True, slots=True)
class SignalFlag:
    """What a signal handler sets and does nothing else: an event or a variable, by its last name; where the handler is registered."""

    name: str
    registration: ast.Call
    scope: Scope
    is_event: bool


def signal_flags(context: FileContext, *, ending: bool = False) -> Iterator[SignalFlag]:
    """Yield what the handlers set that a file registers by `signal.signal` or `add_signal_handler`.

    Handlers that raise, exit or stop something are left out unless `ending`.
    """
    for scope, call in registrations(context):
        yield from _set_by(context, scope, call, ending=ending)


def registrations(context: FileContext) -> Iterator[tuple[Scope, ast.Call]]:
    """Yield the calls of a file that register a signal handler, as their second argument."""
    for scope in context.scopes():
        for call in scope.of(ast.Call):
            name = last_name(call)
            if name not in {"signal", "add_signal_handler"} or len(call.args) < _ARGUMENTS:
                continue
            if name == "add_signal_handler" or context.target(call, scope) == "signal.signal":
                yield scope, call


def handler_of(context: FileContext, scope: Scope, call: ast.Call) -> Scope | None:
    """Return the function or lambda of the file that a call registers."""
    handler = handler_node(context, scope, call)
    return context.symbols.scopes.get(handler) if isinstance(handler, ast.Lambda) else context.scope_named(context.path(handler, scope))


def handler_node(context: FileContext, scope: Scope, call: ast.Call) -> ast.expr:
    """Return the expression for the function that a call registers, behind a partial and the name that it has been given."""
    handler = context.work(call.args[1], scope)
    binder = scope.binder(handler.id) if isinstance(handler, ast.Name) else None
    if binder is not None and isinstance(handler, ast.Name):
        for each in binder.bindings.get(handler.id, ()):
            if each.kind is BindingKind.ASSIGNED and isinstance(each.value, (ast.Lambda, ast.Call)):
                return context.work(each.value, binder)
    return handler


def set_by_signals(context: FileContext) -> set[str]:
    """Return the last names of what signal handlers of a file set."""
    return {each.name for each in signal_flags(context, ending=True)}


def _set_by(context: FileContext, scope: Scope, call: ast.Call, *, ending: bool) -> Iterator[SignalFlag]:
    handler = call.args[1]
    if isinstance(handler, ast.Attribute) and handler.attr == "set" and context.is_a(handler.value, *EVENTS, scope=scope):
        yield SignalFlag(last_name(handler.value), call, scope, is_event=True)
        return
    place = handler_of(context, scope, call)
    if place is None:
        return
    calls = place.of(ast.Call)
    if not ending and (place.of(ast.Raise) or any(last_name(each) in _ENDING for each in calls)):
        return
    for each in calls:
        function = each.func
        if isinstance(function, ast.Attribute) and function.attr == "set" and context.is_a(function.value, *EVENTS, scope=place):
            yield SignalFlag(last_name(function.value), call, scope, is_event=True)
    for name in (*place.globals, *place.nonlocals):
        if name in place.bindings:
            yield SignalFlag(name, call, scope, is_event=False)
    for target, _ in place.assigned_attributes:
        yield SignalFlag(target.attr, call, scope, is_event=False)
