"""Tests of the bounded thread pool: what it bounds, keeps, raises and leaves behind."""

from __future__ import annotations

import itertools
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from thread_fan_out import OverdueError, WorkersStuckError, map_threads

if TYPE_CHECKING:
    from collections.abc import Iterator

ENOUGH = 30.0
"""Seconds that only a broken program needs."""


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    """Fail a test that leaves a thread of its pool behind."""
    before = set(threading.enumerate())
    yield
    left = [each for each in threading.enumerate() if each not in before]
    for thread in left:
        thread.join(ENOUGH)
    assert not any(thread.is_alive() for thread in left)


def double(number: int) -> int:
    """Return twice the number."""
    return number * 2


def raise_at_three(number: int) -> int:
    """Return the number; raises ValueError for 3."""
    if number == 3:
        message = "three"
        raise ValueError(message)
    return number


@pytest.mark.parametrize("items", [[], [1], list(range(50))])
@pytest.mark.parametrize("window", [None, 1, 7, 1000])
def test_results_come_in_the_order_of_the_items(items: list[int], window: int | None) -> None:
    """So it is for no item, for one, and whatever the size of the window."""
    outcomes = list(map_threads(double, items, threads=4, window=window))

    assert [each.item for each in outcomes] == items
    assert [each.result() for each in outcomes] == [2 * item for item in items]


def test_unordered_hands_on_what_is_ready_first() -> None:
    """Five items overtake the first one, which still waits."""
    release = threading.Event()

    def wait_if_zero(number: int) -> int:
        assert number or release.wait(ENOUGH)
        return number

    outcomes = map_threads(wait_if_zero, range(6), threads=2, ordered=False)
    first_five = {next(outcomes).item for _ in range(5)}
    release.set()

    assert first_five == {1, 2, 3, 4, 5}
    assert [each.item for each in outcomes] == [0]


@pytest.mark.parametrize("ordered", [True, False])
def test_what_is_done_is_handed_on_before_more_is_read(ordered: bool) -> None:  # noqa: FBT001
    """The source goes on only when the first call is done, and then one more item is enough."""
    done = threading.Event()
    read: list[int] = []

    def source() -> Iterator[int]:
        for number in range(100):
            read.append(number)
            yield number
            assert done.wait(ENOUGH)
            time.sleep(0.05)  # the future is done a moment after the call

    def work(number: int) -> int:
        done.set()
        return number

    outcomes = map_threads(work, source(), threads=2, window=50, ordered=ordered)
    with closing(outcomes):
        assert next(outcomes).item == 0

    assert len(read) <= 3


@pytest.mark.parametrize(
    ("name", "value"), [("threads", 0), ("window", 0), ("window", -5), ("deadline", 0)]
)
def test_a_size_that_makes_no_sense_is_refused(name: str, value: int) -> None:
    """By its name; a deadline of 0 would report every call as late, whatever it returned."""
    sizes: dict[str, Any] = {"threads": 2, name: value}
    with pytest.raises(ValueError, match=f"{name} must be"):
        list(map_threads(double, [1], **sizes))


def test_no_more_calls_run_at_once_than_there_are_threads() -> None:
    """All threads are used, and not one more: three meet at a barrier, a fourth never comes."""
    together = threading.Barrier(3)
    lock = threading.Lock()
    running = most = 0

    def meet(_: int) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        together.wait(ENOUGH)
        with lock:
            running -= 1

    assert all(each.error is None for each in map_threads(meet, range(30), threads=3))
    assert most == 3


def test_a_slow_caller_holds_the_source_back() -> None:
    """Two outcomes taken and five held: no eighth item is read."""
    read = itertools.count()
    taken = (next(read) for _ in range(100))
    with closing(map_threads(double, taken, threads=2, window=5)) as outcomes:
        next(outcomes)
        next(outcomes)

        assert next(read) <= 7


class Tracked:
    """Counts its living objects."""

    alive = 0
    most = 0
    lock = threading.RLock()  # a destructor may run while the lock is held

    def __init__(self, number: int) -> None:
        self.number = number
        with Tracked.lock:
            Tracked.alive += 1
            Tracked.most = max(Tracked.most, Tracked.alive)

    def __del__(self) -> None:
        with Tracked.lock:
            Tracked.alive -= 1


