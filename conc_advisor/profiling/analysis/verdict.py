"""The verdict: a table of rules, read from the top; the first whose conditions all hold is the conclusion.

The last row has no conditions, so there is always exactly one.
"""

import math
from dataclasses import dataclass
from typing import Final

from conc_advisor.concurrency import VerdictId
from conc_advisor.profiling.analysis import thresholds as limits
from conc_advisor.profiling.analysis.shares import Shares
from conc_advisor.profiling.analysis.thresholds import Threshold
from conc_advisor.profiling.diagnosis import Figure


@dataclass(frozen=True, slots=True)
class Condition:
    """A figure of `Shares` held against a threshold: at least as much, or less."""

    figure: str
    threshold: Threshold
    at_least: bool = True

    def value(self, shares: Shares) -> float:
        """Return the figure."""
        return float(getattr(shares, self.figure))

    def holds(self, shares: Shares) -> bool:
        """Return whether the figure is on the right side."""
        return (self.value(shares) >= self.threshold.value) is self.at_least

    def is_close(self, shares: Shares) -> bool:
        """Return whether the figure is so near the threshold that sampling error might have decided."""
        return abs(self.value(shares) - self.threshold.value) <= limits.CLOSE.value * self.threshold.value


@dataclass(frozen=True, slots=True)
class Rule:
    """A verdict and the conditions that must all hold."""

    verdict: VerdictId
    conditions: tuple[Condition, ...]

    def holds(self, shares: Shares) -> bool:
        """Return whether all conditions hold."""
        return all(condition.holds(shares) for condition in self.conditions)

    def is_nearly_met(self, shares: Shares) -> bool:
        """Return whether each condition holds or is missed only just."""
        return all(condition.holds(shares) or condition.is_close(shares) for condition in self.conditions)


RULES: Final[tuple[Rule, ...]] = (
    Rule(VerdictId.NOT_ENOUGH_EVIDENCE, (Condition("seconds", limits.MIN_SECONDS, at_least=False),)),
    Rule(VerdictId.NOT_ENOUGH_EVIDENCE, (Condition("samples", limits.MIN_SAMPLES, at_least=False),)),
    Rule(VerdictId.NOT_ENOUGH_EVIDENCE, (Condition("failed", limits.FAILED_MOST),)),
    Rule(
        VerdictId.NOT_ENOUGH_EVIDENCE,
        (
            Condition("others_busy", limits.OTHERS_BUSY),
            Condition("lost", limits.LOST),
            Condition("lost_lead", limits.LOST_LEAD),
        ),
    ),
    Rule(VerdictId.POOL_STARVED, (Condition("pool_nested", limits.POOL),)),
    Rule(VerdictId.POOL_STARVED, (Condition("pool_default_full", limits.POOL),)),
    Rule(
        VerdictId.LOCK_BOUND,
        (
            Condition("lock", limits.LOCK_TIME),
            Condition("lock_of_work", limits.LOCK_OF_WORK),
            Condition("lock_lead", limits.LOCK_LEAD),
        ),
    ),
    Rule(
        VerdictId.GIL_BOUND,
        (
            Condition("contended", limits.GIL_CONTENDED),
            Condition("waiting", limits.GIL_WAITING),
            Condition("held", limits.GIL_HELD),
            Condition("stall_lead", limits.STALL_LEAD, at_least=False),
        ),
    ),
    Rule(VerdictId.OVERSUBSCRIBED, (Condition("busy_per_core", limits.BUSY_PER_CORE), Condition("runnable", limits.RUNNABLE))),
    Rule(VerdictId.LOOP_STALLED, (Condition("stalled", limits.STALLED),)),
    Rule(VerdictId.LOOP_STALLED, (Condition("stalled_by_gil", limits.STALLED_BY_GIL),)),
    Rule(VerdictId.NATIVE_BOUND, (Condition("native_time", limits.NATIVE_TIME), Condition("native_of_cpu", limits.NATIVE_OF_CPU))),
    Rule(VerdictId.CPU_BOUND_SINGLE, (Condition("cpu", limits.CPU), Condition("contended", limits.GIL_CONTENDED, at_least=False))),
    Rule(VerdictId.CPU_BOUND_SINGLE, (Condition("cpu", limits.CPU), Condition("waiting", limits.GIL_WAITING, at_least=False))),
    Rule(VerdictId.IDLE, (Condition("active", limits.ACTIVE, at_least=False), Condition("callbacks", limits.CALLBACKS, at_least=False))),
    Rule(
        VerdictId.LOOP_HEALTHY,
        (
            Condition("loop", limits.LOOP_TIME),
            Condition("stalled", limits.STALLED, at_least=False),
            Condition("callbacks", limits.CALLBACKS),
        ),
    ),
    Rule(VerdictId.IO_BOUND, (Condition("io", limits.IO_TIME),)),
    Rule(VerdictId.IO_BOUND, (Condition("io_of_work", limits.IO_OF_WORK),)),
    Rule(VerdictId.MIXED, ()),
)


def decide(shares: Shares) -> Rule:
    """Return the first rule that holds."""
    return next(rule for rule in RULES if rule.holds(shares))


def is_close(rule: Rule, shares: Shares) -> bool:
    """Return whether sampling error might have decided between this rule and one of another verdict.

    Either a condition of this rule holds only just, or an earlier rule was missed only just.
    """
    missed = RULES[: RULES.index(rule)]
    return any(condition.is_close(shares) for condition in rule.conditions) or any(
        earlier.verdict is not rule.verdict and earlier.is_nearly_met(shares) for earlier in missed
    )


# What a reader wants to see whatever the verdict: where the time went.
_ALWAYS: Final = (
    ("on CPU with the GIL", "python", "seconds on CPU while holding the GIL, per second"),
    ("on CPU without the GIL", "native", "seconds on CPU in native code, per second"),
    ("waiting for the GIL", "waiting", "of the thread time in which the GIL was wanted"),
    ("only waiting for I/O or asleep", "io", "time in which no thread wanted a core and one waited for I/O or slept"),
)


def figures_of(rule: Rule, shares: Shares) -> tuple[Figure, ...]:
    """Return the figures that decided, each with its threshold, then those that are always of interest."""
    decided = tuple(
        Figure(
            name=condition.threshold.name,
            value=condition.value(shares),
            unit=condition.threshold.unit,
            threshold=condition.threshold.value,
            source=condition.threshold.source,
        )
        for condition in rule.conditions
        if math.isfinite(condition.value(shares))
    )
    shown = {condition.figure for condition in rule.conditions}
    return decided + tuple(
        Figure(name=name, value=float(getattr(shares, figure)), unit="share", threshold=None, source=source)
        for name, figure, source in _ALWAYS
        if figure not in shown
    )
