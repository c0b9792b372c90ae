"""Does the fixes of findings, or shows what they would do."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Final

from conc_advisor.cli.review_look import place_of
from conc_advisor.cli.review_settings import Settled
from conc_advisor.config import working_folder
from conc_advisor.errors import RefusedError
from conc_advisor.files import is_there, real
from conc_advisor.findings import Finding
from conc_advisor.review import fixes
from conc_advisor.review.fixes import Fixed, Left
from conc_advisor.review.outcome import Outcome
from conc_advisor.scanning.source import UnreadableError, decoded, read_data

ROUNDS: Final = 5
"""How often files are fixed and reviewed again at most: a fix may uncover another, and two may stand in each other's way."""
_CHANGED: Final = "the file has changed in the meantime"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFix:
    """What the fixes of one file's findings make of it; `before` is what it holds."""

    file: str
    path: Path
    before: bytes
    fixed: Fixed


@dataclass(slots=True, kw_only=True)
class Mended:
    """What was done: how many findings were mended in which files, and what was not, and why."""

    applied: int = 0
    files: set[str] = field(default_factory=set)
    left: tuple[Left, ...] = ()
    refused: tuple[str, ...] = ()


def mend(outcome: Outcome, settled: Settled, again: Callable[[], Outcome], *, unsafe: bool) -> tuple[Outcome, Mended]:
    """Do the fixes and return what is left to find; `again` reviews once more.  Raises `ProjectError` for a file that cannot be written."""
    mended = Mended()
    for _ in range(ROUNDS):
        done = 0
        mended.left, mended.refused = (), ()
        for file in file_fixes(outcome, settled, unsafe=unsafe):
            mended.left += file.fixed.left
            if not file.fixed.applied:
                continue
            try:
                fixes.write(file.path, file.before, file.fixed.content, root=settled.inside)
            except RefusedError as error:
                mended.refused += (error.message,)
                continue
            done += len(file.fixed.applied)
            mended.files.add(file.file)
        mended.applied += done
        if not done:
            break
        outcome = again()
    return outcome, mended


def file_fixes(outcome: Outcome, settled: Settled, *, unsafe: bool) -> Iterator[FileFix]:
    """Yield what the fixes make of each file that has any, by the file's name."""
    wanted = [finding for finding in outcome.findings if finding.fix is not None and (unsafe or finding.fix.safe)]
    for file, group in groupby(sorted(wanted, key=_file), key=_file):
        findings = tuple(group)
        path = place_of(outcome, file)
        before = _content(path, settled)
        if before is None or _lines(before) != outcome.sources.get(file):
            # The places of the fixes are those of the file that was reviewed.
            left = tuple(Left(finding=finding, why=_CHANGED) for finding in findings)
            fixed = Fixed(content=before or b"", applied=(), left=left)
        else:
            fixed = fixes.apply(before, findings, unsafe=unsafe)
        yield FileFix(file=file, path=path, before=before or b"", fixed=fixed)


def differences(files: Iterable[FileFix]) -> bytes:
    """Return what changes in all files, as `git apply` takes it in the working directory: it wants names from the top of the work tree."""
    top = work_tree() or real(working_folder())
    return b"".join(fixes.diff(_shown(file.path, top), file.before, file.fixed.content) for file in files)


def work_tree() -> Path | None:
    """Return the top of the work tree of git that the working directory lies in, None where it lies in none."""
    here = real(working_folder())
    return next((folder for folder in (here, *here.parents) if is_there(folder / ".git")), None)


def _file(finding: Finding) -> str:
    return finding.location.file if finding.location is not None else ""


def _content(path: Path, settled: Settled) -> bytes | None:
    given = settled.review.stdin
    if given is not None:
        return given.data
    try:
        return read_data(path)
    except UnreadableError:
        return None


def _lines(content: bytes) -> tuple[str, ...] | None:
    try:
        return tuple(decoded(content).split("\n"))
    except UnreadableError:
        return None


def _shown(path: Path, top: Path) -> PurePosixPath:
    """Return a path as it is called from a folder; git refuses, in words, one that leads out of it."""
    return PurePosixPath(Path(os.path.relpath(real(path), top)).as_posix())
