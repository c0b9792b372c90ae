"""The laws of the pages on pitfalls and verdicts: what they say of linters, of our thresholds and of our demos is so."""

import json
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from guide_blocks import blocks

from conc_advisor.concurrency import VerdictId
from conc_advisor.guide.guide import Topic, TopicKind, topics
from conc_advisor.profiling.analysis.thresholds import Threshold
from conc_advisor.profiling.analysis.verdict import RULES, Condition
from conc_advisor.profiling.demo_catalogue import DEMOS
from conc_advisor.review.rules import ALL

PITFALLS = {topic.name: topic for topic in topics() if topic.kind is TopicKind.PITFALL}
VERDICTS = {topic.name: topic for topic in topics() if topic.kind is TopicKind.VERDICT}

PITFALL_SECTIONS = ["Why it is bad", "Example", "Use instead", "How to find it", "Versions", "When it is not one", "See also"]
VERDICT_SECTIONS = ["Decided on", "What it does not say", "What to do next", "What would change it", "See also"]

CODE = re.compile(r"\b[A-Z]{1,6}\d{3,4}\b")
OF_OTHER_LINTERS = {"ASYNC103", "ASYNC104", "ASYNC124", "ASYNC300", "R1732"}
"""Codes of flake8-async 26.8 and pylint 4.1 that ruff does not have."""

FOUND_BY = {
    "blocking-call-in-coroutine": "ASYNC251",
    "task-not-stored": "RUF006",
    "async-without-await": "RUF029",
    "unlocked-shared-state": "PLW0603",
    "cancellation-swallowed": "BLE001",
}
"""Pages whose example ruff finds, and the rule."""

RULES_OF_CONCURRENCY = "ASYNC,RUF006,RUF029,B012,B039,S113,PLW1509,E722,BLE001"


def text_of(topic: Topic) -> str:
    """Return the page."""
    return topic.path.read_text(encoding="utf-8")


def section(topic: Topic, title: str) -> str:
    """Return the text of one section, with its lines joined."""
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", text_of(topic), re.DOTALL | re.MULTILINE)
    assert found is not None, f"{topic.name} has no section {title!r}"
    return re.sub(r"\n(?![-\n|])\s*", " ", found[1])


def wrong_example(name: str) -> str:
    """Return the program of a pitfall's page that makes the mistake."""
    first, *_ = [block.code for block in blocks(name, text_of(PITFALLS[name])) if block.wrong]
    return first


@cache
def ruff() -> str:
    """Return the program; skips the test where it is not installed."""
    found = shutil.which("ruff", path=str(Path(sys.executable).parent)) or shutil.which("ruff")
    if found is None:
        pytest.skip("no ruff here")
    return found


@cache
def is_preview() -> dict[str, bool]:
    """Return the code of every rule of ruff, and whether it is a preview rule."""
    answer = subprocess.run([ruff(), "rule", "--all", "--output-format", "json"], capture_output=True, text=True, check=True)
    return {rule["code"]: rule["preview"] for rule in json.loads(answer.stdout)}


def codes_found(code: str, select: str) -> set[str]:
    """Return the codes that ruff reports in a program."""
    command = [ruff(), "check", "--isolated", "--no-cache", "--preview", "--select", select, "--output-format", "json", "-"]
    answer = subprocess.run(command, input=code, capture_output=True, text=True, check=False)
    return {problem["code"] for problem in json.loads(answer.stdout)}


def limit_of(threshold: Threshold) -> str:
    """Return a threshold's value as the pages write it."""
    if threshold.unit == "share":
        return f"{threshold.value:.0%}"
    return {"s": f"{threshold.value:g} s", "1/s": f"{threshold.value:g} a second", "threads per core": f"{threshold.value:g}"}.get(
        threshold.unit, f"{threshold.value:g} {threshold.unit}"
    )


def row_of(condition: Condition) -> tuple[str, str]:
    """Return the row that a verdict's page has for a condition."""
    limit = limit_of(condition.threshold)
    return condition.threshold.name, f"at least {limit}" if condition.at_least else f"below {limit}"


