"""Runs long computations in processes of their own, which tell how far they are.

Each process has a pipe of its own.  A queue that all of them share has a lock, and a process that
is killed while it holds that lock silences the others.  A process that dies shows as the end of its
pipe, at once.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
import traceback
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkServerContext, SpawnContext

Item = TypeVar("Item")
Value = TypeVar("Value")

EVERY = 0.1
"""Seconds between two reports of a worker: as fast as an eye wants it."""

REAPING = 10.0
"""Seconds allowed for a process that has ended or was killed to vanish."""


@dataclass(frozen=True)
class Progress(Generic[Item]):
    """A worker has done so much of so much, in units of its own."""

    item: Item
    done: int
    total: int


@dataclass(frozen=True)
class Ended(Generic[Item, Value]):
    """What became of an item: `error`, a text, is empty exactly where there is a value."""

    item: Item
    value: Value | None
    error: str


class Reporter:
    """Given to the work as its second argument; call it as often as you like."""

    def __init__(self, sender: Connection, every: float) -> None:
        self._sender = sender
        self._every = every
        self._next = 0.0
        self._has_told_end = False

    def __call__(self, done: int, total: int) -> None:
        """Tell it, unless the last report is too recent; this never waits for the parent.

        The first report that all is done is told in any case.  A report that finds the pipe full
        is dropped: the next one says more.  Raises `BrokenPipeError` when the parent is gone, which
        is the time to end.
        """
        now = time.monotonic()
        is_first_end = done == total and not self._has_told_end
        if now >= self._next or is_first_end:
            self._next = now + self._every
            self._has_told_end |= is_first_end
            _send_or_drop(self._sender, (done, total))


def run_with_progress(
    work: Callable[[Item, Reporter], Value],
    items: Iterable[Item],
    *,
    processes: int,
    every: float = EVERY,
) -> Generator[Progress[Item] | Ended[Item, Value], None, None]:
    """Yield what the workers tell, as it comes: `Progress`, and one `Ended` for each item.

    `work(item, report)` has to be a function at the top level of a module; it, the items and the
    values have to be picklable.  At most `processes` run at a time, and the next item is read only
    when there is one to run it.  Every worker tells at most one thing each `every` seconds, and
    two more: that all is done, and its answer.  So a caller who reads at all keeps up.  An error of
    `work`, the death of its process, or a value that cannot be pickled or unpickled, is the item's
    `Ended`; the others go on.

    However it ends, by an error, an interrupt, or because the generator is closed: the processes
    that still run are killed and reaped.  So close the generator (`contextlib.closing`) where you
    may leave it early.
    """
    if processes < 1:
        message = f"processes must be at least 1, not {processes}"
        raise ValueError(message)
    context = start_context()
    source = iter(items)
    running: dict[Connection, _Worker[Item, Value]] = {}
    try:
        while True:
            while len(running) < processes:
                try:
                    item = next(source)
                except StopIteration:
                    break
                worker: _Worker[Item, Value] = _Worker(context, work, item, every)
                running[worker.receiver] = worker
            if not running:
                return
            for receiver in wait(list(running)):
                worker = running[receiver]  # type: ignore[index]  # wait returns what it was given
                told = worker.read()
                if isinstance(told, Ended):
                    del running[worker.receiver]
                    worker.end()
                yield told
    finally:
        for worker in running.values():
            worker.end()


class _Worker(Generic[Item, Value]):
    """A process and the item that it works on."""

    def __init__(
        self,
        context: ForkServerContext | SpawnContext,
        work: Callable[[Item, Reporter], Value],
        item: Item,
        every: float,
    ) -> None:
        self.item = item
        self.receiver, sender = context.Pipe(duplex=False)
        self.process = context.Process(target=_child, args=(work, item, sender, every), daemon=True)
        try:
            self.process.start()
        except BaseException:  # something could not be pickled
            self.receiver.close()
            raise
        finally:
            sender.close()  # the child has the only one left, so its end shows as end of file

    def read(self) -> Progress[Item] | Ended[Item, Value]:
        """Return what it tells next; call it when there is something to read."""
        try:
            message: tuple[int, int] | _Answer = self.receiver.recv()
        except (EOFError, OSError):
            self.process.join(REAPING)
            return Ended(self.item, None, f"the process died, exit code {self.process.exitcode}")
        if isinstance(message, _Answer):
            return message.ended(self.item)
        return Progress(self.item, *message)

    def end(self) -> None:
        """Kill it if it still runs, and leave no zombie."""
        self.process.kill()
        self.process.join(REAPING)
        if self.process.exitcode is not None:
            self.process.close()
        self.receiver.close()


@dataclass(frozen=True)
class _Answer:
    """The last that a worker sends; the value is pickled apart, so that this can always be read."""

    pickled: bytes
    error: str

    def ended(self, item: Item) -> Ended[Item, Any]:
        """Return what became of the item."""
        if self.error:
            return Ended(item, None, self.error)
        try:
            return Ended(item, pickle.loads(self.pickled), "")  # noqa: S301  # our own worker made it
        except Exception as error:  # noqa: BLE001  # whatever a class does when it is made anew
            return Ended(item, None, f"its value cannot be unpickled: {_as_text(error)}")


def _child(
    work: Callable[[Any, Reporter], object], item: object, sender: Connection, every: float
) -> None:
    """Work, and send the answer.  Runs in the child."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches it, too; the parent decides
    end_with_parent()
    try:
        answer = _Answer(pickle.dumps(work(item, Reporter(sender, every))), "")
        sys.stdout.flush()  # the process is killed once it has answered
    except Exception as error:  # noqa: BLE001  # the parent hands it over, also one of pickling
        answer = _Answer(b"", _as_text(error))
    sender.send(answer)  # waits until it is read: it must not be lost


