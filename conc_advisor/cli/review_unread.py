"""What `review` says of source that was not read, where the result has no room for it."""

from pathlib import PurePath
from typing import Final

from conc_advisor.cli.review_request import STDIN, Request
from conc_advisor.errors import TargetError
from conc_advisor.reports.review.registry import ReviewFormat
from conc_advisor.review.outcome import Outcome
from conc_advisor.scanning.inventory import Skipped

_SHOWN: Final = 20
"""How many files that were not read are named without -v."""
_SOURCE: Final = frozenset({".py", ".pyw", ".pyi"})
_TERSE: Final = frozenset({ReviewFormat.CONCISE, ReviewFormat.GITHUB})
"""Formats that hold findings and nothing else."""


def say_unread(outcome: Outcome, request: Request) -> None:
    """Say that there was nothing to read, and beside a result of findings alone what was not read and what else there is to know."""
    if not outcome.files and not _unreadable(outcome):
        request.voice.say(f"there is no Python file in {', '.join(request.scope.paths) or 'the working directory'}")
    for detail in outcome.details if request.voice.verbose else ():
        request.voice.say(f"note: {detail}")
    if request.form.format not in _TERSE and not request.form.statistics:
        return
    if outcome.skipped:
        shown = outcome.skipped if request.voice.verbose else outcome.skipped[:_SHOWN]
        for each in shown:
            request.voice.say(f"not read: {each.file}: {each.why}")
        if rest := len(outcome.skipped) - len(shown):
            request.voice.say(f"not read: {counted(rest, 'other')} (-v names them)")
    for note in dict.fromkeys(outcome.notes):
        request.voice.say(f"note: {note}")


def check_something_read(outcome: Outcome) -> None:
    """Raise `TargetError` where there was source, and none of it could be read."""
    unreadable = _unreadable(outcome)
    if outcome.files or not unreadable:
        return
    first = unreadable[0]
    if len(unreadable) == 1:
        message = f"{first.file} could not be read: {first.why}"
    else:
        message = f"none of {len(unreadable):,} files could be read; the first is {first.file}: {first.why}"
    raise TargetError(message, hint="mend what is said there, or give other paths")


def counted(number: int, noun: str) -> str:
    """Return `1 file`, `2,000 files`."""
    return f"{number:,} {noun}{'s' * (number != 1)}"


def _unreadable(outcome: Outcome) -> list[Skipped]:
    """Return the files that were meant to be read and could not be; neither notebooks nor folders, which never are."""
    return [each for each in outcome.skipped if PurePath(each.file).suffix in _SOURCE or each.file == STDIN]
