"""Which of the files that were not read were meant to be."""

from pathlib import PurePath
from typing import Final

from conc_advisor.review.outcome import Outcome
from conc_advisor.scanning.inventory import Skipped

SOURCE: Final = frozenset({".py", ".pyw", ".pyi"})
"""The endings of files that are source."""
_STANDARD_INPUT: Final = "-"


def is_source(skipped: Skipped) -> bool:
    """Tell whether this is a file that was meant to be read; neither notebooks nor folders ever are."""
    return PurePath(skipped.file).suffix in SOURCE or skipped.file == _STANDARD_INPUT


def unreadable(outcome: Outcome) -> list[Skipped]:
    """Return the files that were meant to be read and could not be."""
    return [each for each in outcome.skipped if is_source(each)]


def nothing_read(outcome: Outcome) -> bool:
    """Tell whether there was source, and none of it could be read."""
    return not outcome.files and bool(unreadable(outcome))
