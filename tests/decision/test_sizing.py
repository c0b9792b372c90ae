"""The numbers to start from."""

from dataclasses import replace
from itertools import cycle

import pytest
from workload_samples import a_workload, python, quantities, workloads

from conc_advisor.concurrency import ConcurrencyModel as Model
from conc_advisor.costs.unit_costs import StartMethod, UnitCosts, shipped_costs
from conc_advisor.decision.recommend import recommend
from conc_advisor.decision.recommendation import Size
from conc_advisor.decision.sizing.doubts import doubts
from conc_advisor.decision.sizing.sizes import sizes
from conc_advisor.workload import (
    AsyncLib,
    Bottleneck,
    ExistingLoop,
    FanOut,
    Gil,
    IoKind,
    Latency,
    OperatingSystem,
    Payload,
    Quantities,
    TaskDuration,
    Workload,
)

COSTS = shipped_costs(None)
IO = Bottleneck.IO
CPU = Bottleneck.CPU


def sizes_of(model: Model, workload: Workload | None = None, **numbers: float) -> dict[str, Size]:
    """Return the sizes of a model by name."""
    given = Quantities(**numbers)  # type: ignore[arg-type]  # each test names what it gives
    return {size.name: size for size in sizes(model, workload or Workload(), given, COSTS)}


def value(model: Model, name: str, workload: Workload | None = None, **numbers: float) -> int | None:
    """Return one size."""
    return sizes_of(model, workload, **numbers)[name].value


@pytest.mark.parametrize("model", Model)
def test_every_size_is_positive_or_says_what_is_missing(model: Model) -> None:
    for workload, numbers in zip(workloads(200), cycle(quantities(40)), strict=False):
        for size in sizes(model, workload, numbers, COSTS):
            assert size.value is None or size.value >= 1
            assert size.formula
            assert size.inputs
            assert size.source
            if size.value is None:
                assert "not known" in size.inputs, size
                assert not size.measured


@pytest.mark.parametrize("model", Model)
def test_nothing_known_is_nothing_measured(model: Model) -> None:
    assert not any(size.measured for size in sizes(model, Workload(), Quantities(), COSTS) if size.name != "chunk size")


@pytest.mark.parametrize("model", Model)
def test_more_cores_are_never_fewer_workers(model: Model) -> None:
    for workload, numbers in zip(workloads(150), cycle(quantities(40)), strict=False):
        found = [
            size.value
            for cores in (1, 2, 3, 8, 61, 62, 500)
            for size in sizes(model, workload, replace(numbers, cores=cores), COSTS)
            if size.name == "workers"
        ]
        assert found == sorted(found, key=lambda each: each or 0)


@pytest.mark.parametrize("model", [Model.PROCESSES, Model.ASYNCIO_PROCESSES, Model.INTERPRETERS])
def test_memory_bounds_the_workers(model: Model) -> None:
    for worker_mb in (1, 14, 300, 5_000):
        for memory_mb in (64, 2_000, 64_000):
            workers = value(model, "workers", cores=256, memory_mb=memory_mb, worker_mb=worker_mb)
            assert workers is not None
            assert workers * worker_mb <= memory_mb or workers == 1


