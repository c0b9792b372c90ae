"""SARIF 2.1.0: what the standard asks for, what GitHub reads, and that a log is the same wherever it is made."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator
from review_outcome_builder import (
    HOSTILE,
    finding,
    fix,
    hostile_outcome,
    location,
    options,
    outcome,
    rich_outcome,
    silenced,
    step,
)

from conc_advisor import __version__
from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.reports.review.sarif import render
from conc_advisor.reports.review.sarif_places import artifact
from conc_advisor.reports.review.sarif_results import FINGERPRINT, literal, rank
from conc_advisor.review.outcome import Outcome, Silence
from conc_advisor.scanning.inventory import Skipped

MESSAGE: Final = {"type": "object", "required": ["text"], "additionalProperties": False, "properties": {"text": {"type": "string"}}}
POINT: Final = {"type": "integer", "minimum": 1}
SHAPE: Final[dict[str, Any]] = {
    "$defs": {
        "artifact": {
            "type": "object",
            "required": ["uri"],
            "additionalProperties": False,
            "properties": {"uri": {"type": "string", "pattern": r"^[A-Za-z0-9/._~:%-]+$"}, "uriBaseId": {"const": "%SRCROOT%"}},
        },
        "region": {
            "type": "object",
            "required": ["startLine"],
            "additionalProperties": False,
            "properties": dict.fromkeys(("startLine", "startColumn", "endLine", "endColumn"), POINT),
        },
        "location": {
            "type": "object",
            "required": ["physicalLocation"],
            "additionalProperties": False,
            "properties": {
                "physicalLocation": {
                    "type": "object",
                    "required": ["artifactLocation"],
                    "additionalProperties": False,
                    "properties": {"artifactLocation": {"$ref": "#/$defs/artifact"}, "region": {"$ref": "#/$defs/region"}},
                },
                "logicalLocations": {"type": "array", "maxItems": 1},
                "message": MESSAGE,
            },
        },
        "fix": {
            "type": "object",
            "required": ["artifactChanges"],
            "additionalProperties": False,
            "properties": {
                "description": MESSAGE,
                "properties": {"type": "object"},
                "artifactChanges": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "required": ["artifactLocation", "replacements"],
                        "additionalProperties": False,
                        "properties": {
                            "artifactLocation": {"$ref": "#/$defs/artifact"},
                            "replacements": {
                                "type": "array",
                                "minItems": 1,
                                "items": {
                                    "required": ["deletedRegion"],
                                    "additionalProperties": False,
                                    "properties": {"deletedRegion": {"$ref": "#/$defs/region"}, "insertedContent": MESSAGE},
                                },
                            },
                        },
                    },
                },
            },
        },
        "result": {
            "type": "object",
            "required": ["ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints"],
            "additionalProperties": False,
            "properties": {
                "ruleId": {"type": "string"},
                "ruleIndex": {"type": "integer", "minimum": 0},
                "level": {"enum": ["note", "warning", "error"]},
                "message": MESSAGE,
                "locations": {"type": "array", "maxItems": 1, "items": {"$ref": "#/$defs/location"}},
                "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string", "pattern": "^[0-9a-f]{16}$"}},
                "rank": {"type": "number", "minimum": 0, "maximum": 100},
                "properties": {"type": "object"},
                "codeFlows": {"type": "array", "minItems": 1},
                "fixes": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/fix"}},
                "suppressions": {
                    "type": "array",
                    "items": {"required": ["kind"], "properties": {"kind": {"enum": ["inSource", "external"]}}},
                },
            },
        },
    },
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "maxItems": 1,
            "items": {
                "required": ["tool", "results"],
                "additionalProperties": False,
                "properties": {
                    "tool": {"type": "object", "required": ["driver"]},
                    "invocations": {"type": "array", "items": {"required": ["executionSuccessful"]}},
                    "originalUriBaseIds": {"type": "object", "required": ["%SRCROOT%"]},
                    "columnKind": {"const": "unicodeCodePoints"},
                    "results": {"type": "array", "items": {"$ref": "#/$defs/result"}},
                },
            },
        },
    },
}
"""What we write of SARIF.  The official schema has another licence than this project; logs were checked against it by hand."""
OUTCOMES: Final = {
    "rich": rich_outcome(),
    "clean": outcome(),
    "hostile": hostile_outcome(),
    "nowhere": outcome(replace(finding(fix=fix()), location=None)),
    "file only": outcome(finding(place=location(line=0, column=0, end_column=0, function=""))),
}


def text(said: Outcome, base: str = "") -> str:
    return "".join(render(said, options(base=base)))


def run(said: Outcome, base: str = "") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text(said, base))["runs"][0]
    return found


def only(said: Finding) -> dict[str, Any]:
    (found,) = run(outcome(said))["results"]
    assert isinstance(found, dict)
    return found


def described(said: Outcome) -> dict[str, dict[str, Any]]:
    return {rule["id"]: rule for rule in run(said)["tool"]["driver"]["rules"]}


def messages(value: object) -> Iterator[str]:
    """Yield every message's text, however deep it lies."""
    if isinstance(value, dict):
        if isinstance(value.get("message"), dict):
            yield value["message"]["text"]
        for each in value.values():
            yield from messages(each)
    elif isinstance(value, list):
        for each in value:
            yield from messages(each)


