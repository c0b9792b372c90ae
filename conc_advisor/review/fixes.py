"""Rewrites source with the fixes of findings: as bytes, so that line ends, a byte order mark and the encoding stay what they are.

A fix is done whole or not at all, one that touches another's place waits for the next round, and what comes out still parses.
"""

import io
import os
import re
import stat
import tokenize
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Final

from conc_advisor.atomic import replace_file
from conc_advisor.errors import ProjectError, RefusedError
from conc_advisor.files import read_regular, real
from conc_advisor.findings import Edit, Finding, Fix
from conc_advisor.patch import file_diff
from conc_advisor.scanning.source import UnreadableError, parse_source

_LINE_END: Final = re.compile(r"\r\n|\n|\r")
"""The ends of lines for Python; no others count."""
_AGAIN: Final = "another fix changes the same place: run it once more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A finding whose fix was not done, and why, in a clause."""

    finding: Finding
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """A file's new content, the findings whose fixes are in it, and those whose fixes are not; unsafe ones count only if asked for."""

    content: bytes
    applied: tuple[Finding, ...]
    left: tuple[Left, ...]


@dataclass(frozen=True, slots=True, order=True)
class _Change:
    """An edit as offsets into the text."""

    start: int
    end: int
    text: str


def parses(content: bytes) -> bool:
    """Tell whether Python would take a file's content."""
    try:
        parse_source(content)
    except UnreadableError:
        return False
    return True


def apply(content: bytes, findings: Iterable[Finding], *, unsafe: bool = False, valid: Callable[[bytes], bool] = parses) -> Fixed:
    """Return a file's content with the safe fixes of its findings done, or with all of them.

    Equal edits of several fixes, such as one import that all of them need, are done once.  Where the result would not be `valid`, the
    fixes are tried one by one, and those that break it are left.
    """
    wanted = [(finding, finding.fix) for finding in findings if finding.fix is not None and (unsafe or finding.fix.safe)]
    try:
        text = _Text(content)
    except (SyntaxError, UnicodeError, LookupError):
        why = "its encoding cannot be read, or cannot be written back as it was"
        return Fixed(content=content, applied=(), left=tuple(Left(finding=each, why=why) for each, _ in wanted))
    ready: list[tuple[Finding, frozenset[_Change]]] = []
    left: list[Left] = []
    taken: frozenset[_Change] = frozenset()
    for finding, fix in wanted:
        changes = text.changes(fix)
        if changes is None:
            left.append(Left(finding=finding, why="it speaks of a place that is not there"))
        elif _collide(changes, taken):
            left.append(Left(finding=finding, why=_AGAIN))
        else:
            ready.append((finding, changes))
            taken |= changes
    applied, broken, new = _tried(text, ready, valid)
    left += [Left(finding=finding, why="the file would not parse any more") for finding in broken]
    return Fixed(content=new, applied=applied, left=tuple(left))


def diff(path: PurePosixPath, before: bytes, after: bytes) -> bytes:
    """Return what changes in a file, as `git apply` takes it; `path` is relative to where that is run."""
    return file_diff(path, before, after)


def write(path: Path, before: bytes, after: bytes, *, root: Path) -> None:
    """Put new content into a file that must still hold `before`: whole, with the same permissions, or not at all.

    A link below `root` is followed to the file that it means, and stays; one that leads out of `root` is not.  Raises `RefusedError`
    there, and where the file has changed in the meantime, and `ProjectError` where it cannot be written.
    """
    place = real(path)
    if not place.is_relative_to(real(root)):
        raise RefusedError(f"{path} lies outside of {root}", hint="run it in the project that the file belongs to")
    try:
        if read_regular(place, len(before) + 1) != before:
            raise RefusedError(f"{path} has changed in the meantime", hint="run it again")
        replace_file(place, after, mode=stat.S_IMODE(os.stat(place, follow_symlinks=False).st_mode))  # noqa: PTH116  # a path's own mode
    except OSError as error:
        raise ProjectError(
            f"cannot write {path}: {error.strerror or error}; it is as it was", hint="see that its folder can be written to"
        ) from error


