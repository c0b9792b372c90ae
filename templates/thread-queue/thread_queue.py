"""Worker threads that take jobs from a bounded queue.

The queue's bound is the backpressure: whoever puts jobs in faster than they are worked on waits.
`finish` works off what was accepted and then stops; `stop` drops what has not begun.  Both have a
deadline, and say which threads did not keep it.
"""

from __future__ import annotations

import logging
import queue
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

Job = TypeVar("Job")

if sys.version_info >= (3, 13):
    from queue import Queue as ClosableQueue
    from queue import ShutDown
else:

    class ShutDown(Exception):  # noqa: N818  # named as in Python 3.13
        """The queue was shut down."""

    class ClosableQueue(queue.Queue[Any]):
        """As much of Python 3.13's `Queue.shutdown` as is needed here; delete it from 3.13 on.

        An end mark takes its place behind the last job, and each reader leaves it to the next.
        """

        _END = object()
        _closed = False

        def shutdown(self) -> None:
            """Let no more in; `get` raises `ShutDown` when there is nothing left."""
            with self.mutex:
                if not self._closed:
                    self._closed = True
                    self.queue.append(self._END)
                    self.not_empty.notify()

        def _put(self, item: Any) -> None:  # noqa: ANN401
            if self._closed:  # told to a producer that had been waiting for room, too
                raise ShutDown
            super()._put(item)

        def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:  # noqa: ANN401, FBT001, FBT002  # as in queue.Queue
            """Put it in; raises `Full` or `ShutDown`."""
            if self._closed:  # do not wait for room that will never be
                raise ShutDown
            super().put(item, block, timeout)

        def get(self, block: bool = True, timeout: float | None = None) -> Any:  # noqa: ANN401, FBT001, FBT002  # as in queue.Queue
            """Take the next one out; raises `Empty` or `ShutDown`."""
            item = super().get(block, timeout)
            if item is not self._END:
                return item
            with self.mutex:
                self.queue.append(item)
                self.not_empty.notify()
            raise ShutDown


class StillRunningError(RuntimeError):
    """Threads did not end in time, or jobs are left: no thread can be stopped from outside.

    `threads` are the names of those that run, `dropped` the jobs accepted and not begun.
    """

    def __init__(self, deadline: float, threads: list[str], dropped: list[Any]) -> None:
        names = ", ".join(threads) or "none"
        super().__init__(f"after {deadline} s: {len(dropped)} jobs dropped, running: {names}")
        self.threads = threads
        self.dropped = dropped


class UntoldError(RuntimeError):
    """`on_error` itself failed, so that nobody was told of `jobs` failed jobs.

    The first error that it raised is the cause; all of them were logged.
    """

    def __init__(self, jobs: int) -> None:
        super().__init__(f"on_error failed for {jobs} jobs")
        self.jobs = jobs


def log_error(job: object, error: BaseException) -> None:
    """Log it with its traceback."""
    logging.getLogger(__name__).error("job %r failed", job, exc_info=error)


