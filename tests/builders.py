"""Builders of recordings for tests: say what each thread does and for how long, get a `Recording` on disk.

    builder = RecordingBuilder(tmp_path)
    main, worker = builder.thread("MainThread"), builder.thread("cpu-1")
    builder.during(0.5, {main: running(PARSE), worker: gil_wait(PARSE)})
    recording = builder.build()

One sweep stands for the `step` seconds before it; a thread that is not named in `during` does not live in that time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Self

from conc_advisor.concurrency import BlockKind, ThreadState
from conc_advisor.profiling.recording import (
    ACTIVITY_CODE,
    DERIVED,
    HOLDS_GIL,
    NO_CALLBACKS,
    Activity,
    EventLoopInfo,
    Frame,
    Header,
    Limit,
    Machine,
    ProcessInfo,
    Recording,
    RecordingWriter,
    Sampling,
    StackTable,
    ThreadInfo,
)

LIBRARY: Final = "/usr/lib/python3.12"
BASE_EVENTS: Final = f"{LIBRARY}/asyncio/base_events.py"


def frame(function: str, file: str = "/app/app.py", line: int = 1) -> Frame:
    """Return a frame; user code unless the file says otherwise."""
    return Frame(function=function, file=file, line=line)


MAIN: Final = (frame("<module>", "/app/app.py", 90), frame("main", "/app/app.py", 80))
THREAD: Final = (
    frame("Thread._bootstrap", f"{LIBRARY}/threading.py", 1030),
    frame("Thread._bootstrap_inner", f"{LIBRARY}/threading.py", 1073),
    frame("Thread.run", f"{LIBRARY}/threading.py", 1010),
)
POOL_WORKER: Final = (*THREAD, frame("_worker", f"{LIBRARY}/concurrent/futures/thread.py", 90))
POOL_IDLE: Final = (*THREAD, frame("_worker", f"{LIBRARY}/concurrent/futures/thread.py", 81))
POOL_TASK: Final = (*POOL_WORKER, frame("_WorkItem.run", f"{LIBRARY}/concurrent/futures/thread.py", 58))
LOOP: Final = (
    *MAIN,
    frame("run", f"{LIBRARY}/asyncio/runners.py", 194),
    frame("Runner.run", f"{LIBRARY}/asyncio/runners.py", 118),
    frame("BaseEventLoop.run_until_complete", BASE_EVENTS, 674),
    frame("BaseEventLoop.run_forever", BASE_EVENTS, 641),
    frame("BaseEventLoop._run_once", BASE_EVENTS, 1987),
)
LOOP_SELECT: Final = (
    *LOOP[:-1],
    frame("BaseEventLoop._run_once", BASE_EVENTS, 1949),
    frame("EpollSelector.select", f"{LIBRARY}/selectors.py", 468),
)
CALLBACK: Final = (*LOOP, frame("Handle._run", f"{LIBRARY}/asyncio/events.py", 88))
JOIN: Final = (
    *MAIN,
    frame("Thread.join", f"{LIBRARY}/threading.py", 1149),
    frame("Thread._wait_for_tstate_lock", f"{LIBRARY}/threading.py", 1169),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """What a thread does in a stretch of sweeps.

    `switches` and `callbacks` are those of the first sweep; the later sweeps of the stretch have `switches_later` and `callbacks_later`.
    """

    activity: Activity
    stack: tuple[Frame, ...] = ()
    holds: bool = False
    switches: int = 1
    switches_later: int = 0
    callbacks: int = NO_CALLBACKS
    callbacks_later: int = NO_CALLBACKS
    flags: int = 0

    def counted(self, first: int, later: int = 0) -> "Doing":
        """Return the same with `first` callbacks begun before the first sweep of the stretch and `later` before each other one."""
        return replace(self, callbacks=first, callbacks_later=later)

    def switching(self, first: int, later: int) -> "Doing":
        """Return the same with other numbers of context switches."""
        return replace(self, switches=first, switches_later=later)

    def holding(self) -> "Doing":
        """Return the same with the GIL held."""
        return replace(self, holds=True)


def doing(state: ThreadState, *stack: Frame, kind: BlockKind | None = None) -> Doing:
    """Return any activity at a stack."""
    return Doing(activity=Activity(state, kind), stack=stack, holds=state is ThreadState.RUNNING)


def running(*stack: Frame) -> Doing:
    """On CPU with the GIL."""
    return doing(ThreadState.RUNNING, *stack)


def native(*stack: Frame) -> Doing:
    """On CPU without the GIL."""
    return doing(ThreadState.NATIVE, *stack)


def gil_wait(*stack: Frame) -> Doing:
    """Asleep until the GIL is free."""
    return doing(ThreadState.GIL_WAIT, *stack)


def lock_wait(*stack: Frame) -> Doing:
    """Asleep on a lock."""
    return doing(ThreadState.LOCK_WAIT, *stack)


def blocked(kind: BlockKind, *stack: Frame) -> Doing:
    """Asleep in a wait of this kind."""
    return doing(ThreadState.BLOCKED, *stack, kind=kind)


def loop_idle() -> Doing:
    """Wait in the selector of an asyncio loop."""
    return doing(ThreadState.LOOP_IDLE, *LOOP_SELECT)


def runnable(*stack: Frame) -> Doing:
    """Ready, without a core."""
    return doing(ThreadState.RUNNABLE, *stack)


SAMPLING: Final = Sampling(
    engine="py-spy",
    engine_version="0.4.3",
    mode="nonblocking",
    state_rate=100.0,
    stack_rate=100.0,
    sweeps=0,
    samples=0,
    failed_samples=0,
    mean_lag_seconds=0.0002,
    max_lag_seconds=0.002,
    overhead=0.02,
    max_overhead=0.05,
    estimated=False,
)


class RecordingBuilder:
    """Makes recordings; `step` is the time in seconds between two sweeps, `cores` those of the machine."""

    def __init__(self, folder: Path, *, step: float = 0.01, cores: int = 4) -> None:
        self._folder = folder
        self._step = step
        self._now = 0.0
        self._processes: list[ProcessInfo] = []
        self._threads: list[ThreadInfo] = []
        self._loops: list[EventLoopInfo] = []
        self._sweeps = 0
        self._rows = 0
        self._header: dict[str, Any] = {}
        self._machine = Machine(system="Linux 6.1 x86_64", cores=cores, others_busy=0.02)
        self._sampling = SAMPLING
        self._stacks = StackTable()
        self._path = folder / "recording.zip"
        self._writer = RecordingWriter(self._path)

    def process(self, *, pid: int = 1000, parent_pid: int = 1, command: str = "python app.py", gil_measured: bool = True) -> int:
        """Add a process and return its index; without this, the first thread makes the process 1000."""
        self._processes.append(
            ProcessInfo(
                pid=pid,
                parent_pid=parent_pid,
                command=command,
                python="3.12.1",
                first_us=-1,
                last_us=0,
                gil_measured=gil_measured,
                stacks=True,
            )
        )
        return len(self._processes) - 1

    def thread(self, name: str, *, process: int = 0, python: bool = True, tid: int | None = None) -> int:
        """Add a thread and return its index."""
        if not self._processes:
            self.process()
        number = len(self._threads)
        self._threads.append(
            ThreadInfo(
                process=process,
                os_thread_id=tid if tid is not None else 1000 + number,
                name=name,
                python=python,
                first_us=-1,
                last_us=0,
                cpu_seconds=None,
                runqueue_seconds=None,
            )
        )
        return number

    def loop(self, thread: int, *, implementation: str = "asyncio", counted: bool = True) -> Self:
        """Say that an event loop runs in the thread."""
        self._loops.append(EventLoopInfo(thread=thread, implementation=implementation, callbacks_counted=counted))
        return self

    def during(self, seconds: float, threads: Mapping[int, Doing]) -> Self:
        """Record sweeps for so many seconds in which each thread does what is said; a fraction of a step is rounded."""
        for sweep in range(round(seconds / self._step)):
            self._now += self._step
            for thread, what in threads.items():
                self._row(round(self._now * 1e6), thread, what, seconds=self._step, first=sweep == 0)
            self._writer.flush_if_full()
            self._sweeps += 1
        return self

    def run(self, thread: int, what: Doing, seconds: float) -> Self:
        """Record one thread alone."""
        return self.during(seconds, {thread: what})

    def derived(self, thread: int, what: Doing, seconds: float) -> Self:
        """Record time that the kernel counted and no sample saw."""
        self._row(round(self._now * 1e6), thread, replace(what, flags=what.flags | DERIVED, holds=False), seconds=seconds, first=True)
        return self

    def machine(self, **changes: object) -> Self:
        """Change fields of the `Machine`."""
        self._machine = replace(self._machine, **changes)  # type: ignore[arg-type]
        return self

    def sampling(self, **changes: object) -> Self:
        """Change fields of the `Sampling`."""
        self._sampling = replace(self._sampling, **changes)  # type: ignore[arg-type]
        return self

    def limit(self, what: str, why: str) -> Self:
        """Add something that could not be seen."""
        self._header["limits"] = (*self._header.get("limits", ()), Limit(what=what, why=why))
        return self

    def header(self, **changes: object) -> Self:
        """Change fields of the `Header`."""
        self._header |= changes
        return self

    def stack(self, *frames: Frame) -> int:
        """Intern a path and return its id."""
        return self._stacks.intern(frames)

    def build(self) -> Recording:
        """Finish the recording."""
        fields: dict[str, Any] = {
            "tool_version": "0.1.0",
            "created": "2026-11-20T06:00:00+00:00",
            "command": ("app.py",),
            "attached": False,
            "working_directory": "/app",
            "library_paths": (),
            "duration_seconds": self._now,
            "exit_status": 0,
            "machine": self._machine,
            "sampling": replace(
                self._sampling,
                state_rate=1 / self._step,
                sweeps=self._sampling.sweeps or self._sweeps,
                samples=self._sampling.samples or self._rows,
            ),
            "processes": tuple(replace(each, first_us=max(each.first_us, 0)) for each in self._processes),
            "threads": tuple(replace(each, first_us=max(each.first_us, 0)) for each in self._threads),
            "event_loops": tuple(self._loops),
            "limits": (),
        }
        return self._writer.finish(Header(**(fields | self._header)), self._stacks)

    def _row(self, time_us: int, thread: int, what: Doing, *, seconds: float, first: bool) -> None:
        self._writer.block.append(
            time_us=time_us,
            thread=thread,
            stack=self._stacks.intern(what.stack),
            activity=ACTIVITY_CODE[what.activity],
            seconds=seconds,
            switches=what.switches if first else what.switches_later,
            callbacks=what.callbacks if first else what.callbacks_later,
            flags=what.flags | (HOLDS_GIL if what.holds else 0),
        )
        self._rows += 1
        self._extend_lives(thread, time_us)

    def _extend_lives(self, thread: int, time_us: int) -> None:
        first, last = max(time_us - round(self._step * 1e6), 0), time_us
        info = self._threads[thread]
        owner = self._processes[info.process]
        self._threads[thread] = replace(info, first_us=info.first_us if info.first_us >= 0 else first, last_us=max(info.last_us, last))
        self._processes[info.process] = replace(
            owner, first_us=owner.first_us if owner.first_us >= 0 else first, last_us=max(owner.last_us, last)
        )
