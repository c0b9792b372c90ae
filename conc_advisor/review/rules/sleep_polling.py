"""# CA107 sleep-polling

A loop sleeps and looks again, where it could wait for what it looks for.

## What it does

Finds `while` loops that do nothing but sleep until something in the same program has happened: an event is set, a task, future, thread or
process is done, a queue has something, or a flag is set that another method of the project sets.  Loops that work, sleep for seconds, and
look only then at the `threading.Event`, or in a thread at the flag, that tells them to stop.  And a take from a queue that does not wait,
with a sleep where the queue was empty.

Loops that look again without any sleep, `while running: pass`, are found, too; in a coroutine they stop the event loop and are errors.

Told of as information are: a container in memory that fills or empties, a flag or an object that only its name tells, a loop with a limit
(`for _ in range(100)`), a look for work beside a sleep, a sleep beside a wait that has a timeout, a sleep before a look at a flag to stop,
and a file that is waited for without a limit.

A service that answers some day, which cannot be waited for, is left alone, and so are sleeps that grow, and tests.

## Why is this bad

Each waiter wakes up again and again to find nothing: a thousand coroutines that look ten times a second are ten thousand wake-ups a
second.  And each is late by half of its sleep on average, which adds up over every step of a request.  A flag has no timeout: where what
is waited for fails, the loop goes on for ever.

## Example

```python
import asyncio


class Connection:
    def __init__(self):
        self.connected = False

    async def connect(self):
        await asyncio.sleep(0.3)
        self.connected = True

    async def wait_connected(self):
        while not self.connected:
            await asyncio.sleep(0.1)
```

## Use instead

```python
import asyncio


class Connection:
    def __init__(self):
        self._connected = asyncio.Event()

    async def connect(self):
        await asyncio.sleep(0.3)
        self._connected.set()

    async def wait_connected(self):
        async with asyncio.timeout(30):
            await self._connected.wait()
```

## References

- [threading.Event](https://docs.python.org/3/library/threading.html#event-objects)
- [asyncio.Event](https://docs.python.org/3/library/asyncio-sync.html#event)

## Related

ruff `ASYNC110`
"""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.observations.blocking.asking import Asked, asked_for, is_set_elsewhere
from conc_advisor.review.observations.blocking.idling import leaving_tests, only_waits
from conc_advisor.review.observations.blocking.polling import late_ends, polls
from conc_advisor.review.observations.blocking.spinning import spinning
from conc_advisor.review.observations.blocking.waiting import Sleep, as_sleep, conditions, is_endless, sleeping_loops
from conc_advisor.review.observations.lifetimes.signals import set_by_signals
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope
from conc_advisor.review.wording.remark import findings_of

