"""The table that comes with the program."""

from dataclasses import fields

import pytest

from conc_advisor.costs.unit_costs import StartMethod, UnitCosts, shipped_costs
from conc_advisor.workload import PythonVersion

VERSIONS = [PythonVersion(minor, free_threaded) for minor in range(8, 17) for free_threaded in (False, True)]
OF_INTERPRETER_POOLS = {"interpreter_pool_seconds", "interpreter_pool_call_seconds", "interpreter_pool_task_seconds"}


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        (PythonVersion(8), "3.8"),
        (PythonVersion(9), "3.8"),
        (PythonVersion(11), "3.12"),
        (PythonVersion(12), "3.12"),
        (PythonVersion(14), "3.14"),
        (PythonVersion(15), "3.14"),
        (PythonVersion(13, free_threaded=True), "3.14t"),
        (PythonVersion(), "3.12"),
        (None, "3.12"),
    ],
    ids=str,
)
def test_the_nearest_version_answers_and_says_so(asked: PythonVersion | None, answered: str) -> None:
    costs = shipped_costs(asked)
    assert str(costs.python) == answered
    assert f"CPython {answered.removesuffix('t')}." in costs.source
    assert not costs.measured_here


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_every_figure_is_there_and_is_one(version: PythonVersion) -> None:
    """But for pools of interpreters, which came with 3.14."""
    costs = shipped_costs(version)
    missing = {field.name for field in fields(UnitCosts) if getattr(costs, field.name) is None}
    assert missing == (OF_INTERPRETER_POOLS if costs.python.minor != 14 else set())
    for name in ("process_seconds", "process_pool_seconds", "process_kb"):
        assert list(getattr(costs, name)) == list(StartMethod)
    assert all(getattr(costs, field.name) > 0 for field in fields(UnitCosts) if field.type == "float | None" and field.name not in missing)


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_what_is_dearer_by_nature_is_dearer(version: PythonVersion) -> None:
    """A task, a thread, a process: each by an order of magnitude; a slip of a unit would turn them round."""
    costs = shipped_costs(version)
    assert costs.task_seconds is not None
    assert costs.thread_seconds is not None
    assert costs.process_pool_item_seconds is not None
    assert costs.process_pool_task_seconds is not None
    assert costs.task_kb is not None
    assert costs.thread_kb is not None
    assert costs.task_seconds * 5 < costs.thread_seconds < costs.process_seconds[StartMethod.FORK] / 5
    assert costs.process_pool_item_seconds * 10 < costs.process_pool_task_seconds
    assert list(costs.process_pool_seconds.values()) == sorted(costs.process_pool_seconds.values())
    assert costs.task_kb * 5 < costs.thread_kb < min(costs.process_kb.values()) / 5
