"""The Markdown of a consultation: all of it, as a design record, or to paste into an issue or a pull request."""

from collections.abc import Iterable

from conc_advisor.decision.recommendation import Consultation, Reason, Recommendation
from conc_advisor.reports.choice.escape import code, code_block, prose, source, table
from conc_advisor.reports.choice.words import (
    better_when,
    contradiction_words,
    evidence_words,
    outcomes,
    quantity_words,
    rests_on,
    size_words,
    value_words,
)


def render_markdown(consultation: Consultation) -> str:
    """Return the page, which begins with a heading of the second level and ends with a newline."""
    said = consultation.recommendation
    sections = {
        "Why": _list(_reason(reason, said) for reason in said.why[1:]),
        "What is known": _answers(consultation),
        "Contradictions": _list(prose(contradiction_words(each)) for each in consultation.contradictions),
        "Why not": table(
            ("model", "", "because"), [(str(each.model), str(each.standing), prose(each.because)) for each in said.alternatives]
        ),
        "Better when": table(
            ("model", "if"), [(str(each.model), prose(better_when(each.better_when))) for each in said.alternatives if each.better_when]
        ),
        "Sizes to start from": _sizes(said),
        "What it costs": _list(map(prose, said.trade_offs)),
        "What makes up for it": table(("", "what"), [(str(control.kind), prose(control.text)) for control in said.controls]),
        "How to write it": _forms(said),
        "Mistakes to avoid": _list(f"{prose(each.text)} {code(f'conc-advisor explain {each.topic}')}" for each in said.pitfalls),
        "How to prove it": _proofs(said),
        "Take an engine for it": _list(f"**{prose(each.engine)}**: {prose(each.when)}" for each in said.hand_overs),
        "What would change the answer": _open_questions(said),
        "Notes": _list(map(prose, dict.fromkeys((*said.notes, *consultation.notes)))),
        "The same answer without questions": code_block(consultation.again, "sh") if consultation.again else "",
        "Next": code_block("\n".join(consultation.next_commands), "sh") if consultation.next_commands else "",
    }
    head = [f"## {said.model} ({said.confidence} confidence)", *(_reason(reason, said) for reason in said.why[:1])]
    return "\n\n".join([*head, *(f"### {title}\n\n{text}" for title, text in sections.items() if text)]) + "\n"


def _list(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _reason(reason: Reason, said: Recommendation) -> str:
    grounds = [prose(part) for part in (reason.row, rests_on(reason, said.workload)) if part] + [source(reason.source)] * bool(
        reason.source
    )
    return f"{prose(reason.because)} ({'; '.join(grounds)})"


def _answers(consultation: Consultation) -> str:
    said = consultation.recommendation
    rows = []
    for factor, value in said.workload.known().items():
        evidence = consultation.evidence.get(factor)
        rows.append((prose(factor), prose(value_words(value)), prose(evidence_words(evidence)) if evidence else ""))
    rows += [(prose(name), prose(value), "") for name, value in quantity_words(said)]
    return table(("answer", "value", "from"), rows)


def _sizes(said: Recommendation) -> str:
    rows = [
        (prose(size.name), prose(size_words(size)), prose(size.formula), prose(size.inputs), source(size.source)) for size in said.sizes
    ]
    return table(("what", "value", "formula", "with", "source"), rows)


def _forms(said: Recommendation) -> str:
    blocks = []
    for form in said.forms:
        blocks.append(prose(form.text) + (f" ({prose(form.applies)})" if form.applies else ""))
        blocks += [code_block(form.code, "python")] if form.code.strip() else []
    return "\n\n".join(blocks)


def _proofs(said: Recommendation) -> str:
    blocks = []
    for proof in said.proofs:
        blocks.append(prose(proof.text))
        blocks += [code_block(proof.command, "sh")] if proof.command else []
    return "\n\n".join(blocks)


def _open_questions(said: Recommendation) -> str:
    rows = [
        (prose(question.factor), prose(values), str(model))
        for question in said.open_questions
        for values, model in outcomes(question.changes)
    ]
    return table(("question", "answer", "model"), rows)
