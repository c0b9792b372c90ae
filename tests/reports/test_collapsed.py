"""Folded stacks: `state;thread;frame;frame microseconds`."""

import re
from pathlib import Path

import pytest
from builders import RecordingBuilder, frame, running
from diagnosis_builder import diagnosis
from report_builder import empty_report, two_threads

from conc_advisor.reports import collapsed
from conc_advisor.reports.report import Report

LINE = re.compile(r"(?P<stack>.+) (?P<count>\d+)")
"""How flamegraph.pl and speedscope read a line: greedy, so the last space divides."""


def folded(report: Report) -> dict[tuple[str, ...], int]:
    lines = "".join(collapsed.render(report)).splitlines()
    matches = [LINE.fullmatch(line) for line in lines]
    assert all(matches)
    return {tuple(match["stack"].split(";")): int(match["count"]) for match in matches if match}


def test_the_state_is_the_root_then_thread_and_frames_from_caller_to_callee(tmp_path: Path) -> None:
    found = folded(two_threads(tmp_path))
    assert found["running", "MainThread", "<module> (/app/app.py:90)", "main (/app/app.py:80)", "parse (/app/parse.py:41)"] == 500_000


def test_the_counts_of_a_thread_are_its_life_unsampled_time_included(tmp_path: Path) -> None:
    found = folded(two_threads(tmp_path))
    assert sum(count for stack, count in found.items() if stack[1] == "MainThread") == pytest.approx(1_200_000, abs=5)
    assert sum(count for stack, count in found.items() if stack[1] == "cpu-1") == pytest.approx(1_000_000, abs=5)
    assert found["runnable", "cpu-1"] == 300_000


def test_the_same_stack_is_one_line_however_often_it_was_seen(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    for line in (1, 2, 1, 2):
        builder.during(0.1, {main: running(frame("f", line=line))})
    assert sorted(folded(Report(diagnosis=diagnosis(), recording=builder.build())).values()) == [200_000, 200_000]


def test_nothing_recorded_is_no_line(tmp_path: Path) -> None:
    assert "".join(collapsed.render(empty_report(tmp_path))) == ""


@pytest.mark.parametrize("name", ["a;b", "a\nb", "\x1b[2J", "ends in 5", "a b"])
def test_a_thread_name_cannot_break_the_lines(tmp_path: Path, name: str) -> None:
    report = two_threads(tmp_path, name=name)
    found = folded(report)
    assert len({stack[1] for stack in found}) == 2
    assert sum(found.values()) == pytest.approx(2_200_000, abs=9)
    assert "".join(collapsed.render(report)).replace("\n", "").isprintable()