@pytest.mark.parametrize(("ordered", "count"), [(True, 100_000), (False, 10_000)])
def test_a_hundred_thousand_items_are_never_held_together(
    ordered: bool,  # noqa: FBT001
    count: int,
) -> None:
    """The items that live at once are those in the window and one in each hand."""
    Tracked.alive = Tracked.most = 0
    source = (Tracked(number) for number in range(count))

    outcomes = map_threads(
        lambda each: Tracked(each.number), source, threads=2, window=20, ordered=ordered
    )
    total = sum(each.result().number for each in outcomes)

    assert total == sum(range(count))
    assert Tracked.most <= 2 * 20 + 10


def test_the_error_of_one_item_is_kept_and_the_others_go_on() -> None:
    """An error belongs to its item only, and is raised by whoever asks for the value."""
    outcomes = list(map_threads(raise_at_three, range(6), threads=2))

    assert [each.item for each in outcomes if each.error is not None] == [3]
    with pytest.raises(ValueError, match="three"):
        outcomes[3].result()


def test_fail_fast_raises_the_error_and_begins_no_further_calls() -> None:
    """Of a thousand items only those in the window are begun."""
    begun: list[int] = []

    def note(number: int) -> int:
        begun.append(number)
        return raise_at_three(number)

    with pytest.raises(ValueError, match="three"):
        list(map_threads(note, range(1000), threads=2, window=4, fail_fast=True))

    assert len(begun) <= 3 + 4


def test_an_error_of_the_source_ends_the_run() -> None:
    """The caller sees the error of the iterable itself."""

    def broken() -> Iterator[int]:
        yield 1
        message = "no more rows"
        raise OSError(message)

    with pytest.raises(OSError, match="no more rows"):
        list(map_threads(double, broken(), threads=2))


def test_closing_early_cancels_what_has_not_begun() -> None:
    """Of fifty held items only the two that run go on to their end."""
    gate = threading.Event()
    begun: list[int] = []

    def wait_for_gate(number: int) -> int:
        begun.append(number)
        if number:
            assert gate.wait(ENOUGH)
        return number

    outcomes = map_threads(wait_for_gate, range(100), threads=2, window=50)
    with closing(outcomes):
        assert next(outcomes).item == 0
        threading.Timer(0.05, gate.set).start()  # while closing waits for the two that run

    assert len(begun) <= 1 + 2 + 2


@pytest.mark.parametrize("ordered", [True, False])
def test_an_overdue_call_is_reported_and_the_others_go_on(ordered: bool) -> None:  # noqa: FBT001
    """One of two threads is lost for a while; the other one does the work."""
    release = threading.Event()

    def hang_at_one(number: int) -> int:
        if number == 1:
            release.wait(ENOUGH)
        return number

    outcomes = map_threads(hang_at_one, range(20), threads=2, deadline=0.5, ordered=ordered)
    errors = {}
    for each in outcomes:
        errors[each.item] = each.error
        if isinstance(each.error, OverdueError):
            release.set()

    assert isinstance(errors.pop(1), OverdueError)
    assert list(errors.values()) == [None] * 19


def test_a_late_result_is_overdue_even_if_it_is_there_when_looked_at() -> None:
    """It does not depend on the moment at which the caller looks."""
    outcomes = map_threads(time.sleep, [0.6, 0.0], threads=2, deadline=0.3, ordered=True)

    assert [type(each.error) for each in outcomes] == [OverdueError, type(None)]


def test_it_gives_up_when_every_thread_is_stuck() -> None:
    """Both threads hang, so there is nobody to work on the third item."""
    release = threading.Event()
    outcomes = map_threads(lambda _: release.wait(ENOUGH), range(10), threads=2, deadline=0.05)

    assert [type(next(outcomes).error) for _ in range(2)] == [OverdueError, OverdueError]
    with pytest.raises(WorkersStuckError):
        next(outcomes)
    release.set()


def test_waiting_for_a_thread_does_not_count_as_being_slow() -> None:
    """The last of ten items waits long, but its own call is short."""
    outcomes = map_threads(lambda _: time.sleep(0.02), range(10), threads=1, window=10, deadline=2)

    assert all(each.error is None for each in outcomes)
