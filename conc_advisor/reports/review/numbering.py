"""Gives each finding of an outcome its fingerprint."""

from typing import NamedTuple

from conc_advisor.findings import Finding
from conc_advisor.review.outcome import Outcome, Silenced
from conc_advisor.review.silence.fingerprint import fingerprints


class Numbered(NamedTuple):
    """The findings of an outcome and those that are silenced, each with its fingerprint."""

    findings: list[tuple[Finding, str]]
    silenced: list[tuple[Silenced, str]]


def numbered(outcome: Outcome) -> Numbered:
    """Return all findings with their fingerprints.

    Equal findings are counted in the order in which they stand in the file, silenced ones with them: to silence one changes no other.
    """
    everything: list[Finding] = [*outcome.findings, *(each.finding for each in outcome.silenced)]
    order = sorted(range(len(everything)), key=lambda at: _place(everything[at]))
    names = dict(zip(order, fingerprints((everything[at] for at in order), outcome.sources), strict=True))
    split = len(outcome.findings)
    return Numbered(
        findings=[(finding, names[at]) for at, finding in enumerate(outcome.findings)],
        silenced=[(each, names[at]) for at, each in enumerate(outcome.silenced, split)],
    )


def _place(finding: Finding) -> tuple[str, int, int]:
    location = finding.location
    return (location.file, location.line, location.column) if location else ("", 0, 0)
