"""Words for evidence that comes from code."""

from collections.abc import Sequence
from typing import Final

from conc_advisor.findings import Confidence
from conc_advisor.scanning.inventory import LibraryUse
from conc_advisor.workload import Evidence, Factor, Origin, Value

_NAMED: Final = 3


def say(factor: Factor, value: Value, confidence: Confidence, detail: str) -> Evidence:
    """Return one answer from code."""
    return Evidence(factor=factor, value=value, origin=Origin.CODE, confidence=confidence, detail=detail)


def counted(number: int, noun: str) -> str:
    """Return `1 file`, `2 files`."""
    return f"{number} {noun}{'s' * (number != 1)}"


def places(uses: Sequence[LibraryUse]) -> str:
    """Return `app.py:3 imports requests, db.py:1 imports psycopg2` for the first few libraries."""
    text = ", ".join(str(use.first[0]) for use in uses[:_NAMED])
    return text + (f" and {len(uses) - _NAMED} more" if len(uses) > _NAMED else "")


def names(uses: Sequence[LibraryUse]) -> str:
    """Return `requests, psycopg2` for the first few libraries."""
    text = ", ".join(use.library.name for use in uses[:_NAMED])
    return text + (f" and {len(uses) - _NAMED} more" if len(uses) > _NAMED else "")
