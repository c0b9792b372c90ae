"""Tells what a loop does in each round about what it has started: waits for it, counts it, goes on."""

import ast
from typing import Final

from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.observations.bounds.bounds import is_bounded, is_limiting
from conc_advisor.review.symbols.scopes import Scope

_WAITING: Final = frozenset({"wait", "acquire", "gather", "join", "as_completed", "wait_for_slot", "result"})


def waits_in(loop: ast.AST) -> bool:
    """Tell whether a loop waits for what it has started, or looks at how much is under way."""
    for each in ast.walk(loop):
        if isinstance(each, ast.Call):
            name = last_name(each)
            if name in _WAITING or (name == "len" and isinstance(loop, (ast.While, ast.AsyncFor))) or is_limiting(name):
                return True
        if isinstance(each, ast.AsyncWith) and any(is_limiting(last_name(item.context_expr)) for item in each.items):
            return True
        if isinstance(each, ast.Await) and isinstance(each.value, ast.Name) and "task" in each.value.id.lower():
            return True
    return False


def is_server(loop: ast.While | ast.AsyncFor) -> bool:
    """Tell whether a loop takes connections: there the other side is what is limited, or the listening socket."""
    return any(
        isinstance(each, ast.Call) and last_name(each) in {"accept", "sock_accept", "listen", "serve", "incoming"}
        for each in ast.walk(loop)
    )


def takes(loop: ast.While) -> bool:
    """Tell whether a loop takes in something in each round, and does not only start a task now and then."""
    names = {last_name(each) for each in ast.walk(loop) if isinstance(each, ast.Call)}
    return not names.isdisjoint(
        {"get", "recv", "receive", "readline", "read", "poll", "fetch", "next", "get_nowait", "get_message", "blpop", "pop", "popleft"}
    )


def waits_for_each(loop: ast.For | ast.ListComp) -> bool:
    """Tell whether a loop that starts threads waits for them, or counts them, in each round."""
    return any(isinstance(each, ast.Call) and last_name(each) in {"join", "acquire", "active_count", "is_alive"} for each in ast.walk(loop))


def in_batches(context: FileContext, scope: Scope, place: ast.AST) -> bool:
    """Tell whether the place lies in a loop over pieces.

    A semaphore around all of it lets one such fan-out in at a time, and all of its elements at once.
    """
    for each in context.ancestors(place):
        if (
            isinstance(each, (ast.For, ast.AsyncFor))
            and is_bounded(context, scope, each.iter)
            and not isinstance(each.iter, (ast.List, ast.Tuple))
        ):
            return True
        if isinstance(each, ast.For) and isinstance(each.iter, ast.Call) and last_name(each.iter) == "range":
            return True
    return False


def is_own(iterated: ast.expr) -> bool:
    """Tell whether what is gone through is kept in an attribute: what an object holds has been let in by somebody."""
    while isinstance(iterated, ast.Call) and (iterated.args or isinstance(iterated.func, ast.Attribute)):
        iterated = iterated.func.value if isinstance(iterated.func, ast.Attribute) else iterated.args[0]
    return isinstance(iterated, ast.Attribute)
