"""The excerpt of the source: what is shown, what is marked, and that both fit the page."""

import random
from typing import Final

import pytest
from review_outcome_builder import location

from conc_advisor.findings import Location, Severity
from conc_advisor.reports.plain import Paper, cell_width
from conc_advisor.reports.review.snippet import snippet

FIVE: Final = ("one = 1", "two = 2", "three()", "four = 4", "five = 5")


def drawn(lines: tuple[str, ...], place: Location, *, width: int = 80, color: bool = False, unicode: bool = True) -> list[str]:
    return snippet(place, lines, Severity.ERROR, Paper(width=width, color=color, unicode=unicode))


def at(line: int, column: int, end_column: int = 0, end_line: int | None = None) -> Location:
    return location(line=line, column=column, end_line=line if end_line is None else end_line, end_column=end_column)


def of_one(line: str, column: int, end_column: int, *, width: int = 80, unicode: bool = True) -> tuple[str, str]:
    """Return a line as it is shown, and the carets under it, both without the gutter."""
    _, text, carets, _ = drawn((line,), at(1, column, end_column), width=width, unicode=unicode)
    return text.removeprefix("1 | "), carets.removeprefix("  | ")


def marked(line: str, column: int, end_column: int, *, width: int = 80, unicode: bool = True) -> str:
    """Return what stands above the carets."""
    text, carets = of_one(line, column, end_column, width=width, unicode=unicode)
    first, last = carets.index("^"), len(carets)
    found, columns = "", 0
    for char in text:
        # What takes no column of its own stands over the one before.
        if first <= columns - (not cell_width(char)) < last:
            found += char
        columns += cell_width(char)
    return found


def test_two_lines_before_and_after_are_shown_with_their_numbers() -> None:
    assert drawn(FIVE, at(3, 1, 8)) == [
        "  |",
        "1 | one = 1",
        "2 | two = 2",
        "3 | three()",
        "  | ^^^^^^^",
        "4 | four = 4",
        "5 | five = 5",
        "  |",
    ]


def test_numbers_stand_under_each_other() -> None:
    lines = tuple(f"x{number}" for number in range(1, 13))
    assert [line.split("|")[0] for line in drawn(lines, at(9, 1, 2))] == ["   ", " 7 ", " 8 ", " 9 ", "   ", "10 ", "11 ", "   "]


def test_empty_lines_at_the_edges_are_left_out_and_those_between_stay() -> None:
    lines = ("a", "", "bad()", "   ", "b")
    assert [line[:1] for line in drawn(lines, at(3, 1, 6))] == [" ", "1", "2", "3", " ", "4", "5", " "]
    assert [line[:1] for line in drawn(("", "", "bad()", "", ""), at(3, 1, 6))] == [" ", "3", " ", " "]


@pytest.mark.parametrize("line", [0, 6, 99, -1])
def test_of_a_line_that_is_not_known_there_is_no_excerpt(line: int) -> None:
    assert drawn(FIVE, at(line, 1, 2)) == []


def test_without_a_column_there_are_no_carets() -> None:
    assert not any("^" in line for line in drawn(FIVE, at(3, 0, 0)))


@pytest.mark.parametrize(
    ("line", "column", "end_column", "expected"),
    [
        ("    time.sleep(1)", 5, 18, "time.sleep(1)"),
        ("x = f()", 5, 8, "f()"),
        ("x = f()", 5, 0, "f"),  # the end is not known
        ("x = f()", 5, 5, "f"),  # nothing between begin and end
        ("x = f()", 5, 99, "f()"),  # the file has changed since
        ("\tf()", 2, 5, "f()"),
        ("x\t=\tf()", 5, 8, "f()"),
        ("'日本', f()", 7, 10, "f()"),
        ("'e\u0301', f()", 7, 10, "f()"),
        ("'日本'.f()", 1, 5, "'日本'"),
        ("'\x1b[2J', f()", 9, 12, "f()"),
        ("'\u202e', f()", 6, 9, "f()"),
        ("\x0cf()", 2, 5, "f()"),
    ],
)
def test_the_carets_stand_under_the_finding(line: str, column: int, end_column: int, expected: str) -> None:
    """With tabs, characters of two columns or none, and characters that are spelled out before it."""
    assert marked(line, column, end_column) == expected


def test_a_finding_behind_the_end_of_its_line_gets_one_caret_there() -> None:
    assert of_one("f()", 4, 5) == ("f()", "   ^")


