"""What the user sees while a program is recorded: one line on stderr that is written anew, and a few words."""

import os
import sys
from typing import Final

from conc_advisor.cli.console import Voice, look_of

_CLEAR_LINE: Final = "\r\x1b[K"
_BEGIN_SECONDS: Final = 1.0
"""A run that ends sooner shows no progress: it would only flicker."""


class TerminalWatcher:
    """Shows the progress of a recording; written to by the session, which is single-threaded.

    `moving` says whether the line may be written over and over.  It may not where the target talks to the same terminal: clearing the
    line would clear the target's own prompt.
    """

    def __init__(self, voice: Voice, *, moving: bool, attached: bool) -> None:
        terminal = sys.stderr is not None and sys.stderr.isatty()
        self._voice = voice
        self._look = look_of(sys.stderr)
        self._attached = attached
        self._moving = moving and terminal and not voice.quiet and os.environ.get("TERM") != "dumb"
        self._shown = False

    def started(self, pid: int) -> None:
        """Say what to expect."""
        if self._attached:
            self._voice.say(f"recording process {pid}; Ctrl-C ends the recording, not the process")
        elif self._voice.verbose:
            self._voice.say(f"recording process {pid}")

    def progress(self, elapsed: float, remaining: float | None, samples: int) -> None:
        """Show how far the recording is; `elapsed` and `remaining` in seconds."""
        if not self._moving or elapsed < _BEGIN_SECONDS:
            return
        left = "" if remaining is None else f", {remaining:.0f} s left"
        text = f"recording {elapsed:.0f} s{left}, {samples:,} samples"
        self._write(_CLEAR_LINE + text[: self._look.width - 1])
        self._shown = True

    def interrupted(self) -> None:
        """Say that Ctrl-C has arrived where it belongs."""
        self.clear()
        self._voice.say("Ctrl-C was passed on to the program; the report follows when it has ended")

    def note(self, text: str) -> None:
        """Say something the user should know."""
        self.clear()
        self._voice.say(f"note: {text}")

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            self._write(_CLEAR_LINE)
            self._shown = False

    def _write(self, text: str) -> None:
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except OSError:
            self._moving = False
