"""Builders of what the recorder gathers, for tests of how it is put together: threads, sweeps and stacks over time."""

from collections.abc import Mapping
from dataclasses import dataclass

from conc_advisor.profiling.recording import NO_CALLBACKS
from conc_advisor.profiling.samplers.chrome_trace import StackTimeline, TraceTimelines
from conc_advisor.profiling.samplers.raw import RawRows
from conc_advisor.profiling.samplers.stack_history import HistorySegment, StackHistory
from conc_advisor.profiling.samplers.syscalls import Wait
from conc_advisor.profiling.samplers.threads import ThreadRecord

GAP_US = 10_000


def thread(index: int = 0, *, born: bool = False, python: bool = True, pthread: int = 0) -> ThreadRecord:
    """Return the record of a thread of the first process; `born`: it began while the recording ran."""
    return ThreadRecord(index=index, process=0, tid=100 + index, first_us=0, last_us=0, born_recording=born, python=python, pthread=pthread)


def timeline(*changes: tuple[int, int], name: str = "") -> StackTimeline:
    """Return a thread's stacks from (time in µs, stack) of each change."""
    found = StackTimeline(name=name)
    for time_us, stack in changes:
        found.add(time_us, stack)
    return found


def history(
    by_thread: Mapping[int, StackTimeline], *, gap_us: float = GAP_US, pthreads: Mapping[int, StackTimeline] | None = None
) -> StackHistory:
    """Return the stacks of a process in one segment that is loaded."""
    timelines = TraceTimelines(by_thread=dict(by_thread), by_pthread=dict(pthreads or {}))
    found = StackHistory([HistorySegment(from_us=0, gap_us=gap_us, load=lambda: timelines)])
    found.advance(0)
    return found


@dataclass(slots=True)
class _Counters:
    cpu_ns: int = 0
    queue_ns: int = 0
    slices: int = 0


class Sweeps:
    """Rows of sweeps in the making: the kernel's counters of each thread go up by what it is said to have done."""

    def __init__(self) -> None:
        self.rows = RawRows()
        self.now_us = 0
        self._counters: dict[int, _Counters] = {}

    def after(self, seconds: float) -> "Sweeps":
        """Let so many seconds pass until the next rows."""
        self.now_us += round(seconds * 1e6)
        return self

    def row(  # noqa: PLR0913 - what a row tells, a keyword each
        self, of: ThreadRecord, wait: Wait, *, holds: bool = False, cpu: float = 0.0, queued: float = 0.0, switches: int = 0,
        callbacks: int = NO_CALLBACKS,
    ) -> "Sweeps":  # fmt: skip
        """Add a thread's row; `cpu` and `queued` are the seconds that the kernel counted for it since its last row."""
        counters = self._counters.setdefault(of.index, _Counters())
        counters.cpu_ns += round(cpu * 1e9)
        counters.queue_ns += round(queued * 1e9)
        counters.slices += switches
        values = (self.now_us, of.index, wait, holds, counters.cpu_ns, counters.queue_ns, counters.slices, callbacks)
        for column, value in zip(self.rows.block.columns, values, strict=True):
            column.append(value)
        self.rows.count += 1
        return self
