"""The header of a recording: what was recorded, how, and where."""

from dataclasses import dataclass
from typing import Final

SCHEMA: Final = "conc-advisor.recording/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadInfo:
    """A thread of a recorded process.

    `process` indexes `Header.processes`; `cpu_seconds` and `runqueue_seconds` are the kernel's own exact figures for the time that was
    seen, None where the kernel
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

    Rates are in sweeps a second (`state_rate`: kernel thread states; `stack_rate`: Python stacks).  `lag_seconds` is how late a sweep
    came, mean and longest.
    `overhead` is the CPU time of the recorder per second of wall time, as a fraction of one core (0-1 and more); `max_overhead` the
    budget asked for.
    `unseen_cpu_seconds`: CPU time of the target that no followed thread used (threads and children that lived too short, other programs).
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
    unseen_cpu_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where it ran.  `others_busy` is the share (0-1) of all cores that other processes used meanwhile; None if unknown."""

    system: str
    cores: int
    others_busy: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """All of a recording but the samples and stacks.

    `exit_status` is the target's exit code, minus the signal number when a signal ended it, None if unknown.
    """

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
