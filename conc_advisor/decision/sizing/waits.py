"""How many waits may be in flight, in threads or in a loop, and what is sized by that number."""

import math
from typing import Final

from conc_advisor.decision.recommendation import Size
from conc_advisor.decision.sizing.given import Given, Known, as_input, deciding, from_measurements, size
from conc_advisor.decision.sizing.pools import computing_threads, inner_threads
from conc_advisor.decision.table.words import PYTHON_DOCS
from conc_advisor.workload import AsyncLib, Bottleneck, ExistingLoop, FanOut, Gil, IoKind, TaskDuration

MOST_THREADS: Final = 200
"""Threads to start with at most: HTTP clients in 200 threads kept up with a loop, in 500 they did not."""
MOST_FILES: Final = 16
FIRST_IN_FLIGHT: Final = 100
"""To start with when nobody said what the other side takes: every client was near its best there (httpx apart)."""
LONGEST_CALLBACK_MS: Final = 10
_CONNECTION_KB: Final = 7.82
_DEFAULT_POOL: Final = 32
_DEFAULT_MORE: Final = 4
_CLIENTS: Final = frozenset({IoKind.HTTP, IoKind.DB})
_ONE_DEVICE: Final = Given(value=1, words="io_kind=serial: one conversation at a time", measured=True)
_ONE_WRITER: Final = Given(value=1, words="single_writer=true", measured=True)
_THREADS_SOURCE: Final = from_measurements("200 in flight: urllib3 in threads 0.37 s, aiohttp 0.35 s; 500: 0.76 s and 0.39 s")


def thread_sizes(known: Known) -> tuple[Size, ...]:
    """Return the sizes of a pool of threads for waits."""
    workers = waiting_threads(known)
    return (workers, *_around(known, workers), _queue(workers))


def waiting_threads(known: Known) -> Size:
    """Return how many threads may wait at once."""
    workload = known.workload
    if workload.io_kind is IoKind.SERIAL:
        return size("workers", "threads", 1, "one thread for each device", _ONE_DEVICE)
    if workload.existing_loop is ExistingLoop.GUI and (known.items.value is None or workload.bottleneck is not Bottleneck.IO):
        gui = Given(value=1, words="existing_loop=gui")
        return size("workers", "threads", 1, "one, until it is known that many items wait", gui)
    bounds, words = _bounds(known)
    if workload.io_kind is IoKind.SUBPROCESS:
        bounds.append(known.cores)
        words.append("cores (children that compute)")
    elif workload.io_kind is IoKind.DISK:
        bounds.append(Given(value=MOST_FILES, words="at most 16 for files"))
        words.append("16")
    if all(bound.value is None for bound in bounds):
        return _default_pool(known)
    bounds.append(Given(value=MOST_THREADS, words="at most 200 threads to start with"))
    words.append("200")
    value = min(bound.value for bound in bounds if bound.value is not None)
    return size("workers", "threads", value, f"min({', '.join(words)})", *deciding(bounds, value), source=_THREADS_SOURCE)


def loop_sizes(known: Known) -> tuple[Size, ...]:
    """Return the sizes of an event loop that waits by itself."""
    if known.workload.bottleneck is Bottleneck.CPU:
        return (longest_callback(),)
    held = _connections(known) if known.workload.task_duration is TaskDuration.LONG_LIVED else ()
    if held and not known.workload.pipeline:
        return (*held, longest_callback())
    in_flight = waits_in_flight(known)
    return (*held, in_flight, *_around(known, in_flight), _queue(in_flight), longest_callback())


def offloading_sizes(known: Known) -> tuple[Size, ...]:
    """Return the sizes of an event loop with a pool of threads."""
    workers = _offloading_workers(known)
    found = [workers]
    if known.workload.bottleneck is not Bottleneck.CPU and known.workload.fan_out is not FanOut.ONE:
        blocking = known.workload.async_lib is AsyncLib.NO or known.workload.io_kind in {IoKind.DISK, IoKind.SERIAL}
        in_flight = _same(workers, "in flight", "tasks that wait for the pool") if blocking else waits_in_flight(known)
        found += [in_flight, *_around(known, in_flight), _queue(in_flight)]
    elif known.workload.own_threads:
        found.append(inner_threads(known, workers))
    return (*found, longest_callback())


