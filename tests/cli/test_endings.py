"""How `profile` ends."""

import signal
import subprocess
import sys

import pytest

from conc_advisor.cli.endings import exit_status
from conc_advisor.findings import Confidence, Finding, Severity


def finding(severity: Severity) -> Finding:
    """Return a finding."""
    return Finding(rule="x", severity=severity, confidence=Confidence.HIGH, message="m", advice="a")


@pytest.mark.parametrize("target", [None, 0, 1, 3, 255, -signal.SIGTERM])
@pytest.mark.parametrize("severities", [(), tuple(Severity)])
def test_findings_do_not_count_unless_asked(target: int | None, severities: tuple[Severity, ...]) -> None:
    """The target's own ending is ours."""
    assert exit_status(target, map(finding, severities), None) == (target or 0)


@pytest.mark.parametrize(
    ("found", "asked", "status"),
    [
        (Severity.INFO, Severity.INFO, 1),
        (Severity.INFO, Severity.WARNING, 0),
        (Severity.WARNING, Severity.WARNING, 1),
        (Severity.WARNING, Severity.ERROR, 0),
        (Severity.ERROR, Severity.WARNING, 1),
    ],
)
@pytest.mark.parametrize("target", [None, 0])
def test_findings_at_or_above_count(target: int | None, found: Severity, asked: Severity, status: int) -> None:
    """Where the target succeeded, or where there was none."""
    assert exit_status(target, [finding(found)], asked) == status


@pytest.mark.parametrize("target", [3, -signal.SIGSEGV])
def test_a_target_that_failed_is_told_first(target: int) -> None:
    """Its own exit code says more than findings about a run that broke off."""
    assert exit_status(target, [finding(Severity.ERROR)], Severity.INFO) == target


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV, signal.SIGHUP])
def test_we_end_by_the_same_signal(number: signal.Signals) -> None:
    """Even where it was blocked and handled, and what was written before is not lost."""
    program = (
        "import signal; from conc_advisor.cli import app\n"
        f"n = {int(number)}\n"
        "if n != signal.SIGKILL: signal.signal(n, signal.SIG_IGN); signal.pthread_sigmask(signal.SIG_BLOCK, {n})\n"
        "app.run = lambda argv: (print('the report'), -n)[1]\n"
        "app.main([])"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert answer.returncode == -number
    assert answer.stdout == "the report\n"
