"""The laws of the decision table."""

import random
from collections.abc import Iterator
from itertools import chain, islice, pairwise, product

import pytest

from conc_advisor.concurrency import ConcurrencyModel
from conc_advisor.decision.engine import Row, answers_of, decide
from conc_advisor.decision.open_questions import VALUES, open_questions, relevant, with_answer
from conc_advisor.decision.table import TABLE
from conc_advisor.workload import Factor, PythonKind, Workload

SAMPLES = 4_000
SEED = 20_261_120


def any_workload(source: random.Random, known: float) -> Workload:
    """Return a workload in which each factor is known with this probability."""
    workload = Workload()
    for factor in Factor:
        if source.random() < known:
            workload = with_answer(workload, factor, source.choice(VALUES[factor]))
    return workload


def workloads(known: float | None = None, count: int = SAMPLES) -> Iterator[Workload]:
    """Yield workloads of which a share is known, or of which all shares occur; always the same ones."""
    source = random.Random(SEED)  # noqa: S311  # repeatable, not secret
    for _ in range(count):
        yield any_workload(source, source.random() if known is None else known)


def workloads_for(row: Row) -> Iterator[Workload]:
    """Yield workloads of which is known what makes the row fire, and nothing else."""
    values = []
    for factor, allowed in row.when.items():
        wanted = [value for value in VALUES[factor] if (value.kind if factor is Factor.PYTHON else value) in allowed]  # type: ignore[union-attr]
        values.append([*([None] if None in allowed else []), *wanted])
    for answers in product(*values):
        workload = Workload()
        for factor, value in zip(row.when, answers, strict=True):
            if value is not None:
                workload = with_answer(workload, factor, value)
        yield workload


def fuller(row: Row) -> Iterator[Workload]:
    """Yield workloads of which is known what makes the row fire, and some other things."""
    source = random.Random(SEED)  # noqa: S311  # as above
    bare = list(islice(workloads_for(row), 500))
    for _ in range(SAMPLES):
        workload = source.choice(bare)
        for factor in source.sample([factor for factor in Factor if factor not in row.when], 4):
            workload = with_answer(workload, factor, source.choice(VALUES[factor]))
        yield workload


def test_every_factor_has_its_values() -> None:
    assert set(VALUES) == set(Factor)
    kinds = {value.kind for value in VALUES[Factor.PYTHON]}  # type: ignore[union-attr]
    assert kinds == set(PythonKind)


def test_names_are_unique_and_every_row_says_why_and_whence() -> None:
    assert len({row.name for row in TABLE}) == len(TABLE)
    for row in TABLE:
        assert row.because.endswith("."), row.name
        assert row.source, row.name
        assert row.prefers is not None or row.avoids or row.rules_out, row.name


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_every_row_fires(row: Row) -> None:
    assert any(row.fires(answers_of(workload)) for workload in workloads_for(row))


@pytest.mark.parametrize("row", [row for row in TABLE if row.prefers], ids=lambda row: row.name)
def test_every_row_that_prefers_a_model_decides_somewhere(row: Row) -> None:
    """No row stands so low that others always speak first."""
    alone = islice(workloads_for(row), 5_000)
    assert any(decide(TABLE, workload).why[0].row == row.name for workload in chain(alone, fuller(row)))


@pytest.mark.parametrize("row", [row for row in TABLE if not row.prefers], ids=lambda row: row.name)
def test_every_row_against_a_model_changes_an_answer(row: Row) -> None:
    """Without it some workload would get another recommendation, or another reason against a model."""
    without = [other for other in TABLE if other is not row]
    for workload in [*islice(workloads_for(row), 500), *workloads(count=1_000)]:
        before, after = decide(TABLE, workload), decide(without, workload)
        if before.model is not after.model or before.ruled_out != after.ruled_out or before.avoided != after.avoided:
            return
    pytest.fail(f"{row.name} changes nothing")


def test_every_model_is_the_answer_somewhere() -> None:
    assert {decide(TABLE, workload).model for row in TABLE for workload in islice(workloads_for(row), 50)} == set(ConcurrencyModel)


def test_nothing_known_still_has_an_answer() -> None:
    assert decide(TABLE, Workload()).model is ConcurrencyModel.SEQUENTIAL


def test_no_answer_contradicts_a_row() -> None:
    """What is recommended is never ruled out, and avoided only when all that any row prefers is."""
    for workload in workloads():
        choice = decide(TABLE, workload)
        assert choice.model not in choice.ruled_out
        assert not set(choice.runners_up) & set(choice.ruled_out)
        assert choice.why
        if choice.model in choice.avoided:
            assert set(choice.runners_up) <= set(choice.avoided)


def test_sequential_is_never_ruled_out() -> None:
    """The last row prefers it for everything: that is what makes every workload answerable."""
    assert TABLE[-1].prefers is ConcurrencyModel.SEQUENTIAL
    assert not TABLE[-1].when
    assert not any(ConcurrencyModel.SEQUENTIAL in row.rules_out for row in TABLE)


def test_what_is_not_relevant_changes_nothing() -> None:
    """No combination of answers to the factors that are said not to matter changes the model."""
    source = random.Random(SEED)  # noqa: S311
    for workload in workloads(count=1_500):
        matters = relevant(workload)
        filled = workload
        for factor in Factor:
            if workload.get(factor) is None and factor not in matters:
                filled = with_answer(filled, factor, source.choice(VALUES[factor]))
        assert decide(TABLE, filled).model is decide(TABLE, workload).model


def test_open_questions_name_what_changes_the_answer() -> None:
    for workload in workloads(count=300):
        now = decide(TABLE, workload).model
        changing = {
            factor
            for factor in Factor
            if workload.get(factor) is None
            and any(decide(TABLE, with_answer(workload, factor, value)).model is not now for value in VALUES[factor])
        }
        found = open_questions(workload)
        assert {question.factor for question in found} == changing
        for question in found:
            for change in question.changes:
                assert decide(TABLE, with_answer(workload, change.factor, change.value)).model is change.model is not now


def harm(advised: ConcurrencyModel, full: Workload) -> int:
    """Return how bad a model is once everything is known: 0 the best, 1 possible, 2 avoided, 3 ruled out."""
    truth = decide(TABLE, full)
    if advised is truth.model:
        return 0
    if advised in truth.ruled_out:
        return 3
    return 2 if advised in truth.avoided else 1


def test_one_more_answer_does_not_make_the_advice_worse() -> None:
    """Over many workloads, the advice after n answers is on average no worse than after n - 1, against what the full answer says.

    For a single workload nobody can promise that: advice that was right by luck may be left for what the next answer makes likelier.
    """
    source = random.Random(SEED)  # noqa: S311
    total = [0] * (len(Factor) + 1)
    for full in workloads(known=1.0, count=1_500):
        known = Workload()
        order = source.sample(list(Factor), len(Factor))
        total[0] += harm(decide(TABLE, known).model, full)
        for count, factor in enumerate(order, start=1):
            value = full.get(factor)
            assert value is not None
            known = with_answer(known, factor, value)
            total[count] += harm(decide(TABLE, known).model, full)
    assert total[-1] == 0
    assert all(later <= earlier * 1.02 for earlier, later in pairwise(total)), total
