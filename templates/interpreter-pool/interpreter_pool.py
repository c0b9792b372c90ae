"""Computes in sub-interpreters of this process: each has a GIL of its own, so they run at once.

They take less memory than processes and start no program.  The price: not every extension module
can be imported there, and a crash in one takes the whole program with it.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence
    from concurrent.futures import Executor

if sys.version_info >= (3, 14):
    from concurrent.futures import InterpreterPoolExecutor
    from concurrent.interpreters import ExecutionFailed, create

    def _can_be_imported(module: str) -> bool:
        with closing(create()) as interpreter:
            try:
                interpreter.exec(f"import {module}")
            except ExecutionFailed:
                return False
        return True


Item = TypeVar("Item")
Value = TypeVar("Value")


class InterpretersError(RuntimeError):
    """Sub-interpreters cannot be used here; the message says why, and what to do."""


def why_not_interpreters(modules: Sequence[str] = ()) -> str:
    """Return why the work cannot run in a sub-interpreter, or an empty text if it can.

    `modules` are those that it imports: they are imported in a sub-interpreter, as a trial.
    """
    if sys.version_info >= (3, 14):
        refused = [module for module in modules if not _can_be_imported(module)]
        return f"{', '.join(refused)} cannot be imported there" if refused else ""
    return f"they need Python 3.14 or newer; this is {sys.version.split()[0]}"


def open_pool(
    workers: int, *, modules: Sequence[str] = (), fall_back_to_processes: bool = False
) -> Executor:
    """Return a pool of sub-interpreters; use it in a `with`.

    `modules` are those that the work imports.  Where sub-interpreters cannot be used it is a pool
    of processes, if you said so, and `InterpretersError` otherwise.
    """
    reason = why_not_interpreters(modules)
    if not reason and sys.version_info >= (3, 14):
        return InterpreterPoolExecutor(workers, thread_name_prefix="interpreter")
    if not fall_back_to_processes:
        message = (
            f"no pool of sub-interpreters: {reason}; "
            "use processes: open_pool(…, fall_back_to_processes=True)"
        )
        raise InterpretersError(message)
    methods = multiprocessing.get_all_start_methods()
    # Never by fork, which copies locks that other threads hold.
    method = "forkserver" if "forkserver" in methods else "spawn"
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context(method))


def map_in_pool(
    pool: Executor, work: Callable[[Item], Value], items: Iterable[Item], *, ahead: int
) -> Generator[Value, None, None]:
    """Yield `work(item)` for each item, in their order.

    `work` has to be a function at the top level of a module; it, the items and the values are
    pickled, as for processes (bytes are not copied much).  Handing one over costs some 50 µs, so
    let an item stand for a millisecond of work or more.

    At most `ahead` items are held: read from `items` and not yet handed on.  The first error is
    raised.  However it ends, what has not begun is cancelled; what runs ends by itself, and leaving
    the pool's `with` waits for it: a sub-interpreter cannot be stopped.
    """
    source = iter(items)
    held: deque[Future[Value]] = deque()
    try:
        while True:
            for item in source:
                held.append(pool.submit(work, item))
                if len(held) >= ahead:
                    break
            if not held:
                return
            yield held.popleft().result()
    finally:
        for future in held:
            future.cancel()


# ------------------------------------------------------------------ the demo: replace it by yours


def count_primes(limit: int) -> tuple[int, int]:
    """Return how many primes lie below the limit, and the process that counted."""
    primes = sum(all(number % each for each in range(2, number)) for number in range(2, limit))
    return primes, os.getpid()


def main() -> int:
    """Show that the work runs in this process where that is possible, in bounds and in order."""
    read = most_ahead = 0
    counts: list[int] = []
    processes: set[int] = set()

    def limits() -> Generator[int, None, None]:
        nonlocal read, most_ahead
        for limit in range(400, 440):
            read += 1
            most_ahead = max(most_ahead, read - len(counts))
            yield limit

    reason = why_not_interpreters(["math", "json"])
    print("sub-interpreters:", f"no, {reason}; so processes" if reason else "yes")
    with (
        open_pool(2, modules=["math", "json"], fall_back_to_processes=True) as pool,
        closing(map_in_pool(pool, count_primes, limits(), ahead=4)) as results,
    ):
        for count, process in results:
            counts.append(count)
            processes.add(process)
    here = processes == {os.getpid()}
    print(
        f"{len(counts)} results, in order: {counts == sorted(counts)}; all in this process: {here}"
    )
    print(f"at most {most_ahead} were held (allowed: 4)")
    print(f"processes left: {multiprocessing.active_children()}")
    right = counts == sorted(counts) and here == (not reason) and most_ahead <= len("held")
    return 0 if right and not multiprocessing.active_children() else 1


if __name__ == "__main__":
    sys.exit(main())
