"""Starts the programs that a review asks: git and ruff.  No shell, no terminal, and each has to answer in time."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How a program ended, and what it printed; a negative `status` is the signal that ended it."""

    status: int
    out: bytes
    err: str

    @property
    def complaint(self) -> str:
        """The last line that it printed as an error, "" where there is none; it may hold anything."""
        return next((line.strip() for line in reversed(self.err.splitlines()) if line.strip()), "")


class Program(Protocol):
    """Runs a command; a test may put another in its place."""

    def __call__(
        self,
        command: Sequence[str | Path],
        *,
        seconds: float,
        folder: Path | None = None,
        given: bytes = b"",
        environment: Mapping[str, str | None] | None = None,
    ) -> Answer:
        """Return the answer; raises `OSError` where it cannot be started, `subprocess.TimeoutExpired` where it is not done in time."""
        ...


def run(
    command: Sequence[str | Path],
    *,
    seconds: float,
    folder: Path | None = None,
    given: bytes = b"",
    environment: Mapping[str, str | None] | None = None,
) -> Answer:
    """Run a command to its end, with `given` as its standard input and `environment` beside our own variables.

    A variable that is None there is left out of ours.
    Raises `OSError` where it cannot be started and `subprocess.TimeoutExpired` where it has been ended because it was not done in time.
    """
    done = subprocess.run(  # noqa: S603  # git and ruff, with words that we chose
        command,
        input=given,
        capture_output=True,
        cwd=folder,
        env={name: value for name, value in {**os.environ, **(environment or {})}.items() if value is not None},
        timeout=seconds,
        check=False,
    )
    return Answer(status=done.returncode, out=done.stdout, err=done.stderr.decode("utf-8", "replace"))
