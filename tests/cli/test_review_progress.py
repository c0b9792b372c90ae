"""The line that moves while much source is read."""

import io
from collections.abc import Iterator

import pytest

from conc_advisor.cli.console import Voice
from conc_advisor.cli.review_progress import ReviewProgress


class Terminal(io.StringIO):
    """Standard error as a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def clock(*seconds: float) -> Iterator[float]:
    """Yield the time at each look at the clock."""
    yield from seconds


def shown(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, *seconds: float, quiet: bool = False) -> str:
    """Return what is written while one file after the other is done, the first at the first of these times."""
    times = clock(0.0, *(each for second in seconds for each in (second, second)))
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    with ReviewProgress(Voice(quiet=quiet), now=lambda: next(times, 1e9)) as progress:
        for done, _ in enumerate(seconds, 1):
            progress("reading", done, 2000)
    return stream.getvalue()


def test_a_short_review_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would only flicker."""
    assert shown(monkeypatch, Terminal(), 0.1, 0.5) == ""


def test_a_long_one_is_written_over_and_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left of it."""
    assert shown(monkeypatch, Terminal(), 1.5) == "\r\x1b[Kreading: 1 of 2,000 files\r\x1b[K"


@pytest.mark.parametrize("quiet", [True, False])
def test_without_a_terminal_or_a_wish_to_see_it_nothing_is_written(monkeypatch: pytest.MonkeyPatch, quiet: bool) -> None:  # noqa: FBT001
    """A log gets no moving lines."""
    assert shown(monkeypatch, Terminal() if quiet else io.StringIO(), 1.5, quiet=quiet) == ""


def test_a_terminal_that_cannot_move_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """TERM=dumb."""
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("TERM", "dumb")
    times = clock(0.0)
    with ReviewProgress(Voice(), now=lambda: next(times, 9.0)) as progress:
        progress("reading", 1, 2)
    assert stream.getvalue() == ""
