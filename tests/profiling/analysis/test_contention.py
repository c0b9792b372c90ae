"""Who waited for the GIL, who held it meanwhile and where, and what leaving it may gain."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from builders import LIBRARY, MAIN, POOL_TASK, THREAD, RecordingBuilder, blocked, frame, gil_wait, native, running
from scenarios import HEALTHY, PARSE, gil_bound, in_turn, io_bound_pool, native_bound

from conc_advisor.concurrency import BlockKind
from conc_advisor.findings import Location, Severity
from conc_advisor.profiling.analysis.contention import UNKNOWN_HOLDER, speedup
from conc_advisor.profiling.analysis.diagnose import diagnose
from conc_advisor.profiling.diagnosis import GilContention
from conc_advisor.profiling.recording import Recording

DUMPS = (*THREAD, frame("dump", "/app/dump.py", 8))
QUERY = (*THREAD, frame("query", "/app/query.py", 15))


def gil_of(recording: Recording) -> GilContention:
    (contention,) = diagnose(recording).contention
    return contention


def test_two_threads_that_compute_wait_half_of_the_time(tmp_path: Path) -> None:
    gil = gil_of(gil_bound(tmp_path))
    assert gil.held_share == pytest.approx(1.0)
    assert gil.waiting_share == pytest.approx(0.5)
    assert gil.waited_seconds == pytest.approx(2.0)
    assert gil.native_seconds == 0


def test_a_wait_is_charged_to_the_holder_and_its_line_at_that_instant(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    waiter, first, second = (builder.thread(name) for name in ("waiter", "first", "second"))
    asleep = blocked(BlockKind.SLEEP, *MAIN)
    builder.during(0.7, {waiter: gil_wait(*PARSE), first: running(*PARSE), second: asleep})
    builder.during(0.3, {waiter: gil_wait(*PARSE), first: asleep, second: running(*DUMPS)})
    sites = gil_of(builder.build()).holders
    assert [(site.waiter, site.holder, site.location) for site in sites] == [
        ("waiter", "first", Location(file="/app/parse.py", line=41, function="parse")),
        ("waiter", "second", Location(file="/app/dump.py", line=8, function="dump")),
    ]
    assert [site.share for site in sites] == pytest.approx([0.7, 0.3])
    assert [site.seconds for site in sites] == pytest.approx([0.7, 0.3])


def test_a_holder_without_user_code_is_named_by_its_library_line(tmp_path: Path) -> None:
    """`asyncio.to_thread(json.dumps, data)`: no line of the user is on the stack."""
    builder = RecordingBuilder(tmp_path)
    waiter, holder = builder.thread("waiter"), builder.thread("asyncio_0")
    dumps = frame("JSONEncoder.iterencode", f"{LIBRARY}/json/encoder.py", 258)
    for way in (POOL_TASK, (*POOL_TASK, frame("dumps", f"{LIBRARY}/json/__init__.py", 231))):
        builder.during(0.5, {waiter: gil_wait(*PARSE), holder: running(*way, dumps)})
    (site,) = gil_of(builder.build()).holders
    assert site.location == Location(file=f"{LIBRARY}/json/encoder.py", line=258, function="JSONEncoder.iterencode")
    assert site.share == pytest.approx(1.0)


def test_a_sweep_without_a_holder_is_charged_to_nobody(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    one, other = builder.thread("one"), builder.thread("other")
    builder.during(1, {one: gil_wait(*PARSE), other: blocked(BlockKind.SLEEP, *MAIN)})
    (site,) = gil_of(builder.build()).holders
    assert (site.holder, site.location) == (UNKNOWN_HOLDER, None)
    assert site.share == pytest.approx(1.0)


def test_a_holder_in_another_process_is_not_to_blame(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    waiter = builder.thread("waiter", process=builder.process(pid=1))
    stranger = builder.thread("stranger", process=builder.process(pid=2))
    builder.during(1, {waiter: gil_wait(*PARSE), stranger: running(*DUMPS)})
    waiting, computing = diagnose(builder.build()).contention
    assert [site.holder for site in waiting.holders] == [UNKNOWN_HOLDER]
    assert (computing.holders, computing.waited_seconds) == ((), 0)


def test_time_without_a_sample_counts_for_seconds_and_for_no_holder(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    one, other = builder.thread("one"), builder.thread("other")
    builder.during(1, {one: running(*PARSE), other: blocked(BlockKind.SLEEP, *MAIN)}).derived(other, gil_wait(*PARSE), 0.5)
    gil = gil_of(builder.build())
    assert gil.waited_seconds == pytest.approx(0.5)
    assert gil.holders == ()


def test_running_time_without_a_sample_is_time_that_the_gil_was_held(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    builder.run(main, blocked(BlockKind.SLEEP, *MAIN), 1).derived(main, running(*MAIN), 0.25)
    assert gil_of(builder.build()).held_share == pytest.approx(0.25)


def asleep_holding(folder: Path, *, waiting: bool = True) -> Recording:
    builder = RecordingBuilder(folder)
    holder, other = builder.thread("holder"), builder.thread("other")
    builder.during(0.5, {holder: running(*PARSE), other: blocked(BlockKind.SLEEP, *MAIN)})
    sleeps = blocked(BlockKind.SOCKET, *QUERY).holding()
    return builder.during(0.5, {holder: sleeps, other: gil_wait(*PARSE) if waiting else blocked(BlockKind.SLEEP, *MAIN)}).build()


def test_a_gil_held_asleep_is_found_with_what_the_others_waited(tmp_path: Path) -> None:
    diagnosis = diagnose(asleep_holding(tmp_path))
    (site,) = diagnosis.contention[0].asleep_holding
    assert (site.thread, site.location) == ("holder", Location(file="/app/query.py", line=15, function="query"))
    assert [site.seconds, site.others_waited_seconds] == pytest.approx([0.5, 0.5])
    assert "gil-held-asleep" in {finding.rule for finding in diagnosis.findings}
    assert "query() (query.py:15)" in diagnosis.verdict.next_step


def test_a_gil_held_asleep_that_nobody_wants_is_no_alarm(tmp_path: Path) -> None:
    assert diagnose(asleep_holding(tmp_path, waiting=False)).findings == ()


def test_one_reading_of_a_sleeping_holder_proves_nothing(tmp_path: Path) -> None:
    """State and holder are read an instant apart."""
    builder = RecordingBuilder(tmp_path)
    holder, other = builder.thread("holder"), builder.thread("other")
    builder.during(0.5, {holder: running(*PARSE), other: gil_wait(*PARSE)})
    builder.during(0.02, {holder: blocked(BlockKind.SOCKET, *QUERY).holding(), other: gil_wait(*PARSE)})
    assert gil_of(builder.build()).asleep_holding == ()


def test_no_contention_promises_no_gain(tmp_path: Path) -> None:
    assert gil_of(native_bound(tmp_path)).gain is None


def test_healthy_io_threads_promise_no_gain(tmp_path: Path) -> None:
    assert gil_of(io_bound_pool(tmp_path)).gain is None


@pytest.mark.parametrize("cores", [1, 2, 3, 64])
@pytest.mark.parametrize("threads", [2, 5])
def test_a_gain_never_exceeds_the_cores_nor_the_threads(tmp_path: Path, cores: int, threads: int) -> None:
    builder = RecordingBuilder(tmp_path, cores=cores)
    in_turn(builder, [builder.thread(f"t{number}") for number in range(threads)], running(*PARSE), gil_wait(*PARSE), rounds=100)
    gain = gil_of(builder.build()).gain
    if cores == 1:
        assert gain is None
    else:
        assert gain is not None
        assert 1 < gain.low <= gain.high <= min(cores, threads) + 1e-6
        assert gain.high == pytest.approx(min(cores, threads))
        assert gain.assumption


def test_a_gain_is_a_range_when_only_part_of_the_time_was_contended(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    one, other = builder.thread("one"), builder.thread("other")
    for first, second in ((one, other), (other, one)):
        builder.during(0.25, {first: running(*PARSE), second: blocked(BlockKind.SOCKET, *MAIN)})
        builder.during(0.25, {first: running(*PARSE), second: gil_wait(*PARSE)})
    gain = gil_of(builder.build()).gain
    assert gain is not None
    assert gain.low == pytest.approx(1 / 0.75, rel=0.02)
    assert gain.high == pytest.approx(2.0, rel=0.02)
    assert gain.assumption.startswith("low: ")


def shared_unevenly(folder: Path, most: float) -> Recording:
    """Return a second in which one thread computes for `most` of it and another for the rest; whoever does not waits for the GIL."""
    builder = RecordingBuilder(folder, cores=8)
    one, other = builder.thread("one"), builder.thread("other")
    builder.during(most, {one: running(*PARSE), other: gil_wait(*PARSE)})
    return builder.during(1 - most, {one: gil_wait(*PARSE), other: running(*PARSE)}).build()


@pytest.mark.parametrize("most", [0.5, 0.6, 0.75, 0.9])
def test_a_gain_ends_where_one_thread_has_most_of_the_work(tmp_path: Path, most: float) -> None:
    """It is as long at it alone as it is now."""
    gain = gil_of(shared_unevenly(tmp_path, most)).gain
    assert gain is not None
    assert gain.high == pytest.approx(1 / most, rel=0.001)
    assert gain.low <= gain.high
    assert ("low: " in gain.assumption) is (f"{gain.low:.2f}" != f"{gain.high:.2f}")


@pytest.mark.parametrize("most", [1.0, 0.99, 0.96])
def test_a_thread_that_computes_alone_promises_no_gain(tmp_path: Path, most: float) -> None:
    """However long another waits for it: a gain of under a twentieth is none."""
    gil = gil_of(shared_unevenly(tmp_path, most))
    assert gil.waited_seconds > 0.9
    assert gil.gain is None


def test_native_threads_leave_fewer_cores_for_the_gain(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path, cores=4)
    threads = [builder.thread(f"t{number}") for number in range(4)]
    blas = [builder.thread(f"blas{number}", python=False) for number in range(2)]
    for turn in range(100):
        now = {thread: running(*PARSE) if thread == threads[turn % 4] else gil_wait(*PARSE) for thread in threads}
        builder.during(0.01, now | dict.fromkeys(blas, native()))
    gain = gil_of(builder.build()).gain
    assert gain is not None
    assert gain.high == pytest.approx(2.0)


def test_threads_without_python_take_no_part(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    builder.during(1, {builder.thread("MainThread"): running(*MAIN), builder.thread("blas", python=False): native()})
    gil = gil_of(builder.build())
    assert gil.waited_seconds == 0
    assert gil.native_seconds == pytest.approx(1.0)


def test_an_estimate_is_marked(tmp_path: Path) -> None:
    recording = gil_bound(tmp_path)
    process = replace(recording.header.processes[0], gil_measured=False)
    assert not gil_of(replace(recording, header=replace(recording.header, processes=(process,)))).measured


@pytest.mark.parametrize("program", HEALTHY, ids=lambda value: value.__name__)
def test_healthy_programs_have_no_contention_finding(program: Callable[[Path], Recording], tmp_path: Path) -> None:
    rules = {finding.rule for finding in diagnose(program(tmp_path)).findings}
    assert not rules & {"gil-contention", "gil-held-asleep"}


def test_contention_is_an_error_when_it_takes_most_of_the_time(tmp_path: Path) -> None:
    (finding,) = diagnose(gil_bound(tmp_path)).findings
    assert (finding.rule, finding.severity) == ("gil-contention", Severity.ERROR)
    assert finding.location == Location(file="/app/parse.py", line=41, function="parse")


@pytest.mark.parametrize(("parallel", "ways", "expected"), [(0, 4, 1), (10, 1, 1), (10, 2, 2), (5, 2, 4 / 3), (99, 2, 2)])
def test_amdahl(parallel: float, ways: float, expected: float) -> None:
    assert speedup(10, parallel, ways) == pytest.approx(expected)
