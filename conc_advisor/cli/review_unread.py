"""What `review` says of source that was not read, where the result has no room for it."""

from typing import Final

from conc_advisor.cli.review_request import Action, Request
from conc_advisor.cli.review_settings import Settled
from conc_advisor.errors import TargetError
from conc_advisor.reports.review.registry import ReviewFormat
from conc_advisor.reports.review.unread import nothing_read, unreadable
from conc_advisor.review.outcome import Outcome

_SHOWN: Final = 20
"""How many files that were not read are named without -v."""
_TERSE: Final = frozenset({ReviewFormat.CONCISE, ReviewFormat.GITHUB})
"""Formats that hold findings and nothing else."""


def say_unread(outcome: Outcome, request: Request, settled: Settled) -> None:
    """Say that there was nothing to read, and beside a result of findings alone what was not read and what else there is to know."""
    if not outcome.files and not unreadable(outcome):
        where = ", ".join(request.scope.paths) or "the working directory"
        request.voice.say(f"there is no Python file in {where}{_left_out(outcome, settled)}")
    for detail in outcome.details if request.voice.verbose else ():
        request.voice.say(f"note: {detail}")
    reports = request.action in {Action.REVIEW, Action.FIX}
    if reports and request.form.format not in _TERSE and not request.form.statistics:
        return
    if outcome.skipped:
        shown = outcome.skipped if request.voice.verbose else outcome.skipped[:_SHOWN]
        for each in shown:
            request.voice.say(f"not read: {each.file}: {each.why}")
        if rest := len(outcome.skipped) - len(shown):
            request.voice.say(f"not read: {counted(rest, 'other')} (-v names them)")
    for note in dict.fromkeys(outcome.notes):
        request.voice.say(f"note: {note}")


def _left_out(outcome: Outcome, settled: Settled) -> str:
    """Return what is left out of what is read, where that may be why there is nothing."""
    reasons = ["excluded"] if settled.review.exclude else []
    reasons += ["ignored by git"] if outcome.inventory is not None and outcome.inventory.ignored else []
    return f" that is not {' or '.join(reasons)}" if reasons else ""


def check_something_read(outcome: Outcome) -> None:
    """Raise `TargetError` where there was source, and none of it could be read."""
    if not nothing_read(outcome):
        return
    unread = unreadable(outcome)
    first = unread[0]
    if len(unread) == 1:
        message = f"{first.file} could not be read: {first.why}"
    else:
        message = f"none of {len(unread):,} files could be read; the first is {first.file}: {first.why}"
    raise TargetError(message, hint="mend what is said there, or give other paths")


def counted(number: int, noun: str) -> str:
    """Return `1 file`, `2,000 files`."""
    return f"{number:,} {noun}{'s' * (number != 1)}"
