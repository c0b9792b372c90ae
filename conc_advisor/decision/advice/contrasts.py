"""What each model is for, and why another fits better here when nothing speaks against it."""

from typing import Final

from conc_advisor.concurrency import ConcurrencyModel as Model
from conc_advisor.decision.advice.entries import NO, NOT_YES, YES, Entry, applying, one_of
from conc_advisor.decision.engine import Conditions
from conc_advisor.workload import (
    AsyncLib,
    Bottleneck,
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

PURPOSES: Final = {
    Model.SEQUENTIAL: "Staying sequential is for work that is short, or that cannot overlap",
    Model.ASYNCIO: "asyncio is for many waits at once, through clients that are async",
    Model.THREADS: "A pool of threads is for a bounded number of blocking calls, or for code that gives up the GIL",
    Model.PROCESSES: "A pool of processes is for Python code that computes for milliseconds and more on little data",
    Model.ASYNCIO_THREADS: "asyncio with threads is for an event loop that has to call something blocking",
    Model.ASYNCIO_PROCESSES: "asyncio with processes is for an event loop beside Python code that computes",
    Model.VECTORISE: "Array code is for a hot loop that can become one expression over arrays or tables",
    Model.FREE_THREADED: "Free-threaded Python is for Python code that computes on data which threads share",
    Model.INTERPRETERS: "A pool of interpreters (Python 3.14) is for Python code that computes, with less memory than processes",
    Model.DISTRIBUTED: "A task queue or a cluster is for work that must survive its process or outgrows one machine",
}
"""A clause each, without its full stop."""


def why_not(model: Model, chosen: Model, workload: Workload) -> str:
    """Return one sentence: what the model is for, and why `chosen` fits better here."""
    told = _outside(workload) if chosen is Model.DISTRIBUTED else applying(_HERE, model, workload)
    return f"{PURPOSES[model]}; {told[0] if told else _FALLBACKS[chosen]}."


def _outside(workload: Workload) -> tuple[str, ...]:
    """Return why the work has to leave the process: nothing else matters then."""
    if workload.beyond_one_machine:
        return ("here the work outgrows one machine",)
    return ("here the work has to outlive the process",) if workload.durable else ()


def _says(models: Model | tuple[Model, ...], clause: str, when: Conditions) -> Entry[str]:
    chosen = models if isinstance(models, tuple) else (models,)
    return Entry(models=frozenset(chosen), says=clause, when=when)


_IO: Final = one_of(Bottleneck.IO)
_CPU: Final = one_of(Bottleneck.CPU)
_COMPUTES: Final = one_of(Bottleneck.CPU, Bottleneck.MIXED)
_UNKNOWN: Final = one_of(None)
_UP_TO_100: Final = one_of(FanOut.ONE, FanOut.FEW, FanOut.TENS)
_NO_LOOP: Final = one_of(ExistingLoop.NONE)
_NOT_KNOWN: Final = "where the time goes is not known yet"
_WITH_PROCESSES: Final = (Model.PROCESSES, Model.ASYNCIO_PROCESSES, Model.INTERPRETERS)

# The first clause that applies is the one that is said; each is true whatever was chosen instead.
_HERE: Final = (
    _says(
        Model.DISTRIBUTED,
        "here one machine is enough, and nothing has to outlive the process",
        {Factor.BEYOND_ONE_MACHINE: NO, Factor.DURABLE: NO},
    ),
    _says(Model.DISTRIBUTED, "nothing that is known here asks for either, and it brings a broker or a scheduler to run", {}),
    _says(Model.VECTORISE, "here the loop cannot become one", {Factor.VECTORISABLE: NO}),
    _says(Model.VECTORISE, "here the time goes into waiting", {Factor.BOTTLENECK: _IO}),
    _says(
        Model.VECTORISE,
        "array code alone would still hold up the running loop while it computes",
        {Factor.VECTORISABLE: YES, Factor.EXISTING_LOOP: one_of(ExistingLoop.ASYNCIO)},
    ),
    _says(Model.VECTORISE, "whether this one can is not known", {Factor.VECTORISABLE: _UNKNOWN}),
    _says(Model.FREE_THREADED, "here the time goes into waiting, which threads do as well with the GIL", {Factor.BOTTLENECK: _IO}),
    _says(Model.FREE_THREADED, "here the computing code gives up the GIL by itself", {Factor.GIL: one_of(Gil.RELEASES)}),
    _says(Model.FREE_THREADED, f"{_NOT_KNOWN}, nor which Python it is", {Factor.BOTTLENECK: _UNKNOWN, Factor.PYTHON: _UNKNOWN}),
    _says(Model.FREE_THREADED, "that it runs on such a build (3.14t) is not known", {Factor.PYTHON: _UNKNOWN}),
    _says(_WITH_PROCESSES, _NOT_KNOWN, {Factor.BOTTLENECK: _UNKNOWN, Factor.GIL: _UNKNOWN}),
    _says(_WITH_PROCESSES, "here the time goes into waiting, which releases the GIL anyway", {Factor.BOTTLENECK: _IO}),
    _says(
        _WITH_PROCESSES,
        "here the computing code gives up the GIL, so threads use the cores without copying data",
        {Factor.GIL: one_of(Gil.RELEASES)},
    ),
    _says(
        _WITH_PROCESSES,
        "here each item takes less than a millisecond, about as much as its way to a worker and back",
        {Factor.TASK_DURATION: one_of(TaskDuration.TINY)},
    ),
    _says(_WITH_PROCESSES, "here large data would have to be copied to the workers", {Factor.PAYLOAD: one_of(Payload.LARGE)}),
    _says(_WITH_PROCESSES, "here what a worker needs cannot be pickled", {Factor.PAYLOAD: one_of(Payload.UNPICKLABLE)}),
    _says(Model.ASYNCIO_PROCESSES, "here no event loop is running", {Factor.EXISTING_LOOP: _NO_LOOP}),
    _says(
        Model.ASYNCIO_PROCESSES,
        "here the time goes into computing, and no event loop is known to run",
        {Factor.BOTTLENECK: _CPU, Factor.EXISTING_LOOP: _UNKNOWN},
    ),
    _says(
        Model.PROCESSES,
        "here an event loop is running, and a pool that is waited for would stop it",
        {Factor.EXISTING_LOOP: one_of(ExistingLoop.ASYNCIO)},
    ),
    _says(Model.INTERPRETERS, "that it runs on 3.14 or newer is not known", {Factor.PYTHON: _UNKNOWN}),
    _says(
        Model.INTERPRETERS,
        "processes do the same, work with every extension module, and memory is not known to be short",
        {Factor.MEMORY_TIGHT: NOT_YES, Factor.NEED_KILL: NOT_YES},
    ),
    _says(
        (Model.ASYNCIO, Model.THREADS, Model.ASYNCIO_THREADS),
        _NOT_KNOWN,
        {Factor.BOTTLENECK: _UNKNOWN, Factor.IO_KIND: _UNKNOWN, Factor.EXISTING_LOOP: one_of(ExistingLoop.NONE, None)},
    ),
    _says(Model.ASYNCIO, "here the time goes into computing, which a loop does not overlap", {Factor.BOTTLENECK: _CPU}),
    _says(Model.ASYNCIO, "here what computes would hold up the loop", {Factor.BOTTLENECK: one_of(Bottleneck.MIXED)}),
    _says(Model.ASYNCIO, "here some of the libraries block", {Factor.ASYNC_LIB: one_of(AsyncLib.PARTIAL, AsyncLib.NO)}),
    _says(Model.ASYNCIO, "here there is only one thing to wait for", {Factor.FAN_OUT: one_of(FanOut.ONE)}),
    _says(
        Model.ASYNCIO,
        "up to 100 at once threads are as fast within 10% (measured), and the code stays as it is",
        {Factor.FAN_OUT: _UP_TO_100},
    ),
    _says(Model.ASYNCIO, "whether there are so many, and such clients, is not all known", {Factor.ASYNC_LIB: _UNKNOWN}),
    _says(Model.ASYNCIO, "how many there are is not known", {Factor.FAN_OUT: _UNKNOWN}),
    _says(
        Model.ASYNCIO_THREADS,
        "here no event loop is running, and nothing asks for one",
        {Factor.EXISTING_LOOP: _NO_LOOP, Factor.FAN_OUT: _UP_TO_100},
    ),
    _says(
        Model.ASYNCIO_THREADS,
        "here everything that waits has an async client",
        {Factor.ASYNC_LIB: one_of(AsyncLib.YES), Factor.BOTTLENECK: _IO},
    ),
    _says(
        Model.ASYNCIO_THREADS,
        "here everything that waits has an async client, so no thread is needed for it",
        {Factor.ASYNC_LIB: one_of(AsyncLib.YES), Factor.BOTTLENECK: _UNKNOWN},
    ),
    _says(
        Model.ASYNCIO_THREADS,
        "here Python code in a thread would take the GIL from the loop",
        {Factor.BOTTLENECK: _COMPUTES, Factor.GIL: one_of(Gil.HOLDS)},
    ),
    _says(Model.ASYNCIO_THREADS, "no event loop is known to run", {Factor.EXISTING_LOOP: _UNKNOWN}),
    _says(Model.ASYNCIO_THREADS, "here no event loop is running", {Factor.EXISTING_LOOP: _NO_LOOP}),
    _says(
        Model.THREADS,
        "here an event loop is running, and a pool that is waited for would stop it",
        {Factor.EXISTING_LOOP: one_of(ExistingLoop.ASYNCIO)},
    ),
    _says(Model.THREADS, "here the code keeps the GIL while it computes", {Factor.BOTTLENECK: _COMPUTES, Factor.GIL: one_of(Gil.HOLDS)}),
    _says(Model.THREADS, "that the computing code gives up the GIL is not known", {Factor.BOTTLENECK: _COMPUTES, Factor.GIL: _UNKNOWN}),
    _says(
        Model.THREADS,
        "at this number an event loop needs less memory and less CPU per wait",
        {
            Factor.BOTTLENECK: _IO,
            Factor.FAN_OUT: one_of(FanOut.HUNDREDS, FanOut.THOUSANDS, FanOut.MORE),
            Factor.ASYNC_LIB: one_of(AsyncLib.YES, AsyncLib.NA, None),
        },
    ),
    _says(Model.THREADS, "here there is one thing to do", {Factor.FAN_OUT: one_of(FanOut.ONE)}),
    _says(Model.THREADS, "here one disk serves one request after another", {Factor.IO_KIND: one_of(IoKind.DISK)}),
    _says(
        Model.SEQUENTIAL,
        "here items that wait can wait at the same time",
        {Factor.BOTTLENECK: _IO, Factor.FAN_OUT: one_of(*(each for each in FanOut if each is not FanOut.ONE))},
    ),
    _says(Model.SEQUENTIAL, "here something has to stay responsive meanwhile", {Factor.LATENCY: one_of(Latency.RESPONSIVE)}),
    _says(Model.SEQUENTIAL, "here it would stop the running loop", {Factor.EXISTING_LOOP: one_of(ExistingLoop.ASYNCIO, ExistingLoop.GUI)}),
    _says(Model.SEQUENTIAL, "here the loop that computes can become array code, which is faster by far", {Factor.VECTORISABLE: YES}),
    _says(
        Model.SEQUENTIAL,
        "here the items can be computed on several cores at once",
        {Factor.BOTTLENECK: _CPU, Factor.FAN_OUT: one_of(*(each for each in FanOut if each is not FanOut.ONE))},
    ),
    _says(Model.THREADS, "threads that change the same state need locks", {Factor.SHARED_STATE: one_of(SharedState.MUTABLE)}),
)

_FALLBACKS: Final = {
    Model.SEQUENTIAL: "here nothing that is known gains from it",
    Model.ASYNCIO: "here one event loop is enough for what waits",
    Model.THREADS: "here a bounded pool of threads fits what is known better",
    Model.PROCESSES: "here what is known asks for worker processes",
    Model.ASYNCIO_THREADS: "here an event loop with threads for what blocks it fits what is known better",
    Model.ASYNCIO_PROCESSES: "here an event loop with processes for what computes fits what is known better",
    Model.VECTORISE: "here compiled code over whole arrays gains more than any number of workers",
    Model.FREE_THREADED: "here threads without a GIL compute in parallel and copy nothing",
    Model.INTERPRETERS: "here interpreters compute in parallel with less memory than processes",
    Model.DISTRIBUTED: "here the work has to outlive the process, or outgrows the machine",
}
"""By the model that was chosen."""
