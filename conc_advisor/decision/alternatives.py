"""The models that were not chosen: what speaks against each, and which single answer would make it the recommendation."""

from collections.abc import Mapping, Sequence
from typing import Final

from conc_advisor.concurrency import ConcurrencyModel as Model
from conc_advisor.decision.advice.contrasts import why_not
from conc_advisor.decision.confidence import is_unusual
from conc_advisor.decision.engine import Row, answers_of, decided_model, with_value
from conc_advisor.decision.open_questions import VALUES
from conc_advisor.decision.recommendation import Alternative, Change, Choice, Reason, Standing
from conc_advisor.workload import Factor, PythonKind, PythonVersion, Value, Workload

MOST_CHANGES: Final = 3
"""Changes that are told of one alternative."""
MOST_RUNNERS_UP: Final = 3
_NEAR_RUNNERS_UP: Final = 2
"""Runners-up at least, if there are models that an answer to something unknown would choose."""

_TELLING: Final = (
    Factor.BOTTLENECK,
    Factor.PYTHON,
    Factor.GIL,
    Factor.ASYNC_LIB,
    Factor.EXISTING_LOOP,
    Factor.FAN_OUT,
    Factor.VECTORISABLE,
    Factor.PAYLOAD,
    Factor.TASK_DURATION,
    Factor.NEED_KILL,
    Factor.BEYOND_ONE_MACHINE,
    Factor.DURABLE,
    Factor.MEMORY_TIGHT,
    Factor.LATENCY,
    Factor.OS,
    Factor.IO_KIND,
)
"""The order in which changes are told, after what is unknown; the other factors follow."""


def alternatives(table: Sequence[Row], workload: Workload, choice: Choice) -> tuple[Alternative, ...]:
    """Return each model but the chosen one: what other rows prefer, then what one answer away, then the rest; what cannot work last."""
    changes = single_changes(table, workload, choice.model)
    named = _named_runners_up(table, workload, choice)
    found = [_alternative(model, choice, workload, changes.get(model, ())) for model in Model if model is not choice.model]
    return tuple(sorted(found, key=lambda alternative: _nearness(alternative, named, workload)))


def runners_up(table: Sequence[Row], workload: Workload, choice: Choice, others: Sequence[Alternative]) -> tuple[Alternative, ...]:
    """Return the first of the alternatives: what other rows prefer, then what an answer to something unknown would choose.

    At least the first alternative, if any single answer would choose it.
    """
    named = _named_runners_up(table, workload, choice)
    near = [other for other in others if other.model not in named and _is_one_answer_away(other, workload)]
    wanted = [*(other for other in others if other.model in named), *near[: max(0, _NEAR_RUNNERS_UP - len(named))]]
    return tuple(wanted[:MOST_RUNNERS_UP]) or tuple(other for other in others[:1] if other.better_when)


def single_changes(table: Sequence[Row], workload: Workload, chosen: Model) -> Mapping[Model, tuple[Change, ...]]:
    """Return, for each model, the single answers, to known and unknown factors, that make it the recommendation."""
    found: dict[Model, list[Change]] = {}
    answers = answers_of(workload)
    for factor in Factor:
        for value in VALUES[factor]:
            if value != workload.get(factor) and (model := decided_model(table, with_value(answers, factor, value))) is not chosen:
                found.setdefault(model, []).append(Change(factor=factor, value=value, model=model))
    return {model: _most_telling(changes, workload) for model, changes in found.items()}


def _most_telling(changes: Sequence[Change], workload: Workload) -> tuple[Change, ...]:
    """Return at most three, one a factor: what is unknown first, then what is usual, then by how much the factor tells."""
    nearest: dict[Factor, Change] = {}
    for change in sorted(changes, key=lambda change: _distance(change.factor, change.value, workload)):
        nearest.setdefault(change.factor, change)
    ranked = sorted(
        nearest.values(), key=lambda change: (workload.get(change.factor) is not None, is_unusual(change), _rank(change.factor))
    )
    return tuple(ranked[:MOST_CHANGES])


def _rank(factor: Factor) -> int:
    return _TELLING.index(factor) if factor in _TELLING else len(_TELLING)


def _distance(factor: Factor, value: Value, workload: Workload) -> int:
    """Return how many steps a value is from the known one; its place in the list where nothing is known; a trial build comes last."""
    if isinstance(value, PythonVersion) and value.kind is PythonKind.TRIAL_FREE_THREADED:
        return len(VALUES[factor])
    values, known = VALUES[factor], workload.get(factor)
    return values.index(value) if known not in values else abs(values.index(value) - values.index(known))


def _named_runners_up(table: Sequence[Row], workload: Workload, choice: Choice) -> tuple[Model, ...]:
    """Return the runners-up that a row with a condition speaks for: the last row, which has none, always names one."""
    answers = answers_of(workload)
    spoken_for = {row.prefers for row in table if row.when and row.fires(answers)}
    return tuple(model for model in choice.runners_up if model in spoken_for)


def _alternative(model: Model, choice: Choice, workload: Workload, better_when: tuple[Change, ...]) -> Alternative:
    standing, reason = _standing(model, choice)
    because = reason.because if reason is not None else why_not(model, choice.model, workload)
    return Alternative(model=model, standing=standing, because=because, reason=reason, better_when=better_when)


def _standing(model: Model, choice: Choice) -> tuple[Standing, Reason | None]:
    if model in choice.ruled_out:
        return Standing.RULED_OUT, choice.ruled_out[model]
    if model in choice.avoided:
        return Standing.AVOIDED, choice.avoided[model]
    return Standing.POSSIBLE, None


def _is_one_answer_away(alternative: Alternative, workload: Workload) -> bool:
    """Tell whether a usual answer to something unknown would choose it."""
    usual = (change for change in alternative.better_when if not is_unusual(change))
    return alternative.standing is not Standing.RULED_OUT and any(workload.get(change.factor) is None for change in usual)


def _nearness(alternative: Alternative, named: Sequence[Model], workload: Workload) -> tuple[int, ...]:
    """Return a key to sort by, the nearest first."""
    if alternative.model in named:
        return (0, named.index(alternative.model))
    away = not _is_one_answer_away(alternative, workload)
    return (1, away, list(Standing)[::-1].index(alternative.standing), not alternative.better_when, list(Model).index(alternative.model))
