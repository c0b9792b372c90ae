"""Blocking calls in a bounded thread pool, computing calls in worker processes, from coroutines.

Both pools live as long as the program, are never asked for more than they have workers for, and
come to an end within a limit.
"""

import asyncio
import contextvars
import functools
import logging
import math
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import (
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from contextlib import suppress
from typing import Any, Final, Literal, ParamSpec, Self, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_logger: Final = logging.getLogger(__name__)


class _Lane:
    """An executor that is never asked for more calls than it has workers."""

    def __init__(self, executor: Executor, workers: int) -> None:
        self._executor = executor
        self._free = asyncio.Semaphore(workers)
        self._running: set[Future[Any]] = set()
        self._closed = False
        self.idle = asyncio.Event()
        self.idle.set()
        self.abandoned = 0

    def __len__(self) -> int:
        """Return how many calls run, the abandoned ones included."""
        return len(self._running)

    async def call(self, seconds: float, function: Callable[[], R]) -> R:
        """Return the result; raise TimeoutError after `seconds`, the wait for a worker included."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(seconds):
            await self._free.acquire()
            if self._closed:
                self._free.release()  # for the next who waits, to be told the same
                raise RuntimeError("no call is taken after the end has begun")
            try:
                call = self._executor.submit(function)
            except BaseException:
                self._free.release()
                raise
            self._running.add(call)
            self.idle.clear()
            waiting = asyncio.wrap_future(call)

            def told(call: Future[R]) -> None:  # in the worker's thread
                with suppress(RuntimeError):  # the loop has been closed meanwhile
                    loop.call_soon_threadsafe(self._ended, call, waiting)

            call.add_done_callback(told)
            try:
                return await waiting
            finally:
                if not call.done() and not call.cancel():
                    self.abandoned += 1

    def close(self) -> None:
        """Take no more calls; those that wait for a worker are told so."""
        self._closed = True
        self._free.release()  # nobody waits for a worker any more, only to be refused then

    def _ended(self, call: Future[R], waiting: asyncio.Future[R]) -> None:
        """Give the worker back; in the loop's thread."""
        self._running.discard(call)
        if not self._running:
            self.idle.set()
        self._free.release()
        error = None if call.cancelled() else call.exception()
        if error and waiting.cancelled() and not isinstance(error, BrokenExecutor):
            _logger.error("an abandoned call failed", exc_info=error)


class Offload:
    """Owns a thread pool and a process pool; an async context manager.

    It belongs to the event loop that entered it.  `seconds` is always the longest time that the
    caller waits; a call that takes longer goes on, keeps its worker and counts as abandoned.

    StopIteration and SystemExit of a call reach the caller as RuntimeError from it: a future cannot
    hold the first, and the second would end the program.
    """

    def __init__(
        self,
        *,
        threads: int,
        processes: int,
        start_method: Literal["spawn", "forkserver"] = "spawn",
        close_seconds: float = 5.0,
    ) -> None:
        """Set the sizes of the pools; workers start when they are first needed.

        Raises ValueError if a size is less than 1.
        """
        for name, size in (("threads", threads), ("processes", processes)):
            if size < 1:
                raise ValueError(f"{name} is {size}, less than 1")
        self._close_seconds = close_seconds
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="offload")
        self._processes = ProcessPoolExecutor(
            processes,
            mp_context=multiprocessing.get_context(start_method),
            initializer=_end_with_parent,
        )
        self._blocking = _Lane(self._threads, threads)
        self._computing = _Lane(self._processes, processes)

    @property
    def abandoned(self) -> int:
        """How many calls so far went on after their caller had gone."""
        return self._blocking.abandoned + self._computing.abandoned

    async def in_thread(
        self, seconds: float, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Call a blocking function in a thread, with the caller's context variables."""
        context = contextvars.copy_context()
        call = functools.partial(_called, function, *args, **kwargs)
        return await self._blocking.call(seconds, functools.partial(context.run, call))

    async def in_process(
        self, seconds: float, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Call a computing function in a worker process; everything is pickled on the way.

        Raises BrokenProcessPool if a worker died; the pool is of no use then.
        """
        call = functools.partial(_called, function, *args, **kwargs)
        return await self._computing.call(seconds, call)

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(self, *_exc: object) -> None:
        """Close the pools."""
        await self.aclose()

    async def aclose(self) -> None:
        """Take no more calls; wait for those that run, at most `close_seconds`; end the workers.

        Calls that come while it waits, or that wait for a worker themselves, raise RuntimeError.
        Processes that still compute are killed.  Threads that still block are logged: they cannot
        be ended, and Python waits for them when it exits.
        """
        self._blocking.close()
        self._computing.close()
        self._threads.shutdown(wait=False)
        try:
            async with asyncio.timeout(self._close_seconds):
                await self._blocking.idle.wait()
                await self._computing.idle.wait()
        except TimeoutError:
            if self._blocking:
                _logger.error("%d blocking calls do not end", len(self._blocking))  # noqa: TRY400
        finally:
            self._end_processes()

    def _end_processes(self) -> None:
        if self._computing:
            _logger.error("%d computing calls do not end: killed", len(self._computing))
            if sys.version_info >= (3, 14):
                self._processes.kill_workers()
            else:  # there is no public way
                for process in list(self._processes._processes.values()):  # noqa: SLF001
                    process.kill()
        self._processes.shutdown(wait=True, cancel_futures=True)  # idle or dead: takes no time


def _called(function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Call it, in the worker."""
    try:
        return function(*args, **kwargs)
    except (StopIteration, SystemExit) as error:
        raise RuntimeError(f"the call raised {error!r}") from error


def _end_with_parent() -> None:
    """Let a worker process end with the main one, even one that is killed: that tells nobody."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()


def _demo_compute(number: int) -> int:
    """Compute for a while, holding the GIL of its own process."""
    return sum(math.isqrt(each) for each in range(number))


async def _demo() -> int:
    """Block, compute and time out beside a ticking loop; return an exit code."""
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    ticking = asyncio.create_task(tick())
    async with Offload(threads=2, processes=1) as offload:
        async with asyncio.TaskGroup() as group:
            for _ in range(4):
                group.create_task(offload.in_thread(5.0, time.sleep, 0.1))
            computed = group.create_task(offload.in_process(20.0, _demo_compute, 1_000_000))
        print(f"4 blocking calls and {computed.result()} computed; meanwhile {ticks} ticks")
        late = False
        try:
            await offload.in_thread(0.05, time.sleep, 0.3)
        except TimeoutError:
            late = True
        print(f"too late after 0.05 s: {late}; abandoned calls: {offload.abandoned}")
    ticking.cancel()
    left = [each.name for each in threading.enumerate() if each.name.startswith("offload")]
    left += [each.name for each in multiprocessing.active_children()]
    print(f"workers left: {left}")
    enough = 3  # ticks, on the slowest machine; a blocked loop would have none
    return 0 if ticks >= enough and late and offload.abandoned == 1 and not left else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(_demo()))
