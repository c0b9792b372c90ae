"""What Linux tells of a process through `/proc`: its program, its children, its descriptors.

Everywhere else `AVAILABLE` is False, and these functions know nothing.
"""

import contextlib
import os
import re
from pathlib import Path
from typing import Final

AVAILABLE: Final = Path("/proc/self/task").is_dir()
_START_UP_NS: Final = 4_000_000
"""CPU time that CPython needs at least before its first line: 6 to 20 ms on Debian 12 for 3.9 to 3.13, with and without `site`."""
THREAD_STATES: Final = AVAILABLE and Path("/proc/self/schedstat").exists()
"""Whether the kernel tells what each thread does (not where it is built without SCHED_INFO, nor in some sandboxes)."""
_PYTHON: Final = re.compile(r"(?:^|/)(?:lib)?python\d?(?:\.\d+)?t?(?:\.so[.\d]*)?(?: \(deleted\))?$")


def executable(pid: int) -> str:
    """Return the program file of a process, "" when it is gone or not ours to see."""
    try:
        return os.readlink(f"/proc/{pid}/exe")  # noqa: PTH115 - procfs
    except OSError:
        return ""


def epoll_descriptors(pid: int) -> int:
    """Return how many epoll descriptors a process has open."""
    found = 0
    try:
        for number in os.listdir(f"/proc/{pid}/fd"):  # noqa: PTH208 - procfs
            with contextlib.suppress(OSError):
                found += os.readlink(f"/proc/{pid}/fd/{number}") == "anon_inode:[eventpoll]"  # noqa: PTH115 - procfs
    except OSError:
        return found
    return found


def is_python(pid: int) -> bool:
    """Return whether a process runs CPython: its program or a library of it is called so."""
    if not AVAILABLE:
        return True  # nothing says otherwise; the recorder will
    program = executable(pid)
    if not program:
        return False
    return _PYTHON.search(program) is not None or any(_PYTHON.search(line) for line in maps(pid) if "libpython" in line)


def working_directory(pid: int) -> str:
    """Return the working directory of a process, "" when it is gone or not ours to see."""
    try:
        return os.readlink(f"/proc/{pid}/cwd")  # noqa: PTH115 - procfs
    except OSError:
        return ""


def command_line(pid: int) -> str:
    """Return the command line of a process with spaces between the arguments, "" when it is gone."""
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return ""
    return raw.rstrip(b"\0").replace(b"\0", b" ").decode("utf-8", "replace")


def children(pid: int) -> set[int]:
    """Return the pids of a process's living children, of all its threads."""
    found: set[int] = set()
    try:
        for task in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - procfs
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:  # noqa: PTH123 - procfs
                found.update(int(child) for child in file.read().split())
    except OSError:
        return found
    return found


def maps(pid: int) -> list[str]:
    """Return the lines of a process's memory map, none when it is gone or not permitted."""
    try:
        with open(f"/proc/{pid}/maps", encoding="utf-8", errors="surrogateescape") as lines:  # noqa: PTH123 - procfs
            return lines.read().splitlines()
    except OSError:
        return []


def looks_like_python(program: str) -> bool:
    """Return whether a program file is called as a Python interpreter is."""
    return _PYTHON.search(program) is not None


def runs_python(root: int) -> bool:
    """Return whether a process, or a child of it, is a Python that is past its start-up."""
    return any(is_python(pid) and _has_begun(pid) for pid in (root, *children(root)))


def _has_begun(pid: int) -> bool:
    """Return whether an interpreter is past its start-up: it has used the CPU time that this takes."""
    try:
        run, _, _ = Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return False
    return int(run) > _START_UP_NS
