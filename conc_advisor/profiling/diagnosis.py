"""What the analysis of a recording says: values only, no computation.

All times are seconds, all shares fractions from 0 to 1 of what their docstring names.
"""

from dataclasses import dataclass

from conc_advisor.concurrency import BlockKind, StallCause, ThreadState, VerdictId
from conc_advisor.findings import Confidence, Finding, Location
from conc_advisor.profiling.recording import Limit, Machine, Sampling
from conc_advisor.workload import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadSummary:
    """A thread's life by state; `states` sums to `seconds`, `blocked` splits its blocked part by kind.

    `label` is unique in the report (name, and what tells namesakes apart).
    """

    label: str
    os_thread_id: int
    name: str
    python: bool
    seconds: float
    samples: int
    states: dict[ThreadState, float]
    blocked: dict[BlockKind, float]
    holding_gil_seconds: float
    cpu_seconds: float | None
    plumbing: bool
    """True for a thread that hardly did anything but wait for work (a native pool's idle thread too): folded in the text report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessSummary:
    """A process with its threads, longest-lived and busiest first."""

    pid: int
    parent_pid: int
    command: str
    python: str
    seconds: float
    gil_measured: bool
    threads: tuple[ThreadSummary, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderSite:
    """While `waiter` waited for the GIL, `holder` held it at `location` for `seconds`: `share` of all of that waiter's waiting."""

    waiter: str
    holder: str
    location: Location | None
    seconds: float
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AsleepHolding:
    """The GIL was held at `location` while the thread slept in C: everyone else stood still."""

    thread: str
    location: Location | None
    seconds: float
    others_waited_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """How many times faster the work could get without the GIL, as a range with the assumption behind it."""

    low: float
    high: float
    assumption: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GilContention:
    """The GIL in one process.

    `held_share`: of the process's life.  `waited_seconds`: summed over threads.  `waiting_share`: of the time that Python
    threads wanted to compute (held + waited), the part that was waiting.  `asleep_holding`: sites where it was held during a sleep.
    """

    pid: int
    measured: bool
    held_share: float
    waited_seconds: float
    waiting_share: float
    native_seconds: float
    holders: tuple[HolderSite, ...]
    asleep_holding: tuple[AsleepHolding, ...]
    gain: Gain | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockingSite:
    """Where a thread waited: `count` separate waits (None if unknown), `seconds` in all, of `share` of the thread's life."""

    thread: str
    state: ThreadState
    kind: BlockKind | None
    location: Location | None
    seconds: float
    share: float
    count: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stall:
    """Times that a callback kept an event loop from everything else for longer than the threshold, by the line that did it.

    `location` is the line that kept the loop: for the cause `gil`, the line at which another thread held it.
    `first_us`: when the first one began, microseconds since the recording began.  `estimated`: the loop's callbacks could not be counted,
    so neighbouring callbacks that look alike may have been taken for one.
    """

    thread: str
    location: Location | None
    callback: Location | None
    cause: StallCause
    count: int
    total_seconds: float
    longest_seconds: float
    first_us: int
    estimated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLoop:
    """An event loop: `busy_share` and `idle_share` of the loop's seen life; `callbacks` run, None if they could not be counted."""

    thread: str
    implementation: str
    seconds: float
    idle_share: float
    busy_share: float
    callbacks: int | None
    stalled_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HotFunction:
    """A function's time on CPU: `own_seconds` in its own lines, `total_seconds` with everything it called.

    `line` in `location` is the hottest line; `line_seconds` the own (or, for a function that only calls, total) time there.
    """

    location: Location
    user_code: bool
    own_seconds: float
    total_seconds: float
    line_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HotNode:
    """A node of the tree of heaviest stacks; `seconds` on CPU with everything below it.

    Library frames in a row are folded into one node.
    """

    label: str
    location: Location | None
    user_code: bool
    seconds: float
    own_seconds: float
    children: tuple["HotNode", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HotPaths:
    """Where CPU time went (`running` and `native`), all threads and processes together."""

    cpu_seconds: float
    functions: tuple[HotFunction, ...]
    tree: tuple[HotNode, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One thread's states over the recording, cut into equal slices of time.

    Each cell maps a state to its share (0 to 1) of the slice; what is missing to 1 is time in which the thread did not live.
    """

    thread: str
    pid: int
    cells: tuple[dict[ThreadState, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number behind the verdict, with the threshold that it was held against, where there was one."""

    name: str
    value: float
    unit: str
    threshold: float | None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The conclusion: `sentence` says it in one line, `next_step` what to do about it in terms of asyncio, threads or processes."""

    id: VerdictId
    confidence: Confidence
    sentence: str
    figures: tuple[Figure, ...]
    next_step: str
    doubts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """All that a report shows of one recording."""

    command: tuple[str, ...]
    attached: bool
    created: str
    duration_seconds: float
    exit_status: int | None
    stall_threshold_seconds: float
    machine: Machine
    sampling: Sampling
    verdict: Verdict
    processes: tuple[ProcessSummary, ...]
    contention: tuple[GilContention, ...]
    blocking: tuple[BlockingSite, ...]
    event_loops: tuple[EventLoop, ...]
    stalls: tuple[Stall, ...]
    hot_paths: HotPaths
    timeline: tuple[Lane, ...]
    findings: tuple[Finding, ...]
    limits: tuple[Limit, ...]
    evidence: tuple[Evidence, ...] = ()
    """What it says of the workload, for `choose`; at most one value a factor."""