class _Text:
    """A file's text, and where its lines begin."""

    def __init__(self, content: bytes) -> None:
        """Decode a file as Python does; raises `SyntaxError`, `LookupError` or `UnicodeError` where that fails."""
        self.content = content
        self._encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        self.text = content.decode(self._encoding)
        if self.text.encode(self._encoding) != content:
            # UTF-7 and its like have several ways to write the same: what no fix is about would change, too.
            raise UnicodeError(self._encoding)
        ends = list(_LINE_END.finditer(self.text))
        self._newline = ends[0][0] if ends else "\n"
        self._starts = [0, *(end.end() for end in ends)]
        self._ends = [*(end.start() for end in ends), len(self.text)]

    def changes(self, fix: Fix) -> frozenset[_Change] | None:
        """Return a fix's edits by offsets; None where one of them speaks of a place that is not there, or two of them of the same."""
        found: list[_Change] = []
        for edit in fix.edits:
            change = self._change(edit)
            if change is None:
                return None
            found.append(change)
        in_order = sorted(set(found))
        if any(one.end > other.start for one, other in pairwise(in_order)):
            return None
        return frozenset(in_order)

    def replaced(self, changes: Iterable[_Change]) -> bytes:
        """Return the content with some changes; raises `UnicodeError` or `SyntaxError` where the file's encoding does not allow them."""
        text = self.text
        for change in sorted(changes, reverse=True):
            text = text[: change.start] + change.text + text[change.end :]
        content = text.encode(self._encoding)
        if tokenize.detect_encoding(io.BytesIO(content).readline)[0] != self._encoding:
            # A line that came above the coding cookie has put it out of force.
            raise UnicodeError(self._encoding)
        return content

    def _change(self, edit: Edit) -> _Change | None:
        start, end = self._offset(edit.line, edit.column), self._offset(edit.end_line, edit.end_column)
        if start is None or end is None or end < start:
            return None
        return _Change(start, end, edit.text.replace("\n", self._newline))

    def _offset(self, line: int, column: int) -> int | None:
        """Return where a place is; behind a last line that ends there is one more, an empty one."""
        if not 0 < line <= len(self._starts) or column < 1:
            return None
        at = self._starts[line - 1] + column - 1
        return at if at <= self._ends[line - 1] else None


def _tried(
    text: _Text, ready: Sequence[tuple[Finding, frozenset[_Change]]], valid: Callable[[bytes], bool]
) -> tuple[tuple[Finding, ...], list[Finding], bytes]:
    """Return the findings whose changes can be made, the others, and the new content."""
    every = frozenset().union(*(changes for _, changes in ready))
    new = _made(text, every, valid)
    if new is not None:
        return tuple(finding for finding, _ in ready), [], new
    done: frozenset[_Change] = frozenset()
    applied: list[Finding] = []
    broken: list[Finding] = []
    content = text.content
    for finding, changes in ready:
        new = _made(text, done | changes, valid)
        if new is None:
            broken.append(finding)
        else:
            applied.append(finding)
            done, content = done | changes, new
    return tuple(applied), broken, content


def _made(text: _Text, changes: frozenset[_Change], valid: Callable[[bytes], bool]) -> bytes | None:
    """Return the content with some changes, None where it would not do."""
    try:
        new = text.replaced(changes)
    except (UnicodeError, SyntaxError):
        return None
    return new if not changes or valid(new) else None


def _collide(changes: frozenset[_Change], taken: frozenset[_Change]) -> bool:
    """Tell whether any change touches another one that is not its equal; where they only meet, the order would be a guess."""
    return any(one.start <= other.end and other.start <= one.end for one in changes - taken for other in taken - changes)
