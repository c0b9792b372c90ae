"""Builders of `Diagnosis` values for tests: each has defaults, so a test names only what it is about.

diagnosis(processes=(process(thread("cpu-0", running=4, gil_wait=6)),), verdict=verdict(VerdictId.GIL_BOUND))
"""

from dataclasses import replace
from typing import Any, Final

from conc_advisor.concurrency import BlockKind, StallCause, ThreadState, VerdictId
from conc_advisor.findings import Confidence, Finding, Location, Severity
from conc_advisor.profiling.diagnosis import (
    AsleepHolding,
    BlockingSite,
    Diagnosis,
    EventLoop,
    Figure,
    Gain,
    GilContention,
    HolderSite,
    HotFunction,
    HotNode,
    HotPaths,
    Lane,
    ProcessSummary,
    Stall,
    ThreadSummary,
    Verdict,
)
from conc_advisor.profiling.recording import Limit, Machine, Sampling

CELLS: Final = 60
"""How many slices of time a lane has unless a test says otherwise."""


def at(place: str, function: str = "work") -> Location:
    """Return the location `/app/FILE` for `FILE:LINE`."""
    file, _, line = place.rpartition(":")
    return Location(file=file if file.startswith(("/", "<")) else f"/app/{file}", line=int(line), function=function)


def thread(
    label: str, *, tid: int = 0, plumbing: bool = False, blocked: dict[BlockKind, float] | None = None, **states: float
) -> ThreadSummary:
    """Return a thread from the seconds of its states, named by keyword (`running=4, gil_wait=6`)."""
    seconds = {state: states.pop(state.name.lower(), 0.0) for state in ThreadState}
    kinds = blocked or {}
    seconds[ThreadState.BLOCKED] += sum(kinds.values())
    assert not states, f"not thread states: {states}"
    life = sum(seconds.values())
    return ThreadSummary(
        label=label,
        os_thread_id=tid or 1000 + sum(map(ord, label)),
        name=label,
        python=True,
        seconds=life,
        samples=round(life * 100),
        states=seconds,
        blocked=kinds,
        holding_gil_seconds=seconds[ThreadState.RUNNING],
        cpu_seconds=seconds[ThreadState.RUNNING] + seconds[ThreadState.NATIVE],
        plumbing=plumbing,
    )


def process(*threads: ThreadSummary, pid: int = 4242, command: str = "python app.py") -> ProcessSummary:
    """Return a process with these threads."""
    return ProcessSummary(
        pid=pid,
        parent_pid=1,
        command=command,
        python="3.12.1",
        seconds=max((thread.seconds for thread in threads), default=0.0),
        gil_measured=True,
        threads=threads,
    )


def verdict(verdict_id: VerdictId = VerdictId.IO_BOUND, **changes: object) -> Verdict:
    """Return a verdict."""
    values: dict[str, Any] = {
        "id": verdict_id,
        "confidence": Confidence.HIGH,
        "sentence": "The threads wait for sockets most of the time.",
        "figures": (),
        "next_step": "Read how asyncio and threads compare for waiting: conc-advisor explain io-bound",
        "doubts": (),
    }
    return Verdict(**(values | changes))


def figure(name: str, value: float, *, unit: str = "share", threshold: float | None = None) -> Figure:
    """Return a number behind a verdict."""
    return Figure(name=name, value=value, unit=unit, threshold=threshold, source="measured on the demos")


def stall(
    place: str = "app.py:12",
    *,
    cause: StallCause = StallCause.SLEEP,
    count: int = 3,
    longest: float = 0.2,
    **changes: object,
) -> Stall:
    """Return a stall of the loop in MainThread."""
    values: dict[str, Any] = {
        "thread": "MainThread",
        "location": at(place),
        "callback": at("app.py:10", "handler"),
        "cause": cause,
        "count": count,
        "total_seconds": count * longest,
        "longest_seconds": longest,
        "first_us": 500_000,
        "estimated": False,
    }
    return Stall(**(values | changes))