def rows_of(topic: Topic) -> list[tuple[str, str]]:
    """Return the rows of a verdict's table, without the words that join them."""
    rows = re.findall(r"^\| (.+?) \| (.+?)(?:, or(?: all of:)?)? \|$", section(topic, "Decided on"), re.MULTILINE)
    return rows[1:]


@pytest.mark.parametrize("name", PITFALLS)
def test_a_pitfall_page_answers_the_same_questions_in_the_same_order(name: str) -> None:
    """A reader of one page finds the way in all others."""
    assert re.findall(r"^## (.*)$", text_of(PITFALLS[name]), re.MULTILINE) == PITFALL_SECTIONS


@pytest.mark.parametrize("name", VERDICTS)
def test_a_verdict_page_answers_the_same_questions_in_the_same_order(name: str) -> None:
    assert re.findall(r"^## (.*)$", text_of(VERDICTS[name]), re.MULTILINE) == VERDICT_SECTIONS


@pytest.mark.parametrize("name", PITFALLS)
def test_a_pitfall_page_shows_the_mistake_and_what_to_do_instead(name: str) -> None:
    """Each with what it writes, so that both are run."""
    found = blocks(name, text_of(PITFALLS[name]))
    assert [block.wrong for block in found][:2] == [True, False]
    assert [block.line for block in found[:2] if block.output is None] == []
    assert "```python wrong" in section(PITFALLS[name], "Example")


@pytest.mark.parametrize("name", PITFALLS)
def test_every_rule_that_a_page_names_exists(name: str) -> None:
    """In ruff, in `review`, or in the list of other linters' rules; a preview rule is said to be one."""
    ours = {rule.code for rule in ALL}
    for entry in section(PITFALLS[name], "How to find it").splitlines():
        for code in set(CODE.findall(entry)) - ours:
            assert code in is_preview() or code in OF_OTHER_LINTERS, code
            assert not is_preview().get(code) or "preview" in entry or entry.startswith("- flake8-async"), code


@pytest.mark.parametrize("name", PITFALLS)
def test_rules_are_named_where_finding_is_spoken_of(name: str) -> None:
    """So that the law above sees all of them."""
    assert set(CODE.findall(text_of(PITFALLS[name]))) == set(CODE.findall(section(PITFALLS[name], "How to find it")))


@pytest.mark.parametrize(("name", "code"), FOUND_BY.items())
def test_ruff_finds_the_example_where_the_page_says_so(name: str, code: str) -> None:
    assert code in section(PITFALLS[name], "How to find it")
    assert code in codes_found(wrong_example(name), code)


@pytest.mark.parametrize("name", sorted(set(PITFALLS) - set(FOUND_BY)))
def test_ruff_is_silent_on_the_other_examples(name: str) -> None:
    """A page that says that no rule knows its mistake has to change when one does; RUF029 is about the shortness of an example."""
    assert codes_found(wrong_example(name), RULES_OF_CONCURRENCY) <= {"RUF029"}


@pytest.mark.parametrize("verdict", VerdictId)
def test_a_verdict_page_gives_the_limits_that_decide(verdict: VerdictId) -> None:
    """All of them, none else, as the table of rules has them."""
    rules = [rule for rule in RULES if rule.verdict is verdict]
    wanted = dict.fromkeys(row_of(condition) for rule in rules for condition in rule.conditions)
    assert sorted(rows_of(VERDICTS[verdict])) == sorted(wanted)


@pytest.mark.parametrize("verdict", VerdictId)
def test_a_verdict_page_names_the_demos_that_get_it(verdict: VerdictId) -> None:
    named = re.findall(r"profile --demo ([\w-]+)", text_of(VERDICTS[verdict]))
    assert named == [demo.name for demo in DEMOS if demo.verdict is verdict]


@pytest.mark.parametrize("topic", [*PITFALLS.values(), *VERDICTS.values()], ids=lambda topic: topic.name)
def test_only_commands_that_exist_are_recommended(topic: Topic) -> None:
    """A page may speak of no command that the program does not have."""
    commands = {"profile", "review", "choose", "scaffold", "explain", "calibrate"}
    assert set(re.findall(r"conc-advisor ([a-z]\w*)", text_of(topic))) <= commands
