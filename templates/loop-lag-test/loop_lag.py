"""Fails a test in which a single callback keeps the event loop too long, and names it.

The time of each callback is taken, less what was not the callback's doing: waiting for a core or
for the GIL, a stopped process, the garbage collector.  asyncio's debug mode logs slow callbacks as
well, but by the clock on the wall alone, and slows everything down.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import itertools
import os
import sys
import sysconfig
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import FrameType, TracebackType

LIMIT = 0.1
"""Seconds; asyncio's own default of `loop.slow_callback_duration`."""


@dataclass(frozen=True)
class Stall:
    """A callback that kept its loop too long."""

    name: str
    """The task and its coroutine, or the function."""
    seconds: float
    """How long, without what was not its doing."""
    line: str
    """`file:line in function` that was running at about half the limit; empty if not seen."""

    def __str__(self) -> str:
        place = f", at {self.line}" if self.line else ""
        return f"{self.seconds:.3f} s in {self.name}{place}"


class LoopLagError(AssertionError):
    """Callbacks kept their loop too long; `stalls` says which."""

    def __init__(self, stalls: Iterable[Stall], limit: float) -> None:
        self.stalls = tuple(stalls)
        head = f"the event loop was kept for more than {limit} s:"
        super().__init__("\n  ".join([head, *map(str, self.stalls)]))


@dataclass(frozen=True)
class _Reading:
    """The clocks of a thread, in seconds: the wall's, its own on the CPU, and its waits."""

    wall: float
    cpu: float
    queued: float
    collecting: float


@dataclass
class _Running:
    """The callback that a thread is in."""

    since: float
    line: str = ""


@dataclass(frozen=True)
class _Suspect:
    """A callback that took long by the clock on the wall."""

    name: str
    line: str
    begin: _Reading
    end: _Reading

    def seconds(self, late: float) -> float:
        """Return how long it kept the loop itself.

        What it computed counts whatever else happened.  What it waited counts as far as the
        machine did not keep it waiting: `late` is how late the heartbeat was meanwhile.
        """
        wall = self.end.wall - self.begin.wall
        waited = self.end.queued - self.begin.queued
        collected = self.end.collecting - self.begin.collecting
        computed = self.end.cpu - self.begin.cpu
        return max(computed, wall - max(waited, late)) - collected


