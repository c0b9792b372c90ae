"""The findings of a review as annotations of a GitHub job: workflow commands, which GitHub reads from a step's output.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions gives the form of a command, which is one line: `%` and line
ends are written as in addresses, and in a property `:` and `,` too.  The toolkit of GitHub's own actions escapes the same characters.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Finding, Location, Severity
from conc_advisor.reports.review.options import ReviewOptions
from conc_advisor.reports.review.tally import findings_words, tally_of, worst_first
from conc_advisor.reports.review.unread import unreadable
from conc_advisor.reports.review.words import place, sentence, told
from conc_advisor.reports.sanitise import visible
from conc_advisor.review.outcome import Outcome

LEVELS: Final[dict[Severity, str]] = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
PER_LEVEL: Final = 10
"""Annotations of one level that GitHub shows for a step; it drops the others, the worst not excepted, without a word.

There are three levels, so that a step stays below the 50 that GitHub shows for a job.
"""


def render(outcome: Outcome, options: ReviewOptions) -> Iterator[str]:
    """Yield a command for each of the worst findings, and for source that was not read; where some are left out, one notice counts them."""
    rules = options.by_code()
    unread = unreadable(outcome)
    shown, left_out = _fitting(worst_first(outcome.findings), len(unread))
    room = PER_LEVEL - sum(finding.severity is Severity.WARNING for finding in shown)
    for finding in shown:
        rule = rules.get(finding.rule)
        yield _command(finding, f"{finding.rule} {rule.name}" if rule else finding.rule)
    for each in unread[:room]:
        yield f"::warning file={_property(each.file)},title=not read::{_data(sentence(f'{each.file} was not read: {each.why}'))}\n"
    if left_out or len(unread) > room:
        said = f"{findings_words(tally_of(outcome))}; {left_out:,} of them have no annotation: the job's summary or --format full has them"
        said += f"; source that was not read: {len(unread):,}" if len(unread) > room else ""
        yield f"::notice title={_property('conc-advisor review')}::{_data(said)}\n"


def _fitting(findings: list[Finding], unread: int) -> tuple[list[Finding], int]:
    """Return the findings that get an annotation and the number of the others; the notice about those needs a place, too.

    So many files are `unread`: they are warnings, for which there is room after the findings.
    """
    room = Counter(dict.fromkeys(Severity, PER_LEVEL))
    numbers = Counter(finding.severity for finding in findings)
    too_many = any(number > PER_LEVEL for number in numbers.values()) or numbers[Severity.WARNING] + unread > PER_LEVEL
    if numbers[Severity.INFO] >= PER_LEVEL and too_many:
        room[Severity.INFO] -= 1
    shown = []
    for finding in findings:
        if room[finding.severity] > 0:
            room[finding.severity] -= 1
            shown.append(finding)
    return shown, len(findings) - len(shown)


def _command(finding: Finding, title: str) -> str:
    properties = {**(_where(finding.location) if finding.location else {}), "title": title}
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    message = told(finding)
    if finding.steps:
        message += "\nPath:" + "".join(f"\n  {visible(place(step.location))} {visible(step.text)}" for step in finding.steps)
    return f"::{LEVELS[finding.severity]} {listed}::{_data(message)}\n"


def _where(location: Location) -> dict[str, str]:
    found = {"file": location.file}
    if location.line > 0:
        found["line"] = str(location.line)
        found["endLine"] = str(max(location.end_line, location.line))
    # GitHub takes a column for what stands in one line only.
    if location.column > 0 and location.end_line <= location.line:
        found["col"] = str(location.column)
    return found


def _data(text: str) -> str:
    """Return a message, in which a line end is one for the reader but not for the command; other control characters are spelled out."""
    return "%0A".join(visible(line).replace("%", "%25") for line in text.split("\n"))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
