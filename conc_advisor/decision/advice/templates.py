"""The templates that fit a model and a workload, by name, the one to begin with first."""

from typing import Final

from conc_advisor.concurrency import ConcurrencyModel as Model
from conc_advisor.decision.advice.entries import LOOPS, PROCESS_POOLS, THREAD_POOLS, YES, Entry, applying, one_of
from conc_advisor.decision.engine import Conditions
from conc_advisor.workload import ExistingLoop, Factor, FanOut, Gil, IoKind, Latency, Payload, SharedState, TaskDuration, Workload


def templates(model: Model, workload: Workload) -> tuple[str, ...]:
    """Return names of templates: those of the code first, then those of its tests."""
    return applying(_TEMPLATES, model, workload)


def _use(name: str, models: Model | frozenset[Model], when: Conditions | None = None) -> Entry[str]:
    chosen = models if isinstance(models, frozenset) else frozenset({models})
    return Entry(models=chosen, says=name, when=when or {})


_HUNDREDS: Final = one_of(FanOut.HUNDREDS, FanOut.THOUSANDS, FanOut.MORE)
_THOUSANDS: Final = one_of(FanOut.THOUSANDS, FanOut.MORE)
_LONG_LIVED: Final = one_of(TaskDuration.LONG_LIVED)
_HARD: Final = one_of(Latency.HARD_TIMEOUT)
_ONE_OWNER: Final = one_of(IoKind.SERIAL, IoKind.QUEUE)

_TEMPLATES: Final = (
    # Code: what the answers ask for in particular, then what always fits.
    _use("process-kill", Model.PROCESSES, {Factor.NEED_KILL: YES}),
    _use("process-kill", Model.PROCESSES, {Factor.LATENCY: _HARD}),
    _use("async-deadlines", Model.ASYNCIO, {Factor.LATENCY: _HARD}),
    _use("async-background-tasks", Model.ASYNCIO, {Factor.TASK_DURATION: _LONG_LIVED}),
    _use("async-queue", Model.ASYNCIO, {Factor.PIPELINE: YES}),
    _use("async-queue", Model.ASYNCIO, {Factor.FAN_OUT: _THOUSANDS}),
    _use("async-http-client", Model.ASYNCIO, {Factor.IO_KIND: one_of(IoKind.HTTP)}),
    _use("async-fan-out", Model.ASYNCIO),
    _use("async-offload", Model.ASYNCIO_THREADS),
    _use("async-fan-out", Model.ASYNCIO_THREADS, {Factor.FAN_OUT: _HUNDREDS}),
    _use("async-process-pipeline", Model.ASYNCIO_PROCESSES),
    _use("process-kill", Model.ASYNCIO_PROCESSES, {Factor.NEED_KILL: YES}),
    _use("process-kill", Model.ASYNCIO_PROCESSES, {Factor.LATENCY: _HARD}),
    _use("async-shutdown", LOOPS),
    _use("async-cancellation", LOOPS, {Factor.TASK_DURATION: _LONG_LIVED}),
    _use("thread-queue", Model.THREADS, {Factor.PIPELINE: YES}),
    _use("thread-queue", Model.THREADS, {Factor.IO_KIND: _ONE_OWNER}),
    _use("thread-queue", Model.THREADS, {Factor.EXISTING_LOOP: one_of(ExistingLoop.GUI)}),
    _use("thread-fan-out", Model.THREADS),
    _use("free-threaded-pool", Model.FREE_THREADED),
    _use("thread-local-resources", frozenset({Model.THREADS, Model.ASYNCIO_THREADS}), {Factor.IO_KIND: one_of(IoKind.HTTP, IoKind.DB)}),
    _use("thread-local-resources", frozenset({Model.THREADS}), {Factor.GIL: one_of(Gil.RELEASES)}),
    _use("thread-locks", THREAD_POOLS, {Factor.SHARED_STATE: one_of(SharedState.MUTABLE)}),
    _use("process-fan-out", Model.PROCESSES),
    _use("shared-memory", PROCESS_POOLS, {Factor.PAYLOAD: one_of(Payload.LARGE)}),
    _use("shared-memory", PROCESS_POOLS, {Factor.SHARED_STATE: one_of(SharedState.READ_ONLY_LARGE)}),
    _use("process-progress", Model.PROCESSES, {Factor.TASK_DURATION: one_of(TaskDuration.LONG)}),
    _use("process-shutdown", PROCESS_POOLS),
    _use("interpreter-pool", Model.INTERPRETERS),
    _use("dask-cluster", Model.DISTRIBUTED, {Factor.BEYOND_ONE_MACHINE: YES}),
    # Tests and measurements.
    _use("benchmark", frozenset(Model)),
    _use("loop-lag-test", LOOPS),
    _use("shutdown-test", LOOPS | THREAD_POOLS | PROCESS_POOLS | {Model.INTERPRETERS}),
    _use("race-stress-test", Model.FREE_THREADED),
    _use("race-stress-test", THREAD_POOLS, {Factor.SHARED_STATE: one_of(SharedState.MUTABLE)}),
    _use("leak-fixture", LOOPS | THREAD_POOLS, {Factor.TASK_DURATION: _LONG_LIVED}),
    _use("load-test", LOOPS, {Factor.EXISTING_LOOP: one_of(ExistingLoop.ASYNCIO)}),
)
