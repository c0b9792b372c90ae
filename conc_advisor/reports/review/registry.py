"""The formats of a review's report, in one literal table."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from conc_advisor.reports.review.options import ReviewOptions
from conc_advisor.review.outcome import Outcome


class ReviewFormat(StrEnum):
    """What `review --format` takes."""

    FULL = "full"
    CONCISE = "concise"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    MARKDOWN = "markdown"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatEntry:
    """A format, what it is for, the usual file ending, and its renderer."""

    format: ReviewFormat
    purpose: str
    suffix: str
    render: Callable[[Outcome, ReviewOptions], Iterable[str]]


def _full(outcome: Outcome, options: ReviewOptions) -> Iterable[str]:
    from conc_advisor.reports.review import full  # noqa: PLC0415 - each format is imported by itself: most runs need one

    return full.render(outcome, options)


def _concise(outcome: Outcome, options: ReviewOptions) -> Iterable[str]:
    from conc_advisor.reports.review import concise  # noqa: PLC0415

    return concise.render(outcome, options)


def _json(outcome: Outcome, options: ReviewOptions) -> Iterable[str]:
    from conc_advisor.reports.review import json  # noqa: PLC0415

    return json.render(outcome, options)


def _sarif(outcome: Outcome, options: ReviewOptions) -> Iterable[str]:
    from conc_advisor.reports.review import sarif  # noqa: PLC0415

    return sarif.render(outcome, options)


def _github(outcome: Outcome, options: ReviewOptions) -> Iterable[str]:
    from conc_advisor.reports.review import github  # noqa: PLC0415

    return github.render(outcome, options)


def _markdown(outcome: Outcome, options: ReviewOptions) -> Iterable[str]:
    from conc_advisor.reports.review import markdown  # noqa: PLC0415

    return markdown.render(outcome, options)


FORMATS: Final[tuple[FormatEntry, ...]] = (
    FormatEntry(format=ReviewFormat.FULL, purpose="each finding with its source and what to do", suffix=".txt", render=_full),
    FormatEntry(format=ReviewFormat.CONCISE, purpose="one line each: path:line:column: CODE message", suffix=".txt", render=_concise),
    FormatEntry(format=ReviewFormat.JSON, purpose="everything, for programs (schema conc-advisor.review/1)", suffix=".json", render=_json),
    FormatEntry(format=ReviewFormat.SARIF, purpose="SARIF 2.1.0, for code scanning", suffix=".sarif", render=_sarif),
    FormatEntry(format=ReviewFormat.GITHUB, purpose="annotations of a GitHub job", suffix=".txt", render=_github),
    FormatEntry(format=ReviewFormat.MARKDOWN, purpose="a comment on a pull request, a job's summary", suffix=".md", render=_markdown),
)


def entry(review_format: ReviewFormat) -> FormatEntry:
    """Return the row of a format."""
    return next(entry for entry in FORMATS if entry.format is review_format)


def render(review_format: ReviewFormat, outcome: Outcome, options: ReviewOptions) -> Iterable[str]:
    """Return the report in pieces to be written one after the other; together they end with a newline, or are nothing at all."""
    return entry(review_format).render(outcome, options)
