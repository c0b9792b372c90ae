"""Finds what works as a queue without a size and is no `Queue`: memory streams of anyio and trio, deques."""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence
from conc_advisor.review.context import FileContext, argument, last_name
from conc_advisor.review.knowledge.lifetimes import runs_once
from conc_advisor.review.observations.bounds.queue_ends import goes_through_stream
from conc_advisor.review.symbols.scopes import Scope
from conc_advisor.review.wording.remark import Remark

MEMORY_STREAMS: Final = {
    "anyio.create_memory_object_stream": "max_buffer_size",
    "trio.open_memory_channel": "max_buffer_size",
}
_ENDLESS: Final = frozenset({"math.inf", "numpy.inf", "float()"})
_CONCURRENT: Final = frozenset({"threading", "asyncio", "concurrent", "queue", "anyio", "trio", "multiprocessing", "socket"})
_IN: Final = frozenset({"append", "appendleft"})
_OUT: Final = frozenset({"pop", "popleft"})


def of_memory_stream(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Remark]:
    """Yield a memory stream of anyio or trio whose buffer has no limit."""
    name = last_name(call.func.value if isinstance(call.func, ast.Subscript) else call.func)
    path = context.path(call.func.value if isinstance(call.func, ast.Subscript) else call.func, scope)
    size = argument(call, MEMORY_STREAMS.get(path, ""), 0)
    if size is None or path not in MEMORY_STREAMS:
        return
    if context.path(size, scope) in _ENDLESS - {"float()"} or _is_infinite(size):
        yield Remark(
            node=call,
            message=f"`{name}` is given no limit: where more is sent than received, its buffer grows until the memory is full",
            advice=f"write `{context.text(call.func)}(64)`: then `send` waits until there is room",
            confidence=Confidence.MEDIUM,
        )


def _is_infinite(size: ast.expr) -> bool:
    return (
        isinstance(size, ast.Call)
        and last_name(size) == "float"
        and bool(size.args)
        and isinstance(size.args[0], ast.Constant)
        and str(size.args[0].value).lower().strip("+") in {"inf", "infinity"}
    )


def of_deque(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Remark]:
    """Yield a deque without a limit in an attribute that one method fills and a loop of another one empties."""
    if argument(call, "maxlen", 1) is not None or call.args or context.target(call, scope) != "collections.deque":
        return
    statement = context.parent(call)
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target] if isinstance(statement, ast.AnnAssign) else []
    target = targets[0] if len(targets) == 1 else None
    if not isinstance(target, ast.Attribute) or not _is_concurrent(context):
        return
    filling: list[tuple[Scope, ast.Call]] = []
    emptying: list[Scope] = []
    for place, each in context.calls():
        held = each.func.value if isinstance(each.func, ast.Attribute) else None
        if isinstance(held, ast.Attribute) and held.attr == target.attr:
            if last_name(each) in _IN:
                filling.append((place, each))
            elif last_name(each) in _OUT:
                emptying.append(place)
        elif last_name(each) == "len" and each.args and last_name(each.args[0]) == target.attr:
            return
    filled = [
        place
        for place, each in filling
        if place not in emptying
        and (goes_through_stream(context, each) or (context.loop_around(each) is None and not runs_once(place.name)))
    ]
    taking = [place for place in emptying if place.of(ast.While)]
    if filled and taking:
        yield Remark(
            node=call,
            message=f"`{target.attr}` has no size: where `{filled[0].name}` puts faster than `{taking[0].name}` takes,"
            " it grows until the memory is full",
            advice="write `deque(maxlen=…)`, which drops the oldest, or use a `Queue(maxsize=64)`, whose `put` waits",
        )


def _is_concurrent(context: FileContext) -> bool:
    return any(each.name.partition(".")[0] in _CONCURRENT for bindings in context.module.bindings.values() for each in bindings)
