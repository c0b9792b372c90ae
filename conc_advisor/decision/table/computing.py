"""Rows for work that computes, and for work that computes and waits."""

from typing import Final

from conc_advisor.concurrency import ConcurrencyModel as Model
from conc_advisor.decision.engine import Row
from conc_advisor.decision.table.words import CPU, FREE_THREADED_BUILD, MANY, MEASURED, MIXED, NO_LOOP, PYTHON_DOCS, SEVERAL, prefer
from conc_advisor.workload import (
    AsyncLib,
    ExistingLoop,
    FanOut,
    Gil,
    IoKind,
    Latency,
    OperatingSystem,
    Payload,
    PythonKind,
    SharedState,
    TaskDuration,
)

_GIL_RELEASED: Final = f"{MEASURED}: 1.7 to 1.96 times with two threads for NumPy, zlib, hashlib, Pillow"


_LOOP_LAG: Final = f"{MEASURED}: p95 lag of the loop 0.1 ms beside a process, 7 to 10 ms beside one computing thread, 70 to 85 beside four"


_NO_GIL: Final = f"{MEASURED}: 1.8 to 2.0 times with two threads on 3.14t from 0.1 ms a task on"


COMPUTING: Final[tuple[Row, ...]] = (
    prefer(
        Model.FREE_THREADED,
        "threads-without-a-gil",
        "Without a GIL threads compute in parallel, share their data as it is, and start in microseconds.",
        _NO_GIL,
        bottleneck=CPU,
        python=FREE_THREADED_BUILD,
    ),
    prefer(
        Model.THREADS,
        "native-code-in-threads",
        "The computing code gives up the GIL, so threads run on all cores and share the data without copies.",
        _GIL_RELEASED,
        bottleneck=CPU,
        gil=Gil.RELEASES,
    ),
    prefer(
        Model.THREADS,
        "shared-data-in-threads",
        "A good part of the computing gives up the GIL, and the data is too large, or not fit, to be sent to processes.",
        _GIL_RELEASED,
        bottleneck=CPU,
        gil=Gil.MIXED,
        payload=(Payload.LARGE, Payload.UNPICKLABLE),
    ),
    prefer(
        Model.THREADS,
        "threads-save-memory",
        "A good part of the computing gives up the GIL, and a thread needs 20 KB where a process needs 4 to 54 MB.",
        f"{MEASURED}: memory per thread 16 to 21 KB, per process 1.6 MB (fork) to 54 MB (spawn with pandas)",
        bottleneck=CPU,
        gil=Gil.MIXED,
        memory_tight=True,
    ),
    prefer(
        Model.THREADS,
        "threads-read-the-same-data",
        "A good part of the computing gives up the GIL, and all of it reads one large piece of data that threads share for nothing.",
        _GIL_RELEASED,
        bottleneck=CPU,
        gil=Gil.MIXED,
        shared_state=SharedState.READ_ONLY_LARGE,
    ),
    prefer(
        Model.INTERPRETERS,
        "interpreters-save-memory",
        "Each interpreter has its own GIL and takes 2.4 MB and its imports, where a spawned process takes 13 MB and more.",
        f"{MEASURED}: 2.3 MB an interpreter on 3.14, 9.4 MB with asyncio, json and re; 13 MB a spawned process",
        bottleneck=CPU,
        python=PythonKind.INTERPRETERS,
        memory_tight=True,
        payload=(Payload.SMALL, None),
    ),
    prefer(
        Model.INTERPRETERS,
        "interpreters-where-no-processes",
        "Without processes, interpreters are the only way to run Python code on several cores.",
        f"{PYTHON_DOCS}/library/concurrent.futures.html#interpreterpoolexecutor",
        bottleneck=(CPU, MIXED),
        python=PythonKind.INTERPRETERS,
        os=OperatingSystem.ANDROID,
        existing_loop=NO_LOOP,
    ),
    prefer(
        Model.PROCESSES,
        "python-on-all-cores",
        "Python code that keeps the GIL runs on several cores only in several processes.",
        f"{MEASURED}: 1.7 to 1.95 times with two processes from 1 ms a task on, or chunked; 1.0 times with two threads",
        bottleneck=CPU,
    ),
)


NO_WORKERS: Final[tuple[Row, ...]] = (
    prefer(
        Model.SEQUENTIAL,
        "no-workers-to-be-had",
        "Neither processes nor interpreters are to be had here, and threads share the GIL.",
        f"{PYTHON_DOCS}/library/multiprocessing.html",
        bottleneck=(CPU, MIXED),
        os=OperatingSystem.ANDROID,
    ),
)

