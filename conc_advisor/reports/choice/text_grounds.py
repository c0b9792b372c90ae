"""Why this model and no other: the parts of the text that argue."""

from typing import Final

from conc_advisor.decision.recommendation import Alternative, Consultation, Reason, Standing
from conc_advisor.reports.choice.words import (
    better_when,
    contradiction_words,
    evidence_words,
    outcomes,
    quantity_words,
    rests_on,
    value_words,
)
from conc_advisor.reports.plain import Paper, Span, Style

_REASONS: Final = 2
_QUESTIONS: Final = 4
_SIGNS: Final[dict[Standing, tuple[str, str, Style]]] = {
    Standing.RULED_OUT: ("✗", "x", Style.RED),
    Standing.AVOIDED: ("!", "!", Style.YELLOW),
    Standing.POSSIBLE: ("-", "-", Style.PLAIN),
}
_ORDER: Final = list(Standing)


def reasons(paper: Paper, consultation: Consultation) -> list[str]:
    """Return the rows that speak for the model; the first one's sentence is the headline already."""
    said = consultation.recommendation
    shown = said.why[: paper.shown(_REASONS)]
    lines: list[str] = []
    for number, reason in enumerate(shown):
        grounds = _grounds(reason, consultation)
        if number:
            lines += paper.paragraph(reason.because, Span(f" [{reason.row}{': ' * bool(grounds)}{grounds}]", Style.DIM), mark="-")
        else:
            lines += paper.paragraph("decided by ", reason.row, Span(f" [{grounds}]" if grounds else "", Style.DIM), mark="-")
    return paper.section("Why", [*lines, *paper.folded(len(said.why) - len(shown), "reason")])


def _grounds(reason: Reason, consultation: Consultation) -> str:
    """Return the answers that a row rests on and where it comes from."""
    return "; ".join(part for part in (rests_on(reason, consultation.recommendation.workload), reason.source) if part)


def answers(paper: Paper, consultation: Consultation) -> list[str]:
    """Return every known answer with its value and where it comes from, and the numbers that were given."""
    said = consultation.recommendation
    rows: list[tuple[str, Span, Span]] = []
    for factor, value in said.workload.known().items():
        evidence = consultation.evidence.get(factor)
        rows.append((factor, Span(value_words(value), Style.BOLD), Span(evidence_words(evidence) if evidence else "", Style.DIM)))
    rows += [(name, Span(value, Style.BOLD), Span("")) for name, value in quantity_words(said)]
    return paper.section("What is known", paper.table(rows))


def contradictions(paper: Paper, consultation: Consultation) -> list[str]:
    """Return the answers that do not agree."""
    mark = Span("!", Style.YELLOW)
    lines = [line for each in consultation.contradictions for line in paper.paragraph(contradiction_words(each), mark=mark)]
    return paper.section("Contradictions", lines)


def open_questions(paper: Paper, consultation: Consultation) -> list[str]:
    """Return the unknown answers that would lead to another model, with the model."""
    questions = consultation.recommendation.open_questions
    shown = questions[: paper.shown(_QUESTIONS)]
    arrow = paper.sign("→", "->")
    lines: list[str] = []
    for question in shown:
        ways = "; ".join(f"{values} {arrow} {model}" for values, model in outcomes(question.changes))
        lines += paper.paragraph(Span(question.factor, Style.BOLD), f": {ways}", mark=Span("?", Style.YELLOW))
    return paper.section("What would change the answer", [*lines, *paper.folded(len(questions) - len(shown), "open question")])


def why_not(paper: Paper, consultation: Consultation) -> list[str]:
    """Return what speaks against each other model; those that another merely fits better are told apart from those that cannot work."""
    groups: dict[tuple[Standing, str], list[Alternative]] = {}
    for other in sorted(consultation.recommendation.alternatives, key=lambda other: _ORDER.index(other.standing)):
        groups.setdefault((other.standing, other.because), []).append(other)
    return paper.section("Why not", [line for group in groups.values() for line in _objection(paper, group)])


def _objection(paper: Paper, group: list[Alternative]) -> list[str]:
    """Return one sentence and the models that it speaks of."""
    standing, because, reason = group[0].standing, group[0].because, group[0].reason
    unicode, ascii_twin, style = _SIGNS[standing]
    row = f" [{reason.row}; {reason.source}]" if reason and paper.verbose else ""
    return paper.paragraph(
        Span(", ".join(other.model for other in group), Style.BOLD),
        f" ({standing}): {because}",
        Span(row, Style.DIM),
        mark=Span(paper.sign(unicode, ascii_twin), style),
    )


def better(paper: Paper, consultation: Consultation) -> list[str]:
    """Return when each runner-up would be the answer; for every other model too where all is asked for."""
    said = consultation.recommendation
    models = said.alternatives if paper.verbose else said.runners_up
    lines = [
        line
        for other in models
        if other.better_when
        for line in paper.paragraph(Span(other.model, Style.BOLD), f": if {better_when(other.better_when)}", mark="-")
    ]
    return paper.section("Better when", lines)
