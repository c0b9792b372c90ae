"""Stalls of event loops: what is one, how long, whose line, and above all what is none."""

from dataclasses import replace
from pathlib import Path

import pytest
from builders import (
    CALLBACK,
    LIBRARY,
    LOOP,
    LOOP_SELECT,
    MAIN,
    THREAD,
    Doing,
    RecordingBuilder,
    blocked,
    doing,
    frame,
    gil_wait,
    lock_wait,
    loop_idle,
    native,
    running,
)
from scenarios import HANDLER, SLOW, healthy_loop, idle_loop, stalled_loop

from conc_advisor.concurrency import BlockKind, StallCause, ThreadState, VerdictId
from conc_advisor.findings import Confidence, Location, Severity
from conc_advisor.profiling.analysis.diagnose import diagnose
from conc_advisor.profiling.analysis.shares import is_own_and_certain
from conc_advisor.profiling.diagnosis import Diagnosis, Stall
from conc_advisor.profiling.recording import NO_CALLBACKS, STALE_STACK, Frame

SLEEPS = blocked(BlockKind.SLEEP, *SLOW)
IDLE = loop_idle().counted(2)
UVLOOP_BASE = (*MAIN, frame("run", f"{LIBRARY}/site-packages/uvloop/__init__.py", 109))


def between_idle(
    folder: Path, *what: tuple[Doing, float], counted: bool = True, step: float = 0.01, stall_seconds: float = 0.05
) -> tuple[Stall, ...]:
    """Return the stalls of a loop that is idle, then does all this, then is idle."""
    builder = RecordingBuilder(folder, step=step)
    main = builder.thread("MainThread")
    builder.loop(main, counted=counted)
    idle = IDLE if counted else loop_idle()
    builder.run(main, idle, 0.3)
    for each, seconds in what:
        builder.run(main, each, seconds)
    builder.run(main, idle, 0.3)
    return diagnose(builder.build(), stall_seconds=stall_seconds).stalls


def test_a_callback_that_sleeps_is_a_stall_with_its_line_cause_and_duration(tmp_path: Path) -> None:
    (stall,) = between_idle(tmp_path, (SLEEPS.counted(1), 0.12))
    assert stall.location == Location(file="/app/serve.py", line=40, function="slow")
    assert stall.callback == Location(file="/app/serve.py", line=33, function="handler")
    assert (stall.cause, stall.count, stall.estimated) == (StallCause.SLEEP, 1, False)
    assert stall.total_seconds == pytest.approx(0.12, abs=0.011)
    assert stall.first_us == pytest.approx(300_000, abs=11_000)


def test_stalls_of_one_line_are_one_group(tmp_path: Path) -> None:
    (stall,) = diagnose(stalled_loop(tmp_path)).stalls
    assert stall.count == 10
    assert stall.first_us == pytest.approx(100_000, abs=11_000)
    assert stall.longest_seconds == pytest.approx(0.12, abs=0.011)
    assert stall.total_seconds == pytest.approx(1.2, abs=0.1)


def test_stalls_one_after_the_other_are_counted_apart(tmp_path: Path) -> None:
    """Two callbacks of 100 ms without an idle moment between them."""
    (stall,) = between_idle(tmp_path, (SLEEPS.counted(1), 0.1), (SLEEPS.counted(1), 0.1))
    assert stall.count == 2
    assert stall.longest_seconds == pytest.approx(0.1, abs=0.011)


def test_two_lines_are_two_groups(tmp_path: Path) -> None:
    other = (*HANDLER, frame("slow", "/app/serve.py", 44))
    stalls = between_idle(tmp_path, (SLEEPS.counted(1), 0.1), (blocked(BlockKind.SLEEP, *other).counted(1), 0.2))
    assert [(stall.location.line, stall.count) for stall in stalls if stall.location] == [(44, 1), (40, 1)]


