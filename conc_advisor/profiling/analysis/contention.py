"""The GIL: who held it, who waited meanwhile and at whose lines, and what leaving it could gain."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from conc_advisor.concurrency import ThreadState
from conc_advisor.findings import Location
from conc_advisor.profiling.analysis.activities import Role
from conc_advisor.profiling.analysis.stack_index import StackIndex
from conc_advisor.profiling.analysis.states import States
from conc_advisor.profiling.analysis.sweeps import UNKNOWN_THREAD, AsleepAt, Charge, Sweeps
from conc_advisor.profiling.analysis.totals import Totals
from conc_advisor.profiling.diagnosis import AsleepHolding, Gain, GilContention, HolderSite
from conc_advisor.profiling.recording import Header

UNKNOWN_HOLDER: Final = "(not seen)"
"""Label of the holder where a sweep did not show who held the GIL."""
MIN_SITE_SHARE: Final = 0.01
"""Sites with less of a waiter's waiting than this are left out."""
MIN_ASLEEP_SAMPLES: Final = 3
"""State and holder are read an instant apart, so one or two samples of a sleeping holder prove nothing."""
MIN_GAIN_WAITING: Final = 0.02
"""With less of the wanted time spent waiting than this there is no contention to speak of, and no gain is given."""
_COMPUTES: Final = 0.05
"""A thread wants the GIL for this part of the process's life at least, to count as one that could run in parallel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contention:
    """Makes the `GilContention` of each process out of the sums."""

    header: Header
    index: StackIndex
    totals: Totals
    sweeps: Sweeps
    states: States
    labels: list[str]

    def result(self) -> tuple[GilContention, ...]:
        """Return one value a process with a Python thread, in the order of the header."""
        members: defaultdict[int, list[int]] = defaultdict(list)
        for number, thread in enumerate(self.header.threads):
            if thread.python:
                members[thread.process].append(number)
        charges, asleep = self.sweeps.charges(), self.sweeps.asleep_holding()
        return tuple(self._process(process, threads, charges, asleep) for process, threads in sorted(members.items()))

    def _process(self, process: int, threads: list[int], charges: list[Charge], asleep: dict[int, list[AsleepAt]]) -> GilContention:
        info = self.header.processes[process]
        life = max((info.last_us - info.first_us) * 1e-6, 1e-9)
        held = sum(self.totals.holding_seconds(thread) for thread in threads)
        waited = self.states.seconds(ThreadState.GIL_WAIT, threads)
        everyone = [number for number, thread in enumerate(self.header.threads) if thread.process == process]
        return GilContention(
            pid=info.pid,
            measured=info.gil_measured,
            held_share=min(held / life, 1.0),
            waited_seconds=waited,
            waiting_share=waited / (held + waited) if waited else 0.0,
            native_seconds=self.states.seconds(ThreadState.NATIVE, everyone),
            holders=self._holders(set(threads), charges),
            asleep_holding=self._asleep_holding(threads, life, asleep),
            gain=self._gain(process, threads, held=min(held, life), waited=waited, life=life),
        )

    def _holders(self, threads: set[int], everyone: list[Charge]) -> tuple[HolderSite, ...]:
        charges = [charge for charge in everyone if charge.waiter in threads]
        waited: defaultdict[int, float] = defaultdict(float)
        held: defaultdict[tuple[int, int, Location | None], float] = defaultdict(float)
        for charge in charges:
            waited[charge.waiter] += charge.seconds
            held[charge.waiter, charge.holder, self._place(charge.site)] += charge.seconds
        sites = [
            HolderSite(
                waiter=self.labels[waiter],
                holder=UNKNOWN_HOLDER if holder == UNKNOWN_THREAD else self.labels[holder],
                location=location,
                seconds=seconds,
                share=seconds / waited[waiter],
            )
            for (waiter, holder, location), seconds in held.items()
            if seconds >= MIN_SITE_SHARE * waited[waiter] > 0
        ]
        return tuple(sorted(sites, key=lambda site: (-site.seconds, site.waiter, site.holder)))

    def _place(self, site: int) -> Location | None:
        return self.index.sites[site] if site >= 0 else self.index.location(-site)

    def _asleep_holding(self, threads: list[int], life: float, asleep: dict[int, list[AsleepAt]]) -> tuple[AsleepHolding, ...]:
        found = [
            AsleepHolding(
                thread=self.labels[thread],
                location=self.index.location(place.stack),
                seconds=place.seconds,
                others_waited_seconds=place.others_waited,
            )
            for thread in threads
            for place in asleep.get(thread, [])
            if place.samples >= MIN_ASLEEP_SAMPLES and place.seconds >= MIN_SITE_SHARE * life
        ]
        return tuple(sorted(found, key=lambda place: -place.seconds))

    def _gain(self, process: int, threads: list[int], *, held: float, waited: float, life: float) -> Gain | None:
        contended = sum(seconds for roles, seconds in self.sweeps.role_seconds[process].items() if roles & Role.GIL_WAIT)
        if not contended or waited < MIN_GAIN_WAITING * (held + waited):
            return None
        native = self.states.seconds(ThreadState.NATIVE, range(len(self.header.threads))) / max(self.header.duration_seconds, life)
        cores = max(self.header.machine.cores - native, 1.0)
        wanting = sum(1 for thread in threads if self._wanted(thread) >= _COMPUTES * life)
        computed = [self.states.seconds(ThreadState.RUNNING, [thread]) for thread in threads]
        # What one thread computes stays one after the other: moving it elsewhere makes others answer sooner, and itself no faster.
        ways = min(cores, max(wanting, 1), sum(computed) / max(*computed, 1e-9, 0.0))
        high = speedup(life, held, ways)
        low = min(speedup(life, min(contended, life), min(ways, 1 + waited / contended)), high)
        if high < MIN_GAIN:
            return None
        best = f"all the time under the GIL runs in parallel, on {cores:.0f} cores, by {wanting} threads that compute"
        least = "low: only the time in which threads were seen waiting runs in parallel; high: " if f"{low:.2f}" != f"{high:.2f}" else ""
        terms = "The work must be divisible, and moving data between processes costs extra."
        return Gain(low=low, high=high, assumption=f"{least}{best}. {terms}")

    def _wanted(self, thread: int) -> float:
        return self.states.seconds(ThreadState.RUNNING, [thread]) + self.states.seconds(ThreadState.GIL_WAIT, [thread])


MIN_GAIN: Final = 1.05
"""A gain of less is lost in the moving."""


def speedup(life: float, parallel: float, ways: float) -> float:
    """Return how many times shorter `life` seconds get if `parallel` of them are done `ways` at a time (Amdahl's law)."""
    parallel = min(parallel, life)
    return life / (life - parallel + parallel / max(ways, 1.0))
