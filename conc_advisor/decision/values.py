"""The answers a factor can have, and the one that a text or a number means.

What to ask a person, and in which words, is for `conc_advisor.decision.questions`.
"""

import difflib
import math
import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from typing import Final

from conc_advisor.errors import UsageError
from conc_advisor.workload import (
    AsyncLib,
    Bottleneck,
    ExistingLoop,
    Factor,
    FanOut,
    Gil,
    IoKind,
    Latency,
    OperatingSystem,
    Payload,
    PythonVersion,
    SharedState,
    TaskDuration,
    TotalWork,
    Value,
)

UNKNOWN: Final = "unknown"
"""How "nobody knows" is written."""
_UNKNOWN_WORDS: Final = frozenset({"", UNKNOWN, "not sure", "not-sure", "?"})
_TRUE: Final = frozenset({"true", "yes", "1"})
_FALSE: Final = frozenset({"false", "no", "0"})
_CHOICES: Final[Mapping[Factor, type[StrEnum]]] = {
    Factor.BOTTLENECK: Bottleneck,
    Factor.IO_KIND: IoKind,
    Factor.FAN_OUT: FanOut,
    Factor.ASYNC_LIB: AsyncLib,
    Factor.GIL: Gil,
    Factor.PAYLOAD: Payload,
    Factor.SHARED_STATE: SharedState,
    Factor.LATENCY: Latency,
    Factor.TASK_DURATION: TaskDuration,
    Factor.TOTAL_WORK: TotalWork,
    Factor.EXISTING_LOOP: ExistingLoop,
    Factor.OS: OperatingSystem,
}
_SECONDS: Final[Mapping[str, float]] = {
    "": 1.0,
    "us": 1e-6,
    "\N{MICRO SIGN}s": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "sec": 1.0,
    "second": 1.0,
    "seconds": 1.0,
    "min": 60.0,
    "m": 60.0,
    "h": 3600.0,
}
_PYTHON_HINT: Final = 'for example "3.12", "3.14t" (free-threaded) or any, in quotes: python = "3.10"'
_TOO_LARGE: Final = 10**18
"""More than anything that is counted here; Python refuses to write numbers that are far larger."""
_OLDEST_MINOR: Final = 6
"""Python 3.5 and older: no asyncio.run, no f-strings, and a 3.1 that meant 3.10."""


def written_choices(factor: Factor) -> tuple[str, ...]:
    """Return how the answers to a factor are written in files and in `--set`; versions of Python as examples."""
    if factor in _CHOICES:
        return tuple(_CHOICES[factor])
    return ("3.10", "3.12", "3.14", "3.14t", "any") if factor is Factor.PYTHON else ("true", "false")


def written(value: Value | None) -> str:
    """Return a value as `parse_answer` reads it."""
    if value is None:
        return UNKNOWN
    return str(value).lower() if isinstance(value, bool) else str(value)


def parse_answer(factor: Factor, raw: object, *, where: str = "") -> Value | None:
    """Return the value that `raw` means, None for unknown.

    `raw` is what TOML, JSON or `--set` gives: a text in any case, a number or a truth value.  `where` (" in answers.toml") ends up in the
    message of the `UsageError` for anything else.
    """
    text = _as_text(factor, raw, where)
    if text in _UNKNOWN_WORDS:
        return None
    match factor:
        case Factor.PYTHON:
            value: Value | None = _python(text)
        case Factor.FAN_OUT:
            value = _choice(FanOut, text) or _fan_out(text)
        case Factor.TASK_DURATION:
            value = _choice(TaskDuration, text) or _task_duration(text)
        case Factor.TOTAL_WORK:
            value = _choice(TotalWork, text) or _total_work(text)
        case _ if factor in _CHOICES:
            value = _choice(_CHOICES[factor], text)
        case _:
            value = True if text in _TRUE else False if text in _FALSE else None
    if value is None:
        raise UsageError(f"{factor.value}{where} cannot be {shown(raw)}", hint=_hint(factor, text))
    return value


def parse_duration(text: str) -> float | None:
    """Return the seconds that `5ms`, `2s`, `1.5` or `10 min` means, None for anything else."""
    found = re.fullmatch(r"(\d+(?:\.\d*)?(?:e[+-]?\d{1,3})?|\.\d+)\s*([a-z\N{MICRO SIGN}]*)", text.strip().lower())
    if found is None or found[2] not in _SECONDS:
        return None
    seconds = float(found[1]) * _SECONDS[found[2]]
    return seconds if math.isfinite(seconds) else None


