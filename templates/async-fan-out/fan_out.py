"""Bounded fan-out: a fixed number of workers share one iterator of items.

Never one task an item: `at_once` tasks serve any number of items, and the next item is taken only
when a worker is free for it.
"""

import asyncio
import sys
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
)
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Final, Generic, Self, TypeAlias, TypeVar

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Done(Generic[T, R]):
    """An item whose work succeeded."""

    item: T
    value: R


@dataclass(frozen=True, slots=True)
class Failed(Generic[T]):
    """An item whose work raised.

    Work that is cancelled together with its worker is not one of these; work that awaited something
    cancelled is, with a RuntimeError from it.
    """

    item: T
    error: Exception


Outcome: TypeAlias = Done[T, R] | Failed[T]


class _End:
    """What stands behind the last item."""


_END: Final = _End()


async def map_bounded(
    work: Callable[[T], Awaitable[R]],
    items: Iterable[T] | AsyncIterable[T],
    *,
    at_once: int,
    seconds_each: float | None = None,
) -> list[R]:
    """Return `[await work(item) for item in items]`, with at most `at_once` of them in flight.

    An item that takes longer than `seconds_each` fails with TimeoutError.

    The first error cancels the other workers and leaves in an ExceptionGroup, noted with the
    number of its item.  So does work that awaited something cancelled, as RuntimeError.  Raises
    ValueError if `at_once` is less than 1.
    """
    _check(at_once)
    results: dict[int, R] = {}
    taken = 0

    async def worker() -> None:
        nonlocal taken
        while True:
            async with turn:
                item = await _following(source)
                number, taken = taken, taken + 1
            if isinstance(item, _End):
                return
            try:
                results[number] = await _limited(work, item, seconds_each)
            except Exception as error:
                error.add_note(f"while working on item number {number}, counted from 0")
                raise

    turn = asyncio.Lock()  # an async generator must not be asked again before it has answered
    async with aclosing(_each(items)) as source, asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(worker())
    return [results[number] for number in range(len(results))]


async def settle_bounded(
    work: Callable[[T], Awaitable[R]],
    items: Iterable[T] | AsyncIterable[T],
    *,
    at_once: int,
    seconds_each: float | None = None,
) -> list[Outcome[T, R]]:
    """Return the outcome of every item, in order: like `map_bounded`, but errors end nothing.

    Only an error of `items` itself, or a cancellation, ends it early.
    """

    async def settle(item: T) -> Outcome[T, R]:
        return await _outcome(work, item, seconds_each)

    return await map_bounded(settle, items, at_once=at_once)


class _Reader(Generic[T, R]):
    """Hands the outcomes over in their order; a reading that is cancelled takes none away."""

    def __init__(
        self, slots: asyncio.Queue[asyncio.Future[Outcome[T, R] | _End]], room: asyncio.Semaphore
    ) -> None:
        self._slots = slots
        self._room = room
        self._head: asyncio.Future[Outcome[T, R] | _End] | None = None
        self._reading = self._dealing = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Outcome[T, R]:
        if self._reading:
            raise RuntimeError("somebody reads the outcomes already: one reader at a time")
        if self._dealing:  # who asks for the next one has dealt with the last
            self._dealing = False
            self._room.release()
        self._reading = True
        try:
            self._head = self._head or await self._slots.get()
            outcome = await asyncio.shield(self._head)  # a slot outlives its reader
        finally:
            self._reading = False
        if isinstance(outcome, _End):
            raise StopAsyncIteration  # and the end stays the head
        self._head = None
        self._dealing = True
        return outcome


