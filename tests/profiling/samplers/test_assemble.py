"""How rows of the kernel and stacks become samples."""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from builders import LIBRARY, MAIN, SAMPLING, frame
from recorder_builders import Sweeps, history, thread, timeline

from conc_advisor.concurrency import BlockKind, ThreadState
from conc_advisor.profiling.recording import (
    ACTIVITIES,
    DERIVED,
    HOLDS_GIL,
    NO_CALLBACKS,
    NO_STACK,
    STALE_STACK,
    Activity,
    Header,
    Machine,
    ProcessInfo,
    RecordingWriter,
    StackTable,
    ThreadInfo,
)
from conc_advisor.profiling.samplers.assemble import Assembler, Assembly
from conc_advisor.profiling.samplers.stack_history import StackHistory
from conc_advisor.profiling.samplers.syscalls import Wait
from conc_advisor.profiling.samplers.threads import ThreadRecord

RUNNING: Final = Activity(ThreadState.RUNNING)
NATIVE: Final = Activity(ThreadState.NATIVE)
GIL_WAIT: Final = Activity(ThreadState.GIL_WAIT)
LOCK_WAIT: Final = Activity(ThreadState.LOCK_WAIT)
RUNNABLE: Final = Activity(ThreadState.RUNNABLE)
SLEEP: Final = Activity(ThreadState.BLOCKED, BlockKind.SLEEP)
OTHER: Final = Activity(ThreadState.BLOCKED, BlockKind.OTHER)


@dataclass(frozen=True, slots=True)
class _Sample:
    time_us: int
    thread: int
    stack: int
    activity: Activity
    seconds: float
    switches: int
    callbacks: int
    flags: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Assembled:
    samples: list[_Sample]
    result: Assembly

    def seconds(self, of: ThreadRecord) -> dict[Activity, float]:
        """Return how long a thread was in each state."""
        found: dict[Activity, float] = defaultdict(float)
        for sample in self.samples:
            if sample.thread == of.index:
                found[sample.activity] += sample.seconds
        return dict(found)

    def of(self, record: ThreadRecord) -> list[_Sample]:
        """Return a thread's samples."""
        return [sample for sample in self.samples if sample.thread == record.index]


class _Bench:
    """Assembles rows in a folder of the test."""

    def __init__(self, folder: Path) -> None:
        self.stacks = StackTable()
        self._folder = folder

    def assemble(
        self,
        sweeps: Sweeps,
        *records: ThreadRecord,
        known: StackHistory | None = None,
        holders: StackHistory | None = None,
        measured: bool = True,
    ) -> _Assembled:
        """Return the samples of these rows."""
        with RecordingWriter(self._folder / "recording.zip") as writer:
            assembler = Assembler(
                records=records,
                histories={0: known} if known else {},
                holder_histories={0: holders} if holders else {},
                measured=frozenset({0}) if measured else frozenset(),
                stacks=self.stacks,
                writer=writer,
            )
            result = assembler.run(sweeps.rows)
            recording = writer.finish(_header(records), self.stacks)
        samples = [
            _Sample(time_us, thread, stack, ACTIVITIES[code], *rest)
            for block in recording.blocks()
            for time_us, thread, stack, code, *rest in zip(*block.columns, strict=True)
        ]
        return _Assembled(samples=samples, result=result)


def _header(records: Sequence[ThreadRecord]) -> Header:
    threads = [
        ThreadInfo(process=0, os_thread_id=each.tid, name="", python=True, first_us=0, last_us=0, cpu_seconds=None, runqueue_seconds=None)
        for each in records
    ]
    process = ProcessInfo(pid=1, parent_pid=0, command="", python="", first_us=0, last_us=0, gil_measured=True, stacks=True)
    return Header(
        tool_version="",
        created="",
        command=(),
        attached=False,
        working_directory="",
        library_paths=(),
        duration_seconds=0,
        exit_status=None,
        machine=Machine(system="", cores=1, others_busy=None),
        sampling=SAMPLING,
        processes=(process,),
        threads=tuple(threads),
        event_loops=(),
        limits=(),
    )


@pytest.fixture
def bench(tmp_path: Path) -> _Bench:
    """Return a bench of the test's own."""
    return _Bench(tmp_path)


ONE, TWO = thread(0), thread(1)


