"""How to carry it out: the parts of the text that tell what to do."""

from typing import Final

from conc_advisor.decision.recommendation import Consultation, ControlKind, Form, Size
from conc_advisor.reports.choice.words import size_words
from conc_advisor.reports.plain import INDENT, Paper, Span, Style

_TRADE_OFFS: Final = 2
_PITFALLS: Final = 2
_FORMS: Final = 1
_PROOFS: Final = 1


def sizes(paper: Paper, consultation: Consultation) -> list[str]:
    """Return each number to start from, with its formula; with what went into it, and where from, where all is asked for."""
    rows = [
        (size.name, Span(size_words(size), Style.BOLD if size.value is not None else Style.DIM), Span(_formula(size, paper), Style.DIM))
        for size in consultation.recommendation.sizes
    ]
    hidden = any(size.inputs or size.source for size in consultation.recommendation.sizes) and not paper.verbose
    more = paper.paragraph(Span("… the numbers behind these (-v shows them)", Style.DIM)) if hidden else []
    return paper.section("Sizes to start from", [*paper.table(rows), *more])


def _formula(size: Size, paper: Paper) -> str:
    details = f"; {size.inputs}" * bool(size.inputs) + f" [{size.source}]" * bool(size.source) if paper.verbose else ""
    return f"= {size.formula}{details}"


def trade_offs(paper: Paper, consultation: Consultation) -> list[str]:
    """Return what this choice costs."""
    costs = consultation.recommendation.trade_offs
    shown = costs[: paper.shown(_TRADE_OFFS)]
    lines = [line for cost in shown for line in paper.paragraph(cost, mark="-")]
    return paper.section("What it costs", [*lines, *paper.folded(len(costs) - len(shown), "trade-off")])


def controls(paper: Paper, consultation: Consultation) -> list[str]:
    """Return what to do about the costs, by kind: the first of each kind unless all is asked for."""
    found = consultation.recommendation.controls
    lines: list[str] = []
    hidden = 0
    for kind in ControlKind:
        of_kind = [control.text for control in found if control.kind is kind]
        shown = of_kind[: paper.shown(1)]
        hidden += len(of_kind) - len(shown)
        lines += [line for text in shown for line in paper.paragraph(Span(f"{kind}: ", Style.BOLD), text, mark="-")]
    return paper.section("What makes up for it", [*lines, *paper.folded(hidden, "control")])


def forms(paper: Paper, consultation: Consultation) -> list[str]:
    """Return how it is written on the Python and the system at hand."""
    found = consultation.recommendation.forms
    shown = found[: paper.shown(_FORMS)]
    lines = [line for form in shown for line in _form(paper, form)]
    return paper.section("How to write it", [*lines, *paper.folded(len(found) - len(shown), "form")])


def _form(paper: Paper, form: Form) -> list[str]:
    applies = Span(f" ({form.applies})" if form.applies else "", Style.DIM)
    return [*paper.paragraph(form.text, applies, mark="-"), *(paper.code(form.code, indent=2 * INDENT + 2) if form.code.strip() else [])]


def pitfalls(paper: Paper, consultation: Consultation) -> list[str]:
    """Return the mistakes that the model invites, each with the command that shows its page."""
    found = consultation.recommendation.pitfalls
    shown = found[: paper.shown(_PITFALLS)]
    lines = [
        line
        for pitfall in shown
        for line in paper.paragraph(
            pitfall.text, " ", Span(f"conc-advisor explain {pitfall.topic}", Style.DIM, whole=True), mark=Span("!", Style.YELLOW)
        )
    ]
    return paper.section("Mistakes to avoid", [*lines, *paper.folded(len(found) - len(shown), "mistake")])


def proofs(paper: Paper, consultation: Consultation) -> list[str]:
    """Return what to measure before and after."""
    found = consultation.recommendation.proofs
    shown = found[: paper.shown(_PROOFS)]
    lines: list[str] = []
    for proof in shown:
        lines += paper.paragraph(proof.text, mark="-")
        lines += paper.command(proof.command, indent=2 * INDENT + 2) if proof.command else []
    return paper.section("How to prove it", [*lines, *paper.folded(len(found) - len(shown), "measurement")])


def hand_overs(paper: Paper, consultation: Consultation) -> list[str]:
    """Return the engines that are outside of this tool's remit, and when to take which."""
    found = consultation.recommendation.hand_overs
    lines = [line for each in found for line in paper.paragraph(Span(each.engine, Style.BOLD), f": {each.when}", mark="-")]
    return paper.section("Take an engine for it", lines)
