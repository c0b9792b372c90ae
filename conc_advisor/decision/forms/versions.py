"""Which of several ways of writing something a Python has, and to which Pythons each applies."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from conc_advisor.decision.recommendation import Form
from conc_advisor.workload import PythonVersion

EVERY_PYTHON: Final = "every Python"
OLDEST: Final = 9
"""The minor version of the oldest Python that forms are written for."""


def form(text: str, code: str = "", applies: str = EVERY_PYTHON) -> Form:
    """Return a form; the code is cut free of the blank lines around it."""
    return Form(text=text, code=code.strip("\n"), applies=applies)


def by_version(python: PythonVersion | None, ways: Mapping[int, Form | None]) -> tuple[Form, ...]:
    """Return the way to write it on this Python; all of them, with their ranges, when the Python is any or unknown.

    `ways`: the minor version from which each is there, newest first, 0 for the oldest; None where there is none.  A Python older than
    any that forms are written for gets the oldest form, which says from when on it works.
    """
    if python is not None and python.minor is not None:
        minor = python.minor
        found = next((way for since, way in ways.items() if minor >= since), None)
        applies = f"Python {python}" if minor >= OLDEST else f"Python 3.{OLDEST} and newer; {python} is no longer supported"
        return () if found is None else (replace(found, applies=applies),)
    ends = (None, *ways)
    return tuple(replace(way, applies=_range(since, end)) for (since, way), end in zip(ways.items(), ends, strict=False) if way is not None)


def older_than(python: PythonVersion | None, minor: int) -> bool:
    """Tell whether it is known to be an older Python than that."""
    return python is not None and python.minor is not None and python.minor < minor


def surely(python: PythonVersion | None, minor: int) -> bool:
    """Tell whether it is known to be that Python or a newer one."""
    return python is not None and python.minor is not None and python.minor >= minor


def _range(since: int, end: int | None) -> str:
    if since == 0:
        return EVERY_PYTHON if end is None else _range(OLDEST, end)
    if end is None:
        return f"Python 3.{since} and newer"
    return f"Python 3.{since}" if end == since + 1 else f"Python 3.{since} to 3.{end - 1}"
