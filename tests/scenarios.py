"""Programs as recordings: what each thread did, for tests of the analysis and the reports."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from builders import (
    CALLBACK,
    LIBRARY,
    MAIN,
    POOL_IDLE,
    POOL_TASK,
    THREAD,
    Doing,
    RecordingBuilder,
    blocked,
    frame,
    gil_wait,
    lock_wait,
    loop_idle,
    native,
    runnable,
    running,
)

from conc_advisor.concurrency import BlockKind, VerdictId
from conc_advisor.profiling.recording import Frame, Recording

PARSE: Final = (*THREAD, frame("work", "/app/app.py", 20), frame("parse", "/app/parse.py", 41))
FETCH: Final = (*POOL_TASK, frame("fetch", "/app/fetch.py", 12), frame("SSLSocket.read", f"{LIBRARY}/ssl.py", 1100))
COMPRESS: Final = (*POOL_TASK, frame("compress", "/app/pack.py", 7))
HANDLER: Final = (*CALLBACK, frame("handler", "/app/serve.py", 33))
SLOW: Final = (*HANDLER, frame("slow", "/app/serve.py", 40))
WITH_LOCK: Final = (*THREAD, frame("work", "/app/app.py", 20), frame("append", "/app/journal.py", 26))
FUTURE: Final = (
    *MAIN,
    frame("Future.result", f"{LIBRARY}/concurrent/futures/_base.py", 451),
    frame("Condition.wait", f"{LIBRARY}/threading.py", 355),
)
NESTED: Final = (
    *POOL_TASK,
    frame("outer", "/app/nested.py", 9),
    frame("Future.result", f"{LIBRARY}/concurrent/futures/_base.py", 451),
    frame("Condition.wait", f"{LIBRARY}/threading.py", 355),
)
ACCEPT: Final = (*MAIN, frame("socket.accept", f"{LIBRARY}/socket.py", 295))

waits_for_future: Final = blocked(BlockKind.JOIN, *FUTURE)
idle_worker: Final = blocked(BlockKind.QUEUE, *POOL_IDLE)


def in_turn(builder: RecordingBuilder, threads: list[int], do: Doing, meanwhile: Doing, *, rounds: int) -> None:
    """Let each thread have its turn for 10 ms while the others do something else, again and again."""
    for turn in range(rounds):
        holder = threads[turn % len(threads)]
        now = {thread: do if thread == holder else meanwhile for thread in threads}
        builder.during(0.01, now)


def fetches(builder: RecordingBuilder, workers: list[int], seconds: float, stack: tuple[Frame, ...] = FETCH) -> None:
    """Let a pool fetch from sockets: each worker needs a core for a tenth of its time, never two at once."""
    main = builder.thread("MainThread")
    for turn in range(round(seconds / 0.01)):
        now = {worker: blocked(BlockKind.SOCKET, *stack).switching(1, 1) for worker in workers}
        if turn % 10 < len(workers):
            now[workers[turn % 10]] = running(*stack)
        builder.during(0.01, {main: waits_for_future} | now)


def gil_bound(folder: Path) -> Recording:
    """Compute in Python in two threads."""
    builder = RecordingBuilder(folder)
    threads = [builder.thread(name) for name in ("cpu-1", "cpu-2")]
    in_turn(builder, threads, running(*PARSE), gil_wait(*PARSE), rounds=200)
    return builder.build()


def cpu_bound_single(folder: Path) -> Recording:
    """Compute on the main thread."""
    builder = RecordingBuilder(folder)
    return builder.run(builder.thread("MainThread"), running(*MAIN, frame("parse", "/app/parse.py", 41)), 2).build()


def process_pool(folder: Path) -> Recording:
    """Three processes that compute, and their parent that waits."""
    builder = RecordingBuilder(folder)
    parent = builder.thread("MainThread", process=builder.process(pid=10))
    children = [builder.thread("MainThread", process=builder.process(pid=20 + number, parent_pid=10)) for number in range(3)]
    compute = running(*MAIN, frame("_process_worker", f"{LIBRARY}/concurrent/futures/process.py", 252), frame("job", "/app/job.py", 5))
    return builder.during(2, {parent: waits_for_future} | dict.fromkeys(children, compute)).build()


def native_bound(folder: Path) -> Recording:
    """Two pool threads in C code that gives up the GIL."""
    builder = RecordingBuilder(folder)
    main, *threads = (builder.thread(name) for name in ("MainThread", "pool_0", "pool_1"))
    return builder.during(2, {main: waits_for_future} | dict.fromkeys(threads, native(*COMPRESS))).build()


def oversubscribed(folder: Path) -> Recording:
    """Eight threads in native code on two cores."""
    builder = RecordingBuilder(folder, cores=2)
    threads = [builder.thread(f"pool_{number}") for number in range(8)]
    for turn in range(200):
        busy = {threads[turn % 8], threads[(turn + 1) % 8]}
        builder.during(0.01, {thread: (native if thread in busy else runnable)(*COMPRESS) for thread in threads})
    return builder.build()


def io_bound_pool(folder: Path) -> Recording:
    """Four pool threads that fetch from sockets."""
    builder = RecordingBuilder(folder)
    fetches(builder, [builder.thread(f"ThreadPoolExecutor-0_{number}") for number in range(4)], 2)
    return builder.build()


def io_bound_single(folder: Path) -> Recording:
    """One thread that reads from one socket after the other."""
    builder = RecordingBuilder(folder)
    main = builder.thread("MainThread")
    for _ in range(20):
        builder.run(main, blocked(BlockKind.SOCKET, *MAIN, frame("get", "/app/get.py", 3)), 0.09)
        builder.run(main, running(*MAIN, frame("get", "/app/get.py", 4)), 0.01)
    return builder.build()


def healthy_loop(folder: Path) -> Recording:
    """Run an event loop with short callbacks."""
    builder = RecordingBuilder(folder)
    main = builder.thread("MainThread")
    builder.loop(main)
    for _ in range(40):
        builder.run(main, loop_idle().counted(2), 0.04).run(main, running(*HANDLER).counted(4), 0.01)
    return builder.build()


def stalled_loop(folder: Path) -> Recording:
    """Run an event loop with callbacks that sleep for 120 ms."""
    builder = RecordingBuilder(folder)
    main = builder.thread("MainThread")
    builder.loop(main)
    for _ in range(10):
        builder.run(main, loop_idle().counted(2), 0.1).run(main, blocked(BlockKind.SLEEP, *SLOW).counted(1), 0.12)
    return builder.run(main, loop_idle().counted(2), 0.1).build()


def lock_bound(folder: Path) -> Recording:
    """Four threads that sleep in turn while they hold a lock."""
    builder = RecordingBuilder(folder)
    threads = [builder.thread(name) for name in "abcd"]
    writes = blocked(BlockKind.SLEEP, *WITH_LOCK, frame("write", "/app/journal.py", 31))
    in_turn(builder, threads, writes, lock_wait(*WITH_LOCK), rounds=200)
    return builder.build()


def nested_pool(folder: Path) -> Recording:
    """Run a pool whose workers all wait for tasks that the pool itself should run."""
    builder = RecordingBuilder(folder)
    main, *workers = (builder.thread(name) for name in ("MainThread", "pool_0", "pool_1"))
    return builder.during(2, {main: waits_for_future} | dict.fromkeys(workers, blocked(BlockKind.JOIN, *NESTED))).build()


def full_default_executor(folder: Path) -> Recording:
    """Run an event loop whose default executor, at its largest size, only waits for sockets."""
    builder = RecordingBuilder(folder, cores=2)
    main = builder.thread("MainThread")
    workers = [builder.thread(f"asyncio_{number}") for number in range(6)]
    builder.loop(main)
    return builder.during(2, {main: loop_idle().counted(2, 1)} | dict.fromkeys(workers, blocked(BlockKind.SOCKET, *FETCH))).build()


def idle_server(folder: Path) -> Recording:
    """Run a server without clients, its workers idle."""
    builder = RecordingBuilder(folder)
    main, *workers = (builder.thread(name) for name in ("MainThread", "pool_0", "pool_1"))
    return builder.during(2, {main: blocked(BlockKind.SOCKET, *ACCEPT)} | dict.fromkeys(workers, idle_worker)).build()


def idle_loop(folder: Path) -> Recording:
    """Run an asyncio server without clients."""
    builder = RecordingBuilder(folder)
    main = builder.thread("MainThread")
    builder.loop(main)
    return builder.run(main, loop_idle().counted(1), 3).build()


def mixed(folder: Path) -> Recording:
    """Compute for four tenths of the time, wait for three, talk to another thread for three."""
    builder = RecordingBuilder(folder)
    main = builder.thread("MainThread")
    for _ in range(20):
        builder.run(main, running(*MAIN), 0.04)
        builder.run(main, blocked(BlockKind.FILE, *MAIN), 0.03)
        builder.run(main, waits_for_future, 0.03)
    return builder.build()


def too_short(folder: Path) -> Recording:
    """End after a tenth of a second."""
    builder = RecordingBuilder(folder)
    return builder.run(builder.thread("MainThread"), running(*MAIN), 0.1).build()


SCENARIOS: Final[tuple[tuple[Callable[[Path], Recording], VerdictId], ...]] = (
    (gil_bound, VerdictId.GIL_BOUND),
    (cpu_bound_single, VerdictId.CPU_BOUND_SINGLE),
    (process_pool, VerdictId.CPU_BOUND_SINGLE),
    (native_bound, VerdictId.NATIVE_BOUND),
    (oversubscribed, VerdictId.OVERSUBSCRIBED),
    (io_bound_pool, VerdictId.IO_BOUND),
    (io_bound_single, VerdictId.IO_BOUND),
    (healthy_loop, VerdictId.LOOP_HEALTHY),
    (stalled_loop, VerdictId.LOOP_STALLED),
    (lock_bound, VerdictId.LOCK_BOUND),
    (nested_pool, VerdictId.POOL_STARVED),
    (full_default_executor, VerdictId.POOL_STARVED),
    (idle_server, VerdictId.IDLE),
    (idle_loop, VerdictId.IDLE),
    (mixed, VerdictId.MIXED),
    (too_short, VerdictId.NOT_ENOUGH_EVIDENCE),
)
HEALTHY: Final[tuple[Callable[[Path], Recording], ...]] = (
    cpu_bound_single,
    process_pool,
    native_bound,
    io_bound_pool,
    io_bound_single,
    healthy_loop,
    idle_server,
    idle_loop,
    mixed,
    too_short,
)
"""Programs in which nothing stands in anything's way: no finding above `info`."""
