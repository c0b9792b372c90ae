"""Tests of the two stages: order, bounds, errors, cancelling, and that nothing is left.

The functions that run in the workers are those of the standard library: a worker has to be able to
import them, and it cannot import a test under every configuration of pytest.
"""

from __future__ import annotations

import asyncio
import math
import multiprocessing
import operator
import os
import signal
import subprocess
import sys
import time
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from async_process_pipeline import Limits, Outcome, run_pipeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ENOUGH = 30.0
"""Seconds that only a broken program needs."""

SMALL = Limits(fetching=3, computing=2, waiting=2, deadline=ENOUGH)


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """Fail a test that leaves a process behind."""
    yield
    assert multiprocessing.active_children() == []


async def fetch(item: Any) -> Any:  # noqa: ANN401
    """Return the item after a turn of the loop."""
    await asyncio.sleep(0)
    return item


def run(
    items: Iterable[Any],
    compute: Callable[[Any], Any],
    **options: Any,  # noqa: ANN401
) -> list[Outcome[Any, Any]]:
    """Return what became of the items."""
    outcomes: list[Outcome[Any, Any]] = []

    async def main() -> None:
        arguments = {"fetch": fetch, "handle": outcomes.append, "limits": SMALL, **options}
        async with asyncio.timeout(ENOUGH):
            await run_pipeline(items, compute=compute, **arguments)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())
    return outcomes


@pytest.mark.parametrize("count", [0, 50])
@pytest.mark.parametrize("ordered", [True, False])
def test_each_item_is_fetched_and_computed_on(count: int, ordered: bool) -> None:  # noqa: FBT001
    """Also none; in their order if that is asked for."""
    outcomes = run(range(count), operator.neg, ordered=ordered)
    values = [each.result() for each in outcomes]

    assert (values if ordered else sorted(values, reverse=True)) == [-n for n in range(count)]


def test_order_is_kept_though_the_first_is_the_slowest() -> None:
    """The others wait for it, and only they."""
    outcomes = run([0.3, 0, 0, 0], time.sleep, ordered=True)

    assert [each.item for each in outcomes] == [0.3, 0, 0, 0]


def test_without_order_what_is_ready_first_comes_first() -> None:
    """One process sleeps; the other does the work."""
    outcomes = run([0.3, 0, 0, 0], time.sleep)

    assert outcomes[-1].item == 0.3


@pytest.mark.parametrize("ordered", [True, False])
def test_no_more_are_held_than_allowed(ordered: bool) -> None:  # noqa: FBT001
    """Of two hundred items only a few are read and not yet handled, whatever is slow."""
    read = handled = most_held = fetching = most_fetching = 0

    def source() -> Iterator[int]:
        nonlocal read, most_held
        for number in range(200):
            read += 1
            most_held = max(most_held, read - handled)
            yield number

    def handle(_: object) -> None:
        nonlocal handled
        handled += 1

    async def counted_fetch(item: int) -> int:
        nonlocal fetching, most_fetching
        fetching += 1
        most_fetching = max(most_fetching, fetching)
        await asyncio.sleep(0)
        fetching -= 1
        return item

    run(source(), operator.neg, fetch=counted_fetch, handle=handle, ordered=ordered)

    assert handled == 200
    assert most_held <= SMALL.held
    assert most_fetching <= SMALL.fetching


def test_errors_of_both_stages_belong_to_their_items() -> None:
    """The others go on, in their order."""

    async def fail_at_two(item: float) -> float:
        if item == 2:
            message = "no route"
            raise OSError(message)
        return item

    outcomes = run([1, 2, -1, 4], math.sqrt, fetch=fail_at_two, ordered=True)

    assert [type(each.error) for each in outcomes] == [
        type(None),
        OSError,
        ValueError,
        type(None),
    ]
    with pytest.raises(OSError, match="no route"):
        outcomes[1].result()


@pytest.mark.parametrize("ordered", [True, False])
def test_a_cancellation_from_within_belongs_to_its_item(ordered: bool) -> None:  # noqa: FBT001
    """The item is handed on as failed; nobody waits for it for ever."""

    async def cancelled_at_two(item: int) -> int:
        if item == 2:
            other = asyncio.get_running_loop().create_future()
            other.cancel()
            await other
        return item

    outcomes = run(range(8), operator.neg, fetch=cancelled_at_two, ordered=ordered)

    assert sorted(each.item for each in outcomes) == list(range(8))
    assert [(each.item, str(each.error)) for each in outcomes if each.error] == [
        (2, "cancelled from within")
    ]


