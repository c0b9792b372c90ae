"""What follows from the rows that were measured."""

import pytest
from calibration_builder import MEASURED, calibration, row, rows_of, speed_up

from conc_advisor.costs.calibration import Crossing, crossings
from conc_advisor.costs.unit_costs import StartMethod, shipped_costs
from conc_advisor.workload import PythonVersion


def test_the_medians_are_the_unit_costs() -> None:
    """Each under its own name."""
    expected = shipped_costs(PythonVersion(14))
    found = calibration(measurements=rows_of(expected)).unit_costs()
    names = [name for name in expected.__dataclass_fields__ if name.endswith(("_seconds", "_kb", "_per_second"))]
    assert len(names) > 20
    assert {name: getattr(found, name) for name in names} == {name: getattr(expected, name) for name in names}


def test_they_say_where_they_come_from() -> None:
    costs = calibration().unit_costs()
    assert costs.measured_here
    assert costs.source == "measured on this machine with CPython 3.13.1 on 2026-11-20"
    assert (costs.python, costs.measured_on, costs.cores) == (PythonVersion(13), "2026-11-20", 4)


def test_a_noisy_machine_stands_in_the_source() -> None:
    noisy = calibration(others_busy=0.4)
    assert noisy.noisy
    assert noisy.unit_costs().source.endswith(", others used 40% of it")
    assert noisy.unit_costs().noisy


@pytest.mark.parametrize("busy", [None, 0.0, 0.09])
def test_a_quiet_or_silent_machine_is_not_called_noisy(busy: float | None) -> None:
    assert not calibration(others_busy=busy).noisy
    assert "others" not in calibration(others_busy=busy).unit_costs().source
    assert not calibration(others_busy=busy).unit_costs().noisy


def test_what_could_not_be_measured_is_unknown() -> None:
    rows = (row("thread_seconds", None), row("process_seconds", None, method="fork"), row("process_seconds", 0.05, method="spawn"))
    costs = calibration(measurements=rows).unit_costs()
    assert costs.thread_seconds is None
    assert costs.process_seconds == {StartMethod.SPAWN: 0.05}
    assert costs.interpreter_seconds is None


def test_a_row_of_a_newer_program_is_passed_over() -> None:
    assert calibration(measurements=(row("fibre_seconds", 0.1),)).unit_costs().thread_seconds is None


def test_the_free_threaded_build_is_another_version() -> None:
    measured = type(MEASURED)(implementation="cpython", version="3.14.1", minor=14, free_threaded=True, start_method="forkserver")
    assert str(calibration(measured=measured).unit_costs().python) == "3.14t"


def test_another_implementation_is_named() -> None:
    measured = type(MEASURED)(implementation="pypy", version="3.11.13", minor=11, free_threaded=False, start_method="fork")
    assert "with pypy 3.11.13" in calibration(measured=measured).unit_costs().source


@pytest.mark.parametrize(
    ("factors", "loses", "pays"),
    [
        ((0.2, 0.9, 1.5), 2.0, 3.0),
        ((1.2, 1.3, 1.5), None, 1.0),
        ((0.2, 0.9, 1.0), 3.0, None),
        ((1.5, 0.9, 1.5), 2.0, 3.0),  # a lucky round at the shortest is no crossing
        ((0.2, 1.05, 1.5), 2.0, 3.0),  # a twentieth is what two runs differ by
    ],
)
def test_a_way_pays_from_where_it_goes_on_paying(factors: tuple[float, ...], loses: float | None, pays: float | None) -> None:
    ups = [speed_up("processes", seconds, factor) for seconds, factor in zip((1.0, 2.0, 3.0), factors, strict=True)]
    assert crossings(reversed(ups)) == (Crossing(way="processes", workers=2, loses=loses, pays=pays),)


def test_a_cold_pool_is_judged_by_all_the_work_and_each_size_by_itself() -> None:
    ups = [speed_up("cold spawn", 0.2, 1.5), speed_up("processes", 0.001, 1.5), speed_up("processes", 0.001, 0.5, workers=8)]
    assert [(each.way, each.workers, each.pays) for each in crossings(ups)] == [
        ("cold spawn", 2, 0.2),
        ("processes", 2, 0.001),
        ("processes", 8, None),
    ]


def test_without_speed_ups_there_are_no_crossings() -> None:
    assert crossings(()) == ()