def parse_count(text: str) -> int | None:
    """Return the whole number that `5000`, `5,000`, `5_000`, `5k`, `1e9` or `500.0` means, None for anything else.

    Never more than twenty-seven digits: nothing that is counted here has half as many.
    """
    found = re.fullmatch(r"(\d{1,18}|\d{1,3}(?:[,_' ]\d{3}){1,5})(?:\.(\d{0,18}))?(?:e\+?(\d))?\s?([km]?)", text.strip().lower(), re.ASCII)
    if found is None:
        return None
    fraction = found[2] or ""
    zeros = int(found[3] or 0) + {"": 0, "k": 3, "m": 6}[found[4]]
    whole, rest = divmod(int(re.sub(r"\D", "", found[1]) + fraction) * 10**zeros, 10 ** len(fraction))
    return None if rest else whole


def is_no_count(text: str) -> bool:
    """Tell whether a text is a number, but none to count with: negative, nothing, or with a fraction."""
    found = re.fullmatch(r"([-+]?)(\d*)(?:\.(\d*))?", text.strip(), re.ASCII)
    return found is not None and bool(found[2] or found[3]) and (found[1] == "-" or not parse_count(text))


def task_duration_of(seconds: float) -> TaskDuration:
    """Return the answer that a time per item means; nothing finite is long-lived."""
    if seconds < TaskDuration.TINY.bounds[1]:
        return TaskDuration.TINY
    choices = (TaskDuration.SHORT, TaskDuration.SECONDS)
    return next((choice for choice in choices if seconds <= choice.bounds[1]), TaskDuration.LONG)


def total_work_of(seconds: float) -> TotalWork:
    """Return the answer that a time for all of it means."""
    if seconds < 0.1:  # noqa: PLR2004  # the bound that the value is named for
        return TotalWork.INSTANT
    return TotalWork.SECONDS if seconds <= 10 else TotalWork.LONG  # noqa: PLR2004  # as above


def nearest(word: str, allowed: Iterable[str], *, cutoff: float = 0.5) -> str | None:
    """Return the allowed word most like `word`; None when none is like it."""
    found = difflib.get_close_matches(word.lower(), tuple(allowed), n=1, cutoff=cutoff)
    return found[0] if found else None


def _as_text(factor: Factor, raw: object, where: str) -> str:
    match raw:
        case None:
            return UNKNOWN
        case str():
            return " ".join(raw.split()).lower()
        case int() if abs(raw) >= _TOO_LARGE:
            return "too large"
        case bool() | int() | float():
            return str(raw).lower()
        case list() | tuple() | dict():
            kind = "a table" if isinstance(raw, dict) else "a list"
            raise UsageError(f"{factor.value}{where} is {kind}, not one answer", hint=_hint(factor, ""))
        case _:
            raise UsageError(f"{factor.value}{where} cannot be {shown(raw)}", hint=_hint(factor, ""))


def _choice(kind: type[StrEnum], text: str) -> Value | None:
    # `1 - 100 ms` is meant as 1-100ms; no value has a space of its own.
    value: Value | None = _written_values(kind).get(text.replace(" ", ""))
    return value


@cache
def _written_values(kind: type[StrEnum]) -> dict[str, Value]:
    return {str(member): member for member in kind}  # type: ignore[misc]  # every enum of _CHOICES is a Value


def _fan_out(text: str) -> FanOut | None:
    number = parse_count(text)
    if not number:
        return None
    return next((choice for choice in FanOut if number <= choice.bounds[1]), FanOut.MORE)


def _task_duration(text: str) -> TaskDuration | None:
    seconds = parse_duration(text)
    return None if seconds is None else task_duration_of(seconds)


def _total_work(text: str) -> TotalWork | None:
    seconds = parse_duration(text)
    return None if seconds is None else total_work_of(seconds)


def _python(text: str) -> PythonVersion | None:
    version = PythonVersion.parse(text)
    return None if version is None or (version.minor is not None and version.minor < _OLDEST_MINOR) else version


def _hint(factor: Factor, text: str) -> str:
    if factor is Factor.PYTHON:
        return _PYTHON_HINT
    choices = written_choices(factor)
    near = nearest(text, choices) if text else None
    extra = {Factor.FAN_OUT: "; or a number", Factor.TASK_DURATION: "; or a time such as 5ms", Factor.TOTAL_WORK: "; or a time such as 30s"}
    listed = f"one of: {', '.join(choices)}, {UNKNOWN}{extra.get(factor, '')}"
    if factor is Factor.FAN_OUT and is_no_count(text):
        return f"a number has to be whole and at least 1; {listed}"
    return f"did you mean {near}? {listed}" if near else listed


def shown(raw: object) -> str:
    """Return a value as messages show it: on one line, and as it stands in a file rather than in Python."""
    match raw:
        case bool():
            return str(raw).lower()
        case int() if abs(raw) >= _TOO_LARGE:
            return "so large a number"
        case list() | tuple():
            return "a list"
        case dict():
            return "a table"
        case None | str() | bytes() | int() | float():
            text = repr(raw)
        case _:
            # What TOML has besides: dates and times.
            text = str(raw)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004  # a line of an error message
