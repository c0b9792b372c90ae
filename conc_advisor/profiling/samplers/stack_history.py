"""The stacks of one process over the whole recording, and which of them a thread stood at when the kernel was asked.

Stacks and kernel states are read at different instants.  Where the stack was about to change, the one that fits the state is taken: a line
at which this thread was never seen asleep is not where it sleeps.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from conc_advisor.profiling.recording import NO_STACK
from conc_advisor.profiling.samplers.chrome_trace import StackTimeline, TraceTimelines
from conc_advisor.profiling.samplers.syscalls import Wait
from conc_advisor.profiling.samplers.threads import ThreadRecord

_CERTAIN_GAPS: Final = 2.0
"""A change further away than this many mean sampling gaps does not concern a sample: P(gap > 2 means) = 14% for Poisson instants."""
_LOOKED_AT_GAPS: Final = 3.0
"""A thread that stood still for this many mean gaps was looked at meanwhile: P(gap > 3 means) = 5%."""
_FIRST_GAPS: Final = 4.0
_CLEARLY: Final = 3.0
"""How many times better a stack has to fit a state to be preferred against the order in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistorySegment:
    """Stacks between `from_us` and the next segment's `from_us`; `gap_us` is the mean time between two looks at a stack."""

    from_us: int
    gap_us: float
    load: Callable[[], TraceTimelines | None]


class Still(NamedTuple):
    """A time in which a thread did not move."""

    since_us: int
    until_us: int


@dataclass(frozen=True, slots=True)
class Choice:
    """The stack of a sample; `certain` is False where it may have changed between the two readings."""

    stack: int
    certain: bool


_NOTHING: Final = Choice(NO_STACK, certain=False)


class StackHistory:
    """The segments of one process, loaded one after the other as time advances: only one is in memory."""

    def __init__(self, segments: Sequence[HistorySegment]) -> None:
        self._segments = sorted(segments, key=lambda segment: segment.from_us)
        self._next = 0
        self._current: HistorySegment | None = None
        self._timelines = TraceTimelines()
        self._seen: dict[tuple[int, int], int] = defaultdict(int)
        self._totals: dict[int, int] = defaultdict(int)
        self._computing: dict[int, int] = defaultdict(int)

    @property
    def changes_us(self) -> list[int]:
        """The times from which other segments count."""
        return [segment.from_us for segment in self._segments]

    def advance(self, time_us: int) -> None:
        """Load what is needed for samples from `time_us` on; time never goes back."""
        while self._next < len(self._segments) and self._segments[self._next].from_us <= time_us:
            segment = self._segments[self._next]
            loaded = segment.load()
            if loaded is not None:
                self._current, self._timelines = segment, loaded
            self._next += 1

    def name(self, record: ThreadRecord) -> str:
        """Return the thread's name as Python knows it, "" when it is not known (yet)."""
        timeline = self._timeline(record)
        return timeline.name if timeline else ""

    def has(self, record: ThreadRecord) -> bool:
        """Return whether stacks of this thread are known."""
        return self._timeline(record) is not None

    def learn(self, record: ThreadRecord, still: Still, wait: int) -> None:
        """Count a state for the stack it was certainly seen at."""
        stack, following = self._around(record, still)
        if stack != NO_STACK and following is None:
            self._seen[stack, _bucket(wait)] += 1
            self._totals[stack] += 1
            self._computing[stack] += wait == Wait.ON_CPU

    def computing_share(self, stack: int) -> float:
        """Return the part (0-1) of the certain samples at this stack in which the thread was on CPU."""
        total = self._totals.get(stack, 0)
        return self._computing.get(stack, 0) / total if total else 0.0

    def choose(self, record: ThreadRecord, still: Still, wait: int) -> Choice:
        """Return the stack a thread stood at when it was seen in the kernel state `wait`."""
        stack, following = self._around(record, still)
        if following is None:
            return _NOTHING if stack == NO_STACK else Choice(stack, certain=True)
        coming, distance_us = following
        if stack == NO_STACK:
            return Choice(coming, certain=False)
        bucket = _bucket(wait)
        now, then = self._fit(stack, bucket), self._fit(coming, bucket)
        if then > _CLEARLY * now:
            return Choice(coming, certain=True)
        if now > _CLEARLY * then:
            return Choice(stack, certain=True)
        gap_us = self._current.gap_us if self._current else 0.0
        return Choice(coming if distance_us < gap_us / 2 else stack, certain=False)

    def _fit(self, stack: int, bucket: int) -> float:
        """Return the share of a stack's certain samples that were in a state, smoothed (one tenth of a sample each for and against)."""
        return (self._seen.get((stack, bucket), 0) + 0.1) / (self._totals.get(stack, 0) + 0.3)

    def _around(self, record: ThreadRecord, still: Still) -> tuple[int, tuple[int, int] | None]:
        """Return the stack seen last, and (stack seen next, time to it) where it may have changed already."""
        timeline = self._timeline(record)
        if timeline is None or self._current is None:
            return NO_STACK, None
        time_us = still.until_us
        position = timeline.position(time_us)
        stack = timeline.stacks[position] if position >= 0 else NO_STACK
        if stack != NO_STACK and time_us - still.since_us > _LOOKED_AT_GAPS * self._current.gap_us:
            return stack, None
        if position + 1 < len(timeline.stacks):
            distance = timeline.times_us[position + 1] - time_us
            gaps = _CERTAIN_GAPS if stack != NO_STACK else _FIRST_GAPS
            if distance < gaps * self._current.gap_us:
                return stack, (timeline.stacks[position + 1], distance)
        return stack, None

    def _timeline(self, record: ThreadRecord) -> StackTimeline | None:
        return self._timelines.by_thread.get(record.tid) or self._timelines.by_pthread.get(record.pthread)


def _bucket(wait: int) -> int:
    """Return the state to learn by: a line that computes also waits for the GIL."""
    return Wait.ON_CPU if wait == Wait.GIL else wait
