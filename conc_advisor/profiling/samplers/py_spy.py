"""Runs py-spy: recorders that attach to a process and write its stacks, and single dumps.

py-spy always runs with `--nonblocking` here: it never stops the target.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from conc_advisor.errors import ProfilerError
from conc_advisor.profiling.process import ask, end_recorder, start_recorder

OLDEST: Final = (0, 4, 0)
"""The first py-spy that reads CPython 3.13."""
_READY: Final = b"Sampling process"
_RESULT: Final = re.compile(rb"Samples: (\d+) Errors: (\d+)")
_START_SECONDS: Final = 0.001
"""From the exec of py-spy to the zero of its trace; it makes the trace first and attaches then.

Measured on Debian 12 against a program that changes its stack at known times.
"""
_ENDING_SECONDS: Final = 20.0
_SEGMENT_SECONDS: Final = 60.0
_HASTY_SECONDS: Final = 0.5
_LAZY_SECONDS: Final = 3.0
"""How long a segment lasts at least before another that looks less often, or more often, replaces it: attaching costs 20 ms."""
_TOO_OFTEN: Final = 1.5
_FAR_TOO_OFTEN: Final = 3.0


def find_py_spy() -> tuple[Path, str]:
    """Return py-spy and its version, the one beside our interpreter first; raises `ProfilerError` when it is missing or too old."""
    beside = [Path(sysconfig.get_path("scripts")), Path(sys.executable).parent]
    found = next((place / "py-spy" for place in beside if os.access(place / "py-spy", os.X_OK)), None) or shutil.which("py-spy")
    if found is None:
        raise ProfilerError(
            "py-spy is not installed beside conc-advisor",
            hint=f"install it: {sys.executable} -m pip install py-spy (or use --engine pyinstrument)",
        )
    version = py_spy_version(Path(found))
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:3])
    if numbers < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise ProfilerError(
            f"py-spy {version or 'of an unknown version'} is too old; {oldest} or newer is needed",
            hint=f"update it: {sys.executable} -m pip install --upgrade py-spy",
        )
    return Path(found), version


def py_spy_version(path: Path) -> str:
    """Return the version that a py-spy says it has, "" when it does not run."""
    try:
        answer = ask([str(path), "--version"], seconds=10)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    match = re.search(r"\d+\.\d+\.\d+", answer.stdout)
    return match[0] if match else ""


@dataclass(slots=True, kw_only=True)
class StackSegment:
    """One run of a recorder: a trace file whose zero lies at `began` (monotonic clock, seconds), sampled `rate` times a second."""

    trace: Path
    log: Path
    rate: float
    process: subprocess.Popen[bytes]
    began: float
    ready_at: float | None = None
    cpu_at_ready: float = 0.0
    ended: bool = False
    stopped_at: float | None = None

    def poll(self) -> None:
        """Look whether it samples by now, or has ended."""
        if self.ready_at is None and _READY in self.log.read_bytes():
            self.ready_at = time.monotonic()
            self.cpu_at_ready = _cpu_seconds(self.process.pid)
        if not self.ended and self.process.poll() is not None:
            self.ended = True

    def counts(self) -> tuple[int, int]:
        """Return the samples it took and how many of its attempts failed, (0, 0) while it runs."""
        match = _RESULT.search(self.log.read_bytes())
        return (int(match[1]), int(match[2])) if match else (0, 0)

    def stop(self) -> None:
        """Ask it to write its trace; does not wait for that."""
        if not self.ended and self.stopped_at is None:
            self.stopped_at = time.monotonic()
            self.process.send_signal(2)

    def finish(self) -> None:
        """Wait until its trace is written."""
        end_recorder(self.process, seconds=_ENDING_SECONDS)
        self.ended = True


@dataclass(slots=True, kw_only=True)
class StackRecorder:
    """Records the stacks of one process, in segments: each bounds what py-spy keeps in memory, and allows another rate.

    With `holder_only`, the stack of the thread that holds the GIL and no other: cheap, whatever the number of threads.  With `counts_only`,
    how often each was seen and not when (py-spy's `raw` format).
    """

    py_spy: Path
    pid: int
    folder: Path
    holder_only: bool = False
    counts_only: bool = False
    segments: list[StackSegment] = field(default_factory=list)
    stopped_at: float | None = None

    def start(self, rate: float) -> StackSegment:
        """Begin a segment; `poll` stops the one before it once this one is ready."""
        number = len(self.segments)
        trace = self.folder / f"{self.pid}-{'holder' if self.holder_only else 'all'}-{number}-{time.monotonic_ns()}.json"
        log = trace.with_suffix(".log")
        which = "--gil" if self.holder_only else "--idle"
        command = [
            *(str(self.py_spy), "record", "--pid", str(self.pid), "--rate", str(max(1, round(rate)))),
            *(
                "--format",
                "raw" if self.counts_only else "chrometrace",
                "--threads",
                which,
                "--nonblocking",
                "--full-filenames",
                "--output",
                str(trace),
            ),
        ]
        with log.open("wb") as output:
            process = start_recorder(command, output.fileno())
        segment = StackSegment(trace=trace, log=log, rate=max(1, round(rate)), process=process, began=time.monotonic() + _START_SECONDS)
        self.segments.append(segment)
        return segment

    def poll(self) -> None:
        """Follow the recorders; when a new one samples, the one before it is stopped."""
        for segment in self.segments[-2:]:
            segment.poll()
        if len(self.segments) > 1 and self.segments[-1].ready_at is not None:
            self.segments[-2].stop()

    def follow_rate(self, wanted: float, now: float) -> None:
        """Begin a new segment when the one that runs is long enough, or its rate (looks a second) is far from what is wanted now.

        A rate that costs several times what is allowed is left at once, another only after the segment has settled.
        """
        segment = self.current
        if segment.ready_at is None or segment.ended:
            return
        age, rate, wanted = now - segment.ready_at, segment.rate, max(1, round(wanted))
        if rate > wanted * _FAR_TOO_OFTEN:
            segment.stop()
            self.start(wanted)
        elif age > _SEGMENT_SECONDS or (age > _HASTY_SECONDS and rate > wanted * _TOO_OFTEN) or (age > _LAZY_SECONDS and rate < wanted / 2):
            self.start(wanted)

    @property
    def current(self) -> StackSegment:
        """The newest segment."""
        return self.segments[-1]

    def failure(self) -> str | None:
        """Return what the newest recorder said when it ended before it took a sample, else None."""
        segment = self.current
        if segment.ended and segment.ready_at is None and _READY not in segment.log.read_bytes():
            return segment.log.read_text(errors="replace")
        return None

    def looks(self) -> float:
        """Return how often the stacks were looked at, as far as the rates and times of the segments tell."""
        total = 0.0
        for segment, following in zip(self.segments, [*self.segments[1:], None], strict=True):
            if segment.ready_at is not None:
                until = (following.ready_at if following else None) or self.stopped_at or segment.ready_at
                total += segment.rate * max(until - segment.ready_at, 0.0)
        return total

    def finish(self) -> None:
        """Stop all recorders and wait for what they write."""
        self.stopped_at = self.stopped_at or time.monotonic()
        for segment in self.segments:
            segment.stop()
        for segment in self.segments:
            segment.finish()

    def cpu_seconds(self) -> float:
        """Return the CPU time of the recorder that runs now."""
        return _cpu_seconds(self.current.process.pid) if not self.current.ended else 0.0

    def sampling_cpu_seconds(self) -> float:
        """Return the CPU time of the recorder that runs now, without what it took to attach."""
        return max(self.cpu_seconds() - self.current.cpu_at_ready, 0.0)


class DumpLocal(msgspec.Struct):
    """A local variable in a dump; `repr` of an object that py-spy does not know is `<Type at 0xaddress>`."""

    name: str
    addr: int
    repr: str | None = None


class DumpFrame(msgspec.Struct):
    """A frame in a dump."""

    name: str
    filename: str
    line: int
    locals: list[DumpLocal] | None = None


class DumpThread(msgspec.Struct):
    """A thread in a dump: frames from the leaf to the root; `os_thread_id` is None before Python 3.11."""

    thread_id: int
    frames: list[DumpFrame]
    thread_name: str | None = None
    os_thread_id: int | None = None


class StackDump:
    """A single dump of all threads with their locals, taken beside the recording: begun here, read when it is there."""

    def __init__(self, py_spy: Path, pid: int, file: Path) -> None:
        self._file = file
        self._began = time.monotonic()
        command = [str(py_spy), "dump", "--pid", str(pid), "--locals", "--json", "--nonblocking"]
        with file.open("wb") as output:
            self._process = start_recorder(command, output.fileno(), short=True)

    def ready(self) -> bool:
        """Return whether it has ended; one that takes too long is ended."""
        if self._process.poll() is None and time.monotonic() - self._began > _ENDING_SECONDS:
            self._process.kill()
            self._process.wait()
        return self._process.returncode is not None

    def threads(self) -> list[DumpThread]:
        """Return the threads, none when the dump failed."""
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=list[DumpThread])
        except (OSError, msgspec.MsgspecError):
            return []

    def close(self) -> None:
        """End it if it still runs."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()


def _cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process's threads so far."""
    total = 0
    try:
        for task in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - procfs
            with open(f"/proc/{pid}/task/{task}/schedstat", "rb") as file:  # noqa: PTH123 - procfs
                total += int(file.read().split()[0])
    except (OSError, IndexError, ValueError):
        return total / 1e9
    return total / 1e9