def _random_run(source: random.Random, records: Sequence[ThreadRecord]) -> tuple[Sweeps, dict[int, float], dict[int, float]]:
    """Return rows of threads that do this and that, and for each the life that was seen and the CPU time that the kernel counted in it."""
    sweeps = Sweeps()
    life: dict[int, float] = defaultdict(float)
    cpu: dict[int, float] = defaultdict(float)
    for number in range(300):
        pause = source.uniform(0.002, 0.03)
        sweeps.after(pause)
        for record in records:
            wait = source.choice((Wait.ON_CPU, Wait.ON_CPU, Wait.GIL, Wait.SLEEP, Wait.FUTEX, Wait.SOCKET))
            used = source.uniform(0, pause * 0.7)
            holds = wait == Wait.ON_CPU and source.random() < 0.5
            sweeps.row(record, wait, holds=holds, cpu=used, queued=source.uniform(0, pause * 0.3), switches=source.randrange(3))
            if number > 0:
                life[record.index] += pause
                cpu[record.index] += used
    return sweeps, life, cpu


@pytest.mark.parametrize("seed", range(5))
def test_states_sum_to_the_life_and_keep_the_kernels_cpu_time(bench: _Bench, seed: int) -> None:
    """Whatever was sampled: running and native together are the CPU time that the kernel counted, and nothing is lost or made up."""
    source = random.Random(seed)  # noqa: S311 - not for secrets
    sweeps, life, cpu = _random_run(source, (ONE, TWO))
    found = bench.assemble(sweeps, ONE, TWO)
    for record in (ONE, TWO):
        seconds = found.seconds(record)
        assert sum(seconds.values()) == pytest.approx(life[record.index], rel=1e-4)
        assert seconds.get(RUNNING, 0) + seconds.get(NATIVE, 0) == pytest.approx(cpu[record.index], rel=0.02)
    assert all(sample.seconds >= 0 for sample in found.samples)


def test_samples_come_out_in_time_order(bench: _Bench) -> None:
    sweeps, _, _ = _random_run(random.Random(1), (ONE, TWO))  # noqa: S311 - not for secrets
    times = [sample.time_us for sample in bench.assemble(sweeps, ONE, TWO).samples]
    assert times == sorted(times)


def test_the_first_look_at_a_thread_that_was_there_before_carries_no_time(bench: _Bench) -> None:
    """It says what to count from: years of CPU time before us are not ours to show."""
    sweeps = Sweeps().after(5).row(ONE, Wait.ON_CPU, holds=True, cpu=1e6, queued=1e5, switches=70_000)
    assert bench.assemble(sweeps, ONE).samples == []
    sweeps = Sweeps().after(5)
    before = thread(0)
    before.base_cpu_ns = 10**15
    sweeps.row(before, Wait.SLEEP, cpu=1e6).after(0.01).row(before, Wait.SLEEP)
    assert bench.assemble(sweeps, before).seconds(before) == {SLEEP: pytest.approx(0.01)}


def test_a_thread_born_meanwhile_counts_from_its_birth(bench: _Bench) -> None:
    """Between two sweeps; half way, on average.  All its CPU time is its own."""
    born = thread(1, born=True)
    sweeps = Sweeps().after(0.01).row(ONE, Wait.SLEEP).after(0.02).row(ONE, Wait.SLEEP)
    sweeps.row(born, Wait.ON_CPU, holds=True, cpu=0.01).after(0.02).row(ONE, Wait.SLEEP).row(born, Wait.ON_CPU, holds=True, cpu=0.02)
    seconds = bench.assemble(sweeps, ONE, born).seconds(born)
    assert seconds == {RUNNING: pytest.approx(0.03, abs=1e-6)}


def test_a_thread_that_only_sleeps_is_never_seen_to_compute(bench: _Bench) -> None:
    sweeps = Sweeps()
    for _ in range(250):
        sweeps.after(0.01).row(ONE, Wait.SLEEP)
    found = bench.assemble(sweeps, ONE)
    assert found.seconds(ONE) == {SLEEP: pytest.approx(2.49, rel=1e-5)}
    assert found.result.samples == 249


def test_a_thread_that_only_computes_never_waits(bench: _Bench) -> None:
    sweeps = Sweeps()
    for _ in range(250):
        sweeps.after(0.01).row(ONE, Wait.ON_CPU, holds=True, cpu=0.01)
    assert bench.assemble(sweeps, ONE).seconds(ONE) == {RUNNING: pytest.approx(2.49, rel=1e-5)}


