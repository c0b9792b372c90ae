"""The wizard's questions: few, never in vain, and enough in most cases."""

import random
from collections.abc import Iterator, Mapping
from typing import Final

import pytest
from workload_samples import workloads

from conc_advisor.decision.engine import answers_of, decide, decided_model, with_value
from conc_advisor.decision.open_questions import VALUES, relevant, with_answer
from conc_advisor.decision.question_texts import QUESTIONS, Finder, Option, Question
from conc_advisor.decision.questions import MOST_QUESTIONS, answered, answers_in, in_order, next_question, question_for
from conc_advisor.decision.table import TABLE
from conc_advisor.decision.values import written
from conc_advisor.workload import Bottleneck, Factor, Gil, IoKind, OperatingSystem, PythonVersion, Value, Workload

LIKELY: Final[Mapping[Factor, Mapping[str, float]]] = {
    Factor.BOTTLENECK: {"io": 5, "cpu": 4, "mixed": 2},
    Factor.IO_KIND: {"http": 6, "socket": 3, "db": 3, "disk": 3, "subprocess": 2, "serial": 1, "queue": 1},
    Factor.FAN_OUT: {"1": 2, "2-20": 4, "20-100": 3, "100-1k": 3, "1k-100k": 2, ">100k": 0.5},
    Factor.ASYNC_LIB: {"yes": 5, "partial": 2, "no": 4, "na": 0.5},
    Factor.GIL: {"holds": 6, "releases": 3, "mixed": 2, "na": 0.5},
    Factor.VECTORISABLE: {"true": 2, "false": 8},
    Factor.PAYLOAD: {"small": 6, "large": 3, "unpicklable": 1},
    Factor.SHARED_STATE: {"none": 6, "read-only-large": 2, "mutable": 2},
    Factor.LATENCY: {"none": 6, "keep-loop-or-ui-responsive": 3, "hard-timeout": 1},
    Factor.TASK_DURATION: {"<1ms": 1.5, "1-100ms": 3, "0.1-10s": 4, ">10s": 2, "long-lived": 1},
    Factor.TOTAL_WORK: {"<0.1s": 1, "0.1-10s": 3, ">10s": 6},
    Factor.PYTHON: {"3.10": 1, "3.12": 5, "3.13t": 0.1, "3.14": 3, "3.14t": 0.4, "any": 1},
    Factor.EXISTING_LOOP: {"none": 6, "asyncio": 3, "gui": 1},
    Factor.BEYOND_ONE_MACHINE: {"true": 0.5, "false": 9.5},
    Factor.DURABLE: {"true": 0.5, "false": 9.5},
    Factor.NEED_KILL: {"true": 1, "false": 9},
    Factor.MEMORY_TIGHT: {"true": 1.5, "false": 8.5},
    Factor.PIPELINE: {"true": 2, "false": 8},
    Factor.NOTEBOOK: {"true": 0.7, "false": 9.3},
    Factor.SINGLE_WRITER: {"true": 0.5, "false": 9.5},
    Factor.OWN_THREADS: {"true": 1, "false": 9},
    Factor.OS: {"linux": 6, "macos": 1, "windows": 2, "android": 0.1, "any": 2},
}
"""How often each answer is to be expected, about: everything independent of everything else."""

Person = dict[Factor, Value]
"""Somebody who knows this."""


def likely_people(count: int) -> Iterator[Person]:
    """Yield people who know everything about their work."""
    source = random.Random(20_261_120)  # noqa: S311  # repeatable, not secret
    by_text = {(factor, written(value)): value for factor, values in VALUES.items() for value in values}
    for _ in range(count):
        yield {factor: by_text[factor, source.choices(list(odds), list(odds.values()))[0]] for factor, odds in LIKELY.items()}


