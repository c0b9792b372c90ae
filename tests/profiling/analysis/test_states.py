"""The life of each thread by state, its name in the report, and its lane in the timeline."""

from collections.abc import Callable
from pathlib import Path

import pytest
from builders import (
    JOIN,
    LIBRARY,
    MAIN,
    POOL_IDLE,
    THREAD,
    RecordingBuilder,
    blocked,
    frame,
    gil_wait,
    lock_wait,
    native,
    runnable,
    running,
)
from scenarios import FETCH, PARSE, SCENARIOS, gil_bound, process_pool

from conc_advisor.concurrency import BlockKind, ThreadState, VerdictId
from conc_advisor.profiling.analysis.diagnose import diagnose
from conc_advisor.profiling.analysis.timeline import MAX_SLICES
from conc_advisor.profiling.diagnosis import Diagnosis, Lane, ThreadSummary
from conc_advisor.profiling.recording import Recording


def threads_of(diagnosis: Diagnosis) -> list[ThreadSummary]:
    return [thread for process in diagnosis.processes for thread in process.threads]


@pytest.mark.parametrize(("program", "_verdict"), SCENARIOS, ids=lambda value: getattr(value, "__name__", ""))
def test_states_sum_to_the_thread_s_life_and_kinds_to_its_blocked_part(
    program: Callable[[Path], Recording], _verdict: VerdictId, tmp_path: Path
) -> None:
    recording = program(tmp_path)
    for thread in threads_of(diagnose(recording)):
        assert sum(thread.states.values()) == pytest.approx(thread.seconds)
        assert sum(thread.blocked.values()) == pytest.approx(thread.states.get(ThreadState.BLOCKED, 0.0))
        assert thread.holding_gil_seconds <= thread.seconds


