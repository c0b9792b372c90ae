"""Tests of the end of a service with worker processes: in time, nothing lost, nothing left."""

from __future__ import annotations

import multiprocessing
import operator
import os
import signal
import subprocess
import sys
import time
from http.client import HTTPMessage
from typing import TYPE_CHECKING, Any
from urllib.error import ContentTooShortError

import pytest

from process_shutdown import NOTHING_NOW, serve_jobs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Start = Callable[[str, float], "Service"]

ENOUGH = 30.0
"""Seconds that only a broken program needs."""

IMPORT = "from " + serve_jobs.__module__ + " import " + serve_jobs.__name__ + " as serve\n"
SERVICE = """
import itertools, os, pathlib, signal, sys, time

def work(job):
    kind, number = job
    pathlib.Path(sys.argv[1], f"begun-{number}").touch()
    if kind == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if kind == "quick":
        time.sleep(0.02)
    else:
        time.sleep(600)
    pathlib.Path(sys.argv[1], f"done-{number}").touch()
    return number

def main():
    seen = []
    jobs = ((sys.argv[2], number) for number in itertools.count())
    summary = serve(work, jobs, processes=2, drain=float(sys.argv[3]), terminate=0.3,
                    on_result=lambda job, value, error: seen.append(value))
    print(len(seen), summary.done, len(summary.unfinished), summary.signals)

if __name__ == "__main__":
    main()
"""
"""A program of its own, so that it can be sent signals."""


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    """Fail a test that leaves a process behind."""
    yield
    assert multiprocessing.active_children() == []


