"""# CA108 worker-blocked-forever

A worker waits in `get()` without a limit, and what tells it to stop does not wake it up.

## What it does

Finds `get()` without a timeout on a queue of threads or processes, in a loop that runs until an event or a flag says stop; and in an
endless loop of a thread or process that the file joins; where it does not join it, that is told of as information.  The same of waits for
an event, a condition or a socket whose thread is told to stop and not woken up.

Also found, for queues of asyncio too, are `queue.join()` where nothing calls `task_done()`, or where an exception skips it (as information
where the worker is not endless, or only calls other libraries); one item that means the end put for several workers; processes that are
joined before their queue is read; and, as information, a wait without a limit for the answer of another process.

Work of a pool of threads that hands other work to the same pool and waits for it is found where the pool is one name of the file.

A queue into which the file puts something that ends the worker (`None`, a constant, a sentinel), whose items the loop compares with one,
or that is shut down is left alone.  So are loops that count what they take, and each `get()` of a queue of asyncio: a task that waits in it
can be cancelled.

## Why is this bad

The flag is looked at only when the next item comes.  After the last one none comes: `join()` waits for ever, the program does not end, and
the orchestrator kills it with whatever else it had in hand.  It shows only when the queue happens to be empty at the end, so tests with
work left pass.

## Example

```python
import queue
import threading


class Writer:
    def __init__(self):
        self._queue = queue.Queue(maxsize=100)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        while not self._stop.is_set():
            self._write(self._queue.get())

    def close(self):
        self._stop.set()
        self._thread.join()
```

## Use instead

```python
import queue
import threading


class Writer:
    def __init__(self):
        self._queue = queue.Queue(maxsize=100)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        while (item := self._queue.get()) is not None:
            self._write(item)

    def close(self):
        self._queue.put(None)
        self._thread.join()
```

## References

- [queue.Queue.get](https://docs.python.org/3/library/queue.html#queue.Queue.get)
- [queue.Queue.shutdown](https://docs.python.org/3/library/queue.html#queue.Queue.shutdown), from Python 3.13

## Related

No other analyser looks for it.  CA203 tells of threads that nobody waits for, CA302 of calls without a deadline.
"""

import ast
import re
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.context import FileContext, argument, last_name
from conc_advisor.review.observations.blocking.hung_waits import joined_before_read, one_end_for_many, uncounted, unlimited_answers
from conc_advisor.review.observations.blocking.sentinels import is_woken, looks_for_an_end
from conc_advisor.review.observations.blocking.starved_pools import starved_pools
from conc_advisor.review.observations.blocking.unwoken import unwoken
from conc_advisor.review.observations.blocking.waiting import can_leave, conditions, is_endless
from conc_advisor.review.observations.lifetimes.fate import fate_of, fate_of_attribute
from conc_advisor.review.observations.lifetimes.makings import Making, makings
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope
from conc_advisor.review.wording.remark import findings_of

