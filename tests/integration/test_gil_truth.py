"""GIL waiting, thread by thread, against a timer inside the interpreter."""

from pathlib import Path

import pytest
from ground_truth.gil_truth import build_timer, measure
from pythons import need_python

pytestmark = pytest.mark.real

BOUND_POINTS = 10.0
"""Twice what `tests/benchmarks/gil_wait_accuracy.py` shows on an idle machine: this one may be busy."""


@pytest.mark.parametrize("version", ["3.9", "3.10", "3.11", "3.12", "3.13"])
@pytest.mark.parametrize("fight", [("2", "2", "0"), ("2", "1", "3")], ids=["two-compute", "one-computes-three-nap"])
def test_gil_waiting_is_what_the_interpreter_itself_measures(version: str, fight: tuple[str, ...], tmp_path: Path) -> None:
    """Each thread is right to within the bound, and those that fight are seen to wait."""
    run = measure(need_python(version), build_timer(tmp_path), tmp_path, *fight)
    waiting = [thread for thread in run.threads if thread.true > 0.2 * thread.life]
    assert len(waiting) >= 2
    assert run.worst <= BOUND_POINTS, run
