"""Thread pools whose workers were all asleep inside tasks, so that a further task would have had to wait.

The queue of a pool cannot be seen from outside.  What can be seen: that no worker was idle, that none of them computed, and that tasks
waited for futures, which deadlocks a pool if those are futures of its own.
"""

import re
from dataclasses import dataclass
from typing import Final

from conc_advisor.profiling.analysis.activities import ASLEEP
from conc_advisor.profiling.analysis.stack_index import StackIndex
from conc_advisor.profiling.recording import DERIVED, NO_STACK, Header, SampleBlock

_WORKER_NAME: Final = re.compile(r"^(?P<pool>.+)_\d+$")
DEFAULT_EXECUTOR: Final = "asyncio"
"""How asyncio names the workers of its default executor: asyncio_0, asyncio_1 …"""


@dataclass(slots=True)
class PoolUse:
    """A pool of threads named `name`_0, `name`_1 … in one process.

    `seconds`: wall time in which workers were seen · `saturated`: of it, with every worker asleep inside a task ·
    `nested`: of that, with a worker waiting for a future · `workers`: the most that were seen at once ·
    `stack`: one at which a worker slept inside a task (in a wait for a future if there was one).
    """

    process: int
    name: str
    threads: tuple[int, ...]
    seconds: float = 0.0
    saturated: float = 0.0
    nested: float = 0.0
    workers: int = 0
    stack: int = NO_STACK


@dataclass(slots=True)
class _Sweep:
    time_us: int = -1
    workers: int = 0
    asleep: int = 0
    on_future: int = 0


class Pools:
    """Watches the workers of every pool, sweep by sweep."""

    def __init__(self, header: Header, index: StackIndex) -> None:
        self._index = index
        self._group = [-1] * len(header.threads)
        self.pools: list[PoolUse] = []
        self._sweeps: list[_Sweep] = []
        numbers: dict[tuple[int, str], int] = {}
        for thread, info in enumerate(header.threads):
            match = _WORKER_NAME.match(info.name)
            if match is not None and info.python:
                number = numbers.setdefault((info.process, match["pool"]), len(self.pools))
                if number == len(self.pools):
                    self.pools.append(PoolUse(process=info.process, name=match["pool"], threads=()))
                    self._sweeps.append(_Sweep())
                self.pools[number].threads += (thread,)
                self._group[thread] = number

    def add(self, block: SampleBlock) -> None:
        """Take in a block."""
        if not self.pools:
            return
        group, index = self._group, self._index
        for time_us, thread, activity, stack, flags in zip(
            block.time_us, block.thread, block.activity, block.stack, block.flags, strict=True
        ):
            number = group[thread]
            if number < 0 or flags & DERIVED:
                continue
            sweep = self._sweeps[number]
            if sweep.time_us != time_us:
                self._close(number, time_us)
            sweep.workers += 1
            if activity in ASLEEP and index.in_task[stack]:
                sweep.asleep += 1
                if index.on_future[stack]:
                    sweep.on_future += 1
                    self.pools[number].stack = stack
                elif not index.on_future[self.pools[number].stack]:
                    self.pools[number].stack = stack

    def finish(self) -> None:
        """Close the last sweeps."""
        for number, sweep in enumerate(self._sweeps):
            self._close(number, sweep.time_us)

    def _close(self, number: int, time_us: int) -> None:
        sweep, pool = self._sweeps[number], self.pools[number]
        if sweep.time_us >= 0:
            wall = (time_us - sweep.time_us) * 1e-6
            pool.seconds += wall
            pool.workers = max(pool.workers, sweep.workers)
            if sweep.workers and sweep.asleep == sweep.workers:
                pool.saturated += wall
                if sweep.on_future:
                    pool.nested += wall
        sweep.time_us, sweep.workers, sweep.asleep, sweep.on_future = time_us, 0, 0, 0


def default_executor_size(cores: int) -> int:
    """Return how many threads asyncio's default executor has at most (https://docs.python.org/3/library/concurrent.futures.html#threadpoolexecutor)."""
    return min(32, cores + 4)