def event_loop(label: str = "MainThread", *, busy: float = 0.2, callbacks: int | None = 1200, stalled: float = 0.0) -> EventLoop:
    """Return an event loop that lived ten seconds."""
    return EventLoop(
        thread=label,
        implementation="asyncio",
        seconds=10.0,
        idle_share=1 - busy,
        busy_share=busy,
        callbacks=callbacks,
        stalled_seconds=stalled,
    )


def holder(waiter: str, held_by: str, place: str, *, seconds: float = 3.0, share: float = 0.7) -> HolderSite:
    """Return who held the GIL while another waited."""
    return HolderSite(waiter=waiter, holder=held_by, location=at(place), seconds=seconds, share=share)


def contention(*holders: HolderSite, held: float = 0.98, waited: float = 12.0, share: float = 0.6, **changes: object) -> GilContention:
    """Return the GIL of process 4242; `share` of the wish to compute was waiting."""
    values: dict[str, Any] = {
        "pid": 4242,
        "measured": True,
        "held_share": held,
        "waited_seconds": waited,
        "waiting_share": share,
        "native_seconds": 0.0,
        "holders": holders,
        "asleep_holding": (),
        "gain": Gain(low=2.0, high=3.2, assumption="the threads share no data and a core is free for each"),
    }
    return GilContention(**(values | changes))


def asleep_holding(label: str = "native-1", place: str = "fast.py:7") -> AsleepHolding:
    """Return a place where a thread slept with the GIL held."""
    return AsleepHolding(thread=label, location=at(place), seconds=1.5, others_waited_seconds=4.5)


def site(label: str, place: str = "app.py:33", *, kind: BlockKind | None = BlockKind.SOCKET, **changes: object) -> BlockingSite:
    """Return a place where a thread waited eight seconds of ten; no kind means a lock."""
    values: dict[str, Any] = {
        "thread": label,
        "state": ThreadState.BLOCKED if kind else ThreadState.LOCK_WAIT,
        "kind": kind,
        "location": at(place, "fetch"),
        "seconds": 8.0,
        "share": 0.8,
        "count": 40,
    }
    return BlockingSite(**(values | changes))


def hot_function(name: str, place: str, own: float, total: float, *, user_code: bool = True) -> HotFunction:
    """Return a function with its own and total seconds on CPU."""
    return HotFunction(location=at(place, name), user_code=user_code, own_seconds=own, total_seconds=total, line_seconds=own)


def hot_node(label: str, seconds: float, *children: HotNode, place: str = "") -> HotNode:
    """Return a node of the tree of stacks."""
    own = seconds - sum(child.seconds for child in children)
    return HotNode(
        label=label, location=at(place, label) if place else None, user_code=True, seconds=seconds, own_seconds=own, children=children
    )


def lane(label: str, *stretches: tuple[ThreadState | None, int], pid: int = 4242) -> Lane:
    """Return a lane of stretches (state, number of slices); None is a stretch in which the thread did not live."""
    cells: list[dict[ThreadState, float]] = []
    for state, length in stretches:
        cells.extend({state: 1.0} if state else {} for _ in range(length))
    return Lane(thread=label, pid=pid, cells=tuple(cells))


def finding(rule: str = "gil-held-asleep", severity: Severity = Severity.WARNING) -> Finding:
    """Return a finding."""
    return Finding(
        rule=rule,
        severity=severity,
        confidence=Confidence.HIGH,
        message="A C extension slept with the GIL held.",
        advice="Report it to the extension's authors.",
        location=at("fast.py:7"),
    )


