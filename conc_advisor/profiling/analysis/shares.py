"""The figures that the verdict is decided on, of the whole program.

Each process counts for as long as it did anything but wait for work, so that a parent which only waits for its children does not dilute
what they do.
"""

from dataclasses import dataclass

from conc_advisor.concurrency import BlockKind, StallCause, ThreadState
from conc_advisor.profiling.analysis.activities import WANTS_CPU, Role
from conc_advisor.profiling.analysis.pools import DEFAULT_EXECUTOR, PoolUse, default_executor_size
from conc_advisor.profiling.analysis.states import States
from conc_advisor.profiling.analysis.sweeps import Sweeps
from conc_advisor.profiling.analysis.totals import Totals
from conc_advisor.profiling.diagnosis import EventLoop, GilContention, Stall
from conc_advisor.profiling.recording import Header

_IO_KINDS = (BlockKind.SOCKET, BlockKind.FILE, BlockKind.SUBPROCESS, BlockKind.SLEEP)
_CERTAIN_CAUSES = frozenset({StallCause.SLEEP, StallCause.SOCKET, StallCause.FILE, StallCause.SUBPROCESS, StallCause.LOCK})


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Fractions 0-1 of the program's life unless said otherwise.

    `seconds` of the recording · `samples` of the thread with most · `failed` of all samples · `others_busy` of all cores (0 if unknown) ·
    `cpu`: some thread wanted or had a core ·
    `python`, `native`: seconds on CPU per second, with and without the GIL · `native_time`: some thread in native code · `native_of_cpu`
    of CPU time · `held`: the GIL was held ·
    `contended`: some thread waited for it · `waiting`: of the time in which threads wanted it · `runnable`: of the time in which threads
    wanted a core ·
    `busy_per_core`: threads that wanted a core, per core · `lock`: some thread waited for a lock · `lock_of_work`, `io_of_work`: of the
    thread time in work and such waits ·
    `lock_lead`: lock waiting, of lock and GIL waiting · `io`: no thread wanted a core, some waited for I/O or slept · `active`: anything
    but waiting for work, of the most active process ·
    `loop`: life of the longest event loop · `loop_busy`: of that life · `stalled`: of the worst loop's life, stalls by the GIL left out ·
    `stall_lead`: of stalls and contention ·
    `callbacks`: a second, infinite if unknown · `pool_nested`, `pool_default_full`: see `pools`.
    """

    seconds: float
    samples: int
    failed: float
    others_busy: float
    cpu: float
    python: float
    native: float
    native_time: float
    native_of_cpu: float
    held: float
    contended: float
    waiting: float
    runnable: float
    busy_per_core: float
    lock: float
    lock_of_work: float
    io_of_work: float
    lock_lead: float
    io: float
    active: float
    loop: float
    loop_busy: float
    stalled: float
    stall_lead: float
    callbacks: float
    pool_nested: float
    pool_default_full: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the shares are computed from."""

    header: Header
    totals: Totals
    states: States
    sweeps: Sweeps
    contention: tuple[GilContention, ...]
    loops: tuple[EventLoop, ...]
    stalls: tuple[Stall, ...]
    pools: tuple[PoolUse, ...]


def ratio(part: float, whole: float) -> float:
    """Return part of whole, 0 where there is no whole."""
    return part / whole if whole > 0 else 0.0


def shares_of(measured: Measured) -> Shares:
    """Return the figures."""
    header, states = measured.header, measured.states
    program = _Program(measured)
    everyone = range(len(header.threads))
    python, native, runnable, lock, gil = (
        states.seconds(state, everyone)
        for state in (ThreadState.RUNNING, ThreadState.NATIVE, ThreadState.RUNNABLE, ThreadState.LOCK_WAIT, ThreadState.GIL_WAIT)
    )
    io = sum(states.by_kind[thread][kind] for thread in everyone for kind in _IO_KINDS)
    work = python + native + runnable + lock + gil + io
    contended = program.share_with(Role.GIL_WAIT)
    stalled = worst_stalled(measured.loops, measured.stalls)
    longest = max(measured.loops, key=lambda loop: loop.seconds, default=None)
    return Shares(
        seconds=header.duration_seconds,
        samples=max((measured.totals.samples(thread) for thread in everyone if header.threads[thread].python), default=0),
        failed=ratio(header.sampling.failed_samples, header.sampling.failed_samples + header.sampling.samples),
        others_busy=header.machine.others_busy or 0.0,
        cpu=program.share_with(WANTS_CPU),
        python=program.mean(ThreadState.RUNNING),
        native=program.mean(ThreadState.NATIVE),
        native_time=program.share_with(Role.NATIVE),
        native_of_cpu=ratio(native, python + native),
        held=program.held(),
        contended=contended,
        waiting=ratio(gil, gil + python + program.asleep_holding()),
        runnable=ratio(runnable, python + native + runnable),
        busy_per_core=ratio(python + native + runnable, header.duration_seconds * header.machine.cores),
        lock=program.share_with(Role.LOCK),
        lock_of_work=ratio(lock, work),
        io_of_work=ratio(io, work),
        lock_lead=ratio(lock, lock + gil),
        io=program.share_with(Role.IO | Role.SLEEP, without=WANTS_CPU),
        active=program.active(),
        loop=min(ratio(longest.seconds, header.duration_seconds), 1.0) if longest else 0.0,
        loop_busy=longest.busy_share if longest else 0.0,
        stalled=stalled,
        stall_lead=ratio(stalled, stalled + contended),
        callbacks=_callback_rate(measured.loops, header.duration_seconds),
        pool_nested=max((ratio(pool.nested, header.duration_seconds) for pool in measured.pools), default=0.0),
        pool_default_full=max((_default_full(pool, header) for pool in measured.pools), default=0.0),
    )


