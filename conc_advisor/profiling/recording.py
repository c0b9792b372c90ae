"""A recording: what every thread was doing, all the time, as it was measured.

A recording is one zip file: `recording.json` (the header), `stacks.json` (interned frames and call paths) and `samples.bin` (columns of
samples, in time order, in blocks of bounded size).  It holds what was measured and nothing that is only shown, so any report can be made
from it later.

Reading streams block by block: memory does not grow with the number of samples.
"""

import os
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Final, Self

import msgspec

from conc_advisor.errors import RecordingError
from conc_advisor.files import is_regular, is_there, real
from conc_advisor.profiling.call_paths import NO_STACK, Frame, StackTable
from conc_advisor.profiling.header import SCHEMA, EventLoopInfo, Header, Limit, Machine, ProcessInfo, Sampling, ThreadInfo
from conc_advisor.profiling.samples import (
    ACTIVITIES,
    ACTIVITY_CODE,
    DERIVED,
    HOLDS_GIL,
    NO_CALLBACKS,
    STALE_STACK,
    Activity,
    SampleBlock,
)

if TYPE_CHECKING:
    from array import array

__all__ = [
    "ACTIVITIES",
    "ACTIVITY_CODE",
    "BLOCK_SAMPLES",
    "DERIVED",
    "HOLDS_GIL",
    "NO_CALLBACKS",
    "NO_STACK",
    "SCHEMA",
    "STALE_STACK",
    "Activity",
    "EventLoopInfo",
    "Frame",
    "Header",
    "Limit",
    "Machine",
    "ProcessInfo",
    "Recording",
    "RecordingWriter",
    "SampleBlock",
    "Sampling",
    "StackTable",
    "ThreadInfo",
]

BLOCK_SAMPLES: Final = 1 << 16

_BLOCK_HEAD = struct.Struct("<4sI")
_MAGIC = b"smp1"
_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, KeyError, ValueError, EOFError, NotImplementedError, RuntimeError, OverflowError)
"""What reading a damaged file may raise; an encrypted zip is a RuntimeError."""


