"""The recording of a real run, made without a recorder of stacks: what the kernel alone gives."""

import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from live_targets import LiveTarget
from pythons import need_python

from conc_advisor.concurrency import ThreadState
from conc_advisor.profiling.recording import ACTIVITIES, Recording, RecordingWriter
from conc_advisor.profiling.samplers.budget import Budget
from conc_advisor.profiling.samplers.follow import Follower
from conc_advisor.profiling.samplers.raw import RawRows
from conc_advisor.profiling.samplers.threads import ThreadRegistry
from conc_advisor.profiling.samplers.watch import Tools
from conc_advisor.profiling.samplers.write import RunFacts, write_recording
from conc_advisor.profiling.target import Attach, Engine

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads procfs")

SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class _Run:
    """A run of half a second: its recording, read from the file, and the program's pid."""

    recording: Recording
    pid: int

    def states(self) -> dict[int, dict[ThreadState, float]]:
        """Return the seconds of each thread, by its OS thread id, in each state."""
        found: dict[int, dict[ThreadState, float]] = defaultdict(lambda: defaultdict(float))
        for block in self.recording.blocks():
            for thread, activity, seconds in zip(block.thread, block.activity, block.seconds, strict=True):
                found[self.recording.header.threads[thread].os_thread_id][ACTIVITIES[activity].state] += seconds
        return found


@pytest.fixture(scope="module", params=["3.9", "3.13"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Run]:
    """Record a program whose main thread computes while another sleeps."""
    folder = tmp_path_factory.mktemp("run")
    tools = Tools(py_spy=None, folder=folder, budget=Budget(allowed=0.05), registry=ThreadRegistry(), rows=RawRows())
    with LiveTarget("busy_then_idle.py", python=need_python(request.param)) as target:
        target.hear()
        follower = Follower(tools)
        follower.start(target.pid)
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            follower.sweep()
            time.sleep(0.005)
        follower.attend(time.monotonic())
        follower.finish()
        with RecordingWriter(folder / "recording.zip") as writer:
            recording = write_recording(follower, _facts(target.pid), writer)
        follower.close()
        yield _Run(Recording.load(recording.path), target.pid)


def _facts(pid: int) -> RunFacts:
    return RunFacts(
        target=Attach(pid=pid),
        engine=Engine.PY_SPY,
        engine_version="0.4.3",
        session_file=None,
        tool_version="0",
        created="",
        duration_seconds=SECONDS,
        exit_status=None,
        system="",
        others_busy=None,
        overhead=0.0,
        max_overhead=0.05,
        sweeps=100,
        mean_lag_seconds=0.0,
        max_lag_seconds=0.0,
        unseen_cpu_seconds=0.0,
        limits=(),
    )


def test_the_states_of_each_thread_sum_to_its_life(run: _Run) -> None:
    states = run.states()
    for thread in run.recording.header.threads:
        life = (thread.last_us - thread.first_us) / 1e6
        assert sum(states[thread.os_thread_id].values()) == pytest.approx(life, rel=1e-3)


def test_cpu_time_is_the_kernels_own(run: _Run) -> None:
    """Running and native together are what it counted; all of that thread was Python's."""
    states = run.states()
    for thread in run.recording.header.threads:
        assert thread.cpu_seconds is not None
        on_cpu = states[thread.os_thread_id][ThreadState.RUNNING] + states[thread.os_thread_id][ThreadState.NATIVE]
        assert on_cpu == pytest.approx(thread.cpu_seconds, abs=0.03)


def test_the_thread_that_computes_runs_and_the_other_is_blocked(run: _Run) -> None:
    states = run.states()
    main = states.pop(run.pid)
    assert max(main, key=main.__getitem__) in {ThreadState.RUNNING, ThreadState.RUNNABLE}
    [other] = states.values()
    assert max(other, key=other.__getitem__) is ThreadState.BLOCKED
    assert other[ThreadState.GIL_WAIT] < 0.1


def test_the_header_says_what_was_recorded(run: _Run) -> None:
    header = run.recording.header
    [process] = header.processes
    assert (process.pid, process.gil_measured, process.stacks) == (run.pid, True, False)
    assert "busy_then_idle.py" in process.command
    assert header.attached
    assert header.working_directory == str(Path.cwd())
    assert [Path(library, "threading.py").exists() for library in header.library_paths] == [True]
    assert all(thread.python for thread in header.threads)
    assert [thread.name for thread in header.threads if thread.os_thread_id == run.pid] == ["MainThread"]
    assert len({thread.os_thread_id for thread in header.threads}) == len(header.threads) == 2
    assert header.event_loops == ()
    assert not header.sampling.estimated
    assert header.sampling.samples > 20
