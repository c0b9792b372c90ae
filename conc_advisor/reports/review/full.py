"""The text of a review: the findings with their source and what to do about each, then what was read and how the code is built."""

from collections.abc import Iterator, Sequence
from typing import Final

from conc_advisor.findings import Finding, Fix, Severity
from conc_advisor.reports.plain import Paper, Span, Style
from conc_advisor.reports.review.options import ReviewOptions
from conc_advisor.reports.review.snippet import STYLES, snippet
from conc_advisor.reports.review.summary import summary
from conc_advisor.reports.review.words import log_place, place
from conc_advisor.review.outcome import Outcome
from conc_advisor.review.rule import Rule

_OTHERS: Final = 5
_INFOS: Final = 20
_STEPS: Final = 8
"""Steps of a path that are shown; the first and the last say the most."""


def render(outcome: Outcome, options: ReviewOptions) -> Iterator[str]:
    """Yield a block for each finding, the worst first, then what is merely worth knowing, a line each, then the summary.

    Findings with the same cause, where their ways end in the same call, are one block.  Each piece ends with a newline.
    """
    rules, paper = options.by_code(), options.paper
    for first, others in grouped(outcome.findings):
        if first.severity is not Severity.INFO or paper.verbose:
            yield "\n".join([*_finding(first, rules.get(first.rule), outcome, paper), *_others(others, paper), "", ""])
    yield from _worth_knowing(outcome, paper)
    yield "\n".join(summary(outcome, options)) + "\n"


def grouped(findings: Sequence[Finding]) -> list[tuple[Finding, tuple[Finding, ...]]]:
    """Return the findings in groups of one cause, each with the others of its group; the worst first, else in their order."""
    groups: dict[object, list[Finding]] = {}
    for number, finding in enumerate(findings):
        groups.setdefault((finding.rule, finding.severity, finding.steps[-1].location) if finding.steps else number, []).append(finding)
    ordered = sorted(groups.values(), key=lambda group: -group[0].severity.rank)
    return [(group[0], tuple(group[1:])) for group in ordered]


def _others(others: Sequence[Finding], paper: Paper) -> list[str]:
    """Return where else a finding has the same cause."""
    shown = others[: paper.shown(_OTHERS)]
    places = ", ".join(log_place(each.location) for each in shown)
    more = f" and {len(others) - len(shown):,} more (-v shows all)" if len(others) > len(shown) else ""
    return _note("likewise", f"{places}{more}" if shown else "", paper)


def _worth_knowing(outcome: Outcome, paper: Paper) -> Iterator[str]:
    """Yield the findings of severity info, a line each; -v has shown them in full."""
    found = [each for each in outcome.findings if each.severity is Severity.INFO]
    if not found or paper.verbose:
        return
    lines = [headline(each, paper) for each in found[:_INFOS]]
    if len(found) > _INFOS:
        lines += paper.paragraph(Span(f"{paper.sign('…', '...')} {len(found) - _INFOS:,} more of severity info (-v shows all)", Style.DIM))
    yield "\n".join([*lines, "", ""])


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
