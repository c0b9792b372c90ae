"""The text of a review: each finding with its source and what to do about it, then what was read and how the code is built."""

from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Finding, Fix
from conc_advisor.reports.plain import Paper, Span, Style
from conc_advisor.reports.review.options import ReviewOptions
from conc_advisor.reports.review.snippet import STYLES, snippet
from conc_advisor.reports.review.summary import summary
from conc_advisor.reports.review.words import log_place, place
from conc_advisor.review.outcome import Outcome
from conc_advisor.review.rule import Rule

_STEPS: Final = 8
"""Steps of a path that are shown; the first and the last say the most."""


def render(outcome: Outcome, options: ReviewOptions) -> Iterator[str]:
    """Yield a block for each finding, then the summary; each piece ends with a newline."""
    rules = options.by_code()
    for finding in outcome.findings:
        yield "\n".join([*_finding(finding, rules.get(finding.rule), outcome, options.paper), "", ""])
    yield "\n".join(summary(outcome, options)) + "\n"


def _finding(finding: Finding, rule: Rule | None, outcome: Outcome, paper: Paper) -> list[str]:
    lines = [headline(finding, paper)]
    if finding.location is not None:
        lines += snippet(finding.location, outcome.sources.get(finding.location.file, ()), finding.severity, paper)
    lines += _path(finding, paper)
    lines += _note("help", finding.advice, paper)
    lines += _note("also", ", ".join(finding.also), paper)
    lines += _note("template", f"conc-advisor scaffold {rule.template}" if rule and rule.template else "", paper)
    return [*lines, *_note("fix", _fix_words(finding.fix) if finding.fix else "", paper)]


def headline(finding: Finding, paper: Paper) -> str:
    """Return the finding in one line, as long as it may be: for programs that look for lines of this form, and to click on."""
    where = paper.styled(paper.say(log_place(finding.location)), Style.BOLD)
    code = paper.styled(f"{paper.say(finding.rule)} {finding.severity}", STYLES[finding.severity])
    return f"{where}: {code} [{finding.confidence} confidence] {paper.say(finding.message)}"


def _path(finding: Finding, paper: Paper) -> list[str]:
    """Return the way that leads to the finding, a step a line."""
    steps = list(finding.steps)
    hidden = 0 if paper.verbose else len(steps) - _STEPS
    if hidden > 0:
        steps = [*steps[: _STEPS // 2], *steps[-_STEPS // 2 :]]
    lines = []
    for number, step in enumerate(steps):
        if hidden > 0 and number == _STEPS // 2:
            lines += _note("path" if not number else "", f"… {hidden} more (-v shows all)", paper)
        lines += _note("path" if not number else "", f"{place(step.location)} {step.text}", paper)
    return lines


def _note(name: str, text: str, paper: Paper) -> list[str]:
    """Return a remark under a finding, nothing for no text; without a name it continues the one before."""
    mark = f"= {name}:" if name else "       "
    return paper.paragraph(text, mark=Span(mark, Style.CYAN if name else Style.PLAIN)) if text else []


def _fix_words(fix: Fix) -> str:
    return f"{fix.title} (--fix)" if fix.safe else f"{fix.title} (--unsafe-fixes: it may change more than this)"
