"""Finds handlers of the builtin `TimeoutError` that miss asyncio's, which is another class before Python 3.11."""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.observations.endings.cancellations import EVERYTHING, awaits_in, caught
from conc_advisor.review.project.summaries import FunctionSummary
from conc_advisor.review.symbols.scopes import Scope
from conc_advisor.review.wording.remark import Remark

_TIMING: Final = frozenset(
    {
        *("asyncio.wait_for", "async_timeout.timeout"),
        *(f"aiohttp.ClientSession().{verb}" for verb in ("get", "post", "put", "patch", "delete", "head", "request", "ws_connect")),
    }
)
"""Calls that end with asyncio's `TimeoutError`, or with one derived from it."""
_TIMING_NAMES: Final = frozenset(each.rpartition(".")[2] for each in _TIMING)
_MOST_STEPS: Final = 3
"""How many calls away a `wait_for` may be: further off, somebody handles its timeout on the way more often than not."""


def of_try(context: FileContext, scope: Scope, tried: ast.Try | ast.TryStar) -> Iterator[Remark]:
    """Yield the handler of the builtin `TimeoutError` that never sees the one that asyncio raises in the tried statements."""
    listed = [(handler, caught(context, handler.type, scope)) for handler in tried.handlers]
    if any("asyncio.TimeoutError" in names or "concurrent.futures.TimeoutError" in names for _, names in listed):
        return
    for handler, names in listed:
        if names & (EVERYTHING | {"Exception"}):
            return
        if "TimeoutError" not in names:
            continue
        far = not _times(context, scope, tried)
        by = _reaches(context, scope, tried) if far else ""
        if by or not far:
            yield Remark(
                node=handler,
                message="this handler sees no timeout of asyncio's on Python 3.10 and older: there `asyncio.TimeoutError` is another class"
                + (f", which `{by}` may raise" if by else ""),
                advice="write `except asyncio.TimeoutError:`; from 3.11 on the two are one",
                confidence=Confidence.MEDIUM if by else Confidence.HIGH,
                severity=Severity.WARNING if by else Severity.ERROR,
            )


def _times(context: FileContext, scope: Scope, tried: ast.Try | ast.TryStar) -> bool:
    """Tell whether the tried statements wait with a timeout of asyncio's."""
    last = tried.body[-1].end_lineno or tried.body[-1].lineno
    return any(
        tried.lineno < call.lineno <= last and last_name(call) in _TIMING_NAMES and context.target(call, scope) in _TIMING
        for call in scope.of(ast.Call)
    )


def _reaches(context: FileContext, scope: Scope, tried: ast.Try | ast.TryStar) -> str:
    """Return the name of a coroutine of the project that is awaited there and lets a timeout of `wait_for` out; "" for none."""
    for awaited in awaits_in(context, tried.body, scope):
        call = awaited.value if isinstance(awaited, ast.Await) else None
        function = context.callee(call, scope) if isinstance(call, ast.Call) else None
        if function is not None and _lets_out(context, function, set(), 0):
            return function.name.rpartition(".")[2]
    return ""


def _lets_out(context: FileContext, function: FunctionSummary, seen: set[str], depth: int) -> bool:
    if function.name in seen or not function.is_async or depth > _MOST_STEPS:
        return False
    seen.add(function.name)
    place = context.scope_named(function.name)
    if place is None:
        # Of functions in other files it is not known which exceptions they handle.
        return False
    handled = [(each.lineno, each.body[-1].end_lineno or 0) for each in place.of(ast.Try) if _handles(context, place, each)]
    for site, path in context.project.reach.calls(function):
        if any(first < site.line <= last for first, last in handled):
            continue
        if site.awaited and path == "asyncio.wait_for":
            return True
        called = context.project.function(path) if path and site.awaited else None
        if called is not None and _lets_out(context, called, seen, depth + 1):
            return True
    return False


def _handles(context: FileContext, place: Scope, tried: ast.Try) -> bool:
    return any(
        name in {*EVERYTHING, "Exception", "?"} or name.endswith("TimeoutError")
        for handler in tried.handlers
        for name in caught(context, handler.type, place)
    )
