"""Which question to ask next: the first, in a fixed order, whose answer may still change the recommendation."""

from collections.abc import Mapping
from typing import Final

from conc_advisor.decision.engine import answers_of, decided_model, with_value
from conc_advisor.decision.open_questions import VALUES, relevant, with_answer
from conc_advisor.decision.question_texts import QUESTIONS, Option, Question
from conc_advisor.decision.table import TABLE
from conc_advisor.workload import Bottleneck, Factor, Value, Workload

MOST_QUESTIONS: Final = 6
"""On any path; what is still open then is listed with the recommendation."""

ONE_PROGRAM: Final = Factor.DURABLE
"""Its question asks for all of `_ASKED_TOGETHER`, when more than one of them may matter."""
_ASKED_TOGETHER: Final = frozenset({Factor.DURABLE, Factor.BEYOND_ONE_MACHINE, Factor.NEED_KILL})
_BY_FACTOR: Final[Mapping[Factor, Question]] = {question.factor: question for question in QUESTIONS}
_WAITING: Final = (
    Factor.EXISTING_LOOP,
    Factor.IO_KIND,
    Factor.FAN_OUT,
    Factor.ASYNC_LIB,
    Factor.DURABLE,
    Factor.TASK_DURATION,
    Factor.TOTAL_WORK,
)
_COMPUTING: Final = (
    Factor.EXISTING_LOOP,
    Factor.GIL,
    Factor.TASK_DURATION,
    Factor.PAYLOAD,
    Factor.TOTAL_WORK,
    Factor.DURABLE,
    Factor.PYTHON,
    Factor.FAN_OUT,
)
_BOTH: Final = (
    Factor.EXISTING_LOOP,
    Factor.GIL,
    Factor.DURABLE,
    Factor.FAN_OUT,
    Factor.TASK_DURATION,
    Factor.ASYNC_LIB,
    Factor.TOTAL_WORK,
)
_FIRST: Final[Mapping[Bottleneck | None, tuple[Factor, ...]]] = {
    Bottleneck.IO: _WAITING,
    Bottleneck.CPU: _COMPUTING,
    Bottleneck.MIXED: _BOTH,
    None: (Factor.EXISTING_LOOP, Factor.DURABLE, Factor.IO_KIND, Factor.LATENCY, Factor.FAN_OUT, Factor.GIL),
}
"""What to ask first by where the time goes; the other factors follow in their own order.

Found by trying: these orders brought most of 2,500 likely workloads, and of the public cases of the tests, to the answer that knowing
everything gives.
"""


def question_for(factor: Factor) -> Question:
    """Return the question of a factor."""
    return _BY_FACTOR[factor]


def next_question(
    workload: Workload, asked: frozenset[Factor] = frozenset(), *, closed: frozenset[Factor] = frozenset()
) -> Question | None:
    """Return the next question worth asking, None when there is none.

    `asked` are the questions of this conversation, those answered with "not sure" too; `closed` are the factors of which it is known
    already that the user cannot tell.  After `MOST_QUESTIONS` there is no next one.

    A question of which a single answer changes the recommendation comes before those that matter only together with others.
    """
    if len(asked) >= MOST_QUESTIONS:
        return None
    factors = _worth_asking(workload, asked, closed)
    best = next((factor for factor in factors if _decides_alone(workload, factor)), factors[0] if factors else None)
    return None if best is None else _BY_FACTOR[best]


def in_order(workload: Workload) -> tuple[Factor, ...]:
    """Return all factors, those that tell most first."""
    return tuple(dict.fromkeys((Factor.BOTTLENECK, *_FIRST[workload.bottleneck], *Factor)))


def answered(workload: Workload, question: Question, option: Option) -> Workload:
    """Return what is known after an answer; what was known before stays as it was."""
    for factor, value in answers_in(question, option).items():
        if workload.get(factor) is None:
            workload = with_answer(workload, factor, value)
    return workload


def answers_in(question: Question, option: Option) -> dict[Factor, Value]:
    """Return all that an answer says."""
    own = {} if option.value is None else {question.factor: option.value}
    return {**own, **option.also}


def _worth_asking(workload: Workload, asked: frozenset[Factor], closed: frozenset[Factor]) -> tuple[Factor, ...]:
    """Return the factors that may still change the answer, in the order in which to ask."""
    factors = relevant(workload) - asked - closed
    if ONE_PROGRAM in asked:
        factors -= _ASKED_TOGETHER
    elif len(factors & _ASKED_TOGETHER) > 1 and workload.get(ONE_PROGRAM) is None and ONE_PROGRAM not in closed:
        factors = factors - _ASKED_TOGETHER | {ONE_PROGRAM}
    return tuple(factor for factor in in_order(workload) if factor in factors)


def _decides_alone(workload: Workload, factor: Factor) -> bool:
    """Tell whether some answer to the factor's question changes the recommended model at once."""
    if factor is Factor.BOTTLENECK:
        return True
    answers = answers_of(workload)
    model = decided_model(TABLE, answers)
    several = _ASKED_TOGETHER if factor is ONE_PROGRAM else (factor,)
    unknown = (each for each in several if workload.get(each) is None)
    return any(decided_model(TABLE, with_value(answers, each, value)) is not model for each in unknown for value in VALUES[each])
