"""Findings that comments silence, and comments that silence nothing."""

import pytest
from review_outcome_builder import finding, location

from conc_advisor.findings import Finding
from conc_advisor.review.fixes import apply as fix
from conc_advisor.review.outcome import Silence
from conc_advisor.review.silence.sifted import Sifted
from conc_advisor.review.silence.suppressions import USELESS, Codes, apply

KNOWN = frozenset({"CA001", "CA101", "CA102", "CA201"})
TWINS = {"CA101": frozenset({"ASYNC251", "ASYNC210"})}
NAMES = {
    "all": KNOWN | {"S113"},
    "p01": frozenset({"CA101"}),
    "p04": frozenset({"CA102", "S113"}),
    "blocking": frozenset({"CA101", "CA102"}),
    "blocking-call": frozenset({"CA101"}),
    "s113": frozenset({"S113"}),
}
FILE = "app.py"


def at(line: int, code: str = "CA101", also: tuple[str, ...] = ()) -> Finding:
    """Return a finding on a line."""
    return finding(code=code, also=also, place=location(FILE, line, 1, end_line=line, end_column=4))


def sift(source: str, *findings: Finding, ran: frozenset[str] = KNOWN, honour: bool = True) -> Sifted:
    """Return what the comments of some source leave of findings."""
    return apply(findings, source.split("\n"), Codes(known=KNOWN, ran=ran, twins=TWINS, names=NAMES), file=FILE, honour=honour)


@pytest.mark.parametrize(
    ("comment", "found"),
    [
        ("# noqa", at(1)),
        ("# noqa", at(1, "S113")),
        ("# noqa: CA101", at(1)),
        ("# noqa: ca101", at(1)),
        ("# noqa: CA1", at(1)),
        ("# noqa: CA10", at(1)),
        ("# noqa: E501, CA201, CA101", at(1)),
        ("# noqa: S113", at(1, "S113")),
        ("# noqa: ASYNC251", at(1)),
        ("# noqa: BLE001", at(1, "CA301", also=("BLE001",))),
        ("# noqa: E501  # noqa: CA101", at(1)),
        ("# noqa: P01", at(1)),
        ("# noqa: p04", at(1, "S113")),
        ("# noqa: blocking", at(1)),
        ("# noqa: blocking-call", at(1)),
        ("# noqa: ALL", at(1)),
    ],
)
def test_a_comment_silences_what_it_names(comment: str, found: Finding) -> None:
    """All, a code, a beginning of codes, or the code by which another tool knows the same."""
    sifted = sift(f"run()  {comment}", found, ran=frozenset())
    assert sifted.kept == ()
    assert [(each.finding, each.how) for each in sifted.silenced] == [(found, Silence.NOQA)]


@pytest.mark.parametrize(
    ("comment", "found"),
    [
        ("# noqa: CA102", at(1)),
        ("# noqa: CA2", at(1)),
        ("# noqa: E501", at(1)),
        ("# noqa: C901", at(1)),
        ("# noqa: ASYNC25", at(1)),
        ("# noqa: ASYNC221", at(1)),
        ("# noqa: ASYNC251", at(1, "CA102")),
        ("# noqa: S11", at(1, "S113")),
        ("# noqa: CA101", at(1, "S113")),
        ("# noqa: CA101", at(2)),
        ("# noqa: because", at(1)),
        ("# ruff: noqa", at(1)),
        ("# flake8: noqa", at(1)),
        ("# nothing", at(1)),
        ("# noqa: P01", at(1, "CA102")),
        ("# noqa: blocking", at(1, "CA201")),
        ("# noqa: all of it", at(1)),
        ("# noqa: CA101x", at(1)),
    ],
)
def test_other_comments_silence_nothing(comment: str, found: Finding) -> None:
    """Other codes, beginnings of other tools' codes, other lines, other words."""
    assert sift(f"run()  {comment}\nrun()", found, ran=frozenset()) == Sifted(kept=(found,))


