"""The stacks of one process over the whole recording, and which of them a thread stood at when the kernel was asked.

Stacks and kernel states are read at different instants.  A stack that was read while the thread was still in the same wait, or still
computing, is proven, and what is proven is learnt: a line at which threads sleep is not where one computes.  A stack that does not fit is
left out.
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
_ENOUGH: Final = 5
_HARDLY: Final = 0.05
"""A stack that was proven this often, and in this part of it at most in a state, is not where a thread in that state stands."""
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
    """A stretch in which a thread did one thing: slept in one wait, or computed (waiting for the GIL included) all along."""

    since_us: int
    until_us: int


@dataclass(frozen=True, slots=True)
class Choice:
    """The stack of a sample.

    `certain` is False where it may have changed between the two readings; `proven` True where it was read in the sample's own stretch.
    """

    stack: int
    certain: bool
    proven: bool = False


_NOTHING: Final = Choice(NO_STACK, certain=False)


class _Look(NamedTuple):
    """What the timeline says of a stretch: the stack at its end, whether that was read during the stretch, and what may have come already.

    `coming` is `NO_STACK` where no change is near; `distance_us` is the time to it.
    """

    stack: int = NO_STACK
    proven: bool = False
    coming: int = NO_STACK
    distance_us: int = 0


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
        """Count a state for the stack that was read while the thread was in it."""
        look = self._look(record, still)
        if look.proven:
            self._seen[look.stack, _bucket(wait)] += 1
            self._totals[look.stack] += 1
            self._computing[look.stack] += wait == Wait.ON_CPU

    def computing_share(self, stack: int) -> float:
        """Return the part (0-1) of the certain samples at this stack in which the thread was on CPU."""
        total = self._totals.get(stack, 0)
        return self._computing.get(stack, 0) / total if total else 0.0

    def choose(self, record: ThreadRecord, still: Still, wait: int) -> Choice:
        """Return the stack a thread stood at when it was seen in the kernel state `wait`; none where what was read does not fit it."""
        look, bucket = self._look(record, still), _bucket(wait)
        if look.proven and (look.coming == NO_STACK or bucket != Wait.ON_CPU):
            return Choice(look.stack, certain=True, proven=True)
        if NO_STACK in {look.stack, look.coming}:
            return self._unless_unlikely(look.stack or look.coming, bucket, certain=look.coming == NO_STACK)
        now, then = self._fit(look.stack, bucket), self._fit(look.coming, bucket)
        if not now / _CLEARLY <= then <= now * _CLEARLY:
            return self._unless_unlikely(look.coming if then > now else look.stack, bucket, certain=True)
        gap_us = self._current.gap_us if self._current else 0.0
        return self._unless_unlikely(look.coming if look.distance_us < gap_us / 2 else look.stack, bucket, certain=False)

    def is_unlikely(self, stack: int, wait: int) -> bool:
        """Return whether a thread in the kernel state `wait` hardly ever stands at this stack, as far as is proven."""
        return self._totals.get(stack, 0) >= _ENOUGH and self._fit(stack, _bucket(wait)) < _HARDLY

    def _unless_unlikely(self, stack: int, bucket: int, *, certain: bool) -> Choice:
        if stack == NO_STACK or self.is_unlikely(stack, bucket):
            return _NOTHING
        return Choice(stack, certain=certain)

    def _fit(self, stack: int, bucket: int) -> float:
        """Return the share of a stack's certain samples that were in a state, smoothed (one tenth of a sample each for and against)."""
        return (self._seen.get((stack, bucket), 0) + 0.1) / (self._totals.get(stack, 0) + 0.3)

    def _look(self, record: ThreadRecord, still: Still) -> _Look:
        timeline = self._timeline(record)
        if timeline is None or self._current is None:
            return _Look()
        gap_us, time_us = self._current.gap_us, still.until_us
        position = timeline.position(time_us)
        stack = timeline.stacks[position] if position >= 0 else NO_STACK
        changed_us = timeline.times_us[position] if position >= 0 else 0
        proven = stack != NO_STACK and (changed_us > still.since_us or time_us - still.since_us > _LOOKED_AT_GAPS * gap_us)
        if position + 1 < len(timeline.stacks):
            distance_us = timeline.times_us[position + 1] - time_us
            if distance_us < (_CERTAIN_GAPS if stack != NO_STACK else _FIRST_GAPS) * gap_us:
                return _Look(stack, proven, timeline.stacks[position + 1], distance_us)
        return _Look(stack, proven)

    def _timeline(self, record: ThreadRecord) -> StackTimeline | None:
        return self._timelines.by_thread.get(record.tid) or self._timelines.by_pthread.get(record.pthread)


def _bucket(wait: int) -> int:
    """Return the state to learn by: a line that computes also waits for the GIL."""
    return Wait.ON_CPU if wait == Wait.GIL else wait
