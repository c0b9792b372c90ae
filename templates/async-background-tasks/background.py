"""An owner for background tasks: strong references, a bound, errors seen, a limited end."""

import asyncio
import logging
import sys
from collections import deque
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Final, ParamSpec, Self, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_logger: Final = logging.getLogger(__name__)


class BackgroundTasks:
    """Owns tasks that nobody waits for; an async context manager.

    One task's error does not touch the others.  Not for use from other threads.
    """

    def __init__(
        self,
        *,
        at_once: int,
        close_seconds: float,
        errors_kept: int = 20,
        raise_errors: bool = True,
    ) -> None:
        """Run at most `at_once` tasks; at the end wait `close_seconds` for them, then cancel.

        The last `errors_kept` errors are kept, to be raised at the end if `raise_errors`.  Raises
        ValueError if one of these two numbers is less than 1.
        """
        for name, number in (("at_once", at_once), ("errors_kept", errors_kept)):
            if number < 1:
                raise ValueError(f"{name} is {number}, less than 1")
        self.failed = 0
        """How many tasks have failed so far."""
        self._room = asyncio.Semaphore(at_once)
        self._close_seconds = close_seconds
        self._errors: deque[BaseException] = deque(maxlen=errors_kept)
        self._raise_errors = raise_errors
        self._tasks: set[asyncio.Task[Any]] = set()  # the loop itself keeps weak references
        self._closed = False

    def __len__(self) -> int:
        """Return how many tasks run."""
        return len(self._tasks)

    @property
    def full(self) -> bool:
        """Whether `start` would wait now."""
        return self._room.locked()

    async def start(
        self,
        function: Callable[P, Coroutine[Any, Any, R]],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> asyncio.Task[R]:
        """Start a task and return it; wait while too many run.

        Raises RuntimeError at once when the end has begun, also if it was waiting then.
        """
        await self._room.acquire()
        if self._closed:
            self._room.release()  # for the next who waits, to be told the same
            raise RuntimeError("no background task is started after the end has begun")
        try:
            work = function(*args, **kwargs)
        except BaseException:
            self._room.release()
            raise
        task = asyncio.create_task(work, name=getattr(function, "__qualname__", None))
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        self._room.release()
        if not task.cancelled() and (error := task.exception()) is not None:
            self.failed += 1
            self._errors.append(error)
            _logger.error("background task %s failed", task.get_name(), exc_info=error)

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Close; after an error of the block at once, and that error goes on."""
        await self.aclose(self._close_seconds if error is None else 0.0)
        if error is None and self._raise_errors and self._errors:
            raise BaseExceptionGroup(f"{self.failed} background tasks failed", self._errors)

    async def aclose(self, drain_seconds: float) -> None:
        """Start no more; wait for those that run, at most so long, then cancel them.

        Cancelled tasks get `close_seconds` for their clean-up.  If this is cancelled itself, it
        goes straight to the cancelling.
        """
        self._closed = True
        self._room.release()  # nobody waits for room any more, only to be refused then
        try:
            await self._wait(drain_seconds)
        finally:
            if self._tasks:
                _logger.warning("cancelling background tasks: %s", self._names())
                for task in self._tasks:
                    task.cancel()
                await self._wait(self._close_seconds)
            if self._tasks:
                _logger.error("background tasks do not end: %s", self._names())

    async def _wait(self, seconds: float) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    def _names(self) -> str:
        return ", ".join(sorted(task.get_name() for task in self._tasks))


async def _demo() -> int:
    """Start more than may run, one that fails and one that hangs; return an exit code."""
    at_once = 3
    most = sent = 0

    async def send(number: int) -> None:
        nonlocal sent
        await asyncio.sleep(0.01)
        if number == 4:  # noqa: PLR2004
            raise ConnectionError("no mail server")
        sent += 1

    async def hang() -> None:
        await asyncio.sleep(60)

    logging.basicConfig(stream=sys.stdout, format="log: %(message)s")
    logging.getLogger(__name__).addFilter(_without_traceback)
    failed = None
    try:
        async with BackgroundTasks(at_once=at_once, close_seconds=0.5) as background:
            for number in range(10):
                await background.start(send, number)
                most = max(most, len(background))
            await background.start(hang)
    except* ConnectionError as group:
        failed = group
    left = len(asyncio.all_tasks()) - 1
    print(f"{sent} of 10 sent, at most {most} at a time (bound: {at_once})")
    print(f"raised at the end: {failed!r}; tasks left: {left}")
    return 0 if (sent, most, left) == (9, at_once, 0) and failed is not None else 1


def _without_traceback(record: logging.LogRecord) -> bool:
    """Make the demo's log short: the error in place of its traceback."""
    if record.exc_info:
        record.msg = f"{record.msg}: {record.exc_info[1]!r}"
        record.exc_info = None
    return True


if __name__ == "__main__":
    sys.exit(asyncio.run(_demo()))
