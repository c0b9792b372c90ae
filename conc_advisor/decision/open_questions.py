"""Which of the things that nobody has said would change the recommendation."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from conc_advisor.concurrency import ConcurrencyModel
from conc_advisor.decision.engine import Answers, Row, answers_of, decided_model, with_value
from conc_advisor.decision.recommendation import Change, OpenQuestion
from conc_advisor.decision.table import TABLE
from conc_advisor.workload import (
    AsyncLib,
    Bottleneck,
    ExistingLoop,
    Factor,
    FanOut,
    Gil,
    IoKind,
    Latency,
    OperatingSystem,
    Payload,
    PythonVersion,
    SharedState,
    TaskDuration,
    TotalWork,
    Value,
    Workload,
)

_YES_OR_NO: Final = (True, False)

VALUES: Final[Mapping[Factor, tuple[Value, ...]]] = {
    Factor.BOTTLENECK: tuple(Bottleneck),
    Factor.IO_KIND: tuple(IoKind),
    Factor.FAN_OUT: tuple(FanOut),
    Factor.ASYNC_LIB: tuple(AsyncLib),
    Factor.GIL: tuple(Gil),
    Factor.VECTORISABLE: _YES_OR_NO,
    Factor.PAYLOAD: tuple(Payload),
    Factor.SHARED_STATE: tuple(SharedState),
    Factor.LATENCY: tuple(Latency),
    Factor.TASK_DURATION: tuple(TaskDuration),
    Factor.TOTAL_WORK: tuple(TotalWork),
    # One version of each kind that matters, oldest first.
    Factor.PYTHON: (
        PythonVersion(10),
        PythonVersion(12),
        PythonVersion(13, free_threaded=True),
        PythonVersion(14),
        PythonVersion(14, free_threaded=True),
        PythonVersion(),
    ),
    Factor.EXISTING_LOOP: tuple(ExistingLoop),
    Factor.BEYOND_ONE_MACHINE: _YES_OR_NO,
    Factor.DURABLE: _YES_OR_NO,
    Factor.NEED_KILL: _YES_OR_NO,
    Factor.MEMORY_TIGHT: _YES_OR_NO,
    Factor.PIPELINE: _YES_OR_NO,
    Factor.NOTEBOOK: _YES_OR_NO,
    Factor.SINGLE_WRITER: _YES_OR_NO,
    Factor.OWN_THREADS: _YES_OR_NO,
    Factor.OS: tuple(OperatingSystem),
}
"""Every value that a factor can have; of the Python versions one of each kind."""


def with_answer(workload: Workload, factor: Factor, value: Value) -> Workload:
    """Return the workload with one factor set."""
    changes: dict[str, Value] = {factor.value: value}
    return replace(workload, **changes)  # type: ignore[arg-type]  # the factor's own field, with a value of its own


def open_questions(workload: Workload) -> tuple[OpenQuestion, ...]:
    """Return the unknown factors of which a single answer changes the recommended model, with those answers."""
    answers = answers_of(workload)
    model = decided_model(TABLE, answers)
    found = []
    for factor in sorted(relevant(workload), key=list(Factor).index):
        changes = tuple(change for change in _changes(answers, factor) if change.model is not model)
        if changes:
            found.append(OpenQuestion(factor=factor, changes=changes))
    return tuple(found)


def _changes(answers: Answers, factor: Factor) -> Iterator[Change]:
    for value in VALUES[factor]:
        yield Change(factor=factor, value=value, model=decided_model(TABLE, with_value(answers, factor, value)))


def relevant(workload: Workload) -> frozenset[Factor]:
    """Return the unknown factors that may still matter, alone or together with others.

    Those that some row names which the answers to come can make fire, or keep from firing, and which can change the result: a row against
    a model that may be chosen, or a row for another model that stands before the last one that is sure to fire.
    """
    answers = answers_of(workload)
    factors: set[Factor] = set()
    for row in _rows_that_count(answers):
        factors.update(factor for factor in row.when if answers[factor] is None)
    return frozenset(factors)


def _rows_that_count(answers: Answers) -> Iterator[Row]:
    """Yield the rows that are undecided yet and stand where they can change the result."""
    candidates: set[ConcurrencyModel] = {decided_model(TABLE, answers)}
    speaking_for: list[Row] = []
    for row in TABLE:
        if row.prefers is None or not row.may_fire(answers):
            continue
        candidates.add(row.prefers)
        speaking_for.append(row)
        if _is_certain(row, answers) and not _may_be_refused(row.prefers, answers):
            break
    yield from (row for row in speaking_for if not _is_certain(row, answers))
    for row in TABLE:
        if (row.avoids | row.rules_out) & candidates and row.may_fire(answers) and not _is_certain(row, answers):
            yield row


def _is_certain(row: Row, answers: Answers) -> bool:
    """Tell whether the row fires whatever the answers to what is unknown."""
    return all(answers[factor] is not None and answers[factor] in allowed for factor, allowed in row.when.items())


def _may_be_refused(model: ConcurrencyModel, answers: Answers) -> bool:
    return any(model in row.avoids | row.rules_out and row.may_fire(answers) for row in TABLE)
