"""The findings: what costs time and can be mended, each with how sure we are.  A healthy program has none above `info`."""

from conc_advisor.concurrency import StallCause
from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.profiling.analysis import thresholds as limits
from conc_advisor.profiling.analysis.doubts import lower_of
from conc_advisor.profiling.analysis.evidence import Evidence, duration, listed, percent, times
from conc_advisor.profiling.analysis.next_steps import gain_words, stall_advice
from conc_advisor.profiling.analysis.pools import PoolUse
from conc_advisor.profiling.analysis.sentences import CAUSES
from conc_advisor.profiling.diagnosis import GilContention, Stall


def findings_of(evidence: Evidence, confidence: Confidence) -> tuple[Finding, ...]:
    """Return the findings, the worst first; none is surer than `confidence`, which the recording as a whole allows.

    A recording too thin for a verdict is too thin for findings.
    """
    shares = evidence.shares
    if shares.seconds < limits.MIN_SECONDS.value or shares.samples < limits.MIN_SAMPLES.value or shares.failed >= limits.FAILED_MOST.value:
        return ()
    found = [
        *(finding for each in evidence.contention for finding in _contention(each, evidence, confidence)),
        *(_stall(stall, evidence, confidence) for stall in evidence.stalls),
        *_locks(evidence, confidence),
        *_pools(evidence),
        *_cores(evidence, confidence),
    ]
    return tuple(sorted(found, key=lambda finding: -finding.severity.rank))


def _severity(share: float) -> Severity:
    return Severity.ERROR if share >= limits.SEVERE.value else Severity.WARNING


def _contention(each: GilContention, evidence: Evidence, confidence: Confidence) -> list[Finding]:
    life = _life(each.pid, evidence)
    sure = confidence if each.measured else lower_of(confidence, Confidence.MEDIUM)
    found = []
    if each.waiting_share >= limits.GIL_WAITING.value and each.waited_seconds >= limits.CONTENTION_NOTED.value * life:
        known = [site for site in each.holders if site.location is not None]
        top = known[0] if known else None
        at = f" While {top.waiter} waited, {top.holder} held it at {evidence.place(top.location)} ({percent(top.share)})." if top else ""
        gain = f" To expect: {gain_words(each.gain)}." if each.gain is not None else ""
        found.append(
            Finding(
                rule="gil-contention",
                severity=_severity(each.waited_seconds / life),
                confidence=sure,
                message=(
                    f"Process {each.pid}: threads waited {duration(each.waited_seconds)} for the GIL, {percent(each.waiting_share)} "
                    "of the time "
                    f"that they wanted it.{at}"
                ),
                advice=f"Move the computing to processes.{gain}",
                location=top.location if top else None,
            )
        )
    found.extend(
        Finding(
            rule="gil-held-asleep",
            severity=_severity(site.others_waited_seconds / life),
            confidence=sure,
            message=(
                f"{site.thread} slept in C for {duration(site.seconds)} without giving up the GIL, at {evidence.place(site.location)}; "
                f"other threads waited {duration(site.others_waited_seconds)} meanwhile."
            ),
            advice="Use a library that releases the GIL while it waits, or move this call to a process of its own.",
            location=site.location,
        )
        for site in each.asleep_holding
        if site.others_waited_seconds >= limits.HELD_ASLEEP.value * life
    )
    return found


def _stall(stall: Stall, evidence: Evidence, confidence: Confidence) -> Finding:
    loop = next((each.seconds for each in evidence.loops if each.thread == stall.thread), evidence.shares.seconds)
    share = stall.total_seconds / max(loop, 1e-9)
    doubtful = stall.estimated and stall.cause in {StallCause.CPU, StallCause.NATIVE, StallCause.GIL, StallCause.NO_CORE}
    about = "about " if stall.estimated else ""
    if doubtful or stall.cause is StallCause.NO_CORE:
        severity = Severity.INFO
    elif share >= limits.STALL_SEVERE.value:
        severity = Severity.ERROR
    elif share >= limits.STALLED.value or stall.longest_seconds >= limits.STALL_LONG.value:
        severity = Severity.WARNING
    else:
        severity = Severity.INFO
    tail = " The loop's callbacks could not be counted, so this may be many small ones." if doubtful else ""
    return Finding(
        rule="loop-stall",
        severity=severity,
        confidence=Confidence.LOW if doubtful else lower_of(confidence, Confidence.MEDIUM) if stall.estimated else confidence,
        message=(
            f"The event loop in {stall.thread} was kept {about}{times(stall.count, 'time')} by {CAUSES[stall.cause]} in "
            f"{evidence.place(stall.location)}: "
            f"{duration(stall.total_seconds)} in all, {duration(stall.longest_seconds)} the longest.{tail}"
        ),
        advice=stall_advice(stall, evidence),
        location=stall.location,
    )


def _locks(evidence: Evidence, confidence: Confidence) -> list[Finding]:
    found = []
    for site in evidence.locks:
        if site.share < limits.LOCK_NOTED.value or site.seconds < limits.LOCK_NOTED.value * evidence.shares.seconds:
            continue
        waiters = site.thread.split(", ")
        who = listed(waiters[:3]) if len(waiters) <= 3 else f"{len(waiters)} threads"  # noqa: PLR2004  (more names than that are noise)
        found.append(
            Finding(
                rule="lock-contention",
                severity=_severity(site.share),
                confidence=lower_of(confidence, Confidence.MEDIUM) if len(waiters) == 1 else confidence,
                message=(
                    f"{who} waited {duration(site.seconds)} for a lock at {evidence.place(site.location)}, up to "
                    f"{percent(site.share)} of a thread's life."
                ),
                advice="Hold the lock for a shorter time, or give each thread data of its own.",
                location=site.location,
            )
        )
    return found


def _pools(evidence: Evidence) -> list[Finding]:
    shares = evidence.shares
    if shares.pool_nested < limits.POOL.value and shares.pool_default_full < limits.POOL.value:
        return []
    pool, location = evidence.fullest_pool or (PoolUse(process=0, name="", threads=()), None)
    nested = shares.pool_nested >= limits.POOL.value
    return [
        Finding(
            rule="pool-starved",
            severity=Severity.WARNING,
            confidence=Confidence.MEDIUM if nested else Confidence.LOW,
            message=(
                f"All {pool.workers} workers of the pool {pool.name} slept inside tasks for "
                f"{percent(pool.saturated / max(shares.seconds, 1e-9))} of the time"
                + (", some of them waiting for other tasks." if nested else "; the pool cannot grow further.")
            ),
            advice="Do not wait inside a pool for its own tasks, and make it large enough for the tasks that sleep at the same time.",
            location=location,
        )
    ]


def _cores(evidence: Evidence, confidence: Confidence) -> list[Finding]:
    shares = evidence.shares
    if (
        shares.busy_per_core < limits.BUSY_PER_CORE.value
        or shares.runnable < limits.RUNNABLE.value
        or shares.others_busy >= limits.OTHERS_BUSY.value
    ):
        return []
    return [
        Finding(
            rule="oversubscribed",
            severity=_severity(shares.runnable),
            confidence=confidence,
            message=(
                f"{shares.busy_per_core:.1f} busy threads per core: they waited {percent(shares.runnable)} of the time for one of the "
                f"{times(evidence.header.machine.cores, 'core')}."
            ),
            advice="Use about as many busy threads or processes as cores, and limit the thread pools of native libraries inside them.",
        )
    ]


def _life(pid: int, evidence: Evidence) -> float:
    return max(next(((each.last_us - each.first_us) * 1e-6 for each in evidence.header.processes if each.pid == pid), 0.0), 1e-9)
