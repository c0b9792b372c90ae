"""Asks ruff, once for all files, and takes what `ruff_rules` lists.  A ruff that is missing or fails costs a note, never the review."""

import os
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from conc_advisor.findings import Finding, Location
from conc_advisor.review.linters.enclosing import Enclosing
from conc_advisor.review.linters.ruff_rules import BY_CODE, Where, wanted
from conc_advisor.review.programs import Answer, Program, run
from conc_advisor.review.wording.older_python import as_known_to
from conc_advisor.scanning.file_names import printable

SECONDS: Final = 120.0
"""For one call; at the 386,000 lines a second that were measured, 46 million lines."""
_MOST_BYTES: Final = 96_000
"""Of file names in one call: POSIX systems take 128 kB of arguments and environment at least (Linux: 2 MB)."""
_OLDEST, _NEWEST = 7, 14
"""The minor versions of Python 3 that every ruff we work with takes as a target; its newest knows 3.15."""
_FAILED: Final = 2
"""Ruff's exit status when it could not do what it was asked."""
_UNREADABLE: Final = "E902"
"""Ruff's code for a file that it cannot read: of the files that we can, those whose text is not in UTF-8."""
_VARIABLES: Final = "RUFF_"
"""How the names of variables begin that would send its answer elsewhere, or change its form."""
_ANYWHERE: Final = Path(os.sep)
"""Where it is run: it needs a folder that is there, and all its files have absolute names."""
_MISSING: Final = "ruff is not there: what only it finds is missing; pip install ruff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What ruff is asked.

    `files` gives the names as shown by paths; `codes` may hold others' codes; `stdin` is source that came by standard input, with the path
    that it is said to have, and is shown by unless there is a `name`.  `noqa` False reports what `# noqa` would silence; `python` is a
    minor version of Python 3, None: the newest.
    """

    files: Mapping[Path, str]
    codes: frozenset[str]
    stdin: tuple[Path, bytes] | None = None
    name: str | None = None
    noqa: bool = True
    python: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What ruff found, and what there is to say of the asking; `unread` are the files, as shown, that it could not read."""

    findings: tuple[Finding, ...] = ()
    unread: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def ask(asked: Asked, around: Callable[[str, int], Enclosing], *, program: Program = run, binary: Callable[[], str] | None = None) -> Heard:
    """Return what ruff finds; raises nothing.

    `around` tells which function lies around a line of a file, by its name as shown; it is asked only about lines where ruff found
    something.
    """
    codes = wanted(asked.codes)
    if not codes or not (asked.files or asked.stdin):
        return Heard()
    try:
        command = [(binary or _binary)(), *_words(asked, codes)]
    except (ImportError, OSError):
        return Heard(notes=(_MISSING,))
    findings: list[Finding] = []
    unread: list[str] = []
    notes: dict[str, None] = {}
    plain = {name: None for name in os.environ if name.startswith(_VARIABLES)}
    for words, given in _calls(asked):
        try:
            answer = program([*command, *words], seconds=SECONDS, folder=_ANYWHERE, given=given, environment=plain)
            found = _decoded(answer)
        except (OSError, ValueError, subprocess.TimeoutExpired, _FailedError) as error:
            notes[_why(error)] = None
            continue
        shown = _shown(asked)
        findings += _findings(found, asked, shown, around)
        unread += [shown[each.filename] for each in found if each.code == _UNREADABLE and each.filename in shown]
    return Heard(findings=tuple(findings), unread=tuple(unread), notes=tuple(notes))


class _FailedError(Exception):
    """Ruff did not do what it was asked; the text says why."""


class _Point(msgspec.Struct):
    """A place in a file: both are 1-based, and columns count characters."""

    row: int = 0
    column: int = 0


class _Found(msgspec.Struct):
    """What we read of an item of `--output-format json`; a syntax error has no code, or one that is none of a rule."""

    filename: str = ""
    code: str | None = None
    message: str = ""
    location: _Point | None = None
    end_location: _Point | None = None


