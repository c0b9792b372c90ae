"""What the user sees while much source is read: one line on stderr that is written anew."""

import os
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from conc_advisor.cli.console import Voice, look_of

_CLEAR_LINE: Final = "\r\x1b[K"
_BEGIN_SECONDS: Final = 1.0
"""A review that ends sooner shows no progress: it would only flicker."""
_EVERY_SECONDS: Final = 0.1


class ReviewProgress:
    """Shows how far a review is, at a terminal; to be left before anything else is written."""

    def __init__(self, voice: Voice, now: Callable[[], float] = time.monotonic) -> None:
        terminal = sys.stderr is not None and sys.stderr.isatty()
        self._moving = terminal and not voice.quiet and os.environ.get("TERM") != "dumb"
        self._now = now
        self._next = now() + _BEGIN_SECONDS
        self._shown = False

    def __call__(self, doing: str, done: int, of: int) -> None:
        """Show that so many files of so many are done."""
        if not self._moving or self._now() < self._next:
            return
        self._next = self._now() + _EVERY_SECONDS
        self._write(_CLEAR_LINE + f"{doing}: {done:,} of {of:,} files"[: look_of(sys.stderr).width - 1])
        self._shown = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._shown:
            self._write(_CLEAR_LINE)

    def _write(self, text: str) -> None:
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except OSError:
            self._moving = False
