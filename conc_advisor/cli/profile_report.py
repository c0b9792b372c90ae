"""The words at the end of `profile`: the report itself, the summary for a GitHub job, the next command."""

from typing import Final

from conc_advisor.cli.console import Voice
from conc_advisor.cli.job_summary import add_to_job_summary
from conc_advisor.cli.outlet import Outlet
from conc_advisor.cli.profile_outlet import default_file
from conc_advisor.cli.quoting import shell_command
from conc_advisor.concurrency import VerdictId
from conc_advisor.profiling.diagnosis import Diagnosis
from conc_advisor.profiling.recording import Recording
from conc_advisor.reports import step_summary
from conc_advisor.reports.options import TextOptions
from conc_advisor.reports.registry import ReportFormat, render
from conc_advisor.reports.report import Report

_ANOTHER_MODEL: Final = frozenset(
    {VerdictId.GIL_BOUND, VerdictId.CPU_BOUND_SINGLE, VerdictId.IO_BOUND, VerdictId.OVERSUBSCRIBED, VerdictId.LOOP_STALLED, VerdictId.MIXED}
)
"""Verdicts after which the question is how else to run the work; after the others it is what to mend, or nothing."""


TEMPLATES: Final = {
    VerdictId.GIL_BOUND: "process-fan-out",
    VerdictId.CPU_BOUND_SINGLE: "process-fan-out",
    VerdictId.IO_BOUND: "thread-fan-out",
    VerdictId.LOOP_STALLED: "async-offload",
    VerdictId.LOCK_BOUND: "thread-locks",
    VerdictId.POOL_STARVED: "thread-fan-out",
}
"""The code that `scaffold` has for what a verdict asks to change."""


def write_report(diagnosis: Diagnosis, recording: Recording, report_format: ReportFormat, outlet: Outlet, *, verbose: bool) -> None:
    """Write the report in that format; raises `OutputError`."""
    look = outlet.look
    options = TextOptions(
        width=look.width,
        color=look.color,
        unicode=look.unicode,
        verbose=verbose,
        working_directory=recording.header.working_directory,
    )
    outlet.write(render(report_format, Report(diagnosis=diagnosis, recording=recording), options))


def add_step_summary(diagnosis: Diagnosis, voice: Voice, *, working_directory: str) -> None:
    """In a GitHub job, append a short report to the job's summary page; elsewhere do nothing."""
    add_to_job_summary(lambda: [step_summary.render(diagnosis, working_directory=working_directory)], voice)


def template_step(diagnosis: Diagnosis, report_format: ReportFormat) -> str:
    """Return the command that shows code for the change; "" where there is none, and after a report for programs."""
    template = TEMPLATES.get(diagnosis.verdict.id)
    if template is None or report_format is not ReportFormat.TEXT:
        return ""
    return shell_command(["conc-advisor", "scaffold", template, "--show"])


def next_step(diagnosis: Diagnosis, recording: Recording, report_format: ReportFormat, *, is_last: bool) -> str:
    """Return the one command that is most useful now.

    After a text that says another way to run the work may be better: which one.  After any other text the same recording on a time
    line, after another format in words.  `is_last`: the recording is the newest that is kept, and goes by that name.
    """
    load = ["conc-advisor", "profile", "--load", str(recording.path)]
    if report_format is ReportFormat.TEXT and diagnosis.evidence and diagnosis.verdict.id in _ANOTHER_MODEL:
        return shell_command(["conc-advisor", "choose", "--from", "last" if is_last else str(recording.path)])
    if report_format is ReportFormat.TEXT:
        other = ReportFormat.SPEEDSCOPE
        return shell_command([*load, "--format", other, "-o", default_file(other)])
    return shell_command(load)
