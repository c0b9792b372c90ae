"""How large pools for computation are: processes, interpreters, threads on a free-threaded build or over native code."""

import math
from typing import Final

from conc_advisor.concurrency import ConcurrencyModel as Model
from conc_advisor.costs.formulas import LEAST_CHUNK_SECONDS, break_even_seconds, chunk_for, least_task_seconds
from conc_advisor.costs.unit_costs import StartMethod
from conc_advisor.decision.recommendation import Size
from conc_advisor.decision.sizing.given import Given, Known, as_input, deciding, from_measurements, size
from conc_advisor.decision.table.words import PYTHON_DOCS
from conc_advisor.workload import FanOut, Latency, OperatingSystem

WINDOWS_WORKERS: Final = 61
"""What a ProcessPoolExecutor takes at most on Windows (it waits for all of them in one system call)."""
MOST_CHUNK_SECONDS: Final = 1.0
"""Work in a chunk, at most, so that progress, errors and retries stay fine-grained."""
_FREE_THREAD_MB: Final = 0.35
_KB_PER_MB: Final = 1024


def process_sizes(known: Known, *, spare_cores: int = 0) -> tuple[Size, ...]:
    """Return the sizes of a pool of processes; `spare_cores` are left to others, such as an event loop."""
    workers = process_workers(known, spare_cores=spare_cores)
    found = [workers, jobs_in_flight(workers)]
    if not spare_cores:
        found += [_chunk(known, workers), *_pays(known, workers)]
        if known.workload.fan_out in {FanOut.THOUSANDS, FanOut.MORE}:
            found.append(_queue_bound(workers, "chunks"))
    if known.workload.memory_tight:
        found.append(_tasks_per_child())
    if known.workload.own_threads:
        found.append(inner_threads(known, workers))
    return tuple(found)


def process_workers(known: Known, *, spare_cores: int = 0) -> Size:
    """Return how many worker processes: the cores, bounded by memory, by the number of items and by the system."""
    bounds = [known.cores] if not spare_cores else [_without(known.cores, spare_cores)]
    words = [f"cores - {spare_cores}" if spare_cores else "cores"]
    if known.items.value is not None:
        bounds.append(known.items)
        words.append("items")
    if (room := _room(known, Model.PROCESSES)) is not None:
        bounds.append(room)
        words.append("memory_mb / worker_mb")
    if known.workload.os is OperatingSystem.WINDOWS:
        bounds.append(Given(value=WINDOWS_WORKERS, words="at most 61 on Windows", measured=True))
        words.append("61")
    source = f"{PYTHON_DOCS}/library/concurrent.futures.html#processpoolexecutor"
    return _smallest("workers", "processes", words, bounds, needs=known.cores, source=source)


def interpreter_sizes(known: Known) -> tuple[Size, ...]:
    """Return the sizes of a pool of interpreters."""
    bounds, words = [known.cores], ["cores"]
    if known.items.value is not None:
        bounds.append(known.items)
        words.append("items")
    if (room := _room(known, Model.INTERPRETERS)) is not None:
        bounds.append(room)
        words.append("memory_mb / worker_mb")
    source = from_measurements("2.3 MB an interpreter on 3.14, 9.4 MB with asyncio, json and re imported")
    workers = _smallest("workers", "interpreters", words, bounds, needs=known.cores, source=source)
    return (workers, _chunk(known, workers), *_pays(known, workers, interpreters=True))


def free_threaded_sizes(known: Known) -> tuple[Size, ...]:
    """Return the sizes of a pool of threads without the GIL."""
    workers = computing_threads(known)
    memory = None if workers.value is None else math.ceil(workers.value * _FREE_THREAD_MB)
    return (
        workers,
        size(
            "memory of the threads",
            "MB",
            memory,
            "workers * 0.35 MB, and your data",
            as_input(workers),
            source=from_measurements("346 KB a thread that has allocated, on 3.14t"),
        ),
        size(
            "work in one submission, at least",
            "us",
            100,
            "0.1 ms",
            source=from_measurements("two threads on 3.14t: 1.1 times at 0.01 ms a task, 1.8 times at 0.1 ms"),
        ),
        *((inner_threads(known, workers),) if known.workload.own_threads else ()),
    )


def native_thread_sizes(known: Known) -> tuple[Size, ...]:
    """Return the sizes of a pool of threads over code that gives up the GIL."""
    workers = computing_threads(known)
    return (workers, inner_threads(known, workers), _queue_bound(workers, "items"))


def computing_threads(known: Known) -> Size:
    """Return how many threads can compute at once."""
    bounds, words = [known.cores], ["cores"]
    if known.items.value is not None:
        bounds.append(known.items)
        words.append("items")
    has_gil = known.workload.python is None or not known.workload.python.free_threaded
    return _smallest(
        "workers",
        "threads",
        words,
        bounds,
        needs=known.cores,
        more=", and at most 1 / h, where h is the share of a call that holds the GIL (measure it)" if has_gil else "",
        source=from_measurements(
            "two threads over NumPy, zlib, hashlib, Pillow 1.7 to 1.96 times as fast; Python code on 3.14t 1.8 to 2.0"
        ),
    )


