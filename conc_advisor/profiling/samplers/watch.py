"""Everything that is followed of one process: its threads, its GIL, its stacks, its event loops."""

import os
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conc_advisor.profiling.samplers.blind import BlindSweeper
from conc_advisor.profiling.samplers.budget import Budget
from conc_advisor.profiling.samplers.event_loops import UVLOOP_TYPES, CallbackCounter, find_object
from conc_advisor.profiling.samplers.gil import GilView
from conc_advisor.profiling.samplers.kernel import ProcessSweeper
from conc_advisor.profiling.samplers.layout import Interpreter
from conc_advisor.profiling.samplers.memory import ProcessMemory
from conc_advisor.profiling.samplers.procfs import THREAD_STATES, command_line, epoll_descriptors, executable, maps, working_directory
from conc_advisor.profiling.samplers.py_spy import DumpThread, StackDump, StackRecorder
from conc_advisor.profiling.samplers.raw import RawRows
from conc_advisor.profiling.samplers.threads import ThreadRegistry

_ADAPT_EVERY: Final = 0.2
_DUMP_PAUSES: Final = (0.2, 1.0, 30.0)
"""Seconds between two dumps (10 ms of CPU time each) that look for the owner of an epoll descriptor; the last pause repeats."""
_FAILED_DUMPS: Final = 3
_GIL_TRIES: Final = 40
"""How often a process is asked for its GIL, a twentieth of a second apart."""
_OBJECT: Final = re.compile(r"<([\w.]+) at 0x")


@dataclass(slots=True, kw_only=True)
class Tools:
    """What the watches of one recording share; `py_spy` is None where stacks come from somewhere else."""

    py_spy: Path | None
    folder: Path
    budget: Budget
    registry: ThreadRegistry
    rows: RawRows


