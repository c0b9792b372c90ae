"""One look at the source: the review itself, and what of it the user wants to see."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from conc_advisor.cli.review_progress import ReviewProgress
from conc_advisor.cli.review_request import Request
from conc_advisor.cli.review_settings import Settled
from conc_advisor.config import working_folder
from conc_advisor.findings import Confidence, Finding
from conc_advisor.review.check import review
from conc_advisor.review.outcome import Outcome

if TYPE_CHECKING:
    from conc_advisor.review.changed import Changed

_SURE: Final = tuple(Confidence)


def look(settled: Settled, request: Request) -> Outcome:
    """Return what a review finds, without what is not sure enough or not in changed lines.

    Raises `TargetError` for a path that is not there or where git cannot tell what has changed, `UsageError` for a wrong baseline.
    """
    changes = _changes(settled, request) if request.scope.only_changed else None
    settings = settled.review if changes is None else replace(settled.review, only=frozenset(changes.files))
    with ReviewProgress(request.voice) as progress:
        outcome = review(settings, progress=progress)
    outcome = _sure_enough(outcome, settled.confidence)
    if changes is None:
        return outcome
    outcome = _narrowed(outcome, lambda findings: changes.apply(findings, lambda file: place_of(outcome, file)))
    return (
        outcome if changes.files else replace(outcome, notes=(*outcome.notes, f"nothing has changed since {request.scope.base or 'HEAD'}"))
    )


def _changes(settled: Settled, request: Request) -> "Changed":
    from conc_advisor.review.changed import changed  # noqa: PLC0415  # who does not ask git waits for no part of it

    return changed(settled.start, request.scope.base)


def place_of(outcome: Outcome, file: str) -> Path:
    """Return where the file lies that is shown by a name."""
    return working_folder() / outcome.paths.get(file, Path(file))


def _sure_enough(outcome: Outcome, least: Confidence) -> Outcome:
    """Return the outcome without the findings that are less sure, and say how many these were."""
    sure = frozenset(_SURE[_SURE.index(least) :])
    narrowed = _narrowed(outcome, lambda findings: tuple(each for each in findings if each.confidence in sure))
    hidden = len(outcome.findings) - len(narrowed.findings)
    if not hidden:
        return narrowed
    note = f"{hidden:,} finding{'s' * (hidden != 1)} of less than {least} confidence {'are' if hidden != 1 else 'is'} left out"
    return replace(narrowed, notes=(*narrowed.notes, note))


def _narrowed(outcome: Outcome, keep: Callable[[tuple[Finding, ...]], tuple[Finding, ...]]) -> Outcome:
    """Return the outcome with some of its findings, silenced ones included."""
    kept = set(map(id, keep(tuple(each.finding for each in outcome.silenced))))
    return replace(
        outcome,
        findings=keep(outcome.findings),
        silenced=tuple(each for each in outcome.silenced if id(each.finding) in kept),
    )
