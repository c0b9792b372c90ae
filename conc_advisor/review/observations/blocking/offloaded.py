"""Finds calls of coroutines that the same file makes in a thread elsewhere: whoever wrote it there knows that they block."""

import ast
import builtins
from collections.abc import Iterable, Iterator
from typing import Final

from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.symbols.scopes import Scope

_OFFLOADERS: Final = (
    "executor",
    "to_thread",
    "threadpool",
    "thread_pool",
    "in_thread",
    "sync_to_async",
    "run_sync",
    "offload",
    "_blocking",
)
_BUILTINS: Final = frozenset(dir(builtins))
"""Functions that do as much as what they are given: they say nothing about another call."""
_SECOND: Final = "run_in_executor"
_KNOWN: Final = 2
"""So many methods of one object in threads make all of them suspect."""
_CHEAP: Final = frozenset({"append", "add", "get", "pop", "items", "keys", "values", "copy", "update", "format", "clear", "set", "is_set"})


def offloaded_elsewhere(context: FileContext) -> Iterator[tuple[Scope, ast.Call, ast.expr, bool]]:
    """Yield the calls of coroutines that run in a thread elsewhere.

    With each comes where it was handed over, and whether that was the very same function, not another method of the same object.
    """
    handed = _handed(context)
    if not handed:
        return
    same: dict[str, list[tuple[Scope, ast.expr]]] = {}
    owners: dict[str, dict[str, tuple[Scope, ast.expr]]] = {}
    for scope, work in handed:
        same.setdefault(context.text(work), []).append((scope, work))
        if isinstance(work, ast.Attribute) and isinstance(work.value, ast.Attribute):
            owners.setdefault(context.text(work.value), {})[work.attr] = (scope, work)
    for scope in context.coroutines():
        for call in scope.of(ast.Call):
            if last_name(call) in _CHEAP or context.is_awaited(call) or not isinstance(call.func, (ast.Attribute, ast.Name)):
                continue
            places = same.get(context.text(call.func), [])
            known = owners.get(context.text(call.func.value), {}) if isinstance(call.func, ast.Attribute) and not places else {}
            if places and _is_elsewhere(scope, places) and _means_the_same(context, scope, call.func, *places[0]):
                yield scope, call, places[0][1], True
            elif len(known) >= _KNOWN and _is_elsewhere(scope, known.values()):
                yield scope, call, next(iter(known.values()))[1], False


def _is_elsewhere(scope: Scope, places: Iterable[tuple[Scope, ast.expr]]) -> bool:
    """Tell whether none of some hand-overs is in a function itself, which would have its reason for both."""
    return all(place is not scope for place, _ in places)


def _handed(context: FileContext) -> list[tuple[Scope, ast.expr]]:
    """Return the functions that the file's coroutines hand to threads and await."""
    found: list[tuple[Scope, ast.expr]] = []
    for scope in context.coroutines():
        for each in scope.of(ast.Await):
            call = each.value
            if not isinstance(call, ast.Call):
                continue
            name = last_name(call).lower()
            if not any(word in name for word in _OFFLOADERS):
                continue
            place = 1 if name == _SECOND else 0
            if len(call.args) > place:
                work = context.work(call.args[place], scope)
                if isinstance(work, (ast.Attribute, ast.Name)) and context.path(work, scope) not in _BUILTINS:
                    found.append((scope, work))
    return found


def _means_the_same(context: FileContext, scope: Scope, function: ast.expr, place: Scope, work: ast.expr) -> bool:
    """Tell whether two equally written functions are one: their paths say so, or both begin with the same instance or module's name."""
    ours, theirs = context.path(function, scope), context.path(work, place)
    if ours or theirs:
        return ours == theirs
    first, other = _root(function), _root(work)
    if first in {"self", "cls"}:
        return scope.enclosing_class is place.enclosing_class
    return first == other and scope.binder(first) is place.binder(other) is not None


def _root(node: ast.expr) -> str:
    while isinstance(node, (ast.Attribute, ast.Call, ast.Subscript)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""
