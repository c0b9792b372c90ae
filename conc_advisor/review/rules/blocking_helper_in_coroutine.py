"""# CA105 blocking-helper-in-coroutine

An async function calls a plain function of the project that, on its way, blocks the event loop.

## What it does

Follows calls through the plain functions and methods of all files of the project, up to six deep, to one that waits for the network, a
database, another program, the clock or a file, and shows the way.  Where the type of an object is not known, a method is taken for the
only one of the project that has its name.  Functions that are handed to a thread or an executor are not called by the coroutine and are
left alone; so are ways past a test whether a loop is running.  What a condition on the way says is not known: with one of them the
confidence is lower, with more it is information only.

## Why is this bad

The call looks harmless where it stands, and its function may be fine for other callers; on the event loop it makes every other task
wait.  A linter that looks at one function at a time cannot see it.

## Example

```python
import requests


def country_of(address):
    return requests.get(f"https://geo.example/{address}", timeout=3).json()["country"]


async def enrich(event):
    event["country"] = country_of(event["address"])
```

## Use instead

```python
import asyncio

import requests


def country_of(address):
    return requests.get(f"https://geo.example/{address}", timeout=3).json()["country"]


async def enrich(event):
    event["country"] = await asyncio.to_thread(country_of, event["address"])
```

## References

- [asyncio: running blocking code](https://docs.python.org/3/library/asyncio-dev.html#running-blocking-code)

## Related

none
"""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.blocking_calls import is_starting, is_unknown
from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.knowledge.blocking import REMOTE, STATUS, BlockingKind, blocking
from conc_advisor.review.project.reach import Way, runs_later
from conc_advisor.review.project.summaries import CallSite, FunctionSummary
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope

_OFFLOADING: Final = ("async", "thread", "executor", "background", "task", "deferred", "celery", "delay")
"""A decorator with one of these in its name may well move the function off the loop."""
_NAMES: Final = frozenset(f"socket.{name}" for name in ("getaddrinfo", "gethostbyname", "gethostbyaddr", "getfqdn", "getnameinfo"))
"""Looking up a name is mostly done once, or for `localhost`: on a way it is not told."""


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the calls of async functions that lead to one that blocks."""
    for scope in context.coroutines():
        for call in scope.of(ast.Call):
            function = context.callee(call, scope)
            guessed = function is None and isinstance(call.func, ast.Attribute) and is_unknown(context.target(call, scope))
            if guessed:
                function = context.project.by_name(last_name(call))
            if function is None or _is_harmless(context, call, function):
                continue
            reach = context.project.reach
            way = reach.way(function, _is_blocking, "blocking") or reach.way(function, _is_file_io, "file")
            if way is not None:
                yield _finding(context, scope, call, function, way, guessed=guessed)


def _finding(  # noqa: PLR0913  # what is found, and where
    context: FileContext, scope: Scope, call: ast.Call, function: FunctionSummary, way: Way, *, guessed: bool
) -> Finding:
    found = blocking(way.target)
    kind = found.kind if found is not None else "something"
    name = context.text(call.func)
    return RULE.finding(
        context,
        call,
        f"`{name}()` ends in `{way.target}()`, which waits for {kind}: every other task of the event loop of `{scope.name}` waits with it",
        advice=_advice(context, name),
        confidence=(Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW)[min(way.conditions + guessed, 2)],
        severity=_severity(scope, way.target, kind, doubts=way.conditions + guessed),
        steps=(context.step(call, f"{scope.name}() calls {function.name.rpartition('.')[2]}()"), *way.steps()),
    )


def _severity(scope: Scope, target: str, kind: str, *, doubts: int) -> Severity | None:
    if kind == BlockingKind.FILE:
        return Severity.INFO if doubts or is_starting(scope) or target in STATUS else Severity.WARNING
    return Severity.INFO if doubts > 1 else None


def _advice(context: FileContext, name: str) -> str:
    if context.python >= 9:  # noqa: PLR2004  # asyncio.to_thread came with 3.9
        return f"write `await asyncio.to_thread({name}, …)`, or make the way there async"
    return f"write `await loop.run_in_executor(None, {name}, …)`, or make the way there async"


def _is_harmless(context: FileContext, call: ast.Call, function: FunctionSummary) -> bool:
    if runs_later(function) or context.is_awaited(call):
        return True
    return any(word in each.lower() for each in function.decorators for word in _OFFLOADING)


def _is_blocking(path: str, site: CallSite, _function: FunctionSummary) -> bool:
    found = blocking(path)
    return found is not None and found.kind in REMOTE and path not in _NAMES and not site.guarded and not site.awaited


def _is_file_io(path: str, site: CallSite, _function: FunctionSummary) -> bool:
    found = blocking(path)
    return found is not None and found.kind is BlockingKind.FILE and not site.guarded


RULE: Final = Rule(
    code="CA105",
    name="blocking-helper-in-coroutine",
    pitfall="P01",
    topic="blocking-call-in-coroutine",
    summary="An async function calls a plain function that blocks the event loop on its way.",
    severity=Severity.ERROR,
    check=check,
    template="async-offload",
)
