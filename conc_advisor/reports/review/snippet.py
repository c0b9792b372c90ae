"""The lines of source around a finding, with a line of carets under it.

Lines stand as they would in an editor: tabs as blanks, everything unprintable spelled out, long lines cut to what surrounds the finding.
Columns count characters, and a terminal may take two columns or more for one of them, so that each character's width is looked at.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from conc_advisor.findings import Location, Severity
from conc_advisor.reports.plain import Paper, Style, cell_width

STYLES: Final[dict[Severity, Style]] = {Severity.ERROR: Style.RED, Severity.WARNING: Style.YELLOW, Severity.INFO: Style.CYAN}
_AROUND: Final = 2
"""Lines shown before and after the line of the finding."""
_TAB: Final = 4
_LEAST: Final = 40
"""Columns of source that are shown even on a narrower page."""
_BEFORE: Final = 20
"""Columns that are kept to the left of a finding that is far out in a long line."""
_FAR: Final = 1_000
"""Characters to the left and the right of a finding that are looked at at all: generated files have lines of megabytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    """The part of each line that is shown: from a character on, then from a column of those on, so many columns."""

    char: int
    column: int
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cells:
    """A line as it is shown: for each of its characters the text in its place, and the columns where they begin and the last ends."""

    texts: tuple[str, ...]
    starts: tuple[int, ...]


def snippet(place: Location, lines: Sequence[str], severity: Severity, paper: Paper) -> list[str]:
    """Return the excerpt, with line numbers; nothing where the line is not known.

    Of a finding that goes over several lines, the first is marked to its end.
    """
    if not 0 < place.line <= len(lines):
        return []
    shown = _numbers(place, lines)
    gutter = len(str(shown[-1]))
    width = max(paper.width - gutter - len(" | "), _LEAST)
    text = lines[place.line - 1]
    begin, end = _span(place, text)
    cut = _cut(text, begin, end, width, paper)
    empty = paper.styled(f"{'':{gutter}} |", Style.DIM)
    drawn = [empty]
    for number in shown:
        bar = paper.styled(f"{number:{gutter}} |", Style.DIM)
        drawn.append(f"{bar} {_excerpt(lines[number - 1], cut, paper)}".rstrip())
        if number == place.line and place.column > 0:
            mark = _carets(text, begin, end, cut, paper)
            more = paper.sign("…", "...") if place.end_line > place.line else ""
            drawn.append(f"{empty} {' ' * mark.start}{paper.styled('^' * len(mark) + more, STYLES[severity])}")
    return [*drawn, empty]


def _numbers(place: Location, lines: Sequence[str]) -> list[int]:
    """Return the numbers of the lines to show, without empty ones at the edges."""
    last = min(place.line + _AROUND, len(lines))
    numbers = list(range(max(place.line - _AROUND, 1), last + 1))
    while numbers[0] < place.line and not lines[numbers[0] - 1].strip():
        numbers.pop(0)
    while numbers[-1] > place.line and not lines[numbers[-1] - 1].strip():
        numbers.pop()
    return numbers


def _span(place: Location, text: str) -> tuple[int, int]:
    """Return the finding's first character in its line and the one after its last, from 0: at least one character, and not too many."""
    begin = min(max(place.column - 1, 0), len(text))
    end = begin + 1
    if place.end_line > place.line:
        end = max(len(text.rstrip()), end)
    elif place.end_line == place.line and place.end_column > place.column:
        end = max(min(place.end_column - 1, len(text)), end)
    return begin, min(end, begin + _FAR)


def _cut(text: str, begin: int, end: int, width: int, paper: Paper) -> _Cut:
    """Return what of the lines fits the page: the beginning, as far as the finding can be seen in it."""
    char = max(begin - _FAR, 0)
    starts = _cells(text[char : end + _FAR], paper).starts
    first, last = _column(starts, begin - char), _column(starts, end - char)
    if not char and (last <= width - len("...") or starts[-1] <= width):
        return _Cut(char=0, column=0, width=width)
    return _Cut(char=char, column=max(first - _BEFORE, 0), width=width)


def _column(starts: Sequence[int], char: int) -> int:
    """Return the column of a character, or the one after the last for those that are not there."""
    return starts[min(char, len(starts) - 1)]


def _excerpt(text: str, cut: _Cut, paper: Paper) -> str:
    """Return what the cut leaves of a line, with a sign where something is missing."""
    cells = _cells(text[cut.char : cut.char + 2 * _FAR + cut.width], paper)
    dots = paper.sign("…", "...")
    left = dots if cut.char or cut.column else ""
    if left and cells.starts[-1] <= cut.column:
        return left if text.strip() else ""
    room = range(cut.column + len(left), cut.column + cut.width)
    whole = cells.starts[-1] <= room.stop and len(text) <= cut.char + 2 * _FAR + cut.width
    stop = room.stop if whole else room.stop - len(dots)
    return left + _between(cells, room.start, stop) + ("" if whole else dots)


def _between(cells: _Cells, start: int, stop: int) -> str:
    """Return the characters that lie wholly between two columns; a blank for the half of one that is cut."""
    kept = []
    column = start
    for text, at, end in zip(cells.texts, cells.starts, cells.starts[1:], strict=False):
        if start <= at and end <= stop:
            kept.append(" " * (at - column) + text)
            column = end
    return "".join(kept)


def _carets(text: str, begin: int, end: int, cut: _Cut, paper: Paper) -> range:
    """Return the columns of the excerpt that the finding takes; at least one."""
    starts = _cells(text[cut.char : end + 1], paper).starts
    first = _column(starts, begin - cut.char) - cut.column
    last = _column(starts, end - cut.char) - cut.column
    first = min(max(first, 0), cut.width - 1)
    return range(first, min(max(last, first + 1), cut.width))


def _cells(text: str, paper: Paper) -> _Cells:
    if text.isascii() and text.isprintable():
        return _Cells(texts=tuple(text), starts=tuple(range(len(text) + 1)))
    texts, starts = [], [0]
    for piece in _pieces(text, paper):
        texts.append(piece)
        starts.append(starts[-1] + cell_width(piece))
    return _Cells(texts=tuple(texts), starts=tuple(starts))


def _pieces(text: str, paper: Paper) -> Iterator[str]:
    """Yield what is shown for each character."""
    column = 0
    for char in text:
        piece = " " * (_TAB - column % _TAB) if char == "\t" else paper.say(char)
        column += cell_width(piece)
        yield piece
