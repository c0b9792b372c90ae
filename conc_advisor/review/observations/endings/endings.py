"""Tells what becomes of the rest where something ends: what a handler does about it, and which code is there to end things."""

import ast
from typing import Final

from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.knowledge.lifetimes import CLOSING
from conc_advisor.review.symbols.scopes import Scope, ScopeKind

_ENDING: Final = (
    "stop",
    "close",
    "shutdown",
    "cleanup",
    "clean_up",
    "teardown",
    "tear_down",
    "cancel",
    "finish",
    "disconnect",
    "terminate",
    "exit",
)
_ENDING_MORE: Final = ("unload", "dispose", "kill", "aclose", "quit", "abort", "release", "destroy", "drain", "flush", "delete")


def goes_on(context: FileContext, call: ast.Call) -> ast.ExceptHandler | None:
    """Return the handler of a failing gather that goes on without ending the others; None where there is none."""
    node: ast.AST = call
    for each in context.ancestors(call):
        if isinstance(each, ast.Try) and node in each.body:
            if any(
                last_name(inner) in {"cancel", "gather", "wait"}
                for part in (*each.handlers, *each.finalbody)
                for inner in ast.walk(part)
                if isinstance(inner, ast.Call)
            ):
                return None
            for handler in each.handlers:
                if last_name(handler.type) in {"CancelledError", "KeyboardInterrupt"} or _names_only(
                    handler.type, {"CancelledError", "KeyboardInterrupt"}
                ):
                    continue
                ends = any(isinstance(inner, ast.Raise) for inner in ast.walk(handler)) or _ends_program(handler)
                return None if ends else handler
        node = each
    return None


def _names_only(kind: ast.expr | None, names: set[str]) -> bool:
    return isinstance(kind, ast.Tuple) and all(last_name(each) in names for each in kind.elts)


def _ends_program(handler: ast.ExceptHandler) -> bool:
    return any(isinstance(each, ast.Call) and last_name(each) in {"exit", "_exit", "abort", "fail"} for each in ast.walk(handler))


def cleans_up(context: FileContext, scope: Scope, node: ast.AST) -> bool:
    """Tell whether a place ends something: in a method that closes, in a `finally`, or after something has been cancelled."""
    place: Scope | None = scope
    while place is not None and place.kind is not ScopeKind.MODULE:
        name = place.name.lower().strip("_")
        if place.name in CLOSING or any(word in name for word in (*_ENDING, *_ENDING_MORE)):
            return True
        place = place.parent
    line = getattr(node, "lineno", 0)
    if any(last_name(each) in {"cancel", "stop", "close", "set"} and each.lineno <= line for each in scope.of(ast.Call)):
        return True
    child = node
    for each in context.ancestors(node):
        if isinstance(each, (ast.Try, ast.TryStar)) and child in each.finalbody:
            return True
        if isinstance(each, ast.ExceptHandler):
            return True
        child = each
    return False
