"""Tests of the owner of background tasks: references, bound, errors, the end."""

import asyncio
import gc
import weakref
from collections.abc import Coroutine
from typing import Any

import pytest

from background import BackgroundTasks

SOON = 0.05
LATER = 20.0
MANY = 100_000


class Item:
    """Something that can be counted while it lives."""


def run(main: Coroutine[Any, Any, None], *, debug: bool | None = None) -> None:
    """Run it, fail instead of hanging, and look for tasks that were left behind."""

    async def limited() -> None:
        async with asyncio.timeout(2 * LATER):
            await main
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(limited(), debug=debug)


async def fail(error: Exception) -> None:
    """Raise it."""
    raise error


async def for_ever() -> None:
    """Wait for what never comes."""
    await asyncio.Event().wait()


def test_leaving_the_block_waits_for_what_runs() -> None:
    """Work that was begun is finished, with its arguments, and nobody had to keep the task."""
    done: list[str] = []

    async def work(text: str, *, end: str) -> None:
        for _ in range(10):
            await asyncio.sleep(0)
        done.append(text + end)

    async def main() -> None:
        async with BackgroundTasks(at_once=5, close_seconds=LATER) as background:
            for _ in range(3):
                await background.start(work, "done", end="!")
            gc.collect()
        assert len(background) == 0

    run(main())
    assert done == ["done!"] * 3


def test_a_task_that_only_the_owner_knows_is_not_collected() -> None:
    """The loop keeps weak references: without an owner this one could vanish."""

    async def main() -> None:
        async with BackgroundTasks(at_once=5, close_seconds=LATER) as background:
            waiting = weakref.ref(await background.start(for_ever))
            await asyncio.sleep(0)
            gc.collect()
            task = waiting()
            assert task is not None
            task.cancel()

    run(main())


def test_no_more_than_at_once_run() -> None:
    """`start` waits for room, and `full` tells so before."""
    now = most = 0

    async def work() -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        now -= 1

    async def main() -> None:
        async with BackgroundTasks(at_once=3, close_seconds=LATER) as background:
            assert not background.full
            for _ in range(50):
                await background.start(work)
                assert background.full == (len(background) == 3)

    run(main())
    assert most == 3


def test_the_task_can_be_awaited() -> None:
    """Whoever wants the result has it."""

    async def main() -> None:
        async with BackgroundTasks(at_once=1, close_seconds=LATER) as background:
            task = await background.start(asyncio.sleep, 0, "result")
            assert await task == "result"

    run(main())


def test_an_error_is_logged_at_once_and_raised_at_the_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It does not end the others, and it is not lost."""

    async def main() -> None:
        done = asyncio.Event()

        async def later() -> None:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            done.set()

        async def use() -> None:
            async with BackgroundTasks(at_once=5, close_seconds=LATER) as background:
                await background.start(fail, OSError("disk full"))
                await background.start(later)
                await done.wait()
                assert "disk full" in caplog.text
                assert background.failed == 1

        with pytest.raises(ExceptionGroup, match="1 background tasks failed") as caught:
            await use()
        assert caught.group_contains(OSError, match="disk full")

    run(main())
    assert "background task fail failed" in caplog.text


def test_errors_may_be_left_at_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """For programs that shall end with 0 all the same."""

    async def main() -> None:
        async with BackgroundTasks(at_once=1, close_seconds=LATER, raise_errors=False) as each:
            await each.start(fail, OSError("disk full"))

    run(main())
    assert "disk full" in caplog.text


def test_only_the_last_errors_are_kept() -> None:
    """A broken dependency does not fill the memory of a program that runs for months."""

    async def use() -> None:
        async with BackgroundTasks(at_once=1, close_seconds=LATER, errors_kept=3) as background:
            for number in range(10):
                await background.start(fail, OSError(number))

    async def main() -> None:
        with pytest.raises(ExceptionGroup, match="10 background tasks failed") as caught:
            await use()
        assert [error.args for error in caught.value.exceptions] == [(7,), (8,), (9,)]

    run(main())


def test_a_cancelled_task_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    """Somebody wanted it so."""

    async def main() -> None:
        async with BackgroundTasks(at_once=1, close_seconds=LATER) as background:
            (await background.start(for_ever)).cancel()
        assert background.failed == 0

    run(main())
    assert [each for each in caplog.records if each.levelname == "ERROR"] == []


def test_what_does_not_end_in_time_is_cancelled(caplog: pytest.LogCaptureFixture) -> None:
    """Its clean-up runs, and its name is in the log."""
    cleaned: list[str] = []

    async def hang() -> None:
        try:
            await for_ever()
        finally:
            cleaned.append("cleaned up")

    async def main() -> None:
        async with BackgroundTasks(at_once=1, close_seconds=SOON) as background:
            await background.start(hang)

    run(main())
    assert cleaned == ["cleaned up"]
    assert "cancelling background tasks: " in caplog.text
    assert "hang" in caplog.text


def test_what_swallows_its_cancellation_does_not_keep_the_end_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The limit holds, and the log names it."""

    async def main() -> None:
        release, ended = asyncio.Event(), asyncio.Event()

        async def stubborn() -> None:
            try:
                await for_ever()
            except asyncio.CancelledError:
                await release.wait()
                ended.set()

        async with BackgroundTasks(at_once=1, close_seconds=SOON) as background:
            await background.start(stubborn)
            await asyncio.sleep(0)
        assert len(background) == 1
        release.set()
        await ended.wait()
        await asyncio.sleep(0)

    run(main())
    assert "do not end: " in caplog.text


