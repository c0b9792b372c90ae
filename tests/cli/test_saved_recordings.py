"""Where recordings are kept."""

import os
from pathlib import Path

import pytest
from fakes import NOON

from conc_advisor.cli.saved_recordings import forget_oldest, new_recording_path, newest_recording, recordings_folder
from conc_advisor.errors import RecordingError


def recording(name: str, *, age: int) -> Path:
    """Make an empty file among the recordings, so many seconds old."""
    path = recordings_folder() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    os.utime(path, (NOON.timestamp() - age, NOON.timestamp() - age))
    return path


def test_a_path_tells_time_and_program(state_home: Path) -> None:
    """So that a person finds it again."""
    assert new_recording_path("app", NOON) == state_home / "conc-advisor/recordings/20261120-120000-app.conc"


def test_two_runs_in_the_same_second_do_not_share_a_file() -> None:
    """Nor does a run take the place of one that is still writing."""
    first = new_recording_path("app", NOON)
    first.touch()
    second = new_recording_path("app", NOON)
    second.with_name(second.name + ".part").touch()
    third = new_recording_path("app", NOON)
    assert len({first, second, third}) == 3
    assert not third.exists()


@pytest.mark.parametrize(
    ("name", "expected"), [("../../etc/passwd", "etc-passwd"), ("\x1b[2J", "2J"), ("a b", "a-b"), ("", "program"), ("x" * 300, "x" * 40)]
)
def test_a_program_name_makes_a_harmless_file_name(name: str, expected: str) -> None:
    """Whatever the program is called, the file lies in the folder."""
    assert new_recording_path(name, NOON).name == f"20261120-120000-{expected}.conc"


def test_the_folder_is_private() -> None:
    """Command lines are nobody else's business."""
    assert new_recording_path("app", NOON).parent.stat().st_mode & 0o077 == 0


def test_an_unusable_state_folder_is_no_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A read-only home, as in many containers, must not stop a run."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    path = new_recording_path("app", NOON)
    path.touch()
    assert path.exists()
    path.unlink()
    path.parent.rmdir()


def test_the_newest_is_the_last_one_written() -> None:
    """By time, not by name."""
    recording("a.conc", age=1)
    recording("z.conc", age=5)
    assert newest_recording().name == "a.conc"


def test_no_recording_is_an_error_with_a_hint() -> None:
    """Not a traceback of a folder that is not there."""
    with pytest.raises(RecordingError, match="no recording") as error:
        newest_recording()
    assert "conc-advisor profile" in error.value.hint


def test_only_the_newest_are_kept() -> None:
    """And nothing else in the folder is touched."""
    paths = [recording(f"{age}.conc", age=age) for age in range(5)]
    other = recording("notes.txt", age=1000)
    forget_oldest(recordings_folder(), keep=3)
    assert [path.exists() for path in paths] == [True, True, True, False, False]
    assert other.exists()


def test_nothing_is_forgotten_while_there_are_few() -> None:
    """The usual case."""
    paths = [recording(f"{age}.conc", age=age) for age in range(20)]
    forget_oldest(recordings_folder())
    assert all(path.exists() for path in paths)
