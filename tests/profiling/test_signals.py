"""Signals taken one at a time, in both ways of doing it: where the system can wait for them, and where it cannot."""

import os
import signal
import sys
import time
from collections.abc import Iterator

import pytest
from live_targets import PATIENCE

from conc_advisor.profiling.process import HANDLED_SIGNALS
from conc_advisor.profiling.signals import SignalInbox

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")


@pytest.fixture(params=["waits for signals", "is woken by signals"])
def inbox(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[SignalInbox]:
    """Return an open inbox; the second kind is that of systems without `sigtimedwait`."""
    if request.param == "is woken by signals":
        monkeypatch.delattr(signal, "sigtimedwait", raising=False)
    elif not hasattr(signal, "sigtimedwait"):
        pytest.skip("no sigtimedwait here")
    with SignalInbox() as made:
        yield made


@pytest.mark.parametrize("number", sorted(HANDLED_SIGNALS - {signal.SIGCHLD}))
def test_a_signal_waits_to_be_taken(inbox: SignalInbox, number: signal.Signals) -> None:
    """It interrupts nothing, and is not from the terminal: we sent it."""
    os.kill(os.getpid(), number)
    received = inbox.take(PATIENCE)
    assert received is not None
    assert received.number == number
    assert inbox.take(0) is None
    if number not in {signal.SIGINT, signal.SIGQUIT}:
        assert not received.from_terminal


def test_several_signals_are_taken_one_by_one(inbox: SignalInbox) -> None:
    for number in (signal.SIGUSR1, signal.SIGUSR2):
        os.kill(os.getpid(), number)
    taken = {received.number for received in (inbox.take(PATIENCE), inbox.take(PATIENCE)) if received}
    assert taken == {signal.SIGUSR1, signal.SIGUSR2}


def test_a_childs_end_is_a_signal(inbox: SignalInbox) -> None:
    pid = os.posix_spawnp("true", ["true"], os.environ)
    received = inbox.take(PATIENCE)
    assert received is not None
    assert received.number == signal.SIGCHLD
    os.waitpid(pid, 0)


def test_where_nothing_comes_the_time_is_slept(inbox: SignalInbox) -> None:
    began = time.monotonic()
    assert inbox.take(0.05) is None
    assert time.monotonic() - began >= 0.045


@pytest.mark.parametrize("seconds", [0.0, 0])
def test_no_time_is_no_sleep(inbox: SignalInbox, seconds: float) -> None:
    assert inbox.take(seconds) is None


@pytest.mark.parametrize("way", ["waits", "is woken"])
def test_afterwards_signals_mean_what_they_meant(monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """Handlers, the mask and the wake-up descriptor; also where an error ended it."""
    if way == "is woken":
        monkeypatch.delattr(signal, "sigtimedwait", raising=False)
    before = _meaning()
    with pytest.raises(RuntimeError, match="of the session"), SignalInbox():
        raise RuntimeError("of the session")
    assert _meaning() == before


def _meaning() -> tuple[object, ...]:
    handlers = [signal.getsignal(number) for number in sorted(HANDLED_SIGNALS)]
    wakeup = signal.set_wakeup_fd(-1)
    signal.set_wakeup_fd(wakeup)
    return (*handlers, wakeup, signal.pthread_sigmask(signal.SIG_BLOCK, ()), frozenset(os.listdir("/proc/self/fd")))  # noqa: PTH208 - procfs
