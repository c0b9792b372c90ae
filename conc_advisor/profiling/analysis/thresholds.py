"""Every number that decides something in the verdict, the findings or the doubts, with its reason.

Where a source says "chosen", the number separates the bundled demos from each other and the healthy ones from all with room on both
sides; it is a convention, not a law of nature.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A limit for a figure.  `unit`: `share` (0 to 1), `s`, `samples`, `threads`, `threads per core` or `1/s`."""

    name: str
    value: float
    unit: str
    source: str


MIN_SECONDS: Final = Threshold(
    name="shortest recording", value=0.3, unit="s", source="interpreter start and imports alone take 0.03 to 0.2 s"
)
MIN_SAMPLES: Final = Threshold(
    name="fewest samples of a thread",
    value=20,
    unit="samples",
    source="with 20 samples a share of one half is known to about 0.2 (binomial, 95%)",
)
MANY_SAMPLES: Final = Threshold(
    name="samples for full confidence",
    value=100,
    unit="samples",
    source="with 100 samples a share of one half is known to about 0.1 (binomial, 95%)",
)
FAILED_SOME: Final = Threshold(name="failed samples, doubtful", value=0.05, unit="share", source="chosen: could shift a share by as much")
FAILED_MOST: Final = Threshold(
    name="failed samples, too many", value=0.5, unit="share", source="chosen: what was missed outweighs what was seen"
)
OVERHEAD: Final = Threshold(
    name="profiler's use of a core, doubtful",
    value=0.25,
    unit="share",
    source="chosen: the target may have felt it even on a core of its own",
)
UNSEEN: Final = Threshold(
    name="CPU time that was not seen",
    value=0.5,
    unit="share",
    source="chosen: of all its CPU time, and of a core: the larger part",
)
OVER_BUDGET: Final = Threshold(
    name="overhead, of the budget", value=1.2, unit="share", source="starting the recorders of a short run costs about so much more"
)
OTHERS_BUSY: Final = Threshold(name="machine busy with other work", value=0.5, unit="share", source="chosen: every second core is not ours")
OTHERS_NOTICED: Final = Threshold(
    name="other work worth mentioning", value=0.25, unit="share", source="chosen: one core of four is not ours"
)
OTHERS_NOTICED_BY_ESTIMATES: Final = Threshold(
    name="other work that estimated states may show as the program's", value=0.1, unit="share", source="chosen: a fifth of one core of two"
)
STALLS_BY_ESTIMATES: Final = Threshold(
    name="stalls that are enough where states are estimated",
    value=3,
    unit="stalls",
    source="one false stall in 2 of 20 runs of a healthy loop without /proc, beside other work",
)
RUNNABLE: Final = Threshold(
    name="ready, but no core free",
    value=0.25,
    unit="share",
    source="numpy threads on too few cores: 0.63 in the run queue; idle machine: below 0.1",
)
LOST: Final = Threshold(
    name="threads ready without a core, on average",
    value=0.25,
    unit="threads",
    source="chosen: a quarter of one core's work was kept waiting",
)
LOST_LEAD: Final = Threshold(
    name="waiting for a core, of all waiting",
    value=0.5,
    unit="share",
    source="the larger part: below, what the program itself waited for can be told in spite of the other work",
)
BUSY_PER_CORE: Final = Threshold(
    name="threads that want a core, per core", value=1.5, unit="threads per core", source="chosen: at 1.5 each waits a third of its time"
)
GIL_CONTENDED: Final = Threshold(
    name="time with a thread waiting for the GIL",
    value=0.3,
    unit="share",
    source="two computing threads: nearly 1; healthy I/O threads: below 0.1",
)
GIL_WAITING: Final = Threshold(
    name="GIL waited, of wanted",
    value=0.2,
    unit="share",
    source="two computing threads: 0.5; one computing, one doing I/O: about 0.1 to 0.4",
)
GIL_HELD: Final = Threshold(name="GIL held", value=0.5, unit="share", source="chosen: below, the lock is free more often than not")
STALL_LEAD: Final = Threshold(
    name="stalls, of stalls and GIL contention", value=0.5, unit="share", source="the larger of the two problems names the verdict"
)
LOCK_TIME: Final = Threshold(name="time with a thread waiting for a lock", value=0.5, unit="share", source="chosen: most of the time")
LOCK_OF_WORK: Final = Threshold(
    name="lock waiting, of the threads' work and waiting",
    value=0.4,
    unit="share",
    source="one lock and two threads that do nothing else: 0.5",
)
LOCK_LEAD: Final = Threshold(
    name="lock waiting, of lock and GIL waiting", value=0.5, unit="share", source="the larger of the two problems names the verdict"
)
STALLED: Final = Threshold(
    name="loop stalled", value=0.02, unit="share", source="chosen: one request in fifty arrives while the loop does not listen"
)
STALLED_BY_GIL: Final = Threshold(
    name="loop stalled by the GIL",
    value=0.1,
    unit="share",
    source="chosen: higher than for its own stalls, for any thread costs a loop a little",
)
STALL_SEVERE: Final = Threshold(name="loop stalled, severe", value=0.1, unit="share", source="chosen: one request in ten meets it")
STALL_LONG: Final = Threshold(name="long stall", value=0.5, unit="s", source="users notice delays of more than a few hundred milliseconds")
CPU: Final = Threshold(
    name="time on CPU", value=0.7, unit="share", source="time.process_time() over wall time above 0.8 is CPU work; 0.1 left for start-up"
)
NATIVE_OF_CPU: Final = Threshold(name="native, of CPU time", value=0.5, unit="share", source="the larger part names the verdict")
NATIVE_TIME: Final = Threshold(name="time with native code on CPU", value=0.5, unit="share", source="chosen: most of the time")
ACTIVE: Final = Threshold(name="time with anything to do", value=0.05, unit="share", source="chosen: 19 parts of 20 are waiting for work")
CALLBACKS: Final = Threshold(
    name="event-loop callbacks", value=5.0, unit="1/s", source="an idle server runs a housekeeping callback about once a second"
)
LOOP_TIME: Final = Threshold(name="life of the event loop", value=0.5, unit="share", source="chosen: most of the program's life")
IO_TIME: Final = Threshold(
    name="time in which the program only waited for I/O or slept", value=0.5, unit="share", source="chosen: most of the time"
)
IO_OF_WORK: Final = Threshold(
    name="I/O and sleep, of the threads' work and waiting", value=0.8, unit="share", source="process time below 0.3 of wall time is waiting"
)
POOL: Final = Threshold(
    name="time with every pool worker asleep in a task", value=0.5, unit="share", source="chosen: a new task had an even chance to wait"
)
WORK_IS_WAITING: Final = Threshold(
    name="on CPU, of computing and waiting: I/O below", value=0.3, unit="share", source="process time below 0.3 of wall time is waiting"
)
WORK_IS_COMPUTING: Final = Threshold(
    name="on CPU, of computing and waiting: CPU above", value=0.7, unit="share", source="as for the time on CPU"
)
WORK_IS_BOTH: Final = Threshold(
    name="cores in use beside many waiting threads", value=0.5, unit="share", source="chosen: half a core computes, however many wait"
)
GIL_MOSTLY: Final = Threshold(
    name="one sort of computing, of CPU time", value=0.8, unit="share", source="chosen: the other sort is a fifth at most"
)
AT_WORK: Final = Threshold(
    name="a thread's time computing or in I/O", value=0.1, unit="share", source="chosen: of its life; less is waiting for something to do"
)
CONTENTION_NOTED: Final = Threshold(
    name="GIL contention worth a finding", value=0.1, unit="share", source="healthy I/O threads stay below (time with a waiting thread)"
)
HELD_ASLEEP: Final = Threshold(
    name="others' waiting on a sleeping GIL holder", value=0.02, unit="share", source="chosen: below, the reading's own error"
)
LOCK_NOTED: Final = Threshold(name="lock waiting worth a finding", value=0.1, unit="share", source="chosen: of the waiting thread's life")
STUCK: Final = Threshold(
    name="lock waiting, of the threads' work and waiting: nothing else", value=0.99, unit="share", source="chosen: all but sampling noise"
)
SEVERE: Final = Threshold(name="severe", value=0.5, unit="share", source="chosen: the larger part of the time")
CLOSE: Final = Threshold(name="close to a threshold", value=0.1, unit="share", source="about the sampling error of 100 samples")

THRESHOLDS: Final[tuple[Threshold, ...]] = tuple(value for value in list(globals().values()) if isinstance(value, Threshold))
"""All of them, for the documentation."""
