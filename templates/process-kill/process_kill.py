"""Runs each call in a process of its own, and kills it when it takes longer than its deadline.

A thread cannot be stopped, nor can a call in a process pool.  A process can, whatever it does: a
loop in C that never looks at a signal, a deadlock, memory without end.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
import time
import traceback
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.connection import wait
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
    """The call raised an error: its type, message and traceback, as text, so that it can travel."""


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

    However it ends, by an error, an interrupt, or because the generator is closed: the processes
    that still run are killed and reaped.  So close the generator (`contextlib.closing`) where you
    may leave it early.
    """
    context = start_context()
    source = iter(items)
    running: list[_Running[Item, Value]] = []
    try:
        while True:
            while len(running) < processes:
                try:
                    item = next(source)
                except StopIteration:
                    break
                running.append(_Running(context, work, item, deadline, start_deadline))
            if not running:
                return
            left = min(each.ends for each in running) - time.monotonic()
            ready = wait([each.receiver for each in running], timeout=max(left, 0))
            for each in list(running):
                outcome = each.look(has_message=each.receiver in ready)
                if outcome is not None:
                    running.remove(each)
                    yield outcome
    finally:
        for each in running:
            each.kill()


class _Running(Generic[Item, Value]):
    """A process and the item that it works on."""

    def __init__(
        self,
        context: ForkServerContext | SpawnContext,
        work: Callable[[Item], Value],
        item: Item,
        deadline: float,
        start_deadline: float,
    ) -> None:
        self.item = item
        self._deadline = deadline
        self.receiver, sender = context.Pipe(duplex=False)
        self._process = context.Process(target=_child, args=(work, item, sender), daemon=True)
        try:
            self._process.start()
        except BaseException:  # something could not be pickled
            self.receiver.close()
            raise
        finally:
            sender.close()  # the child has the only one left, so its end shows as end of file
        self.ends = time.monotonic() + start_deadline

    def look(self, *, has_message: bool) -> Outcome[Item, Value] | None:
        """Return what became of it, or None while that is open."""
        if has_message:
            return self._read()
        if time.monotonic() < self.ends:
            return None
        pid = self._process.pid
        self.kill()
        return Outcome(self.item, None, KilledError(self.item, self._deadline, pid))

    def kill(self) -> None:
        """End it at once and leave no zombie."""
        self._process.kill()
        self._reap()

    def _read(self) -> Outcome[Item, Value] | None:
        try:
            message: tuple[str, Any] = self.receiver.recv()
        except (EOFError, OSError):
            return Outcome(self.item, None, DiedError(self.item, self._reap()))
        kind, content = message
        if kind == "begun":
            self.ends = time.monotonic() + self._deadline
            return None
        self.kill()  # it has said all; its own way out could take for ever
        if kind == "raised":
            return Outcome(self.item, None, WorkError(content))
        return Outcome(self.item, content, None)

    def _reap(self) -> int | None:
        self._process.join(REAPING)
        code = self._process.exitcode
        if code is not None:
            self._process.close()
        self.receiver.close()
        return code


def _child(work: Callable[[Any], object], item: object, sender: Connection) -> None:
    """Work, and send the answer.  Runs in the child."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches it, too; the parent decides
    sender.send(("begun", None))
    try:
        value = work(item)
        sys.stdout.flush()  # the process is killed once it has answered
        sender.send(("returned", value))
    except Exception as error:  # noqa: BLE001  # the parent hands it over, also one of pickling
        text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        sender.send(("raised", f"{type(error).__name__}: {error}\n\n{text}"))


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
    expected = ("returned 499500", "KilledError", "DiedError", "WorkError")
    as_expected = all(map(str.startswith, answers, expected))
    return 0 if as_expected and not left else 1


if __name__ == "__main__":
    sys.exit(main())