_LONG: Final = 5.0
"""Seconds from which on a program that is told to end and sleeps first is felt to hang: half of what Docker waits before it kills."""
_NOTICED: Final = 1.0
"""Seconds of sleep that are not worth telling about: nobody notices a program that ends that much later."""


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the loops of a file that look again and again, with a sleep in between or without one."""
    yield from findings_of(RULE, context, spinning(context))
    if not any(last_name(call) == "sleep" for _, call in context.calls()):
        return
    told = set()
    for each in (*_loops(context), *findings_of(RULE, context, polls(context)), *findings_of(RULE, context, late_ends(context))):
        if each.location not in told:
            told.add(each.location)
            yield each


def _loops(context: FileContext) -> Iterator[Finding]:
    for scope, loop, sleep in sleeping_loops(context):
        tests = [loop.test] if not is_endless(loop) else leaving_tests(loop)
        if not tests or isinstance(tests[0], ast.Constant):
            continue
        if only_waits(loop):
            asked = next((found for test in tests for found in [asked_for(context, scope, test, loop)] if found is not None), None)
            if asked is not None and not _is_set_by_signal(context, asked.node):
                yield _polls(context, scope, loop, sleep, asked)
        elif not scope.is_async and not is_endless(loop):
            yield from _late(context, scope, loop, sleep)
    for scope in context.functions():
        loops = [loop for loop in scope.of(ast.While) if not is_endless(loop)]
        if loops and not scope.is_async:
            for call in scope.of(ast.Call):
                sleep_in = as_sleep(context, scope, call)
                if sleep_in is not None:
                    yield from _late_for_flag(context, scope, sleep_in)


def _polls(context: FileContext, scope: Scope, loop: ast.While, sleep: Sleep, asked: Asked) -> Finding:
    often = f"every {sleep.seconds:g} s" if sleep.seconds > 0 else "again and again"
    return RULE.finding(
        context,
        loop,
        f"this loop looks at `{context.text(asked.node)}` {often} instead of waiting for it: it wakes up for nothing, and late",
        advice=asked.instead + (_deadline(context) if scope.is_async else ""),
        confidence=Confidence.HIGH if asked.sure else Confidence.MEDIUM if asked.severe else Confidence.LOW,
        severity=Severity.WARNING if asked.severe else Severity.INFO,
    )


def _deadline(context: FileContext) -> str:
    return ", below `async with asyncio.timeout(…)`" if context.python >= 11 else ", in `asyncio.wait_for(…, timeout)`"  # noqa: PLR2004  # Python 3.11


def _late(context: FileContext, scope: Scope, loop: ast.While, sleep: Sleep) -> Iterator[Finding]:
    """Yield a loop that works, and sleeps where it could wait for the event that ends it."""
    for part in conditions(loop.test):
        if (
            isinstance(part, ast.Call)
            and isinstance(part.func, ast.Attribute)
            and part.func.attr in {"is_set", "isSet"}
            and _is_event(context, scope, part.func.value)
            and not _is_set_by_signal(context, part)
            and (sleep.seconds >= _LONG or sleep.seconds < 0)
        ):
            event = context.text(part.func.value)
            amount = context.text(sleep.call.args[0])
            known = sleep.seconds >= _LONG and context.path(part.func.value, scope).endswith("()")
            late = f": stopping takes up to {sleep.seconds:g} s" if sleep.seconds > 0 else ""
            yield RULE.finding(
                context,
                sleep.call,
                f"`{event}` is looked at only after this sleep{late}",
                advice=f"write `{event}.wait({amount})` instead of the sleep: it returns as soon as the event is set",
                confidence=Confidence.HIGH if known else Confidence.MEDIUM,
                severity=Severity.WARNING if known else Severity.INFO,
            )


def _is_event(context: FileContext, scope: Scope, node: ast.expr) -> bool:
    """Tell whether something that has `is_set` is an event of threads or processes, as far as can be seen."""
    return context.is_a(node, "threading.Event", "multiprocessing.Event", scope=scope) or not context.path(node, scope).endswith("()")


def _late_for_flag(context: FileContext, scope: Scope, sleep: Sleep) -> Iterator[Finding]:
    """Yield a sleep in the loop of a thread that runs until another method of its class says stop by a flag."""
    loop = context.loop_around(sleep.call, comprehensions=False)
    if not isinstance(loop, ast.While) or only_waits(loop) or 0 <= sleep.seconds < _NOTICED:
        return
    for part in conditions(loop.test):
        if isinstance(part, ast.Attribute) and context.path(part, scope) == "bool()" and is_set_elsewhere(context, scope, part):
            stopper = _stopper(context, scope, part)
            running = stopper is not None and context.project.reach.in_threads(context.full_name(scope))
            if stopper is None or not running or _is_set_by_signal(context, part):
                return
            joins = any(last_name(call) == "join" for call in stopper.of(ast.Call))
            flag, amount = context.text(part), context.text(sleep.call.args[0])
            late = f" by up to {sleep.seconds:g} s" if sleep.seconds > 0 else ""
            yield RULE.finding(
                context,
                sleep.call,
                f"`{stopper.name}` stops this thread by `{flag}`, which is looked at only after this sleep: it ends late{late}"
                + (f", and `{stopper.name}` waits for it" if joins else ""),
                advice=f"keep a `threading.Event` that `{stopper.name}` sets, and write `.wait({amount})` on it instead of the sleep",
                confidence=Confidence.MEDIUM,
                severity=Severity.WARNING if joins else Severity.INFO,
            )
            return


def _stopper(context: FileContext, scope: Scope, flag: ast.Attribute) -> Scope | None:
    """Return the function of the file that sets a flag to a constant, from another function than the one that looks at it."""
    for place in context.functions():
        if place is scope or place.name in {"__init__", "run", "start"} or scope in place.walk():
            continue
        for target, binding in place.assigned_attributes:
            if target.attr == flag.attr and isinstance(binding.value, ast.Constant) and isinstance(binding.value.value, bool):
                return place
    return None


def _is_set_by_signal(context: FileContext, node: ast.expr) -> bool:
    """Tell whether a signal handler sets what is asked for: another rule speaks of these."""
    names = set_by_signals(context)
    return bool(names) and any(
        (isinstance(each, ast.Name) and each.id in names) or (isinstance(each, ast.Attribute) and each.attr in names)
        for each in ast.walk(node)
    )


RULE: Final = Rule(
    code="CA107",
    name="sleep-polling",
    pitfall="P26",
    topic="sleep-polling",
    summary="A loop sleeps and looks again where it could wait.",
    severity=Severity.WARNING,
    check=check,
    also=("ASYNC110",),
    template="async-periodic",
)
