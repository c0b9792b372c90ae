"""Repeats a measurement and prints what came out: the median of several rounds, the lowest and the highest."""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST_ROUNDS = 3
"""Rounds that are always made: fewer have no spread."""
_PARENT = os.getppid()


class OrphanedError(Exception):
    """Whoever asked is gone."""


def emit(kind: str, **fields: object) -> None:
    """Print one line of what was found.  Raises `OrphanedError` when nobody is left to read it."""
    if os.getppid() != _PARENT:
        raise OrphanedError
    sys.stdout.write(json.dumps({"kind": kind, **fields}) + "\n")
    sys.stdout.flush()


def repeated(once: Callable[[], float], *, rounds: int = 7, seconds: float = 0.15) -> list[float]:
    """Return what `once` measured in each of up to `rounds` rounds; no new one begins after `seconds`.  The first of all is not counted."""
    once()
    values: list[float] = []
    end = time.perf_counter() + seconds
    while len(values) < rounds and (len(values) < FIRST_ROUNDS or time.perf_counter() < end):
        values.append(once())
    return values


def timed(action: Callable[[], object], times: int = 1) -> Callable[[], float]:
    """Return a measurement: seconds of one `action`, from `times` in a row."""

    def once() -> float:
        begin = time.perf_counter()
        for _ in range(times):
            action()
        return (time.perf_counter() - begin) / times

    return once


def row(name: str, measure: Callable[[], list[float]], *, method: str = "") -> float | None:
    """Measure and print one row; return its median, None where it cannot be measured: then the row says why."""
    try:
        values = measure()
    except OrphanedError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever this interpreter or system lacks is an answer
        missing(name, words(error), method=method)
        return None
    median = statistics.median(values)
    emit("measurement", name=name, method=method, median=median, low=min(values), high=max(values), rounds=len(values))
    return median


def missing(name: str, why: str, *, method: str = "") -> None:
    """Print a row that could not be measured, and why."""
    emit("measurement", name=name, method=method, why=why)


def words(error: BaseException) -> str:
    """Return an exception as one short line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:200] if text else type(error).__name__