def test_cpu_time_between_the_sweeps_is_shown_but_is_no_sample(bench: _Bench) -> None:
    """Bursts that no sweep saw: the kernel counted them."""
    sweeps = Sweeps().after(0.01).row(ONE, Wait.SLEEP)
    for _ in range(50):
        sweeps.after(0.01).row(ONE, Wait.SLEEP, cpu=0.002, switches=1)
    found = bench.assemble(sweeps, ONE)
    assert found.seconds(ONE) == {RUNNING: pytest.approx(0.1), SLEEP: pytest.approx(0.4)}
    assert found.result.samples == 50
    assert {sample.flags & DERIVED for sample in found.of(ONE) if sample.activity == RUNNING} == {DERIVED}
    assert {sample.flags & DERIVED for sample in found.of(ONE) if sample.activity == SLEEP} == {0}


def test_time_in_the_run_queue_is_runnable(bench: _Bench) -> None:
    sweeps = Sweeps().after(0.01).row(ONE, Wait.ON_CPU, holds=True)
    for _ in range(50):
        sweeps.after(0.01).row(ONE, Wait.ON_CPU, holds=True, cpu=0.006, queued=0.004)
    found = bench.assemble(sweeps, ONE)
    assert found.seconds(ONE) == {RUNNING: pytest.approx(0.3, rel=1e-4), RUNNABLE: pytest.approx(0.2, rel=1e-4)}
    assert found.result.samples == 50


def test_a_little_run_queue_time_makes_no_samples_of_its_own(bench: _Bench) -> None:
    sweeps = Sweeps().after(0.01).row(ONE, Wait.ON_CPU, holds=True)
    for _ in range(50):
        sweeps.after(0.01).row(ONE, Wait.ON_CPU, holds=True, cpu=0.0099, queued=0.0001)
    assert len(bench.assemble(sweeps, ONE).samples) == 50


def test_the_holder_of_the_gil_is_flagged_even_asleep(bench: _Bench) -> None:
    """Asleep in C with the GIL held is worth a word of its own; nobody else is flagged."""
    sweeps = Sweeps().after(0.01).row(ONE, Wait.SLEEP).row(TWO, Wait.GIL)
    sweeps.after(0.01).row(ONE, Wait.SLEEP, holds=True).row(TWO, Wait.GIL)
    found = bench.assemble(sweeps, ONE, TWO)
    assert [(each.activity, each.flags & HOLDS_GIL) for each in found.of(ONE)] == [(SLEEP, HOLDS_GIL)]
    assert [(each.activity, each.flags & HOLDS_GIL) for each in found.of(TWO)] == [(GIL_WAIT, 0)]


def test_switches_and_callbacks_are_those_since_the_sample_before(bench: _Bench) -> None:
    sweeps = Sweeps().after(0.01).row(ONE, Wait.SLEEP, switches=50)
    sweeps.after(0.01).row(ONE, Wait.SLEEP, switches=3, callbacks=7).after(0.01).row(ONE, Wait.SLEEP)
    found = bench.assemble(sweeps, ONE)
    assert [(each.switches, each.callbacks) for each in found.samples] == [(3, 7), (0, NO_CALLBACKS)]


QUEUE_GET: Final = (*MAIN, frame("Queue.get", f"{LIBRARY}/queue.py", 171), frame("Condition.wait", f"{LIBRARY}/threading.py", 355))


def test_a_sample_has_the_stack_of_its_thread(bench: _Bench) -> None:
    """And its meaning: a futex under queue.get is a queue, the same futex elsewhere is a lock."""
    queue, own = bench.stacks.intern(QUEUE_GET), bench.stacks.intern(MAIN)
    known = history({ONE.tid: timeline((0, queue), name="consumer"), TWO.tid: timeline((0, own), name="locker")})
    sweeps = Sweeps().after(0.01).row(ONE, Wait.FUTEX).row(TWO, Wait.FUTEX).after(0.01).row(ONE, Wait.FUTEX).row(TWO, Wait.FUTEX)
    found = bench.assemble(sweeps, ONE, TWO, known=known)
    assert [(each.stack, each.activity) for each in found.of(ONE)] == [(queue, Activity(ThreadState.BLOCKED, BlockKind.QUEUE))]
    assert [(each.stack, each.activity) for each in found.of(TWO)] == [(own, LOCK_WAIT)]
    assert found.result.names == {0: "consumer", 1: "locker"}
    assert found.result.with_stacks == {0, 1}


def test_a_wait_has_one_stack(bench: _Bench) -> None:
    """A thread that has not been put on a core since has not moved: the stack seen at the end of its sleep is that of all of it."""
    before, during = bench.stacks.intern(MAIN), bench.stacks.intern(QUEUE_GET)
    known = history({ONE.tid: timeline((0, before), (60_000, during))}, gap_us=20_000)
    sweeps = Sweeps().after(0.01).row(ONE, Wait.ON_CPU, holds=True, switches=5).after(0.01).row(ONE, Wait.ON_CPU, holds=True, cpu=0.01)
    sweeps.after(0.005).row(ONE, Wait.FUTEX, switches=1)
    for _ in range(20):
        sweeps.after(0.01).row(ONE, Wait.FUTEX)
    asleep = [each for each in bench.assemble(sweeps, ONE, known=known).samples if each.activity.state is not ThreadState.RUNNING]
    assert {(each.stack, each.activity) for each in asleep} == {(during, Activity(ThreadState.BLOCKED, BlockKind.QUEUE))}


