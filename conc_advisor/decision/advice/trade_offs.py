"""What each model costs: the price that is paid for what it gives.  Figures "measured" are medians on one machine with 2 cores."""

from typing import Final

from conc_advisor.concurrency import ConcurrencyModel as Model
from conc_advisor.decision.advice.entries import LOOPS, PICKLING, PROCESS_POOLS, YES, Entry, applying, one_of
from conc_advisor.decision.engine import Conditions
from conc_advisor.workload import (
    ExistingLoop,
    Factor,
    FanOut,
    Gil,
    IoKind,
    Latency,
    Payload,
    SharedState,
    TaskDuration,
    Workload,
)


def trade_offs(model: Model, workload: Workload) -> tuple[str, ...]:
    """Return the trade-offs of a model, those that these answers bring up first."""
    return (*applying(_HERE, model, workload), *applying(_ALWAYS, model, workload))


def _says(model: Model | frozenset[Model], text: str, when: Conditions | None = None) -> Entry[str]:
    models = model if isinstance(model, frozenset) else frozenset({model})
    return Entry(models=models, says=text, when=when or {})


_ALWAYS: Final = (
    _says(Model.SEQUENTIAL, "Waits do not overlap: the whole takes the sum of all its items."),
    _says(Model.SEQUENTIAL, "One core computes, whatever the machine has, unless the library uses more of them by itself."),
    _says(Model.SEQUENTIAL, "It is the right answer only while the work stays as it is: when the stage grows, choose again."),
    _says(Model.ASYNCIO, "It colours the call path: whatever awaits has to be `async` itself, up to the entry point."),
    _says(LOOPS, "One blocking call or one long computation on the loop stops every task of it."),
    _says(
        Model.ASYNCIO,
        "No preemption between awaits does not mean no races: what was checked before an `await` may be different after it.",
    ),
    _says(Model.THREADS, "A thread cannot be cancelled from outside: a call ends by its own timeout, or when it is done."),
    _says(Model.THREADS, "An exception of a worker surfaces only where its `result()` is asked for."),
    _says(Model.THREADS, "While the GIL is on, the Python code of all threads together gets one core."),
    _says(
        Model.PROCESSES,
        "Every argument and result is pickled: about 0.5 us for a small dict, 1.1 us for a dataclass object, 0.4 ms for a megabyte of "
        "bytes (measured).",
    ),
    _says(
        PROCESS_POOLS,
        "Each worker takes memory of its own: a spawned one 13 MB before your imports, 54 MB with pandas imported (measured).",
    ),
    _says(
        Model.PROCESSES,
        "A submission costs 46 to 74 us in bulk (measured), so small items have to travel in chunks.",
    ),
    _says(
        PROCESS_POOLS,
        "A pool takes time to start: two workers 6 to 8 ms with fork, 15 to 63 ms with forkserver, 58 to 100 ms with spawn (measured, "
        "without your imports).",
    ),
    _says(
        Model.ASYNCIO_THREADS,
        "A blocking call that ran into a timeout goes on in its thread until it returns: it cannot be cancelled.",
    ),
    _says(Model.ASYNCIO_THREADS, "The threads keep the loop free; they do not make Python code faster."),
    _says(
        Model.ASYNCIO_THREADS,
        "Two worlds meet: what a worker thread touches has to be thread-safe, and it may call the loop only through "
        "`call_soon_threadsafe` or `run_coroutine_threadsafe`.",
    ),
    _says(
        Model.ASYNCIO_PROCESSES,
        "Arguments are pickled while the loop's thread holds the GIL: a megabyte of dicts delays the loop by about 5 ms (estimated from "
        "the measured 195 MB/s).",
    ),
    _says(Model.ASYNCIO_PROCESSES, "Two things have to be started, watched and shut down in the right order: the loop and the pool."),
    _says(Model.VECTORISE, "Intermediate results are whole arrays or tables: they take memory that the loop did not need."),
    _says(Model.VECTORISE, "Early exits and special cases turn into masks, and the code asks its readers to know the library."),
    _says(Model.VECTORISE, "Results may differ from the loop's: another order of additions, integers of a fixed width that overflow."),
    _says(
        Model.FREE_THREADED,
        "A single thread is about 12% slower than on the build with the GIL (an integer loop, 3.14t against 3.14, measured).",
    ),
    _says(
        Model.FREE_THREADED,
        "An object that several threads use at once does not scale: one public report tells of 214 s with threads of 3.13t where "
        "processes took 32 s (LibCST).",
    ),
    _says(
        Model.FREE_THREADED,
        "Each compiled package has to support it: 26 of 101 had no wheel that loads (November 2026), and one that does not support it "
        "turns the GIL on again.",
    ),
    _says(
        Model.INTERPRETERS, "Arguments and results are pickled as for processes; only bytes cross almost free (8 MB in 0.3 ms, measured)."
    ),
    _says(Model.INTERPRETERS, "Extension modules have to support several interpreters; many, NumPy among them, refuse to be imported."),
    _says(Model.INTERPRETERS, "All of it is one process: a crash takes everything down, and no worker can be killed alone."),
    _says(Model.DISTRIBUTED, "A broker or a scheduler has to be run, watched, secured and deployed."),
    _says(Model.DISTRIBUTED, "Delivery is at least once: a task may run twice."),
    _says(Model.DISTRIBUTED, "Arguments and results are serialised and cross the network; tasks under 0.1 s hardly pay."),
)

