"""Tests of calls that can be killed: what ends, what is killed, and that nothing is left.

The functions that run in the processes are those of the standard library: a process has to be able
to import them, and it cannot import a test under every configuration of pytest.
"""

from __future__ import annotations

import math
import multiprocessing
import operator
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from process_kill import DiedError, KilledError, WorkError, map_killable, run_killable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENOUGH = 60.0
"""Seconds that only a broken program needs."""


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    """Fail a test that leaves a process behind."""
    yield
    assert multiprocessing.active_children() == []


def test_every_item_has_its_outcome() -> None:
    """More items than processes."""
    outcomes = list(map_killable(operator.neg, range(5), processes=2, deadline=ENOUGH))

    assert {each.item: each.result() for each in outcomes} == {n: -n for n in range(5)}


def test_no_items_start_no_process() -> None:
    """And there is nothing to hand over."""
    assert list(map_killable(operator.neg, [], processes=2, deadline=ENOUGH)) == []


def test_none_is_a_value() -> None:
    """It is not taken for a missing answer."""
    assert run_killable(time.sleep, 0, deadline=ENOUGH) is None


def test_a_large_value_comes_back_whole() -> None:
    """It is larger than what a pipe holds, so the process waits until it is read."""
    assert len(run_killable(bytes, 5_000_000, deadline=ENOUGH)) == 5_000_000


def test_a_late_call_is_killed_and_its_process_is_gone() -> None:
    """It adds up numbers in C, so it looks at no signal and gives nobody a turn."""
    with pytest.raises(KilledError, match=r"was killed after 0\.2 s") as caught:
        run_killable(sum, range(10**15), deadline=0.2)

    assert caught.value.pid is not None
    with pytest.raises(ProcessLookupError):  # not even a zombie
        os.kill(caught.value.pid, 0)


def test_the_others_go_on_when_one_is_killed() -> None:
    """One of two processes hangs; the other does the work."""
    outcomes = map_killable(time.sleep, [3600, 0, 0, 0], processes=2, deadline=1)

    assert [(each.item, type(each.error)) for each in outcomes] == [
        (0, type(None)),
        (0, type(None)),
        (0, type(None)),
        (3600, KilledError),
    ]


def test_a_deadline_is_kept_while_the_caller_is_busy_elsewhere() -> None:
    """Nobody asks for the second outcome, and its process is gone all the same."""
    with closing(map_killable(time.sleep, [0, 3600], processes=2, deadline=1)) as outcomes:
        assert next(outcomes).item == 0
        end = time.monotonic() + ENOUGH
        while multiprocessing.active_children():
            assert time.monotonic() < end
            time.sleep(0.01)

        assert isinstance(next(outcomes).error, KilledError)


def test_a_call_that_ended_in_time_is_not_killed_because_the_caller_is_slow() -> None:
    """When the caller comes back the deadline has passed, but the answer was there before."""
    with closing(map_killable(time.sleep, [0.3, 0.6], processes=2, deadline=1)) as outcomes:
        assert next(outcomes).error is None
        time.sleep(1.5)

        assert next(outcomes).error is None


def test_no_thread_is_left() -> None:
    """Neither after outcomes, nor when it was left early."""
    before = set(threading.enumerate())
    list(map_killable(time.sleep, [0, 3600], processes=2, deadline=0.1))
    with closing(map_killable(time.sleep, [0, 3600], processes=2, deadline=ENOUGH)) as outcomes:
        next(outcomes)

    assert set(threading.enumerate()) == before


PARENT = """
import os, time
from {module} import {name}

def hang(number):
    os.write(1, b"begun")
    time.sleep(3600)

if __name__ == "__main__":
    list({name}(hang, range(2), processes=2, deadline=3600))
"""


