"""One line a finding, and nothing else but the counts."""

import re

import pytest
from review_outcome_builder import finding, hostile_outcome, location, options, outcome, rich_outcome

from conc_advisor.reports.review.concise import render
from conc_advisor.review.outcome import Outcome


def lines(said: Outcome, *, color: bool = False) -> list[str]:
    return "".join(render(said, options(width=20, color=color))).splitlines()


def test_a_finding_is_a_line_and_the_last_line_counts() -> None:
    assert lines(rich_outcome()) == [
        "app/api.py:5:5: CA101 `time.sleep()` blocks the event loop",
        "app/api.py:6:5: CA201 `job()` is never awaited",
        "app/api.py:6:5: CA401 `gather()` of everything",
        "app/api.py:6:5: B023 Loop variable not bound",
        "4 findings: 1 error, 2 warnings, 1 info",
    ]


def test_no_findings_are_one_line() -> None:
    assert lines(outcome()) == ["no findings"]


@pytest.mark.parametrize("name", ["a\nb.py", "a\rb.py", "a\x1b[2Jb.py", "a\u2028b.py", "[red]b.py"])
def test_a_finding_stays_one_line_whatever_its_file_is_called(name: str) -> None:
    (first, _) = lines(outcome(finding(place=location(name))))
    assert re.fullmatch(r"\S+b\.py:5:5: CA101 .+", first)
    assert first.isprintable()


def test_a_hostile_project_is_one_printable_line() -> None:
    assert [line.isprintable() for line in lines(hostile_outcome())] == [True, True]


def test_a_file_whose_name_is_a_command_to_github_begins_no_line() -> None:
    assert lines(outcome(finding(place=location("::error::x.py"))))[0].startswith("./::")


def test_colour_adds_escape_codes_and_nothing_else() -> None:
    coloured = "\n".join(lines(rich_outcome(), color=True))
    assert "\x1b[1;31mCA101\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == "\n".join(lines(rich_outcome()))
