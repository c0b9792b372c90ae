"""The timeline: a lane a thread, a sign a slice of time."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.cells import cell_len
from rich.text import Text

from conc_advisor.concurrency import ThreadState
from conc_advisor.profiling.diagnosis import Lane
from conc_advisor.reports import quantities
from conc_advisor.reports.text.page import Line, Page, Paragraph, Section
from conc_advisor.reports.text.signs import STATE_MEANING, STATE_SIGNS

_LANES: Final = 12
_LABEL: Final = 20
_TICK_COLUMNS: Final = 12
_LEGEND_GAP: Final = "   "
_DEAD: Final = 0.5
"""A slice of which the thread lived less than this share is drawn empty, unless it is all there is of the thread."""


def timeline(page: Page) -> Section | None:
    """Return a lane for each thread that did something, an axis and a legend; threads that only waited for work are one line."""
    folded = page.folded_labels()
    order = {thread.label: number for number, thread in enumerate(page.threads())}
    lanes = [lane for lane in page.diagnosis.timeline if lane.thread not in folded and any(lane.cells)]
    lanes.sort(key=lambda lane: order.get(lane.thread, len(order)))
    if not lanes:
        return None
    shown = lanes[: page.limit(_LANES)]
    labels = [page.say(lane.thread) for lane in shown]
    label_width = min(max(map(cell_len, labels)), _label_room(page))
    columns = page.inner_width - label_width - 2
    drawn = [_resampled(lane, columns) for lane in shown]
    return Section(
        "Timeline",
        (
            *(_lane(page, label, label_width, states) for label, states in zip(labels, drawn, strict=True)),
            _axis(page, label_width, columns),
            *page.more(len(lanes) - len(shown), "thread"),
            *_folded_line(page, len(folded)),
            *_legend(page, drawn),
        ),
    )


def _label_room(page: Page) -> int:
    return max(_LABEL, page.inner_width // 5)


def _resampled(lane: Lane, columns: int) -> list[ThreadState | None]:
    """Return the state that took most of each column's time, None where the thread did not live."""
    weights = [_column(lane, at, columns) for at in range(columns)]
    lived = [sum(states.values()) for states in weights]
    least = min(_DEAD, max(lived))
    return [max(states, key=states.__getitem__) if states and life >= least else None for states, life in zip(weights, lived, strict=True)]


def _column(lane: Lane, at: int, columns: int) -> dict[ThreadState, float]:
    """Return the mean of the cells under a column, each by how much of it the column covers."""
    cells = lane.cells
    begin, end = at * len(cells) / columns, (at + 1) * len(cells) / columns
    states: dict[ThreadState, float] = {}
    for number in range(int(begin), min(int(end) + 1, len(cells))):
        covered = min(end, number + 1) - max(begin, number)
        for state, share in cells[number].items():
            if covered > 0 and share > 0:
                states[state] = states.get(state, 0.0) + share * covered / (end - begin)
    return states


def _lane(page: Page, label: str, label_width: int, states: Sequence[ThreadState | None]) -> Text:
    label = page.fit(label, label_width)
    line = Text(label + " " * (label_width - cell_len(label) + 2))
    for state in states:
        line.append(page.state_sign(state) if state else " ", style=STATE_SIGNS[state].style if state else "")
    return line


def _axis(page: Page, label_width: int, columns: int) -> Text:
    """Return the time axis: round times, each label beginning under the column that it names."""
    duration = page.diagnosis.duration_seconds
    line = Text(" " * (label_width + 2), style="dim")
    if duration <= 0:
        return line
    step = _round_step(duration * _TICK_COLUMNS / columns)
    drawn = ""
    for tick in range(int(duration / step) + 1):
        at = round(tick * step / duration * columns)
        label = page.sign("╵", "|") + _axis_label(tick * step)
        if at + len(label) <= columns and at >= len(drawn):
            drawn = drawn.ljust(at) + label
    return line.append(drawn)


def _axis_label(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02} min" if minutes else f"{seconds:.3g} s"


def _round_step(least: float) -> float:
    """Return the smallest round step of at least `least` seconds."""
    for step in (1e-4, 1e-3, 1e-2, 0.1, 1.0):
        for factor in (1, 2, 5):
            if step * factor >= least:
                return step * factor
    return next((step for step in (10, 15, 30, 60, 120, 300, 600, 1800, 3600) if step >= least), 7200.0 * (1 + least // 7200))


def _folded_line(page: Page, folded: int) -> tuple[Line, ...]:
    if not folded:
        return ()
    words = f"+{quantities.plural(folded, 'thread')} that only waited for work or ran no Python code"
    return (Paragraph(Text(page.say(words), style="dim")),)


def _legend(page: Page, drawn: Sequence[Sequence[ThreadState | None]]) -> Iterator[Line]:
    """Yield what the signs mean, those that were drawn only; a sign stands for the state that took most of its slice."""
    present = {state for states in drawn for state in states}
    line = Text()
    for state in (state for state in ThreadState if state in present):
        entry = Text.assemble((page.state_sign(state), STATE_SIGNS[state].style), f" {STATE_MEANING[state]}")
        if line and line.cell_len + len(_LEGEND_GAP) + entry.cell_len > page.inner_width:
            yield line
            line = Text()
        line.append(_LEGEND_GAP if line else "")
        line.append_text(entry)
    yield line
