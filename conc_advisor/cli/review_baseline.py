"""Keeps the findings of a review, so that later reviews leave them out."""

from collections.abc import Callable
from pathlib import Path

from conc_advisor.cli.review_look import place_of
from conc_advisor.cli.review_next import after_baseline
from conc_advisor.cli.review_request import Request
from conc_advisor.cli.review_settings import Settled
from conc_advisor.cli.review_unread import counted
from conc_advisor.config import working_folder
from conc_advisor.errors import UsageError
from conc_advisor.files import is_there, real
from conc_advisor.findings import Confidence
from conc_advisor.review.linters.ruff_rules import BY_CODE
from conc_advisor.review.outcome import Outcome
from conc_advisor.review.settings import ReviewSettings
from conc_advisor.review.silence import baseline
from conc_advisor.review.silence.baseline import Entry
from conc_advisor.review.silence.per_file import PerFileIgnores


def keep(outcome: Outcome, file: Path, request: Request, settled: Settled) -> None:
    """Write a baseline and say what is next; of an earlier one stays what this review could not find.

    Raises `RefusedError` where another kind of file would be overwritten and `OutputError` where it cannot be written.
    """
    root = real(settled.review.root)

    def named(shown: str) -> str:
        place = real(place_of(outcome, shown))
        return place.relative_to(root).as_posix() if place.is_relative_to(root) else place.as_posix()

    found = baseline.entries(outcome.findings, outcome.sources, named)
    unread = {named(each.file) for each in outcome.skipped}
    was_looked_for = _looked_for(settled.review)
    # Of what is left out for this once because it is not sure enough nobody knows here whether it is still there.
    unsure = request.rules.confidence not in {None, Confidence.LOW}
    known = {(entry.code, entry.fingerprint) for entry in found}
    earlier = (entry for entry in _earlier(file) if (entry.code, entry.fingerprint) not in known)
    stay = [entry for entry in earlier if unsure or entry.file in unread or not was_looked_for(entry)]
    baseline.write(file, (*found, *stay))
    configured = settled.configured.review.baseline
    is_known = configured is not None and real(configured) == real(file)
    here = real(working_folder())
    shown = real(file).relative_to(here) if real(file).is_relative_to(here) else file
    rest = f", beside {len(stay):,} of what was not looked for" if stay else ""
    hint = "" if is_known else "; baseline in [tool.conc-advisor.review] makes every review use it"
    request.voice.say(f"kept: {counted(len(outcome.findings), 'finding')} in {shown}{rest}{hint}")
    request.voice.say(f"next: {after_baseline(request, shown, configured=is_known)}")


def _earlier(file: Path) -> tuple[Entry, ...]:
    """Return what is in a baseline that is to be replaced; nothing where it cannot be read: `write` tells what may be overwritten."""
    try:
        return baseline.read(file) if is_there(file) else ()
    except UsageError:
        return ()


def _looked_for(settings: ReviewSettings) -> Callable[[Entry], bool]:
    """Return what tells whether a review was about the file and the rule of an entry; a file that is gone counts where it would lie."""
    root = real(settings.root)
    excludes = PerFileIgnores(((glob, ("ALL",)) for glob in settings.exclude), root)
    paths = [real(working_folder() / path) for path in settings.paths]
    codes = settings.codes if settings.ruff else settings.codes - frozenset(BY_CODE)

    def excluded(place: Path) -> bool:
        below = place.relative_to(root) if place.is_relative_to(root) else Path(place.name)
        return any(excludes.codes(root / each) for each in (below, *below.parents[:-1]))

    def looked_for(entry: Entry) -> bool:
        place = root / entry.file
        if entry.code not in codes or not any(place.is_relative_to(path) for path in paths):
            return False
        return (place in paths and not settings.force_exclude) or not excluded(place)

    return looked_for