def worst_stalled(loops: tuple[EventLoop, ...], stalls: tuple[Stall, ...]) -> float:
    """Return the largest share of a loop's life that it was stalled.

    Stalls by the GIL are left out: they are another thread's doing.  So are those which are only estimated and spent on CPU: a row of
    small callbacks looks the same.
    """
    worst = 0.0
    for loop in loops:
        own = sum(stall.total_seconds for stall in stalls if stall.thread == loop.thread and is_own_and_certain(stall))
        worst = max(worst, min(ratio(own, loop.seconds), 1.0))
    return worst


def is_own_and_certain(stall: Stall) -> bool:
    """Return whether a stall is the loop's own doing, and either measured or a wait, which small callbacks cannot be mistaken for."""
    return stall.cause is not StallCause.GIL and (not stall.estimated or stall.cause in _CERTAIN_CAUSES)


class _Program:
    """Means over the processes, weighted by the time in which each did anything but wait for work."""

    def __init__(self, measured: Measured) -> None:
        self._measured = measured
        self._by_role = measured.sweeps.role_seconds
        self._walls = [sum(seconds.values()) for seconds in self._by_role]
        busy = [self._with(number, ~int(Role.WAITING | Role.LOOP_IDLE)) for number in range(len(self._walls))]
        self._busy = busy
        self._weights = busy if sum(busy) > 0 else self._walls
        self._lives = [(process.last_us - process.first_us) * 1e-6 for process in measured.header.processes]
        self._members = [
            [number for number, thread in enumerate(measured.header.threads) if thread.process == process]
            for process in range(len(self._walls))
        ]

    def share_with(self, roles: int, *, without: int = 0) -> float:
        """Return the share of time in which a thread had one of the roles, and none had one of `without`."""
        return self._weighted([ratio(self._with(number, int(roles), int(without)), wall) for number, wall in enumerate(self._walls)])

    def mean(self, state: ThreadState) -> float:
        """Return thread seconds in a state per second of the process's life."""
        seconds = [self._measured.states.seconds(state, members) for members in self._members]
        return self._weighted([ratio(spent, life) for spent, life in zip(seconds, self._lives, strict=True)])

    def held(self) -> float:
        """Return the share of time in which the GIL was held."""
        shares = {each.pid: each.held_share for each in self._measured.contention}
        return self._weighted([shares.get(process.pid, 0.0) for process in self._measured.header.processes])

    def asleep_holding(self) -> float:
        """Return the seconds in which the GIL was held by a sleeping thread."""
        return sum(site.seconds for each in self._measured.contention for site in each.asleep_holding)

    def active(self) -> float:
        """Return the share of its life in which the most active process did anything but wait for work."""
        return max((ratio(busy, wall) for busy, wall in zip(self._busy, self._walls, strict=True)), default=0.0)

    def _with(self, process: int, roles: int, without: int = 0) -> float:
        return sum(seconds for mask, seconds in self._by_role[process].items() if mask & roles and not mask & without)

    def _weighted(self, values: list[float]) -> float:
        return ratio(sum(value * weight for value, weight in zip(values, self._weights, strict=True)), sum(self._weights))


def _callback_rate(loops: tuple[EventLoop, ...], duration: float) -> float:
    if any(loop.callbacks is None for loop in loops):
        return float("inf")
    return ratio(sum(loop.callbacks or 0 for loop in loops), duration)


def _default_full(pool: PoolUse, header: Header) -> float:
    if pool.name != DEFAULT_EXECUTOR or pool.workers < default_executor_size(header.machine.cores):
        return 0.0
    return ratio(pool.saturated, header.duration_seconds)
