"""Stacks from pyinstrument, which runs inside the target (`probe/hold/conc_advisor_pyinstrument.py`).

It sees the main thread only, slows code that calls much (1.3 to 2.2 times CPU-bound, 4 to 5 times await-heavy), and gives the exact
duration of each blocking call.
"""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from conc_advisor.errors import ProfilerError
from conc_advisor.profiling.process import ask
from conc_advisor.profiling.recording import NO_STACK, Frame, Limit, StackTable
from conc_advisor.profiling.samplers.chrome_trace import StackTimeline, TraceTimelines

LIMITS: Final = (
    Limit(what="stacks of other threads and of child processes", why="pyinstrument sees the main thread of the program only"),
    Limit(
        what="the program's own speed",
        why="pyinstrument runs inside the program and slows it: CPU-bound code 1.3 to 2.2 times, await-heavy asyncio 4 to 5 times",
    ),
)
_BUILT_IN: Final = "<built-in>"


class _Session(msgspec.Struct):
    frame_records: list[tuple[list[str], float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFile:
    """A session saved by the target: `pid` and `began` (monotonic clock, seconds) of its start."""

    path: Path
    pid: int
    began: float

    @classmethod
    def find(cls, path: Path) -> "SessionFile | None":
        """Return the session that the target began, or None when pyinstrument did not start there."""
        try:
            pid, began = path.with_name(path.name + ".start").read_text(encoding="ascii").split()
            return cls(path=path, pid=int(pid), began=float(began))
        except (OSError, ValueError):
            return None

    def timelines(self, *, recording_began: float, stacks: StackTable) -> TraceTimelines | None:
        """Return the main thread's stacks, or None when the session was not saved: the target was killed or left through `os._exit`."""
        try:
            session = msgspec.json.decode(self.path.read_bytes(), type=_Session)
        except (OSError, msgspec.MsgspecError):
            return None
        timeline = StackTimeline(name="MainThread")
        at = self.began - recording_began
        for identifiers, seconds in session.frame_records:
            timeline.add(max(int(at * 1e6), 0), stacks.intern(_frames(identifiers)))
            at += seconds
        timeline.add(max(int(at * 1e6), 0), NO_STACK)
        return TraceTimelines(by_thread={self.pid: timeline}, end_us=int(at * 1e6))


def check_pyinstrument(interpreter: Path) -> str:
    """Return the version of pyinstrument that an interpreter can import; raises `ProfilerError` when there is none or it does not load."""
    install = f"install it there: {interpreter} -m pip install pyinstrument (or use --engine py-spy)"
    try:
        answer = ask([str(interpreter), "-c", "import pyinstrument; print(pyinstrument.__version__)"], seconds=20)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ProfilerError(f"{interpreter} could not be asked for pyinstrument: {error}", hint=install) from error
    if answer.returncode == 0:
        return answer.stdout.strip()
    last = answer.stderr.strip().splitlines()[-1:] or [""]
    if "No module named 'pyinstrument'" in last[0]:
        raise ProfilerError(f"pyinstrument is not installed in the target's interpreter, {interpreter}", hint=install)
    raise ProfilerError(
        f"pyinstrument does not load in the target's interpreter, {interpreter}: {last[0]}",
        hint=f"it may be built for another Python; {install.replace('install pyinstrument', 'install --force-reinstall pyinstrument')}",
    )


def _frames(identifiers: list[str]) -> list[Frame]:
    """Return the frames of a call path.

    pyinstrument names each `function NUL file NUL first line`, with attributes after a 0x01 each (`l`: the line, `c`: the class).
    """
    frames = []
    for identifier in identifiers[1:]:
        base, *attributes = identifier.split("\x01")
        function, file, first_line = [*base.split("\0"), "", "0"][:3]
        if file == _BUILT_IN or function.startswith("["):
            continue
        line = next((attribute[1:] for attribute in attributes if attribute.startswith("l")), first_line)
        holder = next((attribute[1:] for attribute in attributes if attribute.startswith("c")), "")
        frames.append(Frame(f"{holder}.{function}" if holder else function, os.fspath(file), int(line) if line.isdigit() else 0))
    return frames
