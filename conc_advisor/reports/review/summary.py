"""The end of the full text: the counts, what was read, how the code is built, and the templates that mend what was found."""

import shlex
from typing import Final

from conc_advisor.findings import Severity
from conc_advisor.reports.plain import Paper, Span, Style
from conc_advisor.reports.review import model_words
from conc_advisor.reports.review.options import ReviewOptions
from conc_advisor.reports.review.snippet import STYLES
from conc_advisor.reports.review.tally import (
    findings_words,
    fix_words,
    read_words,
    silenced_words,
    skipped_by_reason,
    tally_of,
    worst_first,
)
from conc_advisor.reports.review.words import template_rules
from conc_advisor.review.outcome import Outcome

_SKIPPED: Final = 20
"""A file that is not read is not reviewed: each says why, unless a whole folder is like that."""
_REASONS: Final = 3
_NOTES: Final = 5
_TEMPLATES: Final = 5
_CODES: Final = 4
_STANDARD_INPUT: Final = "-"


def summary(outcome: Outcome, options: ReviewOptions) -> list[str]:
    """Return the lines of all sections that have something to say, an empty line between them."""
    lines: list[str] = []
    for section in (_counts, _unread, _notes, _model, _templates):
        found = section(outcome, options)
        lines += ["", *found] if lines and found else found
    return lines


def _counts(outcome: Outcome, options: ReviewOptions) -> list[str]:
    paper, tally = options.paper, tally_of(outcome)
    worst = worst_first(outcome.findings)[:1]
    sign, style = ("!", STYLES[worst[0].severity]) if worst else (paper.sign("✓", "ok"), Style.GREEN)
    words = findings_words(tally)
    if not outcome.files and not worst:
        # Silence about what nobody looked at is no good news.
        sign, style, words = "!", STYLES[Severity.WARNING], "nothing was read"
    head = paper.paragraph(Span(words, Style.BOLD), mark=Span(sign, style), indent=0)
    rows = [("fixes", fix_words(tally)), ("silenced", silenced_words(tally)), ("read", read_words(outcome))]
    return [*head, *paper.table([row for row in rows if row[1]])]


def _unread(outcome: Outcome, options: ReviewOptions) -> list[str]:
    """Return what could not be read: the first few with their reasons, the others counted by reason."""
    paper, skipped = options.paper, outcome.skipped
    shown = skipped[: paper.shown(_SKIPPED)]
    lines = [line for each in shown for line in paper.paragraph(Span(each.file, Style.BOLD), f": {each.why}", mark="-")]
    rest = skipped_by_reason(skipped[len(shown) :])
    words = [f"{why} ({number})" for why, number in rest[:_REASONS]]
    words += [f"other reasons ({sum(number for _, number in rest[_REASONS:])})"] if rest[_REASONS:] else []
    if words:
        more = f"{paper.sign('…', '...')} {len(skipped) - len(shown):,} more (-v shows all): {', '.join(words)}"
        lines += paper.paragraph(Span(more, Style.DIM))
    return paper.section(f"Not read ({len(skipped):,})", lines)


def _notes(outcome: Outcome, options: ReviewOptions) -> list[str]:
    paper = options.paper
    notes = list(dict.fromkeys(outcome.notes))
    shown = notes[: paper.shown(_NOTES)]
    lines = [line for note in shown for line in paper.paragraph(note, mark="-")]
    return paper.section("Notes", [*lines, *paper.folded(len(notes) - len(shown), "note")])


def _model(outcome: Outcome, options: ReviewOptions) -> list[str]:
    """Return which concurrency model the code uses and what it waits for, and how to have a model chosen on that evidence."""
    inventory, paper = outcome.inventory, options.paper
    if inventory is None or not inventory.files_read:
        return []
    rows = [(Span(row.name, Style.BOLD), row.text) for row in model_words.rows(inventory, everything=paper.verbose)]
    lines = [*paper.paragraph(model_words.prevailing(inventory)), *paper.table(rows)]
    if command := scan_command(options.paths):
        lines += [*paper.paragraph("Evidence for a choice of model:"), *paper.command(command, indent=4)]
    return paper.section("Concurrency model", lines)


def scan_command(paths: tuple[str, ...]) -> str:
    """Return the command that chooses a model on the same evidence, "" where that cannot be read again."""
    if not paths or _STANDARD_INPUT in paths or not all(path.isprintable() for path in paths):
        return ""
    return "conc-advisor choose " + " ".join(f"--scan {shlex.quote(path)}" for path in paths)


def _templates(outcome: Outcome, options: ReviewOptions) -> list[str]:
    """Return each template once, with the rules that it mends."""
    paper = options.paper
    found = template_rules(options.fired(outcome.findings), outcome)
    shown = found[: paper.shown(_TEMPLATES)]
    rows = [(Span(f"conc-advisor scaffold {template}", Style.CYAN), _codes(codes, paper)) for template, codes in shown]
    return paper.section("Code to start from", [*paper.table(rows), *paper.folded(len(found) - len(shown), "template")])


def _codes(codes: list[str], paper: Paper) -> str:
    kept = codes[: paper.shown(_CODES)]
    return ", ".join(kept) + (f" and {len(codes) - len(kept)} more" if len(codes) > len(kept) else "")
