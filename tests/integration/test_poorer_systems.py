"""Where the system shows less, the next best is used, it is marked as an estimate, and what could not be seen is said."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.real

RUNNER = Path(__file__).parents[1] / "poorer_system.py"


def report_of(how: str, demo: str, folder: Path) -> dict[str, Any]:
    """Return the report of a demo on such a system."""
    words = ["profile", "--format", "json", "-o", "report.json", "--force", "--demo", demo, "3"]
    answer = subprocess.run(
        [sys.executable, str(RUNNER), how, *words], cwd=folder, capture_output=True, text=True, env=os.environ, check=False
    )
    assert answer.returncode == 0, answer.stderr
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return report


@pytest.mark.parametrize(
    ("how", "demo", "verdicts"),
    [
        ("blind", "gil-bound-threads", {"gil-bound"}),
        ("blind", "healthy-asyncio", {"loop-healthy"}),
        ("blind", "blocked-event-loop", {"loop-stalled"}),
        ("coarse", "gil-bound-threads", {"gil-bound"}),
        ("coarse", "healthy-asyncio", {"loop-healthy"}),
        ("coarse", "blocked-event-loop", {"loop-stalled"}),
        ("no-gil", "gil-bound-threads", {"gil-bound"}),
        ("no-gil", "lock-convoy", {"lock-bound"}),
        ("no-gil", "healthy-asyncio", {"loop-healthy"}),
    ],
)
def test_the_verdict_is_the_same_marked_as_an_estimate(how: str, demo: str, verdicts: set[str], workplace: Path) -> None:
    """And the confidence is not high."""
    report = report_of(how, demo, workplace)
    assert report["sampling"]["estimated"]
    assert report["limits"]
    assert report["verdict"]["confidence"] != "high"
    # Beside a busy neighbour a wrong verdict may happen, and then says itself that it is not to be relied on.
    assert report["verdict"]["id"] in verdicts or report["verdict"]["confidence"] == "low", report["verdict"]
    for process in report["processes"]:
        for thread in process["threads"]:
            assert sum(thread["states"].values()) == pytest.approx(thread["seconds"], abs=1e-3)
