"""Reads what every thread of a process is doing from the kernel: nothing is stopped, whatever the number of threads.

Two small files a thread and sweep: `syscall` (on CPU, or the call it sleeps in and its arguments) and `schedstat` (exact time on CPU and in
the run queue).
"""

import contextlib
import os
from dataclasses import dataclass, field
from typing import Final

from conc_advisor.profiling.recording import NO_CALLBACKS
from conc_advisor.profiling.samplers.event_loops import CallbackCounter
from conc_advisor.profiling.samplers.gil import GilView
from conc_advisor.profiling.samplers.raw import RawRows
from conc_advisor.profiling.samplers.syscalls import Wait, syscall_table
from conc_advisor.profiling.samplers.threads import ThreadRecord, ThreadRegistry

_SYSCALL_BYTES: Final = 192
_SCHEDSTAT_BYTES: Final = 64
_LIST_EVERY: Final = 32
"""Sweeps between two full listings of the threads, for one that ended as another began."""
_PYTHON_TRIES: Final = 12
"""Sweeps in which a new thread is looked for among Python's before it counts as native."""
_MOST_DOUBTS: Final = 3
_POLLS: Final = frozenset({b"7", b"271", b"73"})  # poll and ppoll: the count of descriptors is their second argument


_STATES: Final = {b"R": Wait.ON_CPU, b"D": Wait.FILE}
"""What the state letter of a `stat` file tells; the file's second field is the thread's name in parentheses."""


@dataclass(slots=True, kw_only=True)
class _Probe:
    """The open files of one thread, and what they said last."""

    record: ThreadRecord
    syscall: int
    schedstat: int
    raw: bytes = b""
    wait: Wait = Wait.OTHER
    slices: int = -1
    asleep: bool = False
    doubts: int = 0
    loop: CallbackCounter | None = None
    tries: int = field(default=_PYTHON_TRIES)

    def callbacks(self, slices: int) -> int:
        """Return how many callbacks began since the last sweep, `NO_CALLBACKS` where that is not known; `slices` as the kernel counts now.

        A thread that has not been on a core began none: a counter that keeps saying otherwise looks at the wrong thing, and is given up.
        Now and then it is right all the same: the two are read one after the other.
        """
        asleep = self.wait != Wait.ON_CPU
        still = asleep and self.asleep and slices == self.slices
        self.slices, self.asleep = slices, asleep
        if self.loop is None:
            return NO_CALLBACKS
        begun = self.loop.begun()
        if still:
            self.doubts = self.doubts + 1 if 0 < begun < NO_CALLBACKS else 0
            self.loop.gone = self.loop.gone or self.doubts >= _MOST_DOUBTS
        return NO_CALLBACKS if self.loop.gone else begun


