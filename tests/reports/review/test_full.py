"""The text of a review: what stands under a finding, what the end says, and that nothing hostile comes through."""

import re
from dataclasses import replace

import pytest
from review_outcome_builder import (
    HOSTILE,
    finding,
    fix,
    hostile_outcome,
    inventory,
    library,
    location,
    options,
    outcome,
    rich_outcome,
    silenced,
    step,
)

from conc_advisor.catalogue.library import Api
from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.reports.review.full import render
from conc_advisor.reports.review.options import ReviewOptions
from conc_advisor.review.outcome import Outcome, Silence
from conc_advisor.scanning.inventory import ModelUse, Part, Skipped

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


_ERROR, _WARNING = Severity.ERROR, Severity.WARNING


def text(said: Outcome, how: ReviewOptions | None = None) -> str:
    return "".join(render(said, how or options()))


def block(said: Finding, how: ReviewOptions | None = None) -> list[str]:
    """Return the lines of a finding without its source."""
    first = text(outcome(said), how).split("\n\n")[0].split("\n")
    return [first[0], *(line for line in first[1:] if not re.match(r" *\d* +\|", line))]


def end(said: Outcome, how: ReviewOptions | None = None) -> str:
    """Return what follows the findings."""
    return list(render(said, how or options()))[-1]


def test_a_finding_is_its_line_its_source_and_what_to_do() -> None:
    assert text(rich_outcome()).split("\n\n")[0].split("\n") == [
        "app/api.py:5:5: CA101 error [high confidence] `time.sleep()` blocks the event loop",
        "  |",
        "4 | async def handle(request):",
        "5 |     time.sleep(1)",
        "  |     ^^^^^^^^^^^^^",
        "6 |     return request",
        "  |",
        "  = path: app/wait.py:9:1 handle() calls _wait()",
        "          app/wait.py:9:1 _wait() calls time.sleep()",
        "  = help: await `asyncio.sleep()`",
        "  = also: ruff ASYNC251",
        "  = template: conc-advisor scaffold async-offload",
        "  = fix: Await asyncio.sleep() (--fix)",
    ]


def test_a_finding_with_nothing_more_to_say_has_no_more_lines() -> None:
    assert block(finding(code="CA201", advice="")) == ["app/api.py:5:5: CA201 error [high confidence] `time.sleep()` blocks the event loop"]


def messages(said: str) -> list[str]:
    """Return the messages of the headlines, each a single letter."""
    return re.findall(r"confidence\] (\w)$", said, re.MULTILINE)


def test_the_worst_comes_first_and_else_nothing_changes_places() -> None:
    said = outcome(*(finding(name, severity=severity) for name, severity in zip("abcd", [_WARNING, _ERROR, _WARNING, _ERROR], strict=True)))
    assert messages(text(said)) == ["b", "d", "a", "c"]


def test_what_is_merely_worth_knowing_has_a_line_each_at_the_end() -> None:
    """With -v it has its source like all others."""
    said = outcome(finding("a", severity=Severity.INFO), finding("b"))
    assert messages(text(said)) == ["b", "a"]
    assert text(said).count(" ^^^") == 1
    assert text(said, options(verbose=True)).count(" ^^^") == 2
    assert messages(text(said, options(verbose=True))) == ["b", "a"]


def test_of_many_that_are_worth_knowing_the_rest_is_counted() -> None:
    said = outcome(*(finding("a", severity=Severity.INFO) for _ in range(25)))
    assert len(messages(text(said))) == 20
    assert "5 more of severity info (-v shows all)" in text(said)
    assert len(messages(text(said, options(verbose=True)))) == 25


def test_findings_with_one_cause_are_one_block() -> None:
    """Where their ways end in the same call; the others are named by their places."""
    places = [location("app/api.py", line, 3) for line in range(1, 9)]
    ways = [(step(place=place), step("_wait() calls time.sleep()", location("app/wait.py", 9, 1))) for place in places]
    said = outcome(*(finding("a", place, steps=way) for place, way in zip(places, ways, strict=True)))
    assert messages(text(said)) == ["a"]
    assert "= likewise: app/api.py:2:3, app/api.py:3:3, app/api.py:4:3," in " ".join(text(said).split())
    assert "and 2 more (-v shows all)" in " ".join(text(said).split())
    assert "app/api.py:8:3" in text(said, options(verbose=True))


def test_findings_with_ways_to_different_calls_stay_apart() -> None:
    ends = [step(place=location("app/wait.py", line, 1)) for line in (9, 10)]
    assert messages(text(outcome(*(finding("a", steps=(end_,)) for end_ in ends)))) == ["a", "a"]


