"""Runs the measuring program under an interpreter and reads what it prints; the only module of `costs` that starts a process."""

import contextlib
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Final

import msgspec

from conc_advisor.costs.calibration import Calibration, Cores, Measured, Measurement, SpeedUp, Without
from conc_advisor.costs.store import machine_name
from conc_advisor.errors import TargetError

PROGRAM: Final = Path(__file__).with_name("measuring")
MOST_SECONDS: Final = 120.0
"""Ten times what it takes on a busy machine."""
FIRST_SECONDS: Final = 30.0
"""An interpreter that has not begun by then never will: starting takes less than a second."""
_START: Final = (
    "import sys; sys.version_info >= (3, 9) or sys.exit('it is Python ' + sys.version.split()[0] + ', and 3.9 is needed'); "
    "sys.path.append({folder!r}); from measuring.program import main; main()"
)
_ENDING_SECONDS: Final = 2.0
_HINT: Final = "conc-advisor calibrate --python PATH measures another one"


class _Rows:
    """What has been printed so far."""

    def __init__(self) -> None:
        self.measured: Measured | None = None
        self.cores: Cores | None = None
        self.measurements: list[Measurement] = []
        self.speed_ups: list[SpeedUp] = []
        self.without: list[Without] = []
        self.others_busy: float | None = None
        self.complete = False

    def add(self, line: bytes) -> None:
        """Take one line in; a line that is not ours is passed over, as anything may print in the user's interpreter."""
        with contextlib.suppress(msgspec.MsgspecError):
            fields = msgspec.json.decode(line, type=dict[str, object])
            match fields.pop("kind", None):
                case "interpreter":
                    self.measured = msgspec.convert(fields, Measured)
                case "cores":
                    self.cores = msgspec.convert(fields, Cores)
                case "measurement":
                    self.measurements.append(msgspec.convert(fields, Measurement))
                case "speed-up":
                    self.speed_ups.append(msgspec.convert(fields, SpeedUp))
                case "without":
                    self.without.append(msgspec.convert(fields, Without))
                case "end":
                    self.others_busy = msgspec.convert(fields["others_busy"], float | None)
                    self.complete = True


def calibrate(
    interpreter: Path,
    *,
    now: Callable[[], datetime] = datetime.now,
    most_seconds: float = MOST_SECONDS,
    first_seconds: float = FIRST_SECONDS,
) -> Calibration:
    """Measure under `interpreter` and return what came out.

    Takes about ten seconds.  Whatever happens, no process of it is left when this ends.  Raises `TargetError` when the interpreter
    cannot be started, is no CPython of 3.9 or newer, fails, has said nothing after `first_seconds` or is not done after `most_seconds`.
    """
    begin = time.perf_counter()
    # The program runs in a folder of its own, where a relative path would lead elsewhere; a virtual environment's link must stay one.
    interpreter = Path(os.path.abspath(interpreter))  # noqa: PTH100  # resolve() would follow it
    rows = _Rows()
    with tempfile.TemporaryDirectory(prefix="ca-", ignore_cleanup_errors=True) as folder, tempfile.TemporaryFile() as log:
        begin_by = begin + first_seconds
        status = _run(interpreter, Path(folder), log, rows.add, lambda: begin + most_seconds if rows.measured else begin_by)
        if status is None and rows.measured is None:
            raise TargetError(f"{interpreter} has not answered as a Python does within {first_seconds:.0f} seconds", hint=_HINT)
        if status is None:
            raise TargetError(f"{interpreter} was not done with measuring after {most_seconds:.0f} seconds", hint=_HINT)
        if not rows.complete or rows.measured is None or rows.cores is None:
            raise TargetError(_failure(interpreter, status, log), hint=_HINT)
    return Calibration(
        interpreter=str(interpreter),
        measured=rows.measured,
        machine=machine_name(),
        measured_at=now().isoformat(timespec="seconds"),
        seconds=time.perf_counter() - begin,
        cores=rows.cores,
        measurements=tuple(rows.measurements),
        speed_ups=tuple(rows.speed_ups),
        without=tuple(rows.without),
        others_busy=rows.others_busy,
    )


