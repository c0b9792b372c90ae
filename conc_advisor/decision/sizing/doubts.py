"""Why figures that were measured may not hold for this work: another system, a busy machine, many more cores."""

from collections.abc import Iterator
from typing import Final

from conc_advisor.costs.unit_costs import UnitCosts
from conc_advisor.workload import OperatingSystem, Workload

FAR_MORE: Final = 2
"""Times the cores of the measured machine from which on a figure is carried too far: pools of two workers were measured."""
_SYSTEMS: Final = {
    "linux": OperatingSystem.LINUX,
    "darwin": OperatingSystem.MACOS,
    "win32": OperatingSystem.WINDOWS,
    "windows": OperatingSystem.WINDOWS,
    "android": OperatingSystem.ANDROID,
}
_NAMES: Final = {
    OperatingSystem.LINUX: "Linux",
    OperatingSystem.MACOS: "macOS",
    OperatingSystem.WINDOWS: "Windows",
    OperatingSystem.ANDROID: "Android",
}


def doubts(costs: UnitCosts, workload: Workload, cores: int | None) -> tuple[str, ...]:
    """Return a clause for each reason why the costs are no more than an estimate here; nothing when they were measured for this.

    `cores`: those that the work may use.
    """
    return (*_of_another_system(costs, workload.os), *_of_a_busy_machine(costs), *_of_more_cores(costs, cores))


def _of_another_system(costs: UnitCosts, wanted: OperatingSystem | None) -> Iterator[str]:
    measured = _SYSTEMS.get(costs.machine.partition(" ")[0].rstrip(",").lower())
    if measured is None or wanted is None or wanted is measured:
        return
    yield f"that was {_NAMES[measured]}, not {_NAMES.get(wanted, 'each system that it is to run on')}"


def _of_a_busy_machine(costs: UnitCosts) -> Iterator[str]:
    if costs.noisy:
        yield "the machine was busy then, so costs are upper bounds"


def _of_more_cores(costs: UnitCosts, cores: int | None) -> Iterator[str]:
    if costs.measured_here and costs.cores is not None and cores is not None and cores > FAR_MORE * costs.cores:
        yield f"with {costs.cores} cores, not {cores}"
