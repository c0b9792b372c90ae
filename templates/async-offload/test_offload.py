"""Tests of the offloading: bounds, deadlines, context, errors, and what is left afterwards."""

import asyncio
import functools
import gc
import math
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Literal

import pytest

from offload import Offload

SOON = 0.05
LATER = 20.0

request_id: ContextVar[str] = ContextVar("request_id", default="none")


def leftovers() -> list[str]:
    """Return the names of the threads and processes beside the main ones."""
    others = [each.name for each in threading.enumerate() if each is not threading.main_thread()]
    return others + [each.name for each in multiprocessing.active_children()]


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    """Fail a test that leaves threads or processes behind."""
    before = set(leftovers())
    yield
    end = time.monotonic() + LATER
    while set(leftovers()) - before and time.monotonic() < end:
        time.sleep(0.01)  # a killed pool needs a moment to notice
    assert not set(leftovers()) - before


def run(main: Callable[[Offload], Coroutine[Any, Any, None]], **settings: Any) -> None:  # noqa: ANN401
    """Run it with an offload of one thread and one process, and fail instead of hanging."""

    async def limited() -> None:
        async with (
            asyncio.timeout(2 * LATER),
            Offload(**{"threads": 1, "processes": 1, **settings}) as offload,
        ):
            await main(offload)

    asyncio.run(limited())
    # A pool that happens to be collected while the next one is being made warns: the resource
    # tracker is not reentrant (seen on 3.12.1).
    gc.collect()


def test_a_blocking_call_runs_in_a_thread_with_the_callers_context() -> None:
    """It sees the request it belongs to, and what it changes stays with it."""

    def look(prefix: str, *, end: str) -> tuple[str, str]:
        seen = request_id.get()
        request_id.set("changed")
        return prefix + seen + end, threading.current_thread().name

    async def main(offload: Offload) -> None:
        request_id.set("r7")
        text, thread = await offload.in_thread(LATER, look, "<", end=">")
        assert text == "<r7>"
        assert thread.startswith("offload")
        assert request_id.get() == "r7"

    run(main)


def test_the_loop_goes_on_meanwhile() -> None:
    """A call that waits for the loop itself comes back."""
    answered = threading.Event()

    async def main(offload: Offload) -> None:
        call = asyncio.create_task(offload.in_thread(LATER, answered.wait, LATER))
        await asyncio.sleep(0)
        answered.set()
        assert await call

    run(main)


def test_as_many_calls_run_as_there_are_threads_and_no_more() -> None:
    """Three meet at a barrier each time; a fourth one never comes."""
    barrier = threading.Barrier(3)
    lock = threading.Lock()
    now = most = 0

    def meet() -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        barrier.wait(LATER)
        barrier.wait(LATER)
        with lock:
            now -= 1

    async def main(offload: Offload) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(9):
                group.create_task(offload.in_thread(LATER, meet))

    run(main, threads=3)
    assert most == 3


def test_a_late_call_is_given_up_and_keeps_its_worker() -> None:
    """The next caller's limit covers the wait for that worker, and its call never begins."""
    release = threading.Event()
    begun: list[str] = []

    async def main(offload: Offload) -> None:
        with pytest.raises(TimeoutError):
            await offload.in_thread(SOON, release.wait, LATER)
        assert offload.abandoned == 1
        with pytest.raises(TimeoutError):
            await offload.in_thread(SOON, begun.append, "second")
        assert offload.abandoned == 1
        release.set()
        await offload.in_thread(LATER, begun.append, "third")

    run(main)
    assert begun == ["third"]


def test_a_cancelled_caller_is_cancelled_at_once() -> None:
    """The call goes on without it."""
    begun, release = threading.Event(), threading.Event()

    def block() -> None:
        begun.set()
        release.wait(LATER)

    async def main(offload: Offload) -> None:
        task = asyncio.create_task(offload.in_thread(LATER, block))
        while not begun.is_set():  # noqa: ASYNC110 - it is set in a thread
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert offload.abandoned == 1
        release.set()

    run(main)


def test_an_error_reaches_the_caller() -> None:
    """As it was raised, from threads and from processes; and the worker is free again."""

    async def main(offload: Offload) -> None:
        for _ in range(2):
            with pytest.raises(ValueError, match="invalid literal"):
                await offload.in_thread(LATER, int, "x")
            with pytest.raises(ValueError, match="invalid literal"):
                await offload.in_process(LATER, int, "x")

    run(main)


def test_an_error_that_a_future_cannot_hold_reaches_the_caller_too() -> None:
    """StopIteration would leave the caller waiting, SystemExit would end the program."""

    async def main(offload: Offload) -> None:
        nothing: list[int] = []
        with pytest.raises(RuntimeError, match="StopIteration"):
            await offload.in_thread(LATER, next, iter(nothing))
        with pytest.raises(RuntimeError, match="StopIteration"):
            await offload.in_process(LATER, next, iter(nothing))
        for call in (offload.in_thread, offload.in_process):
            with pytest.raises(RuntimeError, match=r"SystemExit\(3\)"):
                await call(LATER, sys.exit, 3)

    run(main)


def test_an_error_that_nobody_waits_for_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """An abandoned call does not fail in silence."""
    release = threading.Event()

    def fail_late() -> None:
        release.wait(LATER)
        raise OSError("lost connection")

    async def main(offload: Offload) -> None:
        with pytest.raises(TimeoutError):
            await offload.in_thread(SOON, fail_late)
        release.set()

    run(main)
    assert "lost connection" in caplog.text


START_METHODS: list[Literal["spawn", "forkserver"]] = ["spawn", "forkserver"]


