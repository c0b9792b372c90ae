"""Rows for work that waits, and for work of which nobody knows what it does."""

from typing import Final

from conc_advisor.concurrency import ConcurrencyModel as Model
from conc_advisor.decision.engine import Row
from conc_advisor.decision.table.words import FREE_THREADED_BUILD, IO, MANY, MEASURED, NO_LOOP, PYTHON_DOCS, SEVERAL, UNKNOWN, prefer
from conc_advisor.workload import AsyncLib, ExistingLoop, FanOut, Gil, IoKind, Latency, TaskDuration, TotalWork

_NETWORK: Final = (IoKind.HTTP, IoKind.SOCKET)
_HAS_ASYNC_CLIENT: Final = (IoKind.HTTP, IoKind.SOCKET, IoKind.DB, IoKind.QUEUE, IoKind.SUBPROCESS)
_UP_TO_100: Final = f"{MEASURED}: up to 100 in flight threads and asyncio differ by 2 to 10%"
_FAN_OUT: Final = f"{MEASURED}: 6,000 requests, 1,000 in flight: aiohttp 0.56 s, urllib3 in threads 1.47 s, requests 2.66 s"
_OFFLOADED: Final = (
    "measured in public reports: a stall of 1.79 s became 0.08 s, another of 6.6 s became 0.17 s, by moving the call to a thread"
)
_NOBODY_KNOWS: Final = "the defaults of this tool: measure before optimising"

