"""The signs of the text report: every colour stands beside a sign or a word that says the same."""

from dataclasses import dataclass
from typing import Final

from conc_advisor.concurrency import BlockKind, StallCause, ThreadState, VerdictId


@dataclass(frozen=True, slots=True)
class StateSign:
    """How a thread state is drawn: one column wide, `style` in rich's words."""

    unicode: str
    ascii: str
    style: str


STATE_SIGNS: Final[dict[ThreadState, StateSign]] = {
    ThreadState.RUNNING: StateSign("█", "#", "green"),
    ThreadState.NATIVE: StateSign("▓", "n", "cyan"),
    ThreadState.GIL_WAIT: StateSign("G", "G", "bold red"),
    ThreadState.LOCK_WAIT: StateSign("L", "L", "bold magenta"),
    ThreadState.BLOCKED: StateSign("─", "-", "blue"),
    ThreadState.LOOP_IDLE: StateSign("·", ".", "dim"),
    ThreadState.RUNNABLE: StateSign("q", "q", "yellow"),
}

STATE_MEANING: Final[dict[ThreadState, str]] = {
    ThreadState.RUNNING: "running Python",
    ThreadState.NATIVE: "native code",
    ThreadState.GIL_WAIT: "waits for the GIL",
    ThreadState.LOCK_WAIT: "waits for a lock",
    ThreadState.BLOCKED: "blocked",
    ThreadState.LOOP_IDLE: "idle event loop",
    ThreadState.RUNNABLE: "queued for a core",
}

BLOCK_MEANING: Final[dict[BlockKind, str]] = {
    BlockKind.SOCKET: "on a socket",
    BlockKind.FILE: "on a file",
    BlockKind.SLEEP: "asleep",
    BlockKind.SUBPROCESS: "on a subprocess",
    BlockKind.QUEUE: "on a queue or event",
    BlockKind.JOIN: "for others' work to end",
    BlockKind.OTHER: "in a system call",
}

STALL_MEANING: Final[dict[StallCause, str]] = {
    StallCause.SLEEP: "sleep",
    StallCause.SOCKET: "blocking socket",
    StallCause.FILE: "file",
    StallCause.SUBPROCESS: "subprocess",
    StallCause.LOCK: "lock",
    StallCause.CPU: "Python code",
    StallCause.NATIVE: "native code",
    StallCause.GIL: "waiting for the GIL",
    StallCause.NO_CORE: "no free core",
    StallCause.OTHER: "unknown",
}


@dataclass(frozen=True, slots=True)
class VerdictSign:
    """How a verdict is marked: a sign, its ASCII twin, a style."""

    unicode: str
    ascii: str
    style: str


_FINE = VerdictSign("✓", "ok", "bold green")
_PLAIN = VerdictSign("•", "*", "bold cyan")
_PROBLEM = VerdictSign("!", "!", "bold red")
_OPEN = VerdictSign("?", "?", "bold yellow")

VERDICT_SIGNS: Final[dict[VerdictId, VerdictSign]] = {
    VerdictId.GIL_BOUND: _PROBLEM,
    VerdictId.CPU_BOUND_SINGLE: _PLAIN,
    VerdictId.NATIVE_BOUND: _PLAIN,
    VerdictId.OVERSUBSCRIBED: _PROBLEM,
    VerdictId.IO_BOUND: _PLAIN,
    VerdictId.LOOP_STALLED: _PROBLEM,
    VerdictId.LOOP_HEALTHY: _FINE,
    VerdictId.LOCK_BOUND: _PROBLEM,
    VerdictId.POOL_STARVED: _PROBLEM,
    VerdictId.IDLE: _PLAIN,
    VerdictId.MIXED: _OPEN,
    VerdictId.NOT_ENOUGH_EVIDENCE: _OPEN,
}
"""Only what slows a program down for no good reason is marked as a problem: waiting for a network is what it costs to use one."""
