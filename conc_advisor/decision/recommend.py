"""Puts a recommendation together: the table decides, and what is known about the chosen model follows.  Pure: no input, no output."""

from conc_advisor.costs.unit_costs import UnitCosts, shipped_costs
from conc_advisor.decision.advice.controls import controls
from conc_advisor.decision.advice.hand_overs import hand_overs
from conc_advisor.decision.advice.pitfalls import pitfalls
from conc_advisor.decision.advice.proofs import proofs
from conc_advisor.decision.advice.templates import templates
from conc_advisor.decision.advice.trade_offs import trade_offs
from conc_advisor.decision.alternatives import alternatives, runners_up
from conc_advisor.decision.confidence import confidence
from conc_advisor.decision.engine import decide
from conc_advisor.decision.forms.written import forms
from conc_advisor.decision.notes import notes
from conc_advisor.decision.open_questions import open_questions
from conc_advisor.decision.recommendation import Choice, Reason, Recommendation
from conc_advisor.decision.sizing.sizes import sizes
from conc_advisor.decision.table import TABLE
from conc_advisor.workload import Factor, Quantities, Workload

_NO_QUANTITIES = Quantities()


def recommend(
    workload: Workload,
    quantities: Quantities = _NO_QUANTITIES,
    costs: UnitCosts | None = None,
    hints: frozenset[Factor] = frozenset(),
) -> Recommendation:
    """Return the whole answer for a workload; it raises nothing, whatever is unknown.

    `costs`: what a thread, a task or a process costs; without them, those that were measured for this tool, of the nearest Python.
    `hints`: the factors whose answer nobody is sure of.
    """
    costs = shipped_costs(workload.python) if costs is None else costs
    choice = decide(TABLE, workload)
    others = alternatives(TABLE, workload, choice)
    nearest = runners_up(TABLE, workload, choice, others)
    questions = open_questions(workload)
    model = choice.model
    return Recommendation(
        workload=workload,
        quantities=quantities,
        model=model,
        confidence=confidence(choice, questions, hints),
        why=_reasons(choice),
        runners_up=nearest,
        alternatives=others,
        open_questions=questions,
        trade_offs=trade_offs(model, workload),
        controls=controls(model, workload),
        sizes=sizes(model, workload, quantities, costs),
        pitfalls=pitfalls(model, workload),
        forms=forms(model, workload),
        templates=templates(model, workload),
        proofs=proofs(model, workload),
        hand_overs=hand_overs(model, [other.model for other in nearest], workload),
        notes=notes(TABLE, model, workload, quantities, costs),
    )


def _reasons(choice: Choice) -> tuple[Reason, ...]:
    """Return the reasons; the last row's, which is for those who know nothing, only where it decided."""
    return tuple(reason for number, reason in enumerate(choice.why) if number == 0 or reason.factors)