def reply(question: Question, person: Person) -> Option | None:
    """Return the answer that says most of what the person knows and least of what is not so; None is "not sure"."""
    ranked = []
    for place, option in enumerate(question.options):
        says = answers_in(question, option)
        wrong = sum(not same(value, person.get(factor)) for factor, value in says.items() if factor in person)
        right = sum(same(value, person.get(factor)) for factor, value in says.items())
        own = question.factor not in says or same(says[question.factor], person.get(question.factor))
        if own and right and (question.factor in says or not wrong):
            ranked.append((wrong, -right, place, option))
    return min(ranked)[3] if ranked else None


def same(offered: Value, known: Value | None) -> bool:
    """Tell whether an answer stands for what is known: a Python version for its kind."""
    if isinstance(offered, PythonVersion) and isinstance(known, PythonVersion):
        return offered.kind is known.kind
    return offered == known


def talk(person: Person, workload: Workload | None = None) -> tuple[Workload, list[Factor]]:
    """Return what is known after the conversation, and what was asked."""
    workload = workload or Workload()
    asked: list[Factor] = []
    while (question := next_question(workload, frozenset(asked))) is not None:
        asked.append(question.factor)
        option = reply(question, person)
        workload = workload if option is None else answered(workload, question, option)
    return workload, asked


def everything(person: Person) -> Workload:
    return Workload(**{factor.value: value for factor, value in person.items()})  # type: ignore[arg-type]  # each factor has its type


@pytest.mark.parametrize("workload", list(workloads(60)), ids=lambda workload: str(len(workload.known())))
def test_at_most_six_and_never_what_is_known(workload: Workload) -> None:
    """Whatever is known already, and whoever answers; no question comes twice."""
    known = frozenset(workload.known())
    for person in ({}, *likely_people(3)):
        _, asked = talk(person, workload)
        assert len(asked) <= MOST_QUESTIONS
        assert len(set(asked)) == len(asked)
        assert not known & set(asked)


def test_who_is_never_sure_is_asked_six_times_at_most() -> None:
    workload, asked = talk({})
    assert workload == Workload()
    assert 1 < len(asked) <= MOST_QUESTIONS


def test_the_first_question_is_where_the_time_goes() -> None:
    question = next_question(Workload())
    assert question is not None
    assert question.factor is Factor.BOTTLENECK


def test_nothing_is_asked_where_nothing_can_change() -> None:
    """Whoever has said everything is left in peace; so is whoever has said enough."""
    for person in likely_people(20):
        assert next_question(everything(person)) is None
    for workload in workloads(40):
        if not relevant(workload):
            assert next_question(workload) is None


def test_what_one_is_known_not_to_know_is_not_asked() -> None:
    """An unknown that stands in a file is an answer; it does not use up a question either."""
    closed = frozenset({Factor.BOTTLENECK, Factor.EXISTING_LOOP})
    asked: set[Factor] = set()
    while (question := next_question(Workload(), frozenset(asked), closed=closed)) is not None:
        asked.add(question.factor)
    assert not asked & closed
    assert len(asked) == MOST_QUESTIONS
    assert next_question(Workload(), closed=frozenset(Factor)) is None


def test_whatever_is_asked_may_still_matter() -> None:
    """Alone or with others; one question may stand for several factors."""
    together = {Factor.DURABLE, Factor.BEYOND_ONE_MACHINE, Factor.NEED_KILL}
    for workload in workloads(40):
        question = next_question(workload)
        if question is not None:
            assert ({question.factor} | (together if question.factor is Factor.DURABLE else set())) & relevant(workload)


def test_one_question_asks_whether_one_program_is_enough() -> None:
    """Not three in a row."""
    for person in likely_people(100):
        _, asked = talk(person)
        if Factor.DURABLE in asked:
            assert not {Factor.BEYOND_ONE_MACHINE, Factor.NEED_KILL} & set(asked)


def test_an_answer_leaves_what_was_known_as_it_was() -> None:
    """What an answer says besides fills gaps only."""
    question = question_for(Factor.GIL)
    rows = next(option for option in question.options if option.also.get(Factor.VECTORISABLE) is True)
    assert answered(Workload(), question, rows) == Workload(gil=Gil.HOLDS, vectorisable=True, own_threads=False)
    before = Workload(vectorisable=False, own_threads=True)
    assert answered(before, question, rows) == Workload(gil=Gil.HOLDS, vectorisable=False, own_threads=True)