def _run(interpreter: Path, folder: Path, log: IO[bytes], take: Callable[[bytes], None], deadline: Callable[[], float]) -> int | None:
    """Run the program, handing on each line; return its exit status, None where it had to be stopped.

    `deadline` is when to stop it, by the clock of `time.perf_counter`; it may change with what has been handed on.
    """
    with _started(interpreter, folder, log) as process:
        lines: queue.Queue[bytes | None] = queue.Queue()  # noqa: CA402  # a few hundred short lines in all
        # What has left the session, and so outlives it, may hold the pipe open for ever: only a thread of its own may wait for that.
        threading.Thread(target=_read, args=(process, lines), daemon=True).start()
        with contextlib.suppress(queue.Empty, subprocess.TimeoutExpired):
            while (line := lines.get(timeout=max(deadline() - time.perf_counter(), 0.0))) is not None:
                take(line)
            return process.wait(max(deadline() - time.perf_counter(), _ENDING_SECONDS))
        return None


def _read(process: subprocess.Popen[bytes], lines: "queue.Queue[bytes | None]") -> None:
    """Hand on each line that is printed, and None at the end."""
    assert process.stdout is not None  # noqa: S101  # asked for when it was started
    with contextlib.suppress(OSError, ValueError):
        # Closed under our hands, where it was given up.
        for line in process.stdout:
            lines.put(line)
    lines.put(None)


@contextlib.contextmanager
def _started(interpreter: Path, folder: Path, log: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Start the program in a session of its own and end all of that session when the block ends, however it ends."""
    start = _START.format(folder=str(PROGRAM.parent))
    # -I: neither PYTHON… variables nor the working directory count; -W: what a version has to say against fork is known.
    command = [str(interpreter), "-I", "-W", "ignore", "-c", start]
    environment = os.environ | {name: str(folder) for name in ("TMPDIR", "TEMP", "TMP")}
    try:
        process = subprocess.Popen(  # noqa: S603  # the interpreter that the user named
            command,
            bufsize=0,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        raise TargetError(f"{interpreter} cannot be started: {error.strerror or error}", hint=_HINT) from error
    with process:
        try:
            yield process
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End what is left of the program's session: first so that multiprocessing's own tracker can remove what it made, then by force."""
    try:
        _signal(process, signal.SIGTERM)
        _wait_until_gone(process)
    finally:
        if _alive(process):
            _signal(process, signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
            _wait_until_gone(process)


def _wait_until_gone(process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _ENDING_SECONDS
    while _alive(process) and time.monotonic() < deadline:
        time.sleep(0.02)


def _alive(process: subprocess.Popen[bytes]) -> bool:
    process.poll()
    return _signal(process, 0) and not _only_zombies(process.pid)


def _only_zombies(group: int) -> bool:
    """Return whether all of a process group has ended and only waits to be reaped, which some containers' first process is slow to do."""
    states = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name before the bracket may hold anything: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
            state, _parent, its_group = entry.read_text(errors="replace").rpartition(")")[2].split()[:3]
            if int(its_group) == group:
                states.append(state)
    return bool(states) and set(states) == {"Z"}


def _signal(process: subprocess.Popen[bytes], number: int) -> bool:
    """Send a signal to all of the session, where there are such; return whether anyone was there."""
    if sys.platform == "win32":
        if process.poll() is None and number:
            process.terminate()
        return process.poll() is None
    try:
        os.killpg(process.pid, number)
    except OSError:
        return False
    return True


def _failure(interpreter: Path, status: int, log: IO[bytes]) -> str:
    log.seek(0)
    lines = [line.strip() for line in log.read().decode("utf-8", "replace").splitlines() if line.strip()]
    last = f": {lines[-1][:200]}" if lines else ""
    return f"{interpreter} could not run the measuring program (exit status {status}){last}"
