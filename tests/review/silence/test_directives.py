"""Comments that silence findings, as they are read."""

import pytest

from conc_advisor.review.silence.directives import Directive, mentioned, read_directives


def only(source: str) -> Directive:
    """Return the one directive of some source."""
    (directive,) = read_directives(source.split("\n"))
    return directive


@pytest.mark.parametrize(
    ("comment", "codes"),
    [
        ("# noqa", ()),
        ("#noqa", ()),
        ("# NoQA", ()),
        ("# noqa ours", ()),
        ("# noqa: CA101", ("CA101",)),
        ("# noqa:CA101", ("CA101",)),
        ("# noqa : ca101", ("CA101",)),
        ("# noqa: CA101,CA2", ("CA101", "CA2")),
        ("# noqa: CA101 , E501  S113", ("CA101", "E501", "S113")),
        ("# noqa: CA101 because the file is small", ("CA101",)),
        ("# noqa: CA101, because of F-16s", ("CA101",)),
        ("# type: ignore[attr-defined]  # noqa: CA101", ("CA101",)),
        ("# noqa: CA101  # type: ignore", ("CA101",)),
        ("# a word before # noqa: CA101", ("CA101",)),
    ],
)
def test_a_comment_behind_code_names_codes(comment: str, codes: tuple[str, ...]) -> None:
    """No codes are all codes."""
    directive = only(f"x = 1  {comment}")
    assert (directive.codes, directive.whole_file, directive.line) == (codes, False, 1)


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa:",
        "# noqa: because CA101 is wrong",
        "# noqa-ish",
        "# noqas: CA101",
        "# no noqa: CA101",
        "# see noqa",
        "# flake8: noqa",
        "# ruff: noqa: CA101",
        "# conc-advisor: ignore-file",
        "# conc-advisor: ignore",
        "# nosec",
    ],
)
def test_a_comment_behind_code_that_silences_nothing(comment: str) -> None:
    """No code where one is due, another word, no sign before the word, or one for whole files, which stand on a line of their own."""
    assert read_directives([f"x = 1  {comment}"]) == ()


@pytest.mark.parametrize("text", ['x = "# noqa"', 'x = """\n# noqa: CA101\n"""', "x = '# conc-advisor: ignore-file'", "noqa = 1"])
def test_a_string_is_no_comment(text: str) -> None:
    """Nor is a name."""
    assert read_directives(text.split("\n")) == ()


@pytest.mark.parametrize(
    ("comment", "codes"),
    [
        ("# conc-advisor: ignore-file", ()),
        ("# Conc-Advisor:ignore-file", ()),
        ("# conc-advisor: ignore-file - it is generated", ()),
        ("# conc-advisor: ignore-file (generated)", ()),
        ("# conc-advisor: ignore-file  # generated", ()),
        ("# conc-advisor: ignore-file CA101", ("CA101",)),
        ("# conc-advisor: ignore-file: it is generated", ("it",)),
        ("# conc-advisor: ignore-file: CA999x", ("CA999x",)),
        ("    # conc-advisor: ignore-file: CA101, CA2", ("CA101", "CA2")),
        ("# ruff: noqa: CA101 E501", ("CA101", "E501")),
        ("# flake8: noqa: CA101", ("CA101",)),
    ],
)
def test_a_comment_for_the_whole_file(comment: str, codes: tuple[str, ...]) -> None:
    """It may stand anywhere in it."""
    directive = only(f"x = 1\n{comment}\ny = 2")
    assert directive.whole_file
    assert directive.codes == codes
    assert directive.speaks_for(1, 1)
    assert directive.speaks_for(3, 3)


@pytest.mark.parametrize("comment", ["# ruff: noqa", "# flake8: noqa", "# ruff: noqa: all of it", "# ruff: isort: skip-file", "# mypy: x"])
def test_what_is_for_other_tools_alone(comment: str) -> None:
    """Without codes of ours they say nothing to us."""
    assert read_directives([comment, "x = 1"]) == ()


NAMES = frozenset({"all", "p01", "blocking", "blocking-call"})