def waits_in_flight(known: Known) -> Size:
    """Return how many waits a loop starts at once: the semaphore."""
    bounds, words = _bounds(known)
    if known.workload.io_kind is IoKind.SUBPROCESS:
        bounds.append(known.cores)
        words.append("cores (children that compute)")
    if known.limit.value is None:
        bounds.append(Given(value=FIRST_IN_FLIGHT, words="100 to start with, until it is known what the other side takes"))
        words.append("100")
    value = min(bound.value for bound in bounds if bound.value is not None)
    source = from_measurements("1,200 requests, 100 in flight: aiohttp 0.32 s, urllib3 0.34 s, ideal 0.30 s")
    return size("in flight", "waits at once", value, f"min({', '.join(words)})", *deciding(bounds, value), source=source)


def _bounds(known: Known) -> tuple[list[Given], list[str]]:
    """Return what bounds the number of waits, and its words."""
    bounds, words = [known.items, known.limit], ["items", "downstream_limit"]
    if (useful := known.useful_by_gil) is not None:
        bounds.append(useful)
        words.append("1 + wait / cpu")
    return bounds, words


def _default_pool(known: Known) -> Size:
    cores = known.cores
    return size(
        "workers",
        "threads",
        None if cores.value is None else min(_DEFAULT_POOL, cores.value + _DEFAULT_MORE),
        "min(32, cores + 4), Python's own default, until the number of items is known",
        Given(value=None, words=f"{known.items.words}; {cores.words}"),
        source=f"{PYTHON_DOCS}/library/concurrent.futures.html#threadpoolexecutor",
    )


def _offloading_workers(known: Known) -> Size:
    workload = known.workload
    if workload.single_writer:
        return size("workers", "threads", 1, "one thread owns the one writer", _ONE_WRITER)
    if workload.bottleneck not in {Bottleneck.CPU, Bottleneck.MIXED}:
        return waiting_threads(known)
    has_gil = workload.python is None or not workload.python.free_threaded
    if has_gil and workload.gil not in {Gil.RELEASES, Gil.MIXED} and not workload.vectorisable:
        return size(
            "workers",
            "threads",
            1,
            "1: more threads that compute in Python delay the loop and finish no sooner",
            Given(value=1, words="the code is not known to give up the GIL"),
            source=from_measurements("lag of the loop (median) 5 ms beside one computing thread, 10 to 43 ms beside four"),
        )
    return computing_threads(known)


def _connections(known: Known) -> tuple[Size, ...]:
    bounds = [bound for bound in (known.items, known.limit) if bound.value is not None]
    count = min((bound.value for bound in bounds if bound.value is not None), default=None)
    each = Given(value=_CONNECTION_KB, words="7.8 KB a connection taken, without your data")
    tasks = size("connections", "open at once, one task each", count, "min(items, downstream_limit)", *(bounds or (known.items,)))
    memory = None if count is None else math.ceil(count * _CONNECTION_KB / 1024)
    source = from_measurements("7.8 KB an open stream with its reader task")
    inputs = (*(bounds or (known.items,)), each)
    return (tasks, size("memory of the connections", "MB", memory, "connections * 7.8 KB, and your data", *inputs, source=source))


def _around(known: Known, in_flight: Size) -> tuple[Size, ...]:
    """Return the limit of the client's connections."""
    if known.workload.io_kind not in _CLIENTS:
        return ()
    return (_same(in_flight, "connection limit", "connections in the client's pool"),)


def _same(other: Size, name: str, unit: str) -> Size:
    return size(name, unit, other.value, f"the same as {other.name}", as_input(other))


def _queue(in_flight: Size) -> Size:
    value = None if in_flight.value is None else 2 * in_flight.value
    return size("queue bound", "items", value, f"2 * {in_flight.name}", as_input(in_flight))


def longest_callback() -> Size:
    """Return how long one callback may hold a loop."""
    return size(
        "longest callback",
        "ms",
        LONGEST_CALLBACK_MS,
        "a tenth of the latency target, 10 ms where there is none",
        source="the defaults of this tool: asyncio's debug mode reports callbacks over 100 ms",
    )
