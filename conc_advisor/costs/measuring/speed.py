"""How much faster the same work gets in a pool, by the length of a task: where a pool begins to pay is seen, not computed.

The work is a loop in Python that holds the GIL, with nothing to send but a number.
"""

from __future__ import annotations

import concurrent.futures
import math
import multiprocessing
import time
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import TYPE_CHECKING

from .processes import methods
from .rounds import OrphanedError, emit, words
from .work import spin

if TYPE_CHECKING:
    from collections.abc import Callable

_TASK_SECONDS = (0.00003, 0.0001, 0.0003, 0.001, 0.01)
_WORK_SECONDS = 0.02
_COLD_SECONDS = (0.005, 0.02, 0.06, 0.2)
_CHUNKS = 4
"""Chunks for each worker."""
_MOST_WORKERS = 32
"""More would take longer to start than all the rest."""
_ROUNDS = 3
_PROBE = 50_000


def measure(cores: int) -> None:
    """Print the speed-ups with two workers, and with one for each of `cores` where there are more."""
    step = _step_seconds()
    everyone = min(cores, _MOST_WORKERS)
    for workers in sorted({2, max(everyone, 2)}):
        with _Pools(workers) as pools:
            for seconds in _TASK_SECONDS:
                _warm(pools, seconds, step)
    _cold(max(everyone, 2), step)


class _Pools:
    """The pools that there are here, warmed up."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.running: dict[str, Executor] = {}

    def __enter__(self) -> _Pools:  # noqa: PYI034 - Self came with 3.11
        # Processes first: forking beside threads is asking for trouble.
        self._add("processes", lambda: concurrent.futures.ProcessPoolExecutor(self.workers))
        self._add("threads", lambda: ThreadPoolExecutor(self.workers))
        interpreters = getattr(concurrent.futures, "InterpreterPoolExecutor", None)
        if interpreters is not None:
            self._add("interpreters", lambda: interpreters(self.workers))
        return self

    def __exit__(self, *_: object) -> None:
        for pool in self.running.values():
            pool.shutdown()

    def _add(self, way: str, make: Callable[[], Executor]) -> None:
        try:
            pool = make()
            # Long enough that every worker is started for one of them.
            for future in [pool.submit(time.sleep, 0.02) for _ in range(self.workers)]:
                future.result()
        except OrphanedError:
            raise
        except Exception as error:  # noqa: BLE001 - what there is not is said, and left out
            emit("without", way=way, why=words(error))
        else:
            self.running[way] = pool


def _warm(pools: _Pools, seconds: float, step: float) -> None:
    steps = max(round(seconds / step), 1)
    tasks = max(round(_WORK_SECONDS / seconds), _CHUNKS * pools.workers)
    chunk = math.ceil(tasks / (_CHUNKS * pools.workers))
    ways: dict[str, Callable[[], object]] = {way: _unchunked(pool, steps, tasks) for way, pool in pools.running.items()}
    if "processes" in pools.running:
        ways["chunked processes"] = _mapped(pools.running["processes"], steps, tasks, chunk)
    _compare(ways, steps, tasks, workers=pools.workers)


def _unchunked(pool: Executor, steps: int, tasks: int) -> Callable[[], object]:
    return lambda: sum(pool.map(spin, [steps] * tasks))


def _mapped(pool: Executor, steps: int, tasks: int, chunk: int) -> Callable[[], object]:
    return lambda: sum(pool.map(spin, [steps] * tasks, chunksize=chunk))


def _cold(workers: int, step: float) -> None:
    tasks = _CHUNKS * workers
    for seconds in _COLD_SECONDS:
        steps = max(round(seconds / tasks / step), 1)
        ways = {f"cold {method}": _made_for_it(method, workers, steps, tasks) for method in methods()}
        _compare(ways, steps, tasks, workers=workers)


def _made_for_it(method: str, workers: int, steps: int, tasks: int) -> Callable[[], object]:
    context = multiprocessing.get_context(method)

    def run() -> object:
        with concurrent.futures.ProcessPoolExecutor(workers, mp_context=context) as pool:
            return sum(pool.map(spin, [steps] * tasks, chunksize=math.ceil(tasks / workers)))

    return run


def _compare(ways: dict[str, Callable[[], object]], steps: int, tasks: int, *, workers: int) -> None:
    """Print, for each way, how many times as fast it is as one task after the other.

    Both are measured in every round, in turn, and the best round of one is held against the best of the other: what other programs do can
    only make a round longer.
    """
    taken: dict[str, list[float]] = {way: [] for way in ways}
    sequential = []
    for _ in range(_ROUNDS):
        sequential.append(_seconds(lambda: [spin(steps) for _ in range(tasks)]))
        for way, run in ways.items():
            if way in taken:
                try:
                    taken[way].append(_seconds(run))
                except OrphanedError:
                    raise
                except Exception as error:  # noqa: BLE001 - as above
                    del taken[way]
                    emit("without", way=way, why=words(error))
    total = min(sequential)
    for way, values in taken.items():
        factors = [alone / seconds for alone, seconds in zip(sequential, values)]  # as many of the one as of the other
        emit(
            "speed-up",
            way=way,
            workers=workers,
            task_seconds=total / tasks,
            work_seconds=total,
            factor=total / min(values),
            low=min(factors),
            high=max(factors),
        )


def _seconds(run: Callable[[], object]) -> float:
    begin = time.perf_counter()
    run()
    return max(time.perf_counter() - begin, 1e-9)


def _step_seconds() -> float:
    """Return what one step of `spin` takes: the best of a few, so that a task is not shorter than it is meant to be."""
    return min(_seconds(lambda: spin(_PROBE)) for _ in range(5)) / _PROBE
