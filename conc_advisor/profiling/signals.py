"""Takes signals one at a time, instead of being interrupted by them."""

import contextlib
import os
import select
import signal
import sys
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Final, Self

from conc_advisor.profiling.process import HANDLED_SIGNALS

_SI_KERNEL: Final = 0x80
"""`si_code` of a signal that the terminal sent (Linux)."""


@dataclass(frozen=True, slots=True)
class Received:
    """A signal; `from_terminal`: the whole process group has it, the target too."""

    number: int
    from_terminal: bool


class SignalInbox:
    """While it is open, the handled signals wait here until they are taken; afterwards they mean what they meant before."""

    def __enter__(self) -> Self:
        self._inbox: _Inbox = _BlockedSignals() if hasattr(signal, "sigtimedwait") else _WokenBySignals()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._inbox.close()

    def take(self, seconds: float) -> Received | None:
        """Sleep for up to `seconds` and return the signal that came, None if none did."""
        return self._inbox.take(seconds)


class _BlockedSignals:
    """Linux: blocked, and fetched with `sigtimedwait`, which also tells who sent them."""

    def __init__(self) -> None:
        self._before = signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED_SIGNALS)

    def take(self, seconds: float) -> Received | None:
        info = signal.sigtimedwait(HANDLED_SIGNALS, seconds)
        return None if info is None else Received(info.si_signo, info.si_code == _SI_KERNEL)

    def close(self) -> None:
        # What still comes for a target that has ended must not end us before the report is made.
        while signal.sigtimedwait(HANDLED_SIGNALS, 0) is not None:
            continue
        signal.pthread_sigmask(signal.SIG_SETMASK, self._before)


class _WokenBySignals:
    """Elsewhere: handlers that do nothing, and the pipe that Python writes a signal's number to."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)
        self._wakeup = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        self._handlers = {number: signal.signal(number, _ignore) for number in HANDLED_SIGNALS}

    def take(self, seconds: float) -> Received | None:
        if not select.select([self._read], [], [], max(seconds, 0.0))[0]:
            return None
        with contextlib.suppress(BlockingIOError):
            number = os.read(self._read, 1)[0]
            # Nobody tells who sent it: Ctrl-C and Ctrl-\ come from the terminal where there is one.
            return Received(number, number in {signal.SIGINT, signal.SIGQUIT} and sys.stdin.isatty())
        return None

    def close(self) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
        signal.set_wakeup_fd(self._wakeup)
        os.close(self._read)
        os.close(self._write)


_Inbox = _BlockedSignals | _WokenBySignals


def _ignore(number: int, frame: FrameType | None) -> None:
    """Let the wakeup pipe tell."""
