"""Starts processes, and is the only module that does.

Three kinds: the user's program, which must not notice us; recorders, which must not outlive us; and short questions to an interpreter.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from conc_advisor.errors import OutputError, TargetError

HANDLED_SIGNALS: Final = frozenset(
    {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGCHLD}
)
"""What the session waits for instead of being interrupted by it; the target starts with none of them blocked."""
_PR_SET_PDEATHSIG: Final = 1
_EXEC_FORMAT: Final = "it is not an executable program"


def start_target(command: Sequence[str], environment: Mapping[str, str], inherited: Sequence[int], stdout: Path | None) -> int:
    """Start the user's program and return its pid.

    It has our standard streams, working directory and process group, so the terminal treats it as if we were not there, and the signals'
    defaults of a program started by a shell.

    Raises `TargetError` when it cannot be started, `OutputError` when `stdout` cannot be written.
    """
    actions: list[tuple[int, ...]] = []
    file = None
    if stdout is not None:
        try:
            file = os.open(stdout, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        except OSError as error:
            raise OutputError(f"cannot write {stdout}: {error.strerror}", hint="choose another file for --target-output") from error
        actions.append((os.POSIX_SPAWN_DUP2, file, 1))
    for number in inherited:
        os.set_inheritable(number, True)  # noqa: FBT003 - the argument has no name
    try:
        return os.posix_spawnp(
            command[0],
            list(command),
            dict(environment),
            file_actions=actions,
            setsigmask=[],
            # Python ignores these two; a program started by a shell does not.
            setsigdef=[signal.SIGPIPE, signal.SIGXFSZ],
        )
    except OSError as error:
        reason = _EXEC_FORMAT if error.errno == 8 else (error.strerror or str(error))  # noqa: PLR2004 - ENOEXEC
        raise TargetError(f"{command[0]} cannot be started: {reason}", hint="check the path and that it may be executed") from error
    finally:
        if file is not None:
            os.close(file)


def start_recorder(command: Sequence[str], log: int, *, short: bool = False) -> subprocess.Popen[bytes]:
    """Start a recorder: in a session of its own, so Ctrl-C at the terminal is not for it, and killed by the kernel should we die first.

    A `short` one ends by itself at once and is spared that: that makes starting it ten times cheaper (0.1 ms against 1.3, for our page
    tables need not be copied).
    """
    return subprocess.Popen(  # noqa: S603 - our own command line
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
        preexec_fn=None if short else _recorder_setup(),  # noqa: PLW1509 - this process has one thread
    )


def ask(command: Sequence[str], *, seconds: float, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a short command to its end and return what it printed; raises `OSError` or `subprocess.TimeoutExpired`."""
    return subprocess.run(  # noqa: S603 - our own command line
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        timeout=seconds,
        check=False,
        env=environment,
        start_new_session=True,
    )


def end_recorder(process: subprocess.Popen[bytes], *, seconds: float) -> None:
    """Ask a recorder to write its file and end; kill it when it has not ended after `seconds`."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def end_by_signal(number: int) -> None:
    """End this process as the target ended, so that a shell sees the same; returns only where the signal does not kill."""
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - POSIX only

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    with contextlib.suppress(OSError, ValueError):  # SIGKILL and SIGSTOP have no disposition to change
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
    os.kill(os.getpid(), number)


def _recorder_setup() -> Callable[[], None]:
    """Return what a recorder does between fork and exec; everything it needs is looked up now, before the fork."""
    parent = os.getpid()
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

    def setup() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        if prctl is not None:
            prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(1)

    return setup
