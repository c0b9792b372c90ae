"""How often each rule was broken, for `review --statistics`."""

from collections import Counter
from collections.abc import Mapping

from conc_advisor.reports.plain import Paper, Style
from conc_advisor.reports.review.options import ReviewOptions
from conc_advisor.reports.review.tally import findings_words, tally_of
from conc_advisor.review.linters.ruff_rules import BY_CODE
from conc_advisor.review.outcome import Outcome
from conc_advisor.review.rule import Rule


def render(outcome: Outcome, options: ReviewOptions) -> str:
    """Return a line for each rule, the most broken first, and one for all; it ends with a newline."""
    paper, rules = options.paper, options.by_code()
    counts = Counter(finding.rule for finding in outcome.findings)
    width = max(len(f"{number:,}") for number in [0, *counts.values()])
    lines = [
        _line(f"{number:{width},}", code, _about(code, rules), paper)
        for code, number in sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    ]
    return "\n".join([*lines, *([""] if lines else []), findings_words(tally_of(outcome))]) + "\n"


def _about(code: str, rules: Mapping[str, Rule]) -> str:
    """Return what a rule is about; for one of ruff's its name there."""
    if code in rules:
        return rules[code].summary
    return f"ruff: {BY_CODE[code].name}" if code in BY_CODE else "ruff"


def _line(number: str, code: str, summary: str, paper: Paper) -> str:
    return f"{number}  {paper.styled(f'{code:8}', Style.BOLD)} {paper.say(summary)}"
