"""How many cores this process may use: those of the machine, less what an affinity mask or a container's quota takes away."""

from __future__ import annotations

import math
import os
import sys

CGROUP_ROOT = "/sys/fs/cgroup"


def usable_cores() -> int:
    """Return how many cores this process may use, at least 1; a quota of one and a half counts as two."""
    counts = [os.cpu_count(), affinity(), process_cpu_count()]
    known = [count for count in counts if count]
    quota = cgroup_quota()
    if quota:
        known.append(math.ceil(quota))
    return max(1, min(known, default=1))


def affinity() -> int | None:
    """Return how many cores the affinity mask leaves, None where there is no such mask."""
    if sys.platform != "linux":
        return None
    return len(os.sched_getaffinity(0))


def process_cpu_count() -> int | None:
    """Return what Python 3.13 and newer say themselves (`-X cpu_count` and PYTHON_CPU_COUNT included), None before."""
    count = getattr(os, "process_cpu_count", None)
    return None if count is None else count()


def cgroup_quota(root: str = CGROUP_ROOT, membership: str = "/proc/self/cgroup") -> float | None:
    """Return how many cores the control groups leave, the tightest of them; None where there is no limit, or it is not told.

    Version 2 says it in `cpu.max` (quota and period in microseconds, or the word max), version 1 in two files of the cpu controller:
    https://docs.kernel.org/admin-guide/cgroup-v2.html, https://docs.kernel.org/scheduler/sched-bwc.html
    """
    quotas: list[float] = []
    for group in _groups(root, membership):
        quotas.extend(quota for quota in (_version_2(group), _version_1(group)) if quota is not None)
    return min(quotas, default=None)


def _groups(root: str, membership: str) -> list[str]:
    """Return the folders of this process's groups and of all groups around them."""
    folders = {root, os.path.join(root, "cpu")}
    for line in _read(membership).splitlines():
        _, controllers, path = [*line.split(":", 2), "", ""][:3]
        if controllers and "cpu" not in controllers.split(","):
            continue
        base = os.path.join(root, "cpu") if controllers else root
        parts = [part for part in path.split("/") if part not in ("", "..")]
        folders.update(os.path.join(base, *parts[:depth]) for depth in range(len(parts) + 1))
    return sorted(folders)


def _version_2(group: str) -> float | None:
    words = _read(os.path.join(group, "cpu.max")).split()
    return _cores(words[0], words[1]) if len(words) == 2 else None  # noqa: PLR2004 - quota and period


def _version_1(group: str) -> float | None:
    return _cores(_read(os.path.join(group, "cpu.cfs_quota_us")), _read(os.path.join(group, "cpu.cfs_period_us")))


def _cores(quota: str, period: str) -> float | None:
    """Return quota over period; None for `max`, -1 and anything else that is no limit."""
    try:
        cores = int(quota) / int(period)
    except (ValueError, ZeroDivisionError):
        return None
    return cores if cores > 0 else None


def _read(path: str) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
