"""Where threads waited: by thread, kind and line, with the time and the number of waits."""

from collections import defaultdict
from typing import Final

from conc_advisor.concurrency import ThreadState
from conc_advisor.profiling.analysis.activities import ASLEEP, LOOP_IDLE, ActivityReader
from conc_advisor.profiling.analysis.stack_index import NO_SITE, StackIndex
from conc_advisor.profiling.analysis.states import States
from conc_advisor.profiling.analysis.totals import Totals
from conc_advisor.profiling.analysis.waits import Wait
from conc_advisor.profiling.diagnosis import BlockingSite
from conc_advisor.profiling.recording import ACTIVITIES, DERIVED, Header, SampleBlock

MIN_SITE_SHARE: Final = 0.01
"""Sites with less of the thread's life than this are left out."""
MAX_SITES: Final = 200
"""The longest waits are kept, so that a program with thousands of threads still gets a readable answer."""

_IS_WAIT: Final = tuple(code in ASLEEP and code != LOOP_IDLE for code in range(len(ACTIVITIES)))


class WaitCounts:
    """Counts waits.

    A thread that was not put on a core since its last sample is still in the same wait.  If it was, it may have waited several times at
    the same place in
    between: each time that the kernel put it on a core ended one wait.  That is exact for a thread that does nothing but wait at one
    place, and an estimate otherwise.
    """

    def __init__(self, header: Header, index: StackIndex) -> None:
        self._size = index.size
        self._previous = [-1] * len(header.threads)
        self._counts: defaultdict[int, int] = defaultdict(int)

    def add(self, block: SampleBlock) -> None:
        """Count a block."""
        previous, counts, size, activities = self._previous, self._counts, self._size, len(ACTIVITIES)
        rows = zip(block.thread, block.activity, block.stack, block.switches, block.flags, strict=True)
        for thread, activity, stack, switches, flags in rows:
            if flags & DERIVED:
                continue
            place = activity * size + stack
            if _IS_WAIT[activity]:
                before = previous[thread]
                if before == place:
                    if switches:
                        counts[thread * activities * size + place] += switches
                elif switches or before // size != activity:
                    counts[thread * activities * size + place] += 1
            previous[thread] = place

    def count(self, thread: int, activity: int, stack: int) -> int:
        """Return the number of waits that were counted there."""
        return self._counts.get((thread * len(ACTIVITIES) + activity) * self._size + stack, 0)


class Blocking:
    """Makes the list of waits, without those of idle workers and plumbing threads."""

    def __init__(self, *, header: Header, index: StackIndex, reader: ActivityReader, totals: Totals, counts: WaitCounts) -> None:
        self._header = header
        self._index = index
        self._seconds: defaultdict[tuple[int, int, int], float] = defaultdict(float)
        self._counts: defaultdict[tuple[int, int, int], int] = defaultdict(int)
        self._counted = totals.switches_seen
        self._stack: dict[tuple[int, int, int], int] = {}
        for row in totals.rows():
            if not _IS_WAIT[row.activity] or not header.threads[row.thread].python or self._is_plumbing(row.stack):
                continue
            site = index.site[row.stack]
            key = (row.thread, reader.code(row.activity, row.stack), site if site != NO_SITE else -row.stack)
            self._seconds[key] += row.seconds
            self._counts[key] += counts.count(row.thread, row.activity, row.stack)
            self._stack[key] = row.stack

    def result(self, states: States, labels: list[str]) -> tuple[BlockingSite, ...]:
        """Return the sites, longest first."""
        sites = []
        for key, seconds in self._seconds.items():
            thread, code, _ = key
            life = states.life(thread)
            if seconds < MIN_SITE_SHARE * life:
                continue
            activity = ACTIVITIES[code]
            sites.append(
                BlockingSite(
                    thread=labels[thread],
                    state=activity.state,
                    kind=activity.kind,
                    location=self._index.location(self._stack[key]),
                    seconds=seconds,
                    share=seconds / life,
                    count=max(self._counts[key], 1) if self._counted else None,
                )
            )
        return tuple(sorted(sites, key=lambda site: (-site.seconds, site.thread))[:MAX_SITES])

    def _is_plumbing(self, stack: int) -> bool:
        return self._index.wait(stack) is Wait.WORK


def lock_sites(sites: tuple[BlockingSite, ...]) -> list[BlockingSite]:
    """Return where threads waited for a contended lock, longest first.

    The sites of one line are added up, and `thread` lists the waiters.
    """
    by_line: defaultdict[object, list[BlockingSite]] = defaultdict(list)
    for site in sites:
        if site.state is ThreadState.LOCK_WAIT and site.location is not None:
            by_line[site.location].append(site)
    return sorted((_together(group) for group in by_line.values()), key=lambda site: -site.seconds)


def _together(group: list[BlockingSite]) -> BlockingSite:
    counts = [site.count for site in group]
    return BlockingSite(
        thread=", ".join(dict.fromkeys(site.thread for site in group)),
        state=group[0].state,
        kind=group[0].kind,
        location=group[0].location,
        seconds=sum(site.seconds for site in group),
        share=max(site.share for site in group),
        count=None if None in counts else sum(count or 0 for count in counts),
    )
