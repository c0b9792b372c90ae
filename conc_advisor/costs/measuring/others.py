"""How much of the machine was used by others meanwhile: the kernel's count, less our own."""

from __future__ import annotations

import os
import time

_IDLE_COLUMNS = (3, 4)
"""idle and iowait, among the first eight columns of /proc/stat: https://docs.kernel.org/filesystems/proc.html"""
_COLUMNS = 8


class Meanwhile:
    """Counts from its creation on."""

    def __init__(self) -> None:
        self._begin = time.perf_counter()
        self._busy = _busy_seconds()
        self._own = _own_seconds()

    def used_by_others(self) -> float | None:
        """Return the fraction (0-1) of all cores that others used, stolen time of a virtual machine included; None where it is not told.

        Our own part counts children only once they have ended and been waited for.
        """
        busy = _busy_seconds()
        if busy is None or self._busy is None:
            return None
        available = (time.perf_counter() - self._begin) * (os.cpu_count() or 1)
        others = (busy - self._busy) - (_own_seconds() - self._own)
        return min(max(others / available, 0.0), 1.0)


def _busy_seconds() -> float | None:
    try:
        with open("/proc/stat", encoding="ascii") as file:
            columns = [int(word) for word in file.readline().split()[1 : _COLUMNS + 1]]
    except OSError:
        return None
    busy = sum(value for column, value in enumerate(columns) if column not in _IDLE_COLUMNS)
    return busy / os.sysconf("SC_CLK_TCK")


def _own_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
