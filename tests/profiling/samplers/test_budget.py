"""Looking costs no more than was allowed."""

import random
from itertools import product

import pytest

from conc_advisor.profiling.samplers.budget import (
    FEWEST_STACKS,
    FEWEST_SWEEPS,
    HOLDER_BASE_SECONDS,
    HOLDER_PART,
    HOLDER_THREAD_SECONDS,
    MANY_THREADS,
    MOST_HOLDERS,
    MOST_STACKS,
    MOST_SWEEPS,
    OPENING_SECONDS,
    OPENING_SWEEPS,
    STACK_BASE_SECONDS,
    STACK_PART,
    STACK_THREAD_SECONDS,
    SWEEP_PART,
    Budget,
)

ALLOWED = (0.005, 0.05, 0.2, 1.0)
THREADS = (1, 3, MANY_THREADS - 1, MANY_THREADS, 64, 200, 2000)
PROCESSES = (1, 2, 12)


@pytest.mark.parametrize(("allowed", "threads", "processes"), list(product(ALLOWED, THREADS, PROCESSES)))
def test_all_stacks_together_cost_no_more_than_their_part(allowed: float, threads: int, processes: int) -> None:
    """Of all processes, and so do the holders'; only the lowest rate, once a second, is not gone below."""
    budget = Budget(allowed=allowed)
    stacks, holder = budget.stack_rate(threads, processes), budget.holder_rate(threads, processes)
    of_stacks = processes * stacks * (STACK_BASE_SECONDS + STACK_THREAD_SECONDS * threads)
    of_holder = processes * holder * (HOLDER_BASE_SECONDS + HOLDER_THREAD_SECONDS * threads)
    parts = (STACK_PART, HOLDER_PART) if threads < MANY_THREADS else ((STACK_PART + HOLDER_PART) / 2,) * 2
    assert stacks == FEWEST_STACKS or of_stacks <= allowed * parts[0] * 1.000001
    assert holder == FEWEST_STACKS or of_holder <= allowed * parts[1] * 1.000001
    assert FEWEST_STACKS <= stacks <= MOST_STACKS
    assert FEWEST_STACKS <= holder <= MOST_HOLDERS


@pytest.mark.parametrize("processes", [1, 2])
def test_with_many_threads_both_lookers_are_paid_alike(processes: int) -> None:
    """The holder's line then tells more than all stacks can, and gets what all stacks get."""
    budget, threads = Budget(allowed=0.1), MANY_THREADS * 8
    stacks = budget.stack_rate(threads, processes) * (STACK_BASE_SECONDS + STACK_THREAD_SECONDS * threads)
    holder = budget.holder_rate(threads, processes) * (HOLDER_BASE_SECONDS + HOLDER_THREAD_SECONDS * threads)
    assert stacks == pytest.approx(holder)
    assert stacks + holder == pytest.approx(0.1 * (STACK_PART + HOLDER_PART) / processes)


@pytest.mark.parametrize("allowed", ALLOWED)
@pytest.mark.parametrize("seconds", [0.00001, 0.0002, 0.003, 0.5])
def test_sweeps_cost_no_more_than_their_part(allowed: float, seconds: float) -> None:
    budget = Budget(allowed=allowed, sweep_seconds=seconds)
    rate = budget.sweep_rate()
    assert FEWEST_SWEEPS <= rate <= MOST_SWEEPS
    assert rate == FEWEST_SWEEPS or rate * seconds <= allowed * SWEEP_PART * 1.000001


def test_the_parts_leave_room() -> None:
    assert SWEEP_PART + STACK_PART + HOLDER_PART < 1


@pytest.mark.parametrize("threads", [threads for threads in THREADS if threads < MANY_THREADS])
def test_with_few_threads_the_holder_is_looked_at_for_its_own_part(threads: int) -> None:
    cost = HOLDER_BASE_SECONDS + HOLDER_THREAD_SECONDS * threads
    assert Budget(allowed=0.05).holder_rate(threads, 1) == pytest.approx(0.05 * HOLDER_PART / cost)


def test_more_of_anything_is_looked_at_less_often() -> None:
    budget = Budget(allowed=0.05)
    for processes in PROCESSES:
        rates = [budget.stack_rate(threads, processes) for threads in THREADS]
        assert rates == sorted(rates, reverse=True)
    for threads in THREADS:
        rates = [budget.stack_rate(threads, processes) for processes in PROCESSES]
        assert rates == sorted(rates, reverse=True)


