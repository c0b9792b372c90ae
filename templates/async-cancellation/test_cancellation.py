"""Tests of the cancellation pieces: nothing half-done, nothing swallowed, nothing left."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from cancellation import cancel_and_wait, finish, together, transaction

SOON = 0.05
LATER = 60.0


def run(main: Coroutine[Any, Any, None], *, left_running: int = 0) -> None:
    """Run it, fail instead of hanging, and look for tasks that were left behind."""

    async def limited() -> None:
        async with asyncio.timeout(20):
            await main
        assert len(asyncio.all_tasks()) == 1 + left_running

    asyncio.run(limited())


async def for_ever() -> None:
    """Wait for what never comes."""
    await asyncio.Event().wait()


async def fail(error: Exception) -> None:
    """Raise it."""
    raise error


class Store:
    """A transaction that waits wherever it is told to, and writes down what it did."""

    def __init__(self) -> None:
        """Wait nowhere."""
        self.log: list[str] = []
        self.reached = asyncio.Event()
        self.go_on = asyncio.Event()
        self.waits_in = ""

    async def step(self, name: str) -> None:
        """Do a step; the log has it when it is whole."""
        if self.waits_in == name:
            self.reached.set()
            await self.go_on.wait()
        self.log.append(name)

    async def begin(self) -> None:
        """Begin."""
        await self.step("begin")

    async def commit(self) -> None:
        """Commit."""
        await self.step("commit")

    async def rollback(self) -> None:
        """Roll back."""
        await self.step("rollback")

    async def change(self, error: Exception | None = None) -> None:
        """Change something in a transaction."""
        async with transaction(self, within=LATER):
            await self.step("change")
            if error:
                raise error


def test_a_transaction_that_is_not_disturbed_commits() -> None:
    """The usual case."""

    async def main() -> None:
        store = Store()
        await store.change()
        assert store.log == ["begin", "change", "commit"]

    run(main())


def test_an_error_rolls_back_and_goes_on() -> None:
    """The caller sees its own error."""

    async def main() -> None:
        store = Store()
        with pytest.raises(ValueError, match="bad"):
            await store.change(ValueError("bad"))
        assert store.log == ["begin", "change", "rollback"]

    run(main())


@pytest.mark.parametrize(
    ("cancelled_in", "log"),
    [
        ("begin", []),
        ("change", ["begin", "rollback"]),
        ("commit", ["begin", "change", "commit"]),
        ("rollback", ["begin", "change", "rollback"]),
    ],
)
def test_cancelled_anywhere_it_is_whole_and_stays_cancelled(
    cancelled_in: str, log: list[str]
) -> None:
    """Commit and rollback are finished, the rest is undone, and nobody swallows it."""

    async def main() -> None:
        store = Store()
        store.waits_in = cancelled_in
        error = ValueError("bad") if cancelled_in == "rollback" else None
        task = asyncio.create_task(store.change(error))
        await store.reached.wait()
        for _ in range(3):  # the second and third do not interrupt the clean-up
            task.cancel()
            await asyncio.sleep(0)
        store.go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert store.log == log

    run(main())


def test_a_deadline_that_strikes_in_the_commit_is_still_a_timeout() -> None:
    """`asyncio.timeout` recognises its own cancellation although it was kept for a while."""

    async def main() -> None:
        store = Store()
        store.waits_in = "commit"
        asyncio.get_running_loop().call_later(4 * SOON, store.go_on.set)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(SOON):
                await store.change()
        assert store.log == ["begin", "change", "commit"]

    run(main())


@pytest.mark.parametrize("by_deadline", [True, False])
def test_a_rollback_that_fails_does_not_take_the_place_of_a_cancellation(
    caplog: pytest.LogCaptureFixture,
    by_deadline: bool,  # noqa: FBT001
) -> None:
    """Neither of a plain one nor of a deadline's; what failed is logged and noted."""

    class Broken(Store):
        async def rollback(self) -> None:
            raise OSError("connection lost")

    async def main() -> None:
        store = Broken()
        store.waits_in = "change"
        if by_deadline:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(SOON):
                    await store.change()
            return
        task = asyncio.create_task(store.change())
        await store.reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
        assert "connection lost" in caught.value.__notes__[0]

    run(main())
    assert "connection lost" in caplog.text


def test_a_rollback_that_fails_does_not_hide_the_error_either() -> None:
    """The caller sees what ended the block, with the rollback's failure noted on it."""

    class Broken(Store):
        async def rollback(self) -> None:
            raise OSError("connection lost")

    async def main() -> None:
        with pytest.raises(ValueError, match="bad") as caught:
            await Broken().change(ValueError("bad"))
        assert "connection lost" in caught.value.__notes__[0]

    run(main())


