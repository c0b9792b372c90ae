"""The settings of `profile` once the command line, the configuration and the defaults have been put together."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conc_advisor.cli.choices import checked_choice
from conc_advisor.config import Configured
from conc_advisor.errors import UsageError
from conc_advisor.findings import Severity
from conc_advisor.profiling.target import Engine

DEFAULT_MAX_OVERHEAD: Final = "5%"
DEFAULT_STALL_MS: Final = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What counts.

    `max_overhead` is a fraction of one core, 0 to 1; `stall_seconds` how long a callback may keep a loop before it counts as a stall.
    """

    engine: Engine
    fail_on: Severity | None
    max_overhead: float
    python: Path | None
    stall_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line says of the settings, as written; None where it says nothing."""

    engine: str | None = None
    fail_on: str | None = None
    max_overhead: str | None = None
    python: Path | None = None
    stall_ms: float | None = None


def settle(asked: Asked, configured: Configured) -> Settings:
    """Return what counts: the command line before the configuration before the default.

    Raises `UsageError` for a value that means nothing.
    """
    where = f" in {configured.file}" if configured.file else ""
    fail_on = asked.fail_on or checked_choice("fail-on", configured.fail_on, tuple(Severity), where)
    return Settings(
        engine=Engine(asked.engine or checked_choice("engine", configured.engine, tuple(Engine), where) or Engine.AUTO),
        fail_on=None if fail_on is None else Severity(fail_on),
        max_overhead=_first_fraction((asked.max_overhead, "--max-overhead"), (configured.max_overhead, f"max-overhead{where}")),
        python=asked.python or configured.python,
        stall_seconds=_first_duration((asked.stall_ms, "--stall-ms"), (configured.stall_ms, f"stall-ms{where}")) / 1000,
    )


def _first_fraction(*candidates: tuple[str | None, str]) -> float:
    for text, name in candidates:
        if text is not None:
            return parse_fraction(text, name=name)
    return parse_fraction(DEFAULT_MAX_OVERHEAD, name="--max-overhead")


def parse_fraction(text: str, *, name: str) -> float:
    """Return `5%` or `0.05` as a fraction above 0 and at most 1; raises `UsageError`."""
    number, percent, rest = text.strip().partition("%")
    try:
        value = float(number) / (100 if percent else 1)
    except ValueError:
        value = math.nan
    if rest or not 0 < value <= 1:
        raise UsageError(f"{name} is a share of one core, and {text!r} is not", hint="write it like 5% or 0.05")
    return value


def _first_duration(*candidates: tuple[float | None, str]) -> float:
    for value, name in candidates:
        if value is None:
            continue
        if not 0 < value < math.inf:
            raise UsageError(f"{name} has to be a time above 0, not {value:g}", hint="write it in milliseconds, like 50")
        return value
    return DEFAULT_STALL_MS
