"""The speedscope file: one sampled profile a thread, in seconds, the state as root frame."""

import json
from pathlib import Path
from typing import Any

import pytest
from builders import RecordingBuilder, frame, running
from diagnosis_builder import diagnosis
from report_builder import empty_report, two_threads

from conc_advisor.reports import speedscope
from conc_advisor.reports.report import Report
from conc_advisor.reports.spool import RunSpool


def loaded(report: Report) -> dict[str, Any]:
    """Return the file after checking what speedscope's format demands of it."""
    file: dict[str, Any] = json.loads("".join(speedscope.render(report)))
    assert file["$schema"] == "https://www.speedscope.app/file-format-schema.json"
    frames = file["shared"]["frames"]
    assert all(isinstance(each["name"], str) and each["name"] for each in frames)
    for profile in file["profiles"]:
        assert (profile["type"], profile["unit"]) == ("sampled", "seconds")
        assert len(profile["samples"]) == len(profile["weights"])
        assert profile["endValue"] - profile["startValue"] == pytest.approx(sum(profile["weights"]), abs=2e-6)
        assert all(0 <= number < len(frames) for sample in profile["samples"] for number in sample)
    return file


def names(file: dict[str, Any], profile: int) -> list[list[str]]:
    return [[file["shared"]["frames"][number]["name"] for number in sample] for sample in file["profiles"][profile]["samples"]]


def test_each_thread_is_a_profile_with_the_time_it_lived(tmp_path: Path) -> None:
    profiles = loaded(two_threads(tmp_path))["profiles"]
    assert [profile["name"] for profile in profiles] == ["MainThread", "cpu-1"]
    assert [sum(profile["weights"]) for profile in profiles] == [pytest.approx(1.2), pytest.approx(1.0)]
    assert profiles[1]["startValue"] == pytest.approx(0.5)


def test_the_state_is_the_root_and_equal_neighbours_are_one_entry(tmp_path: Path) -> None:
    assert names(loaded(two_threads(tmp_path)), 0) == [
        ["running", "<module>", "main", "parse"],
        ["gil-wait", "<module>", "main", "parse"],
        ["blocked", "<module>", "main", "parse"],
    ]


def test_frames_carry_file_and_line_and_states_do_not(tmp_path: Path) -> None:
    frames = loaded(two_threads(tmp_path))["shared"]["frames"]
    assert {"name": "parse", "file": "/app/parse.py", "line": 41} in frames
    assert {"name": "running"} in frames
    assert len({json.dumps(each) for each in frames}) == len(frames)


def test_a_function_named_like_a_state_is_not_taken_for_it(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    builder.during(0.1, {main: running(frame("running"))})
    assert names(loaded(Report(diagnosis=diagnosis(), recording=builder.build())), 0) == [["running", "running"]]


def test_nothing_recorded_is_a_file_without_profiles(tmp_path: Path) -> None:
    assert loaded(empty_report(tmp_path))["profiles"] == []


def test_hostile_names_are_inert(tmp_path: Path) -> None:
    text = "".join(speedscope.render(two_threads(tmp_path, name='\x1b[2J"\u202e')))
    assert text.replace("\n", "").isprintable()
    assert json.loads(text)["profiles"][1]["name"] == '\\x1b[2J"\\u202e'


def test_more_runs_than_stay_in_memory_come_back_in_order(tmp_path: Path) -> None:
    """The spool writes a thread's runs to disk in chunks of 4096; two threads alternate, so their chunks do too."""
    builder = RecordingBuilder(tmp_path)
    functions = ["a", "b"]
    threads = [builder.thread(function) for function in functions]
    for number in range(9000):
        builder.during(0.01, {thread: running(frame(functions[thread], line=number + 1)) for thread in threads})
    recording = builder.build()
    with RunSpool(recording) as spool:
        for thread, function in zip(threads, functions, strict=True):
            leaves = [recording.stacks.leaf(key >> 8) for key in spool.keys(thread)]
            assert leaves == [frame(function, line=number + 1) for number in range(9000)]
            assert list(spool.seconds(thread)) == pytest.approx([0.01] * 9000)
            assert spool.total_seconds(thread) == pytest.approx(90.0, rel=1e-6)


def test_no_temporary_file_is_left_even_when_reading_stops_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    report = two_threads(tmp_path)
    chunks = iter(speedscope.render(report))
    next(chunks)
    del chunks
    assert list(folder.iterdir()) == []
