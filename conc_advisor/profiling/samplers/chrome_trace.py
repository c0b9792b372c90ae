"""Turns what `py-spy record --format chrometrace` writes into stacks over time.

The format gives begin and end events with real timestamps, and only where a stack changed: between two changes it stayed as it was.  With
`--threads` the outermost frame names the thread: by OS thread id for Python 3.11 and later, by pthread id before.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from conc_advisor.profiling.recording import NO_STACK, Frame, StackTable

_THREAD: Final = re.compile(r"thread \((0[xX][0-9A-Fa-f]+|\d+)\)(?:: (.*))?", re.DOTALL)


class _Arguments(msgspec.Struct):
    filename: str = ""
    line: int | None = None


class _Event(msgspec.Struct):
    name: str
    ph: str
    tid: int
    ts: int
    args: _Arguments = msgspec.field(default_factory=_Arguments)


@dataclass(slots=True)
class StackTimeline:
    """The stacks of one thread: from `times_us[i]` on it was seen at `stacks[i]`."""

    name: str = ""
    times_us: list[int] = field(default_factory=list)
    stacks: list[int] = field(default_factory=list)

    def add(self, time_us: int, stack: int) -> None:
        """Note what the stack was seen to be from this time on."""
        if not self.stacks or self.stacks[-1] != stack:
            self.times_us.append(time_us)
            self.stacks.append(stack)

    def position(self, time_us: int) -> int:
        """Return the index of the change before or at this time, -1 when there is none."""
        return bisect_right(self.times_us, time_us) - 1


@dataclass(slots=True, kw_only=True)
class TraceTimelines:
    """The timelines of one process, by OS thread id or, for old Pythons, by pthread id."""

    by_thread: dict[int, StackTimeline] = field(default_factory=dict)
    by_pthread: dict[int, StackTimeline] = field(default_factory=dict)
    end_us: int = 0


_HOLD: Final = "conc_advisor/probe/hold/sitecustomize.py"
"""The target holds here before its first line; that is not its own doing."""


@dataclass(slots=True)
class _Open:
    """The frames of a thread that have begun and not ended, with the path of each."""

    names: list[str] = field(default_factory=list)
    paths: list[int] = field(default_factory=list)
    changed_us: int = -1
    holds_from: int = 1 << 30


def read_trace(path: Path, *, began_us: int, stacks: StackTable) -> TraceTimelines:
    """Return the stacks of a trace file; `began_us` is the recording's time at the trace's zero.

    Raises `msgspec.MsgspecError` or `OSError` for a file that is not such a trace.
    """
    events = msgspec.json.decode(path.read_bytes(), type=list[_Event])
    found = TraceTimelines()
    threads: dict[int, _Open] = {}
    frames: dict[tuple[str, str, int], Frame] = {}
    last_us = max((event.ts for event in events), default=0)
    for event in events:
        thread = threads.setdefault(event.tid, _Open())
        if event.ts != thread.changed_us:
            _settle(thread, event.tid, began_us, found)
            thread.changed_us = event.ts
        if event.ph == "E":
            if event.ts < last_us and thread.names:
                thread.names.pop()
                thread.paths.pop()
                if len(thread.names) <= thread.holds_from:
                    thread.holds_from = 1 << 30
            continue
        parent = thread.paths[-1] if thread.paths else NO_STACK
        if event.args.filename.endswith(_HOLD):
            thread.holds_from = min(thread.holds_from, len(thread.names))
        thread.names.append(event.name)
        if len(thread.names) == 1:
            thread.paths.append(NO_STACK)
            continue
        key = (event.name, event.args.filename, event.args.line or 0)
        frame = frames.get(key)
        if frame is None:
            frame = frames[key] = Frame(*key)
        thread.paths.append(stacks.push(parent, frame))
    for pthread, thread in threads.items():
        _settle(thread, pthread, began_us, found)
    found.end_us = began_us + last_us
    return found


def _settle(thread: _Open, pthread: int, began_us: int, found: TraceTimelines) -> None:
    """Add the stack that a thread had after all events of one instant."""
    if not thread.names or thread.changed_us < 0:
        return
    named = _THREAD.fullmatch(thread.names[0])
    if named is None:
        return
    if named[1].lower().startswith("0x"):
        timeline = found.by_pthread.setdefault(pthread, StackTimeline())
    else:
        timeline = found.by_thread.setdefault(int(named[1]), StackTimeline())
    timeline.name = named[2] or timeline.name
    timeline.add(began_us + thread.changed_us, NO_STACK if len(thread.names) > thread.holds_from else thread.paths[-1])
