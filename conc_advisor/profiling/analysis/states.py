"""The life of each thread by state, and the processes that they belong to."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from conc_advisor.concurrency import BlockKind, ThreadState
from conc_advisor.profiling.analysis.activities import ActivityReader
from conc_advisor.profiling.analysis.stack_index import StackIndex
from conc_advisor.profiling.analysis.totals import Totals
from conc_advisor.profiling.analysis.waits import Wait
from conc_advisor.profiling.diagnosis import ProcessSummary, ThreadSummary
from conc_advisor.profiling.recording import ACTIVITIES, Header

PLUMBING_WORK_SHARE: Final = 0.01
"""A thread that did anything but wait for work in less of its life than this is plumbing."""

_ASLEEP: Final = frozenset({ThreadState.LOCK_WAIT, ThreadState.BLOCKED})
_ON_CPU: Final = frozenset({ThreadState.RUNNING, ThreadState.NATIVE})


class States:
    """Seconds per thread and state, from the `Totals`."""

    def __init__(self, header: Header, totals: Totals, index: StackIndex, reader: ActivityReader) -> None:
        self._header = header
        self._totals = totals
        threads = len(header.threads)
        self.by_state: list[defaultdict[ThreadState, float]] = [defaultdict(float) for _ in range(threads)]
        self.by_kind: list[defaultdict[BlockKind, float]] = [defaultdict(float) for _ in range(threads)]
        self._for_work = [0.0] * threads
        for row in totals.rows():
            activity = ACTIVITIES[reader.code(row.activity, row.stack)]
            self.by_state[row.thread][activity.state] += row.seconds
            if activity.kind is not None:
                self.by_kind[row.thread][activity.kind] += row.seconds
            if activity.state in _ASLEEP and (index.wait(row.stack) is Wait.WORK or not header.threads[row.thread].python):
                self._for_work[row.thread] += row.seconds

    def seconds(self, state: ThreadState, threads: Iterable[int]) -> float:
        """Return the time that these threads together spent in a state."""
        return sum(self.by_state[thread][state] for thread in threads)

    def life(self, thread: int) -> float:
        """Return the seconds of a thread's life that were seen."""
        return sum(self.by_state[thread].values())

    def processes(self, labels: list[str]) -> tuple[ProcessSummary, ...]:
        """Return the processes, and in each the threads: those on CPU most come first, then the longest-lived."""
        return tuple(
            ProcessSummary(
                pid=process.pid,
                parent_pid=process.parent_pid,
                command=process.command,
                python=process.python,
                seconds=max(process.last_us - process.first_us, 0) * 1e-6,
                gil_measured=process.gil_measured,
                threads=tuple(self._thread(thread, labels[thread]) for thread in self._order(number)),
            )
            for number, process in enumerate(self._header.processes)
        )

    def _order(self, process: int) -> list[int]:
        members = [number for number, thread in enumerate(self._header.threads) if thread.process == process and self.life(number) > 0]
        return sorted(
            members,
            key=lambda number: (
                -self.seconds(ThreadState.RUNNING, [number]) - self.seconds(ThreadState.NATIVE, [number]),
                -self.life(number),
                number,
            ),
        )

    def _thread(self, number: int, label: str) -> ThreadSummary:
        info, life = self._header.threads[number], self.life(number)
        worked = life - self._for_work[number]
        return ThreadSummary(
            label=label,
            os_thread_id=info.os_thread_id,
            name=info.name,
            python=info.python,
            seconds=life,
            samples=self._totals.samples(number),
            states={state: self.by_state[number][state] for state in ThreadState if self.by_state[number][state] > 0},
            blocked={kind: self.by_kind[number][kind] for kind in BlockKind if self.by_kind[number][kind] > 0},
            holding_gil_seconds=min(self._totals.holding_seconds(number), life),
            cpu_seconds=info.cpu_seconds,
            plumbing=worked < PLUMBING_WORK_SHARE * life,
        )
