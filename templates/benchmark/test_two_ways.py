"""Measures both ways on the same input.  What is asserted are the results, never a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from two_ways import make_input, many_at_once, one_by_one

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = [1, 10, 50]
"""From where it should not pay to where it should."""


class Benchmark(Protocol):
    """What is used here of pytest-benchmark's fixture, which has no type of its own for it."""

    group: str | None

    def pedantic(
        self,
        target: Callable[[list[int]], list[int]],
        *,
        args: list[list[int]],
        rounds: int,
        iterations: int,
        warmup_rounds: int,
    ) -> list[int]:
        """Call the target, and return what it returned."""


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("way", [one_by_one, many_at_once], ids=["before", "after"])
def test_speed(benchmark: Benchmark, way: Callable[[list[int]], list[int]], size: int) -> None:
    """Both get the same input, and have to give what the plain way gives."""
    items = make_input(size)
    benchmark.group = f"{size} items"

    results = benchmark.pedantic(way, args=[items], rounds=7, iterations=1, warmup_rounds=1)

    assert results == one_by_one(items)


@pytest.mark.parametrize("size", [0, *SIZES])
def test_both_ways_give_the_same(size: int) -> None:
    """Also for no item at all, and without a benchmark."""
    items = make_input(size)

    assert many_at_once(items) == one_by_one(items)


def test_the_first_error_is_the_same() -> None:
    """A new way must not lose the errors of the old one."""
    items: list[object] = [1, None, 2]

    for way in (one_by_one, many_at_once):
        with pytest.raises(TypeError):
            way(items)  # type: ignore[arg-type]


def test_the_input_is_the_same_each_time() -> None:
    """Else the two ways would be measured on different work."""
    assert make_input(10) == make_input(10)
