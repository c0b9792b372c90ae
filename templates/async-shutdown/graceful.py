"""A service that ends gracefully on SIGINT and SIGTERM, and loses nothing silently.

The first signal stops accepting and drains what was accepted, within a deadline; the second one
cancels at once.  What was not finished is reported.
"""

import asyncio
import logging
import signal
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final, Generic, TypeAlias, TypeVar

T = TypeVar("T")

Accept: TypeAlias = Callable[[T], Awaitable[None]]
"""Hands an item over; see `Service.accept`."""

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
_logger: Final = logging.getLogger(__name__)


class NotAccepting(RuntimeError):  # noqa: N818 - it says what is wrong
    """The item came too late: it was not accepted, and will not be worked on."""


@dataclass(frozen=True, slots=True)
class Report(Generic[T]):
    """What became of everything that was accepted."""

    finished: int
    """Items whose work returned."""
    failed: int
    """Items whose work raised; each was logged."""
    unfinished: tuple[T, ...]
    """Items that were accepted and not worked on to the end, oldest first."""
    source_error: BaseException | None
    """What ended the source, if it ended by an error."""

    @property
    def exit_code(self) -> int:
        """Return 1 if something is unfinished or the source failed, else 0."""
        return 1 if self.unfinished or self.source_error else 0


class Service(Generic[T]):
    """Works on the items it accepts, a bounded number at a time, until it is told to end."""

    def __init__(self, work: Callable[[T], Awaitable[None]], *, workers: int, waiting: int) -> None:
        """Work on at most `workers` items at once; let at most `waiting` more wait."""
        if workers < 1 or waiting < 1:
            raise ValueError(f"workers ({workers}) and waiting ({waiting}) must be at least 1")
        self._work = work
        self._workers = workers
        self._room = waiting
        self._changed = asyncio.Condition()
        self._refusing = False
        self._accepted: dict[int, T] = {}  # by number: what waits or is worked on
        self._waiting: deque[int] = deque()
        self._count = self._finished = self._failed = 0

    async def accept(self, item: T) -> None:
        """Take an item over; wait while there is no room for it.

        The item is accepted when this returns.  Raises NotAccepting if the end has begun.
        """
        async with self._changed:
            await self._changed.wait_for(lambda: self._refusing or len(self._waiting) < self._room)
            if self._refusing:
                raise NotAccepting("the service is shutting down")
            self._accepted[self._count] = item
            self._waiting.append(self._count)
            self._count += 1
            self._changed.notify_all()

    async def run(
        self,
        source: Callable[[Accept[T]], Awaitable[None]],
        *,
        drain_seconds: float,
        cancel_seconds: float = 2.0,
    ) -> Report[T]:
        """Work on what `source` hands over, until it ends or a signal comes; then end, and report.

        Ends at most `drain_seconds` after the first signal, or at once after the second, plus at
        most `cancel_seconds` for the clean-up of what is cancelled.  Without a signal everything
        accepted is worked off, however long that takes.  Only in the main thread, and only once.
        """
        loop = asyncio.get_running_loop()
        stop: asyncio.Future[None] = loop.create_future()
        hurry: asyncio.Future[None] = loop.create_future()

        def on_signal() -> None:
            for each in (stop, hurry):
                if not each.done():
                    each.set_result(None)
                    return

        async def accepting() -> None:
            try:
                await source(self.accept)
            except asyncio.CancelledError as error:
                if _is_cancelled():
                    raise
                raise RuntimeError("the source was cancelled from within") from error

        taking = loop.create_task(accepting(), name="source")
        working = [
            loop.create_task(self._worker(), name=f"worker-{number}")
            for number in range(self._workers)
        ]
        ended = loop.create_task(_ended(taking, *working), name="end of all")
        with _handled(on_signal):
            try:
                await _first(taking, stop)
                taking.cancel()
                await self._refuse()
                await _first(ended, stop)  # the time to drain runs from the signal, not before
                await _first(ended, hurry, seconds=drain_seconds)
            finally:
                self._refusing = True
                await self._cancel(taking, *working, ended, within=cancel_seconds)
        failed = taking.done() and not taking.cancelled()
        return Report(
            finished=self._finished,
            failed=self._failed,
            unfinished=tuple(self._accepted.values()),
            source_error=taking.exception() if failed else None,
        )

    async def _refuse(self) -> None:
        async with self._changed:
            self._refusing = True
            self._changed.notify_all()  # those who wait for room, and workers without an item

    async def _worker(self) -> None:
        while (number := await self._next()) is not None:
            try:
                await self._work(self._accepted[number])
            except asyncio.CancelledError:
                if _is_cancelled():
                    raise  # and the item stays among those that are not finished
                self._failed += 1  # something inside was cancelled, not we
                _logger.exception("an item was cancelled from within")
            except Exception:
                self._failed += 1
                _logger.exception("an item failed")
            else:
                self._finished += 1
            del self._accepted[number]

    async def _next(self) -> int | None:
        """Return the number of the next item; None when there will be none."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._waiting or self._refusing)
            if not self._waiting:
                return None
            self._changed.notify_all()  # there is room now
            return self._waiting.popleft()

    async def _cancel(self, *tasks: asyncio.Task[None], within: float) -> None:
        """Cancel what has not ended, wait for its clean-up, and log what is left undone."""
        for task in tasks:
            task.cancel()
        _, stuck = await asyncio.wait(tasks, timeout=within)
        for task in stuck:
            _logger.error("%s was cancelled and does not end", task.get_name())
        if self._accepted:
            _logger.error("not finished: %r", list(self._accepted.values()))


def _is_cancelled() -> bool:
    """Return whether a CancelledError is meant for this task, and not from something it awaits."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


