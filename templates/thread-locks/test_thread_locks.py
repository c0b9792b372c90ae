"""Tests of guarded values: invariants kept, no deadlock, and mistakes told at once."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from thread_locks import (
    Guarded,
    LockOrder,
    LockOrderError,
    LockTimeoutError,
    NotLockedError,
    update_slowly,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

ENOUGH = 30.0
"""Seconds that only a broken program needs."""


@pytest.fixture
def many_switches() -> Iterator[None]:
    """Let threads take turns far more often than usual, so that races show."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def in_thread(pool: ThreadPoolExecutor, guarded: Guarded[int], order: LockOrder) -> int:
    """Return the value as another thread sees it."""

    def read() -> int:
        with order.hold(guarded, timeout=0.05, read_only=True):
            return guarded.value

    return pool.submit(read).result(ENOUGH)


@pytest.mark.usefixtures("many_switches")
def test_opposite_transfers_neither_deadlock_nor_lose_anything() -> None:
    """Each thread names the two accounts in another order; four of them start together."""
    order = LockOrder()
    accounts = [order.guard(f"account {number}", 100) for number in range(3)]
    start = threading.Barrier(4)

    def transfer(shift: int) -> None:
        start.wait(ENOUGH)
        for number in range(600):
            source = accounts[(number + shift) % 3]
            target = accounts[(number + 2 * shift + 1) % 3]
            if source is not target:
                with order.hold(source, target, timeout=ENOUGH):
                    source.value -= 1
                    target.value += 1

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(transfer, range(4), timeout=ENOUGH))
    with order.hold(*accounts, timeout=ENOUGH):
        assert sum(account.value for account in accounts) == 300


@pytest.mark.usefixtures("many_switches")
def test_no_update_is_lost() -> None:
    """Four threads add one 2,000 times each."""
    order = LockOrder()
    counter = order.guard("counter", 0)

    def add(_: int) -> None:
        for _ in range(2000):
            with order.hold(counter, timeout=ENOUGH):
                counter.value += 1

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(4), timeout=ENOUGH))
    with order.hold(counter, timeout=ENOUGH):
        assert counter.value == 8000


@pytest.mark.parametrize("reverse", [False, True])
def test_the_order_of_the_arguments_does_not_matter(reverse: bool) -> None:  # noqa: FBT001
    """Both ways are fine, and both hold both."""
    order = LockOrder()
    pair = [order.guard("first", 1), order.guard("second", 2)]
    with order.hold(*(reversed(pair) if reverse else pair), timeout=1):
        assert [each.value for each in pair] == [1, 2]


def test_nested_in_the_right_order_is_allowed() -> None:
    """And the inner end gives back only the inner lock."""
    order = LockOrder()
    first, second = order.guard("first", 1), order.guard("second", 2)
    with order.hold(first, timeout=1):
        with order.hold(second, timeout=1):
            assert first.value + second.value == 3
        assert first.value == 1


def test_values_of_different_types_go_together() -> None:
    """A list and a number behind one `with`."""
    order = LockOrder()
    names, count = order.guard("names", ["a"]), order.guard("count", 1)
    with order.hold(names, count, timeout=1):
        names.value.append("b")
        count.value += 1
        assert len(names.value) == count.value


@pytest.mark.parametrize(
    ("same", "why"),
    [(False, "'first' has to be locked before 'second'"), (True, "'first' is held already")],
)
def test_nested_in_the_wrong_order_is_refused_at_once(same: bool, why: str) -> None:  # noqa: FBT001
    """Where a plain lock would hang sometimes, or always for the same one; nothing stays locked."""
    order = LockOrder()
    first, second = order.guard("first", 1), order.guard("second", 2)
    outer = first if same else second
    with (
        pytest.raises(LockOrderError, match=why),
        order.hold(outer, timeout=1),
        order.hold(first, timeout=1),
    ):
        pass

    with order.hold(first, second, timeout=1):
        assert first.value == 1


def test_a_value_cannot_be_touched_without_its_lock() -> None:
    """Neither read nor written, nor by a thread that does not hold it itself."""
    order = LockOrder()
    guarded = order.guard("stock", 1)
    with pytest.raises(NotLockedError, match="'stock'"):
        _ = guarded.value
    with pytest.raises(NotLockedError):
        guarded.value = 2
    with (
        order.hold(guarded, timeout=1),
        ThreadPoolExecutor(1) as pool,
        pytest.raises(NotLockedError),
    ):
        pool.submit(lambda: guarded.value).result(ENOUGH)


