"""From when a pool pays."""

import math
from dataclasses import replace

import pytest

from conc_advisor.costs.formulas import break_even_seconds, chunk_for, least_task_seconds, pool_start_seconds
from conc_advisor.costs.unit_costs import StartMethod, shipped_costs
from conc_advisor.workload import PythonVersion

COSTS = shipped_costs(PythonVersion(14))


def test_two_workers_pay_after_twice_what_the_pool_costs() -> None:
    """With two, half of the work is saved: that half has to be longer than the start."""
    start = COSTS.process_pool_seconds[StartMethod.SPAWN]
    assert break_even_seconds(COSTS, 2, StartMethod.SPAWN) == pytest.approx(2 * start)


def test_the_computed_break_even_is_the_measured_one() -> None:
    """Measured on two cores: 12-18 ms with fork, 35 with forkserver, 110 with spawn, each to about a third."""
    for method, measured in ((StartMethod.FORK, 0.013), (StartMethod.FORKSERVER, 0.035), (StartMethod.SPAWN, 0.11)):
        assert break_even_seconds(COSTS, 2, method) == pytest.approx(measured, rel=0.35)


def test_what_is_handed_over_and_what_travels_come_on_top() -> None:
    plain = break_even_seconds(COSTS, 4, StartMethod.FORK)
    chunked = break_even_seconds(COSTS, 4, StartMethod.FORK, chunks=1000)
    loaded = break_even_seconds(COSTS, 4, StartMethod.FORK, payload_bytes=76_000_000)
    assert plain is not None
    assert chunked is not None
    assert loaded is not None
    assert plain < chunked < loaded
    assert loaded - plain == pytest.approx(1.0 / (1 - 1 / 4))


@pytest.mark.parametrize("workers", [0, 1])
def test_one_worker_never_pays(workers: int) -> None:
    assert break_even_seconds(COSTS, workers, StartMethod.FORK) == math.inf
    assert least_task_seconds(COSTS, workers) == math.inf


def test_what_was_not_measured_is_not_computed() -> None:
    unknown = replace(COSTS, process_pool_seconds={}, process_pool_task_seconds=None, interpreter_pool_task_seconds=None)
    assert pool_start_seconds(unknown, 2, StartMethod.FORK) is None
    assert break_even_seconds(unknown, 2, StartMethod.FORK) is None
    assert least_task_seconds(unknown, 2) is None
    assert least_task_seconds(unknown, 2, interpreters=True) is None


def test_more_workers_start_longer_and_let_shorter_tasks_pay() -> None:
    two, eight = (pool_start_seconds(COSTS, workers, StartMethod.SPAWN) for workers in (2, 8))
    assert two is not None
    assert eight == pytest.approx(two + 6 * COSTS.process_seconds[StartMethod.SPAWN])
    least = [least_task_seconds(COSTS, workers) or 0.0 for workers in (2, 4, 64)]
    assert least == sorted(least, reverse=True)
    assert least[-1] > (COSTS.process_pool_task_seconds or 0.0)


def test_interpreters_have_a_figure_of_their_own() -> None:
    assert least_task_seconds(COSTS, 2, interpreters=True) == pytest.approx(2 * 40.9e-6)


@pytest.mark.parametrize(
    ("items", "workers", "item_seconds", "chunk"),
    [
        (1000, 4, None, 63),  # a quarter of a worker's part
        (1000, 4, 1.0, 63),  # long items do not change that
        (100_000, 4, 1e-5, 6250),  # enough for 5 ms anyway
        (10_000, 4, 1e-6, 2500),  # 5 ms would need 5000, and leave two workers without
        (10, 4, 1e-9, 3),
        (3, 8, 0.1, 1),
        (0, 4, None, 1),
        (5, 0, 0.0, 2),
    ],
)
def test_a_chunk_is_a_quarter_of_a_workers_part_or_five_milliseconds(
    items: int, workers: int, item_seconds: float | None, chunk: int
) -> None:
    assert chunk_for(items, workers, item_seconds) == chunk


@pytest.mark.parametrize("workers", [1, 2, 7, 64])
@pytest.mark.parametrize("items", [1, 2, 63, 1000, 99_999])
@pytest.mark.parametrize("item_seconds", [None, 1e-8, 1e-4, 3.0])
def test_no_chunk_leaves_a_worker_without_work(items: int, workers: int, item_seconds: float | None) -> None:
    chunk = chunk_for(items, workers, item_seconds)
    assert 1 <= chunk <= math.ceil(items / workers)


def test_a_deadline_makes_chunks_smaller_but_never_empty() -> None:
    assert chunk_for(100_000, 4, 0.01, most_seconds=1.0) == 100
    assert chunk_for(100_000, 4, 10.0, most_seconds=1.0) == 1
