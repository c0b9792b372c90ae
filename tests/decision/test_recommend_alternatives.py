"""The models that were not chosen."""

import pytest
from workload_samples import a_workload, python, workloads

from conc_advisor.concurrency import ConcurrencyModel as Model
from conc_advisor.decision.alternatives import MOST_CHANGES, MOST_RUNNERS_UP, alternatives, runners_up, single_changes
from conc_advisor.decision.engine import decide
from conc_advisor.decision.open_questions import VALUES, open_questions, with_answer
from conc_advisor.decision.recommendation import Alternative, Standing
from conc_advisor.decision.table import TABLE
from conc_advisor.workload import AsyncLib, Bottleneck, Factor, FanOut, Gil, IoKind, Payload, PythonVersion, TaskDuration, Workload


def found(workload: Workload) -> tuple[Alternative, ...]:
    """Return the alternatives for a workload."""
    return alternatives(TABLE, workload, decide(TABLE, workload))


def nearest(workload: Workload) -> tuple[Alternative, ...]:
    """Return the runners-up for a workload."""
    choice = decide(TABLE, workload)
    return runners_up(TABLE, workload, choice, found(workload))


def test_every_other_model_stands_there_once() -> None:
    for workload in workloads(150):
        models = [other.model for other in found(workload)]
        assert len(models) == len(Model) - 1
        assert {*models, decide(TABLE, workload).model} == set(Model)


def test_what_speaks_against_a_model_is_the_tables_reason() -> None:
    for workload in workloads(150):
        choice = decide(TABLE, workload)
        for other in found(workload):
            match other.standing:
                case Standing.RULED_OUT:
                    assert other.reason == choice.ruled_out[other.model]
                case Standing.AVOIDED:
                    assert other.reason == choice.avoided[other.model]
                case Standing.POSSIBLE:
                    assert other.reason is None
                    assert other.model not in {*choice.ruled_out, *choice.avoided}
            assert other.because == other.reason.because if other.reason else other.because.endswith(".")


def test_a_change_that_is_told_makes_that_model_the_recommendation() -> None:
    for workload in workloads(150):
        for other in found(workload):
            assert len(other.better_when) <= MOST_CHANGES
            for change in other.better_when:
                assert change.model is other.model
                assert workload.get(change.factor) != change.value
                assert decide(TABLE, with_answer(workload, change.factor, change.value)).model is other.model


def test_a_model_without_changes_is_more_than_one_answer_away() -> None:
    """Found by trying every answer on the whole table."""
    for workload in workloads(40):
        chosen = decide(TABLE, workload).model
        reachable = {decide(TABLE, with_answer(workload, factor, value)).model for factor in Factor for value in VALUES[factor]}
        assert set(single_changes(TABLE, workload, chosen)) == reachable - {chosen}


def test_what_is_unknown_is_told_first_and_no_factor_twice() -> None:
    for workload in workloads(150):
        for other in found(workload):
            known = [workload.get(change.factor) is not None for change in other.better_when]
            assert known == sorted(known)
            assert len({change.factor for change in other.better_when}) == len(other.better_when)


def test_every_open_question_is_told_of_by_some_alternative_or_is_one_of_many() -> None:
    for workload in workloads(100):
        others = {other.model: other for other in found(workload)}
        for question in open_questions(workload):
            for change in question.changes:
                told = others[change.model].better_when
                assert question.factor in {each.factor for each in told} or len(told) == MOST_CHANGES


def test_of_several_values_the_nearest_is_told() -> None:
    """20 to 100 at once are nearer to a thousand than one."""
    workload = a_workload(bottleneck=Bottleneck.IO, io_kind=IoKind.HTTP, async_lib=AsyncLib.NA, fan_out=FanOut.THOUSANDS)
    threads = next(other for other in found(workload) if other.model is Model.THREADS)
    assert FanOut.TENS in {change.value for change in threads.better_when}


def test_the_supported_free_threaded_build_is_told_not_the_experimental_one() -> None:
    workload = a_workload(bottleneck=Bottleneck.CPU, gil=Gil.HOLDS, vectorisable=False, fan_out=FanOut.HUNDREDS)
    free = next(other for other in found(workload) if other.model is Model.FREE_THREADED)
    assert [change.value for change in free.better_when] == [python("3.14t")]


def test_runners_up_are_the_first_alternatives_and_none_is_ruled_out_by_the_engine() -> None:
    for workload in workloads(150):
        nearer, choice = nearest(workload), decide(TABLE, workload)
        assert nearer == found(workload)[: len(nearer)]
        assert len(nearer) <= MOST_RUNNERS_UP
        assert choice.model not in {other.model for other in nearer}


def test_there_is_a_runner_up_wherever_one_answer_would_choose_another_model() -> None:
    for workload in workloads(150):
        others = found(workload)
        assert nearest(workload) or not others[0].better_when


def test_the_row_for_those_who_know_nothing_makes_no_runner_up() -> None:
    """It stands in every choice; that sequential work is second best would be said of everything."""
    workload = a_workload(
        bottleneck=Bottleneck.CPU,
        gil=Gil.HOLDS,
        vectorisable=False,
        fan_out=FanOut.HUNDREDS,
        python=PythonVersion(12),
        payload=Payload.SMALL,
        task_duration=TaskDuration.SECONDS,
    )
    assert Model.SEQUENTIAL in decide(TABLE, workload).runners_up
    assert Model.SEQUENTIAL not in {other.model for other in nearest(workload)}


@pytest.mark.parametrize("factor", [Factor.DURABLE, Factor.BEYOND_ONE_MACHINE])
def test_an_unusual_answer_that_nobody_gave_makes_no_runner_up(factor: Factor) -> None:
    """Every workload would be one such answer from a cluster."""
    workload = a_workload(bottleneck=Bottleneck.IO)
    assert workload.get(factor) is None
    assert Model.DISTRIBUTED not in {other.model for other in nearest(workload)}
