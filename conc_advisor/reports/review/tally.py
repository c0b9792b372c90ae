"""Counts what a review found, and says it in words."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from conc_advisor.findings import Finding, Severity
from conc_advisor.review.outcome import Outcome, Silence
from conc_advisor.scanning.inventory import Skipped

WORST_FIRST: Final = tuple(sorted(Severity, key=lambda severity: -severity.rank))
_HOW: Final[dict[Silence, str]] = {
    Silence.NOQA: "by noqa",
    Silence.PER_FILE: "by per-file-ignores",
    Silence.BASELINE: "by the baseline",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many findings there are.  `fixable` have a safe fix, `unsafely` one that may change more than it mends."""

    total: int
    by_severity: dict[Severity, int]
    fixable: int
    unsafely: int
    silenced: dict[Silence, int]


def tally_of(outcome: Outcome) -> Tally:
    """Return the counts; a severity without findings counts 0, a way of silencing that was not used is not there."""
    severities = Counter(finding.severity for finding in outcome.findings)
    safe = [finding.fix.safe for finding in outcome.findings if finding.fix is not None]
    how = Counter(each.how for each in outcome.silenced)
    return Tally(
        total=len(outcome.findings),
        by_severity={severity: severities[severity] for severity in WORST_FIRST},
        fixable=sum(safe),
        unsafely=len(safe) - sum(safe),
        silenced={each: how[each] for each in Silence if how[each]},
    )


def findings_words(tally: Tally) -> str:
    """Return `3 findings: 1 error, 2 warnings`, or that there are none."""
    if not tally.total:
        return "no findings"
    parts = (severity_words(severity, number) for severity, number in tally.by_severity.items() if number)
    return f"{counted(tally.total, 'finding')}: {', '.join(parts)}"


def severity_words(severity: Severity, number: int) -> str:
    """Return `1 error`, `2 warnings`, `3 info`."""
    return f"{number:,} {severity}" if severity is Severity.INFO else counted(number, severity)


def fix_words(tally: Tally) -> str:
    """Return which of the findings can be mended by us, "" for none."""
    parts = [f"{counted(tally.fixable, 'safe fix', 'safe fixes')} (--fix)"] if tally.fixable else []
    if tally.unsafely:
        parts.append(f"{counted(tally.unsafely, 'fix', 'fixes')} that may change more (--unsafe-fixes)")
    return ", ".join(parts)


def silenced_words(tally: Tally) -> str:
    """Return how many findings the user has silenced, and how, "" for none."""
    return ", ".join(f"{number:,} {_HOW[how]}" for how, number in tally.silenced.items())


def read_words(outcome: Outcome) -> str:
    """Return how much was read."""
    cached = f"; {counted(outcome.cached, 'file')} known from the last time" if outcome.cached else ""
    return f"{counted(outcome.files, 'file')}, {counted(outcome.lines, 'line')}{cached}"


def skipped_by_reason(skipped: Iterable[Skipped]) -> list[tuple[str, int]]:
    """Return each reason with the number of files that it kept from being read, the commonest first.

    What holds for one file alone, after a colon or as a line's number, is not part of a reason.
    """
    reasons = Counter(each.why.partition(":")[0].partition(" (line")[0] for each in skipped)
    return reasons.most_common()


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings sorted by severity; those of one severity stay in their order."""
    return sorted(findings, key=lambda finding: -finding.severity.rank)


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return `1 line`, `2,000 lines`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
