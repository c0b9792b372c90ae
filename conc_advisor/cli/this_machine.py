"""What the machine at hand says of the work, as far as it is to run here: the system, its cores, its memory."""

import sys
from pathlib import Path
from typing import Final

from conc_advisor.costs.measuring.cores import usable_cores
from conc_advisor.findings import Confidence
from conc_advisor.workload import Evidence, Factor, OperatingSystem, Origin, Quantities

_SYSTEMS: Final = {
    "linux": OperatingSystem.LINUX,
    "darwin": OperatingSystem.MACOS,
    "win32": OperatingSystem.WINDOWS,
    "android": OperatingSystem.ANDROID,
}
_NAMES: Final = {"linux": "Linux", "darwin": "macOS", "win32": "Windows", "android": "Android"}
_STEP_MB: Final = 256
"""Free memory is told in steps: it changes by the second, and the advice should not."""
_CGROUP: Final = Path("/sys/fs/cgroup")
_MEMORY: Final = Path("/proc/meminfo")


def evidence_of_machine(platform: str = sys.platform) -> tuple[Evidence, ...]:
    """Return the system as a hint: the work may be meant for another machine."""
    system = _SYSTEMS.get(platform)
    if system is None:
        return ()
    detail = f"conc-advisor runs on {_NAMES[platform]}"
    return (Evidence(factor=Factor.OS, value=system, origin=Origin.ENVIRONMENT, confidence=Confidence.LOW, detail=detail),)


def quantities_of_machine(*, cgroup: Path = _CGROUP, memory: Path = _MEMORY) -> Quantities:
    """Return the cores and the memory, in MB, that are free for work here; None where the system does not say."""
    return Quantities(cores=usable_cores(), memory_mb=_memory_mb(cgroup, memory))


def _memory_mb(cgroup: Path, memory: Path) -> int | None:
    try:
        lines = memory.read_text(encoding="ascii").splitlines()
        free = next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")) * 1024
    except (OSError, ValueError, IndexError, StopIteration):
        return None
    try:
        limit = (cgroup / "memory.max").read_text(encoding="ascii").strip()
        if limit != "max":
            used = int((cgroup / "memory.current").read_text(encoding="ascii"))
            free = min(free, max(int(limit) - used, 0))
    except (OSError, ValueError):
        pass  # no control group limits it
    steps = free // (_STEP_MB * 1024 * 1024)
    return steps * _STEP_MB or None