def test_of_several_lines_the_first_is_marked_to_its_end_and_a_sign_says_that_it_goes_on() -> None:
    lines = ("await gather(  ", "    *jobs,", ")")
    assert drawn(lines, at(1, 7, 2, end_line=3))[1:3] == ["1 | await gather(", "  |       ^^^^^^^…"]
    assert drawn(lines, at(1, 7, 2, end_line=3), unicode=False)[2] == "  |       ^^^^^^^..."


def test_tabs_are_blanks_up_to_the_next_stop_wherever_they_stand() -> None:
    assert of_one("\tab\tf()", 5, 8) == ("    ab  f()", "        ^^^")


@pytest.mark.parametrize("char", ["\x1b", "\x00", "\x7f", "\u202e", "\u2028", "\ufeff", "\udc80", "\x9b"])
def test_no_control_character_comes_through(char: str) -> None:
    for line in drawn((f"a{char}b", f"f({char})"), at(2, 1, 5)):
        assert line.isprintable()


def test_a_dumb_terminal_gets_plain_ascii_and_the_carets_still_fit() -> None:
    assert marked("'日本', f()", 7, 10, unicode=False) == "f()"
    assert of_one("'ü', f()", 6, 9, unicode=False) == ("'\\xfc', f()", "        ^^^")


@pytest.mark.parametrize("unicode", [True, False])
@pytest.mark.parametrize("column", [1, 30, 60, 61, 100, 5_000, 19_998])
def test_a_long_line_is_cut_to_what_is_around_the_finding(column: int, unicode: bool) -> None:  # noqa: FBT001  # a parameter of the test
    line = "".join(chr(97 + number % 26) for number in range(20_000))
    text, carets = of_one(line, column, column + 3, width=60, unicode=unicode)
    assert len(text) <= 56
    assert marked(line, column, column + 3, width=60, unicode=unicode) == line[column - 1 : column + 2]
    dots = "…" if unicode else "..."
    assert text.startswith(dots) is (column > 50)
    assert text.endswith(dots) is (column < 19_000)
    assert len(carets) <= 56


def test_a_finding_longer_than_the_page_is_marked_as_far_as_it_is_shown() -> None:
    text, carets = of_one("x = " + "y" * 200, 5, 205, width=60)
    assert carets == " " * 4 + "^" * 52
    assert len(text) == 56


def test_lines_around_a_cut_line_are_cut_at_the_same_column() -> None:
    lines = ("short", "a" * 90 + "bad()" + "a" * 90, "b" * 200)
    first, second, _, third = drawn(lines, at(2, 91, 96), width=60)[1:5]
    assert first == "1 | …"
    assert second.index("bad()") == 24
    assert third.startswith("3 | …bbb")


def test_a_line_that_just_fits_is_whole() -> None:
    assert of_one("x" * 56, 54, 57, width=60) == ("x" * 56, " " * 53 + "^^^")


def test_a_page_that_is_too_narrow_still_shows_something() -> None:
    assert marked("    value = compute(argument)", 13, 20, width=5) == "compute"


def test_a_line_of_megabytes_costs_no_more_than_a_long_one() -> None:
    """Only the text around the finding is looked at: all of these would take minutes."""
    line = "é" * 2_000_000 + "bad()" + "é" * 2_000_000
    for _ in range(50):
        assert marked(line, 2_000_001, 2_000_006) == "bad()"
        assert marked(line, 11, 4_000_000).startswith("é" * 20)


def test_colour_adds_escape_codes_and_nothing_else() -> None:
    plain = drawn(FIVE, at(3, 1, 8))
    coloured = drawn(FIVE, at(3, 1, 8), color=True)
    assert any("\x1b[1;31m^^^^^^^\x1b[0m" in line for line in coloured)
    for code in ("\x1b[2m", "\x1b[1;31m", "\x1b[0m"):
        coloured = [line.replace(code, "") for line in coloured]
    assert coloured == plain


def test_whatever_the_line_the_carets_mark_the_finding() -> None:
    """Random lines of narrow, wide, combining and unprintable characters on pages of any width."""
    chance = random.Random(5)  # noqa: S311 - not for secrets
    alphabet = "abc=()\t日本e\u0301é\x1b\u202e "
    for _ in range(300):
        before, after = ("".join(chance.choices(alphabet, k=chance.randrange(120))) for _ in range(2))
        line = f"{before}call{after}"
        column, width = len(before) + 1, chance.randrange(44, 130)
        assert marked(line, column, column + 4, width=width).startswith("call"), (line, width)
        assert cell_width(of_one(line, column, column + 4, width=width)[0]) <= width - 4