class RecordingWriter:
    """Writes a recording to a file of its own, block by block.

    `finish` completes the file; leaving the context without it removes what was written.  All raise `RecordingError` when the disk refuses.
    """

    def __init__(self, path: Path) -> None:
        if is_there(path) and not is_regular(path):
            raise RecordingError(f"{path} is not a regular file", hint="a recording needs a file of its own: --save FILE")
        self._path = path = real(path)
        self._part = path.with_name(f"{path.name}.{os.getpid()}.part")
        with _disk_errors(path):
            self._zip = zipfile.ZipFile(self._part, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
            self._samples: IO[bytes] = self._zip.open("samples.bin", "w", force_zip64=True)
        self._block = SampleBlock()
        self._finished = False

    def __enter__(self) -> Self:
        """Return the writer."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Remove what was written if the recording was not finished."""
        if self._finished:
            return
        # A full disk makes closing fail too; what matters is that nothing stays behind.
        for close in (self._samples.close, self._zip.close, self._part.unlink):
            with suppress(OSError, ValueError):
                close()

    @property
    def block(self) -> SampleBlock:
        """The block to append to; call `flush_if_full` after a sweep."""
        return self._block

    def flush_if_full(self) -> None:
        """Write the block out when it has reached its size."""
        if len(self._block) >= BLOCK_SAMPLES:
            self._flush()

    def finish(self, header: Header, stacks: StackTable) -> "Recording":
        """Complete the file and return it, opened for reading."""
        self._flush()
        with _disk_errors(self._path):
            self._samples.close()
            self._zip.writestr("stacks.json", stacks.to_bytes())
            self._zip.writestr("recording.json", msgspec.json.format(msgspec.json.encode(header), indent=1))
            self._zip.close()
            self._part.replace(self._path)
        self._finished = True
        return Recording(path=self._path, header=header, stacks=stacks)

    def _flush(self) -> None:
        if not len(self._block):
            return
        with _disk_errors(self._path):
            self._samples.write(_BLOCK_HEAD.pack(_MAGIC, len(self._block)))
            for column in self._block.columns:
                self._samples.write(_little_endian(column))
        self._block = SampleBlock()


def _little_endian(column: "array[int] | array[float]") -> bytes:
    if sys.byteorder == "big":
        column = column[:]
        column.byteswap()
    return column.tobytes()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A recording on disk: header and stacks in memory, samples read block by block."""

    path: Path
    header: Header
    stacks: StackTable

    @classmethod
    def load(cls, path: Path) -> Self:
        """Open a recording; raises `RecordingError` when it is missing, damaged, or of a version we do not know."""
        if is_there(path) and not is_regular(path):
            raise RecordingError(f"{path} is not a regular file", hint="check the path; a run prints where it saved its recording")
        try:
            with zipfile.ZipFile(path) as file:
                header = _read_header(file, path)
                stacks = StackTable.from_bytes(file.read("stacks.json"))
                file.getinfo("samples.bin")
        except FileNotFoundError as error:
            raise RecordingError(
                f"there is no recording {path}", hint="check the path; a run prints where it saved its recording"
            ) from error
        except OSError as error:
            raise RecordingError(f"cannot read {path}: {error.strerror or error}", hint="check the path and its permissions") from error
        except _DAMAGE as error:
            raise RecordingError(
                f"{path} is not a recording, or it is damaged: {error}", hint="record the program again: conc-advisor profile app.py"
            ) from error
        return cls(path=path, header=header, stacks=stacks)

    def blocks(self) -> Iterator[SampleBlock]:
        """Yield the samples in time order, a block at a time; raises `RecordingError` when the file is damaged."""
        try:
            with zipfile.ZipFile(self.path) as file, file.open("samples.bin") as samples:
                while head := samples.read(_BLOCK_HEAD.size):
                    block = _read_block(samples, head)
                    self._check(block)
                    yield block
        except (OSError, *_DAMAGE) as error:
            raise RecordingError(f"{self.path} is damaged: {error}", hint="record the program again") from error

    def _check(self, block: SampleBlock) -> None:
        limits = ((block.thread, len(self.header.threads)), (block.stack, len(self.stacks)), (block.activity, len(ACTIVITIES)))
        if any(max(column) >= limit for column, limit in limits):
            raise ValueError("a sample refers to something that is not there")


def _read_block(samples: IO[bytes], head: bytes) -> SampleBlock:
    magic, count = _BLOCK_HEAD.unpack(head)
    if magic != _MAGIC or not 0 < count <= 64 * BLOCK_SAMPLES:
        raise ValueError("a block of samples does not begin as it should")
    block = SampleBlock()
    for column in block.columns:
        column.frombytes(samples.read(count * column.itemsize))
        if sys.byteorder == "big":
            column.byteswap()
        if len(column) != count:
            raise ValueError("the samples end in the middle of a block")
    return block


def _read_header(file: zipfile.ZipFile, path: Path) -> Header:
    raw = file.read("recording.json")
    schema = msgspec.json.decode(raw, type=_SchemaOnly).schema
    if schema != SCHEMA:
        raise RecordingError(
            f"{path} has the schema {schema!r}, and this version reads {SCHEMA!r}",
            hint="update conc-advisor, or record the program again",
        )
    header = msgspec.json.decode(raw, type=Header)
    owners = [thread.process for thread in header.threads]
    loops = [loop.thread for loop in header.event_loops]
    if not _all_below(owners, len(header.processes)) or not _all_below(loops, len(header.threads)):
        raise ValueError("a thread or an event loop refers to something that is not there")
    return header


def _all_below(numbers: list[int], limit: int) -> bool:
    return all(0 <= number < limit for number in numbers)


@contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RecordingError(
            f"cannot write the recording {path}: {error.strerror or error}",
            hint="choose a folder with room that you may write to, with --save FILE",
        ) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class _SchemaOnly:
    schema: str
