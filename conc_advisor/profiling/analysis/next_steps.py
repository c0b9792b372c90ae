"""What to do about a verdict, in terms of asyncio, threads and processes."""

from collections.abc import Callable
from typing import Final

from conc_advisor.concurrency import BlockKind, StallCause, VerdictId
from conc_advisor.profiling.analysis import thresholds as limits
from conc_advisor.profiling.analysis.evidence import Evidence, times
from conc_advisor.profiling.analysis.verdict import Rule
from conc_advisor.profiling.diagnosis import Gain, Stall

_NOTHING_TO_CHANGE = "There is nothing to change in how it runs concurrently."
_FREE_THREADED = "a free-threaded Python (3.13t or later) is another way, if your packages support it"
_PICKLED = "arguments and results are pickled, so hand over large pieces of work and little data"


_STALL_ADVICE: Final = {
    StallCause.SLEEP: (
        "In {place}, use `await asyncio.sleep(...)` instead of a blocking sleep; a library that sleeps can be called with "
        "`await asyncio.to_thread(...)`."
    ),
    StallCause.SOCKET: "In {place}, use an asynchronous client, or call the blocking one with `await asyncio.to_thread(...)`.",
    StallCause.FILE: "In {place}, move the file work to a thread: `await asyncio.to_thread(...)`.",
    StallCause.SUBPROCESS: (
        "In {place}, start the program with `asyncio.create_subprocess_exec(...)`, or wait for it with `await asyncio.to_thread(...)`."
    ),
    StallCause.LOCK: (
        "In {place}, do not wait for a thread's lock, event or result in a callback: use asyncio's own primitives, or "
        "`await asyncio.to_thread(...)`."
    ),
    StallCause.CPU: (
        "Move the computing in {place} to a ProcessPoolExecutor with `await loop.run_in_executor(pool, ...)`, or cut it into pieces with "
        "`await asyncio.sleep(0)` between them. A thread would free the loop only in part: it shares the GIL. If the line itself is "
        "cheap, it set off a garbage collection: keep fewer objects alive, or see gc.freeze()."
    ),
    StallCause.NATIVE: (
        "Move the call in {place} to a thread with `await asyncio.to_thread(...)`: it does not hold the GIL while it computes."
    ),
    StallCause.GIL: (
        "Another thread holds the GIL for long at {place}, and the loop has to wait. Move that work to a process: a thread of its own "
        "does not free the loop from it."
    ),
    StallCause.NO_CORE: (
        "At {place} the callback was ready to go on and no core was free: run fewer busy processes on this machine, or measure again when "
        "it is idle."
    ),
    StallCause.OTHER: "Move the blocking call in {place} to a thread with `await asyncio.to_thread(...)`.",
}


def next_step_for(rule: Rule, evidence: Evidence) -> str:
    """Return what to do."""
    return _STEPS[rule.verdict](rule, evidence)


def stall_advice(stall: Stall, evidence: Evidence) -> str:
    """Return what to do about a stall, by its cause."""
    before, _, after = _STALL_ADVICE[stall.cause].partition("{place}")
    return before + evidence.place(stall.location) + after


def gain_words(gain: Gain) -> str:
    """Return the range of a gain in words."""
    low, high = f"{gain.low:.1f}", f"{gain.high:.1f}"
    return f"about {high} times faster" if low == high else f"{low} to {high} times faster"


def _use_fewer(_: Rule, evidence: Evidence) -> str:
    return (
        f"Use fewer workers: about as many busy threads or processes as cores ({evidence.header.machine.cores}). If a native library "
        "runs a pool "
        "of its own, limit that inside each worker (OMP_NUM_THREADS=1, or threadpoolctl)."
    )


def _unblock_loop(_: Rule, evidence: Evidence) -> str:
    stall = evidence.worst_stall
    return stall_advice(stall, evidence) if stall is not None else "Look at the stalls one at a time, longest first."


def _loop_is_fine(_: Rule, __: Evidence) -> str:
    return f"{_NOTHING_TO_CHANGE} The event loop answers; if it is too slow all the same, the time goes to what it waits for."


def _hold_shorter(_: Rule, evidence: Evidence) -> str:
    site = evidence.locks[0].location if evidence.locks else None
    if evidence.shares.lock_of_work >= limits.STUCK.value:
        return (
            f"Nothing ran and nothing waited for anything but locks, mostly at {evidence.place(site)}: a deadlock looks like that. "
            "Look for two locks taken in different orders, a lock taken twice by one thread, or one that nobody releases: "
            "take locks in one order everywhere, with `with`, and with a timeout where they may not come."
        )
    return (
        f"Hold the lock that is taken at {evidence.place(site)} for a shorter time: do the slow part (I/O, sleep, computing) before "
        "or after it, "
        "or give each thread data of its own and join the results. More threads will not help while they queue for it."
    )


def _give_it_work(_: Rule, __: Evidence) -> str:
    return "There is nothing to change as far as this recording shows. Record it again while it has work to do (requests, input)."


def _take_apart(_: Rule, evidence: Evidence) -> str:
    return (
        "Look at the parts one at a time: the threads' states, then the longest waits, then the hottest lines "
        f"({evidence.hottest()}); or record only the slow phase."
    )


