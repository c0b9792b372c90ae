"""What Linux tells of a process."""

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest
from live_targets import LiveTarget, every_python, until
from pythons import need_python

from conc_advisor.profiling.samplers import procfs
from conc_advisor.profiling.samplers.procfs import (
    children,
    command_line,
    epoll_descriptors,
    executable,
    is_python,
    looks_like_python,
    maps,
    working_directory,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads procfs")
NOBODY = 4194303


@pytest.mark.parametrize(
    "program",
    [
        "/usr/bin/python",
        "/usr/bin/python3",
        "/usr/bin/python3.13",
        "/usr/bin/python3.13t",
        "/usr/bin/python3.9 (deleted)",
        "/usr/lib/libpython3.11.so.1.0",
        "python3.12",
    ],
)
def test_pythons_are_called_so(program: str) -> None:
    assert looks_like_python(program)


@pytest.mark.parametrize(
    "program",
    [
        "",
        "/usr/bin/bash",
        "/usr/bin/python3-config",
        "/opt/python/bin/gunicorn",
        "/usr/bin/ipython3",
        "/usr/bin/bpython",
        "/usr/bin/pythonic",
        "/home/python/app",
        "/usr/bin/micropython",
        "/usr/bin/pypy3.10",
    ],
)
def test_other_programs_are_no_pythons(program: str) -> None:
    assert not looks_like_python(program)


@every_python
def test_a_live_python_is_one(version: str) -> None:
    with LiveTarget("insides.py", python=need_python(version)) as target:
        target.hear()
        assert is_python(target.pid)
        assert looks_like_python(executable(target.pid))


def test_another_live_program_is_none() -> None:
    other = subprocess.Popen(["sleep", "60"])
    until(lambda: executable(other.pid).endswith(("sleep", "coreutils", "busybox")), "the program")
    assert not is_python(other.pid)
    other.kill()
    other.wait()


def test_nothing_is_known_of_a_process_that_is_gone() -> None:
    assert not is_python(NOBODY)
    assert (executable(NOBODY), working_directory(NOBODY), command_line(NOBODY)) == ("", "", "")
    assert (children(NOBODY), maps(NOBODY), epoll_descriptors(NOBODY)) == (set(), [], 0)


def test_without_procfs_nothing_speaks_against_a_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(procfs, "AVAILABLE", False)
    assert is_python(NOBODY)


def test_our_own_folder_and_command_are_told(workplace: Path) -> None:
    assert working_directory(os.getpid()) == str(workplace)
    assert "pytest" in command_line(os.getpid())


def test_a_command_line_may_hold_anything(tmp_path: Path) -> None:
    """Bytes that are no text, spaces and markup: shown, never trusted."""
    script = tmp_path / "wait.py"
    script.write_text("import sys; print(flush=True); sys.stdin.read()")
    words = [b"\xff\xfe", b"a b", b"[red]x[/red]", b"\x1b[31m"]
    child = subprocess.Popen([sys.executable, script, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    assert command_line(child.pid).endswith("\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER} a b [red]x[/red] \x1b[31m")
    child.communicate(b"")


def test_children_of_all_threads_are_told() -> None:
    child = subprocess.Popen(["sleep", "60"])
    assert child.pid in children(os.getpid())
    child.kill()
    child.wait()
    assert child.pid not in children(os.getpid())


def test_epoll_descriptors_are_counted() -> None:
    before = epoll_descriptors(os.getpid())
    with select.epoll(), select.epoll():
        assert epoll_descriptors(os.getpid()) == before + 2
    assert epoll_descriptors(os.getpid()) == before