class ProcessWatch:
    """One process from when it was found until it ends or becomes another program.

    Times: `began` and `now` are the monotonic clock in seconds, `*_us` microseconds since the recording began.
    """

    def __init__(  # noqa: PLR0913 - what is known of a process when it is found, a keyword each
        self, *, index: int, pid: int, parent_pid: int, now_us: int, interpreter: Interpreter | None, tools: Tools
    ) -> None:
        self.index = index
        self.pid = pid
        self.parent_pid = parent_pid
        self.first_us = now_us
        self.last_us = now_us
        self.command = command_line(pid)
        self.interpreter = interpreter
        self.executable = executable(pid)
        self.folder = working_directory(pid)
        self.recorder: StackRecorder | None = None
        self.holder_recorder: StackRecorder | None = None
        self.recorder_refused: str | None = None
        self._tools = tools
        self._memory = ProcessMemory.open(pid)
        gil = GilView.find(pid, self._memory, interpreter) if self._memory else None
        self._has_gil = gil is not None and THREAD_STATES
        self._gil_tries = 0 if self._has_gil else _GIL_TRIES
        self.sweeper = ProcessSweeper(pid=pid, process=index, registry=tools.registry, gil=gil) if THREAD_STATES else BlindSweeper(pid=pid)
        self._dump: StackDump | None = None
        self._dumps_in_vain = 0
        self._dumps_failed = 0
        self._next_dump = 0.0
        self._next_adapt = 0.0
        self._selectors = 0
        self._counted = 0
        self._uvloop = False

    def sweep(self, now_us: int) -> None:
        """Look at every thread."""
        self._collect_dump()
        self.sweeper.sweep(now_us, self._tools.rows)
        if not self.sweeper.ended:
            self.last_us = now_us

    def start_recorder(self, recorded_processes: int) -> None:
        """Begin to record stacks, one of `recorded_processes` that share the budget."""
        if self._tools.py_spy is None:
            return
        self.recorder = StackRecorder(py_spy=self._tools.py_spy, pid=self.pid, folder=self._tools.folder)
        rate = self._tools.budget.stack_rate(self._python_threads(), recorded_processes)
        self.recorder.start(rate)
        self.holder_recorder = StackRecorder(
            py_spy=self._tools.py_spy, pid=self.pid, folder=self._tools.folder, holder_only=True, counts_only=self.blind
        )
        self.holder_recorder.start(rate if self.blind else self._tools.budget.holder_rate(self._python_threads(), recorded_processes))

    @property
    def gil_measured(self) -> bool:
        """Whether holding and waiting for the GIL were read, not estimated."""
        return self._has_gil and not self.sweeper.coarse

    @property
    def blind(self) -> bool:
        """Whether the kernel tells nothing of this process's threads."""
        return isinstance(self.sweeper, BlindSweeper)

    @property
    def recorders(self) -> list[StackRecorder]:
        """The recorders of this process: of all stacks, and of the GIL holder's."""
        return [recorder for recorder in (self.recorder, self.holder_recorder) if recorder is not None]

    def became_another(self) -> bool:
        """Return whether the process has executed another program since."""
        gil = self.sweeper.gil
        if gil is not None:
            return not gil.readable() and os.path.exists(f"/proc/{self.pid}/task")  # noqa: PTH110 - procfs
        return executable(self.pid) not in (self.executable, "")

    def attend(self, now: float, recorded_processes: int) -> None:
        """Do what is due now and then: follow the recorder, change its rate, look for event loops."""
        self._find_late_gil()
        if self.recorder is not None:
            self.recorder.poll()
            self._refuse_failed()
            self._adapt(now, recorded_processes)
        self._look_for_loops(now)

    def stop_recorders(self) -> None:
        """Ask the recorders to write what they have; does not wait for that."""
        for recorder in self.recorders:
            recorder.poll()
            for segment in recorder.segments:
                segment.stop()

    def finish(self) -> None:
        """Stop everything and wait for the recorder's files."""
        if self._dump is not None:
            self._dump.close()
            self._dump = None
        for recorder in self.recorders:
            recorder.finish()
        self.sweeper.close()
        if self._memory is not None:
            self._memory.close()
            self._memory = None

    def _find_late_gil(self) -> None:
        """Look for the GIL again: a program that was executed a moment ago has not loaded its interpreter yet."""
        if self._gil_tries > 0 and self._memory is not None and isinstance(self.sweeper, ProcessSweeper):
            self._gil_tries -= 1
            gil = GilView.find(self.pid, self._memory, self.interpreter)
            if gil is not None:
                self._has_gil, self._gil_tries = True, 0
                self.sweeper.see_gil(gil)

    def _refuse_failed(self) -> None:
        if self.recorder is None or (failure := self.recorder.failure()) is None:
            return
        if len(self.recorder.segments) > 1:
            self.recorder.segments.pop()
            return
        self.recorder_refused, self.recorder = failure, None
        if self.holder_recorder is not None:
            self.holder_recorder.finish()
            self.holder_recorder = None

    def _adapt(self, now: float, recorded_processes: int) -> None:
        """Let the rates follow the number of threads and what a look turned out to cost."""
        recorder, threads, budget = self.recorder, self._python_threads(), self._tools.budget
        if recorder is None or self._tools.py_spy is None or now < self._next_adapt:
            return
        self._next_adapt = now + _ADAPT_EVERY
        segment = recorder.current
        if segment.ready_at is not None and not segment.ended:
            budget.stack_cost(recorder.sampling_cpu_seconds(), segment.rate * (now - segment.ready_at), threads)
        recorder.follow_rate(budget.stack_rate(threads, recorded_processes), now)
        if self.holder_recorder is not None:
            self.holder_recorder.poll()
            if not self.blind:
                self.holder_recorder.follow_rate(budget.holder_rate(threads, recorded_processes), now)

    def _python_threads(self) -> int:
        """Return how many threads have stacks to be read, at least 1."""
        return max(sum(record.python for record in self.sweeper.records), 1)

    def _look_for_loops(self, now: float) -> None:
        layout = self.interpreter.layout if self.interpreter else None
        if self._tools.py_spy is None or self._memory is None or layout is None or self.recorder_refused is not None:
            return
        if self._dump is not None:
            return
        # An event loop has an epoll descriptor: where there are no more of them than loops that are counted, there is nothing to look for.
        selectors, counted = epoll_descriptors(self.pid), len(self.sweeper.counted_loops())
        if selectors > self._selectors or counted < self._counted:
            self._dumps_in_vain, self._next_dump = 0, now
        self._selectors, self._counted = selectors, counted
        if selectors > counted and now >= self._next_dump:
            self._dump = StackDump(self._tools.py_spy, self.pid, self._tools.folder / f"{self.pid}.dump")

    def _collect_dump(self) -> None:
        """Read a dump as soon as it is there: until then the callbacks of a new loop are not counted."""
        if self._dump is None or not self._dump.ready():
            return
        threads, self._dump = self._dump.threads(), None
        self._dumps_failed = 0 if threads else self._dumps_failed + 1
        if threads or self._dumps_failed > _FAILED_DUMPS:
            self._read_dump(threads)
        else:
            # A busy process changes while it is read; the next try may do.
            self._next_dump = 0.0

    def _read_dump(self, threads: list[DumpThread]) -> None:
        self._uvloop = self._uvloop or any("uvloop" in line for line in maps(self.pid))
        before = self.sweeper.counted_loops()
        for thread in threads:
            self._found_thread(thread)
        self._next_dump = time.monotonic() + _DUMP_PAUSES[min(self._dumps_in_vain, len(_DUMP_PAUSES) - 1)]
        self._dumps_in_vain = 0 if self.sweeper.counted_loops() - before else self._dumps_in_vain + 1

    def _found_thread(self, thread: DumpThread) -> None:
        """Watch the event loop of a thread of a dump, if it runs one."""
        record = next(
            (known for known in self.sweeper.records if thread.os_thread_id == known.tid or thread.thread_id == known.pthread), None
        )
        if record is None:
            return
        record.python_name = thread.thread_name or record.python_name
        if record.tid in self.sweeper.counted_loops():
            return
        for frame in thread.frames:
            if frame.name.rsplit(".", 1)[-1] == "_run_once" and frame.filename.endswith("asyncio/base_events.py"):
                loop = next((local.addr for local in frame.locals or () if local.name == "self"), None)
                self.sweeper.watch_loop(record.tid, "asyncio", self._counter(loop))
                return
        if self._uvloop and (loop := self._uvloop_object(thread)) is not None:
            self.sweeper.watch_loop(record.tid, "uvloop", self._counter(loop))
        elif self._uvloop and record.selecting and not record.runs_loop:
            self.sweeper.watch_loop(record.tid, "uvloop", None)

    def _counter(self, loop: int | None) -> CallbackCounter | None:
        """Return a counter for the loop object at an address, None where its callbacks cannot be counted."""
        layout = self.interpreter.layout if self.interpreter else None
        if loop is None or self._memory is None or layout is None or layout.deque is None:
            return None
        return CallbackCounter.find(self._memory, layout.deque, loop)

    def _uvloop_object(self, thread: DumpThread) -> int | None:
        """Return the address of the uvloop loop that a thread's frames hold: a local variable, or what asyncio's Runner holds."""
        for frame in reversed(thread.frames):
            for local in frame.locals or ():
                kind = _OBJECT.match(local.repr or "")
                if kind is None or self._memory is None:
                    continue
                if kind[1] in UVLOOP_TYPES:
                    return local.addr
                if kind[1] == "Runner":
                    found = filter(None, (find_object(self._memory, local.addr, name) for name in UVLOOP_TYPES))
                    return next((reference.target for reference in found), None)
        return None
