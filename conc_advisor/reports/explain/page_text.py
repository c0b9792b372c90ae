"""Lays out a page of the guide for a terminal.

Reads the Markdown that the guide's pages are limited to (see `conc_advisor.guide.guide`): headings, paragraphs, flat lists, tables, fences,
and within a line `code`, **strong**, *stress* and links.  Anything else is shown as it stands.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Final, assert_never

from conc_advisor.reports.plain import INDENT, Paper, Span, Style, cell_width

_FENCE: Final = "```"
_GAP: Final = 2
"""Columns between those of a table."""
_ITEM: Final = re.compile(r"(-|\d+\.) +(.*)")
_RULE: Final = re.compile(r"\|[-| :]+\|")
_INLINE: Final = re.compile(
    r"`(?P<code>[^`]+)`|\*\*(?P<strong>[^*]+)\*\*|(?<![\w*])\*(?P<stress>[^*\s][^*]*)\*(?![\w*])"
    r"|<(?P<address>https://[^>]+)>|\[(?P<words>[^\]]+)\]\((?P<target>https://[^)]+)\)"
)


class _Kind(StrEnum):
    TITLE = auto()
    HEADING = auto()
    PARAGRAPH = auto()
    LIST = auto()
    TABLE = auto()
    FENCE = auto()


@dataclass(frozen=True, slots=True)
class _Block:
    """A stretch of the page: `lines` are its lines without marks, `info` the words after a fence."""

    kind: _Kind
    lines: tuple[str, ...]
    info: str = ""


def render(text: str, paper: Paper) -> str:
    """Return the page as text that ends with a newline."""
    lines: list[str] = []
    before: _Block | None = None
    for block in _blocks(text):
        # A title and what it stands over belong together.
        if before is not None and before.kind is not _Kind.HEADING:
            lines.append("")
        lines += _laid_out(block, before, paper)
        before = block
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _laid_out(block: _Block, before: _Block | None, paper: Paper) -> list[str]:
    match block.kind:
        case _Kind.TITLE | _Kind.HEADING:
            return paper.paragraph(Span(block.lines[0], Style.BOLD), indent=0)
        case _Kind.PARAGRAPH:
            return paper.paragraph(*_spans(" ".join(block.lines), paper))
        case _Kind.LIST:
            return [line for item in block.lines for line in _item(item, paper)]
        case _Kind.TABLE:
            return _table(block.lines, paper)
        case _Kind.FENCE:
            return [*_caption(block, before, paper), *paper.code("\n".join(block.lines))]
        case _:
            assert_never(block.kind)


def _item(item: str, paper: Paper) -> list[str]:
    mark, _, words = item.partition(" ")
    return paper.paragraph(*_spans(words, paper), mark=paper.sign("•", "-") if mark == "-" else mark)


def _table(lines: Sequence[str], paper: Paper) -> list[str]:
    rows = [[_words(cell.strip(), paper) for cell in line.strip("|").split("|")] for line in lines if not _RULE.fullmatch(line)]
    said = [[paper.say(cell) for cell in row] for row in rows]
    widths = [max(map(cell_width, column)) for column in zip(*said, strict=True)]
    if INDENT + sum(widths) + _GAP * (len(widths) - 1) > paper.width:
        head, *body = rows
        return paper.table([[Span(cell, Style.BOLD) for cell in head], *body])
    gap = " " * _GAP
    lines = [gap.join(cell + " " * (width - cell_width(cell)) for cell, width in zip(row, widths, strict=True)) for row in said]
    return [" " * INDENT + (line if number else paper.styled(line.rstrip(), Style.BOLD)) for number, line in enumerate(lines)]


def _caption(block: _Block, before: _Block | None, paper: Paper) -> list[str]:
    """Return the line above a program or its output, where there is something to say about it."""
    words = block.info.split()
    if "wrong" in words:
        return paper.paragraph(Span("wrong:", Style.RED))
    needs = ", ".join(_need(word) for word in words if word.startswith("requires="))
    if needs:
        return paper.paragraph(Span(f"needs {needs}:", Style.DIM))
    if block.info == "text" and before is not None and before.kind is _Kind.FENCE and before.info.startswith("python"):
        return paper.paragraph(Span("writes:", Style.DIM))
    return []


def _need(word: str) -> str:
    return ", ".join(f"Python {need}" if need[0].isdigit() else need for need in word.removeprefix("requires=").split(","))


def _words(text: str, paper: Paper) -> str:
    """Return inline Markdown as plain words, for a cell of a table."""
    return "".join(span.text for span in _spans(text, paper))


def _spans(text: str, paper: Paper) -> Iterator[Span]:
    at = 0
    for match in _INLINE.finditer(text):
        if match.start() > at:
            yield Span(text[at : match.start()])
        yield _styled(match, paper)
        at = match.end()
    if at < len(text):
        yield Span(text[at:])


def _styled(match: re.Match[str], paper: Paper) -> Span:
    if match["code"]:
        # Where colour cannot tell code from words, the backticks do.
        return Span(match["code"] if paper.color else match[0], Style.CYAN, whole=True)
    if match["address"]:
        return Span(match["address"], whole=True)
    if match["words"]:
        return Span(f"{match['words']} ({match['target']})")
    return Span(match["strong"] or match["stress"], Style.BOLD)


def _blocks(text: str) -> Iterator[_Block]:
    lines = iter(text.splitlines())
    gathered: list[str] = []
    for line in lines:
        if line.startswith(_FENCE):
            yield from _gathered(gathered)
            yield _Block(_Kind.FENCE, tuple(_fenced(lines)), line.removeprefix(_FENCE).strip())
        elif line.startswith("#"):
            yield from _gathered(gathered)
            marks, _, title = line.partition(" ")
            yield _Block(_Kind.TITLE if marks == "#" else _Kind.HEADING, (title,))
        elif not line.strip():
            yield from _gathered(gathered)
        else:
            # A list or a table may follow a paragraph without a line between.
            if gathered and _starts_anew(line, gathered[0]):
                yield from _gathered(gathered)
            gathered.append(line)
    yield from _gathered(gathered)


def _fenced(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if line.startswith(_FENCE):
            return
        yield line


def _starts_anew(line: str, first: str) -> bool:
    return _ITEM.match(line) is not None and _ITEM.match(first) is None


def _gathered(lines: list[str]) -> Iterator[_Block]:
    """Yield the block that the lines make, if there are any, and forget them."""
    if not lines:
        return
    if lines[0].startswith("|"):
        yield _Block(_Kind.TABLE, tuple(lines))
    elif _ITEM.match(lines[0]):
        yield _Block(_Kind.LIST, tuple(_items(lines)))
    else:
        yield _Block(_Kind.PARAGRAPH, tuple(line.strip() for line in lines))
    lines.clear()


def _items(lines: Sequence[str]) -> Iterator[str]:
    """Yield each item as its mark, a space and its words on one line."""
    item = ""
    for line in lines:
        if (match := _ITEM.match(line)) is not None:
            if item:
                yield item
            item = f"{match[1]} {match[2]}"
        else:
            item += " " + line.strip()
    yield item


def topic_list(groups: Sequence[tuple[str, Sequence[tuple[str, str]]]], paper: Paper) -> str:
    """Return titles, each over its rows of a name and a sentence."""
    lines: list[str] = []
    for title, rows in groups:
        lines += ["", *paper.section(title, paper.table([(Span(name, Style.CYAN), sentence) for name, sentence in rows], indent=INDENT))]
    return "\n".join(line.rstrip() for line in lines[1:]) + "\n"