_HERE: Final = (
    _says(
        Model.SEQUENTIAL,
        "The library decides how many cores it uses, and that setting holds for the whole process.",
        {Factor.OWN_THREADS: YES},
    ),
    _says(
        Model.SEQUENTIAL,
        "Many rows in one transaction are fast, and a failure undoes all of them.",
        {Factor.SINGLE_WRITER: YES},
    ),
    _says(
        Model.ASYNCIO,
        "All requests share one core: 0.10 to 0.18 ms of CPU per request with aiohttp, so 5,000 to 10,000 requests a second is what one "
        "loop can do (measured).",
        {Factor.IO_KIND: one_of(IoKind.HTTP), Factor.FAN_OUT: one_of(FanOut.HUNDREDS, FanOut.THOUSANDS, FanOut.MORE)},
    ),
    _says(
        Model.ASYNCIO,
        "A connection with its reader task takes about 8 KB (measured), so memory is set by your own data for each of them.",
        {Factor.TASK_DURATION: one_of(TaskDuration.LONG_LIVED)},
    ),
    _says(
        Model.THREADS,
        "At 2,000 waits at once threads needed 1.48 s where a loop needed 0.76 s; up to 500 they are within 8% (measured, raw sockets).",
        {Factor.FAN_OUT: one_of(FanOut.THOUSANDS, FanOut.MORE)},
    ),
    _says(
        frozenset({Model.THREADS, Model.ASYNCIO_THREADS}),
        "The gain turns into a loss (0.5 to 0.9 times the sequential speed, measured) where microseconds without the GIL alternate with "
        "Python work.",
        {Factor.GIL: one_of(Gil.RELEASES, Gil.MIXED)},
    ),
    _says(
        Model.THREADS,
        "Widgets may be touched by the GUI's own thread only: every result has to be handed back to it.",
        {Factor.EXISTING_LOOP: one_of(ExistingLoop.GUI)},
    ),
    _says(
        Model.ASYNCIO_THREADS,
        "A thread that computes in Python delays the loop: by 5 ms (median) with one of them, 10 to 43 ms with four (3.14, 3.12).",
        {Factor.GIL: one_of(Gil.HOLDS, Gil.MIXED)},
    ),
    _says(
        PICKLING,
        "What has to travel is large here: copying it may cost more than the cores give.",
        {Factor.PAYLOAD: one_of(Payload.LARGE)},
    ),
    _says(
        PROCESS_POOLS,
        "Each worker ends up with a copy of the large data: a spawned one loads it, a forked one copies what it touches.",
        {Factor.SHARED_STATE: one_of(SharedState.READ_ONLY_LARGE)},
    ),
    _says(
        PROCESS_POOLS,
        "A worker that is killed loses the item it was at; the item has to be safe to repeat or to give up.",
        {Factor.NEED_KILL: YES},
    ),
    _says(
        LOOPS,
        "A deadline is kept only at an `await`: code that does not await runs on past it.",
        {Factor.LATENCY: one_of(Latency.HARD_TIMEOUT)},
    ),
)
