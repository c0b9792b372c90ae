"""The comment on a pull request: complete, short enough, and nothing that others wrote is markup."""

import re
from collections.abc import Iterator

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from review_outcome_builder import finding, hostile_outcome, inventory, location, options, outcome, rich_outcome, step

from conc_advisor.findings import Severity
from conc_advisor.reports.review.markdown import render
from conc_advisor.review.outcome import Outcome
from conc_advisor.scanning.inventory import Skipped

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
OURS = {"<br>", "<code>", "</code>"}
"""The HTML that we write ourselves."""


def text(said: Outcome) -> str:
    return "".join(render(said, options()))


def tokens(markdown: str) -> Iterator[Token]:
    for token in PARSER.parse(markdown):
        yield token
        yield from token.children or ()


def rows(markdown: str) -> list[list[str]]:
    """Return the cells of the table of findings, as they are read."""
    found: list[list[str]] = []
    for token in PARSER.parse(markdown):
        if token.type == "tr_open":
            found.append([])
        elif token.type == "table_close":
            break
        elif token.type == "inline" and found:
            found[-1].append("".join(child.content for child in token.children or () if child.type in {"text", "code_inline"}))
    return found[1:]


def test_the_heading_counts_and_the_table_has_a_row_for_each_finding() -> None:
    said = text(rich_outcome())
    assert said.startswith("### conc-advisor review: 4 findings: 1 error, 2 warnings, 1 info\n\n| severity |")
    assert [row[:3] for row in rows(said)] == [
        ["error (high confidence)", "app/api.py:5:5", "CA101 blocking-call-in-coroutine"],
        ["warning (high confidence)", "app/api.py:6:5", "CA201 coroutine-never-awaited"],
        ["warning (high confidence)", "app/api.py:6:5", "CA401 unbounded-fan-out"],
        ["info (high confidence)", "app/api.py:6:5", "B023"],
    ]


def test_the_worst_findings_come_first() -> None:
    said = outcome(*(finding(severity=severity) for severity in Severity))
    assert [row[0].split()[0] for row in rows(text(said))] == ["error", "warning", "info"]


def test_a_clean_review_has_no_table() -> None:
    assert text(outcome()) == "### conc-advisor review: no findings\n\n- Read: 4 files, 120 lines\n"


def test_the_path_stands_in_the_row() -> None:
    assert "_wait() calls" in rows(text(outcome(finding(steps=(step("_wait() calls time.sleep()"),)))))[0][3]


@pytest.mark.parametrize("said", [rich_outcome(), hostile_outcome()], ids=["rich", "hostile"])
def test_nothing_of_the_code_is_read_as_markup(said: Outcome) -> None:
    markdown = text(said)
    assert markdown.replace("\n", "").isprintable()
    kinds = {token.type for token in tokens(markdown)}
    assert not kinds & {"html_block", "link_open", "image", "em_open", "s_open", "fence", "code_block", "hr", "blockquote_open"}
    assert {token.content for token in tokens(markdown) if token.type == "html_inline"} <= OURS
    assert {len(row) for row in rows(markdown)} == {5}
    assert not re.search(r"(?<!\\)@\w", markdown)


def test_nothing_hostile_adds_a_row() -> None:
    assert len(rows(text(hostile_outcome()))) == 1


def test_a_backtick_in_a_name_does_not_end_the_code() -> None:
    (row,) = rows(text(outcome(finding(place=location("a`b|c.py")))))
    assert len(row) == 5
    assert row[1] == "a`b|c.py:5:5"


def test_a_comment_stays_below_what_github_takes() -> None:
    said = outcome(*(finding("word " * 100, place=location(line=number)) for number in range(1, 500)))
    markdown = text(said)
    assert 40_000 < len(markdown) < 65_536
    shown = len(rows(markdown))
    assert f"… and {499 - shown} findings more." in markdown


def test_one_finding_is_shown_however_long_it_is() -> None:
    assert len(rows(text(outcome(finding("word " * 20_000), finding())))) == 1


def test_few_findings_are_all_shown() -> None:
    assert "more" not in text(outcome(*[finding()] * 50))


def test_what_was_not_read_is_named_and_the_rest_counted() -> None:
    skipped = tuple(Skipped(file=f"f{number}.py", why=f"invalid syntax (line {number})") for number in range(13))
    said = text(outcome(skipped=skipped))
    assert "- `f9.py`: invalid syntax (line 9)\n" in said
    assert "- invalid syntax (3 more)" in said
    assert "f10.py" not in said


def test_the_model_and_the_templates_are_there() -> None:
    said = text(outcome(finding(), inventory=inventory()))
    assert "**Concurrency model**\n\n- asyncio (high confidence): asyncio in 3 files of 4.\n" in said
    assert "`conc-advisor choose --scan app`" in said
    assert said.endswith("**Code to start from**\n\n- `conc-advisor scaffold async-offload`: CA101\n")