def test_a_fix_that_may_change_more_is_told_apart() -> None:
    assert "--unsafe-fixes" in block(finding(fix=fix(safe=False)))[-1]
    assert "--unsafe-fixes" not in block(finding(fix=fix()))[-1]


def test_the_rule_of_another_tool_has_no_template() -> None:
    assert not any("template" in line for line in block(finding(code="B023")))


def test_a_rule_without_a_template_names_none() -> None:
    assert not any("template" in line for line in block(finding(code="CA201")))


def test_without_its_source_a_finding_is_told_all_the_same() -> None:
    said = replace(outcome(finding()), sources={})
    assert text(said).split("\n")[1] == "  = help: await `asyncio.sleep()`"


def test_without_a_place_a_finding_is_told_all_the_same() -> None:
    assert block(replace(finding(), location=None))[0].startswith("-: CA101 error")


@pytest.mark.parametrize(("line", "column", "expected"), [(5, 5, "a.py:5:5: "), (5, 0, "a.py:5: "), (0, 0, "a.py: ")])
def test_only_what_is_known_of_a_place_is_said(line: int, column: int, expected: str) -> None:
    assert block(finding(place=location("a.py", line, column)))[0].startswith(expected)


def test_of_a_long_path_the_middle_is_left_out_unless_all_is_asked_for() -> None:
    said = finding(steps=tuple(step(f"step {number}.") for number in range(1, 21)))
    shown = [int(number) for number in re.findall(r"step (\d+)\.", "\n".join(block(said)))]
    assert shown == [1, 2, 3, 4, 17, 18, 19, 20]
    assert "… 12 more (-v shows all)" in "\n".join(block(said))
    assert "\n".join(block(said, options(verbose=True))).count("step ") == 20


def test_a_path_of_a_few_steps_is_whole() -> None:
    assert "more" not in "\n".join(block(finding(steps=(step(),) * 8)))


def test_a_file_whose_name_is_a_command_to_github_begins_no_line() -> None:
    assert block(finding(place=location("::error::x.py")))[0].startswith("./::error::x.py:5:5: ")
    assert block(finding(place=location("a::error::x.py")))[0].startswith("a::error::x.py:5:5: ")


@pytest.mark.parametrize("width", [20, 80, 200])
@pytest.mark.parametrize("said", [rich_outcome(), hostile_outcome()], ids=["rich", "hostile"])
def test_nothing_unprintable_reaches_the_terminal(said: Outcome, width: int) -> None:
    for color in (False, True):
        shown = text(said, options(width=width, color=color))
        assert ESCAPE.sub("", shown).replace("\n", "").isprintable()
        assert ("\x1b" in shown) is color


def test_a_dumb_terminal_gets_plain_ascii() -> None:
    shown = text(rich_outcome(), options(unicode=False))
    assert shown.isascii()
    assert "\x1b" not in shown
    assert text(hostile_outcome(), options(unicode=False)).isascii()


def test_colour_is_never_alone() -> None:
    assert ESCAPE.sub("", text(rich_outcome(), options(color=True))) == text(rich_outcome())


def test_prose_keeps_to_the_width_and_the_first_line_is_one_line() -> None:
    said = finding("word " * 50, advice="word " * 50)
    lines = block(said, options(width=60))
    assert len(lines[0]) > 250
    assert max(map(len, lines[1:])) <= 60


def test_a_clean_review_says_so_and_what_was_read() -> None:
    assert text(outcome()) == "✓ no findings\n  read  4 files, 120 lines\n"


def test_no_confidence_is_left_unsaid() -> None:
    for confidence in Confidence:
        assert f"[{confidence} confidence]" in block(finding(confidence=confidence))[0]


def test_the_end_counts() -> None:
    lines = end(rich_outcome()).split("\n\n")[0].split("\n")
    assert lines == [
        "! 4 findings: 1 error, 2 warnings, 1 info",
        "  fixes     1 safe fix (--fix), 1 fix that may change more (--unsafe-fixes)",
        "  silenced  1 by noqa, 1 by per-file-ignores, 1 by the baseline",
        "  read      4 files, 120 lines; 1 file known from the last time",
    ]


def test_silenced_findings_do_not_count_as_findings() -> None:
    said = end(outcome(silenced=(silenced(Silence.BASELINE),)))
    assert said.startswith("✓ no findings\n")
    assert "1 by the baseline" in said


