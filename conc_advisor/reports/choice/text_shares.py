"""How much of each list the usual page shows, and the line that says what it leaves out."""

from typing import Final

from conc_advisor.decision.recommendation import Consultation, ControlKind
from conc_advisor.reports.plain import Paper, Span, Style

REASONS: Final = 1
SIZES: Final = 4
CONTROLS: Final = frozenset({ControlKind.TESTS, ControlKind.ROLLBACK})
"""The kinds of which one is shown: how to know that it works, and how to go back."""
TRADE_OFFS: Final = 1
FORMS: Final = 1
PITFALLS: Final = 2
PROOFS: Final = 1
QUESTIONS: Final = 3


def left_out(paper: Paper, consultation: Consultation) -> list[str]:
    """Return what the page leaves out, counted; nothing where it shows all."""
    if paper.verbose:
        return []
    said = consultation.recommendation
    counts = {
        "reason": len(said.why) - REASONS,
        "size": len(said.sizes) - SIZES,
        "trade-off": len(said.trade_offs) - TRADE_OFFS,
        "control": len(said.controls) - len(CONTROLS & {control.kind for control in said.controls}),
        "form": len(said.forms) - FORMS,
        "mistake": len(said.pitfalls) - PITFALLS,
        "measurement": len(said.proofs) - PROOFS,
        "open question": len(said.open_questions) - QUESTIONS,
    }
    words = [f"{count} more {noun}{'s' * (count > 1)}" for noun, count in counts.items() if count > 0]
    if any(size.inputs or size.source for size in said.sizes):
        words.append("the numbers behind the sizes")
    return paper.paragraph(Span(f"… {', '.join(words)} (-v shows all)", Style.DIM), indent=0) if words else []
