"""Follows all processes of a run: the first one and the children that come and go."""

import os
import time
from typing import Final

from conc_advisor.profiling.recording import Limit
from conc_advisor.profiling.samplers.layout import ask_interpreter
from conc_advisor.profiling.samplers.procfs import children, executable, is_python
from conc_advisor.profiling.samplers.py_spy_failures import cause
from conc_advisor.profiling.samplers.watch import ProcessWatch, Tools

MOST_PROCESSES: Final = 64
MOST_RECORDERS: Final = 12
"""Processes whose stacks are recorded at once; a recorder costs 20 ms to start and the budget is shared between them."""
_ATTEND_MANY_THREADS: Final = 64
_SLOW_EVERY: Final = 10


class Follower:
    """The processes of a run; `watches` holds those that were followed, ended ones too."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self.watches: list[ProcessWatch] = []
        self.began = time.monotonic()
        self._live: dict[int, ProcessWatch] = {}
        self._root = 0
        self._candidates: dict[int, str] = {}
        self._others: set[int] = set()
        self._rounds = 0
        self._short_lived = 0
        self._too_many = 0
        self._finished = False

    @property
    def samples(self) -> int:
        """How many rows there are so far."""
        return self.tools.rows.count

    def start(self, root: int) -> None:
        """Set time zero: the target runs from now on."""
        self._root = root
        self.began = time.monotonic()
        if root not in self._live and is_python(root):
            self.add(root, parent_pid=os.getpid())

    def add(self, pid: int, *, parent_pid: int) -> ProcessWatch:
        """Follow a process from now on, its stacks too unless those of too many are recorded already."""
        watch = ProcessWatch(
            index=len(self.watches),
            pid=pid,
            parent_pid=parent_pid,
            now_us=self._now_us() if self._root else 0,
            interpreter=ask_interpreter(pid),
            tools=self.tools,
        )
        self.watches.append(watch)
        self._live[pid] = watch
        recorded = self._recorded()
        if recorded < MOST_RECORDERS:
            watch.start_recorder(recorded + 1)
        return watch

    def sweep(self) -> None:
        """Look at every thread of every process once."""
        now_us = self._now_us()
        for watch in self._live.values():
            watch.sweep(now_us)

    def attend(self, now: float) -> None:
        """Do what is due now and then: follow recorders, find children, forget what ended."""
        self._rounds += 1
        recorded = self._recorded()
        for watch in list(self._live.values()):
            if watch.sweeper.ended:
                del self._live[watch.pid]
            elif watch.became_another():
                self._replace(watch)
            else:
                watch.attend(now, recorded)
        self._find_children()

    def root_ended(self) -> bool:
        """Return whether the first process is gone."""
        watch = self._live.get(self._root)
        return watch is None or watch.sweeper.ended

    def finish(self) -> None:
        """Stop everything and wait for the recorders' files."""
        self._finished = True
        for watch in self.watches:
            watch.stop_recorders()
        for watch in self.watches:
            watch.finish()

    def close(self) -> None:
        """End whatever still runs, if `finish` was not reached."""
        if not self._finished:
            self.finish()
        self.tools.rows.close()

    def limits(self) -> list[Limit]:
        """Return what could not be seen of the processes."""
        found = []
        for watch in self.watches:
            if watch.sweeper.coarse:
                found.append(
                    Limit(
                        what=f"what sleeping threads of process {watch.pid} wait for",
                        why="the kernel does not show system calls here; waiting for the GIL is an estimate",
                    )
                )
            if not watch.gil_measured and not watch.blind and not watch.sweeper.coarse:
                why = "its interpreter does not tell where its GIL is; waiting for it is an estimate from the lines that compute elsewhere"
                found.append(Limit(what=f"the GIL of process {watch.pid}", why=why))
            if watch.recorder_refused is not None:
                found.append(Limit(what=f"the stacks of process {watch.pid}", why=f"py-spy: {cause(watch.recorder_refused)}"))
        if self._short_lived:
            found.append(Limit(what=f"{self._short_lived} child processes", why="they lived for less than a fifth of a second"))
        if self._too_many:
            found.append(Limit(what=f"{self._too_many} more child processes", why=f"at most {MOST_PROCESSES} are followed"))
        return found

    def target_cpu_seconds(self) -> float:
        """Return the CPU time that the target's threads used while they were followed."""
        records = self.tools.registry.records
        return sum(record.cpu_ns - (0 if record.born_recording else record.base_cpu_ns) for record in records) / 1e9

    def all_cpu_seconds(self) -> float:
        """Return all the CPU time that those threads have used, before they were followed too."""
        return sum(record.cpu_ns for record in self.tools.registry.records) / 1e9

    def recorder_cpu_seconds(self) -> float:
        """Return the CPU time of the recorders that run now."""
        return sum(recorder.cpu_seconds() for watch in self._live.values() for recorder in watch.recorders)

    def _now_us(self) -> int:
        return int((time.monotonic() - self.began) * 1e6)

    def _replace(self, watch: ProcessWatch) -> None:
        """End the watch of a process that has executed another program and, if it is a Python again, begin a new one."""
        del self._live[watch.pid]
        watch.sweeper.close()
        watch.stop_recorders()
        if is_python(watch.pid):
            self.add(watch.pid, parent_pid=watch.parent_pid)
        else:
            self._others.add(watch.pid)

    def _find_children(self) -> None:
        """Follow children that are Pythons; each has to be seen twice, for a child between fork and exec looks like its parent."""
        known = self._live.keys()
        seen: dict[int, int] = {}
        for parent in [self._root, *known, *self._others]:
            many = parent in known and self._live[parent].sweeper.threads > _ATTEND_MANY_THREADS
            if not many or self._rounds % _SLOW_EVERY == 0:
                seen.update(dict.fromkeys(children(parent), parent))
        for pid, parent in seen.items():
            if pid in known:
                continue
            program = executable(pid)
            if self._candidates.get(pid) != program:
                self._candidates[pid] = program
            elif is_python(pid):
                del self._candidates[pid]
                self._follow_child(pid, parent)
            else:
                self._others.add(pid)
        for pid in [pid for pid in self._candidates if pid not in seen]:
            self._short_lived += "python" in self._candidates.pop(pid).rsplit("/", 1)[-1]
        self._others = {pid for pid in self._others if os.path.exists(f"/proc/{pid}")}  # noqa: PTH110 - procfs

    def _follow_child(self, pid: int, parent: int) -> None:
        if len(self.watches) >= MOST_PROCESSES:
            self._too_many += 1
            self._others.add(pid)
        else:
            self.add(pid, parent_pid=parent)

    def _recorded(self) -> int:
        """Return of how many processes stacks are being recorded."""
        return sum(watch.recorder is not None for watch in self._live.values())
