"""Runs a blocking function over many items in a bounded pool of threads.

Items are taken from the iterable only as there is room for them, so that a million items need no
more memory than a hundred.  The results come in the order of the items or as they are ready.
"""

from __future__ import annotations

import itertools
import sys
import threading
import time
from collections import deque
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

Item = TypeVar("Item")
Value = TypeVar("Value")


class OverdueError(TimeoutError):
    """A call took longer than its deadline; its thread goes on until the call returns by itself."""


class WorkersStuckError(RuntimeError):
    """Every thread is in an overdue call, so that no other item can be worked on."""


@dataclass(frozen=True)
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


class _Call(Generic[Item, Value]):
    """One item on its way; the times are those of `time.monotonic`."""

    def __init__(self, pool: ThreadPoolExecutor, work: Callable[[Item], Value], item: Item) -> None:
        self.item = item
        self.begun: float | None = None
        self.seconds: float | None = None
        self.future: Future[Value] = pool.submit(self._run, work)

    def _run(self, work: Callable[[Item], Value]) -> Value:
        self.begun = begun = time.monotonic()
        try:
            return work(self.item)
        finally:
            self.seconds = time.monotonic() - begun

    def left(self, deadline: float | None) -> float | None:
        """Return the seconds until it is overdue; all of them where it has not begun."""
        if deadline is None or self.begun is None:
            return deadline
        running = time.monotonic() - self.begun if self.seconds is None else self.seconds
        return deadline - running

    def outcome(self, deadline: float | None) -> Outcome[Item, Value] | None:
        """Return what became of it, or None while that is open."""
        left = self.left(deadline)
        if left is not None and left <= 0:
            return Outcome(self.item, None, OverdueError(f"no answer within {deadline} s"))
        if not self.future.done():
            return None
        error = self.future.exception()
        return Outcome(self.item, None if error else self.future.result(), error)


def map_threads(  # noqa: PLR0913  # each is a choice that the caller has to be able to make
    work: Callable[[Item], Value],
    items: Iterable[Item],
    *,
    threads: int,
    window: int | None = None,
    ordered: bool = True,
    deadline: float | None = None,
    fail_fast: bool = False,
) -> Generator[Outcome[Item, Value], None, None]:
    """Yield what became of each item, in the order of the items or, not `ordered`, as it is known.

    At most `window` items (twice the threads where not given) are held at a time: waiting, running
    or ready and not yet taken by the caller.  Only then is the next one read from `items`, and not
    before all that can be handed on has been.  While `items` itself waits for something, nothing is
    handed on: this runs in the caller's thread, too.

    `deadline` is in seconds, for each item, from the moment its call begins.  A call that takes
    longer is reported as `OverdueError` and its late result dropped, but a thread cannot be
    stopped: it stays busy until the call returns, and Python waits for it at exit.  Give the client
    that you call a timeout of its own, a little shorter.  `WorkersStuckError` is raised when all
    threads are lost in this way.  Without a deadline, a call that never returns makes this wait for
    ever.

    `fail_fast` raises the first error.  However it ends, by an error, an interrupt, or because the
    generator is closed: calls that have not begun are cancelled, and those that run are waited for,
    up to the deadline.  So close the generator (`contextlib.closing`) where you may leave it early.
    """
    window = 2 * threads if window is None else window
    _check_sizes(threads, window, deadline)
    pool = ThreadPoolExecutor(threads, thread_name_prefix="map-threads")
    source = iter(items)
    held: deque[_Call[Item, Value]] = deque()
    stuck: list[Future[Value]] = []
    has_more = True
    try:
        while True:
            ready = _known(held, deadline, ordered=ordered)
            if not ready and has_more and len(held) < window:
                try:
                    held.append(_Call(pool, work, next(source)))
                except StopIteration:
                    has_more = False
                continue
            if not held:
                return
            ready = ready or _wait_for_some(held, deadline, stuck, threads=threads, ordered=ordered)
            while ready:  # emptied as we go, so that nothing is held longer than it has to be
                call, outcome = ready.popleft()
                held.remove(call)
                if not call.future.done():
                    stuck.append(call.future)
                if fail_fast:
                    outcome.result()
                yield outcome
    finally:
        _close(pool, [*stuck, *(call.future for call in held)], deadline)


