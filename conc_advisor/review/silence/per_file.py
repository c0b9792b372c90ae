r"""Leaves out what `per-file-ignores` silences: codes for the files that match a glob.

Globs mean what they mean to ruff (https://docs.astral.sh/ruff/settings/#lint_per-file-ignores): a glob matches a file's path below the
root, or its bare name anywhere; `*` and `?` match `/`, too; `**/` any number of folders, none included; `[a-z]`, `[!a-z]`, `{one,other}`
and `\` as in a shell; `!` before the glob turns it round.  Beyond ruff, a glob that ends with `/` means all that lies below a folder.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conc_advisor.errors import UsageError
from conc_advisor.files import real
from conc_advisor.findings import Finding
from conc_advisor.review.outcome import Silence, Silenced
from conc_advisor.review.silence.sifted import Sifted

_HINT: Final = 'a glob is written as for ruff: "tests/*", "**/conftest.py", "{one,other}.py"'
_ANYWHERE: Final = {"?": ".", "{": "(?:"}
_IN_BRACE: Final = {**_ANYWHERE, "}": ")", ",": "|"}


@dataclass(frozen=True, slots=True)
class _Row:
    """One glob, as expressions for the path below the root (the whole path for an absolute one) and for the bare name, and its codes."""

    path: re.Pattern[str]
    absolute: bool
    name: re.Pattern[str]
    turned_round: bool
    codes: tuple[str, ...]


class PerFileIgnores:
    """All the globs of a project."""

    def __init__(self, pairs: Iterable[tuple[str, Sequence[str]]], root: Path, *, source: str = "per-file-ignores") -> None:
        """Read pairs of a glob and codes, `ALL` among them; raises `UsageError`, which names the `source`, for one that cannot be read."""
        self._root = real(root)
        self._rows = tuple(_row(glob, codes, source) for glob, codes in pairs)

    def codes(self, path: Path) -> tuple[str, ...]:
        """Return the codes, and beginnings of codes, that are silent in a file; "" is every code's beginning."""
        if not self._rows:
            return ()
        # The folder's links are followed, the file's own name is kept.
        place = real(path.parent) / path.name
        below = place.relative_to(self._root).as_posix() if place.is_relative_to(self._root) else place.as_posix()
        return tuple(
            code for row in self._rows if _matches(row, place.as_posix() if row.absolute else below, path.name) for code in row.codes
        )

    def apply(self, findings: Sequence[Finding], path: Path) -> Sifted:
        """Return the findings of one file without those that are silent there."""
        codes = self.codes(path) if findings else ()
        if not codes:
            return Sifted(kept=tuple(findings))
        return Sifted(
            kept=tuple(each for each in findings if not each.rule.startswith(codes)),
            silenced=tuple(Silenced(finding=each, how=Silence.PER_FILE) for each in findings if each.rule.startswith(codes)),
        )


def _matches(row: _Row, below: str, name: str) -> bool:
    return (row.path.fullmatch(below) is not None or row.name.fullmatch(name) is not None) is not row.turned_round


def check_globs(globs: Iterable[str], *, source: str) -> None:
    """Raise `UsageError`, which names the `source`, for a glob that cannot be read."""
    PerFileIgnores(((glob, ()) for glob in globs), Path(), source=source)


def _row(glob: str, codes: Sequence[str], source: str) -> _Row:
    text = glob.removeprefix("!")
    try:
        return _Row(
            path=re.compile(_expression(_plain(text)), re.DOTALL),
            absolute=text.startswith("/"),
            name=re.compile(_expression(text), re.DOTALL),
            turned_round=glob.startswith("!"),
            codes=tuple("" if code.upper() == "ALL" else code.upper() for code in codes),
        )
    except (re.error, ValueError) as error:
        raise UsageError(f"{source} has {glob!r}, which is no glob: {error}", hint=_HINT) from error


def _plain(glob: str) -> str:
    """Return a glob of a path as it compares with a path below the root."""
    glob = glob.removeprefix("./")
    return f"{glob}**" if glob.endswith("/") else glob


def _expression(glob: str) -> str:
    """Return a glob as a regular expression; raises `ValueError` for a bracket, brace or backslash that leads nowhere."""
    parts: list[str] = []
    at = depth = 0
    while at < len(glob):
        piece, at = _piece(glob, at, inside=depth > 0)
        depth += (piece == "(?:") - (piece == ")")
        parts.append(piece)
    if depth:
        raise ValueError("a brace is not closed")
    return "".join(parts)


def _piece(glob: str, at: int, *, inside: bool) -> tuple[str, int]:
    """Return the expression for what begins at `at`, `inside` a brace or not, and where it goes on."""
    plain = _IN_BRACE if inside else _ANYWHERE
    match glob[at]:
        case "*":
            return _stars(glob, at)
        case "[":
            return _class(glob, at + 1)
        case "\\" if at + 1 == len(glob):
            raise ValueError("nothing follows the last backslash")
        case "\\":
            return re.escape(glob[at + 1]), at + 2
        case char:
            return plain.get(char) or re.escape(char), at + 1


def _stars(glob: str, start: int) -> tuple[str, int]:
    """Return the expression for the stars that begin at `start`, and where it goes on."""
    at = start
    while at < len(glob) and glob[at] == "*":
        at += 1
    whole = at - start == 2 and (start == 0 or glob[start - 1] == "/")  # noqa: PLR2004  # `**`
    if whole and glob[at : at + 1] == "/":
        return "(?:.*/)?", at + 1
    return ".*", at


def _class(glob: str, at: int) -> tuple[str, int]:
    """Return the expression for a class of characters, the inside of which begins at `at`, and where it goes on."""
    negated = glob[at : at + 1] in {"!", "^"}
    first = at + negated
    end = glob.find("]", first + 1)
    if end < 0:
        raise ValueError("a bracket is not closed")
    inside = re.sub(r"([\\\[\]^&~|])", r"\\\1", glob[first:end])
    return f"[{'^' if negated else ''}{inside}]", end + 1
