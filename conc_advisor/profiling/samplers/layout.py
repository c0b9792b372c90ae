"""Where an interpreter build keeps its GIL and thread states, asked once per build of the interpreter itself and remembered.

The question (`probe/calibrate.py`) runs in a process of its own under the target's interpreter: 40 to 90 ms, not in the target.
"""

import contextlib
import hashlib
import os
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec
import platformdirs

from conc_advisor.profiling.process import ask
from conc_advisor.profiling.samplers.procfs import executable as program_of
from conc_advisor.profiling.samplers.procfs import looks_like_python

PROBE: Final = Path(__file__).parents[2] / "probe"
_CALIBRATION_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOffset:
    """A place in a loaded file: `offset` bytes after where `file` is loaded."""

    file: str
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadLinks:
    """Offsets (bytes) of the pointers to the next older and next newer thread state; None if not found."""

    next: int | None
    previous: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DequeLayout:
    """Offsets (bytes) in a deque of its length and of the counter that goes up at each append and pop."""

    size: int
    changes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Distances (bytes) inside one build of CPython; None for what could not be found.

    `gil` is where `last_holder` stands, `gil_futexes` the range after it, first byte and end, in which a thread that waits for the GIL
    sleeps; `thread_id` and `native_thread_id` lie in a thread state, `pthread_tid` in the C library's descriptor of a thread.
    """

    gil: FileOffset | None
    gil_futexes: tuple[int, int]
    thread_links: ThreadLinks
    thread_id: int | None
    native_thread_id: int | None
    pthread_tid: int | None
    deque: DequeLayout | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """What an interpreter says of itself; `layout` is None where there is no GIL or no `/proc`."""

    implementation: str
    version: str
    free_threaded: bool
    library: str
    layout: Layout | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Remembered:
    """An interpreter in the cache; `stamp` changes with the library that its layout was found in."""

    interpreter: Interpreter
    stamp: str


def inspect_interpreter(executable: str, cache: Path | None = None) -> Interpreter | None:
    """Return what is known of an interpreter, from the cache or by asking it; None when it does not answer as a Python.

    `executable` may be `/proc/PID/exe`.
    """
    folder = platformdirs.user_cache_path("conc-advisor") / "interpreters" if cache is None else cache
    entry = folder / f"{_identity(executable)}.json"
    try:
        remembered = msgspec.json.decode(entry.read_bytes(), type=_Remembered)
        if remembered.stamp == _stamp(remembered.interpreter):
            return remembered.interpreter
    except (OSError, msgspec.MsgspecError):
        pass  # not asked yet, or written by another version of us
    found = _ask(executable)
    if found is not None and (found.layout is None or found.layout.gil is not None):
        _remember(entry, found)
    return found


def ask_interpreter(pid: int) -> Interpreter | None:
    """Return what the interpreter that a process runs says of itself, None when it cannot be asked."""
    program = program_of(pid)
    if not program or not looks_like_python(program):
        return None
    running = f"/proc/{pid}/exe"
    try:
        if Path(program).samefile(running):
            return _ask_once(program)
    except OSError:
        pass  # replaced since, or a file of another container: ask the one that runs
    return inspect_interpreter(running)


@lru_cache(maxsize=32)
def _ask_once(program: str) -> Interpreter | None:
    return inspect_interpreter(program)


def _ask(executable: str) -> Interpreter | None:
    try:
        answer = ask([executable, "-I", "-S", str(PROBE / "calibrate.py")], seconds=_CALIBRATION_SECONDS)
        return msgspec.json.decode(answer.stdout, type=Interpreter) if answer.returncode == 0 else None
    except (OSError, subprocess.TimeoutExpired, msgspec.MsgspecError):
        return None


def _identity(executable: str) -> str:
    """Return a name for this build: the file, its size and time, and the version of the question."""
    path = os.path.realpath(executable)
    try:
        status = os.stat(executable)  # noqa: PTH116 - also for /proc/PID/exe of a deleted file
        facts = f"{path}|{status.st_size}|{status.st_mtime_ns}|{status.st_ino}"
    except OSError:
        facts = path
    question = (PROBE / "calibrate.py").read_bytes()
    return hashlib.sha256(facts.encode("utf-8", "surrogateescape") + question).hexdigest()[:32]


def _stamp(interpreter: Interpreter) -> str:
    layout = interpreter.layout
    if layout is None or layout.gil is None:
        return ""
    status = Path(layout.gil.file).stat()
    return f"{status.st_size}|{status.st_mtime_ns}|{status.st_ino}"


def _remember(entry: Path, found: Interpreter) -> None:
    part = entry.with_suffix(f".{os.getpid()}")
    try:
        entry.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(msgspec.json.encode(_Remembered(interpreter=found, stamp=_stamp(found))))
        part.replace(entry)
    except OSError:
        # A cache that cannot be written only costs time.
        with contextlib.suppress(OSError):
            part.unlink()
