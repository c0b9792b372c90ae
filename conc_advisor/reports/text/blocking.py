"""Where threads waited for something else than the GIL."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from conc_advisor.concurrency import BlockKind, ThreadState
from conc_advisor.findings import Location
from conc_advisor.profiling.diagnosis import BlockingSite
from conc_advisor.reports import quantities
from conc_advisor.reports.text.grid import Cell, Column, grid
from conc_advisor.reports.text.page import Page, Section
from conc_advisor.reports.text.signs import BLOCK_MEANING

_ROWS: Final = 8


def blocking(page: Page) -> Section | None:
    """Return the places where threads waited, longest first; threads that waited at the same place for the same thing share a row."""
    folded = page.folded_labels()
    groups = _grouped(site for site in page.diagnosis.blocking if site.thread not in folded and site.seconds > 0)
    if not groups:
        return None
    shown = groups[: page.limit(_ROWS)]
    columns = (
        Column(heading="where", flexible=True, keep_end=True, style="bold"),
        Column(heading="waited"),
        Column(heading="thread"),
        Column(heading="≤ times", right=True),
        Column(heading="total", right=True),
    )
    lines = grid(page, columns, [_row(page, group) for group in shown])
    return Section("Waiting", (*lines, *page.more(len(groups) - len(shown), "place")))


@dataclass(frozen=True, slots=True)
class _Group:
    location: Location | None
    state: ThreadState
    kind: BlockKind | None
    sites: tuple[BlockingSite, ...]

    @property
    def seconds(self) -> float:
        return math.fsum(site.seconds for site in self.sites)


def _grouped(sites: Iterable[BlockingSite]) -> list[_Group]:
    groups: dict[tuple[Location | None, ThreadState, BlockKind | None], list[BlockingSite]] = {}
    for site in sites:
        groups.setdefault((site.location, site.state, site.kind), []).append(site)
    found = [_Group(location, state, kind, tuple(members)) for (location, state, kind), members in groups.items()]
    return sorted(found, key=lambda group: -group.seconds)


def _row(page: Page, group: _Group) -> list[Cell]:
    threads = {site.thread for site in group.sites}
    counts = [site.count for site in group.sites if site.count is not None]
    return [
        page.place_names(group.location),
        _what(group),
        page.fit(page.say(group.sites[0].thread), 16) if len(threads) == 1 else quantities.plural(len(threads), "thread"),
        quantities.count(sum(counts)) if len(counts) == len(group.sites) else "?",
        quantities.duration(group.seconds),
    ]


def _what(group: _Group) -> str:
    if group.state is ThreadState.LOCK_WAIT:
        return "for a lock"
    return BLOCK_MEANING[group.kind or BlockKind.OTHER]
