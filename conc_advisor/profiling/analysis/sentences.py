"""The verdict in one sentence: what was seen, with its figures, and nothing beyond."""

from collections.abc import Callable
from typing import Final

from conc_advisor.concurrency import StallCause, VerdictId
from conc_advisor.profiling.analysis import thresholds as limits
from conc_advisor.profiling.analysis.evidence import Evidence, duration, percent, times
from conc_advisor.profiling.analysis.verdict import Rule

CAUSES: Final = {
    StallCause.SLEEP: "a blocking sleep",
    StallCause.SOCKET: "a blocking socket call",
    StallCause.FILE: "a blocking file operation",
    StallCause.SUBPROCESS: "waiting for a child program",
    StallCause.LOCK: "waiting for a lock or another thread",
    StallCause.CPU: "Python code on CPU",
    StallCause.NATIVE: "native code on CPU",
    StallCause.GIL: "the GIL, held by another thread",
    StallCause.NO_CORE: "the lack of a free core",
    StallCause.OTHER: "a blocking call",
}


def sentence_for(rule: Rule, evidence: Evidence) -> str:
    """Return the sentence."""
    return _SENTENCES[rule.verdict](rule, evidence)


def _gil_bound(_: Rule, evidence: Evidence) -> str:
    shares = evidence.shares
    return (
        f"Threads compete for the GIL: for {percent(shares.contended)} of the time at least one waited for it, and "
        f"{percent(shares.waiting)} of the thread time that wanted it was spent waiting."
    )


def _computing(_: Rule, evidence: Evidence) -> str:
    shares, processes = evidence.shares, evidence.busy_processes
    if processes > 1:
        return f"Each of {processes} processes computes on one thread at a time: a thread wants a core {percent(shares.cpu)} of the time."
    return (
        f"One thread at a time computes: a thread wants a core {percent(shares.cpu)} of the time, "
        f"and {percent(shares.python)} of the time one runs with the GIL."
    )


def _native(_: Rule, evidence: Evidence) -> str:
    shares = evidence.shares
    return (
        f"Native code that does not hold the GIL does most of the work: {percent(shares.native_of_cpu)} of the CPU time, "
        f"{shares.native:.1f} cores busy with it on average."
    )


def _oversubscribed(_: Rule, evidence: Evidence) -> str:
    shares = evidence.shares
    return (
        f"The program wants more cores than there are: {shares.busy_per_core:.1f} busy threads per core, and "
        f"{percent(shares.runnable)} of the time that they wanted a core they waited for one."
    )


def _waiting(rule: Rule, evidence: Evidence) -> str:
    shares = evidence.shares
    by_time = any(condition.figure == "io" for condition in rule.conditions)
    waits = (
        f"{percent(shares.io)} of the time it only waited for I/O or slept"
        if by_time
        else f"{percent(shares.io_of_work)} of its threads' time goes to I/O and sleep"
    )
    return f"The program mostly waits: {waits}; a thread wants a core {percent(shares.cpu)} of the time."


def _stalled(_: Rule, evidence: Evidence) -> str:
    counted, worst = evidence.counted_stalls, evidence.worst_stall
    total, about = sum(stall.count for stall in counted), "about " if any(stall.estimated for stall in counted) else ""
    by = (
        f"; most by {CAUSES[worst.cause]} in {evidence.place(worst.location)}, up to {about}{duration(worst.longest_seconds)} at a time"
        if worst is not None
        else ""
    )
    share = evidence.shares.stalled_by_gil if worst is not None and worst.cause is StallCause.GIL else evidence.shares.stalled
    return f"The event loop is stalled for {about}{percent(share)} of its life, {times(total, 'time')}{by}."


def _loop_healthy(_: Rule, evidence: Evidence) -> str:
    return f"The event loop is busy {percent(evidence.shares.loop_busy)} of the time, and {_little_stalled(evidence)}."


def _little_stalled(evidence: Evidence) -> str:
    count = sum(stall.count for stall in evidence.stalls)
    if count and evidence.loops:
        share = sum(stall.total_seconds for stall in evidence.stalls) / evidence.loops[0].seconds
        about = "about " if any(stall.estimated for stall in evidence.stalls) else ""
        return f"{times(count, 'stall')} kept it for {about}{percent(share)} of its life"
    if evidence.uncounted_loops:
        return "no stall was seen, as far as can be told without counting callbacks"
    return "no callback kept it for long"


def _locked(_: Rule, evidence: Evidence) -> str:
    where = evidence.place(evidence.locks[0].location if evidence.locks else None)
    return f"Threads wait for a lock: for {percent(evidence.shares.lock)} of the time at least one did, mostly at {where}."


def _starved(_: Rule, evidence: Evidence) -> str:
    fullest = evidence.fullest_pool
    pool = f"thread pool {fullest[0].name} ({times(fullest[0].workers, 'worker')})" if fullest is not None else "thread pool"
    if evidence.shares.pool_nested >= limits.POOL.value:
        return (
            f"The {pool} has no worker left: for {percent(evidence.shares.pool_nested)} of the time all of them slept inside tasks, "
            "some of them "
            "waiting for a future."
        )
    return (
        f"All threads of the {pool} slept inside tasks for {percent(evidence.shares.pool_default_full)} of the time, "
        "and it has reached its largest size: further tasks have to wait."
    )


def _idle(_: Rule, evidence: Evidence) -> str:
    return (
        f"The program hardly did anything: its busiest process had something to do for {percent(evidence.shares.active)} of the time, "
        "the rest was waiting for work or input."
    )


def _mixed(_: Rule, evidence: Evidence) -> str:
    shares = evidence.shares
    return (
        f"No single cause stands out: a thread wanted a core {percent(shares.cpu)} of the time, "
        f"{percent(shares.io)} was only waiting for I/O or sleep, {percent(shares.contended)} had a thread waiting for the GIL."
    )


def _too_little(rule: Rule, evidence: Evidence) -> str:
    shares = evidence.shares
    match rule.conditions[0].figure:
        case "others_busy":
            return (
                f"The machine was too busy to say: other processes used {percent(shares.others_busy)} of its cores, and this "
                "program's threads "
                f"waited {percent(shares.runnable)} of their time for one."
            )
        case "failed":
            return f"Not enough evidence to say: {percent(shares.failed)} of the attempts to read stacks failed."
        case _:
            return (
                f"Not enough samples to say: {duration(shares.seconds)} were recorded, "
                f"with {times(shares.samples, 'sample')} of the thread that was seen most."
            )


_SENTENCES: Final[dict[VerdictId, Callable[[Rule, Evidence], str]]] = {
    VerdictId.GIL_BOUND: _gil_bound,
    VerdictId.CPU_BOUND_SINGLE: _computing,
    VerdictId.NATIVE_BOUND: _native,
    VerdictId.OVERSUBSCRIBED: _oversubscribed,
    VerdictId.IO_BOUND: _waiting,
    VerdictId.LOOP_STALLED: _stalled,
    VerdictId.LOOP_HEALTHY: _loop_healthy,
    VerdictId.LOCK_BOUND: _locked,
    VerdictId.POOL_STARVED: _starved,
    VerdictId.IDLE: _idle,
    VerdictId.MIXED: _mixed,
    VerdictId.NOT_ENOUGH_EVIDENCE: _too_little,
}