def _as_text(error: BaseException) -> str:
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return f"{type(error).__name__}: {error}\n\n{text}"


def end_with_parent() -> None:
    """End this process when its parent is gone: one that dies of a signal tells nobody.

    Runs in the child, and starts a thread there.
    """

    def watch() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()


def _send_or_drop(sender: Connection, message: tuple[int, int]) -> None:
    """Send it if that can be done at once.

    POSIX writes so few bytes to a pipe whole or not at all.  Windows has no such switch for its
    pipes: there a full one is waited for.
    """
    if os.name != "posix":
        sender.send(message)
        return
    os.set_blocking(sender.fileno(), False)
    try:
        sender.send(message)
    except BlockingIOError:
        pass
    finally:
        os.set_blocking(sender.fileno(), True)


def start_context() -> ForkServerContext | SpawnContext:
    """Return how to start processes: never by fork, which copies locks that other threads hold."""
    if "forkserver" in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("forkserver")
    return multiprocessing.get_context("spawn")


# ------------------------------------------------------------------ the demo: replace it by yours


def add_up(limit: int, report: Reporter) -> int:
    """Return the sum of the numbers below the limit; the process dies at one million."""
    total = 0
    for number in range(limit):
        total += number
        report(number + 1, limit)
        if number == 1_000_000:  # noqa: PLR2004
            os.kill(os.getpid(), signal.SIGTERM)
    return total


def main() -> int:
    """Show progress of three workers at a bounded rate, one of which dies half-way."""
    begun = time.monotonic()
    reports: dict[int, int] = {}
    answers: dict[int, str] = {}
    limits = [200_000, 400_000, 2_000_000]
    with closing(run_with_progress(add_up, limits, processes=3)) as told:
        for each in told:
            if isinstance(each, Progress):
                reports[each.item] = reports.get(each.item, 0) + 1
                print(f"{each.item:>8}: {100 * each.done // each.total:>3} %")
            else:
                answers[each.item] = each.error or str(each.value)
    allowed = (time.monotonic() - begun) / EVERY + 2
    print(f"answers: {answers}")
    print(f"most reports of a worker: {max(reports.values())} (allowed: {int(allowed)})")
    print(f"processes left: {multiprocessing.active_children()}")
    right = [answers.get(limit) == str(sum(range(limit))) for limit in limits] == [
        True,
        True,
        False,
    ]
    bounded = max(reports.values()) <= allowed
    return 0 if right and bounded and not multiprocessing.active_children() else 1


if __name__ == "__main__":
    sys.exit(main())