def test_each_state_gets_its_seconds(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    for what in (running(*MAIN), native(*MAIN), gil_wait(*MAIN), lock_wait(*MAIN), runnable(*MAIN), blocked(BlockKind.FILE, *MAIN)):
        builder.run(main, what, 0.2)
    (thread,) = threads_of(diagnose(builder.derived(main, runnable(*MAIN), 0.3).build()))
    assert thread.samples == 120, "time that no sample saw is no sample"
    assert thread.states[ThreadState.RUNNABLE] == pytest.approx(0.5)
    assert all(thread.states[state] == pytest.approx(0.2) for state in thread.states if state is not ThreadState.RUNNABLE)
    assert set(thread.states) == set(ThreadState) - {ThreadState.LOOP_IDLE}


@pytest.mark.parametrize(
    ("leaf", "kind"),
    [
        (frame("Condition.wait", f"{LIBRARY}/threading.py"), BlockKind.QUEUE),
        (frame("wait", f"{LIBRARY}/threading.py"), BlockKind.QUEUE),
        (frame("Thread.join", f"{LIBRARY}/threading.py"), BlockKind.JOIN),
        (frame("_worker", f"{LIBRARY}/concurrent/futures/thread.py"), BlockKind.QUEUE),
    ],
    ids=lambda value: getattr(value, "function", value),
)
def test_a_lock_that_serves_as_a_signal_is_no_lock_wait(tmp_path: Path, leaf: object, kind: BlockKind) -> None:
    builder = RecordingBuilder(tmp_path)
    builder.run(builder.thread("MainThread"), lock_wait(*MAIN, leaf), 1)  # type: ignore[arg-type]
    diagnosis = diagnose(builder.build())
    (thread,) = threads_of(diagnosis)
    assert set(thread.blocked) == {kind}
    assert {state for cell in diagnosis.timeline[0].cells for state in cell} == {ThreadState.BLOCKED}


def test_a_lock_in_the_program_is_a_lock_wait(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    builder.run(builder.thread("MainThread"), lock_wait(*MAIN), 1)
    (thread,) = threads_of(diagnose(builder.build()))
    assert set(thread.states) == {ThreadState.LOCK_WAIT}


def test_the_busiest_thread_comes_first(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    waits, works = builder.thread("waits"), builder.thread("works")
    builder.during(1, {waits: blocked(BlockKind.JOIN, *JOIN), works: running(*PARSE)})
    assert [thread.label for thread in threads_of(diagnose(builder.build()))] == ["works", "waits"]


def labels_of(builder: RecordingBuilder, *threads: int) -> set[str]:
    builder.during(0.1, dict.fromkeys(threads, running(*MAIN)))
    return {thread.label for thread in threads_of(diagnose(builder.build()))}


def test_a_name_that_is_unique_is_the_label(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    assert labels_of(builder, builder.thread("MainThread"), builder.thread("worker")) == {"MainThread", "worker"}


def test_namesakes_in_a_process_are_told_apart_by_thread_id(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    assert labels_of(builder, builder.thread("w", tid=7), builder.thread("w", tid=8)) == {"w (7)", "w (8)"}


def test_namesakes_in_two_processes_are_told_apart_by_process_id(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    one, other = builder.process(pid=10), builder.process(pid=11)
    threads = [builder.thread("MainThread", process=one), builder.thread("MainThread", process=other)]
    assert labels_of(builder, *threads) == {"MainThread @10", "MainThread @11"}


def test_labels_are_unique_even_when_thread_ids_are_reused(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    threads = [builder.thread(name, tid=tid) for name, tid in (("w", 7), ("w", 7), ("", 9), ("", 9), ("thread 9", 1))]
    assert len(labels_of(builder, *threads)) == 5


def test_a_worker_that_only_waited_for_work_is_plumbing(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    idle, busy, native_pool = builder.thread("pool_0"), builder.thread("pool_1"), builder.thread("blas", python=False)
    waits = blocked(BlockKind.QUEUE, *POOL_IDLE)
    builder.during(1, {idle: waits, busy: running(*FETCH), native_pool: blocked(BlockKind.OTHER)})
    assert {thread.label for thread in threads_of(diagnose(builder.build())) if thread.plumbing} == {"pool_0", "blas"}


def test_threads_that_did_something_are_not_plumbing(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main, socket, blas = builder.thread("MainThread"), builder.thread("pool_0"), builder.thread("blas", python=False)
    builder.during(1, {main: blocked(BlockKind.JOIN, *JOIN), socket: blocked(BlockKind.SOCKET, *FETCH), blas: native()})
    assert not any(thread.plumbing for thread in threads_of(diagnose(builder.build())))


def test_processes_are_listed_with_their_threads(tmp_path: Path) -> None:
    diagnosis = diagnose(process_pool(tmp_path))
    assert [(process.pid, process.parent_pid, len(process.threads)) for process in diagnosis.processes] == [
        (10, 1, 1),
        (20, 10, 1),
        (21, 10, 1),
        (22, 10, 1),
    ]
    assert all(process.seconds == pytest.approx(2.0) for process in diagnosis.processes)


def lanes_of(builder: RecordingBuilder) -> tuple[Lane, ...]:
    return diagnose(builder.build()).timeline


def test_a_lane_is_full_while_the_thread_lives_and_empty_otherwise(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main, late = builder.thread("MainThread"), builder.thread("late")
    builder.run(main, running(*MAIN), 0.6).during(0.6, {main: blocked(BlockKind.FILE, *MAIN), late: native(*MAIN)})
    one, other = lanes_of(builder)
    assert len(one.cells) == len(other.cells) == MAX_SLICES
    assert all(sum(cell.values()) == pytest.approx(1.0) for cell in one.cells)
    assert all(cell == {} for cell in other.cells[:59])
    assert all(cell == pytest.approx({ThreadState.NATIVE: 1.0}) for cell in other.cells[61:])
    assert set(one.cells[10]) == {ThreadState.RUNNING}
    assert set(one.cells[100]) == {ThreadState.BLOCKED}


def test_a_cell_is_filled_for_the_part_in_which_the_thread_lived(tmp_path: Path) -> None:
    """Slices of 20 ms, and a thread that begins in the middle of one."""
    builder = RecordingBuilder(tmp_path)
    main, late = builder.thread("MainThread"), builder.thread("late")
    builder.run(main, running(*MAIN), 1.01).during(1.39, {main: running(*MAIN), late: native(*MAIN)})
    lane = lanes_of(builder)[1]
    assert [sum(cell.values()) for cell in lane.cells[49:52]] == pytest.approx([0, 0.5, 1])


@pytest.mark.parametrize("seconds", [0.01, 0.05, 0.31, 7.0])
def test_no_lane_has_holes_however_short_the_recording(tmp_path: Path, seconds: float) -> None:
    builder = RecordingBuilder(tmp_path)
    (lane,) = lanes_of(builder.run(builder.thread("MainThread"), running(*MAIN), seconds))
    assert 0 < len(lane.cells) <= MAX_SLICES
    assert all(cell == pytest.approx({ThreadState.RUNNING: 1.0}) for cell in lane.cells)


def test_cells_hold_the_states_in_their_proportions(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    for _ in range(400):
        builder.run(main, running(*MAIN), 0.03).run(main, native(*MAIN), 0.01)
    (lane,) = lanes_of(builder)
    assert all(cell[ThreadState.RUNNING] == pytest.approx(0.75, abs=0.1) for cell in lane.cells)


def test_time_without_a_sample_never_fills_a_cell_twice(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    builder.run(main, running(*MAIN), 1).derived(main, runnable(*MAIN), 0.5).run(main, running(*MAIN), 1)
    (lane,) = lanes_of(builder)
    assert all(sum(cell.values()) == pytest.approx(1.0) for cell in lane.cells)


def test_there_is_a_lane_for_each_thread_with_its_label(tmp_path: Path) -> None:
    diagnosis = diagnose(gil_bound(tmp_path))
    assert [(lane.thread, lane.pid) for lane in diagnosis.timeline] == [("cpu-1", 1000), ("cpu-2", 1000)]


def test_a_thread_that_was_never_sampled_is_left_out(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main, _ = builder.thread("MainThread"), builder.thread("never seen")
    diagnosis = diagnose(builder.run(main, running(*THREAD), 1).build())
    assert [thread.label for thread in threads_of(diagnosis)] == [lane.thread for lane in diagnosis.timeline] == ["MainThread"]
