"""Text for Markdown that stays readable as it is: only what Markdown would read something into is escaped.

`sanitise.markdown` escapes all punctuation, which is right for a short line on a page that nobody reads unrendered; a design record is
read both ways.
"""

import re
from collections.abc import Sequence
from typing import Final

from conc_advisor.reports.sanitise import markdown_code, visible

_ACTIVE: Final = re.compile(
    r"[\\`*\[\]|~@#$]"  # emphasis, code, links, tables, strike-through, mentions, issue numbers, formulas
    r"|(?<![^\W_])_|_(?![^\W_])"  # emphasis again, but for an underscore inside of a word
    r"|:(?=//|\w)|(?<=www)\."  # bare addresses, and :emoji:
    r"|^[-+=]|(?:(?<=^\d)|(?<=^\d\d))[.)](?= |$)"  # at the start of a line: lists, underlines
)
_ADDRESS: Final = re.compile(r"(https://[\w./#?=&%~+,-]*[\w/])", re.ASCII)
_CODE: Final = re.compile(r"`([^`]+)`")


def prose(text: str) -> str:
    """Return `visible(text)`, which stands inside of a line or a table's cell, with nothing in it that is read as markup.

    Words between backticks, the way that code is written in our sentences, stay code.
    """
    pieces = _CODE.split(visible(text))
    return "".join(code(piece) if number % 2 else _escaped(piece) for number, piece in enumerate(pieces))


def source(text: str) -> str:
    """Return where something is known from: addresses as links, the rest as prose."""
    pieces = _ADDRESS.split(visible(text))
    return "".join(f"<{piece}>" if number % 2 else prose(piece) for number, piece in enumerate(pieces))


def code(text: str) -> str:
    """Return text as code inside of a line, in HTML's own element where a backtick would end the code or a bar the cell of a table."""
    return markdown_code(text) if set("|`") & set(text) else f"`{text}`"


def code_block(text: str, language: str) -> str:
    """Return lines of code in a fence that nothing in them can end."""
    lines = [visible(line) for line in text.strip("\n").split("\n")]
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(longest + 1, 3)
    return "\n".join([f"{fence}{language}", *lines, fence])


def table(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a table of cells that are escaped already; nothing without rows."""
    lines = [headings, ("---",) * len(headings), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines) if rows else ""


def _escaped(text: str) -> str:
    return _ACTIVE.sub(lambda found: f"\\{found[0]}", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
