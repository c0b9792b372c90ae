"""What a stream can show, by the conventions of the terminal world."""

import io

import pytest
from fakes import Terminal

from conc_advisor.cli import console
from conc_advisor.cli.console import look_of


def a_file(encoding: str = "utf-8") -> io.TextIOWrapper:
    """Return a stream that is no terminal."""
    return io.TextIOWrapper(io.BytesIO(), encoding=encoding)


@pytest.mark.parametrize(
    ("environ", "color"),
    [
        ({}, True),
        ({"NO_COLOR": ""}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, False),
    ],
)
def test_color_on_a_terminal(environ: dict[str, str], color: bool) -> None:  # noqa: FBT001
    """A terminal has colour unless the user does not want it."""
    assert look_of(Terminal(), environ).color is color  # type: ignore[arg-type]


@pytest.mark.parametrize(("environ", "color"), [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": ""}, False)])
def test_color_in_a_file(environ: dict[str, str], color: bool) -> None:  # noqa: FBT001
    """A file has none unless it is forced."""
    assert look_of(a_file(), environ).color is color
    assert look_of(None, environ).color is color


@pytest.mark.parametrize(
    ("encoding", "environ", "unicode"),
    [("utf-8", {}, True), ("latin-1", {}, False), ("ascii", {}, False), ("utf-8", {"TERM": "dumb"}, False)],
)
def test_characters_outside_of_ascii(encoding: str, environ: dict[str, str], unicode: bool) -> None:  # noqa: FBT001
    """They need an encoding that has them, and a terminal that is not dumb."""
    assert look_of(a_file(encoding), environ).unicode is unicode


@pytest.mark.parametrize(("columns", "width"), [("132", 132), ("", 80), ("0", 80), ("wide", 80), ("-5", 80)])
def test_width(columns: str, width: int) -> None:
    """COLUMNS counts where it is a number; otherwise, without a terminal to ask, 80."""
    assert look_of(a_file(), {"COLUMNS": columns}).width == width


def test_errors_spell_out_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    """A hostile file name in a message must not act on the terminal."""
    console.say_error("there is no file \x1b[2Jx", "check\nit")
    assert capsys.readouterr().err == "error: there is no file \\x1b[2Jx\nhint: check\\nit\n"


def test_a_closed_stderr_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """`2>&-` makes Python's sys.stderr None."""
    monkeypatch.setattr("sys.stderr", None)
    console.say_error("message", "hint")
    console.Voice().say("words")


def test_quiet_says_nothing_and_errors_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """-q silences us, not our errors."""
    console.Voice(quiet=True).say("words")
    console.say_error("message", "hint")
    assert capsys.readouterr().err == "error: message\nhint: hint\n"
