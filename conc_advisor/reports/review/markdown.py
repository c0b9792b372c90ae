"""The review as Markdown, for a comment on a pull request or the summary of a GitHub job."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from conc_advisor.findings import Finding
from conc_advisor.reports.choice.escape import code, prose, table
from conc_advisor.reports.review import model_words
from conc_advisor.reports.review.options import ReviewOptions
from conc_advisor.reports.review.summary import scan_command
from conc_advisor.reports.review.tally import (
    counted,
    findings_words,
    fix_words,
    read_words,
    silenced_words,
    skipped_by_reason,
    tally_of,
    worst_first,
)
from conc_advisor.reports.review.words import place, sentence, template_rules
from conc_advisor.reports.sanitise import visible
from conc_advisor.review.outcome import Outcome
from conc_advisor.review.rule import Rule

_BUDGET: Final = 50_000
"""Characters that the table of findings may take: GitHub refuses a comment of more than 65,536."""
_HEAD: Final = ("severity", "where", "rule", "what", "instead")
_SKIPPED: Final = 10
_NOTES: Final = 10


def render(outcome: Outcome, options: ReviewOptions) -> Iterator[str]:
    """Yield the page, which begins with a heading of the third level, the worst findings first; nothing of the code is read as markup."""
    tally = tally_of(outcome)
    rules = options.by_code()
    rows = _affordable(_row(finding, rules.get(finding.rule)) for finding in worst_first(outcome.findings))
    hidden = len(outcome.findings) - len(rows)
    facts = [("Fixes", fix_words(tally)), ("Silenced", silenced_words(tally)), ("Read", read_words(outcome))]
    blocks = [
        f"### conc-advisor review: {findings_words(tally)}",
        table(_HEAD, rows),
        f"… and {counted(hidden, 'finding')} more." if hidden else "",
        "\n".join(f"- {name}: {prose(text)}" for name, text in facts if text),
        _listed("Not read", _unread(outcome)),
        _listed("Notes", [prose(note) for note in dict.fromkeys(outcome.notes)][:_NOTES]),
        _listed("Concurrency model", _model(outcome, options)),
        _listed("Code to start from", _templates(outcome, options)),
    ]
    yield "\n\n".join(block for block in blocks if block) + "\n"


def _row(finding: Finding, rule: Rule | None) -> tuple[str, ...]:
    name = prose(f"{finding.rule} {rule.name}" if rule else finding.rule)
    where = code(visible(place(finding.location)))
    path = "".join(f"<br>{code(visible(place(step.location)))} {prose(step.text)}" for step in finding.steps)
    return (f"{finding.severity} ({finding.confidence} confidence)", where, name, prose(finding.message) + path, prose(finding.advice))


def _affordable(rows: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return the rows that fit the budget, one at least."""
    shown: list[tuple[str, ...]] = []
    left = _BUDGET
    for row in rows:
        left -= sum(map(len, row)) + len(row) * len(" | ")
        if shown and left < 0:
            break
        shown.append(row)
    return shown


def _listed(title: str, items: Sequence[str]) -> str:
    return "\n".join([f"**{title}**", "", *(f"- {item}" for item in items)]) if items else ""


def _unread(outcome: Outcome) -> list[str]:
    skipped = outcome.skipped
    items = [f"{code(visible(each.file))}: {prose(each.why)}" for each in skipped[:_SKIPPED]]
    return items + [f"{prose(why)} ({number} more)" for why, number in skipped_by_reason(skipped[_SKIPPED:])[:_SKIPPED]]


def _model(outcome: Outcome, options: ReviewOptions) -> list[str]:
    inventory = outcome.inventory
    if inventory is None or not inventory.files_read:
        return []
    items = [prose(sentence(model_words.prevailing(inventory)))]
    items += [f"{row.name}: {prose(row.text)}" for row in model_words.rows(inventory)]
    command = scan_command(options.paths)
    return [*items, f"Evidence for a choice of model: {code(command)}"] if command else items


def _templates(outcome: Outcome, options: ReviewOptions) -> list[str]:
    found = template_rules(options.fired(outcome.findings), outcome)
    return [f"{code(f'conc-advisor scaffold {template}')}: {', '.join(codes)}" for template, codes in found]
