"""Each demo gets its verdict, under every Python, and a healthy program gets no alarm."""

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Command
from pythons import need_python
from quiet_machine import had_machine_to_itself

from conc_advisor.concurrency import VerdictId
from conc_advisor.profiling.demo_catalogue import DEMOS, Demo

HEALTHY = {VerdictId.IO_BOUND, VerdictId.LOOP_HEALTHY, VerdictId.NATIVE_BOUND}

pytestmark = [pytest.mark.real]


def profiled(demo: Demo, python: Path, conc_advisor: Command, folder: Path) -> dict[str, Any]:
    """Return the report of a demo that ran for two seconds, from the first of three runs that had the machine to itself."""
    for _ in range(3):
        words = ["--python", str(python), "--format", "json", "-o", "report.json", "--force", "--demo", demo.name, "2"]
        answer = conc_advisor("profile", *words)
        assert answer.returncode == 0, answer.stderr
        assert answer.stdout
        report: dict[str, Any] = json.loads((folder / "report.json").read_text())
        if had_machine_to_itself(report):
            break
    return report


@pytest.mark.parametrize("version", ["3.9", "3.11", "3.13"])
@pytest.mark.parametrize("demo", DEMOS, ids=lambda demo: demo.name)
def test_a_demo_gets_its_verdict(demo: Demo, version: str, conc_advisor: Command, workplace: Path) -> None:
    """And its own output arrives."""
    report = profiled(demo, need_python(version), conc_advisor, workplace)
    verdict = report["verdict"]
    if not had_machine_to_itself(report) and verdict["id"] != demo.verdict:
        pytest.skip(f"other programs used {report['machine']['others_busy']:.0%} of the machine in each of three runs")
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
