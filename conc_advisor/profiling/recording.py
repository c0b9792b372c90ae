"""A recording: what every thread was doing, all the time, as it was measured.

A recording is one zip file: `recording.json` (the header), `stacks.json` (interned frames and call paths) and `samples.bin` (columns of samples, in time order,
in blocks of bounded size).  It holds what was measured and nothing that is only shown, so any report can be made from it later.

Reading streams block by block: memory does not grow with the number of samples.
"""

from __future__ import annotations

import struct
import sys
import zipfile
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

import msgspec

from conc_advisor.concurrency import BlockKind, ThreadState
from conc_advisor.errors import RecordingError

SCHEMA: Final = "conc-advisor.recording/1"
BLOCK_SAMPLES: Final = 1 << 16
NO_CALLBACKS: Final = 0xFFFF_FFFF
"""Value of `SampleBlock.callbacks` where the number of callbacks is not known."""
NO_STACK: Final = 0
"""Id of the empty stack: nothing is known of where the thread was."""

HOLDS_GIL: Final = 1
"""Flag: the thread held the GIL at this instant, whatever its state (asleep in C with the GIL held, for one)."""
DERIVED: Final = 2
"""Flag: not an instant that was sampled, but time that the kernel counted and that the samples missed.  Counts for seconds, never as a sample."""
STALE_STACK: Final = 4
"""Flag: the stack was read at another instant and may have changed since."""


@dataclass(frozen=True, slots=True)
class Activity:
    """A thread state, with the kind of wait where the state is `blocked`."""

    state: ThreadState
    kind: BlockKind | None = None


ACTIVITIES: Final[tuple[Activity, ...]] = (
    Activity(ThreadState.RUNNING),
    Activity(ThreadState.NATIVE),
    Activity(ThreadState.GIL_WAIT),
    Activity(ThreadState.LOCK_WAIT),
    Activity(ThreadState.LOOP_IDLE),
    Activity(ThreadState.RUNNABLE),
    *(Activity(ThreadState.BLOCKED, kind) for kind in BlockKind),
)
"""The activity of a sample is stored as an index into this tuple; entries are only ever appended."""