def test_what_was_not_read_is_named_and_the_rest_counted_by_reason() -> None:
    skipped = [Skipped(file=f"{name}.py", why=f"invalid syntax (line {ord(name)})") for name in "abcdefghijklmnopqrstuvw"]
    skipped += [Skipped(file="z.py", why="permission denied: z.py")]
    said = end(outcome(skipped=tuple(skipped)))
    assert "Not read (24)\n  - a.py: invalid syntax (line 97)\n" in said
    assert "… 4 more (-v shows all): invalid syntax (3), permission denied (1)" in said
    assert "v.py" not in said
    everything = end(outcome(skipped=tuple(skipped)), options(verbose=True))
    assert "z.py: permission denied: z.py" in everything
    assert "more" not in everything


def test_silence_about_what_nobody_read_is_no_good_news() -> None:
    said = end(outcome(lines=(), files=0, skipped=(Skipped(file="a.py", why="invalid syntax"),)))
    assert "! nothing was read" in said
    assert "no findings" not in said


def test_a_note_is_said_once() -> None:
    assert end(outcome(notes=("ruff is missing.", "ruff is missing."))).count("ruff is missing.") == 1


def test_the_model_of_the_code_is_said_with_where_it_was_seen() -> None:
    seen = inventory(library("requests", Api.SYNC, "httpx"), library("aiohttp", Api.ASYNC), library("redis", Api.BOTH))
    model = end(outcome(inventory=seen)).split("\n\n")[1].split("\n")
    assert [line.strip() for line in model] == [
        "Concurrency model",
        "asyncio (high confidence): asyncio in 3 files of 4",
        "main code           asyncio in 3 files (app/api.py:5 asyncio.run)",
        "tests               threads in 1 file (app/api.py:5 threading.Thread)",
        "blocking libraries  requests (app/api.py:5), async: httpx",
        "async libraries     aiohttp (app/api.py:5)",
        "blocking and async  redis (app/api.py:5)",
        "Evidence for a choice of model:",
        "conc-advisor choose --scan app",
        "",
    ]


def test_many_libraries_are_counted_unless_all_is_asked_for() -> None:
    seen = inventory(*(library(f"lib{number}") for number in range(9)))
    assert "5 more" in end(outcome(inventory=seen))
    assert "lib8" in end(outcome(inventory=seen), options(verbose=True))


def test_the_model_in_most_files_comes_first() -> None:
    seen = inventory()
    more = ModelUse(kind=seen.models[1].kind, part=Part.MAIN, places=5, files=5, first=())
    said = end(outcome(inventory=replace(seen, models=(*seen.models, more))))
    assert "threads in 5 files; asyncio in 3 files" in said


def test_nothing_is_said_of_the_model_where_nothing_was_read() -> None:
    assert "Concurrency model" not in end(outcome(inventory=None))
    empty = replace(inventory(), read=dict.fromkeys(Part, 0))
    assert "Concurrency model" not in end(outcome(inventory=empty))


@pytest.mark.parametrize(
    ("paths", "command"),
    [
        (("app",), "conc-advisor choose --scan app"),
        (("src", "it's here"), "conc-advisor choose --scan src --scan 'it'\"'\"'s here'"),
        (("-",), None),
        ((), None),
        (("a\nb",), None),
    ],
)
def test_the_command_that_chooses_can_be_copied_or_is_not_there(paths: tuple[str, ...], command: str | None) -> None:
    said = end(outcome(inventory=inventory()), options(paths=paths))
    assert ("Evidence" in said) is (command is not None)
    assert command is None or command in said


def test_each_template_is_named_once_with_its_rules_the_one_for_most_findings_first() -> None:
    said = outcome(finding(), finding(code="CA401"), finding(code="CA401"), finding(code="CA201"), finding(code="B023"))
    assert end(said).split("\n\n")[-1] == (
        "Code to start from\n  conc-advisor scaffold async-fan-out  CA401\n  conc-advisor scaffold async-offload  CA101\n"
    )


def test_rules_that_share_a_template_stand_together() -> None:
    how = options()
    same = replace(how, rules=tuple(replace(rule, template="async-queue") for rule in how.rules))
    said = end(outcome(finding(), finding(code="CA401")), same)
    assert "conc-advisor scaffold async-queue  CA101, CA401\n" in said
    assert said.count("scaffold") == 1


def test_a_rule_that_did_not_fire_offers_nothing() -> None:
    assert "scaffold" not in end(outcome(finding(code="CA201")))
    assert "scaffold" not in end(outcome(silenced=(silenced(),)))


def test_the_hostile_name_is_spelled_out_and_not_lost() -> None:
    assert "[bold]x[/bold]" in text(hostile_outcome())
    assert HOSTILE not in text(hostile_outcome())
