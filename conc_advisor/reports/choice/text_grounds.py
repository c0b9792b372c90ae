"""Why this model and no other: the parts of the text that argue."""

from collections.abc import Sequence
from typing import Final

from conc_advisor.concurrency import ConcurrencyModel
from conc_advisor.decision.recommendation import Alternative, Consultation, Reason, Recommendation, Standing
from conc_advisor.reports.choice.text_shares import QUESTIONS, REASONS
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

_SIGNS: Final[dict[Standing, tuple[str, str, Style]]] = {
    Standing.RULED_OUT: ("✗", "x", Style.RED),
    Standing.AVOIDED: ("!", "!", Style.YELLOW),
    Standing.POSSIBLE: ("-", "-", Style.PLAIN),
}
_ORDER: Final = list(Standing)


def reasons(paper: Paper, consultation: Consultation) -> list[str]:
    """Return the rows that speak for the model; the first one's sentence is the headline already."""
    said = consultation.recommendation
    shown = said.why[: paper.shown(REASONS)]
    lines: list[str] = []
    for number, reason in enumerate(shown):
        grounds = _grounds(reason, consultation)
        if number:
            lines += paper.paragraph(reason.because, Span(f" [{reason.row}{': ' * bool(grounds)}{grounds}]", Style.DIM), mark="-")
        else:
            lines += paper.paragraph("decided by ", reason.row, Span(f" [{grounds}]" if grounds else "", Style.DIM), mark="-")
    return paper.section("Why", lines)


def _grounds(reason: Reason, consultation: Consultation) -> str:
    """Return the answers that a row rests on and where it comes from."""
    return "; ".join(part for part in (rests_on(reason, consultation.recommendation.workload), reason.source) if part)


def answers(paper: Paper, consultation: Consultation) -> list[str]:
    """Return every known answer with its value and where it comes from, and the numbers that were given.

    One row each where all is asked for; else those that come from the same source together.
    """
    said = consultation.recommendation
    known = [(factor.value, value_words(value), consultation.evidence.get(factor)) for factor, value in said.workload.known().items()]
    rows = [(name, value, evidence_words(evidence) if evidence else "") for name, value, evidence in known]
    rows += [(name, value, "") for name, value in quantity_words(said)]
    if paper.verbose:
        return paper.section(
            "What is known", paper.table([(name, Span(value, Style.BOLD), Span(by, Style.DIM)) for name, value, by in rows])
        )
    by_source: dict[str, list[str]] = {}
    for name, value, source in rows:
        by_source.setdefault(source, []).append(f"{name} {value}")
    lines = [
        line
        for source, said_by_it in by_source.items()
        for line in paper.paragraph(Span(", ".join(said_by_it), Style.BOLD), Span(f" [{source}]" if source else "", Style.DIM), mark="-")
    ]
    return paper.section("What is known", lines)


def contradictions(paper: Paper, consultation: Consultation) -> list[str]:
    """Return the answers that do not agree."""
    mark = Span("!", Style.YELLOW)
    lines = [line for each in consultation.contradictions for line in paper.paragraph(contradiction_words(each), mark=mark)]
    return paper.section("Contradictions", lines)


def open_questions(paper: Paper, consultation: Consultation) -> list[str]:
    """Return the unknown answers that would lead to another model, with the model."""
    shown = consultation.recommendation.open_questions[: paper.shown(QUESTIONS)]
    arrow = paper.sign("→", "->")
    lines: list[str] = []
    for question in shown:
        ways = "; ".join(f"{values} {arrow} {model}" for values, model in outcomes(question.changes))
        lines += paper.paragraph(Span(question.factor, Style.BOLD), f": {ways}", mark=Span("?", Style.YELLOW))
    return paper.section("What would change the answer", lines)


def why_not(paper: Paper, consultation: Consultation) -> list[str]:
    """Return what speaks against each other model; those that another merely fits better are told apart from those that cannot work."""
    said = consultation.recommendation
    far = frozenset() if paper.verbose else _far(said)
    groups: dict[tuple[Standing, str], list[Alternative]] = {}
    for other in sorted(said.alternatives, key=lambda other: _ORDER.index(other.standing)):
        if other.model not in far:
            groups.setdefault((other.standing, other.because), []).append(other)
    near = () if paper.verbose else said.runners_up
    lines = [line for group in groups.values() for line in _objection(paper, group, near)]
    if far:
        others = ", ".join(other.model for other in said.alternatives if other.model in far)
        lines += paper.paragraph("also possible, nothing known speaks for them: ", Span(others, Style.BOLD), mark="-")
    shared = {other.model for group in groups.values() if len(group) > 1 for other in group}
    return paper.section("Why not", [*lines, *_better(paper, [other for other in near if other.model in shared])])


def _far(said: Recommendation) -> frozenset[ConcurrencyModel]:
    """Return the models that nothing speaks against, and nothing for: no runner-up; none where it is one only, which gets its sentence."""
    near = {other.model for other in said.runners_up}
    far = frozenset(other.model for other in said.alternatives if other.standing is Standing.POSSIBLE and other.model not in near)
    return far if len(far) > 1 else frozenset()


def _objection(paper: Paper, group: list[Alternative], near: Sequence[Alternative]) -> list[str]:
    """Return one sentence and the models that it speaks of; of a runner-up (`near`) alone, also when it would be better."""
    standing, because, reason = group[0].standing, group[0].because, group[0].reason
    unicode, ascii_twin, style = _SIGNS[standing]
    row = f" [{reason.row}; {reason.source}]" if reason and paper.verbose else ""
    changes = group[0].better_when if len(group) == 1 and group[0] in near else ()
    better_if = f" Better if {better_when(changes)}." if changes else ""
    return paper.paragraph(
        Span(", ".join(other.model for other in group), Style.BOLD),
        f" ({standing}): {because}{better_if}",
        Span(row, Style.DIM),
        mark=Span(paper.sign(unicode, ascii_twin), style),
    )


def better(paper: Paper, consultation: Consultation) -> list[str]:
    """Return when each other model would be the answer, where all is asked for; that of the runners-up stands under why not them."""
    return paper.section("Better when", _better(paper, consultation.recommendation.alternatives)) if paper.verbose else []


def _better(paper: Paper, models: Sequence[Alternative]) -> list[str]:
    return [
        line
        for other in models
        if other.better_when
        for line in paper.paragraph(Span(other.model, Style.BOLD), f" would be better if {better_when(other.better_when)}.", mark="-")
    ]
