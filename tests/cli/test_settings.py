"""Command line before configuration before default."""

from pathlib import Path

import pytest

from conc_advisor.cli.settings import Asked, settle
from conc_advisor.config import Configured
from conc_advisor.errors import UsageError
from conc_advisor.findings import Severity
from conc_advisor.profiling.target import Engine

FILE = Path("/project/pyproject.toml")
CONFIGURED = Configured(file=FILE, engine="py-spy", fail_on="error", max_overhead="2%", python=Path("/p"), stall_ms=20.0)


def test_defaults() -> None:
    """Those of the help text."""
    settings = settle(Asked(), Configured())
    assert (settings.engine, settings.fail_on, settings.python) == (Engine.AUTO, None, None)
    assert settings.max_overhead == pytest.approx(0.05)
    assert settings.stall_seconds == pytest.approx(0.05)


def test_the_configuration_replaces_the_defaults() -> None:
    """Each of them."""
    settings = settle(Asked(), CONFIGURED)
    assert (settings.engine, settings.fail_on, settings.python) == (Engine.PY_SPY, Severity.ERROR, Path("/p"))
    assert settings.max_overhead == pytest.approx(0.02)
    assert settings.stall_seconds == pytest.approx(0.02)


def test_the_command_line_beats_the_configuration() -> None:
    """Each setting by itself."""
    settings = settle(Asked(engine="pyinstrument", fail_on="info", max_overhead="0.1", python=Path("/q"), stall_ms=5), CONFIGURED)
    assert (settings.engine, settings.fail_on, settings.python) == (Engine.PYINSTRUMENT, Severity.INFO, Path("/q"))
    assert settings.max_overhead == pytest.approx(0.1)
    assert settings.stall_seconds == pytest.approx(0.005)


@pytest.mark.parametrize("text", ["5", "5%%", "0", "0%", "-1%", "nan", "inf", "101%", "", "%", "five"])
def test_an_overhead_that_is_no_share_is_refused(text: str) -> None:
    """5 could mean 5% or 500%: ask, do not guess."""
    with pytest.raises(UsageError, match="--max-overhead is a share") as error:
        settle(Asked(max_overhead=text), Configured())
    assert "5%" in error.value.hint


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_a_stall_needs_a_length(value: float) -> None:
    """Zero would make every callback a stall."""
    with pytest.raises(UsageError, match="--stall-ms"):
        settle(Asked(stall_ms=value), Configured())


@pytest.mark.parametrize(
    ("configured", "words"),
    [
        (Configured(file=FILE, engine="pyspy"), "did you mean py-spy?"),
        (Configured(file=FILE, engine="xyz"), "one of: auto, py-spy, pyinstrument"),
        (Configured(file=FILE, fail_on="errors"), "did you mean error?"),
        (Configured(file=FILE, max_overhead="lots"), "5%"),
        (Configured(file=FILE, stall_ms=-1.0), "milliseconds"),
    ],
)
def test_a_configured_value_that_means_nothing_is_traced_to_its_file(configured: Configured, words: str) -> None:
    """The user has to know where to look."""
    with pytest.raises(UsageError, match=r"/project/pyproject\.toml") as error:
        settle(Asked(), configured)
    assert words in error.value.hint
