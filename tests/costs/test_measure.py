"""How the measuring program is started, read and ended, with interpreters that only pretend to measure."""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from conc_advisor.costs import measure
from conc_advisor.costs.measure import calibrate
from conc_advisor.errors import TargetError

INTERPRETER = {
    "kind": "interpreter", "implementation": "cpython", "version": "3.13.1", "minor": 13, "free_threaded": False, "start_method": "fork",
}  # fmt: skip
CORES = {"kind": "cores", "machine": 4, "affinity": 4, "python": None, "quota": 1.5, "usable": 2}
ROW = {"kind": "measurement", "name": "thread_seconds", "method": "", "median": 5e-5, "low": 4e-5, "high": 6e-5, "rounds": 7}
WHY = {"kind": "measurement", "name": "interpreter_seconds", "method": "", "why": "needs Python 3.14"}
UP = {
    "kind": "speed-up", "way": "threads", "workers": 2, "task_seconds": 0.001, "work_seconds": 0.02, "factor": 1.0, "low": 0.9, "high": 1.1,
}  # fmt: skip
WITHOUT = {"kind": "without", "way": "processes", "why": "OSError: no semaphores"}
END = {"kind": "end", "others_busy": 0.25}
NOON = datetime(2026, 11, 20, 12, 0, 0).astimezone()

Pretender = Callable[..., Path]


def alive(pid: int) -> bool:
    """Return whether a process runs; one that has ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def pretender(tmp_path: Path) -> Pretender:
    """Return a function that makes a program which prints lines and then runs some shell, whatever it is asked to do."""

    def make(*lines: object, then: str = "") -> Path:
        said = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        (tmp_path / "lines").write_text("".join(f"{line}\n" for line in said))
        program = tmp_path / "python"
        program.write_text(f"#!/bin/sh\ncat '{tmp_path}/lines'\n{then}\n")
        program.chmod(0o755)
        return program

    return make


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Callable[[], list[int]]]:
    """Return a function that tells the pids which a pretender wrote down, once there are any."""

    def pids() -> list[int]:
        file = tmp_path / "pids"
        for _ in range(1000):
            if file.exists() and file.read_text().endswith("\n"):
                return [int(word) for word in file.read_text().split()]
            time.sleep(0.01)
        raise AssertionError("the pretender wrote nothing")

    yield pids
    if (tmp_path / "pids").exists():
        for pid in pids():
            if alive(pid):
                os.kill(pid, signal.SIGKILL)


def test_every_kind_of_line_arrives(pretender: Pretender) -> None:
    found = calibrate(pretender(INTERPRETER, CORES, ROW, WHY, UP, WITHOUT, END), now=lambda: NOON)
    assert (found.measured.version, found.cores.usable, found.cores.quota) == ("3.13.1", 2, 1.5)
    assert [(row.name, row.median, row.why) for row in found.measurements] == [
        ("thread_seconds", 5e-5, ""),
        ("interpreter_seconds", None, "needs Python 3.14"),
    ]
    assert [(each.way, each.factor) for each in found.speed_ups] == [("threads", 1.0)]
    assert [(each.way, each.why) for each in found.without] == [("processes", "OSError: no semaphores")]
    assert found.others_busy == 0.25
    assert found.measured_at.startswith("2026-11-20T12:00:00")


@pytest.mark.parametrize("line", ["hello from sitecustomize", "{", "[]", "7", '{"kind": "measurement"}', '{"kind": "news"}', "{}", "\x00"])
def test_what_else_is_printed_is_passed_over(pretender: Pretender, line: str) -> None:
    """Anything may print in the user's interpreter, and a newer program may say more."""
    found = calibrate(pretender(line, INTERPRETER, line, CORES, ROW, line, END))
    assert len(found.measurements) == 1


@pytest.mark.parametrize("lines", [(), (INTERPRETER, CORES, ROW), (INTERPRETER, END), (CORES, END), ("nonsense",)], ids=len)
def test_a_program_that_says_too_little_is_an_error(pretender: Pretender, lines: tuple[object, ...]) -> None:
    """Half a calibration is none."""
    with pytest.raises(TargetError, match=r"could not run the measuring program \(exit status 0\)") as caught:
        calibrate(pretender(*lines))
    assert "--python" in caught.value.hint


def test_its_last_words_are_the_reason(pretender: Pretender) -> None:
    with pytest.raises(TargetError, match=r"exit status 3\): ImportError: no asyncio$"):
        calibrate(pretender(INTERPRETER, then="echo 'Traceback' >&2; echo 'ImportError: no asyncio' >&2; exit 3"))


def test_a_file_that_cannot_be_run_is_an_error(tmp_path: Path) -> None:
    program = tmp_path / "python"
    program.write_bytes(b"\x7fELF nonsense")
    program.chmod(0o755)
    with pytest.raises(TargetError, match="cannot be started"):
        calibrate(program)


