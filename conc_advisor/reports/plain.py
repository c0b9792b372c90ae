"""Lays out text for a terminal with the standard library alone.

For the pages of commands that must answer as fast as `--help`: rich takes longer to load than they take to run.  A page is a list of lines;
a line never holds a newline, and never an escape code that the user's text brought along.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Final, NamedTuple

from conc_advisor.reports.sanitise import plain_ascii, visible

INDENT: Final = 2
_PROSE_WIDTH: Final = 100
"""Sentences longer than this are hard to read; as in the report of `profile`."""
_LEAST: Final = 24
"""Columns that a table's last column needs; with fewer, each row becomes a paragraph."""
_GAP: Final = 2


class Style(StrEnum):
    """How a stretch of text looks; the value is the parameter of its ANSI escape code."""

    PLAIN = ""
    BOLD = "1"
    DIM = "2"
    GREEN = "1;32"
    YELLOW = "1;33"
    RED = "1;31"
    CYAN = "1;36"


class Span(NamedTuple):
    """A stretch of text in one style.  `whole`: no line ends inside of it, as far as it fits in one."""

    text: str
    style: Style = Style.PLAIN
    whole: bool = False


_Word = tuple[Span, ...]
"""What no line end may come between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What a page is written on.

    `width` in columns · `color` False: no escape code at all, bold and dim included · `unicode` False: nothing but ASCII ·
    `verbose`: no list is cut short.
    """

    width: int = 80
    color: bool = False
    unicode: bool = True
    verbose: bool = False

    def say(self, text: str) -> str:
        """Return any string made harmless, on one line and, where asked, plain ASCII."""
        return visible(text) if self.unicode else plain_ascii(text)

    def sign(self, unicode: str, ascii_twin: str) -> str:
        """Return the sign that the output can show."""
        return unicode if self.unicode else ascii_twin

    def styled(self, text: str, style: Style) -> str:
        """Return harmless text in a style, where colour is wanted."""
        return f"\x1b[{style}m{text}\x1b[0m" if self.color and style and text else text

    def title(self, text: str) -> str:
        """Return the line above a section."""
        return self.styled(self.say(text), Style.BOLD)

    def paragraph(self, *spans: Span | str, mark: Span | str = "", indent: int = INDENT, hang: int = 0, wide: bool = False) -> list[str]:
        """Return the spans, which follow each other without a space, as lines.

        Lines after the first stand under the text, not under the `mark`, and `hang` columns to its right.  Words are broken nowhere.
        `wide`: as long as the page is wide, however long that is.
        """
        mark = _span(mark)
        sign = self.say(mark.text)
        left = indent + (cell_width(sign) + 1 if sign else 0)
        width = self.width if wide else min(self.width, left + _PROSE_WIDTH)
        room = width - left - hang
        lines = _filled(_words(map(self._harmless, spans), room), room + hang, room)
        first = " " * indent + (f"{self.styled(sign, mark.style)} " if sign else "")
        return [(" " * (left + hang) if number else first) + self._line(line) for number, line in enumerate(lines)]

    def table(self, rows: Sequence[Sequence[Span | str]], *, indent: int = INDENT) -> list[str]:
        """Return rows of equally many cells in columns, of which the last is wrapped.

        Where the page is too narrow for that, each row is a paragraph of its own.
        """
        cells = [[self._harmless(cell) for cell in row] for row in rows]
        widths = [max(cell_width(row[at].text) for row in cells) for at in range(len(cells[0]) - 1)] if cells else []
        left = indent + sum(widths) + _GAP * len(widths)
        if left + _LEAST > self.width:
            return [line for row in cells for line in self.paragraph(*_spaced(row), indent=indent, hang=_GAP)]
        lines = []
        for row in cells:
            head = "".join(
                self.styled(cell.text, cell.style) + " " * (width - cell_width(cell.text) + _GAP)
                for cell, width in zip(row, widths, strict=False)
            )
            tail = self.paragraph(row[-1], indent=left) or [""]
            lines += [(" " * indent + head + tail[0].removeprefix(" " * left)).rstrip(), *tail[1:]]
        return lines

    def code(self, text: str, *, indent: int = INDENT + 2) -> list[str]:
        """Return code as it stands, line by line; it is never wrapped."""
        return [" " * indent + self.say(line) if line else "" for line in text.strip("\n").split("\n")]

    def command(self, text: str, *, indent: int = INDENT) -> list[str]:
        """Return a command line that can be copied; a long one goes on after a backslash, but for one with quotes."""
        text = self.say(text)
        if set(text) & set("'\"\\") or cell_width(text) + indent <= self.width:
            return [" " * indent + text]
        first, *options = text.split(" --")
        lines = [first]
        for option in options:
            room = self.width - indent - len(" \\")
            if cell_width(f"{lines[-1]} --{option}") <= room:
                lines[-1] += f" --{option}"
            else:
                lines.append(f"  --{option}")
        return [" " * indent + line + (" \\" if number < len(lines) else "") for number, line in enumerate(lines, 1)]

    def section(self, title: str, lines: Iterable[str]) -> list[str]:
        """Return the lines under their title; nothing where there are none."""
        lines = list(lines)
        return [self.title(title), *lines] if lines else []

    def shown(self, usual: int) -> int | None:
        """Return how many entries a list shows: None for all of them."""
        return None if self.verbose else usual

    def folded(self, hidden: int, noun: str, plural: str = "") -> list[str]:
        """Return the line that says how many entries were left out; nothing when none were."""
        words = f"… {hidden} more {noun if hidden == 1 else plural or noun + 's'} (-v shows all)"
        return self.paragraph(Span(words, Style.DIM)) if hidden > 0 else []

    def _harmless(self, text: Span | str) -> Span:
        span = _span(text)
        return Span(self.say(span.text), span.style, span.whole)

    def _line(self, words: Sequence[_Word]) -> str:
        """Return one line; neighbours of one style share their escape code."""
        pieces = [piece for word in words for piece in (Span(" ", word[0].style), *word)][1:]
        return "".join(
            self.styled("".join(piece.text for piece in run), style) for style, run in groupby(pieces, lambda piece: piece.style)
        )


def cell_width(text: str) -> int:
    """Return how many columns a terminal takes for harmless text."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF") for char in text)


def _span(text: Span | str) -> Span:
    return Span(text) if isinstance(text, str) else text


def _spaced(row: Sequence[Span]) -> list[Span]:
    """Return the cells one after the other, the first as the name of the rest."""
    first, *rest = row
    return [Span(f"{first.text}:", first.style), *(piece for cell in rest if cell.text for piece in (Span(" "), cell))]


def _words(spans: Iterable[Span], room: int) -> list[_Word]:
    """Return what stands between spaces; where one span ends and the next begins without a space, one word has two pieces."""
    words: list[_Word] = []
    open_word = False
    for span in spans:
        whole = span.whole and cell_width(span.text) <= room
        for number, piece in enumerate([span.text] if whole else span.text.split(" ")):
            open_word = open_word and not number
            if not piece:
                continue
            if open_word:
                words[-1] = (*words[-1], Span(piece, span.style))
            else:
                words.append((Span(piece, span.style),))
            open_word = True
    return words


def _filled(words: Iterable[_Word], first_room: int, room: int) -> list[list[_Word]]:
    """Return the words in lines of at most so many columns, but for a word that is longer alone."""
    lines: list[list[_Word]] = []
    left = 0
    for word in words:
        width = sum(cell_width(piece.text) for piece in word)
        if lines and width < left:
            lines[-1].append(word)
            left -= width + 1
        else:
            left = (room if lines else first_room) - width
            lines.append([word])
    return lines
