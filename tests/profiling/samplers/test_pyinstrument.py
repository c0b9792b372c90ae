"""Sessions of pyinstrument as stacks over time, and whether an interpreter has it."""

import sys
from pathlib import Path
from typing import Final

import msgspec
import pytest

from conc_advisor.errors import ProfilerError
from conc_advisor.profiling.recording import NO_STACK, Frame, StackTable
from conc_advisor.profiling.samplers.pyinstrument import SessionFile, check_pyinstrument

CAPTURED: Final = Path(__file__).parents[2] / "recordings" / "pyinstrument-5.1.3.pyisession"
APP: Final = "/home/user/threads_at_work.py"


def _session(path: Path, *, began: float = 1000.0) -> SessionFile:
    return SessionFile(path=path, pid=77, began=began)


def _records(folder: Path, *records: tuple[list[str], float]) -> SessionFile:
    path = folder / "session.json"
    with_thread = [(["MainThread\0<thread>\0001", *frames], seconds) for frames, seconds in records]
    path.write_bytes(msgspec.json.encode({"frame_records": with_thread}))
    return _session(path)


def _frame(function: str, line: int, file: str = "/home/user/app.py", attributes: str = "") -> str:
    return f"{function}\0{file}\0{line}{attributes}"


def test_a_captured_session_is_the_main_threads_life() -> None:
    """It starts its threads, sleeps 0.2 s at line 43 and joins them; afterwards nothing is known."""
    stacks = StackTable()
    found = _session(CAPTURED).timelines(recording_began=999.5, stacks=stacks)
    assert found is not None
    [(thread, timeline)] = found.by_thread.items()
    assert (thread, timeline.name) == (77, "MainThread")
    assert timeline.times_us[0] == 500_000
    assert timeline.times_us == sorted(timeline.times_us)
    assert timeline.stacks[-1] == NO_STACK
    paths = [stacks.path(stack) for stack in timeline.stacks[:-1]]
    assert {path[0] for path in paths} == {Frame("<module>", APP, 50)}
    asleep = next(number for number, path in enumerate(paths) if path[-1] == Frame("main", APP, 43))
    assert timeline.times_us[asleep + 1] - timeline.times_us[asleep] == pytest.approx(200_000, abs=10_000)
    joined = paths[-1]
    assert [each.function for each in joined[-2:]] == ["Thread.join", "Thread._wait_for_tstate_lock"]


def test_the_line_is_the_one_that_runs(tmp_path: Path) -> None:
    """Not the function's first; that is taken where no other is given."""
    session = _records(tmp_path, ([_frame("main", 1, attributes="\x01l9"), _frame("work", 20)], 0.5))
    stacks = StackTable()
    found = session.timelines(recording_began=1000.0, stacks=stacks)
    assert found is not None
    assert [each.line for each in stacks.path(found.by_thread[77].stacks[0])] == [9, 20]


@pytest.mark.parametrize("extra", ["sleep\0<built-in>\0000", "[await]\0\0000", "[self]\0\0000"], ids=["built-in", "await", "self"])
def test_what_is_no_line_of_python_is_no_frame(tmp_path: Path, extra: str) -> None:
    stacks = StackTable()
    found = _records(tmp_path, ([_frame("main", 3), extra], 0.5)).timelines(recording_began=1000.0, stacks=stacks)
    assert found is not None
    assert stacks.path(found.by_thread[77].stacks[0]) == [Frame("main", "/home/user/app.py", 3)]


@pytest.mark.parametrize("identifier", ["", "alone", "two\0parts", _frame("main", 0, attributes="\x01lx"), _frame("\x1b[31m", 1)])
def test_an_odd_frame_is_read_as_far_as_it_goes(tmp_path: Path, identifier: str) -> None:
    assert _records(tmp_path, ([identifier], 0.5)).timelines(recording_began=1000.0, stacks=StackTable()) is not None


def test_time_before_the_recording_began_is_its_begin(tmp_path: Path) -> None:
    session = _records(tmp_path, ([_frame("main", 3)], 0.5), ([_frame("work", 5)], 2.0))
    found = session.timelines(recording_began=1001.0, stacks=StackTable())
    assert found is not None
    assert found.by_thread[77].times_us == [0, 0, 1_500_000]
    assert found.end_us == 1_500_000


@pytest.mark.parametrize("content", [None, b"", b"{}", b"[]", b'{"frame_records": [1]}'])
def test_a_session_that_was_not_saved_gives_nothing(tmp_path: Path, content: bytes | None) -> None:
    """The target was killed, or an exception left an empty file."""
    path = tmp_path / "session.json"
    if content is not None:
        path.write_bytes(content)
    assert _session(path).timelines(recording_began=0.0, stacks=StackTable()) is None


def test_a_session_is_found_by_what_its_start_left(tmp_path: Path) -> None:
    path = tmp_path / "session.json"
    (tmp_path / "session.json.start").write_text("4711 12.25")
    assert SessionFile.find(path) == SessionFile(path=path, pid=4711, began=12.25)


@pytest.mark.parametrize("content", [None, "", "4711", "a b", "1 2 3"])
def test_a_start_that_is_not_there_is_no_session(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "session.json.start").write_text(content)
    assert SessionFile.find(tmp_path / "session.json") is None


def _python(folder: Path, prelude: str, options: str = "") -> Path:
    """Return an interpreter that is the real one but for its surroundings."""
    program = folder / "python"
    program.write_text(f'#!/bin/sh\n{prelude}\nexec "{sys.executable}" {options} "$@"\n')
    program.chmod(0o755)
    return program


def test_the_version_in_the_targets_interpreter_is_told() -> None:
    assert check_pyinstrument(Path(sys.executable)).split(".")[0] == "5"


def test_a_missing_one_is_to_be_installed_there(tmp_path: Path) -> None:
    """Into the target's interpreter, not into ours."""
    python = _python(tmp_path, "", "-I -S")
    with pytest.raises(ProfilerError, match="not installed") as caught:
        check_pyinstrument(python)
    assert f"{python} -m pip install pyinstrument" in caught.value.hint
    assert "--engine py-spy" in caught.value.hint


@pytest.mark.parametrize(
    "source",
    [
        'raise ImportError("stat_profile.cpython-312-x86_64-linux-gnu.so: undefined symbol: _PyThreadState_UncheckedGet")',
        "import pyinstrument.low_level.stat_profile",
        "raise RuntimeError('no')",
        "def broken(:",
    ],
)
def test_a_broken_one_is_to_be_installed_anew(tmp_path: Path, source: str) -> None:
    """Built for another Python, for one."""
    package = tmp_path / "broken" / "pyinstrument"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(source)
    with pytest.raises(ProfilerError, match="does not load") as caught:
        check_pyinstrument(_python(tmp_path, f"export PYTHONPATH='{package.parent}'"))
    assert "--force-reinstall" in caught.value.hint
    assert "Error" in caught.value.message


def test_an_interpreter_that_does_not_start_is_said_to(tmp_path: Path) -> None:
    with pytest.raises(ProfilerError, match="could not be asked"):
        check_pyinstrument(tmp_path / "no-python")
