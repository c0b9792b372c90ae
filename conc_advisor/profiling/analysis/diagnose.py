"""The way from a recording to a diagnosis: one pass over the samples, then conclusions."""

from dataclasses import replace

from conc_advisor.concurrency import ThreadState
from conc_advisor.profiling.analysis.activities import NATIVE, RUNNING, ActivityReader
from conc_advisor.profiling.analysis.blocking import Blocking, WaitCounts, lock_sites
from conc_advisor.profiling.analysis.contention import Contention
from conc_advisor.profiling.analysis.doubts import confidence_left, doubts_about
from conc_advisor.profiling.analysis.evidence import Evidence
from conc_advisor.profiling.analysis.hot_paths import cpu_by_stack, hot_paths, hottest_user_lines
from conc_advisor.profiling.analysis.libraries import libraries_in_use
from conc_advisor.profiling.analysis.next_steps import next_step_for
from conc_advisor.profiling.analysis.pools import Pools
from conc_advisor.profiling.analysis.problems import findings_of
from conc_advisor.profiling.analysis.sentences import sentence_for
from conc_advisor.profiling.analysis.shares import Measured, ratio, shares_of
from conc_advisor.profiling.analysis.stack_index import StackIndex, index_stacks
from conc_advisor.profiling.analysis.stalls import Stalls
from conc_advisor.profiling.analysis.states import States
from conc_advisor.profiling.analysis.sweeps import Sweeps
from conc_advisor.profiling.analysis.thread_labels import label_threads
from conc_advisor.profiling.analysis.timeline import Timeline
from conc_advisor.profiling.analysis.totals import Totals
from conc_advisor.profiling.analysis.verdict import decide, figures_of
from conc_advisor.profiling.analysis.workload import evidence_of
from conc_advisor.profiling.diagnosis import Diagnosis, Verdict
from conc_advisor.profiling.recording import NO_STACK, Header, Recording

DEFAULT_STALL_SECONDS = 0.05


def diagnose(recording: Recording, *, stall_seconds: float = DEFAULT_STALL_SECONDS) -> Diagnosis:
    """Return all that can be said of a recording; callbacks of `stall_seconds` and more count as stalls.

    Takes time linear in the number of samples, and memory for the distinct (thread, state, stack) only.  Raises `RecordingError` when the
    file is damaged.
    """
    return _Pass(recording, stall_seconds).diagnosis()


class _Pass:
    """The accumulators, filled from the recording."""

    def __init__(self, recording: Recording, stall_seconds: float) -> None:
        header = recording.header
        self._header: Header = header
        self._stall_seconds = stall_seconds
        self._labels = label_threads(header)
        self._index: StackIndex = index_stacks(recording.stacks, header.library_paths)
        self._reader = ActivityReader(self._index)
        self._totals = Totals(self._index.size)
        self._sweeps = Sweeps(header, self._index, self._reader)
        self._counts = WaitCounts(header, self._index)
        self._stalls = Stalls(header, self._index, stall_seconds)
        self._timeline = Timeline(header, self._reader)
        self._pools = Pools(header, self._index)
        for block in recording.blocks():
            for accumulator in (self._totals, self._sweeps, self._counts, self._stalls, self._timeline, self._pools):
                accumulator.add(block)
        self._sweeps.finish()
        self._stalls.finish()
        self._pools.finish()
        self._states = States(header, self._totals, self._index, self._reader)

    def diagnosis(self) -> Diagnosis:
        """Return the whole."""
        header, by_stack = self._header, cpu_by_stack(self._totals)
        evidence = self._evidence(by_stack)
        verdict = _conclude(evidence)
        diagnosis = Diagnosis(
            command=header.command,
            attached=header.attached,
            created=header.created,
            duration_seconds=header.duration_seconds,
            exit_status=header.exit_status,
            stall_threshold_seconds=self._stall_seconds,
            machine=header.machine,
            sampling=header.sampling,
            verdict=verdict,
            processes=self._states.processes(self._labels),
            contention=evidence.contention,
            blocking=evidence.blocking,
            event_loops=evidence.loops,
            stalls=evidence.stalls,
            hot_paths=hot_paths(by_stack, self._index),
            timeline=self._timeline.result(self._labels),
            findings=findings_of(evidence, verdict.confidence),
            limits=header.limits,
        )
        return replace(diagnosis, evidence=evidence_of(diagnosis, lambda: libraries_in_use(self._totals, self._index)))

    def _evidence(self, by_stack: dict[int, float]) -> Evidence:
        header, index, totals, states, labels = self._header, self._index, self._totals, self._states, self._labels
        contention = Contention(header=header, index=index, totals=totals, sweeps=self._sweeps, states=states, labels=labels).result()
        blocking = Blocking(header=header, index=index, reader=self._reader, totals=totals, counts=self._counts).result(states, labels)
        loops, stalls = self._stalls.loops(totals, labels), self._stalls.result(labels)
        pools = tuple(self._pools.pools)
        measured = Measured(
            header=header,
            totals=totals,
            states=states,
            sweeps=self._sweeps,
            contention=contention,
            loops=loops,
            stalls=stalls,
            pools=pools,
        )
        return Evidence(
            header=header,
            shares=shares_of(measured),
            contention=contention,
            blocking=blocking,
            loops=loops,
            stalls=stalls,
            pools=tuple((pool, index.location(pool.stack)) for pool in pools),
            hot=tuple(hottest_user_lines(by_stack, index)),
            locks=tuple(lock_sites(blocking)),
            uncounted_loops=tuple(self._stalls.uncounted(labels)),
            cpu_without_stack=self._cpu_without_stack(),
        )

    def _cpu_without_stack(self) -> float:
        members = [number for number, thread in enumerate(self._header.threads) if thread.python]
        cpu = self._states.seconds(ThreadState.RUNNING, members) + self._states.seconds(ThreadState.NATIVE, members)
        python = set(members)
        missing = sum(
            row.seconds
            for row in self._totals.rows()
            if row.stack == NO_STACK and row.activity in {RUNNING, NATIVE} and row.thread in python
        )
        return ratio(missing, cpu)


def _conclude(evidence: Evidence) -> Verdict:
    rule = decide(evidence.shares)
    doubts = doubts_about(rule, evidence)
    return Verdict(
        id=rule.verdict,
        confidence=confidence_left(doubts),
        sentence=sentence_for(rule, evidence),
        figures=figures_of(rule, evidence.shares),
        next_step=next_step_for(rule, evidence),
        doubts=tuple(doubt.sentence for doubt in doubts),
    )