@pytest.mark.parametrize("base", ["", "/home/me/project"])
@pytest.mark.parametrize("said", OUTCOMES.values(), ids=OUTCOMES)
def test_a_log_has_the_form_that_the_standard_asks_for(said: Outcome, base: str) -> None:
    Draft202012Validator(SHAPE).validate(json.loads(text(said, base)))


@pytest.mark.parametrize("said", OUTCOMES.values(), ids=OUTCOMES)
def test_the_text_is_plain_ascii_and_inert(said: Outcome) -> None:
    assert text(said).isascii()
    assert text(said).replace("\n", "").isprintable()


def test_the_tool_says_who_it_is() -> None:
    driver = run(rich_outcome())["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("conc-advisor", __version__)


def test_the_rules_that_fired_are_described_and_no_others() -> None:
    assert list(described(rich_outcome())) == ["B023", "CA101", "CA201", "CA401"]
    assert list(described(outcome(silenced=(silenced(),)))) == ["CA101"]
    assert described(outcome()) == {}


def test_every_result_points_to_its_rule() -> None:
    found = run(rich_outcome())
    rules = found["tool"]["driver"]["rules"]
    assert [rules[each["ruleIndex"]]["id"] for each in found["results"]] == [each["ruleId"] for each in found["results"]]


def test_a_rule_has_its_page_its_level_and_its_tags() -> None:
    rule = described(rich_outcome())["CA101"]
    assert rule["name"] == "BlockingCallInCoroutine"
    assert rule["shortDescription"]["text"] == "Summary of blocking-call-in-coroutine."
    assert rule["help"]["markdown"].startswith("# CA101 blocking-call-in-coroutine\n")
    assert rule["defaultConfiguration"] == {"level": "error"}
    assert rule["properties"]["tags"] == ["concurrency", "blocking", "P01"]


def test_of_the_rule_of_another_tool_nothing_is_made_up() -> None:
    rule = described(rich_outcome())["B023"]
    assert rule["shortDescription"]["text"] == "ruff's rule B023."
    assert not {"name", "helpUri", "fullDescription"} & set(rule)


def test_each_severity_has_its_level() -> None:
    assert [only(finding(severity=severity))["level"] for severity in Severity] == ["note", "warning", "error"]


def test_rank_orders_by_severity_and_then_by_confidence() -> None:
    ranks = [rank(finding(severity=severity, confidence=confidence)) for severity in Severity for confidence in Confidence]
    assert ranks == sorted(set(ranks))
    assert 0 < ranks[0] < ranks[-1] == 100


def test_a_region_is_where_the_finding_is() -> None:
    assert only(finding())["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 5,
        "startColumn": 5,
        "endLine": 5,
        "endColumn": 18,
    }


@pytest.mark.parametrize(
    ("place", "region"),
    [
        (location(line=5, column=0, end_line=0, end_column=0), {"startLine": 5}),
        (location(line=5, column=3, end_line=0, end_column=0), {"startLine": 5, "startColumn": 3}),
        (location(line=5, column=3, end_line=4, end_column=9), {"startLine": 5, "startColumn": 3}),
        (location(line=5, column=0, end_line=7, end_column=0), {"startLine": 5, "endLine": 7}),
        (location(line=0, column=0, end_column=0), None),
    ],
)
def test_what_is_not_known_of_a_place_is_left_out(place: Any, region: dict[str, int] | None) -> None:  # noqa: ANN401  # a Location
    assert only(finding(place=place))["locations"][0]["physicalLocation"].get("region") == region


def test_a_function_is_a_logical_location_and_a_module_is_none() -> None:
    assert only(finding())["locations"][0]["logicalLocations"] == [{"fullyQualifiedName": "handle", "kind": "function"}]
    assert "logicalLocations" not in only(finding(place=location(function="")))["locations"][0]


@pytest.mark.parametrize(
    ("file", "base", "uri", "relative"),
    [
        ("app/api.py", "", "app/api.py", True),
        ("app/api.py", "/home/me", "app/api.py", True),
        ("./app/../api.py", "/home/me", "api.py", True),
        ("a b/c#d?.py", "", "a%20b/c%23d%3F.py", True),
        ("100%.py", "", "100%25.py", True),
        ("c:d.py", "", "c%3Ad.py", True),
        ("日.py", "", "%E6%97%A5.py", True),
        ("caf\udce9.py", "", "caf%E9.py", True),
        ("\\x1b\\udce9.py", "", "%1B%E9.py", True),
        ("\\\\x1b.py", "", "%5Cx1b.py", True),
        ("/home/me/app.py", "/home/me", "app.py", True),
        ("/home/me/app.py", "/home/me/", "app.py", True),
        ("/home/meadow/app.py", "/home/me", "file:///home/meadow/app.py", False),
        ("/srv/a b.py", "/home/me", "file:///srv/a%20b.py", False),
        ("../lib/x.py", "/home/me", "file:///home/lib/x.py", False),
        ("/srv/app.py", "", "file:///srv/app.py", False),
    ],
)
def test_a_file_is_relative_where_it_lies_below_the_base(file: str, base: str, uri: str, relative: bool) -> None:  # noqa: FBT001  # expected
    assert artifact(file, base) == ({"uri": uri, "uriBaseId": "%SRCROOT%"} if relative else {"uri": uri})


def test_a_log_is_the_same_wherever_the_project_lies() -> None:
    assert text(rich_outcome(), "/home/me") == text(rich_outcome(), "/build/7") == text(rich_outcome())
    assert "/home/me" not in text(outcome(finding(place=location("/home/me/x.py"))), "/home/me")


def test_the_path_to_a_finding_is_a_code_flow() -> None:
    flow = only(finding(steps=(step("first"), step("then"))))["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [(each["executionOrder"], each["location"]["message"]["text"]) for each in flow] == [(1, "first"), (2, "then")]
    assert flow[0]["location"]["physicalLocation"]["artifactLocation"]["uri"] == "app/wait.py"


def test_without_steps_or_fix_there_is_no_flow_and_no_fix() -> None:
    assert not {"codeFlows", "fixes"} & set(only(finding()))


def test_a_fix_is_the_changes_of_its_file() -> None:
    (found,) = only(finding(fix=fix(safe=False)))["fixes"]
    assert found["properties"] == {"safe": False}
    (change,) = found["artifactChanges"]
    assert change["artifactLocation"]["uri"] == "app/api.py"
    assert change["replacements"][1] == {
        "deletedRegion": {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1},
        "insertedContent": {"text": "import asyncio\n"},
    }


@pytest.mark.parametrize(("how", "kind"), [(Silence.NOQA, "inSource"), (Silence.PER_FILE, "external"), (Silence.BASELINE, "external")])
def test_a_silenced_finding_is_suppressed_and_says_where(how: Silence, kind: str) -> None:
    (found,) = run(outcome(silenced=(silenced(how),)))["results"]
    assert [each["kind"] for each in found["suppressions"]] == [kind]


def test_either_all_results_say_whether_they_are_suppressed_or_none() -> None:
    assert all("suppressions" in each for each in run(rich_outcome())["results"])
    assert not any("suppressions" in each for each in run(outcome(finding(), finding()))["results"])


@pytest.mark.parametrize(("files", "unread", "done"), [(0, "old.py", False), (1, "old.py", True), (0, "data.ipynb", True), (0, "-", False)])
def test_a_review_that_could_read_no_source_has_failed(files: int, unread: str, *, done: bool) -> None:
    said = replace(outcome(), files=files, skipped=(Skipped(file=unread, why="invalid syntax"),))
    assert run(said)["invocations"][0]["executionSuccessful"] is done


def test_what_was_not_read_and_the_notes_are_notifications() -> None:
    (invocation,) = run(rich_outcome())["invocations"]
    assert invocation["executionSuccessful"] is True
    told = [(each["level"], each["message"]["text"]) for each in invocation["toolExecutionNotifications"]]
    assert told == [
        ("warning", "old.py was not read: invalid syntax (line 3)"),
        ("warning", "data.ipynb was not read: a notebook: only counted"),
        ("note", "ruff was not found."),
    ]


def test_a_fingerprint_stays_when_lines_above_come_and_go() -> None:
    before = only(finding())["partialFingerprints"][FINGERPRINT]
    moved = outcome(finding(place=location(line=7)), lines=("", "", "import time", "", "", "async def handle(request):", "  time.sleep(1)"))
    assert run(moved)["results"][0]["partialFingerprints"][FINGERPRINT] == before


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("plain (words)", "plain (words)"),
        ("items[0] is None", "items[0] is None"),
        ("[a](b)", "\\[a](b)"),
        ("f'{x}'", "f'{{x}}'"),
        ("a{0}", "a{{0}}"),
        ("caf\udce9", "caf\\udce9"),
    ],
)
def test_what_a_message_may_hold_is_read_as_it_stands(words: str, expected: str) -> None:
    """Braces would be arguments, and brackets before parentheses a link."""
    assert literal(words) == expected


def test_no_message_holds_a_link_or_an_argument() -> None:
    hostile = HOSTILE + "{0}"
    said = outcome(finding(hostile, advice=hostile, steps=(step(hostile),)), notes=(hostile,))
    found = list(messages(run(said)))
    assert len(found) == 3
    for each in found:
        assert not re.search(r"(?<!\\)\[[^\[\]]*\]\(", each)
        assert not re.search(r"(?<!\{)\{\d", each)
