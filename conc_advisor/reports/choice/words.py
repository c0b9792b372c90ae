"""The wording that the text and the Markdown of a consultation share.  Nothing is escaped here: the renderers do that."""

from collections.abc import Iterable, Sequence
from typing import Final

from conc_advisor.concurrency import ConcurrencyModel
from conc_advisor.decision.recommendation import Change, Contradiction, Reason, Recommendation, Size
from conc_advisor.findings import Confidence
from conc_advisor.reports import quantities
from conc_advisor.workload import Evidence, Factor, Origin, Value, Workload

_SPEAKERS: Final[dict[Origin, str]] = {
    Origin.YOU: "you say",
    Origin.SAVED: "the saved answers say",
    Origin.NUMBERS: "your numbers say",
    Origin.PROFILE: "the profile says",
    Origin.CODE: "the code says",
    Origin.ENVIRONMENT: "this machine says",
}


def value_words(value: Value) -> str:
    """Return a value as it is typed in an answers file."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def any_of(values: Iterable[str]) -> str:
    """Return `a`, `a or b`, `a, b or c`."""
    *first, last = values
    return f"{', '.join(first)} or {last}" if first else last


def evidence_words(evidence: Evidence) -> str:
    """Return who says so and how it is known: `profile: 92% of the time on CPU`; doubt is told, as far as it is not the user's own."""
    doubt = evidence.origin is not Origin.YOU and evidence.confidence is not Confidence.HIGH
    detail = ": ".join(part for part in (evidence.origin.value, evidence.detail) if part)
    return f"{detail} ({evidence.confidence} confidence)" if doubt else detail


def contradiction_words(contradiction: Contradiction) -> str:
    """Return both sides, the one that counts first, as a sentence."""
    kept, against = contradiction.kept, contradiction.against
    return f"{kept.factor}: {_statement(kept)}; {_statement(against)}. The recommendation goes by {value_words(kept.value)}."


def _statement(evidence: Evidence) -> str:
    detail = f" ({evidence.detail})" if evidence.detail else ""
    return f"{_SPEAKERS[evidence.origin]} {value_words(evidence.value)}{detail}"


def rests_on(reason: Reason, workload: Workload) -> str:
    """Return the answers that a row rests on: `fan_out 1k-100k, async_lib yes`; nothing for a row that asks for none."""
    known = ((factor, workload.get(factor)) for factor in reason.factors)
    return ", ".join(f"{factor} {value_words(value)}" for factor, value in known if value is not None)


def better_when(changes: Sequence[Change]) -> str:
    """Return the answers any of which is enough: `async_lib is no or partial, or fan_out is 2-20`."""
    by_factor: dict[Factor, list[str]] = {}
    for change in changes:
        by_factor.setdefault(change.factor, []).append(value_words(change.value))
    return ", or ".join(f"{factor} is {any_of(values)}" for factor, values in by_factor.items())


def outcomes(changes: Sequence[Change]) -> list[tuple[str, ConcurrencyModel]]:
    """Return the answers that lead to each model, joined: `("no or partial", threads)`."""
    by_model: dict[ConcurrencyModel, list[str]] = {}
    for change in changes:
        by_model.setdefault(change.model, []).append(value_words(change.value))
    return [(any_of(values), model) for model, values in by_model.items()]


_ONE_OF: Final = {
    "connections": "connection",
    "interpreters": "interpreter",
    "items": "item",
    "jobs": "job",
    "processes": "process",
    "threads": "thread",
    "waits at once": "wait at once",
}


def size_words(size: Size) -> str:
    """Return the number with its unit; an estimate says so."""
    if size.value is None:
        return "unknown"
    unit = _ONE_OF.get(size.unit, size.unit) if size.value == 1 else size.unit
    return f"{quantities.count(size.value)} {unit}".rstrip() + ("" if size.measured else " (estimated)")


def quantity_words(recommendation: Recommendation) -> list[tuple[str, str]]:
    """Return the numbers that were given beside the answers, by their keys."""
    given = recommendation.quantities
    values = ((name, getattr(given, name)) for name in given.__slots__)
    return [(name, f"{value:g}" if isinstance(value, float) else str(value)) for name, value in values if value is not None]