def test_memory_alone_bounds_by_a_worker_that_has_imported_nothing() -> None:
    """13 MB is what a spawned process takes at least."""
    found = sizes_of(Model.PROCESSES, cores=64, memory_mb=130)["workers"]
    assert found.value == int(130 // (COSTS.process_kb[StartMethod.SPAWN] / 1024))
    assert "without your imports" in found.inputs
    assert not found.measured


@pytest.mark.parametrize("model", [Model.PROCESSES, Model.ASYNCIO_PROCESSES])
def test_windows_takes_at_most_61_workers(model: Model) -> None:
    windows = a_workload(os=OperatingSystem.WINDOWS)
    assert value(model, "workers", windows, cores=128) == 61
    assert (value(model, "workers", a_workload(os=OperatingSystem.LINUX), cores=128) or 0) > 61


def test_no_more_workers_than_items() -> None:
    assert value(Model.PROCESSES, "workers", cores=64, items=3) == 3
    assert value(Model.PROCESSES, "workers", a_workload(fan_out=FanOut.FEW), cores=64) == 20


def test_a_loop_keeps_a_core_for_itself() -> None:
    assert value(Model.ASYNCIO_PROCESSES, "workers", cores=8) == 7
    assert value(Model.ASYNCIO_PROCESSES, "workers", cores=1) == 1
    assert value(Model.ASYNCIO_PROCESSES, "jobs in flight", cores=8) == 14


MIXED = a_workload(bottleneck=Bottleneck.MIXED, io_kind=IoKind.HTTP, fan_out=FanOut.HUNDREDS)


def test_a_loop_beside_processes_has_two_limits() -> None:
    """Waits in flight as for asyncio, with their connections; jobs as for the pool."""
    found = sizes_of(Model.ASYNCIO_PROCESSES, MIXED, cores=2)
    alone = sizes_of(Model.ASYNCIO, MIXED, cores=2)
    assert found["in flight"] == alone["in flight"]
    assert found["connection limit"] == alone["connection limit"]
    assert (found["in flight"].value, found["jobs in flight"].value) == (100, 2)
    limited = sizes_of(Model.ASYNCIO_PROCESSES, MIXED, cores=2, downstream_limit=7)
    assert (limited["in flight"].value, limited["connection limit"].value) == (7, 7)


def test_each_process_needs_so_many_waits_to_be_fed() -> None:
    """90 ms of waiting before 10 ms of computing: nine waits for each of three processes, and one."""
    found = sizes_of(Model.ASYNCIO_PROCESSES, MIXED, cores=4, items=1_000, item_seconds=0.1, cpu_seconds=0.01)["in flight"]
    assert found.value == 28
    assert found.measured


@pytest.mark.parametrize(
    "workload", [Workload(), a_workload(bottleneck=CPU, io_kind=IoKind.HTTP), a_workload(existing_loop=ExistingLoop.ASYNCIO)]
)
def test_where_nothing_is_known_to_wait_there_is_no_limit_for_it(workload: Workload) -> None:
    assert not {"in flight", "connection limit"} & set(sizes_of(Model.ASYNCIO_PROCESSES, workload, cores=8))


def test_unknown_cores_are_asked_for() -> None:
    found = sizes_of(Model.PROCESSES, items=100)["workers"]
    assert found.value is None
    assert "cores: not known" in found.inputs


def test_the_chunk_gives_each_worker_four_and_five_milliseconds_in_each() -> None:
    assert value(Model.PROCESSES, "chunk size", cores=4, items=1_600) == 100
    assert value(Model.PROCESSES, "chunk size", cores=4, items=1_000_000, item_seconds=1e-3) == 1_000
    assert value(Model.PROCESSES, "chunk size", cores=4, items=1_600, item_seconds=1e-5) == 400
    assert value(Model.PROCESSES, "chunk size", cores=4, items=1_600, item_seconds=3.0) == 1
    assert value(Model.PROCESSES, "chunk size", item_seconds=1e-3) == 5


@pytest.mark.parametrize("workload", [a_workload(need_kill=True), a_workload(latency=Latency.HARD_TIMEOUT)])
def test_what_must_be_ended_alone_travels_alone(workload: Workload) -> None:
    assert value(Model.PROCESSES, "chunk size", workload, cores=4, items=10_000, item_seconds=1e-3) == 1


def test_a_pool_pays_later_where_processes_are_spawned() -> None:
    linux, windows = a_workload(os=OperatingSystem.LINUX), a_workload(os=OperatingSystem.WINDOWS)
    name = "total work that pays for a new pool"
    forked, spawned = (value(Model.PROCESSES, name, workload, cores=2) for workload in (linux, windows))
    assert forked == 126  # 62.92 ms for the pool / (1 - 1 / 2)
    assert spawned == 149
    assert name not in sizes_of(Model.PROCESSES, linux, cores=1)


def test_memory_that_is_tight_asks_for_the_growth_of_a_worker() -> None:
    found = sizes_of(Model.PROCESSES, a_workload(memory_tight=True), cores=4)["tasks per child"]
    assert found.value is None
    assert "growth" in found.inputs
    assert "tasks per child" not in sizes_of(Model.PROCESSES, cores=4)


def test_inner_threads_times_workers_stay_within_the_cores() -> None:
    for cores in (1, 2, 8, 24):
        for items in (1, 3, 100):
            found = sizes_of(Model.THREADS, a_workload(bottleneck=CPU, gil=Gil.RELEASES), cores=cores, items=items)
            workers, inner = found["workers"].value, found["inner threads"].value
            assert workers is not None
            assert inner is not None
            assert workers * inner <= cores


def test_threads_for_waits_are_as_many_as_there_are_waits() -> None:
    assert value(Model.THREADS, "workers", a_workload(bottleneck=IO, fan_out=FanOut.FEW)) == 20
    assert value(Model.THREADS, "workers", a_workload(bottleneck=IO), items=7) == 7
    assert value(Model.THREADS, "workers", a_workload(bottleneck=IO, fan_out=FanOut.MORE)) == 100
    assert value(Model.THREADS, "queue bound", a_workload(bottleneck=IO), items=7) == 14


def test_the_other_sides_limit_is_kept() -> None:
    for workload in workloads(200, bottleneck=IO):
        if workload.single_writer or workload.io_kind is IoKind.SERIAL or workload.existing_loop is ExistingLoop.GUI:
            continue
        for model, name in ((Model.THREADS, "workers"), (Model.ASYNCIO, "in flight"), (Model.ASYNCIO_THREADS, "workers")):
            found = sizes_of(model, workload, downstream_limit=5, items=1_000, cores=8).get(name)
            assert found is None or (found.value or 0) <= 5


def test_a_measured_limit_that_decides_makes_the_size_measured() -> None:
    limited = sizes_of(Model.ASYNCIO, a_workload(bottleneck=IO, fan_out=FanOut.HUNDREDS), downstream_limit=20)["in flight"]
    assert (limited.value, limited.measured) == (20, True)
    guessed = sizes_of(Model.ASYNCIO, a_workload(bottleneck=IO, fan_out=FanOut.HUNDREDS))["in flight"]
    assert (guessed.value, guessed.measured) == (100, False)


@pytest.mark.parametrize("kind", [None, IoKind.HTTP, IoKind.SOCKET, IoKind.DB, IoKind.QUEUE])
def test_threads_start_with_as_many_waits_as_a_loop(kind: IoKind | None) -> None:
    """What the other side takes is the same for both; nobody said it, so little is safe."""
    for fan_out in FanOut:
        workload = Workload(bottleneck=IO, io_kind=kind, fan_out=fan_out)
        waits = value(Model.ASYNCIO, "in flight", workload, cores=8)
        assert waits == value(Model.THREADS, "workers", workload, cores=8)
        assert waits is not None
        assert waits <= (10 if kind is IoKind.DB else 100)


@pytest.mark.parametrize(("limit", "threads", "tasks"), [(30, 30, 30), (150, 150, 150), (2_000, 200, 1_000)])
def test_more_is_started_where_the_other_side_takes_more(limit: int, threads: int, tasks: int) -> None:
    """But never more threads than were measured to keep up."""
    for kind in (IoKind.HTTP, IoKind.DB):
        workload = a_workload(bottleneck=IO, io_kind=kind, fan_out=FanOut.HUNDREDS)
        assert value(Model.THREADS, "workers", workload, downstream_limit=limit) == threads
        assert value(Model.ASYNCIO, "in flight", workload, downstream_limit=limit) == tasks


@pytest.mark.parametrize("model", [Model.ASYNCIO, Model.THREADS, Model.ASYNCIO_THREADS, Model.ASYNCIO_PROCESSES])
def test_a_database_is_not_asked_for_all_its_connections(model: Model) -> None:
    """PostgreSQL has 100 for all its clients, by default; the size says how to say more."""
    found = sizes_of(model, a_workload(bottleneck=IO, io_kind=IoKind.DB, async_lib=AsyncLib.YES, fan_out=FanOut.HUNDREDS), cores=64)
    assert found["connection limit"].value == 10
    deciding = found["in flight" if "in flight" in found else "workers"]
    assert "downstream_limit" in deciding.inputs
    assert "postgresql.org" in deciding.source
    assert not deciding.measured


def test_child_programs_that_may_not_compute_are_an_estimate() -> None:
    """A core for each is right for those that do."""
    for model, name in ((Model.THREADS, "workers"), (Model.ASYNCIO, "in flight")):
        waiting, computing = (
            sizes_of(model, a_workload(bottleneck=bottleneck, io_kind=IoKind.SUBPROCESS, fan_out=FanOut.TENS), cores=8).get(name)
            for bottleneck in (IO, CPU)
        )
        assert waiting is not None
        assert (waiting.value, waiting.measured) == (8, False)
        assert "whether the children compute is not known" in waiting.inputs
        assert computing is None or computing.measured


def test_thousands_of_connections_name_the_limit_on_open_files() -> None:
    """And a few do not."""
    stays = a_workload(bottleneck=IO, task_duration=TaskDuration.LONG_LIVED)
    assert "ulimit -n" in sizes_of(Model.ASYNCIO, stays, items=5_000)["connections"].formula
    assert "ulimit -n" not in sizes_of(Model.ASYNCIO, stays, items=50)["connections"].formula


def test_the_gil_bounds_what_threads_can_serve() -> None:
    """Items that wait 90 ms and compute 10 ms keep one core busy from ten at once on."""
    assert value(Model.THREADS, "workers", a_workload(bottleneck=IO), items=1_000, item_seconds=0.1, cpu_seconds=0.01) == 10


@pytest.mark.parametrize(
    ("workload", "expected"),
    [
        (a_workload(bottleneck=IO, io_kind=IoKind.SERIAL, fan_out=FanOut.FEW), 1),
        (a_workload(bottleneck=IO, existing_loop=ExistingLoop.GUI), 1),
        (a_workload(bottleneck=CPU, gil=Gil.HOLDS, existing_loop=ExistingLoop.GUI, fan_out=FanOut.TENS), 1),
        (a_workload(bottleneck=IO, existing_loop=ExistingLoop.GUI, fan_out=FanOut.FEW), 20),
        (a_workload(bottleneck=IO, io_kind=IoKind.DISK, fan_out=FanOut.HUNDREDS), 16),
        (a_workload(bottleneck=IO, io_kind=IoKind.SUBPROCESS, fan_out=FanOut.HUNDREDS), 8),
        (a_workload(bottleneck=IO), 12),
    ],
)
def test_threads_of_special_kinds(workload: Workload, expected: int) -> None:
    """Devices and interfaces have one, files at most 16, child programs a core each; else Python's own default."""
    assert value(Model.THREADS, "workers", workload, cores=8) == expected


def test_a_loop_holds_connections_that_stay() -> None:
    found = sizes_of(Model.ASYNCIO, a_workload(bottleneck=IO, task_duration=TaskDuration.LONG_LIVED), items=10_000)
    assert found["connections"].value == 10_000
    assert found["memory of the connections"].value == 77
    assert "in flight" not in found


def test_the_connection_pool_is_as_large_as_the_number_in_flight() -> None:
    for kind in (IoKind.HTTP, IoKind.DB):
        for model, name in ((Model.ASYNCIO, "in flight"), (Model.THREADS, "workers")):
            found = sizes_of(model, a_workload(bottleneck=IO, io_kind=kind, fan_out=FanOut.TENS))
            assert found["connection limit"].value == found[name].value
    assert "connection limit" not in sizes_of(Model.ASYNCIO, a_workload(bottleneck=IO, io_kind=IoKind.SOCKET))


@pytest.mark.parametrize(
    ("workload", "expected"),
    [
        (a_workload(bottleneck=IO, single_writer=True, fan_out=FanOut.HUNDREDS), 1),
        (a_workload(bottleneck=CPU, gil=Gil.HOLDS), 1),
        (a_workload(bottleneck=CPU), 1),
        (a_workload(bottleneck=CPU, gil=Gil.RELEASES), 8),
        (a_workload(bottleneck=CPU, python=python("3.14t")), 8),
        (a_workload(bottleneck=IO, async_lib=AsyncLib.NO, fan_out=FanOut.FEW), 20),
    ],
)
def test_threads_beside_a_loop(workload: Workload, expected: int) -> None:
    """One where the GIL or the one writer would make others wait; else by cores or by waits."""
    assert value(Model.ASYNCIO_THREADS, "workers", workload, cores=8) == expected


def test_free_threads_take_memory_by_their_number() -> None:
    assert value(Model.FREE_THREADED, "memory of the threads", cores=8) == 3


def test_interpreters_are_bounded_by_what_each_takes() -> None:
    assert value(Model.INTERPRETERS, "workers", cores=64, memory_mb=24) == 10  # 2.4 MB each
    assert value(Model.INTERPRETERS, "workers", cores=4, memory_mb=24) == 4


def test_a_task_of_a_queue_takes_a_tenth_of_a_second_at_least() -> None:
    assert value(Model.DISTRIBUTED, "items in one task", item_seconds=0.001) == 100
    assert value(Model.DISTRIBUTED, "items in one task", item_seconds=5.0) == 1


def test_given_costs_are_used() -> None:
    costs = replace(COSTS, process_pool_task_seconds=1.0, measured_here=True, source="this machine")
    found = {size.name: size for size in sizes(Model.PROCESSES, Workload(), Quantities(cores=2), costs)}
    assert found["item that pays without chunks"].value == 2_000_000
    assert found["item that pays without chunks"].measured
    assert "this machine" in found["item that pays without chunks"].inputs


HERE = replace(COSTS, measured_here=True, machine="Linux x86_64, a processor, 4 cores", cores=4, source="measured on this machine")
POOL_PAYS = "total work that pays for a new pool"


def of_costs(system: OperatingSystem | None, costs: UnitCosts, cores: int) -> Size:
    """Return a size that rests on the costs."""
    workload = Workload(os=system)
    return {size.name: size for size in sizes(Model.PROCESSES, workload, Quantities(cores=cores), costs)}[POOL_PAYS]


@pytest.mark.parametrize("system", [None, OperatingSystem.LINUX])
@pytest.mark.parametrize("cores", [2, 4, 8])
def test_costs_that_were_measured_for_this_are_measured(system: OperatingSystem | None, cores: int) -> None:
    found = of_costs(system, HERE, cores)
    assert found.measured
    assert found.source == "measured on this machine"
    assert doubts(HERE, Workload(os=system), cores) == ()


@pytest.mark.parametrize(
    ("system", "costs", "cores", "words"),
    [
        (OperatingSystem.WINDOWS, HERE, 4, "that was Linux, not Windows"),
        (OperatingSystem.MACOS, HERE, 4, "that was Linux, not macOS"),
        (OperatingSystem.ANY, HERE, 4, "that was Linux, not each system"),
        (OperatingSystem.LINUX, replace(HERE, machine="Darwin arm64, M4, 10 cores"), 4, "that was macOS, not Linux"),
        (OperatingSystem.LINUX, replace(HERE, noisy=True), 4, "busy"),
        (OperatingSystem.LINUX, HERE, 64, "with 4 cores, not 64"),
    ],
)
def test_costs_of_another_situation_are_estimates(system: OperatingSystem, costs: UnitCosts, cores: int, words: str) -> None:
    """And say of which."""
    found = of_costs(system, costs, cores)
    assert not found.measured
    assert words in found.inputs
    assert words in found.source
    notes = recommend(a_workload(bottleneck=CPU, gil=Gil.HOLDS, os=system), Quantities(cores=cores), costs).notes
    assert any(words in note for note in notes)


def test_a_payload_changes_no_number() -> None:
    """Sizes rest on numbers; what large data asks for stands with the controls."""
    large, small = (
        sizes_of(Model.PROCESSES, a_workload(payload=payload), cores=4, items=100) for payload in (Payload.LARGE, Payload.SMALL)
    )
    assert large == small