async def _ended(*tasks: asyncio.Task[None]) -> None:
    await asyncio.wait(tasks)


async def _first(*waits: asyncio.Future[None], seconds: float | None = None) -> None:
    """Wait for one of them, at most so long; cancel none."""
    await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)


@contextmanager
def _handled(on_signal: Callable[[], None]) -> Iterator[None]:
    """Call `on_signal` in the event loop at each signal while the block runs."""
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number in _SIGNALS:
        try:
            loop.add_signal_handler(number, on_signal)
        except NotImplementedError:  # the loops of Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(on_signal))
    try:
        yield
    finally:
        for number, handler in before.items():
            with suppress(NotImplementedError):
                loop.remove_signal_handler(number)
            signal.signal(number, handler or signal.SIG_DFL)


async def _demo() -> int:
    """Stop a busy service twice: one drains, one runs out of time; return an exit code."""
    shown = []
    for seconds, drain_seconds in ((0.05, 5.0), (60.0, 0.3)):
        accepted: list[int] = []
        busy = asyncio.Event()

        async def work(_item: int, seconds: float = seconds, busy: asyncio.Event = busy) -> None:
            busy.set()
            await asyncio.sleep(seconds)

        async def source(accept: Accept[int], accepted: list[int] = accepted) -> None:
            for number in range(1000):
                await accept(number)
                accepted.append(number)

        async def supervisor(busy: asyncio.Event = busy) -> None:
            await busy.wait()
            await asyncio.sleep(0.1)
            signal.raise_signal(signal.SIGTERM)

        stopping = asyncio.create_task(supervisor())
        report = await Service(work, workers=3, waiting=5).run(source, drain_seconds=drain_seconds)
        await stopping
        print(
            f"SIGTERM with work in flight: {len(accepted)} accepted, {report.finished} finished, "
            f"not finished {report.unfinished}, exit code {report.exit_code}"
        )
        shown.append((report.finished + len(report.unfinished) == len(accepted), report.exit_code))
    return 0 if shown == [(True, 0), (True, 1)] else 1


if __name__ == "__main__":
    logging.basicConfig(stream=sys.stdout, format="log: %(message)s")
    sys.exit(asyncio.run(_demo()))
