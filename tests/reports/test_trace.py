"""The trace file: state slices per thread, who held the GIL, stalls, names."""

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from builders import RecordingBuilder, native, runnable, running
from diagnosis_builder import diagnosis, stall
from report_builder import empty_report, two_threads

from conc_advisor.reports import trace
from conc_advisor.reports.report import Report


def events(report: Report, phase: str, **wanted: object) -> list[dict[str, Any]]:
    """Return the events of a phase whose keys have the wanted values."""
    found = json.loads("".join(trace.render(report)))["traceEvents"]
    return [event for event in found if event["ph"] == phase and all(event.get(key) == value for key, value in wanted.items())]


def spans(found: list[dict[str, Any]]) -> list[tuple[str, int, int]]:
    return [(event["name"], event["ts"], event["ts"] + event["dur"]) for event in found]


def test_runs_of_one_state_are_one_slice_and_slices_touch(tmp_path: Path) -> None:
    found = spans(events(two_threads(tmp_path), "X", tid=4242))
    assert found == [("running", 0, 500_000), ("gil-wait", 500_000, 1_000_000), ("blocked", 1_000_000, 1_200_000)]


def test_a_thread_that_began_later_begins_later(tmp_path: Path) -> None:
    assert spans(events(two_threads(tmp_path), "X", tid=5000))[0] == ("running", 500_000, 1_000_000)


def test_time_that_no_sample_saw_is_not_drawn(tmp_path: Path) -> None:
    assert events(two_threads(tmp_path), "X", name="runnable") == []


def test_who_held_the_gil_has_a_track_of_its_own(tmp_path: Path) -> None:
    held = spans(events(two_threads(tmp_path), "X", cat="gil"))
    assert held == [("MainThread", 0, 500_000), ("cpu-1", 500_000, 1_000_000)]


def test_nobody_holding_the_gil_is_a_gap(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    for doing in (running(), native(), running()):
        builder.during(0.1, {main: doing})
    held = spans(events(Report(diagnosis=diagnosis(), recording=builder.build()), "X", cat="gil"))
    assert [(begin, end) for _, begin, end in held] == [(0, 100_000), (200_000, 300_000)]


def test_two_processes_have_a_gil_each(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    first, second = builder.process(pid=10), builder.process(pid=20)
    threads = {builder.thread("a", process=first): running(), builder.thread("b", process=second): running()}
    builder.during(0.1, threads)
    report = Report(diagnosis=diagnosis(), recording=builder.build())
    assert [(event["pid"], event["name"]) for event in events(report, "X", cat="gil")] == [(10, "a (1000)"), (20, "b (1001)")]


def test_a_stall_is_marked_on_the_track_of_its_loop(tmp_path: Path) -> None:
    (mark,) = events(two_threads(tmp_path), "i")
    assert (mark["pid"], mark["tid"], mark["ts"], mark["name"]) == (4242, 4242, 500_000, "stall: sleep")
    assert mark["args"]["count"] == 3


def test_a_stall_of_a_thread_that_is_not_in_the_report_is_left_out(tmp_path: Path) -> None:
    report = replace(two_threads(tmp_path), diagnosis=diagnosis(stalls=(stall(thread="gone"),)))
    assert events(report, "i") == []


def test_processes_and_threads_are_named(tmp_path: Path) -> None:
    report = two_threads(tmp_path)
    assert [event["args"]["name"] for event in events(report, "M", name="process_name")] == ["python app.py"]
    assert [event["args"]["name"] for event in events(report, "M", name="thread_name")] == ["GIL held by", "MainThread", "cpu-1"]


def test_a_wait_says_for_what_and_where(tmp_path: Path) -> None:
    (waiting,) = events(two_threads(tmp_path), "X", name="blocked")
    assert waiting["args"] == {"kind": "socket", "first_seen_at": "parse (/app/parse.py:41)"}


def test_nothing_recorded_is_a_trace_without_events(tmp_path: Path) -> None:
    assert json.loads("".join(trace.render(empty_report(tmp_path))))["traceEvents"] == []


@pytest.mark.parametrize("name", ["\x1b[2J", '"quoted"', "\u202e"])
def test_hostile_names_are_inert(tmp_path: Path, name: str) -> None:
    text = "".join(trace.render(two_threads(tmp_path, name=name)))
    assert text.replace("\n", "").isprintable()
    json.loads(text)


def test_slices_of_a_thread_never_overlap(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    for number in range(30):
        builder.during(0.02, {main: (running(), native(), runnable())[number % 3]})
    found = spans(events(Report(diagnosis=diagnosis(), recording=builder.build()), "X", cat="state"))
    assert len(found) == 30
    assert all(before[2] == after[1] for before, after in pairwise(found))
