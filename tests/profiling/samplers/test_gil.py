"""The GIL of live processes, seen from outside."""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from live_targets import LiveTarget, every_python, interpreter_of, layout_of, until

from conc_advisor.profiling.samplers.gil import GilView
from conc_advisor.profiling.samplers.layout import Interpreter, Layout
from conc_advisor.profiling.samplers.memory import ProcessMemory

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads procfs")


@contextmanager
def _view(pid: int, interpreter: Interpreter | None) -> Iterator[GilView | None]:
    memory = ProcessMemory(pid)
    try:
        yield GilView.find(pid, memory, interpreter)
    finally:
        memory.close()


@every_python
def test_the_holder_is_the_thread_that_computes(version: str) -> None:
    """While the main thread computes it holds the GIL at nearly every look; once it waits, nobody does."""
    python, interpreter = interpreter_of(version)
    with LiveTarget("busy_then_idle.py", python=python) as target:
        assert target.hear() == "busy"
        with _view(target.pid, interpreter) as gil:
            assert gil is not None
            seen: Counter[int] = Counter()
            for _ in range(200):
                seen[gil.holder()] += 1
                time.sleep(0.0005)
            assert seen[target.pid] > 150, seen
            target.say("go")
            assert target.hear() == "idle"
            until(lambda: all(gil.holder() == 0 for _ in range(100)), "a GIL that nobody holds")


@every_python
def test_python_threads_are_found_with_both_their_ids(version: str) -> None:
    """Each thread of Python's, and no other: no native thread, no process."""
    python, interpreter = interpreter_of(version)
    with LiveTarget("waits.py", python=python) as target:
        threads = target.hear_json(dict[str, tuple[int, int]])
        with _view(target.pid, interpreter) as gil:
            assert gil is not None
            assert gil.python_threads() == dict(threads.values())


@every_python
def test_threads_that_fight_for_the_gil_hold_it_in_turn(version: str) -> None:
    """The holder is one of the two that compute in Python, never the one that computes in C without it."""
    python, interpreter = interpreter_of(version)
    with LiveTarget("waits.py", "cpu", python=python) as target:
        threads = {name: ids[0] for name, ids in target.hear_json(dict[str, tuple[int, int]]).items()}
        with _view(target.pid, interpreter) as gil:
            assert gil is not None
            seen: Counter[int] = Counter()

            def both() -> bool:
                seen[gil.holder()] += 1
                return seen[threads["gil-1"]] > 5 and seen[threads["gil-2"]] > 5

            until(both, "each of the two as the holder")
            assert seen[threads["native"]] == 0


@pytest.mark.parametrize("shift", [-4096, -64, -8, 4, 8, 24, 4096])
def test_what_does_not_look_like_a_gil_is_not_taken_for_one(shift: int) -> None:
    """The offset of another build: no thread of the process is named where the holder should be."""
    python, interpreter = interpreter_of(f"{sys.version_info.major}.{sys.version_info.minor}")
    with LiveTarget("busy_then_idle.py", python=python) as target:
        target.hear()
        layout = layout_of(interpreter)
        assert layout.gil is not None
        wrong = replace(layout, gil=replace(layout.gil, offset=layout.gil.offset + shift))
        with _view(target.pid, replace(interpreter, layout=wrong)) as gil:
            assert gil is None


def test_there_is_no_gil_to_see_where_the_interpreter_is_not_known() -> None:
    with _view(os.getpid(), None) as gil:
        assert gil is None


def test_there_is_no_gil_to_see_in_a_process_without_that_interpreter() -> None:
    """A process that has not loaded the library whose offsets are known has no address to read at."""
    interpreter = interpreter_of("3.11")[1]
    other = subprocess.Popen(["sleep", "60"])
    try:
        with _view(other.pid, interpreter) as gil:
            assert gil is None
    finally:
        other.kill()
        other.wait()


@pytest.mark.parametrize(
    "without",
    [
        lambda layout: replace(layout, gil=None),
        lambda layout: replace(layout, thread_id=None),
        lambda layout: replace(layout, native_thread_id=None, pthread_tid=None),
    ],
    ids=["gil", "thread id", "both OS thread ids"],
)
def test_there_is_no_gil_to_see_where_a_needed_offset_was_not_found(without: Callable[[Layout], Layout]) -> None:
    interpreter = interpreter_of("3.11")[1]
    partial = replace(interpreter, layout=without(layout_of(interpreter)))
    with LiveTarget("insides.py", python=interpreter_of("3.11")[0]) as target:
        target.hear()
        with _view(target.pid, partial) as gil:
            assert gil is None


def test_a_dead_process_has_no_holder_and_no_threads() -> None:
    """A view outlives its process without harm."""
    python, interpreter = interpreter_of("3.11")
    with LiveTarget("insides.py", python=python) as target:
        target.hear()
        memory = ProcessMemory(target.pid)
        gil = GilView.find(target.pid, memory, interpreter)
        assert gil is not None
        assert gil.readable()
    assert not gil.readable()
    assert gil.holder() == 0
    assert gil.python_threads() == {}
    memory.close()