COMPUTING_AND_WAITING: Final[tuple[Row, ...]] = (
    prefer(
        Model.ASYNCIO_THREADS,
        "many-waits-native-code",
        "Many waits belong to one event loop; what computes gives up the GIL, so threads take it off the loop.",
        f"{MEASURED}: sha256 of 1 GB in a thread, p95 lag of the loop 0.2 ms; 1.4 KB a task, 20 KB a thread",
        bottleneck=MIXED,
        async_lib=AsyncLib.YES,
        gil=Gil.RELEASES,
        fan_out=(*MANY, None),
    ),
    prefer(
        Model.ASYNCIO_THREADS,
        "many-waits-free-threads",
        "Many waits belong to one event loop; without a GIL threads compute beside it.",
        _NO_GIL,
        bottleneck=MIXED,
        async_lib=AsyncLib.YES,
        python=FREE_THREADED_BUILD,
        fan_out=MANY,
    ),
    prefer(
        Model.FREE_THREADED,
        "wait-and-compute-in-free-threads",
        "Without a GIL one pool of threads does both: a thread waits, or computes on a core of its own.",
        _NO_GIL,
        bottleneck=MIXED,
        python=FREE_THREADED_BUILD,
    ),
    prefer(
        Model.THREADS,
        "wait-and-compute-in-threads",
        "Waiting and computing both give up the GIL here, so one bounded pool of threads does both.",
        _GIL_RELEASED,
        bottleneck=MIXED,
        gil=Gil.RELEASES,
    ),
    prefer(
        Model.SEQUENTIAL,
        "items-too-small",
        "An item under a millisecond costs more to hand over than to wait for and compute.",
        f"{MEASURED}: a call through a thread pool costs 20 to 50 us, through a process pool 95 to 170 us",
        bottleneck=MIXED,
        task_duration=TaskDuration.TINY,
        existing_loop=NO_LOOP,
    ),
    prefer(
        Model.THREADS,
        "wait-for-children-and-compute",
        "The larger part is done by child programs, on cores of their own: threads wait for them and share what they bring back.",
        f"{MEASURED}: waiting for a child releases the GIL",
        bottleneck=MIXED,
        io_kind=IoKind.SUBPROCESS,
        existing_loop=NO_LOOP,
    ),
    prefer(
        Model.THREADS,
        "shared-changes-in-threads",
        "All of it changes the same data, which is too large to be sent about: threads share it behind a lock while the waits overlap.",
        f"{PYTHON_DOCS}/library/multiprocessing.html#sharing-state-between-processes",
        bottleneck=MIXED,
        shared_state=SharedState.MUTABLE,
        payload=(Payload.LARGE, Payload.UNPICKLABLE),
        existing_loop=NO_LOOP,
    ),
    prefer(
        Model.SEQUENTIAL,
        "some-small-files",
        "Some files of milliseconds each: starting processes takes longer than they do.",
        f"{MEASURED}: a cold pool pays from 12 ms (fork) to 110 ms (spawn) of work on",
        bottleneck=MIXED,
        io_kind=IoKind.DISK,
        fan_out=SEVERAL,
        task_duration=TaskDuration.SHORT,
        existing_loop=NO_LOOP,
    ),
    prefer(
        Model.THREADS,
        "few-short-items",
        "A few items: their waits overlap in threads, and milliseconds of computing are over before a pool of processes has started.",
        f"{MEASURED}: a cold pool of processes pays from 12 ms (fork) to 110 ms (spawn) of work on",
        bottleneck=MIXED,
        fan_out=FanOut.FEW,
        task_duration=TaskDuration.SHORT,
        existing_loop=NO_LOOP,
        latency=(Latency.NONE, None),
    ),
    prefer(
        Model.PROCESSES,
        "whole-items-in-processes",
        "Without an async client, a worker process that does a whole item, waiting and computing, is simplest, and nothing large travels.",
        f"{MEASURED}: 1.7 to 1.95 times with two processes from 1 ms of computing an item on",
        bottleneck=MIXED,
        async_lib=(AsyncLib.NO, AsyncLib.NA),
        existing_loop=NO_LOOP,
    ),
    prefer(
        Model.PROCESSES,
        "files-and-computing-in-processes",
        "Files have no readiness for a loop to wait for: a worker process reads and computes a whole item, and only the result travels.",
        f"{MEASURED}: 1.7 to 1.95 times with two processes from 1 ms of computing an item on",
        bottleneck=MIXED,
        io_kind=IoKind.DISK,
        existing_loop=NO_LOOP,
    ),
    prefer(
        Model.PROCESSES,
        "few-whole-items-in-processes",
        "For a few items a pool of processes that does whole ones is enough; an event loop would add nothing.",
        f"{MEASURED}: up to 100 in flight a loop is at most 10% faster than workers that block",
        bottleneck=MIXED,
        fan_out=FanOut.FEW,
        existing_loop=ExistingLoop.NONE,
    ),
    prefer(
        Model.ASYNCIO_PROCESSES,
        "waits-in-a-loop-computing-in-processes",
        "The waits overlap in one event loop, and what computes goes to a pool of processes where it cannot stop the loop.",
        _LOOP_LAG,
        bottleneck=MIXED,
    ),
)
