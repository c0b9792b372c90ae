"""Which rules some words mean."""

import pytest

from conc_advisor.errors import UsageError
from conc_advisor.findings import Severity
from conc_advisor.review.linters.ruff_rules import RULES
from conc_advisor.review.rule import Rule
from conc_advisor.review.rules import ALL as OUR_RULES
from conc_advisor.review.silence.known import known_codes
from conc_advisor.review.silence.selection import Known, Layer, codes_of, select, words_of

KNOWN = (
    Known(code="CA101", name="blocking-call", group="blocking", pitfall="P01"),
    Known(code="CA102", name="slow-import", group="blocking", pitfall="P01"),
    Known(code="CA111", name="lock-held", group="blocking", pitfall="P20"),
    Known(code="CA201", name="lost-task", group="lifetime", pitfall="P07"),
    Known(code="ASYNC251", group="blocking", pitfall="P01", covered_by=frozenset({"CA101"})),
    Known(code="RUF006", group="lifetime", pitfall="P07", covered_by=frozenset({"CA201"})),
    Known(code="B039", group="sharing", pitfall="P27"),
)
EVERYTHING = {each.code for each in KNOWN}


def selected(*words: str, ignore: tuple[str, ...] = ()) -> set[str]:
    """Return the codes that one layer selects."""
    return set(select([Layer(select=words, ignore=ignore)], KNOWN))


def test_without_a_word_every_rule_counts() -> None:
    """Whatever tool it comes from."""
    assert select([], KNOWN) == EVERYTHING
    assert select([Layer(), Layer()], KNOWN) == EVERYTHING


@pytest.mark.parametrize(
    ("word", "codes"),
    [
        ("ALL", EVERYTHING),
        ("all", EVERYTHING),
        ("CA101", {"CA101"}),
        ("ca101", {"CA101"}),
        (" CA101 ", {"CA101"}),
        ("CA1", {"CA101", "CA102", "CA111"}),
        ("CA10", {"CA101", "CA102"}),
        ("CA", {"CA101", "CA102", "CA111", "CA201"}),
        ("blocking-call", {"CA101"}),
        ("lifetime", {"CA201", "RUF006"}),
        ("P20", {"CA111"}),
        ("p07", {"CA201", "RUF006"}),
        ("ASYNC", {"ASYNC251"}),
        ("B", {"B039"}),
        ("RUF006", {"RUF006"}),
    ],
)
def test_a_word_means_codes(word: str, codes: set[str]) -> None:
    """Codes, beginnings, groups, pitfalls, names, in any capitals."""
    assert selected(word) == codes


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("CA199", "did you mean CA201 or CA111 or CA102?"),
        ("blocking-cal", "blocking-call"),
        ("lifetimes", "lifetime"),
        ("P08", "did you mean P07 or P01 or"),
        ("", "ALL means every one"),
        ("zzzzzz", "ALL means every one"),
        ("E501", "ALL means every one"),
        ("R", "ALL means every one"),
        ("C", "ALL means every one"),
        ("ASY", "ALL means every one"),
    ],
)
def test_a_word_that_nobody_knows_is_an_error_with_the_nearest(word: str, near: str) -> None:
    """And says where it was written."""
    with pytest.raises(UsageError) as error:
        select([Layer(ignore=(word,), source=" in /p/pyproject.toml")], KNOWN)
    assert error.value.message == f"ignore in /p/pyproject.toml names no rule with {word!r}"
    assert near in error.value.hint


def test_the_narrower_word_counts() -> None:
    """In both directions."""
    assert selected("CA1", ignore=("CA101",)) == {"CA102", "CA111"}
    assert selected("CA101", ignore=("CA1",)) == {"CA101"}
    assert selected("ALL", ignore=("blocking",)) == EVERYTHING - {"CA101", "CA102", "CA111", "ASYNC251"}
    assert selected("P20", ignore=("blocking",)) == {"CA111"}
    assert selected("blocking", ignore=("ALL",)) == {"CA101", "CA102", "CA111", "ASYNC251"}
    assert selected("CA101", ignore=("CA101",)) == set()


def test_the_command_line_replaces_what_was_selected_and_adds_to_what_is_ignored() -> None:
    """A later layer is stronger."""
    configured = Layer(select=("CA1",), ignore=("CA102",))
    assert select([configured, Layer(ignore=("CA111",))], KNOWN) == {"CA101"}
    assert select([configured, Layer(select=("CA102",))], KNOWN) == {"CA102"}


def test_who_ignores_our_rule_does_not_hear_the_same_from_ruff() -> None:
    """Unless ruff's code was asked for."""
    assert select([Layer(ignore=("CA101",))], KNOWN) == EVERYTHING - {"CA101", "ASYNC251"}
    assert select([Layer(select=("ALL", "ASYNC"), ignore=("CA101",))], KNOWN) == EVERYTHING - {"CA101"}
    assert selected("ASYNC251") == {"ASYNC251"}
    assert "B039" in select([Layer(ignore=("CA",))], KNOWN)


def test_every_word_but_a_beginning_is_known_with_its_codes() -> None:
    """As a comment may name it."""
    words = words_of(KNOWN)
    assert words["all"] == EVERYTHING
    assert words["blocking"] == words["p01"] | {"CA111"} == {"CA101", "CA102", "ASYNC251", "CA111"}
    assert words["lost-task"] == words["ca201"] == {"CA201"}
    assert not {"", "ca", "ca1"} & set(words)


def test_codes_of_words_are_in_the_order_of_the_rules() -> None:
    """As a configuration may list them in any order."""
    assert codes_of(["P07", "CA1"], KNOWN, source="x") == ("CA101", "CA102", "CA111", "CA201", "RUF006")
    assert codes_of([], KNOWN, source="x") == ()


def rule(code: str, pitfall: str, *also: str) -> Rule:
    """Return a rule that finds nothing."""
    return Rule(
        code=code, name=code.lower(), pitfall=pitfall, topic="", summary="", severity=Severity.INFO, check=lambda _: iter(()), also=also
    )


def test_rules_of_ruff_are_in_the_group_of_their_pitfall() -> None:
    """And covered by the rules of ours that name them."""
    known = {each.code: each for each in known_codes([rule("CA101", "P01", "ASYNC251"), rule("CA201", "P07", "flake8-async RUF006")])}
    assert (known["CA101"].group, known["CA201"].group) == ("blocking", "lifetime")
    assert (known["ASYNC251"].group, known["ASYNC251"].covered_by) == ("blocking", frozenset({"CA101"}))
    assert (known["RUF006"].group, known["RUF006"].covered_by) == ("lifetime", frozenset({"CA201"}))
    assert known["B039"].covered_by == frozenset()


def test_no_word_means_two_things() -> None:
    """Codes, names, groups and pitfalls of all real rules are different words."""
    known = known_codes(OUR_RULES)
    assert len(known) == len(OUR_RULES) + len(RULES)
    singles = [word.lower() for each in known for word in (each.code, each.name)]
    assert sorted(singles) == sorted(set(singles))
    assert not set(singles) & {word.lower() for each in known for word in (each.group, each.pitfall)}
    assert "all" not in singles