SAMPLING: Final = Sampling(
    engine="py-spy",
    engine_version="0.4.3",
    mode="nonblocking",
    state_rate=200.0,
    stack_rate=100.0,
    sweeps=2000,
    samples=8000,
    failed_samples=0,
    mean_lag_seconds=0.0002,
    max_lag_seconds=0.004,
    overhead=0.018,
    max_overhead=0.05,
    estimated=False,
)
_PLAIN: Final = Diagnosis(
    command=("app.py", "--size", "10"),
    attached=False,
    created="2026-11-20T06:00:00+00:00",
    duration_seconds=10.0,
    exit_status=0,
    stall_threshold_seconds=0.05,
    machine=Machine(system="Linux 6.1 x86_64", cores=4, others_busy=0.03),
    sampling=SAMPLING,
    verdict=verdict(),
    processes=(process(thread("MainThread", running=1.0, blocked={BlockKind.SOCKET: 9.0})),),
    contention=(),
    blocking=(),
    event_loops=(),
    stalls=(),
    hot_paths=HotPaths(cpu_seconds=0.0, functions=(), tree=()),
    timeline=(lane("MainThread", (ThreadState.RUNNING, 6), (ThreadState.BLOCKED, 54)),),
    findings=(),
    limits=(),
)


def diagnosis(**changes: object) -> Diagnosis:
    """Return the diagnosis of a small program that waits for a socket, with these fields changed."""
    return replace(_PLAIN, **changes)  # type: ignore[arg-type]


def rich_diagnosis() -> Diagnosis:
    """Return a diagnosis in which every part has something to say."""
    four = [f"cpu-{number}" for number in range(4)]
    workers = tuple(thread(f"pool_{number}", plumbing=True, blocked={BlockKind.QUEUE: 10.0}) for number in range(14))
    lanes = [lane(label, (None, 5), (ThreadState.GIL_WAIT, 20), (ThreadState.RUNNING, 10), (ThreadState.GIL_WAIT, 25)) for label in four]
    loop_lane = lane(
        "MainThread", (ThreadState.RUNNING, 5), (ThreadState.LOOP_IDLE, 40), (ThreadState.NATIVE, 5), (ThreadState.LOCK_WAIT, 10)
    )
    return diagnosis(
        verdict=verdict(
            VerdictId.GIL_BOUND,
            sentence="Four threads compute Python code in turn, because only one can hold the GIL.",
            figures=(figure("waiting_share", 0.74, threshold=0.2), figure("computing threads", 4, unit="threads", threshold=2)),
            next_step="Move parse() to a process pool: conc-advisor explain processes",
            doubts=("The run was short.",),
        ),
        processes=(
            process(
                thread("MainThread", running=1, native=1, loop_idle=6.5, lock_wait=1.5, tid=4242),
                *(thread(label, tid=5000 + at, running=2.4, gil_wait=6.6, runnable=0.2) for at, label in enumerate(four)),
                *workers,
            ),
            process(thread("MainThread (pid 4300)", tid=4300, blocked={BlockKind.SOCKET: 3.0}), pid=4300, command="python worker.py"),
        ),
        contention=(
            contention(
                holder("cpu-2", "cpu-0", "parse.py:41"),
                holder("cpu-1", "cpu-3", "parse.py:41", seconds=2.0, share=0.3),
                asleep_holding=(asleep_holding(),),
            ),
        ),
        blocking=(site("MainThread", kind=None), *(site(f"MainThread-{number}", count=None) for number in range(3)), site("pool_3")),
        event_loops=(event_loop(stalled=0.6),),
        stalls=(stall(), stall("web/handlers.py:120", cause=StallCause.CPU, count=1, longest=1.25, estimated=True)),
        hot_paths=HotPaths(
            cpu_seconds=10.0,
            functions=(
                hot_function("parse", "parse.py:41", 8.0, 9.0),
                hot_function("loads", "/usr/lib/python3.12/json/__init__.py:299", 1.0, 1.0, user_code=False),
            ),
            tree=(hot_node("main", 9.5, hot_node("parse", 9.0, hot_node("json", 1.0), place="parse.py:41"), hot_node("log", 0.1)),),
        ),
        timeline=(loop_lane, *lanes, *(lane(worker.label, (ThreadState.BLOCKED, CELLS)) for worker in workers)),
        findings=(finding(),),
        limits=(Limit(what="threads of C libraries", why="they run no Python code"),),
    )