@pytest.mark.parametrize("comment", ["# conc-advisor: ignore-file", "# conc-advisor: ignore-file: CA1", "# ruff: noqa: CA101, E501"])
def test_a_comment_for_the_file_silences_every_line(comment: str) -> None:
    """Wherever it stands."""
    assert sift(f"run()\n{comment}\nrun()", at(1), at(3)).kept == ()


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (" CA101", ["CA201"]),
        (": blocking", ["CA201"]),
        (": blocking-call", ["CA201"]),
        (": P01 because it is a tool", ["CA201"]),
        (": ALL", []),
        (" - CA101 is not the only one", []),
    ],
)
def test_only_what_is_named_is_silent_in_a_file(words: str, kept: list[str]) -> None:
    """However it is named, with a colon or without."""
    sifted = sift(f"# conc-advisor: ignore-file{words}\nrun()\nrun()", at(2), at(3, "CA201"))
    assert [each.rule for each in sifted.kept] == kept


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (": CA101x", "CA101x in this comment is no rule"),
        (": CA999", "CA999 in this comment is no rule"),
        (": blokcing", "blokcing in this comment is no rule"),
        (" blokcing", "blokcing in this comment is no rule"),
        (": it is generated", "it in this comment is no rule"),
        (": E501", "E501 in this comment is no rule"),
        (":", "This comment names no rule, and silences nothing"),
        (": - it is generated", "This comment names no rule, and silences nothing"),
    ],
)
def test_a_comment_for_the_file_that_names_nothing_silences_nothing_and_is_told(words: str, message: str) -> None:
    """What it was to say nobody knows, so nothing is taken out."""
    useless, kept = sift(f"# conc-advisor: ignore-file{words}\nrun()", at(2)).kept[::-1]
    assert kept == at(2)
    assert (useless.rule, useless.message, useless.fix) == (USELESS, message, None)
    assert sift(f"# conc-advisor: ignore-file{words}\nrun()").kept == (useless,)


@pytest.mark.parametrize("comment", ["# ruff: noqa", "# flake8: noqa", "# ruff: noqa: E501", "# flake8: noqa: CA201"])
def test_a_comment_for_the_file_of_others_leaves_ours(comment: str) -> None:
    """Unless it names our codes."""
    assert sift(f"{comment}\nrun()", at(2), ran=frozenset()).kept == (at(2),)


def test_all_are_shown_on_demand() -> None:
    """And no comment is useless then."""
    assert sift("run()  # noqa\nrun()  # noqa: CA102", at(1), honour=False) == Sifted(kept=(at(1),))


def test_a_finding_without_a_place_is_never_silenced() -> None:
    """No comment can stand beside it."""
    found = Finding(rule="CA101", severity=at(1).severity, confidence=at(1).confidence, message="m", advice="a")
    assert sift("# conc-advisor: ignore-file", found).kept == (found,)


@pytest.mark.parametrize(
    ("source", "new", "message"),
    [
        ("run()  # noqa: CA101", "run()", "CA101 in this comment silences nothing"),
        ("run()  # noqa: CA1", "run()", "CA1 in this comment silences nothing"),
        ("run()  # noqa: CA101, CA201", "run()", "CA101 and CA201 in this comment silence nothing"),
        ("run()  # noqa: CA101, E501", "run()  # noqa: E501", "CA101 in this comment silences nothing"),
        ("run()  # noqa: F401 CA101 E501", "run()  # noqa: F401, E501", "CA101 in this comment silences nothing"),
        ("run()  # noqa: CA101  # type: ignore", "run()  # type: ignore", "CA101 in this comment silences nothing"),
        ("run()  # type: ignore  # noqa: CA101", "run()  # type: ignore", "CA101 in this comment silences nothing"),
        ("run()  # noqa: CA101 - it is slow", "run()  # it is slow", "CA101 in this comment silences nothing"),
        ("# noqa: CA101\nrun()", "run()", "CA101 in this comment silences nothing"),
        ("run()\n# ruff: noqa: CA101, E501\n", "run()\n# ruff: noqa: E501\n", "CA101 in this comment silences nothing"),
        ("if x:\n    # conc-advisor: ignore-file: CA2\n    run()", "if x:\n    run()", "CA2 in this comment silences nothing"),
        ("run()  # noqa: CA999", "run()", "CA999 in this comment is no rule"),
        ("run()  # noqa: CA101x", "run()", "CA101x in this comment is no rule"),
        ("run()  # noqa: P01", "run()", "P01 in this comment silences nothing"),
        ("run()  # noqa: blocking-call", "run()", "blocking-call in this comment silences nothing"),
        ("# conc-advisor: ignore-file: blocking\nrun()", "run()", "blocking in this comment silences nothing"),
    ],
)
def test_a_comment_that_silences_nothing_is_found_and_can_be_taken_out(source: str, new: str, message: str) -> None:
    """Only our codes go; other words stay."""
    (found,) = sift(source).kept
    assert (found.rule, found.message) == (USELESS, message)
    assert found.location is not None
    assert found.location.file == FILE
    assert fix(source.encode(), [found]).content.decode() == new


