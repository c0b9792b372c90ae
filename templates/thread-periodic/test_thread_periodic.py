"""Tests of the periodic thread: its times, its errors and its end."""

from __future__ import annotations

import logging
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from thread_periodic import PeriodicThread, next_due

if TYPE_CHECKING:
    from collections.abc import Iterator

ENOUGH = 30.0
"""Seconds that only a broken program needs."""


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    """Fail a test that leaves a thread behind."""
    before = set(threading.enumerate())
    yield
    left = [each for each in threading.enumerate() if each not in before]
    for thread in left:
        thread.join(ENOUGH)
    assert not any(thread.is_alive() for thread in left)


class Counter:
    """An action that tells when it was called a number of times."""

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted
        self.calls = 0
        self.reached = threading.Event()

    def __call__(self) -> None:
        """Count."""
        self.calls += 1
        if self.calls >= self.wanted:
            self.reached.set()


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (100.0, 110.0),
        (100.1, 110.0),
        (109.9, 110.0),
        (110.0, 120.0),
        (112.0, 120.0),
        (137.0, 140.0),
    ],
)
def test_calls_are_due_at_multiples_of_the_interval(now: float, due: float) -> None:
    """However long the last one took: a time that has passed is skipped."""
    assert next_due(100.0, 10.0, now) == due


def test_times_do_not_drift_over_a_hundred_thousand_calls() -> None:
    """Each call ends a little after its time, and still the next one is due on the grid."""
    now = 0.0
    for _ in range(100_000):
        now = next_due(0.0, 0.25, now) + 0.0625

    assert now == 100_000 * 0.25 + 0.0625


def test_it_calls_again_and_again() -> None:
    """Five calls come, and the count says so."""
    action = Counter(5)
    with PeriodicThread(action, every=0.001) as ticker:
        assert action.reached.wait(ENOUGH)

    assert ticker.calls == action.calls >= 5


def test_a_call_that_exits_and_a_handler_that_fails_do_not_end_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Every call leaves by SystemExit, every time the handler fails, and still there are five."""
    action = Counter(5)

    def leave() -> None:
        action()
        sys.exit(1)

    def broken(error: BaseException) -> None:
        assert isinstance(error, SystemExit)
        message = "handler broken"
        raise KeyError(message)

    with PeriodicThread(leave, every=0.001, on_error=broken):
        assert action.reached.wait(ENOUGH)

    assert "handler broken" in caplog.text


def test_it_stops_at_once_however_long_the_interval() -> None:
    """A `with` that ends during an interval of an hour."""
    action = Counter(1)
    with PeriodicThread(action, every=3600):
        pass

    assert action.calls == 0


def test_no_call_begins_after_stop() -> None:
    """What was counted at the end stays so."""
    action = Counter(3)
    with PeriodicThread(action, every=0.001):
        assert action.reached.wait(ENOUGH)
    calls = action.calls
    threading.Event().wait(0.02)

    assert action.calls == calls


def test_calls_never_overlap_and_missed_times_are_skipped() -> None:
    """A call covers many intervals; they are counted, not caught up."""
    inside = threading.Lock()
    overlaps = 0
    action = Counter(3)

    def long_call() -> None:
        nonlocal overlaps
        if not inside.acquire(blocking=False):
            overlaps += 1
            return
        threading.Event().wait(0.02)
        inside.release()
        action()

    with PeriodicThread(long_call, every=0.001) as ticker:
        assert action.reached.wait(ENOUGH)

    assert overlaps == 0
    assert ticker.skipped >= 3 * 10


def test_an_error_is_handed_over_and_the_calls_go_on() -> None:
    """Each call fails, and each error is seen."""
    action = Counter(3)
    errors: list[str] = []

    def fail() -> None:
        action()
        message = "no answer"
        raise OSError(message)

    with PeriodicThread(fail, every=0.001, on_error=lambda e: errors.append(str(e))) as ticker:
        assert action.reached.wait(ENOUGH)

    assert errors == ["no answer"] * ticker.calls


def test_an_error_is_logged_with_its_traceback_unless_told_otherwise(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nobody has to ask for it."""
    action = Counter(2)

    def fail() -> None:
        action()
        message = "no answer"
        raise OSError(message)

    with caplog.at_level(logging.ERROR), PeriodicThread(fail, every=0.001):
        assert action.reached.wait(ENOUGH)

    assert "OSError: no answer" in caplog.text


def test_a_call_that_hangs_is_told_by_stop() -> None:
    """The thread cannot be stopped, so the caller is told its name."""
    inside, release = threading.Event(), threading.Event()

    def hang() -> None:
        inside.set()
        release.wait(ENOUGH)

    ticker = PeriodicThread(hang, every=0.001, name="refresh")
    ticker.start()
    assert inside.wait(ENOUGH)
    with pytest.raises(TimeoutError, match="refresh is still in a call"):
        ticker.stop(deadline=0.01)
    release.set()
    ticker.stop(deadline=ENOUGH)


def test_a_long_call_can_look_whether_it_is_to_stop() -> None:
    """It waits on `stopping`, so the end does not wait for it."""
    inside = threading.Event()

    def patient() -> None:
        inside.set()
        ticker.stopping.wait(ENOUGH)

    ticker = PeriodicThread(patient, every=0.001)
    with ticker:
        assert inside.wait(ENOUGH)

    assert ticker.calls == 1


def test_an_interval_of_nothing_is_refused() -> None:
    """It would be a busy loop."""
    with pytest.raises(ValueError, match="more than 0"):
        PeriodicThread(print, every=0)
