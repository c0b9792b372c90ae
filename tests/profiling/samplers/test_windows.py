"""What belongs together: a sweep is never cut, and a stretch is one thing that a thread did."""

import pytest
from recorder_builders import Sweeps, thread

from conc_advisor.profiling.samplers.raw import RawRows
from conc_advisor.profiling.samplers.stack_history import Still
from conc_advisor.profiling.samplers.syscalls import Wait
from conc_advisor.profiling.samplers.threads import ThreadRecord
from conc_advisor.profiling.samplers.windows import stretches_of, windows

ONE, TWO = thread(0), thread(1)
STEP = 0.01
STEP_US = 10_000


def stretches(sweeps: Sweeps, of: ThreadRecord = ONE) -> list[Still]:
    """Return the stretches of one thread's rows, all in one window."""
    [window] = windows(sweeps.rows, [])
    return [still for row, still in zip(window, stretches_of(window), strict=True) if row.thread == of.index]


def instants(count: int) -> list[Still]:
    """Return a stretch for each row by itself."""
    return [Still(STEP_US * turn, STEP_US * turn) for turn in range(1, count + 1)]


@pytest.mark.parametrize("wait", [Wait.SLEEP, Wait.FUTEX, Wait.SOCKET, Wait.ASLEEP])
def test_a_sleep_is_one_stretch_until_its_end(wait: Wait) -> None:
    """A look at its stack at any time of it is a look at all of it."""
    sweeps = Sweeps()
    for _ in range(4):
        sweeps.after(STEP).row(ONE, wait)
    assert stretches(sweeps) == [Still(STEP_US, STEP_US * 4)] * 4


@pytest.mark.parametrize("cpu", [0.0, 0.001, STEP])
def test_a_thread_that_was_on_a_core_meanwhile_has_moved_although_it_sleeps_again(cpu: float) -> None:
    """However much it computed: that was elsewhere."""
    sweeps = Sweeps()
    for _ in range(4):
        sweeps.after(STEP).row(ONE, Wait.SLEEP, switches=1, cpu=cpu)
    assert stretches(sweeps) == instants(4)


@pytest.mark.parametrize("waits", [[Wait.ON_CPU] * 4, [Wait.GIL] * 4, [Wait.ON_CPU, Wait.GIL, Wait.GIL, Wait.ON_CPU]])
def test_computing_is_one_stretch_so_far(waits: list[Wait]) -> None:
    """Waiting for the GIL included; unlike in a sleep, what comes later is not known of the line where it is now."""
    sweeps = Sweeps()
    for wait in waits:
        sweeps.after(STEP).row(ONE, wait)
    assert stretches(sweeps) == [Still(STEP_US, STEP_US * turn) for turn in range(1, 5)]


@pytest.mark.parametrize(("cpu", "joined"), [(STEP, True), (STEP / 2, True), (STEP * 0.49, False), (0.0, False)])
@pytest.mark.parametrize("wait", [Wait.ON_CPU, Wait.GIL])
def test_one_that_was_put_on_a_core_again_computes_on_if_it_did_for_most_of_the_time(wait: Wait, cpu: float, *, joined: bool) -> None:
    """Otherwise it has slept in between, and computes something else."""
    sweeps = Sweeps().after(STEP).row(ONE, wait)
    for _ in range(2):
        sweeps.after(STEP).row(ONE, wait, switches=3, cpu=cpu)
    assert stretches(sweeps) == ([Still(STEP_US, STEP_US * turn) for turn in range(1, 4)] if joined else instants(3))


@pytest.mark.parametrize(
    ("before", "after"), [(Wait.ON_CPU, Wait.SLEEP), (Wait.SLEEP, Wait.ON_CPU), (Wait.GIL, Wait.FUTEX), (Wait.FUTEX, Wait.GIL)]
)
def test_computing_and_sleeping_are_two_stretches(before: Wait, after: Wait) -> None:
    """Whatever the counters say."""
    sweeps = Sweeps().after(STEP).row(ONE, before).after(STEP).row(ONE, after, cpu=STEP)
    assert stretches(sweeps) == instants(2)


def test_a_sleep_between_two_bursts_ends_where_they_begin() -> None:
    sweeps = Sweeps().after(STEP).row(ONE, Wait.ON_CPU)
    sweeps.after(STEP).row(ONE, Wait.SLEEP, switches=1).after(STEP).row(ONE, Wait.SLEEP)
    sweeps.after(STEP).row(ONE, Wait.ON_CPU, switches=1)
    asleep = Still(STEP_US * 2, STEP_US * 3)
    assert stretches(sweeps) == [Still(STEP_US, STEP_US), asleep, asleep, Still(STEP_US * 4, STEP_US * 4)]


def test_each_thread_has_stretches_of_its_own() -> None:
    """Another's rows between its own neither join nor part them."""
    sweeps = Sweeps()
    for turn in range(3):
        sweeps.after(STEP).row(ONE, Wait.SLEEP).row(TWO, Wait.SLEEP, switches=turn)
    assert stretches(sweeps, ONE) == [Still(STEP_US, STEP_US * 3)] * 3
    assert stretches(sweeps, TWO) == instants(3)


def test_a_window_ends_after_a_second_or_at_a_cut() -> None:
    """Never within a sweep."""
    sweeps = Sweeps()
    for _ in range(40):
        sweeps.after(0.1).row(ONE, Wait.SLEEP).row(TWO, Wait.SLEEP)
    found = [[row.time_us for row in window] for window in windows(sweeps.rows, [2_450_000])]
    assert [(times[0], times[-1]) for times in found] == [
        (100_000, 1_000_000 + 0),
        (1_100_000, 2_000_000),
        (2_100_000, 2_400_000),
        (2_500_000, 3_400_000),
        (3_500_000, 4_000_000),
    ]
    assert all(times.count(time_us) == 2 for times in found for time_us in times)


def test_no_rows_are_no_window() -> None:
    assert list(windows(RawRows(), [])) == []
