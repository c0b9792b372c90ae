"""Tests of the stress test: it finds a planted race, and lets correct code pass."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

import pytest

from race_stress import LockedCounter, RaceError, UnlockedCounter, hammer, preemption_point

if TYPE_CHECKING:
    import random

THREADS, CALLS = 4, 10


def add(counter: UnlockedCounter, _: random.Random) -> None:
    """Count one."""
    counter.add()


def nothing_lost(counter: UnlockedCounter) -> None:
    """Compare with what was counted."""
    assert counter.value == THREADS * CALLS


def ignore(_: object) -> None:
    """Accept whatever it is."""


def test_an_unlocked_counter_is_caught() -> None:
    """The error names the round and the seed."""
    with pytest.raises(RaceError, match="in round") as caught:
        hammer(UnlockedCounter, add, nothing_lost, threads=THREADS, calls=CALLS, seed=7)

    assert caught.value.seed == 7
    assert isinstance(caught.value.__cause__, AssertionError)


def test_a_check_before_the_act_is_caught() -> None:
    """Two threads see the free place, and both take it."""

    def take(places: list[int], choice: random.Random) -> None:
        if not places:
            preemption_point()
            places.append(choice.randrange(10))

    def one_at_most(places: list[int]) -> None:
        assert len(places) <= 1

    with pytest.raises(RaceError):
        hammer(list, take, one_at_most, threads=THREADS, calls=1, rounds=500)


def test_a_locked_counter_passes() -> None:
    """No round goes wrong."""
    hammer(LockedCounter, add, nothing_lost, threads=THREADS, calls=CALLS, rounds=30)


def test_what_needs_no_lock_passes() -> None:
    """A list takes appends from many threads, and a thread may keep things of its own."""

    def append(found: list[int], choice: random.Random) -> None:
        own = [choice.randrange(10) for _ in range(3)]
        preemption_point()
        found.append(sum(own))

    def all_there(found: list[int]) -> None:
        assert len(found) == THREADS * CALLS

    hammer(list, append, all_there, threads=THREADS, calls=CALLS, rounds=30)


def test_all_threads_of_a_round_run_together() -> None:
    """Each waits for all others, which they could not if they ran one after another."""
    hammer(
        lambda: threading.Barrier(THREADS),
        lambda barrier, _: ignore(barrier.wait(30)),
        ignore,
        threads=THREADS,
        calls=3,
        rounds=3,
    )


def test_no_thread_begins_before_all_are_there() -> None:
    """The first call of all sees every thread of its round."""

    def count(seen: list[int], _: random.Random) -> None:
        seen.append(sum(each.name.startswith("hammer-") for each in threading.enumerate()))

    def complete(seen: list[int]) -> None:
        assert seen[0] == 50

    hammer(list, count, complete, threads=50, calls=1, rounds=3)


def test_an_error_in_a_thread_is_not_lost() -> None:
    """It is the cause of the error that the test sees."""

    def fail(_: object, __: random.Random) -> None:
        message = "inside"
        raise LookupError(message)

    with pytest.raises(RaceError, match="inside") as caught:
        hammer(list, fail, ignore, threads=THREADS, rounds=1)

    assert isinstance(caught.value.__cause__, LookupError)


def test_a_deadlock_ends_the_test() -> None:
    """The threads that do not end are named; they are daemons, so that Python can end."""
    gate = threading.Event()

    with pytest.raises(RaceError, match="hammer-0, hammer-1"):
        hammer(
            list,
            lambda _, __: ignore(gate.wait(30)),
            ignore,
            threads=2,
            calls=1,
            rounds=1,
            seconds_each=0.1,
        )
    gate.set()


def test_seed_and_round_bring_back_the_same_choices() -> None:
    """A failed round can be run with the same calls."""
    seen: dict[str, set[int]] = {}

    def note(name: str, first_round: int, rounds: int) -> None:
        def act(numbers: set[int], choice: random.Random) -> None:
            numbers.add(choice.getrandbits(64))

        def keep(numbers: set[int]) -> None:
            seen[name] = numbers

        hammer(set, act, keep, threads=3, calls=2, rounds=rounds, seed=1, first_round=first_round)

    note("after five rounds", 0, 6)
    note("the same alone", 5, 1)
    note("another", 6, 1)

    assert seen["after five rounds"] == seen["the same alone"]
    assert not seen["another"] & seen["the same alone"]


@pytest.mark.parametrize("counter", [UnlockedCounter, LockedCounter])
def test_the_interpreter_is_as_before(counter: type[UnlockedCounter]) -> None:
    """Neither the switch interval nor a thread is left, whether a race was found or not."""
    interval, threads = sys.getswitchinterval(), set(threading.enumerate())
    sys.setswitchinterval(0.25)
    try:
        hammer(counter, add, nothing_lost, threads=THREADS, calls=CALLS, rounds=20)
    except RaceError:
        assert counter is UnlockedCounter
    after = sys.getswitchinterval()
    sys.setswitchinterval(interval)

    assert after == 0.25
    assert set(threading.enumerate()) == threads
