"""The JSON report as a whole: target, verdict, and how it was recorded."""

from typing import Annotated, Final

import msgspec

from conc_advisor.reports.document.computing import HotPaths
from conc_advisor.reports.document.fields import File, Function, Id, Line, Seconds, about
from conc_advisor.reports.document.threads import Process
from conc_advisor.reports.document.waiting import BlockingSite, Contention, EventLoop, Stall

SCHEMA_ID: Final = "conc-advisor.profile/1"


class Figure(msgspec.Struct, kw_only=True):
    """A number behind the verdict."""

    name: Annotated[str, about("What it is.")]
    value: Annotated[float, about("The number, in `unit`.")]
    unit: Annotated[str, about("`share` is a fraction from 0 to 1.")]
    threshold: Annotated[float | None, about("What it was held against, in `unit`; null where nothing hung on it.")]
    source: Annotated[str, about("Where the threshold comes from.")]


class Verdict(msgspec.Struct, kw_only=True):
    """The conclusion."""

    id: Annotated[Id, about("One of the documented verdicts, such as `gil-bound`.")]
    confidence: Annotated[Id, about("`low`, `medium` or `high`.")]
    sentence: Annotated[str, about("The conclusion in one line, in English.")]
    figures: Annotated[list[Figure], about("The numbers behind it.")]
    next_step: Annotated[str, about("What to do about it, in English.")]
    doubts: Annotated[list[str], about("What speaks against relying on it, in English.")]


class Finding(msgspec.Struct, kw_only=True):
    """A statement about the program."""

    rule: Annotated[Id, about("Stable identifier of what was found.")]
    severity: Annotated[Id, about("`info`, `warning` or `error`.")]
    confidence: Annotated[Id, about("`low`, `medium` or `high`.")]
    message: Annotated[str, about("What was found, in English.")]
    advice: Annotated[str, about("What to do about it, in English.")]
    file: File
    line: Line
    function: Function


class Sampling(msgspec.Struct, kw_only=True):
    """How the recording was made."""

    engine: Annotated[str, about("The recorder.")]
    engine_version: Annotated[str, about("Its version.")]
    mode: Annotated[str, about("How it sampled.")]
    state_rate: Annotated[float, about("Sweeps a second over the states of the threads.")]
    stack_rate: Annotated[float, about("Sweeps a second over the Python stacks.")]
    sweeps: Annotated[int, about("How many sweeps.")]
    samples: Annotated[int, about("How many samples, one a thread and sweep.")]
    failed_samples: Annotated[int, about("How many samples failed.")]
    mean_lag_seconds: Annotated[float, about("How late a sweep came on average, seconds.")]
    max_lag_seconds: Annotated[float, about("How late the latest sweep came, seconds.")]
    overhead: Annotated[float, about("CPU time of the recorder as a fraction of one core.")]
    max_overhead: Annotated[float, about("The budget for it, a fraction of one core.")]
    estimated: Annotated[bool, about("True where thread states are estimates.")]
    unseen_cpu_seconds: Annotated[
        float,
        about("CPU seconds of the program that no followed thread used: short-lived threads and children, other programs."),
    ]


class Machine(msgspec.Struct, kw_only=True):
    """Where it ran."""

    system: Annotated[str, about("Operating system.")]
    cores: Annotated[int, about("Number of cores.")]
    others_busy: Annotated[float | None, about("Fraction of all cores that other processes used meanwhile; null if not known.")]


class Limit(msgspec.Struct, kw_only=True):
    """Something that could not be seen."""

    what: Annotated[str, about("What could not be seen, in English.")]
    why: Annotated[str, about("Why not, in English.")]


class Evidence(msgspec.Struct, kw_only=True):
    """What the recording says of one factor of the workload, as `conc-advisor choose --from` reads it."""

    factor: Annotated[Id, about("The factor, such as `bottleneck`.")]
    value: Annotated[str | bool, about("Its value, as `--set` takes it.")]
    confidence: Annotated[Id, about("`low`, `medium` or `high`.")]
    detail: Annotated[str, about("What was seen, in English.")]


class Target(msgspec.Struct, kw_only=True):
    """What was profiled."""

    command: Annotated[list[str], about("The command and its arguments.")]
    attached: Annotated[bool, about("True where the target ran already; false where it was launched for the recording.")]
    working_directory: Annotated[str, about("Its working directory; relative file names refer to it.")]
    exit_status: Annotated[
        int | None, about("Exit code, minus the signal's number when a signal ended it; null if not known or still running.")
    ]
    duration_seconds: Annotated[Seconds, about("Seconds that the recording lasted.")]
    created: Annotated[str, about("When the recording was made, ISO 8601.")]


class Profile(msgspec.Struct, kw_only=True):
    """The report of one recording."""

    schema: Annotated[str, about("Name and version of this format.")] = SCHEMA_ID
    tool_version: Annotated[str, about("Version of conc-advisor that made the recording.")]
    target: Annotated[Target, about("What was profiled.")]
    verdict: Annotated[Verdict, about("The conclusion.")]
    processes: Annotated[list[Process], about("The processes with their threads.")]
    contention: Annotated[list[Contention], about("The GIL, one entry a process.")]
    event_loops: Annotated[list[EventLoop], about("The event loops that were found.")]
    stall_threshold_seconds: Annotated[Seconds, about("From how many seconds on a callback counts as a stall.")]
    stalls: Annotated[list[Stall], about("What kept event loops from their other callbacks.")]
    blocking: Annotated[list[BlockingSite], about("Where threads waited.")]
    hot_paths: Annotated[HotPaths, about("Where CPU time went.")]
    findings: Annotated[list[Finding], about("Further statements about the program.")]
    sampling: Annotated[Sampling, about("How the recording was made.")]
    machine: Annotated[Machine, about("Where it ran.")]
    limits: Annotated[list[Limit], about("What could not be seen, and why.")]
    evidence: Annotated[
        list[Evidence], about("What it says of the workload; empty where it shows too little, at most one entry a factor.")
    ] = msgspec.field(default_factory=list)