def inner_threads(known: Known, workers: Size) -> Size:
    """Return how many threads the library may use inside each worker."""
    cores = known.cores.whole
    value = None if cores is None or workers.value is None else cores // workers.value
    return size(
        "inner threads",
        "threads in each worker",
        None if value is None else max(1, value),
        "max(1, cores / workers)",
        known.cores,
        *((as_input(workers),) if workers.value is not None else ()),
        source="https://scikit-learn.org/stable/computing/parallelism.html#oversubscription-spawning-too-many-threads",
    )


def _chunk(known: Known, workers: Size) -> Size:
    source = from_measurements("46 to 74 us a submission, under 1 us an item in chunks of 100")
    if known.workload.need_kill or known.workload.latency is Latency.HARD_TIMEOUT:
        words = Given(value=1, words="an item must be ended alone", measured=True)
        return size("chunk size", "items", 1, "1, because an item must be ended alone", words, source=source)
    formula = "items / (4 * workers), with at least 5 ms and at most 1 s of work in a chunk"
    items, seconds = known.items, known.item_seconds
    inputs = (items, as_input(workers), seconds)
    if items.whole is not None and workers.value is not None:
        value: int | None = chunk_for(items.whole, workers.value, seconds.value, most_seconds=MOST_CHUNK_SECONDS)
    elif seconds.value:
        value = math.ceil(LEAST_CHUNK_SECONDS / seconds.value)
    else:
        value = None
    return size("chunk size", "items", value, formula, *inputs, source=source)


def _pays(known: Known, workers: Size, *, interpreters: bool = False) -> tuple[Size, ...]:
    """Return from which time on a pool is worth it; a pool of one never is."""
    if workers.value == 1:
        return ()
    if interpreters:
        return (_least_item(known, workers, interpreters=True),)
    return (_break_even(known, workers), _least_item(known, workers, interpreters=False))


def _break_even(known: Known, workers: Size) -> Size:
    method = StartMethod.FORKSERVER if known.workload.os is OperatingSystem.LINUX else StartMethod.SPAWN
    seconds = None if workers.value is None else break_even_seconds(known.costs, workers.value, method)
    return size(
        "total work that pays for a new pool",
        "ms, one item after another",
        None if seconds is None else math.ceil(seconds * 1e3),
        f"start of the pool ({method}) / (1 - 1 / workers)",
        as_input(workers),
        known.unit_costs(known.costs.process_pool_seconds.get(method)),
        source=known.costs_source,
    )


def _least_item(known: Known, workers: Size, *, interpreters: bool) -> Size:
    seconds = None if workers.value is None else least_task_seconds(known.costs, workers.value, interpreters=interpreters)
    each = known.costs.interpreter_pool_task_seconds if interpreters else known.costs.process_pool_task_seconds
    return size(
        "item that pays without chunks",
        "us",
        None if seconds is None else math.ceil(seconds * 1e6),
        "cost of a submission / (1 - 1 / workers)",
        as_input(workers),
        known.unit_costs(each),
        source=known.costs_source,
    )


def _tasks_per_child() -> Size:
    needed = Given(value=None, words="growth per item: not known, watch the memory of one worker over some hundred items")
    return size(
        "tasks per child",
        "items before a worker is replaced",
        None,
        "memory a worker may grow by / growth per item",
        needed,
        source=f"{PYTHON_DOCS}/library/concurrent.futures.html#processpoolexecutor",
    )


def jobs_in_flight(workers: Size) -> Size:
    """Return how many jobs a pool is given before one of them is done."""
    return size(
        "jobs in flight",
        "jobs",
        None if workers.value is None else 2 * workers.value,
        "2 * workers: one at work, one waiting",
        as_input(workers),
    )


def _queue_bound(workers: Size, unit: str) -> Size:
    value = None if workers.value is None else 2 * workers.value
    return size("queue bound", unit, value, "2 * workers: one at work, one waiting", as_input(workers))


def _room(known: Known, model: Model) -> Given | None:
    """Return how many workers fit into the memory; None without a limit.  Without `worker_mb`, a worker that has imported nothing."""
    memory, each = known.quantities.memory_mb, known.quantities.worker_mb
    if memory is None:
        return None
    if each is not None:
        return Given(value=max(1, memory // max(each, 1)), words=f"memory_mb={memory}, worker_mb={each} (given)", measured=True)
    kb = known.costs.interpreter_kb if model is Model.INTERPRETERS else known.costs.process_kb.get(StartMethod.SPAWN)
    if not kb:
        return None
    mb = kb / _KB_PER_MB
    return Given(value=max(1, memory // mb), words=f"memory_mb={memory} (given); {mb:.1f} MB a worker taken, without your imports")


def _smallest(  # noqa: PLR0913  # one call a size
    name: str, unit: str, words: list[str], bounds: list[Given], *, needs: Given, source: str, more: str = ""
) -> Size:
    """Return the smallest of the bounds; nothing when the one that is needed is unknown."""
    value = None if needs.value is None else min(bound.value for bound in bounds if bound.value is not None)
    formula = f"min({', '.join(words)}){more}" if len(words) > 1 else f"{words[0]}{more}"
    return size(name, unit, value, formula, *(bounds if value is None else deciding(bounds, value)), source=source)


def _without(cores: Given, spare: int) -> Given:
    return cores if cores.value is None else Given(value=max(1, cores.value - spare), words=cores.words, measured=cores.measured)
