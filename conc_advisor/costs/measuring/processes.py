"""Processes: what starting one, a pool, and handing work to a pool cost."""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import pickle
import subprocess
import sys
import time

from .light import in_bulk
from .rounds import missing, repeated, row, timed
from .work import nothing, resident_kb, same, size

METHODS = ("fork", "forkserver", "spawn")
_POOL_OF = 2
_CALLS = 100
_IN_BULK = 300
_ITEMS = 20_000
_CHUNK = 100
_LARGE = 1_000_000
"""Bytes of one argument."""
_SENDS = 10
_RECORDS = 20_000


def methods() -> list[str]:
    """Return the start methods that there are here, cheapest first."""
    there_are = multiprocessing.get_all_start_methods()
    return [method for method in METHODS if method in there_are]


def measure_starts() -> None:
    """Print what starting costs, by start method."""
    for method in METHODS:
        if method in methods():
            _starts(method)
        else:
            for name in ("process_seconds", "process_pool_seconds", "process_kb"):
                missing(name, "not on this system", method=method)
    command = [sys.executable, "-I", "-c", "pass"]
    row("subprocess_seconds", lambda: repeated(timed(lambda: subprocess.run(command, check=True)), rounds=5))  # noqa: S603 - this very interpreter


def _starts(method: str) -> None:
    context = multiprocessing.get_context(method)

    def one() -> None:
        process = context.Process(target=nothing)  # type: ignore[attr-defined]  # every context has it
        process.start()
        process.join()
        if process.exitcode:
            raise RuntimeError(f"the process ended with exit code {process.exitcode}")

    def pool() -> None:
        with concurrent.futures.ProcessPoolExecutor(_POOL_OF, mp_context=context) as executor:
            for future in [executor.submit(nothing) for _ in range(_POOL_OF)]:
                future.result()

    def memory() -> list[float]:
        with concurrent.futures.ProcessPoolExecutor(_POOL_OF, mp_context=context) as executor:
            return [future.result() for future in [executor.submit(resident_kb) for _ in range(_POOL_OF)]]

    # The first round, which is not counted, starts the fork server.
    row("process_seconds", lambda: repeated(timed(one)), method=method)
    row("process_pool_seconds", lambda: repeated(timed(pool)), method=method)
    row("process_kb", memory, method=method)


def measure_handing_over() -> None:
    """Print what a submission to a pool that is up already costs, and what data costs on its way."""
    try:
        # Looked up here: where there is no multiprocessing at all, importing it fails.
        pool = concurrent.futures.ProcessPoolExecutor(_POOL_OF)
        pool.submit(nothing).result()
    except Exception as error:  # noqa: BLE001 - a system without semaphores, for one, says so in several ways
        why = f"no pool of processes here: {error}"
        for name in ("process_pool_call_seconds", "process_pool_task_seconds", "process_pool_item_seconds", "bytes_per_second"):
            missing(name, why)
    else:
        with pool:
            _handing_over(pool)
    row("pickled_bytes_per_second", lambda: repeated(_pickled, rounds=5))


def _handing_over(pool: concurrent.futures.ProcessPoolExecutor) -> None:
    call = row("process_pool_call_seconds", lambda: repeated(timed(lambda: pool.submit(nothing).result(), _CALLS)))
    row("process_pool_task_seconds", lambda: repeated(lambda: in_bulk(pool, _IN_BULK)))
    chunked = timed(lambda: sum(pool.map(same, range(_ITEMS), chunksize=_CHUNK)))
    row("process_pool_item_seconds", lambda: repeated(lambda: chunked() / _ITEMS))
    data = bytes(_LARGE)
    sent = timed(lambda: pool.submit(size, data).result(), _SENDS)
    row("bytes_per_second", lambda: repeated(lambda: _LARGE / max(sent() - (call or 0.0), 1e-6)))


def _pickled() -> float:
    records = [{"id": n, "name": f"name {n}", "price": n / 7, "stock": n & 15, "sold": n % 3 == 0} for n in range(_RECORDS)]
    begin = time.perf_counter()
    data = pickle.dumps(records, protocol=pickle.HIGHEST_PROTOCOL)
    pickle.loads(data)  # noqa: S301 - our own, made a line above
    return len(data) / (time.perf_counter() - begin)
