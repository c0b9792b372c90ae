"""The rows of the sweeps, a window at a time: what the assembler looks at together."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from conc_advisor.profiling.samplers.raw import RawRows
from conc_advisor.profiling.samplers.stack_history import Still
from conc_advisor.profiling.samplers.syscalls import Wait

_WINDOW_US: Final = 1_000_000


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


def waits_of(window: list[Row]) -> list[Still]:
    """Return for each row the time in which its thread certainly stayed at the same stack.

    A thread that sleeps and has not been put on a core since has not moved: a look at its stack at the end of its sleep is a look at all of
    it.
    """
    since = [row.time_us for row in window]
    until = since.copy()
    last: dict[int, int] = {}
    for position, row in enumerate(window):
        before = last.get(row.thread)
        if before is not None and row.wait != Wait.ON_CPU and window[before].slices == row.slices:
            since[position] = since[before]
        last[row.thread] = position
    last.clear()
    for position in range(len(window) - 1, -1, -1):
        later = last.get(window[position].thread)
        if later is not None and since[later] <= window[position].time_us < window[later].time_us and since[later] == since[position]:
            until[position] = until[later]
        last[window[position].thread] = position
    return [Still(*times) for times in zip(since, until, strict=True)]