@pytest.mark.parametrize(
    ("comment", "codes"),
    [
        ("# noqa: P01", ("P01",)),
        ("# noqa: ALL", ("all",)),
        ("# noqa: all of it", None),
        ("# noqa: blocking", ("blocking",)),
        ("# noqa: Blocking, CA2", ("blocking", "CA2")),
        ("# noqa: blocking is fine here", None),
        ("# noqa: CA2 blocking is fine here", ("CA2",)),
        ("# noqa: blocking-call, it is short", ("blocking-call",)),
        ("# noqa: other-call", None),
        ("# noqa: CA101x", ("CA101x",)),
        ("# noqa: CA101-ish", ("CA101",)),
        ("# conc-advisor: ignore-file: blocking CA2 because of it", ("blocking", "CA2")),
        ("# conc-advisor: ignore-file blocking is fine here", ("blocking",)),
        ("# conc-advisor: ignore-file: other-call", ("other-call",)),
    ],
)
def test_other_words_that_name_rules_will_do(comment: str, codes: tuple[str, ...] | None) -> None:
    """Where they cannot be the beginning of a sentence."""
    found = read_directives([comment], NAMES)
    assert [each.codes for each in found] == ([] if codes is None else [codes])


@pytest.mark.parametrize("comment", ["# conc-advisor: ignore-file:", "# conc-advisor: ignore-file: (why)"])
def test_a_colon_that_leads_nowhere_is_told_from_a_whole_file(comment: str) -> None:
    """It would be silent about everything otherwise."""
    assert (only(comment).codes, only(comment).dangling) == ((), True)
    assert not only("# conc-advisor: ignore-file").dangling


def test_the_place_is_that_of_the_directive_alone() -> None:
    """From its sign to behind its last code."""
    line = "größe = 1  # type: ignore # noqa: CA101, E501 - why"
    directive = only(line)
    assert line[directive.column - 1 : directive.end_column - 1] == "# noqa: CA101, E501"
    assert directive.head == "# noqa"


def test_several_in_one_comment_are_several() -> None:
    """Each with its own place."""
    assert [each.codes for each in read_directives(["x = 1  # noqa: CA101 # noqa: CA2"])] == [("CA101",), ("CA2",)]


CALL = "result = call(\n    one(),\n    two(\n        3\n    ),\n){}"


@pytest.mark.parametrize(
    ("source", "place", "speaks"),
    [
        ("one()  # noqa\ntwo()", (1, 1), True),
        ("one()  # noqa\ntwo()", (2, 2), False),
        ("one()\ntwo()  # noqa", (1, 1), False),
        (CALL.format("  # noqa"), (2, 2), True),
        (CALL.format("  # noqa"), (1, 6), True),
        (CALL.replace("call(", "call(  # noqa"), (2, 2), True),
        (CALL.replace("one(),", "one(),  # noqa"), (2, 2), True),
        (CALL.replace("one(),", "one(),  # noqa"), (3, 5), False),
        (CALL.replace("one(),", "one(),  # noqa"), (1, 6), True),
        (CALL.replace("    ),", "    ),  # noqa"), (3, 5), True),
        ('x = run("""\n# noqa: CA1\n""")  # noqa', (1, 3), True),
        ("x = 1 + \\\n    run()  # noqa", (2, 2), True),
        ("x = run() + \\\n    1  # noqa", (1, 1), True),
        ("async def f():  # noqa\n    run()", (2, 2), False),
        ("async def f():  # noqa\n    run()", (1, 2), True),
        ("async def f():\n    run()  # noqa", (1, 2), False),
        ("with a, \\\n  b:  # noqa\n    run()", (1, 1), True),
        ("# noqa\nrun()", (2, 2), False),
        ("run(\n    # noqa\n    1)", (1, 3), True),
        ("run(\n    1  # noqa\n)", (1, 3), True),
        ("run(\n    1,  # noqa\n    two()\n)", (3, 3), False),
    ],
)
def test_it_speaks_for_its_own_statement(source: str, place: tuple[int, int], *, speaks: bool) -> None:
    """From a line of what is reported, or the statement's first or last line."""
    directive = read_directives(source.split("\n"))[-1]
    assert directive.speaks_for(*place) is speaks


@pytest.mark.parametrize(
    "source", ["x = (  # noqa: CA101\n", "if x:\n  y\n z  # noqa: CA101\n", 'x = """\ny  # noqa: CA101', "x = (]  # noqa: CA101"]
)
def test_source_that_is_no_python_is_read_line_by_line(source: str) -> None:
    """What stands behind a sign counts as a comment there."""
    assert only(source).codes == ("CA101",)


@pytest.mark.parametrize("line", ["x  # noqa", "# NOQA", "# Conc-Advisor: Ignore-File", "'noqa'"])
def test_lines_that_may_hold_one_are_found_by_their_text(line: str) -> None:
    """In any capitals, in strings as well."""
    assert mentioned(["x = 1", line]) == (line,)


@pytest.mark.parametrize("lines", [[], ["x = 1"], ["# no quality"], ["# conc-advisor is nice", "# ignore this file"]])
def test_most_files_mention_none(lines: list[str]) -> None:
    """And are not taken apart."""
    assert mentioned(lines) == ()
