"""State that several threads share, each value behind its own lock.

A deadlock needs two threads that take two locks in different orders.  Here the order is that in
which the values were made, whatever order the caller names them in; and whoever takes a lock that
comes before one already held is told at once, not in the one run of a thousand that hangs.
"""

from __future__ import annotations

import itertools
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Value = TypeVar("Value")


class LockTimeoutError(TimeoutError):
    """A lock was not free in time."""


class LockOrderError(RuntimeError):
    """A lock was wanted that comes before one that the thread already holds."""


class NotLockedError(RuntimeError):
    """A value was touched by a thread that does not hold its lock."""


class Guarded(Generic[Value]):
    """A value and its lock; made by `LockOrder.guard`."""

    def __init__(self, name: str, place: int, value: Value) -> None:
        self.name = name
        self.place = place
        self.version = 0  # counts whatever may have changed the value, in place too
        self._value = value
        self._lock = threading.Lock()
        self._holder: threading.Thread | None = None

    @property
    def value(self) -> Value:
        """The value; raises `NotLockedError` in a thread that does not hold the lock."""
        self._check()
        return self._value

    @value.setter
    def value(self, new: Value) -> None:
        self._check()
        self.version += 1
        self._value = new

    def _check(self) -> None:
        if self._holder is not threading.current_thread():
            message = f"{self.name!r} is touched without its lock"
            raise NotLockedError(message)

    @contextmanager
    def locked(self, seconds: float) -> Iterator[None]:
        """Hold the lock; raises `LockTimeoutError`.  For `LockOrder.hold`: it knows no order."""
        if not self._lock.acquire(timeout=max(seconds, 0)):
            holder = self._holder  # may be gone by now
            message = (
                f"{self.name!r} was not free in time; held by {holder.name if holder else '?'}"
            )
            raise LockTimeoutError(message)
        self._holder = threading.current_thread()
        try:
            yield
        finally:
            self._holder = None
            self._lock.release()


class LockOrder:
    """The values whose locks may be held together.  One for each program, or for each subsystem."""

    def __init__(self) -> None:
        self._places = itertools.count()
        self._held = threading.local()

    def guard(self, name: str, value: Value) -> Guarded[Value]:
        """Return the value with a lock that comes after all that were made before."""
        return Guarded(name, next(self._places), value)

    @contextmanager
    def hold(
        self, *wanted: Guarded[Any], timeout: float, read_only: bool = False
    ) -> Iterator[None]:
        """Hold the locks of all these values, taken in the one order.

        `timeout` is in seconds and for all of them together: `LockTimeoutError` after that, with
        none of them held.  `LockOrderError` if this thread holds one that comes later, or one of
        these.  Do nothing slow while you hold a lock: see `update_slowly`, which takes every hold
        that is not `read_only` for a change of the value.
        """
        in_order = sorted(wanted, key=lambda each: each.place)
        held: list[Guarded[Any]] = getattr(self._held, "values", [])
        before = list(held)
        for each in in_order:
            if each in before:
                message = f"{each.name!r} is held already, or named twice"
                raise LockOrderError(message)
            if before and before[-1].place > each.place:
                message = f"{each.name!r} has to be locked before {before[-1].name!r}"
                raise LockOrderError(message)
            before.append(each)
        end = time.monotonic() + timeout
        with ExitStack() as locks:
            for each in in_order:
                locks.enter_context(each.locked(end - time.monotonic()))
                each.version += not read_only
            self._held.values = [*held, *in_order]
            try:
                yield
            finally:
                self._held.values = held

    def holds_any(self) -> bool:
        """Return whether this thread holds a lock of this order."""
        return bool(getattr(self._held, "values", []))


def update_slowly(
    order: LockOrder,
    guarded: Guarded[Value],
    work: Callable[[Value], Value],
    *,
    timeout: float,
    attempts: int = 3,
) -> Value:
    """Replace the value by `work(value)`, with no lock held while `work` runs; return the new one.

    For work that waits: a request, a file, a child program.  If another thread held the lock
    meanwhile, other than `read_only`, it may have changed the value, by replacing it or in place;
    then `work` runs again, so it may run several times.  It has to make a new value, not change the
    one it gets; where others change a value in place, it may see that value half-way.
    `LockTimeoutError` when the lock is not free within `timeout` seconds, or when others were
    faster `attempts` times.
    """
    if order.holds_any():
        message = f"slow work on {guarded.name!r} was begun with a lock held"
        raise LockOrderError(message)
    for _ in range(attempts):
        with order.hold(guarded, timeout=timeout, read_only=True):
            old, version = guarded.value, guarded.version
        new = work(old)
        with order.hold(guarded, timeout=timeout, read_only=True):
            if guarded.version == version:
                guarded.value = new
                return new
    message = f"{guarded.name!r} was changed by others {attempts} times in a row"
    raise LockTimeoutError(message)


def main() -> int:
    """Show transfers in both directions that neither deadlock nor lose money, and the errors."""
    threads, rounds, sum_before = 4, 2000, 2000
    order = LockOrder()
    mine, yours = order.guard("mine", 1000), order.guard("yours", 1000)
    start = threading.Barrier(threads)

    def transfer(source: Guarded[int], target: Guarded[int]) -> None:
        start.wait(5)
        for _ in range(rounds):
            with order.hold(source, target, timeout=5):
                source.value -= 1
                target.value += 1

    pairs = [(mine, yours), (yours, mine)] * (threads // 2)
    workers = [threading.Thread(target=transfer, args=pair) for pair in pairs]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(10)
    with order.hold(mine, yours, timeout=1):
        total = mine.value + yours.value
    print(f"{threads * rounds} transfers both ways; total before and after: {sum_before}, {total}")

    refused = ""
    try:
        with order.hold(yours, timeout=1), order.hold(mine, timeout=1):
            pass
    except LockOrderError as error:
        refused = str(error)
    print(f"taken in the wrong order: {refused}")
    fetched = update_slowly(order, mine, lambda balance: balance + 5, timeout=1)
    print(f"updated with no lock held meanwhile: {fetched}")
    return 0 if total == sum_before and refused and not any(w.is_alive() for w in workers) else 1


if __name__ == "__main__":
    sys.exit(main())
