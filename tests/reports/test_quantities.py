"""Numbers read as people write them."""

import pytest

from conc_advisor.reports import quantities


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (1e-7, "0 s"),
        (0.0002, "200 us"),
        (0.0042, "4.2 ms"),
        (0.048, "48 ms"),
        (0.99949, "999 ms"),
        (0.9996, "1.00 s"),
        (1.254, "1.25 s"),
        (9.996, "10.0 s"),
        (12.34, "12.3 s"),
        (99.96, "1 min 40 s"),
        (125, "2 min 05 s"),
        (3599.6, "1 h 00 min"),
        (11520, "3 h 12 min"),
    ],
)
def test_durations_have_about_three_digits_and_never_round_past_their_unit(seconds: float, words: str) -> None:
    assert quantities.duration(seconds) == words


@pytest.mark.parametrize(("fraction", "words"), [(0, "0%"), (0.001, "<1%"), (0.006, "1%"), (0.714, "71%"), (1, "100%"), (1.5, "150%")])
def test_a_share_is_zero_only_when_there_was_nothing(fraction: float, words: str) -> None:
    assert quantities.share(fraction) == words


@pytest.mark.parametrize(("number", "words"), [(0, "0 threads"), (1, "1 thread"), (2, "2 threads"), (12034, "12 034 threads")])
def test_nouns_follow_their_number(number: int, words: str) -> None:
    assert quantities.plural(number, "thread") == words


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.2, "share", "20%"),
        (0.05, "seconds", "50 ms"),
        (4, "threads", "4 threads"),
        (1.5, "", "1.5"),
        (2000, "", "2 000"),
        (100, "", "100"),
    ],
)
def test_figures_are_shown_in_their_unit(value: float, unit: str, words: str) -> None:
    assert quantities.figure(value, unit) == words
