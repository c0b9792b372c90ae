"""Tests of the lag check: blocking callbacks are named, and waiting is not held against anybody."""

from __future__ import annotations

import asyncio
import functools
import gc
import inspect
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from loop_lag import LagCheck, LoopLagError, Stall

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

BLOCK = 0.4
"""Seconds for which a planted blocker keeps the loop: four times the limit."""
ENOUGH = 60
"""Seconds after which a child is given up."""


def stalls_of(work: Coroutine[Any, Any, None]) -> list[Stall]:
    """Run it; return what was found."""
    with pytest.raises(LoopLagError) as caught, LagCheck():
        asyncio.run(work)
    return list(caught.value.stalls)


def compute(seconds: float) -> None:
    """Keep a core for that long."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


async def blocks() -> None:
    """Call something that waits."""
    await asyncio.sleep(0)
    time.sleep(BLOCK)  # noqa: ASYNC251


async def computes() -> None:
    """Compute for too long in one go."""
    await asyncio.sleep(0)
    compute(BLOCK)


async def waits_for_a_child() -> None:
    """Run a program without giving the loop its turn."""
    pause = f"import time; time.sleep({BLOCK})"
    subprocess.run([sys.executable, "-c", pause], check=True, timeout=ENOUGH)  # noqa: ASYNC221


@pytest.mark.parametrize("work", [blocks, computes, waits_for_a_child])
def test_a_callback_that_keeps_the_loop_is_named(
    work: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    """With its task, its coroutine and the line."""

    async def main() -> None:
        await asyncio.gather(asyncio.create_task(work(), name="guilty"), asyncio.sleep(0))

    (stall,) = stalls_of(main())

    assert "guilty" in stall.name
    assert work.__name__ in stall.name
    assert __file__ in stall.line
    assert stall.seconds > BLOCK / 2


def test_a_call_that_never_lets_go_of_the_gil_is_found() -> None:
    """The heartbeat is late then as well; what was computed counts all the same."""

    async def main() -> None:
        end = time.thread_time() + BLOCK
        while time.thread_time() < end:
            sum(range(10_000_000))

    (stall,) = stalls_of(main())

    assert "main" in stall.name


def test_a_plain_callback_is_named() -> None:
    """One that is no task, and wrapped."""

    async def main() -> None:
        asyncio.get_running_loop().call_later(0.01, functools.partial(time.sleep, BLOCK))
        await asyncio.sleep(0.1)

    assert [stall.name for stall in stalls_of(main())] == ["sleep"]


def test_inside_a_coroutine() -> None:
    """Only what happens in the block is looked at."""

    async def main() -> None:
        time.sleep(BLOCK)  # noqa: ASYNC251
        with LagCheck():
            await asyncio.sleep(0)
        with pytest.raises(LoopLagError), LagCheck():
            await asyncio.create_task(blocks())

    asyncio.run(main())


async def sleeps() -> None:
    """Wait for longer than the limit."""
    await asyncio.sleep(0.2)


async def has_many_short_callbacks() -> None:
    """Keep the loop busy, and give everybody a turn."""
    for _ in range(200):
        compute(0.001)
        await asyncio.sleep(0)


async def blocks_in_a_thread() -> None:
    """Let a thread wait instead of the loop."""
    await asyncio.get_running_loop().run_in_executor(None, time.sleep, 0.2)


async def computes_in_a_thread() -> None:
    """Have a thread that competes for the GIL."""
    await asyncio.get_running_loop().run_in_executor(None, compute, 0.2)


async def waits_well_for_a_child() -> None:
    """Run a program as asyncio does it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import time; time.sleep(0.2)"
    )
    await process.wait()


@pytest.mark.parametrize(
    "work",
    [
        sleeps,
        has_many_short_callbacks,
        blocks_in_a_thread,
        computes_in_a_thread,
        waits_well_for_a_child,
    ],
)
def test_awaiting_is_never_a_stall(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Nothing is found, however long it takes."""
    with LagCheck():
        asyncio.run(work())


def test_debug_mode_changes_nothing() -> None:
    """Asyncio's own look at slow callbacks may be on as well."""
    with LagCheck():
        asyncio.run(sleeps(), debug=True)


FROZEN = """
import asyncio, importlib.util, os, signal, subprocess, sys

spec = importlib.util.spec_from_file_location("checked", sys.argv[1])
module = importlib.util.module_from_spec(spec)
sys.modules["checked"] = module
spec.loader.exec_module(module)

async def main():
    thaw = f"import os, time; time.sleep(0.5); os.kill({os.getpid()}, {int(signal.SIGCONT)})"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", thaw)
    os.kill(os.getpid(), signal.SIGSTOP)
    await process.wait()

with getattr(module, sys.argv[2])():
    asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="stops a process by a signal")
def test_a_frozen_machine_is_not_held_against_the_callback() -> None:
    """A process that is stopped in the middle of a callback has done nothing wrong."""
    source = inspect.getfile(LagCheck)

    subprocess.run(
        [sys.executable, "-c", FROZEN, source, LagCheck.__name__], check=True, timeout=ENOUGH
    )


def test_the_garbage_collector_is_not_held_against_the_callback() -> None:
    """It runs where it likes."""
    heap: list[object] = []
    seconds = 0.0
    while seconds < 0.05:
        heap.extend([each] for each in range(300_000))
        begin = time.thread_time()
        gc.collect()
        seconds = time.thread_time() - begin

    async def main() -> None:
        gc.collect()

    with LagCheck(limit=seconds / 2):
        asyncio.run(main())
    heap.clear()


def test_an_error_in_the_block_goes_on_as_it_is() -> None:
    """Even when there was a stall, too."""

    async def main() -> None:
        await blocks()
        message = "mine"
        raise LookupError(message)

    with pytest.raises(LookupError, match="mine"), LagCheck():
        asyncio.run(main())


def test_everything_is_as_before_afterwards() -> None:
    """No wrapper, no thread and no hook of the garbage collector is left."""

    def places() -> list[object]:
        return [asyncio.Handle.__dict__["_run"], list(gc.callbacks), set(threading.enumerate())]

    before = places()
    with LagCheck():
        assert places() != before

    assert places() == before


def test_a_limit_has_to_be_above_nothing() -> None:
    """A wrong limit is an error of the caller."""
    with pytest.raises(ValueError, match="limit"):
        LagCheck(limit=0)
