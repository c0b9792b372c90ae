"""The JSON of a review is what its schema says, and says all of it."""

import json
from dataclasses import fields, replace
from typing import Any, Final

import pytest
from json_schemas import closed, parts, shipped
from jsonschema import Draft202012Validator
from review_outcome_builder import (
    finding,
    fix,
    hostile_outcome,
    inventory,
    location,
    options,
    outcome,
    rich_outcome,
    silenced,
    step,
)

from conc_advisor import __version__
from conc_advisor.findings import Finding
from conc_advisor.reports.review import document as types
from conc_advisor.reports.review import json as review_json
from conc_advisor.reports.review.options import ReviewOptions
from conc_advisor.review.outcome import Outcome

SCHEMA: Final = shipped("conc_advisor.reports.review", review_json.SCHEMA_FILE)
OUTCOMES: Final = {
    "rich": rich_outcome(),
    "clean": outcome(),
    "hostile": hostile_outcome(),
    "nowhere": outcome(replace(finding(), location=None)),
    "file only": outcome(finding(place=location(line=0, column=0, end_column=0, function=""))),
}


def text(said: Outcome, how: ReviewOptions | None = None) -> str:
    return "".join(review_json.render(said, how or options()))


def document(said: Outcome, how: ReviewOptions | None = None) -> dict[str, Any]:
    value = json.loads(text(said, how))
    assert isinstance(value, dict)
    return value


def only(said: Finding) -> dict[str, Any]:
    (found,) = document(outcome(said))["findings"]
    assert isinstance(found, dict)
    return found


def test_the_shipped_schema_is_made_from_the_types() -> None:
    assert json.loads(review_json.schema_text()) == SCHEMA


def test_the_schema_is_a_schema_and_every_key_in_it_is_described() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    described = [part for part in parts(SCHEMA) if "properties" in part]
    assert len(described) > 12
    for part in described:
        assert all(each.get("description") for each in part["properties"].values()), part.get("title")
        assert set(part["properties"]) - set(part["required"]) <= {"schema"}


@pytest.mark.parametrize("said", OUTCOMES.values(), ids=OUTCOMES)
def test_the_document_is_valid_and_has_no_key_that_the_schema_does_not_know(said: Outcome) -> None:
    Draft202012Validator(closed(SCHEMA)).validate(document(said))


@pytest.mark.parametrize("said", OUTCOMES.values(), ids=OUTCOMES)
def test_the_text_is_plain_ascii_and_inert(said: Outcome) -> None:
    assert text(said).isascii()
    assert text(said).replace("\n", "").isprintable()
    assert text(said).endswith("}\n")


def test_the_keys_that_others_rely_on_are_there() -> None:
    found = document(rich_outcome())
    assert found["schema"] == "conc-advisor.review/1"
    assert found["tool_version"] == __version__
    assert (found["files"], found["lines"], found["cached"], found["paths"]) == (4, 120, 1, ["app"])
    assert found["counts"] == {
        "findings": 4,
        "severities": {"error": 1, "warning": 2, "info": 1},
        "fixable": 1,
        "fixable_unsafely": 1,
        "silenced": 3,
        "skipped": 2,
    }
    assert [each["code"] for each in found["findings"]] == ["CA101", "CA201", "CA401", "B023"]
    assert [each["how"] for each in found["silenced"]] == ["noqa", "baseline", "per-file-ignores"]
    assert found["skipped"][0] == {"file": "old.py", "why": "invalid syntax (line 3)"}
    assert found["notes"] == ["ruff was not found."]


def test_a_finding_has_what_its_rule_says_of_it() -> None:
    found = only(finding())
    said = {key: found[key] for key in ("name", "group", "pitfall", "template")}
    assert said == {"name": "blocking-call-in-coroutine", "group": "blocking", "pitfall": "P01", "template": "async-offload"}


def test_of_the_rule_of_another_tool_nothing_is_made_up() -> None:
    found = only(finding(code="B023"))
    assert [found[key] for key in ("code", "name", "group", "pitfall", "template")] == ["B023", None, None, None, None]


def test_every_field_of_a_finding_is_told() -> None:
    """But for those that have another name here, or are spread out."""
    told = set(types.Finding.__struct_fields__)
    assert {field.name for field in fields(Finding)} - {"rule", "location"} <= told


def test_steps_and_fixes_keep_their_places() -> None:
    found = only(finding(steps=(step(),), fix=fix(), also=("ASYNC251",)))
    assert found["steps"][0]["location"]["file"] == "app/wait.py"
    assert found["fix"]["edits"][1] == {"line": 1, "column": 1, "end_line": 1, "end_column": 1, "text": "import asyncio\n"}
    assert found["fix"]["safe"] is True
    assert found["also"] == ["ASYNC251"]


def test_what_is_not_known_of_a_place_is_null() -> None:
    found = only(finding(place=location(line=5, column=0, end_line=0, end_column=0, function="")))
    assert [found[key] for key in ("file", "line", "column", "end_line", "end_column", "function")] == [
        "app/api.py",
        5,
        None,
        None,
        None,
        None,
    ]


def test_the_lowest_python_is_the_one_asked_for_or_the_projects_own() -> None:
    assert document(outcome(inventory=inventory()), options(python=12))["python"] == "3.12"
    assert document(outcome(inventory=inventory()))["python"] == "3.9"
    assert document(outcome())["python"] is None


def test_models_and_libraries_are_told_with_where_they_were_seen() -> None:
    found = document(rich_outcome())
    assert found["main_model"]["kind"] == "asyncio"
    assert [(each["kind"], each["part"], each["first"][0]["file"]) for each in found["models"]] == [
        ("asyncio", "main", "app/api.py"),
        ("threads", "tests", "app/api.py"),
    ]
    assert [(each["name"], each["api"], each["async_twins"]) for each in found["libraries"]] == [
        ("requests", "sync", ["httpx"]),
        ("aiohttp", "async", []),
    ]


def test_equal_findings_have_different_fingerprints_and_silencing_one_changes_no_other() -> None:
    twice = (finding(), finding(place=location(line=5, column=9)))
    first, second = (each["fingerprint"] for each in document(outcome(*twice))["findings"])
    assert first != second
    (left,) = document(outcome(twice[1], silenced=(silenced(said=twice[0]),)))["findings"]
    assert left["fingerprint"] == second


def test_a_name_that_is_not_utf8_does_not_break_the_document() -> None:
    assert only(finding(place=location("caf\udce9.py")))["file"] == "caf\\udce9.py"


@pytest.mark.parametrize(("shown", "name"), [("a\\x1b\\nb.py", "a\x1b\nb.py"), ("a\\\\x1b.py", "a\\x1b.py"), ("a.py", "a.py")])
def test_a_file_has_its_own_name_and_not_the_one_that_it_is_shown_by(shown: str, name: str) -> None:
    """Programs open it by that name; the text is inert all the same."""
    said = finding(place=location(shown))
    assert only(said)["file"] == name
    assert "\x1b" not in text(outcome(said))
