"""The next best where the kernel shows no thread states (macOS, some sandboxes): everything from stacks alone, as an estimate.

Two recorders run: one of all stacks, one of how often each line held the GIL.  A line that was seen holding the GIL computes; in the rest
of its time it is taken to wait for the GIL.  A line that hardly ever held it waits: for what, its innermost frames tell where they can.
Native code that gave up the GIL cannot be told from waiting.
"""

import contextlib
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from conc_advisor.concurrency import ThreadState
from conc_advisor.profiling.recording import (
    ACTIVITY_CODE,
    HOLDS_GIL,
    NO_STACK,
    Activity,
    Frame,
    Limit,
    RecordingWriter,
    StackTable,
)
from conc_advisor.profiling.samplers.assemble import Assembly
from conc_advisor.profiling.samplers.chrome_trace import StackTimeline, TraceTimelines
from conc_advisor.profiling.samplers.classify import Classifier
from conc_advisor.profiling.samplers.event_loops import CallbackCounter
from conc_advisor.profiling.samplers.raw import RawRows
from conc_advisor.profiling.samplers.stack_history import HistorySegment
from conc_advisor.profiling.samplers.syscalls import Wait
from conc_advisor.profiling.samplers.threads import ThreadRecord, ThreadRegistry

LIMIT: Final = Limit(
    what="what the kernel knows of the threads",
    why="this system does not show it; all states are estimated from stacks, and native code without the GIL counts as waiting",
)
_RUNNING: Final = ACTIVITY_CODE[Activity(ThreadState.RUNNING)]
_GIL_WAIT: Final = ACTIVITY_CODE[Activity(ThreadState.GIL_WAIT)]
_COMPUTES: Final = 0.02
"""Part of its time for which a line has to hold the GIL to count as one that computes: a line that sleeps holds it for a moment too."""
_RAW_FRAME: Final = re.compile(r"(.*) \((.*):(\d+)\)")
_RAW_THREAD: Final = re.compile(r"thread \((0[xX][0-9A-Fa-f]+|\d+)\)")


class BlindSweeper:
    """Stands where a `ProcessSweeper` stands, and sees only whether the process lives."""

    def __init__(self, *, pid: int) -> None:
        self._pid = pid
        self.gil = None
        self.ended = False
        self.coarse = False
        self.threads = 1
        self.records: list[ThreadRecord] = []

    def sweep(self, now_us: int, rows: RawRows) -> None:  # noqa: ARG002 - as a ProcessSweeper is called
        """Look whether the process lives; sets `ended`."""
        try:
            os.kill(self._pid, 0)
        except ProcessLookupError:
            self.ended = True
        except PermissionError:
            return  # it lives, and is not ours

    def watch_loop(self, tid: int, implementation: str, counter: CallbackCounter | None) -> None:
        """Nothing can be counted here."""

    def counted_loops(self) -> set[int]:
        """Return no thread: nothing can be counted here."""
        return set()

    def close(self) -> None:
        """Nothing is open."""


@dataclass(slots=True)
class HolderShares:
    """How many looks found each path holding the GIL, by thread (OS thread id, or pthread id before Python 3.11)."""

    looks: dict[tuple[int, int], int] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path, stacks: StackTable) -> "HolderShares":
        """Return what `py-spy record --gil --threads --format raw` wrote; nothing when it wrote nothing."""
        found = cls()
        with contextlib.suppress(OSError), path.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                words, _, count = line.rstrip("\n").rpartition(" ")
                names = words.split(";")
                thread = _RAW_THREAD.match(names[0])
                frames = [match for name in names[1:] if (match := _RAW_FRAME.fullmatch(name))]
                if thread is None or not count.isdigit() or not frames:
                    continue
                stack = stacks.intern(Frame(match[1], match[2], int(match[3])) for match in frames)
                key = (int(thread[1], 0), stack)
                found.looks[key] = found.looks.get(key, 0) + int(count)
        return found


@dataclass(slots=True)
class _BlindThread:
    """A thread as its stacks show it."""

    record: ThreadRecord
    timeline: StackTimeline


