"""What a killed run of ours left behind is removed, and nothing else is."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from conc_advisor.profiling.left_behind import PREFIX, remove_left_behind

TWO_DAYS = 2 * 86_400
HOUR = 3_600


@pytest.fixture(scope="module")
def dead() -> int:
    """Return the number of a process that is no more."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder for temporary files, the test's own."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    """Return a folder of recordings."""
    folder = tmp_path / "recordings"
    folder.mkdir()
    return folder


def age(path: Path, seconds: float = TWO_DAYS) -> Path:
    """Let a path have been touched so long ago for the last time."""
    then = time.time() - seconds
    os.utime(path, (then, then))
    return path


def folder_of(temporary: Path, name: str, seconds: float = TWO_DAYS) -> Path:
    """Make a temporary folder with files in it."""
    folder = temporary / name
    (folder / "deeper").mkdir(parents=True)
    (folder / "deeper" / "stacks.json").write_text("[]")
    return age(folder, seconds)


def test_the_folder_of_a_run_that_was_killed_is_removed_with_all_in_it(temporary: Path, recordings: Path, dead: int) -> None:
    folder_of(temporary, f"{PREFIX}{dead}-abc")
    remove_left_behind(recordings)
    assert list(temporary.iterdir()) == []


def test_the_half_recording_of_a_run_that_was_killed_is_removed(temporary: Path, recordings: Path, dead: int) -> None:
    """The recording of that name stays."""
    whole, half = recordings / "r.zip", recordings / f"r.zip.{dead}.part"
    for path in (whole, half):
        path.touch()
        age(path)
    remove_left_behind(recordings)
    assert list(recordings.iterdir()) == [whole]
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("seconds", [0, HOUR, 23 * HOUR])
def test_what_was_touched_within_a_day_stays(temporary: Path, recordings: Path, dead: int, seconds: float) -> None:
    """It may be another container's, of which we see no process."""
    folder = folder_of(temporary, f"{PREFIX}{dead}-abc", seconds)
    half = recordings / f"r.zip.{dead}.part"
    half.touch()
    age(half, seconds)
    remove_left_behind(recordings)
    assert folder.exists()
    assert half.exists()


@pytest.mark.parametrize("pid", [os.getpid(), 1])
def test_what_belongs_to_a_process_that_lives_stays(temporary: Path, recordings: Path, pid: int) -> None:
    """Ours, or one that we may not even send a signal to."""
    folder = folder_of(temporary, f"{PREFIX}{pid}-abc")
    half = recordings / f"r.zip.{pid}.part"
    half.touch()
    age(half)
    remove_left_behind(recordings)
    assert folder.exists()
    assert half.exists()


@pytest.mark.parametrize(
    "name", ["{dead}", "x-{dead}-abc", "conc-advisor", "conc-advisor-abc", "conc-advisor-{dead}", "conc-advisor-{dead}x-abc"]
)
def test_folders_that_are_called_otherwise_stay(temporary: Path, recordings: Path, dead: int, name: str) -> None:
    folder = folder_of(temporary, name.format(dead=dead))
    remove_left_behind(recordings)
    assert folder.exists()


@pytest.mark.parametrize("name", ["r.zip", "r.zip.part", "r.{dead}", "r.{dead}.part.zip", "r.x.part", "{dead}.part"])
def test_files_that_are_called_otherwise_stay(temporary: Path, recordings: Path, dead: int, name: str) -> None:
    file = recordings / name.format(dead=dead)
    file.touch()
    age(file)
    remove_left_behind(recordings)
    assert file.exists()
    assert list(temporary.iterdir()) == []


def test_a_number_that_no_process_can_have_is_not_ours(temporary: Path, recordings: Path) -> None:
    folder = folder_of(temporary, f"{PREFIX}{10**30}-abc")
    remove_left_behind(recordings)
    assert folder.exists()


def test_a_link_is_not_followed(temporary: Path, recordings: Path, tmp_path: Path, dead: int) -> None:
    """Whoever may write to the temporary folder cannot make us remove another."""
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").touch()
    age(precious)
    (temporary / f"{PREFIX}{dead}-abc").symlink_to(precious)
    remove_left_behind(recordings)
    assert (precious / "file").exists()


def test_folders_that_are_not_there_are_no_error(temporary: Path, tmp_path: Path, dead: int) -> None:
    """Nor a folder in a recording's place."""
    (tmp_path / "r").mkdir()
    odd = tmp_path / "r" / f"r.zip.{dead}.part"
    odd.mkdir()
    age(odd)
    remove_left_behind(tmp_path / "r")
    assert odd.exists()
    temporary.rmdir()
    remove_left_behind(tmp_path / "gone")
