"""Tests of the periodic task.  The grid is tested as numbers, the rest with short intervals."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from periodic import Missed, Periodic, TooManyFailures, next_due

SHORT = 0.01


def run(periodic: Periodic) -> None:
    """Run it until it is stopped, fail instead of hanging, and look for tasks left behind."""

    async def limited() -> None:
        async with asyncio.timeout(20):
            await periodic.run()
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(limited())


def stopping_after(
    count: int, tick: Callable[[], Awaitable[object]], *, seconds: float = SHORT, **settings: Missed
) -> Periodic:
    """Return a periodic task that stops itself in the tick of that number."""

    async def counted() -> None:
        if periodic.ticks >= count:
            periodic.stop()
        await tick()

    periodic = Periodic(counted, seconds=seconds, missed=settings.get("missed", Missed.SKIP))
    return periodic


@pytest.mark.parametrize("missed", Missed)
@pytest.mark.parametrize("took", [0.0, 3.0, 9.99, 10.0])
def test_a_tick_in_time_changes_nothing_in_the_grid(missed: Missed, took: float) -> None:
    """The next one is due an interval after this one was, however long it took."""
    assert next_due(100.0, 10.0, 100.0 + took, missed) == (110.0, 0)


def test_a_thousand_ticks_do_not_drift() -> None:
    """Every tick comes 3 s late and takes 2 s, and the thousandth is still on the grid."""
    due = 100.0
    for _ in range(1000):
        due, skipped = next_due(due, 10.0, due + 5, Missed.SKIP)
        assert skipped == 0
    assert due == 100.0 + 1000 * 10.0


@pytest.mark.parametrize(
    ("missed", "now", "expected"),
    [
        (Missed.SKIP, 115.0, (120.0, 1)),
        (Missed.SKIP, 139.0, (140.0, 3)),
        (Missed.CATCH_UP, 115.0, (110.0, 0)),
        (Missed.CATCH_UP, 139.0, (110.0, 0)),
        (Missed.SHIFT, 115.0, (115.0, 0)),
        (Missed.SHIFT, 139.0, (139.0, 2)),
    ],
)
def test_a_tick_that_took_too_long(missed: Missed, now: float, expected: tuple[float, int]) -> None:
    """The grid is 100, 110, 120...; the tick of 100 has just ended."""
    assert next_due(100.0, 10.0, now, missed) == expected


def test_catching_up_makes_up_for_every_tick() -> None:
    """After one slow tick as many follow at once as were missed, then the grid goes on."""
    due, now, ticks = 100.0, 145.0, 1
    while due < now:
        due, _ = next_due(due, 10.0, now, Missed.CATCH_UP)
        ticks += due <= now
    assert (ticks, due) == (5, 150.0)


def test_ticks_never_overlap() -> None:
    """A tick that takes longer than the interval runs alone."""
    running = most = 0

    async def slow() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(3 * SHORT)
        running -= 1

    periodic = stopping_after(5, slow, missed=Missed.CATCH_UP)
    run(periodic)
    assert (most, periodic.ticks) == (1, 5)


def test_missed_ticks_are_counted() -> None:
    """A metric can tell that the interval is too short."""

    async def slow() -> None:
        await asyncio.sleep(5 * SHORT)

    periodic = stopping_after(2, slow)
    run(periodic)
    assert periodic.skipped > 0


def test_a_failed_tick_is_logged_and_the_next_one_comes(caplog: pytest.LogCaptureFixture) -> None:
    """One error does not end it, and is not lost."""

    async def fail() -> None:
        raise OSError("no network")

    periodic = stopping_after(3, fail)
    run(periodic)
    assert periodic.ticks == 3
    assert caplog.text.count("OSError: no network") == 3


def test_a_cancellation_from_within_is_a_failed_tick(caplog: pytest.LogCaptureFixture) -> None:
    """A tick that awaits something cancelled does not end the others."""

    async def await_something_cancelled() -> None:
        other = asyncio.get_running_loop().create_future()
        other.cancel()
        await other

    periodic = stopping_after(3, await_something_cancelled)
    run(periodic)
    assert periodic.ticks == 3
    assert caplog.text.count("cancelled from within") == 3


def test_too_many_failures_in_a_row_end_it() -> None:
    """The owner learns that something is broken for good, and of what kind."""

    async def fail() -> None:
        raise OSError("no network")

    async def main() -> None:
        await Periodic(fail, seconds=SHORT, failures_in_a_row=3).run()

    with pytest.raises(TooManyFailures, match="3 ticks in a row") as caught:
        asyncio.run(main())
    assert isinstance(caught.value.__cause__, OSError)


def test_a_success_in_between_forgives_the_failures() -> None:
    """Only failures in a row count."""

    async def every_other() -> None:
        if periodic.ticks % 2:
            raise OSError("no network")
        if periodic.ticks >= 6:
            periodic.stop()

    periodic = Periodic(every_other, seconds=SHORT, failures_in_a_row=2)
    run(periodic)
    assert periodic.ticks == 6


def test_a_tick_that_hangs_is_cancelled_and_counts_as_failed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Its clean-up runs, and the next tick comes."""
    cleaned: list[int] = []

    async def hang() -> None:
        if periodic.ticks > 1:
            periodic.stop()
            return
        try:
            await asyncio.sleep(60)
        finally:
            cleaned.append(periodic.ticks)

    periodic = Periodic(hang, seconds=SHORT, tick_seconds=SHORT)
    run(periodic)
    assert cleaned == [1]
    assert "TimeoutError" in caplog.text