def test_an_error_of_the_block_cancels_at_once_and_goes_on() -> None:
    """The caller sees its own error, not a group, and does not wait."""

    async def use(error: Exception) -> None:
        async with BackgroundTasks(at_once=5, close_seconds=LATER) as background:
            await background.start(for_ever)
            await background.start(fail, OSError("disk full"))
            await asyncio.sleep(0)
            raise error

    async def main() -> None:
        with pytest.raises(ValueError, match="mine"):
            await use(ValueError("mine"))

    run(main())


@pytest.mark.parametrize("closing", [False, True])
def test_cancelling_the_owner_cancels_the_tasks(closing: bool) -> None:  # noqa: FBT001
    """In the block and while it waits for the end alike; and it goes on being cancelled."""
    ended: list[str] = []

    async def hang() -> None:
        try:
            await for_ever()
        finally:
            ended.append("ended")

    async def main() -> None:
        async def use() -> None:
            async with BackgroundTasks(at_once=1, close_seconds=LATER) as background:
                await background.start(hang)
                if not closing:
                    await for_ever()

        owner = asyncio.create_task(use())
        for _ in range(5):
            await asyncio.sleep(0)
        owner.cancel()
        with pytest.raises(asyncio.CancelledError):
            await owner

    run(main())
    assert ended == ["ended"]


def test_nothing_is_started_after_the_end_has_begun() -> None:
    """Neither new ones nor those that waited for room: their callers are told."""

    async def main() -> None:
        async with BackgroundTasks(at_once=1, close_seconds=LATER) as background:
            await background.start(asyncio.sleep, SOON)
            waiting = asyncio.create_task(background.start(for_ever))
            await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="after the end"):
            await waiting
        with pytest.raises(RuntimeError, match="after the end"):
            await background.start(for_ever)

    run(main())


def test_after_the_end_nobody_waits_for_room_to_be_refused() -> None:
    """Although a task that does not end still takes the only place."""

    async def main() -> None:
        release, ended = asyncio.Event(), asyncio.Event()

        async def stubborn() -> None:
            try:
                await for_ever()
            except asyncio.CancelledError:
                await release.wait()
                ended.set()

        background = BackgroundTasks(at_once=1, close_seconds=SOON)
        await background.start(stubborn)
        waiting = [asyncio.create_task(background.start(for_ever)) for _ in range(2)]
        await asyncio.sleep(0)
        await background.aclose(SOON)
        assert len(background) == 1
        for refused in (*waiting, background.start(for_ever)):
            with pytest.raises(RuntimeError, match="after the end"):
                await asyncio.wait_for(refused, LATER)
        assert not ended.is_set()
        release.set()
        await ended.wait()
        await asyncio.sleep(0)

    run(main())


def test_a_wrong_call_takes_no_place() -> None:
    """The bound is not used up by calls that never began."""

    async def main() -> None:
        async with BackgroundTasks(at_once=1, close_seconds=LATER) as background:
            for _ in range(3):
                with pytest.raises(TypeError):
                    await background.start(fail)  # type: ignore[call-arg]
            assert not background.full

    run(main())


def test_a_hundred_thousand_tasks_leave_nothing_behind() -> None:
    """Neither tasks nor their arguments are kept after their end."""
    alive: weakref.WeakSet[Item] = weakref.WeakSet()
    most = 0

    async def work(_item: Item) -> None:
        await asyncio.sleep(0)

    async def main() -> None:
        nonlocal most
        async with BackgroundTasks(at_once=10, close_seconds=LATER) as background:
            for number in range(MANY):
                item = Item()
                alive.add(item)
                await background.start(work, item)
                if number % 1000 == 999:
                    most = max(most, len(alive))
                    assert len(background) <= 10

    run(main(), debug=False)  # debug mode would take most of a minute
    assert most <= 10 + 2


def test_a_senseless_bound_is_refused() -> None:
    """Nothing could ever start, or errors would be lost that shall be raised."""
    with pytest.raises(ValueError, match="at_once is 0"):
        BackgroundTasks(at_once=0, close_seconds=1)
    with pytest.raises(ValueError, match="errors_kept is 0"):
        BackgroundTasks(at_once=1, close_seconds=1, errors_kept=0)
