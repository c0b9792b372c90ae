"""Event loops: how busy they are, and what kept them from their other callbacks."""

from typing import Final

from rich.text import Text

from conc_advisor.profiling.diagnosis import EventLoop, Stall
from conc_advisor.reports import quantities
from conc_advisor.reports.text.grid import Cell, Column, grid
from conc_advisor.reports.text.page import Line, Page, Paragraph, Section
from conc_advisor.reports.text.signs import STALL_MEANING

_LOOPS: Final = 6
_STALLS: Final = 10


def event_loops(page: Page) -> Section | None:
    """Return a line for each event loop."""
    loops = page.diagnosis.event_loops
    if not loops:
        return None
    shown = loops[: page.limit(_LOOPS)]
    return Section(
        "Event loops" if len(loops) > 1 else "Event loop",
        (*(Paragraph(_loop(page, loop)) for loop in shown), *page.more(len(loops) - len(shown), "event loop")),
    )


def _loop(page: Page, loop: EventLoop) -> Text:
    callbacks = "callbacks not counted" if loop.callbacks is None else quantities.plural(loop.callbacks, "callback")
    stalled = f", stalled for {quantities.duration(loop.stalled_seconds)}" if loop.stalled_seconds > 0 else ""
    words = (
        f"{loop.implementation} in {loop.thread}: {quantities.share(loop.idle_share)} idle, {quantities.share(loop.busy_share)} busy "
        f"of {quantities.duration(loop.seconds)}, {callbacks}{stalled}"
    )
    return Text(page.say(words))


def stalls(page: Page) -> Section | None:
    """Return the lines that kept a loop waiting; where a loop was seen and never kept waiting, that in one line."""
    threshold = quantities.duration(page.diagnosis.stall_threshold_seconds)
    if not page.diagnosis.stalls:
        quiet = Text(page.say(f"No callback was seen to keep the loop for {threshold} or more."))
        return Section("Stalls", (Paragraph(quiet),)) if page.diagnosis.event_loops else None
    shown = page.diagnosis.stalls[: page.limit(_STALLS)]
    several = len({stall.thread for stall in page.diagnosis.stalls}) > 1
    columns = (
        Column(heading="where", flexible=True, keep_end=True, style="bold"),
        *((Column(heading="loop"),) if several else ()),
        Column(heading="cause"),
        Column(heading="times", right=True),
        Column(heading="total", right=True),
        Column(heading="longest", right=True, style="bold red"),
    )
    lines: list[Line] = [*grid(page, columns, [_row(page, stall, several=several) for stall in shown])]
    lines.extend(page.more(len(page.diagnosis.stalls) - len(shown), "place"))
    if any(stall.estimated for stall in shown):
        lines.append(
            Paragraph(Text("~ estimated: the callbacks could not be counted, so like neighbours may be taken for one.", style="dim"))
        )
    return Section(f"Stalls: callbacks that kept the loop for about {threshold} or more", tuple(lines))


def _row(page: Page, stall: Stall, *, several: bool) -> list[Cell]:
    return [
        page.place_names(stall.location),
        *((page.fit(page.say(stall.thread), 16),) if several else ()),
        STALL_MEANING[stall.cause],
        f"{'~' if stall.estimated else ''}{quantities.count(stall.count)}",
        quantities.duration(stall.total_seconds),
        quantities.duration(stall.longest_seconds),
    ]