def _binary() -> str:
    """Return where ruff lies; raises `ImportError` or `FileNotFoundError`."""
    from ruff import find_ruff_bin  # type: ignore[import-untyped]  # noqa: PLC0415  # a review does without it where it is missing

    return str(find_ruff_bin())


def _words(asked: Asked, codes: Sequence[str]) -> list[str]:
    """Return the words behind `ruff`: nothing that is configured counts, and nothing is written."""
    words = ["check", "--isolated", "--no-cache", "--no-fix", "--quiet", "--exit-zero", "--output-format", "json"]
    # Of the preview rules only those that are named: two of ours are.
    words += ["--preview", "--config", "lint.explicit-preview-rules=true", "--select", ",".join((*codes, _UNREADABLE))]
    minor = _NEWEST if asked.python is None else min(max(asked.python, _OLDEST), _NEWEST)
    words += ["--target-version", f"py3{minor}"]
    return words if asked.noqa else [*words, "--ignore-noqa"]


def _calls(asked: Asked) -> Iterator[tuple[list[str], bytes]]:
    """Yield the last words of each call, and its standard input."""
    if asked.stdin is not None:
        path, data = asked.stdin
        yield ["--stdin-filename", _absolute(path), "-"], data
    batch: list[str] = []
    size = 0
    # An absolute name cannot be taken for an option, or for a file of arguments.
    for name in sorted(map(_absolute, asked.files)):
        length = len(os.fsencode(name)) + 1
        if batch and size + length > _MOST_BYTES:
            yield ["--", *batch], b""
            batch, size = [], 0
        batch.append(name)
        size += length
    if batch:
        yield ["--", *batch], b""


def _absolute(path: Path) -> str:
    """Return the path as ruff gives it back: links stay."""
    return os.path.abspath(path)  # noqa: PTH100  # resolve() would follow them


def _decoded(answer: Answer) -> list[_Found]:
    if answer.status < 0 or answer.status >= _FAILED:
        raise _FailedError(answer.complaint or f"it ended with {answer.status}")
    try:
        return msgspec.json.decode(answer.out, type=list[_Found])
    except msgspec.MsgspecError as error:
        raise _FailedError(f"its answer cannot be read: {error}") from error


def _why(error: Exception) -> str:
    match error:
        case FileNotFoundError():
            return _MISSING
        case subprocess.TimeoutExpired():
            why = f"it was not done in {SECONDS:.0f} seconds"
        case OSError():
            why = error.strerror or str(error)
        case _:
            why = str(error)
    return f"ruff could not be asked, and what only it finds is missing: {why}"


def _shown(asked: Asked) -> dict[str, str]:
    """Return the names of files as shown, by those that ruff gives back."""
    shown = {_absolute(path): name for path, name in asked.files.items()}
    if asked.stdin is not None:
        path = asked.stdin[0]
        shown.setdefault(_absolute(path), asked.name if asked.name is not None else printable(str(path)))
    return shown


def _findings(
    found: Iterable[_Found], asked: Asked, shown: Mapping[str, str], around: Callable[[str, int], Enclosing]
) -> Iterator[Finding]:
    for each in found:
        rule = BY_CODE.get(each.code or "")
        file = shown.get(each.filename)
        if rule is None or file is None or each.location is None or rule.code not in asked.codes:
            continue
        place = around(file, each.location.row)
        if (rule.where is Where.COROUTINE and not place.coroutine) or (rule.where is Where.ASYNC_WITH and not place.entered):
            continue
        yield Finding(
            rule=rule.code,
            severity=rule.severity,
            confidence=rule.confidence,
            message=" ".join(each.message.split()),
            advice=as_known_to(asked.python, rule.advice),
            location=_location(each, each.location, file, place.function),
        )


def _location(found: _Found, start: _Point, file: str, function: str) -> Location:
    end = found.end_location or start
    return Location(file=file, line=start.row, function=function, column=start.column, end_line=end.row, end_column=end.column)
