"""Traces of py-spy, read as stacks over time: captured ones, and small ones made up event by event."""

import json
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from builders import frame

from conc_advisor.profiling.recording import NO_STACK, Frame, StackTable
from conc_advisor.profiling.samplers.chrome_trace import StackTimeline, TraceTimelines, read_trace

RECORDINGS: Final = Path(__file__).parents[2] / "recordings"
NAMES: Final = {"MainThread", "cpu-1", "napper", "lock-1", "lock-2"}
APP: Final = "/home/user/threads_at_work.py"
BEGAN: Final = 5_000_000


def _captured(name: str) -> tuple[StackTable, TraceTimelines]:
    stacks = StackTable()
    return stacks, read_trace(RECORDINGS / f"py-spy-0.4.3-{name}.json", began_us=BEGAN, stacks=stacks)


class _Trace:
    """A trace in the making; `at` sets the time (µs) of the events that follow."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self._now = 0
        self._open: dict[int, list[Frame]] = {}

    def at(self, time_us: int) -> "_Trace":
        """Set the time."""
        self._now = time_us
        return self

    def begin(self, *frames: Frame, tid: int = 1) -> "_Trace":
        """Call into frames."""
        for each in frames:
            self._open.setdefault(tid, []).append(each)
            self._event(each, "B", tid)
        return self

    def end(self, count: int = 1, *, tid: int = 1) -> "_Trace":
        """Return from the innermost frames."""
        for _ in range(count):
            self._event(self._open[tid].pop(), "E", tid)
        return self

    def finish(self) -> "_Trace":
        """End all frames that are open, as py-spy does at its end."""
        for tid, frames in self._open.items():
            self.end(len(frames), tid=tid)
        return self

    def read(self, folder: Path, *, began_us: int = 0) -> tuple[StackTable, TraceTimelines]:
        """Write it and read it."""
        path = folder / "trace.json"
        path.write_text(json.dumps(self.events))
        stacks = StackTable()
        return stacks, read_trace(path, began_us=began_us, stacks=stacks)

    def _event(self, of: Frame, phase: str, tid: int) -> None:
        arguments = {"filename": of.file, "line": of.line}
        self.events.append({"args": arguments, "cat": "py-spy", "name": of.function, "ph": phase, "pid": 7, "tid": tid, "ts": self._now})


def _thread(name: str = "thread (100): MainThread") -> Frame:
    return Frame(name, "", 0)


MAIN, WORK, DEEP = frame("main", line=3), frame("work", line=8), frame("deep", line=12)


def _seen(stacks: StackTable, timeline: StackTimeline) -> list[tuple[int, list[Frame]]]:
    return [(time, stacks.path(stack)) for time, stack in zip(timeline.times_us, timeline.stacks, strict=True)]


def test_nested_frames_become_paths(tmp_path: Path) -> None:
    """A change of any depth is one change; a path that comes back is the same path."""
    trace = _Trace().at(10).begin(_thread(), MAIN, WORK).at(20).begin(DEEP).at(30).end().at(40).end().at(50).begin(WORK).at(60).finish()
    stacks, found = trace.read(tmp_path)
    timeline = found.by_thread[100]
    assert _seen(stacks, timeline) == [(10, [MAIN, WORK]), (20, [MAIN, WORK, DEEP]), (30, [MAIN, WORK]), (40, [MAIN]), (50, [MAIN, WORK])]
    assert timeline.stacks[0] == timeline.stacks[2] == timeline.stacks[4]


def test_another_line_of_the_same_function_is_another_path(tmp_path: Path) -> None:
    """The events of one instant are one change: the frame is never seen to be gone."""
    later = frame("work", line=9)
    stacks, found = _Trace().at(10).begin(_thread(), MAIN, WORK).at(20).end().begin(later).at(30).finish().read(tmp_path)
    assert _seen(stacks, found.by_thread[100]) == [(10, [MAIN, WORK]), (20, [MAIN, later])]


def test_times_count_from_the_recordings_begin(tmp_path: Path) -> None:
    _, found = _Trace().at(10).begin(_thread(), MAIN).at(70).finish().read(tmp_path, began_us=-4)
    assert found.by_thread[100].times_us == [6]
    assert found.end_us == 66


def test_a_thread_is_renamed_when_its_name_becomes_known(tmp_path: Path) -> None:
    """py-spy closes and opens everything for that; the stack has not changed."""
    trace = _Trace().at(10).begin(_thread("thread (100)"), MAIN, WORK).at(20).end(3).begin(_thread("thread (100): pool-1"), MAIN, WORK)
    stacks, found = trace.at(30).finish().read(tmp_path)
    assert found.by_thread[100].name == "pool-1"
    assert _seen(stacks, found.by_thread[100]) == [(10, [MAIN, WORK])]


def test_the_end_of_the_recording_is_no_return(tmp_path: Path) -> None:
    """The final end events say that py-spy stopped, not that the program left all its frames."""
    stacks, found = _Trace().at(10).begin(_thread(), MAIN, WORK).at(90).finish().read(tmp_path)
    assert _seen(stacks, found.by_thread[100]) == [(10, [MAIN, WORK])]


def test_threads_do_not_mix(tmp_path: Path) -> None:
    trace = _Trace().at(10).begin(_thread(), MAIN, tid=1).begin(_thread("thread (200): b"), WORK, tid=2)
    trace.at(20).begin(DEEP, tid=1).at(30).end(tid=2).at(40).finish()
    stacks, found = trace.read(tmp_path)
    assert _seen(stacks, found.by_thread[100]) == [(10, [MAIN]), (20, [MAIN, DEEP])]
    assert _seen(stacks, found.by_thread[200]) == [(10, [WORK]), (30, [])]


def test_old_pythons_threads_are_known_by_pthread(tmp_path: Path) -> None:
    _, found = _Trace().at(10).begin(_thread("thread (0x7F4C7697D6C0): cpu-1"), MAIN, tid=139966383904448).at(20).finish().read(tmp_path)
    assert found.by_thread == {}
    assert found.by_pthread[139966383904448].name == "cpu-1"


def test_holding_before_the_first_line_is_not_the_programs_doing(tmp_path: Path) -> None:
    """Neither the frames of the hold nor those below them."""
    hold = frame("_hold", "/venv/lib/python3.13/site-packages/conc_advisor/probe/hold/sitecustomize.py", 40)
    site = frame("execsitecustomize", "<frozen site>", 5)
    trace = _Trace().at(10).begin(_thread(), site, hold).at(20).begin(DEEP).at(30).end(3).begin(MAIN).at(40).begin(WORK).at(50).finish()
    stacks, found = trace.read(tmp_path)
    assert _seen(stacks, found.by_thread[100]) == [(10, []), (30, [MAIN]), (40, [MAIN, WORK])]


@pytest.mark.parametrize(
    "file", ["/home/user/sitecustomize.py", "/home/user/probe/hold/sitecustomize.py", "/x/conc_advisor/probe/hold/other.py"]
)
def test_a_users_own_sitecustomize_is_his_doing(tmp_path: Path, file: str) -> None:
    mine = frame("<module>", file, 2)
    stacks, found = _Trace().at(10).begin(_thread(), mine).at(20).finish().read(tmp_path)
    assert _seen(stacks, found.by_thread[100]) == [(10, [mine])]


@pytest.mark.parametrize("name", ["two\nlines", "[red]x[/red]", "\x1b[31m", "a: b (5): c", "naïve ☃"])
def test_a_thread_may_have_any_name(tmp_path: Path, name: str) -> None:
    _, found = _Trace().at(10).begin(_thread(f"thread (100): {name}"), MAIN).at(20).finish().read(tmp_path)
    assert found.by_thread[100].name == name


def test_a_root_that_names_no_thread_is_left_out(tmp_path: Path) -> None:
    _, found = _Trace().at(10).begin(MAIN, WORK).at(20).finish().read(tmp_path)
    assert found.by_thread == found.by_pthread == {}


def test_a_trace_without_events_is_empty(tmp_path: Path) -> None:
    _, found = _Trace().read(tmp_path, began_us=9)
    assert found == TraceTimelines(end_us=9)


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'[{"name": 1}]', b"[{", b"\xff"])
def test_a_file_that_is_no_trace_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "trace.json"
    path.write_bytes(content)
    with pytest.raises(msgspec.MsgspecError):
        read_trace(path, began_us=0, stacks=StackTable())


def test_a_missing_file_is_an_error_of_the_disk(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_trace(tmp_path / "none", began_us=0, stacks=StackTable())


@pytest.mark.parametrize(("python", "known"), [("python3.13", "by_thread"), ("python3.9", "by_pthread")])
def test_a_captured_trace_has_every_thread(python: str, known: str) -> None:
    """By OS thread id on 3.13 and by pthread id on 3.9; a thread whose name py-spy never learnt is nameless."""
    _, found = _captured(f"{python}-idle")
    threads = getattr(found, known)
    assert len(threads) == len(NAMES)
    assert len(found.by_thread) + len(found.by_pthread) == len(NAMES)
    assert {timeline.name for timeline in threads.values()} - {""} <= NAMES
    assert all(thread > 1 << 32 for thread in found.by_pthread)


@pytest.mark.parametrize("name", ["python3.13-idle", "python3.9-idle", "python3.13-gil", "python3.9-gil"])
def test_a_captured_trace_is_in_order_and_whole(name: str) -> None:
    """Times go up, no stack follows itself, and each path goes from the root to user code through no frame of ours."""
    stacks, found = _captured(name)
    timelines = [*found.by_thread.values(), *found.by_pthread.values()]
    assert timelines
    for timeline in timelines:
        assert timeline.times_us == sorted(set(timeline.times_us))
        assert BEGAN < timeline.times_us[0] <= timeline.times_us[-1] <= found.end_us
        assert all(one != two for one, two in zip(timeline.stacks, timeline.stacks[1:], strict=False))
        for stack in set(timeline.stacks) - {NO_STACK}:
            path = stacks.path(stack)
            assert not any("conc_advisor" in each.file or each.function.startswith("thread (") for each in path)
        assert set(timeline.stacks) - {NO_STACK}


@pytest.mark.parametrize(("python", "run"), [("python3.13", "Thread.run"), ("python3.9", "run")])
def test_a_captured_thread_is_seen_where_it_was(python: str, run: str) -> None:
    """The computing thread in its innermost function, called as the source says."""
    stacks, found = _captured(f"{python}-idle")
    timelines = {timeline.name: timeline for timeline in (*found.by_thread.values(), *found.by_pthread.values())}
    paths = [stacks.path(stack) for stack in timelines["cpu-1"].stacks]
    assert {tuple(each.function for each in path[-3:]) for path in paths} == {(run, "compute", "innermost")}
    assert {path[-1].file for path in paths} == {APP}
    assert {stacks.leaf(stack).function for stack in timelines["napper"].stacks} == {"nap"}


@pytest.mark.parametrize("python", ["python3.13", "python3.9"])
def test_a_captured_trace_of_the_holder_shows_who_computes(python: str) -> None:
    """No thread that sleeps or waits for a lock is in it but for the moments in which it holds the GIL."""
    _, found = _captured(f"{python}-gil")
    names = [timeline.name for timeline in (*found.by_thread.values(), *found.by_pthread.values())]
    assert "cpu-1" in names
    assert "napper" not in names


@pytest.mark.parametrize("python", ["python3.13", "python3.9"])
def test_a_captured_hold_is_not_seen(python: str) -> None:
    """The main thread has no stack while it holds, then the program's own."""
    stacks, found = _captured(f"{python}-idle")
    [main] = [timeline for timeline in (*found.by_thread.values(), *found.by_pthread.values()) if timeline.name == "MainThread"]
    assert main.stacks[0] == NO_STACK
    own = [path for path in map(stacks.path, main.stacks) if path and path[0] == Frame("<module>", APP, 50)]
    assert [path[1].line for path in own] == [42, 43, 46]
