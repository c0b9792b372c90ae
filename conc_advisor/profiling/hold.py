"""Holds a target at its first line until the recorder is ready, then lets go: the parent's side of `probe/hold/sitecustomize.py`."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conc_advisor.profiling.samplers.layout import PROBE

HOLD_FOLDER: Final = PROBE / "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldPipes:
    """The two ends of the target's, which it inherits, and our two ends."""

    announce_read: int
    announce_write: int
    release_read: int
    release_write: int

    @classmethod
    def open(cls) -> "HoldPipes":
        """Return two new pipes."""
        announce_read, announce_write = os.pipe()
        release_read, release_write = os.pipe()
        return cls(announce_read=announce_read, announce_write=announce_write, release_read=release_read, release_write=release_write)

    def close_targets_ends(self) -> None:
        """Close, in this process, what only the target uses."""
        os.close(self.announce_write)
        os.close(self.release_read)


def hold_environment(hold_folder: Path, pipes: HoldPipes, session_file: Path | None) -> dict[str, str]:
    """Return our environment with what makes a Python hold at its first line (see `probe/hold/sitecustomize.py`)."""
    environment = dict(os.environ)
    before = environment.get("PYTHONPATH")
    how = "unset" if before is None else "set" if before else "empty"
    environment["PYTHONPATH"] = f"{hold_folder}{os.pathsep}{before}" if before else str(hold_folder)
    ends = (f"{end}:{_inode(end)}" for end in (pipes.announce_write, pipes.release_read))
    environment["CONC_ADVISOR_HOLD"] = ",".join((how, *ends))
    if "LC_CTYPE" in environment:
        # Python sets it for itself where the locale is C; the target decides that for itself too.
        given = _given_to_us("LC_CTYPE", environment.pop("LC_CTYPE"))
        environment.update({} if given is None else {"LC_CTYPE": given})
    if session_file is not None:
        environment["CONC_ADVISOR_PYINSTRUMENT"] = str(session_file)
    return environment


def _inode(descriptor: int) -> int:
    try:
        return os.fstat(descriptor).st_ino
    except OSError:
        return 0


def _given_to_us(name: str, now: str) -> str | None:
    """Return a variable as it was when this process was started, None where it was not set; `now` where that cannot be told."""
    try:
        given = Path("/proc/self/environ").read_bytes().split(b"\0")
    except OSError:
        return now
    prefix = os.fsencode(f"{name}=")
    return next((os.fsdecode(entry.removeprefix(prefix)) for entry in given if entry.startswith(prefix)), None)


class Hold:
    """The hold of one launch; it ends with `release`, or with this process."""

    def __init__(self, session_file: Path | None) -> None:
        self._pipes = HoldPipes.open()
        os.set_blocking(self._pipes.announce_read, False)
        self.environment = hold_environment(HOLD_FOLDER, self._pipes, session_file)
        self.inherited = (self._pipes.announce_write, self._pipes.release_read)
        self._released = False

    def target_has_started(self) -> None:
        """Close what only the target needs, whether it could be started or not."""
        self._pipes.close_targets_ends()

    def announced(self) -> int | None:
        """Return the pid of the first Python that holds, 0 when none can come any more, None when none has come yet."""
        with contextlib.suppress(BlockingIOError):
            data = os.read(self._pipes.announce_read, 64).split()
            return int(data[0]) if data else 0
        return None

    def release(self) -> None:
        """Let the target run; once is enough."""
        if not self._released:
            self._released = True
            os.close(self._pipes.release_write)
            os.close(self._pipes.announce_read)
