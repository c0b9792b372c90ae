"""The four or five numbers that stand under a verdict, in every report for people.

They are sums and quotients of what the diagnosis holds; which of them are shown depends on the verdict.
"""

import math
import shlex
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from conc_advisor.concurrency import ThreadState, VerdictId
from conc_advisor.profiling.diagnosis import Diagnosis, ThreadSummary
from conc_advisor.reports import quantities

_AT_LEAST: Final = 3
"""Below this, numbers that are not about the verdict fill up."""


@dataclass(frozen=True, slots=True)
class Number:
    """One number in words: what it is, and its value."""

    name: str
    value: str


def key_numbers(diagnosis: Diagnosis) -> tuple[Number, ...]:
    """Return at most five numbers, the ones that matter for the verdict first; a number that is nothing is left out."""
    chosen = (*_ALWAYS, *_BY_VERDICT.get(diagnosis.verdict.id, ()))
    found = [number for make in chosen if (number := make(diagnosis))]
    for make in _OTHERWISE:
        if len(found) < _AT_LEAST and make not in chosen and (number := make(diagnosis)):
            found.append(number)
    return tuple(found)


def command_words(diagnosis: Diagnosis) -> str:
    """Return the command as it could be typed; a command of one word, such as that of a process attached to, as it is."""
    return diagnosis.command[0] if len(diagnosis.command) == 1 else shlex.join(diagnosis.command)


def run_words(diagnosis: Diagnosis) -> str:
    """Return how long the target was watched and how it ended: `12.3 s, exit status 0, 4 threads in 1 process`."""
    threads = sum(len(process.threads) for process in diagnosis.processes)
    processes = quantities.plural(len(diagnosis.processes), "process", "processes")
    where = f"{quantities.plural(threads, 'thread')} in {processes}" if threads else ""
    return ", ".join(part for part in (quantities.duration(diagnosis.duration_seconds), _end_words(diagnosis), where) if part)


def _end_words(diagnosis: Diagnosis) -> str:
    match diagnosis.exit_status:
        case None:
            return "attached while it ran" if diagnosis.attached else ""
        case int(status) if status < 0:
            return f"ended by {_signal_name(-status)}"
        case status:
            return f"exit status {status}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _threads(diagnosis: Diagnosis) -> list[ThreadSummary]:
    return [thread for process in diagnosis.processes for thread in process.threads]


def _state_seconds(diagnosis: Diagnosis, *states: ThreadState) -> float:
    return math.fsum(thread.states.get(state, 0.0) for thread in _threads(diagnosis) for state in states)


def _cpu(diagnosis: Diagnosis) -> Number | None:
    if diagnosis.duration_seconds <= 0 or not diagnosis.processes:
        return None
    seconds = math.fsum(
        sum(thread.states.get(state, 0.0) for state in (ThreadState.RUNNING, ThreadState.NATIVE))
        if thread.cpu_seconds is None
        else thread.cpu_seconds
        for thread in _threads(diagnosis)
    )
    seconds += diagnosis.sampling.unseen_cpu_seconds
    cores = quantities.plural(diagnosis.machine.cores, "core")
    return Number("CPU used", f"{quantities.number(seconds / diagnosis.duration_seconds)} of {cores}")


def _gil_held(diagnosis: Diagnosis) -> Number | None:
    """Of the process in which threads waited most: the shares of several processes cannot be added."""
    worst = max(diagnosis.contention, key=lambda gil: gil.waited_seconds, default=None)
    if worst is None or worst.held_share <= 0:
        return None
    of = "the time" if len(diagnosis.contention) == 1 else f"the time in process {worst.pid}"
    return Number("GIL held", f"{quantities.share(worst.held_share)} of {of}")


def _gil_waited(diagnosis: Diagnosis) -> Number | None:
    waited = math.fsum(gil.waited_seconds for gil in diagnosis.contention)
    return Number("GIL waits", f"{quantities.duration(waited)}, all threads together") if waited > 0 else None


def _blocked(diagnosis: Diagnosis) -> Number | None:
    """Without the threads that only wait for work: what they wait for holds nobody up."""
    busy = [thread for thread in _threads(diagnosis) if not thread.plumbing]
    seconds = math.fsum(thread.states.get(ThreadState.BLOCKED, 0.0) for thread in busy)
    life = math.fsum(thread.seconds for thread in busy)
    if seconds <= 0:
        return None
    return Number("blocked", f"{quantities.duration(seconds)}, {quantities.share(seconds / life)} of the working threads' time")


def _locks(diagnosis: Diagnosis) -> Number | None:
    waited = _state_seconds(diagnosis, ThreadState.LOCK_WAIT)
    return Number("lock waits", f"{quantities.duration(waited)}, all threads together") if waited > 0 else None


def _runnable(diagnosis: Diagnosis) -> Number | None:
    waited = _state_seconds(diagnosis, ThreadState.RUNNABLE)
    return Number("core waits", f"{quantities.duration(waited)}, all threads together") if waited > 0 else None


def _native(diagnosis: Diagnosis) -> Number | None:
    seconds = _state_seconds(diagnosis, ThreadState.NATIVE)
    return Number("native code", f"{quantities.duration(seconds)} on CPU without the GIL") if seconds > 0 else None


def _stalls(diagnosis: Diagnosis) -> Number | None:
    if not diagnosis.event_loops:
        return None
    threshold = quantities.duration(diagnosis.stall_threshold_seconds)
    if not diagnosis.stalls:
        return Number("event loop", f"never kept waiting for {threshold} or more")
    longest = quantities.duration(max(stall.longest_seconds for stall in diagnosis.stalls))
    times = quantities.plural(sum(stall.count for stall in diagnosis.stalls), "stall")
    return Number("event loop", f"{times} of {threshold} or more, longest {longest}")


_Maker = Callable[[Diagnosis], Number | None]

_ALWAYS: Final[tuple[_Maker, ...]] = (_cpu,)
_OTHERWISE: Final[tuple[_Maker, ...]] = (_gil_held, _gil_waited, _stalls, _blocked, _locks)
_BY_VERDICT: Final[dict[VerdictId, tuple[_Maker, ...]]] = {
    VerdictId.GIL_BOUND: (_gil_held, _gil_waited, _stalls),
    VerdictId.CPU_BOUND_SINGLE: (_gil_held, _native, _blocked),
    VerdictId.NATIVE_BOUND: (_native, _gil_held, _runnable),
    VerdictId.OVERSUBSCRIBED: (_runnable, _native, _gil_held),
    VerdictId.IO_BOUND: (_blocked, _gil_held),
    VerdictId.LOOP_STALLED: (_stalls, _gil_held, _blocked),
    VerdictId.LOOP_HEALTHY: (_stalls, _gil_held),
    VerdictId.LOCK_BOUND: (_locks, _gil_held, _blocked),
    VerdictId.POOL_STARVED: (_blocked, _locks, _gil_held),
    VerdictId.IDLE: (_blocked, _stalls),
    VerdictId.MIXED: (_gil_held, _gil_waited, _stalls, _blocked),
}
"""At most four each, so that with the processor time there are five."""
