"""One thing to say and when to say it: the form that all the advice is kept in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from conc_advisor.concurrency import ConcurrencyModel as Model
from conc_advisor.decision.engine import Answers, Conditions, answers_of
from conc_advisor.workload import PythonKind, Value, Workload

T = TypeVar("T")

LOOPS: Final = frozenset({Model.ASYNCIO, Model.ASYNCIO_THREADS, Model.ASYNCIO_PROCESSES})
"""An event loop runs."""
THREAD_POOLS: Final = frozenset({Model.THREADS, Model.ASYNCIO_THREADS, Model.FREE_THREADED})
"""Several threads run Python code of the user's."""
PROCESS_POOLS: Final = frozenset({Model.PROCESSES, Model.ASYNCIO_PROCESSES})
PICKLING: Final = PROCESS_POOLS | {Model.INTERPRETERS}
"""Arguments and results are copied to the worker and back."""
PARALLEL: Final = frozenset(Model) - {Model.SEQUENTIAL, Model.VECTORISE}
"""More than one item is under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Generic[T]):
    """`says`, for these models, when each named factor has one of its values (as in a row of the decision table)."""

    models: frozenset[Model]
    says: T
    when: Conditions = field(default_factory=dict)


def one_of(*values: Value | PythonKind | None) -> frozenset[Value | PythonKind | None]:
    """Return the values of a condition; None stands for "nobody knows"."""
    return frozenset(values)


YES: Final = one_of(True)  # noqa: FBT003  # the answer to a question
NO: Final = one_of(False)  # noqa: FBT003  # as above
NOT_YES: Final = NO | one_of(None)


def holds(when: Conditions, answers: Answers) -> bool:
    """Tell whether each factor has one of the values."""
    return all(answers[factor] in allowed for factor, allowed in when.items())


def applying(entries: Sequence[Entry[T]], model: Model, workload: Workload) -> tuple[T, ...]:
    """Return what is to be said, in the order of the entries, nothing twice."""
    answers = answers_of(workload)
    said = (entry.says for entry in entries if model in entry.models and holds(entry.when, answers))
    return tuple(dict.fromkeys(said))