def test_stopping_ends_the_waiting_at_once() -> None:
    """An interval of an hour does not keep the program from ending."""

    async def main() -> None:
        ticked = asyncio.Event()

        async def tick() -> None:
            ticked.set()

        periodic = Periodic(tick, seconds=3600)
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            group.create_task(periodic.run())
            await ticked.wait()
            await asyncio.sleep(0)
            periodic.stop()

    asyncio.run(main())


def test_stopping_lets_a_running_tick_end() -> None:
    """Nothing is cut in half."""
    log: list[str] = []

    async def main() -> None:
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def tick() -> None:
            begun.set()
            await go_on.wait()
            log.append("whole")

        periodic = Periodic(tick, seconds=SHORT)
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            group.create_task(periodic.run())
            await begun.wait()
            periodic.stop()
            await asyncio.sleep(0)
            go_on.set()

    asyncio.run(main())
    assert log == ["whole"]


def test_cancelling_cancels_the_tick() -> None:
    """It is not taken for a failure of the tick."""
    log: list[str] = []

    async def main() -> None:
        begun = asyncio.Event()

        async def tick() -> None:
            begun.set()
            try:
                await asyncio.sleep(60)
            finally:
                log.append("cleaned up")

        task = asyncio.create_task(Periodic(tick, seconds=SHORT, tick_seconds=60).run())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())
    assert log == ["cleaned up"]


def test_stopped_before_it_began_it_never_ticks() -> None:
    """A stop is not forgotten."""

    async def tick() -> None:
        raise AssertionError("ticked")

    periodic = Periodic(tick, seconds=SHORT, failures_in_a_row=1)
    periodic.stop()
    run(periodic)
    assert periodic.ticks == 0


@pytest.mark.parametrize("seconds", [0, -1])
def test_a_senseless_interval_is_refused(seconds: float) -> None:
    """It would never let anything else run."""

    async def tick() -> None:
        pass

    with pytest.raises(ValueError, match="not above 0"):
        Periodic(tick, seconds=seconds)
    with pytest.raises(ValueError, match="tick_seconds is"):
        Periodic(tick, seconds=1, tick_seconds=seconds)
    with pytest.raises(ValueError, match="failures_in_a_row is 0"):
        Periodic(tick, seconds=1, failures_in_a_row=0)
