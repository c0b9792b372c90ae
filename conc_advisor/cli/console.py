"""What the terminal at hand can show, and our own words on stderr."""

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TextIO

from conc_advisor.reports.sanitise import visible

DEFAULT_WIDTH: Final = 80
"""Columns, where there is no terminal to ask and COLUMNS is not set."""


_LONGEST_WORD: Final = 200
"""Characters of a path or a name that an error shows: enough to know it by."""
_LONGEST_MESSAGE: Final = 1000
"""Characters of an error as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a stream can show: `width` in columns, whether colours and characters outside of ASCII are welcome."""

    width: int
    color: bool
    unicode: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """How much we say on stderr beside the result: less with `-q`, more with `-v`."""

    quiet: bool = False
    verbose: bool = False

    def say(self, text: str) -> None:
        """Write one line of our own, unless quiet."""
        if not self.quiet:
            say_line(visible(text))


def look_of(stream: TextIO | None, environ: Mapping[str, str] = os.environ) -> Look:
    """Return what `stream` can show; None stands for a file.

    NO_COLOR beats FORCE_COLOR (https://no-color.org, https://force-color.org), and `TERM=dumb` means ASCII without colour.
    """
    dumb = environ.get("TERM") == "dumb"
    terminal = stream is not None and stream.isatty()
    color = (terminal or bool(environ.get("FORCE_COLOR"))) and not environ.get("NO_COLOR") and not dumb
    encoding = "utf-8" if stream is None else (stream.encoding or "ascii")
    unicode = encoding.lower().replace("-", "").startswith("utf") and not (dumb and stream is not None)
    return Look(width=_width(stream if terminal else None, environ), color=color, unicode=unicode)


def say_error(message: str, hint: str) -> None:
    """Write the two lines that every failure ends with."""
    color = sys.stderr is not None and look_of(sys.stderr).color
    red, cyan, plain = ("\x1b[1;31m", "\x1b[36m", "\x1b[0m") if color else ("", "", "")
    say_line(f"{red}error:{plain} {visible(_short(message))}")
    say_line(f"{cyan}hint:{plain} {visible(hint)}")


def _short(message: str) -> str:
    """Return a message with the names in it cut that would fill the screen."""
    cut = re.sub(rf"\S{{{_LONGEST_WORD},}}", lambda found: f"{found[0][: _LONGEST_WORD - 3]}...", message)
    return cut if len(cut) <= _LONGEST_MESSAGE else f"{cut[: _LONGEST_MESSAGE - 3]}..."


def say_line(line: str) -> None:
    """Write a line to stderr; a stderr that is closed or full does not matter: nobody listens there."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
    except OSError:
        return


def _width(terminal: TextIO | None, environ: Mapping[str, str]) -> int:
    columns = environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return int(columns)
    if terminal is None:
        return DEFAULT_WIDTH
    try:
        return os.get_terminal_size(terminal.fileno()).columns or DEFAULT_WIDTH
    except (OSError, ValueError):
        return DEFAULT_WIDTH
