"""Rows about where the work must live and how it must end: beyond this machine or process, by force, at a deadline."""

from typing import Final

from conc_advisor.concurrency import ConcurrencyModel as Model
from conc_advisor.decision.engine import Row
from conc_advisor.decision.table.words import CPU, IO, MIXED, NO_ASYNCIO, NO_CHILDREN, NO_LOOP, PYTHON_DOCS, prefer
from conc_advisor.workload import AsyncLib, ExistingLoop, FanOut, IoKind, Latency, TaskDuration

BEYOND: Final[tuple[Row, ...]] = (
    prefer(
        Model.DISTRIBUTED,
        "outgrows-one-machine",
        "One machine has not enough cores or memory for it, so the work has to be spread by an engine made for that.",
        "https://docs.dask.org/en/stable/best-practices.html",
        beyond_one_machine=True,
    ),
    prefer(
        Model.DISTRIBUTED,
        "must-survive-the-process",
        "Work that must survive a restart belongs in a queue outside of the process; threads, tasks and pools die with it.",
        "https://fastapi.tiangolo.com/tutorial/background-tasks/#caveat",
        durable=True,
    ),
    prefer(
        Model.ASYNCIO_THREADS,
        "one-writer-thread-beside-the-loop",
        "One writer at a time: a single thread that owns the connection keeps the loop free and the writes in order.",
        "https://www.sqlite.org/whentouse.html",
        bottleneck=(IO, None),
        single_writer=True,
        io_kind=(IoKind.DB, IoKind.DISK, None),
        existing_loop=ExistingLoop.ASYNCIO,
    ),
    prefer(
        Model.SEQUENTIAL,
        "batch-for-one-writer",
        "One writer at a time: many rows in one transaction gain more than any number of workers.",
        "https://www.sqlite.org/faq.html#q19",
        bottleneck=(IO, None),
        single_writer=True,
        io_kind=(IoKind.DB, IoKind.DISK, None),
        existing_loop=NO_LOOP,
    ),
)


LONG_REQUESTS: Final[tuple[Row, ...]] = (
    prefer(
        Model.DISTRIBUTED,
        "too-long-for-a-request",
        "Something has to answer meanwhile and no loop or user interface does: a server hands work of this length to a task queue.",
        "https://devcenter.heroku.com/articles/background-jobs-queueing",
        bottleneck=(MIXED, None),
        latency=Latency.RESPONSIVE,
        task_duration=TaskDuration.LONG,
        io_kind=(IoKind.HTTP, IoKind.DB, IoKind.DISK, None),
        existing_loop=ExistingLoop.NONE,
    ),
)

ENDED_BY_FORCE: Final[tuple[Row, ...]] = (
    prefer(
        Model.ASYNCIO_PROCESSES,
        "kill-from-the-loop",
        "Only a process can be killed, and the loop that waits for it stays free.",
        f"{PYTHON_DOCS}/library/multiprocessing.html#multiprocessing.Process.kill",
        bottleneck=(CPU, MIXED, None),
        need_kill=True,
        existing_loop=ExistingLoop.ASYNCIO,
    ),
    prefer(
        Model.PROCESSES,
        "only-processes-can-be-killed",
        "Only a process can be killed, or crash without taking the program along.",
        f"{PYTHON_DOCS}/library/multiprocessing.html#multiprocessing.Process.kill",
        bottleneck=(CPU, MIXED, None),
        need_kill=True,
    ),
    prefer(
        Model.ASYNCIO,
        "cancel-instead-of-kill",
        "A coroutine that waits can be cancelled at any await, which is all the force that waiting needs.",
        f"{PYTHON_DOCS}/library/asyncio-task.html#task-cancellation",
        bottleneck=IO,
        need_kill=True,
        async_lib=AsyncLib.YES,
    ),
    prefer(
        Model.PROCESSES,
        "a-stuck-call-needs-a-process",
        "A blocking call that hangs can be ended only together with its process.",
        f"{PYTHON_DOCS}/library/multiprocessing.html#multiprocessing.Process.kill",
        bottleneck=IO,
        need_kill=True,
        io_kind=NO_CHILDREN,
        async_lib=(AsyncLib.NO, AsyncLib.PARTIAL, AsyncLib.NA, None),
        existing_loop=NO_ASYNCIO,
    ),
    prefer(
        Model.ASYNCIO_PROCESSES,
        "a-stuck-call-beside-the-loop",
        "A blocking call that hangs can be ended only together with its process; the loop waits for it and stays free.",
        f"{PYTHON_DOCS}/library/multiprocessing.html#multiprocessing.Process.kill",
        bottleneck=IO,
        need_kill=True,
        io_kind=NO_CHILDREN,
        async_lib=(AsyncLib.NO, AsyncLib.NA),
        existing_loop=ExistingLoop.ASYNCIO,
    ),
    prefer(
        Model.ASYNCIO_PROCESSES,
        "time-limit-from-the-loop",
        "Computation can be ended at its limit only by ending the process it runs in; the loop stays free meanwhile.",
        f"{PYTHON_DOCS}/library/concurrent.futures.html#concurrent.futures.ProcessPoolExecutor.kill_workers",
        bottleneck=(CPU, MIXED),
        latency=Latency.HARD_TIMEOUT,
        existing_loop=ExistingLoop.ASYNCIO,
    ),
    prefer(
        Model.PROCESSES,
        "time-limit-by-process",
        "Computation can be ended at its limit only by ending the process it runs in.",
        f"{PYTHON_DOCS}/library/concurrent.futures.html#concurrent.futures.ProcessPoolExecutor.kill_workers",
        bottleneck=(CPU, MIXED),
        latency=Latency.HARD_TIMEOUT,
    ),
    prefer(
        Model.ASYNCIO,
        "deadlines-by-cancellation",
        "asyncio.timeout ends a wait at its deadline, for a single call and for a whole tree of them.",
        f"{PYTHON_DOCS}/library/asyncio-task.html#timeouts",
        bottleneck=IO,
        latency=Latency.HARD_TIMEOUT,
        async_lib=AsyncLib.YES,
    ),
    prefer(
        Model.SEQUENTIAL,
        "the-child-has-a-timeout",
        "subprocess.run(timeout=…) kills the child at its limit; nothing else is needed for one at a time.",
        f"{PYTHON_DOCS}/library/subprocess.html#subprocess.run",
        bottleneck=IO,
        latency=Latency.HARD_TIMEOUT,
        io_kind=IoKind.SUBPROCESS,
        fan_out=FanOut.ONE,
        existing_loop=NO_LOOP,
    ),
    prefer(
        Model.PROCESSES,
        "time-limit-on-a-blocking-call",
        "A blocking call without an async client cannot be interrupted; a process around it can be ended at the limit.",
        f"{PYTHON_DOCS}/library/multiprocessing.html#multiprocessing.Process.terminate",
        bottleneck=IO,
        latency=Latency.HARD_TIMEOUT,
        async_lib=(AsyncLib.NO, AsyncLib.NA),
        io_kind=(IoKind.HTTP, IoKind.SOCKET, IoKind.DISK, None),
        fan_out=(FanOut.ONE, None),
        existing_loop=NO_LOOP,
    ),
)
