"""The text of a consultation: the conclusion first, then why, then what to do, last what to type next."""

from collections.abc import Callable
from typing import Final

from conc_advisor.decision.recommendation import Consultation
from conc_advisor.findings import Confidence
from conc_advisor.reports.choice.text_actions import controls, forms, hand_overs, pitfalls, proofs, sizes, trade_offs
from conc_advisor.reports.choice.text_grounds import answers, better, contradictions, open_questions, reasons, why_not
from conc_advisor.reports.choice.text_shares import left_out
from conc_advisor.reports.plain import Paper, Span, Style

Section = Callable[[Paper, Consultation], list[str]]

CONFIDENCE_SIGNS: Final[dict[Confidence, tuple[str, str, Style]]] = {
    Confidence.HIGH: ("✓", "ok", Style.GREEN),
    Confidence.MEDIUM: ("•", "*", Style.CYAN),
    Confidence.LOW: ("?", "?", Style.YELLOW),
}


def render_text(consultation: Consultation, paper: Paper) -> str:
    """Return the page as text that ends with a newline; escape codes are in it only where the paper asks for colour."""
    sections = (section(paper, consultation) for section in _SECTIONS)
    return "\n\n".join("\n".join(section) for section in sections if section) + "\n"


def _headline(paper: Paper, consultation: Consultation) -> list[str]:
    said = consultation.recommendation
    unicode, ascii_twin, style = CONFIDENCE_SIGNS[said.confidence]
    because = said.why[0].because if said.why else ""
    return paper.paragraph(
        Span(said.model, style),
        f" ({said.confidence} confidence): ",
        Span(because, Style.BOLD),
        mark=Span(paper.sign(unicode, ascii_twin), style),
        indent=0,
    )


def _notes(paper: Paper, consultation: Consultation) -> list[str]:
    notes = dict.fromkeys((*consultation.recommendation.notes, *consultation.notes))
    return paper.section("Notes", [line for note in notes for line in paper.paragraph(note, mark="-")])


def _again(paper: Paper, consultation: Consultation) -> list[str]:
    return paper.section("The same answer without questions", paper.command(consultation.again) if consultation.again else [])


def _next(paper: Paper, consultation: Consultation) -> list[str]:
    return paper.section("Next", [line for command in consultation.next_commands for line in paper.command(command)])


_SECTIONS: Final[tuple[Section, ...]] = (
    _headline,
    reasons,
    answers,
    contradictions,
    why_not,
    better,
    sizes,
    trade_offs,
    controls,
    forms,
    pitfalls,
    proofs,
    hand_overs,
    open_questions,
    _notes,
    left_out,
    _again,
    _next,
)
"""In the order in which they are read; a section with nothing to say has no lines."""
