"""Rows for work that waits."""

from typing import Final

from conc_advisor.concurrency import ConcurrencyModel as Model
from conc_advisor.decision.engine import Row
from conc_advisor.decision.table.measured import UP_TO_100
from conc_advisor.decision.table.words import IO, MANY, MEASURED, PYTHON_DOCS, SEVERAL, UNKNOWN, prefer
from conc_advisor.workload import AsyncLib, ExistingLoop, FanOut, IoKind, Latency, TaskDuration, TotalWork

_NETWORK: Final = (IoKind.HTTP, IoKind.SOCKET)


_HAS_ASYNC_CLIENT: Final = (IoKind.HTTP, IoKind.SOCKET, IoKind.DB, IoKind.QUEUE, IoKind.SUBPROCESS)


_FAN_OUT: Final = f"{MEASURED}: 6,000 requests, 1,000 in flight: aiohttp 0.56 s, urllib3 in threads 1.47 s, requests 2.66 s"


FEW_WAITS: Final[tuple[Row, ...]] = (
    prefer(
        Model.ASYNCIO,
        "many-children-in-one-loop",
        "asyncio starts child programs and waits for them itself: so many at once need no thread each.",
        f"{PYTHON_DOCS}/library/asyncio-subprocess.html",
        bottleneck=IO,
        io_kind=IoKind.SUBPROCESS,
        async_lib=AsyncLib.YES,
        fan_out=MANY,
    ),
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
        "long-copies-in-threads",
        "Long reads and copies overlap in a few threads, above all over a network; on one local disk measure whether they do.",
        "a public report: copies to a render farm's storage in 6:50 instead of 16:51 with a pool of threads",
        bottleneck=IO,
        io_kind=IoKind.DISK,
        total_work=TotalWork.LONG,
        fan_out=(FanOut.FEW, UNKNOWN),
        task_duration=(TaskDuration.SECONDS, TaskDuration.LONG, UNKNOWN),
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
        "too-many-connections-for-threads",
        "So many connections that stay open would need a thread each; an event loop's own streams carry them, whatever the library.",
        f"{MEASURED}: 7.8 KB an open stream with its task, 17 to 23 KB a thread with a socket; {PYTHON_DOCS}/library/asyncio-stream.html",
        bottleneck=IO,
        task_duration=TaskDuration.LONG_LIVED,
        io_kind=_NETWORK,
        fan_out=(FanOut.THOUSANDS, FanOut.MORE),
        async_lib=AsyncLib.NO,
    ),
    prefer(
        Model.ASYNCIO,
        "many-waits-in-one-loop",
        "Everything that waits has an async client, and a wait costs an event loop 1.4 KB and no thread.",
        _FAN_OUT,
        bottleneck=IO,
        async_lib=AsyncLib.YES,
        fan_out=(FanOut.TENS, *MANY, UNKNOWN),
        io_kind=(*_HAS_ASYNC_CLIENT, UNKNOWN),
    ),
    prefer(
        Model.THREADS,
        "one-wait-in-the-background",
        "There is one thing to wait for while the program goes on: one background thread is enough.",
        f"{PYTHON_DOCS}/library/threading.html",
        bottleneck=IO,
        fan_out=FanOut.ONE,
        latency=Latency.RESPONSIVE,
        existing_loop=ExistingLoop.NONE,
    ),
    prefer(
        Model.ASYNCIO,
        "conversations-in-one-loop",
        "A connection that keeps a conversation belongs to one thread: an event loop carries several of them on in one.",
        f"{PYTHON_DOCS}/library/asyncio-stream.html",
        bottleneck=IO,
        io_kind=IoKind.SOCKET,
        async_lib=AsyncLib.YES,
        fan_out=FanOut.FEW,
    ),
    prefer(
        Model.ASYNCIO,
        "few-waits-with-an-async-client",
        "Everything that waits has an async client, and nothing is known of the program around it that would speak for threads.",
        UP_TO_100,
        bottleneck=IO,
        async_lib=AsyncLib.YES,
        fan_out=FanOut.FEW,
        existing_loop=UNKNOWN,
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
        existing_loop=UNKNOWN,
    ),
    prefer(
        Model.ASYNCIO,
        "many-network-waits",
        "Async clients exist for this kind of waiting; from several hundred at once on they are faster than threads.",
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
        UP_TO_100,
        bottleneck=IO,
        fan_out=SEVERAL,
    ),
    prefer(
        Model.THREADS,
        "blocking-clients-in-threads",
        "The libraries only block, and blocking releases the GIL: a bounded pool of threads overlaps the waits.",
        f"{MEASURED}: all of 39 blocking calls released the GIL; urllib3 in 200 threads within 6% of aiohttp (0.37 and 0.35 s)",
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
        UP_TO_100,
        bottleneck=IO,
    ),
)
