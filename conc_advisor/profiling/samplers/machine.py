"""What the machine is and how busy others kept it meanwhile."""

import os
import sys
from pathlib import Path

_SHORTEST_SECONDS = 0.5
"""CPU time below which the kernel's counters, in ticks of 10 ms, are too coarse to take a difference of."""
_CPU_MAX = Path("/sys/fs/cgroup/cpu.max")


def usable_cores() -> int:
    """Return the cores this process may use: by affinity and by the control group's quota, at least 1."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    try:
        quota, period = _CPU_MAX.read_text().split()
        if quota != "max":
            cores = min(cores, max(1, int(quota) // int(period)))
    except (OSError, ValueError):
        return cores  # no control group: affinity says it all
    return cores


class MachineMeter:
    """Measures from its making on how busy the whole machine was."""

    def __init__(self) -> None:
        self._before = _busy_and_total()

    def others_busy(self, known_seconds: float) -> float | None:
        """Return the share (0-1) of all cores that others used; None if unknown.

        `known_seconds` of CPU time were the target's and ours.
        """
        after = _busy_and_total()
        if self._before is None or after is None:
            return None
        busy, total = after[0] - self._before[0], after[1] - self._before[1]
        if total < _SHORTEST_SECONDS:
            return None
        return min(max((busy - known_seconds) / total, 0.0), 1.0)


def _busy_and_total() -> tuple[float, float] | None:
    """Return the machine's (busy, all) CPU time in seconds since it started."""
    try:
        with open("/proc/stat", encoding="ascii") as file:  # noqa: PTH123 - procfs
            ticks = [int(value) for value in file.readline().split()[1:9]]
    except (OSError, ValueError):
        return None
    second = os.sysconf("SC_CLK_TCK")
    return (sum(ticks) - ticks[3] - ticks[4]) / second, sum(ticks) / second


def raise_open_files() -> None:
    """Allow ourselves as many open files as we may: two for each thread that is followed."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - POSIX only

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