BESIDE_A_UI: Final[tuple[Row, ...]] = (
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

BESIDE_A_LOOP: Final[tuple[Row, ...]] = (
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

FEW_WAITS: Final[tuple[Row, ...]] = (
    prefer(
        Model.THREADS,
        "children-from-threads",
        "Waiting for child programs takes a thread each, and nothing else of this process.",
        f"{MEASURED}: waiting for a child releases the GIL; starting /bin/true takes 0.5 to 2 ms",
        bottleneck=(IO, UNKNOWN),
        io_kind=IoKind.SUBPROCESS,
    ),
    prefer(
        Model.THREADS,
        "one-thread-for-the-device",
        "A device has one conversation at a time: one thread owns it and passes on what it says through a queue.",
        f"{PYTHON_DOCS}/library/queue.html",
        bottleneck=(IO, UNKNOWN),
        io_kind=IoKind.SERIAL,
    ),
    prefer(
        Model.THREADS,
        "many-files-in-threads",
        "Reads of many files overlap in a few threads (4 to 16), above all over a network; measure it on one local disk.",
        f"{MEASURED}: file reads release the GIL; os.stat from two threads 0.7 to 1.1 times, so small local files may gain nothing",
        bottleneck=IO,
        io_kind=IoKind.DISK,
        fan_out=(FanOut.TENS, *MANY),
        task_duration=(TaskDuration.SECONDS, TaskDuration.LONG, TaskDuration.LONG_LIVED, UNKNOWN),
    ),
    prefer(
        Model.THREADS,
        "slow-files-in-threads",
        "Reads that take this long overlap in a few threads.",
        f"{MEASURED}: file reads release the GIL",
        bottleneck=IO,
        io_kind=IoKind.DISK,
        fan_out=FanOut.FEW,
        task_duration=(TaskDuration.SECONDS, TaskDuration.LONG),
    ),
    prefer(
        Model.THREADS,
        "files-beside-something-else",
        "A thread reads or writes while the rest goes on.",
        f"{MEASURED}: file reads release the GIL",
        bottleneck=IO,
        io_kind=IoKind.DISK,
        latency=Latency.RESPONSIVE,
    ),
    prefer(
        Model.THREADS,
        "file-stages-in-threads",
        "A thread a stage and a bounded queue between them let reading, work and writing overlap.",
        f"{PYTHON_DOCS}/library/queue.html",
        bottleneck=IO,
        io_kind=IoKind.DISK,
        pipeline=True,
    ),
    prefer(
        Model.SEQUENTIAL,
        "one-disk",
        "A disk serves short reads one after another: larger reads and a cache help more than workers; measure before adding any.",
        f"{MEASURED}: os.stat from two threads 0.7 to 1.1 times, os.walk 0.8 to 1.0; a public report: 1.2 times at best on spinning disks",
        bottleneck=(IO, UNKNOWN),
        io_kind=IoKind.DISK,
    ),
)

MANY_WAITS: Final[tuple[Row, ...]] = (
    prefer(
        Model.ASYNCIO,
        "long-lived-connections",
        "A long-lived connection costs a loop 8 KB and no thread, and can be cancelled.",
        f"{MEASURED}: 7.8 KB an open stream with its task, 17 to 23 KB a thread with a socket",
        bottleneck=IO,
        task_duration=TaskDuration.LONG_LIVED,
        async_lib=(AsyncLib.YES, AsyncLib.NA),
    ),
    prefer(
        Model.ASYNCIO,
        "many-long-lived-connections",
        "So many long-lived connections belong to one event loop: it costs 8 KB each and no thread.",
        f"{MEASURED}: 7.8 KB an open stream with its task, 17 to 23 KB a thread with a socket",
        bottleneck=IO,
        task_duration=TaskDuration.LONG_LIVED,
        io_kind=_NETWORK,
        fan_out=(FanOut.TENS, *MANY),
        async_lib=(AsyncLib.PARTIAL, UNKNOWN),
    ),
    prefer(
        Model.ASYNCIO,
        "many-waits-in-one-loop",
        "This many waits cost a loop 1.4 KB each, and everything that waits has an async client.",
        _FAN_OUT,
        bottleneck=IO,
        async_lib=AsyncLib.YES,
        fan_out=(FanOut.TENS, *MANY, UNKNOWN),
        io_kind=(*_HAS_ASYNC_CLIENT, UNKNOWN),
    ),
    prefer(
        Model.ASYNCIO_THREADS,
        "loop-with-threads-for-the-rest",
        "The loop takes the waits that have an async client, a bounded pool of threads takes the others.",
        f"{PYTHON_DOCS}/library/asyncio-task.html#running-in-threads",
        bottleneck=IO,
        async_lib=AsyncLib.PARTIAL,
        fan_out=(FanOut.THOUSANDS, FanOut.MORE),
    ),
    prefer(
        Model.ASYNCIO,
        "many-network-waits",
        "Async clients exist for this kind of waiting, and at this number they are 2 to 5 times faster than threads.",
        _FAN_OUT,
        bottleneck=(IO, UNKNOWN),
        io_kind=_NETWORK,
        fan_out=MANY,
        async_lib=(AsyncLib.NA, UNKNOWN),
    ),
    prefer(
        Model.THREADS,
        "few-waits-in-threads",
        "For a few waits at once a bounded pool of threads is as fast as asyncio, and the code stays as it is.",
        _UP_TO_100,
        bottleneck=IO,
        fan_out=SEVERAL,
    ),
    prefer(
        Model.THREADS,
        "blocking-clients-in-threads",
        "The libraries only block, and blocking releases the GIL: a bounded pool of threads overlaps the waits.",
        f"{MEASURED}: all of 39 blocking calls released the GIL; urllib3 in 200 threads within 4% of aiohttp",
        bottleneck=(IO, UNKNOWN),
        async_lib=(AsyncLib.NO, AsyncLib.PARTIAL),
    ),
    prefer(
        Model.ASYNCIO,
        "stay-responsive-in-a-loop",
        "Everything that waits has an async client, so one loop waits and stays responsive.",
        f"{PYTHON_DOCS}/library/asyncio-task.html",
        bottleneck=(IO, UNKNOWN),
        async_lib=AsyncLib.YES,
    ),
    prefer(
        Model.THREADS,
        "waits-in-threads",
        "Waiting releases the GIL, and threads work with every library: the safe choice while the number and the libraries are not known.",
        _UP_TO_100,
        bottleneck=IO,
    ),
)

UNSURE: Final[tuple[Row, ...]] = (
    prefer(
        Model.SEQUENTIAL,
        "nothing-to-overlap",
        "Tasks under a millisecond are done before anyone has taken them over.",
        f"{MEASURED}: a call through a thread pool costs 20 to 50 us, through a process pool 95 to 170 us",
        bottleneck=UNKNOWN,
        task_duration=TaskDuration.TINY,
        existing_loop=NO_LOOP,
        total_work=(TotalWork.SECONDS, UNKNOWN),
    ),
    prefer(
        Model.THREADS,
        "native-code-known",
        "All that is known is that it computes and gives up the GIL, which is what threads are good at.",
        f"{MEASURED}: 1.7 to 1.96 times with two threads for NumPy, zlib, hashlib, Pillow",
        bottleneck=UNKNOWN,
        gil=Gil.RELEASES,
    ),
    prefer(
        Model.FREE_THREADED,
        "no-gil-known",
        "All that is known is that it computes in Python, on a build without a GIL.",
        f"{MEASURED}: 1.8 to 2.0 times with two threads on 3.14t from 0.1 ms a task on",
        bottleneck=UNKNOWN,
        gil=Gil.HOLDS,
        python=FREE_THREADED_BUILD,
    ),
    prefer(
        Model.PROCESSES,
        "python-code-known",
        "All that is known is that it computes in Python, which only processes do on several cores.",
        f"{MEASURED}: 1.0 times with two threads, 1.7 to 1.95 times with two processes",
        bottleneck=UNKNOWN,
        gil=Gil.HOLDS,
    ),
    prefer(
        Model.THREADS,
        "something-must-stay-responsive",
        "A worker thread keeps the rest alive, whatever the work turns out to be.",
        f"{MEASURED}: another thread answers 3 ms later beside one computing thread",
        bottleneck=UNKNOWN,
        latency=Latency.RESPONSIVE,
    ),
    prefer(
        Model.SEQUENTIAL,
        "measure-first",
        "Nobody knows yet where the time goes: leave the code as it is until a profile says so.",
        _NOBODY_KNOWS,
    ),
)