class BlindAssembler:
    """Writes the samples of one process from its stacks; `shares` says which of them held the GIL."""

    def __init__(
        self, *, registry: ThreadRegistry, shares: HolderShares, holder_rate: float, stacks: StackTable, writer: RecordingWriter
    ) -> None:
        self._registry = registry
        self._shares = shares
        self._holder_rate = holder_rate
        self._stacks = stacks
        self._writer = writer
        self._classifier = Classifier(stacks)
        self._threads: dict[int, ThreadRecord] = {}
        self._credit: dict[tuple[int, int], float] = {}
        self._result = Assembly()

    def run(self, segments: list[HistorySegment], process: int, end_us: int) -> Assembly:
        """Write all samples: a look's worth of time each, in time order."""
        ends = [*(segment.from_us for segment in segments[1:]), end_us][: len(segments)]
        seen: dict[tuple[int, int], float] = {}
        for segment, until_us in zip(segments, ends, strict=True):
            for thread in self._load(segment, process):
                _add_seconds(seen, thread, segment.from_us, until_us)
        for segment, until_us in zip(segments, ends, strict=True):
            self._segment(self._load(segment, process), segment, until_us, seen)
        return self._result

    def _load(self, segment: HistorySegment, process: int) -> list[_BlindThread]:
        timelines = segment.load() or TraceTimelines()
        return [
            _BlindThread(self._record(key, process, timeline), timeline)
            for key, timeline in (*timelines.by_thread.items(), *timelines.by_pthread.items())
        ]

    def _segment(self, threads: list[_BlindThread], segment: HistorySegment, until_us: int, seen: dict[tuple[int, int], float]) -> None:
        step_us = max(int(segment.gap_us), 1)
        for time_us in range(segment.from_us + step_us, until_us, step_us):
            for thread in threads:
                position = thread.timeline.position(time_us)
                stack = thread.timeline.stacks[position] if position >= 0 else NO_STACK
                if stack != NO_STACK:
                    self._write(thread.record, time_us, stack, step_us / 1e6, seen)
            self._writer.flush_if_full()

    def _write(self, record: ThreadRecord, time_us: int, stack: int, seconds: float, seen: dict[tuple[int, int], float]) -> None:
        record.last_us = time_us
        self._result.samples += 1
        key = (record.tid, stack)
        held = self._shares.looks.get(key, 0) / self._holder_rate / max(seen.get(key, seconds), seconds)
        activity, flags = self._classifier.activity(Wait.ASLEEP, holds=False, python=True, stack=stack, loop=""), 0
        if held >= _COMPUTES:
            # Its samples are divided between holding and waiting as the looks were.
            credit = self._credit.get(key, 0.0) + min(held, 1.0)
            activity, flags = (_RUNNING, HOLDS_GIL) if credit >= 1.0 else (_GIL_WAIT, 0)
            self._credit[key] = credit - 1.0 if credit >= 1.0 else credit
        self._writer.block.append(time_us=time_us, thread=record.index, stack=stack, activity=activity, seconds=seconds, flags=flags)

    def _record(self, key: int, process: int, timeline: StackTimeline) -> ThreadRecord:
        record = self._threads.get(key)
        if record is None:
            first_us = max(timeline.times_us[0], 0)
            record = self._registry.add(process=process, tid=key, now_us=first_us, born_recording=True, python=True)
            self._threads[key] = record
        if timeline.name:
            self._result.names[record.index] = timeline.name
        self._result.with_stacks.add(record.index)
        return record


def _add_seconds(seen: dict[tuple[int, int], float], thread: _BlindThread, from_us: int, until_us: int) -> None:
    """Add the seconds that a thread was at each path between two times."""
    times = [*thread.timeline.times_us, until_us]
    for start, end, stack in zip(times, times[1:], thread.timeline.stacks, strict=False):
        key = (thread.record.tid, stack)
        seen[key] = seen.get(key, 0.0) + max(min(end, until_us) - max(start, from_us), 0) / 1e6