def test_finish_returns_the_result() -> None:
    """It is transparent when nothing happens."""

    async def main() -> None:
        assert await finish(asyncio.sleep(0, "result"), within=LATER) == "result"
        with pytest.raises(ValueError, match="bad"):
            await finish(fail(ValueError("bad")), within=LATER)

    run(main())


def test_finish_ends_what_takes_too_long() -> None:
    """The limit is a limit, and the work gets to clean up."""
    log: list[str] = []

    async def slow() -> None:
        try:
            await for_ever()
        finally:
            log.append("cleaned up")

    async def main() -> None:
        with pytest.raises(TimeoutError, match="not finished within"):
            await finish(slow(), within=SOON)

    run(main())
    assert log == ["cleaned up"]


def test_finish_returns_the_result_of_work_that_ends_well_although_late() -> None:
    """It was committed: TimeoutError would tell the caller to do it once more."""

    async def commits_all_the_same() -> str:
        try:
            await for_ever()
        except asyncio.CancelledError:
            await asyncio.sleep(0)
        return "committed"

    async def main() -> None:
        assert await finish(commits_all_the_same(), within=SOON) == "committed"

    run(main())


def test_finish_takes_a_cancellation_from_within_for_an_error() -> None:
    """The caller was not cancelled, and must not look as if it were."""

    async def main() -> None:
        async def await_something_cancelled() -> None:
            other = asyncio.get_running_loop().create_future()
            other.cancel()
            await other

        with pytest.raises(RuntimeError, match="cancelled from within"):
            await finish(await_something_cancelled(), within=LATER)

    run(main())


def test_finish_logs_the_error_that_a_cancelled_caller_cannot_see(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The caller is cancelled, and the failed commit is in the log."""

    async def main() -> None:
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def commit() -> None:
            begun.set()
            await go_on.wait()
            raise OSError("disk full")

        task = asyncio.create_task(finish(commit(), within=LATER))
        await begun.wait()
        task.cancel()
        await asyncio.sleep(0)
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main())
    assert "disk full" in caplog.text


def test_cancel_and_wait_waits_for_the_clean_up() -> None:
    """Afterwards nothing of it runs any more."""
    log: list[str] = []

    async def main() -> None:
        begun = asyncio.Event()

        async def work() -> None:
            begun.set()
            try:
                await for_ever()
            finally:
                await asyncio.sleep(0)
                log.append("cleaned up")

        task = asyncio.create_task(work())
        await begun.wait()
        assert await cancel_and_wait(task, within=LATER) == frozenset()
        assert task.cancelled()

    run(main())
    assert log == ["cleaned up"]


def test_cancel_and_wait_tells_who_does_not_end(caplog: pytest.LogCaptureFixture) -> None:
    """A task that swallows its cancellation is named, one that fails in it is logged."""

    async def main() -> None:
        stubborn_go = asyncio.Event()
        begun = asyncio.Semaphore(0)

        async def stubborn() -> None:
            begun.release()
            try:
                await for_ever()
            except asyncio.CancelledError:
                await stubborn_go.wait()

        async def failing() -> None:
            begun.release()
            try:
                await for_ever()
            finally:
                raise OSError("cannot close")

        tasks = [asyncio.create_task(stubborn()), asyncio.create_task(failing())]
        for _ in tasks:
            await begun.acquire()
        assert await cancel_and_wait(*tasks, within=SOON) == {tasks[0]}
        stubborn_go.set()
        await tasks[0]

    run(main())
    assert "failed after it was cancelled" in caplog.text
    assert "cannot close" in caplog.text


def test_cancel_and_wait_of_nothing_is_nothing() -> None:
    """`asyncio.wait` itself refuses an empty set."""

    async def main() -> None:
        assert await cancel_and_wait(within=SOON) == frozenset()

    run(main())


def test_together_returns_what_was_expected() -> None:
    """Errors of the expected kind are values, also those of a group within."""

    async def main() -> None:
        async def nested() -> None:
            await together(fail(OSError("inner")), expected=ValueError)

        assert await together(asyncio.sleep(0), asyncio.sleep(0), expected=OSError) == ()
        found = await together(fail(OSError("outer")), nested(), expected=OSError)
        assert sorted(map(str, found)) == ["inner", "outer"]

    run(main())


def test_together_lets_everything_else_through() -> None:
    """A bug among expected errors is not hidden by them."""

    async def main() -> None:
        with pytest.raises(ExceptionGroup) as caught:
            await together(fail(OSError("net")), fail(KeyError("bug")), expected=OSError)
        (error,) = caught.value.exceptions
        assert isinstance(error, KeyError)

    run(main())


def test_together_cancels_the_others() -> None:
    """Nobody goes on for a caller who has gone."""
    log: list[str] = []

    async def waiting() -> None:
        try:
            await for_ever()
        finally:
            log.append("cancelled")

    async def main() -> None:
        assert len(await together(waiting(), fail(OSError("net")), expected=OSError)) == 1

    run(main())
    assert log == ["cancelled"]