def test_a_program_that_does_not_end_is_ended_with_all_it_started(pretender: Pretender, children: Callable[[], list[int]]) -> None:
    program = pretender(INTERPRETER, then='sleep 60 & echo $$ $! > "$(dirname "$0")/pids"; wait')
    with pytest.raises(TargetError, match="not done with measuring after 1 seconds"):
        calibrate(program, most_seconds=1.0)
    assert [pid for pid in children() if alive(pid)] == []


def test_one_that_says_nothing_is_given_up_soon(pretender: Pretender) -> None:
    """It may be no Python at all."""
    with pytest.raises(TargetError, match="has not answered as a Python does within 1 seconds"):
        calibrate(pretender(then="sleep 60"), first_seconds=1.0)


def test_one_that_has_begun_has_its_time(pretender: Pretender) -> None:
    """However short the time to begin was."""
    assert calibrate(pretender(INTERPRETER, CORES, ROW, then=f"sleep 1.5; echo '{json.dumps(END)}'"), first_seconds=1.0).others_busy == 0.25


def test_one_that_ignores_being_ended_is_given_up(pretender: Pretender, monkeypatch: pytest.MonkeyPatch) -> None:
    """By force."""
    monkeypatch.setattr(measure, "_ENDING_SECONDS", 0.2)
    with pytest.raises(TargetError, match="not done"):
        calibrate(pretender(INTERPRETER, then='trap "" TERM; while true; do sleep 1; done'), most_seconds=1.0)


def test_what_has_left_the_session_holds_nobody_up(pretender: Pretender, children: Callable[[], list[int]]) -> None:
    """It keeps the pipe open, and is none of ours."""
    program = pretender(INTERPRETER, then='setsid sleep 60 & echo $! > "$(dirname "$0")/pids"; wait')
    with pytest.raises(TargetError, match="not done"):
        calibrate(program, most_seconds=1.0)
    assert children()


def test_one_that_will_not_be_ended_is_killed(
    pretender: Pretender, children: Callable[[], list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measure, "_ENDING_SECONDS", 0.2)
    program = pretender(INTERPRETER, END, then='trap "" TERM; sleep 60 >&- & echo $$ $! > "$(dirname "$0")/pids"')
    with pytest.raises(TargetError, match="could not run"):
        calibrate(program)
    assert [pid for pid in children() if alive(pid)] == []


def test_ctrl_c_leaves_nothing_running_and_nothing_behind(
    pretender: Pretender, children: Callable[[], list[int]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program's processes are in a session of their own, so Ctrl-C itself does not reach them."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    trap = 'trap \'touch "$(dirname "$0")/tidied"; exit\' TERM'
    program = pretender(INTERPRETER, then=f'{trap}; sleep 60 & echo $$ $! > "$(dirname "$0")/pids"; wait')

    def interrupt() -> None:
        children()
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    pressing = threading.Thread(target=interrupt)
    pressing.start()
    with pytest.raises(KeyboardInterrupt):
        calibrate(program)
    pressing.join()
    assert [pid for pid in children() if alive(pid)] == []
    assert list(folder.iterdir()) == []
    assert (tmp_path / "tidied").exists(), "it was asked to end before it was killed"


def test_the_program_is_asked_without_the_users_surroundings(pretender: Pretender, tmp_path: Path) -> None:
    """Neither PYTHONPATH nor the working directory may change what is measured."""
    program = pretender(INTERPRETER, CORES, END, then='echo "$@" > "$(dirname "$0")/words"; pwd > "$(dirname "$0")/place"')
    calibrate(program)
    words = (tmp_path / "words").read_text().split()
    assert words[:4] == ["-I", "-W", "ignore", "-c"]
    assert Path((tmp_path / "place").read_text().strip()) != Path.cwd()


def test_what_it_leaves_in_the_temporary_folder_is_removed(pretender: Pretender, tmp_path: Path) -> None:
    program = pretender(INTERPRETER, CORES, END, then='touch "$TMPDIR/left"; echo "$TMPDIR" > "$(dirname "$0")/where"')
    calibrate(program)
    assert not Path((tmp_path / "where").read_text().strip()).exists()


def test_a_relative_path_is_that_of_our_folder(pretender: Pretender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `.venv/bin/python` is; the program itself runs elsewhere."""
    pretender(INTERPRETER, CORES, END)
    monkeypatch.chdir(tmp_path)
    assert calibrate(Path("./python")).interpreter == str(tmp_path / "python")


def test_our_own_interpreter_can_at_least_begin(pretender: Pretender, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program that is started is there and compiles: one that is told to stop at once says who it is."""
    program = pretender(then=f'exec "{sys.executable}" "$@"')
    monkeypatch.setattr(measure, "_START", "import sys; sys.path.append({folder!r}); import measuring.program; sys.exit('found it')")
    with pytest.raises(TargetError, match="found it"):
        calibrate(program)
