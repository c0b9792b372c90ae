"""Hands jobs to long-running worker processes, and ends in time when it is told to.

On SIGTERM or Ctrl-C no further job is taken, those in flight are finished within a deadline, and
what does not end by itself is terminated and at last killed.  A second signal skips the waiting.
The signals are the parent's business: workers ignore Ctrl-C, which a terminal sends to them, too.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
import traceback
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkServerContext, SpawnContext

NOTHING_NOW = object()
"""Yielded by a source of jobs that has none at the moment, instead of blocking."""
IDLE = 0.05
"""Seconds until a source that had nothing is asked again."""

REAPING = 10.0
"""Seconds allowed for a process that has ended or was killed to vanish."""


@dataclass
class Summary:
    """What became of the jobs that were accepted, which is: handed to a worker.

    `unfinished` are those that were cut off by the end, `died` those whose worker died of them;
    `signals` are the numbers of the signals that came.
    """

    done: int = 0
    failed: int = 0
    died: list[Any] = field(default_factory=list)
    unfinished: list[Any] = field(default_factory=list)
    signals: list[int] = field(default_factory=list)


def serve_jobs(  # noqa: PLR0913  # each is a choice that the caller has to be able to make
    work: Callable[[Any], object],
    jobs: Iterable[object],
    *,
    processes: int,
    on_result: Callable[[Any, Any, str], object],
    drain: float = 20.0,
    terminate: float = 5.0,
) -> Summary:
    """Work on the jobs in `processes` worker processes, until there are none or a signal comes.

    A job is taken from `jobs` only when a worker is free for it.  `on_result(job, value, error)` is
    called in this process; `error` is a text, empty where there is a value.  Take results there,
    and commit them: what is in no `on_result` was not finished.

    After SIGTERM or SIGINT the jobs in flight have `drain` seconds to end.  Then their workers get
    SIGTERM, and SIGKILL after `terminate` seconds more.  Together less than your supervisor allows:
    Docker 10 s, Kubernetes 30 s, systemd 90 s.  Idle workers end at once.

    Call it in the main thread: only there can signals be handled.  When it ends, by an error of
    `jobs` or `on_result` too, no worker is left and the old signal handlers are back.
    """
    if processes < 1:
        message = f"processes must be at least 1, not {processes}"
        raise ValueError(message)
    with _stop_signals() as stop:
        run = _Run(work, iter(jobs), processes, on_result, stop)
        try:
            run.until_done(drain)
        finally:
            run.end_workers(terminate)
    return run.summary


class _Stop:
    """Collects signals, and wakes whoever waits for `receiver`."""

    def __init__(self) -> None:
        self.signals: list[int] = []
        self.receiver, self._sender = multiprocessing.Pipe(duplex=False)

    def handle(self, number: int, _frame: object) -> None:
        """Note the signal.  Runs between any two bytecodes: no locks, no log."""
        self.signals.append(number)
        self._sender.send_bytes(b"!")

    def close(self) -> None:
        """Close the pipe."""
        self.receiver.close()
        self._sender.close()


@contextmanager
def _stop_signals() -> Iterator[_Stop]:
    stop = _Stop()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, stop.handle) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        stop.close()


class _Run:
    """The workers and the jobs in flight."""

    def __init__(
        self,
        work: Callable[[Any], object],
        source: Iterator[object],
        processes: int,
        on_result: Callable[[Any, Any, str], object],
        stop: _Stop,
    ) -> None:
        self.summary = Summary(signals=stop.signals)
        self._source = source
        self._source_ended = False
        self._on_result = on_result
        self._stop = stop
        self._work = work
        self._idle = [_Worker(work) for _ in range(processes)]
        self._busy: list[_Worker] = []

    def until_done(self, drain: float) -> None:
        """Hand out jobs and take results, until the end of both or of the time to drain."""
        drain_ends = None
        while True:
            if drain_ends is None and self.summary.signals:
                drain_ends = time.monotonic() + drain
            had_nothing = drain_ends is None and self._hand_out()
            if not self._busy and (self._source_ended or drain_ends is not None):
                return
            if drain_ends is not None and self._is_over(drain_ends):
                self._take_results(0, None)  # what has come in at the last moment counts
                return
            self._take_results(IDLE if had_nothing else None, drain_ends)

    def _is_over(self, drain_ends: float) -> bool:
        return len(self.summary.signals) > 1 or time.monotonic() >= drain_ends

    def _hand_out(self) -> bool:
        """Give each idle worker a job; return whether the source has nothing at the moment."""
        while self._idle and not self._source_ended and not self.summary.signals:
            job = next(self._source, self)
            if job is self:
                self._source_ended = True
            elif job is NOTHING_NOW:
                return True
            else:
                worker = self._idle[-1]
                if not worker.process.is_alive():  # somebody ended it while it was idle
                    worker.end(0)
                    worker = self._idle[-1] = _Worker(self._work)
                worker.begin(job)  # raises if the job cannot be pickled; the worker stays idle then
                self._busy.append(self._idle.pop())
        return False

    def _take_results(self, seconds: float | None, drain_ends: float | None) -> None:
        if drain_ends is not None:
            seconds = max(drain_ends - time.monotonic(), 0)
        connections = [worker.connection for worker in self._busy]
        ready = wait([self._stop.receiver, *connections], timeout=seconds)
        if self._stop.receiver in ready:
            self._stop.receiver.recv_bytes()
        for worker in [each for each in self._busy if each.connection in ready]:
            self._take_result(worker)

    def _take_result(self, worker: _Worker) -> None:
        job = worker.job
        self._busy.remove(worker)
        try:
            answer = worker.connection.recv_bytes()
        except (EOFError, OSError):
            worker.end(REAPING)
            self.summary.died.append(job)
            value, error = None, f"the worker process died, exit code {worker.process.exitcode}"
            worker = _Worker(self._work)
        else:
            worker.finished()
            value, error = _unpickled(answer)
            self.summary.done += not error
            self.summary.failed += bool(error)
        self._idle.append(worker)
        self._on_result(job, value, error)

    def end_workers(self, terminate: float) -> None:
        """Let the idle ones end by themselves, and end the others by force."""
        self.summary.unfinished = [worker.job for worker in self._busy]
        everyone = [*self._idle, *self._busy]
        for worker in everyone:
            worker.ask_to_end()
        ends = time.monotonic() + terminate
        for worker in everyone:
            worker.end(max(ends - time.monotonic(), 0))


class _Worker:
    """A process that works on one job after the other."""

    def __init__(self, work: Callable[[Any], object]) -> None:
        self.job: object = None
        self._is_busy = False
        context = start_context()
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_child, args=(work, theirs), daemon=True)
        self.process.start()
        theirs.close()  # the child has the only one left, so its end shows as end of file

    def begin(self, job: object) -> None:
        """Send it a job; raises what pickling raises."""
        pickled = pickle.dumps(job)
        with suppress(ConnectionError):  # it died; reading will tell
            self.connection.send_bytes(pickled)
        self.job = job
        self._is_busy = True

    def finished(self) -> None:
        """Note that it waits for a job again."""
        self.job = None
        self._is_busy = False

    def ask_to_end(self) -> None:
        """Tell it: a worker that waits for a job sees the end of the pipe, a busy one SIGTERM."""
        self.connection.close()
        if self._is_busy:
            self.process.terminate()

    def end(self, seconds: float) -> None:
        """Wait so long for it to end, then kill it; leave no zombie."""
        self.connection.close()
        self.process.join(seconds)
        self.process.kill()
        self.process.join(REAPING)


def _unpickled(answer: bytes) -> tuple[Any, str]:
    """Return the value and the error; that it cannot be unpickled is an error of the job."""
    try:
        value, error = pickle.loads(answer)  # noqa: S301  # our own worker made it
    except Exception as failure:  # noqa: BLE001  # whatever a class does when it is made anew
        return None, f"its value cannot be unpickled: {_as_text(failure)}"
    return value, error


def _child(work: Callable[[Any], object], connection: Connection) -> None:
    """Work on what comes, until the parent closes the pipe or is gone.  Runs in a worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with suppress(EOFError, ConnectionError):
        while True:
            pickled = connection.recv_bytes()
            try:
                job = pickle.loads(pickled)  # noqa: S301  # our own parent made it
                answer = pickle.dumps((work(job), ""))
            except Exception as error:  # noqa: BLE001  # the parent hands it over, with the job
                answer = pickle.dumps((None, _as_text(error)))
            connection.send_bytes(answer)


