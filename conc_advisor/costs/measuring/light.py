"""Threads and tasks: what one costs, in time and in memory."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from concurrent.futures import Executor, ThreadPoolExecutor

from .rounds import missing, repeated, row, timed
from .work import coroutine, nothing

_IDLE_THREADS = 200
_IDLE_TASKS = 5000
_TASKS = 2000
_CALLS = 200
_IN_BULK = 1000
_KB = 1024


def measure_memory() -> None:
    """Print what an idle thread and a sleeping task occupy; comes first, while no memory has been used and given back."""
    if not os.path.exists("/proc/self/statm"):
        for name in ("thread_kb", "task_kb"):
            missing(name, "this system does not tell how much memory a process has")
        return
    row("thread_kb", lambda: [_idle_threads_kb()])
    row("task_kb", lambda: [asyncio.run(_idle_tasks_kb())])


def measure_time() -> None:
    """Print how long threads and tasks take."""
    row("thread_seconds", lambda: repeated(timed(_one_thread, 100)))
    row("task_seconds", lambda: repeated(lambda: asyncio.run(_tasks())))
    row("loop_seconds", lambda: repeated(timed(lambda: asyncio.run(coroutine()), 20)))
    row("to_thread_seconds", lambda: repeated(lambda: asyncio.run(_handed_over())))
    with ThreadPoolExecutor(2) as pool:
        row("thread_pool_call_seconds", lambda: repeated(timed(lambda: pool.submit(nothing).result(), _CALLS)))
        row("thread_pool_task_seconds", lambda: repeated(lambda: in_bulk(pool, _IN_BULK)))


def in_bulk(pool: Executor, tasks: int) -> float:
    """Return the seconds of each of many tasks that are submitted at once."""
    begin = time.perf_counter()
    for future in [pool.submit(nothing) for _ in range(tasks)]:
        future.result()
    return (time.perf_counter() - begin) / tasks


def _one_thread() -> None:
    thread = threading.Thread(target=nothing)
    thread.start()
    thread.join()


async def _tasks() -> float:
    begin = time.perf_counter()
    for _ in range(_TASKS):
        await asyncio.create_task(coroutine())
    return (time.perf_counter() - begin) / _TASKS


async def _handed_over() -> float:
    loop = asyncio.get_running_loop()
    begin = time.perf_counter()
    for _ in range(_CALLS):
        await loop.run_in_executor(None, nothing)
    return (time.perf_counter() - begin) / _CALLS


def _idle_threads_kb() -> float:
    stop = threading.Event()
    threads = [threading.Thread(target=stop.wait) for _ in range(_IDLE_THREADS)]
    before = resident_kb()
    try:
        for thread in threads:
            thread.start()
        return (resident_kb() - before) / _IDLE_THREADS
    finally:
        stop.set()
        for thread in threads:
            if thread.ident is not None:
                thread.join()


async def _idle_tasks_kb() -> float:
    before = resident_kb()
    tasks = [asyncio.create_task(asyncio.sleep(_IDLE_TASKS)) for _ in range(_IDLE_TASKS)]
    await asyncio.sleep(0)
    grown = resident_kb() - before
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return grown / _IDLE_TASKS


def resident_kb() -> float:
    """Return how much memory this process occupies, in KB; raises `OSError` where the system does not say."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / _KB
