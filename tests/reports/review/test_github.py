"""Annotations: one command a line, escaped so that nothing ends it early, and never more than GitHub shows."""

import re
from collections import Counter
from dataclasses import dataclass, replace

import pytest
from review_outcome_builder import HOSTILE, finding, hostile_outcome, location, options, outcome, rich_outcome, step

from conc_advisor.findings import Finding, Severity
from conc_advisor.reports.review.github import PER_LEVEL, render
from conc_advisor.review.outcome import Outcome
from conc_advisor.scanning.inventory import Skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What GitHub's runner reads from a line: it takes the escapes back after it has split the properties."""

    level: str
    properties: dict[str, str]
    message: str


def commands(said: Outcome) -> list[Command]:
    found = []
    for line in "".join(render(said, options())).split("\n")[:-1]:
        match = re.fullmatch(r"::(?P<level>\w+) (?P<properties>[^:]*)::(?P<message>.*)", line)
        assert match is not None, line
        pairs = (pair.split("=", 1) for pair in match["properties"].split(","))
        found.append(
            Command(
                level=match["level"],
                properties={name: unescaped(value.replace("%3A", ":").replace("%2C", ",")) for name, value in pairs},
                message=unescaped(match["message"]),
            )
        )
    return found


def unescaped(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def only(said: Finding) -> Command:
    (command,) = commands(outcome(said))
    return command


def many(**numbers: int) -> Outcome:
    """Return a review with so many findings of each severity, the mildest first."""
    order = sorted(numbers, key=lambda name: Severity(name).rank)
    return outcome(*(finding(severity=Severity(name), place=location(line=at + 1)) for name in order for at in range(numbers[name])))


def test_a_finding_is_a_command_with_its_place_its_rule_and_its_advice() -> None:
    command = only(finding())
    assert command.level == "error"
    assert command.properties == {
        "file": "app/api.py",
        "line": "5",
        "endLine": "5",
        "col": "5",
        "title": "CA101 blocking-call-in-coroutine",
    }
    assert command.message == "`time.sleep()` blocks the event loop. Help: await `asyncio.sleep()`."


def test_each_severity_has_its_level() -> None:
    levels = [only(finding(severity=severity)).level for severity in Severity]
    assert levels == ["notice", "warning", "error"]


def test_a_clean_review_says_nothing() -> None:
    assert "".join(render(outcome(), options())) == ""


def test_a_finding_over_several_lines_has_no_column() -> None:
    """GitHub takes columns within one line only."""
    properties = only(finding(place=location(line=3, end_line=7))).properties
    assert (properties["line"], properties["endLine"]) == ("3", "7")
    assert "col" not in properties


def test_what_is_not_known_of_a_place_is_left_out() -> None:
    assert set(only(finding(place=location(line=0, column=0, end_column=0))).properties) == {"file", "title"}
    assert set(only(replace(finding(), location=None)).properties) == {"title"}


def test_the_path_is_told_line_by_line() -> None:
    assert only(finding(steps=(step(), step("then this")))).message.split("\n")[1:] == [
        "Path:",
        "  app/wait.py:9:1 handle() calls _wait()",
        "  app/wait.py:9:1 then this",
    ]


@pytest.mark.parametrize("name", ["a,b.py", "a:b.py", "100%.py", "a%0Ab.py", "a=b.py", "a::b.py", "::error::x.py", "日本.py", "a b.py"])
def test_a_name_comes_back_as_it_was(name: str) -> None:
    assert only(finding(place=location(name))).properties["file"] == name


@pytest.mark.parametrize("words", ["50% of it", "a, b: c", "%0A is no line end", "::warning::no", "line\nend"])
def test_a_message_comes_back_as_it_was(words: str) -> None:
    assert only(finding(words, advice="")).message == f"{words}."


def test_nothing_hostile_begins_a_command_or_reaches_the_log() -> None:
    lines = "".join(render(hostile_outcome(), options())).split("\n")[:-1]
    assert len(lines) == 1
    assert lines[0].isprintable()
    assert lines[0].startswith("::error file=")
    (command,) = commands(hostile_outcome())
    assert command.properties["title"] == "CA101 blocking-call-in-coroutine"
    assert command.message.count(HOSTILE[-40:]) == 4


def test_the_rule_of_another_tool_is_its_own_title() -> None:
    assert only(finding(code="B023")).properties["title"] == "B023"


def test_the_worst_come_first() -> None:
    levels = [command.level for command in commands(many(info=2, warning=2, error=2))]
    assert levels == ["error"] * 2 + ["warning"] * 2 + ["notice"] * 2


def test_findings_of_one_severity_keep_their_order() -> None:
    assert [command.properties["line"] for command in commands(many(error=3))] == ["1", "2", "3"]


@pytest.mark.parametrize(("error", "warning", "info"), [(10, 10, 10), (1, 0, 10), (0, 0, 9), (10, 0, 0)])
def test_as_many_as_github_shows_are_told_without_more_words(error: int, warning: int, info: int) -> None:
    found = commands(many(error=error, warning=warning, info=info))
    assert len(found) == error + warning + info
    assert all("file" in command.properties for command in found)


@pytest.mark.parametrize(
    ("error", "warning", "info", "missing"), [(11, 0, 0, 1), (0, 30, 0, 20), (25, 25, 25, 46), (11, 0, 9, 1), (11, 0, 10, 2), (0, 0, 11, 2)]
)
def test_more_than_github_shows_are_counted_in_one_notice_which_it_shows(error: int, warning: int, info: int, missing: int) -> None:
    found = commands(many(error=error, warning=warning, info=info))
    assert max(Counter(command.level for command in found).values()) <= PER_LEVEL
    last = found[-1]
    assert (last.level, last.properties) == ("notice", {"title": "conc-advisor review"})
    assert f"; {missing} of them have no annotation" in last.message
    assert len(found) - 1 + missing == error + warning + info


def test_everything_in_the_rich_review_is_annotated() -> None:
    assert [command.level for command in commands(rich_outcome())] == ["error", "warning", "warning", "notice", "warning"]


def test_source_that_was_not_read_is_annotated() -> None:
    """Neither notebooks nor folders are: they never are read."""
    said = replace(outcome(), skipped=(*rich_outcome().skipped, Skipped(file="private", why="Permission denied")))
    (command,) = commands(said)
    assert (command.level, command.properties) == ("warning", {"file": "old.py", "title": "not read"})
    assert command.message == "old.py was not read: invalid syntax (line 3)."


@pytest.mark.parametrize(("warning", "info", "missing"), [(0, 0, 2), (5, 0, 7), (10, 9, 12), (10, 10, 12)])
def test_source_that_was_not_read_takes_the_places_that_are_left(warning: int, info: int, missing: int) -> None:
    unread = tuple(Skipped(file=f"{number}.py", why="invalid syntax") for number in range(12))
    found = commands(replace(many(warning=warning, info=info), skipped=unread))
    assert max(Counter(command.level for command in found).values()) <= PER_LEVEL
    assert sum(command.properties.get("title") == "not read" for command in found) == 12 - missing
    assert found[-1].message.endswith("source that was not read: 12")
