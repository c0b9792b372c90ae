"""Joins samples, as they stream by, to stretches of time: of a thread in one state, and of a process with one holder of the GIL."""

from collections.abc import Iterator
from dataclasses import dataclass

from conc_advisor.profiling.recording import ACTIVITIES, DERIVED, HOLDS_GIL, NO_STACK, Activity, Header, Recording


@dataclass(slots=True, kw_only=True)
class StateSlice:
    """A stretch in which a thread was always seen in the same activity; `stack` is the first one that is known of it."""

    thread: int
    activity: Activity
    stack: int
    begin_us: int
    end_us: int


@dataclass(slots=True, kw_only=True)
class HolderSlice:
    """A stretch in which the sweeps over a process always found the same thread holding the GIL."""

    process: int
    thread: int
    begin_us: int
    end_us: int


def slices(recording: Recording) -> Iterator[StateSlice | HolderSlice]:
    """Yield the slices as they end.

    A sample stands for the time since the sample before it, so a slice begins where the last sample of another kind was taken.  Time that
    was not sampled but counted by the kernel (`DERIVED`) has no place on a timeline and is left out.
    """
    threads = _StateSlices(recording.header)
    holders = _HolderSlices(recording.header)
    process_of = [thread.process for thread in recording.header.threads]
    for block in recording.blocks():
        for time_us, thread, stack, activity, flags in zip(
            block.time_us, block.thread, block.stack, block.activity, block.flags, strict=True
        ):
            if flags & DERIVED:
                continue
            if ended := threads.add(time_us, thread, stack, activity):
                yield ended
            if held := holders.add(time_us, process_of[thread], thread if flags & HOLDS_GIL else -1):
                yield held
    yield from threads.finish()
    yield from holders.finish()


class _StateSlices:
    def __init__(self, header: Header) -> None:
        self._threads = header.threads
        self._open: list[StateSlice | None] = [None] * len(header.threads)
        self._codes = [-1] * len(header.threads)
        self._last_us = [0] * len(header.threads)

    def add(self, time_us: int, thread: int, stack: int, code: int) -> StateSlice | None:
        """Take one sample; return the slice that it ends, if any."""
        last_us, self._last_us[thread] = self._last_us[thread], time_us
        current = self._open[thread]
        if self._codes[thread] == code:
            if current and current.stack == NO_STACK:
                current.stack = stack
            return None
        begin = last_us if current else min(self._threads[thread].first_us, time_us)
        if current:
            current.end_us = begin
        self._codes[thread] = code
        self._open[thread] = StateSlice(thread=thread, activity=ACTIVITIES[code], stack=stack, begin_us=begin, end_us=time_us)
        return current

    def finish(self) -> Iterator[StateSlice]:
        """Yield what is still open, up to the end of each thread."""
        for current in self._open:
            if current:
                current.end_us = max(self._threads[current.thread].last_us, self._last_us[current.thread])
                yield current


class _HolderSlices:
    """A sweep is known to be over when a sample of the process with a later time comes."""

    def __init__(self, header: Header) -> None:
        count = len(header.processes)
        self._first_us = [process.first_us for process in header.processes]
        self._open: list[HolderSlice | None] = [None] * count
        self._before_us = [-1] * count
        self._sweep_us = [-1] * count
        self._holder = [-1] * count

    def add(self, time_us: int, process: int, thread: int) -> HolderSlice | None:
        """Take one sample, with the thread if it held the GIL and else -1; return the slice that the sweep before it ended, if any."""
        ended = None
        if self._sweep_us[process] != time_us:
            ended = self._close_sweep(process)
            self._before_us[process], self._sweep_us[process], self._holder[process] = self._sweep_us[process], time_us, -1
        if thread >= 0:
            self._holder[process] = thread
        return ended

    def finish(self) -> Iterator[HolderSlice]:
        """Yield what is still open, up to the last sweep of each process."""
        for process, sweep_us in enumerate(self._sweep_us):
            if ended := self._close_sweep(process):
                yield ended
            if (current := self._open[process]) and sweep_us > current.begin_us:
                current.end_us = sweep_us
                yield current

    def _close_sweep(self, process: int) -> HolderSlice | None:
        """Take the finished sweep into account: the open slice goes on, or ends, and another may begin."""
        holder, current = self._holder[process], self._open[process]
        if (current.thread if current else -1) == holder:
            return None
        before_us, sweep_us = self._before_us[process], self._sweep_us[process]
        change_us = before_us if before_us >= 0 else min(self._first_us[process], sweep_us)
        if current:
            current.end_us = change_us
        self._open[process] = HolderSlice(process=process, thread=holder, begin_us=change_us, end_us=change_us) if holder >= 0 else None
        return current
