"""What each process did at each instant: the samples of one sweep over its threads, taken together.

Time of no sample (`DERIVED`) has no part in it.
"""

from collections import defaultdict
from dataclasses import dataclass

from conc_advisor.profiling.analysis.activities import ASLEEP, GIL_WAIT, LOOP_IDLE, ActivityReader, Role
from conc_advisor.profiling.analysis.stack_index import StackIndex
from conc_advisor.profiling.recording import ACTIVITIES, DERIVED, HOLDS_GIL, Header, SampleBlock

UNKNOWN_THREAD = -1


@dataclass(frozen=True, slots=True)
class Charge:
    """While `waiter` waited for the GIL, `holder` (`UNKNOWN_THREAD` if not seen) held it at `site`; `seconds` of that wait.

    `site` is that of the holder's deepest user line, or minus its stack where no code is the user's.
    """

    waiter: int
    holder: int
    site: int
    seconds: float


@dataclass(slots=True)
class AsleepAt:
    """The GIL held during a sleep: for `seconds`, seen `samples` times, while others waited `others_waited` seconds in sum."""

    stack: int
    seconds: float = 0.0
    samples: int = 0
    others_waited: float = 0.0


class Sweeps:
    """Groups samples by process and instant and sums up what the groups show.

    `role_seconds[process][roles]`: wall time in which the threads of the process had exactly these roles, a combination of `Role`.
    """

    def __init__(self, header: Header, index: StackIndex, reader: ActivityReader) -> None:
        self._index = index
        self._reader = reader
        self._process = [thread.process for thread in header.threads]
        self._python = [thread.python for thread in header.threads]
        self._last = [process.first_us for process in header.processes]
        self.role_seconds: list[defaultdict[int, float]] = [defaultdict(float) for _ in header.processes]
        self._charges: defaultdict[tuple[int, int, int], float] = defaultdict(float)
        self._asleep: dict[tuple[int, int], AsleepAt] = {}
        self._roles: dict[int, int] = {}
        # The sweep at hand.
        self._at = (-1, -1)
        self._mask = 0
        self._holder: tuple[int, int, int, float] | None = None
        self._waiters: list[tuple[int, float]] = []

    def add(self, block: SampleBlock) -> None:
        """Take in a block; a sweep may go on in the next one."""
        owners, python, roles, activities = self._process, self._python, self._roles, len(ACTIVITIES)
        rows = zip(block.time_us, block.thread, block.activity, block.stack, block.seconds, block.flags, strict=True)
        time_at, process_at = self._at
        for time_us, thread, activity, stack, seconds, flags in rows:
            if flags & DERIVED:
                continue
            process = owners[thread]
            if time_us != time_at or process != process_at:
                self._close()
                self._at = time_at, process_at = time_us, process
            role = roles.get((stack * activities + activity) * 2 + python[thread])
            if role is None:
                role = self._role(thread, activity, stack)
            self._mask |= role
            if flags & HOLDS_GIL:
                self._holder = (thread, activity, stack, seconds)
            if activity == GIL_WAIT:
                self._waiters.append((thread, seconds))

    def finish(self) -> None:
        """Close the last sweep."""
        self._close()
        self._at = (-1, -1)

    def charges(self) -> list[Charge]:
        """Return who waited for whom, and where."""
        return [Charge(*key, seconds) for key, seconds in self._charges.items()]

    def asleep_holding(self) -> dict[int, list[AsleepAt]]:
        """Return by thread where the GIL was held during a sleep."""
        found: dict[int, list[AsleepAt]] = {}
        for (thread, _), place in self._asleep.items():
            found.setdefault(thread, []).append(place)
        return found

    def _close(self) -> None:
        time_us, process = self._at
        if process < 0:
            return
        wall = max(time_us - self._last[process], 0) * 1e-6
        self._last[process] = time_us
        self.role_seconds[process][self._mask] += wall
        if self._waiters or self._holder is not None:
            self._charge()
            self._waiters.clear()
            self._holder = None
        self._mask = 0

    def _charge(self) -> None:
        holder, site = UNKNOWN_THREAD, 0
        if self._holder is not None:
            holder, activity, stack, seconds = self._holder
            site = self._index.site[stack] or -stack
            if activity in ASLEEP and activity != LOOP_IDLE:
                place = self._asleep.setdefault((holder, site), AsleepAt(stack))
                place.seconds += seconds
                place.samples += 1
                place.others_waited += sum(waited for waiter, waited in self._waiters if waiter != holder)
        charges = self._charges
        for waiter, seconds in self._waiters:
            charges[waiter, holder, site] += seconds

    def _role(self, thread: int, activity: int, stack: int) -> int:
        role = self._reader.role(activity, stack)
        if not self._python[thread] and activity in ASLEEP:
            role = Role.WAITING
        self._roles[(stack * len(ACTIVITIES) + activity) * 2 + self._python[thread]] = int(role)
        return int(role)
