"""Follows one event loop's thread sample by sample and yields the stretches in which no new callback began.

How long a stretch was follows from the samples around it: it began between the last sample before it and its first one, and ended
between its last one and the next.  The midpoints are taken.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from conc_advisor.profiling.analysis.activities import ASLEEP, GIL_WAIT, LOOP_IDLE
from conc_advisor.profiling.analysis.loop_bases import guessed_base, refined_base
from conc_advisor.profiling.analysis.stack_index import InLoop, StackIndex
from conc_advisor.profiling.recording import NO_CALLBACKS, NO_STACK, STALE_STACK

_STALE_WEIGHT: Final = 0.2
"""A stack that was read at another instant votes for a line, but any fresh one outvotes it."""


class Where(Enum):
    """Where the loop's thread was at a sample."""

    OUTSIDE = auto()
    IDLE = auto()
    MACHINERY = auto()
    CALLBACK = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Instant:
    """One sample of a loop's thread, as the columns of `SampleBlock` have it.

    `holder` is the stack at which the GIL of the process was last seen held.
    """

    time_us: int
    activity: int
    stack: int
    seconds: float
    switches: int
    callbacks: int
    flags: int
    holder: int


@dataclass(slots=True)
class Votes:
    """Seconds of consecutive samples: by activity, by stack, and by the holder's stack while waiting for the GIL.

    `first_us`, `before_us`: the instants of the first of them and of the sample before it · `placed`: by activity, those with a callback's
    stack · `unknown`: those without any stack · `asleep_inside`: those asleep at a callback's stack that was read during that sleep.
    """

    before_us: int
    first_us: int
    by_activity: defaultdict[int, float] = field(default_factory=lambda: defaultdict(float))
    by_stack: defaultdict[int, float] = field(default_factory=lambda: defaultdict(float))
    by_holder: defaultdict[int, float] = field(default_factory=lambda: defaultdict(float))
    placed: defaultdict[int, float] = field(default_factory=lambda: defaultdict(float))
    any_stack: bool = False
    unknown: float = 0.0
    asleep_inside: float = 0.0

    def add(self, other: "Votes") -> None:
        """Add the seconds of others."""
        for code, seconds in other.by_activity.items():
            self.by_activity[code] += seconds
        for stack, seconds in other.by_stack.items():
            self.by_stack[stack] += seconds
        for stack, seconds in other.by_holder.items():
            self.by_holder[stack] += seconds
        self.any_stack = self.any_stack or other.any_stack
        self.unknown += other.unknown
        self.asleep_inside += other.asleep_inside
        for code, seconds in other.placed.items():
            self.placed[code] += seconds


@dataclass(slots=True)
class Stretch:
    """Consecutive samples without a new callback.

    `before_us`, `first_us`, `last_us`, `after_us`: the instants of the sample before, the first, the last and the one after ·
    `estimated`: callbacks were not counted · `votes`: what was seen · `wait`: the wait that may
    not have ended yet, not yet in `votes`.
    """

    before_us: int
    first_us: int
    last_us: int
    base: int
    votes: Votes
    after_us: int = 0
    estimated: bool = False
    wait: Votes | None = None

    @property
    def begin_us(self) -> float:
        """When it began, microseconds since the recording began."""
        return (self.before_us + self.first_us) / 2

    @property
    def duration(self) -> float:
        """How long it lasted, in seconds."""
        return ((self.last_us + self.after_us) / 2 - self.begin_us) * 1e-6

    @property
    def proven(self) -> float:
        """How long it lasted at least, in seconds."""
        return (self.last_us - self.first_us) * 1e-6

    @property
    def gap(self) -> float:
        """How far `duration` may be from the truth, in seconds."""
        return ((self.first_us - self.before_us) + (self.after_us - self.last_us)) * 5e-7


