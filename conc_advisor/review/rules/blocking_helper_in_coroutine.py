"""# CA105 blocking-helper-in-coroutine

An async function calls a plain function of the project that, on its way, blocks the event loop.

## What it does

Follows calls through the plain functions and methods of all files of the project, up to six deep, to one that waits for the network, a
database, another program, the clock or a file, and shows the way.  A generator's body counts where it is iterated over, a class's
`__enter__` where `with` enters it.  Where the type of an object is not known, a method is taken for the one of the project that has its
name, if that is a compound one; of several, and of those that fill in an abstract method, all must block.  Functions that are handed to a
thread or an executor are not called by the coroutine and are left alone; so are ways past a test whether a loop is running.  What a
condition on the way says is not known, be it a branch or a `return` before the call, as that of a value from a cache: with one of them
the confidence is lower, with more it is information only.  Ways to a database, which may be a local one, are warnings, as are those to
a file.

It also finds a call of what the same file runs in a thread elsewhere, and tells as information: another method of an object that has
several of them run so, work of a FastAPI handler that awaits nothing, and a function that is awaited if it is async and called if not.

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
import re
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.context import FileContext
from conc_advisor.review.knowledge.blocking import REMOTE, STATUS, BlockingKind, blocking
from conc_advisor.review.observations.blocking.blocking_calls import is_starting
from conc_advisor.review.observations.blocking.guessed_calls import Guesses
from conc_advisor.review.observations.blocking.handlers import either_way_calls, unawaiting_handlers
from conc_advisor.review.observations.blocking.helper_calls import HelperCall, helper_calls
from conc_advisor.review.observations.blocking.loop_functions import on_the_loop
from conc_advisor.review.observations.blocking.offloaded import offloaded_elsewhere
from conc_advisor.review.observations.blocking.result_uses import is_used_at_once
from conc_advisor.review.project.reach import Way, runs_later
from conc_advisor.review.project.summaries import CallSite, FunctionSummary
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope
from conc_advisor.review.wording.offers import in_thread

_OFFLOADING: Final = ("async", "thread", "executor", "background", "task", "deferred", "celery", "delay")
"""A decorator with one of these in its name may well move the function off the loop."""
_OPENERS: Final = re.compile(r"^[\w.]*\.open_(?:file|text|binary|truncate|atomic)\w*$")
"""Functions of modules whose names say that they open a file."""
_NAMES: Final = frozenset(f"socket.{name}" for name in ("getaddrinfo", "gethostbyname", "gethostbyaddr", "getfqdn", "getnameinfo"))
"""Looking up a name is mostly done once, or for `localhost`: on a way it is not told."""


_ONCE: Final = frozenset({"importlib.import_module"})
"""What is slow the first time only: on a way, nearly every call of it is a later one."""


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the calls of async functions that lead to one that blocks."""
    told: set[ast.AST] = set()
    guesses = Guesses(context)
    for scope in on_the_loop(context, callbacks=False):
        for helper in helper_calls(context, scope):
            if any(_is_harmless(each) and not helper.runs_body for each in helper.functions):
                continue
            ways = [_way(context, each) for each in helper.functions]
            if ways and ways[0] is not None and all(ways):
                told.add(helper.node)
                yield _finding(context, scope, helper, ways[0])
            elif len(helper.functions) == 1 and (found := _guessed(context, guesses, helper.functions[0])) is not None:
                told.add(helper.node)
                yield _of_guess(context, scope, helper, *found)
    for scope, call, work, same in offloaded_elsewhere(context):
        # What is known to block has a rule of its own.
        if call not in told and blocking(context.target(call, scope)) is None and (same or _is_foreign(context, scope, call)):
            yield _offloaded(context, scope, call, work, same=same)
    yield from _of_others(context)


def _of_others(context: FileContext) -> Iterator[Finding]:
    """Yield work that an async function runs on the loop for somebody else, who may not know."""
    for scope, call in unawaiting_handlers(context):
        yield RULE.finding(
            context,
            call,
            f"the handler `{scope.name}` awaits nothing: what `{context.text(call.func)}()` waits for, all requests wait for",
            advice=f"write `def {scope.name}`: the framework runs plain handlers in threads",
            confidence=Confidence.LOW,
            severity=Severity.INFO,
        )
    for call in either_way_calls(context):
        name = context.text(call.func)
        yield RULE.finding(
            context,
            call,
            f"`{name}()` runs on the event loop where it is a plain function: if it blocks, every other task waits with it",
            advice=_advice(context, name),
            confidence=Confidence.LOW,
            severity=Severity.INFO,
        )


