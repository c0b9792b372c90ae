"""One piece of work done in two ways, to be measured against each other.

Put your own in the place of `one_by_one`, `many_at_once` and `make_input`.  What is measured has to
be what the program will do: if it starts a pool for each call, the pool belongs inside.
"""

from __future__ import annotations

import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor

THREADS = 10


def make_input(size: int) -> list[int]:
    """Return the same items each time; random ones would need a seed."""
    return list(range(size))


def one_by_one(items: list[int]) -> list[int]:
    """Do the work in the way it was."""
    return [_ask(item) for item in items]


def many_at_once(items: list[int]) -> list[int]:
    """Do the same work in the new way: the same results, in the same order."""
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(_ask, items))


def _ask(item: int) -> int:
    """Stand for a request that takes 2 ms."""
    time.sleep(0.002)
    return item * item


def main() -> int:
    """Show the medians of seven runs of each, taken in turns; fails if the results differ."""
    ways = {"before": one_by_one, "after": many_at_once}
    for size in (1, 10, 50):
        items = make_input(size)
        expected = one_by_one(items)
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(7):  # in turns, so that a slow moment of the machine meets both
            for name, way in ways.items():
                begin = time.perf_counter()
                results = way(items)
                seconds[name].append(time.perf_counter() - begin)
                if results != expected:
                    print(f"{name}: other results for {size} items")
                    return 1
        before, after = (statistics.median(each) for each in seconds.values())
        print(
            f"{size:4} items: {before * 1000:6.1f} ms before, {after * 1000:6.1f} ms after"
            f" ({before / after:.1f} times as fast), equal results"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
