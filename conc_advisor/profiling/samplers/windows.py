"""The rows of the sweeps, a window at a time: what the assembler looks at together."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from conc_advisor.profiling.samplers.raw import RawRows
from conc_advisor.profiling.samplers.stack_history import Still
from conc_advisor.profiling.samplers.syscalls import Wait

_WINDOW_US: Final = 1_000_000
_MOSTLY: Final = 0.5
_COMPUTING: Final = frozenset({Wait.ON_CPU, Wait.GIL})


class Row(NamedTuple):
    """A row of the sweeps; a tuple, for there are millions."""

    time_us: int
    thread: int
    wait: int
    holds: int
    cpu_ns: int
    queue_ns: int
    slices: int
    callbacks: int


def windows(rows: RawRows, cuts: Sequence[int]) -> Iterator[list[Row]]:
    """Yield the rows in time order, a window's worth at a time, with a new window at each of the times `cuts`; a sweep is never cut."""
    window: list[Row] = []
    end_us = 0
    for block in rows.blocks():
        for values in zip(*block.columns, strict=True):
            row = Row(*values)
            if not window or (row.time_us >= end_us and row.time_us != window[-1].time_us):
                if window:
                    yield window
                following = bisect_right(cuts, row.time_us)
                end_us = min([row.time_us + _WINDOW_US, *cuts[following : following + 1]])
                window = []
            window.append(row)
    if window:
        yield window


def stretches_of(window: list[Row]) -> list[Still]:
    """Return for each row the stretch of its thread that it lies in.

    A thread that sleeps and has not been put on a core since has not moved; one that is on CPU or waits for the GIL at row after row, and
    has not slept in between, computes.
    """
    since = [row.time_us for row in window]
    until = since.copy()
    last: dict[int, int] = {}
    for position, row in enumerate(window):
        before = last.get(row.thread)
        if before is not None and _same_stretch(window[before], row):
            since[position] = since[before]
        last[row.thread] = position
    last.clear()
    for position in range(len(window) - 1, -1, -1):
        row = window[position]
        later = last.get(row.thread)
        if later is not None and not _computes(row) and since[later] == since[position] and since[later] < window[later].time_us:
            until[position] = until[later]
        last[row.thread] = position
    return [Still(*times) for times in zip(since, until, strict=True)]


def _same_stretch(before: Row, row: Row) -> bool:
    if _computes(before) != _computes(row):
        return False
    if before.slices == row.slices:
        return True
    # Put on a core since: one that computes has computed for most of the time, one that sleeps has woken up.
    return _computes(row) and row.cpu_ns - before.cpu_ns >= _MOSTLY * 1000 * (row.time_us - before.time_us)


def _computes(row: Row) -> bool:
    return row.wait in _COMPUTING
