"""One lane of states a thread, cut into equal slices of the recording's time."""

from collections import defaultdict
from typing import Final

from conc_advisor.concurrency import ThreadState
from conc_advisor.profiling.analysis.activities import LOCK_WAIT, ActivityReader
from conc_advisor.profiling.diagnosis import Lane
from conc_advisor.profiling.recording import ACTIVITIES, Header, SampleBlock

MAX_SLICES: Final = 120
"""Divisible by 2, 3, 4, 5 and 6, so that a narrow terminal can join slices."""
MIN_SLICE_US: Final = 1000

_STATES: Final = tuple(ThreadState)
_STATE_OF: Final = tuple(_STATES.index(activity.state) for activity in ACTIVITIES)


class Timeline:
    """Sums the seconds of samples per thread, slice and state.

    A sample stands for the time before its instant, and is cut where a slice ends.
    """

    def __init__(self, header: Header, reader: ActivityReader) -> None:
        self._header = header
        self._reader = reader
        last = max([thread.last_us for thread in header.threads] + [round(header.duration_seconds * 1e6), MIN_SLICE_US])
        self._slices = min(MAX_SLICES, max(last // MIN_SLICE_US, 1))
        self._width = last / self._slices
        self._seconds: defaultdict[int, float] = defaultdict(float)

    def add(self, block: SampleBlock) -> None:
        """Count a block."""
        sums, slices, states, code = self._seconds, self._slices, len(_STATES), self._reader.code
        per_us, per_second = 1 / self._width, 1e6 / self._width
        for time_us, thread, activity, stack, seconds in zip(
            block.time_us, block.thread, block.activity, block.stack, block.seconds, strict=True
        ):
            state = _STATE_OF[activity if activity != LOCK_WAIT else code(activity, stack)]
            end = time_us * per_us
            begin = end - seconds * per_second
            first, last = int(begin), int(end)
            if first == last < slices and begin >= 0:
                sums[(thread * slices + first) * states + state] += seconds
            else:
                self._spread(thread, state, begin, end)

    def result(self, labels: list[str]) -> tuple[Lane, ...]:
        """Return a lane for each thread that was seen, in the order of the header."""
        cells: defaultdict[int, list[dict[ThreadState, float]]] = defaultdict(lambda: [{} for _ in range(self._slices)])
        for key, seconds in sorted(self._seconds.items()):
            rest, state = divmod(key, len(_STATES))
            thread, slice_ = divmod(rest, self._slices)
            cells[thread][slice_][_STATES[state]] = seconds
        return tuple(
            Lane(
                thread=labels[thread],
                pid=self._header.processes[self._header.threads[thread].process].pid,
                cells=tuple(self._shares(thread, number, cell) for number, cell in enumerate(lane)),
            )
            for thread, lane in sorted(cells.items())
        )

    def _spread(self, thread: int, state: int, begin: float, end: float) -> None:
        begin, end = max(begin, 0.0), min(end, float(self._slices))
        states, width = len(_STATES), self._width * 1e-6
        for number in range(int(begin), min(int(end) + 1, self._slices)):
            part = min(end, number + 1) - max(begin, number)
            if part > 0:
                self._seconds[(thread * self._slices + number) * states + state] += part * width

    def _shares(self, thread: int, number: int, cell: dict[ThreadState, float]) -> dict[ThreadState, float]:
        # The seconds of a thread are exact over its life, not within a slice: only their proportions are used here.
        info, total = self._header.threads[thread], sum(cell.values())
        lived = (min(info.last_us, (number + 1) * self._width) - max(info.first_us, number * self._width)) / self._width
        if total <= 0 or lived <= 0:
            return {}
        return {state: min(lived, 1.0) * seconds / total for state, seconds in cell.items()}
