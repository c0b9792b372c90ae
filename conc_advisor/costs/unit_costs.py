"""What one thread, task, process or interpreter costs, and where that figure comes from.

Measuring is for `measure`, keeping for `store`, what follows from the figures for `formulas`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from conc_advisor.workload import FIRST_INTERPRETERS, PythonVersion


class StartMethod(StrEnum):
    """How `multiprocessing` starts a process, cheapest first."""

    FORK = "fork"
    FORKSERVER = "forkserver"
    SPAWN = "spawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCosts:
    """Seconds, KB and bytes per second for one of each; None, or no entry for a start method, is unknown or not to be had there.

    `call`: one submission and its result, nothing else in the pool.  `task`: each of many, submitted at once.  `item`: each of many
    handed over in chunks of 100.
    """

    python: PythonVersion
    """The Python that was measured: for the shipped table, the nearest to the one asked for."""
    source: str
    """A clause that says where the figures come from: what was measured, where and when."""
    measured_here: bool
    """True where `calibrate` measured them on this machine."""
    measured_on: str
    """The date, as 2026-11-20."""
    machine: str
    cores: int | None = None
    """Cores that could be used while measuring."""
    noisy: bool = False
    """Other programs used so much of the machine meanwhile that the figures are upper bounds."""

    thread_seconds: float | None = None
    """Start and join of a thread."""
    task_seconds: float | None = None
    """Creation of an asyncio task and the wait for it."""
    loop_seconds: float | None = None
    """`asyncio.run` of a coroutine that does nothing."""
    to_thread_seconds: float | None = None
    """A call handed from an event loop to a thread, and its result back."""
    thread_pool_call_seconds: float | None = None
    thread_pool_task_seconds: float | None = None

    process_seconds: Mapping[StartMethod, float] = field(default_factory=dict)
    """Start and join of a process."""
    process_pool_seconds: Mapping[StartMethod, float] = field(default_factory=dict)
    """A pool of two processes: created, used once by each, shut down."""
    process_pool_call_seconds: float | None = None
    process_pool_task_seconds: float | None = None
    process_pool_item_seconds: float | None = None
    subprocess_seconds: float | None = None
    """Another program, `python -c pass`, run to its end."""

    interpreter_seconds: float | None = None
    """Creation and end of a sub-interpreter."""
    interpreter_pool_seconds: float | None = None
    """A pool of two interpreters: created, used once by each, shut down."""
    interpreter_pool_call_seconds: float | None = None
    interpreter_pool_task_seconds: float | None = None

    thread_kb: float | None = None
    """An idle thread."""
    task_kb: float | None = None
    """A sleeping task."""
    process_kb: Mapping[StartMethod, float] = field(default_factory=dict)
    """A worker that has imported nothing: what it has alone, and its part of what it shares with others."""
    interpreter_kb: float | None = None

    bytes_per_second: float | None = None
    """One large `bytes`, or an array, through a process pool."""
    pickled_bytes_per_second: float | None = None
    """Pickling and unpickling of many small objects (dicts), by the bytes that they make."""


_US: Final = 1e-6
_MS: Final = 1e-3
_WHERE: Final = "Linux on x86-64, 2 cores"
_COLUMNS: Final[tuple[tuple[PythonVersion, str], ...]] = (
    (PythonVersion(8), "3.8.18"),
    (PythonVersion(12), "3.12.1"),
    (PythonVersion(14), "3.14.7"),
    (PythonVersion(14, free_threaded=True), "3.14.7 free-threaded"),
)
_MIDDLE: Final = 12
"""The version whose figures stand for an unknown Python."""


def shipped_costs(python: PythonVersion | None) -> UnitCosts:
    """Return the figures of the nearest Python in the table that comes with conc-advisor; `UnitCosts.source` says which.

    They are medians of repeated rounds, measured in November 2026 on Debian 12 with two cores.  The memory of 3.8 was not measured and
    is taken to be that of 3.12.
    """
    python = python or PythonVersion()
    minor = _MIDDLE if python.minor is None else python.minor
    candidates = [number for number, (column, _) in enumerate(_COLUMNS) if column.free_threaded is python.free_threaded]
    return _column(min(candidates, key=lambda number: abs((_COLUMNS[number][0].minor or 0) - minor)))


def _column(n: int) -> UnitCosts:
    """Return one column of the table: each figure stands with those of the other versions."""
    has_pool_of_interpreters = _COLUMNS[n][0].minor == FIRST_INTERPRETERS
    return UnitCosts(
        python=_COLUMNS[n][0],
        source=f"conc-advisor's table: CPython {_COLUMNS[n][1]}, {_WHERE}, November 2026",
        measured_here=False,
        measured_on="2026-11-20",
        machine=_WHERE,
        cores=2,
        thread_seconds=(53.6, 63.7, 50.6, 221.6)[n] * _US,
        task_seconds=(7.03, 4.31, 3.08, 3.48)[n] * _US,
        loop_seconds=(128.4, 93.5, 43.1, 49.0)[n] * _US,
        to_thread_seconds=(65.9, 55.4, 48.1, 52.7)[n] * _US,
        thread_pool_call_seconds=(52.2, 17.8, 43.6, 24.8)[n] * _US,
        thread_pool_task_seconds=(6.19, 5.42, 3.35, 3.72)[n] * _US,
        process_seconds={
            StartMethod.FORK: (2.14, 3.03, 2.38, 2.28)[n] * _MS,
            StartMethod.FORKSERVER: (25.15, 43.08, 2.48, 2.64)[n] * _MS,
            StartMethod.SPAWN: (47.16, 64.83, 63.27, 72.16)[n] * _MS,
        },
        process_pool_seconds={
            StartMethod.FORK: (7.16, 6.25, 6.2, 8.07)[n] * _MS,
            StartMethod.FORKSERVER: (30.69, 62.92, 14.65, 16.51)[n] * _MS,
            StartMethod.SPAWN: (58.18, 74.35, 73.67, 99.94)[n] * _MS,
        },
        process_pool_call_seconds=(170.5, 154.5, 94.4, 140.8)[n] * _US,
        process_pool_task_seconds=(74.0, 66.0, 46.4, 48.7)[n] * _US,
        process_pool_item_seconds=(0.97, 0.89, 0.54, 0.67)[n] * _US,
        subprocess_seconds=(10.66, 9.15, 8.23, 11.18)[n] * _MS,
        interpreter_seconds=(6.6, 7.02, 10.1, 17.49)[n] * _MS,
        interpreter_pool_seconds=(0, 0, 33.0, 93.82)[n] * _MS if has_pool_of_interpreters else None,
        interpreter_pool_call_seconds=(0, 0, 64.5, 576.4)[n] * _US if has_pool_of_interpreters else None,
        interpreter_pool_task_seconds=(0, 0, 40.9, 299.5)[n] * _US if has_pool_of_interpreters else None,
        thread_kb=(15.9, 15.9, 21.0, 212.0)[n],
        task_kb=(1.48, 1.48, 1.36, 1.46)[n],
        process_kb={
            StartMethod.FORK: (4222.0, 4222.0, 4752.0, 5670.0)[n],
            StartMethod.FORKSERVER: (11146.0, 11146.0, 6738.0, 9002.0)[n],
            StartMethod.SPAWN: (13326.0, 13326.0, 14586.0, 18871.0)[n],
        },
        interpreter_kb=(2456.0, 2456.0, 2345.0, 3532.0)[n],
        bytes_per_second=2.5e9,
        # dumps at 195 MB/s, then loads at 126 MB/s.
        pickled_bytes_per_second=76e6,
    )
