"""How sure a recommendation is: by what decided it, and by how much of what is not known could still change it."""

from collections.abc import Mapping, Sequence
from typing import Final

from conc_advisor.decision.recommendation import Change, Choice, OpenQuestion
from conc_advisor.findings import Confidence
from conc_advisor.workload import ExistingLoop, Factor, IoKind, Latency, OperatingSystem, TotalWork, Value

MOST_OPEN: Final = 3
"""Open questions with which a recommendation may still be of medium confidence."""

UNUSUAL: Final[Mapping[Factor, frozenset[Value]]] = {
    Factor.BEYOND_ONE_MACHINE: frozenset({True}),
    Factor.DURABLE: frozenset({True}),
    Factor.NEED_KILL: frozenset({True}),
    Factor.MEMORY_TIGHT: frozenset({True}),
    Factor.SINGLE_WRITER: frozenset({True}),
    Factor.OWN_THREADS: frozenset({True}),
    Factor.LATENCY: frozenset({Latency.HARD_TIMEOUT}),
    Factor.TOTAL_WORK: frozenset({TotalWork.INSTANT}),
    Factor.EXISTING_LOOP: frozenset({ExistingLoop.GUI}),
    Factor.OS: frozenset({OperatingSystem.ANDROID}),
    Factor.IO_KIND: frozenset({IoKind.SUBPROCESS, IoKind.SERIAL}),
}
"""Answers that whoever asks would have named: as long as nobody does, they are taken not to hold."""


def is_unusual(change: Change) -> bool:
    """Tell whether an answer is one that would have been named: those listed, and a free-threaded Python."""
    return change.value in UNUSUAL.get(change.factor, frozenset()) or getattr(change.value, "free_threaded", False)


def confidence(choice: Choice, questions: Sequence[OpenQuestion], hints: frozenset[Factor] = frozenset()) -> Confidence:
    """Return how sure the choice is.

    Low when no row with a condition decided, when the row that decided rests on an answer that is only a hint (`hints`), when something
    known speaks against the model itself, when the bottleneck is unknown and would change the answer, or when more than three open
    questions could.  Medium with one to three of them.  High without.

    An open question counts when an answer that is not unusual would change the recommendation; a free-threaded Python is unusual.
    """
    open_factors = {question.factor for question in questions if _is_open(question)}
    decided_by = choice.why[0].factors if choice.why else ()
    unfounded = not decided_by or not hints.isdisjoint(decided_by) or choice.model in choice.avoided
    if unfounded or Factor.BOTTLENECK in open_factors or len(open_factors) > MOST_OPEN:
        return Confidence.LOW
    return Confidence.MEDIUM if open_factors else Confidence.HIGH


def _is_open(question: OpenQuestion) -> bool:
    return not all(is_unusual(change) for change in question.changes)
