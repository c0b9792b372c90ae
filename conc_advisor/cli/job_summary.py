"""The summary page of a GitHub job, which commands add a short report to.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions#adding-a-job-summary
"""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from conc_advisor.cli.console import Voice


def add_to_job_summary(render: Callable[[], Iterable[str]], voice: Voice) -> None:
    """In a GitHub job, append what `render` returns to the job's summary page; elsewhere do nothing."""
    file = os.environ.get("GITHUB_STEP_SUMMARY")
    if not file:
        return
    try:
        with Path(file).open("a", encoding="utf-8", errors="backslashreplace") as summary:
            summary.writelines(render())
    except OSError as error:
        voice.say(f"note: the job summary {file} could not be written: {error.strerror or error}")
