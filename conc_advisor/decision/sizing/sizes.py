"""The sizes of each model."""

import math
from collections.abc import Callable, Mapping
from typing import Final

from conc_advisor.concurrency import ConcurrencyModel as Model
from conc_advisor.costs.unit_costs import UnitCosts
from conc_advisor.decision.recommendation import Size
from conc_advisor.decision.sizing.given import Given, Known, size
from conc_advisor.decision.sizing.pools import free_threaded_sizes, interpreter_sizes, native_thread_sizes, process_sizes
from conc_advisor.decision.sizing.waits import fetching_sizes, longest_callback, loop_sizes, offloading_sizes, thread_sizes
from conc_advisor.workload import Bottleneck, ExistingLoop, Gil, IoKind, Quantities, TaskDuration, Workload

_SMALLEST_TASK_SECONDS: Final = 0.1
_BLOCK_ELEMENTS: Final = 100_000
_PARTITION_MB: Final = 100
_DASK: Final = "https://docs.dask.org/en/stable/best-practices.html"


def sizes(model: Model, workload: Workload, quantities: Quantities, costs: UnitCosts) -> tuple[Size, ...]:
    """Return the numbers to start from; a value is None where something is not known, which `inputs` then names."""
    known = Known(workload=workload, quantities=quantities, costs=costs)
    return _SIZES[model](known)


def _loop_and_processes(known: Known) -> tuple[Size, ...]:
    workers, *others = process_sizes(known, spare_cores=1)
    return (workers, *others, *fetching_sizes(known, workers), longest_callback())


def _threads(known: Known) -> tuple[Size, ...]:
    return native_thread_sizes(known) if _computes_in_threads(known.workload) else thread_sizes(known)


def _computes_in_threads(workload: Workload) -> bool:
    if workload.gil is Gil.RELEASES:
        return workload.bottleneck is not Bottleneck.IO
    # One worker keeps a user interface alive; more of them would only compete for the GIL.
    return workload.bottleneck is Bottleneck.CPU and workload.existing_loop is not ExistingLoop.GUI


def _sequential(known: Known) -> tuple[Size, ...]:
    found = [_one_worker("nothing to overlap")]
    if known.workload.single_writer or known.workload.io_kind is IoKind.DB:
        needed = Given(value=None, words="the time of a commit or a round trip, and of one row: not known")
        found.append(size("rows in one transaction", "rows, at least", None, "10 * round trip / time of a row", needed))
    if known.workload.own_threads:
        found.append(_library_threads(known))
    return tuple(found)


def _arrays(known: Known) -> tuple[Size, ...]:
    return (
        _one_worker("array code first, workers only if it is still too slow"),
        size("chunk size", "elements in a block", _BLOCK_ELEMENTS, "100,000 to 1,000,000: a block that fits into the processor's cache"),
        _library_threads(known),
    )


def _distributed(known: Known) -> tuple[Size, ...]:
    seconds = known.item_seconds
    items = None if not seconds.value else math.ceil(_SMALLEST_TASK_SECONDS / seconds.value)
    found = [
        size("items in one task", "items, at least", items, "0.1 s / time of an item", seconds, source=_DASK),
        size("workers on each machine", "processes", known.cores.value, "cores, when the tasks compute", known.cores),
    ]
    if known.workload.task_duration in {TaskDuration.LONG, None}:
        found.append(size("prefetch", "tasks for each worker", 1, "1 for tasks of seconds and more, so that none waits behind a long one"))
    if known.workload.beyond_one_machine:
        found.append(size("partition", "MB", _PARTITION_MB, "100 to 200 MB", source=_DASK))
    return tuple(found)


def _one_worker(reason: str) -> Size:
    return size("workers", "", 1, reason)


def _library_threads(known: Known) -> Size:
    return size("inner threads", "threads of the library", known.cores.value, "cores", known.cores)


_SIZES: Final[Mapping[Model, Callable[[Known], tuple[Size, ...]]]] = {
    Model.SEQUENTIAL: _sequential,
    Model.ASYNCIO: loop_sizes,
    Model.THREADS: _threads,
    Model.PROCESSES: process_sizes,
    Model.ASYNCIO_THREADS: offloading_sizes,
    Model.ASYNCIO_PROCESSES: _loop_and_processes,
    Model.VECTORISE: _arrays,
    Model.FREE_THREADED: free_threaded_sizes,
    Model.INTERPRETERS: interpreter_sizes,
    Model.DISTRIBUTED: _distributed,
}
