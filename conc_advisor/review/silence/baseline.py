"""Leaves out what was there when the baseline was written, so that a review speaks of what is new.

A baseline holds an entry for each finding that was there.  An entry knows its finding again by the code, the file, the function and the
source line, so lines that come or go elsewhere change nothing; of several equal findings in a function it silences as many as there were.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import msgspec

from conc_advisor.atomic import replace_file
from conc_advisor.errors import OutputError, RefusedError, UsageError
from conc_advisor.files import is_there, read_regular
from conc_advisor.findings import Finding
from conc_advisor.review.outcome import Silence, Silenced
from conc_advisor.review.silence.fingerprint import fingerprints
from conc_advisor.review.silence.sifted import Sifted

SCHEMA: Final = "conc-advisor.baseline/1"
_FAMILY: Final = "conc-advisor.baseline/"
_MOST: Final = 100 << 20
"""Bytes: some 300,000 entries."""
_WRITE: Final = "conc-advisor review --write-baseline FILE writes one"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Entry:
    """A finding that was there.  `file` is relative to the project's root, with `/`; `message` is for the reader and never compared."""

    file: str
    code: str
    function: str
    fingerprint: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What a baseline makes of the findings of a review: `gone` are the entries that no finding answers to any more."""

    sifted: Sifted
    gone: tuple[Entry, ...]


def entries(findings: Iterable[Finding], sources: Mapping[str, Sequence[str]], named: Callable[[str], str]) -> tuple[Entry, ...]:
    """Return what a baseline would hold, in a stable order.

    `findings` are in the order of the review, `sources` the lines of the files by their names as shown, and `named` tells what a file that
    is shown by some name is called in the baseline.
    """
    return tuple(sorted(entry for _, entry in _entries(findings, sources, named)))


def apply(
    findings: Sequence[Finding],
    baseline: Iterable[Entry],
    sources: Mapping[str, Sequence[str]],
    named: Callable[[str], str],
    looked_for: Callable[[Entry], bool] = lambda _entry: True,
) -> Compared:
    """Return the findings that are not in a baseline, beside the others; the parameters are those of `entries`.

    `looked_for` tells of an entry whether this review could have found it: whether the file was read, and the rule looked for.
    """
    waiting = {(entry.code, entry.fingerprint): entry for entry in baseline}
    kept: list[Finding] = []
    silenced: list[Silenced] = []
    for finding, entry in _entries(findings, sources, named):
        if waiting.pop((entry.code, entry.fingerprint), None) is None:
            kept.append(finding)
        else:
            silenced.append(Silenced(finding=finding, how=Silence.BASELINE))
    gone = tuple(sorted(entry for entry in waiting.values() if looked_for(entry)))
    return Compared(sifted=Sifted(kept=tuple(kept), silenced=tuple(silenced)), gone=gone)


def note_of(gone: Sequence[Entry], baseline: Path) -> str | None:
    """Return what to say of the entries that match nothing any more, None where there are none."""
    if not gone:
        return None
    entries_are = "1 entry" if len(gone) == 1 else f"{len(gone):,} entries"
    return f"{entries_are} of {baseline} {'matches' if len(gone) == 1 else 'match'} nothing any more: --write-baseline takes them out"


def read(path: Path) -> tuple[Entry, ...]:
    """Return the entries of a file; raises `UsageError` for anything that is no baseline."""
    try:
        data = read_regular(path, _MOST + 1)
    except OSError as error:
        raise UsageError(f"cannot read the baseline {path}: {error.strerror or error}", hint=_WRITE) from error
    try:
        return _decoded(data)
    except msgspec.MsgspecError as error:
        raise UsageError(f"{path} is no baseline, or a damaged one: {error}", hint=_WRITE) from error
    except ValueError as error:
        raise UsageError(f"{path} {error}", hint=_WRITE) from error


def write(path: Path, found: Sequence[Entry]) -> None:
    """Write a baseline, whole or not at all.

    Raises `RefusedError` where another kind of file would be overwritten and `OutputError` where it cannot be written.
    """
    mode = None
    if is_there(path):
        mode = _mode_of_baseline(path)
    document = {"schema": SCHEMA, "findings": [_fields(entry) for entry in sorted(found)]}
    text = msgspec.json.format(msgspec.json.encode(document), indent=1)
    try:
        # A link stays one: what it points to is written.
        replace_file(path.resolve(), text + b"\n", mode=mode)
    except OSError as error:
        raise OutputError(f"cannot write the baseline {path}: {error.strerror or error}", hint="give another FILE") from error


def _mode_of_baseline(path: Path) -> int:
    """Return the permissions of a baseline; raises `RefusedError` where it is none."""
    try:
        head = msgspec.json.decode(read_regular(path, _MOST + 1), type=_Head)
        if head.schema.startswith(_FAMILY):
            return path.stat().st_mode & 0o777
    except (OSError, msgspec.MsgspecError, ValueError):
        pass
    raise RefusedError(f"{path} is there already, and is no baseline", hint="give another FILE, or remove that one first")


class _Head(msgspec.Struct):
    """What tells a baseline from other files."""

    schema: str


class _Row(msgspec.Struct):
    """An entry as it is written."""

    code: str
    file: str
    function: str
    fingerprint: str
    message: str = ""


class _Document(msgspec.Struct):
    """A whole file."""

    schema: str
    findings: list[_Row]


def _decoded(data: bytes) -> tuple[Entry, ...]:
    if len(data) > _MOST:
        raise ValueError(f"is larger than {_MOST >> 20} MB")
    schema = msgspec.json.decode(data, type=_Head).schema
    if schema != SCHEMA:
        if schema.startswith(_FAMILY):
            raise ValueError(f"was written by another version of conc-advisor: {schema}, not {SCHEMA}")
        raise ValueError(f"is no baseline but {schema!r}")
    rows = msgspec.json.decode(data, type=_Document).findings
    return tuple(
        Entry(code=row.code, file=row.file, function=row.function, fingerprint=row.fingerprint, message=row.message) for row in rows
    )


def _fields(entry: Entry) -> _Row:
    return _Row(
        code=entry.code,
        file=_writable(entry.file),
        function=_writable(entry.function),
        fingerprint=entry.fingerprint,
        message=_writable(entry.message),
    )


def _writable(text: str) -> str:
    """Return a text without halves of characters, which stand for undecodable bytes in the name of a file and are no UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()


def _entries(findings: Iterable[Finding], sources: Mapping[str, Sequence[str]], named: Callable[[str], str]) -> list[tuple[Finding, Entry]]:
    """Return each finding with its entry, in the given order."""
    found = list(findings)
    renamed = [_renamed(finding, named) for finding in found]
    lines = {named(file): text for file, text in sources.items()}
    return [
        (finding, _entry(as_named, print_)) for finding, as_named, print_ in zip(found, renamed, fingerprints(renamed, lines), strict=True)
    ]


def _renamed(finding: Finding, named: Callable[[str], str]) -> Finding:
    if finding.location is None:
        return finding
    return replace(finding, location=replace(finding.location, file=named(finding.location.file)))


def _entry(finding: Finding, print_: str) -> Entry:
    place = finding.location
    return Entry(
        code=finding.rule,
        file=place.file if place else "",
        function=place.function if place else "",
        fingerprint=print_,
        message=finding.message,
    )
