"""Each demo gets its verdict, under every Python, and a healthy program gets no alarm."""

import json
from pathlib import Path

import pytest
from conftest import Command
from pythons import need_python

from conc_advisor.concurrency import VerdictId
from conc_advisor.profiling.demo_catalogue import DEMOS, Demo

HEALTHY = {VerdictId.IO_BOUND, VerdictId.LOOP_HEALTHY, VerdictId.NATIVE_BOUND}

pytestmark = [pytest.mark.real]


@pytest.mark.parametrize("version", ["3.9", "3.11", "3.13"])
@pytest.mark.parametrize("demo", DEMOS, ids=lambda demo: demo.name)
def test_a_demo_gets_its_verdict(demo: Demo, version: str, conc_advisor: Command, workplace: Path) -> None:
    """And its own output arrives."""
    python = need_python(version)
    answer = conc_advisor("profile", "--python", str(python), "--format", "json", "-o", "report.json", "--demo", demo.name, "2")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout
    report = json.loads((workplace / "report.json").read_text())
    verdict = report["verdict"]
    assert verdict["id"] == demo.verdict, verdict
    severe = [finding for finding in report["findings"] if finding["severity"] != "info"]
    assert bool(severe) is (demo.verdict not in HEALTHY), severe


def test_the_blocked_loop_is_shown_with_its_line(conc_advisor: Command, workplace: Path) -> None:
    """The demo's docstring promises the line of the `time.sleep`."""
    assert conc_advisor("profile", "--format", "json", "-o", "report.json", "--demo", "blocked-event-loop", "2").returncode == 0
    stalls = json.loads((workplace / "report.json").read_text())["stalls"]
    demo = next(demo for demo in DEMOS if demo.name == "blocked-event-loop")
    line = next(number for number, text in enumerate(demo.path.read_text().splitlines(), start=1) if text.strip() == "time.sleep(0.12)")
    assert [(stall["file"], stall["line"], stall["cause"]) for stall in stalls] == [(str(demo.path), line, "sleep")]
