"""Computes in threads, in parallel where the GIL is off.

Without the GIL, threads that change one object take turns at it and are slower than one thread
alone.  So each thread here folds its items into a result of its own, which nobody else touches, and
the results are merged at the end.  Threads meet only to take the next few items.
"""

from __future__ import annotations

import itertools
import os
import sys
import threading
import warnings
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Item = TypeVar("Item")
Result = TypeVar("Result")


class GilWarning(RuntimeWarning):
    """The GIL is on, so threads would not compute in parallel."""


def gil_is_off() -> bool:
    """Return whether threads compute in parallel here; ask after all imports.

    Importing an extension module that does not declare support turns the GIL on again for the whole
    process, even in a free-threaded build.
    """
    is_enabled = getattr(sys, "_is_gil_enabled", None)  # from 3.13 on
    return is_enabled is not None and not is_enabled()


def fold_in_threads(  # noqa: PLR0913  # each is a choice that the caller has to be able to make
    items: Iterable[Item],
    *,
    new: Callable[[], Result],
    add: Callable[[Result, Item], object],
    merge: Callable[[Result, Result], object],
    threads: int | None = None,
    chunk: int = 100,
) -> Result:
    """Return all items folded into one result.

    Each thread makes a result with `new`, and calls `add(result, item)` for its items; at the end
    `merge(first, other)` puts the others into the first.  Which thread gets which items is chance,
    so `add` and `merge` must not depend on the order.  `add` may read what is shared, and must not
    change it.

    `threads` is the number of usable cores where not given.  They take `chunk` items at a time:
    enough to be a millisecond of work, so that taking them does not matter.  Items are read as they
    are taken, by one thread at a time, so `items` may be a generator.

    Where the GIL is on it warns (`GilWarning`) and uses one thread: the result is the same.  The
    first error is raised; the other threads stop at the end of their chunk.
    """
    count = threads or usable_cores()
    if not gil_is_off():
        message = f"the GIL is on: one thread instead of {count}; use processes to be faster"
        warnings.warn(message, GilWarning, stacklevel=2)
        count = 1
    source = _Source(items, chunk)
    with ThreadPoolExecutor(count, thread_name_prefix="fold") as pool:
        futures = [pool.submit(_fold, source, new, add) for _ in range(count)]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
        finally:
            source.close()  # after an error, and after Ctrl-C, the others find nothing more
    first, *others = (future.result() for future in futures)
    for other in others:
        merge(first, other)
    return first


class _Source(Generic[Item]):
    """Gives out items to several threads: an iterator must not be used by two at once."""

    def __init__(self, items: Iterable[Item], chunk: int) -> None:
        self._items = iter(items)
        self._chunk = chunk
        self._lock = threading.Lock()
        self._closed = False

    def take(self) -> list[Item]:
        """Return the next few items, or none at the end."""
        with self._lock:
            return [] if self._closed else list(itertools.islice(self._items, self._chunk))

    def close(self) -> None:
        """Give out no more."""
        self._closed = True


def _fold(
    source: _Source[Item], new: Callable[[], Result], add: Callable[[Result, Item], object]
) -> Result:
    """Fold items into a result that only this thread knows.  Runs in a thread."""
    result = new()
    while items := source.take():
        for item in items:
            add(result, item)
    return result


def usable_cores() -> int:
    """Return how many cores this process may use; a container's CPU quota is not seen."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# ------------------------------------------------------------------ the demo: replace it by yours


def count_smallest_divisor(counts: dict[int, int], number: int) -> None:
    """Count the number under its smallest divisor."""
    divisor = next(each for each in range(2, number + 1) if number % each == 0)
    counts[divisor] = counts.get(divisor, 0) + 1


def merge_counts(counts: dict[int, int], others: dict[int, int]) -> None:
    """Add the other counts."""
    for divisor, count in others.items():
        counts[divisor] = counts.get(divisor, 0) + count


def main() -> int:
    """Show that the result is that of a plain loop, and whether threads ran in parallel."""
    expected: dict[int, int] = {}
    for number in range(2, 4000):
        count_smallest_divisor(expected, number)

    taken = 0

    def numbers() -> Iterator[int]:
        nonlocal taken
        for number in range(2, 4000):
            taken += 1
            yield number

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", GilWarning)
        counts = fold_in_threads(
            numbers(), new=dict, add=count_smallest_divisor, merge=merge_counts, threads=2
        )
    left = [each.name for each in threading.enumerate() if each.name.startswith("fold")]
    state = "off" if gil_is_off() else "on"
    print(f"the GIL is {state}; told: {[str(each.message) for each in caught]}")
    print(f"{taken} numbers, {len(counts)} divisors; as in a plain loop: {counts == expected}")
    print(f"threads left: {left}")
    told = len(caught) == (not gil_is_off())
    return 0 if counts == expected and told and not left else 1


if __name__ == "__main__":
    sys.exit(main())
