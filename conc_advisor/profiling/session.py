"""Records one run: starts or attaches, follows every process of it, and makes the recording.

One thread does it all: it sleeps until the next signal or the next look is due, so a signal or the target's end wakes it at once and there
are no handlers to race with.
"""

import contextlib
import datetime as dt
import os
import platform
import resource
import signal
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, Self

from conc_advisor import __version__
from conc_advisor.errors import TargetError
from conc_advisor.profiling.hold import Hold
from conc_advisor.profiling.left_behind import PREFIX, remove_left_behind
from conc_advisor.profiling.process import start_target
from conc_advisor.profiling.recording import Limit, Recording, RecordingWriter
from conc_advisor.profiling.samplers.budget import Budget
from conc_advisor.profiling.samplers.engines import choose_engine
from conc_advisor.profiling.samplers.follow import Follower
from conc_advisor.profiling.samplers.layout import inspect_interpreter
from conc_advisor.profiling.samplers.machine import MachineMeter, raise_open_files
from conc_advisor.profiling.samplers.procfs import runs_python
from conc_advisor.profiling.samplers.py_spy_failures import explain_failure
from conc_advisor.profiling.samplers.raw import RawRows
from conc_advisor.profiling.samplers.threads import ThreadRegistry
from conc_advisor.profiling.samplers.watch import ProcessWatch, Tools
from conc_advisor.profiling.samplers.write import RunFacts, write_recording
from conc_advisor.profiling.signals import SignalInbox
from conc_advisor.profiling.target import Attach, Engine, Launch

_ANNOUNCE_SECONDS: Final = 5.0
"""How long to wait for a Python to come up and hold; a machine under load starts one in under a second."""
_LOOK_EVERY: Final = 0.03
_UNHELD_SECONDS: Final = 0.2
"""A Python that runs for so long and has not announced itself will not: it was started with -I, -E or -S, or without our environment."""
_READY_SECONDS: Final = 15.0
_ATTEND_EVERY: Final = 0.04
_ATTEND_LATER: Final = 0.2
"""Seconds between two looks for new processes and event loops (a millisecond each): in the first second, when most begin, and later."""
_ALLOWANCE: Final = 0.9
"""Part of the budget that is planned with; starting recorders costs the rest."""
_UNSEEN_SECONDS: Final = 0.1
_UNSEEN_PART: Final = 0.1
"""CPU time of the target that no followed thread used: worth saying from both of these on."""
_CORRECT_EVERY: Final = 1.0
_PROGRESS_EVERY: Final = 0.5


class Watcher(Protocol):
    """Is told how a recording goes; starts no threads."""

    def started(self, pid: int) -> None:
        """Hear that the program runs from now on."""

    def progress(self, elapsed: float, remaining: float | None, samples: int) -> None:
        """About twice a second: seconds since the start and to the end, None where that is not known."""

    def interrupted(self) -> None:
        """Hear that the target has been given the user's Ctrl-C; we wait for its end."""

    def note(self, text: str) -> None:
        """Something worth a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOptions:
    """How to record.

    For `duration` seconds or (None) to the end, at a cost of at most `max_overhead` (fraction of one core), into the file `save`.
    """

    engine: Engine
    duration: float | None
    max_overhead: float
    save: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A recording and how the target ended: its exit code, minus a signal's number, None when it still runs."""

    recording: Recording
    exit_status: int | None


def record(target: Launch | Attach, options: RecordOptions, watcher: Watcher) -> Recorded:
    """Record a target; raises a `ConcAdvisorError` when that cannot be done, before the target's first line where that is possible."""
    remove_left_behind(options.save.parent)
    with (
        SignalInbox() as signals,
        RecordingWriter(options.save) as writer,
        tempfile.TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-", ignore_cleanup_errors=True) as folder,
        _Session(target, options, watcher, Path(folder), signals) as session,
    ):
        facts = session.run()
        return Recorded(recording=write_recording(session.follower, facts, writer), exit_status=facts.exit_status)


