"""Chooses how often to look, so that looking costs no more than was allowed.

The budget is CPU time of the recorder per second, as a fraction of one core.  That is the most it can take from the target: nothing here
stops it, and where a core is free it takes nothing.
"""

import random
from dataclasses import dataclass
from typing import Final

MOST_SWEEPS: Final = 150.0
"""Sweeps a second: a sweep interval near CPython's 5 ms switch interval shows who waits and who runs; more tells little more."""
FEWEST_SWEEPS: Final = 5.0
OPENING_SWEEPS: Final = 300.0
OPENING_SECONDS: Final = 0.1
"""A program may be over soon: at first it is looked at more often than it could be for long."""
MOST_STACKS: Final = 100.0
FEWEST_STACKS: Final = 1.0
SWEEP_PART: Final = 0.35
STACK_PART: Final = 0.35
HOLDER_PART: Final = 0.15
"""The rest is for dumps and for following threads and processes."""
MOST_HOLDERS: Final = 60.0
"""Looks a second at the GIL's holder: they tell where a thread computes that mostly sleeps."""
STACK_BASE_SECONDS: Final = 0.00015
STACK_THREAD_SECONDS: Final = 0.00005
"""CPU time of py-spy 0.4.3 for one look at a process, and for each of its threads.

Measured: 0.27 ms with 3 threads, 10 ms with 200 (Debian 12, 2 cores).
"""
HOLDER_BASE_SECONDS: Final = 0.0002
HOLDER_THREAD_SECONDS: Final = 0.000002
"""The same for a look at the holder of the GIL only (`--gil`): 0.6 ms with 200 threads."""
MANY_THREADS: Final = 24
"""From here on all stacks can be had only a few times a second; half of the allowance then goes to the stack of the GIL's holder."""
_SMOOTHING: Final = 0.05
_STACK_SMOOTHING: Final = 0.3
_LEAST_SCALE: Final = 0.25
_MOST_SCALE: Final = 2.0


@dataclass(slots=True)
class Budget:
    """The allowance and what things turned out to cost (seconds of CPU time)."""

    allowed: float
    sweep_seconds: float = 0.00015
    stack_factor: float = 1.0
    scale: float = 1.0

    def sweep_cost(self, seconds: float) -> None:
        """Take note of what a sweep over all processes cost."""
        self.sweep_seconds += _SMOOTHING * (seconds - self.sweep_seconds)

    def stack_cost(self, seconds: float, looks: float, threads: int) -> None:
        """Take note of what `looks` at the stacks of a process with `threads` threads cost."""
        if looks >= 10:  # noqa: PLR2004 - fewer say little
            measured = seconds / looks / _stack_seconds(threads)
            self.stack_factor += _STACK_SMOOTHING * (min(max(measured, 0.2), 20.0) - self.stack_factor)

    def correct(self, spent: float) -> None:
        """Take note of what everything together turned out to cost since the last time, in CPU seconds a second."""
        if spent > 0:
            self.scale = _between(_LEAST_SCALE, self.scale * (self.allowed / spent) ** 0.5, _MOST_SCALE)

    def sweep_rate(self) -> float:
        """Return the sweeps a second that the allowance pays for."""
        return _between(FEWEST_SWEEPS, self.allowed * self.scale * SWEEP_PART / self.sweep_seconds, MOST_SWEEPS)

    def stack_rate(self, threads: int, processes: int) -> float:
        """Return the looks a second at the stacks of a process with `threads` threads, one of `processes` that are recorded."""
        share = self._share(STACK_PART if threads < MANY_THREADS else (STACK_PART + HOLDER_PART) / 2, processes)
        return _between(FEWEST_STACKS, share / (_stack_seconds(threads) * self.stack_factor), MOST_STACKS)

    def holder_rate(self, threads: int, processes: int) -> float:
        """Return the looks a second at the GIL's holder.

        With many threads, of which all are seen only a few times a second, that is half of the looking.
        """
        cost = HOLDER_BASE_SECONDS + HOLDER_THREAD_SECONDS * threads
        share = self._share(HOLDER_PART if threads < MANY_THREADS else (STACK_PART + HOLDER_PART) / 2, processes)
        return _between(FEWEST_STACKS, share / cost, MOST_HOLDERS)

    def next_sweep_after(self, elapsed: float) -> float:
        """Return the seconds to the next sweep, `elapsed` after the start: irregular, so as not to fall into step with the target."""
        rate = OPENING_SWEEPS if elapsed < OPENING_SECONDS else self.sweep_rate()
        return random.uniform(0.5, 1.5) / rate  # noqa: S311 - not for secrets

    def _share(self, part: float, processes: int) -> float:
        return self.allowed * self.scale * part / max(processes, 1)


def _stack_seconds(threads: int) -> float:
    return STACK_BASE_SECONDS + STACK_THREAD_SECONDS * threads


def _between(low: float, value: float, high: float) -> float:
    return min(max(value, low), high)
