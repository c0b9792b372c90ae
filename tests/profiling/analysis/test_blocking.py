"""Where threads waited, how long and how often; pools that are full, and idle workers that are no problem."""

from collections.abc import Callable
from pathlib import Path

import pytest
from builders import LIBRARY, MAIN, POOL_IDLE, POOL_TASK, THREAD, RecordingBuilder, blocked, frame, lock_wait, running
from scenarios import (
    FETCH,
    HEALTHY,
    NESTED,
    WITH_LOCK,
    full_default_executor,
    idle_worker,
    io_bound_pool,
    lock_bound,
    nested_pool,
    waits_for_future,
)

from conc_advisor.concurrency import BlockKind, ThreadState, VerdictId
from conc_advisor.findings import Confidence, Location
from conc_advisor.profiling.analysis.diagnose import diagnose
from conc_advisor.profiling.diagnosis import BlockingSite
from conc_advisor.profiling.recording import Recording

GET = (*MAIN, frame("get", "/app/get.py", 3))
READ = (*GET, frame("SocketIO.readinto", f"{LIBRARY}/socket.py", 706))


def sites_of(builder: RecordingBuilder) -> tuple[BlockingSite, ...]:
    return diagnose(builder.build()).blocking


def test_a_wait_is_charged_to_the_deepest_user_line_with_its_share(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    (site,) = sites_of(builder.run(main, blocked(BlockKind.SOCKET, *READ), 0.6).run(main, running(*GET), 0.4))
    assert site.location == Location(file="/app/get.py", line=3, function="get")
    assert (site.thread, site.state, site.kind) == ("MainThread", ThreadState.BLOCKED, BlockKind.SOCKET)
    assert [site.seconds, site.share] == pytest.approx([0.6, 0.6])


def test_kinds_and_lines_are_kept_apart_and_the_longest_comes_first(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    other = (*MAIN, frame("get", "/app/get.py", 9))
    builder.run(main, blocked(BlockKind.SOCKET, *READ), 0.2).run(main, blocked(BlockKind.FILE, *READ), 0.3)
    sites = sites_of(builder.run(main, blocked(BlockKind.SOCKET, *other), 0.4))
    assert [(site.kind, site.location.line) for site in sites if site.location] == [
        (BlockKind.SOCKET, 9),
        (BlockKind.FILE, 3),
        (BlockKind.SOCKET, 3),
    ]


def test_one_long_wait_is_one_wait(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    (site,) = sites_of(builder.run(builder.thread("MainThread"), blocked(BlockKind.SLEEP, *GET), 1))
    assert site.count == 1


def test_waits_at_one_line_are_counted_by_the_times_that_the_thread_ran_in_between(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    for _ in range(39):
        builder.run(main, blocked(BlockKind.SLEEP, *GET), 0.05)
    (site,) = sites_of(builder)
    assert site.count == 39


def test_waits_shorter_than_a_sample_are_counted_too(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    (site,) = sites_of(builder.run(builder.thread("MainThread"), blocked(BlockKind.SLEEP, *GET).switching(1, 8), 1))
    assert site.count == 1 + 99 * 8


def test_a_wait_whose_stack_was_read_late_is_still_one(tmp_path: Path) -> None:
    """The thread never ran: the stack of the first sample was an old one."""
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    builder.run(main, blocked(BlockKind.SLEEP, *MAIN), 0.05).run(main, blocked(BlockKind.SLEEP, *GET).switching(0, 0), 0.5)
    assert sum(site.count or 0 for site in sites_of(builder)) == 2, "each site has at least one"


def test_a_wait_seen_with_changing_stacks_is_still_one(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    builder.run(main, blocked(BlockKind.SLEEP, *GET), 0.05)
    for number in range(20):
        builder.run(main, blocked(BlockKind.SLEEP, *(MAIN if number % 2 else GET)).switching(0, 0), 0.05)
    assert [site.count for site in sites_of(builder)] == [1, 1]


def test_the_count_is_unknown_where_switches_are(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    (site,) = sites_of(builder.run(builder.thread("MainThread"), blocked(BlockKind.SLEEP, *GET).switching(0, 0), 1))
    assert site.count is None


def test_time_without_a_sample_adds_seconds_and_no_wait(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    sleeps = blocked(BlockKind.SLEEP, *GET)
    (site,) = sites_of(builder.run(main, sleeps, 0.5).derived(main, sleeps, 0.5))
    assert (site.count, round(site.seconds, 3)) == (1, 1.0)


@pytest.mark.parametrize(
    "stack",
    [
        POOL_IDLE,
        (*THREAD, frame("monitor", f"{LIBRARY}/site-packages/tqdm/_monitor.py"), frame("Event.wait", f"{LIBRARY}/threading.py")),
        (*THREAD, frame("QueueListener._monitor", f"{LIBRARY}/logging/handlers.py"), frame("Queue.get", f"{LIBRARY}/queue.py")),
        (*THREAD, frame("worker", f"{LIBRARY}/multiprocessing/pool.py"), frame("SimpleQueue.get", f"{LIBRARY}/multiprocessing/queues.py")),
        (
            *MAIN,
            frame("_process_worker", f"{LIBRARY}/concurrent/futures/process.py"),
            frame("Queue.get", f"{LIBRARY}/multiprocessing/queues.py"),
            frame("SemLock.__enter__", f"{LIBRARY}/multiprocessing/synchronize.py"),
        ),
        (
            *MAIN,
            frame("BaseServer.serve_forever", f"{LIBRARY}/socketserver.py"),
            frame("PollSelector.select", f"{LIBRARY}/selectors.py"),
        ),
    ],
    ids=["pool worker", "library monitor", "log listener", "multiprocessing worker", "process pool worker", "socketserver"],
)
@pytest.mark.parametrize("kind", [None, BlockKind.QUEUE, BlockKind.SOCKET], ids=str)
def test_waiting_for_work_is_neither_a_wait_to_report_nor_a_lock(tmp_path: Path, stack: tuple[object, ...], kind: BlockKind | None) -> None:
    builder = RecordingBuilder(tmp_path)
    what = lock_wait(*stack) if kind is None else blocked(kind, *stack)  # type: ignore[arg-type]
    diagnosis = diagnose(builder.run(builder.thread("worker"), what, 2).build())
    assert diagnosis.blocking == ()
    assert diagnosis.findings == ()
    assert diagnosis.verdict.id is VerdictId.IDLE


def test_a_task_that_waits_is_reported_although_it_runs_in_a_pool(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    task = (*POOL_TASK, frame("task", "/app/task.py", 4))
    (site,) = sites_of(builder.run(builder.thread("pool_0"), blocked(BlockKind.QUEUE, *task), 1))
    assert site.location == Location(file="/app/task.py", line=4, function="task")


def test_very_short_waits_are_left_out(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    assert sites_of(builder.run(main, blocked(BlockKind.FILE, *GET), 0.01).run(main, running(*GET), 3)) == ()


def test_a_contended_lock_is_a_finding_with_its_line_and_waiters(tmp_path: Path) -> None:
    (finding,) = diagnose(lock_bound(tmp_path)).findings
    assert (finding.rule, finding.location) == ("lock-contention", Location(file="/app/journal.py", line=26, function="append"))
    assert "4 threads waited" in finding.message


def test_threads_that_only_wait_for_locks_look_like_a_deadlock(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    threads = [builder.thread(name) for name in ("one", "other")]
    builder.during(0.2, dict.fromkeys(threads, running(*GET)))
    stuck = diagnose(builder.during(30, dict.fromkeys(threads, lock_wait(*WITH_LOCK))).build())
    assert "deadlock" in stuck.verdict.next_step
    assert "shorter time" not in stuck.verdict.next_step


def test_a_convoy_is_not_called_a_deadlock(tmp_path: Path) -> None:
    assert "deadlock" not in diagnose(lock_bound(tmp_path)).verdict.next_step


def test_a_lock_that_is_seldom_waited_for_is_no_finding(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    builder.run(main, lock_wait(*WITH_LOCK), 0.08).run(main, running(*WITH_LOCK), 2)
    assert diagnose(builder.build()).findings == ()


def test_many_threads_that_seldom_wait_for_a_lock_are_no_finding(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    threads = [builder.thread(f"t{number}") for number in range(10)]
    for turn in range(200):
        now = {thread: blocked(BlockKind.SOCKET, *GET) for thread in threads}
        if turn % 2:
            now[threads[turn // 2 % 10]] = lock_wait(*WITH_LOCK)
        builder.during(0.01, now)
    assert diagnose(builder.build()).findings == ()


def test_a_lock_wait_without_a_stack_proves_no_contention(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    threads = [builder.thread(name) for name in "abc"]
    diagnosis = diagnose(builder.during(1, dict.fromkeys(threads, lock_wait())).build())
    assert diagnosis.findings == ()
    assert diagnosis.verdict.id is not VerdictId.LOCK_BOUND


@pytest.mark.parametrize("program", HEALTHY, ids=lambda value: value.__name__)
def test_healthy_programs_have_neither_lock_nor_pool_findings(program: Callable[[Path], Recording], tmp_path: Path) -> None:
    rules = {finding.rule for finding in diagnose(program(tmp_path)).findings}
    assert not rules & {"lock-contention", "pool-starved", "oversubscribed"}


def test_a_pool_whose_tasks_wait_for_its_own_tasks_is_starved(tmp_path: Path) -> None:
    diagnosis = diagnose(nested_pool(tmp_path))
    (finding,) = diagnosis.findings
    assert (finding.rule, finding.confidence) == ("pool-starved", Confidence.MEDIUM)
    assert finding.location == Location(file="/app/nested.py", line=9, function="outer")
    assert any("cannot be seen" in doubt for doubt in diagnosis.verdict.doubts)


def test_a_full_default_executor_is_only_a_guess(tmp_path: Path) -> None:
    verdict = diagnose(full_default_executor(tmp_path)).verdict
    assert (verdict.id, verdict.confidence) == (VerdictId.POOL_STARVED, Confidence.LOW)


def test_a_pool_of_sockets_with_every_worker_busy_is_healthy(tmp_path: Path) -> None:
    """All workers wait for sockets all the time: that is what the pool is for."""
    diagnosis = diagnose(io_bound_pool(tmp_path))
    assert diagnosis.findings == ()
    assert diagnosis.verdict.id is VerdictId.IO_BOUND


def test_a_pool_with_one_idle_worker_is_not_starved(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main, outer, idle = builder.thread("MainThread"), builder.thread("pool_0"), builder.thread("pool_1")
    builder.during(2, {main: waits_for_future, outer: blocked(BlockKind.JOIN, *NESTED), idle: idle_worker})
    assert diagnose(builder.build()).verdict.id is not VerdictId.POOL_STARVED


def test_a_default_executor_that_can_still_grow_is_not_full(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path, cores=8)
    workers = [builder.thread(f"asyncio_{number}") for number in range(6)]
    builder.during(2, dict.fromkeys(workers, blocked(BlockKind.SOCKET, *FETCH)))
    assert diagnose(builder.build()).verdict.id is VerdictId.IO_BOUND


def test_threads_whose_names_only_look_like_a_pool_s_are_no_pool(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    threads = [builder.thread(f"reader_{number}") for number in range(2)]
    builder.during(2, dict.fromkeys(threads, blocked(BlockKind.SOCKET, *THREAD, frame("read", "/app/r.py", 1))))
    assert diagnose(builder.build()).verdict.id is VerdictId.IO_BOUND
