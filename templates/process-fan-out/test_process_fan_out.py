"""Tests of the process pool: order, bounds, errors, crashes, and that nothing is left.

The functions that run in the workers are those of the standard library: a worker has to be able to
import them, and it cannot import a test under every configuration of pytest.
"""

from __future__ import annotations

import math
import multiprocessing
import operator
import os
import signal
import subprocess
import sys
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from process_fan_out import (
    CHUNK_SECONDS,
    LARGEST_CHUNK,
    InitializerError,
    PoolOptions,
    WorkerDiedError,
    WorkError,
    chunk_size,
    map_processes,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TWO = PoolOptions(workers=2)
ENOUGH = 30.0
"""Seconds that only a broken program needs."""


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    """Fail a test that leaves a process behind."""
    yield
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("count", [0, 1, 3])
def test_few_items_come_back_in_order(count: int) -> None:
    """Also none, and one."""
    outcomes = list(map_processes(operator.neg, range(count), TWO))

    assert [(each.item, each.result()) for each in outcomes] == [(n, -n) for n in range(count)]


def test_a_hundred_thousand_items_come_back_in_order_and_are_never_held_together() -> None:
    """The source is never further ahead than the chunks that are allowed."""
    read = 0

    def source() -> Iterator[int]:
        nonlocal read
        for number in range(100_000):
            read += 1
            yield number

    most_ahead = 0
    for done, outcome in enumerate(map_processes(operator.neg, source(), TWO)):
        most_ahead = max(most_ahead, read - done)
        assert (outcome.item, outcome.value) == (done, -done)

    assert read == 100_000
    assert 1 < most_ahead <= 2 * 2 * LARGEST_CHUNK


@pytest.mark.parametrize(
    ("items", "seconds", "size"),
    [
        (0, 0.0, 1),
        (1, CHUNK_SECONDS, 1),
        (1, 100.0, 1),
        (10, CHUNK_SECONDS, 10),
        (1, CHUNK_SECONDS / 20, 20),
        (1, 0.0, LARGEST_CHUNK),
    ],
)
def test_cheap_items_go_in_large_chunks_and_dear_ones_alone(
    items: int, seconds: float, size: int
) -> None:
    """So that a chunk takes about `CHUNK_SECONDS`, as far as that goes."""
    assert chunk_size(items, seconds) == size


def test_the_work_is_done_in_other_processes() -> None:
    """In one or two of them: a quick worker may take all."""
    pids = {each.result() for each in map_processes(eval, ["__import__('os').getpid()"] * 20, TWO)}

    assert os.getpid() not in pids
    assert 1 <= len(pids) <= 2


def test_the_initializer_runs_in_each_worker(tmp_path: Path) -> None:
    """Its effect, here another working directory, is there when the first item comes."""
    options = PoolOptions(workers=2, initializer=os.chdir, initargs=(tmp_path,))

    outcomes = map_processes(os.path.abspath, ["a", "b", "c"], options)

    assert [each.result() for each in outcomes] == [str(tmp_path / name) for name in "abc"]


def test_an_error_belongs_to_its_item_and_the_others_go_on() -> None:
    """With its traceback as text."""
    outcomes = list(map_processes(math.sqrt, [4, -1, 9], TWO))

    assert [each.value for each in outcomes] == [2.0, None, 3.0]
    with pytest.raises(WorkError, match=r"ValueError: .*\n(.*\n)*Traceback"):
        outcomes[1].result()


def test_an_error_of_the_source_ends_the_run() -> None:
    """The caller sees it."""

    def broken() -> Iterator[int]:
        yield 1
        message = "no more rows"
        raise OSError(message)

    with pytest.raises(OSError, match="no more rows"):
        list(map_processes(operator.neg, broken(), TWO))


def test_a_value_that_cannot_travel_is_an_error_of_its_item() -> None:
    """One cannot be pickled; one can, but wants two arguments when it is made anew, and gets one.

    The others, which may be in the same chunk, go on.
    """
    unreadable = "__import__('urllib.error').error.ContentTooShortError('a', b'')"
    outcomes = list(map_processes(eval, ["1", "{}.keys()", unreadable, "4"], TWO))

    assert [each.value for each in outcomes] == [1, None, None, 4]
    assert "pickle" in str(outcomes[1].error)
    assert "cannot be unpickled: TypeError" in str(outcomes[2].error)


@pytest.mark.parametrize("code", [0, 1])
def test_a_call_of_exit_is_an_error_of_its_item(code: int) -> None:
    """It ends neither the worker nor, without a word, the program."""
    outcomes = list(map_processes(eval, ["1", f"__import__('sys').exit({code})", "3"], TWO))

    assert [each.value for each in outcomes] == [1, None, 3]
    assert str(outcomes[1].error).startswith(f"SystemExit: {code}")


def test_a_failing_initializer_is_raised_as_what_it_is() -> None:
    """Not as a worker that died."""
    options = PoolOptions(workers=2, initializer=math.sqrt, initargs=(-1,))

    with pytest.raises(InitializerError, match=r"ValueError: .*\n(.*\n)*Traceback"):
        list(map_processes(operator.neg, range(5), options))


@pytest.mark.parametrize("name", ["workers", "chunks_per_worker"])
@pytest.mark.parametrize("count", [0, -1])
def test_a_size_below_one_is_refused(name: str, count: int) -> None:
    """By its name."""
    sizes: dict[str, Any] = {name: count}
    with pytest.raises(ValueError, match=f"{name} must be at least 1"):
        PoolOptions(**sizes)


PARENT = """
import os, time
from {module} import {options}, {name}

def hang(number):
    os.write(1, b"begun")
    time.sleep(3600)

if __name__ == "__main__":
    list({name}(hang, range(2), {options}(workers=2)))
"""


@pytest.mark.skipif(os.name != "posix", reason="signals are sent between processes")
@pytest.mark.parametrize("number", ["SIGTERM", "SIGKILL"])
def test_the_workers_end_when_their_parent_is_ended(tmp_path: Path, number: str) -> None:
    """They hold its output open, so reading that to its end waits for all of them."""
    names = {"name": map_processes.__name__, "options": PoolOptions.__name__}
    program = tmp_path / "parent.py"
    program.write_text(PARENT.format(module=map_processes.__module__, **names), encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, str(program)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        start_new_session=True,
    ) as parent:
        try:
            assert parent.stdout is not None
            assert parent.stdout.read(len(b"begun" * 2)) == b"begun" * 2
            parent.send_signal(getattr(signal, number))

            assert parent.communicate(timeout=ENOUGH)[0] == b""
        except BaseException:
            os.killpg(parent.pid, signal.SIGKILL)
            raise


def test_a_dead_worker_is_replaced_and_what_it_did_not_finish_is_done_again(
    tmp_path: Path,
) -> None:
    """The first process that comes to the item dies; the second time it goes well."""
    died = tmp_path / "died"
    crash_once = (
        f"__import__('os').path.exists({str(died)!r}) "
        f"or (__import__('os').mkdir({str(died)!r}), __import__('os')._exit(1))"
    )
    items = ["1 + 1", crash_once, "2 + 2", "3 + 3", "4 + 4", "5 + 5", "6 + 6"]

    outcomes = list(map_processes(eval, items, TWO))

    assert [each.item for each in outcomes] == items
    assert [each.result() for each in outcomes] == [2, True, 4, 6, 8, 10, 12]


def test_a_second_death_is_told_with_the_items_that_may_be_the_cause() -> None:
    """What was done before is handed over first."""
    outcomes = map_processes(eval, ["1 + 1", "__import__('os')._exit(1)"], PoolOptions(workers=1))

    assert next(outcomes).result() == 2
    with pytest.raises(WorkerDiedError) as caught:
        next(outcomes)

    assert caught.value.items == ["__import__('os')._exit(1)"]


def test_processes_are_renewed_after_their_chunks() -> None:
    """Each item takes long enough to be a chunk of its own; one worker does two of them."""
    sleepy = "(__import__('time').sleep(0.06), __import__('os').getpid())[1]"
    options = PoolOptions(workers=1, chunks_per_worker=2)

    pids = [each.result() for each in map_processes(eval, [sleepy] * 5, options)]

    assert len(set(pids)) == 3


def test_leaving_early_cancels_what_has_not_begun() -> None:
    """The source is endless, so that all would never be done."""

    def endless() -> Iterator[int]:
        while True:
            yield 1

    with closing(map_processes(partial(operator.add, 1), endless(), TWO)) as outcomes:
        assert next(outcomes).result() == 2