@pytest.mark.parametrize(
    ("what", "cause"),
    [
        (running(*SLOW), StallCause.CPU),
        (doing(ThreadState.RUNNABLE, *SLOW), StallCause.NO_CORE),
        (native(*SLOW), StallCause.NATIVE),
        (gil_wait(*SLOW), StallCause.GIL),
        (lock_wait(*SLOW), StallCause.LOCK),
        (blocked(BlockKind.QUEUE, *SLOW), StallCause.LOCK),
        (blocked(BlockKind.JOIN, *SLOW), StallCause.LOCK),
        (blocked(BlockKind.SOCKET, *SLOW).switching(1, 1), StallCause.SOCKET),
        (blocked(BlockKind.FILE, *SLOW), StallCause.FILE),
        (blocked(BlockKind.SUBPROCESS, *SLOW), StallCause.SUBPROCESS),
        (blocked(BlockKind.OTHER, *SLOW), StallCause.OTHER),
    ],
    ids=lambda value: str(value) if isinstance(value, StallCause) else "",
)
def test_the_cause_is_what_the_thread_did_for_most_of_the_time(tmp_path: Path, what: Doing, cause: StallCause) -> None:
    (stall,) = between_idle(tmp_path, (what.counted(1), 0.1))
    assert stall.cause is cause


def test_the_larger_part_names_the_cause(tmp_path: Path) -> None:
    (stall,) = between_idle(tmp_path, (running(*SLOW).counted(1), 0.03), (SLEEPS.counted(0), 0.09))
    assert stall.cause is StallCause.SLEEP
    assert stall.total_seconds == pytest.approx(0.12, abs=0.011)


def test_lines_of_one_computation_are_its_function_at_the_hottest_line(tmp_path: Path) -> None:
    lines = [(running(*HANDLER, frame("parse", "/app/parse.py", 41 + number % 3)).counted(int(number == 0)), 0.01) for number in range(11)]
    lines.append((running(*HANDLER, frame("parse", "/app/parse.py", 43)).counted(0), 0.04))
    (stall,) = between_idle(tmp_path, *lines)
    assert stall.location == Location(file="/app/parse.py", line=43, function="parse")


def test_a_computation_whose_hottest_line_varies_is_one_group(tmp_path: Path) -> None:
    def compute(hottest: int) -> list[tuple[Doing, float]]:
        lines = (41, hottest, hottest, 42, 43)
        return [
            (running(*HANDLER, frame("parse", "/app/parse.py", line)).counted(int(number == 0)), 0.02) for number, line in enumerate(lines)
        ]

    (stall,) = between_idle(tmp_path, *compute(41), (IDLE, 0.1), *compute(43))
    assert stall.count == 2
    assert stall.first_us == pytest.approx(300_000, abs=11_000)


def test_a_callback_that_calls_many_functions_is_named_itself(tmp_path: Path) -> None:
    calls = [(running(*SLOW, frame(f"step_{number}", "/app/steps.py", number)).counted(int(number == 0)), 0.02) for number in range(6)]
    (stall,) = between_idle(tmp_path, *calls)
    assert stall.location == Location(file="/app/serve.py", line=40, function="slow")


def test_library_code_is_charged_to_the_line_that_called_it(tmp_path: Path) -> None:
    inside = (*SLOW, frame("HTTPConnection.send", f"{LIBRARY}/http/client.py", 1000), frame("loads", f"{LIBRARY}/json/__init__.py", 5))
    (stall,) = between_idle(tmp_path, (running(*inside).counted(1), 0.1))
    assert stall.location == Location(file="/app/serve.py", line=40, function="slow")


def test_a_callback_without_user_code_is_named_by_its_library_line(tmp_path: Path) -> None:
    inside = (*CALLBACK, frame("lookup", f"{LIBRARY}/site-packages/dns/__init__.py", 8))
    (stall,) = between_idle(tmp_path, (blocked(BlockKind.SOCKET, *inside).counted(1), 0.1))
    assert stall.location is not None
    assert stall.location.function == "lookup"


