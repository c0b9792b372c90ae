"""Joins what the kernel said with the stacks and writes the samples of the recording, window by window, in bounded memory."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from conc_advisor.concurrency import BlockKind, ThreadState
from conc_advisor.profiling.recording import (
    ACTIVITY_CODE,
    DERIVED,
    HOLDS_GIL,
    NO_STACK,
    STALE_STACK,
    Activity,
    RecordingWriter,
    StackTable,
)
from conc_advisor.profiling.samplers.classify import Classifier
from conc_advisor.profiling.samplers.raw import RawRows
from conc_advisor.profiling.samplers.stack_history import StackHistory, Still
from conc_advisor.profiling.samplers.stratify import Weights, WindowTotals, weights
from conc_advisor.profiling.samplers.syscalls import Wait
from conc_advisor.profiling.samplers.threads import ThreadRecord
from conc_advisor.profiling.samplers.windows import Row, stretches_of, windows

_NEGLIGIBLE: Final = 0.02
"""Run-queue time below this part of a sample gets no sample of its own."""
_NANOSECOND: Final = 1e-9
"""What the kernel counts in; less is a crumb of rounding."""
_RUNNABLE: Final = ACTIVITY_CODE[Activity(ThreadState.RUNNABLE)]
_RUNNING: Final = ACTIVITY_CODE[Activity(ThreadState.RUNNING)]
_NATIVE: Final = ACTIVITY_CODE[Activity(ThreadState.NATIVE)]
_GIL_WAIT: Final = ACTIVITY_CODE[Activity(ThreadState.GIL_WAIT)]
_UNKNOWN: Final = ACTIVITY_CODE[Activity(ThreadState.BLOCKED, BlockKind.OTHER)]
_UNTOLD: Final = frozenset({_UNKNOWN, ACTIVITY_CODE[Activity(ThreadState.LOCK_WAIT)]})
_COMPUTES: Final = 0.05
"""Part of its samples that a line has to be on CPU to count as one that computes: a line that waits is there for a moment too."""


class _Place(NamedTuple):
    """A row among its thread's: the seconds since the one before, the stretch it lies in, whether it is the window's last."""

    seconds: float
    still: Still
    last: bool


@dataclass(slots=True)
class _ThreadProgress:
    """Where a thread stood at its last row."""

    time_us: int
    cpu_ns: int
    queue_ns: int
    slices: int | None = None
    asleep: int = _UNKNOWN
    asleep_stack: int = NO_STACK


@dataclass(slots=True)
class Assembly:
    """What came out beside the samples: how many there were, and which threads turned out to run Python code."""

    samples: int = 0
    names: dict[int, str] = field(default_factory=dict)
    with_stacks: set[int] = field(default_factory=set)


class Assembler:
    """Writes the samples of one recording.

    `histories` are the stacks by process index, `holder_histories` those of the GIL's holder where they were recorded by themselves,
    `measured` the processes whose GIL was read.
    """

    def __init__(  # noqa: PLR0913 - what is joined, a keyword each
        self,
        *,
        records: Sequence[ThreadRecord],
        histories: Mapping[int, StackHistory],
        holder_histories: Mapping[int, StackHistory],
        measured: frozenset[int],
        stacks: StackTable,
        writer: RecordingWriter,
    ) -> None:
        self._records = records
        self._histories = histories
        self._holder_histories = holder_histories
        self._measured = measured
        self._writer = writer
        self._classifier = Classifier(stacks)
        self._progress: dict[int, _ThreadProgress] = {}
        self._sweeps_us: dict[int, tuple[int, int]] = {}
        """By process: when its last sweep was, and the one before."""
        self._result = Assembly()

    def run(self, rows: RawRows) -> Assembly:
        """Write all rows."""
        histories = (*self._histories.values(), *self._holder_histories.values())
        cuts = sorted({change for history in histories for change in history.changes_us})
        for window in windows(rows, cuts):
            self._window(window)
        return self._result

    def _window(self, window: list[Row]) -> None:
        for history in (*self._histories.values(), *self._holder_histories.values()):
            history.advance(window[0].time_us)
        stretches = stretches_of(window)
        for row, still in zip(window, stretches, strict=True):
            history_of = self._histories.get(self._records[row.thread].process)
            if history_of is not None:
                history_of.learn(self._records[row.thread], still, row.wait)
        seconds, totals = self._measure(window)
        factors = {thread: weights(total) for thread, total in totals.items()}
        last = {row.thread: position for position, row in enumerate(window)}
        for position, row in enumerate(window):
            at = _Place(seconds[position], stretches[position], last=last[row.thread] == position)
            self._write(row, at, factors[row.thread])

    def _measure(self, window: list[Row]) -> tuple[list[float], dict[int, WindowTotals]]:
        """Return the seconds between each row and its thread's row before, and the totals of each thread."""
        totals: dict[int, WindowTotals] = defaultdict(WindowTotals)
        seconds: list[float] = []
        first_us = window[0].time_us
        at: dict[int, tuple[int, int, int]] = {
            thread: (progress.time_us, progress.cpu_ns, progress.queue_ns) for thread, progress in self._progress.items()
        }
        for row in window:
            process = self._records[row.thread].process
            sweep_us, _ = self._sweeps_us.setdefault(process, (first_us, first_us))
            if row.time_us > sweep_us:
                self._sweeps_us[process] = (row.time_us, sweep_us)
            before = at.get(row.thread) or self._birth(row)
            own = max(row.time_us - before[0], 0) / 1e6
            total = totals[row.thread]
            total.add(row.wait, own, holds=bool(row.holds))
            total.cpu += max(row.cpu_ns - before[1], 0) / 1e9
            total.queued += max(row.queue_ns - before[2], 0) / 1e9
            at[row.thread] = (row.time_us, row.cpu_ns, row.queue_ns)
            seconds.append(own)
        return seconds, totals

    def _birth(self, row: Row) -> tuple[int, int, int]:
        """Return when a thread seen for the first time began, and what the kernel had counted for it then.

        One that appeared during the recording began somewhere between two sweeps: half way, on average.
        """
        record = self._records[row.thread]
        if not record.born_recording:
            return row.time_us, record.base_cpu_ns, record.base_queue_ns
        _, sweep_before = self._sweeps_us[record.process]
        return (sweep_before + row.time_us) // 2, 0, 0

    def _write(self, row: Row, at: _Place, factors: Weights) -> None:
        seconds, record = at.seconds, self._records[row.thread]
        progress = self._progress.get(row.thread)
        if progress is None:
            progress = self._progress[row.thread] = _ThreadProgress(row.time_us, row.cpu_ns, row.queue_ns)
            if not record.born_recording:
                # The first look at a thread that was there before only says what to count from.
                progress.slices = row.slices
                return
        switches = row.slices - progress.slices if progress.slices is not None else 0
        stack, certain = self._stack(record, row, at.still)
        activity = self._activity(record, row, stack)
        flags = (HOLDS_GIL if row.holds else 0) | (0 if certain else STALE_STACK)
        append = self._writer.block.append
        if row.wait == Wait.ON_CPU:
            whole = seconds * factors.on_cpu
            part = factors.queued_holding if row.holds else factors.queued_not_holding
            queued = whole * part if part > _NEGLIGIBLE else 0.0
            kept, other = (activity, _RUNNABLE) if queued <= whole / 2 else (_RUNNABLE, activity)
            amounts = (whole - queued, queued) if kept == activity else (queued, whole - queued)
            append(
                time_us=row.time_us, thread=row.thread, stack=stack, activity=kept, seconds=amounts[0],
                switches=switches, callbacks=row.callbacks, flags=flags,
            )  # fmt: skip
            if amounts[1] > 0:
                append(time_us=row.time_us, thread=row.thread, stack=stack, activity=other, seconds=amounts[1], flags=DERIVED)
        else:
            progress.asleep, progress.asleep_stack = activity, stack
            append(
                time_us=row.time_us, thread=row.thread, stack=stack, activity=activity, seconds=seconds * factors.asleep,
                switches=switches, callbacks=row.callbacks, flags=flags,
            )  # fmt: skip
        progress.time_us, progress.cpu_ns, progress.queue_ns = row.time_us, row.cpu_ns, row.queue_ns
        progress.slices = row.slices
        self._result.samples += 1
        if at.last:
            self._write_spare(row, record, progress, factors)
        self._writer.flush_if_full()

    def _write_spare(self, row: Row, record: ThreadRecord, progress: _ThreadProgress, factors: Weights) -> None:
        """Write the time of a window that the kernel counted and no sample saw; where it was on CPU, nobody knows."""
        spare = (
            (factors.spare_cpu, _RUNNING if record.python else _NATIVE, NO_STACK),
            (factors.spare_queued, _RUNNABLE, NO_STACK),
            (factors.spare_asleep, progress.asleep, progress.asleep_stack),
        )
        for seconds, activity, stack in spare:
            if seconds >= _NANOSECOND:
                self._writer.block.append(
                    time_us=row.time_us, thread=row.thread, stack=stack, activity=activity, seconds=seconds, flags=DERIVED
                )

    def _stack(self, record: ThreadRecord, row: Row, still: Still) -> tuple[int, bool]:
        history = self._histories.get(record.process)
        if history is None:
            return NO_STACK, True
        choice = history.choose(record, still, row.wait)
        holder = self._holder_histories.get(record.process) if row.holds and not choice.proven else None
        if holder is not None and holder.has(record):
            # Where it last held the GIL is where it computes, unless it is known to sleep there.
            held = holder.choose(record, still, row.wait)
            choice = held if held.stack != NO_STACK and not history.is_unlikely(held.stack, row.wait) else choice
        if choice.stack != NO_STACK and record.index not in self._result.with_stacks:
            self._result.with_stacks.add(record.index)
        if record.index not in self._result.names and (name := history.name(record)):
            self._result.names[record.index] = name
        return choice.stack, choice.certain

    def _activity(self, record: ThreadRecord, row: Row, stack: int) -> int:
        measured = record.process in self._measured
        python = record.python if measured else stack != NO_STACK
        if not measured and python and row.wait == Wait.ON_CPU:
            return _RUNNING
        activity = self._classifier.activity(row.wait, holds=bool(row.holds), python=python, stack=stack, loop=record.runs_loop)
        history = self._histories.get(record.process)
        if not measured and history is not None and activity in _UNTOLD and history.computing_share(stack) >= _COMPUTES:
            # The next best without a view of the GIL: a thread asleep in nothing that is known, at a line that computes, waits for the GIL.
            return _GIL_WAIT
        return activity