def _as_text(error: BaseException) -> str:
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return f"{type(error).__name__}: {error}\n\n{text}"


def start_context() -> ForkServerContext | SpawnContext:
    """Return how to start processes: never by fork, which copies locks that other threads hold."""
    if "forkserver" in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("forkserver")
    return multiprocessing.get_context("spawn")


# ------------------------------------------------------------------ the demo: replace it by yours


def resize(seconds: float) -> float:
    """Compute for that long, and return it."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return seconds


def main() -> int:
    """Send ourselves SIGTERM with work in flight: with time enough to drain, and with less."""
    return 0 if shown(0.2, drain=5.0, cut_off=0) and shown(60.0, drain=0.3, cut_off=2) else 1


def shown(seconds: float, *, drain: float, cut_off: int) -> bool:
    """Run jobs of that length without end until SIGTERM; return whether it ends as expected."""
    results: list[Any] = []
    begun = time.monotonic()
    alarm = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM))
    alarm.start()
    summary = serve_jobs(
        resize,
        itertools.repeat(seconds),
        processes=2,
        on_result=lambda job, _value, _error: results.append(job),
        drain=drain,
        terminate=1.0,
    )
    alarm.join()
    left = multiprocessing.active_children()
    print(f"SIGTERM after 0.5 s, jobs of {seconds} s, {drain} s to drain:", end=" ")
    print(f"{summary.done} done, {len(summary.unfinished)} cut off,", end=" ")
    print(f"ended after {time.monotonic() - begun:.1f} s, processes left: {left}")
    return summary.done == len(results) and len(summary.unfinished) == cut_off and not left


if __name__ == "__main__":
    sys.exit(main())
