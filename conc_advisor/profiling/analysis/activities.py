"""The codes of activities in a recording's samples, and what they mean to the analysis."""

from enum import IntFlag
from typing import Final

from conc_advisor.concurrency import BlockKind, ThreadState
from conc_advisor.profiling.analysis.stack_index import StackIndex
from conc_advisor.profiling.analysis.waits import Wait
from conc_advisor.profiling.recording import ACTIVITIES, ACTIVITY_CODE, Activity

RUNNING: Final = ACTIVITY_CODE[Activity(ThreadState.RUNNING)]
NATIVE: Final = ACTIVITY_CODE[Activity(ThreadState.NATIVE)]
GIL_WAIT: Final = ACTIVITY_CODE[Activity(ThreadState.GIL_WAIT)]
LOCK_WAIT: Final = ACTIVITY_CODE[Activity(ThreadState.LOCK_WAIT)]
LOOP_IDLE: Final = ACTIVITY_CODE[Activity(ThreadState.LOOP_IDLE)]
RUNNABLE: Final = ACTIVITY_CODE[Activity(ThreadState.RUNNABLE)]
QUEUE: Final = ACTIVITY_CODE[Activity(ThreadState.BLOCKED, BlockKind.QUEUE)]
JOIN: Final = ACTIVITY_CODE[Activity(ThreadState.BLOCKED, BlockKind.JOIN)]

ASLEEP: Final = frozenset(
    code
    for code, activity in enumerate(ACTIVITIES)
    if activity.state in {ThreadState.LOCK_WAIT, ThreadState.BLOCKED, ThreadState.LOOP_IDLE}
)
"""Asleep for another reason than the GIL."""


class Role(IntFlag):
    """What a thread does for the program; the roles of a process's threads at one instant say what the process does."""

    NONE = 0
    PYTHON = 1
    NATIVE = 2
    GIL_WAIT = 4
    RUNNABLE = 8
    LOCK = 16
    """Waits for a lock that others contend for."""
    IO = 32
    """Waits for a socket, a file or a child program."""
    SLEEP = 64
    LOOP_IDLE = 128
    WAITING = 256
    """Waits for another thread, for work, or for something unknown."""


WANTS_CPU: Final = Role.PYTHON | Role.NATIVE | Role.GIL_WAIT | Role.RUNNABLE

_IO_KINDS: Final = frozenset({BlockKind.SOCKET, BlockKind.FILE, BlockKind.SUBPROCESS})
_BY_STATE: Final = {
    ThreadState.RUNNING: Role.PYTHON,
    ThreadState.NATIVE: Role.NATIVE,
    ThreadState.GIL_WAIT: Role.GIL_WAIT,
    ThreadState.RUNNABLE: Role.RUNNABLE,
    ThreadState.LOOP_IDLE: Role.LOOP_IDLE,
}


class ActivityReader:
    """Reads a sample's activity in the light of its stack.

    The kernel cannot tell a lock that is contended from one that serves as a signal; the stack can.  So a `lock-wait` below
    `Condition.wait`, `Queue.get` or `Thread.join` is read as
    `blocked` (queue or join).
    """

    def __init__(self, index: StackIndex) -> None:
        self._index = index
        self._roles: dict[int, int] = {}
        self._codes: dict[int, int] = {}

    def code(self, activity: int, stack: int) -> int:
        """Return the activity, corrected by what the stack says."""
        if activity != LOCK_WAIT:
            return activity
        known = self._codes.get(stack)
        if known is None:
            known = self._codes[stack] = _lock_or_signal(self._index.wait(stack))
        return known

    def role(self, activity: int, stack: int) -> int:
        """Return the `Role` of a Python thread with this activity and stack."""
        key = stack * len(ACTIVITIES) + activity
        known = self._roles.get(key)
        if known is None:
            known = self._roles[key] = int(self._decide(ACTIVITIES[activity], stack))
        return known

    def _decide(self, activity: Activity, stack: int) -> Role:
        by_state = _BY_STATE.get(activity.state)
        if by_state is not None:
            return by_state
        wait = self._index.wait(stack)
        if activity.state is ThreadState.LOCK_WAIT:
            return Role.LOCK if wait is Wait.LOCK else Role.WAITING
        if wait is Wait.WORK:
            return Role.WAITING
        if activity.kind in _IO_KINDS:
            return Role.IO
        return Role.SLEEP if activity.kind is BlockKind.SLEEP else Role.WAITING


def _lock_or_signal(wait: Wait) -> int:
    match wait:
        case Wait.SIGNAL | Wait.WORK:
            return QUEUE
        case Wait.JOIN:
            return JOIN
        case Wait.LOCK | Wait.UNKNOWN:
            return LOCK_WAIT
