"""Makes the recording out of what was gathered in a run."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from conc_advisor.profiling.recording import (
    EventLoopInfo,
    Header,
    Limit,
    Machine,
    ProcessInfo,
    Recording,
    RecordingWriter,
    Sampling,
    StackTable,
    ThreadInfo,
)
from conc_advisor.profiling.samplers.assemble import Assembler, Assembly
from conc_advisor.profiling.samplers.blind import LIMIT as BLIND_LIMIT
from conc_advisor.profiling.samplers.blind import BlindAssembler, HolderShares
from conc_advisor.profiling.samplers.chrome_trace import TraceTimelines, read_trace
from conc_advisor.profiling.samplers.follow import Follower
from conc_advisor.profiling.samplers.machine import usable_cores
from conc_advisor.profiling.samplers.py_spy import StackRecorder, StackSegment
from conc_advisor.profiling.samplers.pyinstrument import LIMITS as PYINSTRUMENT_LIMITS
from conc_advisor.profiling.samplers.pyinstrument import SessionFile
from conc_advisor.profiling.samplers.stack_history import HistorySegment, StackHistory
from conc_advisor.profiling.samplers.threads import ThreadRecord
from conc_advisor.profiling.target import Engine, Launch, Target

_FIRST_LOOK_GAPS: Final = 2.0
_PYINSTRUMENT_GAP_US: Final = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What the session knows of a run beside its samples; units as in `Sampling` and `Machine`."""

    target: Target
    engine: Engine
    engine_version: str
    session_file: Path | None
    tool_version: str
    created: str
    duration_seconds: float
    exit_status: int | None
    system: str
    others_busy: float | None
    overhead: float
    max_overhead: float
    sweeps: int
    mean_lag_seconds: float
    max_lag_seconds: float
    unseen_cpu_seconds: float
    limits: tuple[Limit, ...]


def write_recording(follower: Follower, facts: RunFacts, writer: RecordingWriter) -> Recording:
    """Write the samples and the header, and return the finished recording."""
    stacks = StackTable()
    limits = [*facts.limits, *follower.limits()]
    if any(watch.blind for watch in follower.watches):
        limits.append(BLIND_LIMIT)
        assembly = _assemble_blind(follower, stacks, writer)
        return writer.finish(_header(follower, facts, assembly, limits), stacks)
    histories = _histories(follower, facts, stacks, limits)
    assembler = Assembler(
        records=follower.tools.registry.records,
        histories=histories,
        holder_histories=_holder_histories(follower, stacks),
        measured=frozenset(watch.index for watch in follower.watches if watch.gil_measured),
        stacks=stacks,
        writer=writer,
    )
    assembly = assembler.run(follower.tools.rows)
    return writer.finish(_header(follower, facts, assembly, limits), stacks)


def _assemble_blind(follower: Follower, stacks: StackTable, writer: RecordingWriter) -> Assembly:
    """Write the samples of the first process from its stacks; children are not followed where the kernel tells nothing."""
    watch = follower.watches[0]
    if watch.recorder is None or watch.holder_recorder is None:
        return Assembly()
    holders = watch.holder_recorder.segments[0]
    assembler = BlindAssembler(
        registry=follower.tools.registry,
        shares=HolderShares.read(holders.trace, stacks),
        holder_rate=holders.rate,
        stacks=stacks,
        writer=writer,
    )
    return assembler.run(_segments(watch.recorder, follower.began, stacks), watch.index, int(watch.last_us))


def _histories(follower: Follower, facts: RunFacts, stacks: StackTable, limits: list[Limit]) -> dict[int, StackHistory]:
    """Return the stacks of each process by its index."""
    if facts.engine is Engine.PYINSTRUMENT:
        return _pyinstrument_history(follower, facts, stacks, limits)
    found = {}
    for watch in follower.watches:
        if watch.recorder is not None and (history := _recorded(watch.recorder, follower.began, stacks)):
            found[watch.index] = history
    return found


def _holder_histories(follower: Follower, stacks: StackTable) -> dict[int, StackHistory]:
    """Return the stacks of the GIL's holder of each process that has so many threads that they were recorded by themselves."""
    found = {}
    for watch in follower.watches:
        if watch.holder_recorder is not None and (history := _recorded(watch.holder_recorder, follower.began, stacks)):
            found[watch.index] = history
    return found


def _recorded(recorder: StackRecorder, began: float, stacks: StackTable) -> StackHistory | None:
    segments = _segments(recorder, began, stacks)
    return StackHistory(segments) if segments else None


def _segments(recorder: StackRecorder, began: float, stacks: StackTable) -> list[HistorySegment]:
    return [
        HistorySegment(from_us=_from_us(segment, began, first=number == 0), gap_us=1e6 / segment.rate, load=_loader(segment, began, stacks))
        for number, segment in enumerate(recorder.segments)
        if segment.ready_at is not None or segment.counts()[0]
    ]


def _from_us(segment: StackSegment, began: float, *, first: bool) -> int:
    """Return from when on a segment's stacks count: the first from the start, a later one once it has had a look."""
    if first or segment.ready_at is None:
        return 0
    return max(int((segment.ready_at + _FIRST_LOOK_GAPS / segment.rate - began) * 1e6), 0)


