"""What `calibrate` measured, as values: one row for each unit, speed-ups by the length of a task, and how far to believe them.

Times are seconds, memory KB; `low` and `high` are the lowest and the highest of the rounds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Final

from conc_advisor.costs.unit_costs import StartMethod, UnitCosts
from conc_advisor.workload import PythonVersion

NOISY: Final = 0.1
"""Fraction of all cores that others used from which on the figures are called bounds."""
PAYS: Final = 1.1
"""Speed-up from which on a way pays: less than that is what two runs of the same thing differ by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One row: `name` is the field of `UnitCosts` that it fills, `method` the start method where each has its own.

    None, and `why`, where it could not be measured.
    """

    name: str
    method: str = ""
    median: float | None = None
    low: float | None = None
    high: float | None = None
    rounds: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedUp:
    """How many times as fast as one task after the other: `workers` took `work_seconds` of work in tasks of `task_seconds`.

    `factor` is that of the best rounds of both, `low` and `high` those of single rounds.

    `way`: threads, processes, chunked processes, interpreters; or cold and a start method: a pool made for it and shut down after it.
    """

    way: str
    workers: int
    task_seconds: float
    work_seconds: float
    factor: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Without:
    """A way that could not be tried, and why."""

    way: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The interpreter, as it says itself."""

    implementation: str
    version: str
    minor: int
    free_threaded: bool
    start_method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cores:
    """Cores of the machine; what the affinity mask, Python itself and a container's quota leave of them; what is `usable` after all."""

    machine: int
    affinity: int | None
    python: int | None
    quota: float | None
    usable: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """All of it.  `others_busy`: fraction (0-1) of all cores that other programs used meanwhile, None if the system does not say."""

    interpreter: str
    measured: Measured
    machine: str
    measured_at: str
    """ISO 8601."""
    seconds: float
    """How long it took."""
    cores: Cores
    measurements: tuple[Measurement, ...]
    speed_ups: tuple[SpeedUp, ...]
    without: tuple[Without, ...]
    others_busy: float | None

    @property
    def noisy(self) -> bool:
        """Whether others used so much of the machine that costs are upper bounds and speed-ups uncertain."""
        return (self.others_busy or 0.0) >= NOISY

    @property
    def python(self) -> PythonVersion:
        """The version as the workload has it."""
        return PythonVersion(self.measured.minor, self.measured.free_threaded)

    def unit_costs(self) -> UnitCosts:
        """Return the medians as unit costs; what could not be measured is unknown there."""
        single = {row.name: row.median for row in self.measurements if not row.method}
        names = {field.name for field in fields(UnitCosts)}
        date = self.measured_at.partition("T")[0]
        name = "CPython" if self.measured.implementation == "cpython" else self.measured.implementation
        busy = f", others used {self.others_busy:.0%} of it" if self.noisy else ""
        return UnitCosts(
            python=self.python,
            source=f"measured on this machine with {name} {self.measured.version} on {date}{busy}",
            measured_here=True,
            noisy=self.noisy,
            measured_on=date,
            machine=self.machine,
            cores=self.cores.usable,
            process_seconds=self._by_method("process_seconds"),
            process_pool_seconds=self._by_method("process_pool_seconds"),
            process_kb=self._by_method("process_kb"),
            **{name: value for name, value in single.items() if name in names},
        )

    def _by_method(self, name: str) -> Mapping[StartMethod, float]:
        return {
            StartMethod(row.method): row.median for row in self.measurements if row.name == name and row.method and row.median is not None
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """Where a way begins to pay, of the lengths that were tried: it did not at `loses` seconds, and did from `pays` on.

    The length is that of a task, for a cold pool that of all the work.  `loses` None: it paid at the shortest.  `pays` None: it did not
    pay at the longest.
    """

    way: str
    workers: int
    loses: float | None
    pays: float | None


def crossings(speed_ups: Iterable[SpeedUp]) -> tuple[Crossing, ...]:
    """Return for each way and number of workers from which length on it pays, and goes on paying."""
    groups: dict[tuple[str, int], list[SpeedUp]] = {}
    for each in speed_ups:
        groups.setdefault((each.way, each.workers), []).append(each)
    return tuple(_crossing(way, workers, group) for (way, workers), group in groups.items())


def _crossing(way: str, workers: int, group: Iterable[SpeedUp]) -> Crossing:
    lengths = {each.work_seconds if is_cold(each) else each.task_seconds: each.factor for each in group}
    loses = max((length for length, factor in lengths.items() if factor < PAYS), default=None)
    pays = min((length for length in lengths if loses is None or length > loses), default=None)
    return Crossing(way=way, workers=workers, loses=loses, pays=pays)


def is_cold(each: SpeedUp) -> bool:
    """Return whether the pool was made for the work."""
    return each.way.startswith("cold ")