def test_a_comment_that_silences_one_of_its_codes_keeps_that_one() -> None:
    """The others are useless."""
    sifted = sift("run()  # noqa: CA101, CA201", at(1))
    assert [each.finding.rule for each in sifted.silenced] == ["CA101"]
    assert [each.message for each in sifted.kept] == ["CA201 in this comment silences nothing"]


@pytest.mark.parametrize(
    "source",
    [
        "run()  # noqa",
        "run()  # noqa: E501",
        "run()  # noqa: E501, W291",
        "# ruff: noqa: E501",
        "# conc-advisor: ignore-file",
        "run()  # noqa: CA101, CA001",
        "run()  # noqa: C901",
        "run()  # noqa: because CA101",
        "x = '# noqa: CA101'",
        "run()  # noqa: ALL",
        "run()  # noqa: blocking is fine here",
        "run()  # noqa: P04",
        "run()  # noqa: P101",
        "run()  # noqa: other-call",
        "# conc-advisor: ignore-file - it is generated",
        "# conc-advisor: ignore-file: S113, ASYNC251",
    ],
)
def test_comments_that_are_none_of_our_business_are_not_useless(source: str) -> None:
    """Bare ones, other tools' codes, strings, and one that says itself that it is to stay."""
    assert sift(source).kept == ()


@pytest.mark.parametrize(("codes", "silenced"), [("CA101, CA001", ["CA101"]), ("CA0 CA1", ["CA1"]), ("CA001", []), ("CA0, E501", [])])
def test_a_comment_may_keep_itself(codes: str, silenced: list[str]) -> None:
    """It is counted as silenced then, and its own code is never useless."""
    sifted = sift(f"run()  # noqa: {codes}")
    assert [each.finding.message.split()[0] for each in sifted.silenced] == silenced
    assert sifted.kept == ()


@pytest.mark.parametrize("ran", [frozenset({"CA001"}), frozenset({"CA001", "CA201"}), frozenset({"CA001", "CA102", "CA201"})])
@pytest.mark.parametrize("code", ["CA101", "CA1", "CA10"])
def test_a_rule_that_was_not_looked_for_makes_no_comment_useless(code: str, ran: frozenset[str]) -> None:
    """Nor does a beginning of which only some rules were."""
    assert sift(f"run()  # noqa: {code}", ran=ran).kept == ()


@pytest.mark.parametrize("ran", [KNOWN - {USELESS}, frozenset()])
def test_useless_comments_are_reported_only_where_that_is_asked_for(ran: frozenset[str]) -> None:
    """It is a rule like others."""
    assert sift("run()  # noqa: CA101", ran=ran).kept == ()


@pytest.mark.parametrize("comment", ["# noqa: CA1", "# noqa: CA101", "# noqa: CA102, CA101"])
def test_a_comment_that_is_used_is_not_useless(comment: str) -> None:
    """By one finding of several kinds."""
    sifted = sift(f"run()  {comment}", at(1), at(1, "CA102"))
    assert at(1) in [each.finding for each in sifted.silenced]
    assert USELESS not in {each.rule for each in sifted.kept}


def test_both_of_two_comments_that_silence_the_same_are_used() -> None:
    """Taking either out alone would change nothing, and taking out both would."""
    assert sift("# ruff: noqa: CA101\nrun()  # noqa: CA101", at(2)).kept == ()
