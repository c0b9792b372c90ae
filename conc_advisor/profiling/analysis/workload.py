"""What a diagnosis says of the workload, factor by factor, for `choose`: only what was seen, and how sure that is.

A recording that shows too little, or a program without work, says nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from conc_advisor.concurrency import BlockKind, StallCause, ThreadState, VerdictId
from conc_advisor.findings import Confidence
from conc_advisor.profiling.analysis import thresholds as limits
from conc_advisor.profiling.analysis.evidence import duration, listed, percent, times
from conc_advisor.profiling.analysis.libraries import LibraryUse
from conc_advisor.profiling.analysis.shares import ratio
from conc_advisor.profiling.diagnosis import Diagnosis, ThreadSummary
from conc_advisor.workload import (
    AsyncLib,
    Bottleneck,
    Evidence,
    ExistingLoop,
    Factor,
    FanOut,
    Gil,
    IoKind,
    Latency,
    Origin,
    PythonVersion,
    SharedState,
    Value,
)

_SILENT: Final = frozenset({VerdictId.IDLE, VerdictId.NOT_ENOUGH_EVIDENCE})
_UNCLEAR: Final = frozenset({VerdictId.MIXED, VerdictId.LOCK_BOUND, VerdictId.POOL_STARVED, VerdictId.OVERSUBSCRIBED})
"""Verdicts in which something else than the work decided how the threads spent their time."""
_COMPUTES: Final = (ThreadState.RUNNING, ThreadState.NATIVE, ThreadState.GIL_WAIT)
_WAITS: Final = (BlockKind.SOCKET, BlockKind.FILE, BlockKind.SUBPROCESS, BlockKind.SLEEP)
_KIND_WORDS: Final = {
    BlockKind.SOCKET: "sockets",
    BlockKind.FILE: "files",
    BlockKind.SUBPROCESS: "other programs",
    BlockKind.SLEEP: "sleep",
}
_LEAD: Final = 0.6
"""One kind of I/O is named when it takes this part of all: clearly the larger one."""
_BESIDE: Final = 0.25
"""A thread is at work beside the busiest when it has this part of its work: starting the others is less."""
_NATIVE_THREAD: Final = 0.2
"""A library's own thread counts when it was on CPU for this part of the recording: not for housekeeping."""


