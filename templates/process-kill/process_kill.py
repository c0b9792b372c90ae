"""Runs each call in a process of its own, and kills it when it takes longer than its deadline.

A thread cannot be stopped, nor can a call in a process pool.  A process can, whatever it does: a
loop in C that never looks at a signal, a deadlock, memory without end.
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
from contextlib import closing, suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkServerContext, SpawnContext

Item = TypeVar("Item")
Value = TypeVar("Value")

REAPING = 10.0
"""Seconds allowed for a killed process to vanish: the kernel needs a moment to free its memory."""


class KilledError(TimeoutError):
    """The call took longer than its deadline, and its process, `pid`, was killed."""

    def __init__(self, item: object, deadline: float, pid: int | None) -> None:
        super().__init__(f"process {pid} was killed after {deadline} s, in the call for {item!r}")
        self.pid = pid


class DiedError(RuntimeError):
    """The process ended before the call did; `code` is its exit code, negative for a signal."""

    def __init__(self, item: object, code: int | None) -> None:
        how = f"exit code {code}" if code is None or code >= 0 else signal.Signals(-code).name
        super().__init__(f"the process of the call for {item!r} ended by {how}")
        self.code = code


class WorkError(RuntimeError):
    """The call raised an error, or its value cannot travel: type, message and traceback as text."""


@dataclass(frozen=True)
class Outcome(Generic[Item, Value]):
    """What became of one item: `error` is None exactly where there is a value."""

    item: Item
    value: Value | None
    error: KilledError | DiedError | WorkError | None

    def result(self) -> Value:
        """Return the value; raises the error where there is one."""
        if self.error is not None:
            raise self.error
        return cast("Value", self.value)  # None can be a value, too


def start_context() -> ForkServerContext | SpawnContext:
    """Return how to start processes: never by fork, which copies locks that other threads hold."""
    if "forkserver" in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("forkserver")
    return multiprocessing.get_context("spawn")


def run_killable(
    work: Callable[[Item], Value], item: Item, *, deadline: float, start_deadline: float = 60.0
) -> Value:
    """Return `work(item)`; raises what `map_killable` would hand over as the error."""
    with closing(
        map_killable(work, [item], processes=1, deadline=deadline, start_deadline=start_deadline)
    ) as outcomes:
        return next(outcomes).result()


def map_killable(
    work: Callable[[Item], Value],
    items: Iterable[Item],
    *,
    processes: int,
    deadline: float,
    start_deadline: float = 60.0,
) -> Generator[Outcome[Item, Value], None, None]:
    """Yield what became of each item, as soon as it is known.

    `work` has to be a function at the top level of a module, and it, the items and the values have
    to be picklable.  At most `processes` run at a time, and the next item is read only when there
    is one to run it.  `deadline` is in seconds from the moment the call begins; what comes before,
    starting Python and importing the module, has `start_deadline`.

    Deadlines are kept while the caller does something else between two outcomes, too: each process
    has a thread that waits for it.  Items are read, and processes started, in the caller's thread.

    However it ends, by an error, an interrupt, or because the generator is closed: the processes
    that still run are killed and reaped.  So close the generator (`contextlib.closing`) where you
    may leave it early.
    """
    if processes < 1:
        message = f"processes must be at least 1, not {processes}"
        raise ValueError(message)
    context = start_context()
    source = iter(items)
    running: list[_Running[Item, Value]] = []
    ended: SimpleQueue[_Running[Item, Value]] = SimpleQueue()  # never more than are running
    try:
        while True:
            while len(running) < processes:
                try:
                    item = next(source)
                except StopIteration:
                    break
                each = _Running(context, work, item, (start_deadline, deadline), ended)
                running.append(each)
            if not running:
                return
            each = ended.get()
            running.remove(each)
            yield each.outcome()
    finally:
        for each in running:
            each.kill()
        for each in running:
            each.reap()


class _Running(Generic[Item, Value]):
    """A process, the item that it works on, and a thread that holds it to its deadlines.

    The thread reads and kills.  It does not reap: `multiprocessing` looks after all processes
    whenever one is started, and two threads must not do so at a time.
    """

    def __init__(
        self,
        context: ForkServerContext | SpawnContext,
        work: Callable[[Item], Value],
        item: Item,
        deadlines: tuple[float, float],
        ended: SimpleQueue[_Running[Item, Value]],
    ) -> None:
        self.item = item
        self._deadlines = deadlines
        self._is_late = False
        self._answer: bytes | None = None
        self._receiver, sender = context.Pipe(duplex=False)
        self._process = context.Process(target=_child, args=(work, item, sender), daemon=True)
        self._watcher = threading.Thread(
            target=self._watch, args=[ended], name="deadline-of-process", daemon=True
        )
        try:
            self._process.start()
            self._watcher.start()
        except BaseException:  # something could not be pickled, or there is no room for a thread
            if self._process.pid is not None:
                self._process.kill()
            self._receiver.close()
            raise
        finally:
            sender.close()  # the child has the only one left, so its end shows as end of file

    def outcome(self) -> Outcome[Item, Value]:
        """Return what became of it; call it when it has ended."""
        pid = self._process.pid
        code = self.reap()
        if self._is_late:
            return Outcome(self.item, None, KilledError(self.item, self._deadlines[1], pid))
        if self._answer is None:
            return Outcome(self.item, None, DiedError(self.item, code))
        try:
            value, error = pickle.loads(self._answer)  # noqa: S301  # our own process made it
        except Exception as failure:  # noqa: BLE001  # whatever a class does when it is made anew
            value, error = None, f"its value cannot be unpickled: {_as_text(failure)}"
        return Outcome(self.item, value, WorkError(error) if error else None)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def reap(self) -> int | None:
        """Wait for its end and leave no zombie; return its exit code."""
        self._watcher.join(REAPING)
        self._process.join(REAPING)
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join(REAPING)
        code = self._process.exitcode
        if code is not None:
            self._process.close()
        self._receiver.close()
        return code

    def _watch(self, ended: SimpleQueue[_Running[Item, Value]]) -> None:
        """Wait for the two messages of the child, each with its deadline.  Runs in the thread."""
        with suppress(EOFError, OSError):  # it has died
            for seconds in self._deadlines:
                wait([self._receiver, self._process.sentinel], timeout=seconds)
                if self._receiver.poll():  # what has come in time counts, however late we look
                    message = self._receiver.recv_bytes()
                else:
                    # A child of its own may keep the pipe open when it has died.
                    self._is_late = not wait([self._process.sentinel], timeout=0)
                    break
            else:
                self._answer = message
        if self._is_late or self._answer is not None:
            self._process.kill()  # it has said all; its own way out could take for ever
        ended.put(self)


def _child(work: Callable[[Any], object], item: object, sender: Connection) -> None:
    """Work, and send the answer.  Runs in the child."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches it, too; the parent decides
    end_with_parent()
    sender.send_bytes(b"begun")
    try:
        answer = pickle.dumps((work(item), ""))
        sys.stdout.flush()  # the process is killed once it has answered
    except Exception as error:  # noqa: BLE001  # the parent hands it over, also one of pickling
        answer = pickle.dumps((None, _as_text(error)))
    sender.send_bytes(answer)


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


def main() -> int:
    """Show that calls which never end, die and fail are told apart from those that end."""
    calls: list[tuple[str, Callable[[Any], object], Any]] = [
        ("ends", sum, range(1000)),
        ("never ends, in C", sum, range(10**15)),
        ("dies", sys.exit, 3),
        ("fails", int, "three"),
    ]
    answers: list[str] = []
    for what, work, item in calls:
        begun = time.monotonic()
        try:
            value = run_killable(work, item, deadline=0.5)
            answer = f"returned {value}"
        except (KilledError, DiedError, WorkError) as error:
            answer = f"{type(error).__name__}: {str(error).splitlines()[0]}"
        answers.append(answer)
        print(f"{what}: {answer} ({time.monotonic() - begun:.2f} s)")
    left = multiprocessing.active_children()
    print(f"processes left: {left}")
    kinds = [each.__name__ for each in (KilledError, DiedError, WorkError)]
    as_expected = all(map(str.startswith, answers, ["returned 499500", *kinds]))
    return 0 if as_expected and not left else 1


if __name__ == "__main__":
    sys.exit(main())