class LagCheck:
    """Raises LoopLagError at the end of a `with` block in which a callback took too long.

    It watches every asyncio loop of the process: put it around `asyncio.run`, or around an `await`
    inside a coroutine.  `limit` is in seconds; take several times what you accept.  An error from
    inside the block goes on as it is.  Raises ValueError if `limit` is not above 0.
    """

    def __init__(self, *, limit: float = LIMIT) -> None:
        if limit <= 0:
            message = f"the limit is {limit} s"
            raise ValueError(message)
        self._limit = limit
        self._tick = limit / 5
        self._running: dict[int, _Running] = {}
        self._suspects: deque[_Suspect] = deque(maxlen=1000)
        self._beats: deque[float] = deque(maxlen=100_000)
        self._collecting: dict[int, float] = {}
        self._queues = _RunQueue()
        self._active = contextlib.ExitStack()

    def __enter__(self) -> LagCheck:  # noqa: PYI034  # Self came with Python 3.11
        self._active.callback(self._queues.close)
        self._active.enter_context(self._heartbeat())
        gc.callbacks.append(self._note_collection)
        self._active.callback(gc.callbacks.remove, self._note_collection)
        self._active.enter_context(self._timed_callbacks())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if error is None:
            self._wait_for_a_beat()
        self._active.close()
        if error is None and (stalls := self.stalls()):
            raise LoopLagError(stalls, self._limit)

    def stalls(self) -> list[Stall]:
        """Return the callbacks so far that kept a loop longer than the limit."""
        beats = list(self._beats)
        found = [
            Stall(each.name, each.seconds(self._late(beats, each)), each.line)
            for each in list(self._suspects)
        ]
        return [stall for stall in found if stall.seconds > self._limit]

    def _late(self, beats: list[float], suspect: _Suspect) -> float:
        """Return how much of that time the heartbeat was overdue."""
        begin, end = suspect.begin.wall, suspect.end.wall
        return sum(
            max(0.0, min(beat, end) - max(before + self._tick, begin))
            for before, beat in itertools.pairwise(beats)
        )

    @contextlib.contextmanager
    def _heartbeat(self) -> Iterator[None]:
        """Let a thread wake up regularly: what makes it late makes everybody late."""
        stop = threading.Event()

        def beat() -> None:
            while not stop.wait(self._tick):
                now = time.perf_counter()
                self._beats.append(now)
                self._look_at_slow_ones(now)

        self._beats.append(time.perf_counter())
        thread = threading.Thread(target=beat, name="loop-lag-heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _wait_for_a_beat(self) -> None:
        """Give the heartbeat the time to say how late it was, a few seconds at most."""
        seen, end = len(self._beats), time.perf_counter() + 5
        while self._suspects and len(self._beats) == seen and time.perf_counter() < end:
            time.sleep(self._tick / 2)

    def _look_at_slow_ones(self, now: float) -> None:
        for thread, running in list(self._running.items()):
            if not running.line and now - running.since > self._limit / 2:
                frame = sys._current_frames().get(thread)  # noqa: SLF001  # the one way to see it
                line = _line(frame) if frame else ""
                if self._running.get(thread) is running:  # else it is another callback's line
                    running.line = line

    def _note_collection(self, phase: str, _: dict[str, int]) -> None:
        now = time.thread_time()
        thread = threading.get_ident()
        sign = -1 if phase == "start" else 1
        self._collecting[thread] = self._collecting.get(thread, 0.0) + sign * now

    @contextlib.contextmanager
    def _timed_callbacks(self) -> Iterator[None]:
        """Take the time of everything that asyncio's loops run."""
        original: Callable[[asyncio.Handle], None] = asyncio.Handle._run  # noqa: SLF001  # no other

        @functools.wraps(original)
        def timed(handle: asyncio.Handle) -> None:
            thread = threading.get_ident()
            begin = self._read(thread)
            outer, running = self._running.get(thread), _Running(begin.wall)
            self._running[thread] = running
            callback = getattr(handle, "_callback", None)  # a handle that is cancelled forgets it
            try:
                original(handle)
            finally:
                if outer is None:
                    del self._running[thread]
                else:
                    self._running[thread] = outer
                if time.perf_counter() - begin.wall > self._limit:
                    end = self._read(thread)
                    self._suspects.append(_Suspect(_name(callback), running.line, begin, end))

        setattr(asyncio.Handle, "_run", timed)  # noqa: B010
        try:
            yield
        finally:
            setattr(asyncio.Handle, "_run", original)  # noqa: B010

    def _read(self, thread: int) -> _Reading:
        return _Reading(
            wall=time.perf_counter(),
            cpu=time.thread_time(),
            queued=self._queues.seconds(),
            collecting=self._collecting.get(thread, 0.0),
        )


class _RunQueue:
    """How long a thread was ready to run and had no core, as Linux counts it."""

    def __init__(self) -> None:
        self._of_thread = threading.local()
        self._files: list[int] = []

    def seconds(self) -> float:
        """Return the seconds so far of the thread that asks; 0 where the system does not tell."""
        file: int | None = getattr(self._of_thread, "file", None)
        if file is None:
            file = self._of_thread.file = self._open()
        if file < 0:
            return 0.0
        # The fields are the time on a core and the time in the queue, in ns, and a count.
        return int(os.pread(file, 100, 0).split()[1]) / 1e9

    def _open(self) -> int:
        try:
            file = os.open("/proc/thread-self/schedstat", os.O_RDONLY)
        except OSError:
            return -1
        self._files.append(file)
        return file

    def close(self) -> None:
        """Close the files of all threads."""
        while self._files:
            os.close(self._files.pop())


def _name(callback: object) -> str:
    """Return the task and its coroutine, or the function."""
    task = getattr(callback, "__self__", None)
    if isinstance(task, asyncio.Task):
        coroutine = task.get_coro()
        return f"task {task.get_name()!r} ({getattr(coroutine, '__qualname__', coroutine)})"
    while isinstance(callback, functools.partial):
        callback = callback.func
    return str(getattr(callback, "__qualname__", repr(callback)))


def _line(innermost: FrameType) -> str:
    """Return the innermost line that is not Python's own."""
    library = sysconfig.get_paths()["stdlib"]
    frame: FrameType | None = innermost
    while frame and frame.f_code.co_filename.startswith((library, "<frozen")):
        frame = frame.f_back
    shown = frame or innermost
    return f"{shown.f_code.co_filename}:{shown.f_lineno} in {shown.f_code.co_name}"


async def _blocks() -> None:
    """Do what a coroutine should not do."""
    await asyncio.sleep(0)
    time.sleep(0.3)  # noqa: ASYNC251


async def _waits() -> None:
    """Do the same without keeping the loop."""
    await asyncio.sleep(0.3)
    await asyncio.get_running_loop().run_in_executor(None, time.sleep, 0.3)


def main() -> int:
    """Show that a blocking call is named, and that waiting is not held against anybody."""
    stalls: tuple[Stall, ...] = ()
    try:
        with LagCheck():
            asyncio.run(_blocks())
    except LoopLagError as error:
        print(error)
        stalls = error.stalls
    with LagCheck():
        asyncio.run(_waits())
    print("no callback took too long where the coroutine awaited")
    return 0 if [stall.line.endswith("in _blocks") for stall in stalls] == [True] else 1


if __name__ == "__main__":
    sys.exit(main())
