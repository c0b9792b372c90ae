"""How to carry it out: the parts of the text that tell what to do."""

from collections.abc import Iterator, Sequence

from conc_advisor.decision.recommendation import Consultation, ControlKind, Form, Size
from conc_advisor.reports.choice.text_shares import CONTROLS, FORMS, PITFALLS, PROOFS, SIZES, TRADE_OFFS
from conc_advisor.reports.choice.words import size_words
from conc_advisor.reports.plain import INDENT, Paper, Span, Style


def sizes(paper: Paper, consultation: Consultation) -> list[str]:
    """Return each number to start from, with its formula; with what went into it, and where from, where all is asked for."""
    rows = [
        (size.name, Span(size_words(size), Style.BOLD if size.value is not None else Style.DIM), Span(_formula(size, paper), Style.DIM))
        for size in consultation.recommendation.sizes[: paper.shown(SIZES)]
    ]
    one_by_one = [line for name, *cells in rows for line in paper.paragraph(f"{name}: ", *_apart(cells), hang=INDENT)]
    in_columns = paper.table(rows)
    return paper.section("Sizes to start from", in_columns if len(in_columns) <= len(one_by_one) else one_by_one)


def _apart(cells: Sequence[Span]) -> Iterator[Span | str]:
    for number, cell in enumerate(cells):
        yield from (" ", cell) if number else (cell,)


def _formula(size: Size, paper: Paper) -> str:
    details = f"; {size.inputs}" * bool(size.inputs) + f" [{size.source}]" * bool(size.source) if paper.verbose else ""
    return f"= {size.formula}{details}"


def trade_offs(paper: Paper, consultation: Consultation) -> list[str]:
    """Return what this choice costs."""
    costs = consultation.recommendation.trade_offs[: paper.shown(TRADE_OFFS)]
    return paper.section("What it costs", [line for cost in costs for line in paper.paragraph(cost, mark="-")])


def controls(paper: Paper, consultation: Consultation) -> list[str]:
    """Return what to do about the costs, by kind: the first of a few kinds unless all is asked for."""
    found = consultation.recommendation.controls
    lines: list[str] = []
    for kind in (kind for kind in ControlKind if paper.verbose or kind in CONTROLS):
        of_kind = [control.text for control in found if control.kind is kind]
        shown = of_kind[: paper.shown(1)]
        lines += [line for text in shown for line in paper.paragraph(Span(f"{kind}: ", Style.BOLD), text, mark="-")]
    return paper.section("What makes up for it", lines)


def forms(paper: Paper, consultation: Consultation) -> list[str]:
    """Return how it is written on the Python and the system at hand."""
    shown = consultation.recommendation.forms[: paper.shown(FORMS)]
    return paper.section("How to write it", [line for form in shown for line in _form(paper, form)])


def _form(paper: Paper, form: Form) -> list[str]:
    applies = Span(f" ({form.applies})" if form.applies else "", Style.DIM)
    return [*paper.paragraph(form.text, applies, mark="-"), *(paper.code(form.code, indent=2 * INDENT + 2) if form.code.strip() else [])]


def pitfalls(paper: Paper, consultation: Consultation) -> list[str]:
    """Return the mistakes that the model invites, each with the command that shows its page."""
    shown = consultation.recommendation.pitfalls[: paper.shown(PITFALLS)]
    lines = [
        line
        for pitfall in shown
        for line in paper.paragraph(
            pitfall.text, " ", Span(f"conc-advisor explain {pitfall.topic}", Style.DIM, whole=True), mark=Span("!", Style.YELLOW)
        )
    ]
    return paper.section("Mistakes to avoid", lines)


def proofs(paper: Paper, consultation: Consultation) -> list[str]:
    """Return what to measure before and after."""
    shown = consultation.recommendation.proofs[: paper.shown(PROOFS)]
    lines: list[str] = []
    for proof in shown:
        lines += paper.paragraph(proof.text, mark="-")
        lines += paper.command(proof.command, indent=2 * INDENT + 2) if proof.command else []
    return paper.section("How to prove it", lines)


def hand_overs(paper: Paper, consultation: Consultation) -> list[str]:
    """Return the engines that are outside of this tool's remit, and when to take which."""
    found = consultation.recommendation.hand_overs
    lines = [line for each in found for line in paper.paragraph(Span(each.engine, Style.BOLD), f": {each.when}", mark="-")]
    return paper.section("Take an engine for it", lines)
