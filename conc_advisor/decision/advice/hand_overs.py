"""Engines outside of this tool's remit, by name: which one, and when."""

from collections.abc import Sequence
from typing import Final

from conc_advisor.concurrency import ConcurrencyModel as Model
from conc_advisor.decision.recommendation import HandOver
from conc_advisor.workload import SharedState, Workload

_DASK: Final = HandOver(
    engine="Dask",
    when="Arrays or tables larger than one machine's memory, in code like NumPy's and pandas': partitions of 100 to 200 MB, tasks of 0.1 s "
    "and more.",
)
_RAY: Final = HandOver(
    engine="Ray",
    when="Python functions and stateful workers on many machines, above all for training and serving models.",
)
_CELERY: Final = HandOver(
    engine="Celery, RQ or Dramatiq",
    when="Background jobs of an application that must survive its restart: a broker, retries, schedules.",
)
_TEMPORAL: Final = HandOver(
    engine="Temporal",
    when="Several steps over minutes to months that have to go on after any failure, and must not repeat a step that was done.",
)
_AIRFLOW: Final = HandOver(
    engine="Airflow",
    when="Batches on a schedule, with steps that depend on each other, and people who look at yesterday's run.",
)
_STORE: Final = HandOver(
    engine="a shared store (PostgreSQL, Redis)",
    when="State that workers on several machines change: keep it in a database with transactions, not in the workers.",
)


def hand_overs(model: Model, near: Sequence[Model], workload: Workload) -> tuple[HandOver, ...]:
    """Return the engines to look at, best first; none while the work stays in one process or machine.

    `near`: the runners-up.
    """
    if model is not Model.DISTRIBUTED and Model.DISTRIBUTED not in near:
        return ()
    spread = (_RAY, _DASK) if _is_plain_python(workload) else (_DASK, _RAY)
    kept = (_TEMPORAL, _AIRFLOW, _CELERY) if workload.pipeline else (_CELERY, _TEMPORAL, _AIRFLOW)
    stores = (_STORE,) if workload.shared_state is SharedState.MUTABLE else ()
    if workload.durable and workload.beyond_one_machine:
        return (*kept, *spread, *stores)
    if workload.durable:
        return (*kept, *stores)
    return (*spread, *((kept[0],) if workload.durable is None else ()), *stores)


def _is_plain_python(workload: Workload) -> bool:
    """Tell whether it is known not to be arrays or tables."""
    return workload.vectorisable is False