@pytest.mark.skipif(os.name != "posix", reason="signals are sent between processes")
@pytest.mark.parametrize("number", ["SIGTERM", "SIGKILL"])
def test_the_processes_end_when_their_parent_is_ended(tmp_path: Path, number: str) -> None:
    """They hold its output open, so reading that to its end waits for all of them."""
    program = tmp_path / "parent.py"
    program.write_text(
        PARENT.format(module=map_killable.__module__, name=map_killable.__name__), encoding="utf-8"
    )
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


def test_no_process_at_all_is_refused() -> None:
    """It would drop all items without a word."""
    with pytest.raises(ValueError, match="processes must be at least 1"):
        list(map_killable(operator.neg, [1], processes=0, deadline=ENOUGH))


def test_starting_has_a_deadline_of_its_own() -> None:
    """The process is up within a minute, and then has an hour: neither ends the other."""
    assert run_killable(operator.neg, 1, deadline=3600, start_deadline=ENOUGH) == -1
    with pytest.raises(KilledError):
        run_killable(time.sleep, 3600, deadline=0.1, start_deadline=3600)


def test_a_process_that_does_not_come_up_is_killed() -> None:
    """Here it gets no time at all to start."""
    with pytest.raises(KilledError):
        run_killable(operator.neg, 1, deadline=ENOUGH, start_deadline=0)


@pytest.mark.parametrize(("code", "how"), [(0, "exit code 0"), (7, "exit code 7")])
def test_a_process_that_exits_is_told(code: int, how: str) -> None:
    """Even one that says all is well."""
    with pytest.raises(DiedError, match=how) as caught:
        run_killable(os._exit, code, deadline=ENOUGH)

    assert caught.value.code == code


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there are no such signals here")
def test_a_process_that_dies_of_a_signal_is_told() -> None:
    """As the system does it when memory runs out."""
    with pytest.raises(DiedError, match="SIGKILL"):
        run_killable(signal.raise_signal, signal.SIGKILL, deadline=ENOUGH)


def test_an_error_comes_back_with_its_traceback() -> None:
    """As text: not every error can be pickled."""
    with pytest.raises(WorkError, match=r"ValueError: .*\n(.*\n)*Traceback"):
        run_killable(math.sqrt, -1, deadline=ENOUGH)


def test_a_value_that_cannot_be_sent_is_an_error_of_the_call() -> None:
    """Not a process that hangs or dies."""
    with pytest.raises(WorkError, match="pickle"):
        run_killable(operator.methodcaller("keys"), {}, deadline=ENOUGH)


def test_a_value_that_cannot_be_read_is_an_error_of_the_call() -> None:
    """This error pickles well, but wants two arguments when it is made anew and gets one."""
    unreadable = "__import__('urllib.error').error.ContentTooShortError('a', b'')"
    outcomes = list(map_killable(eval, [unreadable, "1 + 1"], processes=1, deadline=ENOUGH))

    assert "cannot be unpickled: TypeError" in str(outcomes[0].error)
    assert outcomes[1].result() == 2


def test_work_that_cannot_be_sent_is_an_error_at_once() -> None:
    """A lambda has no name under which a process could import it."""
    with pytest.raises((pickle.PicklingError, AttributeError)):
        run_killable(lambda number: number, 1, deadline=ENOUGH)


def test_items_are_read_only_when_there_is_a_process_for_them() -> None:
    """So the source may be endless, and never more processes run than allowed."""
    read: list[int] = []

    def endless() -> Iterator[int]:
        while True:
            assert len(multiprocessing.active_children()) < 2
            read.append(len(read))
            yield read[-1]

    with closing(map_killable(operator.neg, endless(), processes=2, deadline=ENOUGH)) as outcomes:
        for _ in range(3):
            next(outcomes)

    assert len(read) <= 3 + 2


def test_leaving_early_kills_what_runs() -> None:
    """One has answered; the other would sleep for an hour."""
    with closing(map_killable(time.sleep, [0, 3600], processes=2, deadline=ENOUGH)) as outcomes:
        assert next(outcomes).item == 0
