"""Two stages: items are fetched by coroutines and computed on in worker processes.

Between the stages is a bounded queue.  When the processes are slower, the fetching waits for them,
so that memory stays flat; and the event loop never computes, so that it stays responsive.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator
    from multiprocessing.context import ForkServerContext, SpawnContext

Item = TypeVar("Item")
Data = TypeVar("Data")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many items may be where.

    - `fetching`: fetched at the same time.
    - `computing`: computed on at the same time, one worker process each.
    - `waiting`: fetched, and waiting for a process.
    - `deadline`: seconds that the fetching of one item may take.

    Raises ValueError for a number of items below 1, or a deadline not above 0.
    """

    fetching: int = 20
    computing: int = 2
    waiting: int = 20
    deadline: float = 30.0

    def __post_init__(self) -> None:
        """Refuse limits with which nothing would ever be done, or with which there is no bound."""
        for name in ("fetching", "computing", "waiting"):
            if getattr(self, name) < 1:
                message = f"{name} is {getattr(self, name)}, less than 1"
                raise ValueError(message)
        if self.deadline <= 0:
            message = f"deadline is {self.deadline}, not above 0"
            raise ValueError(message)

    @property
    def held(self) -> int:
        """How many items are held at most: read from the source and not yet handled."""
        return self.fetching + self.computing + self.waiting


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Item, Value]):
    """What became of one item: `error` is None exactly where there is a value."""

    item: Item
    value: Value | None
    error: Exception | None

    def result(self) -> Value:
        """Return the value; raises the error where there is one."""
        if self.error is not None:
            raise self.error
        return cast("Value", self.value)  # None can be a value, too


async def run_pipeline(  # noqa: PLR0913  # each is the caller's choice
    items: Iterable[Item],
    fetch: Callable[[Item], Awaitable[Data]],
    compute: Callable[[Data], Value],
    handle: Callable[[Outcome[Item, Value]], object],
    *,
    limits: Limits | None = None,
    ordered: bool = False,
) -> None:
    """Call `handle` with what became of each item, as it is known or, `ordered`, in their order.

    `compute` has to be a function at the top level of a module; what `fetch` returns and the values
    have to be picklable, and are pickled in the event loop: a megabyte of small objects stops it
    for several milliseconds.  `handle` runs in the event loop, so it must be quick.

    An error of `fetch` or `compute` is the item's; the others go on.  A CancelledError in `fetch`
    that is not meant for it, but comes from something that it awaits, is such an error, and so are
    CancelledError, StopIteration and SystemExit in `compute`: all as RuntimeError.  An error of
    `handle` or of `items`, or the death of a worker process (`BrokenProcessPool`), ends the run.
    Cancelling it cancels the fetching and what waits; computations that have begun are waited for.
    """
    limits = limits or Limits()
    pool = ProcessPoolExecutor(
        limits.computing, mp_context=start_context(), initializer=_end_with_parent
    )
    try:
        # In a thread: starting processes takes long enough to stop the loop noticeably.
        await asyncio.to_thread(_start_workers, pool, limits.computing)
        pipeline = _Pipeline(
            iter(items), fetch, compute, handle, limits, pool=pool, ordered=ordered
        )
        await pipeline.run()
    finally:
        # In a thread, too: it waits for what is being computed.
        closing = asyncio.to_thread(pool.shutdown, wait=True, cancel_futures=True)
        await asyncio.shield(asyncio.ensure_future(closing))