class WorkerThreads(Generic[Job]):
    """Threads that call `work` for each job; `with` finishes on a clean exit and stops on an error.

    - `capacity`: how many jobs may wait; `put` blocks when there are as many.
    - `on_error` is called in the worker's thread with the job and what `work` raised, SystemExit
      too.  Neither that nor an error of its own ends the worker; `finish` raises the latter.
    - `deadline`: seconds that the end of a `with` block allows for what is left.
    - `stopping` is set by `stop`: a job that takes long should look at it, and wait with
      `stopping.wait(seconds)` instead of `time.sleep`.
    """

    def __init__(  # noqa: PLR0913  # each is a choice that the caller has to be able to make
        self,
        work: Callable[[Job], object],
        *,
        threads: int,
        capacity: int,
        on_error: Callable[[Job, BaseException], object] = log_error,
        deadline: float = 30.0,
        name: str = "worker",
    ) -> None:
        for what, count in (("threads", threads), ("capacity", capacity)):
            if count < 1:
                message = f"{what} must be at least 1, not {count}"
                raise ValueError(message)
        self.stopping = threading.Event()
        self._work = work
        self._on_error = on_error
        self._untold = 0
        self._first_untold: BaseException | None = None
        self._note = threading.Lock()
        self._deadline = deadline
        self._jobs = ClosableQueue(capacity)
        self._threads = [
            threading.Thread(target=self._run, name=f"{name}-{number}") for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def put(self, job: Job, *, timeout: float) -> None:
        """Hand over a job, waiting up to `timeout` seconds for room.

        Raises `queue.Full` when there is none, and `ShutDown` after `finish` or `stop`: the job was
        not accepted then.
        """
        self._jobs.put(job, timeout=timeout)

    def finish(self, *, deadline: float) -> None:
        """Accept nothing more, work off what was accepted, and wait for the threads to end.

        After `deadline` seconds `stopping` is set, what has not begun is dropped, and
        `StillRunningError` says which jobs and which threads those are.  `UntoldError` if all was
        worked off, but `on_error` failed.
        """
        self._jobs.shutdown()
        if self._join(deadline):
            self.stopping.set()
        dropped = self._take_out()  # also if every thread has ended: then none may be left
        running = self._join(0)
        if running or dropped:
            raise StillRunningError(deadline, running, dropped)
        if self._untold:
            raise UntoldError(self._untold) from self._first_untold

    def stop(self, *, deadline: float) -> list[Job]:
        """Accept nothing more, and wait for the threads to end; return the jobs not begun.

        Raises `StillRunningError` after `deadline` seconds.
        """
        self.stopping.set()
        self._jobs.shutdown()
        dropped = self._take_out()
        running = self._join(deadline)
        if running:
            raise StillRunningError(deadline, running, dropped)
        return dropped

    def __enter__(self) -> WorkerThreads[Job]:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.finish(deadline=self._deadline)
        else:
            dropped = self.stop(deadline=self._deadline)
            if dropped:
                logging.getLogger(__name__).error("%d jobs dropped", len(dropped))

    def _run(self) -> None:
        while True:
            try:
                job: Job = self._jobs.get()
            except ShutDown:
                return
            try:
                self._work(job)
            except BaseException as error:  # noqa: BLE001  # not even sys.exit() ends the worker
                self._tell(job, error)
            del job  # nothing is kept alive while the worker waits

    def _tell(self, job: Job, error: BaseException) -> None:
        try:
            self._on_error(job, error)
        except BaseException as failure:  # kept for `finish`
            logging.getLogger(__name__).critical("on_error failed for %r", job, exc_info=failure)
            with self._note:
                self._untold += 1
                self._first_untold = self._first_untold or failure

    def _join(self, seconds: float) -> list[str]:
        """Return the names of the threads that are alive after that time."""
        end = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(end - time.monotonic(), 0))
        return [thread.name for thread in self._threads if thread.is_alive()]

    def _take_out(self) -> list[Job]:
        """Return the jobs that wait in a queue which has been shut down."""
        jobs: list[Job] = []
        with suppress(ShutDown, queue.Empty):
            while True:
                jobs.append(self._jobs.get(block=False))
        return jobs


def main() -> int:
    """Show backpressure, a kept error, and that nothing accepted is lost."""
    capacity, jobs = 5, 60
    done: list[int] = []
    failed: list[str] = []
    longest_queue = 0

    def send(number: int) -> None:
        time.sleep(0.01)  # stands for a blocking request
        done.append(100 // (number - 7))

    def keep(job: int, error: BaseException) -> None:
        failed.append(f"{job}: {error}")

    begun = time.monotonic()
    with WorkerThreads(send, threads=4, capacity=capacity, on_error=keep, deadline=5) as workers:
        for number in range(jobs):
            workers.put(number, timeout=5)
            longest_queue = max(longest_queue, workers._jobs.qsize())  # noqa: SLF001
        waited = time.monotonic() - begun
    left = [each.name for each in threading.enumerate() if each.name.startswith("worker-")]
    print(f"{jobs} jobs accepted, {len(done)} done, failed: {failed}")
    print(f"at most {longest_queue} waited (allowed: {capacity}); putting took {waited:.2f} s")
    print(f"threads left: {left}")
    complete = len(done) + len(failed) == jobs and len(failed) == 1
    return 0 if complete and longest_queue <= capacity and not left else 1


if __name__ == "__main__":
    sys.exit(main())
