"""Rounds, rows, and rows that could not be measured."""

import json
import os
from collections.abc import Iterator

import pytest

from conc_advisor.costs.measuring import rounds
from conc_advisor.costs.measuring.rounds import OrphanedError, emit, missing, repeated, row, timed

Output = pytest.CaptureFixture[str]


def printed(capsys: Output) -> list[dict[str, object]]:
    """Return the lines that were printed."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def counting() -> Iterator[float]:
    """Yield 0, 1, 2 …."""
    value = 0.0
    while True:
        yield value
        value += 1


def test_the_first_round_is_not_counted() -> None:
    values = counting()
    assert repeated(lambda: next(values), rounds=4, seconds=60) == [1, 2, 3, 4]


def test_slow_rounds_are_made_three_times_and_no_more() -> None:
    values = counting()
    assert repeated(lambda: next(values), rounds=100, seconds=0) == [1, 2, 3]


def test_a_timed_action_runs_as_often_as_said() -> None:
    calls: list[int] = []
    assert timed(lambda: calls.append(1), 5)() > 0
    assert len(calls) == 5


def test_a_row_has_its_median_and_its_spread(capsys: Output) -> None:
    assert row("thread_seconds", lambda: [3.0, 1.0, 2.0]) == 2.0
    [line] = printed(capsys)
    assert line == {
        "kind": "measurement", "name": "thread_seconds", "method": "", "median": 2.0, "low": 1.0, "high": 3.0, "rounds": 3,
    }  # fmt: skip


@pytest.mark.parametrize("error", [ImportError("no semaphores here"), OSError(38, "Function not implemented"), RuntimeError("a\nb")])
def test_what_cannot_be_measured_says_why_on_one_line(capsys: Output, error: Exception) -> None:
    def fail() -> list[float]:
        raise error

    assert row("process_seconds", fail, method="fork") is None
    [line] = printed(capsys)
    assert line["method"] == "fork"
    assert "median" not in line
    assert str(line["why"]).startswith(f"{type(error).__name__}: ")
    assert "\n" not in str(line["why"])


def test_a_long_reason_is_cut(capsys: Output) -> None:
    def fail() -> list[float]:
        raise ValueError("x" * 10_000)

    row("thread_seconds", fail)
    assert len(str(printed(capsys)[0]["why"])) <= 200


def test_a_missing_row_needs_no_exception(capsys: Output) -> None:
    missing("interpreter_seconds", "needs Python 3.14")
    assert printed(capsys)[0]["why"] == "needs Python 3.14"


def test_when_nobody_is_left_to_listen_measuring_ends(monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    monkeypatch.setattr(rounds, "_PARENT", os.getppid() + 1)
    with pytest.raises(OrphanedError):
        emit("end")
    with pytest.raises(OrphanedError):
        row("thread_seconds", lambda: [1.0])
    assert capsys.readouterr().out == ""
