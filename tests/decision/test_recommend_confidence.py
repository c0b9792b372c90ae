"""When a recommendation is sure of itself."""

import pytest
from workload_samples import a_workload, python, workloads

from conc_advisor.concurrency import ConcurrencyModel as Model
from conc_advisor.decision.confidence import confidence, is_unusual
from conc_advisor.decision.engine import decide
from conc_advisor.decision.open_questions import open_questions
from conc_advisor.decision.recommend import recommend
from conc_advisor.decision.recommendation import Change, Choice, OpenQuestion, Reason
from conc_advisor.decision.table import TABLE
from conc_advisor.findings import Confidence
from conc_advisor.workload import (
    AsyncLib,
    Bottleneck,
    ExistingLoop,
    Factor,
    FanOut,
    Gil,
    IoKind,
    OperatingSystem,
    Payload,
    TaskDuration,
    TotalWork,
    Value,
    Workload,
)

REASON = Reason(row="row", because="Because.", source="here", factors=(Factor.BOTTLENECK,))
DEFAULT = Reason(row="default", because="Because.", source="here", factors=())


def a_choice(reason: Reason = REASON, *, avoided: bool = False) -> Choice:
    """Return a choice of threads."""
    against = {Model.THREADS: REASON} if avoided else {}
    return Choice(model=Model.THREADS, why=(reason,), ruled_out={}, avoided=against, runners_up=())


def question(factor: Factor, *values: Value) -> OpenQuestion:
    """Return an open question with the answers that would change the recommendation."""
    return OpenQuestion(factor=factor, changes=tuple(Change(factor=factor, value=value, model=Model.ASYNCIO) for value in values))


def test_nothing_open_is_high() -> None:
    assert confidence(a_choice(), ()) is Confidence.HIGH


@pytest.mark.parametrize(
    "unusual",
    [
        question(Factor.DURABLE, True),  # noqa: FBT003  # an answer
        question(Factor.TOTAL_WORK, TotalWork.INSTANT),
        question(Factor.OS, OperatingSystem.ANDROID),
        question(Factor.PYTHON, python("3.13t"), python("3.14t")),
        question(Factor.EXISTING_LOOP, ExistingLoop.GUI),
    ],
)
def test_what_only_an_unusual_answer_would_change_does_not_count(unusual: OpenQuestion) -> None:
    assert confidence(a_choice(), (unusual, unusual)) is Confidence.HIGH


def test_one_to_three_open_questions_are_medium_and_four_are_low() -> None:
    questions = [
        question(Factor.FAN_OUT, FanOut.ONE),
        question(Factor.GIL, Gil.RELEASES),
        question(Factor.EXISTING_LOOP, ExistingLoop.GUI, ExistingLoop.ASYNCIO),
        question(Factor.PYTHON, python("3.14"), python("3.14t")),
    ]
    found = [confidence(a_choice(), questions[:count]) for count in range(5)]
    assert found == [Confidence.HIGH, Confidence.MEDIUM, Confidence.MEDIUM, Confidence.MEDIUM, Confidence.LOW]


def test_a_decision_that_rests_on_a_hint_is_low() -> None:
    assert confidence(a_choice(), [], frozenset({Factor.BOTTLENECK})) is Confidence.LOW
    assert confidence(a_choice(), [], frozenset({Factor.OS})) is Confidence.HIGH


def test_an_unknown_bottleneck_that_would_change_the_answer_is_low() -> None:
    assert confidence(a_choice(), (question(Factor.BOTTLENECK, Bottleneck.CPU),)) is Confidence.LOW


def test_the_row_for_those_who_know_nothing_is_low() -> None:
    assert confidence(a_choice(DEFAULT), ()) is Confidence.LOW


def test_a_model_that_something_known_speaks_against_is_low() -> None:
    assert confidence(a_choice(avoided=True), ()) is Confidence.LOW


@pytest.mark.parametrize(
    ("workload", "expected"),
    [
        (Workload(), Confidence.LOW),
        (a_workload(bottleneck=Bottleneck.CPU), Confidence.LOW),
        (a_workload(bottleneck=Bottleneck.IO), Confidence.LOW),
        (
            a_workload(
                bottleneck=Bottleneck.CPU,
                gil=Gil.HOLDS,
                fan_out=FanOut.HUNDREDS,
                vectorisable=False,
                payload=Payload.SMALL,
                task_duration=TaskDuration.SECONDS,
                python=python("3.12"),
                existing_loop=ExistingLoop.NONE,
            ),
            Confidence.HIGH,
        ),
        (
            a_workload(
                bottleneck=Bottleneck.IO,
                io_kind=IoKind.HTTP,
                fan_out=FanOut.HUNDREDS,
                async_lib=AsyncLib.YES,
                existing_loop=ExistingLoop.NONE,
            ),
            Confidence.HIGH,
        ),
        (a_workload(durable=True), Confidence.HIGH),
    ],
)
def test_usual_paths(workload: Workload, expected: Confidence) -> None:
    """Who answers nothing, or one question, gets a guess; who answers all of the branch gets a sure answer."""
    assert recommend(workload).confidence is expected


def test_high_confidence_means_that_no_single_usual_answer_changes_the_model() -> None:
    for workload in workloads(300):
        if confidence(decide(TABLE, workload), open_questions(workload)) is Confidence.HIGH:
            assert all(is_unusual(change) for question in open_questions(workload) for change in question.changes)
