"""Counts how a file's coroutines call what is written in the same way: which calls they await, and which they drop."""

import ast
import re
import sys
from typing import Final

from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.knowledge.common_names import common_names
from conc_advisor.review.symbols.scopes import Scope

_TWO: Final = 2
_LONGEST: Final = 200
"""How many characters of an expression are compared."""
_MANY: Final = 3
"""Where so many methods of an object are awaited and one call alone is dropped, its `await` was most likely forgotten."""
_PLAIN: Final = frozenset(
    {"self", "cls", "asyncio", "log", "logger", "logging", "loop", "stack", "os", "tasks", "writer", "transport", "server"}
)
_SYNC_METHODS: Final = re.compile(
    r"^_?(?:add|append|register|update|remove|cancel|clear|on|log|debug|info|subscribe|unsubscribe|assert|put_nowait|abort|cleanup|reset)(?:_|$)"
)
"""Names of methods that are mostly plain, even of objects whose others are async."""


class Spellings:
    """The calls of a file's coroutines, by what they are written as."""

    def __init__(self, context: FileContext) -> None:
        self._context = context
        self._named: dict[str, list[tuple[Scope, ast.Call]]] | None = None
        self._owners: dict[str, tuple[frozenset[str], int]] = {}
        self._counts: dict[str, dict[tuple[str, object], list[int]]] = {}

    def count(self, scope: Scope, call: ast.Call) -> tuple[int, int]:
        """Return how many calls that are spelled like one, and mean the same object, are awaited, and how many are not."""
        name = last_name(call)
        counts = self._counts.get(name)
        if counts is None:
            counts = self._counts[name] = {}
            for place, each in self._all_named(name):
                counts.setdefault(self._key(place, each), [0, 0])[not self._context.is_awaited(each)] += 1
        awaited, others = counts.get(self._key(scope, call), (0, 0))
        return awaited, others

    def is_odd_one_out(self, scope: Scope, call: ast.Call) -> bool:
        """Tell whether a dropped call is the only one of a plain name's methods that is, while many others are awaited."""
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        if (
            not isinstance(owner, ast.Name)
            or owner.id in _PLAIN
            or _SYNC_METHODS.match(last_name(call))
            or last_name(call) in common_names() - {"close"}
        ):
            return False
        awaited, dropped = self._uses_of(owner.id)
        # Of very many methods one may be plain.
        odd = dropped == 1 or (dropped == _TWO and bool(call.args) and len(awaited) > _MANY * _TWO)
        if len(awaited) < _MANY or not odd:
            return False
        path = self._context.path(owner, scope)
        return not path or path.partition(".")[0] not in sys.stdlib_module_names

    def _uses_of(self, owner: str) -> tuple[frozenset[str], int]:
        """Return which methods of a plain name the file's coroutines await, and how many calls of its methods they drop."""
        known = self._owners.get(owner)
        if known is None:
            self._all_named("")
            awaited, dropped = set(), 0
            for _, each in (pair for pairs in (self._named or {}).values() for pair in pairs):
                if isinstance(each.func, ast.Attribute) and isinstance(each.func.value, ast.Name) and each.func.value.id == owner:
                    if self._context.is_awaited(each):
                        awaited.add(each.func.attr)
                    elif self._context.is_dropped(each):
                        dropped += 1
            known = self._owners[owner] = (frozenset(awaited), dropped)
        return known

    def _all_named(self, name: str) -> list[tuple[Scope, ast.Call]]:
        if self._named is None:
            self._named = {}
            for scope in self._context.coroutines():
                for call in scope.of(ast.Call):
                    self._named.setdefault(last_name(call), []).append((scope, call))
        return self._named.get(name, [])

    def _key(self, scope: Scope, call: ast.Call) -> tuple[str, object]:
        return self._context.text(call.func, most=_LONGEST), _origin(call.func, scope)


def _origin(function: ast.expr, scope: Scope) -> object:
    """Return what tells that two expressions with the same words mean the same object: where their first name is bound.

    Of a parameter it is that it is one: functions of a file that give it the same name mostly mean the same.
    """
    node: ast.expr = function
    while isinstance(node, (ast.Attribute, ast.Call, ast.Subscript)):
        node = node.func if isinstance(node, ast.Call) else node.value
    if not isinstance(node, ast.Name):
        return node
    binder = scope.binder(node.id)
    bindings = binder.bindings.get(node.id, ()) if binder is not None else ()
    return "parameter" if bindings and all(isinstance(each.node, ast.arg) for each in bindings) else binder
