"""Of two findings that want different things of one call, the one that goes further is told."""

from dataclasses import replace

import pytest
from review_outcome_builder import finding, location

from conc_advisor.findings import Finding, Location, Severity
from conc_advisor.review.engine.overlaps import with_overlaps, without_overlaps
from conc_advisor.review.linters.duplicates import merge

HERE = location("a.py", 5, 5, end_column=18)
ARGUMENT = location("a.py", 5, 30, end_column=40)
BELOW = location("a.py", 6, 5, end_column=18)
PAIRS = [
    *(("CA107", "CA201"), ("CA303", "CA201"), ("CA103", "CA503"), ("CA504", "CA503"), ("CA702", "CA701")),
]


def of(code: str, place: Location | None = HERE) -> Finding:
    """Return a finding of a rule."""
    return replace(finding("m", code=code), location=place)


@pytest.mark.parametrize(("needless", "better"), PAIRS)
def test_one_call_gets_one_piece_of_advice(needless: str, better: str) -> None:
    """Whichever of the two rules is asked first."""
    assert without_overlaps([of(needless), of(better)]) == (of(better),)
    assert without_overlaps([of(better), of(needless)]) == (of(better),)


@pytest.mark.parametrize(("needless", "better"), PAIRS)
def test_each_is_told_where_the_other_is_not(needless: str, better: str) -> None:
    """Alone, beside another call of the line, on another line, without a place."""
    assert without_overlaps([of(needless)]) == (of(needless),)
    for places in ((HERE, ARGUMENT), (HERE, BELOW), (None, HERE), (HERE, None)):
        both = (of(needless, places[0]), of(better, places[1]))
        assert without_overlaps(both) == both


def test_three_of_one_call_become_one() -> None:
    assert without_overlaps([of("CA103"), of("CA503"), of("CA504")]) == (of("CA503"),)
    assert without_overlaps([of("CA103"), of("CA504")]) == (of("CA103"), of("CA504"))


def test_a_handler_of_signals_is_told_once_for_the_call_and_its_argument() -> None:
    assert without_overlaps([of("CA208"), of("CA209", ARGUMENT)]) == (of("CA208"),)
    apart = (of("CA208"), of("CA209", BELOW))
    assert without_overlaps(apart) == apart


def test_a_function_in_which_something_else_is_wrong_is_not_to_be_made_plain() -> None:
    """What it lacks is an `await`, or a thread."""
    assert without_overlaps([of("CA703"), of("CA105", BELOW)]) == (of("CA105", BELOW),)


@pytest.mark.parametrize("other", [of("CA001", BELOW), of("CA703", BELOW), of("CA105", location("a.py", 9, 1, function="other"))])
def test_what_lies_elsewhere_says_nothing_about_a_function(other: Finding) -> None:
    assert without_overlaps([of("CA703"), other]) == (of("CA703"), other)


@pytest.mark.parametrize("codes", [("CA101", "CA103"), ("CA101", "CA101"), ("CA501", "CA502")])
def test_others_stand_side_by_side(codes: tuple[str, str]) -> None:
    both = tuple(map(of, codes))
    assert without_overlaps(both) == both


@pytest.mark.parametrize("first", ["CA101", "CA103", "CA105"])
def test_a_deadline_is_the_second_thing_to_do_about_a_call_that_blocks_the_loop(first: str) -> None:
    """It is not forgotten: a thread may wait for ever, too."""
    both = without_overlaps([of("CA302"), of(first)])
    assert [(each.rule, each.severity) for each in both] == [("CA302", Severity.INFO), (first, of(first).severity)]
    apart = (of("CA302"), of(first, BELOW))
    assert without_overlaps(apart) == apart


def test_what_ruff_says_of_what_was_left_out_is_not_told_apart() -> None:
    said_by = {"CA201": frozenset({"X1"}), "CA303": frozenset({"X2"}), "CA999": frozenset({"X3"})}
    whole = with_overlaps(said_by)
    assert whole == {"CA201": {"X1", "X2"}, "CA303": {"X2"}, "CA999": {"X3"}}
    assert [each.rule for each in merge([of("CA201")], [of("X2")], whole)] == ["CA201"]
    assert [each.rule for each in merge([of("CA201")], [of("X2")], said_by)] == ["CA201", "X2"]
