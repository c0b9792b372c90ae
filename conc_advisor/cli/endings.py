"""How `profile` ends: as its target did, unless findings were asked to count."""

import os
import resource
import signal
from collections.abc import Iterable

from conc_advisor.errors import ExitCode
from conc_advisor.findings import Finding, Severity

SIGNAL_BASE = 128
"""A shell reports death by signal N as 128 + N."""


def exit_status(target: int | None, findings: Iterable[Finding], fail_on: Severity | None) -> int:
    """Return the exit code, or minus the number of the signal to end by.

    `target` is the same for the program that was profiled, None where we started none.  A target that failed is told first: its own
    exit code says more than the findings about a run that broke off.
    """
    if target:
        return target
    if fail_on is not None and any(finding.severity.rank >= fail_on.rank for finding in findings):
        return ExitCode.FINDINGS
    return ExitCode.DONE


def end_by_signal(number: int) -> int:
    """End this process by a signal, so that whoever started it sees what it would have seen of the target.

    Returns only where the signal does not end us (the first process of a container ignores most): then the code a shell would show.
    """
    # The target has left its core, where it was to leave one; ours would only mislead.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    if number not in {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
    os.kill(os.getpid(), number)
    return SIGNAL_BASE + number
