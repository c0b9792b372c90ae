"""What a recording says of the workload, and that it says nothing that it did not see."""

from collections.abc import Callable
from pathlib import Path

import pytest
from builders import LIBRARY, MAIN, Doing, RecordingBuilder, blocked, frame, gil_wait, loop_idle, native, running
from scenarios import (
    ACCEPT,
    HANDLER,
    HEALTHY,
    PARSE,
    SCENARIOS,
    SLOW,
    fetches,
    gil_bound,
    healthy_loop,
    idle_loop,
    idle_server,
    io_bound_pool,
    lock_bound,
    mixed,
    native_bound,
    stalled_loop,
    too_short,
)

from conc_advisor.concurrency import BlockKind, VerdictId
from conc_advisor.findings import Confidence
from conc_advisor.profiling.analysis.diagnose import diagnose
from conc_advisor.profiling.recording import Frame, Recording
from conc_advisor.workload import (
    AsyncLib,
    Bottleneck,
    Evidence,
    ExistingLoop,
    Factor,
    FanOut,
    Gil,
    IoKind,
    Latency,
    Origin,
    PythonVersion,
    SharedState,
    Value,
)

INSTALLED = f"{LIBRARY}/site-packages"


def evidence(recording: Recording) -> dict[Factor, Evidence]:
    """Return what is said, by factor."""
    found = diagnose(recording).evidence
    assert len({each.factor for each in found}) == len(found)
    return {each.factor: each for each in found}


def values(recording: Recording) -> dict[Factor, Value]:
    return {factor: each.value for factor, each in evidence(recording).items()}


def waiting_in(folder: Path, *stack: Frame, kind: BlockKind = BlockKind.SOCKET) -> Recording:
    """Record two threads that wait below these frames."""
    builder = RecordingBuilder(folder)
    one, two = builder.thread("one"), builder.thread("two")
    builder.during(2.0, {one: blocked(kind, *stack), two: blocked(kind, *stack)})
    return builder.build()


@pytest.mark.parametrize(("program", "verdict"), SCENARIOS, ids=lambda value: getattr(value, "__name__", str(value)))
def test_every_statement_is_whole(program: Callable[[Path], Recording], verdict: VerdictId, tmp_path: Path) -> None:
    """It comes from the profile, can be checked, and stands in the order of the factors."""
    found = diagnose(program(tmp_path)).evidence
    assert [each.factor for each in found] == sorted((each.factor for each in found), key=list(Factor).index)
    assert all(each.origin is Origin.PROFILE and each.detail and not each.detail.endswith(".") for each in found)
    assert bool(found) is (verdict not in {VerdictId.IDLE, VerdictId.NOT_ENOUGH_EVIDENCE})


@pytest.mark.parametrize("program", [idle_loop, idle_server, too_short], ids=lambda program: program.__name__)
def test_what_shows_too_little_says_nothing(program: Callable[[Path], Recording], tmp_path: Path) -> None:
    assert evidence(program(tmp_path)) == {}


def test_threads_that_take_turns_on_the_gil_compute_and_hold_it(tmp_path: Path) -> None:
    found = evidence(gil_bound(tmp_path))
    assert found[Factor.BOTTLENECK].value is Bottleneck.CPU
    assert found[Factor.BOTTLENECK].confidence is Confidence.HIGH
    assert found[Factor.BOTTLENECK].detail.startswith("100% of the working threads' time on CPU or waiting for the GIL, 0% waiting")
    assert (found[Factor.GIL].value, found[Factor.GIL].confidence) == (Gil.HOLDS, Confidence.HIGH)
    assert (found[Factor.FAN_OUT].value, found[Factor.FAN_OUT].confidence) == (FanOut.FEW, Confidence.LOW)
    assert Factor.IO_KIND not in found


def test_native_code_computes_and_releases_the_gil(tmp_path: Path) -> None:
    found = values(native_bound(tmp_path))
    assert (found[Factor.BOTTLENECK], found[Factor.GIL]) == (Bottleneck.CPU, Gil.RELEASES)


