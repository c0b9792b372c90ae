"""What is asked for each file, and what comes back: values only, small enough to be sent between processes."""

from dataclasses import dataclass
from pathlib import Path

from conc_advisor.findings import Finding
from conc_advisor.scanning.inventory import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOrder:
    """One file to review: where it lies, its name as shown, and the dotted name of its module.

    `number` is its place among all files, `size` its bytes and `modified` its time stamp in nanoseconds when it was listed, 0 where that
    could not be told; `data` is given for a file that is not read from disk.
    """

    number: int
    path: Path
    file: str
    name: str
    package: bool
    part: Part
    size: int
    modified: int
    data: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What holds for all files: the rules' codes that are looked for, the lowest minor version of Python 3, see `ParsedModule`.

    `foreign` are the project's own packages that look like libraries by their name, and are none.
    """

    codes: frozenset[str]
    python: int | None
    foreign: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read in one file: `summary` and `facts` are packed (see `packing`), `digest` tells its text from any other.

    `mentions`: a comment in it may silence findings.
    """

    number: int
    lines: int
    digest: bytes
    mentions: bool
    summary: bytes
    facts: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """What the rules found in one file.  `failed` says of each rule that crashed how it did, in a clause."""

    number: int
    findings: tuple[Finding, ...]
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A file that could not be reviewed, and why, in a clause; `bug`: by our own fault.

    `digest` is that of its text where this is why, and will be as long as it stays the same.
    """

    number: int
    why: str
    bug: bool = False
    digest: bytes = b""