def test_samples_without_a_stack_belong_to_the_stall_around_them(tmp_path: Path) -> None:
    blind = blocked(BlockKind.SLEEP)
    (stall,) = between_idle(tmp_path, (blind.counted(1), 0.02), (SLEEPS.counted(0), 0.05), (blind.counted(0), 0.05))
    assert stall.total_seconds == pytest.approx(0.12, abs=0.011)
    assert stall.location is not None
    assert stall.location.line == 40


def test_a_process_without_stacks_still_shows_that_the_loop_was_kept(tmp_path: Path) -> None:
    (stall,) = between_idle(tmp_path, (blocked(BlockKind.SLEEP).counted(1), 0.1))
    assert (stall.location, stall.cause) == (None, StallCause.SLEEP)


def test_time_without_a_sample_neither_ends_nor_begins_a_stall(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    builder.loop(main)
    builder.run(main, IDLE, 0.3).run(main, SLEEPS.counted(1), 0.06).derived(main, loop_idle(), 0.5)
    builder.run(main, SLEEPS.counted(0), 0.06).run(main, IDLE, 0.3)
    (stall,) = diagnose(builder.build()).stalls
    assert stall.count == 1
    assert stall.total_seconds == pytest.approx(0.12, abs=0.011)


def test_a_stall_cut_off_by_the_end_of_the_recording_counts(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    builder.loop(main).run(main, IDLE, 0.3).run(main, SLEEPS.counted(1), 0.2)
    assert len(diagnose(builder.build()).stalls) == 1


def test_a_loop_that_the_header_does_not_name_is_found_by_its_stacks(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    worker = builder.thread("worker")
    builder.run(worker, loop_idle(), 0.3).run(worker, SLEEPS, 0.1).run(worker, loop_idle(), 0.3)
    diagnosis = diagnose(builder.build())
    assert [loop.thread for loop in diagnosis.event_loops] == ["worker"]
    assert [stall.estimated for stall in diagnosis.stalls] == [True]


@pytest.mark.parametrize("function", ["_run_once", "BaseEventLoop._run_once"])
def test_plain_and_qualified_names_are_both_known(tmp_path: Path, function: str) -> None:
    """Python 3.9 and 3.10 give plain names, later ones qualified names."""
    path = (
        *LOOP[:-1],
        frame(function, f"{LIBRARY}/asyncio/base_events.py", 1),
        frame("_run", f"{LIBRARY}/asyncio/events.py", 80),
        *SLOW[-2:],
    )
    assert len(between_idle(tmp_path, (blocked(BlockKind.SLEEP, *path).counted(1), 0.1))) == 1


@pytest.mark.parametrize("seconds", [0.01, 0.02, 0.03])
def test_a_callback_well_below_the_threshold_is_no_stall(tmp_path: Path, seconds: float) -> None:
    assert between_idle(tmp_path, (SLEEPS.counted(1), seconds)) == ()


def test_the_threshold_can_be_set(tmp_path: Path) -> None:
    assert between_idle(tmp_path, (SLEEPS.counted(1), 0.12), stall_seconds=0.2) == ()


def test_a_healthy_loop_has_no_stall(tmp_path: Path) -> None:
    assert diagnose(healthy_loop(tmp_path)).stalls == ()


def test_an_idle_loop_has_no_stall_however_long_it_sleeps_in_its_selector(tmp_path: Path) -> None:
    assert diagnose(idle_loop(tmp_path)).stalls == ()


def test_thousands_of_tiny_alike_callbacks_are_no_stall_when_they_are_counted(tmp_path: Path) -> None:
    assert between_idle(tmp_path, (running(*HANDLER).counted(500, 500), 2.0)) == ()


def test_one_callback_a_sample_is_no_stall(tmp_path: Path) -> None:
    assert between_idle(tmp_path, (running(*HANDLER).counted(1, 1), 2.0)) == ()


def test_thousands_of_tiny_alike_callbacks_are_said_to_be_uncertain_when_they_cannot_be_counted(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    builder.loop(main, counted=False).run(main, loop_idle(), 2).run(main, running(*HANDLER), 0.5).run(main, loop_idle(), 2)
    diagnosis = diagnose(builder.build())
    assert [(finding.severity, finding.confidence) for finding in diagnosis.findings] == [(Severity.INFO, Confidence.LOW)]
    assert diagnosis.verdict.id != "loop-stalled"
    assert any("could not be counted" in doubt for doubt in diagnosis.verdict.doubts)


def test_waits_that_cannot_be_told_apart_are_not_joined_when_callbacks_cannot_be_counted(tmp_path: Path) -> None:
    """Socket waits of 10 ms each: between two of them the loop may have gone round."""
    assert between_idle(tmp_path, (blocked(BlockKind.SOCKET, *SLOW).switching(1, 1), 0.5), counted=False) == ()


def test_one_uninterrupted_wait_is_an_estimated_stall_when_callbacks_cannot_be_counted(tmp_path: Path) -> None:
    (stall,) = between_idle(tmp_path, (SLEEPS, 0.12), counted=False)
    assert (stall.estimated, stall.cause) == (True, StallCause.SLEEP)


def test_one_call_into_a_library_is_an_estimated_stall_when_callbacks_cannot_be_counted(tmp_path: Path) -> None:
    inside = [(running(*SLOW, frame(f"scan_{number % 3}", f"{LIBRARY}/json/scanner.py", number)), 0.01) for number in range(12)]
    (stall,) = between_idle(tmp_path, *inside, counted=False)
    assert (stall.estimated, stall.cause) == (True, StallCause.CPU)


@pytest.mark.parametrize("what", [running(*LOOP), gil_wait(*LOOP_SELECT), blocked(BlockKind.SLEEP)], ids=["work", "GIL", "no stack"])
def test_the_loop_s_own_lines_begin_no_stall_where_callbacks_cannot_be_counted(tmp_path: Path, what: Doing) -> None:
    """A callback of 10 ms after them is not made longer by them."""
    later = running(*SLOW)
    assert between_idle(tmp_path, (what, 0.045), (later, 0.01), counted=False, step=0.005) == ()


def test_a_wait_of_which_neither_stack_nor_callbacks_are_known_is_no_stall(tmp_path: Path) -> None:
    assert between_idle(tmp_path, (blocked(BlockKind.SLEEP), 0.2), counted=False) == ()


def test_two_callbacks_of_different_code_are_not_joined_when_they_cannot_be_counted(tmp_path: Path) -> None:
    turns = [(running(*CALLBACK, frame(f"callback_{number % 2}", "/app/serve.py", 5 + number % 2)), 0.01) for number in range(30)]
    assert between_idle(tmp_path, *turns, counted=False) == ()


def test_one_late_sample_is_no_stall(tmp_path: Path) -> None:
    """The sampler itself was late: a single sample of a callback, with 200 ms between its neighbours."""
    builder = RecordingBuilder(tmp_path, step=0.1)
    main = builder.thread("MainThread")
    builder.loop(main)
    for _ in range(10):
        builder.run(main, IDLE, 0.3).run(main, running(*HANDLER).counted(1), 0.1)
    assert diagnose(builder.build()).stalls == ()


def test_code_before_and_after_the_loop_is_no_stall(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    builder.loop(main)
    builder.run(main, running(*MAIN).counted(0), 1).run(main, IDLE, 0.3).run(main, running(*MAIN).counted(0), 1)
    assert diagnose(builder.build()).stalls == ()


def test_the_loop_s_own_work_between_callbacks_is_no_stall(tmp_path: Path) -> None:
    machinery = (*LOOP, frame("BaseEventLoop._process_events", f"{LIBRARY}/asyncio/selector_events.py", 700))
    assert between_idle(tmp_path, (running(*machinery).counted(1), 0.3)) == ()


def test_another_thread_that_sleeps_is_no_stall(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main, worker = builder.thread("MainThread"), builder.thread("asyncio_0")
    builder.loop(main).during(1, {main: IDLE, worker: blocked(BlockKind.SLEEP, *MAIN)})
    assert diagnose(builder.build()).stalls == ()


def test_a_selector_wait_seen_with_an_old_stack_is_no_stall(tmp_path: Path) -> None:
    """The stack is that of the callback before, but the thread never ran between these samples and the idle ones."""
    old = blocked(BlockKind.SOCKET, *SLOW).counted(1)
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    builder.loop(main).run(main, IDLE, 0.3).run(main, SLEEPS.counted(1), 0.1).run(main, old, 0.2)
    builder.run(main, loop_idle().switching(0, 0).counted(0), 0.1).run(main, IDLE, 0.1)
    (stall,) = diagnose(builder.build()).stalls
    assert stall.cause is StallCause.SLEEP
    assert stall.total_seconds == pytest.approx(0.1, abs=0.011)


def test_an_old_stack_after_the_selector_began_is_no_stall(tmp_path: Path) -> None:
    old = blocked(BlockKind.SOCKET, *SLOW).switching(0, 0).counted(0)
    assert between_idle(tmp_path, (old, 0.3)) == ()


@pytest.mark.parametrize(("flags", "seconds", "found"), [(0, 0.06, 1), (STALE_STACK, 0.06, 0), (STALE_STACK, 0.4, 0)])
def test_a_sleep_of_no_known_kind_is_a_stall_only_if_it_was_looked_at_meanwhile(
    tmp_path: Path, flags: int, seconds: float, found: int
) -> None:
    """Where the kernel names no waits, a loop asleep in its selector looks like its last callback asleep."""
    asleep = replace(blocked(BlockKind.OTHER, *SLOW), flags=flags).counted(1)
    assert len(between_idle(tmp_path, (asleep, seconds))) == found


def test_a_short_sleep_of_no_known_kind_is_a_stall_only_if_stacks_are_read_often(tmp_path: Path) -> None:
    asleep = blocked(BlockKind.OTHER, *SLOW).counted(1)
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    builder.loop(main).run(main, IDLE, 0.3).run(main, asleep, 0.06).run(main, IDLE, 0.3)
    builder.sampling(stack_rate=20.0)
    assert diagnose(builder.build()).stalls == ()


def test_fresh_stacks_outvote_old_ones(tmp_path: Path) -> None:
    old = Doing(activity=SLEEPS.activity, stack=(*CALLBACK, frame("before", "/app/serve.py", 3)), flags=STALE_STACK).counted(1)
    (stall,) = between_idle(tmp_path, (old, 0.06), (SLEEPS.counted(0), 0.04))
    assert stall.location is not None
    assert stall.location.function == "slow"


def uvloop(folder: Path, *what: tuple[Frame, ...]) -> tuple[Stall, ...]:
    """Return the stalls of a loop whose own frames cannot be seen: only where its selector waits tells where it stands."""
    builder = RecordingBuilder(folder)
    main = builder.thread("MainThread")
    builder.loop(main, implementation="uvloop", counted=False)
    idle = doing(ThreadState.LOOP_IDLE, *UVLOOP_BASE)
    builder.run(main, running(*MAIN), 0.2).run(main, idle, 0.3)
    for stack in what:
        builder.run(main, blocked(BlockKind.SLEEP, *stack), 0.1).run(main, idle, 0.2)
    return diagnose(builder.build()).stalls


def test_a_uvloop_callback_that_sleeps_is_found_below_the_loop_s_own_line(tmp_path: Path) -> None:
    (stall,) = uvloop(tmp_path, (*UVLOOP_BASE, *SLOW[-2:]))
    assert (stall.location, stall.estimated) == (Location(file="/app/serve.py", line=40, function="slow"), True)


def test_a_uvloop_seen_idle_with_the_stack_of_the_callback_before_is_still_followed(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    builder.loop(main, implementation="uvloop", counted=False)
    callback = (*UVLOOP_BASE, *SLOW[-2:])
    for idle in (callback, UVLOOP_BASE, callback, (*UVLOOP_BASE, *SLOW[-2:-1])):
        builder.run(main, blocked(BlockKind.SLEEP, *callback), 0.1).run(main, doing(ThreadState.LOOP_IDLE, *idle), 0.2)
    (stall,) = diagnose(builder.build()).stalls
    assert stall.count == 4


def test_a_uvloop_that_blocks_before_it_was_ever_idle_is_found(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    builder.loop(main, implementation="uvloop", counted=False)
    builder.run(main, running(*MAIN), 0.2).run(main, blocked(BlockKind.SLEEP, *UVLOOP_BASE, *SLOW[-2:]), 0.1)
    (stall,) = diagnose(builder.run(main, doing(ThreadState.LOOP_IDLE, *UVLOOP_BASE), 0.3).build()).stalls
    assert stall.location == Location(file="/app/serve.py", line=40, function="slow")


def test_a_saturated_uvloop_once_seen_idle_with_a_stack_of_before_its_start_is_still_followed(tmp_path: Path) -> None:
    """A server under full load may be seen idle only at its very beginning, when the last stack is still that of an import."""
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    builder.loop(main, implementation="uvloop")
    importing = (*MAIN, frame("_compile", "<frozen importlib._bootstrap>", 5))
    builder.run(main, doing(ThreadState.LOOP_IDLE, *importing).counted(1), 0.05)
    for _ in range(3):
        builder.run(main, blocked(BlockKind.SLEEP, *UVLOOP_BASE, *SLOW[-2:]).counted(1), 0.1)
    (stall,) = diagnose(builder.build()).stalls
    assert (stall.count, stall.location) == (3, Location(file="/app/serve.py", line=40, function="slow"))


def test_a_loop_run_by_the_user_s_own_line_is_followed_from_where_it_idles(tmp_path: Path) -> None:
    """`loop.run_until_complete(main())`: no frame of a library starts it."""
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    builder.loop(main, implementation="uvloop", counted=False)
    callback = (*MAIN, *SLOW[-2:])
    for idle in (callback, MAIN, callback, MAIN):
        builder.run(main, doing(ThreadState.LOOP_IDLE, *idle), 0.2).run(main, blocked(BlockKind.SLEEP, *callback), 0.1)
    (stall,) = diagnose(builder.run(main, doing(ThreadState.LOOP_IDLE, *MAIN), 0.2).build()).stalls
    assert stall.count == 3, "the first sleep cannot be told from the loop's own line"


def test_two_loops_one_after_the_other_do_not_make_the_code_between_them_a_callback(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    builder.loop(main, implementation="uvloop", counted=False)
    for line in (10, 20):
        start = (MAIN[0], frame("main", "/app/app.py", line))
        builder.run(main, doing(ThreadState.LOOP_IDLE, *start), 0.3)
        builder.run(main, blocked(BlockKind.SLEEP, MAIN[0], frame("main", "/app/app.py", line + 5)), 0.2)
    assert diagnose(builder.build()).stalls == ()


def test_a_uvloop_at_its_own_line_is_no_stall(tmp_path: Path) -> None:
    assert uvloop(tmp_path, UVLOOP_BASE, MAIN) == ()


def test_callbacks_are_summed_and_idle_time_is_a_share_of_the_loop_s_life(tmp_path: Path) -> None:
    (loop,) = diagnose(healthy_loop(tmp_path)).event_loops
    assert (loop.thread, loop.implementation, loop.callbacks) == ("MainThread", "asyncio", 240)
    assert loop.idle_share == pytest.approx(0.8)
    assert loop.busy_share == pytest.approx(0.2)
    assert loop.stalled_seconds == 0


def test_callbacks_that_were_never_counted_are_unknown(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    builder.loop(main, counted=False).run(main, loop_idle(), 1)
    (loop,) = diagnose(builder.build()).event_loops
    assert loop.callbacks is None
    assert loop_idle().callbacks == NO_CALLBACKS


def test_a_program_without_a_loop_has_none(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    builder.run(builder.thread("MainThread"), running(*MAIN), 1)
    assert diagnose(builder.build()).event_loops == ()


def frozen_by_gil(folder: Path, waiting: Doing) -> Diagnosis:
    """Return the diagnosis of a loop beside a thread that keeps the GIL for 100 ms now and then."""
    builder = RecordingBuilder(folder)
    main, worker = builder.thread("MainThread"), builder.thread("worker")
    builder.loop(main)
    holds = running(*THREAD, frame("dump", "/app/dump.py", 8))
    for _ in range(10):
        builder.during(0.2, {main: IDLE, worker: blocked(BlockKind.SLEEP, *MAIN)})
        builder.during(0.1, {main: waiting, worker: holds})
    return diagnose(builder.build())


@pytest.mark.parametrize(
    "waiting",
    [gil_wait(*HANDLER).counted(1), gil_wait(*LOOP_SELECT).counted(0)],
    ids=["in a callback", "on its way out of the selector"],
)
def test_a_loop_that_does_not_get_the_gil_is_stalled_by_the_line_that_holds_it(tmp_path: Path, waiting: Doing) -> None:
    diagnosis = frozen_by_gil(tmp_path, waiting)
    (stall,) = diagnosis.stalls
    assert (stall.cause, stall.count, stall.estimated) == (StallCause.GIL, 10, False)
    assert stall.location == Location(file="/app/dump.py", line=8, function="dump")
    assert diagnosis.verdict.id is VerdictId.LOOP_STALLED
    assert "dump() (dump.py:8)" in diagnosis.verdict.next_step


def test_a_gil_that_comes_soon_is_no_stall(tmp_path: Path) -> None:
    assert frozen_by_gil(tmp_path, gil_wait(*HANDLER).counted(1, 1)).stalls == ()


def test_waiting_for_the_gil_in_the_selector_is_no_stall_where_callbacks_cannot_be_counted(tmp_path: Path) -> None:
    """The loop may have gone round between two samples."""
    assert frozen_by_gil(tmp_path, gil_wait(*LOOP_SELECT)).stalls == ()


def test_a_callback_that_only_lacked_a_core_is_no_fault_of_the_loop(tmp_path: Path) -> None:
    """It is reported, and it never makes the verdict `loop-stalled`."""
    (stall,) = between_idle(tmp_path, (doing(ThreadState.RUNNABLE, *SLOW).counted(1), 0.3))
    assert stall.cause is StallCause.NO_CORE
    assert not is_own_and_certain(stall)
    assert is_own_and_certain(replace(stall, cause=StallCause.SLEEP))


def test_a_stall_that_was_mostly_at_a_place_that_was_not_read_blames_no_line(tmp_path: Path) -> None:
    """The line before it is not where it slept."""
    (stall,) = between_idle(tmp_path, (running(*SLOW).counted(1), 0.01), (blocked(BlockKind.SLEEP).counted(0), 0.09))
    assert (stall.location, stall.cause, stall.count) == (None, StallCause.SLEEP, 1)


def test_a_stall_of_which_only_the_loop_s_own_frames_were_read_is_still_one(tmp_path: Path) -> None:
    """The rest of it was seen by the kernel."""
    (stall,) = between_idle(tmp_path, (running(*LOOP).counted(1), 0.01), (blocked(BlockKind.SLEEP).counted(0), 0.1))
    assert (stall.location, stall.cause) == (None, StallCause.SLEEP)


def test_what_may_be_many_small_callbacks_before_the_counting_began_is_no_stall(tmp_path: Path) -> None:
    """A wait is one all the same: it cannot be many."""
    for what, stalls in ((running(*SLOW), 0), (SLEEPS.switching(0, 0), 1)):
        folder = tmp_path / f"{stalls}"
        folder.mkdir()
        builder = RecordingBuilder(folder)
        main = builder.thread("MainThread")
        builder.loop(main)
        builder.run(main, what, 0.1).run(main, IDLE, 0.3)
        assert len(diagnose(builder.build()).stalls) == stalls
