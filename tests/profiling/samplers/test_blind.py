"""States estimated from stacks alone."""

import subprocess
from array import array
from collections import defaultdict
from pathlib import Path
from typing import Final

import pytest
from builders import LIBRARY, MAIN, frame
from recorder_builders import GAP_US, timeline

from conc_advisor.concurrency import BlockKind, ThreadState
from conc_advisor.profiling.recording import ACTIVITIES, HOLDS_GIL, Activity, RecordingWriter, SampleBlock, StackTable
from conc_advisor.profiling.samplers.assemble import Assembly
from conc_advisor.profiling.samplers.blind import BlindAssembler, BlindSweeper, HolderShares
from conc_advisor.profiling.samplers.chrome_trace import StackTimeline, TraceTimelines
from conc_advisor.profiling.samplers.raw import RawRows
from conc_advisor.profiling.samplers.stack_history import HistorySegment
from conc_advisor.profiling.samplers.threads import ThreadRegistry

RUNNING: Final = Activity(ThreadState.RUNNING)
GIL_WAIT: Final = Activity(ThreadState.GIL_WAIT)
OTHER: Final = Activity(ThreadState.BLOCKED, BlockKind.OTHER)
QUEUE: Final = Activity(ThreadState.BLOCKED, BlockKind.QUEUE)
QUEUE_GET: Final = (*MAIN, frame("Queue.get", f"{LIBRARY}/queue.py", 171), frame("Condition.wait", f"{LIBRARY}/threading.py", 355))
SECOND: Final = 1_000_000
ONE, TWO = 100, 200


def _segment(from_us: int, by_thread: dict[int, StackTimeline]) -> HistorySegment:
    return HistorySegment(from_us=from_us, gap_us=GAP_US, load=lambda: TraceTimelines(by_thread=by_thread))


class _Bench:
    """Assembles what was seen in a second or more."""

    def __init__(self, folder: Path) -> None:
        self.stacks = StackTable()
        self.work, self.wait = self.stacks.intern(MAIN), self.stacks.intern(QUEUE_GET)
        self.registry = ThreadRegistry()
        self._folder = folder

    def assemble(self, looks: dict[tuple[int, int], int], *seen: dict[int, StackTimeline], seconds: int = 1) -> Assembly:
        """Write the samples; each of `seen` is a segment of `seconds`, `looks` how often each (thread, path) was seen holding the GIL."""
        segments = [_segment(number * seconds * SECOND, each) for number, each in enumerate(seen)]
        with RecordingWriter(self._folder / "recording.zip") as writer:
            assembler = BlindAssembler(
                registry=self.registry, shares=HolderShares(looks=looks), holder_rate=100.0, stacks=self.stacks, writer=writer
            )
            result = assembler.run(segments, 0, len(segments) * seconds * SECOND)
            self.block: SampleBlock = writer.block
        return result

    def states(self, tid: int) -> dict[Activity, float]:
        """Return the seconds of a thread in each state."""
        found: dict[Activity, float] = defaultdict(float)
        for thread, activity, seconds in zip(self.block.thread, self.block.activity, self.block.seconds, strict=True):
            if self.registry.records[thread].tid == tid:
                found[ACTIVITIES[activity]] += seconds
        return dict(found)


@pytest.fixture
def bench(tmp_path: Path) -> _Bench:
    """Return a bench of the test's own."""
    return _Bench(tmp_path)


def test_a_line_that_always_holds_the_gil_runs(bench: _Bench) -> None:
    bench.assemble({(ONE, bench.work): 100}, {ONE: timeline((0, bench.work))})
    assert bench.states(ONE) == {RUNNING: pytest.approx(0.99)}


def test_a_line_that_holds_it_half_of_its_time_waits_for_it_in_the_other_half(bench: _Bench) -> None:
    bench.assemble({(each, bench.work): 50 for each in (ONE, TWO)}, {each: timeline((0, bench.work)) for each in (ONE, TWO)})
    for each in (ONE, TWO):
        assert bench.states(each) == {RUNNING: pytest.approx(0.5, abs=0.02), GIL_WAIT: pytest.approx(0.5, abs=0.02)}


