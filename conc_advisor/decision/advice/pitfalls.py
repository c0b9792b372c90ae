"""The mistakes that each model invites, with the page that explains them."""

from typing import Final

from conc_advisor.concurrency import ConcurrencyModel as Model
from conc_advisor.decision.advice.entries import LOOPS, PICKLING, PROCESS_POOLS, THREAD_POOLS, YES, Entry, applying, one_of
from conc_advisor.decision.engine import Conditions
from conc_advisor.decision.recommendation import Pitfall
from conc_advisor.workload import (
    Bottleneck,
    ExistingLoop,
    Factor,
    FanOut,
    Gil,
    IoKind,
    Latency,
    OperatingSystem,
    Payload,
    SharedState,
    TaskDuration,
    Workload,
)


def pitfalls(model: Model, workload: Workload) -> tuple[Pitfall, ...]:
    """Return the pitfalls of a model, those that these answers bring up first."""
    return (*applying(_HERE, model, workload), *applying(_ALWAYS, model, workload))


def _says(models: Model | frozenset[Model], topic: str, text: str, when: Conditions | None = None) -> Entry[Pitfall]:
    chosen = models if isinstance(models, frozenset) else frozenset({models})
    return Entry(models=chosen, says=Pitfall(text=text, topic=topic), when=when or {})


_ALWAYS: Final = (
    _says(Model.SEQUENTIAL, "executor-per-call", "A pool that is added out of habit: made for each call, it costs more than the work."),
    _says(
        Model.SEQUENTIAL, "missing-deadline", "A call without a timeout: in a sequence, one that never answers stops everything after it."
    ),
    _says(LOOPS, "blocking-call-in-coroutine", "A blocking call in a coroutine: sleep, requests, a file, a database driver."),
    _says(Model.ASYNCIO, "unbounded-fan-out", "One task per item with no bound on how many are in flight."),
    _says(LOOPS, "task-not-stored", "A task that nothing refers to may be collected before it is done, and its exception is never seen."),
    _says(
        LOOPS,
        "cancellation-swallowed",
        "A bare `except`, or one for `BaseException`, without `raise`: it eats the cancellation, and the task goes on.",
    ),
    _says(Model.ASYNCIO, "coroutine-never-awaited", "A coroutine that is called and not awaited does nothing."),
    _says(frozenset({Model.THREADS}), "missing-deadline", "A client without a timeout: a thread that waits for ever cannot be cancelled."),
    _says(Model.THREADS, "unseen-exceptions", "A future whose `result()` is never asked for hides its exception."),
    _says(frozenset({Model.THREADS, Model.FREE_THREADED}), "executor-per-call", "A pool per call: make one, and keep it."),
    _says(
        Model.THREADS,
        "worker-blocked-forever",
        "A task that waits for another task of the same pool: with all workers waiting, it never ends.",
    ),
    _says(PROCESS_POOLS, "executor-per-call", "A pool per call: starting it takes 6 to 100 ms each time (measured)."),
    _says(
        PROCESS_POOLS,
        "fork-with-threads",
        "Fork while threads run: the child may hang on a lock that one of them held (seen with Polars and OpenMP).",
        {Factor.OS: one_of(None, *OperatingSystem) - one_of(OperatingSystem.WINDOWS)},
    ),
    _says(PICKLING, "unpicklable-work", "A lambda, a closure, an open connection or a lock as an argument: it cannot be pickled."),
    _says(
        Model.PROCESSES, "chatty-ipc", "Small items sent one by one, or results larger than their input: the pipe becomes the bottleneck."
    ),
    _says(
        Model.PROCESSES,
        "start-methods",
        'No `if __name__ == "__main__":` around the start: under spawn and forkserver each worker would run it again.',
    ),
    _says(
        Model.ASYNCIO_THREADS, "threads-for-cpu", "Python code that computes is not faster in a thread, and it takes the GIL from the loop."
    ),
    _says(
        Model.ASYNCIO_THREADS,
        "loop-from-another-thread",
        "Calling the loop, a task or an asyncio.Queue from the worker thread: only `call_soon_threadsafe` may.",
    ),
    _says(
        Model.ASYNCIO_THREADS,
        "sizing",
        "The default executor is shared, also with name lookups: slow calls delay those; give them a pool of their own.",
    ),
    _says(Model.ASYNCIO_PROCESSES, "chatty-ipc", "Large arguments: pickling them stops the loop that wanted to be left alone."),
    _says(
        Model.VECTORISE,
        "choosing",
        "`np.vectorize`, `DataFrame.apply(axis=1)` and arrays of objects look like array code and are Python loops.",
    ),
    _says(Model.VECTORISE, "sizing", "Workers on top of a library that uses all cores already: together they are slower."),
    _says(
        Model.FREE_THREADED, "unlocked-shared-state", "Check, then change, without a lock; an iterator or a cache that two threads share."
    ),
    _says(Model.FREE_THREADED, "free-threading", "One import that turns the GIL on again, with no more than a warning."),
    _says(Model.INTERPRETERS, "interpreters", "A C extension that refuses to be imported in a sub-interpreter, NumPy for one."),
    _says(
        Model.INTERPRETERS,
        "chatty-ipc",
        "Small items one by one: a call costs 41 to 65 us (measured, 3.14), about as much as one to a process.",
    ),
    _says(
        Model.DISTRIBUTED, "chatty-ipc", "Tasks under 0.1 s, or megabytes in the broker: send a reference to the data, and larger tasks."
    ),
    _says(
        Model.DISTRIBUTED,
        "worker-blocked-forever",
        "A request that waits for a task's result: its worker is blocked for as long as the queue is long.",
    ),
    _says(Model.DISTRIBUTED, "missing-deadline", "A task without a time limit holds its worker for ever."),
)

