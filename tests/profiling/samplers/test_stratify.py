"""Laws of the weights: what the kernel counted is kept to, whatever was sampled."""

import random
from collections.abc import Iterator

import pytest

from conc_advisor.profiling.samplers.stratify import Weights, WindowTotals, weights
from conc_advisor.profiling.samplers.syscalls import Wait

TICK = 0.01


def _random_windows(count: int) -> Iterator[WindowTotals]:
    """Yield windows of all shapes: any part may be zero, and the kernel's counters may exceed the life."""
    source = random.Random(20261120)  # noqa: S311 - not for secrets
    for _ in range(count):
        yield WindowTotals(*(source.choice((0.0, source.random(), source.random() * 1e-6)) for _ in range(5)))


WINDOWS = list(_random_windows(5000))


def _life(totals: WindowTotals) -> float:
    return totals.holding + totals.not_holding + totals.asleep


def _on_cpu(totals: WindowTotals, found: Weights) -> float:
    """Return the seconds that samples on CPU stand for."""
    return (totals.holding + totals.not_holding) * found.on_cpu


def _queued(totals: WindowTotals, found: Weights) -> float:
    """Return the seconds in the run queue, of samples and spare."""
    sampled = totals.holding * found.queued_holding + totals.not_holding * found.queued_not_holding
    return sampled * found.on_cpu + found.spare_queued


def test_all_seconds_sum_to_the_life() -> None:
    for totals in WINDOWS:
        found = weights(totals)
        spare = found.spare_cpu + found.spare_queued + found.spare_asleep
        assert _on_cpu(totals, found) + totals.asleep * found.asleep + spare == pytest.approx(_life(totals), abs=1e-12), totals


def test_nothing_is_negative_and_no_part_is_more_than_the_whole() -> None:
    for totals in WINDOWS:
        found = weights(totals)
        assert min(found.on_cpu, found.asleep, found.spare_cpu, found.spare_queued, found.spare_asleep) >= 0, totals
        assert 0 <= found.queued_holding <= 1, totals
        assert 0 <= found.queued_not_holding <= 1, totals


def test_the_kernels_figures_are_kept_exactly_where_they_fit_the_life() -> None:
    fitting = [totals for totals in WINDOWS if totals.cpu + totals.queued <= _life(totals)]
    assert len(fitting) > 1000
    for totals in fitting:
        found = weights(totals)
        queued = _queued(totals, found)
        assert queued == pytest.approx(totals.queued, abs=1e-12), totals
        assert _on_cpu(totals, found) + found.spare_cpu + found.spare_queued - queued == pytest.approx(totals.cpu, abs=1e-12), totals


def test_counters_that_run_ahead_of_the_life_keep_their_proportion() -> None:
    """They are brought up to date once a tick: more than the life between the samples cannot have been."""
    ahead = [totals for totals in WINDOWS if totals.cpu + totals.queued > _life(totals) > 0 and totals.queued <= _life(totals) + TICK]
    assert len(ahead) > 500
    for totals in ahead:
        found = weights(totals)
        queued = _queued(totals, found)
        expected = _life(totals) * totals.queued / (totals.cpu + totals.queued)
        assert queued == pytest.approx(expected, abs=1e-12), totals


def test_a_jump_of_the_run_queue_counter_is_no_wait() -> None:
    """More in the queue than there was time, by more than a tick: the counter jumped as the thread changed cores."""
    totals = WindowTotals(holding=0.5, asleep=0.5, cpu=0.4, queued=7.0)
    found = weights(totals)
    assert _queued(totals, found) == 0
    assert _on_cpu(totals, found) == pytest.approx(0.4)


def test_a_thread_that_only_slept_sleeps() -> None:
    assert weights(WindowTotals(asleep=1.0)) == Weights(
        on_cpu=0.0, asleep=1.0, queued_holding=0.0, queued_not_holding=0.0, spare_cpu=0.0, spare_queued=0.0, spare_asleep=0.0
    )


def test_a_thread_that_only_held_the_gil_holds_it() -> None:
    found = weights(WindowTotals(holding=1.0, cpu=1.0))
    assert (found.on_cpu, found.queued_holding, found.spare_asleep) == (1.0, 0.0, 0.0)


def test_an_empty_window_has_no_seconds() -> None:
    found = weights(WindowTotals())
    assert (found.spare_cpu, found.spare_queued, found.spare_asleep) == (0.0, 0.0, 0.0)


def test_cpu_time_that_no_sample_saw_is_spare() -> None:
    """Short bursts between the sweeps: they are taken off the sleep."""
    found = weights(WindowTotals(asleep=1.0, cpu=0.1, queued=0.05))
    assert (found.spare_cpu, found.spare_queued) == (0.1, 0.05)
    assert found.asleep == pytest.approx(0.85)


def test_sleep_that_no_sample_saw_is_spare() -> None:
    found = weights(WindowTotals(holding=1.0, cpu=0.7))
    assert found.on_cpu == pytest.approx(0.7)
    assert found.spare_asleep == pytest.approx(0.3)


def test_who_did_not_hold_the_gil_waited_for_a_core_first() -> None:
    """Only what is left of the run-queue time was that of a thread put off its core while it held the GIL."""
    found = weights(WindowTotals(holding=0.5, not_holding=0.5, cpu=0.7, queued=0.3))
    assert [found.queued_not_holding, found.queued_holding] == pytest.approx([0.6, 0.0])
    found = weights(WindowTotals(holding=0.5, not_holding=0.5, cpu=0.3, queued=0.7))
    assert [found.queued_not_holding, found.queued_holding] == pytest.approx([1.0, 0.4])


@pytest.mark.parametrize(
    ("wait", "holds", "part"),
    [
        (Wait.ON_CPU, True, "holding"),
        (Wait.ON_CPU, False, "not_holding"),
        (Wait.GIL, False, "asleep"),
        (Wait.SLEEP, True, "asleep"),
        (Wait.FUTEX, False, "asleep"),
        (Wait.EPOLL, False, "asleep"),
        (Wait.OTHER, False, "asleep"),
    ],
)
def test_each_sample_counts_in_one_part(wait: Wait, holds: bool, part: str) -> None:  # noqa: FBT001 - a column of the table
    """Whoever sleeps is asleep, even with the GIL held."""
    totals = WindowTotals()
    totals.add(wait, 0.25, holds=holds)
    assert totals == WindowTotals(**{part: 0.25})
