"""A bounded queue between a producer and several consumers, with a clean end.

The producer is slowed down by a full queue.  The end comes by closing the queue, by an error or by
cancellation; in each case no task is left behind.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final, Generic, Self, TypeAlias, TypeVar

T = TypeVar("T")

Put: TypeAlias = Callable[[T], Awaitable[None]]
"""Puts an item into the queue; waits while it is full."""


class _End:
    """The mark behind the last item."""


_END: Final = _End()


class ClosableQueue(Generic[T]):
    """A bounded queue that can be closed: its consumers end when they have taken what is in it.

    For any number of producers and consumers on one event loop.  Consumers write
    `async for item in queue`.
    """

    def __init__(self, waiting: int) -> None:
        """Hold at most `waiting` items; raise ValueError if that is less than 1."""
        if waiting < 1:
            raise ValueError(f"waiting is {waiting}, less than 1: nothing could be put")
        self._room = asyncio.Semaphore(waiting)
        # The bound is in `_room`: the end mark needs none, so that closing never has to wait.
        self._queue: asyncio.Queue[T | _End] = asyncio.Queue()
        self._closed = False

    def __len__(self) -> int:
        """Return how many items wait in the queue."""
        return self._queue.qsize() - self._closed  # the end mark is no item

    async def put(self, item: T) -> None:
        """Add an item; wait while the queue is full.

        Raises RuntimeError if the queue is closed, also when that happens while it waits.
        """
        await self._room.acquire()
        if self._closed:
            self._room.release()  # for the next who waits, to be told the same
            raise RuntimeError("the queue is closed")
        self._queue.put_nowait(item)

    def __aiter__(self) -> Self:
        """Iterate over the items, together with every other consumer."""
        return self

    async def __anext__(self) -> T:
        """Return the next item; wait for one while the queue is open."""
        item = await self._queue.get()
        if isinstance(item, _End):
            self._queue.put_nowait(item)  # for the next consumer
            raise StopAsyncIteration
        self._room.release()
        return item

    async def close(self) -> None:
        """Take nothing more in; what is in the queue can still be taken.

        Call it when every producer has ended; twice does no harm.  It never waits, and so cannot be
        cancelled half-way.
        """
        if not self._closed:
            self._closed = True
            self._queue.put_nowait(_END)
            self._room.release()  # wakes those who wait in `put`, one after another


async def run_consumers(
    produce: Callable[[Put[T]], Awaitable[None]],
    consume: Callable[[T], Awaitable[None]],
    *,
    consumers: int,
    waiting: int,
) -> None:
    """Run `produce(put)` once and `consume(item)` for each item that it puts.

    At most `consumers` items are worked on and `waiting` more wait; then `put` waits.  Returns when
    `produce` has returned and every item was consumed.

    An error of either cancels everything else and leaves in an ExceptionGroup; what waited in the
    queue is then given up.  A CancelledError that comes up inside of them, because they awaited
    something cancelled, is such an error: it is raised as RuntimeError.  Raises ValueError if a
    number is less than 1.
    """
    if consumers < 1:
        raise ValueError(f"consumers is {consumers}, less than 1: nobody would empty the queue")
    queue: ClosableQueue[T] = ClosableQueue(waiting)

    async def producer() -> None:
        with _cancelled_within_is_an_error():
            await produce(queue.put)
        await queue.close()

    async def consumer() -> None:
        async for item in queue:
            with _cancelled_within_is_an_error():
                await consume(item)

    async with asyncio.TaskGroup() as group:
        group.create_task(producer(), name="producer")
        for number in range(consumers):
            group.create_task(consumer(), name=f"consumer-{number}")


@contextmanager
def _cancelled_within_is_an_error() -> Iterator[None]:
    """Raise RuntimeError from a CancelledError that is not meant for the current task.

    It comes up when the block awaits a task that somebody has cancelled; let through, it would end
    the task without a word: a task group takes it for one that was meant to be cancelled.
    """
    try:
        yield
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise RuntimeError("cancelled from within") from error


async def _demo() -> int:
    """Let a fast producer meet three slow consumers; return an exit code."""
    waiting, consumers, count = 5, 3, 60
    produced = consumed = most_ahead = 0

    async def produce(put: Put[int]) -> None:
        nonlocal produced
        for number in range(count):
            await put(number)
            produced += 1

    async def consume(number: int) -> None:
        nonlocal consumed, most_ahead
        most_ahead = max(most_ahead, produced - consumed)
        await asyncio.sleep(0.005)
        if number < 0:
            raise ValueError("a bad item")
        consumed += 1

    async def endless(put: Put[int]) -> None:
        for number in range(20, -sys.maxsize, -1):
            await put(number)

    async with asyncio.timeout(10):
        await run_consumers(produce, consume, consumers=consumers, waiting=waiting)
        print(f"{consumed} of {count} consumed; the producer was at most {most_ahead} ahead")
        try:
            await run_consumers(endless, consume, consumers=consumers, waiting=waiting)
        except* ValueError as group:
            print("an endless producer was ended by:", *group.exceptions)
    left = len(asyncio.all_tasks()) - 1
    print(f"tasks left: {left}")
    return 0 if consumed >= count and most_ahead <= waiting + consumers and left == 0 else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(_demo()))