_MANY: Final = one_of(FanOut.HUNDREDS, FanOut.THOUSANDS, FanOut.MORE)
_DOZENS: Final = _MANY | one_of(FanOut.TENS)
_WAITS: Final = one_of(Bottleneck.IO, Bottleneck.MIXED, None)
_SLOW_CLIENT: Final = (
    "httpx.AsyncClient from about 50 requests in flight: with 200, 1,200 requests took 10.4 s where aiohttp took 0.35 s (measured, "
    "httpx 0.28)."
)
_HERE: Final = (
    _says(
        LOOPS, "connection-pools", _SLOW_CLIENT, {Factor.IO_KIND: one_of(IoKind.HTTP), Factor.FAN_OUT: _DOZENS, Factor.BOTTLENECK: _WAITS}
    ),
    _says(
        Model.ASYNCIO, "connection-pools", _SLOW_CLIENT, {Factor.IO_KIND: one_of(None), Factor.FAN_OUT: _DOZENS, Factor.BOTTLENECK: _WAITS}
    ),
    _says(
        LOOPS | THREAD_POOLS,
        "sizing",
        "Each connection is an open file, and a process may often have 1,024 of them (256 on macOS): look at `ulimit -n`, raise "
        "RLIMIT_NOFILE, here and on the other side.",
        {Factor.TASK_DURATION: one_of(TaskDuration.LONG_LIVED), Factor.FAN_OUT: one_of(FanOut.THOUSANDS, FanOut.MORE)},
    ),
    _says(
        LOOPS | THREAD_POOLS,
        "client-per-request",
        "A client or session per request opens a new connection each time: share one (one per thread where it is not thread-safe).",
        {Factor.IO_KIND: one_of(IoKind.HTTP)},
    ),
    _says(
        LOOPS | THREAD_POOLS,
        "connection-pools",
        "A connection pool smaller than the number in flight: the rest waits for it, and looks like a slow server.",
        {Factor.IO_KIND: one_of(IoKind.HTTP, IoKind.DB)},
    ),
    _says(
        Model.THREADS,
        "unbounded-fan-out",
        "Submitting everything at once: each item waits as a future in an unbounded queue.",
        {Factor.FAN_OUT: _MANY},
    ),
    _says(
        LOOPS | THREAD_POOLS,
        "unbounded-queue",
        "A queue without a bound between two stages: the faster one fills the memory.",
        {Factor.PIPELINE: YES},
    ),
    _says(
        PROCESS_POOLS,
        "unbounded-queue",
        "Results that pile up because the next stage is slower: bound what is in flight.",
        {Factor.PIPELINE: YES},
    ),
    _says(
        THREAD_POOLS,
        "unlocked-shared-state",
        "`counter += 1`, or check-then-change, from two threads: also with the GIL the steps in between interleave.",
        {Factor.SHARED_STATE: one_of(SharedState.MUTABLE)},
    ),
    _says(
        THREAD_POOLS,
        "lock-order",
        "Two locks taken in different orders by two threads wait for each other for ever.",
        {Factor.SHARED_STATE: one_of(SharedState.MUTABLE)},
    ),
    _says(
        Model.ASYNCIO,
        "lock-across-await",
        "A threading.Lock held across an `await` can stop the loop for ever; an asyncio.Lock cannot.",
        {Factor.SHARED_STATE: one_of(SharedState.MUTABLE)},
    ),
    _says(
        PICKLING,
        "shared-state",
        "A global that a worker changes is changed in the worker only.",
        {Factor.SHARED_STATE: one_of(SharedState.MUTABLE)},
    ),
    _says(
        PICKLING,
        "serialization",
        "The same large object as an argument of every item is pickled for every item.",
        {Factor.PAYLOAD: one_of(Payload.LARGE)},
    ),
    _says(
        PICKLING,
        "serialization",
        "The same large data as an argument of every item is pickled for every item.",
        {Factor.SHARED_STATE: one_of(SharedState.READ_ONLY_LARGE)},
    ),
    _says(
        LOOPS,
        "missing-deadline",
        "A deadline around the whole only: give each operation one too, in the client.",
        {Factor.LATENCY: one_of(Latency.HARD_TIMEOUT)},
    ),
    _says(
        PROCESS_POOLS,
        "deadlines",
        "`future.result(timeout=…)` gives up waiting; the worker goes on until it is killed.",
        {Factor.LATENCY: one_of(Latency.HARD_TIMEOUT)},
    ),
    _says(
        LOOPS,
        "nested-asyncio-run",
        "`asyncio.run` inside of a running loop raises: await the coroutine instead.",
        {Factor.EXISTING_LOOP: one_of(ExistingLoop.ASYNCIO)},
    ),
    _says(
        LOOPS,
        "notebooks",
        "`asyncio.run` in a notebook raises, because the kernel's loop is running: use `await` at the top level of a cell.",
        {Factor.NOTEBOOK: YES},
    ),
    _says(
        PICKLING,
        "notebooks",
        "A worker function that is defined in a cell: a spawned worker cannot import it.",
        {Factor.NOTEBOOK: YES},
    ),
    _says(
        frozenset({Model.THREADS}),
        "daemon-threads",
        "A daemon thread as a worker is cut off at exit, in the middle of what it writes.",
        {Factor.TASK_DURATION: one_of(TaskDuration.LONG_LIVED)},
    ),
    _says(
        LOOPS,
        "missing-shutdown",
        "Connections that live as long as the program need an end: cancel their tasks, await them, close the client.",
        {Factor.TASK_DURATION: one_of(TaskDuration.LONG_LIVED)},
    ),
    _says(
        frozenset({Model.THREADS, Model.ASYNCIO_THREADS}),
        "gil-convoy",
        "Calls that give up the GIL for microseconds between Python steps: two threads are slower than one. Try two before eight.",
        {Factor.GIL: one_of(Gil.RELEASES, Gil.MIXED)},
    ),
    _says(
        frozenset({Model.ASYNCIO_THREADS}),
        "gil-convoy",
        "One long C call that keeps the GIL (json.dumps of a large object, a regular expression) stops the loop from a thread as well.",
        {Factor.GIL: one_of(Gil.HOLDS, Gil.MIXED)},
    ),
    _says(
        frozenset(Model) - {Model.SEQUENTIAL, Model.VECTORISE, Model.DISTRIBUTED, Model.ASYNCIO},
        "sizing",
        "Workers times the library's own threads: more busy threads than cores make all of them slower.",
        {Factor.OWN_THREADS: YES},
    ),
)
