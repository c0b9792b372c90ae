"""The words that all of conc-advisor shares: concurrency models, thread states, verdicts.  Enums only."""

from enum import StrEnum


class ConcurrencyModel(StrEnum):
    """The ways to organise work that `choose` decides between."""

    SEQUENTIAL = "sequential"
    """One thing after another; batching, or the library's own threads, where that helps."""
    ASYNCIO = "asyncio"
    THREADS = "threads"
    """A bounded pool of threads."""
    PROCESSES = "processes"
    """A pool of worker processes."""
    ASYNCIO_THREADS = "asyncio+threads"
    """An event loop that hands blocking calls to threads."""
    ASYNCIO_PROCESSES = "asyncio+processes"
    """An event loop that hands computation to worker processes."""
    VECTORISE = "vectorise/native"
    """Compiled code over whole arrays, tables or files instead of a Python loop."""
    FREE_THREADED = "free-threaded threads"
    """Threads that compute in parallel, on a build of Python without the GIL."""
    INTERPRETERS = "interpreters"
    """A pool of sub-interpreters, each with its own GIL (`InterpreterPoolExecutor`, Python 3.14)."""
    DISTRIBUTED = "distributed"
    """A task queue or a cluster engine."""


class ThreadState(StrEnum):
    """What a thread was doing at one instant; the states of a thread sum to its whole life."""

    RUNNING = "running"
    """On CPU, holding the GIL."""
    NATIVE = "native"
    """On CPU without the GIL: C code that released it, or a thread that never had it."""
    GIL_WAIT = "gil-wait"
    """Asleep until another thread gives up the GIL."""
    LOCK_WAIT = "lock-wait"
    """Asleep on a lock."""
    BLOCKED = "blocked"
    """Asleep in a system call or a higher-level wait; `BlockKind` says which."""
    LOOP_IDLE = "loop-idle"
    """An event loop with nothing to do, waiting in its selector."""
    RUNNABLE = "runnable"
    """Ready to run, but no core was free."""


class BlockKind(StrEnum):
    """What a blocked thread waited for."""

    SOCKET = "socket"
    FILE = "file"
    SLEEP = "sleep"
    SUBPROCESS = "subprocess"
    QUEUE = "queue"
    """A queue, condition, event or semaphore: another thread's or process's signal."""
    JOIN = "join"
    """The end of another thread or of a pool's work."""
    OTHER = "other"


class StallCause(StrEnum):
    """What kept an event loop from running other callbacks."""

    SLEEP = "sleep"
    SOCKET = "socket"
    FILE = "file"
    SUBPROCESS = "subprocess"
    LOCK = "lock"
    CPU = "cpu"
    NATIVE = "native"
    GIL = "gil"
    """Another thread held the GIL."""
    NO_CORE = "no-core"
    """The callback was ready to go on, but no core was free: the machine's doing, not the code's."""
    OTHER = "other"


class VerdictId(StrEnum):
    """The documented list of what `profile` may conclude."""

    GIL_BOUND = "gil-bound"
    CPU_BOUND_SINGLE = "cpu-bound-single"
    NATIVE_BOUND = "native-bound"
    OVERSUBSCRIBED = "oversubscribed"
    IO_BOUND = "io-bound"
    LOOP_STALLED = "loop-stalled"
    LOOP_HEALTHY = "loop-healthy"
    LOCK_BOUND = "lock-bound"
    POOL_STARVED = "pool-starved"
    IDLE = "idle"
    MIXED = "mixed"
    NOT_ENOUGH_EVIDENCE = "not-enough-evidence"
