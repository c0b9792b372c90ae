"""What follows from the unit costs: from when a pool pays, and how much to hand over at once.

Source of the formulas: the time of N tasks that take T in sequence is, with W workers,
`T_start + T / W + n_chunks * o / W + bytes / BW`; o is what one submission costs.  Checked against measurements on two cores (CPython
3.12 and 3.14): a cold pool broke even at 12-18 ms of work with fork (computed: 12), 35 ms with forkserver (29), 110 ms with spawn (147),
an unchunked warm one at 100-200 us a task (93-132).
"""

import math
from typing import Final

from conc_advisor.costs.unit_costs import StartMethod, UnitCosts

LEAST_CHUNK_SECONDS: Final = 0.005
"""Work in a chunk, at least: a hundred times what handing it over costs (46-74 us)."""
CHUNKS_PER_WORKER: Final = 4
"""Chunks for each worker, so that an unlucky one does not keep the others waiting for long: `multiprocessing.Pool.map` does the same."""
_POOL_OF: Final = 2
"""Workers in the pools that were measured."""


def pool_start_seconds(costs: UnitCosts, workers: int, method: StartMethod) -> float | None:
    """Return what creating, using and shutting down a pool of processes costs; None if that was not measured.

    The figure of a pool of two, and what one process costs for each worker more.
    """
    pool = costs.process_pool_seconds.get(method)
    if pool is None:
        return None
    return pool + max(workers - _POOL_OF, 0) * costs.process_seconds.get(method, 0.0)


def break_even_seconds(costs: UnitCosts, workers: int, method: StartMethod, *, chunks: int = 0, payload_bytes: int = 0) -> float | None:
    """Return the sequential time of all the work below which a pool of processes made for it loses; None if that was not measured.

    `chunks`: submissions in all.  `payload_bytes`: what travels to the workers and back, pickled.  Infinite for a single worker.
    `(T_start + n_chunks * o / W + bytes / BW) / (1 - 1 / W)`.
    """
    start = pool_start_seconds(costs, workers, method)
    if start is None:
        return None
    if workers < _POOL_OF:
        return math.inf
    handing_over = chunks * (costs.process_pool_task_seconds or 0.0) / workers
    travelling = payload_bytes / costs.pickled_bytes_per_second if costs.pickled_bytes_per_second else 0.0
    return (start + handing_over + travelling) / (1 - 1 / workers)


def least_task_seconds(costs: UnitCosts, workers: int, *, interpreters: bool = False) -> float | None:
    """Return how long a task has to take for a pool that is up already to pay without chunks; None if that was not measured.

    For a pool of processes, or of `interpreters`.  Infinite for a single worker.  `o / (1 - 1 / W)`.
    """
    each = costs.interpreter_pool_task_seconds if interpreters else costs.process_pool_task_seconds
    if each is None:
        return None
    return each / (1 - 1 / workers) if workers >= _POOL_OF else math.inf


def chunk_for(items: int, workers: int, item_seconds: float | None = None, *, most_seconds: float | None = None) -> int:
    """Return how many items to hand over at once.

    `ceil(N / (4 W))`; where `item_seconds` is known, enough for 5 ms of work, but never so many that a worker gets nothing, and at most
    `most_seconds` of work (the time within which a chunk has to be done, if there is one).
    """
    workers, items = max(workers, 1), max(items, 1)
    chunk = math.ceil(items / (CHUNKS_PER_WORKER * workers))
    if item_seconds is None or item_seconds <= 0:
        return chunk
    chunk = min(max(chunk, math.ceil(LEAST_CHUNK_SECONDS / item_seconds)), math.ceil(items / workers))
    if most_seconds is not None:
        chunk = min(chunk, math.floor(most_seconds / item_seconds))
    return max(chunk, 1)
