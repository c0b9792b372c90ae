"""# CA208 signal-not-waited-for

A signal handler sets an event or a flag, and the loop that should end sleeps on.

## What it does

Finds loops of a file that registers a signal handler (`signal.signal`, `loop.add_signal_handler`) where the handler does nothing but set
an event or a variable: endless loops that sleep and never look at it, while nothing else in the file does, and loops that look at it only
after a sleep of five seconds or more.  Handlers that `signal.signal` registers although they want something of an event loop of asyncio
(`event.set()`, `loop.stop()`, `create_task`), that run the loop which runs already, that are coroutine functions, or that are registered
in a thread.

Told of as information are: a handler that `signal.signal` registers in a coroutine or for one, a task that a handler starts and nobody
awaits, a loop that stands still while a function sleeps, and, where nothing in the project handles a signal, programs that clean up after
Ctrl-C only and workers that no signal can stop between two pieces of work.

Handlers that raise, exit, cancel or stop something are left alone, and so are flags that other files may look at.

## Why is this bad

After a handler returns, Python goes on with the sleep it interrupted until its time is over (PEP 475).  Kubernetes and Docker send
SIGTERM and kill after 30 or 10 seconds: work in hand is cut off, locks and temporary files stay, and each deployment takes the whole time.
An event loop waits in the same way: only `add_signal_handler` wakes it.

## Example

```python
import signal
import threading
import time

shutdown = threading.Event()


def main(collect):
    signal.signal(signal.SIGTERM, lambda number, frame: shutdown.set())
    while True:
        collect()
        time.sleep(60)
```

## Use instead

```python
import signal
import threading

shutdown = threading.Event()


def main(collect):
    signal.signal(signal.SIGTERM, lambda number, frame: shutdown.set())
    while not shutdown.wait(60):
        collect()
```

## References

- [PEP 475: retry system calls](https://peps.python.org/pep-0475/)
- [signal: handlers](https://docs.python.org/3/library/signal.html#execution-of-python-signal-handlers)

## Related

No other analyser looks for it.  CA107 tells of loops that sleep and look at a flag that no signal sets.
"""

import ast
from collections.abc import Iterator
from typing import Final, cast

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.observations.blocking.waiting import Sleep, can_leave, is_endless, sleeping_loops
from conc_advisor.review.observations.lifetimes.loop_signals import on_a_loop
from conc_advisor.review.observations.lifetimes.signals import SignalFlag, signal_flags
from conc_advisor.review.observations.lifetimes.unhandled_signals import unhandled_signals
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope
from conc_advisor.review.wording.remark import findings_of

_LONG: Final = 5.0
"""Seconds of sleep that count: half of what Docker waits before it kills."""


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the loops of a file that sleep on when a signal has come."""
    yield from findings_of(RULE, context, on_a_loop(context))
    yield from findings_of(RULE, context, unhandled_signals(context))
    loops = list(sleeping_loops(context))
    flags = list(signal_flags(context)) if any(scope.of(ast.While) for scope in context.scopes()) else []
    if not flags:
        return
    names = {each.name for each in flags}
    for loop, call in _dropped_waits(context, names):
        flag = next(each for each in flags if each.name == last_name(getattr(call.func, "value", None)))
        yield RULE.finding(
            context,
            loop,
            f"the signal handler sets `{flag.name}`, and this loop goes on after `{context.text(call)}`: the signal does not end it",
            advice=f"write `while not {context.text(call)}:`",
            confidence=Confidence.HIGH,
            steps=(context.step(flag.registration, f"the handler that sets {flag.name} is registered here"),),
        )
    for scope, loop, sleep in loops:
        if is_endless(loop):
            if not can_leave(loop) and not any(_is_read(context, name) for name in names):
                yield _never(context, scope, loop, sleep, flags[0])
        elif (sleep.seconds >= _LONG or sleep.seconds < 0) and (name := next((each for each in names if _mentions(loop.test, each)), None)):
            yield _late(context, scope, loop, sleep, next(each for each in flags if each.name == name))


def _dropped_waits(context: FileContext, names: set[str]) -> Iterator[tuple[ast.While, ast.Call]]:
    """Yield the endless loops that wait for an event that a handler sets, and do not ask whether it has been set."""
    for scope in context.scopes():
        for loop in scope.of(ast.While):
            if not is_endless(loop) or can_leave(loop):
                continue
            for call in (each.value for each in loop.body if isinstance(each, ast.Expr)):
                function = call.func if isinstance(call, ast.Call) else None
                if isinstance(function, ast.Attribute) and function.attr == "wait" and last_name(function.value) in names:
                    yield loop, cast("ast.Call", call)


def _never(context: FileContext, scope: Scope, loop: ast.While, sleep: Sleep, flag: SignalFlag) -> Finding:
    amount = context.text(sleep.call.args[0])
    wait = f"await asyncio.wait_for({flag.name}.wait(), {amount})" if scope.is_async else f"while not {flag.name}.wait({amount}):"
    return RULE.finding(
        context,
        loop,
        f"the signal handler sets `{flag.name}`, and this loop never looks at it: the signal does not end it",
        advice=f"write `{wait}` for the loop and its sleep"
        if flag.is_event
        else f"make `{flag.name}` a `threading.Event` that the handler sets, and write `{wait}`",
        confidence=Confidence.HIGH if scope is flag.scope else Confidence.MEDIUM,
        steps=(context.step(flag.registration, f"the handler that sets {flag.name} is registered here"),),
    )


def _late(context: FileContext, scope: Scope, loop: ast.While, sleep: Sleep, flag: SignalFlag) -> Finding:
    amount = context.text(sleep.call.args[0])
    wait = f"await asyncio.wait_for({flag.name}.wait(), {amount})" if scope.is_async else f"{flag.name}.wait({amount})"
    known = sleep.seconds > 0
    return RULE.finding(
        context,
        loop,
        f"the signal handler sets `{flag.name}`, which this loop looks at only after its sleep: "
        + (f"it ends up to {sleep.seconds:g} s late" if known else "it ends that much later"),
        advice=f"write `{wait}` instead of the sleep"
        if flag.is_event
        else f"make `{flag.name}` a `threading.Event` that the handler sets, and write `{wait}` instead of the sleep",
        confidence=Confidence.MEDIUM if known else Confidence.LOW,
        severity=Severity.WARNING if known else Severity.INFO,
        steps=(context.step(flag.registration, f"the handler that sets {flag.name} is registered here"),),
    )


def _mentions(node: ast.AST, name: str) -> bool:
    return any(
        (isinstance(each, ast.Name) and each.id == name) or (isinstance(each, ast.Attribute) and each.attr == name)
        for each in ast.walk(node)
    )


def _is_read(context: FileContext, name: str) -> bool:
    """Tell whether anything in a file does something with an event or variable but set it."""
    for node in context.symbols.parents:
        if not isinstance(node, (ast.Name, ast.Attribute)) or not isinstance(node.ctx, ast.Load):
            continue
        if (node.id if isinstance(node, ast.Name) else node.attr) != name:
            continue
        parent = context.parent(node)
        if not (isinstance(parent, ast.Attribute) and parent.attr in {"set", "clear"}):
            return True
    return False


RULE: Final = Rule(
    code="CA208",
    name="signal-not-waited-for",
    pitfall="P25",
    topic="signal-handling",
    summary="A signal handler sets a flag that the main loop does not wait for.",
    severity=Severity.WARNING,
    check=check,
    template="async-shutdown",
)