def test_a_stack_that_may_have_changed_is_marked(bench: _Bench) -> None:
    """And one that cannot have is not."""
    first, second = bench.stacks.intern(MAIN), bench.stacks.intern(QUEUE_GET)
    known = history({ONE.tid: timeline((0, first), (100_000, second))})
    sweeps = Sweeps()
    for _ in range(20):
        sweeps.after(0.01).row(ONE, Wait.ON_CPU, holds=True, cpu=0.01, switches=1)
    marked = [each.time_us for each in bench.assemble(sweeps, ONE, known=known).samples if each.flags & STALE_STACK]
    assert marked == [90_000]


def test_the_holders_stack_comes_from_the_holders_recording(bench: _Bench) -> None:
    """Where there is one; a thread that does not hold the GIL has its stack from the other."""
    rare, often = bench.stacks.intern(MAIN), bench.stacks.intern(QUEUE_GET)
    known = history({each.tid: timeline((0, rare)) for each in (ONE, TWO)})
    holders = history({each.tid: timeline((0, often)) for each in (ONE, TWO)})
    sweeps = Sweeps()
    for _ in range(3):
        sweeps.after(0.01).row(ONE, Wait.ON_CPU, holds=True, cpu=0.01).row(TWO, Wait.GIL)
    found = bench.assemble(sweeps, ONE, TWO, known=known, holders=holders)
    assert {each.stack for each in found.of(ONE)} == {often}
    assert {each.stack for each in found.of(TWO)} == {rare}


def asleep_then_computing(*, cpu: float) -> Sweeps:
    """Return a thread that sleeps for 0.6 s and later holds the GIL for 0.2 s, on CPU for `cpu` seconds of every 10 ms."""
    sweeps = Sweeps()
    for _ in range(60):
        sweeps.after(0.01).row(ONE, Wait.FUTEX)
    sweeps.after(0.2)
    for _ in range(20):
        sweeps.after(0.01).row(ONE, Wait.ON_CPU, holds=True, cpu=cpu, switches=1)
    return sweeps


def test_a_holders_stack_at_which_nobody_computes_is_overruled(bench: _Bench) -> None:
    """Where the other recording has proven that threads only sleep there: then what that has is the better guess."""
    computes, sleeps = bench.stacks.intern(MAIN), bench.stacks.intern(QUEUE_GET)
    holders = history({ONE.tid: timeline((0, sleeps))})

    def computed_at(known: StackHistory) -> set[int]:
        found = bench.assemble(asleep_then_computing(cpu=0.004), ONE, known=known, holders=holders)
        return {each.stack for each in found.of(ONE) if each.activity == RUNNING and not each.flags & DERIVED}

    assert computed_at(history({ONE.tid: timeline((0, sleeps), (700_000, computes))})) == {computes}
    assert computed_at(history({ONE.tid: timeline((700_000, computes))})) == {sleeps}


def test_a_stack_that_was_read_while_the_thread_computed_needs_no_holders_recording(bench: _Bench) -> None:
    """It computes on and on: what was read last is more than where it once held the GIL."""
    computes, once = bench.stacks.intern(MAIN), bench.stacks.intern((*MAIN, frame("once", line=9)))
    known = history({ONE.tid: timeline((700_000, computes))})
    holders = history({ONE.tid: timeline((0, once))})
    found = bench.assemble(asleep_then_computing(cpu=0.01), ONE, known=known, holders=holders)
    at = [each.stack for each in found.of(ONE) if each.activity == RUNNING and not each.flags & DERIVED]
    # Three gaps of the recorder have to pass before the stack is proven to be that of the stretch.
    assert (set(at[:4]), set(at[4:])) == ({once}, {computes})


