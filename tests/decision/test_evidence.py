"""Several sources, one workload: who counts, and who is contradicted."""

import pytest

from conc_advisor.decision.evidence import combine, evidence_of_quantities, is_firm
from conc_advisor.findings import Confidence
from conc_advisor.workload import (
    Bottleneck,
    Evidence,
    ExistingLoop,
    Factor,
    Gil,
    Origin,
    PythonVersion,
    Quantities,
    TaskDuration,
    TotalWork,
    Value,
    Workload,
)

LOW, MEDIUM, HIGH = Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH
IO, CPU = Bottleneck.IO, Bottleneck.CPU


def says(origin: Origin, value: Value, confidence: Confidence = HIGH, *, factor: Factor = Factor.BOTTLENECK) -> Evidence:
    return Evidence(factor=factor, value=value, origin=origin, confidence=confidence, detail=f"{origin} {value}")


def test_nothing_said_is_nothing_known() -> None:
    answered = combine([])
    assert answered.workload == answered.firm == Workload()
    assert answered.chosen == {}
    assert answered.contradictions == ()


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("place", range(1, len(Origin)))
def test_each_source_counts_before_those_after_it(place: int, *, reverse: bool) -> None:
    """You, saved answers, the profile, the code, this machine; in whichever order they are told."""
    first, second = list(Origin)[place - 1 : place + 1]
    evidence = [says(first, IO), says(second, CPU)]
    answered = combine(reversed(evidence) if reverse else evidence)
    assert answered.workload.bottleneck is IO
    assert answered.chosen[Factor.BOTTLENECK].origin is first


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (says(Origin.PROFILE, CPU, LOW), says(Origin.CODE, IO, MEDIUM)),
        (says(Origin.PROFILE, CPU, LOW), says(Origin.CODE, IO, HIGH)),
        (says(Origin.CODE, CPU, LOW), says(Origin.CODE, IO, MEDIUM)),
        (says(Origin.CODE, CPU, MEDIUM), says(Origin.CODE, IO, HIGH)),
        (says(Origin.PROFILE, CPU, HIGH), says(Origin.YOU, IO, LOW)),
    ],
)
def test_more_than_a_hint_beats_a_hint(first: Evidence, second: Evidence) -> None:
    """And a person beats everything, however sure."""
    assert combine([first, second]).workload.bottleneck is IO


def test_of_equals_the_first_counts() -> None:
    """A fresh recording stands before one that was kept."""
    assert combine([says(Origin.PROFILE, CPU), says(Origin.PROFILE, IO)]).workload.bottleneck is CPU


def test_a_hint_counts_but_is_asked_all_the_same() -> None:
    """Until somebody says more."""
    hint = says(Origin.CODE, IO, LOW)
    answered = combine([hint])
    assert answered.workload == Workload(bottleneck=IO)
    assert answered.firm == Workload()
    assert answered.hints == {Factor.BOTTLENECK: hint}
    assert combine([hint, says(Origin.YOU, CPU)]).hints == {}


@pytest.mark.parametrize("origin", [Origin.YOU, Origin.SAVED, Origin.ENVIRONMENT])
def test_only_what_was_derived_can_be_a_hint(origin: Origin) -> None:
    """A person means what he says, and the machine is what it is."""
    assert is_firm(says(origin, IO, LOW))
    assert not is_firm(says(Origin.PROFILE, IO, LOW))


@pytest.mark.parametrize(
    ("kept", "against"),
    [
        (says(Origin.YOU, IO), says(Origin.PROFILE, CPU)),
        (says(Origin.YOU, IO), says(Origin.CODE, CPU, MEDIUM)),
        (says(Origin.SAVED, IO), says(Origin.PROFILE, CPU, MEDIUM)),
        (says(Origin.PROFILE, IO), says(Origin.CODE, CPU)),
    ],
)
def test_a_contradiction_names_both(kept: Evidence, against: Evidence) -> None:
    [contradiction] = combine([against, kept]).contradictions
    assert (contradiction.kept, contradiction.against) == (kept, against)


