"""Sweeps over live processes: what each thread is seen to wait for, and what the kernel counts for it."""

import os
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from live_targets import LiveTarget, every_python, interpreter_of, until
from recorder_builders import thread

from conc_advisor.profiling.recording import NO_CALLBACKS
from conc_advisor.profiling.samplers.gil import GilView
from conc_advisor.profiling.samplers.kernel import ProcessSweeper, _Probe
from conc_advisor.profiling.samplers.layout import Interpreter
from conc_advisor.profiling.samplers.memory import ProcessMemory
from conc_advisor.profiling.samplers.raw import RawRows
from conc_advisor.profiling.samplers.syscalls import Wait
from conc_advisor.profiling.samplers.threads import ThreadRegistry

if TYPE_CHECKING:
    from conc_advisor.profiling.samplers.event_loops import CallbackCounter

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads procfs")

Threads = dict[str, tuple[int, int]]


class _Sweeps:
    """Sweeps over one process, a microsecond apart by their numbers."""

    def __init__(self, pid: int, gil: GilView | None) -> None:
        self.registry = ThreadRegistry()
        self.rows = RawRows()
        self.sweeper = ProcessSweeper(pid=pid, process=0, registry=self.registry, gil=gil)
        self._now_us = 0

    def sweep(self) -> dict[int, tuple[Wait, bool]]:
        """Return {thread: (what it waits for, whether it holds the GIL)} of a new sweep."""
        before = len(self.rows.block)
        self._now_us += 1
        self.sweeper.sweep(self._now_us, self.rows)
        block = self.rows.block
        return {
            self.registry.records[block.thread[row]].tid: (Wait(block.wait[row]), bool(block.holds[row]))
            for row in range(before, len(block))
        }


@contextmanager
def _sweeps(pid: int, interpreter: Interpreter | None) -> Iterator[_Sweeps]:
    memory = ProcessMemory(pid)
    sweeps = _Sweeps(pid, GilView.find(pid, memory, interpreter))
    try:
        yield sweeps
    finally:
        sweeps.sweeper.close()
        memory.close()


WAITS = {
    "main": Wait.PIPE,
    "sleep": Wait.SLEEP,
    "receive": Wait.SOCKET,
    "read_socket": Wait.SOCKET,
    "read_pipe": Wait.PIPE,
    "lock_file": Wait.FILE,
    "wait_for_child": Wait.CHILD,
    "poll": Wait.SELECTOR,
    "sleep_in_select": Wait.SLEEP,
    "epoll": Wait.EPOLL,
    "acquire": Wait.FUTEX,
}


@every_python
def test_each_wait_is_told_apart(version: str) -> None:
    """And nobody who waits holds the GIL."""
    python, interpreter = interpreter_of(version)
    with LiveTarget("waits.py", python=python) as target:
        threads = target.hear_json(Threads)
        expected = {threads[name][0]: (wait, False) for name, wait in WAITS.items()}
        with _sweeps(target.pid, interpreter) as sweeps:
            until(lambda: sweeps.sweep() == expected, "every thread in its wait")
            assert all(record.python for record in sweeps.registry.records)
            assert {record.tid: record.pthread for record in sweeps.registry.records} == dict(threads.values())


@every_python
def test_the_gil_is_told_from_computing(version: str) -> None:
    """Two threads that compute in Python are on CPU or wait for the GIL; the third, in C without it, is only on CPU."""
    python, interpreter = interpreter_of(version)
    with LiveTarget("waits.py", "cpu", python=python) as target:
        threads = {name: ids[0] for name, ids in target.hear_json(Threads).items()}
        fighters = (threads["gil-1"], threads["gil-2"])
        seen: dict[tuple[int, Wait, bool], int] = defaultdict(int)
        with _sweeps(target.pid, interpreter) as sweeps:

            def enough() -> bool:
                for tid, (wait, holds) in sweeps.sweep().items():
                    seen[tid, wait, holds] += 1
                return all(seen[tid, Wait.ON_CPU, True] > 5 and seen[tid, Wait.GIL, False] > 5 for tid in fighters)

            until(enough, "each of two threads on CPU with the GIL, and waiting for it")
        assert {wait for tid, wait, _ in seen if tid in fighters} == {Wait.ON_CPU, Wait.GIL}
        assert {key[1:] for key in seen if key[0] == threads["native"]} == {(Wait.ON_CPU, False)}