def test_half_native_code_is_said_to_be_mixed_and_less_sure(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    for _ in range(50):
        builder.run(main, native(*PARSE), 0.02).run(main, running(*PARSE), 0.02)
    found = evidence(builder.build())[Factor.GIL]
    assert (found.value, found.confidence) == (Gil.MIXED, Confidence.MEDIUM)


def test_a_gil_that_was_not_read_is_not_spoken_of(tmp_path: Path) -> None:
    """A build without one, or one that cannot be read."""
    builder = RecordingBuilder(tmp_path)
    builder.process(gil_measured=False)
    builder.run(builder.thread("MainThread"), running(*PARSE), 2.0)
    found = values(builder.build())
    assert found[Factor.BOTTLENECK] is Bottleneck.CPU
    assert Factor.GIL not in found


def test_a_pool_on_sockets_waits(tmp_path: Path) -> None:
    found = evidence(io_bound_pool(tmp_path))
    assert found[Factor.BOTTLENECK].value is Bottleneck.IO
    assert "waiting for sockets" in found[Factor.BOTTLENECK].detail
    assert Factor.GIL not in found, "what hardly computes says nothing about the GIL"
    assert Factor.EXISTING_LOOP not in found


def test_a_loop_is_an_existing_loop_and_its_idle_time_is_waiting(tmp_path: Path) -> None:
    found = evidence(healthy_loop(tmp_path))
    assert (found[Factor.EXISTING_LOOP].value, found[Factor.EXISTING_LOOP].confidence) == (ExistingLoop.ASYNCIO, Confidence.HIGH)
    assert found[Factor.BOTTLENECK].value is Bottleneck.IO
    assert Factor.LATENCY not in found, "a loop that answers asks for nothing"
    assert Factor.FAN_OUT not in found, "one thread may serve any number"


def test_a_stalled_loop_has_to_be_kept_responsive(tmp_path: Path) -> None:
    found = evidence(stalled_loop(tmp_path))
    assert found[Factor.LATENCY].value is Latency.RESPONSIVE
    assert found[Factor.LATENCY].confidence is not Confidence.HIGH
    assert "120 ms" in found[Factor.LATENCY].detail


def test_what_keeps_a_loop_is_the_work_to_decide_on(tmp_path: Path) -> None:
    """A loop waits for the rest of its time: that is what it is for."""
    found = evidence(stalled_loop(tmp_path))
    assert found[Factor.BOTTLENECK].value is Bottleneck.IO
    assert found[Factor.ASYNC_LIB].value is AsyncLib.NO
    assert "slow()" in found[Factor.ASYNC_LIB].detail


@pytest.mark.parametrize(("what", "gil"), [(running, Gil.HOLDS), (native, Gil.RELEASES)])
def test_a_loop_that_computing_keeps_has_computing_to_decide_on(tmp_path: Path, what: Callable[..., Doing], gil: Gil) -> None:
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    builder.loop(main)
    for _ in range(20):
        builder.run(main, loop_idle().counted(2), 0.3).run(main, what(*SLOW).counted(1), 0.12)
    found = evidence(builder.build())
    assert found[Factor.BOTTLENECK].value is Bottleneck.MIXED
    assert found[Factor.GIL].value is gil
    assert Factor.ASYNC_LIB not in found


def test_nothing_blocks_a_healthy_loop(tmp_path: Path) -> None:
    found = evidence(healthy_loop(tmp_path))
    assert found[Factor.ASYNC_LIB].value is AsyncLib.NA
    assert found[Factor.BOTTLENECK].value is Bottleneck.IO


def test_a_loop_that_ran_for_a_moment_is_no_existing_loop(tmp_path: Path) -> None:
    """A script may call `asyncio.run` once."""
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    builder.loop(main).run(main, loop_idle().counted(2), 0.2).run(main, running(*PARSE), 2.0)
    assert Factor.EXISTING_LOOP not in evidence(builder.build())


def test_a_lock_that_threads_queue_for_guards_shared_state(tmp_path: Path) -> None:
    found = evidence(lock_bound(tmp_path))
    assert found[Factor.SHARED_STATE].value is SharedState.MUTABLE
    assert found[Factor.SHARED_STATE].confidence is not Confidence.HIGH


def test_only_a_lock_verdict_speaks_of_shared_state(tmp_path: Path) -> None:
    for number, program in enumerate(HEALTHY):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert Factor.SHARED_STATE not in evidence(program(folder)), program.__name__


def test_computing_beside_many_waiting_threads_is_both(tmp_path: Path) -> None:
    """Ten threads that wait must not hide the one that keeps a core busy."""
    builder = RecordingBuilder(tmp_path)
    threads = [builder.thread(f"fetch-{number}") for number in range(10)]
    busy = builder.thread("busy")
    waits = {thread: blocked(BlockKind.SOCKET, *MAIN, frame("fetch", "/app/fetch.py", 3)) for thread in threads}
    builder.during(2.0, waits | {busy: running(*PARSE)})
    found = evidence(builder.build())
    assert found[Factor.BOTTLENECK].value is Bottleneck.MIXED
    assert found[Factor.GIL].value is Gil.HOLDS


def test_a_mixed_verdict_is_never_sure(tmp_path: Path) -> None:
    assert all(each.confidence is not Confidence.HIGH for each in evidence(mixed(tmp_path)).values() if each.factor is not Factor.PYTHON)


def test_a_share_near_the_limit_is_said_with_little_confidence(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    for _ in range(40):
        builder.run(main, running(*PARSE), 0.07).run(main, blocked(BlockKind.SOCKET, *PARSE), 0.03)
    assert evidence(builder.build())[Factor.BOTTLENECK].confidence is Confidence.LOW


@pytest.mark.parametrize(
    ("file", "kind", "has_async"),
    [
        (f"{INSTALLED}/requests/sessions.py", IoKind.HTTP, AsyncLib.YES),
        (f"{INSTALLED}/pymysql/connections.py", IoKind.DB, AsyncLib.YES),
        (f"{LIBRARY}/urllib/request.py", IoKind.HTTP, AsyncLib.YES),
        (f"{LIBRARY}/http/client.py", IoKind.HTTP, AsyncLib.YES),
    ],
)
def test_the_library_below_the_users_line_names_the_kind(tmp_path: Path, file: str, kind: IoKind, has_async: AsyncLib) -> None:
    """Whatever that library calls in its turn."""
    stack = (*MAIN, frame("fetch", "/app/fetch.py", 3), frame("get", file, 10), frame("readinto", f"{LIBRARY}/socket.py", 700))
    found = evidence(waiting_in(tmp_path, *stack))
    assert (found[Factor.IO_KIND].value, found[Factor.IO_KIND].confidence) == (kind, Confidence.MEDIUM)
    assert found[Factor.ASYNC_LIB].value is has_async


def test_the_outermost_library_counts(tmp_path: Path) -> None:
    """The user called requests; that urllib3 is below it is not for the user to change."""
    stack = (
        *MAIN,
        frame("fetch", "/app/fetch.py", 3),
        frame("get", f"{INSTALLED}/requests/api.py", 10),
        frame("urlopen", f"{INSTALLED}/urllib3/connectionpool.py", 10),
    )
    assert evidence(waiting_in(tmp_path, *stack))[Factor.IO_KIND].detail.startswith("requests: ")


@pytest.mark.parametrize(
    "stack",
    [
        (*MAIN, frame("fetch", "/app/fetch.py", 3)),
        (*MAIN, frame("fetch", "/app/fetch.py", 3), frame("readinto", f"{LIBRARY}/socket.py", 700)),
        (*MAIN, frame("fetch", "/app/fetch.py", 3), frame("get", f"{INSTALLED}/nobody_knows/client.py", 7)),
        (),
    ],
    ids=["a C extension", "a bare socket", "an unknown library", "no stack"],
)
def test_a_kind_that_no_frame_tells_is_left_open(tmp_path: Path, stack: tuple[Frame, ...]) -> None:
    found = evidence(waiting_in(tmp_path, *stack))
    assert Factor.BOTTLENECK in found
    assert Factor.IO_KIND not in found
    assert Factor.ASYNC_LIB not in found


def test_two_kinds_of_libraries_side_by_side_name_none(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    waits = {}
    for package in ("requests", "pymysql"):
        stack = (*MAIN, frame("f", "/app/f.py", 3), frame("g", f"{INSTALLED}/{package}/x.py", 1))
        waits[builder.thread(package)] = blocked(BlockKind.SOCKET, *stack)
    builder.during(2.0, waits)
    assert Factor.IO_KIND not in evidence(builder.build())


@pytest.mark.parametrize(("kind", "expected"), [(BlockKind.FILE, IoKind.DISK), (BlockKind.SUBPROCESS, IoKind.SUBPROCESS)])
def test_files_and_programs_are_named_by_the_kernel(tmp_path: Path, kind: BlockKind, expected: IoKind) -> None:
    found = evidence(waiting_in(tmp_path, *MAIN, frame("f", "/app/f.py", 3), kind=kind))[Factor.IO_KIND]
    assert (found.value, found.confidence) == (expected, Confidence.MEDIUM)


def test_sleep_is_no_kind_of_io(tmp_path: Path) -> None:
    found = evidence(waiting_in(tmp_path, *MAIN, frame("f", "/app/f.py", 3), kind=BlockKind.SLEEP))
    assert found[Factor.BOTTLENECK].value is Bottleneck.IO
    assert Factor.IO_KIND not in found


def test_a_client_seen_at_work_in_a_loop_is_a_guess(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    builder.loop(main)
    parsing = (*HANDLER, frame("start", f"{INSTALLED}/aiohttp/client_reqrep.py", 9))
    for _ in range(40):
        builder.run(main, loop_idle().counted(2), 0.04).run(main, running(*parsing).counted(4), 0.01)
    found = evidence(builder.build())[Factor.IO_KIND]
    assert (found.value, found.confidence) == (IoKind.HTTP, Confidence.LOW)


def test_idle_workers_are_not_work(tmp_path: Path) -> None:
    """Only what threads do beside waiting for work is counted: here one computes and the pool waits for it."""
    builder = RecordingBuilder(tmp_path)
    main, worker = builder.thread("MainThread"), builder.thread("worker")
    builder.during(2.0, {main: running(*PARSE), worker: blocked(BlockKind.QUEUE, *MAIN, frame("Queue.get", f"{LIBRARY}/queue.py", 180))})
    found = values(builder.build())
    assert found[Factor.BOTTLENECK] is Bottleneck.CPU
    assert Factor.FAN_OUT not in found


def test_a_thread_that_waits_for_callers_is_not_work(tmp_path: Path) -> None:
    """It sleeps on a socket all the time, beside one that computes."""
    builder = RecordingBuilder(tmp_path)
    main, server = builder.thread("MainThread"), builder.thread("server")
    builder.during(2.0, {main: running(*PARSE), server: blocked(BlockKind.SOCKET, *ACCEPT)})
    assert values(builder.build())[Factor.BOTTLENECK] is Bottleneck.CPU


def test_a_librarys_own_threads_that_compute_are_seen(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main, blas = builder.thread("MainThread"), builder.thread("blas-1", python=False)
    builder.during(2.0, {main: native(*PARSE), blas: native()})
    found = evidence(builder.build())[Factor.OWN_THREADS]
    assert (found.value, found.confidence) == (True, Confidence.MEDIUM)


def test_a_librarys_thread_that_keeps_house_is_not(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main, keeper = builder.thread("MainThread"), builder.thread("keeper", python=False)
    builder.during(0.1, {main: running(*PARSE), keeper: native()})
    builder.during(1.9, {main: running(*PARSE), keeper: blocked(BlockKind.OTHER)})
    assert Factor.OWN_THREADS not in evidence(builder.build())


def test_the_python_is_that_of_the_process(tmp_path: Path) -> None:
    found = evidence(gil_bound(tmp_path))[Factor.PYTHON]
    assert found.value == PythonVersion(12)
    assert "3.12.1" in found.detail


def test_threads_that_only_wait_for_the_gil_count_as_computing(tmp_path: Path) -> None:
    """Their time is wanted for computing: more cores would give it to them."""
    builder = RecordingBuilder(tmp_path)
    threads = [builder.thread(f"cpu-{number}") for number in range(4)]
    for turn in range(200):
        builder.during(0.01, {thread: running(*PARSE) if turn % 4 == thread else gil_wait(*PARSE) for thread in threads})
    assert values(builder.build())[Factor.BOTTLENECK] is Bottleneck.CPU


def test_the_thread_that_only_starts_the_others_is_not_one_of_them(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main, one, two = (builder.thread(name) for name in ("MainThread", "one", "two"))
    builder.during(0.2, {main: running(*PARSE), one: gil_wait(*PARSE), two: gil_wait(*PARSE)})
    for turn in range(100):
        holds = turn % 2
        now = {thread: running(*PARSE) if number == holds else gil_wait(*PARSE) for number, thread in enumerate((one, two))}
        builder.during(0.01, now | {main: blocked(BlockKind.JOIN, *MAIN)})
    assert evidence(builder.build())[Factor.FAN_OUT].detail == "2 threads were at work"


def test_a_pool_of_eight_has_a_fan_out_of_a_few(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    fetches(builder, [builder.thread(f"fetch-{number}") for number in range(8)], 2.0)
    found = evidence(builder.build())[Factor.FAN_OUT]
    assert (found.value, found.confidence) == (FanOut.FEW, Confidence.LOW)
