"""What to do about a verdict, in terms of asyncio, threads and processes."""

from typing import assert_never

from conc_advisor.concurrency import BlockKind, StallCause, VerdictId
from conc_advisor.profiling.analysis import thresholds as limits
from conc_advisor.profiling.analysis.evidence import Evidence, times
from conc_advisor.profiling.analysis.verdict import Rule
from conc_advisor.profiling.diagnosis import Gain, Stall

_NOTHING_TO_CHANGE = "There is nothing to change in how it runs concurrently."
_FREE_THREADED = "a free-threaded Python (3.13t or later) is another way, if your packages support it"
_PICKLED = "arguments and results are pickled, so hand over large pieces of work and little data"


def next_step_for(rule: Rule, evidence: Evidence) -> str:  # noqa: PLR0911  (one answer a verdict)
    """Return what to do."""
    match rule.verdict:
        case VerdictId.GIL_BOUND:
            return _leave_the_gil(evidence)
        case VerdictId.CPU_BOUND_SINGLE:
            return _compute_faster(evidence)
        case VerdictId.NATIVE_BOUND:
            return _native(evidence)
        case VerdictId.OVERSUBSCRIBED:
            return (
                f"Use fewer workers: about as many busy threads or processes as cores ({evidence.header.machine.cores}). If a native library runs a pool "
                "of its own, limit that inside each worker (OMP_NUM_THREADS=1, or threadpoolctl)."
            )
        case VerdictId.IO_BOUND:
            return _waiting(evidence)
        case VerdictId.LOOP_STALLED:
            return stall_advice(evidence.stalls[0], evidence)
        case VerdictId.LOOP_HEALTHY:
            return f"{_NOTHING_TO_CHANGE} The event loop answers; if it is too slow all the same, the time goes to what it waits for."
        case VerdictId.LOCK_BOUND:
            site = evidence.locks[0].location if evidence.locks else None
            return (
                f"Hold the lock that is taken at {evidence.place(site)} for a shorter time: do the slow part (I/O, sleep, computing) before or after it, "
                "or give each thread data of its own and join the results. More threads will not help while they queue for it."
            )
        case VerdictId.POOL_STARVED:
            return _pool(evidence)
        case VerdictId.IDLE:
            return "There is nothing to change as far as this recording shows. Record it again while it has work to do (requests, input)."
        case VerdictId.MIXED:
            return f"Look at the parts one at a time: the threads' states, then the longest waits, then the hottest lines ({evidence.hottest()}); or record only the slow phase."
        case VerdictId.NOT_ENOUGH_EVIDENCE:
            return _record_again(rule)
        case _:
            assert_never(rule.verdict)


def stall_advice(stall: Stall, evidence: Evidence) -> str:
    """Return what to do about a stall, by its cause."""
    place = evidence.place(stall.location)
    match stall.cause:
        case StallCause.SLEEP:
            return f"In {place}, use `await asyncio.sleep(...)` instead of a blocking sleep; a library that sleeps can be called with `await asyncio.to_thread(...)`."
        case StallCause.SOCKET:
            return f"In {place}, use an asynchronous client, or call the blocking one with `await asyncio.to_thread(...)`."
        case StallCause.FILE:
            return f"In {place}, move the file work to a thread: `await asyncio.to_thread(...)`."
        case StallCause.SUBPROCESS:
            return f"In {place}, start the program with `asyncio.create_subprocess_exec(...)`, or wait for it with `await asyncio.to_thread(...)`."
        case StallCause.LOCK:
            return f"In {place}, do not wait for a thread's lock, event or result in a callback: use asyncio's own primitives, or `await asyncio.to_thread(...)`."
        case StallCause.CPU:
            return (
                f"Move the computing in {place} to a ProcessPoolExecutor with `await loop.run_in_executor(pool, ...)`, or cut it into pieces with "
                "`await asyncio.sleep(0)` between them. A thread would free the loop only in part: it shares the GIL."
            )
        case StallCause.NATIVE:
            return f"Move the call in {place} to a thread with `await asyncio.to_thread(...)`: it does not hold the GIL while it computes."
        case StallCause.GIL:
            return f"The loop waits for the GIL in {place}: another thread holds it for long. Move that thread's computing to a process."
        case StallCause.OTHER:
            return f"Move the blocking call in {place} to a thread with `await asyncio.to_thread(...)`."
        case _:
            assert_never(stall.cause)


