"""A profile from the request to the exit code: check, record, analyse, write, say what is next."""

import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from conc_advisor.cli import saved_recordings
from conc_advisor.cli.console import Voice
from conc_advisor.cli.endings import exit_status
from conc_advisor.cli.outlet import Outlet, check_free, check_writable
from conc_advisor.cli.profile_outlet import choose_outlet
from conc_advisor.cli.profile_report import add_step_summary, next_step, template_step, write_report
from conc_advisor.cli.progress import TerminalWatcher
from conc_advisor.cli.settings import Settings
from conc_advisor.cli.sources import Saved, SourceOptions, check_one_source, choose_source, program_name
from conc_advisor.errors import UsageError
from conc_advisor.profiling.analysis.diagnose import diagnose
from conc_advisor.profiling.recording import Recording
from conc_advisor.profiling.session import Recorded, RecordOptions, Watcher, record
from conc_advisor.profiling.target import Attach, Launch
from conc_advisor.reports.registry import ReportFormat

_NOT_FOR: Final[Mapping[str, frozenset[str]]] = {
    "--load": frozenset({"--python", "--duration", "--engine", "--max-overhead", "--save", "--target-output"}),
    "--pid": frozenset({"--python", "--target-output"}),
    "--": frozenset({"--python"}),
}
"""Options that mean nothing beside a source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the user asked for.

    `given` names the options that stood on the command line; `duration` is in seconds, None until the end; `output` is as written,
    `-` included.
    """

    source: SourceOptions
    settings: Settings
    given: frozenset[str] = frozenset()
    format: ReportFormat = ReportFormat.TEXT
    output: str | None = None
    target_output: Path | None = None
    duration: float | None = None
    save: Path | None = None
    force: bool = False
    voice: Voice = field(default_factory=Voice)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What a test replaces: the recorder and the clock."""

    record: Callable[[Launch | Attach, RecordOptions, Watcher], Recorded] = record
    now: Callable[[], datetime] = datetime.now


def carry_out(request: Request, outside: Outside | None) -> int:
    """Profile, or load, and report; return the exit code, or minus the number of the signal to end by."""
    outside = outside or Outside()
    _check(request)
    python = None if request.source.is_command_line else request.settings.python
    target = choose_source(request.source, python=python, stdout=request.target_output)
    outlet = choose_outlet(
        output=request.output,
        report_format=request.format,
        launched=isinstance(target, Launch),
        redirected=request.target_output is not None,
        force=request.force,
    )
    if isinstance(target, Saved):
        return _report(Recording.load(target.path), None, request, outlet)
    save = request.save or saved_recordings.new_recording_path(program_name(request.source), outside.now())
    recorded = _record(target, save, request, outside)
    try:
        return _report(recorded.recording, recorded.exit_status, request, outlet)
    except BaseException:
        request.voice.say(f"the recording is saved: {save}")
        raise


def _check(request: Request) -> None:
    """Raise `UsageError`, `RefusedError` or `OutputError` for what can be seen to be wrong before anything runs."""
    check_one_source(request.source)
    source = next((name for name, given in (("--load", request.source.load), ("--pid", request.source.pid)) if given is not None), "")
    source = source or ("--" if request.source.is_command_line else "")
    if wrong := sorted(request.given & _NOT_FOR.get(source, frozenset())):
        raise UsageError(f"{wrong[0]} means nothing beside {source}", hint=f"leave out {wrong[0]}")
    if request.source.pid is not None and request.source.pid < 1:
        raise UsageError(f"{request.source.pid} is not the number of a process", hint="pgrep -af python lists the running ones")
    if request.duration is not None and not 0 < request.duration < math.inf:
        raise UsageError(f"--duration has to be a time above 0, not {request.duration:g}", hint="write it in seconds, like 10")
    _check_distinct(request)
    for path, option in ((request.save, "--save"), (request.target_output, "--target-output")):
        if path is not None:
            check_free(path, option=option, force=request.force)
            check_writable(path)


def _check_distinct(request: Request) -> None:
    output = Path(request.output) if request.output not in {None, "-"} else None
    files = [
        path.resolve()
        for path in (output, request.save, request.target_output)
        if path is not None and (path.is_file() or not path.exists())
    ]
    if len(files) != len(set(files)):
        raise UsageError("two outputs would go to the same file", hint="give each of -o, --save and --target-output a file of its own")


def _record(target: Launch | Attach, save: Path, request: Request, outside: Outside) -> Recorded:
    record_options = RecordOptions(
        engine=request.settings.engine, duration=request.duration, max_overhead=request.settings.max_overhead, save=save
    )
    attached = isinstance(target, Attach)
    moving = attached or request.duration is not None or request.source.demo is not None or not _target_has_terminal(request)
    watcher = TerminalWatcher(request.voice, moving=moving, attached=attached)
    try:
        recorded = outside.record(target, record_options, watcher)
    finally:
        watcher.clear()
    if request.save is None:
        saved_recordings.forget_oldest(save.parent)
    return recorded


def _target_has_terminal(request: Request) -> bool:
    return request.target_output is None and sys.stdout is not None and sys.stdout.isatty()


def _report(recording: Recording, status: int | None, request: Request, outlet: Outlet) -> int:
    diagnosis = diagnose(recording, stall_seconds=request.settings.stall_seconds)
    write_report(diagnosis, recording, request.format, outlet, verbose=request.voice.verbose)
    add_step_summary(diagnosis, request.voice, working_directory=recording.header.working_directory)
    if request.source.load is None:
        request.voice.say(f"recording: {recording.path}")
    is_last = saved_recordings.is_newest(recording.path)
    template = template_step(diagnosis, request.format)
    if template:
        request.voice.say(f"code for it: {template}")
    request.voice.say(f"next: {next_step(diagnosis, recording, request.format, is_last=is_last)}")
    return exit_status(status, diagnosis.findings, request.settings.fail_on)
