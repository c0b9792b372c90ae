"""# CA103 blocking-wait-in-coroutine

An async function waits for another thread or process with a call that blocks the event loop.

## What it does

Finds waits on `threading` events, conditions and barriers, `Thread.join`, `acquire` of thread locks, `queue.Queue.get`, `put` on a queue
with a size, `Future.result`, `concurrent.futures.wait`, and their counterparts of `multiprocessing`, inside of `async def`.  An
executor, a process, an event with a timeout and a pool's future are known by their names, too, where their type is not.  Calls that say
that they do not wait (`block=False`, `timeout=0`), and futures that the code knows to be done, are left alone.  Taking a mutex, which is
mostly held for a moment, and joining a thread that has just told its end, are information.

A plain function of the file that waits for `run_coroutine_threadsafe(…, asyncio.get_running_loop()).result()` is found where a coroutine
calls it: that is a deadlock.

## Why is this bad

The loop stands still until the other thread is done.  If that thread needs the loop to go on, as the future of
`run_coroutine_threadsafe` does, neither ever will: a deadlock.

## Example

```python
import queue

inbox: queue.Queue[str] = queue.Queue()


async def next_message():
    return inbox.get()
```

## Use instead

```python
import asyncio
import queue

inbox: queue.Queue[str] = queue.Queue()


async def next_message():
    return await asyncio.to_thread(inbox.get, timeout=5)
```

Where both sides are coroutines use `asyncio.Queue`, `asyncio.Event` and `asyncio.Lock`; a future of a thread pool is awaited by
`await asyncio.wrap_future(future)`.

## References

- [asyncio: concurrency and multithreading](https://docs.python.org/3/library/asyncio-dev.html#concurrency-and-multithreading)
- [asyncio.wrap_future](https://docs.python.org/3/library/asyncio-future.html#asyncio.wrap_future)

## Related

none
"""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.context import FileContext
from conc_advisor.review.knowledge.blocking import BlockingKind
from conc_advisor.review.observations.blocking.blocking_calls import BlockingCall, blocking_calls
from conc_advisor.review.observations.blocking.own_loop_waits import own_loop_waits, waits_for_own_loop
from conc_advisor.review.rule import Rule
from conc_advisor.review.wording.offers import instead_of
from conc_advisor.review.wording.remark import findings_of

_KINDS: Final = frozenset({BlockingKind.PRIMITIVE})


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the calls of async functions that wait for another thread or process."""
    yield from findings_of(RULE, context, own_loop_waits(context))
    for each in blocking_calls(context, _KINDS):
        if each.scope.is_async and waits_for_own_loop(context, each.scope, each.call):
            yield _own_loop(context, each)
            continue
        yield RULE.finding(
            context,
            each.call,
            f"`{context.text(each.call.func)}()` waits for another thread or process in {each.place}: "
            "the event loop stands still until it answers",
            advice=f"use {instead_of(context, each.scope, each.blocking)}",
            confidence=each.confidence,
            severity=_severity(context, each),
        )


def _own_loop(context: FileContext, found: BlockingCall) -> Finding:
    return RULE.finding(
        context,
        found.call,
        f"`{context.text(found.call.func)}()` waits for a coroutine of the loop that runs `{found.scope.name}`, and that loop stands still "
        "meanwhile: neither ever goes on",
        advice="await the coroutine itself: `run_coroutine_threadsafe` is for other threads only",
        confidence=Confidence.HIGH,
    )


def _severity(context: FileContext, found: BlockingCall) -> Severity | None:
    """Return the severity of a wait that is most likely short: for a mutex, or for a thread that has just said that it ends."""
    owner, _, method = found.blocking.path.rpartition(".")
    if owner in {"threading.Lock()", "threading.RLock()"}:
        return Severity.INFO
    if method == "shutdown":
        return Severity.WARNING
    if method == "join" and any(
        isinstance(each, ast.Try) and context.statement(found.call) in each.finalbody and _awaits(each.body)
        for each in context.ancestors(found.call)
    ):
        return Severity.INFO
    return None


def _awaits(body: list[ast.stmt]) -> bool:
    return any(isinstance(node, ast.Await) for each in body for node in ast.walk(each))


RULE: Final = Rule(
    code="CA103",
    name="blocking-wait-in-coroutine",
    pitfall="P01",
    topic="blocking-call-in-coroutine",
    summary="An async function blocks its event loop while it waits for another thread or process.",
    severity=Severity.ERROR,
    check=check,
    template="async-offload",
)
