"""How many waits may be in flight, in threads or in a loop, and what is sized by that number."""

import math
from typing import Final

from conc_advisor.decision.recommendation import Size
from conc_advisor.decision.sizing.given import Given, Known, as_input, deciding, from_measurements, size
from conc_advisor.decision.sizing.pools import computing_threads, inner_threads
from conc_advisor.decision.table.words import PYTHON_DOCS
from conc_advisor.workload import AsyncLib, Bottleneck, ExistingLoop, FanOut, Gil, IoKind, TaskDuration, Workload

MOST_THREADS: Final = 200
"""Threads at most, even where the other side takes more: HTTP clients in 200 kept up with a loop, in 500 they did not."""
MOST_FILES: Final = 16
FIRST_IN_FLIGHT: Final = 100
"""To start with when nobody said what the other side takes: every client was near its best there (httpx apart)."""
FIRST_CONNECTIONS: Final = 10
"""The same for a database: PostgreSQL lets 100 clients in by default, all programs together; asyncpg's own pool has 10."""
MANY_FILES: Final = 1_000
"""Connections from which on a process meets the usual limit on open files: 1,024 on most Linux systems, 256 on macOS."""
LONGEST_CALLBACK_MS: Final = 10
_CONNECTION_KB: Final = 7.82
_DEFAULT_POOL: Final = 32
_DEFAULT_MORE: Final = 4
_CLIENTS: Final = frozenset({IoKind.HTTP, IoKind.DB})
_ONE_DEVICE: Final = Given(value=1, words="io_kind=serial: one conversation at a time", measured=True)
_ONE_WRITER: Final = Given(value=1, words="single_writer=true", measured=True)
_DATABASE_SOURCE: Final = "https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-MAX-CONNECTIONS"
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
        bounds.append(_cores_for_children(known))
        words.append("cores (children that compute)")
    elif workload.io_kind is IoKind.DISK:
        bounds.append(Given(value=MOST_FILES, words="at most 16 for files"))
        words.append("16")
    if all(bound.value is None for bound in bounds) and workload.io_kind is not IoKind.DB:
        return _default_pool(known)
    first = _to_start_with(known) or Given(value=MOST_THREADS, words="at most 200 threads")
    bounds.append(first)
    words.append(f"{first.whole}")
    value = min(bound.value for bound in bounds if bound.value is not None)
    source = _DATABASE_SOURCE if workload.io_kind is IoKind.DB else _THREADS_SOURCE
    return size("workers", "threads", value, f"min({', '.join(words)})", *deciding(bounds, value), source=source)


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


def fetching_sizes(known: Known, workers: Size) -> tuple[Size, ...]:
    """Return the sizes of the waits beside `workers` processes that compute; none where nothing waits."""
    if not waits_too(known.workload):
        return ()
    in_flight = waits_in_flight(known, workers)
    return (in_flight, *_around(known, in_flight))


def waits_too(workload: Workload) -> bool:
    """Tell whether an event loop with processes has something to wait for, beside the processes."""
    if workload.bottleneck is None:
        return workload.io_kind is not None
    return workload.bottleneck is not Bottleneck.CPU


def waits_in_flight(known: Known, workers: Size | None = None) -> Size:
    """Return how many waits a loop starts at once: the semaphore.  `workers`: the processes that compute, where there are such."""
    bounds, words = _bounds(known, workers)
    if known.workload.io_kind is IoKind.SUBPROCESS:
        bounds.append(_cores_for_children(known))
        words.append("cores (children that compute)")
    if (first := _to_start_with(known)) is not None:
        bounds.append(first)
        words.append(f"{first.whole}")
    value = min(bound.value for bound in bounds if bound.value is not None)
    source = from_measurements("1,200 requests, 100 in flight: aiohttp 0.32 s, urllib3 0.34 s, ideal 0.30 s")
    if known.workload.io_kind is IoKind.DB:
        source = _DATABASE_SOURCE
    return size("in flight", "waits at once", value, f"min({', '.join(words)})", *deciding(bounds, value), source=source)


def _to_start_with(known: Known) -> Given | None:
    """Return how many at once are safe until somebody says what the other side takes; None once that is said."""
    if known.limit.value is not None:
        return None
    if known.workload.io_kind is IoKind.DB:
        words = "10 connections to start with: all clients of a PostgreSQL share 100 by default; downstream_limit says how many are yours"
        return Given(value=FIRST_CONNECTIONS, words=words)
    return Given(value=FIRST_IN_FLIGHT, words="100 to start with, until downstream_limit says what the other side takes")


def _cores_for_children(known: Known) -> Given:
    """Return the cores as a bound for child programs: a guess as long as nobody said that they compute."""
    cores = known.cores
    if cores.value is None or known.workload.bottleneck is Bottleneck.CPU:
        return cores
    return Given(value=cores.value, words=f"{cores.words}; whether the children compute is not known")


def _bounds(known: Known, workers: Size | None = None) -> tuple[list[Given], list[str]]:
    """Return what bounds the number of waits, and its words."""
    bounds, words = [known.items, known.limit], ["items", "downstream_limit"]
    useful = known.useful_by_gil
    if useful is None or useful.value is None:
        return bounds, words
    if workers is None:
        return [*bounds, useful], [*words, "1 + wait / cpu"]
    if workers.value is None:
        return bounds, words
    # What computes is in the processes: each of them needs so many waits to be fed.
    fed = Given(value=1 + workers.value * (useful.value - 1), words=useful.words, measured=useful.measured and workers.measured)
    return [*bounds, fed], [*words, "1 + workers * wait / cpu"]


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
            source=from_measurements("median lag of the loop 5 ms beside one computing thread, 10 to 43 ms beside four (3.14, 3.12)"),
        )
    return computing_threads(known)


def _connections(known: Known) -> tuple[Size, ...]:
    bounds = [bound for bound in (known.items, known.limit) if bound.value is not None]
    count = min((bound.value for bound in bounds if bound.value is not None), default=None)
    each = Given(value=_CONNECTION_KB, words="7.8 KB a connection taken, without your data")
    formula = "min(items, downstream_limit)"
    if count is None or count >= MANY_FILES:
        formula += ", below the limit on open files (`ulimit -n`, RLIMIT_NOFILE)"
    tasks = size("connections", "open at once, one task each", count, formula, *(bounds or (known.items,)))
    memory = None if count is None else math.ceil(count * _CONNECTION_KB / 1024)
    source = from_measurements("7.8 KB an open stream with its reader task")
    inputs = (*(bounds or (known.items,)), each)
    return (tasks, size("memory of the connections", "MB", memory, "connections * 7.8 KB, and your data", *inputs, source=source))


def _around(known: Known, in_flight: Size) -> tuple[Size, ...]:
    """Return the limit of the client's connections."""
    if known.workload.io_kind not in _CLIENTS:
        return ()
    return (_same(in_flight, "connection limit", "connections"),)


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
        "a tenth of the latency target, else 10 ms",
        source="the defaults of this tool: asyncio's debug mode reports callbacks over 100 ms",
    )
