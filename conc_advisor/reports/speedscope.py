"""A file for https://www.speedscope.app: one profile a thread, in seconds, with the thread's state as the root of each stack.

Written after its published format (`file-format-spec.ts`, `file-format-schema.json`).  Neighbouring samples that say the same are one
entry; the weights of a thread sum to its life.  `startValue` is when the thread began, seconds since the recording began.
"""

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from conc_advisor.profiling.recording import ACTIVITIES, NO_STACK, Frame, StackTable
from conc_advisor.reports.report import Report, joined
from conc_advisor.reports.sanitise import visible
from conc_advisor.reports.spool import RunSpool

_SCHEMA_URL: Final = "https://www.speedscope.app/file-format-schema.json"
_CACHED_STACKS: Final = 1 << 14


def render(report: Report) -> Iterator[str]:
    """Yield the file in pieces; memory grows with the number of different frames, not of samples."""
    frames = _FrameNumbers(report.recording.stacks)
    labels = report.thread_labels()
    with RunSpool(report.recording) as spool:
        yield f'{{"$schema": "{_SCHEMA_URL}", "name": {json.dumps(_title(report))},\n'
        yield f'"exporter": {json.dumps(f"conc-advisor {report.recording.header.tool_version}")}, "activeProfileIndex": 0,\n"profiles": ['
        lived = [thread for thread in range(len(labels)) if spool.total_seconds(thread) > 0]
        for number, thread in enumerate(lived):
            yield ",\n" if number else "\n"
            start = report.recording.header.threads[thread].first_us / 1e6
            yield _profile_head(labels[thread], start, start + spool.total_seconds(thread))
            yield from joined((frames.stack(key) for key in spool.keys(thread)), separator=",")
            yield '], "weights": ['
            yield from joined((f"{seconds:.9g}" for seconds in spool.seconds(thread)), separator=",")
            yield "]}"
    yield '\n],\n"shared": {"frames": [\n'
    yield from joined(frames.described(), separator=",\n")
    yield "\n]}}\n"


def _title(report: Report) -> str:
    return visible(" ".join(report.diagnosis.command))


def _profile_head(label: str, start: float, end: float) -> str:
    name = json.dumps(label)
    return f'{{"type": "sampled", "name": {name}, "unit": "seconds", "startValue": {start:.6f}, "endValue": {end:.6f}, "samples": ['


class _FrameNumbers:
    """Numbers the frames in the order in which they are met, the states' root frames included."""

    def __init__(self, stacks: StackTable) -> None:
        self._stacks = stacks
        self._numbers: dict[Frame, int] = {}
        self._path = lru_cache(_CACHED_STACKS)(self._numbered_path)

    def stack(self, key: int) -> str:
        """Return a run's stack as a JSON list of frame numbers, root first."""
        state = Frame(function=ACTIVITIES[key & 0xFF].state.value, file="", line=0)
        root = self._numbers.setdefault(state, len(self._numbers))
        path = self._path(key >> 8)
        return f"[{root},{path}]" if path else f"[{root}]"

    def described(self) -> Iterator[str]:
        """Yield the numbered frames as JSON objects."""
        for frame in self._numbers:
            described: dict[str, str | int] = {"name": visible(frame.function) or "?"}
            if frame.file:
                described["file"] = visible(frame.file)
            if frame.line > 0:
                described["line"] = frame.line
            yield json.dumps(described)

    def _numbered_path(self, stack: int) -> str:
        if stack == NO_STACK:
            return ""
        return ",".join(str(self._numbers.setdefault(frame, len(self._numbers))) for frame in self._stacks.path(stack))