@asynccontextmanager
async def stream_bounded(
    work: Callable[[T], Awaitable[R]],
    items: Iterable[T] | AsyncIterable[T],
    *,
    at_once: int,
    ahead: int | None = None,
    seconds_each: float | None = None,
) -> AsyncGenerator[AsyncIterator[Outcome[T, R]], None]:
    """Give the outcomes one by one, in the order of the items, while the work goes on.

    At most `ahead` items (twice `at_once` if not given) are taken and not yet dealt with, so a
    slow reader slows the work down and memory does not grow with the number of items.

    One reader at a time: a second one gets RuntimeError.  A timeout around one reading loses
    nothing; the next reading gets that outcome.

    Leaving the block cancels what runs.  An error of `items`, or of the block, leaves in an
    ExceptionGroup.  Raises ValueError if `at_once` is less than 1 or `ahead` less than that.
    """
    _check(at_once)
    ahead = 2 * at_once if ahead is None else ahead
    if ahead < at_once:
        raise ValueError(f"ahead is {ahead}, less than at_once ({at_once})")
    loop = asyncio.get_running_loop()
    turn = asyncio.Lock()
    room = asyncio.Semaphore(ahead)
    slots: asyncio.Queue[asyncio.Future[Outcome[T, R] | _End]] = asyncio.Queue()

    def add_slot() -> asyncio.Future[Outcome[T, R] | _End]:
        slot: asyncio.Future[Outcome[T, R] | _End] = loop.create_future()
        slots.put_nowait(slot)
        return slot

    async def worker() -> None:
        while True:
            async with turn:
                await room.acquire()
                item = await _following(source)
                slot = add_slot()
            outcome: Outcome[T, R] | _End = _END  # unless something comes of it
            try:
                if isinstance(item, _End):
                    return
                outcome = await _outcome(work, item, seconds_each)
            finally:
                slot.set_result(outcome)

    try:
        async with aclosing(_each(items)) as source, asyncio.TaskGroup() as group:
            workers = [group.create_task(worker()) for _ in range(at_once)]
            yield _Reader(slots, room)
            for each in workers:
                each.cancel()
    finally:
        add_slot().set_result(_END)  # whoever still reads then does not wait for ever


def _check(at_once: int) -> None:
    if at_once < 1:
        raise ValueError(f"at_once is {at_once}, less than 1")


async def _each(items: Iterable[T] | AsyncIterable[T]) -> AsyncGenerator[T, None]:
    """Yield the items of either kind of iterable; close it if it is an async generator."""
    if isinstance(items, AsyncIterable):
        try:
            async for item in items:
                yield item
        finally:
            if isinstance(items, AsyncGenerator):
                await items.aclose()
    else:
        for item in items:
            yield item


@contextmanager
def _cancelled_within_is_an_error() -> Iterator[None]:
    """Raise RuntimeError from a CancelledError that is not meant for the current task.

    It comes up when the block awaits a task that somebody has cancelled; let through, it would end
    the worker, and nobody would be told of the item.
    """
    try:
        yield
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise RuntimeError("cancelled from within") from error


async def _following(source: AsyncIterator[T]) -> T | _End:
    with _cancelled_within_is_an_error():
        return await anext(source, _END)


async def _limited(work: Callable[[T], Awaitable[R]], item: T, seconds: float | None) -> R:
    with _cancelled_within_is_an_error():
        async with asyncio.timeout(seconds):
            return await work(item)


async def _outcome(
    work: Callable[[T], Awaitable[R]], item: T, seconds: float | None
) -> Outcome[T, R]:
    try:
        return Done(item, await _limited(work, item, seconds))
    except Exception as error:  # noqa: BLE001 - kept beside its item, for the caller to look at
        return Failed(item, error)


async def _demo() -> int:
    """Send 60 numbers to an echo server, a few at once; return an exit code."""
    at_once = 8
    open_now = most_open = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal open_now, most_open
        open_now += 1
        most_open = max(most_open, open_now)
        try:
            line = await reader.readline()
            await asyncio.sleep(0.01)
            writer.write(line if line != b"13\n" else b"out of luck\n")
            await writer.drain()
        finally:
            open_now -= 1
            writer.close()

    async def ask(number: int) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(b"%d\n" % number)
            return int(await reader.readline())
        finally:
            writer.close()
            await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, asyncio.timeout(10):
        outcomes = await settle_bounded(ask, range(60), at_once=at_once, seconds_each=5)
    failed = [each for each in outcomes if isinstance(each, Failed)]
    in_order = [each.item for each in outcomes] == list(range(60))
    print(f"60 requests, at most {most_open} open at once (bound: {at_once}), in order: {in_order}")
    print("failed:", [(each.item, str(each.error)) for each in failed])
    return 0 if in_order and most_open <= at_once and [each.item for each in failed] == [13] else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(_demo()))