@pytest.mark.parametrize(
    "start_method", START_METHODS[:1] if sys.platform == "win32" else START_METHODS
)
def test_a_computing_call_runs_in_another_process(
    start_method: Literal["spawn", "forkserver"],
) -> None:
    """With either start method, and with keyword arguments."""

    async def main(offload: Offload) -> None:
        assert await offload.in_process(LATER, os.getpid) != os.getpid()
        assert await offload.in_process(LATER, math.factorial, 20) == math.factorial(20)
        assert await offload.in_process(LATER, int, "ff", base=16) == 255

    run(main, start_method=start_method)


def test_a_call_that_was_given_up_before_its_turn_never_runs(tmp_path: Path) -> None:
    """Nothing is queued out of sight, where it could not be taken back."""

    async def main(offload: Offload) -> None:
        await offload.in_process(LATER, abs, -1)  # the worker runs
        with pytest.raises(TimeoutError):
            await offload.in_process(SOON, time.sleep, 6 * SOON)
        with pytest.raises(TimeoutError):
            await offload.in_process(SOON, Path.touch, tmp_path / "late")
        await offload.in_process(LATER, abs, -1)
        assert offload.abandoned == 1

    run(main)
    assert not (tmp_path / "late").exists()


def test_what_cannot_be_pickled_is_an_error_of_that_call_only() -> None:
    """The pool goes on."""

    async def main(offload: Offload) -> None:
        with pytest.raises(Exception, match=r"(?i)pickle"):
            await offload.in_process(LATER, lambda: 1)
        assert await offload.in_process(LATER, abs, -1) == 1

    run(main)


def test_a_dead_worker_is_an_error_and_not_a_hang() -> None:
    """Every later call says so, too."""

    async def main(offload: Offload) -> None:
        for _ in range(3):
            with pytest.raises(BrokenProcessPool):
                await offload.in_process(LATER, os._exit, 1)

    run(main)


def test_closing_waits_for_an_abandoned_call() -> None:
    """What runs gets its time."""
    done: list[str] = []

    def slow() -> None:
        time.sleep(4 * SOON)
        done.append("done")

    async def main(offload: Offload) -> None:
        with pytest.raises(TimeoutError):
            await offload.in_thread(SOON, slow)

    run(main)
    assert done == ["done"]


def test_closing_kills_a_process_that_does_not_end(caplog: pytest.LogCaptureFixture) -> None:
    """The limit holds for computing calls."""

    async def main(offload: Offload) -> None:
        assert await offload.in_process(LATER, abs, -1) == 1
        with pytest.raises(TimeoutError):
            await offload.in_process(SOON, time.sleep, 1000)

    run(main, close_seconds=SOON)
    assert "killed" in caplog.text


def test_closing_does_not_wait_for_a_thread_that_does_not_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It cannot be killed, so it is named."""
    release = threading.Event()

    async def main(offload: Offload) -> None:
        with pytest.raises(TimeoutError):
            await offload.in_thread(SOON, release.wait, 1000)

    run(main, close_seconds=SOON)
    assert "1 blocking calls do not end" in caplog.text
    release.set()


def test_while_closing_nothing_is_taken_or_begun() -> None:
    """Neither what comes then nor what waits for a worker, although one gets free in time."""
    begun: list[str] = []
    release = threading.Event()

    async def main() -> None:
        offload = Offload(threads=1, processes=1, close_seconds=LATER)
        running = asyncio.create_task(offload.in_thread(LATER, release.wait, LATER))
        await asyncio.sleep(0)
        waiting = asyncio.create_task(offload.in_thread(LATER, begun.append, "waiting"))
        await asyncio.sleep(0)
        closing = asyncio.create_task(offload.aclose())
        await asyncio.sleep(0)
        for call in (offload.in_thread, offload.in_process):
            with pytest.raises(RuntimeError, match="after the end has begun"):
                await call(LATER, functools.partial(abs, -1))
        with pytest.raises(RuntimeError, match="after the end has begun"):
            await waiting
        assert not closing.done()
        release.set()
        assert await running
        await closing

    asyncio.run(main())
    assert begun == []


@pytest.mark.parametrize("name", ["threads", "processes"])
def test_senseless_sizes_are_refused(name: str) -> None:
    """Nobody would make the calls."""
    with pytest.raises(ValueError, match=f"{name} is 0"):
        Offload(**{"threads": 1, "processes": 1, name: 0})  # type: ignore[arg-type]


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_worker_processes_end_when_the_main_one_is_ended_by_a_signal() -> None:
    """They hold its output open as long as they live."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, Path(__file__)], stdout=subprocess.PIPE, env=env, start_new_session=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"busy\n"
            process.terminate()
            process.communicate(timeout=LATER)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGTERM


async def compute_for_ever() -> None:
    """Keep a worker process busy, and say so."""
    async with Offload(threads=1, processes=2) as offload:
        await offload.in_process(LATER, abs, -1)
        call = asyncio.create_task(offload.in_process(1000, time.sleep, 1000))
        await asyncio.sleep(0.1)
        print("busy", flush=True)
        await call


def test_after_closing_nothing_is_taken() -> None:
    """A call that would never run is refused."""

    async def main() -> None:
        async with Offload(threads=1, processes=1) as offload:
            pass
        for call in (offload.in_thread, offload.in_process):
            with pytest.raises(RuntimeError, match="after the end has begun"):
                await call(LATER, functools.partial(abs, -1))

    asyncio.run(main())


if __name__ == "__main__":
    asyncio.run(compute_for_ever())
