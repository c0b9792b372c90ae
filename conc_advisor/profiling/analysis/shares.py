"""The figures that the verdict is decided on, of the whole program.

Each process counts for as long as it did anything but wait for work, so that a parent which only waits for its children does not dilute
what they do.
"""

from collections.abc import Callable
from dataclasses import dataclass

from conc_advisor.concurrency import BlockKind, StallCause, ThreadState
from conc_advisor.profiling.analysis import thresholds as limits
from conc_advisor.profiling.analysis.activities import WANTS_CPU, Role
from conc_advisor.profiling.analysis.pools import DEFAULT_EXECUTOR, PoolUse, default_executor_size
from conc_advisor.profiling.analysis.states import States
from conc_advisor.profiling.analysis.sweeps import Sweeps
from conc_advisor.profiling.analysis.totals import Totals
from conc_advisor.profiling.diagnosis import EventLoop, GilContention, Stall
from conc_advisor.profiling.recording import Header

_IO_KINDS = (BlockKind.SOCKET, BlockKind.FILE, BlockKind.SUBPROCESS, BlockKind.SLEEP)
_CERTAIN_CAUSES = frozenset(
    {StallCause.SLEEP, StallCause.SOCKET, StallCause.FILE, StallCause.SUBPROCESS, StallCause.LOCK, StallCause.OTHER}
)
_OTHERS_DOING = frozenset({StallCause.GIL, StallCause.NO_CORE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Fractions 0-1 of the program's life unless said otherwise."""

    seconds: float
    """Length of the recording, in seconds."""
    samples: int
    """Of the Python thread that was sampled most."""
    failed: float
    """Of the attempts to read stacks."""
    others_busy: float
    """Of all cores, by other processes; 0 if unknown."""
    cpu: float
    """Time in which some thread wanted or had a core."""
    python: float
    """Seconds on CPU with the GIL, per second; may exceed 1 with several processes."""
    native: float
    """Seconds on CPU without the GIL, per second; may exceed 1."""
    native_time: float
    """Time in which some thread was in native code."""
    native_of_cpu: float
    """Native, of all CPU time."""
    held: float
    """Time in which the GIL was held."""
    contended: float
    """Time in which some thread waited for the GIL."""
    waiting: float
    """Waiting for the GIL, of the thread time in which it was wanted."""
    runnable: float
    """Ready without a core, of the thread time in which one was wanted."""
    lost: float
    """Threads that were ready without a core, on average."""
    lost_lead: float
    """Ready without a core, of all waiting: for a core, the GIL, locks, I/O and sleep."""
    busy_per_core: float
    """Threads that wanted a core, on average, per core of the machine."""
    lock: float
    """Time in which some thread waited for a contended lock."""
    lock_of_work: float
    """Lock waiting, of the thread time in work and waits."""
    io_of_work: float
    """I/O and sleep, of the thread time in work and waits."""
    lock_lead: float
    """Lock waiting, of lock and GIL waiting."""
    io: float
    """Time in which no thread wanted a core and some waited for I/O or slept."""
    active: float
    """Time in which the most active process did anything but wait for work."""
    loop: float
    """Life of the longest event loop."""
    loop_busy: float
    """Of that loop's life."""
    stalled: float
    """Stalls that are the loop's own doing, of the worst loop's life."""
    stalled_by_gil: float
    """The same for stalls in which the loop only waited for the GIL."""
    stall_lead: float
    """Stalls, of stalls and GIL contention."""
    callbacks: float
    """Event-loop callbacks a second; infinite if they could not be counted."""
    pool_nested: float
    """Time in which all workers of a pool slept in tasks and some waited for futures; see `pools`."""
    pool_default_full: float
    """Time in which all workers of asyncio's default executor slept in tasks, and it could not grow."""


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
    held = sum(measured.totals.holding_seconds(thread) for thread in everyone)
    io = sum(states.by_kind[thread][kind] for thread in everyone for kind in _IO_KINDS)
    work = python + native + runnable + lock + gil + io
    contended = program.share_with(Role.GIL_WAIT)
    stalled = worst_stalled(measured.loops, measured.stalls, is_own_and_certain)
    if header.sampling.estimated and sum(stall.count for stall in measured.stalls) < limits.STALLS_BY_ESTIMATES.value:
        stalled = 0.0  # one or two may be the machine's doing: it is not seen when the loop waited for a core
    longest = max(measured.loops, key=lambda loop: loop.seconds, default=None)
    return Shares(
        seconds=header.duration_seconds,
        samples=max((measured.totals.samples(thread) for thread in everyone if header.threads[thread].python), default=0),
        failed=failed_share(header),
        others_busy=header.machine.others_busy or 0.0,
        cpu=program.share_with(WANTS_CPU),
        python=program.mean(ThreadState.RUNNING),
        native=program.mean(ThreadState.NATIVE),
        native_time=program.share_with(Role.NATIVE),
        native_of_cpu=ratio(native, python + native),
        held=program.held(),
        contended=contended,
        waiting=ratio(gil, gil + held),
        runnable=ratio(runnable, python + native + runnable),
        lost=ratio(runnable, header.duration_seconds),
        lost_lead=ratio(runnable, runnable + gil + lock + io),
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
        stalled_by_gil=worst_stalled(measured.loops, measured.stalls, is_by_gil_and_certain),
        stall_lead=ratio(stalled, stalled + contended),
        callbacks=_callback_rate(measured.loops, header.duration_seconds),
        pool_nested=max((ratio(pool.nested, header.duration_seconds) for pool in measured.pools), default=0.0),
        pool_default_full=max((_default_full(pool, header) for pool in measured.pools), default=0.0),
    )


def failed_share(header: Header) -> float:
    """Return which part of the attempts to read stacks failed: each look is at all threads of one process."""
    failed = header.sampling.failed_samples
    processes = sum(1 for process in header.processes if process.stacks)
    return ratio(failed, failed + header.sampling.stack_rate * header.duration_seconds * processes)


def worst_stalled(loops: tuple[EventLoop, ...], stalls: tuple[Stall, ...], counts: Callable[[Stall], bool]) -> float:
    """Return the largest share of a loop's life that it was stalled, by the stalls that count."""
    worst = 0.0
    for loop in loops:
        seconds = sum(stall.total_seconds for stall in stalls if stall.thread == loop.thread and counts(stall))
        worst = max(worst, min(ratio(seconds, loop.seconds), 1.0))
    return worst


def is_own_and_certain(stall: Stall) -> bool:
    """Return whether a stall is the loop's own doing, and either measured or a wait, which small callbacks cannot be mistaken for."""
    return stall.cause not in _OTHERS_DOING and (not stall.estimated or stall.cause in _CERTAIN_CAUSES)


def is_by_gil_and_certain(stall: Stall) -> bool:
    """Return whether a stall is another thread's doing, and measured."""
    return stall.cause is StallCause.GIL and not stall.estimated


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
