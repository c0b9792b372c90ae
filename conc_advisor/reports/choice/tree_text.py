"""The decision tree as text: a line a branch, a question below the branch that leads to it."""

from collections.abc import Iterator

from conc_advisor.decision.tree import Leaf, Tree, simplified
from conc_advisor.reports.choice.tree_drawing import MOST_LINES, Break, Drawing, branch_words, breaks, drawing
from conc_advisor.reports.plain import Paper, Span, Style


def render_tree_text(tree: Tree, paper: Paper) -> str:
    """Return the drawing as text that ends with a newline, with a word on what it leaves out."""
    drawn = drawing(tree) if paper.verbose else drawing(simplified(tree), most=MOST_LINES)
    ends = breaks(drawn.tree)
    title = paper.paragraph(Span("What choose asks, and where the answers lead", Style.BOLD), indent=0)
    lines = [*title, "", *_root(paper, drawn), *_below(paper, drawn, ends, 0, "")]
    notes = [
        line for note in _notes(drawn, simple=not paper.verbose) for line in paper.paragraph(Span(note, Style.DIM), mark="-", indent=0)
    ]
    return "\n".join([*lines, *([""] if notes else []), *notes]) + "\n"


def _root(paper: Paper, drawn: Drawing) -> list[str]:
    node = drawn.tree.nodes[0]
    words = Span(node.model, Style.GREEN) if isinstance(node, Leaf) else Span(node.question.text, Style.BOLD)
    return paper.paragraph(words, indent=0)


def _below(paper: Paper, drawn: Drawing, ends: list[Break], number: int, bars: str) -> Iterator[str]:
    """Yield the branches of a question, each with what follows; `bars` are the lines from above that go on beside them."""
    if number not in drawn.places:
        return
    fork = drawn.fork(number)
    for at, branch in enumerate(fork.branches):
        last = at == len(fork.branches) - 1
        corner = paper.sign("└ ", "`-") if last else paper.sign("├ ", "|-")
        beside = bars + ("  " if last else paper.sign("│ ", "| "))
        here = drawn.places.get(branch.node) == (number, at)
        target = _target(paper, drawn, ends, branch.node, here=here)
        words = paper.paragraph(f"{branch_words(fork, branch)}: ", *target, indent=len(beside), hang=4 if here else 2, wide=True)
        yield bars + corner + words[0].lstrip(" ")
        going_on = beside + (paper.sign("│ ", "| ") if here else "") + "  "
        yield from (going_on + line.lstrip(" ") for line in words[1:])
        if here:
            yield from _below(paper, drawn, ends, branch.node, beside)


def _target(paper: Paper, drawn: Drawing, ends: list[Break], number: int, *, here: bool) -> tuple[Span, ...]:
    """Return where a branch leads: to an answer, to a question here or elsewhere, or out of the drawing."""
    node = drawn.tree.nodes[number]
    if isinstance(node, Leaf):
        because = Span(f": {node.reason.because}" if node.reason else "", Style.DIM)
        return Span(paper.sign("→ ", "-> ")), Span(node.model, Style.GREEN), because
    if here:
        name = f"[{drawn.numbers[number]}] " if number in drawn.numbers else ""
        return Span(name), Span(node.question.text, Style.BOLD)
    if number in drawn.places:
        return (Span(f"see [{drawn.numbers[number]}]", Style.DIM),)
    return Span("… "), Span(ends[number].model, Style.GREEN), Span(ends[number].otherwise, Style.DIM)


def _notes(drawn: Drawing, *, simple: bool) -> Iterator[str]:
    if drawn.numbers:
        yield "see [7]: from here on it goes on as at the question with that number."
    if simple:
        yield "Left out: questions whose answer changes only the reason, not the model, and the reasons (-v shows all)."
    if not drawn.complete:
        yield (
            f"Left out: what is asked after the first {drawn.depth} questions (-v shows all). "
            "The model after … is the answer where nothing more is known."
        )