def test_a_stop_iteration_belongs_to_its_item() -> None:
    """A future cannot hold one: without care the item would be waited for, for ever."""
    outcomes = run([iter([]), iter([1])], next, ordered=True)

    assert "StopIteration" in str(outcomes[0].error)
    assert outcomes[1].result() == 1


def test_a_cancellation_in_a_worker_belongs_to_its_item() -> None:
    """As from `asyncio.run` of something cancelled; no task of the pipeline is cancelled by it."""
    outcomes = run(["from asyncio import *; raise CancelledError", "1"], exec, ordered=True)

    assert [str(each.error) for each in outcomes] == [
        "the computation raised CancelledError()",
        "None",
    ]


def test_sys_exit_in_a_worker_belongs_to_its_item() -> None:
    """It ends neither the worker nor the program."""
    outcomes = run([0, 1, 2], sys.exit, ordered=True)

    assert [str(each.error) for each in outcomes] == [
        f"the computation raised SystemExit({code})" for code in range(3)
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_workers_end_when_the_main_process_is_ended_by_a_signal() -> None:
    """They hold its output open as long as they live."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, Path(__file__)], stdout=subprocess.PIPE, env=env, start_new_session=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"busy\n"
            process.terminate()
            process.communicate(timeout=ENOUGH)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGTERM


async def compute_for_ever() -> None:
    """Keep one worker busy and let the other wait; say so."""

    def say(_: object) -> None:
        print("busy", flush=True)

    await run_pipeline([0, 1000], fetch, time.sleep, say, limits=SMALL, ordered=True)


@pytest.mark.parametrize("name", ["fetching", "computing", "waiting", "deadline"])
def test_senseless_limits_are_refused(name: str) -> None:
    """Nothing would be done, or without a bound."""
    with pytest.raises(ValueError, match=f"{name} is 0"):
        Limits(**{name: 0})


def test_a_fetch_that_hangs_is_cut_off() -> None:
    """At the deadline of its item; the others are done by then."""

    async def hang_at_one(item: int) -> int:
        if item == 1:
            await asyncio.Event().wait()
        return item

    limits = Limits(fetching=2, computing=1, waiting=1, deadline=0.2)
    outcomes = run(range(5), operator.neg, fetch=hang_at_one, limits=limits)

    assert {each.item: type(each.error) for each in outcomes if each.error} == {1: TimeoutError}
    assert len(outcomes) == 5


@pytest.mark.parametrize("where", ["source", "handle"])
def test_an_error_of_the_caller_s_own_ends_the_run(where: str) -> None:
    """It is raised as it is, not in a group."""
    message = "disk full"

    def refuse(_: object) -> None:
        raise OSError(message)

    def broken() -> Iterator[int]:
        yield 1
        if where == "source":
            raise OSError(message)
        yield 2

    options = {"handle": refuse} if where == "handle" else {}
    with pytest.raises(OSError, match=message):
        run(broken(), operator.neg, **options)


def test_the_death_of_a_worker_ends_the_run() -> None:
    """The pool cannot be used any more."""
    with pytest.raises(BrokenProcessPool):
        run([3, 4, 5], os._exit)


def test_cancelling_ends_the_fetching_and_leaves_nothing() -> None:
    """In the middle of an endless source; the cancellation is not swallowed."""

    async def main() -> None:
        some = asyncio.Event()

        def endless() -> Iterator[int]:
            while True:
                yield 1

        task = asyncio.create_task(
            run_pipeline(endless(), fetch, operator.neg, lambda _: some.set(), limits=SMALL)
        )
        async with asyncio.timeout(ENOUGH):
            await some.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


def test_the_loop_runs_while_a_process_computes() -> None:
    """A ticker goes on though the computation takes half a second."""
    ticks = 0

    async def main() -> None:
        nonlocal ticks
        pipeline = asyncio.create_task(
            run_pipeline([0.5], fetch, time.sleep, lambda _: None, limits=SMALL)
        )
        while not pipeline.done():
            await asyncio.sleep(0.01)
            ticks += 1
        await pipeline

    asyncio.run(main())

    assert ticks >= 5


if __name__ == "__main__":
    asyncio.run(compute_for_ever())
