"""The formats of a profile's report, in one literal table."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from conc_advisor.reports import collapsed, speedscope, trace
from conc_advisor.reports.options import TextOptions
from conc_advisor.reports.report import Report


class ReportFormat(StrEnum):
    """What `--format` takes."""

    TEXT = "text"
    JSON = "json"
    SPEEDSCOPE = "speedscope"
    TRACE = "trace"
    COLLAPSED = "collapsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatEntry:
    """A format, what it is for, the usual file ending, and its renderer."""

    format: ReportFormat
    purpose: str
    suffix: str
    render: Callable[[Report, TextOptions], Iterable[str]]


def _text(report: Report, options: TextOptions) -> Iterator[str]:
    from conc_advisor.reports import text  # noqa: PLC0415 - rich takes 80 ms to import, and only this format needs it

    directory = options.working_directory or report.recording.header.working_directory
    yield text.render(report.diagnosis, replace(options, working_directory=directory))


def _json(report: Report, _options: TextOptions) -> Iterable[str]:
    from conc_advisor.reports import json  # noqa: PLC0415

    return json.render(report)


def _speedscope(report: Report, _options: TextOptions) -> Iterable[str]:
    return speedscope.render(report)


def _trace(report: Report, _options: TextOptions) -> Iterable[str]:
    return trace.render(report)


def _collapsed(report: Report, _options: TextOptions) -> Iterable[str]:
    return collapsed.render(report)


FORMATS: Final[tuple[FormatEntry, ...]] = (
    FormatEntry(format=ReportFormat.TEXT, purpose="a page to read in the terminal", suffix=".txt", render=_text),
    FormatEntry(format=ReportFormat.JSON, purpose="everything, for programs (schema conc-advisor.profile/1)", suffix=".json", render=_json),
    FormatEntry(
        format=ReportFormat.SPEEDSCOPE, purpose="flame graphs at https://www.speedscope.app", suffix=".speedscope.json", render=_speedscope
    ),
    FormatEntry(format=ReportFormat.TRACE, purpose="a timeline at https://ui.perfetto.dev", suffix=".trace.json", render=_trace),
    FormatEntry(format=ReportFormat.COLLAPSED, purpose="folded stacks for flamegraph.pl", suffix=".folded", render=_collapsed),
)


def entry(report_format: ReportFormat) -> FormatEntry:
    """Return the row of a format."""
    return next(entry for entry in FORMATS if entry.format is report_format)


def render(report_format: ReportFormat, report: Report, options: TextOptions) -> Iterable[str]:
    """Return the report in pieces to be written one after the other; all but the text ignore the options.

    Raises `RecordingError`, while the pieces are taken, when the recording turns out to be damaged.
    """
    return entry(report_format).render(report, options)
