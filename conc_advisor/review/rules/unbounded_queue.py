"""# CA402 unbounded-queue

A queue between a producer and a consumer has no size: where the consumer is slower, the queue grows without limit.

## What it does

Finds queues of `asyncio`, `queue` and `multiprocessing` that are made without `maxsize`, that one function fills and another one empties.
Where the producer goes through a stream (`async for`, `while`, the lines of a file) it is a warning; where whoever calls a method fills the
queue, or is given its `put` to call, severity info; so it is for memory streams of anyio and trio without a limit, and for a deque without
`maxlen` that one method fills and another one's loop empties.

A queue that is filled from a list once, or whose `qsize()` the code looks at, is left alone; so is one that takes back what was taken out
of it (a pool of connections).  A queue that is handed to code that cannot be read is not followed.

## Why is this bad

Nothing slows the producer down.  Under load the difference between the two rates piles up in memory until the process is killed, and long
before that each item waits behind all others: answers come late, then too late to be of use, while the work for them is still done.

## Example

```python
import asyncio


async def produce(reader, queue):
    while line := await reader.readline():
        await queue.put(line)


async def consume(queue):
    while True:
        print(await queue.get())


async def pipeline(reader):
    queue = asyncio.Queue()
    await asyncio.gather(produce(reader, queue), consume(queue))
```

## Use instead

```python
import asyncio


async def produce(reader, queue):
    while line := await reader.readline():
        await queue.put(line)


async def consume(queue):
    while True:
        print(await queue.get())


async def pipeline(reader):
    queue = asyncio.Queue(maxsize=64)
    await asyncio.gather(produce(reader, queue), consume(queue))
```

## References

- [asyncio.Queue](https://docs.python.org/3/library/asyncio-queue.html#asyncio.Queue)
- [queue.Queue](https://docs.python.org/3/library/queue.html#queue.Queue)

## Related

none
"""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.context import FileContext, argument, has_unseen_arguments, last_name
from conc_advisor.review.knowledge.lifetimes import CLOSING, runs_once
from conc_advisor.review.observations.bounds.loose_queues import MEMORY_STREAMS, of_deque, of_memory_stream
from conc_advisor.review.observations.bounds.queue_ends import QueueEnds, goes_through_stream, queue_ends
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope
from conc_advisor.review.wording.remark import findings_of