def evidence_of(diagnosis: Diagnosis, libraries: Callable[[], tuple[LibraryUse, ...]]) -> tuple[Evidence, ...]:
    """Return what is known of the workload, at most one value a factor, in the order of the factors.

    `libraries` is asked only where there is I/O to name.
    """
    if diagnosis.verdict.id in _SILENT:
        return ()
    work = _work(diagnosis)
    found = (
        *_kept_the_loop(work),
        *_bottleneck(work),
        *_io_kind(work, libraries),
        *_gil(work),
        *_fan_out(work),
        *_loop(diagnosis),
        *_lock(diagnosis),
        *_python(diagnosis),
        *_own_threads(diagnosis),
    )
    order = list(Factor)
    first = {each.factor: each for each in reversed(found)}
    return tuple(sorted(first.values(), key=lambda each: order.index(each.factor)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """Seconds of the threads that did anything but wait for work.

    `computing` counts waiting for the GIL, `waiting` I/O, sleep and a loop's time in its selector.  Time without a free core counts for
    neither: that is the machine's doing.
    """

    diagnosis: Diagnosis
    threads: tuple[ThreadSummary, ...]
    running: float
    native: float
    computing: float
    loop_idle: float
    kinds: dict[BlockKind, float]

    @property
    def waiting(self) -> float:
        return self.loop_idle + sum(self.kinds.values())

    @property
    def computing_share(self) -> float:
        return ratio(self.computing, self.computing + self.waiting)

    @property
    def cores_used(self) -> float:
        """On average."""
        return ratio(self.running + self.native, self.diagnosis.duration_seconds)

    @property
    def confidence(self) -> Confidence:
        """That of the verdict, and no more than medium where it names something else than the work."""
        verdict = self.diagnosis.verdict
        return _least(verdict.confidence, Confidence.MEDIUM if verdict.id in _UNCLEAR else Confidence.HIGH)


def _work(diagnosis: Diagnosis) -> _Work:
    threads = tuple(thread for process in diagnosis.processes for thread in process.threads if not thread.plumbing)

    def seconds(*states: ThreadState) -> float:
        return sum(thread.states.get(state, 0.0) for thread in threads for state in states)

    return _Work(
        diagnosis=diagnosis,
        threads=threads,
        running=seconds(ThreadState.RUNNING),
        native=seconds(ThreadState.NATIVE),
        computing=seconds(*_COMPUTES),
        loop_idle=seconds(ThreadState.LOOP_IDLE),
        kinds={kind: sum(thread.blocked.get(kind, 0.0) for thread in threads) for kind in _WAITS},
    )


def _kept_the_loop(work: _Work) -> Iterator[Evidence]:
    """Say what kept an event loop: the rest of its time it waits, which is what a loop is for and asks for no other model."""
    verdict, stalls = work.diagnosis.verdict, work.diagnosis.stalls
    if verdict.id is VerdictId.LOOP_HEALTHY:
        detail = "no callback kept the event loop for long"
        yield _evidence(Factor.ASYNC_LIB, AsyncLib.NA, _medium(work), detail)
        if work.computing_share < limits.WORK_IS_COMPUTING.value:
            yield _evidence(Factor.BOTTLENECK, Bottleneck.IO, _medium(work), f"{detail}, and it waits {percent(1 - work.computing_share)}")
    if verdict.id is not VerdictId.LOOP_STALLED or not stalls:
        return
    seconds: dict[StallCause, float] = {}
    for stall in stalls:
        seconds[stall.cause] = seconds.get(stall.cause, 0.0) + stall.total_seconds
    cause = max(seconds, key=lambda cause: seconds[cause])
    worst = max((stall for stall in stalls if stall.cause is cause), key=lambda stall: stall.total_seconds)
    place = f" in {worst.location.function}()" if worst.location else ""
    match cause:
        case StallCause.CPU | StallCause.GIL | StallCause.NATIVE:
            value = Bottleneck.CPU if work.computing_share >= limits.WORK_IS_COMPUTING.value else Bottleneck.MIXED
            detail = f"computing{place} kept the event loop for {duration(seconds[cause])}"
            yield _evidence(Factor.BOTTLENECK, value, _medium(work), detail)
            gil = Gil.RELEASES if cause is StallCause.NATIVE else Gil.HOLDS
            yield _evidence(Factor.GIL, gil, _medium(work), detail)
        case StallCause.SLEEP | StallCause.SOCKET | StallCause.FILE | StallCause.SUBPROCESS | StallCause.LOCK | StallCause.OTHER:
            detail = f"a blocking call{place} kept the event loop for {duration(seconds[cause])}"
            yield _evidence(Factor.BOTTLENECK, Bottleneck.IO, _medium(work), detail)
            yield _evidence(Factor.ASYNC_LIB, AsyncLib.NO, _medium(work), detail)
        case StallCause.NO_CORE:
            return


def _bottleneck(work: _Work) -> Iterator[Evidence]:
    both = work.computing + work.waiting
    if both < limits.AT_WORK.value * work.diagnosis.duration_seconds:
        return
    share = work.computing_share
    if share >= limits.WORK_IS_COMPUTING.value:
        value = Bottleneck.CPU
    elif share < limits.WORK_IS_WAITING.value and work.cores_used < limits.WORK_IS_BOTH.value:
        value = Bottleneck.IO
    else:
        value = Bottleneck.MIXED
    close = any(abs(share - limit.value) <= limits.CLOSE.value / 2 for limit in (limits.WORK_IS_WAITING, limits.WORK_IS_COMPUTING))
    confidence = _least(work.confidence, Confidence.LOW if close else Confidence.HIGH)
    detail = f"{percent(share)} of the working threads' time on CPU or waiting for the GIL, {percent(1 - share)} waiting{_for_what(work)}"
    yield _evidence(Factor.BOTTLENECK, value, confidence, detail)


def _for_what(work: _Work) -> str:
    """Return what was mostly waited for, as words that follow `waiting`."""
    parts = {_KIND_WORDS[kind]: seconds for kind, seconds in work.kinds.items()} | {"events in the loop": work.loop_idle}
    named = [name for name, seconds in sorted(parts.items(), key=lambda part: -part[1]) if seconds >= limits.AT_WORK.value * work.waiting]
    return f" for {listed(named)}" if work.waiting > 0 and named else ""


def _io_kind(work: _Work, libraries: Callable[[], tuple[LibraryUse, ...]]) -> Iterator[Evidence]:
    io = {kind: seconds for kind, seconds in work.kinds.items() if kind is not BlockKind.SLEEP}
    total = sum(io.values())
    if work.waiting <= 0 or total + work.loop_idle < limits.AT_WORK.value * work.waiting:
        return
    lead = max(io, key=lambda kind: io[kind])
    clear = io[lead] >= _LEAD * (total + work.loop_idle)
    share = percent(ratio(io[lead], total + work.loop_idle))
    match lead:
        case BlockKind.FILE if clear:
            yield _evidence(Factor.IO_KIND, IoKind.DISK, _medium(work), f"{share} of the I/O was waiting for files")
        case BlockKind.SUBPROCESS if clear:
            yield _evidence(Factor.IO_KIND, IoKind.SUBPROCESS, _medium(work), f"{share} of the I/O was waiting for other programs")
        case _:
            in_loop = work.loop_idle > total
            yield from _by_library([use for use in libraries() if use.in_loop is in_loop], io[BlockKind.SOCKET], work)


def _by_library(uses: list[LibraryUse], on_sockets: float, work: _Work) -> Iterator[Evidence]:
    """Name the kind of I/O by the libraries whose frames were seen, if most of the time was spent below them."""
    in_loop = any(use.in_loop for use in uses)
    by_kind: dict[IoKind, float] = {}
    for use in uses:
        by_kind[use.kind] = by_kind.get(use.kind, 0.0) + use.seconds
    kind = max(by_kind, key=lambda kind: by_kind[kind], default=None)
    whole = sum(by_kind.values()) if in_loop else on_sockets
    if kind is None or by_kind[kind] < _LEAD * whole:
        return
    # A loop's callbacks say which library was at work, not what the loop waited for.
    confidence = Confidence.LOW if in_loop else _medium(work)
    names = listed([use.name for use in uses if use.kind is kind][:3])
    doing = "at work in the event loop" if in_loop else f"waiting on sockets for {percent(ratio(by_kind[kind], whole))} of that time"
    yield _evidence(Factor.IO_KIND, kind, confidence, f"{names}: {doing}")
    with_async = {use.has_async for use in uses}
    has_twins = AsyncLib.PARTIAL if len(with_async) > 1 else AsyncLib.YES if with_async == {True} else AsyncLib.NO
    every = listed([use.name for use in uses][:3])
    yield _evidence(Factor.ASYNC_LIB, has_twins, confidence, f"{every}: {_ASYNC_WORDS[has_twins]}")


_ASYNC_WORDS: Final = {
    AsyncLib.YES: "the catalogue knows asynchronous clients",
    AsyncLib.PARTIAL: "the catalogue knows asynchronous clients for some of them",
    AsyncLib.NO: "the catalogue knows no asynchronous client",
}


def _gil(work: _Work) -> Iterator[Evidence]:
    """Say what computing does with the GIL; where hardly anything computes, or the GIL was not read, nothing."""
    if work.computing_share < limits.WORK_IS_WAITING.value and work.cores_used < limits.WORK_IS_BOTH.value:
        return
    if not any(process.gil_measured for process in work.diagnosis.processes):
        return
    native = ratio(work.native, work.running + work.native)
    if native >= limits.GIL_MOSTLY.value:
        value = Gil.RELEASES
    elif native <= 1 - limits.GIL_MOSTLY.value:
        value = Gil.HOLDS
    else:
        value = Gil.MIXED
    estimated = work.diagnosis.sampling.estimated
    confidence = _least(work.confidence, Confidence.MEDIUM if estimated or value is Gil.MIXED else Confidence.HIGH)
    yield _evidence(Factor.GIL, value, confidence, f"{percent(1 - native)} of the time on CPU with the GIL, {percent(native)} without")


def _fan_out(work: _Work) -> Iterator[Evidence]:
    """Guess the fan-out by the threads at work: a program may have more items than threads."""
    seconds = [_busy(thread) for thread in work.threads if thread.python]
    busy = [spent for spent in seconds if spent >= _BESIDE * max(seconds)]
    if work.loop_idle > 0 or len(busy) < FanOut.FEW.bounds[0]:
        return
    value = next(size for size in FanOut if len(busy) <= size.bounds[1])
    yield _evidence(Factor.FAN_OUT, value, Confidence.LOW, f"{times(len(busy), 'thread')} were at work")


def _busy(thread: ThreadSummary) -> float:
    asleep = sum(thread.blocked.get(kind, 0.0) for kind in _WAITS)
    return asleep + sum(thread.states.get(state, 0.0) for state in (*_COMPUTES, ThreadState.LOCK_WAIT, ThreadState.RUNNABLE))


def _loop(diagnosis: Diagnosis) -> Iterator[Evidence]:
    longest = max(diagnosis.event_loops, key=lambda loop: loop.seconds, default=None)
    if longest is None or longest.seconds < limits.LOOP_TIME.value * diagnosis.duration_seconds:
        return
    ran = f"an event loop ({longest.implementation}) ran in {longest.thread} for {duration(longest.seconds)}"
    yield _evidence(Factor.EXISTING_LOOP, ExistingLoop.ASYNCIO, Confidence.HIGH, ran)
    stalled = [loop for loop in diagnosis.event_loops if loop.stalled_seconds >= limits.STALLED.value * loop.seconds]
    stalls = [stall for stall in diagnosis.stalls if stall.thread in {loop.thread for loop in stalled}]
    if stalls:
        worst = max(stall.longest_seconds for stall in stalls)
        count = sum(stall.count for stall in stalls)
        kept = f"{times(count, 'stall')} of the event loop, up to {duration(worst)} long"
        yield _evidence(Factor.LATENCY, Latency.RESPONSIVE, _least(Confidence.MEDIUM, diagnosis.verdict.confidence), kept)


def _lock(diagnosis: Diagnosis) -> Iterator[Evidence]:
    if diagnosis.verdict.id is VerdictId.LOCK_BOUND:
        waited = sum(thread.states.get(ThreadState.LOCK_WAIT, 0.0) for process in diagnosis.processes for thread in process.threads)
        detail = f"threads waited {duration(waited)} in all for a lock that they share"
        yield _evidence(Factor.SHARED_STATE, SharedState.MUTABLE, _least(Confidence.MEDIUM, diagnosis.verdict.confidence), detail)


def _python(diagnosis: Diagnosis) -> Iterator[Evidence]:
    """Name the Python of the process that computed most."""
    known = [process for process in diagnosis.processes if process.python]
    busiest = max(known, key=lambda process: sum(thread.cpu_seconds or 0.0 for thread in process.threads), default=None)
    version = PythonVersion.parse(busiest.python) if busiest is not None else None
    if busiest is not None and version is not None:
        yield _evidence(Factor.PYTHON, version, Confidence.HIGH, f"process {busiest.pid} ran Python {busiest.python}")


def _own_threads(diagnosis: Diagnosis) -> Iterator[Evidence]:
    least = _NATIVE_THREAD * diagnosis.duration_seconds
    native = [thread for process in diagnosis.processes for thread in process.threads if not thread.python]
    busy = [thread for thread in native if thread.states.get(ThreadState.NATIVE, 0.0) >= least]
    if busy:
        detail = f"{times(len(busy), 'thread')} that never ran Python code computed"
        yield _evidence(Factor.OWN_THREADS, True, _least(Confidence.MEDIUM, diagnosis.verdict.confidence), detail)  # noqa: FBT003


def _medium(work: _Work) -> Confidence:
    return _least(Confidence.MEDIUM, work.confidence)


def _least(*confidences: Confidence) -> Confidence:
    return min(confidences, key=list(Confidence).index)


def _evidence(factor: Factor, value: Value, confidence: Confidence, detail: str) -> Evidence:
    return Evidence(factor=factor, value=value, origin=Origin.PROFILE, confidence=confidence, detail=detail)
