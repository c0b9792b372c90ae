"""Public questions with an expert's answer: what `choose` says to them."""

import pytest
from public_cases import FILES, Case, read_cases

from conc_advisor.decision.engine import decide
from conc_advisor.decision.table import TABLE

CASES = [case for file in FILES for case in read_cases(file)]
ENOUGH = 0.95

NOT_TOLD_APART = {
    "test-suite-of-four-seconds": "has the answers of sorting-imports-of-a-big-project, where processes are right: only what it costs to "
    "start a worker tells them apart, and no factor asks for that",
    "chunks-of-an-export-file": "many files on one disk: others gained by threads, and no factor asks for the disk",
}
"""Cases in which the advice goes against the expert, and why it may stay so."""


def test_there_are_enough_cases_and_each_says_where_it_comes_from() -> None:
    assert len(CASES) >= 40
    assert len({case.id for case in CASES}) == len(CASES)
    for case in CASES:
        assert case.source.startswith("https://"), case.id
        assert case.title, case.id
        assert case.expert, case.id
        assert case.accept, case.id
        assert not case.accept & case.reject, case.id
        assert case.workload.known(), case.id


@pytest.mark.parametrize("case", [case for case in CASES if case.id not in NOT_TOLD_APART], ids=lambda case: case.id)
def test_nothing_is_recommended_that_the_expert_rejects(case: Case) -> None:
    choice = decide(TABLE, case.workload)
    assert choice.model not in case.reject, f"{choice.model} by {choice.why[0].row}; {case.title}"


def test_the_exceptions_are_still_needed() -> None:
    for case in CASES:
        if case.id in NOT_TOLD_APART:
            assert decide(TABLE, case.workload).model in case.reject


def test_nearly_every_recommendation_is_one_that_the_expert_supports(capsys: pytest.CaptureFixture[str]) -> None:
    """The score is printed: pytest -s shows it."""
    missed = []
    for case in CASES:
        choice = decide(TABLE, case.workload)
        if choice.model not in case.accept:
            missed.append(f"{case.id}: {choice.model} by {choice.why[0].row}, expert: {', '.join(sorted(case.accept))}")
    share = 1 - len(missed) / len(CASES)
    with capsys.disabled():
        print(f"\n{len(CASES) - len(missed)} of {len(CASES)} public cases answered as the expert did ({share:.0%})", *missed, sep="\n  ")  # noqa: T201
    assert share >= ENOUGH
