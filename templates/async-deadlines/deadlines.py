"""One overall deadline for a chain of calls, and scopes for the calls within it.

The deadline travels in a context variable: functions in between need not know of it.
"""

import asyncio
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, Self


class DeadlineExceeded(TimeoutError):  # noqa: N818 - it says what happened
    """The time for the whole is over: nothing that is begun now can help."""


class CallTimeout(TimeoutError):  # noqa: N818 - it says what happened
    """One call took longer than it may; there is still time for the whole."""


@dataclass(frozen=True, slots=True, order=True)
class Deadline:
    """A point in time, in seconds of `time.monotonic()`: it does not jump with the wall clock."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> Self:
        """Return the deadline that many seconds from now."""
        return cls(time.monotonic() + seconds)

    def left(self) -> float:
        """Return the seconds until then; 0 if it has passed."""
        return max(0.0, self.at - time.monotonic())


_current: Final[ContextVar[Deadline | None]] = ContextVar("deadline", default=None)


def time_left() -> float | None:
    """Return the seconds left for the whole, 0 if they are used up; None without a deadline."""
    deadline = _current.get()
    return None if deadline is None else deadline.left()


@asynccontextmanager
async def overall(seconds: float) -> AsyncGenerator[Deadline, None]:
    """Limit everything in the block, and let it know: the deadline of a whole answer.

    Within another `overall` the earlier of both counts.  Raises DeadlineExceeded when the block was
    ended by it, once its clean-up is done.
    """
    deadline = Deadline.after(seconds)
    around = _current.get()
    if around is not None:
        deadline = min(deadline, around)
    if deadline.left() <= 0:
        raise DeadlineExceeded("no time is left")
    token = _current.set(deadline)
    try:
        async with asyncio.timeout(deadline.left()) as scope:
            yield deadline
    except TimeoutError as error:
        if scope.expired() and not isinstance(error, DeadlineExceeded):
            raise DeadlineExceeded(f"not done within {seconds:g} s") from error
        raise
    finally:
        _current.reset(token)


@asynccontextmanager
async def at_most(seconds: float, what: str, *, needs: float = 0.0) -> AsyncGenerator[None, None]:
    """Limit one call to `seconds`, or to what is left for the whole if that is less.

    Raises CallTimeout if the call used up its own time, DeadlineExceeded if it used up that of the
    whole; the latter at once, without running the block, if not more than `needs` is left.
    """
    left = time_left()
    if left is not None and left <= needs:
        raise DeadlineExceeded(f"{what}: not begun, {left:.3f} s were left")
    of_the_whole = left is not None and left <= seconds  # a task may be outside of its scope
    try:
        async with asyncio.timeout(left if of_the_whole else seconds) as scope:
            yield
    except TimeoutError as error:
        if not scope.expired() or isinstance(error, DeadlineExceeded | CallTimeout):
            raise
        if of_the_whole:
            raise DeadlineExceeded(f"{what}: the time for the whole is over") from error
        raise CallTimeout(f"{what}: no answer within {seconds:g} s") from error


async def _demo() -> int:
    """Ask a silent server with retries, under one deadline; return an exit code."""
    tries: list[float] = []
    conversations: set[asyncio.Task[None] | None] = set()

    async def stay_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversations.add(asyncio.current_task())
        await reader.read()  # until the client has gone
        writer.close()

    async def ask() -> bytes:
        async with at_most(0.2, "the silent server"):
            tries.append(time_left() or 0.0)
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                return await reader.readline()
            finally:
                writer.close()

    async def ask_again_and_again() -> bytes:
        while True:
            try:
                return await ask()
            except CallTimeout as error:
                left = time_left() or 0.0
                print(f"{error}; left for the whole: {left:.2f} s")

    server = await asyncio.start_server(stay_silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    began = time.monotonic()
    met = False
    async with server:
        try:
            async with overall(0.5):
                await ask_again_and_again()
        except DeadlineExceeded as error:
            took = time.monotonic() - began
            met = took < 0.5 + 1
            print(f"{error}; {len(tries)} tries in {took:.2f} s of 0.50 s")
        await asyncio.gather(*filter(None, conversations))
    return 0 if met and tries == sorted(tries, reverse=True) and time_left() is None else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(_demo()))
