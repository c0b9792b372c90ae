"""Tests of the pool of sub-interpreters, on Pythons that have them and on those that do not.

The functions that run in it are those of the standard library: a worker has to be able to import
them, and it cannot import a test under every configuration of pytest.
"""

from __future__ import annotations

import itertools
import math
import multiprocessing
import operator
import os
import sys
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from interpreter_pool import InterpretersError, map_in_pool, open_pool, why_not_interpreters

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

newer = pytest.mark.skipif(sys.version_info < (3, 14), reason="needs sub-interpreters")
older = pytest.mark.skipif(sys.version_info >= (3, 14), reason="there are sub-interpreters")


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """Fail a test that leaves a thread or a process behind."""
    before = threading.active_count()
    yield
    assert multiprocessing.active_children() == []
    assert threading.active_count() == before


@older
def test_an_older_python_is_told_why_and_what_to_do() -> None:
    """The error names the version and the way out."""
    with pytest.raises(InterpretersError, match=r"need Python 3\.14 .*fall_back_to_processes"):
        open_pool(2)


@older
def test_an_older_python_falls_back_to_processes() -> None:
    """If that was asked for."""
    with open_pool(1, fall_back_to_processes=True) as pool:
        assert pool.submit(os.getpid).result(30) != os.getpid()


@newer
def test_the_work_runs_in_this_process_but_in_another_interpreter() -> None:
    """It has this process's number, and modules of its own."""
    with open_pool(1, modules=["json"]) as pool:
        assert pool.submit(os.getpid).result(30) == os.getpid()
        there = pool.submit(eval, "id(__import__('sys').modules)").result(30)
    assert there != id(sys.modules)


@newer
def test_a_module_that_cannot_be_imported_there_is_found_before() -> None:
    """One that does not exist stands for one that refuses."""
    assert "no_such_module cannot be imported" in why_not_interpreters(["json", "no_such_module"])
    with pytest.raises(InterpretersError, match="no_such_module"):
        open_pool(2, modules=["no_such_module"])


@newer
def test_modules_of_the_standard_library_are_fine() -> None:
    """A few with C code."""
    assert why_not_interpreters(["json", "math", "zlib", "hashlib", "struct", "random"]) == ""


@pytest.mark.parametrize("count", [0, 1, 300])
def test_results_come_in_the_order_of_the_items(count: int) -> None:
    """Also none, and one."""
    with open_pool(2, fall_back_to_processes=True) as pool:
        assert list(map_in_pool(pool, operator.neg, range(count), ahead=8)) == [
            -number for number in range(count)
        ]


@pytest.mark.parametrize("ahead", [1, 5])
def test_no_more_items_are_held_than_allowed(ahead: int) -> None:
    """The source may be endless, so leaving early has to be possible."""
    read = itertools.count()
    source = (next(read) for _ in itertools.count())
    with (
        open_pool(2, fall_back_to_processes=True) as pool,
        closing(map_in_pool(pool, operator.neg, source, ahead=ahead)) as results,
    ):
        assert list(itertools.islice(results, 20)) == [-number for number in range(20)]

    assert next(read) == 20 + ahead - 1


def test_leaving_early_cancels_what_has_not_begun(tmp_path: Path) -> None:
    """The only worker sleeps meanwhile; a few items may be on their way to it already."""
    touch = f"__import__('pathlib').Path({str(tmp_path)!r}, '{{}}').touch()"
    items = ["0", "__import__('time').sleep(0.5)", *(touch.format(n) for n in range(18))]
    with (
        open_pool(1, fall_back_to_processes=True) as pool,
        closing(map_in_pool(pool, eval, items, ahead=20)) as results,
    ):
        assert next(results) == 0

    assert len(list(tmp_path.iterdir())) < 9


def test_the_first_error_is_raised_as_what_it_is() -> None:
    """What comes after it is cancelled."""
    with open_pool(1, fall_back_to_processes=True) as pool:
        results = map_in_pool(pool, math.sqrt, [4, -1, 9], ahead=3)
        assert next(results) == 2
        with pytest.raises(ValueError, match=r"."):
            next(results)
        assert list(results) == []