_QUEUES: Final = frozenset(
    {
        *("asyncio.Queue", "queue.Queue", "multiprocessing.Queue", "multiprocessing.Manager().Queue", "queue.SimpleQueue"),
        *("janus.Queue", "culsans.Queue", "gevent.queue.Queue", "eventlet.Queue", "eventlet.queue.Queue"),
    }
)
_NAMES: Final = frozenset({"Queue", "LifoQueue", "PriorityQueue", "JoinableQueue", "SimpleQueue"})
_STREAM_NAMES: Final = frozenset(path.rpartition(".")[2] for path in MEMORY_STREAMS)
_ANSWERS: Final = ("output",)
"""Words in the names of queues that may take no more than was asked for."""
_MARKS: Final = (
    *(
        "result",
        "response",
        "reply",
        "error",
        "done",
        "exc",
        "finished",
        "ready",
        "return",
        "ack",
        "shutdown",
        "stop",
        "free",
        "idle",
        "pool",
    ),
)
"""Words in the names of queues that hold answers, signs, or things that go round."""


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the queues of a file that have no size although a producer could outrun their consumer."""
    for scope, call in context.calls():
        function = call.func.value if isinstance(call.func, ast.Subscript) else call.func
        name = last_name(function)
        if name in _NAMES:
            if context.path(function, scope) in _QUEUES and not _has_size(call):
                yield from _unbounded(context, scope, call, name)
        elif name == "deque":
            yield from findings_of(RULE, context, of_deque(context, scope, call))
        elif name in _STREAM_NAMES:
            yield from findings_of(RULE, context, of_memory_stream(context, scope, call))
        elif name in {"field", "defaultdict"}:
            made = argument(call, "default_factory", 0 if name == "defaultdict" else None)
            if last_name(made) in _NAMES and made is not None and context.path(made, scope) in _QUEUES:
                yield from _unbounded(context, scope, call, last_name(made))


def _has_size(call: ast.Call) -> bool:
    size = argument(call, "maxsize", 0)
    if size is None:
        return has_unseen_arguments(call)
    if isinstance(size, ast.UnaryOp) and isinstance(size.op, ast.USub):
        return False
    return not (isinstance(size, ast.Constant) and (size.value is None or size.value == 0))


def _unbounded(context: FileContext, scope: Scope, call: ast.Call, kind: str) -> Iterator[Finding]:
    ends = queue_ends(context, scope, call)
    if ends is not None and ends.asks_full is not None:
        yield _never_full(context, call, ends, ends.asks_full)
        return
    if ends is None or ends.is_watched or any(word in ends.name.lower() for word in _MARKS):
        return
    if ends.given and (ends.gets or ends.handed):
        yield _handed_over(context, call, kind, ends)
    elif not ends.gets:
        yield from _emptied_elsewhere(context, scope, call, kind, ends)
    elif not ends.puts:
        yield from _filled_elsewhere(context, call, kind, ends)
    else:
        yield from _filled(context, scope, call, kind, ends)


def _filled(context: FileContext, scope: Scope, call: ast.Call, kind: str, ends: QueueEnds) -> Iterator[Finding]:
    """Yield a queue whose both ends the file shows."""
    answers = any(word in ends.name.lower() for word in _ANSWERS)
    producers = [each for each in ends.puts if each[0] not in {place for place, _ in ends.gets}]
    if not producers:
        return
    streams = [each for each in producers if goes_through_stream(context, each[1])]
    if streams:
        place, put = streams[0]
        paced = answers or _is_paced(context, put)
        yield _finding(context, call, kind, ends, place, put, paced=paced)
    elif not answers:
        called = [each for each in producers if _runs_once_a_call(context, ends, each[1]) and _is_called_often(each[0])]
        if called and (ends.is_shared or any(place is not scope and not _is_inside(place, scope) for place, _ in called)):
            yield _finding(context, call, kind, ends, *called[0], paced=True)
        else:
            through = [each for each in producers if each[0] is not scope and context.loop_around(each[1]) is not None and ends.handed]
            if through:
                yield _finding(context, call, kind, ends, *through[0], paced=True)


def _is_inside(place: Scope, scope: Scope) -> bool:
    return any(each is place for each in scope.walk())


def _handed_over(context: FileContext, call: ast.Call, kind: str, ends: QueueEnds) -> Finding:
    """Say that somebody else calls the `put` of a queue without a size, as often as he likes."""
    place, method = ends.given[0]
    return RULE.finding(
        context,
        call,
        f"the queue `{ends.name}` has no size, and its `{last_name(method)}` is given to others to call: where they call it faster than"
        " somebody takes, it grows until the memory is full",
        advice=f"write `{_with_size(context, call)}`, and say what happens when it is full"
        if kind != "SimpleQueue"
        else "use `Queue(maxsize=64)`",
        confidence=Confidence.LOW,
        severity=Severity.INFO,
        steps=(context.step(method, f"`{place.name or 'the module'}` gives it away"),),
    )


def _emptied_elsewhere(context: FileContext, scope: Scope, call: ast.Call, kind: str, ends: QueueEnds) -> Iterator[Finding]:
    """Yield a queue that the file fills again and again, and that is handed to others, who empty it."""
    if any(last_name(each) == "QueueHandler" for each in ends.handed if isinstance(each, ast.Call)):
        yield RULE.finding(
            context,
            call,
            f"the queue `{ends.name}` has no size: where records come faster than the listener writes, it grows until the memory is full",
            advice="give it a size of some thousands: `QueueHandler` reports a full queue by its `handleError`",
            confidence=Confidence.LOW,
            severity=Severity.INFO,
        )
        return
    if not ends.handed:
        return
    often = [
        each
        for each in ends.puts
        if each[0] is not scope and (goes_through_stream(context, each[1]) or _runs_once_a_call(context, ends, each[1]))
    ]
    called = [each for each in often if _is_called_often(each[0])]
    if called:
        yield _finding(context, call, kind, ends, *called[0], paced=True)


def _never_full(context: FileContext, call: ast.Call, ends: QueueEnds, asked: ast.Call) -> Finding:
    return RULE.finding(
        context,
        call,
        f"the queue `{ends.name}` has no size, so that `{context.text(asked)}` is never true, and it grows until the memory is full",
        advice=f"write `{_with_size(context, call)}`",
        confidence=Confidence.HIGH,
        steps=(context.step(asked, "the code asks whether it is full"),),
    )


def _runs_once_a_call(context: FileContext, ends: QueueEnds, put: ast.Call) -> bool:
    """Tell whether a put happens once for each call of its function: outside of loops, or in one that gives the same to all queues."""
    loop = context.loop_around(put)
    if not isinstance(loop, ast.For) or not ends.container:
        return loop is None
    return any(isinstance(each, ast.Attribute) and each.attr == ends.container for each in ast.walk(loop.iter))


def _is_called_often(place: Scope) -> bool:
    return (
        place.is_function
        and not runs_once(place.name)
        and place.name not in CLOSING
        and not place.name.endswith(("_lost", "_close", "_stop"))
    )


def _filled_elsewhere(context: FileContext, call: ast.Call, kind: str, ends: QueueEnds) -> Iterator[Finding]:
    """Yield a queue that its class empties in a loop and leaves to others to fill."""
    taking = [place for place, get in ends.gets if isinstance(context.loop_around(get), ast.While)]
    filled = not context.project.method_calls.isdisjoint({(ends.name, "put"), (ends.name, "put_nowait")})
    if not taking or not ends.is_shared or not (filled or not ends.name.startswith("_")):
        return
    yield RULE.finding(
        context,
        call,
        f"the queue `{ends.name}` has no size: where others put faster than `{taking[0].name}` takes, it grows until the memory is full",
        advice=f"write `{_with_size(context, call)}`: then `put` waits until there is room"
        if kind != "SimpleQueue"
        else "use `Queue(maxsize=64)`",
        confidence=Confidence.LOW,
        severity=Severity.INFO,
    )


def _finding(  # noqa: PLR0913, PLR0917  # one sentence of all that was found
    context: FileContext, call: ast.Call, kind: str, ends: QueueEnds, place: Scope, put: ast.Call, *, paced: bool
) -> Finding:
    who = f"`{place.name}`" if place.is_function else "the module"
    taker = next((each.name for each, _ in ends.gets if each is not place and each.is_function), "its consumer")
    return RULE.finding(
        context,
        call,
        f"the queue `{ends.name}` has no size: where {who} puts faster than `{taker}` takes, it grows until the memory is full",
        advice=_advice(context, call, kind, put),
        confidence=Confidence.LOW if paced else Confidence.MEDIUM,
        severity=Severity.INFO if paced else None,
        steps=(context.step(put, f"{place.name or 'the module'} puts into it"),),
    )


def _advice(context: FileContext, call: ast.Call, kind: str, put: ast.Call) -> str:
    size = f"use `Queue(maxsize=64)`: a `{kind}` cannot have a size" if kind == "SimpleQueue" else f"write `{_with_size(context, call)}`"
    if last_name(put) == "put_nowait":
        return f"{size}, and say what happens when it is full: `put_nowait` raises `QueueFull` (`queue.Full`) then; `put` waits"
    return f"{size}: then `put` waits until there is room"


def _with_size(context: FileContext, call: ast.Call) -> str:
    return f"{context.text(call.func)}(maxsize=64)"


def _is_paced(context: FileContext, put: ast.Call) -> bool:
    """Tell whether the loop around a put sleeps: then the clock is the limit."""
    loop = context.loop_around(put)
    return loop is not None and any(isinstance(each, ast.Call) and last_name(each) == "sleep" for each in ast.walk(loop))


RULE: Final = Rule(
    code="CA402",
    name="unbounded-queue",
    pitfall="P18",
    topic="unbounded-queue",
    summary="A queue between a producer and a consumer has no size.",
    severity=Severity.WARNING,
    check=check,
    template="async-queue",
)
