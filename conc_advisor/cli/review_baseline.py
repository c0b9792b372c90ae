"""Keeps the findings of a review, so that later reviews leave them out."""

from pathlib import Path

from conc_advisor.cli.review_look import place_of
from conc_advisor.cli.review_next import after_baseline
from conc_advisor.cli.review_request import Request
from conc_advisor.cli.review_settings import Settled
from conc_advisor.cli.review_unread import counted
from conc_advisor.config import working_folder
from conc_advisor.files import real
from conc_advisor.review import baseline
from conc_advisor.review.outcome import Outcome


def keep(outcome: Outcome, file: Path, request: Request, settled: Settled) -> None:
    """Write a baseline and say what is next.

    Raises `RefusedError` where another kind of file would be overwritten and `OutputError` where it cannot be written.
    """
    root = real(settled.review.root)

    def named(shown: str) -> str:
        place = real(place_of(outcome, shown))
        return place.relative_to(root).as_posix() if place.is_relative_to(root) else place.as_posix()

    baseline.write(file, baseline.entries(outcome.findings, outcome.sources, named))
    configured = settled.configured.review.baseline
    is_known = configured is not None and real(configured) == real(file)
    here = real(working_folder())
    shown = real(file).relative_to(here) if real(file).is_relative_to(here) else file
    hint = "" if is_known else "; baseline in [tool.conc-advisor.review] makes every review use it"
    request.voice.say(f"kept: {counted(len(outcome.findings), 'finding')} in {shown}{hint}")
    request.voice.say(f"next: {after_baseline(request, shown, configured=is_known)}")