class ProcessSweeper:
    """Sweeps over the threads of one process.  `gil` is None where the GIL cannot be read; then every thread counts as Python's.

    `ended`: the process is gone.  `coarse`: the kernel does not show system calls, only whether a thread sleeps.
    """

    def __init__(self, *, pid: int, process: int, registry: ThreadRegistry, gil: GilView | None) -> None:
        self._pid = pid
        self._process = process
        self._registry = registry
        self._task = f"/proc/{pid}/task"
        self._table = syscall_table()
        self._probes: dict[int, _Probe] = {}
        self._sweeps = 0
        self.gil = gil
        self.ended = False
        self.coarse = False

    @property
    def threads(self) -> int:
        """How many threads there were at the last sweep."""
        return len(self._probes)

    @property
    def records(self) -> list[ThreadRecord]:
        """The threads that live."""
        return [probe.record for probe in self._probes.values()]

    def close(self) -> None:
        """Let go of all files."""
        for probe in self._probes.values():
            _close(probe)
        self._probes.clear()

    def see_gil(self, gil: GilView) -> None:
        """Read the GIL from now on; which of the threads are Python's is told anew."""
        self.gil = gil
        for probe in self._probes.values():
            probe.record.python, probe.tries, probe.raw = False, _PYTHON_TRIES, b""

    def watch_loop(self, tid: int, implementation: str, counter: CallbackCounter | None) -> None:
        """Note that a thread runs an event loop; with a counter, its callbacks are counted from now on."""
        probe = self._probes.get(tid)
        if probe is not None:
            probe.record.runs_loop = probe.record.runs_loop if counter is None and probe.record.runs_loop else implementation
            probe.record.loop_counted = probe.record.loop_counted or counter is not None
            probe.loop = counter

    def counted_loops(self) -> set[int]:
        """Return the threads whose loop is being counted."""
        return {tid for tid, probe in self._probes.items() if probe.loop is not None and not probe.loop.gone}

    def sweep(self, now_us: int, rows: RawRows) -> None:
        """Add one row a living thread; sets `ended` when the process is gone."""
        self._follow_threads(now_us)
        block = rows.block
        gil = self.gil
        holder = gil.holder() if gil is not None else 0
        dead = []
        for tid, probe in self._probes.items():
            try:
                raw = os.pread(probe.syscall, _SYSCALL_BYTES, 0)
                sched = os.pread(probe.schedstat, _SCHEDSTAT_BYTES, 0).split()
            except OSError:
                dead.append(tid)
                continue
            if len(sched) < 3:  # noqa: PLR2004 - columns of schedstat
                dead.append(tid)
                continue
            if raw != probe.raw:
                probe.raw = raw
                probe.wait = self._wait(raw, probe.wait)
            record = probe.record
            record.last_us = now_us
            record.cpu_ns = cpu_ns = int(sched[0])
            record.queue_ns = queue_ns = int(sched[1])
            block.time_us.append(now_us)
            block.thread.append(record.index)
            block.wait.append(probe.wait)
            holds = tid == holder and probe.wait != Wait.GIL
            if probe.wait == Wait.ON_CPU and not holds and gil is not None and record.python:
                # The GIL may have changed hands since it was looked at.
                holds = gil.holder() == tid
            block.holds.append(holds)
            block.cpu_ns.append(cpu_ns)
            block.queue_ns.append(queue_ns)
            slices = int(sched[2])
            block.slices.append(slices)
            block.callbacks.append(probe.callbacks(slices))
            if probe.wait == Wait.EPOLL:
                record.selecting = True
        rows.count += len(self._probes) - len(dead)
        for tid in dead:
            _close(self._probes.pop(tid))
        rows.spill_if_full()
        if not self._probes:
            self.ended = not os.path.exists(self._task)  # noqa: PTH110 - procfs

    def _follow_threads(self, now_us: int) -> None:
        self._sweeps += 1
        try:
            # A folder of procfs has two links more than threads.
            changed = os.stat(self._task).st_nlink - 2 != len(self._probes)  # noqa: PTH116 - procfs
            if changed or self._sweeps % _LIST_EVERY == 1:
                self._list_threads(now_us)
        except OSError:
            self.ended = True
            return
        if self.gil is not None and any(probe.tries and not probe.record.python for probe in self._probes.values()):
            self._tell_python_threads(self.gil)

    def _list_threads(self, now_us: int) -> None:
        present = {int(name) for name in os.listdir(self._task)}  # noqa: PTH208 - procfs
        for tid in present - self._probes.keys():
            with contextlib.suppress(OSError):
                self._probes[tid] = self._open(tid, now_us)
        for tid in self._probes.keys() - present:
            _close(self._probes.pop(tid))

    def _open(self, tid: int, now_us: int) -> _Probe:
        try:
            syscall = os.open(f"{self._task}/{tid}/syscall", os.O_RDONLY | os.O_CLOEXEC)
        except (FileNotFoundError, PermissionError):
            # The next best: asleep or not, without what for.  Where the thread is gone, this fails too.
            syscall = os.open(f"{self._task}/{tid}/stat", os.O_RDONLY | os.O_CLOEXEC)
            self.coarse = True
        try:
            schedstat = os.open(f"{self._task}/{tid}/schedstat", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            os.close(syscall)
            raise
        record = self._registry.add(process=self._process, tid=tid, now_us=now_us, born_recording=self._sweeps > 1, python=self.gil is None)
        sched = os.pread(schedstat, _SCHEDSTAT_BYTES, 0).split()
        record.base_cpu_ns, record.base_queue_ns = int(sched[0]), int(sched[1])
        return _Probe(record=record, syscall=syscall, schedstat=schedstat)

    def _tell_python_threads(self, gil: GilView) -> None:
        known = gil.python_threads()
        for tid, probe in self._probes.items():
            if tid in known:
                probe.record.python = True
                probe.record.pthread = known[tid]
            elif tid != self._pid:
                # A main thread becomes Python's when its interpreter is ready, however long that takes.
                probe.tries = max(probe.tries - 1, 0)

    def _wait(self, raw: bytes, before: Wait) -> Wait:  # noqa: PLR0911 - one a kind of answer
        """Return what the contents of a `syscall` file mean; `before` is what they meant last time."""
        if raw.startswith(b"running"):
            return Wait.ON_CPU
        if b"(" in raw:
            return _STATES.get(raw[raw.rindex(b")") + 2 :][:1], Wait.ASLEEP)
        fields = raw.split()
        wait = self._table.get(fields[0], Wait.OTHER) if fields else Wait.OTHER
        match wait:
            case Wait.FUTEX if self.gil is not None and len(fields) > 1:
                return Wait.GIL if self.gil.first_futex <= int(fields[1], 16) < self.gil.end_futex else Wait.FUTEX
            case Wait.SELECTOR if len(fields) > 2:  # noqa: PLR2004 - the call and two arguments
                # A selector without descriptors is how Python slept before 3.11.
                return Wait.SLEEP if int(fields[2 if fields[0] in _POLLS else 1], 16) == 0 else Wait.SELECTOR
            case Wait.ON_DESCRIPTOR if len(fields) > 1:
                return self._descriptor(int(fields[1], 16))
            case Wait.RESTARTED:
                return before if before != Wait.ON_CPU else Wait.SLEEP
        return wait

    def _descriptor(self, number: int) -> Wait:
        try:
            link = os.readlink(f"/proc/{self._pid}/fd/{number}")  # noqa: PTH115 - procfs
        except OSError:
            return Wait.OTHER
        if link.startswith("socket:"):
            return Wait.SOCKET
        if link.startswith(("pipe:", "anon_inode:", "/dev/pts/", "/dev/tty")):
            return Wait.PIPE
        return Wait.FILE


def _close(probe: _Probe) -> None:
    os.close(probe.syscall)
    os.close(probe.schedstat)