def test_cpu_time_that_no_sample_saw_has_no_stack(bench: _Bench) -> None:
    """The line at which the thread sleeps is not the one at which it computed; the time it slept has its line."""
    asleep = bench.stacks.intern(QUEUE_GET)
    known = history({ONE.tid: timeline((0, asleep))})
    sweeps = Sweeps().after(0.01).row(ONE, Wait.FUTEX)
    for _ in range(20):
        sweeps.after(0.01).row(ONE, Wait.FUTEX, cpu=0.002, queued=0.001, switches=1)
    found = bench.assemble(sweeps, ONE, known=known)
    queue = Activity(ThreadState.BLOCKED, BlockKind.QUEUE)
    assert found.seconds(ONE) == {RUNNING: pytest.approx(0.04), RUNNABLE: pytest.approx(0.02), queue: pytest.approx(0.14)}
    assert {(each.activity, each.stack) for each in found.samples} == {(RUNNING, NO_STACK), (RUNNABLE, NO_STACK), (queue, asleep)}
    assert {each.flags & DERIVED for each in found.samples if each.activity != queue} == {DERIVED}


def test_a_native_thread_has_no_stack_and_no_claims(bench: _Bench) -> None:
    """Nothing says what its futex is for."""
    native = thread(0, python=False)
    sweeps = Sweeps().after(0.01).row(native, Wait.FUTEX).after(0.01).row(native, Wait.FUTEX).after(0.01).row(native, Wait.ON_CPU, cpu=0.01)
    found = bench.assemble(sweeps, native, known=history({}))
    assert set(found.seconds(native)) == {OTHER, NATIVE}
    assert {each.stack for each in found.samples} == {NO_STACK}
    assert found.result.with_stacks == set()


class TestWithoutAViewOfTheGil:
    """The next best: an estimate from the lines that compute elsewhere."""

    def test_a_futex_at_a_line_that_computes_is_the_gil(self, bench: _Bench) -> None:
        stack = bench.stacks.intern(MAIN)
        known = history({each.tid: timeline((0, stack)) for each in (ONE, TWO)})
        sweeps = Sweeps()
        for _ in range(10):
            sweeps.after(0.01).row(ONE, Wait.ON_CPU, cpu=0.01).row(TWO, Wait.FUTEX)
        found = bench.assemble(sweeps, ONE, TWO, known=known, measured=False)
        assert set(found.seconds(TWO)) == {GIL_WAIT}
        assert set(found.seconds(ONE)) == {RUNNING}

    def test_a_futex_at_a_line_that_never_computes_is_a_lock(self, bench: _Bench) -> None:
        one, two = bench.stacks.intern(MAIN), bench.stacks.intern((*MAIN, frame("take", line=4)))
        known = history({ONE.tid: timeline((0, one)), TWO.tid: timeline((0, two))})
        sweeps = Sweeps()
        for _ in range(10):
            sweeps.after(0.01).row(ONE, Wait.ON_CPU, cpu=0.01).row(TWO, Wait.FUTEX)
        assert set(bench.assemble(sweeps, ONE, TWO, known=known, measured=False).seconds(TWO)) == {LOCK_WAIT}

    def test_a_futex_in_a_known_wait_is_that_wait(self, bench: _Bench) -> None:
        """Also where a thread was once seen to compute there: it was about to wait."""
        stack = bench.stacks.intern(QUEUE_GET)
        known = history({each.tid: timeline((0, stack)) for each in (ONE, TWO)})
        sweeps = Sweeps()
        for _ in range(10):
            sweeps.after(0.01).row(ONE, Wait.ON_CPU, cpu=0.01).row(TWO, Wait.FUTEX)
        found = bench.assemble(sweeps, ONE, TWO, known=known, measured=False)
        assert set(found.seconds(TWO)) == {Activity(ThreadState.BLOCKED, BlockKind.QUEUE)}

    def test_a_thread_without_a_stack_is_not_pythons(self, bench: _Bench) -> None:
        sweeps = Sweeps()
        for _ in range(10):
            sweeps.after(0.01).row(ONE, Wait.ON_CPU, cpu=0.01).row(TWO, Wait.FUTEX)
        found = bench.assemble(sweeps, ONE, TWO, measured=False)
        assert set(found.seconds(ONE)) == {NATIVE}
        assert set(found.seconds(TWO)) == {OTHER}


def test_windows_of_any_length_lose_nothing(bench: _Bench) -> None:
    """A pause of minutes between two sweeps is one long sample, not a hole."""
    sweeps = Sweeps()
    for pause in (0.01, 300, 0.9, 0.2):
        sweeps.after(pause).row(ONE, Wait.SLEEP)
    assert bench.assemble(sweeps, ONE).seconds(ONE) == {SLEEP: pytest.approx(301.1, rel=1e-5)}


def test_no_rows_make_no_samples(bench: _Bench) -> None:
    found = bench.assemble(Sweeps())
    assert found.samples == []
    assert found.result == Assembly()