@pytest.mark.parametrize(
    "evidence",
    [
        [says(Origin.YOU, IO), says(Origin.PROFILE, IO), says(Origin.CODE, IO)],
        [says(Origin.YOU, IO), says(Origin.PROFILE, CPU, LOW)],
        [says(Origin.YOU, IO), says(Origin.SAVED, CPU)],
        [says(Origin.YOU, IO), says(Origin.YOU, CPU)],
        [says(Origin.PROFILE, IO), says(Origin.PROFILE, CPU)],
        [says(Origin.YOU, IO), says(Origin.CODE, Gil.HOLDS, factor=Factor.GIL)],
        [says(Origin.YOU, IO), says(Origin.ENVIRONMENT, CPU, LOW)],
    ],
)
def test_agreement_hints_and_second_thoughts_are_no_contradictions(evidence: list[Evidence]) -> None:
    assert combine(evidence).contradictions == ()


def test_each_source_contradicts_once() -> None:
    """However much it has to say."""
    evidence = [says(Origin.YOU, IO), says(Origin.PROFILE, CPU), says(Origin.PROFILE, CPU, MEDIUM), says(Origin.CODE, CPU)]
    assert [each.against.origin for each in combine(evidence).contradictions] == [Origin.PROFILE, Origin.CODE]


@pytest.mark.parametrize(
    ("said", "origin", "found", "contradicts"),
    [
        ("3.12", Origin.CODE, "3.11", False),
        ("3.14t", Origin.CODE, "3.11", False),
        ("any", Origin.CODE, "3.11", False),
        ("3.12", Origin.CODE, "any", False),
        ("3.12", Origin.PROFILE, "3.12", False),
        ("3.9", Origin.CODE, "3.11", True),
        ("3.12", Origin.PROFILE, "3.14", True),
        ("3.14t", Origin.PROFILE, "3.14", True),
    ],
)
def test_code_that_asks_for_an_older_python_does_not_contradict(said: str, origin: Origin, found: str, *, contradicts: bool) -> None:
    """What code requires is the oldest Python; what a profile saw is the one it ran on."""
    pair = [(Origin.YOU, said), (origin, found)]
    evidence = [says(who, version, factor=Factor.PYTHON) for who, text in pair if (version := PythonVersion.parse(text))]
    assert bool(combine(evidence).contradictions) is contradicts


def test_other_factors_are_independent() -> None:
    evidence = [
        says(Origin.YOU, CPU),
        says(Origin.PROFILE, Gil.HOLDS, factor=Factor.GIL),
        says(Origin.CODE, value=False, factor=Factor.NOTEBOOK),
    ]
    known = combine([*evidence, says(Origin.CODE, ExistingLoop.GUI, LOW, factor=Factor.EXISTING_LOOP)])
    assert known.firm == Workload(bottleneck=CPU, gil=Gil.HOLDS, notebook=False)
    assert known.workload == Workload(bottleneck=CPU, gil=Gil.HOLDS, notebook=False, existing_loop=ExistingLoop.GUI)


def test_numbers_are_answers_too() -> None:
    """The time of an item is its duration; with the number of items it is all the work there is."""
    assert evidence_of_quantities(Quantities(cores=4, items=10)) == ()
    found = {each.factor: each.value for each in evidence_of_quantities(Quantities(item_seconds=0.02, items=1000))}
    assert found == {Factor.TASK_DURATION: TaskDuration.SHORT, Factor.TOTAL_WORK: TotalWork.LONG}
    [only] = evidence_of_quantities(Quantities(item_seconds=2e-4))
    assert (only.value, only.origin) == (TaskDuration.TINY, Origin.NUMBERS)


@pytest.mark.parametrize(
    ("cpu_seconds", "expected"), [(0.01, Bottleneck.IO), (0.04, None), (0.1, Bottleneck.MIXED), (0.19, Bottleneck.CPU), (None, None)]
)
def test_the_computing_in_an_item_says_what_it_is_bound_by(cpu_seconds: float | None, expected: Bottleneck | None) -> None:
    """Between waiting and both it may be either, by how many items overlap."""
    found = {each.factor: each.value for each in evidence_of_quantities(Quantities(item_seconds=0.2, cpu_seconds=cpu_seconds))}
    assert found.get(Factor.BOTTLENECK) == expected


def test_numbers_that_go_against_an_answer_are_a_contradiction() -> None:
    numbers = evidence_of_quantities(Quantities(item_seconds=0.2, cpu_seconds=0.1))
    [contradiction] = combine([says(Origin.YOU, Bottleneck.IO), *numbers]).contradictions
    assert (contradiction.kept.value, contradiction.against.value) == (Bottleneck.IO, Bottleneck.MIXED)
    assert "0.1 / 0.2" in contradiction.against.detail
