"""Compares what a class, or a module, does to its state in a thread of its own with what others do to it from outside.

State is told by its name and holder (`shared_writes.State`).  Only functions of one file are compared, and no writes under a lock count.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.observations.sharing.locked import is_locked
from conc_advisor.review.observations.sharing.shared_writes import Holder, State, Write, WriteKind, all_writes, state_of, walks
from conc_advisor.review.project.sharing import with_its_instance
from conc_advisor.review.symbols.scopes import Scope

BUILDING: Final = frozenset(
    {"__init__", "__new__", "__post_init__", "__init_subclass__", "__set_name__", "__del__", "__setstate__", "__enter__", "__exit__"}
)
"""Methods that run before an object is shared, or after."""
_STARTING: Final = frozenset(
    {"start", "run", "setup", "reset", "open", "connect", "close", "stop", "shutdown", "join", "init", "terminate", "main"}
)
"""Methods that commonly run while the thread does not."""
_FILLING: Final = frozenset({"append", "extend", "add", "update", "write", "appendleft", "insert", "setdefault"})


@dataclass(frozen=True, slots=True)
class Clash:
    """State that a function in a thread and one outside both use: the place that is told, and the name of the other function."""

    node: ast.AST
    target: ast.expr
    other: str
    thread: str


class Sides:
    """What the functions of a file write without a lock, in a thread of their own class or module and outside."""

    def __init__(self, context: FileContext) -> None:
        self.context = context
        self.inside: dict[State, list[tuple[Scope, ast.AST, bool, str]]] = {}
        self.outside: dict[State, list[tuple[Scope, ast.AST, bool, str]]] = {}
        for scope in context.functions():
            if scope.is_async or scope.name in BUILDING:
                continue
            for node, state, grows in all_writes(context, scope):
                entry = self.entry(scope, state)
                if entry is None or is_locked(context, node, scope):
                    continue
                if entry:
                    self.inside.setdefault(state, []).append((scope, node, grows, entry))
                elif not _is_starting(scope):
                    self.outside.setdefault(state, []).append((scope, node, grows, ""))

    def entry(self, scope: Scope, state: State) -> str | None:
        """Return by which function's thread a function comes to some state; "" for none; None where it may be of another object."""
        running = self.context.project.reach.in_threads(self.context.full_name(scope))
        if not running:
            return ""
        if state.holder is Holder.INSTANCE:
            running = with_its_instance(self.context.project, state.owner, running)
        return running[0].entry.rpartition(".")[2] if running else None

    def clashes(self, scope: Scope, writes: list[Write]) -> Iterator[tuple[Write, Clash]]:
        """Yield the writes of two steps that a write by the other side can fall into."""
        for write in writes:
            if write.kind is not WriteKind.CHANGES:
                continue
            entry = self.entry(scope, write.state)
            others = self.outside if entry else self.inside if entry == "" and not _is_starting(scope) else {}
            other = next(((each, node, by) for each, node, _, by in others.get(write.state, []) if each is not scope), None)
            if other is not None:
                yield write, Clash(write.node, write.target, other[0].name, entry or other[2])

    def walked(self, scope: Scope) -> Iterator[tuple[ast.expr, State, Clash]]:
        """Yield the mappings and sets that a function walks through while the other side changes their size."""
        for node, state in walks(self.context, scope):
            entry = self.entry(scope, state)
            others = self.outside if entry else self.inside if entry == "" and not _is_starting(scope) else {}
            other = next(((each, by) for each, _, grows, by in others.get(state, []) if grows and each is not scope), None)
            if other is not None and not is_locked(self.context, node, scope):
                yield node, state, Clash(node, node, other[0].name, entry or other[1])


def _is_starting(scope: Scope) -> bool:
    return scope.name.lstrip("_").partition("_")[0] in _STARTING or any(
        last_name(each) in {"Thread", "Timer"} for each in scope.of(ast.Call)
    )


def swaps(context: FileContext, scope: Scope) -> Iterator[tuple[ast.AST, State]]:
    """Yield where a function takes what has been collected and leaves a new container: `batch = self.rows`, then `self.rows = []`."""
    taken = {
        each.value.attr: each
        for each in scope.of(ast.Assign)
        if isinstance(each.value, ast.Attribute) and isinstance(each.targets[0], ast.Name)
    }
    taken.update(
        {
            part.attr: each
            for each in scope.of(ast.Assign)
            if isinstance(each.value, (ast.Dict, ast.Call)) and isinstance(each.targets[0], ast.Name)
            for part in ast.walk(each.value)
            if isinstance(part, ast.Attribute) and part.attr not in taken
        }
    )
    if not taken:
        return
    for place in (scope, *_called(scope)):
        for each in place.of(ast.Assign):
            target = each.targets[0]
            if isinstance(target, ast.Attribute) and target.attr in taken and _is_fresh(each.value):
                state = state_of(context, target, place)
                if state is not None:
                    yield taken[target.attr], state


def _called(scope: Scope) -> Iterator[Scope]:
    """Yield the own methods without arguments that a function calls."""
    owner = scope.enclosing_class
    names = {last_name(each) for each in scope.of(ast.Call) if not each.args}
    yield from (each for each in (owner.children if owner is not None else ()) if each.name in names and each is not scope)


def _is_fresh(value: ast.expr) -> bool:
    if isinstance(value, (ast.List, ast.Set)):
        return not value.elts
    if isinstance(value, ast.Dict):
        return not value.keys
    return (
        isinstance(value, ast.Call)
        and not value.args
        and last_name(value) in {"list", "dict", "set", "deque", "StringIO", "BytesIO", "bytearray"}
    )


def fills(context: FileContext) -> dict[State, str]:
    """Return the containers that functions of a file fill without a lock, with one function for each."""
    found: dict[State, str] = {}
    for scope in context.functions():
        if scope.is_async or scope.name in BUILDING:
            continue
        for call in scope.of(ast.Call):
            function = call.func
            if isinstance(function, ast.Attribute) and function.attr in _FILLING and isinstance(function.value, ast.Attribute):
                state = state_of(context, function.value, scope)
                if state is not None and state not in found and not is_locked(context, call, scope):
                    found[state] = scope.name
    return found