class LoopTrack:
    """The state of following one thread; `step` returns a stretch when one ends."""

    def __init__(self, index: StackIndex, *, implementation: str) -> None:
        self._index = index
        self.implementation = implementation
        self.callbacks: int | None = None
        self.samples_in_loop = 0
        self.uncounted = 0
        self._switches_seen = False
        self._base = NO_STACK
        self._guessed: dict[int, int] = {}
        self._stretch: Stretch | None = None
        self._previous: Instant | None = None
        self._previous_where = Where.OUTSIDE

    def step(self, now: Instant) -> Stretch | None:
        """Take in the next sample."""
        self._switches_seen = self._switches_seen or now.switches > 0
        where = self._where(now)
        self._count(now, where)
        ended = None
        stretch = self._stretch
        if stretch is not None and not self._goes_on(now, where):
            ended = self._end_idle() if where is Where.IDLE and self._same_wait(now) else self._end(now.time_us)
            stretch = None
        if stretch is None and self._begins(now, where):
            before = now.time_us if self._previous is None else self._previous.time_us
            stretch = self._stretch = Stretch(before, now.time_us, now.time_us, self._base_at(now.stack), Votes(before, now.time_us))
        if stretch is not None:
            self._extend(stretch, now, where)
        self._previous, self._previous_where = now, where
        return ended

    def finish(self) -> Stretch | None:
        """Return the stretch that the recording's end cut off, if there is one."""
        return None if self._stretch is None else self._end(self._stretch.last_us)

    def _count(self, now: Instant, where: Where) -> None:
        if now.callbacks != NO_CALLBACKS:
            self.callbacks = (self.callbacks or 0) + now.callbacks
        elif where in {Where.CALLBACK, Where.MACHINERY}:
            self.uncounted += 1
        if where not in {Where.OUTSIDE, Where.UNKNOWN}:
            self.samples_in_loop += 1

    def _where(self, now: Instant) -> Where:
        if now.activity == LOOP_IDLE:
            if self.implementation != "asyncio":
                self._base = refined_base(self._base, now.stack, self._index)
            return Where.IDLE
        if self._previous_where is Where.IDLE and self._same_wait(now):
            # The stack was read at another instant: the thread has been in the selector all the time.
            return Where.IDLE
        return self._by_stack(now)

    def _by_stack(self, now: Instant) -> Where:
        if now.stack == NO_STACK:
            return Where.UNKNOWN
        match self._index.in_loop[now.stack]:
            case InLoop.CALLBACK:
                return Where.CALLBACK
            case InLoop.MACHINERY:
                return Where.MACHINERY
        if self.implementation != "asyncio":
            base = self._base_at(now.stack)
            if base != NO_STACK and self._index.is_under(now.stack, base):
                return Where.MACHINERY if now.stack == base else Where.CALLBACK
        return Where.UNKNOWN if now.flags & STALE_STACK else Where.OUTSIDE

    def _base_at(self, stack: int) -> int:
        """Return the path of a loop whose own frames cannot be seen, `NO_STACK` for asyncio's."""
        if self.implementation == "asyncio":
            return NO_STACK
        # A stack that shows what started the loop tells for itself; the base learnt while idle may come from a stack of before the loop.
        if stack not in self._guessed:
            self._guessed[stack] = guessed_base(stack, self._index)
        return self._guessed[stack] or self._base

    def _begins(self, now: Instant, where: Where) -> bool:
        if where in {Where.UNKNOWN, Where.MACHINERY}:
            # A callback began, or the loop has come out of its selector and does not get the GIL.
            return 0 < now.callbacks != NO_CALLBACKS or (now.callbacks == 0 and now.activity == GIL_WAIT)
        return where is Where.CALLBACK

    def _goes_on(self, now: Instant, where: Where) -> bool:
        if where in {Where.IDLE, Where.OUTSIDE} or self._previous is None:
            return False
        if now.callbacks != NO_CALLBACKS:
            return now.callbacks == 0
        if now.activity in ASLEEP:
            # Not put on a core since: still in the same wait.  Otherwise the loop may have waited in its selector in between.
            return now.switches == 0 and now.activity == self._previous.activity
        return where is Where.CALLBACK is self._previous_where and self._same_path(now.stack, self._previous.stack)

    def _same_path(self, one: int, other: int) -> bool:
        # The same user functions called from the same lines; only the innermost one may have gone on to another line.
        one, other = self._index.tip[one], self._index.tip[other]
        if one == other:
            return True
        stacks = self._index.stacks
        if NO_STACK in {one, other} or stacks.parent(one) != stacks.parent(other):
            return False
        mine, theirs = stacks.leaf(one), stacks.leaf(other)
        return (mine.file, mine.function) == (theirs.file, theirs.function)

    def _same_wait(self, now: Instant) -> bool:
        """Return whether the thread was not on a core since its last sample, and asleep at both."""
        before = self._previous
        asleep = before is not None and before.activity in ASLEEP and now.activity in ASLEEP
        return asleep and self._switches_seen and now.switches == 0 and now.callbacks in {0, NO_CALLBACKS}

    def _extend(self, stretch: Stretch, now: Instant, where: Where) -> None:
        votes = stretch.votes
        if now.activity in ASLEEP:
            if stretch.wait is None or not self._same_wait(now):
                stretch.votes.add(stretch.wait or Votes(0, 0))
                stretch.wait = Votes(stretch.before_us if stretch.first_us == now.time_us else stretch.last_us, now.time_us)
            votes = stretch.wait
        elif stretch.wait is not None:
            stretch.votes.add(stretch.wait)
            stretch.wait = None
        stretch.last_us = now.time_us
        stretch.estimated = stretch.estimated or now.callbacks == NO_CALLBACKS
        votes.by_activity[now.activity] += now.seconds
        votes.any_stack = votes.any_stack or now.stack != NO_STACK
        votes.unknown += now.seconds if now.stack == NO_STACK else 0.0
        if now.activity == GIL_WAIT and now.holder != NO_STACK:
            votes.by_holder[now.holder] += now.seconds
        if where is Where.CALLBACK:
            votes.placed[now.activity] += now.seconds
            stale = bool(now.flags & STALE_STACK)
            votes.by_stack[now.stack] += now.seconds * (_STALE_WEIGHT if stale else 1.0)
            votes.asleep_inside += 0.0 if stale or now.activity not in ASLEEP else now.seconds

    def _end(self, after_us: int) -> Stretch | None:
        stretch, self._stretch = self._stretch, None
        if stretch is not None:
            stretch.after_us = after_us
            if stretch.wait is not None:
                stretch.votes.add(stretch.wait)
        return stretch

    def _end_idle(self) -> Stretch | None:
        """End the stretch before its last wait, which turned out to be the selector's: the thread sleeps in it still."""
        stretch, self._stretch = self._stretch, None
        if stretch is None or stretch.wait is None:
            return stretch
        stretch.last_us, stretch.after_us = stretch.wait.before_us, stretch.wait.first_us
        return stretch if stretch.last_us >= stretch.first_us else None
