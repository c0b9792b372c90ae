"""What the conclusions may refer to, and how they name a place."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from conc_advisor.findings import Location
from conc_advisor.profiling.analysis.pools import PoolUse
from conc_advisor.profiling.analysis.shares import Shares, is_by_gil_and_certain, is_own_and_certain
from conc_advisor.profiling.diagnosis import BlockingSite, EventLoop, GilContention, Stall
from conc_advisor.profiling.recording import Header

UNKNOWN_PLACE = "a place that no sample showed"
_COMPARABLE = 0.25
"""A line with less than this part of the hottest line's time is not named beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The analysed recording.

    `hot`: the user's functions at their hottest line, with CPU seconds, hottest first · `locks`: contended locks by line, longest waits
    first ·
    `uncounted_loops`: loops whose callbacks could not be counted · `cpu_without_stack`: share of CPU time of Python threads for which no
    stack was read.
    """

    header: Header
    shares: Shares
    contention: tuple[GilContention, ...]
    blocking: tuple[BlockingSite, ...]
    loops: tuple[EventLoop, ...]
    stalls: tuple[Stall, ...]
    pools: tuple[tuple[PoolUse, Location | None], ...]
    hot: tuple[tuple[Location, float], ...]
    locks: tuple[BlockingSite, ...]
    uncounted_loops: tuple[str, ...]
    cpu_without_stack: float

    @property
    def busy_processes(self) -> int:
        """In how many processes the GIL was held for a good part of the time."""
        return sum(1 for each in self.contention if each.held_share >= 0.25)  # noqa: PLR2004  (a quarter of a process's life: it computes)

    @property
    def worst_stall(self) -> Stall | None:
        """The stall that cost most, of those that the verdict counts."""
        return next(iter(self.counted_stalls), None)

    @property
    def counted_stalls(self) -> list[Stall]:
        """The stalls that the verdict counts: the loop's own, and if it has none, those by the GIL."""
        own = [stall for stall in self.stalls if is_own_and_certain(stall)]
        return own or [stall for stall in self.stalls if is_by_gil_and_certain(stall)]

    @property
    def fullest_pool(self) -> tuple[PoolUse, Location | None] | None:
        """The pool whose workers were all asleep inside tasks for longest, and a place where."""
        return max(self.pools, key=lambda item: (item[0].nested, item[0].saturated), default=None)

    def place(self, location: Location | None) -> str:
        """Return a place as people write it: `parse() (app/parse.py:41)`."""
        if location is None or not location.file:
            return UNKNOWN_PLACE
        spot = f"{self._short(location.file)}:{location.line}" if location.line else self._short(location.file)
        return spot if location.function in {"", "<module>"} else f"{location.function.removesuffix('()')}() ({spot})"

    def _short(self, file: str) -> str:
        path, folder = PurePosixPath(file), PurePosixPath(self.header.working_directory)
        return str(path.relative_to(folder)) if path.is_relative_to(folder) else path.name

    def hottest(self, most: int = 2) -> str:
        """Return the hottest user lines as words; only those that are not dwarfed by the first."""
        hot = [location for location, seconds in self.hot[:most] if seconds >= _COMPARABLE * self.hot[0][1]]
        return listed([self.place(location) for location in hot]) or "the hottest functions"


def percent(share: float) -> str:
    """Return a share in percent; small ones are not rounded to nothing."""
    if 0 < share < 0.01:  # noqa: PLR2004  (one percent)
        return "under 1%"
    return f"{share:.0%}"


def duration(seconds: float) -> str:
    """Return seconds as a reader likes them."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 100 else f"{seconds:.0f} s"  # noqa: PLR2004  (tenths tell nothing there)


def listed(words: list[str]) -> str:
    """Return words joined as in a sentence."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def times(count: int, word: str) -> str:
    """Return a count with its word: `1 stall`, `3 stalls`."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
