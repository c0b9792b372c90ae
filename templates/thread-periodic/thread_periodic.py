"""Calls a function again and again in a thread of its own, at fixed times.

The times are counted from the start, not from the end of the last call, so they do not drift.  A
call that takes longer than the interval makes the times that it covers be skipped, not caught up.
"""

from __future__ import annotations

import logging
import math
import sys
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType


def log_error(error: BaseException) -> None:
    """Log it with its traceback."""
    logging.getLogger(__name__).error("a periodic call failed", exc_info=error)


def next_due(start: float, every: float, now: float) -> float:
    """Return the first of the times `start + every`, `start + 2 * every`, … that lies after now."""
    return start + every * (math.floor((now - start) / every) + 1)


class PeriodicThread:
    """Calls `action` every `every` seconds from `start` until `stop`; use it in a `with`.

    - `on_error` gets what a call raised, SystemExit too; the next one is made all the same.  An
      error of `on_error` itself is logged.
    - `calls` and `skipped` count calls that were made, and times that passed during a longer call.
    - `deadline`: seconds that the end of a `with` block waits for a call that runs.
    - `stopping` is set by `stop`; an action that takes long looks at it.
    """

    def __init__(
        self,
        action: Callable[[], object],
        *,
        every: float,
        on_error: Callable[[BaseException], object] = log_error,
        deadline: float = 30.0,
        name: str = "periodic",
    ) -> None:
        if every <= 0:
            message = f"every must be more than 0 s, not {every}"
            raise ValueError(message)
        self.calls = 0
        self.skipped = 0
        self.stopping = threading.Event()
        self._action = action
        self._every = every
        self._on_error = on_error
        self._deadline = deadline
        self._thread = threading.Thread(target=self._run, name=name)

    def start(self) -> None:
        """Begin; the first call comes after one interval."""
        self._thread.start()

    def stop(self, *, deadline: float) -> None:
        """End now, between two calls, or after the one that runs.

        Raises `TimeoutError` if it runs for more than `deadline` seconds: no thread can be stopped
        from outside.
        """
        self.stopping.set()
        self._thread.join(deadline)
        if self._thread.is_alive():
            message = f"{self._thread.name} is still in a call after {deadline} s"
            raise TimeoutError(message)

    def __enter__(self) -> PeriodicThread:  # noqa: PYI034  # Self is from 3.11 on
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop(deadline=self._deadline)

    def _run(self) -> None:
        start = time.monotonic()  # unlike time.time, it never jumps
        due = start + self._every
        # wait() returns at once when it is set: this is what makes the end prompt.
        while not self.stopping.wait(max(due - time.monotonic(), 0)):
            self.calls += 1
            try:
                self._action()
            except BaseException as error:  # noqa: BLE001  # not even sys.exit() ends the thread
                self._tell(error)
            following = next_due(start, self._every, time.monotonic())
            self.skipped += max(round((following - due) / self._every) - 1, 0)
            due = following

    def _tell(self, error: BaseException) -> None:
        try:
            self._on_error(error)
        except BaseException as failure:  # it must not end the thread, either
            logging.getLogger(__name__).critical("on_error failed", exc_info=failure)


def main() -> int:
    """Show that calls keep their times though they take some, that errors are seen, and the end."""
    every, wanted = 0.05, 12
    times: list[float] = []
    errors: list[str] = []
    enough = threading.Event()

    def action() -> None:
        times.append(time.monotonic())
        time.sleep(every / 2)  # a sleep of `every` after this would drift by half an interval
        if len(times) == wanted:
            enough.set()
        if len(times) == 1:
            message = "the first call fails"
            raise OSError(message)

    begun = time.monotonic()
    with PeriodicThread(
        action, every=every, on_error=lambda error: errors.append(str(error))
    ) as ticker:
        arrived = enough.wait(10)
        asked_to_stop = time.monotonic()
    stopped_in = time.monotonic() - asked_to_stop
    grid = every * (ticker.calls + ticker.skipped)
    drift = abs(times[-1] - begun - grid)
    left = [each.name for each in threading.enumerate() if each.name == "periodic"]
    print(f"{ticker.calls} calls, {ticker.skipped} skipped, errors seen: {errors}")
    would_be = every * wanted / 2
    print(f"the last one was {drift:.3f} s off its time; drift would be {would_be:.3f} s")
    print(f"stopped in {stopped_in:.3f} s, threads left: {left}")
    return 0 if arrived and errors and drift < would_be and not left else 1


if __name__ == "__main__":
    sys.exit(main())
