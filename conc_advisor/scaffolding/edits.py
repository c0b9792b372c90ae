"""Places in a source text, and changes to it."""

from collections.abc import Iterable
from typing import NamedTuple


class Edit(NamedTuple):
    """`text` instead of what stands from `start` up to `end`, in characters from the beginning."""

    start: int
    end: int
    text: str


class Places:
    """Turns the lines and columns of tokens and syntax trees into places in the text."""

    def __init__(self, source: str) -> None:
        # Not splitlines: to Python a form feed ends no line.
        self._lines = [line + "\n" for line in source.split("\n")]
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))

    def of_token(self, line: int, column: int) -> int:
        """Return the place of a token's position: lines from 1, columns in characters."""
        return self._starts[line - 1] + column

    def of_node(self, line: int, column: int) -> int:
        """Return the place of a node's position: lines from 1, columns in bytes of UTF-8."""
        text = self._lines[line - 1]
        return self._starts[line - 1] + (column if text.isascii() else len(text.encode()[:column].decode()))


def edited(source: str, edits: Iterable[Edit]) -> str:
    """Return the text with the changes made; those that stand in another are dropped, those that stand twice are made once."""
    pieces: list[str] = []
    at = 0
    for edit in sorted(set(edits), key=lambda edit: (edit.start, -edit.end)):
        if edit.start < at:
            continue
        pieces += [source[at : edit.start], edit.text]
        at = edit.end
    return "".join([*pieces, source[at:]])
