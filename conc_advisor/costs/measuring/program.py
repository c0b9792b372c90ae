"""The measurements in their order."""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import os
import platform
import sys
import sysconfig

from . import interpreters, light, processes, speed
from .cores import affinity, cgroup_quota, process_cpu_count, usable_cores
from .others import Meanwhile
from .rounds import OrphanedError, emit


def main() -> None:
    """Measure all there is, and print each row as soon as it is known."""
    with contextlib.suppress(OrphanedError):
        _measure()


def _measure() -> None:
    meanwhile = Meanwhile()
    cores = usable_cores()
    emit(
        "interpreter",
        implementation=sys.implementation.name,
        version=platform.python_version(),
        minor=sys.version_info[1],
        free_threaded=bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        start_method=multiprocessing.get_start_method(),
    )
    emit(
        "cores",
        machine=os.cpu_count() or 1,
        affinity=affinity(),
        python=process_cpu_count(),
        quota=cgroup_quota(),
        usable=cores,
    )
    light.measure_memory()
    processes.measure_starts()
    processes.measure_handing_over()
    interpreters.measure()
    light.measure_time()
    speed.measure(cores)
    _end_servants()
    emit("end", others_busy=meanwhile.used_by_others())


def _end_servants() -> None:
    """End multiprocessing's own processes and wait for them: so their children's time is counted as ours, and nothing outlives us.

    There is no public way, and an interpreter that has none of these only counts less.
    """
    for module, servant in (("forkserver", "_forkserver"), ("resource_tracker", "_resource_tracker")):
        with contextlib.suppress(Exception):
            getattr(importlib.import_module(f"multiprocessing.{module}"), servant)._stop()  # noqa: SLF001
