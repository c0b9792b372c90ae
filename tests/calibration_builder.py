"""Builders of what `calibrate` measures, for tests: each has defaults, so a test names only what it is about."""

from dataclasses import replace
from typing import Any, Final

from conc_advisor.costs.calibration import Calibration, Cores, Measured, Measurement, SpeedUp
from conc_advisor.costs.unit_costs import StartMethod, UnitCosts, shipped_costs
from conc_advisor.workload import PythonVersion

MEASURED: Final = Measured(implementation="cpython", version="3.13.1", minor=13, free_threaded=False, start_method="fork")


def row(name: str, median: float | None = 0.001, *, method: str = "", why: str = "") -> Measurement:
    """Return a row; one without a median says why."""
    if median is None:
        return Measurement(name=name, method=method, why=why or "not on this system")
    return Measurement(name=name, method=method, median=median, low=median / 2, high=median * 2, rounds=7)


def speed_up(way: str, seconds: float, factor: float, *, workers: int = 2) -> SpeedUp:
    """Return a speed-up for tasks of so many seconds; for a cold pool, for so much work."""
    tasks = 8
    task = seconds / tasks if way.startswith("cold") else seconds
    return SpeedUp(
        way=way, workers=workers, task_seconds=task, work_seconds=task * tasks, factor=factor, low=factor * 0.9, high=factor * 1.1
    )


def rows_of(costs: UnitCosts) -> tuple[Measurement, ...]:
    """Return the rows that would give these costs."""
    single = [
        row(name, value)
        for name in UnitCosts.__dataclass_fields__
        if isinstance(value := getattr(costs, name), float | None) and name != "cores"
    ]
    by_method = [
        row(name, getattr(costs, name).get(method), method=method)
        for name in ("process_seconds", "process_pool_seconds", "process_kb")
        for method in StartMethod
    ]
    return (*single, *by_method)


def cores(usable: int = 4, **changes: float | None) -> Cores:
    """Return a machine of four cores of which so many may be used."""
    return replace(Cores(machine=4, affinity=4, python=4, quota=None, usable=usable), **changes)  # type: ignore[arg-type]


def calibration(**changes: object) -> Calibration:
    """Return a calibration of a quiet machine with four cores."""
    values: dict[str, Any] = {
        "interpreter": "/app/.venv/bin/python",
        "measured": MEASURED,
        "machine": "Linux x86_64, A Processor, 4 cores",
        "measured_at": "2026-11-20T12:00:00",
        "seconds": 8.5,
        "cores": cores(),
        "measurements": rows_of(shipped_costs(PythonVersion(12))),
        "speed_ups": (
            *(speed_up("processes", seconds, factor) for seconds, factor in ((3e-5, 0.4), (3e-4, 1.2), (0.01, 1.9))),
            *(speed_up("chunked processes", seconds, factor) for seconds, factor in ((3e-5, 1.5), (3e-4, 1.8), (0.01, 1.9))),
            *(speed_up("threads", seconds, 0.98) for seconds in (3e-5, 3e-4, 0.01)),
            *(speed_up("cold spawn", seconds, factor) for seconds, factor in ((0.005, 0.1), (0.2, 1.4))),
        ),
        "without": (),
        "others_busy": 0.02,
    }
    return Calibration(**(values | changes))
