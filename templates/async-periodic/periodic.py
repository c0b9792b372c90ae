"""A periodic task: no drift, no overlap, missed ticks by choice, errors seen, a prompt end."""

import asyncio
import logging
import math
import sys
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Final, assert_never

_logger: Final = logging.getLogger(__name__)


class Missed(StrEnum):
    """What becomes of ticks whose time passed while an earlier one was still running."""

    SKIP = "skip"
    """They are left out; the grid stays."""
    CATCH_UP = "catch-up"
    """They are made up for at once, one after another; the grid stays."""
    SHIFT = "shift"
    """They become one tick at once, and the grid begins anew there."""


class TooManyFailures(Exception):  # noqa: N818 - it says what happened
    """So many ticks in a row failed that going on makes no sense; its cause is the last error."""


class Periodic:
    """Calls a coroutine function every `seconds`, beginning at once."""

    def __init__(
        self,
        tick: Callable[[], Awaitable[object]],
        *,
        seconds: float,
        tick_seconds: float | None = None,
        missed: Missed = Missed.SKIP,
        failures_in_a_row: int = 10,
    ) -> None:
        """Limit a tick to `tick_seconds`; give up after that many failures in a row.

        Raises ValueError for a number that makes no sense.
        """
        if seconds <= 0:
            raise ValueError(f"seconds is {seconds}, not above 0")
        if tick_seconds is not None and tick_seconds <= 0:
            raise ValueError(f"tick_seconds is {tick_seconds}, not above 0")
        if failures_in_a_row < 1:
            raise ValueError(f"failures_in_a_row is {failures_in_a_row}, less than 1")
        self.ticks = 0
        """How many ticks have begun."""
        self.skipped = 0
        """How many were left out because an earlier one took too long."""
        self._tick = tick
        self._seconds = seconds
        self._tick_seconds = tick_seconds
        self._missed = missed
        self._failures_in_a_row = failures_in_a_row
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Begin no more ticks; a running one is let end.  Call it in the loop's thread."""
        self._stop.set()

    async def run(self) -> None:
        """Tick until `stop()` is called.

        Failed ticks are logged; one that awaited something cancelled has failed, too.  Raises
        TooManyFailures when too many in a row did.
        """
        loop = asyncio.get_running_loop()
        due = loop.time()
        failures = 0
        while not await self._stopped_before(due):
            self.ticks += 1
            error = await self._failure()
            failures = 0 if error is None else failures + 1
            if failures >= self._failures_in_a_row:
                raise TooManyFailures(f"{failures} ticks in a row failed") from error
            due, skipped = next_due(due, self._seconds, loop.time(), self._missed)
            self.skipped += skipped

    async def _stopped_before(self, due: float) -> bool:
        """Wait until then; return at once when stopped, and whether it was."""
        try:
            async with asyncio.timeout_at(due):
                await self._stop.wait()
        except TimeoutError:
            pass
        return self._stop.is_set()

    async def _failure(self) -> Exception | None:
        """Tick; return what went wrong."""
        try:
            async with asyncio.timeout(self._tick_seconds):
                await self._tick()
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            _logger.exception("a tick failed: cancelled from within")  # something that it awaited
            return RuntimeError("cancelled from within")
        except Exception as error:
            _logger.exception("a tick failed")
            return error
        return None


def next_due(due: float, seconds: float, now: float, missed: Missed) -> tuple[float, int]:
    """Return when the tick after the one that was due at `due` comes, and how many are left out.

    All times are in seconds on one clock.  Each time is reckoned from the one before, not from the
    end of the tick: there is no drift.
    """
    following = due + seconds
    if following >= now:
        return following, 0
    passed = math.floor((now - following) / seconds) + 1  # of the grid: following, ... up to now
    match missed:
        case Missed.SKIP:
            return following + passed * seconds, passed
        case Missed.CATCH_UP:
            return following, 0
        case Missed.SHIFT:
            return now, passed - 1
        case _:
            assert_never(missed)


async def _demo() -> int:
    """Tick ten times a second with slow, failing and endless ticks; return an exit code."""
    loop = asyncio.get_running_loop()
    began: list[float] = []
    running = most_running = 0

    async def tick() -> None:
        nonlocal running, most_running
        began.append(loop.time())
        running += 1
        most_running = max(most_running, running)
        try:
            match len(began):
                case 3:
                    await asyncio.sleep(0.15)  # longer than the interval
                case 5:
                    raise ValueError("no such price")
                case 7:
                    await asyncio.sleep(60)
                case 10:
                    periodic.stop()
        finally:
            running -= 1

    logging.basicConfig(stream=sys.stdout, format="log: %(message)s")
    logging.getLogger(__name__).addFilter(_without_traceback)
    periodic = Periodic(tick, seconds=0.1, tick_seconds=0.25)
    async with asyncio.timeout(10):
        await periodic.run()
    offsets = [each - began[0] for each in began]
    worst = max(abs(each - round(each, 1)) for each in offsets)
    print("ticks after", *(f"{each:.2f}" for each in offsets), "s")
    print(f"off the grid by at most {worst * 1000:.0f} ms; skipped: {periodic.skipped}")
    print(f"at most {most_running} at a time; stopped after {loop.time() - began[0]:.2f} s")
    return 0 if most_running == 1 and periodic.skipped > 0 and periodic.ticks == len(began) else 1


def _without_traceback(record: logging.LogRecord) -> bool:
    """Make the demo's log short: the error in place of its traceback."""
    if record.exc_info:
        record.msg = f"{record.msg}: {record.exc_info[1]!r}"
        record.exc_info = None
    return True


if __name__ == "__main__":
    sys.exit(asyncio.run(_demo()))
