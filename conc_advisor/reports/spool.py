"""Sorts a stream of samples by thread with bounded memory, by way of an unnamed temporary file.

A speedscope file holds one thread after the other, and of each first the stacks and then the weights; a recording holds all threads
together in time order.
"""

import tempfile
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import IO, Final, Self

from conc_advisor.profiling.recording import Recording

_CHUNK: Final = 4096
"""Runs that a thread gathers before they are written: 64 KiB, so a thousand threads need 64 MiB at most."""
_ITEM_BYTES: Final = 8
"""Size of a key and of a duration alike."""


@dataclass(slots=True)
class _ThreadRuns:
    """The runs of one thread: those on disk by (offset, count), and those still in memory."""

    keys: "array[int]" = field(default_factory=lambda: array("Q"))
    seconds: "array[float]" = field(default_factory=lambda: array("d"))
    chunks: list[tuple[int, int]] = field(default_factory=list)
    total_seconds: float = 0.0


class RunSpool:
    """The recording's samples as runs of equal activity and stack, to be read thread by thread as often as needed.

    Use it as a context; leaving it removes the temporary file (which has no name, so nothing is left behind whatever happens).
    """

    def __init__(self, recording: Recording) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed in __exit__
        self._end = 0
        self._threads = [_ThreadRuns() for _ in recording.header.threads]
        try:
            self._fill(recording)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        """Return the spool."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Remove the temporary file."""
        self._file.close()

    def total_seconds(self, thread: int) -> float:
        """Return the sum of the thread's seconds."""
        return self._threads[thread].total_seconds

    def keys(self, thread: int) -> Iterator[int]:
        """Yield the thread's runs in time order, each as `stack << 8 | activity`."""
        runs = self._threads[thread]
        for offset, count in runs.chunks:
            yield from array("Q", self._read(offset, count))
        yield from runs.keys

    def seconds(self, thread: int) -> Iterator[float]:
        """Yield how long each of the runs was."""
        runs = self._threads[thread]
        for offset, count in runs.chunks:
            yield from array("d", self._read(offset + count * _ITEM_BYTES, count))
        yield from runs.seconds

    def _fill(self, recording: Recording) -> None:
        threads = self._threads
        for block in recording.blocks():
            for thread, activity, stack, seconds in zip(block.thread, block.activity, block.stack, block.seconds, strict=True):
                runs = threads[thread]
                key = stack << 8 | activity
                runs.total_seconds += seconds
                if runs.keys and runs.keys[-1] == key:
                    runs.seconds[-1] += seconds
                    continue
                if len(runs.keys) >= _CHUNK:
                    self._write(runs)
                runs.keys.append(key)
                runs.seconds.append(seconds)

    def _write(self, runs: _ThreadRuns) -> None:
        runs.chunks.append((self._end, len(runs.keys)))
        self._end += self._file.write(runs.keys.tobytes() + runs.seconds.tobytes())
        del runs.keys[:], runs.seconds[:]

    def _read(self, offset: int, count: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(count * _ITEM_BYTES)
