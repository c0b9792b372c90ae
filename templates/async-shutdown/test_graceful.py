"""Tests of the graceful end: real signals to a real process, and every accepted item told of.

Run as a program it is the service that the tests send their signals to.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from graceful import Accept, NotAccepting, Report, Service

POSIX_ONLY = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


async def service(mode: str) -> int:
    """Run a service as the mode says, print what became of the items, return the exit code."""
    accepted: list[int] = []
    running = cleaned = 0

    async def work(_item: int) -> None:
        nonlocal running, cleaned
        running += 1
        if running == 3:
            print("busy", flush=True)
        try:
            await asyncio.sleep(0.05 if mode == "quick" else 60)
        except asyncio.CancelledError:
            if mode == "stubborn":
                await asyncio.sleep(2)
            cleaned += 1
            raise

    async def source(accept: Accept[int]) -> None:
        try:
            for number in range(sys.maxsize):
                await accept(number)
                accepted.append(number)
        finally:
            print("stopped accepting", flush=True)

    report = await Service(work, workers=3, waiting=4).run(
        source, drain_seconds=0.2 if mode in {"late", "stubborn"} else 30, cancel_seconds=0.2
    )
    print(json.dumps([len(accepted), report.finished, report.unfinished, cleaned]), flush=True)
    return report.exit_code


def stopped(mode: str, *numbers: signal.Signals) -> tuple[int, int, int, list[int], int]:
    """Send the signals to a busy service, one after another.

    Return its exit code, how many it had accepted and finished, what it had not finished, and how
    many had cleaned up when it reported.
    """
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, Path(__file__), mode], stdout=subprocess.PIPE, text=True, env=env
    ) as process:
        try:
            assert process.stdout is not None
            for number, line in zip(numbers, ("busy\n", "stopped accepting\n"), strict=False):
                assert process.stdout.readline() == line
                process.send_signal(number)
            rest, _ = process.communicate(timeout=20)
        finally:
            process.kill()
    accepted, finished, unfinished, cleaned = json.loads(rest.splitlines()[-1])
    return process.returncode, accepted, finished, unfinished, cleaned


def run(main: Coroutine[Any, Any, Report[int]]) -> Report[int]:
    """Run it, fail instead of hanging, and look for tasks that were left behind."""

    async def limited() -> Report[int]:
        async with asyncio.timeout(20):
            report = await main
        assert len(asyncio.all_tasks()) == 1
        return report

    return asyncio.run(limited())


@POSIX_ONLY
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_what_was_accepted_be_finished(number: signal.Signals) -> None:
    """Waiting items, too; then the exit code is 0."""
    code, accepted, finished, unfinished, cleaned = stopped("quick", number)
    assert (code, unfinished, cleaned) == (0, [], 0)
    assert finished == accepted >= 3


@POSIX_ONLY
def test_what_is_not_finished_in_time_is_cancelled_and_reported() -> None:
    """Every accepted item is told of, the waiting ones, too, and the exit code is 1."""
    code, accepted, finished, unfinished, cleaned = stopped("late", signal.SIGTERM)
    assert (code, finished, cleaned) == (1, 0, 3)
    assert unfinished == list(range(accepted)) == list(range(7))


@POSIX_ONLY
@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_does_not_wait_for_the_deadline(second: signal.Signals) -> None:
    """The deadline of 30 s would be beyond the limit of this test."""
    code, accepted, finished, unfinished, cleaned = stopped("slow", signal.SIGTERM, second)
    assert (code, finished, cleaned) == (1, 0, 3)
    assert unfinished == list(range(accepted))


@POSIX_ONLY
def test_work_that_cleans_up_for_long_does_not_keep_the_report_back() -> None:
    """The report comes after `cancel_seconds`, whatever the work does."""
    code, accepted, _, unfinished, cleaned = stopped("stubborn", signal.SIGTERM)
    assert (code, cleaned) == (1, 0)
    assert unfinished == list(range(accepted))


def test_a_source_that_ends_lets_everything_be_finished() -> None:
    """Without a signal it is a bounded pool of workers, and the bound holds."""
    running = most = 0

    async def work(_item: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1

    async def source(accept: Accept[int]) -> None:
        for number in range(50):
            await accept(number)

    report = run(Service(work, workers=3, waiting=9).run(source, drain_seconds=15))
    assert report == Report(finished=50, failed=0, unfinished=(), source_error=None)
    assert most == 3


def test_without_a_signal_it_takes_as_long_as_it_takes() -> None:
    """The time to drain is that after a signal; here the work takes longer."""

    async def work(_item: int) -> None:
        await asyncio.sleep(0.05)

    async def source(accept: Accept[int]) -> None:
        for number in range(3):
            await accept(number)

    report = run(Service(work, workers=1, waiting=3).run(source, drain_seconds=0.01))
    assert (report.finished, report.unfinished, report.exit_code) == (3, (), 0)


def test_a_signal_after_the_sources_own_end_begins_the_time_to_drain() -> None:
    """What is left then is cancelled and reported."""

    async def work(_item: int) -> None:
        asyncio.get_running_loop().call_later(0.05, signal.raise_signal, signal.SIGINT)
        await asyncio.sleep(60)

    async def source(accept: Accept[int]) -> None:
        await accept(1)

    report = run(Service(work, workers=1, waiting=3).run(source, drain_seconds=0.05))
    assert (report.finished, report.unfinished, report.exit_code) == (0, (1,), 1)


def test_a_source_that_is_cancelled_from_within_has_failed() -> None:
    """It awaited something cancelled; that is no end that anybody wanted."""

    async def work(_item: int) -> None:
        pass

    async def source(accept: Accept[int]) -> None:
        await accept(1)
        other = asyncio.get_running_loop().create_future()
        other.cancel()
        await other

    report = run(Service(work, workers=1, waiting=3).run(source, drain_seconds=15))
    assert (report.finished, report.exit_code) == (1, 1)
    assert isinstance(report.source_error, RuntimeError)


def test_a_failing_item_is_logged_and_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Neither an error nor a cancellation from within takes a worker away."""

    async def work(item: int) -> None:
        if item == 0:
            raise ValueError("bad item")
        if item == 1:
            raise asyncio.CancelledError

    async def source(accept: Accept[int]) -> None:
        for number in range(10):
            await accept(number)

    report = run(Service(work, workers=1, waiting=1).run(source, drain_seconds=15))
    assert (report.finished, report.failed, report.exit_code) == (8, 2, 0)
    assert "bad item" in caplog.text