def _check_sizes(threads: int, window: int, deadline: float | None) -> None:
    for what, size in (("threads", threads), ("window", window)):
        if size < 1:
            message = f"{what} must be at least 1, not {size}"
            raise ValueError(message)
    if deadline is not None and deadline <= 0:
        message = f"deadline must be more than 0 s, not {deadline}"
        raise ValueError(message)


def _known(
    held: deque[_Call[Item, Value]], deadline: float | None, *, ordered: bool
) -> deque[tuple[_Call[Item, Value], Outcome[Item, Value]]]:
    """Return the calls that can be handed on now."""
    watched = itertools.islice(held, 1) if ordered else held
    return deque((call, outcome) for call in watched if (outcome := call.outcome(deadline)))


def _wait_for_some(
    held: deque[_Call[Item, Value]],
    deadline: float | None,
    stuck: list[Future[Value]],
    *,
    threads: int,
    ordered: bool,
) -> deque[tuple[_Call[Item, Value], Outcome[Item, Value]]]:
    """Return the calls that can be handed on, at least one; raises `WorkersStuckError`."""
    watched = [held[0]] if ordered else list(held)
    while True:
        ready = _known(held, deadline, ordered=ordered)
        if ready:
            return ready
        stuck[:] = [future for future in stuck if not future.done()]
        if len(stuck) >= threads:
            message = f"all {threads} threads are in calls that took longer than {deadline} s"
            raise WorkersStuckError(message)
        lefts = [left for call in watched if (left := call.left(deadline)) is not None]
        wait(
            [call.future for call in watched],
            timeout=max(min(lefts), 0) if lefts else None,
            return_when=FIRST_COMPLETED,
        )


def _close(pool: ThreadPoolExecutor, futures: list[Future[Value]], deadline: float | None) -> None:
    """Cancel what has not begun, wait for what runs, and join the threads unless one is stuck."""
    pool.shutdown(wait=False, cancel_futures=True)
    # `wait` never returns for a future that was cancelled in the queue, so those are left out.
    running = [future for future in futures if not future.cancelled()]
    if not wait(running, timeout=deadline).not_done:
        pool.shutdown(wait=True)


def main() -> int:
    """Show the bound on what runs and on what is held, kept errors, and a deadline."""
    threads, window = 8, 16
    lock = threading.Lock()
    running, most_running, read, most_ahead = 0, 0, 0, 0

    def numbers() -> Iterator[int]:
        nonlocal read
        for number in range(200):
            read += 1
            yield number

    def reciprocal(number: int) -> float:
        nonlocal running, most_running
        with lock:
            running += 1
            most_running = max(most_running, running)
        try:
            time.sleep(0.3 if number == 1 else 0.005)  # stands for a blocking request
            return 1 / number
        finally:
            with lock:
                running -= 1

    errors: dict[int, str] = {}
    outcomes = map_threads(reciprocal, numbers(), threads=threads, window=window, deadline=0.2)
    for done, outcome in enumerate(outcomes):
        most_ahead = max(most_ahead, read - done)
        if outcome.error is not None:
            errors[outcome.item] = repr(outcome.error)
    left = [each.name for each in threading.enumerate() if each.name.startswith("map-threads")]
    print(f"{read} items; at most {most_running} ran at once (allowed: {threads})")
    print(f"at most {most_ahead} were read and not yet handed on (allowed: {window})")
    print(f"errors kept: {errors}")
    print(f"threads left: {left}")
    bounded = most_running <= threads and most_ahead <= window
    return 0 if bounded and list(errors) == [0, 1] and not left else 1


if __name__ == "__main__":
    sys.exit(main())
