"""Trace events for https://ui.perfetto.dev and chrome://tracing: a track of state slices a thread, and one a process with who held the GIL.

The format is Chrome's Trace Event JSON: complete events (`X`) for slices, metadata (`M`) for names, instants (`i`) for stalls.  Times are
microseconds since the recording began.  A stall stands where its first occurrence began; how often it came again is in its arguments.
"""

import json
from collections.abc import Iterator
from typing import Final

from conc_advisor.profiling.diagnosis import Stall
from conc_advisor.profiling.recording import NO_STACK
from conc_advisor.reports.places import frame_name
from conc_advisor.reports.report import Report, joined
from conc_advisor.reports.sanitise import visible
from conc_advisor.reports.slices import HolderSlice, StateSlice, slices

_HOLDER_TRACK: Final = 1 << 30
"""Thread id of the track of GIL holders; Linux gives no thread an id above 2**22."""


def render(report: Report) -> Iterator[str]:
    """Yield the file in pieces; memory does not grow with the number of samples."""
    yield '{"displayTimeUnit": "ms",\n"otherData": '
    yield json.dumps({"command": visible(" ".join(report.diagnosis.command)), "recorded": report.diagnosis.created})
    yield ',\n"traceEvents": [\n'
    yield from joined(_events(report), separator=",\n")
    yield "\n]}\n"


def _events(report: Report) -> Iterator[str]:
    labels = report.thread_labels()
    yield from _names(report, labels)
    yield from _stalls(report)
    for piece in slices(report.recording):
        yield _state_event(report, piece) if isinstance(piece, StateSlice) else _holder_event(report, labels, piece)


def _names(report: Report, labels: list[str]) -> Iterator[str]:
    header = report.recording.header
    for process in header.processes:
        yield _metadata(process.pid, 0, "process_name", name=visible(process.command))
        yield _metadata(process.pid, _HOLDER_TRACK, "thread_name", name="GIL held by")
        yield _metadata(process.pid, _HOLDER_TRACK, "thread_sort_index", sort_index=-1)
    for number, (thread, label) in enumerate(zip(header.threads, labels, strict=True)):
        pid = header.processes[thread.process].pid
        yield _metadata(pid, thread.os_thread_id, "thread_name", name=label)
        yield _metadata(pid, thread.os_thread_id, "thread_sort_index", sort_index=number)


def _metadata(pid: int, tid: int, what: str, **args: str | int) -> str:
    return json.dumps({"ph": "M", "pid": pid, "tid": tid, "name": what, "args": args})


def _stalls(report: Report) -> Iterator[str]:
    threads = {thread.label: (process.pid, thread.os_thread_id) for process in report.diagnosis.processes for thread in process.threads}
    for stall in report.diagnosis.stalls:
        if stall.thread in threads:
            yield _stall_event(*threads[stall.thread], stall)


def _stall_event(pid: int, tid: int, stall: Stall) -> str:
    where = visible(f"{stall.location.function} ({stall.location.file}:{stall.location.line})") if stall.location else "an unknown place"
    args = {"count": stall.count, "total_seconds": stall.total_seconds, "longest_seconds": stall.longest_seconds, "at": where}
    return json.dumps(
        {"ph": "i", "s": "t", "pid": pid, "tid": tid, "ts": stall.first_us, "name": f"stall: {stall.cause}", "cat": "stall", "args": args}
    )


def _state_event(report: Report, piece: StateSlice) -> str:
    thread = report.recording.header.threads[piece.thread]
    event = {"ph": "X", "pid": report.recording.header.processes[thread.process].pid, "tid": thread.os_thread_id}
    args: dict[str, str] = {}
    if piece.activity.kind:
        args["kind"] = piece.activity.kind.value
    if piece.stack != NO_STACK:
        args["first_seen_at"] = visible(frame_name(report.recording.stacks.leaf(piece.stack)))
    return json.dumps({**event, **_time(piece), "name": piece.activity.state.value, "cat": "state", "args": args})


def _holder_event(report: Report, labels: list[str], piece: HolderSlice) -> str:
    event = {"ph": "X", "pid": report.recording.header.processes[piece.process].pid, "tid": _HOLDER_TRACK}
    return json.dumps({**event, **_time(piece), "name": labels[piece.thread], "cat": "gil"})


def _time(piece: StateSlice | HolderSlice) -> dict[str, int]:
    return {"ts": piece.begin_us, "dur": piece.end_us - piece.begin_us}