class _Session:
    """A recording in the making."""

    def __init__(self, target: Launch | Attach, options: RecordOptions, watcher: Watcher, folder: Path, signals: SignalInbox) -> None:
        self._target = target
        self._options = options
        self._watcher = watcher
        self._signals = signals
        self._chosen = choose_engine(target, options.engine)
        self._session_file = folder / "session.json" if self._chosen.engine is Engine.PYINSTRUMENT else None
        self._pid = 0
        self._launched = isinstance(target, Launch)
        self._hold: Hold | None = None
        self._exit_status: int | None = None
        self._target_usage = 0.0
        self._ended = False
        self._stopped = False
        self._interrupts = 0
        self._limits: list[Limit] = []
        self._lag_sum = self._lag_most = 0.0
        self._sweeps = 0
        raise_open_files()
        budget = Budget(allowed=options.max_overhead * _ALLOWANCE)
        tools = Tools(py_spy=self._chosen.py_spy, folder=folder, budget=budget, registry=ThreadRegistry(), rows=RawRows())
        self.follower = Follower(tools)
        self._budget = budget

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing behind: recorders end, a held target is let go or, where its first line never ran, ended."""
        self.follower.close()
        self._release()
        if self._launched and self._pid and not self._ended:
            self._wait_for_target(None)

    def run(self) -> RunFacts:
        """Start or attach, record to the end, and return how it went."""
        if isinstance(self._target, Launch):
            self._launch(self._target)
        else:
            self._attach(self._target)
        began = self.follower.began
        meter, own = MachineMeter(), self._own_cpu_seconds() + self.follower.recorder_cpu_seconds()
        self._record(began)
        duration = time.monotonic() - began
        self.follower.finish()
        own = self._own_cpu_seconds() - own
        unseen = max(self._target_usage - self.follower.all_cpu_seconds(), 0.0)
        others = meter.others_busy(self.follower.target_cpu_seconds() + unseen + own)
        if self._launched and not self._ended:
            self._wait_for_target(began)
        if not self.follower.watches:
            raise self._nothing_seen()
        if unseen > max(_UNSEEN_SECONDS, _UNSEEN_PART * self._target_usage):
            why = "threads and child processes that lived too short to be followed used it, or child programs that are not Python"
            self._limits.append(Limit(what=f"{unseen:.1f} s of the program's CPU time", why=why))
        return RunFacts(
            target=self._target,
            engine=self._chosen.engine,
            engine_version=self._chosen.version,
            session_file=self._session_file,
            tool_version=__version__,
            created=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            duration_seconds=duration,
            exit_status=self._exit_status,
            system=platform.platform(terse=True),
            others_busy=others,
            overhead=max(own, 0.0) / max(duration, 1e-6),
            max_overhead=self._options.max_overhead,
            sweeps=self._sweeps,
            mean_lag_seconds=self._lag_sum / max(self._sweeps, 1),
            max_lag_seconds=self._lag_most,
            unseen_cpu_seconds=unseen,
            limits=tuple(self._limits),
        )

    def _launch(self, target: Launch) -> None:
        self._hold = hold = Hold(self._session_file)
        try:
            self._pid = start_target(target.command, hold.environment, hold.inherited, target.stdout)
        finally:
            hold.target_has_started()
        if target.interpreter is not None:
            inspect_interpreter(os.path.realpath(target.interpreter))  # asked while the target comes up, remembered for later
        held = self._wait_for_announcement(hold)
        if held:
            self._watch_held(held)
        elif not self._ended:
            self._limits.append(
                Limit(
                    what="the first moments of the program",
                    why="it could not be held at its first line: it is not started by Python directly, or with -I, -E or -S",
                )
            )
        self.follower.start(self._pid)
        self._sweep()
        self._release()
        self._watcher.started(self._pid)

    def _watch_held(self, pid: int) -> None:
        """Make the recorder ready while the target holds; where it cannot be, end the target before its first line and say why."""
        watch = self.follower.add(pid, parent_pid=self._pid if pid != self._pid else os.getpid())
        self._wait_for_recorder(watch)
        if self._ended or self._interrupts:
            return
        free_threaded = watch.interpreter is not None and watch.interpreter.free_threaded
        if self._chosen.engine is Engine.PY_SPY and (watch.recorder_refused is not None or free_threaded):
            self._kill_held()
            raise explain_failure(watch.recorder_refused or "", pid=pid, free_threaded=free_threaded, launched=True)

    def _wait_for_recorder(self, watch: ProcessWatch) -> None:
        """Wait until stacks are recorded, or cannot be, or nobody wants them any more."""
        deadline = time.monotonic() + _READY_SECONDS
        while watch.recorder is not None and watch.recorder.current.ready_at is None and time.monotonic() < deadline:
            watch.attend(time.monotonic(), 1)
            self._take_signal(0.002)
            if self._ended or self._interrupts:
                return

    def _kill_held(self) -> None:
        os.kill(self._pid, signal.SIGKILL)
        self._release()
        self._wait_for_target(None)

    def _wait_for_announcement(self, hold: Hold) -> int | None:
        """Return the pid of the first Python under the target that holds, None or 0 when none comes."""
        deadline = time.monotonic() + _ANNOUNCE_SECONDS
        look, running_since = time.monotonic() + _LOOK_EVERY, None
        while (now := time.monotonic()) < deadline and not self._ended:
            held = hold.announced()
            if held is not None:
                return held
            if now >= look:
                look = now + _LOOK_EVERY
                if running_since is None and runs_python(self._pid):
                    running_since = now
            if running_since is not None and now - running_since > _UNHELD_SECONDS:
                return None
            self._take_signal(0.002)
        return None

    def _release(self) -> None:
        """Let the target run, if it is held."""
        if self._hold is not None:
            self._hold.release()

    def _attach(self, target: Attach) -> None:
        self._pid = target.pid
        watch = self.follower.add(target.pid, parent_pid=0)
        self._wait_for_recorder(watch)
        if watch.recorder is None or watch.recorder.current.ready_at is None:
            free_threaded = watch.interpreter is not None and watch.interpreter.free_threaded
            raise explain_failure(watch.recorder_refused or "", pid=target.pid, free_threaded=free_threaded, launched=False)
        self.follower.start(target.pid)
        self._watcher.started(target.pid)

    def _record(self, began: float) -> None:
        """Sweep and attend until the target ends, the time is over or the user stops it."""
        due = began + self._budget.next_sweep_after(0.0)
        attend = progress = time.monotonic()
        correct = began + _CORRECT_EVERY
        before = began, self._own_cpu_seconds() + self.follower.recorder_cpu_seconds()
        duration = self._options.duration
        while not self._ended and not self._stopped:
            self._take_signal(max(due - time.monotonic(), 0.0))
            now = time.monotonic()
            if duration is not None and now - began >= duration:
                return
            if now >= due:
                lag = now - due
                self._lag_sum += lag
                self._lag_most = max(self._lag_most, lag)
                self._sweep()
                due = time.monotonic() + self._budget.next_sweep_after(now - began)
            if now >= attend:
                self.follower.attend(now)
                attend = now + (_ATTEND_EVERY if now - began < 1.0 else _ATTEND_LATER)
                if not self._launched and self.follower.root_ended():
                    self._ended = True
            if now >= correct:
                spent = self._own_cpu_seconds() + self.follower.recorder_cpu_seconds()
                self._budget.correct((spent - before[1]) / (now - before[0]))
                before, correct = (now, spent), now + _CORRECT_EVERY
            if now >= progress:
                remaining = None if duration is None else max(duration - (now - began), 0.0)
                self._watcher.progress(now - began, remaining, self.follower.samples)
                progress = now + _PROGRESS_EVERY

    def _sweep(self) -> None:
        before = time.thread_time()
        self.follower.sweep()
        self._sweeps += 1
        self._budget.sweep_cost(time.thread_time() - before)

    def _wait_for_target(self, began: float | None) -> None:
        """Wait for the launched target's end; signals still reach it."""
        while not self._ended:
            self._take_signal(1.0)
            if began is not None and not self._ended:
                self._watcher.progress(time.monotonic() - began, None, self.follower.samples)

    def _take_signal(self, seconds: float) -> None:
        """Sleep, and deal with one signal if one comes."""
        received = self._signals.take(seconds)
        if received is None:
            return
        if received.number == signal.SIGCHLD:
            self._reap()
            return
        if not self._launched:
            self._stopped = True
            return
        if not received.from_terminal and self._pid and not self._ended:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, received.number)
        if received.number == signal.SIGINT:
            self._interrupts += 1
            if self._interrupts == 1:
                self._watcher.interrupted()
            else:
                self._stopped = True

    def _own_cpu_seconds(self) -> float:
        """Return the CPU time of this process and of the recorders that have ended, without the target's."""
        usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(usage.ru_utime + usage.ru_stime for usage in usages) - self._target_usage

    def _reap(self) -> None:
        if not self._launched or not self._pid or self._ended:
            return
        pid, status, usage = os.wait4(self._pid, os.WNOHANG)
        if pid == self._pid:
            self._ended = True
            self._target_usage = usage.ru_utime + usage.ru_stime
            self._exit_status = os.waitstatus_to_exitcode(status)

    def _nothing_seen(self) -> TargetError:
        status = "" if self._exit_status is None else f"; it ended with {self._exit_status}"
        error = TargetError(
            f"no Python process was seen under this command{status}",
            hint="give the Python program itself: conc-advisor profile app.py, or -m module, or --pid of the running process",
        )
        if self._exit_status:
            # The command's own failure says more to whoever called us.
            error.exit_code = self._exit_status if self._exit_status > 0 else 128 - self._exit_status
        return error
