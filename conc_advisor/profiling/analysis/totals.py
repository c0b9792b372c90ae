"""Sums over all samples: how long each thread did what, and where."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import compress

from conc_advisor.profiling.analysis.activities import RUNNING
from conc_advisor.profiling.recording import ACTIVITIES, DERIVED, HOLDS_GIL, SampleBlock


@dataclass(frozen=True, slots=True)
class Row:
    """`seconds` that a thread spent in an activity at a stack."""

    thread: int
    activity: int
    stack: int
    seconds: float


class Totals:
    """Seconds per (thread, activity, stack), and counts per thread; memory is bounded by the distinct ones."""

    def __init__(self, stacks: int) -> None:
        self._stacks = stacks
        self._seconds: defaultdict[int, float] = defaultdict(float)
        self._rows: Counter[int] = Counter()
        self._derived: Counter[int] = Counter()
        self._holding: defaultdict[int, float] = defaultdict(float)
        self._switches_seen = False
        self._marks = [flag & DERIVED for flag in range(256)]

    def add(self, block: SampleBlock) -> None:
        """Count a block."""
        sums, holding, stacks, activities = self._seconds, self._holding, self._stacks, len(ACTIVITIES)
        rows = zip(block.thread, block.activity, block.stack, block.seconds, block.flags, strict=True)
        for thread, activity, stack, seconds, flags in rows:
            sums[(thread * activities + activity) * stacks + stack] += seconds
            if flags & HOLDS_GIL or activity == RUNNING:
                holding[thread] += seconds
        self._rows.update(block.thread)
        self._derived.update(compress(block.thread, map(self._marks.__getitem__, block.flags)))
        self._switches_seen = self._switches_seen or max(block.switches) > 0

    @property
    def switches_seen(self) -> bool:
        """Whether context switches were recorded at all."""
        return self._switches_seen

    def samples(self, thread: int) -> int:
        """Return how many instants of a thread were sampled."""
        return self._rows[thread] - self._derived[thread]

    def holding_seconds(self, thread: int) -> float:
        """Return how long a thread held the GIL, asleep or not."""
        return self._holding[thread]

    def rows(self) -> Iterator[Row]:
        """Yield the sums."""
        for key, seconds in self._seconds.items():
            rest, stack = divmod(key, self._stacks)
            thread, activity = divmod(rest, len(ACTIVITIES))
            yield Row(thread, activity, stack, seconds)
