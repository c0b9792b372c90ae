"""# CA107 sleep-polling

A loop sleeps and looks again, where it could wait for what it looks for.

## What it does

Finds `while` loops that do nothing but sleep until something in the same program has happened: an event is set, a task, future, thread or
process is done, a queue has something, or a flag is set that another function of the file sets.  A loop that works, sleeps for seconds
and looks at a `threading.Event` only then is told of, too.

Conditions outside of the program (a file that appears, a service that answers), which cannot be waited for, are left alone, and so are
sleeps that grow, flags of which nothing shows who sets them, and tests.

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
from dataclasses import dataclass
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.rule import Rule
from conc_advisor.review.signals import set_by_signals
from conc_advisor.review.symbols.scopes import Scope, ScopeKind
from conc_advisor.review.waiting import EVENTS, Sleep, as_sleep, conditions, is_endless, sleeping_loops

_LONG: Final = 5.0
"""Seconds from which on a program that is told to end and sleeps first is felt to hang: half of what Docker waits before it kills."""
_NOTICED: Final = 1.0
"""Seconds of sleep that are not worth telling about: nobody notices a program that ends that much later."""
_STATES: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    # method that is asked: the classes that have it, what to call instead
    "done": (("concurrent.futures.Future", "asyncio.Future", "asyncio.Task"), "result(timeout=…)"),
    "ready": (
        ("multiprocessing.pool.AsyncResult", "multiprocessing.Pool().apply_async", "multiprocessing.Pool().map_async"),
        "wait(timeout=…)",
    ),
    "is_alive": (("threading.Thread", "multiprocessing.Process"), "join(timeout=…)"),
    "poll": (("subprocess.Popen",), "wait(timeout=…)"),
    "empty": (("queue.Queue", "asyncio.Queue", "multiprocessing.Queue", "queue.SimpleQueue"), "get(…)"),
}
_CLOCKS: Final = frozenset({"time", "monotonic", "perf_counter", "now", "utcnow", "len", "process_time", "current_time", "time_ns"})
_TELLING: Final = frozenset({"debug", "info", "warning", "error", "print", "log", "write", "flush"})


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a loop asks for: the expression, what to do instead as a clause, and whether its type says so."""

    node: ast.expr
    instead: str
    sure: bool


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the loops of a file that sleep and look again."""
    for scope, loop, sleep in sleeping_loops(context):
        tests = [loop.test] if not is_endless(loop) else _exits(loop)
        if not tests or isinstance(tests[0], ast.Constant):
            continue
        if _only_waits(loop):
            asked = next((found for test in tests for found in [_asked(context, scope, test, loop)] if found is not None), None)
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


def _polls(context: FileContext, scope: Scope, loop: ast.While, sleep: Sleep, asked: _Asked) -> Finding:
    often = f"every {sleep.seconds:g} s" if sleep.seconds > 0 else "again and again"
    return RULE.finding(
        context,
        loop,
        f"this loop looks at `{context.text(asked.node)}` {often} instead of waiting for it: it wakes up for nothing, and late",
        advice=asked.instead + (_deadline(context) if scope.is_async else ""),
        confidence=Confidence.HIGH if asked.sure else Confidence.MEDIUM,
    )


def _deadline(context: FileContext) -> str:
    return ", below `async with asyncio.timeout(…)`" if context.python >= 11 else ", in `asyncio.wait_for(…, timeout)`"  # noqa: PLR2004  # Python 3.11


def _late(context: FileContext, scope: Scope, loop: ast.While, sleep: Sleep) -> Iterator[Finding]:
    """Yield a loop that works, and sleeps where it could wait for the event that ends it."""
    for part in conditions(loop.test):
        if (
            isinstance(part, ast.Call)
            and isinstance(part.func, ast.Attribute)
            and part.func.attr == "is_set"
            and context.is_a(part.func.value, "threading.Event", "multiprocessing.Event", scope=scope)
            and not _is_set_by_signal(context, part)
            and (sleep.seconds >= _LONG or sleep.seconds < 0)
        ):
            event = context.text(part.func.value)
            amount = context.text(sleep.call.args[0])
            known = sleep.seconds >= _LONG
            yield RULE.finding(
                context,
                sleep.call,
                f"`{event}` is looked at only after this sleep" + (f": stopping takes up to {sleep.seconds:g} s" if known else ""),
                advice=f"write `{event}.wait({amount})` instead of the sleep: it returns as soon as the event is set",
                confidence=Confidence.HIGH if known else Confidence.MEDIUM,
                severity=Severity.WARNING if known else Severity.INFO,
            )


def _late_for_flag(context: FileContext, scope: Scope, sleep: Sleep) -> Iterator[Finding]:
    """Yield a sleep in the loop of a thread that runs until another method of its class says stop by a flag."""
    loop = context.loop_around(sleep.call, comprehensions=False)
    if not isinstance(loop, ast.While) or _only_waits(loop) or 0 <= sleep.seconds < _NOTICED:
        return
    for part in conditions(loop.test):
        if isinstance(part, ast.Attribute) and context.path(part, scope) == "bool()" and _is_set_elsewhere(context, scope, part):
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


# --- what the loop does -----------------------------------------------------------------------------------------------------------


def _exits(loop: ast.While) -> list[ast.expr]:
    """Return the conditions under which a `while True` is left: those of its `if` statements that do nothing but leave it."""
    return [
        each.test
        for each in loop.body
        if isinstance(each, ast.If) and isinstance(each.body[-1], (ast.Break, ast.Return)) and not each.orelse
    ]


def _only_waits(loop: ast.While) -> bool:
    """Tell whether a loop does nothing but sleep, count, look at the clock, and say that it waits."""
    return all(_is_idle(each) for each in loop.body) and not loop.orelse


def _is_idle(statement: ast.stmt) -> bool:
    match statement:
        case ast.Pass() | ast.Continue() | ast.Break() | ast.Raise():
            return True
        case ast.Return(value=value):
            return value is None or not any(isinstance(node, (ast.Call, ast.Await)) for node in ast.walk(value))
        case ast.Expr(value=value):
            call = value.value if isinstance(value, ast.Await) else value
            return isinstance(call, ast.Constant) or (isinstance(call, ast.Call) and last_name(call) in {"sleep", *_TELLING})
        case ast.Assign(value=value) | ast.AugAssign(value=value):
            return all(last_name(node) in _CLOCKS for node in ast.walk(value) if isinstance(node, ast.Call))
        case ast.If(test=test, body=body, orelse=orelse):
            quiet = all(last_name(node) in _CLOCKS or last_name(node) in _STATES or last_name(node) == "is_set" for node in _calls(test))
            return quiet and all(_is_idle(each) for each in (*body, *orelse))
    return False


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    return (each for each in ast.walk(node) if isinstance(each, ast.Call))


# --- what it asks for -------------------------------------------------------------------------------------------------------------


def _asked(context: FileContext, scope: Scope, test: ast.expr, loop: ast.While) -> _Asked | None:
    """Return what a condition asks for that could be waited for; None where a part of it has to be looked at, clocks and counters aside."""
    found: _Asked | None = None
    for part in conditions(test):
        asked = _part(context, scope, part, loop)
        if asked is not None:
            found = found or asked
        elif not _is_clock(part):
            return None
    return found


def _is_clock(part: ast.expr) -> bool:
    """Tell whether a part of a condition is about how long to wait, or how often."""
    if isinstance(part, ast.Compare):
        return all(last_name(call) in _CLOCKS for call in _calls(part)) and any(
            isinstance(operator, (ast.Lt, ast.LtE, ast.Gt, ast.GtE)) for operator in part.ops
        )
    return isinstance(part, ast.Name) and part.id in {"attempts", "retries", "timeout", "tries"}


def _part(context: FileContext, scope: Scope, part: ast.expr, loop: ast.While) -> _Asked | None:
    asked = part
    if isinstance(part, ast.Compare) and len(part.ops) == 1 and isinstance(part.comparators[0], (ast.Constant, ast.Attribute, ast.Name)):
        asked = part.left
    if isinstance(asked, ast.Call):
        return _state(context, scope, asked)
    if isinstance(asked, ast.Attribute) and _is_set_elsewhere(context, scope, asked):
        event = "asyncio.Event" if scope.is_async else "threading.Event"
        wait = "await " if scope.is_async else ""
        text = context.text(asked)
        return _Asked(asked, f"keep a `{event}`, set it where `{text}` changes, and write `{wait}{text}.wait()` here", sure=False)
    if isinstance(asked, ast.Name) and _is_shared_name(scope, asked.id, loop):
        event = "asyncio.Event" if scope.is_async else "threading.Event"
        wait = "await " if scope.is_async else ""
        return _Asked(
            asked, f"make `{asked.id}` a `{event}`, call `{asked.id}.set()`, and write `{wait}{asked.id}.wait()` here", sure=False
        )
    return None


def _state(context: FileContext, scope: Scope, call: ast.Call) -> _Asked | None:
    function = call.func
    if not isinstance(function, ast.Attribute):
        return None
    name = context.text(function.value)
    if function.attr == "is_set" and context.is_a(function.value, *EVENTS, scope=scope):
        return _Asked(call, f"write `{'await ' if scope.is_async else ''}{name}.wait({'' if scope.is_async else 'timeout=…'})`", sure=True)
    classes, instead = _STATES.get(function.attr, ((), ""))
    if not classes or not context.is_a(function.value, *classes, scope=scope):
        return None
    path = context.path(function.value, scope)
    if path in {"asyncio.Task()", "asyncio.Future()"}:
        return _Asked(call, f"write `await {name}`, or `await asyncio.wait({{{name}}}, timeout=…)`", sure=True)
    if path == "asyncio.Queue()":
        return _Asked(call, f"write `await {name}.get()`", sure=True)
    if scope.is_async:
        # Waiting in a coroutine for a thread or a process needs another way than to block in it.
        return _Asked(call, f"write `await asyncio.to_thread({name}.{instead.partition('(')[0]})`", sure=False)
    return _Asked(call, f"write `{name}.{instead}`", sure=True)


def _is_set_elsewhere(context: FileContext, scope: Scope, asked: ast.Attribute) -> bool:
    """Tell whether a method of the project, other than the one that asks, sets an attribute of an instance, which is no property."""
    path = context.path(asked.value, scope)
    project = context.project
    if not path.endswith("()") or path[:-2] not in project.classes:
        return False
    family = {*project.mro(path[:-2]), *project.derived(path[:-2])} & project.classes.keys()
    if any(asked.attr in project.classes[each].methods for each in family):
        return False
    return any(_sets(context, scope, each, asked.attr) for each in family)


def _sets(context: FileContext, scope: Scope, owner: str, name: str) -> bool:
    summary = context.project.classes[owner]
    if name not in summary.reassigned:
        return False
    if summary.file != context.parsed.file:
        return True
    for place in context.scopes():
        if place is scope or place.name in {"__init__", "__post_init__"} or not context.full_name(place).startswith(f"{owner}."):
            continue
        if any(target.attr == name for target, _ in place.assigned_attributes):
            return True
        if any(isinstance(each.target, ast.Attribute) and each.target.attr == name for each in place.of(ast.AugAssign)):
            return True
    return False


def _is_shared_name(scope: Scope, name: str, loop: ast.While) -> bool:
    """Tell whether another function sets a variable that a loop looks at, by `global` or `nonlocal`."""
    binder = scope.binder(name)
    if binder is None or any(isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store) for node in ast.walk(loop)):
        return False
    return any(
        place is not scope and name in (place.globals if binder.kind is ScopeKind.MODULE else place.nonlocals) and name in place.bindings
        for place in binder.walk()
    )


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
