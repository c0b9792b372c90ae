"""What a review says of a set of files: values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from conc_advisor.findings import Finding, Severity
from conc_advisor.scanning.inventory import Inventory, Skipped


class Silence(StrEnum):
    """Why a finding is not shown."""

    NOQA = "noqa"
    PER_FILE = "per-file-ignores"
    BASELINE = "baseline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Silenced:
    """A finding that the user has silenced, and how."""

    finding: Finding
    how: Silence


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A whole review.

    `findings` are sorted by file, line, column and code, and every `rule` of them is a code of `rules.ALL` (CA…) or of another tool
    (`ruff`'s B012 …).  `files` and `lines` were read, `cached` of the files needed no new look; `skipped` could not be read and say why.
    `notes` are for everybody, `details` for who asks for more words.
    `sources` holds the lines of the files that have findings or steps of findings: file as shown → its lines, without line ends.  `paths`
    tells where the same files lie.
    """

    findings: tuple[Finding, ...]
    silenced: tuple[Silenced, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    files: int = 0
    lines: int = 0
    cached: int = 0
    inventory: Inventory | None = None
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    paths: Mapping[str, Path] = field(default_factory=dict)

    def at_least(self, severity: Severity) -> tuple[Finding, ...]:
        """Return the findings of a severity or above."""
        return tuple(each for each in self.findings if each.severity.rank >= severity.rank)
