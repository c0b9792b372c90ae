"""What any analysis may say: a finding, how bad it is, how sure we are, and where."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters, in the order of `--fail-on`."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """0 for the mildest; higher is worse."""
        return list(type(self)).index(self)


class Confidence(StrEnum):
    """How far the evidence carries a statement."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place in code.

    `line` and `column` are 1-based, `column` counts characters; 0 means unknown.  The end is the last line and the column after the
    last character.
    """

    file: str
    line: int
    function: str
    column: int = 0
    end_line: int = 0
    end_column: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the way that leads to a finding (`enrich() calls _geo_lookup()`), in the order it is taken."""

    text: str
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Text that takes the place of what stands between two points of the finding's file: lines and columns as in `Location`."""

    line: int
    column: int
    end_line: int
    end_column: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """A rewrite that mends a finding: `title` says what it does.  `safe`: it changes nothing else that a program could see."""

    title: str
    safe: bool
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One statement about the user's program.

    `rule` is a stable identifier (`loop-stall`, `CA101` …); `message` one plain sentence; `advice` what to do about it.  `steps` is the
    way that leads to it, `also` the rules of other tools that say the same, `fix` a rewrite that mends it.
    """

    rule: str
    severity: Severity
    confidence: Confidence
    message: str
    advice: str
    location: Location | None = None
    steps: tuple[Step, ...] = ()
    also: tuple[str, ...] = ()
    fix: Fix | None = None
