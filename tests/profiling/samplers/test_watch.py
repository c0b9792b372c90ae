"""One process, watched with the real recorder: its stacks, its event loop, and what is done when the recorder fails."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_targets import LiveTarget, every_python, interpreter_of, until

from conc_advisor.profiling.recording import NO_CALLBACKS
from conc_advisor.profiling.samplers.budget import Budget
from conc_advisor.profiling.samplers.gil import GilView
from conc_advisor.profiling.samplers.layout import Interpreter
from conc_advisor.profiling.samplers.memory import ProcessMemory
from conc_advisor.profiling.samplers.py_spy import find_py_spy
from conc_advisor.profiling.samplers.raw import RawRows
from conc_advisor.profiling.samplers.threads import ThreadRegistry
from conc_advisor.profiling.samplers.watch import ProcessWatch, Tools

pytestmark = [pytest.mark.real, pytest.mark.skipif(sys.platform != "linux", reason="reads procfs")]


@pytest.fixture
def tools(tmp_path: Path) -> Iterator[Tools]:
    """Return the real recorder, in a folder of the test."""
    made = Tools(py_spy=find_py_spy()[0], folder=tmp_path, budget=Budget(allowed=0.2), registry=ThreadRegistry(), rows=RawRows())
    yield made
    made.rows.close()


class _Watched:
    """A process that is watched; `look` does what the session does every now and then."""

    def __init__(self, pid: int, interpreter: Interpreter | None, tools: Tools) -> None:
        self.tools = tools
        self.watch = ProcessWatch(index=0, pid=pid, parent_pid=1, now_us=0, interpreter=interpreter, tools=tools)
        self.watch.sweep(1)
        self.watch.start_recorder(1)

    def look(self) -> None:
        """Sweep and attend once."""
        self.watch.sweep(self.watch.last_us + 1)
        self.watch.attend(time.monotonic(), 1)

    def until_ready(self) -> None:
        """Look until the recorders sample."""

        def ready() -> bool:
            self.look()
            for recorder in self.watch.recorders:
                recorder.poll()
            return [recorder.current.ready_at is not None for recorder in self.watch.recorders] == [True, True]

        until(ready, "recorders that sample")


@every_python
def test_an_event_loop_is_found_and_its_callbacks_are_counted(tools: Tools, version: str) -> None:
    """Every one of them from then on."""
    python, interpreter = interpreter_of(version)
    with LiveTarget("event_loop.py", python=python) as target:
        target.hear()
        watched = _Watched(target.pid, interpreter, tools)
        try:
            watched.until_ready()
            [record] = tools.registry.records

            def counted() -> bool:
                watched.look()
                return record.loop_counted

            until(counted, "a loop that is counted")
            assert (record.runs_loop, record.python_name) == ("asyncio", "MainThread")
            before = _truth(target)
            watched.look()
            counts = len(tools.rows.block)
            target.say("work 300")
            assert target.hear() == "done"
            after = _truth(target)
            watched.look()
            begun = [count for count in tools.rows.block.callbacks[counts:] if count != NO_CALLBACKS]
            assert sum(begun) == after - before
        finally:
            watched.watch.finish()


def _truth(target: LiveTarget) -> int:
    target.say("count")
    return int(target.hear())


def test_a_program_without_an_event_loop_has_none(tools: Tools) -> None:
    """Although one of its threads waits in epoll by itself."""
    python, interpreter = interpreter_of("3.13")
    with LiveTarget("waits.py", python=python) as target:
        target.hear()
        watched = _Watched(target.pid, interpreter, tools)
        try:
            watched.until_ready()

            def dumped() -> bool:
                watched.look()
                return any(each.python_name == "epoll" for each in tools.registry.records)

            until(dumped, "a dump")
            assert {each.runs_loop for each in tools.registry.records} == {""}
            assert watched.watch.recorder_refused is None
        finally:
            watched.watch.finish()


def test_an_interpreter_that_is_loaded_late_is_still_looked_into(tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that was executed a moment ago has no GIL yet: it is asked again, and its threads are told anew."""
    really_find, asked = GilView.find, []

    def find(pid: int, memory: ProcessMemory, interpreter: Interpreter | None) -> GilView | None:
        asked.append(pid)
        return really_find(pid, memory, interpreter) if len(asked) > 3 else None

    monkeypatch.setattr(GilView, "find", find)
    tools.py_spy = None
    python, interpreter = interpreter_of("3.9")
    with LiveTarget("waits.py", python=python) as target:
        threads = target.hear_json(dict[str, tuple[int, int]])
        watched = _Watched(target.pid, interpreter, tools)
        assert not watched.watch.gil_measured
        for _ in range(4):
            watched.look()
        assert watched.watch.gil_measured
        watched.look()
        assert {each.tid: each.pthread for each in tools.registry.records if each.python} == dict(threads.values())
        for _ in range(3):
            watched.look()
        assert len(asked) == 4
        watched.watch.finish()


def test_a_recorder_that_cannot_attach_is_let_go_with_what_it_said(tools: Tools) -> None:
    """The kernel's part goes on without it."""
    other = subprocess.Popen(["sleep", "60"])
    watched = _Watched(other.pid, None, tools)
    begun = [segment.process for recorder in watched.watch.recorders for segment in recorder.segments]
    try:

        def refused() -> bool:
            watched.look()
            return watched.watch.recorder_refused is not None

        until(refused, "the end of the recorder")
        assert watched.watch.recorder is None
        assert "python" in (watched.watch.recorder_refused or "").lower()
        assert watched.watch.recorders == []
        assert [process.returncode is not None for process in begun] == [True, True]
        before = tools.rows.count
        watched.look()
        assert tools.rows.count == before + 1
        assert not watched.watch.gil_measured
    finally:
        watched.watch.finish()
        other.kill()
        other.wait()


def test_the_holders_line_is_recorded_from_the_start(tools: Tools) -> None:
    """However few threads there are, beside the stacks of all of them; both end with the watch."""
    python, interpreter = interpreter_of("3.13")
    with LiveTarget("insides.py", python=python) as target:
        target.hear()
        watched = _Watched(target.pid, interpreter, tools)
        stacks, holder = watched.watch.recorder, watched.watch.holder_recorder
        assert stacks is not None
        assert holder is not None
        assert watched.watch.recorders == [stacks, holder]
        watched.until_ready()
        processes = [segment.process for recorder in (stacks, holder) for segment in recorder.segments]
        assert len(processes) >= 2
        watched.watch.stop_recorders()
        watched.watch.finish()
        assert [process.returncode for process in processes] == [0] * len(processes)


def test_without_py_spy_there_is_no_recorder(tools: Tools) -> None:
    """The kernel's part is recorded all the same."""
    tools.py_spy = None
    python, interpreter = interpreter_of("3.13")
    with LiveTarget("insides.py", python=python) as target:
        target.hear()
        watched = _Watched(target.pid, interpreter, tools)
        watched.look()
        assert watched.watch.recorders == []
        assert tools.rows.count > 0
        watched.watch.finish()


def test_a_watch_that_is_finished_leaves_no_recorder(tools: Tools) -> None:
    python, interpreter = interpreter_of("3.13")
    with LiveTarget("insides.py", python=python) as target:
        target.hear()
        watched = _Watched(target.pid, interpreter, tools)
        watched.until_ready()
        processes = [segment.process for recorder in watched.watch.recorders for segment in recorder.segments]
        watched.watch.stop_recorders()
        watched.watch.finish()
        assert [process.returncode for process in processes] == [0] * len(processes)
