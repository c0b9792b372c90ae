"""The table of `calibrate`."""

import pytest
from calibration_builder import MEASURED, calibration, cores, row, rows_of, speed_up

from conc_advisor.costs.calibration import Without
from conc_advisor.costs.unit_costs import UnitCosts, shipped_costs
from conc_advisor.reports.calibration import text
from conc_advisor.reports.calibration.text import render
from conc_advisor.reports.plain import Paper
from conc_advisor.workload import PythonVersion


def lines(paper: Paper | None = None, **changes: object) -> list[str]:
    """Return the report's lines."""
    said = render(calibration(**changes), paper or Paper())
    assert said.endswith("\n")
    return said.splitlines()


def line(begin: str, **changes: object) -> list[str]:
    """Return the words of the one line that begins so, after that beginning."""
    [found] = [each for each in lines(None, **changes) if each.strip().startswith(begin)]
    return found.strip().removeprefix(begin).split()


def test_it_begins_with_what_was_measured() -> None:
    assert lines()[:2] == ["CPython 3.13.1 at /app/.venv/bin/python", "Linux x86_64, A Processor, 4 cores; all of them usable"]


def test_every_unit_has_a_row_with_its_spread() -> None:
    assert line("thread: start and join") == ["64", "us", "32", "us", "127", "us"]
    assert line("process by spawn: start and join") == ["65", "ms", "32", "ms", "130", "ms"]
    assert line("idle thread") == ["15.9", "KB", "8.0", "KB", "31.8", "KB"]
    assert line("idle worker by spawn, nothing imported") == ["13.0", "MB", "6.5", "MB", "26.0", "MB"]
    assert line("1 MB of bytes through a process pool") == ["2.5", "GB/s", "1.25", "GB/s", "5", "GB/s"]


def test_every_unit_cost_has_a_name() -> None:
    """A row that nobody can name would be left out."""
    names = {name for name in UnitCosts.__dataclass_fields__ if name.endswith(("_seconds", "_kb", "_per_second"))}
    assert set(text._LABELS) == names


def test_less_than_ten_microseconds_are_shown_to_two_digits() -> None:
    assert line("process pool: each item, 100 a chunk")[:2] == ["0.89", "us"]


def test_what_was_measured_once_has_no_spread() -> None:
    once = type(row("task_kb"))(name="task_kb", median=1.4, low=1.4, high=1.4, rounds=1)
    assert line("sleeping task", measurements=(once,)) == ["1.4", "KB"]


def test_what_could_not_be_measured_says_why() -> None:
    rows = (row("thread_seconds"), row("interpreter_seconds", None, why="needs Python 3.14"))
    assert "  - interpreter: create and close: needs Python 3.14" in lines(measurements=rows)


def test_without_a_single_figure_there_is_no_heading_over_nothing() -> None:
    said = lines(measurements=(row("thread_seconds", None, why="no threads"),), speed_ups=())
    assert not [each for each in said if "median" in each]
    assert "  - thread: start and join: no threads" in said


def test_where_a_pool_pays_stands_below_its_column() -> None:
    said = lines()
    start = said.index("A pool of 2 that is up already: times as fast as one task after the other")
    assert said[start + 1].split() == ["processes", "in", "chunks", "threads"]
    assert said[start + 2].split() == ["a", "task", "of", "30", "us", "0.40", "1.50", "0.98"]
    assert said[start + 5].split() == ["pays", "from", "300", "us", "30", "us", "or", "less", "not", "seen"]


def test_a_cold_pool_is_judged_by_all_the_work() -> None:
    said = lines()
    start = said.index("A pool of 2 processes made for the work: times as fast as without")
    assert [each.split() for each in said[start + 1 : start + 5]] == [
        ["spawn"],
        ["work", "of", "5.0", "ms", "0.10"],
        ["work", "of", "200", "ms", "1.40"],
        ["pays", "from", "200", "ms"],
    ]


def test_two_sizes_of_pool_are_two_tables() -> None:
    ups = tuple(speed_up("threads", 0.001, 1.0, workers=workers) for workers in (2, 16))
    assert [each for each in lines(speed_ups=ups) if each.startswith("A pool of")] == [
        "A pool of 2 that is up already: times as fast as one task after the other",
        "A pool of 16 that is up already: times as fast as one task after the other",
    ]


def test_a_noisy_machine_is_said_first() -> None:
    said = lines(others_busy=0.4)
    assert said[2].startswith("! other programs used 40% of it meanwhile: costs are upper bounds")


@pytest.mark.parametrize("busy", [0.0, 0.05])
def test_a_quiet_machine_is_not_spoken_of(busy: float) -> None:
    assert "other programs" not in "\n".join(lines(others_busy=busy))


def test_what_is_not_known_about_the_noise_is_said() -> None:
    assert "how busy other programs kept it meanwhile is not known" in lines(others_busy=None)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"affinity": 2}, "2 cores usable (affinity mask 2)"),
        ({"quota": 1.5}, "2 cores usable (container's quota 1.5)"),
        ({"python": 2}, "2 cores usable (Python's own limit 2)"),
        ({}, "2 cores usable"),
    ],
)
def test_cores_that_may_not_be_used_have_a_reason(changes: dict[str, float], words: str) -> None:
    assert lines(cores=cores(2, **changes))[1].endswith(f"; {words}")


def test_the_free_threaded_build_is_named() -> None:
    measured = type(MEASURED)(implementation="cpython", version="3.14.1", minor=14, free_threaded=True, start_method="forkserver")
    assert lines(measured=measured)[0].startswith("CPython 3.14.1, free-threaded at ")


def test_a_way_that_could_not_be_tried_is_said() -> None:
    assert lines(without=(Without(way="processes", why="OSError: no semaphores"),))[-1] == "not tried: processes (OSError: no semaphores)"


@pytest.mark.parametrize("unicode", [True, False])
def test_hostile_names_are_inert(unicode: bool) -> None:  # noqa: FBT001  # pytest hands it over
    name = "/tmp/\x1b[2J\N{RIGHT-TO-LEFT OVERRIDE}[bold]\nx"  # noqa: S108
    said = render(calibration(interpreter=name, machine=name), Paper(unicode=unicode))
    assert said.replace("\n", "").isprintable()
    assert "[bold]" in said
    assert len(said.splitlines()) == len(lines())


def test_without_unicode_all_is_ascii_and_without_colour_there_is_no_escape() -> None:
    assert render(calibration(interpreter="/é/日本"), Paper(unicode=False)).isascii()
    assert "\x1b" not in render(calibration(), Paper())
    assert "\x1b[" in render(calibration(), Paper(color=True))


def test_eighty_columns_are_enough() -> None:
    rows = rows_of(shipped_costs(PythonVersion(14, free_threaded=True)))
    assert max(map(len, lines(measurements=rows, others_busy=0.5))) <= 80
