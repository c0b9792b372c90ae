"""The timeline draws each thread's states to scale."""

import pytest
from diagnosis_builder import diagnosis, lane, process, thread

from conc_advisor.concurrency import ThreadState
from conc_advisor.profiling.diagnosis import Diagnosis, Lane
from conc_advisor.reports import text
from conc_advisor.reports.text.signs import STATE_SIGNS

LABEL = "cpu"
LEFT = 2 + len(LABEL) + 2


def drawn(*lanes: Lane, width: int = 80, unicode: bool = False, duration: float = 10.0) -> list[str]:
    """Return the lines of the timeline without its title."""
    threads = process(*(thread(each.thread, running=1.0) for each in lanes))
    what: Diagnosis = diagnosis(timeline=lanes, processes=(threads,), duration_seconds=duration)
    report = text.render(what, text.TextOptions(width=width, unicode=unicode))
    return next(part for part in report.split("\n\n") if part.startswith("Timeline")).splitlines()[1:]


def test_each_state_has_signs_of_its_own_one_column_wide() -> None:
    for signs in ([sign.unicode for sign in STATE_SIGNS.values()], [sign.ascii for sign in STATE_SIGNS.values()]):
        assert len(set(signs)) == len(ThreadState)
        assert all(len(sign) == 1 for sign in signs)


@pytest.mark.parametrize("width", [60, 80, 137])
@pytest.mark.parametrize("cells", [7, 60, 400])
def test_a_lane_fills_the_width_and_keeps_the_proportions(width: int, cells: int) -> None:
    half = lane(LABEL, (ThreadState.RUNNING, cells), (ThreadState.GIL_WAIT, cells))
    body = drawn(half, width=width)[0][LEFT:]
    assert len(body) == width - LEFT
    assert abs(body.count("#") - body.count("G")) <= 1
    assert body == "#" * body.count("#") + "G" * body.count("G")


def test_the_state_that_took_most_of_a_slice_is_drawn() -> None:
    mixed = Lane(thread=LABEL, pid=4242, cells=({ThreadState.RUNNING: 0.4, ThreadState.GIL_WAIT: 0.6},) * 60)
    assert set(drawn(mixed)[0][LEFT:]) == {"G"}


def test_time_before_and_after_a_threads_life_is_empty() -> None:
    body = drawn(lane(LABEL, (None, 20), (ThreadState.RUNNING, 20), (None, 20)))[0][LEFT:]
    assert body.strip() == "#" * len(body.strip())
    assert body.startswith(" " * 20)


def test_a_thread_that_lived_for_part_of_one_slice_is_still_seen() -> None:
    brief = Lane(thread=LABEL, pid=4242, cells=({}, {ThreadState.NATIVE: 0.01}, *({} for _ in range(58))))
    assert "n" in drawn(brief)[0][LEFT:]


def test_the_axis_has_round_times_under_their_columns() -> None:
    axis = drawn(lane(LABEL, (ThreadState.RUNNING, 60)), width=LEFT + 100)[1][LEFT:]
    assert axis.index("|0 s") == 0
    assert axis.index("|2 s") == 20
    assert axis.index("|8 s") == 80


@pytest.mark.parametrize("duration", [0.0004, 0.02, 0.9, 59.0, 61.0, 4000.0, 200_000.0])
def test_the_axis_holds_for_any_duration(duration: float) -> None:
    axis = drawn(lane(LABEL, (ThreadState.RUNNING, 60)), duration=duration)[1]
    assert len(axis) <= 80
    assert axis.count("|") >= 2


def test_the_legend_explains_the_signs_that_were_drawn_and_no_others() -> None:
    legend = drawn(lane(LABEL, (ThreadState.RUNNING, 30), (ThreadState.LOOP_IDLE, 30)))[-1]
    assert legend == "  # running Python   . idle event loop"


def test_a_lane_stands_where_the_thread_stands_among_the_threads() -> None:
    lanes = (lane("a", (ThreadState.RUNNING, 6)), lane("b", (ThreadState.RUNNING, 6)))
    what = diagnosis(timeline=lanes, processes=(process(thread("b", running=1), thread("a", running=1)),))
    report = text.render(what, text.TextOptions())
    assert report.index("\n  b  ") < report.index("\n  a  ")


def test_wide_characters_in_names_do_not_shift_the_lanes() -> None:
    first, second = drawn(lane("日本", (ThreadState.RUNNING, 60)), lane("abcd", (ThreadState.RUNNING, 60)), unicode=True)[:2]
    assert first.replace("日本", "abcd") == second