def test_a_timeout_names_the_holder_and_gives_back_what_was_taken() -> None:
    """The first lock was free and the second was not: afterwards the first is free again."""
    order = LockOrder()
    first, second = order.guard("first", 1), order.guard("second", 2)

    def take_both() -> None:
        with order.hold(first, second, timeout=0.05):
            pass

    with ThreadPoolExecutor(1) as pool:
        with (
            order.hold(second, timeout=1),
            pytest.raises(LockTimeoutError, match=r"'second' .* held by MainThread"),
        ):
            pool.submit(take_both).result(ENOUGH)
        assert in_thread(pool, first, order) == 1


def test_an_error_inside_gives_the_lock_back() -> None:
    """The next one finds it free."""
    order = LockOrder()
    guarded = order.guard("stock", 1)

    def fail() -> None:
        with order.hold(guarded, timeout=1):
            message = "inside"
            raise ValueError(message)

    with pytest.raises(ValueError, match="inside"):
        fail()
    with order.hold(guarded, timeout=0.01):
        assert guarded.value == 1


def test_slow_work_runs_with_no_lock_held() -> None:
    """While it runs, another thread takes the lock."""
    order = LockOrder()
    guarded = order.guard("price", 10)
    with ThreadPoolExecutor(1) as pool:
        new = update_slowly(
            order, guarded, lambda old: old + in_thread(pool, guarded, order), timeout=1
        )

    assert new == 20


def test_slow_work_is_done_again_if_another_thread_was_faster() -> None:
    """The first answer was made from an old value, and is not written."""
    order = LockOrder()
    guarded = order.guard("price", 1000)
    seen: list[int] = []

    def slow(old: int) -> int:
        seen.append(old)
        if len(seen) == 1:
            with order.hold(guarded, timeout=1):
                guarded.value = 5000
        return old + 1

    assert update_slowly(order, guarded, slow, timeout=1) == 5001
    assert seen == [1000, 5000]


@pytest.mark.parametrize("read_only", [False, True])
def test_an_update_in_place_meanwhile_is_not_lost(read_only: bool) -> None:  # noqa: FBT001
    """Other than a hold that said that it would only read."""
    order = LockOrder()
    guarded = order.guard("names", ["first"])
    calls: list[int] = []

    def slow(old: list[str]) -> list[str]:
        new = [*old, "mine"]
        calls.append(len(old))
        if len(calls) == 1:
            with order.hold(guarded, timeout=1, read_only=read_only):
                if not read_only:
                    guarded.value.append("theirs")
        return new

    expected = ["first", "mine"] if read_only else ["first", "theirs", "mine"]
    assert update_slowly(order, guarded, slow, timeout=1) == expected
    assert calls == ([1] if read_only else [1, 2])


def test_a_value_that_is_replaced_counts_as_changed_whatever_the_hold_said() -> None:
    """Setting it is seen."""
    order = LockOrder()
    guarded = order.guard("price", 1000)
    seen: list[int] = []

    def slow(old: int) -> int:
        seen.append(old)
        if len(seen) == 1:
            with order.hold(guarded, timeout=1, read_only=True):
                guarded.value = 5000
        return old + 1

    assert update_slowly(order, guarded, slow, timeout=1) == 5001


def test_slow_work_gives_up_when_others_are_always_faster() -> None:
    """It does not go on for ever, and what the others wrote stays."""
    order = LockOrder()
    guarded = order.guard("price", 1000)

    def always_late(old: int) -> int:
        with order.hold(guarded, timeout=1):
            guarded.value = old + 1000
        return -1

    with pytest.raises(LockTimeoutError, match="3 times"):
        update_slowly(order, guarded, always_late, timeout=1)
    with order.hold(guarded, timeout=1):
        assert guarded.value == 4000


def test_slow_work_is_refused_with_a_lock_held() -> None:
    """Whoever holds a lock may not begin to wait for something else."""
    order = LockOrder()
    first, second = order.guard("first", 1), order.guard("second", 2)
    with order.hold(first, timeout=1), pytest.raises(LockOrderError, match="slow work"):
        update_slowly(order, second, lambda old: old, timeout=1)