def test_the_rate_follows_what_a_sweep_costs() -> None:
    """Slowly, so one slow sweep changes little; a lasting change is followed."""
    budget = Budget(allowed=0.05)
    before = budget.sweep_rate()
    budget.sweep_cost(0.002)
    assert budget.sweep_rate() > before / 2
    for _ in range(200):
        budget.sweep_cost(0.002)
    assert budget.sweep_rate() == pytest.approx(0.05 * SWEEP_PART / 0.002, rel=0.01)


def test_the_rate_follows_what_a_look_at_the_stacks_costs() -> None:
    """Looks that always cost twice what was thought come half as often, and soon."""
    budget = Budget(allowed=0.05)
    before = budget.stack_rate(64, 1)
    expected = 100 * (STACK_BASE_SECONDS + STACK_THREAD_SECONDS * 64)
    budget.stack_cost(2 * expected, 100, 64)
    assert budget.stack_rate(64, 1) > 0.7 * before
    for _ in range(15):
        budget.stack_cost(2 * expected, 100, 64)
    assert budget.stack_rate(64, 1) == pytest.approx(max(before / 2, FEWEST_STACKS), rel=0.01)


@pytest.mark.parametrize("looks", [0, 1, 9.9])
def test_few_looks_say_nothing_of_their_cost(looks: float) -> None:
    budget = Budget(allowed=0.05)
    budget.stack_cost(5.0, looks, 3)
    assert budget.stack_factor == 1.0


@pytest.mark.parametrize(("seconds", "factor"), [(0.0, 0.2), (1000.0, 20.0)])
def test_wild_measurements_change_the_rate_within_bounds(seconds: float, factor: float) -> None:
    budget = Budget(allowed=0.05)
    for _ in range(500):
        budget.stack_cost(seconds, 100, 3)
    assert budget.stack_factor == pytest.approx(factor, rel=0.01)


def test_spending_more_than_allowed_slows_everything_down() -> None:
    """And never so far that nothing would be seen any more."""
    budget = Budget(allowed=0.05)
    before = budget.stack_rate(64, 1)
    for _ in range(100):
        budget.correct(1.0)
    assert FEWEST_STACKS <= budget.stack_rate(64, 1) < before
    assert 0 < budget.scale < 1


@pytest.mark.parametrize("spent", [0.0, 0.05])
def test_spending_what_is_allowed_changes_nothing(spent: float) -> None:
    """Nor does a time in which nothing could be measured."""
    budget = Budget(allowed=0.05)
    before = (budget.sweep_rate(), budget.stack_rate(64, 1))
    budget.correct(spent)
    assert (budget.sweep_rate(), budget.stack_rate(64, 1)) == before


def test_an_expensive_spell_is_forgotten() -> None:
    budget = Budget(allowed=0.05)
    budget.correct(0.5)
    assert budget.scale < 1
    for _ in range(50):
        budget.correct(budget.scale * 0.05)
    assert budget.scale == pytest.approx(1)


@pytest.mark.parametrize("spent", [0.015, 0.004, 0.000001])
def test_what_is_saved_is_spent_on_more_looks(spent: float) -> None:
    """On twice as many at most, however little everything costs."""
    budget = Budget(allowed=0.02)
    before = (budget.sweep_rate(), budget.holder_rate(3, 1), budget.stack_rate(64, 1))
    budget.correct(spent)
    assert 1 < budget.scale <= 2
    for _ in range(50):
        budget.correct(spent)
    assert (budget.sweep_rate(), budget.stack_rate(64, 1)) == pytest.approx((2 * before[0], 2 * before[2]))
    assert before[1] < budget.holder_rate(3, 1) <= MOST_HOLDERS


def test_spending_settles_at_what_is_allowed() -> None:
    """Where everything costs a third less than thought, half as many looks more pay for the whole allowance."""
    budget = Budget(allowed=0.05)
    for _ in range(50):
        budget.correct(budget.scale * 0.05 * 2 / 3)
    assert budget.scale == pytest.approx(1.5)


@pytest.mark.parametrize("elapsed", [0.0, OPENING_SECONDS, 5.0, 3600.0])
def test_sweeps_are_irregular_about_their_rate(elapsed: float) -> None:
    """So as not to fall into step with the target: between half and one and a half of the mean interval."""
    random.seed(20261120)
    budget = Budget(allowed=0.05)
    rate = OPENING_SWEEPS if elapsed < OPENING_SECONDS else budget.sweep_rate()
    pauses = [budget.next_sweep_after(elapsed) for _ in range(2000)]
    assert all(0.5 / rate <= pause <= 1.5 / rate for pause in pauses)
    assert sum(pauses) / len(pauses) == pytest.approx(1 / rate, rel=0.05)
    assert max(pauses) > 1.4 * min(pauses)
