"""Samples as a recording holds them: columns of numbers, and what the numbers mean."""

from array import array
from dataclasses import dataclass, field
from typing import Final

from conc_advisor.concurrency import BlockKind, ThreadState

NO_CALLBACKS: Final = 0xFFFF_FFFF
"""Value of `SampleBlock.callbacks` where the number of callbacks is not known."""

HOLDS_GIL: Final = 1
"""Flag: the thread held the GIL at this instant, whatever its state (asleep in C with the GIL held, for one)."""
DERIVED: Final = 2
"""Flag: not a sampled instant, but time that the kernel counted and the samples missed.  Counts for seconds, never as a sample."""
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


@dataclass(slots=True)
class SampleBlock:
    """Samples in time order, a column each; all columns have the same length.

    `time_us` microseconds since the recording began · `thread` index into `Header.threads` · `stack` id in the `StackTable` ·
    `activity` index into `ACTIVITIES` · `seconds` of the thread's life, before `time_us`, that this sample stands for (their sum over a
    thread is its life) ·
    `switches` how often the kernel put the thread on a core since its previous sample · `callbacks` how many event-loop callbacks began in
    the thread since its previous sample, or `NO_CALLBACKS` · `flags` (`HOLDS_GIL`, `DERIVED`, `STALE_STACK`).

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

    def append(  # noqa: PLR0913  (one keyword a column)
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
