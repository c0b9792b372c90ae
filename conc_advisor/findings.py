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
    """A line of code.  `line` is 1-based; 0 means the line is unknown."""

    file: str
    line: int
    function: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One statement about the user's program.

    `rule` is a stable identifier (`loop-stall`, `gil-contention` …); `message` one plain sentence; `advice` what to do about it.
    """

    rule: str
    severity: Severity
    confidence: Confidence
    message: str
    advice: str
    location: Location | None = None
