"""The GIL: who waited for it, who held it meanwhile and where, and what leaving it could gain."""

import math
from collections.abc import Iterable
from typing import Final

from rich.text import Text

from conc_advisor.findings import Location
from conc_advisor.profiling.diagnosis import AsleepHolding, Gain, GilContention, HolderSite
from conc_advisor.reports import quantities
from conc_advisor.reports.text.page import Line, Page, Paragraph, Section

_SITES: Final = 5
_NAMES: Final = 3
_WORTH_SHOWING: Final = 0.01
"""Where less than this share of the wish to compute was waiting, the section is one line; no judgement hangs on it."""


def contention(page: Page) -> Section | None:
    """Return a paragraph a process with a GIL; None where nothing was held or waited for."""
    lines: list[Line] = []
    for gil in page.diagnosis.contention:
        if gil.held_share > 0 or gil.waited_seconds > 0:
            lines.extend(_process(page, gil))
    return Section("The GIL", tuple(lines)) if lines else None


def _process(page: Page, gil: GilContention) -> list[Line]:
    where = f"Process {gil.pid}: held " if len(page.diagnosis.contention) > 1 else "Held "
    words = f"{where}{quantities.share(gil.held_share)} of the time; {_waiting_words(gil)}"
    lines: list[Line] = [Paragraph(Text(page.say(words if gil.measured else f"{words} (estimated)")))]
    if gil.waiting_share >= _WORTH_SHOWING:
        waits = _waits(gil.holders)
        shown = waits[: page.limit(_SITES)]
        lines.extend(Paragraph(_holder(page, sites), mark="-") for sites in shown)
        lines.extend(page.more(len(waits) - len(shown), "such wait"))
    asleep = gil.asleep_holding[: page.limit(_SITES)]
    lines.extend(Paragraph(_asleep(page, site), mark="!", style="bold red") for site in asleep)
    lines.extend(page.more(len(gil.asleep_holding) - len(asleep), "place"))
    if gil.gain and gil.waiting_share >= _WORTH_SHOWING:
        lines.append(Paragraph(Text(page.say(gain_words(gil.gain)))))
    return lines


def _waiting_words(gil: GilContention) -> str:
    if gil.waited_seconds <= 0:
        return "no thread was seen waiting for it."
    share = quantities.share(gil.waiting_share)
    return f"threads waited {quantities.duration(gil.waited_seconds)} for it, {share} of the time they wanted to compute."


def _waits(holders: Iterable[HolderSite]) -> list[tuple[HolderSite, ...]]:
    """Return the sites by waiter and place, longest first: alike threads that hold the GIL at one place in turn are one line."""
    groups: dict[tuple[str, Location | None], list[HolderSite]] = {}
    for site in holders:
        groups.setdefault(_wait_key(site), []).append(site)
    return sorted(map(tuple, groups.values()), key=lambda sites: -math.fsum(site.seconds for site in sites))


def _wait_key(site: HolderSite) -> tuple[str, Location | None]:
    return site.waiter, site.location


def _holder(page: Page, sites: tuple[HolderSite, ...]) -> Text:
    names = [page.say(site.holder) for site in sites]
    who = names[0] if len(names) == 1 else f"{', '.join(names[:_NAMES])}{' and others' if len(names) > _NAMES else ''}"
    return Text.assemble(
        "while ",
        (page.say(sites[0].waiter), "bold"),
        " waited, ",
        (who, "bold"),
        f" held it at {page.place(sites[0].location)}: ",
        (f"{quantities.share(math.fsum(site.share for site in sites))} of that wait", "bold"),
        f", {quantities.duration(math.fsum(site.seconds for site in sites))}",
    )


def _asleep(page: Page, site: AsleepHolding) -> Text:
    return Text.assemble(
        (page.say(site.thread), "bold"),
        f" slept with the GIL held at {page.place(site.location)} for ",
        (quantities.duration(site.seconds), "bold"),
        f"; meanwhile others waited {quantities.duration(site.others_waited_seconds)}",
    )


def gain_words(gain: Gain) -> str:
    """Return the gain to expect without the GIL as a sentence: a range, and what it assumes."""
    low, high = quantities.number(gain.low), quantities.number(gain.high)
    times = f"{low} times" if low == high else f"{low} to {high} times"
    return f"Without the GIL this work could be {times} as fast, assuming: {gain.assumption.rstrip('.')}."
