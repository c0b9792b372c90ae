"""Tests of workers that tell how far they are: the rate, what is dropped, deaths, and the end."""

from __future__ import annotations

import importlib
import itertools
import multiprocessing
import os
import signal
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from process_progress import Ended, Progress, Reporter, run_with_progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Work = Callable[[Any, Reporter], Any]

ENOUGH = 30.0
"""Seconds that only a broken program needs."""

WORK = """
import os, time

def count(total, report):
    for number in range(total):
        report(number + 1, total)
    return total

def fail(item, report):
    report(1, 2)
    raise ValueError(item)

def die(code, report):
    report(1, 2)
    os._exit(code)

def sleep(seconds, report):
    report(0, 1)
    time.sleep(seconds)

def too_much_to_tell(path, report):
    for number in range(100_000):
        report(number, -1)
    open(path, "w").close()

def unpicklable(item, report):
    return {}.keys()

class TwoArguments(Exception):
    def __init__(self, first, second):
        super().__init__(first)

def unreadable(item, report):
    return TwoArguments(1, 2) if item == 1 else item

def say_the_end_again_and_again(total, report):
    for _ in range(1000):
        report(total, total)
"""
"""A module of its own: a worker has to be able to import it, and it cannot import a test under
every configuration of pytest."""


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    """Fail a test that leaves a process behind."""
    yield
    assert multiprocessing.active_children() == []


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Work]]:
    """Return the functions by name; workers get our `sys.path`."""
    (tmp_path / "progress_work.py").write_text(WORK, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    module = importlib.import_module("progress_work")
    yield lambda name: getattr(module, name)
    del sys.modules["progress_work"]


def test_each_item_ends_with_its_value(work: Callable[[str], Work]) -> None:
    """More items than processes, and some without progress."""
    told = list(run_with_progress(work("count"), [3, 0, 5, 2], processes=2))

    values = {each.item: each.value for each in told if isinstance(each, Ended)}
    assert values == {3: 3, 0: 0, 5: 5, 2: 2}
    assert not any(each.error for each in told if isinstance(each, Ended))


def test_no_items_start_no_process(work: Callable[[str], Work]) -> None:
    """And there is nothing to tell."""
    assert list(run_with_progress(work("count"), [], processes=2)) == []


def test_progress_goes_up_and_reaches_the_end(work: Callable[[str], Work]) -> None:
    """The last report of a worker is never dropped for being too recent."""
    told = list(run_with_progress(work("count"), [1000], processes=1, every=0))
    done = [each.done for each in told if isinstance(each, Progress)]

    assert done == sorted(done)
    assert done[-1] == 1000
    assert isinstance(told[-1], Ended)


def test_the_rate_is_bounded(work: Callable[[str], Work]) -> None:
    """Of a hundred thousand reports only the first and the last one are sent."""
    told = list(run_with_progress(work("count"), [100_000], processes=1, every=3600))

    assert [each.done for each in told if isinstance(each, Progress)] == [1, 100_000]


def test_the_end_is_told_once_however_often_it_is_reported(work: Callable[[str], Work]) -> None:
    """It is no way around the bounded rate."""
    again = work("say_the_end_again_and_again")
    told = list(run_with_progress(again, [100], processes=1, every=3600))

    assert [type(each) for each in told] == [Progress, Ended]


def test_a_worker_never_waits_to_be_read(work: Callable[[str], Work], tmp_path: Path) -> None:
    """It tells more than a pipe holds and gets to its end, though nobody reads."""
    marker = tmp_path / "done"
    reports = run_with_progress(work("too_much_to_tell"), [str(marker)], processes=1, every=0)
    with closing(reports):
        assert isinstance(next(reports), Progress)
        for _ in range(3000):
            if marker.exists():
                break
            multiprocessing.Event().wait(0.01)
        assert marker.exists()
        assert isinstance(list(itertools.islice(reports, 100_000))[-1], Ended)


def test_an_error_ends_its_item_and_the_others_go_on(work: Callable[[str], Work]) -> None:
    """With its traceback as text."""
    told = [*run_with_progress(work("fail"), ["first", "second"], processes=1)]
    errors = [each.error for each in told if isinstance(each, Ended)]

    assert ["ValueError: first" in errors[0], "ValueError: second" in errors[1]] == [True, True]
    assert "Traceback" in errors[0]


@pytest.mark.parametrize("code", [0, 9])
def test_a_worker_that_dies_ends_its_item_and_the_next_one_begins(
    work: Callable[[str], Work], code: int
) -> None:
    """What it had told before is still handed on."""
    told = [*run_with_progress(work("die"), [code, code], processes=1)]

    assert [type(each) for each in told] == [Progress, Ended] * 2
    assert [each.error for each in told if isinstance(each, Ended)] == [
        f"the process died, exit code {code}"
    ] * 2


def test_a_value_that_cannot_be_sent_is_an_error_of_the_item(work: Callable[[str], Work]) -> None:
    """Not a worker that hangs or dies."""
    (ended,) = run_with_progress(work("unpicklable"), [1], processes=1)

    assert isinstance(ended, Ended)
    assert "pickle" in ended.error


def test_a_value_that_cannot_be_read_is_an_error_of_the_item(work: Callable[[str], Work]) -> None:
    """This error pickles well, but wants two arguments when it is made anew and gets one."""
    told = list(run_with_progress(work("unreadable"), [1, 2], processes=1))
    ended = [each for each in told if isinstance(each, Ended)]

    assert "cannot be unpickled: TypeError" in ended[0].error
    assert (ended[1].value, ended[1].error) == (2, "")


def test_no_process_at_all_is_refused(work: Callable[[str], Work]) -> None:
    """It would drop all items without a word."""
    with pytest.raises(ValueError, match="processes must be at least 1"):
        list(run_with_progress(work("count"), [1], processes=0))


PARENT = """
import os, time
from {module} import {name}

def hang(number, report):
    os.write(1, b"begun")
    time.sleep(3600)

if __name__ == "__main__":
    list({name}(hang, range(2), processes=2))
"""


@pytest.mark.skipif(os.name != "posix", reason="signals are sent between processes")
@pytest.mark.parametrize("number", ["SIGTERM", "SIGKILL"])
def test_the_processes_end_when_their_parent_is_ended(tmp_path: Path, number: str) -> None:
    """They hold its output open, so reading that to its end waits for all of them."""
    names = {"module": run_with_progress.__module__, "name": run_with_progress.__name__}
    program = tmp_path / "parent.py"
    program.write_text(PARENT.format(**names), encoding="utf-8")
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


def test_leaving_early_kills_what_runs(work: Callable[[str], Work]) -> None:
    """Two workers sleep for an hour."""
    with closing(run_with_progress(work("sleep"), [3600, 3600], processes=2)) as told:
        assert isinstance(next(told), Progress)


def test_items_are_read_only_when_there_is_a_process_for_them(work: Callable[[str], Work]) -> None:
    """So the source may be endless."""
    read = itertools.count()
    source = (next(read) for _ in itertools.count())
    with closing(run_with_progress(work("count"), source, processes=2)) as told:
        ended = (each for each in told if isinstance(each, Ended))
        assert len([next(ended) for _ in range(3)]) == 3

    assert next(read) <= 3 + 2