def test_an_error_of_the_source_still_drains() -> None:
    """What was accepted before is finished, and the error is in the report."""

    async def work(_item: int) -> None:
        await asyncio.sleep(0)

    async def source(accept: Accept[int]) -> None:
        for number in range(3):
            await accept(number)
        raise OSError("broker")

    report = run(Service(work, workers=1, waiting=3).run(source, drain_seconds=15))
    assert (report.finished, report.unfinished, report.exit_code) == (3, (), 1)
    assert isinstance(report.source_error, OSError)


def test_an_item_that_comes_too_late_is_refused() -> None:
    """Also one that was waiting for room when the end began: its sender is told."""
    refused: list[int] = []

    async def main() -> Report[int]:
        go_on = asyncio.Event()

        async def work(_item: int) -> None:
            await go_on.wait()

        each = Service(work, workers=1, waiting=1)

        async def sender(number: int) -> None:
            try:
                await each.accept(number)
            except NotAccepting:
                refused.append(number)

        senders = []

        async def source(_accept: Accept[int]) -> None:
            for number in range(4):
                senders.append(asyncio.create_task(sender(number)))
                await asyncio.sleep(0.01)
            asyncio.get_running_loop().call_later(0.05, go_on.set)

        report = await each.run(source, drain_seconds=15)
        await asyncio.gather(*senders, sender(4))
        return report

    assert run(main()).finished == 2
    assert refused == [2, 3, 4]


def test_being_cancelled_ends_everything_and_logs_the_rest(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nobody gets the report then, so the log has it; the cancellation goes on."""
    cleaned: list[int] = []

    async def main() -> Report[int]:
        busy = asyncio.Event()

        async def work(item: int) -> None:
            busy.set()
            try:
                await asyncio.sleep(60)
            finally:
                cleaned.append(item)

        async def source(accept: Accept[int]) -> None:
            await accept(41)
            await accept(42)
            await asyncio.sleep(60)

        each = Service(work, workers=1, waiting=2)
        task = asyncio.create_task(each.run(source, drain_seconds=15))
        await busy.wait()
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return Report(finished=0, failed=0, unfinished=(), source_error=None)

    run(main())
    assert cleaned == [41]
    assert "not finished: [41, 42]" in caplog.text


def test_the_signal_handlers_are_given_back() -> None:
    """Afterwards Ctrl-C and SIGTERM do what they did before, also within `asyncio.run`."""

    def handlers() -> list[object]:
        return [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    async def work(_item: int) -> None:
        pass

    async def main() -> Report[int]:
        before, inside = handlers(), []

        async def source(_accept: Accept[int]) -> None:
            inside.extend(handlers())

        report = await Service(work, workers=1, waiting=1).run(source, drain_seconds=1)
        assert handlers() == before
        assert all(now != then for now, then in zip(inside, before, strict=True))
        return report

    run(main())


@pytest.mark.parametrize(("workers", "waiting"), [(0, 1), (1, 0)])
def test_senseless_bounds_are_refused(workers: int, waiting: int) -> None:
    """Nobody would work, or nothing could be accepted."""

    async def work(_item: int) -> None:
        pass

    with pytest.raises(ValueError, match="at least 1"):
        Service(work, workers=workers, waiting=waiting)


if __name__ == "__main__":
    sys.exit(asyncio.run(service(sys.argv[1])))