def _is_foreign(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    """Tell whether a call is none of the project's own functions, and its result is no coroutine's."""
    return context.target(call, scope) not in context.project.functions and is_used_at_once(context, scope, call)


def _offloaded(context: FileContext, scope: Scope, call: ast.Call, work: ast.expr, *, same: bool) -> Finding:
    name = context.text(call.func)
    place = f"line {work.lineno} runs {'it' if same else f'`{context.text(work)}`'} in a thread"
    return RULE.finding(
        context,
        call,
        f"`{name}()` runs on the event loop of `{scope.name}`, where {place}: "
        f"{'if it blocks there, it blocks here' if same else 'its object most likely blocks here, too'}",
        advice=_advice(context, name),
        confidence=Confidence.MEDIUM if same else Confidence.LOW,
        severity=Severity.WARNING if same else Severity.INFO,
        steps=(context.step(work, f"`{context.text(work)}` is handed to a thread"),),
    )


def _guessed(context: FileContext, guesses: Guesses, function: FunctionSummary) -> tuple[ast.Call, str] | None:
    """Return the call of a plain function of this file that most likely waits, and what it is."""
    inner = context.scope_named(function.name)
    if inner is None:
        return None
    for call in inner.of(ast.Call):
        path = context.target(call, inner)
        found = guesses.of(inner, call, path) if blocking(path) is None else None
        if found is not None and found.confidence is Confidence.MEDIUM and found.blocking.kind in REMOTE:
            return call, found.blocking.path
    return None


def _of_guess(context: FileContext, scope: Scope, helper: HelperCall, call: ast.Call, what: str) -> Finding:
    node = helper.node
    name = context.text(node.func if isinstance(node, ast.Call) else node)
    return RULE.finding(
        context,
        node,
        f"`{name}()` uses what seems to be {what}, on line {call.lineno}: the event loop of `{scope.name}` waits with it",
        advice=_advice(context, name),
        confidence=Confidence.LOW,
        severity=Severity.WARNING,
        steps=(context.step(call, f"`{context.text(call.func)}()` seems to be {what}"),),
    )


def _way(context: FileContext, function: FunctionSummary) -> Way | None:
    reach = context.project.reach
    return reach.way(function, _is_blocking, "blocking") or reach.way(function, _is_file_io, "file")


def _finding(context: FileContext, scope: Scope, helper: HelperCall, way: Way) -> Finding:
    found = blocking(way.target)
    kind = found.kind if found is not None else BlockingKind.FILE
    node = helper.node
    name = context.text(node.func if isinstance(node, ast.Call) else node)
    called = helper.functions[0].name.rpartition(".")[2]
    doubts = way.conditions + helper.guessed
    return RULE.finding(
        context,
        node,
        f"`{name}{'()' if isinstance(node, ast.Call) else ''}` ends in `{way.target}()`, which waits for {kind}: "
        f"every other task of the event loop of `{scope.name}` waits with it",
        advice=_advice(context, name),
        confidence=(Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW)[min(doubts, 2)],
        severity=_severity(scope, way.target, kind, doubts=doubts),
        steps=(context.step(node, f"{scope.name}() calls {called}()"), *way.steps()),
    )


def _severity(scope: Scope, target: str, kind: str, *, doubts: int) -> Severity | None:
    if kind == BlockingKind.FILE:
        return Severity.INFO if doubts or is_starting(scope) or target in STATUS else Severity.WARNING
    if doubts > 1:
        return Severity.INFO
    return Severity.WARNING if kind == BlockingKind.DATABASE else None


def _advice(context: FileContext, name: str) -> str:
    return f"write `{in_thread(context, name)}`, or make the way there async"


def _is_harmless(function: FunctionSummary) -> bool:
    return runs_later(function) or any(word in each.lower() for each in function.decorators for word in _OFFLOADING)


def _is_blocking(path: str, site: CallSite, _function: FunctionSummary) -> bool:
    found = blocking(path)
    return found is not None and found.kind in REMOTE and path not in _NAMES and not site.guarded and not site.awaited


def _is_file_io(path: str, site: CallSite, _function: FunctionSummary) -> bool:
    found = blocking(path)
    is_file = found.kind is BlockingKind.FILE if found is not None else bool(_OPENERS.search(path))
    return is_file and path not in _ONCE and not site.guarded and not site.awaited


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