def _leave_the_gil(_: Rule, evidence: Evidence) -> str:
    asleep = [site for each in evidence.contention for site in each.asleep_holding]
    most_held = max(asleep, key=lambda site: site.others_waited_seconds, default=None)
    waited = sum(each.waited_seconds for each in evidence.contention)
    if most_held is not None and most_held.others_waited_seconds >= limits.SEVERE.value * waited:
        return (
            f"{evidence.place(most_held.location)} calls C code that sleeps without giving up the GIL, and all other threads stand "
            "still. Use a library "
            "that releases it, or move this call to a process of its own."
        )
    gain = max((each.gain for each in evidence.contention if each.gain is not None), key=lambda gain: gain.high, default=None)
    expected = f" To expect: {gain_words(gain)}." if gain is not None else ""
    return (
        f"Move {evidence.hottest()} to a ProcessPoolExecutor instead of threads: {_PICKLED}; {_FREE_THREADED}.{expected} "
        "asyncio would not help: it runs on one thread."
    )


def _compute_faster(_: Rule, evidence: Evidence) -> str:
    cores = evidence.header.machine.cores
    if evidence.busy_processes > 1:
        return (
            f"The work is already spread over {times(evidence.busy_processes, 'process').replace('processs', 'processes')} (the "
            f"machine has {times(cores, 'core')}). "
            f"To go faster, make {evidence.hottest()} cheaper (algorithm, vectorised or compiled code)."
        )
    first = f"First make {evidence.hottest()} cheaper (algorithm, vectorised or compiled code)."
    if cores == 1:
        return f"{first} There is only one core, so processes would not help; threads and asyncio would not either."
    return (
        f"{first} If the work can be divided, spread it over a ProcessPoolExecutor, at most {cores} times faster here: {_PICKLED}. "
        f"Threads and asyncio would not help, because the work is on CPU; {_FREE_THREADED}."
    )


def _native(_: Rule, evidence: Evidence) -> str:
    shares, cores = evidence.shares, evidence.header.machine.cores
    if shares.busy_per_core < limits.SEVERE.value and cores > 1:
        return (
            f"Nothing has to change. The calls from {evidence.hottest()} leave the GIL free and {cores} cores were not all busy: if "
            "the work can be "
            "divided, more threads (a ThreadPoolExecutor) can run it in parallel; processes are not needed."
        )
    return (
        f"{_NOTHING_TO_CHANGE} Threads already run native code in parallel; to go faster, make the calls from {evidence.hottest()} cheaper."
    )


def _waiting(_: Rule, evidence: Evidence) -> str:
    io = [site for site in evidence.blocking if site.kind in {BlockKind.SOCKET, BlockKind.FILE, BlockKind.SUBPROCESS, BlockKind.SLEEP}]
    waiters = {site.thread for site in io}
    where = f" The longest waits are at {evidence.place(io[0].location)}." if io else ""
    sleeps = bool(io) and io[0].kind is BlockKind.SLEEP
    if len(waiters) > 1:
        full = [pool for pool, _ in evidence.pools if pool.saturated >= limits.POOL.value * evidence.shares.seconds]
        more = (
            f" All {full[0].workers} workers of {full[0].name} were waiting most of the time; if tasks queue for them (which cannot "
            "be seen from "
            "outside), a larger pool helps."
            if full
            else ""
        )
        return (
            f"{_NOTHING_TO_CHANGE} {times(len(waiters), 'thread')} wait side by side, which threads do well; asyncio pays off from "
            "hundreds of "
            f"connections on.{where}{more}"
        )
    what = "sleep is deliberate" if sleeps else "waits depend on each other"
    return (
        f"One thread waits at a time.{where} If there are several such waits to do, do them at the same time: a ThreadPoolExecutor "
        "for blocking libraries, "
        f"asyncio where an asynchronous client exists. If the {what}, there is nothing to change."
    )


def _pool(_: Rule, evidence: Evidence) -> str:
    fullest = evidence.fullest_pool
    where = evidence.place(fullest[1] if fullest is not None else None)
    if evidence.shares.pool_nested >= limits.POOL.value:
        return (
            f"At {where} a task waits for a future. Do not wait inside a pool for the pool's own tasks: submit them from outside, "
            "use a second pool for the inner tasks, or make the pool larger than the deepest nesting."
        )
    return (
        "Give the loop a larger executor (`loop.set_default_executor(ThreadPoolExecutor(n))`) or one of its own for the blocking calls at "
        f"{where}, or use an asynchronous client for them."
    )


def _record_again(rule: Rule, _: Evidence) -> str:
    if rule.conditions[0].figure == "others_busy":
        return "Record again on an idle machine."
    if rule.conditions[0].figure == "failed":
        return "Record again with a lower rate (a larger --max-overhead does not mend this), and see the limits for what could not be read."
    return "Record a longer run: give the program more work, or attach to it while it works."


_STEPS: Final[dict[VerdictId, Callable[[Rule, Evidence], str]]] = {
    VerdictId.GIL_BOUND: _leave_the_gil,
    VerdictId.CPU_BOUND_SINGLE: _compute_faster,
    VerdictId.NATIVE_BOUND: _native,
    VerdictId.OVERSUBSCRIBED: _use_fewer,
    VerdictId.IO_BOUND: _waiting,
    VerdictId.LOOP_STALLED: _unblock_loop,
    VerdictId.LOOP_HEALTHY: _loop_is_fine,
    VerdictId.LOCK_BOUND: _hold_shorter,
    VerdictId.POOL_STARVED: _pool,
    VerdictId.IDLE: _give_it_work,
    VerdictId.MIXED: _take_apart,
    VerdictId.NOT_ENOUGH_EVIDENCE: _record_again,
}
