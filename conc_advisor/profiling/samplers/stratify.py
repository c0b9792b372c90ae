"""Gives each sample the seconds it stands for, so that they agree with what the kernel counted exactly.

Raw sample shares are skewed: a thread that is woken by the sampler's own timing, or stopped, is seen too often in one state.  The kernel
knows each thread's time on CPU and in the run queue to the nanosecond (`schedstat`), so within a window the samples only split the time off
CPU between its kinds, and the time on CPU between with and without the GIL.  (Stratified estimation: the strata's sizes are known, only
what is inside is sampled.)
"""

from dataclasses import dataclass
from typing import Final

from conc_advisor.profiling.samplers.syscalls import Wait

_TICK_SECONDS: Final = 0.01
"""The longest kernel tick (CONFIG_HZ=100)."""


@dataclass(slots=True)
class WindowTotals:
    """One thread in one window: the time between its samples by what was sampled, and what the kernel counted (all seconds)."""

    holding: float = 0.0
    not_holding: float = 0.0
    asleep: float = 0.0
    cpu: float = 0.0
    queued: float = 0.0

    def add(self, wait: int, seconds: float, *, holds: bool) -> None:
        """Count the time that one sample stands for by itself."""
        if wait != Wait.ON_CPU:
            self.asleep += seconds
        elif holds:
            self.holding += seconds
        else:
            self.not_holding += seconds


@dataclass(frozen=True, slots=True)
class Weights:
    """What to multiply a sample's own time with, and the part of it (0-1) that was spent ready without a core.

    `spare_*`: seconds that the kernel counted and no sample in the window saw.
    """

    on_cpu: float
    asleep: float
    queued_holding: float
    queued_not_holding: float
    spare_cpu: float
    spare_queued: float
    spare_asleep: float


def weights(totals: WindowTotals) -> Weights:
    """Return the weights of a window.

    Time in the run queue is taken from samples that did not hold the GIL first: a thread that was woken and waits for a core has not taken
    the GIL yet.
    """
    seen_on = totals.holding + totals.not_holding
    life = seen_on + totals.asleep
    cpu = totals.cpu
    # The run-queue counter can jump when a thread changes cores (their clocks differ): a wait longer than the life is no wait.
    queued = totals.queued if totals.queued <= life + _TICK_SECONDS else 0.0
    if cpu + queued > life:
        # The counters of a running thread are brought up to date once a tick (1 to 10 ms): never more than the life between the samples.
        shrink = life / (cpu + queued)
        cpu, queued = cpu * shrink, queued * shrink
    on, off = cpu + queued, max(life - cpu - queued, 0.0)
    on_weight = on / seen_on if seen_on else 0.0
    waiting = min(queued, totals.not_holding * on_weight)
    preempted = queued - waiting if seen_on else 0.0
    return Weights(
        on_cpu=on_weight,
        asleep=off / totals.asleep if totals.asleep else 0.0,
        queued_not_holding=_part(waiting, totals.not_holding * on_weight),
        queued_holding=_part(preempted, totals.holding * on_weight),
        spare_cpu=0.0 if seen_on else cpu,
        spare_queued=0.0 if seen_on else queued,
        spare_asleep=0.0 if totals.asleep else off,
    )


def _part(part: float, whole: float) -> float:
    return min(part / whole, 1.0) if whole > 0 else 0.0
