"""The types of the JSON report of `calibrate`, `conc-advisor.calibration/1`.

The JSON Schema that we ship is made from them.  The format only grows: keys are added, never taken away, and never change their meaning.
"""

from typing import Annotated, Final

import msgspec

from conc_advisor.reports.document.fields import Id, Seconds, Share, about

SCHEMA_ID: Final = "conc-advisor.calibration/1"


class Python(msgspec.Struct, kw_only=True):
    """The interpreter that was measured."""

    path: Annotated[str, about("The program.")]
    implementation: Annotated[Id, about("Such as `cpython`.")]
    version: Annotated[Id, about("Such as `3.13.1`.")]
    free_threaded: Annotated[bool, about("True for a build without the GIL.")]
    start_method: Annotated[Id, about("How its `multiprocessing` starts processes when nothing is said.")]


class Cores(msgspec.Struct, kw_only=True):
    """Cores of the machine, and how many of them may be used."""

    machine: Annotated[int, about("Cores of the machine.")]
    affinity: Annotated[int | None, about("Those in the process's affinity mask; null where there is no such thing.")]
    python: Annotated[int | None, about("What `os.process_cpu_count()` says; null before Python 3.13.")]
    quota: Annotated[float | None, about("What the control groups of a container leave; null where nothing is limited.")]
    usable: Annotated[int, about("What is left after all of these, at least 1.")]


class Measurement(msgspec.Struct, kw_only=True):
    """One unit and what it costs."""

    name: Annotated[Id, about("Stable identifier of what was measured; its end says the unit.")]
    method: Annotated[str | None, about("Start method of the processes; null where it makes no difference.")]
    unit: Annotated[Id, about("`s`, `KB` or `bytes/s`.")]
    median: Annotated[float | None, about("Median of the rounds; null where it could not be measured.")]
    low: Annotated[float | None, about("The lowest round.")]
    high: Annotated[float | None, about("The highest round.")]
    rounds: Annotated[int, about("How many rounds were counted.")]
    why: Annotated[str | None, about("Why it could not be measured, in English; null where it could.")]


class SpeedUp(msgspec.Struct, kw_only=True):
    """How much faster the same work got."""

    way: Annotated[
        Id, about("`threads`, `processes`, `chunked processes`, `interpreters`; `cold` and a start method for a pool made for the work.")
    ]
    workers: Annotated[int, about("Workers of the pool.")]
    task_seconds: Annotated[Seconds, about("Length of one task, alone.")]
    work_seconds: Annotated[Seconds, about("Length of all the work, one task after the other.")]
    factor: Annotated[
        Share, about("How many times as fast as one task after the other: the best round of one held against the best of the other.")
    ]
    low: Annotated[Share, about("The lowest round.")]
    high: Annotated[Share, about("The highest round.")]


class Crossing(msgspec.Struct, kw_only=True):
    """Where a way begins to pay, between two lengths that were tried; of the work for `cold` ways, of a task for the others."""

    way: Annotated[Id, about("As in `speed_ups`.")]
    workers: Annotated[int, about("Workers of the pool.")]
    loses_seconds: Annotated[float | None, about("The longest that did not pay; null where the shortest paid.")]
    pays_seconds: Annotated[float | None, about("The shortest from which on all paid; null where the longest did not.")]


class Without(msgspec.Struct, kw_only=True):
    """A way that could not be tried."""

    way: Annotated[Id, about("As in `speed_ups`.")]
    why: Annotated[str, about("Why not, in English.")]


class Calibration(msgspec.Struct, kw_only=True):
    """What units of concurrency cost on one machine, under one interpreter."""

    schema: Annotated[str, about("Name and version of this format.")] = SCHEMA_ID
    tool_version: Annotated[str, about("Version of conc-advisor.")]
    python: Annotated[Python, about("The interpreter.")]
    machine: Annotated[str, about("System and processor.")]
    cores: Annotated[Cores, about("How many cores may be used.")]
    measured_at: Annotated[str, about("When, ISO 8601.")]
    seconds: Annotated[Seconds, about("How long measuring took.")]
    others_busy: Annotated[float | None, about("Fraction of all cores that other programs used meanwhile; null if not known.")]
    noisy: Annotated[bool, about("True where that is so much that costs are upper bounds and speed-ups uncertain.")]
    pays_from_factor: Annotated[float, about("Speed-up from which on a way counts as one that pays.")]
    measurements: Annotated[list[Measurement], about("One entry a unit.")]
    speed_ups: Annotated[list[SpeedUp], about("What pools made of the same work.")]
    crossings: Annotated[list[Crossing], about("Where each way begins to pay, from `speed_ups`.")]
    without: Annotated[list[Without], about("What could not be tried.")]
