"""One look at the source: the review itself, and what of it the user wants to see."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from conc_advisor.cli.review_progress import ReviewProgress
from conc_advisor.cli.review_request import Request
from conc_advisor.cli.review_settings import Settled
from conc_advisor.config import working_folder
from conc_advisor.files import is_there, real
from conc_advisor.findings import Confidence, Finding
from conc_advisor.reports.review.unread import SOURCE, is_source
from conc_advisor.reports.sanitise import visible
from conc_advisor.review.check import review
from conc_advisor.review.outcome import Outcome

if TYPE_CHECKING:
    from conc_advisor.review.silence.changed import Changed

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
    apart = _notes_of_apart(changes, settled)
    nothing = () if changes.files or apart else (f"nothing has changed since {request.scope.base or 'HEAD'}",)
    return replace(_of_changed_files(outcome, changes, settled), notes=(*outcome.notes, *apart, *nothing))


def _changes(settled: Settled, request: Request) -> "Changed":
    from conc_advisor.review.silence.changed import changed_in_all, work_trees  # noqa: PLC0415  # who does not ask git waits for no part of it

    return changed_in_all(work_trees(_places(settled), settled.start), request.scope.base)


def _places(settled: Settled) -> tuple[Path, ...]:
    """Return where lies what is to be reviewed, without links."""
    return tuple(real(working_folder() / path) for path in settled.review.paths)


def _notes_of_apart(changes: "Changed", settled: Settled) -> tuple[str, ...]:
    """Return a note for each other work tree that may hold files of this review."""
    places = _places(settled)
    met = (folder for folder in changes.apart if any(folder.is_relative_to(place) or place.is_relative_to(folder) for place in places))
    names = (_called(folder) for folder in met)
    return tuple(f"{name} is a repository of its own: what has changed there only a review of it alone tells" for name in names)


def _called(place: Path) -> str:
    here = real(working_folder())
    return visible(str(place.relative_to(here) if place.is_relative_to(here) else place))


def _of_changed_files(outcome: Outcome, changes: "Changed", settled: Settled) -> Outcome:
    """Return a review that knows of no file that could not be read but the changed ones, and of none that was read if no changed one was.

    The others were read only for what they say of each other.
    """
    here = working_folder()
    skipped = tuple(each for each in outcome.skipped if not is_source(each) or _may_be_in(changes, here / each.file))
    unread = {real(here / each.file) for each in skipped if is_source(each)}
    places = _places(settled)
    read = any(
        path not in unread and path.suffix in SOURCE and any(path.is_relative_to(place) for place in places) for path in changes.files
    )
    outcome = replace(outcome, skipped=skipped)
    return outcome if read or not unread else replace(outcome, files=0, lines=0, cached=0)


def _may_be_in(changes: "Changed", shown: Path) -> bool:
    """Tell whether a file is a changed one, or is shown by a name that it does not have: odd characters are spelled out."""
    return real(shown) in changes.files or not is_there(shown)


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
