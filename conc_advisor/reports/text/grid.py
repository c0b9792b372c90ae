"""Lines up cells in columns, with one column that gives way when the terminal is narrow.

rich's own tables mark what they cut with a sign that is not ASCII, and pad every line; a report needs neither.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len
from rich.text import Text

from conc_advisor.reports.text.page import Page

_GAPS: Final = (2, 1)
"""Columns between columns: the second where the first leaves too little room."""
_LEAST: Final = 8
"""Columns that the flexible column keeps whatever happens: fewer tell nothing."""


Cell = str | tuple[str, ...]
"""A text, or ever shorter ways to say it, of which the first that fits is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a grid.

    `heading` may have several lines (newlines between) · `right`: aligned to the right, as numbers are · `flexible`: gives way when space
    is short (at most one) · `keep_end`: what is cut is cut at the start · `style` in rich's words.
    """

    heading: str = ""
    right: bool = False
    flexible: bool = False
    keep_end: bool = False
    style: str = ""


def grid(page: Page, columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> tuple[Text, ...]:
    """Return headings (if any column has one) and rows as lines of at most the page's width; the cells must be harmless already."""
    headings = [column.heading.split("\n") for column in columns]
    height = max(map(len, headings)) if any(column.heading for column in columns) else 0
    head = [[heading[at - height] if len(heading) >= height - at else "" for heading in headings] for at in range(height)]
    layout = _Layout(page, columns, [*head, *rows])
    return (*(layout.line(cells, heading=True) for cells in head), *(layout.line(cells) for cells in rows))


def _longest(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell[0]


class _Layout:
    """The widths of the columns: each as wide as its widest cell, the flexible one what is left over."""

    def __init__(self, page: Page, columns: Sequence[Column], cells: Sequence[Sequence[Cell]]) -> None:
        self._page = page
        self._columns = columns
        self._widths = [max((cell_len(_longest(row[at])) for row in cells), default=0) for at in range(len(columns))]
        flexible = next((at for at, column in enumerate(columns) if column.flexible), None)
        room = max(self._widths[flexible] - _LEAST, 0) if flexible is not None else 0
        self._gap = next((gap for gap in _GAPS if self._excess(gap) <= room), _GAPS[-1])
        if flexible is not None and (excess := self._excess(self._gap)) > 0:
            width = self._widths[flexible] - min(excess, room)
            # Shorter ways to say a cell may leave even more room than was asked for.
            self._widths[flexible] = max(cell_len(self._fitted(row[flexible], width, columns[flexible])) for row in cells)

    def _excess(self, gap: int) -> int:
        return sum(self._widths) + gap * (len(self._columns) - 1) - self._page.inner_width

    def line(self, cells: Sequence[Cell], *, heading: bool = False) -> Text:
        """Return the cells of a row as one line."""
        line = Text(no_wrap=True)
        for at, (column, width, cell) in enumerate(zip(self._columns, self._widths, cells, strict=True)):
            text = self._fitted(cell, width, column)
            space = " " * (width - cell_len(text))
            line.append((" " * self._gap if at else "") + (space if column.right else ""))
            line.append(text, style="dim" if heading else column.style)
            line.append("" if column.right else space)
        line.rstrip()
        return line

    def _fitted(self, cell: Cell, width: int, column: Column) -> str:
        if isinstance(cell, str):
            return self._page.fit(cell, width, keep_end=column.keep_end)
        return next((name for name in cell if cell_len(name) <= width), None) or self._page.fit(cell[-1], width, keep_end=column.keep_end)
