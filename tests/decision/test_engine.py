"""The engine finds the rows that fire, however it looks them up."""

import random

import pytest
from tree_builder import SMALL, row

from conc_advisor.concurrency import ConcurrencyModel as Model
from conc_advisor.decision.engine import answers_of, comparable, decide, fired_rows
from conc_advisor.decision.open_questions import VALUES
from conc_advisor.decision.table import TABLE
from conc_advisor.workload import Bottleneck, Factor, FanOut, PythonKind, PythonVersion, Workload


def anything(choose: random.Random) -> Workload:
    """Return a workload of which any part may be known."""
    known = {factor.value: choose.choice([None, *VALUES[factor]]) for factor in Factor}
    return Workload(**known)  # type: ignore[arg-type]  # each factor with a value of its own


@pytest.mark.parametrize("seed", range(5))
def test_the_rows_that_are_looked_up_are_those_that_fire(seed: int) -> None:
    choose = random.Random(seed)  # noqa: S311  # a fixed sequence is wanted
    for _ in range(200):
        answers = answers_of(anything(choose))
        assert fired_rows(TABLE, answers) == [each for each in TABLE if each.fires(answers)]


def test_the_answers_are_what_the_workload_says() -> None:
    choose = random.Random(1)  # noqa: S311  # a fixed sequence is wanted
    workload = anything(choose)
    assert answers_of(workload) == {factor: comparable(workload.get(factor)) for factor in Factor}
    assert answers_of(Workload(python=PythonVersion(12)))[Factor.PYTHON] is PythonKind.TASK_GROUPS


def test_two_tables_are_not_mixed_up() -> None:
    other = (row("other", Model.DISTRIBUTED, bottleneck=Bottleneck.IO), *SMALL)
    waiting = Workload(bottleneck=Bottleneck.IO, fan_out=FanOut.FEW)
    assert [decide(table, waiting).model for table in (SMALL, other, SMALL, list(other))] == [
        Model.THREADS,
        Model.DISTRIBUTED,
        Model.THREADS,
        Model.DISTRIBUTED,
    ]


def test_rows_that_say_the_same_are_two_rows() -> None:
    twice = (row("same", Model.THREADS), row("same", Model.THREADS))
    assert len(fired_rows(twice, answers_of(Workload()))) == 2