def _loader(segment: StackSegment, began: float, stacks: StackTable) -> Callable[[], TraceTimelines | None]:
    def load() -> TraceTimelines | None:
        try:
            return read_trace(segment.trace, began_us=int((segment.began - began) * 1e6), stacks=stacks)
        except (OSError, msgspec.MsgspecError):
            return None  # py-spy writes no file when it never saw a stack

    return load


def _pyinstrument_history(follower: Follower, facts: RunFacts, stacks: StackTable, limits: list[Limit]) -> dict[int, StackHistory]:
    limits.extend(PYINSTRUMENT_LIMITS)
    session = SessionFile.find(facts.session_file) if facts.session_file else None
    timelines = session.timelines(recording_began=follower.began, stacks=stacks) if session else None
    watch = next((watch for watch in follower.watches if session and watch.pid == session.pid), None)
    if timelines is None or watch is None:
        why = "pyinstrument did not start in it" if session is None else "it was killed or left through os._exit, so its session was lost"
        limits.append(Limit(what="all stacks of the program", why=why))
        return {}
    return {watch.index: StackHistory([HistorySegment(from_us=0, gap_us=_PYINSTRUMENT_GAP_US, load=lambda: timelines)])}


def _header(follower: Follower, facts: RunFacts, assembly: Assembly, limits: list[Limit]) -> Header:
    launched = isinstance(facts.target, Launch)
    watches = follower.watches
    shown = facts.target.shown if isinstance(facts.target, Launch) else (watches[0].command,)
    libraries = {watch.interpreter.library for watch in watches if watch.interpreter}
    records = follower.tools.registry.records
    return Header(
        tool_version=facts.tool_version,
        created=facts.created,
        command=tuple(map(_writable, shown)),
        attached=not launched,
        working_directory=_writable(watches[0].folder),
        library_paths=tuple(sorted(map(_writable, libraries))),
        duration_seconds=facts.duration_seconds,
        exit_status=facts.exit_status,
        machine=Machine(system=facts.system, cores=usable_cores(), others_busy=facts.others_busy),
        sampling=_sampling(follower, facts, assembly),
        processes=tuple(
            ProcessInfo(
                pid=watch.pid,
                parent_pid=watch.parent_pid,
                command=_writable(watch.command),
                python=f"{watch.interpreter.version}{'t' * watch.interpreter.free_threaded}" if watch.interpreter else "",
                first_us=watch.first_us,
                last_us=watch.last_us,
                gil_measured=watch.gil_measured,
                stacks=watch.recorder is not None or facts.engine is Engine.PYINSTRUMENT,
            )
            for watch in watches
        ),
        threads=tuple(_thread(record, follower, assembly) for record in records),
        event_loops=tuple(
            EventLoopInfo(thread=record.index, implementation=record.runs_loop, callbacks_counted=record.loop_counted)
            for record in records
            if record.runs_loop
        ),
        limits=tuple(limits),
    )


def _sampling(follower: Follower, facts: RunFacts, assembly: Assembly) -> Sampling:
    segments = [segment for watch in follower.watches for recorder in watch.recorders for segment in recorder.segments]
    looks = sum(watch.recorder.looks() for watch in follower.watches if watch.recorder)
    recorded = sum(watch.recorder is not None for watch in follower.watches)
    return Sampling(
        engine=facts.engine.value,
        engine_version=facts.engine_version,
        mode="non-blocking" if facts.engine is Engine.PY_SPY else "in-process",
        state_rate=facts.sweeps / max(facts.duration_seconds, 1e-6),
        stack_rate=looks / max(recorded, 1) / max(facts.duration_seconds, 1e-6)
        if facts.engine is Engine.PY_SPY
        else 1e6 / _PYINSTRUMENT_GAP_US,
        sweeps=facts.sweeps,
        samples=assembly.samples,
        failed_samples=sum(segment.counts()[1] for segment in segments),
        mean_lag_seconds=facts.mean_lag_seconds,
        max_lag_seconds=facts.max_lag_seconds,
        overhead=facts.overhead,
        max_overhead=facts.max_overhead,
        estimated=any(not watch.gil_measured for watch in follower.watches),
        unseen_cpu_seconds=facts.unseen_cpu_seconds,
    )


def _thread(record: ThreadRecord, follower: Follower, assembly: Assembly) -> ThreadInfo:
    watch = follower.watches[record.process]
    main = record.tid == watch.pid
    base_cpu, base_queue = (0, 0) if record.born_recording else (record.base_cpu_ns, record.base_queue_ns)
    return ThreadInfo(
        process=record.process,
        os_thread_id=record.tid,
        name=assembly.names.get(record.index) or record.python_name or ("MainThread" if main else record.name) or f"thread-{record.tid}",
        python=record.python if watch.gil_measured else record.index in assembly.with_stacks,
        first_us=record.first_us,
        last_us=record.last_us,
        cpu_seconds=None if watch.blind else (record.cpu_ns - base_cpu) / 1e9,
        runqueue_seconds=None if watch.blind else (record.queue_ns - base_queue) / 1e9,
    )


def _writable(text: str) -> str:
    """Return a text that may hold bytes which are no UTF-8 with those spelt out: a recording is text."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
