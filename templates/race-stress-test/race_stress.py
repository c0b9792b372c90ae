"""Runs a piece of code from many threads at once, round after round, to make a race show.

All threads of a round start together from a barrier, and the interpreter switches between them as
often as it can.  What a failed round needs to be run again is in its error.

A pass is no proof.  With the GIL, CPython 3.11 to 3.14 lost no count of a plain `self.value += 1`
in millions, and a free-threaded build loses many: run the test on one, too.
"""

from __future__ import annotations

import random
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Subject = TypeVar("Subject")

SWITCH_INTERVAL = 1e-6
"""Seconds after which a thread that computes has to let go of the GIL; Python's own is 0.005."""
PREEMPTION = 1e-6
"""Seconds.  A sleep of 0 often comes back before anybody else had a turn."""


class RaceError(AssertionError):
    """A round went wrong; `round_number` and `seed` run the same one again."""

    def __init__(self, message: str, *, round_number: int, seed: int) -> None:
        self.round_number = round_number
        self.seed = seed
        call = hammer.__name__
        again = f"{call}(..., seed={seed}, first_round={round_number})"
        super().__init__(f"{message}\n  in round {round_number}; to begin with it: {again}")


class _Round(Generic[Subject]):
    """The threads of one round, which start together."""

    def __init__(
        self,
        subject: Subject,
        act: Callable[[Subject, random.Random], None],
        seeds: list[str],
        *,
        calls: int,
    ) -> None:
        self.subject = subject
        self._act = act
        self._calls = calls
        self._start = threading.Barrier(len(seeds))
        self.errors: list[BaseException] = []
        self.threads = [
            threading.Thread(target=self._work, args=[seed], name=f"hammer-{number}", daemon=True)
            for number, seed in enumerate(seeds)
        ]

    def _work(self, seed: str) -> None:
        choice = random.Random(seed)  # noqa: S311  # to be repeated, not to be secret
        try:
            self._start.wait()
            for _ in range(self._calls):
                self._act(self.subject, choice)
        except threading.BrokenBarrierError:
            pass
        except BaseException as error:  # noqa: BLE001  # it is raised by the test's own thread
            self.errors.append(error)

    def run(self, seconds: float) -> list[str]:
        """Run it to the end; return the names of the threads that are not at the end in time."""
        end = time.monotonic() + seconds
        try:
            for thread in self.threads:
                thread.start()
        except BaseException:
            self._start.abort()
            raise
        for thread in self.threads:
            thread.join(max(end - time.monotonic(), 0))
        return [thread.name for thread in self.threads if thread.is_alive()]


def hammer(  # noqa: PLR0913  # each says how hard
    make: Callable[[], Subject],
    act: Callable[[Subject, random.Random], None],
    check: Callable[[Subject], None],
    *,
    threads: int = 8,
    calls: int = 50,
    rounds: int = 100,
    seed: int | None = None,
    first_round: int = 0,
    seconds_each: float = 60.0,
) -> None:
    """Let `threads` threads call `act(subject, choice)` `calls` times each, in each of the rounds.

    Each round has a new subject from `make`; `check` looks at it when all threads have ended, and
    raises AssertionError where it is wrong.  `choice` is a random generator of the thread's own:
    what it gives depends only on the seed, the round and the thread.

    Raises RaceError, with the cause, at the first round in which `act` or `check` raised, or some
    thread did not end within `seconds_each` (a deadlock, or a machine that is far too busy).  The
    seed brings back the same calls, not the same order of the threads: begin with that round and
    let it run on.
    """
    seed = random.SystemRandom().randrange(2**32) if seed is None else seed
    with switching_often():
        for number in range(first_round, first_round + rounds):
            seeds = [f"{seed} {number} {thread}" for thread in range(threads)]
            this = _Round(make(), act, seeds, calls=calls)
            if stuck := this.run(seconds_each):
                message = f"after {seconds_each} s still at work: {', '.join(stuck)}"
                raise RaceError(message, round_number=number, seed=seed)
            if this.errors:
                message = f"{len(this.errors)} of {threads} threads failed: {this.errors[0]!r}"
                raise RaceError(message, round_number=number, seed=seed) from this.errors[0]
            try:
                check(this.subject)
            except AssertionError as error:
                message = str(error) or "the check failed"
                raise RaceError(message, round_number=number, seed=seed) from error


@contextmanager
def switching_often(interval: float = SWITCH_INTERVAL) -> Iterator[None]:
    """Make the interpreter switch threads every `interval` seconds; afterwards as before."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(interval)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def preemption_point() -> None:
    """Let another thread go first.

    Put it between reading and writing, where a call, an I/O or a property would be in real code.
    """
    time.sleep(PREEMPTION)


class UnlockedCounter:
    """Counts, and loses counts: another thread may come between reading and writing."""

    def __init__(self) -> None:
        self.value = 0

    def add(self) -> None:
        """Count one."""
        value = self.value
        preemption_point()
        self.value = value + 1


class LockedCounter(UnlockedCounter):
    """Counts, with one thread at a time between reading and writing."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()

    def add(self) -> None:
        """Count one."""
        with self._lock:
            super().add()


def main() -> int:
    """Show that the race is found where there is no lock, and nothing where there is one."""

    def add(counter: UnlockedCounter, _: random.Random) -> None:
        counter.add()

    def check(counter: UnlockedCounter) -> None:
        if counter.value != 4 * 25:
            message = f"counted {counter.value} of {4 * 25}"
            raise AssertionError(message)

    found = False
    try:
        hammer(UnlockedCounter, add, check, threads=4, calls=25, rounds=50)
    except RaceError as error:
        print(f"without the lock: {error}")
        found = True
    hammer(LockedCounter, add, check, threads=4, calls=25, rounds=50)
    print("with the lock: 50 rounds and no count lost")
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
