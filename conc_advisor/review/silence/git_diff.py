"""Reads what `git diff --unified=0` prints: which lines of which files are new or stand where something was taken out."""

import re
from collections.abc import Iterator
from typing import Final

_HUNK: Final = re.compile(rb"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_ESCAPE: Final = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_LETTERS: Final = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}

Span = tuple[int, int]
"""The first and the last of some lines, 1-based."""


def changed_lines(patch: bytes) -> dict[bytes, tuple[Span, ...]]:
    """Return the changed lines of each file by its name below the top of the work tree.

    The names have to begin with `a/` and `b/`.  Where lines were only taken out, the line before and the line behind count.
    """
    found: dict[bytes, list[Span]] = {}
    spans: list[Span] = []
    lines = iter(patch.split(b"\n"))
    for line in lines:
        if line.startswith(b"+++ "):
            spans = found.setdefault(_name(line[4:]), [])
        elif match := _HUNK.match(line):
            removed, added = (1 if count is None else int(count) for count in (match[1], match[3]))
            first = int(match[2])
            spans.append((first, first + added - 1) if added else (max(first, 1), first + 1))
            _pass_over(lines, removed + added)
    return {name: tuple(each) for name, each in found.items() if each}


def _pass_over(lines: Iterator[bytes], count: int) -> None:
    """Leave out the lines of a hunk: they may look like anything."""
    while count:
        count -= not next(lines, b"").startswith(b"\\")


def _name(text: bytes) -> bytes:
    """Return the name that stands behind `+++`, without `b/`: git puts odd ones in quotes, and a tab behind one with a space."""
    quoted = text.startswith(b'"')
    name = _ESCAPE.sub(_byte, text[1 : text.rfind(b'"')]) if quoted else text.removesuffix(b"\t")
    return name.removeprefix(b"b/")


def _byte(match: re.Match[bytes]) -> bytes:
    code = match[1]
    return bytes([int(code, 8)]) if len(code) > 1 else _LETTERS.get(code, code)