class _Pipeline(Generic[Item, Data, Value]):
    """One run.  Items carry their number, so that they can be put in order again."""

    def __init__(  # noqa: PLR0913  # it keeps what run_pipeline was given
        self,
        source: Iterator[Item],
        fetch: Callable[[Item], Awaitable[Data]],
        compute: Callable[[Data], Value],
        handle: Callable[[Outcome[Item, Value]], object],
        limits: Limits,
        *,
        pool: ProcessPoolExecutor,
        ordered: bool,
    ) -> None:
        self._source = enumerate(source)
        self._fetch = fetch
        self._compute = compute
        self._handle = handle
        self._limits = limits
        self._pool = pool
        self._ordered = ordered
        self._room = asyncio.Semaphore(limits.held)
        self._between: asyncio.Queue[tuple[int, Item, Data] | None] = asyncio.Queue(limits.waiting)
        self._early: dict[int, Outcome[Item, Value]] = {}
        self._next = 0

    async def run(self) -> None:
        """Run both stages to their end; the error of a single task is raised as it is."""
        try:
            async with asyncio.TaskGroup() as stages:
                stages.create_task(self._fetch_all())
                for number in range(self._limits.computing):
                    stages.create_task(self._compute_next(), name=f"compute-{number}")
        except BaseExceptionGroup as errors:
            raise _first(errors) from errors

    async def _fetch_all(self) -> None:
        async with asyncio.TaskGroup() as fetchers:
            for number in range(self._limits.fetching):
                fetchers.create_task(self._fetch_next(), name=f"fetch-{number}")
        for _ in range(self._limits.computing):
            await self._between.put(None)  # the end, once for each

    async def _fetch_next(self) -> None:
        while True:
            await self._room.acquire()
            number, item = next(self._source, (-1, None))
            if number < 0:
                self._room.release()
                return
            item = cast("Item", item)
            try:
                with _cancelled_within_is_an_error():
                    async with asyncio.timeout(self._limits.deadline):
                        data = await self._fetch(item)
            except Exception as error:  # noqa: BLE001  # handed over with the item
                self._hand_over(number, Outcome(item, None, error))
            else:
                await self._between.put((number, item, data))

    async def _compute_next(self) -> None:
        loop = asyncio.get_running_loop()
        while (fetched := await self._between.get()) is not None:
            number, item, data = fetched
            try:
                value = await loop.run_in_executor(self._pool, _computed, self._compute, data)
            except BrokenProcessPool:
                raise
            except Exception as error:  # noqa: BLE001  # handed over with the item
                self._hand_over(number, Outcome(item, None, error))
            else:
                self._hand_over(number, Outcome(item, value, None))

    def _hand_over(self, number: int, outcome: Outcome[Item, Value]) -> None:
        """Call `handle`, now or when all before it have come; each gives its room back then."""
        self._early[number if self._ordered else self._next] = outcome
        while self._next in self._early:
            ready = self._early.pop(self._next)
            self._next += 1
            self._handle(ready)
            self._room.release()


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
        message = "cancelled from within"
        raise RuntimeError(message) from error


def _computed(compute: Callable[[Data], Value], data: Data) -> Value:
    """Compute, in the worker; raise nothing that means something else here.

    A future cannot hold a StopIteration, SystemExit would end the program, and CancelledError a
    task of the pipeline.
    """
    try:
        return compute(data)
    except (StopIteration, SystemExit, asyncio.CancelledError) as error:
        message = f"the computation raised {error!r}"
        raise RuntimeError(message) from error


def _end_with_parent() -> None:
    """Let a worker end with the main process, even one that is killed: that tells nobody."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()


def _start_workers(pool: ProcessPoolExecutor, count: int) -> None:
    wait([pool.submit(os.getpid) for _ in range(count)])


def _first(errors: BaseExceptionGroup[Any]) -> BaseException:
    """Return the first error in the group, or in the groups that it holds."""
    first = errors.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


def start_context() -> ForkServerContext | SpawnContext:
    """Return how to start processes: never by fork, which copies locks that other threads hold."""
    if "forkserver" in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("forkserver")
    return multiprocessing.get_context("spawn")


# ------------------------------------------------------------------ the demo: replace it by yours


def count_primes(limit: int) -> int:
    """Return how many primes lie below the limit; raises ValueError for a negative one."""
    if limit < 0:
        message = "negative"
        raise ValueError(message)
    return sum(all(number % each for each in range(2, number)) for number in range(2, limit))


async def demo() -> bool:
    """Run sixty items through, and watch the bounds, the order and the event loop."""
    limits = Limits(fetching=5, computing=2, waiting=3)
    fetching = most_fetching = read = most_held = 0
    handled: list[Outcome[int, int]] = []

    def numbers() -> Iterator[int]:
        nonlocal read, most_held
        for number in range(60):
            read += 1
            most_held = max(most_held, read - len(handled))
            yield number

    async def fetch(number: int) -> int:
        nonlocal fetching, most_fetching
        fetching += 1
        most_fetching = max(most_fetching, fetching)
        await asyncio.sleep(0.01)  # stands for a request
        fetching -= 1
        return 500 if number != 7 else -1  # noqa: PLR2004

    worst_lag = 0.0

    async def watch_the_loop() -> None:
        nonlocal worst_lag
        while True:
            begun = time.monotonic()
            await asyncio.sleep(0.005)
            worst_lag = max(worst_lag, time.monotonic() - begun - 0.005)

    watcher = asyncio.create_task(watch_the_loop())
    await run_pipeline(numbers(), fetch, count_primes, handled.append, limits=limits, ordered=True)
    watcher.cancel()
    errors = [f"{each.item}: {each.error!r}" for each in handled if each.error is not None]
    in_order = [each.item for each in handled] == list(range(60))
    left = multiprocessing.active_children()
    print(f"{len(handled)} items, in order: {in_order}, errors kept: {errors}")
    print(f"at most {most_fetching} were fetched at once (allowed: {limits.fetching})")
    print(f"at most {most_held} were held (allowed: {limits.held})")
    print(f"the loop was late by {worst_lag * 1000:.0f} ms at most; processes left: {left}")
    bounded = most_fetching <= limits.fetching and most_held <= limits.held
    return bounded and in_order and len(errors) == 1 and not left


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(demo()) else 1)
