"""The verdict in one sentence: what was seen, with its figures, and nothing beyond."""

from typing import assert_never

from conc_advisor.concurrency import StallCause, VerdictId
from conc_advisor.profiling.analysis import thresholds as limits
from conc_advisor.profiling.analysis.evidence import Evidence, duration, percent, times
from conc_advisor.profiling.analysis.verdict import Rule

CAUSES = {
    StallCause.SLEEP: "a blocking sleep",
    StallCause.SOCKET: "a blocking socket call",
    StallCause.FILE: "a blocking file operation",
    StallCause.SUBPROCESS: "waiting for a child program",
    StallCause.LOCK: "waiting for a lock or another thread",
    StallCause.CPU: "Python code on CPU",
    StallCause.NATIVE: "native code on CPU",
    StallCause.GIL: "waiting for the GIL",
    StallCause.OTHER: "a blocking call",
}


def sentence_for(rule: Rule, evidence: Evidence) -> str:  # noqa: PLR0911  (one sentence a verdict)
    """Return the sentence."""
    shares = evidence.shares
    match rule.verdict:
        case VerdictId.GIL_BOUND:
            return (
                f"Threads compete for the GIL: for {percent(shares.contended)} of the time at least one waited for it, and "
                f"{percent(shares.waiting)} of the thread time that wanted it was spent waiting."
            )
        case VerdictId.CPU_BOUND_SINGLE:
            return _computing(evidence)
        case VerdictId.NATIVE_BOUND:
            return (
                f"Native code that does not hold the GIL does most of the work: {percent(shares.native_of_cpu)} of the CPU time, "
                f"{shares.native:.1f} cores busy with it on average."
            )
        case VerdictId.OVERSUBSCRIBED:
            return (
                f"The program wants more cores than there are: {shares.busy_per_core:.1f} busy threads per core, and "
                f"{percent(shares.runnable)} of the time that they wanted a core they waited for one."
            )
        case VerdictId.IO_BOUND:
            return f"The program mostly waits: {percent(shares.io_of_work)} of its threads' time goes to I/O and sleep; a thread wants a core {percent(shares.cpu)} of the time."
        case VerdictId.LOOP_STALLED:
            return _stalled(evidence)
        case VerdictId.LOOP_HEALTHY:
            return f"The event loop is busy {percent(shares.loop_busy)} of the time, and {_little_stalled(evidence)}."
        case VerdictId.LOCK_BOUND:
            site = evidence.locks[0] if evidence.locks else None
            return f"Threads wait for a lock: for {percent(shares.lock)} of the time at least one did, mostly at {evidence.place(site.location if site else None)}."
        case VerdictId.POOL_STARVED:
            return _starved(evidence)
        case VerdictId.IDLE:
            return f"The program hardly did anything: its busiest process had something to do for {percent(shares.active)} of the time, the rest was waiting for work or input."
        case VerdictId.MIXED:
            return (
                f"No single cause stands out: a thread wanted a core {percent(shares.cpu)} of the time, "
                f"{percent(shares.io)} was only waiting for I/O or sleep, {percent(shares.contended)} had a thread waiting for the GIL."
            )
        case VerdictId.NOT_ENOUGH_EVIDENCE:
            return _too_little(rule, evidence)
        case _:
            assert_never(rule.verdict)


def _computing(evidence: Evidence) -> str:
    shares, processes = evidence.shares, evidence.busy_processes
    if processes > 1:
        return f"Each of {processes} processes computes on one thread at a time: a thread wants a core {percent(shares.cpu)} of the time."
    return f"One thread at a time computes: a thread wants a core {percent(shares.cpu)} of the time, and {percent(shares.python)} of the time one runs Python code."


def _stalled(evidence: Evidence) -> str:
    total = sum(stall.count for stall in evidence.stalls)
    stall = evidence.stalls[0]
    about = "about " if stall.estimated else ""
    return (
        f"The event loop is stalled for {about}{percent(evidence.shares.stalled)} of its life, by {times(total, 'long callback')}; "
        f"most by {CAUSES[stall.cause]} in {evidence.place(stall.location)}, up to {about}{duration(stall.longest_seconds)} at a time."
    )


def _little_stalled(evidence: Evidence) -> str:
    count = sum(stall.count for stall in evidence.stalls)
    if count:
        return f"{times(count, 'stall')} cost it {percent(sum(stall.total_seconds for stall in evidence.stalls) / evidence.loops[0].seconds)} of its life"
    if evidence.uncounted_loops:
        return "no stall was seen, as far as can be told without counting callbacks"
    return "no callback kept it for long"


def _starved(evidence: Evidence) -> str:
    pool = _starved_pool(evidence)
    if evidence.shares.pool_nested >= limits.POOL.value:
        return (
            f"The {pool} has no worker left: for {percent(evidence.shares.pool_nested)} of the time all of them slept inside tasks, some of them "
            "waiting for other tasks' results."
        )
    return f"All threads of the {pool} slept inside tasks for {percent(evidence.shares.pool_default_full)} of the time, and it has reached its largest size: further tasks have to wait."


def _starved_pool(evidence: Evidence) -> str:
    pool = max((pool for pool, _ in evidence.pools), key=lambda pool: (pool.nested, pool.saturated))
    return f"thread pool {pool.name} ({times(pool.workers, 'worker')})"


def _too_little(rule: Rule, evidence: Evidence) -> str:
    shares = evidence.shares
    if rule.conditions[0].figure == "others_busy":
        return (
            f"The machine was too busy to say: other processes used {percent(shares.others_busy)} of its cores, and this program's threads "
            f"waited {percent(shares.runnable)} of their time for one."
        )
    if rule.conditions[0].figure == "failed":
        return f"Not enough evidence to say: {percent(shares.failed)} of the samples failed."
    return f"Not enough samples to say: {duration(shares.seconds)} were recorded, with {shares.samples} samples of the thread that was seen most."
