"""Tests of workers that tell how far they are: the rate, what is dropped, deaths, and the end."""

from __future__ import annotations

import importlib
import itertools
import multiprocessing
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from process_progress import Ended, Progress, Reporter, run_with_progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Work = Callable[[Any, Reporter], Any]

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