class Service:
    """A running service, and the folder in which its workers leave marks."""

    def __init__(self, folder: Path, kind: str, drain: float) -> None:
        self.folder = folder
        self.has_ended = False
        (folder / "service.py").write_text(IMPORT + SERVICE, encoding="utf-8")
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-W",
                "error",
                str(folder / "service.py"),
                str(folder),
                kind,
                str(drain),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )

    def wait_for_jobs(self, count: int) -> None:
        """Return when so many jobs have begun."""
        end = time.monotonic() + ENOUGH
        while len(list(self.folder.glob("begun-*"))) < count:
            assert time.monotonic() < end
            time.sleep(0.01)

    def wait_until_nothing_is_left(self) -> str:
        """Return what it printed: its pipe ends when each process that has it is gone."""
        output, errors = self.process.communicate(timeout=ENOUGH)
        self.has_ended = True
        assert errors == ""
        return output

    def result(self) -> tuple[int, int, int, str]:
        """Return results seen, jobs done and unfinished, and the signals, as the service says."""
        output = self.wait_until_nothing_is_left()
        assert self.process.returncode == 0
        seen, done, unfinished, signals = output.split(maxsplit=3)
        return int(seen), int(done), int(unfinished), signals.strip()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Return what starts a service; one that a failed test leaves behind is killed."""
    started: list[Service] = []

    def start_service(kind: str, drain: float) -> Service:
        started.append(Service(tmp_path, kind, drain))
        return started[-1]

    yield start_service
    for service in started:
        if not service.has_ended:
            os.killpg(service.process.pid, signal.SIGKILL)
            service.process.communicate()


posix = pytest.mark.skipif(os.name != "posix", reason="signals are sent between processes")


@posix
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_the_jobs_in_flight_finish(tmp_path: Path, start: Start, number: int) -> None:
    """Each job that has begun is done, and its result is seen."""
    service = start("quick", ENOUGH)
    service.wait_for_jobs(5)
    os.kill(service.process.pid, number)
    seen, done, unfinished, signals = service.result()

    begun = len(list(tmp_path.glob("begun-*")))
    assert begun == len(list(tmp_path.glob("done-*"))) == seen == done >= 4
    assert (unfinished, signals) == (0, f"[{int(number)}]")


@posix
def test_ctrl_c_in_a_terminal_reaches_all_and_still_lets_jobs_finish(
    tmp_path: Path, start: Start
) -> None:
    """The signal goes to the workers, too, and they ignore it."""
    service = start("quick", ENOUGH)
    service.wait_for_jobs(5)
    os.killpg(service.process.pid, signal.SIGINT)
    _, _, unfinished, _ = service.result()

    assert unfinished == 0
    assert len(list(tmp_path.glob("begun-*"))) == len(list(tmp_path.glob("done-*")))


@posix
@pytest.mark.parametrize("kind", ["slow", "stubborn"])
def test_what_does_not_end_in_time_is_ended(start: Start, kind: str) -> None:
    """By SIGTERM, and by SIGKILL where a job ignores that; the summary says what was cut off."""
    service = start(kind, 0.1)
    service.wait_for_jobs(2)
    os.kill(service.process.pid, signal.SIGTERM)

    assert service.result()[:3] == (0, 0, 2)


@posix
def test_a_second_signal_skips_the_draining(start: Start) -> None:
    """Otherwise it would wait for hours."""
    service = start("slow", 10_000)
    service.wait_for_jobs(2)
    os.kill(service.process.pid, signal.SIGTERM)
    while service.process.poll() is None:  # two at the same instant may count as one
        os.kill(service.process.pid, signal.SIGTERM)
        time.sleep(0.02)

    service.wait_until_nothing_is_left()


@posix
def test_workers_end_when_the_parent_is_killed(start: Start) -> None:
    """It cannot tell them, but they see the end of their pipe after the job."""
    service = start("quick", ENOUGH)
    service.wait_for_jobs(3)
    service.process.kill()

    service.wait_until_nothing_is_left()


def serve(work: Any, jobs: list[Any]) -> tuple[dict[Any, Any], Any]:  # noqa: ANN401
    """Return the values or errors by job, and the summary."""
    results: dict[Any, Any] = {}

    def keep(job: object, value: object, error: str) -> None:
        results[job] = error or value

    return results, serve_jobs(work, jobs, processes=2, on_result=keep)


@pytest.mark.parametrize("count", [0, 1, 7])
def test_without_a_signal_it_ends_with_the_jobs(count: int) -> None:
    """Each is done once, also if there are fewer than workers; idle workers end, too."""
    results, summary = serve(operator.neg, list(range(count)))

    assert results == {job: -job for job in range(count)}
    assert (summary.done, summary.failed, summary.unfinished) == (count, 0, [])


def test_a_source_may_have_nothing_for_a_while() -> None:
    """It is asked again."""
    results, _ = serve(operator.neg, [1, NOTHING_NOW, NOTHING_NOW, 2, NOTHING_NOW, 3])

    assert results == {1: -1, 2: -2, 3: -3}


def test_an_error_belongs_to_its_job_and_the_worker_goes_on() -> None:
    """With its traceback as text."""
    results, summary = serve(int, ["1", "two", "3", "4"])

    assert (results["1"], results["3"], results["4"]) == (1, 3, 4)
    assert results["two"].startswith("ValueError")
    assert "Traceback" in results["two"]
    assert (summary.done, summary.failed) == (3, 1)


def test_a_value_or_job_that_cannot_be_read_is_an_error_of_the_job() -> None:
    """These errors pickle well, but want two arguments when they are made anew, and get one."""
    unreadable = "__import__('urllib.error').error.ContentTooShortError('a', b'')"
    job = ContentTooShortError("a", ("", HTTPMessage()))
    results, summary = serve(eval, [unreadable, job, "1 + 1"])

    assert "cannot be unpickled: TypeError" in results[unreadable]
    assert results[job].startswith("TypeError")
    assert results["1 + 1"] == 2
    assert (summary.done, summary.failed, summary.died) == (1, 2, [])


def test_no_process_at_all_is_refused() -> None:
    """It would wait for ever."""
    with pytest.raises(ValueError, match="processes must be at least 1"):
        serve_jobs(operator.neg, [1], processes=0, on_result=print)


def test_a_worker_that_dies_is_replaced() -> None:
    """Three jobs kill their worker, of which there are two; each is told."""
    results, summary = serve(os._exit, [3, 4, 5])

    assert results == {code: f"the worker process died, exit code {code}" for code in (3, 4, 5)}
    assert sorted(summary.died) == [3, 4, 5]


def test_an_error_of_the_caller_s_own_ends_the_workers() -> None:
    """And the signal handlers are what they were."""
    before = signal.getsignal(signal.SIGTERM)

    def refuse(*_: object) -> None:
        message = "disk full"
        raise OSError(message)

    with pytest.raises(OSError, match="disk full"):
        serve_jobs(operator.neg, range(5), processes=2, on_result=refuse, terminate=0.1)

    assert signal.getsignal(signal.SIGTERM) is before


def test_a_job_that_cannot_be_sent_is_an_error_and_leaves_nothing_behind() -> None:
    """It is a mistake in the program."""
    with pytest.raises(TypeError, match="pickle"):
        serve(operator.neg, [1, {}.keys()])
