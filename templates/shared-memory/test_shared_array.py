"""Tests of the shared array: what the workers see and change, and that nothing stays behind.

The functions that run in the workers are those of the standard library: a worker has to be able to
import them, and it cannot import a test under every configuration of pytest.
"""

from __future__ import annotations

import inspect
import multiprocessing
import operator
import os
import signal
import subprocess
import sys
from functools import partial
from multiprocessing.shared_memory import SharedMemory
from typing import TYPE_CHECKING, Any

import pytest

from shared_array import (
    SharedArray,
    as_numpy,
    attached_array,
    even_slices,
    map_slices,
    owned_array,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENOUGH = 30.0
"""Seconds that only a broken program needs."""


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    """Fail a test that leaves a process behind."""
    yield
    assert multiprocessing.active_children() == []


def exists(array: SharedArray) -> bool:
    """Return whether the memory is still there."""
    try:
        SharedMemory(array.name).close()
    except FileNotFoundError:
        return False
    return True


@pytest.mark.parametrize("length", [0, 1, 7, 100])
@pytest.mark.parametrize("parts", [1, 2, 3, 8])
def test_slices_cover_everything_once_and_evenly(length: int, parts: int) -> None:
    """None is empty, and no two differ by more than one."""
    slices = even_slices(length, parts)
    sizes = [each.stop - each.start for each in slices]

    assert [index for each in slices for index in range(each.start, each.stop)] == [*range(length)]
    assert all(sizes)
    assert not sizes or max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize(("typecode", "values"), [("d", [0.5, -1.0]), ("q", [2**62]), ("B", [255])])
def test_it_holds_what_is_written(typecode: str, values: list[float]) -> None:
    """In the type that was asked for, and nothing beyond its length."""
    with owned_array(typecode, len(values)) as (array, view):
        assert view.tolist() == [0] * len(values)
        for index, value in enumerate(values):
            view[index] = value
        with attached_array(array) as other:
            assert other.tolist() == values

    assert not exists(array)


def test_workers_see_the_owner_s_numbers_in_order() -> None:
    """More slices than workers."""
    with owned_array("q", 1000) as (array, view):
        for index in range(1000):
            view[index] = index
        sums = map_slices(sum, array, workers=2, parts=5)

    assert sums == [sum(range(start, start + 200)) for start in range(0, 1000, 200)]


def test_the_owner_sees_what_the_workers_write() -> None:
    """Each worker sets the first item of its slice."""
    with owned_array("q", 10) as (array, view):
        map_slices(operator.methodcaller("__setitem__", 0, 7), array, workers=2)

        assert view.tolist() == [7, 0, 0, 0, 0, 7, 0, 0, 0, 0]


def test_nothing_to_do_is_fine() -> None:
    """An array without items has no slices."""
    with owned_array("d", 0) as (array, view):
        assert len(view) == 0
        assert map_slices(sum, array, workers=2) == []


def test_it_is_removed_after_an_error() -> None:
    """The error goes on."""
    arrays: list[SharedArray] = []

    def fail() -> None:
        with owned_array("d", 10) as (array, _):
            arrays.append(array)
            message = "inside"
            raise ValueError(message)

    with pytest.raises(ValueError, match="inside"):
        fail()

    assert not exists(arrays[0])


# Python's own clean-up of the memory meets the part, too, and has nobody to tell.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_error_is_not_hidden_by_what_its_traceback_still_holds() -> None:
    """The traceback keeps a part of the memory in use, so it cannot be closed; that is no news."""
    arrays: list[SharedArray] = []

    def fail() -> None:
        with owned_array("d", 10) as (array, view):
            arrays.append(array)
            part = view[5:]
            part[0] = "no number"

    with pytest.raises(TypeError):
        fail()

    assert not exists(arrays[0])


def test_an_error_in_a_worker_is_raised_and_the_memory_removed() -> None:
    """The other slices are done or dropped, and no process stays."""
    arrays: list[SharedArray] = []

    def fail() -> None:
        with owned_array("d", 10) as (array, _):
            arrays.append(array)
            map_slices(operator.methodcaller("no_such_thing"), array, workers=2)

    with pytest.raises(AttributeError, match="no_such_thing"):
        fail()

    assert not exists(arrays[0])


def test_a_crash_of_a_worker_is_raised_and_the_memory_removed() -> None:
    """It is no error of Python that ends it."""
    arrays: list[SharedArray] = []

    def crash() -> None:
        with owned_array("q", 10) as (array, _):
            arrays.append(array)
            map_slices(partial(sorted, key=os._exit), array, workers=2)

    with pytest.raises(Exception, match="terminated abruptly"):
        crash()

    assert not exists(arrays[0])


PARENT = """
import os, sys, time
from {module} import {array}, {name}

def hang(part):
    os.write(1, b"begun")
    time.sleep(3600)

if __name__ == "__main__":
    with {array}("q", 10) as (array, _):
        os.write(1, array.name.encode() + b":")
        {name}(hang, array, workers=2)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals are sent between processes")
@pytest.mark.parametrize("number", ["SIGTERM", "SIGKILL"])
def test_nothing_is_left_when_the_owner_is_ended(tmp_path: Path, number: str) -> None:
    """Workers and resource tracker hold its output open: reading that to its end waits for all."""
    names = {"array": owned_array.__name__, "name": map_slices.__name__}
    program = tmp_path / "parent.py"
    program.write_text(PARENT.format(module=map_slices.__module__, **names), encoding="utf-8")
    output = b""
    with subprocess.Popen(
        [sys.executable, str(program)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # the resource tracker says what it had to do
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        start_new_session=True,
    ) as parent:
        try:
            assert parent.stdout is not None
            while output.count(b"begun") < 2:
                output += parent.stdout.read(1)
            array = SharedArray(output.partition(b":")[0].decode(), "q", 10)
            parent.send_signal(getattr(signal, number))
            assert parent.communicate(timeout=ENOUGH)[0] == b""
        except BaseException:
            os.killpg(parent.pid, signal.SIGKILL)
            raise

    assert not exists(array)


@pytest.mark.parametrize(("workers", "parts"), [(0, 0), (-1, 3), (2, -1)])
def test_a_size_that_makes_no_sense_is_refused(workers: int, parts: int) -> None:
    """By its name."""
    with owned_array("d", 1) as (array, _), pytest.raises(ValueError, match="must be at least"):
        map_slices(sum, array, workers=workers, parts=parts)


def test_attaching_leaves_the_memory_to_its_owner() -> None:
    """It is there after the others have closed it."""
    with owned_array("d", 1) as (array, _):
        with attached_array(array):
            pass
        assert exists(array)


def test_numpy_works_in_place() -> None:
    """Without a copy, and with the right type."""
    pytest.importorskip("numpy")
    with owned_array("d", 4) as (_, view):
        numbers = as_numpy(view)
        numbers += 1.5
        assert view.tolist() == [1.5] * 4
        del numbers


# Python's own clean-up of the memory meets the array, too, and has nobody to tell.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_array_that_is_kept_is_told_and_the_memory_removed() -> None:
    """It would point to memory that is no longer there."""
    pytest.importorskip("numpy")
    kept: list[Any] = []

    def keep() -> None:
        with owned_array("d", 4) as (array, view):
            kept.extend([array, as_numpy(view)])

    with pytest.raises(BufferError):
        keep()

    assert not exists(kept[0])
    kept.clear()


def test_the_program_ends_without_a_word_of_the_resource_tracker() -> None:
    """It would warn, when the program ends, of memory that was not removed, or removed twice."""
    program = inspect.getfile(owned_array)
    run = subprocess.run(
        [sys.executable, "-W", "error", program],
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert (run.returncode, run.stderr) == (0, b"")
