"""What the analysis keeps does not grow with the number of samples, and blocks may end anywhere."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from builders import RecordingBuilder, gil_wait, loop_idle, running
from scenarios import PARSE, SCENARIOS, in_turn

from conc_advisor.concurrency import VerdictId
from conc_advisor.profiling import recording as module
from conc_advisor.profiling.analysis.activities import ActivityReader
from conc_advisor.profiling.analysis.diagnose import diagnose
from conc_advisor.profiling.analysis.stack_index import index_stacks
from conc_advisor.profiling.analysis.sweeps import Sweeps
from conc_advisor.profiling.analysis.totals import Totals
from conc_advisor.profiling.recording import Recording


def sums_kept(folder: Path, rounds: int) -> tuple[int, int, int]:
    """Return how many sums are kept for so many rounds of two threads that fight for the GIL beside an idle loop."""
    folder.mkdir()
    builder = RecordingBuilder(folder)
    threads = [builder.thread(name) for name in ("a", "b")]
    in_turn(builder, threads, running(*PARSE), gil_wait(*PARSE), rounds=rounds)
    recording = builder.run(builder.thread("loop"), loop_idle(), rounds * 0.01).build()
    index = index_stacks(recording.stacks, ())
    totals = Totals(index.size)
    sweeps = Sweeps(recording.header, index, ActivityReader(index))
    for block in recording.blocks():
        totals.add(block)
        sweeps.add(block)
    sweeps.finish()
    return len(list(totals.rows())), len(sweeps.charges()), sum(len(each) for each in sweeps.role_seconds)


def test_ten_times_the_samples_keep_no_more_sums(tmp_path: Path) -> None:
    assert sums_kept(tmp_path / "one", 100) == sums_kept(tmp_path / "ten", 1000)


@pytest.mark.parametrize(("program", "_verdict"), SCENARIOS, ids=lambda value: getattr(value, "__name__", ""))
def test_where_a_block_ends_makes_no_difference(
    program: Callable[[Path], Recording], _verdict: VerdictId, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    whole.mkdir()
    cut.mkdir()
    expected = diagnose(program(whole))
    monkeypatch.setattr(module, "BLOCK_SAMPLES", 7)
    assert replace(diagnose(program(cut)), created="") == replace(expected, created="")
