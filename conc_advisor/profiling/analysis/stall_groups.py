"""Stalls put together by thread, cause and place as they are found: memory is bounded by the distinct lines, not by the stalls."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from conc_advisor.concurrency import StallCause
from conc_advisor.findings import Location
from conc_advisor.profiling.analysis.stall_places import Place
from conc_advisor.profiling.diagnosis import Stall

_Function = tuple[int, StallCause, str, str]
"""Thread, cause, file and function; the last two are empty where the place is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OneStall:
    """A stall that began at `first_us` and lasted `seconds`; `estimated` where callbacks were not counted."""

    thread: int
    cause: StallCause
    place: Place
    first_us: int
    seconds: float
    estimated: bool


@dataclass(slots=True)
class _Group:
    """Stalls so far.

    `place` is that of the longest · `lines`: all lines of its function that were seen · `estimated`: the seconds without counted callbacks.
    """

    place: Place
    first_us: int
    lines: set[int] = field(default_factory=set)
    count: int = 0
    total: float = 0.0
    longest: float = 0.0
    estimated: float = 0.0

    def take(self, other: "_Group") -> None:
        """Add the stalls of another group."""
        if other.longest > self.longest:
            self.longest, self.place = other.longest, other.place
        self.first_us = min(self.first_us, other.first_us)
        self.lines |= other.lines
        self.count += other.count
        self.total += other.total
        self.estimated += other.estimated


class StallGroups:
    """The groups so far.

    Stalls at different lines of a function are different groups, unless both lines were seen within one stall: then they belong to one
    computation.
    """

    def __init__(self) -> None:
        self._groups: defaultdict[_Function, dict[int, _Group]] = defaultdict(dict)

    def add(self, stall: OneStall) -> None:
        """Add one stall."""
        place, seconds = stall.place, stall.seconds
        where = place.location or Location(file="", line=0, function="")
        one = _Group(place, stall.first_us, set(place.lines), 1, seconds, seconds, seconds if stall.estimated else 0.0)
        lines = self._groups[stall.thread, stall.cause, where.file, where.function]
        if where.line in lines:
            lines[where.line].take(one)
        else:
            lines[where.line] = one

    def stalls(self, labels: list[str]) -> tuple[Stall, ...]:
        """Return the stalls, those that cost most first."""
        found = [
            Stall(
                thread=labels[thread],
                location=group.place.location,
                callback=group.place.callback,
                cause=cause,
                count=group.count,
                total_seconds=group.total,
                longest_seconds=group.longest,
                first_us=group.first_us,
                estimated=group.estimated > group.total / 2,
            )
            for (thread, cause, _, _), lines in self._groups.items()
            for group in _joined(lines.values())
        ]
        return tuple(sorted(found, key=lambda stall: (-stall.total_seconds, stall.first_us)))

    def seconds_of(self, thread: int) -> float:
        """Return how long the loop of a thread was stalled in all."""
        return sum(group.total for (owner, *_), lines in self._groups.items() if owner == thread for group in lines.values())


def _joined(groups: Iterable[_Group]) -> list[_Group]:
    """Return the groups, those with a line in common put together."""
    joined: list[_Group] = []
    for group in groups:
        common = [other for other in joined if other.lines & group.lines]
        one = _Group(group.place, group.first_us)
        for each in (*common, group):
            one.take(each)
        joined = [other for other in joined if other not in common] + [one]
    return joined
