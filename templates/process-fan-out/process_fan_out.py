"""Runs a function that computes over many items, in a pool of worker processes.

Items travel in chunks whose size follows the measured cost of an item, because handing a task to a
process costs as much as a tenth of a millisecond of work.  Items are read and results kept only as
far as the caller keeps up, so a million items need no more memory than a thousand.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import pickle
import sys
import threading
import time
import traceback
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from multiprocessing.context import ForkServerContext, SpawnContext

Item = TypeVar("Item")
Value = TypeVar("Value")

CHUNK_SECONDS = 0.05
"""How long a chunk should take: 500 times what submitting one costs (0.1 ms), and short enough that
the end, when some workers have nothing left to do, does not matter."""
LARGEST_CHUNK = 1000
AHEAD = 2
"""Chunks held for each worker: one that runs, one that waits so that it never pauses."""
MOST_WORKERS = 61
"""The most that Windows can wait for."""


class WorkError(RuntimeError):
    """An item's error: type, message and traceback as text, because not every error can travel.

    A value that cannot travel is an error of its item, too, and so is a call of `sys.exit`.
    """


class InitializerError(RuntimeError):
    """The initializer failed in a worker: type, message and traceback as text."""


class WorkerDiedError(RuntimeError):
    """Worker processes died twice (killed, out of memory, a crash); `items` were with them."""

    def __init__(self, items: list[Any]) -> None:
        super().__init__(f"a worker process died again, on one of {len(items)} items: {items[:20]}")
        self.items = items


@dataclass(frozen=True)
class Outcome(Generic[Item, Value]):
    """What became of one item: `error` is None exactly where there is a value."""

    item: Item
    value: Value | None
    error: WorkError | None

    def result(self) -> Value:
        """Return the value; raises the error where there is one."""
        if self.error is not None:
            raise self.error
        return cast("Value", self.value)  # None can be a value, too


@dataclass(frozen=True)
class PoolOptions:
    """How the workers are made.

    - `workers`: as many as there are usable cores where not given.
    - `initializer(*initargs)` runs once in each worker: the place to load large data that is only
      read, into a global of its module.  Its failure is raised as `InitializerError`.
    - `chunks_per_worker`: renew the processes after so many chunks each, against leaks of memory.
      `ProcessPoolExecutor(max_tasks_per_child=…)` is not used for it, because it hangs on 3.11,
      3.12 and unpatched later versions (https://github.com/python/cpython/issues/115634).
    """

    workers: int | None = None
    initializer: Callable[..., object] | None = None
    initargs: tuple[Any, ...] = ()
    chunks_per_worker: int | None = None

    def __post_init__(self) -> None:
        for what in ("workers", "chunks_per_worker"):
            count = getattr(self, what)
            if count is not None and count < 1:
                message = f"{what} must be at least 1, not {count}"
                raise ValueError(message)

    @property
    def size(self) -> int:
        """How many workers that makes."""
        return min(self.workers or usable_cores(), MOST_WORKERS)

    def open(self) -> ProcessPoolExecutor:
        """Return a new pool."""
        return ProcessPoolExecutor(
            self.size,
            mp_context=start_context(),
            initializer=_begin_worker,
            initargs=(self.initializer, self.initargs),
        )


def usable_cores() -> int:
    """Return how many cores this process may use; a container's CPU quota is not seen."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def start_context() -> ForkServerContext | SpawnContext:
    """Return how to start processes: never by fork, which copies locks that other threads hold."""
    if "forkserver" in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("forkserver")
    return multiprocessing.get_context("spawn")


def chunk_size(items: int, seconds: float) -> int:
    """Return how many items fill `CHUNK_SECONDS`, when so many took so long."""
    if not items:
        return 1
    return max(1, min(LARGEST_CHUNK, int(CHUNK_SECONDS * items / max(seconds, 1e-9))))


def map_processes(
    work: Callable[[Item], Value], items: Iterable[Item], options: PoolOptions | None = None
) -> Generator[Outcome[Item, Value], None, None]:
    """Yield what became of each item, in the order of the items.

    `work` has to be a function at the top level of a module, and it, the items and the values have
    to be picklable.  At most `AHEAD` chunks for each worker are held: read and not yet handed on.

    An error of `work` is the item's `WorkError`; the others go on.  When worker processes die, the
    pool is made anew once and the unfinished items are done again, so `work` has to bear being run
    twice; the second time raises `WorkerDiedError`.  A failing initializer raises
    `InitializerError`.

    However it ends, by an error, an interrupt, or because the generator is closed: chunks that have
    not begun are cancelled, and those that run, about `CHUNK_SECONDS`, are waited for.  So close
    the generator (`contextlib.closing`) where you may leave it early.
    """
    run = _Run(work, iter(items), options or PoolOptions())
    try:
        while run.fill():
            yield from run.oldest()
    finally:
        run.pool.shutdown(wait=True, cancel_futures=True)


class _Chunk(Generic[Item, Value]):
    """Items on their way through the pool together."""

    def __init__(self, items: list[Item]) -> None:
        self.items = items
        self.future: Future[tuple[float, list[_Answer]]] = Future()

    def submit(self, pool: ProcessPoolExecutor, work: Callable[[Item], Value]) -> None:
        """Hand it to the pool; a pool that is broken already shows in the future, too."""
        try:
            self.future = pool.submit(_work_on, work, self.items)
        except BrokenProcessPool as error:
            self.future = Future()
            self.future.set_exception(error)

    @property
    def is_lost(self) -> bool:
        """Whether its worker died, or the pool did before it could begin."""
        if not self.future.done():
            return False
        return self.future.cancelled() or isinstance(self.future.exception(), BrokenProcessPool)


class _Run(Generic[Item, Value]):
    """One mapping: its pool, what is held, and what the items took so far."""

    def __init__(
        self, work: Callable[[Item], Value], source: Iterable[Item], options: PoolOptions
    ) -> None:
        self.pool = options.open()
        self._work = work
        self._source = source
        self._options = options
        self._held: deque[_Chunk[Item, Value]] = deque()
        self._measured_items = 0
        self._measured_seconds = 0.0
        self._chunks_left = self._chunks_of_a_pool()
        self._died = False

    def fill(self) -> bool:
        """Read and submit as much as there is room for; return whether anything is held."""
        while len(self._held) < AHEAD * self._options.size:
            if not self._chunks_left:
                if self._held:
                    break  # first let it run empty
                self._renew()
            size = chunk_size(self._measured_items, self._measured_seconds)
            items = list(itertools.islice(self._source, size))
            if not items:
                break
            chunk: _Chunk[Item, Value] = _Chunk(items)
            chunk.submit(self.pool, self._work)
            self._held.append(chunk)
            self._chunks_left -= 1
        return bool(self._held)

    def oldest(self) -> list[Outcome[Item, Value]]:
        """Wait for the oldest chunk, and return what became of its items."""
        while True:
            chunk = self._held[0]
            try:
                seconds, answers = chunk.future.result()
            except BrokenProcessPool:
                self._rescue()
                continue
            self._held.popleft()
            # Later measurements count more: the first items also pay for imports.
            self._measured_items = self._measured_items // 2 + len(answers)
            self._measured_seconds = self._measured_seconds / 2 + seconds
            return list(map(_outcome, chunk.items, answers))

    def _rescue(self) -> None:
        """Make the pool anew, and do again what its workers did not finish; once."""
        self._renew()  # waits, so that every future knows by now what became of it
        lost = [chunk for chunk in self._held if chunk.is_lost]
        if self._died:
            raise WorkerDiedError([item for chunk in lost for item in chunk.items])
        self._died = True
        for chunk in lost:
            chunk.submit(self.pool, self._work)

    def _renew(self) -> None:
        self.pool.shutdown(wait=True)
        self.pool = self._options.open()
        self._chunks_left = self._chunks_of_a_pool()

    def _chunks_of_a_pool(self) -> int:
        per_worker = self._options.chunks_per_worker
        return sys.maxsize if per_worker is None else per_worker * self._options.size


_Answer = tuple[bytes, str]
"""A pickled value and an empty text, or nothing and the text of an error.

Pickled one by one: a value that cannot be pickled, or unpickled, must not spoil its whole chunk.
"""


def _outcome(item: Item, answer: _Answer) -> Outcome[Item, Any]:
    pickled, text = answer
    if text:
        return Outcome(item, None, WorkError(text))
    try:
        return Outcome(item, pickle.loads(pickled), None)  # noqa: S301  # our own worker made it
    except Exception as error:  # noqa: BLE001  # whatever a class does when it is made anew
        return Outcome(item, None, WorkError(f"its value cannot be unpickled: {_as_text(error)}"))


_failed_to_begin: list[str] = []
"""In a worker: why its initializer failed."""


def _begin_worker(initializer: Callable[..., object] | None, initargs: tuple[Any, ...]) -> None:
    """Run the initializer; its error is kept, because the pool would not hand it on."""
    end_with_parent()
    try:
        if initializer is not None:
            initializer(*initargs)
    except BaseException as error:  # noqa: BLE001  # raised by the first chunk
        _failed_to_begin.append(_as_text(error))


def end_with_parent() -> None:
    """End this process when its parent is gone: one that dies of a signal tells nobody.

    Runs in a worker, and starts a thread there.
    """

    def watch() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()


def _work_on(work: Callable[[Any], Any], items: list[Any]) -> tuple[float, list[_Answer]]:
    """Return the seconds that the items took, and an answer for each.  Runs in a worker."""
    if _failed_to_begin:
        raise InitializerError(_failed_to_begin[0])
    begun = time.perf_counter()
    answers = [_answer(work, item) for item in items]
    return time.perf_counter() - begun, answers


def _answer(work: Callable[[Any], Any], item: Any) -> _Answer:  # noqa: ANN401
    try:
        return pickle.dumps(work(item)), ""
    except KeyboardInterrupt:
        raise  # meant for the program, not for the item
    except BaseException as error:  # noqa: BLE001  # handed over with the item; SystemExit, too
        return b"", _as_text(error)


def _as_text(error: BaseException) -> str:
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return f"{type(error).__name__}: {error}\n\n{text}"


# ------------------------------------------------------------------ the demo: replace it by yours

_divisors: list[int] = []
"""Filled once in each worker; stands for large data that is only read."""


def load_divisors(limit: int) -> None:
    """Fill the divisors.  Runs once in each worker."""
    _divisors[:] = range(2, limit)


def smallest_divisor(number: int) -> int:
    """Return the smallest divisor of the number, or itself; raises ValueError below 2."""
    if number < _divisors[0]:
        message = f"{number} has no smallest divisor"
        raise ValueError(message)
    return next((each for each in _divisors if number % each == 0), number)


def main() -> int:
    """Show the order, the bound on what is held, kept errors, and that no process is left."""
    options = PoolOptions(workers=2, initializer=load_divisors, initargs=(1000,))
    count, read, most_ahead, primes, in_order = 30_000, 0, 0, 0, True
    errors: list[str] = []

    def numbers() -> Generator[int, None, None]:
        nonlocal read
        for number in range(1, count + 1):
            read += 1
            yield number

    for done, outcome in enumerate(map_processes(smallest_divisor, numbers(), options)):
        most_ahead = max(most_ahead, read - done)
        in_order = in_order and outcome.item == done + 1
        if outcome.error is not None:
            errors.append(str(outcome.error).splitlines()[0])
        elif outcome.value == outcome.item:
            primes += 1
    allowed = LARGEST_CHUNK * AHEAD * options.size
    left = multiprocessing.active_children()
    print(f"{read} numbers, {primes} primes, in order: {in_order}")
    print(f"at most {most_ahead} were read and not yet handed on (allowed: {allowed})")
    print(f"errors kept: {errors}; processes left: {left}")
    right = in_order and most_ahead <= allowed and len(errors) == 1 and not left
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
