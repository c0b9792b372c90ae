"""Tells of calls whether they run only under some condition; each statement around them is looked at once."""

import ast
import sys
from collections.abc import Mapping
from typing import Final

from conc_advisor.review.symbols.scopes import Scope

_FLAGS: Final = frozenset({"WNOHANG", "AI_NUMERICHOST", "MSG_DONTWAIT"})
"""Arguments that say that a call answers at once."""
_GUARDS: Final = frozenset({"BlockingIOError", "RuntimeError"})
_LOOP_TESTS: Final = frozenset(
    {"get_running_loop", "is_running", "get_event_loop", "_get_running_loop", "current_async_library", "current_task"}
)
_Told = tuple[bool, bool]
_SURE: Final[_Told] = (True, True)
_ALWAYS: Final[_Told] = (False, False)
_NEVER: Final = sys.maxsize
_TELLING: Final = frozenset({ast.ExceptHandler, ast.Try, ast.If, ast.IfExp})


class Conditions:
    """The conditions of one module's calls; `parents` are its nodes' parents."""

    __slots__ = ("_known", "_leaves", "_mentions", "_parents")

    def __init__(self, parents: Mapping[ast.AST, ast.AST]) -> None:
        self._parents = parents
        self._known: dict[ast.AST, _Told] = {}
        self._mentions: dict[ast.AST, bool] = {}
        self._leaves: dict[ast.AST, int] = {}

    def of(self, call: ast.Call, scope: Scope) -> tuple[bool, bool]:
        """Tell of a call in a scope whether it is guarded, and whether it is conditional at all; see `CallSite`."""
        for each in call.args:
            if last_name(each) in _FLAGS:
                return _SURE
        parents, top = self._parents, scope.node
        conditional = False
        node: ast.AST = call
        while node is not top and not isinstance(node, ast.stmt):
            parent = parents.get(node)
            if parent is None:
                break
            if type(parent) in _TELLING:
                guarded, here = self._step(node, parent)
                if guarded:
                    return _SURE
                conditional = conditional or here
            node = parent
        told = self._around(node, top)
        return (told[0], True) if conditional else told

    def _around(self, node: ast.AST, top: ast.AST) -> _Told:
        """Tell what holds for a statement by the statements around it, below `top`."""
        passed: list[tuple[ast.AST, _Told]] = []
        told: _Told = _ALWAYS
        while node is not top:
            known = self._known.get(node)
            if known is not None:
                told = known
                break
            parent = self._parents.get(node)
            if parent is None:
                break
            step = self._step(node, parent) if type(parent) in _TELLING else _ALWAYS
            passed.append((node, (step[0], step[1] or self._may_have_left(node, parent))))
            node = parent
        for each, (guarded, here) in reversed(passed):
            told = _SURE if guarded or told[0] else (False, here or told[1])
            self._known[each] = told
        return told

    def _may_have_left(self, node: ast.AST, parent: ast.AST) -> bool:
        """Tell whether an `if` before a statement in its block returns: `if cached is not None: return cached`."""
        first = self._leaves.get(parent)
        if first is None:
            body = getattr(parent, "body", None)
            block = body if isinstance(body, list) else []
            ends = (each.lineno for each in block if isinstance(each, ast.If) and isinstance(each.body[-1], ast.Return))
            first = self._leaves[parent] = min(ends, default=_NEVER)
        return first < getattr(node, "lineno", 0)

    def _step(self, node: ast.AST, parent: ast.AST) -> _Told:
        """Tell what it means for a node to lie in its parent."""
        match parent:
            case ast.ExceptHandler():
                return (last_name(parent.type) in _GUARDS, True)
            case ast.Try():
                if node in parent.body and any(last_name(each.type) == "BlockingIOError" for each in parent.handlers):
                    return _SURE
                return (node in parent.orelse and any(map(self._mentions_loop, parent.body)), False)
            case ast.If() | ast.IfExp() if node is not parent.test:
                return (self._mentions_loop(parent.test), True)
        return _ALWAYS

    def _mentions_loop(self, node: ast.AST) -> bool:
        known = self._mentions.get(node)
        if known is None:
            known = self._mentions[node] = any(
                (isinstance(each, ast.Call) and last_name(each.func) in _LOOP_TESTS) or (isinstance(each, ast.Name) and each.id == "loop")
                for each in ast.walk(node)
            )
        return known


def last_name(node: ast.AST | None) -> str:
    """Return the last word of a name or attribute; of several in brackets the first that guards anything; "" for others."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Tuple):
        return next((name for each in node.elts if (name := last_name(each)) in _GUARDS), "")
    return ""
