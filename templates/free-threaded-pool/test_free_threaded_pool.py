"""Tests of folding in threads, as it is with the GIL and as it is without.

Where the GIL is on, some tests say that it is off: the threads then take turns, and everything but
the speed is as it would be.
"""

from __future__ import annotations

import itertools
import sys
import threading
import time
import warnings
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from free_threaded_pool import GilWarning, fold_in_threads, gil_is_off

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ENOUGH = 30.0
"""Seconds that only a broken program needs."""


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    """Fail a test that leaves a thread behind."""
    before = threading.active_count()
    yield
    assert threading.active_count() == before


@pytest.fixture
def without_gil(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the module believe that the GIL is off."""
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: False, raising=False)


@pytest.fixture
def with_gil(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the module believe that the GIL is on."""
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: True, raising=False)


@pytest.fixture
def many_switches() -> Iterator[None]:
    """Let threads take turns far more often than usual, so that races show."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


class Total:
    """A result of one thread: the items, and the threads that added them."""

    def __init__(self) -> None:
        self.items: Counter[int] = Counter()
        self.threads: set[int] = set()

    def add(self, item: int) -> None:
        """Note it, and whoever brings it."""
        self.items[item] += 1
        self.threads.add(threading.get_ident())


def merge(first: Total, other: Total) -> None:
    """Put the other into the first."""
    assert len(other.threads) <= 1
    first.items.update(other.items)
    first.threads |= other.threads


def fold(items: Iterable[int], *, threads: int = 4, chunk: int = 10) -> Total:
    """Return all items."""
    return fold_in_threads(
        items, new=Total, add=Total.add, merge=merge, threads=threads, chunk=chunk
    )


@pytest.mark.usefixtures("without_gil")
@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 5000])
@pytest.mark.parametrize("threads", [1, 4])
def test_each_item_is_added_once(count: int, threads: int) -> None:
    """Whatever the number of items and threads."""
    assert fold(range(count), threads=threads).items == Counter(range(count))


@pytest.mark.usefixtures("without_gil")
def test_all_threads_work_at_once_each_on_a_result_of_its_own() -> None:
    """Three meet at a barrier, which one alone would never pass."""
    together = threading.Barrier(3)

    def add(result: Total, item: int) -> None:
        together.wait(ENOUGH)
        result.add(item)

    total = fold_in_threads(range(3), new=Total, add=add, merge=merge, threads=3, chunk=1)

    assert len(total.threads) == 3


@pytest.mark.usefixtures("without_gil", "many_switches")
def test_a_generator_is_read_by_one_thread_at_a_time_and_no_further_than_needed() -> None:
    """A generator that two threads use at once raises; of 100,000 items few are held."""
    read = itertools.count()
    added = itertools.count()
    most_ahead = 0

    def source() -> Iterator[int]:
        for number in range(100_000):
            next(read)
            yield number

    def add(result: Counter[str], item: int) -> None:
        nonlocal most_ahead
        next(added)
        if item % 1000 == 0:  # reading a counter moves it on; those are few
            most_ahead = max(most_ahead, next(read) - next(added))
        result["all"] += 1

    total = fold_in_threads(
        source(), new=Counter, add=add, merge=Counter.update, threads=4, chunk=50
    )

    assert total["all"] == 100_000
    assert most_ahead <= 4 * 50 + 4


@pytest.mark.usefixtures("without_gil")
def test_no_warning_where_the_gil_is_off() -> None:
    """Warnings are errors here."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert fold(range(10)).items == Counter(range(10))


@pytest.mark.usefixtures("with_gil")
def test_with_the_gil_it_warns_and_uses_one_thread() -> None:
    """The result is the same, and the warning names the caller's line."""

    def add_slowly(result: Total, item: int) -> None:
        time.sleep(0.01)  # long enough for other threads to take some, if there were any
        result.add(item)

    with pytest.warns(GilWarning, match="one thread instead of 4") as caught:
        total = fold_in_threads(
            range(10), new=Total, add=add_slowly, merge=merge, threads=4, chunk=1
        )

    assert total.items == Counter(range(10))
    assert len(total.threads) == 1
    assert caught[0].filename == __file__


def test_a_python_without_the_question_has_the_gil(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before 3.13 nobody can turn it off."""
    monkeypatch.delattr(sys, "_is_gil_enabled", raising=False)

    assert not gil_is_off()


@pytest.mark.usefixtures("without_gil")
def test_the_first_error_is_raised_and_the_others_stop() -> None:
    """Of an endless source, too."""

    def add(result: Total, item: int) -> None:
        if item == 500:
            message = "five hundred"
            raise ValueError(message)
        result.add(item)

    with pytest.raises(ValueError, match="five hundred"):
        fold_in_threads(itertools.count(), new=Total, add=add, merge=merge, threads=4)


@pytest.mark.usefixtures("without_gil")
def test_an_error_of_the_source_is_raised() -> None:
    """It is not taken for the end."""

    def broken() -> Iterator[int]:
        yield from range(100)
        message = "no more rows"
        raise OSError(message)

    with pytest.raises(OSError, match="no more rows"):
        fold(broken())
