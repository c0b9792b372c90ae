"""How to write what needs no pool, and what needs one of interpreters or machines."""

from typing import Final

from conc_advisor.decision.forms.machine import cores_forms, inner_threads_form
from conc_advisor.decision.forms.versions import by_version, form
from conc_advisor.decision.recommendation import Form
from conc_advisor.workload import ExistingLoop, IoKind, Latency, Workload

_PLAIN: Final = form(
    "A loop, with one item's work in a function of its own, so that a pool stays a change of one line.",
    "def main(items):\n    return [work(item) for item in items]",
)
_TRANSACTION: Final = form(
    "Write many rows in one transaction.",
    """
import sqlite3

def save_all(path, rows):
    connection = sqlite3.connect(path)
    try:
        with connection:
            connection.executemany("INSERT INTO results VALUES (?, ?)", rows)
    finally:
        connection.close()
""",
)
_CHILD: Final = form(
    "Run the child with a limit: after it, the child is killed and `TimeoutExpired` raised.",
    "import subprocess\n\ndef work(command):\n    return subprocess.run(command, stdout=subprocess.PIPE, timeout=60, check=True).stdout",
)
_OWN_THREADS: Final = form(
    "Tell the library how many cores to use, before it is imported, and add no workers.",
    'import os\n\nos.environ["OMP_NUM_THREADS"] = str(cores)',
)
_VECTORISED: Final = form(
    "The loop over elements becomes one expression over the array.",
    """
import numpy as np

def slow(values):
    return np.array([3.0 * x * x + 1.0 if x > 0 else 0.0 for x in values])

def fast(values):
    return np.where(values > 0, 3.0 * values * values + 1.0, 0.0)

values = np.random.default_rng(1).normal(size=100_000)
np.testing.assert_allclose(fast(values), slow(values))
""",
)
_BLOCKS: Final = form(
    "Work through large arrays in blocks, so that the intermediate results stay in the cache.",
    """
def in_blocks(values, block=CHUNK):
    for first in range(0, len(values), block):
        values[first : first + block] = fast(values[first : first + block])
""",
)
_IN_A_TABLE: Final = form("The same for tables: column expressions of pandas or Polars, or SQL in DuckDB, instead of a loop over rows.")
_ARRAYS_BESIDE_GUI: Final = form(
    "If one call takes longer than a tenth of a second, run it in a worker thread.", applies="a program with a GUI"
)
_INTERPRETERS: Final = form(
    "A pool of interpreters; `chunksize` has no effect on it, so the chunks are made by hand.",
    """
from concurrent.futures import InterpreterPoolExecutor
from itertools import batched, chain

def work_on_chunk(chunk):
    return [work(item) for item in chunk]

def main(items):
    with InterpreterPoolExecutor(max_workers=WORKERS) as pool:
        return list(chain.from_iterable(pool.map(work_on_chunk, batched(items, CHUNK))))

if __name__ == "__main__":
    main(load_items())
""",
)
_DASK: Final = form(
    "Begin with a cluster on this machine; only the address changes later.",
    """
from dask.distributed import Client

def main(items):
    with Client() as client:  # Client("tcp://scheduler:8786") on real machines
        return client.gather(client.map(work, items))

if __name__ == "__main__":
    main(load_items())
""",
)
_TASK: Final = form(
    "A task gets an identifier, not the data, and can run twice without harm. It is confirmed when it is done, comes back when its worker "
    "dies (again and again if it kills each: count the attempts), and is tried again when it raises or passes its soft limit; what "
    "fails for good is rejected, so give the queue a dead-letter exchange. RabbitMQ keeps jobs in durable queues, Celery's default. Redis "
    "as the broker needs persistence (`appendonly yes`), and a visibility timeout (one hour) longer than any task.",
    """
from celery import Celery

app = Celery("jobs", broker="amqp://localhost")

@app.task(
    acks_late=True,
    reject_on_worker_lost=True,
    acks_on_failure_or_timeout=False,
    autoretry_for=(Exception,),
    retry_backoff=True,
    max_retries=5,
    soft_time_limit=570,
    time_limit=600,
)
def run(job_id):
    if not is_done(job_id):
        work(job_id)
""",
)


def sequential_forms(workload: Workload) -> tuple[Form, ...]:
    """Return the forms of work that stays in order."""
    found: list[Form] = []
    if workload.single_writer or workload.io_kind is IoKind.DB:
        found.append(_TRANSACTION)
    if workload.io_kind is IoKind.SUBPROCESS and workload.latency is Latency.HARD_TIMEOUT:
        found.append(_CHILD)
    if workload.own_threads:
        found += (_OWN_THREADS, *cores_forms(workload))
    return tuple(found) or (_PLAIN,)


def array_forms(workload: Workload) -> tuple[Form, ...]:
    """Return the forms of array code."""
    beside = (_ARRAYS_BESIDE_GUI,) if workload.existing_loop is ExistingLoop.GUI else ()
    capped = (inner_threads_form(),) if workload.own_threads else ()
    return (_VECTORISED, _BLOCKS, _IN_A_TABLE, *beside, *capped)


def interpreter_forms(workload: Workload) -> tuple[Form, ...]:
    """Return the forms of a pool of interpreters."""
    pool = {14: None if workload.existing_loop is ExistingLoop.GUI else _INTERPRETERS, 0: None}
    return (*by_version(workload.python, pool), *cores_forms(workload))


def distributed_forms(workload: Workload) -> tuple[Form, ...]:
    """Return the forms of work that leaves the process or the machine."""
    spread, kept = workload.beyond_one_machine, workload.durable
    return (*((_DASK,) if spread or not kept else ()), *((_TASK,) if kept or not spread else ()))
