"""What the user sees while a program is recorded."""

import pytest
from fakes import Terminal

from conc_advisor.cli.console import Voice
from conc_advisor.cli.progress import TerminalWatcher


def take_stderr(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Put a terminal in the place of stderr; in the test itself, because pytest puts its own stream there after the fixtures."""
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    return terminal


def watch(*, voice: Voice | None = None, moving: bool = True, remaining: float | None = 6.0) -> TerminalWatcher:
    """Return a watcher that has seen four seconds of recording."""
    watcher = TerminalWatcher(voice or Voice(), moving=moving, attached=False)
    watcher.started(1)
    watcher.progress(4.0, remaining, 1234)
    return watcher


def test_the_line_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the time that is left, where that is known."""
    terminal = take_stderr(monkeypatch)
    watch()
    assert terminal.text == "\r\x1b[Krecording 4 s, 6 s left, 1,234 samples"


def test_without_an_end_there_is_no_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """The length of a program's run is not guessed."""
    terminal = take_stderr(monkeypatch)
    watch(remaining=None)
    assert terminal.text == "\r\x1b[Krecording 4 s, 1,234 samples"


def test_the_line_is_gone_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """And once only."""
    terminal = take_stderr(monkeypatch)
    watcher = watch()
    watcher.clear()
    watcher.clear()
    assert terminal.text.count("\r\x1b[K") == 2
    assert terminal.text.endswith("\r\x1b[K")


def test_a_note_takes_a_line_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The progress makes room for it, and control characters in it are spelled out."""
    terminal = take_stderr(monkeypatch)
    watch().note("odd \x1b[2J")
    assert terminal.text.endswith("\r\x1b[Knote: odd \\x1b[2J\n")


def test_a_narrow_terminal_is_not_overflowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that wraps could not be cleared again."""
    terminal = take_stderr(monkeypatch)
    monkeypatch.setenv("COLUMNS", "20")
    watch()
    assert terminal.text == "\r\x1b[Krecording 4 s, 6 s "


@pytest.mark.parametrize("voice", [Voice(quiet=True), Voice()])
@pytest.mark.parametrize("term", ["dumb", "xterm"])
def test_no_moving_line_where_it_is_not_welcome(monkeypatch: pytest.MonkeyPatch, voice: Voice, term: str) -> None:
    """Quiet, a dumb terminal, or a target that talks to the same terminal."""
    terminal = take_stderr(monkeypatch)
    monkeypatch.setenv("TERM", term)
    watch(voice=voice, moving=term == "dumb")
    assert terminal.text == ""


def test_no_moving_line_in_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    """A log full of carriage returns helps nobody."""
    watch()
    assert capsys.readouterr().err == ""


def test_a_short_run_does_not_flicker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is shown in the first second."""
    terminal = take_stderr(monkeypatch)
    TerminalWatcher(Voice(), moving=True, attached=False).progress(0.5, None, 10)
    assert terminal.text == ""


def test_attaching_says_what_ctrl_c_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not obvious that the process goes on."""
    terminal = take_stderr(monkeypatch)
    TerminalWatcher(Voice(), moving=True, attached=True).started(12)
    assert terminal.text == "recording process 12; Ctrl-C ends the recording, not the process\n"
