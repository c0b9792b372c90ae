"""Real programs for tests to look at: started from `tests/targets` under any Python, spoken to through their standard streams."""

import selectors
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self, TypeVar

import msgspec
import pytest
from pythons import need_python

from conc_advisor.profiling.samplers.layout import Interpreter, Layout, inspect_interpreter

T = TypeVar("T")
TARGETS: Final = Path(__file__).with_name("targets")
VERSIONS: Final = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14")
PATIENCE: Final = 30.0
"""Seconds that a test waits for what comes at once on a machine that has nothing else to do."""

every_python = pytest.mark.parametrize("version", VERSIONS)


def until(reached: Callable[[], bool], what: str) -> None:
    """Look again and again whether something has come about; fail when it does not for a long time."""
    deadline = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.005)


class LiveTarget:
    """A program of `tests/targets` that runs while the context lasts, and is killed after it."""

    def __init__(self, script: str, *args: str, python: Path, environment: Mapping[str, str] | None = None) -> None:
        command = [str(python), str(TARGETS / script), *args]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, env=environment)
        self.pid = self._process.pid

    def __enter__(self) -> Self:
        """Return the running target."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    def say(self, line: str) -> None:
        """Give it a line on its standard input."""
        _stream(self._process.stdin).write(f"{line}\n".encode())

    def hear(self) -> str:
        """Return the next line that it prints."""
        stream = _stream(self._process.stdout)
        with selectors.DefaultSelector() as selector:
            selector.register(stream, selectors.EVENT_READ)
            assert selector.select(PATIENCE), "the target printed nothing"
        return stream.readline().decode().strip()

    def hear_json(self, kind: type[T]) -> T:
        """Return the next line that it prints as a value."""
        return msgspec.json.decode(self.hear(), type=kind)


def _stream(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream


def interpreter_of(version: str) -> tuple[Path, Interpreter]:
    """Return an installed Python and what it says of itself; skips the test where there is none of that version."""
    python = need_python(version)
    found = inspect_interpreter(str(python.resolve()))
    assert found is not None
    return python, found


def layout_of(interpreter: Interpreter) -> Layout:
    """Return where this build keeps things."""
    assert interpreter.layout is not None
    return interpreter.layout