_QUEUES: Final = ("queue.Queue", "queue.SimpleQueue", "multiprocessing.Queue", "multiprocessing.SimpleQueue")
_QUEUE_NAMES: Final = re.compile(r"(?:^|_)(?:queue|q|inbox|mailbox)$")
_JOINS: Final = frozenset({"join"})
_KILLS: Final = frozenset({"terminate", "kill"})
_SHUTDOWN: Final = 13
"""The minor version of Python that has `Queue.shutdown`."""


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the places where a worker may wait for ever."""
    for found in (uncounted, one_end_for_many, joined_before_read, unlimited_answers, unwoken, starved_pools):
        yield from findings_of(RULE, context, found(context))
    for scope in context.scopes():
        loops = scope.of(ast.While)
        if not loops or scope.is_async:
            continue
        for call in scope.of(ast.Call):
            if isinstance(call.func, ast.Attribute) and call.func.attr == "get" and _is_unlimited(call):
                loop = context.loop_around(call, comprehensions=False)
                if isinstance(loop, ast.While) and _is_queue(context, scope, call.func.value):
                    yield from _get(context, scope, loop, call, call.func.value)


def _is_queue(context: FileContext, scope: Scope, owner: ast.expr) -> bool:
    """Tell whether something is a queue of threads or processes, by its type, or by its name where nothing tells the type."""
    if context.is_a(owner, *_QUEUES, scope=scope):
        return True
    return not context.path(owner, scope).endswith("()") and _QUEUE_NAMES.search(last_name(owner).lower()) is not None


def _get(context: FileContext, scope: Scope, loop: ast.While, call: ast.Call, queue: ast.expr) -> Iterator[Finding]:
    flag = _flag_inside(context, scope, loop) if is_endless(loop) else next(conditions(loop.test))
    endless = flag is None
    if (
        looks_for_an_end(context, loop, call)
        or (can_leave(loop) if endless else not (is_endless(loop) or _is_flag(context, scope, loop, loop.test)))
        or is_woken(context, last_name(queue))
    ):
        return
    makers = list(_makers(context, scope))
    joined, daemon = _ways_to_end(context, makers)
    killed = any(_is_killed(context, making) for making in makers)
    if not makers and (endless or not context.is_a(queue, *_QUEUES, scope=scope)):
        return
    text = context.text(queue)
    why = f"`{scope.name}` never ends" + (", and what runs it is joined" if joined else ", and nothing can tell it to")
    if flag is not None:
        why = f"`{context.text(flag)}` is looked at only after the next item"
    yield RULE.finding(
        context,
        call,
        f"`{text}.get()` waits for ever when nothing more comes: {why}",
        advice=f"put an item that means the end, `{text}.put(None)`, where `{scope.name}` is told to stop"
        + (f", or call `{text}.shutdown()` there" if context.python >= _SHUTDOWN else "")
        + "; or give `get` a `timeout` and catch `queue.Empty`",
        confidence=Confidence.MEDIUM if daemon or endless else Confidence.HIGH,
        severity=Severity.WARNING if not killed and (joined or not (daemon or endless or is_endless(loop))) else Severity.INFO,
    )


def _is_unlimited(call: ast.Call) -> bool:
    """Tell whether a `get` waits without a limit."""
    limit = argument(call, "timeout", 1)
    unlimited = limit is None or (isinstance(limit, ast.Constant) and limit.value is None)
    if len(call.args) > 2 or not unlimited or any(each.arg is None for each in call.keywords):  # noqa: PLR2004  # block and timeout
        return False
    block = argument(call, "block", 0)
    return block is None or (isinstance(block, ast.Constant) and block.value is True)


def _flag_inside(context: FileContext, scope: Scope, loop: ast.While) -> ast.expr | None:
    """Return the flag by which an endless loop is left from inside: an event, or a true or false that others set."""
    for branch in scope.of(ast.If):
        inside = loop.lineno <= branch.lineno <= (loop.end_lineno or 0)
        if inside and isinstance(branch.body[-1], (ast.Return, ast.Break)) and _is_flag(context, scope, loop, branch.test):
            return branch.test
    return None


def _is_flag(context: FileContext, scope: Scope, loop: ast.While, test: ast.expr) -> bool:
    """Tell whether a condition says when to stop: an event, or a true or false that the loop does not set itself."""
    for part in conditions(test):
        if isinstance(part, ast.Call) and last_name(part) in {"is_set", "isSet", "is_alive"}:
            continue
        if not isinstance(part, (ast.Name, ast.Attribute)) or context.path(part, scope) not in {"bool()", "multiprocessing.Value().value"}:
            return False
        if isinstance(part, ast.Name) and scope.binder(part.id) is scope:
            return False
        stored = (node for node in ast.walk(loop) if isinstance(node, type(part)) and isinstance(node.ctx, ast.Store))
        if any(last_name(node) == last_name(part) for node in stored):
            return False
    return True


def _ways_to_end(context: FileContext, makers: list[Making]) -> tuple[bool, bool]:
    """Return whether the file joins one of some threads or processes, and whether all of them are daemons."""
    joined, daemons = False, []
    for making in makers:
        fate = fate_of(context, making.scope, making.call, _JOINS)
        kept = [fate_of_attribute(context, each.attr, _JOINS, elsewhere=False) for each in fate.attributes]
        given = argument(making.call, "daemon")
        joined = joined or any(_is_waited_for(context, end) for each in (fate, *kept) for end in each.ends)
        daemons.append((isinstance(given, ast.Constant) and bool(given.value)) or any("daemon" in each.given for each in (fate, *kept)))
    return joined, bool(daemons) and all(daemons)


def _is_killed(context: FileContext, making: Making) -> bool:
    """Tell whether something ends a process from outside, whatever it waits for."""
    fate = fate_of(context, making.scope, making.call, _KILLS)
    return bool(fate.ends) or any(fate_of_attribute(context, each.attr, _KILLS, elsewhere=False).ends for each in fate.attributes)


def _is_waited_for(context: FileContext, join: ast.Attribute) -> bool:
    """Tell whether a `join` has no limit."""
    call = context.parent(join)
    return not isinstance(call, ast.Call) or not (call.args or call.keywords)


def _makers(context: FileContext, scope: Scope) -> Iterator[Making]:
    """Yield the calls of the file that make a thread or process of a function."""
    full = context.full_name(scope)
    for making in makings(context, ("threading.Thread", "multiprocessing.Process")):
        target = argument(making.call, "target", 1)
        if target is None:
            if f"{making.path}.{scope.name}" == full:
                yield making
        elif context.path(context.work(target, making.scope), making.scope) == full:
            yield making


RULE: Final = Rule(
    code="CA108",
    name="worker-blocked-forever",
    pitfall="P24",
    topic="worker-blocked-forever",
    summary="A worker waits for its queue without a limit and cannot be stopped.",
    severity=Severity.WARNING,
    check=check,
    template="thread-queue",
)
