"""One large array of numbers for several processes, without copying it to them.

One process owns the memory: it makes it, and removes it when the `with` block ends, whatever
happened.  Its worker processes attach to it by name, each works on a slice of its own (so that no
lock is needed), and they close what they attached.
"""

from __future__ import annotations

import importlib
import importlib.util
import math
import multiprocessing
import os
import struct
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.shared_memory import SharedMemory
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.context import ForkServerContext, SpawnContext

Value = TypeVar("Value")


@dataclass(frozen=True)
class SharedArray:
    """Where an array is and what it holds; small, so it is sent to the workers instead of the data.

    `typecode` is one of the `struct` module's: "d" for 8-byte floats, "q" for 8-byte integers.
    """

    name: str
    typecode: str
    length: int


@contextmanager
def owned_array(typecode: str, length: int) -> Iterator[tuple[SharedArray, memoryview[Any]]]:
    """Make the memory, filled with zeros; it is removed at the end, for everybody.

    Raises `BufferError` at the end when something still uses it, such as a NumPy array that was
    made of it and not deleted; it is removed all the same.
    """
    size = length * struct.calcsize(typecode)
    memory = SharedMemory(create=True, size=max(size, 1))  # no system gives an empty one
    try:
        array = SharedArray(memory.name, typecode, length)
        with _viewed(memory, array) as view:
            yield array, view
    finally:
        memory.unlink()


@contextmanager
def attached_array(array: SharedArray) -> Iterator[memoryview[Any]]:
    """Use the memory that another process owns: this one's parent.

    Before 3.13 attaching tells the resource tracker that the memory is ours to remove.  Parent and
    workers of `multiprocessing` have one tracker, which knows it already; an unrelated process has
    its own, which would remove the memory when that process ends.
    """
    if sys.version_info >= (3, 13):
        memory = SharedMemory(array.name, track=False)
    else:
        memory = SharedMemory(array.name)
    with _viewed(memory, array) as view:
        yield view


def even_slices(length: int, parts: int) -> list[slice]:
    """Return slices that cover the length, differ by at most one item, and are never empty."""
    size, longer = divmod(length, parts)
    edges = [number * size + min(number, longer) for number in range(parts + 1)]
    return [slice(edges[number], edges[number + 1]) for number in range(min(parts, length))]


def map_slices(
    work: Callable[[memoryview[Any]], Value], array: SharedArray, *, workers: int, parts: int = 0
) -> list[Value]:
    """Return `work(part)` for each of `parts` slices (as many as workers if 0), in order.

    `work` is a function at the top level of a module.  It may read and write its part, and must not
    keep it.  What it returns is pickled: return little.  The first error is raised, after the
    slices that have begun are done.
    """
    for what, count, least in (("workers", workers, 1), ("parts", parts, 0)):
        if count < least:
            message = f"{what} must be at least {least}, not {count}"
            raise ValueError(message)
    slices = even_slices(array.length, parts or workers)
    with ProcessPoolExecutor(
        workers, mp_context=start_context(), initializer=end_with_parent
    ) as pool:
        futures = [pool.submit(_work_on, work, array, each) for each in slices]
        try:
            return [future.result() for future in futures]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def end_with_parent() -> None:
    """End this process when its parent is gone: one that dies of a signal tells nobody.

    Runs in a worker, and starts a thread there.  When the last worker has ended, so does Python's
    resource tracker, and removes the memory.
    """

    def watch() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()


def as_numpy(part: memoryview[Any]) -> Any:  # noqa: ANN401  # numpy may not be there to name its type
    """Return the part as a NumPy array over the same memory; raises ImportError without NumPy.

    Delete the array, and all that was sliced from it, before the `with` block ends.
    """
    return importlib.import_module("numpy").frombuffer(part, dtype=part.format)


def start_context() -> ForkServerContext | SpawnContext:
    """Return how to start processes: never by fork, which copies locks that other threads hold."""
    if "forkserver" in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("forkserver")
    return multiprocessing.get_context("spawn")


@contextmanager
def _viewed(memory: SharedMemory, array: SharedArray) -> Iterator[memoryview[Any]]:
    """Give a view of the items, and close the memory in this process."""
    buffer: Any = memory.buf  # its type knows only some typecodes
    size = array.length * struct.calcsize(array.typecode)
    view: memoryview[Any] = buffer[:size].cast(array.typecode)  # systems round up to whole pages
    try:
        yield view
    except BaseException:
        with suppress(BufferError):  # the error's traceback may hold arrays; it matters more
            view.release()
            memory.close()
        raise
    view.release()
    memory.close()


def _work_on(work: Callable[[memoryview[Any]], Value], array: SharedArray, which: slice) -> Value:
    """Work on one slice.  Runs in a worker."""
    with attached_array(array) as view, view[which] as part:
        return work(part)


# ------------------------------------------------------------------ the demo: replace it by yours


def square(part: memoryview[Any]) -> float:
    """Square the numbers in place, and return the sum of the squares."""
    if importlib.util.find_spec("numpy"):
        numbers = as_numpy(part)
        numbers *= numbers
        return float(numbers.sum())
    total = 0.0
    for index, number in enumerate(part):
        part[index] = number * number
        total += part[index]
    return total


def main() -> int:
    """Show that workers change the owner's memory in place, and that it is removed at the end."""
    length = 200_000
    with owned_array("d", length) as (array, numbers):
        for index in range(length):
            numbers[index] = float(index)
        sums = map_slices(square, array, workers=2, parts=8)
        last, total = numbers[length - 1], sum(sums)
    expected = float((length - 1) * length * (2 * length - 1) // 6)
    print(f"{length} numbers, {length * 8} bytes shared, {len(sums)} slices")
    print(f"the last one, squared by a worker: {last:.0f}; sum of the squares: {total:.6g}")
    try:
        SharedMemory(array.name).close()
        gone = False
    except FileNotFoundError:
        gone = True
    print(f"removed: {gone}, processes left: {multiprocessing.active_children()}")
    right = last == (length - 1) ** 2 and math.isclose(total, expected)
    return 0 if right and gone and not multiprocessing.active_children() else 1


if __name__ == "__main__":
    sys.exit(main())
