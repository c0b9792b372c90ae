"""Runs a function over many items on a Dask cluster.

The cluster is the one whose scheduler `DASK_SCHEDULER_ADDRESS` names; without it, worker processes
on this machine.  The scheduler keeps every task that it is given in memory, so no more are handed
to it than the workers need to stay busy.
"""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from distributed import Client, LocalCluster, as_completed

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

Item = TypeVar("Item")
Value = TypeVar("Value")

ADDRESS = "DASK_SCHEDULER_ADDRESS"


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Item, Value]):
    """What became of one item: `error` is None exactly where there is a value."""

    item: Item
    value: Value | None
    error: BaseException | None

    def result(self) -> Value:
        """Return the value; raises the error where there is one."""
        if self.error is not None:
            raise self.error
        return cast("Value", self.value)  # None can be a value, too


@contextmanager
def open_cluster(
    *, workers: int | None = None, processes: bool = True, deadline: float = 30.0
) -> Iterator[Client]:
    """Connect to the cluster that the environment names, or start a local one; close it at the end.

    Of a cluster that was there before only the connection is closed.  `workers` (as many as cores
    where not given) and `processes` (threads of this process if not, for tests) are those of a
    local cluster.  Raises `OSError` when the scheduler does not answer within `deadline` seconds.

    The local cluster starts processes: the program needs `if __name__ == "__main__":`.
    """
    with ExitStack() as stack:
        address: Any = os.environ.get(ADDRESS)
        if not address:
            address = stack.enter_context(
                LocalCluster(  # type: ignore[no-untyped-call]
                    n_workers=workers,
                    threads_per_worker=1,  # for Python code that computes: threads share a GIL
                    processes=processes,
                    dashboard_address=":0",  # any free port: 8787 may be taken
                )
            )
        client = Client(address, timeout=deadline, set_as_default=False)  # type: ignore[no-untyped-call]
        yield stack.enter_context(client)


def map_on_cluster(
    client: Client,
    work: Callable[[Item], Value],
    items: Iterable[Item],
    *,
    ahead: int,
    retries: int = 2,
) -> Generator[Outcome[Item, Value], None, None]:
    """Yield what became of each item, as soon as it is known.

    `work`, the items and the values travel between machines; the modules of `work` have to be
    installed on all of them.  At most `ahead` items are with the cluster at a time: two for each
    thread of the workers keep them busy.  The next item is read only when there is room for it.

    An item that fails is tried `retries` times more, so `work` has to bear being run again; it is
    run again, too, when a worker is lost.  What still fails is the item's error; the others go on.

    However it ends, by an error, an interrupt, or because the generator is closed: what is with the
    cluster is cancelled.  A call that has begun on a worker ends by itself.
    """
    source = iter(items)
    given: dict[Any, tuple[Any, Item]] = {}
    finished = as_completed([], loop=client.loop)  # type: ignore[no-untyped-call]
    try:
        while True:
            for item in source:
                # Not pure: two equal items are two calls, and nothing is remembered.
                future = client.submit(work, item, pure=False, retries=retries)
                given[future.key] = (future, item)
                finished.add(future)  # type: ignore[no-untyped-call]
                if len(given) >= ahead:
                    break
            if not given:
                return
            future, item = given.pop(next(finished).key)
            error = future.exception()
            yield Outcome(item, None if error else future.result(), error)
            del future, item  # while one is referred to, the cluster keeps its value
    finally:
        client.cancel([future for future, _ in given.values()])  # type: ignore[no-untyped-call]


# ------------------------------------------------------------------ the demo: replace it by yours


def count_primes(limit: int) -> tuple[int, int]:
    """Return how many primes lie below the limit, and the process; raises ValueError below 0."""
    if limit < 0:
        message = "negative"
        raise ValueError(message)
    primes = sum(all(number % each for each in range(2, number)) for number in range(2, limit))
    return primes, os.getpid()


def main() -> int:
    """Show that the work is done by other processes, in bounds, and with errors kept."""
    read = most_ahead = 0
    counts: dict[int, int] = {}
    errors: list[str] = []
    processes: set[int] = set()

    def limits() -> Iterator[int]:
        nonlocal read, most_ahead
        for limit in range(-1, 60):
            read += 1
            most_ahead = max(most_ahead, read - len(counts) - len(errors))
            yield limit

    with (
        open_cluster(workers=2) as client,
        closing(map_on_cluster(client, count_primes, limits(), ahead=4)) as outcomes,
    ):
        for outcome in outcomes:
            if outcome.error is not None:
                errors.append(f"{outcome.item}: {outcome.error!r}")
            else:
                counts[outcome.item], process = outcome.result()
                processes.add(process)
    print(f"{len(counts)} results from {len(processes)} other processes, errors kept: {errors}")
    print(f"at most {most_ahead} were with the cluster (allowed: 4)")
    right = len(counts) == len(range(60)) and len(errors) == 1 and os.getpid() not in processes
    return 0 if right and most_ahead <= len("with") else 1


if __name__ == "__main__":
    sys.exit(main())
