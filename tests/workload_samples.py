"""Workloads for tests of laws: always the same ones, with little, much or all known."""

import random
from collections.abc import Iterator

from conc_advisor.decision.open_questions import VALUES, with_answer
from conc_advisor.workload import Factor, PythonVersion, Quantities, Value, Workload

SEED = 20_261_120


def a_workload(**answers: Value) -> Workload:
    """Return a workload of which this is known."""
    workload = Workload()
    for name, value in answers.items():
        workload = with_answer(workload, Factor(name), value)
    return workload


def workloads(count: int, **fixed: Value) -> Iterator[Workload]:
    """Yield workloads of which different shares are known, and always what is fixed; the first knows nothing else."""
    source = random.Random(SEED)  # noqa: S311  # repeatable, not secret
    yield a_workload(**fixed)
    for _ in range(count - 1):
        known = source.random()
        answers: dict[str, Value] = {factor.value: source.choice(VALUES[factor]) for factor in Factor if source.random() < known}
        yield a_workload(**{**answers, **fixed})


def quantities(count: int) -> Iterator[Quantities]:
    """Yield quantities, from none to all of them."""
    source = random.Random(SEED)  # noqa: S311  # repeatable, not secret
    yield Quantities()
    for _ in range(count - 1):
        known = source.random()

        def maybe(*choices: int, known: float = known) -> int | None:
            return source.choice(choices) if source.random() < known else None

        seconds = source.choice((None, 1e-5, 0.004, 0.2, 3.0))
        yield Quantities(
            cores=maybe(1, 2, 8, 64, 256),
            memory_mb=maybe(64, 2_000, 64_000),
            worker_mb=maybe(14, 300, 5_000),
            items=maybe(1, 7, 500, 3_000_000),
            item_seconds=seconds,
            cpu_seconds=None if seconds is None else seconds * source.choice((0.01, 0.5, 1.0)),
            downstream_limit=maybe(1, 20, 5_000),
        )


def python(text: str) -> PythonVersion:
    """Return the version that a text means."""
    version = PythonVersion.parse(text)
    assert version is not None
    return version
