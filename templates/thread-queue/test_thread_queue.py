"""Tests of worker threads behind a queue: what is accepted, worked on, dropped and left behind."""

from __future__ import annotations

import itertools
import logging
import queue
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from thread_queue import ShutDown, StillRunningError, UntoldError, WorkerThreads

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


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("capacity", [1, 3, 1000])
def test_each_accepted_job_is_worked_on_once(threads: int, capacity: int) -> None:
    """So it is for one thread and for several, for a short queue and for a long one."""
    done: list[int] = []
    with WorkerThreads(done.append, threads=threads, capacity=capacity) as workers:
        for number in range(200):
            workers.put(number, timeout=ENOUGH)

    assert sorted(done) == list(range(200))


def test_no_job_at_all_ends_cleanly() -> None:
    """Threads that never had a job end, too."""
    with WorkerThreads[int](print, threads=3, capacity=1):
        pass


def test_a_hundred_thousand_jobs_are_never_held_together() -> None:
    """Whoever puts jobs in is never further ahead than queue, workers and one hand allow."""
    done = itertools.count()
    most_ahead = 0
    with WorkerThreads[int](lambda _: next(done), threads=2, capacity=50) as workers:
        for number in range(100_000):
            workers.put(number, timeout=ENOUGH)
            if number % 100 == 0:
                # Reading a counter moves it on by one; those are taken off again.
                most_ahead = max(most_ahead, number + 1 - (next(done) - number // 100))

    assert most_ahead <= 50 + 2 + 1
    assert next(done) == 100_000 + 1000


def test_a_full_queue_refuses_after_the_timeout() -> None:
    """One job runs, one waits, and the third is not accepted."""
    begun, release = threading.Event(), threading.Event()

    def hang(_: int) -> None:
        begun.set()
        release.wait(ENOUGH)

    with WorkerThreads[int](hang, threads=1, capacity=1) as workers:
        workers.put(1, timeout=ENOUGH)
        assert begun.wait(ENOUGH)
        workers.put(2, timeout=ENOUGH)
        with pytest.raises(queue.Full):
            workers.put(3, timeout=0.01)
        release.set()


def test_an_error_is_handed_over_and_the_worker_goes_on() -> None:
    """The only worker fails at the first job and still does the second."""
    done: list[float] = []
    failed: list[tuple[int, str]] = []
    with WorkerThreads[int](
        lambda job: done.append(1 / job),
        threads=1,
        capacity=2,
        on_error=lambda job, error: failed.append((job, type(error).__name__)),
    ) as workers:
        workers.put(0, timeout=ENOUGH)
        workers.put(1, timeout=ENOUGH)

    assert failed == [(0, "ZeroDivisionError")]
    assert done == [1.0]


def test_a_job_that_calls_exit_does_not_end_the_worker() -> None:
    """SystemExit is the job's error like any other; the jobs behind it are done."""
    done: list[int] = []
    failed: list[tuple[int, type[BaseException]]] = []

    def leave_at_zero(job: int) -> None:
        if job == 0:
            sys.exit(1)
        done.append(job)

    with WorkerThreads[int](
        leave_at_zero,
        threads=1,
        capacity=5,
        on_error=lambda job, error: failed.append((job, type(error))),
    ) as workers:
        for job in range(4):
            workers.put(job, timeout=ENOUGH)

    assert failed == [(0, SystemExit)]
    assert done == [1, 2, 3]


def test_a_failing_error_handler_loses_no_job_and_is_told_in_the_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The jobs behind the two that fail are done, and `finish` raises what the handler raised."""
    done: list[float] = []

    def broken(job: int, _: BaseException) -> None:
        message = f"no place for {job}"
        raise KeyError(message)

    workers = WorkerThreads[int](
        lambda job: done.append(1 / (job // 2)), threads=1, capacity=5, on_error=broken
    )
    for job in range(4):
        workers.put(job, timeout=ENOUGH)
    with pytest.raises(UntoldError, match="on_error failed for 2 jobs") as caught:
        workers.finish(deadline=ENOUGH)

    assert done == [1.0, 1.0]
    assert repr(caught.value.__cause__) == repr(KeyError("no place for 0"))
    assert "no place for 1" in caplog.text


def test_jobs_that_are_left_though_every_thread_has_ended_are_told() -> None:
    """It cannot happen by an error of a job; if it does by anything else, it is not hidden."""

    class EndsAtOnce(WorkerThreads[int]):
        def _run(self) -> None:
            pass

    workers = EndsAtOnce(print, threads=1, capacity=5)
    workers.put(7, timeout=ENOUGH)
    with pytest.raises(StillRunningError, match="1 jobs dropped, running: none") as caught:
        workers.finish(deadline=ENOUGH)

    assert caught.value.dropped == [7]


@pytest.mark.parametrize(("threads", "capacity"), [(0, 1), (-1, 1), (1, 0), (1, -1)])
def test_sizes_that_would_lose_jobs_or_have_no_bound_are_refused(
    threads: int, capacity: int
) -> None:
    """No thread would work on nothing, and a queue of size 0 has no bound."""
    with pytest.raises(ValueError, match="must be at least 1"):
        WorkerThreads(print, threads=threads, capacity=capacity)


def test_an_error_is_logged_with_its_traceback_unless_told_otherwise(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nobody has to ask for it."""
    with caplog.at_level(logging.ERROR), WorkerThreads(int, threads=1, capacity=1) as workers:
        workers.put("three", timeout=ENOUGH)

    assert "job 'three' failed" in caplog.text
    assert "ValueError" in caplog.text


@pytest.mark.parametrize("end", ["finish", "stop"])
def test_nothing_is_accepted_after_the_end(end: str) -> None:
    """Whoever comes too late is told."""
    workers = WorkerThreads(print, threads=2, capacity=1)
    getattr(workers, end)(deadline=ENOUGH)

    with pytest.raises(ShutDown):
        workers.put("late", timeout=ENOUGH)


def test_stop_drops_what_has_not_begun_and_tells_the_running_job() -> None:
    """The running job waits on `stopping`, so it ends at once; the two behind it never begin."""
    begun = threading.Event()
    done: list[int] = []

    def wait_to_be_stopped(job: int) -> None:
        begun.set()
        assert workers.stopping.wait(ENOUGH)
        done.append(job)

    workers = WorkerThreads(wait_to_be_stopped, threads=1, capacity=5)
    for job in range(3):
        workers.put(job, timeout=ENOUGH)
    assert begun.wait(ENOUGH)
    dropped = workers.stop(deadline=ENOUGH)

    assert dropped == [1, 2]
    assert done == [0]


def test_finish_names_the_thread_that_does_not_end() -> None:
    """A job hangs: its thread is named, the job behind it is dropped."""
    begun, release = threading.Event(), threading.Event()
    done: list[int] = []

    def hang(job: int) -> None:
        begun.set()
        release.wait(ENOUGH)
        done.append(job)

    workers = WorkerThreads(hang, threads=1, capacity=5, name="mailer")
    workers.put(0, timeout=ENOUGH)
    workers.put(1, timeout=ENOUGH)
    assert begun.wait(ENOUGH)
    with pytest.raises(StillRunningError, match="1 jobs dropped, running: mailer-0") as caught:
        workers.finish(deadline=0.05)
    release.set()
    workers.finish(deadline=ENOUGH)

    assert caught.value.dropped == [1]
    assert done == [0]


def test_an_error_in_the_with_block_stops_instead_of_finishing() -> None:
    """What has not begun is dropped, and the error goes on."""
    begun = threading.Event()

    def wait_to_be_stopped(_: int) -> None:
        begun.set()
        workers.stopping.wait(ENOUGH)

    def fail() -> None:
        for job in range(5):
            workers.put(job, timeout=ENOUGH)
        assert begun.wait(ENOUGH)
        message = "no more"
        raise OSError(message)

    with (
        pytest.raises(OSError, match="no more"),
        WorkerThreads(wait_to_be_stopped, threads=1, capacity=5) as workers,
    ):
        fail()

    assert workers.stopping.is_set()


def test_a_producer_that_waits_for_room_is_told_of_the_end() -> None:
    """It gets `ShutDown` or, where the queue cannot wake it, `Full`; its job is not accepted."""
    begun = threading.Event()
    done: list[int] = []
    answers: list[str] = []

    def wait_to_be_stopped(job: int) -> None:
        begun.set()
        workers.stopping.wait(ENOUGH)
        done.append(job)

    def produce() -> None:
        try:
            workers.put(2, timeout=1)
        except (ShutDown, queue.Full) as error:
            answers.append(type(error).__name__)

    workers = WorkerThreads(wait_to_be_stopped, threads=1, capacity=1)
    workers.put(0, timeout=ENOUGH)
    assert begun.wait(ENOUGH)
    workers.put(1, timeout=ENOUGH)
    producer = threading.Thread(target=produce)
    producer.start()
    workers.stop(deadline=ENOUGH)
    producer.join(ENOUGH)

    assert len(answers) == 1
    assert done == [0]