ACTIVITY_CODE: Final[dict[Activity, int]] = {activity: code for code, activity in enumerate(ACTIVITIES)}


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a stack: a function and the line it was at (1-based; 0 unknown)."""

    function: str
    file: str
    line: int


class StackTable:
    """Interned call paths: a stack id stands for a frame and the id of its caller's path.

    Id 0 (`NO_STACK`) is the empty path.
    """

    def __init__(self, frames: Iterable[Frame] = (), parents: Iterable[int] = (0,), leaves: Iterable[int] = (0,)) -> None:
        self._frames = list(frames)
        self._parents = array("I", parents)
        self._leaves = array("I", leaves)
        self._frame_ids = {frame: number for number, frame in enumerate(self._frames)}
        self._children = {
            (parent, leaf): number for number, (parent, leaf) in enumerate(zip(self._parents, self._leaves, strict=True)) if number
        }

    def __len__(self) -> int:
        """How many paths there are, the empty one included."""
        return len(self._parents)

    def push(self, parent: int, frame: Frame) -> int:
        """Return the id of `parent` extended by one called frame."""
        frame_id = self._frame_ids.get(frame)
        if frame_id is None:
            frame_id = self._frame_ids[frame] = len(self._frames)
            self._frames.append(frame)
        key = (parent, frame_id)
        number = self._children.get(key)
        if number is None:
            number = self._children[key] = len(self._parents)
            self._parents.append(parent)
            self._leaves.append(frame_id)
        return number

    def intern(self, frames: Iterable[Frame]) -> int:
        """Return the id of a path given from the root to the leaf."""
        number = NO_STACK
        for frame in frames:
            number = self.push(number, frame)
        return number

    def parent(self, stack: int) -> int:
        """Return the id of the caller's path."""
        return self._parents[stack]

    def leaf(self, stack: int) -> Frame:
        """Return the innermost frame; raises `LookupError` for the empty path."""
        if stack == NO_STACK:
            raise LookupError(stack)
        return self._frames[self._leaves[stack]]

    def path(self, stack: int) -> list[Frame]:
        """Return the frames from the root to the leaf."""
        frames = []
        while stack != NO_STACK:
            frames.append(self._frames[self._leaves[stack]])
            stack = self._parents[stack]
        frames.reverse()
        return frames

    def to_bytes(self) -> bytes:
        """Return the table as JSON."""
        return msgspec.json.encode(_StackFile(frames=self._frames, parents=list(self._parents), leaves=list(self._leaves)))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote; raises `msgspec.DecodeError` or `ValueError` for a damaged table."""
        file = msgspec.json.decode(data, type=_StackFile)
        size = len(file.parents)
        if size != len(file.leaves) or not size or any(parent >= number for number, parent in enumerate(file.parents) if number):
            raise ValueError("a stack refers to a later one")
        if any(leaf >= len(file.frames) for leaf in file.leaves[1:]):
            raise ValueError("a stack refers to a frame that is not there")
        return cls(file.frames, file.parents, file.leaves)


@dataclass(frozen=True, slots=True, kw_only=True)
class _StackFile:
    frames: list[Frame]
    parents: list[int]
    leaves: list[int]


@dataclass(slots=True)
class SampleBlock:
    """Samples in time order, a column each; all columns have the same length.

    `time_us` microseconds since the recording began · `thread` index into `Header.threads` · `stack` id in the `StackTable` · `activity` index into `ACTIVITIES` ·
    `seconds` of the thread's life that this sample stands for (their sum over a thread is its life) · `switches` how often the kernel
    put the thread on a core since its previous sample · `callbacks` how many event-loop callbacks began in the thread since its previous sample, or
    `NO_CALLBACKS` · `flags` (`HOLDS_GIL`, `DERIVED`, `STALE_STACK`).

    The samples of one process that share a `time_us` were taken in one sweep over its threads.
    """

    time_us: "array[int]" = field(default_factory=lambda: array("Q"))
    thread: "array[int]" = field(default_factory=lambda: array("I"))
    stack: "array[int]" = field(default_factory=lambda: array("I"))
    activity: "array[int]" = field(default_factory=lambda: array("B"))
    seconds: "array[float]" = field(default_factory=lambda: array("f"))
    switches: "array[int]" = field(default_factory=lambda: array("H"))
    callbacks: "array[int]" = field(default_factory=lambda: array("I"))
    flags: "array[int]" = field(default_factory=lambda: array("B"))

    def __len__(self) -> int:
        """How many samples the block holds."""
        return len(self.time_us)

    def append(
        self,
        *,
        time_us: int,
        thread: int,
        stack: int,
        activity: int,
        seconds: float,
        switches: int = 0,
        callbacks: int = NO_CALLBACKS,
        flags: int = 0,
    ) -> None:
        """Add one sample."""
        self.time_us.append(time_us)
        self.thread.append(thread)
        self.stack.append(stack)
        self.activity.append(activity)
        self.seconds.append(seconds)
        self.switches.append(min(switches, 0xFFFF))
        self.callbacks.append(callbacks)
        self.flags.append(flags)

    @property
    def columns(self) -> "tuple[array[int] | array[float], ...]":
        """The columns in the order in which they are stored."""
        return (self.time_us, self.thread, self.stack, self.activity, self.seconds, self.switches, self.callbacks, self.flags)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadInfo:
    """A thread of a recorded process.

    `process` indexes `Header.processes`; `cpu_seconds` and `runqueue_seconds` are the kernel's own exact figures for the time that was seen, None where the kernel
    does not give them.  `python` is False for a thread that never ran Python code.
    """

    process: int
    os_thread_id: int
    name: str
    python: bool
    first_us: int
    last_us: int
    cpu_seconds: float | None
    runqueue_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessInfo:
    """A recorded process.  `gil_measured` says whether GIL waiting and holding were read from the interpreter or only estimated."""

    pid: int
    parent_pid: int
    command: str
    python: str
    first_us: int
    last_us: int
    gil_measured: bool
    stacks: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLoopInfo:
    """An event loop that was found running in a thread.  `callbacks_counted` says whether each callback's begin could be seen."""

    thread: int
    implementation: str
    callbacks_counted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Something that could not be seen, and why."""

    what: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How the recording was made.

    Rates are in sweeps a second (`state_rate`: kernel thread states; `stack_rate`: Python stacks).  `lag_seconds` is how late a sweep came, mean and longest.
    `overhead` is the CPU time of the recorder per second of wall time, as a fraction of one core (0–1 and more); `max_overhead` the budget asked for.
    """

    engine: str
    engine_version: str
    mode: str
    state_rate: float
    stack_rate: float
    sweeps: int
    samples: int
    failed_samples: int
    mean_lag_seconds: float
    max_lag_seconds: float
    overhead: float
    max_overhead: float
    estimated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where it ran.  `others_busy` is the share (0–1) of all cores that other processes used meanwhile; None if unknown."""

    system: str
    cores: int
    others_busy: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """All of a recording but the samples and stacks.  `exit_status` is the target's exit code, minus the signal number when a signal ended it, None if unknown."""

    schema: str = SCHEMA
    tool_version: str
    created: str
    command: tuple[str, ...]
    attached: bool
    working_directory: str
    library_paths: tuple[str, ...]
    duration_seconds: float
    exit_status: int | None
    machine: Machine
    sampling: Sampling
    processes: tuple[ProcessInfo, ...]
    threads: tuple[ThreadInfo, ...]
    event_loops: tuple[EventLoopInfo, ...]
    limits: tuple[Limit, ...]


