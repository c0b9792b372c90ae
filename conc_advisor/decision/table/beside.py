"""Rows for work beside something that must go on: an event loop or a user interface."""

from typing import Final

from conc_advisor.concurrency import ConcurrencyModel as Model
from conc_advisor.decision.engine import Row
from conc_advisor.decision.table.measured import (
    LAG_BESIDE_A_THREAD,
    LAG_BESIDE_FREE_THREADS,
    LAG_BESIDE_NATIVE_CODE,
    LAG_BESIDE_PROCESSES,
    LATE_BESIDE_A_THREAD,
    LATE_BESIDE_TWO_THREADS,
)
from conc_advisor.decision.table.words import CPU, FREE_THREADED_BUILD, IO, KEEPS_GIL, MEASURED, MIXED, PYTHON_DOCS, UNKNOWN, prefer
from conc_advisor.workload import AsyncLib, ExistingLoop, FanOut, Gil, IoKind, Payload, PythonKind, TaskDuration

_HAS_ASYNC_CLIENT: Final = (IoKind.HTTP, IoKind.SOCKET, IoKind.DB, IoKind.QUEUE, IoKind.SUBPROCESS)


_OFFLOADED: Final = (
    "measured in public reports: a stall of 1.79 s became 0.08 s, another of 6.6 s became 0.17 s, by moving the call to a thread"
)


COMPUTING_BESIDE: Final[tuple[Row, ...]] = (
    prefer(
        Model.ASYNCIO_THREADS,
        "native-code-beside-the-loop",
        "The computing code gives up the GIL, so a thread computes while the loop goes on.",
        LAG_BESIDE_NATIVE_CODE,
        bottleneck=(CPU, MIXED),
        existing_loop=ExistingLoop.ASYNCIO,
        gil=Gil.RELEASES,
    ),
    prefer(
        Model.ASYNCIO_THREADS,
        "free-threads-beside-the-loop",
        "Without a GIL a thread computes in parallel with the loop, and nothing has to be pickled.",
        LAG_BESIDE_FREE_THREADS,
        bottleneck=(CPU, MIXED),
        existing_loop=ExistingLoop.ASYNCIO,
        python=FREE_THREADED_BUILD,
    ),
    prefer(
        Model.ASYNCIO_THREADS,
        "cannot-leave-the-process",
        "What the work needs cannot travel to another process; in a thread it at least lets the loop have its turns, every 5 ms.",
        f"{LAG_BESIDE_A_THREAD}; one long C call that keeps the GIL still stops it",
        bottleneck=(CPU, MIXED),
        existing_loop=ExistingLoop.ASYNCIO,
        payload=Payload.UNPICKLABLE,
    ),
    prefer(
        Model.ASYNCIO_THREADS,
        "too-large-to-send-from-the-loop",
        "Sending data of this size would itself stop the loop: pickling it keeps the GIL.",
        f"{MEASURED}: pickling 1 MB of dicts takes about 5 ms, with the GIL held",
        bottleneck=CPU,
        existing_loop=ExistingLoop.ASYNCIO,
        payload=Payload.LARGE,
        task_duration=(TaskDuration.TINY, TaskDuration.SHORT, None),
    ),
    prefer(
        Model.ASYNCIO_THREADS,
        "large-data-beside-the-loop",
        "The data is too large to be sent, and a good part of the computing gives up the GIL: a thread works on it beside the loop.",
        f"{MEASURED}: two threads 1.1 to 1.5 times where a call gives the GIL up for a part of its time; pickling at 60 to 200 MB/s",
        bottleneck=(CPU, MIXED),
        existing_loop=ExistingLoop.ASYNCIO,
        payload=Payload.LARGE,
        gil=Gil.MIXED,
    ),
    prefer(
        Model.ASYNCIO_THREADS,
        "a-little-python-beside-the-loop",
        "A few items with milliseconds of Python each: a thread keeps the loop's turns coming, every 5 ms, without a pool of processes.",
        "a public report: ten pages parsed in a thread, worst stall 0.08 s instead of 1.8 s",
        bottleneck=MIXED,
        existing_loop=ExistingLoop.ASYNCIO,
        gil=KEEPS_GIL,
        fan_out=(FanOut.ONE, FanOut.FEW),
        task_duration=TaskDuration.SHORT,
    ),
    prefer(
        Model.ASYNCIO_PROCESSES,
        "python-beside-the-loop",
        "Python code keeps the GIL from the loop; in a process of its own it does not.",
        LAG_BESIDE_PROCESSES,
        bottleneck=(CPU, MIXED),
        existing_loop=ExistingLoop.ASYNCIO,
        gil=KEEPS_GIL,
    ),
    prefer(
        Model.ASYNCIO_THREADS,
        "beside-the-loop-without-processes",
        "Where processes are not to be had, or do not suit the data, a thread lets the loop have its turns, every 5 ms.",
        LAG_BESIDE_A_THREAD,
        bottleneck=(CPU, MIXED),
        existing_loop=ExistingLoop.ASYNCIO,
    ),
    prefer(
        Model.PROCESSES,
        "python-beside-the-ui",
        "Python code that computes keeps the GIL from the user interface; in a process of its own it does not.",
        f"{LATE_BESIDE_TWO_THREADS}; not at all during one long C call",
        bottleneck=(CPU, MIXED),
        existing_loop=ExistingLoop.GUI,
        gil=Gil.HOLDS,
        payload=(Payload.SMALL, Payload.LARGE, None),
        python=(PythonKind.BEFORE_TASK_GROUPS, PythonKind.TASK_GROUPS, PythonKind.INTERPRETERS, PythonKind.ANY, None),
    ),
    prefer(
        Model.THREADS,
        "one-worker-beside-the-ui",
        "One worker thread keeps the user interface alive; it hands results over by the toolkit's own signals.",
        LATE_BESIDE_A_THREAD,
        bottleneck=(CPU, MIXED),
        existing_loop=ExistingLoop.GUI,
        python=(PythonKind.BEFORE_TASK_GROUPS, PythonKind.TASK_GROUPS, PythonKind.INTERPRETERS, PythonKind.ANY, None),
    ),
)


