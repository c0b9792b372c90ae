"""Tests of the deadlines: whose time was over, what is left, who sees it."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress

import pytest

from deadlines import CallTimeout, Deadline, DeadlineExceeded, at_most, overall, time_left

SOON = 0.05
LATER = 60.0


async def for_ever() -> None:
    """Wait for what never comes."""
    await asyncio.Event().wait()


def run(main: Coroutine[object, object, None]) -> None:
    """Run it, and fail instead of hanging."""

    async def limited() -> None:
        async with asyncio.timeout(20):
            await main
        assert time_left() is None
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(limited())


def test_what_is_done_in_time_is_not_disturbed() -> None:
    """No deadline is left behind, either."""

    async def main() -> None:
        async with overall(LATER) as deadline, at_most(LATER, "call"):
            await asyncio.sleep(0)
            assert 0 < deadline.left() <= LATER

    run(main())


def test_the_whole_ends_a_call_that_may_take_longer() -> None:
    """A call gets no more than what is left, and says that the whole is over."""

    async def main() -> None:
        with pytest.raises(DeadlineExceeded):
            async with overall(SOON), at_most(LATER, "price"):
                await for_ever()

    run(main())


def test_a_slow_call_leaves_time_for_the_whole() -> None:
    """A call's own limit is told apart from that of the whole."""

    async def main() -> None:
        async with overall(LATER):
            with pytest.raises(CallTimeout, match=r"price: no answer within 0\.05 s"):
                async with at_most(SOON, "price"):
                    await for_ever()
            await asyncio.sleep(0)

    run(main())


def test_the_whole_ends_what_has_no_limit_of_its_own() -> None:
    """Not every await needs `at_most`."""

    async def main() -> None:
        with pytest.raises(DeadlineExceeded, match=r"not done within 0\.05 s"):
            async with overall(SOON):
                await for_ever()

    run(main())


def test_a_call_without_a_whole_is_a_plain_timeout() -> None:
    """`at_most` works where nobody set a deadline."""

    async def main() -> None:
        assert time_left() is None
        with pytest.raises(CallTimeout):
            async with at_most(SOON, "price"):
                await for_ever()

    run(main())


@pytest.mark.parametrize(("outer", "inner"), [(SOON, LATER), (LATER, SOON)])
def test_the_earlier_of_two_deadlines_counts(outer: float, inner: float) -> None:
    """A layer can shorten the time, and cannot lengthen it."""

    async def main() -> None:
        with pytest.raises(DeadlineExceeded):
            async with overall(outer), overall(inner):
                await for_ever()

    run(main())


@pytest.mark.parametrize(("outer", "inner"), [(10.0, LATER), (LATER, 10.0)])
def test_time_left_is_that_of_the_earlier_deadline(outer: float, inner: float) -> None:
    """What is handed on to a library is never more than there is."""

    async def main() -> None:
        async with overall(outer), overall(inner) as deadline:
            left = time_left()
            assert left is not None
            assert left <= deadline.left() + 1 <= 11

    run(main())


def test_a_retry_loop_ends_with_the_whole() -> None:
    """Catching CallTimeout does not catch the end of everything."""
    tries = 0

    async def again_and_again() -> None:
        nonlocal tries
        while True:
            tries += 1
            with suppress(CallTimeout):
                async with at_most(SOON, "price"):
                    await for_ever()

    async def main() -> None:
        with pytest.raises(DeadlineExceeded):
            async with overall(10 * SOON):
                await again_and_again()

    run(main())
    assert tries > 1


def test_a_call_that_could_not_be_done_in_time_is_not_begun() -> None:
    """Less time than it needs is no time."""

    async def main() -> None:
        async with overall(SOON):
            with pytest.raises(DeadlineExceeded, match="not begun"):
                async with at_most(LATER, "report", needs=1):
                    raise AssertionError("begun")

    run(main())


def test_used_up_time_begins_nothing() -> None:
    """A deadline that has passed is not a new one."""

    async def main() -> None:
        with pytest.raises(DeadlineExceeded, match="no time is left"):
            async with overall(0):
                raise AssertionError("begun")

    run(main())


def test_parallel_requests_have_deadlines_of_their_own() -> None:
    """A context variable belongs to the task, not to the thread."""
    ended: list[str] = []

    async def short() -> None:
        try:
            async with overall(SOON):
                await for_ever()
        except DeadlineExceeded:
            ended.append("short")

    async def long() -> None:
        async with overall(LATER):
            while not ended:  # noqa: ASYNC110 - two requests know nothing of each other
                await asyncio.sleep(0.01)
            ended.append("long")

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(short())
            group.create_task(long())

    run(main())
    assert ended == ["short", "long"]


def test_tasks_and_threads_inside_know_what_is_left() -> None:
    """Both inherit the context of their creator."""

    async def main() -> None:
        async with overall(LATER):
            in_thread = await asyncio.to_thread(time_left)
            in_task = await asyncio.create_task(asyncio.to_thread(time_left))
        assert in_thread is not None
        assert in_task is not None
        assert 0 < in_task <= in_thread <= LATER

    run(main())


def test_a_task_that_outlived_the_scope_keeps_to_the_deadline() -> None:
    """The value was inherited, and its calls end with it although nobody cancels the task."""

    async def ask() -> None:
        async with at_most(LATER, "price"):
            await for_ever()

    async def main() -> None:
        async with overall(10 * SOON):
            task = asyncio.create_task(ask())
            await asyncio.sleep(0)
        with pytest.raises(DeadlineExceeded, match="price: the time for the whole is over"):
            await task

    run(main())


def test_a_timeout_error_of_the_code_inside_stays_what_it_is() -> None:
    """A library's own TimeoutError is not ours."""

    async def main() -> None:
        with pytest.raises(TimeoutError, match="socket") as caught:
            async with overall(LATER), at_most(LATER, "price"):
                raise TimeoutError("socket")
        assert type(caught.value) is TimeoutError

    run(main())


def test_being_cancelled_is_not_being_late() -> None:
    """The caller's cancellation goes through both scopes."""

    async def main() -> None:
        inside = asyncio.Event()

        async def request() -> None:
            async with overall(LATER), at_most(LATER, "price"):
                inside.set()
                await for_ever()

        task = asyncio.create_task(request())
        await inside.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main())


def test_clean_up_runs_before_the_error_is_seen() -> None:
    """What was open is closed when the caller learns of the end."""
    log: list[str] = []

    async def hold_open() -> None:
        try:
            await for_ever()
        finally:
            log.append("closed")

    async def main() -> None:
        with pytest.raises(DeadlineExceeded):
            async with overall(SOON):
                await hold_open()
        log.append("told")

    run(main())
    assert log == ["closed", "told"]


def test_a_deadline_that_has_passed_has_nothing_left() -> None:
    """Never a negative number: timeouts of many libraries refuse those."""
    assert Deadline.after(-1).left() == 0
    assert Deadline.after(1) < Deadline.after(2)