def test_the_questions_lead_most_people_to_the_answer_that_knowing_everything_gives() -> None:
    """Of likely people: measured 0.81 in November 2026, 0.89 of those who wait."""
    people = list(likely_people(400))
    met = [decide(TABLE, talk(person)[0]).model is decide(TABLE, everything(person)).model for person in people]
    assert sum(met) / len(met) >= 0.75
    waiting = [good for good, person in zip(met, people, strict=True) if person[Factor.BOTTLENECK] is Bottleneck.IO]
    assert sum(waiting) / len(waiting) >= 0.8


def test_few_questions_are_enough_for_some() -> None:
    """Where the answers so far decide, the conversation ends."""
    assert any(len(talk(person)[1]) < MOST_QUESTIONS for person in likely_people(100))


def test_there_is_one_question_for_each_factor() -> None:
    assert [question.factor for question in QUESTIONS] == list(Factor)
    for workload in workloads(5):
        assert sorted(in_order(workload)) == sorted(Factor)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.factor)
def test_a_question_can_be_understood_and_shown(question: Question) -> None:
    """Short enough for a narrow terminal, with a way to find out."""
    assert question.text.endswith("?")
    assert len(question.text) <= 45
    assert len(question.meaning) <= 90
    assert not question.meaning.endswith(".")
    assert question.not_sure.endswith((".", "?", "%."))
    assert question.finder in set(Finder)
    labels = [option.label for option in question.options]
    assert len(set(labels)) == len(labels) >= 2
    assert max(map(len, labels)) <= 34
    for option in question.options:
        assert 0 < len(option.meaning) <= 75
        assert option.value is not None or option.also
        assert question.factor not in option.also


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.factor)
def test_every_value_can_be_answered(question: Question) -> None:
    """Each value of a factor stands behind some option; of Python's, each kind that one may well have."""
    offered = {option.value for option in question.options if option.value is not None}
    if question.factor is Factor.PYTHON:
        kinds = {version.kind for version in offered if isinstance(version, PythonVersion)}
        assert len(kinds) == len(question.options)
        assert len({version.kind for version in VALUES[Factor.PYTHON] if isinstance(version, PythonVersion)} - kinds) == 1
    else:
        assert offered == set(VALUES[question.factor])


def test_what_an_answer_says_besides_is_a_value_of_its_factor() -> None:
    for question in QUESTIONS:
        for option in question.options:
            assert all(value in VALUES[factor] for factor, value in answers_in(question, option).items())


@pytest.mark.parametrize(
    ("known", "first"),
    [
        (Workload(bottleneck=Bottleneck.IO), Factor.EXISTING_LOOP),
        (Workload(bottleneck=Bottleneck.CPU), Factor.EXISTING_LOOP),
        (Workload(bottleneck=Bottleneck.MIXED, os=OperatingSystem.LINUX), Factor.EXISTING_LOOP),
    ],
)
def test_the_branches_begin_with_what_runs_the_program(known: Workload, first: Factor) -> None:
    question = next_question(known)
    assert question is not None
    assert question.factor is first


def test_waiting_work_is_not_asked_what_computes() -> None:
    """Each branch has its own questions."""
    person: Person = {Factor.BOTTLENECK: Bottleneck.IO, Factor.IO_KIND: IoKind.HTTP}
    _, asked = talk(person)
    assert not {Factor.GIL, Factor.VECTORISABLE, Factor.OWN_THREADS} & set(asked)


def test_the_decision_without_reasons_is_the_decision() -> None:
    """It is only quicker."""
    for workload in workloads(300):
        answers = answers_of(workload)
        assert decided_model(TABLE, answers) is decide(TABLE, workload).model
        for value in VALUES[Factor.PYTHON]:
            changed = with_answer(workload, Factor.PYTHON, value)
            assert decided_model(TABLE, with_value(answers, Factor.PYTHON, value)) is decide(TABLE, changed).model
