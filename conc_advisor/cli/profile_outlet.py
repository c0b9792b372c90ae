"""Which way the report of `profile` goes, by whose the standard output is."""

from pathlib import Path
from typing import Final

from conc_advisor.cli.outlet import Outlet, StreamOutlet, open_outlet
from conc_advisor.errors import UsageError
from conc_advisor.reports.registry import ReportFormat, entry

_STDOUT_NAMES: Final = frozenset({"-", "/dev/stdout"})


def choose_outlet(*, output: str | None, report_format: ReportFormat, launched: bool, redirected: bool, force: bool) -> Outlet:
    """Return where to write the report.

    A program that we launch has standard output for itself, unless its output is `redirected` to a file.  Raises `UsageError` when
    the report would land amid the program's output, `OutputError` or `RefusedError` when the file cannot be used.
    """
    targets_stdout = launched and not redirected
    file = default_file(report_format)
    if output is None:
        if targets_stdout and report_format is not ReportFormat.TEXT:
            raise UsageError(
                f"standard output belongs to the program, so {report_format} needs a file", hint=f"add -o {file}, or --target-output FILE"
            )
        return StreamOutlet(to_stderr=targets_stdout)
    if output in _STDOUT_NAMES:
        if targets_stdout:
            raise UsageError(
                "standard output belongs to the program, so the report cannot go there",
                hint=f"write it to a file with -o {file}, or send the program's output to one with --target-output FILE",
            )
        return StreamOutlet(to_stderr=False)
    return open_outlet(Path(output), force=force)


def default_file(report_format: ReportFormat) -> str:
    """Return a fitting name for a file of that format."""
    return f"profile{entry(report_format).suffix}"
