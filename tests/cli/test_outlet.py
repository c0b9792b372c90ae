"""Reports land whole or not at all, and never on what was there."""

import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from conc_advisor.cli.outlet import check_free, open_outlet
from conc_advisor.errors import ExitCode, OutputError, RefusedError


def entries(folder: Path) -> list[str]:
    """Return what lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


def test_a_new_file_is_not_made_before_there_is_something_to_write(tmp_path: Path) -> None:
    """The check leaves no trace."""
    outlet = open_outlet(tmp_path / "report.txt", force=False)
    assert entries(tmp_path) == []
    outlet.write(["a", "b"])
    assert (tmp_path / "report.txt").read_text() == "ab"
    assert entries(tmp_path) == ["report.txt"]


def test_a_new_file_has_the_usual_permissions(tmp_path: Path) -> None:
    """It is an ordinary file, not a private temporary one."""
    (tmp_path / "other").touch()
    open_outlet(tmp_path / "report.txt", force=False).write(["x"])
    assert (tmp_path / "report.txt").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_an_existing_file_is_refused(tmp_path: Path) -> None:
    """It may be anything; --force is the way."""
    (tmp_path / "app.py").write_text("mine")
    with pytest.raises(RefusedError, match=r"app\.py exists already") as refused:
        open_outlet(tmp_path / "app.py", force=False)
    assert "--force" in refused.value.hint
    assert refused.value.exit_code == ExitCode.REFUSED
    assert (tmp_path / "app.py").read_text() == "mine"


def test_force_replaces_only_by_a_whole_report(tmp_path: Path) -> None:
    """When the report breaks off, the old one is still there, and nothing else."""
    (tmp_path / "report").write_text("old")
    outlet = open_outlet(tmp_path / "report", force=True)

    def breaking() -> Iterator[str]:
        yield "half"
        raise LookupError("broke off")

    with pytest.raises(LookupError, match="broke off"):
        outlet.write(breaking())
    assert (tmp_path / "report").read_text() == "old"
    outlet.write(["new"])
    assert (tmp_path / "report").read_text() == "new"
    assert entries(tmp_path) == ["report"]


def test_a_link_is_followed(tmp_path: Path) -> None:
    """The file behind the link is replaced, not the link."""
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    open_outlet(tmp_path / "link", force=True).write(["new"])
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


@pytest.mark.parametrize("place", ["missing/report.txt", "folder", "file/report.txt"])
def test_an_impossible_place_is_an_error_before_the_run(tmp_path: Path, place: str) -> None:
    """And the hint says what to do."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(OutputError) as error:
        open_outlet(tmp_path / place, force=False)
    assert error.value.exit_code == ExitCode.USAGE
    assert error.value.hint


def test_devices_and_pipes_are_written_to(tmp_path: Path) -> None:
    """They exist, and that is no reason to refuse."""
    open_outlet(Path(os.devnull), force=False).write(["x"])
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    open_outlet(pipe, force=False).write(["through ", "the pipe"])
    reader.join()
    assert read == ["through the pipe"]


def test_a_full_disk_is_an_error_of_ours() -> None:
    """/dev/full takes nothing."""
    with pytest.raises(OutputError, match="No space left"):
        open_outlet(Path("/dev/full"), force=False).write(["x" * 100_000])


def test_names_that_are_not_text_can_be_reported(tmp_path: Path) -> None:
    """Undecodable bytes of a file name arrive as lone surrogates."""
    open_outlet(tmp_path / "report", force=False).write(["caf\udce9.py"])
    assert (tmp_path / "report").read_text() == r"caf\udce9.py"


def test_a_file_that_does_not_exist_is_free(tmp_path: Path) -> None:
    """As is any file with --force."""
    check_free(tmp_path / "new", option="--save", force=False)
    (tmp_path / "old").touch()
    check_free(tmp_path / "old", option="--save", force=True)
    with pytest.raises(RefusedError):
        check_free(tmp_path / "old", option="--save", force=False)


def test_a_name_longer_than_any_is_an_error(tmp_path: Path) -> None:
    """Not a crash; one that just fits is fine."""
    with pytest.raises(OutputError, match="name too long"):
        open_outlet(tmp_path / ("x" * 300), force=False)
    open_outlet(tmp_path / ("x" * 255), force=False).write(["fits"])
    assert (tmp_path / ("x" * 255)).read_text() == "fits"


def test_a_link_in_a_circle_is_an_error(tmp_path: Path) -> None:
    """There is no file at its end."""
    (tmp_path / "circle").symlink_to("circle")
    with pytest.raises(OutputError, match="levels of symbolic links"):
        open_outlet(tmp_path / "circle", force=False)


def test_a_folder_that_may_not_be_entered_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what the system says."""

    def forbidden(path: object, *_: object, **__: object) -> os.stat_result:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "stat", forbidden)
    with pytest.raises(OutputError, match="Permission denied"):
        open_outlet(tmp_path / "closed" / "report.txt", force=False)


def test_force_keeps_who_may_read_it(tmp_path: Path) -> None:
    """The new file takes the permissions of the old one."""
    path = tmp_path / "report"
    path.write_text("old")
    path.chmod(0o640)
    open_outlet(path, force=True).write(["new"])
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