@pytest.mark.parametrize("looks", [0, 1])
def test_a_line_that_hardly_ever_holds_it_waits_for_something_else(bench: _Bench, looks: int) -> None:
    """It holds the GIL for a moment too: on the way in and out."""
    bench.assemble({(ONE, bench.wait): looks, (TWO, bench.work): looks}, {ONE: timeline((0, bench.wait)), TWO: timeline((0, bench.work))})
    assert set(bench.states(ONE)) == {QUEUE}
    assert set(bench.states(TWO)) == {OTHER}


def test_a_sample_that_runs_holds_the_gil_and_no_other_does(bench: _Bench) -> None:
    bench.assemble({(ONE, bench.work): 40}, {ONE: timeline((0, bench.work), (SECOND // 2, bench.wait))})
    running = [ACTIVITIES[activity] == RUNNING for activity in bench.block.activity]
    assert any(running)
    assert running == [bool(flags & HOLDS_GIL) for flags in bench.block.flags]


def test_what_one_thread_does_says_nothing_of_another(bench: _Bench) -> None:
    bench.assemble({(ONE, bench.work): 100}, {each: timeline((0, bench.work)) for each in (ONE, TWO)})
    assert set(bench.states(TWO)) == {OTHER}


def test_a_thread_has_no_samples_before_it_was_seen(bench: _Bench) -> None:
    bench.assemble({}, {ONE: timeline((0, bench.wait)), TWO: timeline((SECOND // 2, bench.wait))})
    assert sum(bench.states(ONE).values()) == pytest.approx(0.99)
    assert sum(bench.states(TWO).values()) == pytest.approx(0.5, abs=0.011)


def test_samples_are_in_time_order_over_all_segments(bench: _Bench) -> None:
    result = bench.assemble({}, *({each: timeline((0, bench.wait), name="w") for each in (ONE, TWO)} for _ in range(3)))
    times = bench.block.time_us
    assert array("Q", sorted(times)) == times
    assert result.samples == len(times)
    assert [record.tid for record in bench.registry.records] == [ONE, TWO]
    assert set(result.names.values()) == {"w"}


def test_nothing_seen_is_nothing_written(bench: _Bench) -> None:
    assert bench.assemble({}, {}) == Assembly()
    assert bench.assemble({}) == Assembly()


class TestShares:
    """`py-spy record --gil --threads --format raw`."""

    def test_looks_are_counted_by_thread_and_path(self, tmp_path: Path) -> None:
        path = tmp_path / "raw.txt"
        path.write_text(
            "thread (100): MainThread;<module> (/app/app.py:90);main (/app/app.py:80) 7\n"
            "thread (100);<module> (/app/app.py:90);main (/app/app.py:80) 2\n"
            "thread (0x7F4C7697D6C0): cpu;Thread.run (/usr/lib/python3.9/threading.py:1010) 3\n"
        )
        stacks = StackTable()
        found = HolderShares.read(path, stacks)
        assert found.looks == {
            (100, stacks.intern(MAIN)): 9,
            (0x7F4C7697D6C0, stacks.intern([frame("Thread.run", "/usr/lib/python3.9/threading.py", 1010)])): 3,
        }

    @pytest.mark.parametrize(
        "text", ["", "\n", "thread (100)\n", "thread (100): x 5\n", "main (/a.py:1) 5\n", "thread (100);main (/a.py:1) x\n"]
    )
    def test_lines_that_say_nothing_are_passed_over(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "raw.txt"
        path.write_text(text)
        assert HolderShares.read(path, StackTable()) == HolderShares()

    def test_a_file_that_was_not_written_is_nothing(self, tmp_path: Path) -> None:
        assert HolderShares.read(tmp_path / "none", StackTable()) == HolderShares()


def test_the_end_of_a_process_is_all_that_is_seen_of_it() -> None:
    child = subprocess.Popen(["sleep", "60"])
    sweeper, rows = BlindSweeper(pid=child.pid), RawRows()
    sweeper.sweep(1, rows)
    assert not sweeper.ended
    child.kill()
    child.wait()
    sweeper.sweep(2, rows)
    assert sweeper.ended
    assert (rows.count, sweeper.counted_loops(), sweeper.records) == (0, set(), [])