WAITING_BESIDE_A_UI: Final[tuple[Row, ...]] = (
    prefer(
        Model.ASYNCIO_THREADS,
        "loop-in-a-thread-beside-the-ui",
        "So many waits belong to an event loop, which runs in a thread of its own beside the user interface.",
        f"{PYTHON_DOCS}/library/asyncio-task.html#asyncio.run_coroutine_threadsafe",
        bottleneck=IO,
        existing_loop=ExistingLoop.GUI,
        async_lib=AsyncLib.YES,
        fan_out=(FanOut.THOUSANDS, FanOut.MORE),
    ),
    prefer(
        Model.THREADS,
        "wait-beside-the-ui",
        "A worker thread waits while the user interface goes on; it hands results over by the toolkit's own signals.",
        "https://doc.qt.io/qt-6/threads-technologies.html",
        bottleneck=(IO, UNKNOWN),
        existing_loop=ExistingLoop.GUI,
    ),
)


WAITING_BESIDE_A_LOOP: Final[tuple[Row, ...]] = (
    prefer(
        Model.ASYNCIO,
        "async-children",
        "asyncio starts child programs and waits for them itself.",
        f"{PYTHON_DOCS}/library/asyncio-subprocess.html",
        bottleneck=IO,
        existing_loop=ExistingLoop.ASYNCIO,
        io_kind=IoKind.SUBPROCESS,
    ),
    prefer(
        Model.ASYNCIO,
        "too-short-to-hand-over",
        "A wait under a millisecond costs the loop less than handing it to a thread.",
        f"{MEASURED}: run_in_executor and back, 48 to 66 us",
        bottleneck=IO,
        existing_loop=ExistingLoop.ASYNCIO,
        io_kind=IoKind.DISK,
        task_duration=TaskDuration.TINY,
    ),
    prefer(
        Model.ASYNCIO_THREADS,
        "files-in-threads",
        "Files block the loop whatever the library: they are read in a thread.",
        f"{PYTHON_DOCS}/library/asyncio-task.html#running-in-threads",
        bottleneck=IO,
        existing_loop=ExistingLoop.ASYNCIO,
        io_kind=IoKind.DISK,
    ),
    prefer(
        Model.ASYNCIO,
        "await-it-in-the-loop",
        "A loop runs already and everything that waits has an async client: one more task costs 1.4 KB.",
        f"{MEASURED}: 1.4 KB a task, 3 to 7 us to create and await",
        bottleneck=(IO, UNKNOWN),
        existing_loop=ExistingLoop.ASYNCIO,
        async_lib=AsyncLib.YES,
    ),
    prefer(
        Model.ASYNCIO,
        "nothing-blocks-the-loop",
        "A loop runs already and no library blocks it.",
        f"{PYTHON_DOCS}/library/asyncio-task.html",
        bottleneck=IO,
        existing_loop=ExistingLoop.ASYNCIO,
        async_lib=AsyncLib.NA,
    ),
    prefer(
        Model.ASYNCIO,
        "stages-as-tasks",
        "A loop runs already: each stage is a task, with a bounded queue before it, and all of them wait at the same time.",
        f"{PYTHON_DOCS}/library/asyncio-queue.html",
        bottleneck=IO,
        existing_loop=ExistingLoop.ASYNCIO,
        pipeline=True,
        io_kind=(*_HAS_ASYNC_CLIENT, UNKNOWN),
        async_lib=UNKNOWN,
    ),
    prefer(
        Model.ASYNCIO_THREADS,
        "blocking-calls-off-the-loop",
        "A blocking call stops every other task of the loop; in a thread it stops none.",
        _OFFLOADED,
        bottleneck=(IO, UNKNOWN),
        existing_loop=ExistingLoop.ASYNCIO,
        async_lib=(AsyncLib.NO, AsyncLib.PARTIAL),
    ),
    prefer(
        Model.ASYNCIO,
        "async-clients-exist",
        "A loop runs already, and for this kind of waiting there are async clients.",
        "the catalogue of this tool: aiohttp, httpx, asyncpg, redis, aiokafka and others",
        bottleneck=IO,
        existing_loop=ExistingLoop.ASYNCIO,
        io_kind=_HAS_ASYNC_CLIENT,
    ),
    prefer(
        Model.ASYNCIO_THREADS,
        "what-may-block-goes-to-a-thread",
        "A loop runs already; as long as nobody knows whether the call blocks it, a thread is the safe place.",
        _OFFLOADED,
        bottleneck=(IO, UNKNOWN),
        existing_loop=ExistingLoop.ASYNCIO,
    ),
)