def test_without_a_view_of_the_gil_waiting_for_it_is_a_futex() -> None:
    """Then nothing is claimed: no holder, no GIL wait, and every thread may be Python's."""
    python, _ = interpreter_of("3.11")
    with LiveTarget("waits.py", "cpu", python=python) as target, _sweeps(target.pid, None) as sweeps:
        threads = target.hear_json(Threads)
        seen: set[tuple[int, Wait, bool]] = set()

        def futex_seen() -> bool:
            seen.update((tid, *what) for tid, what in sweeps.sweep().items())
            return (threads["gil-1"][0], Wait.FUTEX, False) in seen

        until(futex_seen, "a futex")
        assert not any(wait == Wait.GIL or holds for _, wait, holds in seen)
        assert all(record.python for record in sweeps.registry.records)


def test_threads_that_come_and_go_are_followed() -> None:
    """One that was there before the first sweep is told from one that was born later; an ended one gets no more rows."""
    child = subprocess.Popen(
        [sys.executable, "-u", "-c", _COMING_AND_GOING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        child.stdout.readline()
        with _sweeps(child.pid, None) as sweeps:
            assert set(sweeps.sweep()) == {child.pid}
            child.stdin.write("\n")
            born = int(child.stdout.readline())
            assert set(sweeps.sweep()) == {child.pid, born}
            assert [record.born_recording for record in sweeps.registry.records] == [False, True]
            child.stdin.write("\n")
            child.stdout.readline()
            until(lambda: set(sweeps.sweep()) == {child.pid}, "the end of the thread")
            assert sweeps.sweeper.threads == 1
            assert not sweeps.sweeper.ended
    finally:
        child.kill()
        child.communicate()


_COMING_AND_GOING = """
import threading
stop = threading.Event()
born = threading.Thread(target=lambda: (print(threading.get_native_id()), stop.wait()))
print("ready")
input()
born.start()
input()
stop.set()
born.join()
print("gone")
input()
"""


def test_an_ended_process_is_seen_to_have_ended() -> None:
    """Its files are let go and it gets no more rows."""
    child = subprocess.Popen(["sleep", "60"])
    sweeps = _Sweeps(child.pid, None)
    until(lambda: sweeps.sweep() == {child.pid: (Wait.SLEEP, False)}, "a process asleep")
    rows, files = sweeps.rows.count, _open_files()
    child.kill()
    child.wait()
    assert sweeps.sweep() == {}
    assert sweeps.sweeper.ended
    assert sweeps.rows.count == rows == len(sweeps.rows.block)
    assert _open_files() == files - 2


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - procfs


def test_a_main_thread_becomes_pythons_however_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """An interpreter may take its time to get ready; a native thread is one after a few looks."""
    really, looks = GilView.python_threads, []

    def late(view: GilView) -> dict[int, int]:
        looks.append(view)
        return really(view) if len(looks) > 100 else {}

    python, interpreter = interpreter_of("3.13")
    with LiveTarget("busy_then_idle.py", python=python) as target:
        target.hear()
        with _sweeps(target.pid, interpreter) as sweeps:
            monkeypatch.setattr(GilView, "python_threads", late)
            until(lambda: bool(sweeps.sweep() and len(looks) > 100), "a hundred looks")
            assert [record.python for record in sweeps.registry.records if record.tid == target.pid] == [True]


class TestCoarse:
    """Where the kernel does not show system calls: asleep or not, and no more."""

    @pytest.fixture(autouse=True)
    def no_syscall_files(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take the `syscall` files away."""
        really_open = os.open

        def open_others(path: str, flags: int, mode: int = 0o777) -> int:
            if path.endswith("/syscall"):
                raise PermissionError(path)
            return really_open(path, flags, mode)

        monkeypatch.setattr(os, "open", open_others)

    def test_whoever_waits_is_asleep(self) -> None:
        """Nothing is claimed of what it waits for, least of all the GIL."""
        python, interpreter = interpreter_of("3.13")
        with LiveTarget("waits.py", python=python) as target:
            threads = target.hear_json(Threads)
            with _sweeps(target.pid, interpreter) as sweeps:
                expected = {tid: (Wait.ASLEEP, False) for tid, _ in threads.values()}
                until(lambda: sweeps.sweep() == expected, "every thread asleep")
                assert sweeps.sweeper.coarse

    @pytest.mark.parametrize("name", ["plain", "a) R (b", "(((", ")))", "x R y", "1 2 3"])
    def test_a_threads_name_does_not_mislead(self, tmp_path: Path, name: str) -> None:
        """It stands in the file that is read, and may hold anything."""
        program = tmp_path / name
        program.symlink_to(shutil.which("sleep") or "sleep")
        child = subprocess.Popen([str(program), "60"])
        try:
            with _sweeps(child.pid, None) as sweeps:
                until(lambda: sweeps.sweep() == {child.pid: (Wait.ASLEEP, False)}, "a process asleep")
        finally:
            child.kill()
            child.wait()

    def test_whoever_computes_is_on_cpu(self) -> None:
        python, interpreter = interpreter_of("3.13")
        with LiveTarget("busy_then_idle.py", python=python) as target:
            target.hear()
            with _sweeps(target.pid, interpreter) as sweeps:
                until(lambda: sweeps.sweep()[target.pid] == (Wait.ON_CPU, True), "the main thread on CPU with the GIL")


def test_a_process_that_was_never_there_has_ended() -> None:
    sweeps = _Sweeps(4194303, None)
    assert sweeps.sweep() == {}
    assert sweeps.sweeper.ended


def test_the_kernels_totals_only_grow() -> None:
    """CPU time of a thread that computes goes up, that of one asleep does not; both are counted from when they were first seen."""
    python, interpreter = interpreter_of("3.12")
    with LiveTarget("busy_then_idle.py", python=python) as target:
        target.hear()
        with _sweeps(target.pid, interpreter) as sweeps:
            until(lambda: (Wait.PIPE, False) in sweeps.sweep().values(), "a thread asleep")
            busy = next(record for record in sweeps.registry.records if record.tid == target.pid)
            idle = next(record for record in sweeps.registry.records if record.tid != target.pid)
            asleep = idle.cpu_ns
            assert busy.base_cpu_ns <= busy.cpu_ns

            def computed() -> bool:
                before = busy.cpu_ns
                sweeps.sweep()
                assert busy.cpu_ns >= before
                return busy.cpu_ns > busy.base_cpu_ns + 20_000_000

            until(computed, "20 ms of CPU time")
            assert idle.cpu_ns == asleep


def test_rows_without_an_event_loop_carry_no_callbacks() -> None:
    child = subprocess.Popen(["sleep", "60"])
    with _sweeps(child.pid, None) as sweeps:
        sweeps.sweep()
        sweeps.sweeper.watch_loop(child.pid, "asyncio", None)
        sweeps.sweep()
        assert set(sweeps.rows.block.callbacks) == {NO_CALLBACKS}
        assert sweeps.sweeper.counted_loops() == set()
        [record] = sweeps.registry.records
        assert (record.runs_loop, record.loop_counted) == ("asyncio", False)
        sweeps.sweeper.watch_loop(child.pid + 1, "asyncio", None)
    child.kill()
    child.wait()


class _Counter:
    """A counter that says what it is told to say."""

    def __init__(self, *said: int) -> None:
        self._said = list(said)
        self.gone = False

    def begun(self) -> int:
        return self._said.pop(0)


def test_a_counter_that_moves_while_its_thread_sleeps_is_given_up() -> None:
    """A thread that was not put on a core since began no callback; once or twice in a row may be chance."""
    counter = _Counter(3, 5, 5, 0, 5, 5, 5)
    probe = _Probe(record=thread(0), syscall=-1, schedstat=-1, wait=Wait.SLEEP, loop=cast("CallbackCounter", counter))
    assert [probe.callbacks(7) for _ in range(6)] == [3, 5, 5, 0, 5, 5]
    assert not counter.gone
    assert probe.callbacks(7) == NO_CALLBACKS
    assert counter.gone


def test_a_counter_that_moves_when_its_thread_was_on_a_core_is_believed() -> None:
    """Put on a core since, or there at the sample before."""
    counter = _Counter(3, 5, 2, 4, 6)
    probe = _Probe(record=thread(0), syscall=-1, schedstat=-1, wait=Wait.SLEEP, loop=cast("CallbackCounter", counter))
    assert [probe.callbacks(7), probe.callbacks(8)] == [3, 5]
    for wait, begun in ((Wait.ON_CPU, 2), (Wait.SLEEP, 4), (Wait.ON_CPU, 6)):
        probe.wait = wait
        assert probe.callbacks(8) == begun
    assert not counter.gone
