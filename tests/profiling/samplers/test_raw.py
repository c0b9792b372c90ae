"""The rows of the sweeps: what goes in comes out, in order, however much it is."""

from typing import Any

import pytest

from conc_advisor.profiling.samplers import raw
from conc_advisor.profiling.samplers.raw import RawRows


def _add(rows: RawRows, number: int) -> tuple[int, ...]:
    """Add a row whose columns all differ, and return it."""
    values = (number * 10, number % 7, number % 5, number % 2, number * 3, number * 4 + (1 << 40), number * 5, number % 11)
    for column, value in zip(rows.block.columns, values, strict=True):
        column.append(value)
    rows.count += 1
    rows.spill_if_full()
    return values


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 16, 61])
def test_rows_come_out_as_they_went_in(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Whether none, some or all of them were moved out of memory."""
    monkeypatch.setattr(raw, "_SPILL_ROWS", 8)
    rows = RawRows()
    expected = [_add(rows, number) for number in range(count)]
    found: list[Any] = [row for block in rows.blocks() for row in zip(*block.columns, strict=True)]
    assert found == expected
    rows.close()


def test_memory_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw, "_SPILL_ROWS", 8)
    rows = RawRows()
    for number in range(1000):
        _add(rows, number)
        assert len(rows.block) < 8
    assert rows.count == 1000
    assert max(len(block) for block in rows.blocks()) == 8
    rows.close()


def test_few_rows_need_no_file() -> None:
    rows = RawRows()
    _add(rows, 1)
    assert rows._file is None
    rows.close()