_BLOCK_HEAD = struct.Struct("<4sI")
_MAGIC = b"smp1"
_SAMPLE_BYTES = sum(column.itemsize for column in SampleBlock().columns)


class RecordingWriter:
    """Writes a recording to a file of its own, block by block; `finish` completes it, and leaving the context without it removes the file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(path.name + ".part")
        try:
            self._zip = zipfile.ZipFile(self._part, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        except OSError as error:
            raise RecordingError(
                f"cannot write the recording {path}: {error.strerror}", hint="choose a folder you may write to with --save FILE"
            ) from error
        self._samples: IO[bytes] = self._zip.open("samples.bin", "w", force_zip64=True)
        self._block = SampleBlock()
        self._finished = False

    def __enter__(self) -> Self:
        """Return the writer."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Remove what was written if the recording was not finished."""
        if not self._finished:
            self._samples.close()
            self._zip.close()
            self._part.unlink(missing_ok=True)

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
        try:
            with zipfile.ZipFile(path) as file:
                raw = file.read("recording.json")
                schema = msgspec.json.decode(raw, type=_SchemaOnly).schema
                if schema != SCHEMA:
                    raise RecordingError(
                        f"{path} has the schema {schema!r}, and this version reads {SCHEMA!r}",
                        hint="update conc-advisor, or record the program again",
                    )
                header = msgspec.json.decode(raw, type=Header)
                stacks = StackTable.from_bytes(file.read("stacks.json"))
                file.getinfo("samples.bin")
        except FileNotFoundError as error:
            raise RecordingError(
                f"there is no recording {path}", hint="check the path; a run prints where it saved its recording"
            ) from error
        except OSError as error:
            raise RecordingError(f"cannot read {path}: {error.strerror or error}", hint="check the path and its permissions") from error
        except (zipfile.BadZipFile, KeyError, ValueError, EOFError, NotImplementedError) as error:
            raise RecordingError(
                f"{path} is not a recording, or it is damaged: {error}", hint="record the program again: conc-advisor profile app.py"
            ) from error
        return cls(path=path, header=header, stacks=stacks)

    def blocks(self) -> Iterator[SampleBlock]:
        """Yield the samples in time order, a block at a time; raises `RecordingError` when the file is damaged."""
        threads, stacks = len(self.header.threads), len(self.stacks)
        try:
            with zipfile.ZipFile(self.path) as file, file.open("samples.bin") as samples:
                while head := samples.read(_BLOCK_HEAD.size):
                    block = _read_block(samples, head)
                    if max(block.thread) >= threads or max(block.stack) >= stacks or max(block.activity) >= len(ACTIVITIES):
                        raise ValueError("a sample refers to something that is not there")
                    yield block
        except (OSError, zipfile.BadZipFile, ValueError, EOFError, struct.error, zipfile.zlib.error) as error:  # type: ignore[attr-defined]
            raise RecordingError(f"{self.path} is damaged: {error}", hint="record the program again") from error


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _SchemaOnly:
    schema: str