def _leave_the_gil(evidence: Evidence) -> str:
    asleep = [site for each in evidence.contention for site in each.asleep_holding]
    most_held = max(asleep, key=lambda site: site.others_waited_seconds, default=None)
    waited = sum(each.waited_seconds for each in evidence.contention)
    if most_held is not None and most_held.others_waited_seconds >= limits.SEVERE.value * waited:
        return (
            f"{evidence.place(most_held.location)} calls C code that sleeps without giving up the GIL, and all other threads stand still. Use a library "
            "that releases it, or move this call to a process of its own."
        )
    gain = max((each.gain for each in evidence.contention if each.gain is not None), key=lambda gain: gain.high, default=None)
    expected = f" To expect: {gain_words(gain)}." if gain is not None else ""
    return (
        f"Move {evidence.hottest()} to a ProcessPoolExecutor instead of threads: {_PICKLED}; {_FREE_THREADED}.{expected} "
        "asyncio would not help: it runs on one thread."
    )


def gain_words(gain: Gain) -> str:
    """Return the range of a gain in words."""
    low, high = f"{gain.low:.1f}", f"{gain.high:.1f}"
    return f"about {high} times faster" if low == high else f"{low} to {high} times faster"


def _compute_faster(evidence: Evidence) -> str:
    cores = evidence.header.machine.cores
    if evidence.busy_processes > 1:
        return (
            f"The work is already spread over {times(evidence.busy_processes, 'process').replace('processs', 'processes')} (the machine has {times(cores, 'core')}). "
            f"To go faster, make {evidence.hottest()} cheaper (algorithm, vectorised or compiled code)."
        )
    first = f"First make {evidence.hottest()} cheaper (algorithm, vectorised or compiled code)."
    if cores == 1:
        return f"{first} There is only one core, so processes would not help; threads and asyncio would not either."
    return (
        f"{first} If the work can be divided, spread it over a ProcessPoolExecutor, at most {cores} times faster here: {_PICKLED}. "
        f"Threads and asyncio would not help, because the work is on CPU; {_FREE_THREADED}."
    )


def _native(evidence: Evidence) -> str:
    shares, cores = evidence.shares, evidence.header.machine.cores
    if shares.busy_per_core < limits.SEVERE.value and cores > 1:
        return (
            f"Nothing has to change. The calls from {evidence.hottest()} leave the GIL free and {cores} cores were not all busy: if the work can be "
            "divided, more threads (a ThreadPoolExecutor) can run it in parallel; processes are not needed."
        )
    return (
        f"{_NOTHING_TO_CHANGE} Threads already run native code in parallel; to go faster, make the calls from {evidence.hottest()} cheaper."
    )


def _waiting(evidence: Evidence) -> str:
    io = [site for site in evidence.blocking if site.kind in {BlockKind.SOCKET, BlockKind.FILE, BlockKind.SUBPROCESS, BlockKind.SLEEP}]
    waiters = {site.thread for site in io}
    where = f" The longest waits are at {evidence.place(io[0].location)}." if io else ""
    sleeps = bool(io) and io[0].kind is BlockKind.SLEEP
    if len(waiters) > 1:
        full = [pool for pool, _ in evidence.pools if pool.saturated >= limits.POOL.value * evidence.shares.seconds]
        more = (
            f" All {full[0].workers} workers of {full[0].name} were waiting most of the time; if tasks queue for them (which cannot be seen from "
            "outside), a larger pool helps."
            if full
            else ""
        )
        return (
            f"{_NOTHING_TO_CHANGE} {times(len(waiters), 'thread')} wait side by side, which threads do well; asyncio pays off from hundreds of "
            f"connections on.{where}{more}"
        )
    what = "sleep is deliberate" if sleeps else "waits depend on each other"
    return (
        f"One thread waits at a time.{where} If there are several such waits to do, do them at the same time: a ThreadPoolExecutor for blocking libraries, "
        f"asyncio where an asynchronous client exists. If the {what}, there is nothing to change."
    )


def _pool(evidence: Evidence) -> str:
    pool, location = max(evidence.pools, key=lambda item: (item[0].nested, item[0].saturated))
    if evidence.shares.pool_nested >= limits.POOL.value:
        return (
            f"In {evidence.place(location)} a task of {pool.name} waits for a future. Do not wait inside the pool for its own tasks: submit them from outside, "
            "use a second pool for the inner tasks, or make the pool larger than the deepest nesting."
        )
    return (
        f"Give the loop a larger executor (`loop.set_default_executor(ThreadPoolExecutor(n))`) or one of its own for the blocking calls at "
        f"{evidence.place(location)}, or use an asynchronous client for them."
    )


def _record_again(rule: Rule) -> str:
    if rule.conditions[0].figure == "others_busy":
        return "Record again on an idle machine."
    if rule.conditions[0].figure == "failed":
        return "Record again with a lower rate (a larger --max-overhead does not mend this), and see the limits for what could not be read."
    return "Record a longer run: give the program more work, or attach to it while it works."
