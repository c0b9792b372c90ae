"""The JSON of a consultation is what its schema says, and says all of it."""

import json
import subprocess
import sys
from dataclasses import fields
from typing import Any, Final

import pytest
from choice_builder import HOSTILE, consultation, contradiction, evidence, hostile_consultation, rich_consultation
from json_schemas import closed, parts, shipped
from jsonschema import Draft202012Validator

from conc_advisor.concurrency import ConcurrencyModel
from conc_advisor.decision import recommendation as words
from conc_advisor.decision.open_questions import VALUES
from conc_advisor.decision.recommendation import Consultation
from conc_advisor.findings import Confidence
from conc_advisor.reports.choice import json as choice_json
from conc_advisor.reports.choice.json import render_json
from conc_advisor.reports.choice.registry import PURPOSES, ChoiceFormat, render_choice
from conc_advisor.reports.plain import Paper
from conc_advisor.workload import Factor, Origin, PythonVersion, Quantities, Workload

SCHEMA: Final = shipped("conc_advisor.reports.choice", choice_json.SCHEMA_FILE)
CONSULTATIONS = {
    "rich": rich_consultation(),
    "plain": consultation(),
    "nothing known": consultation(workload=Workload(), again="", next_commands=()),
    "hostile": hostile_consultation(),
}


def document(said: Consultation) -> dict[str, Any]:
    value = json.loads(render_json(said))
    assert isinstance(value, dict)
    return value


def enum_of(name: str) -> list[str]:
    values: list[str] = SCHEMA["$defs"][name]["enum"]
    return values


def test_the_schema_is_a_schema_and_every_key_in_it_is_required_and_described() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    described = [part for part in parts(SCHEMA) if "properties" in part and isinstance(part.get("type"), str)]
    assert len(described) > 20
    for part in described:
        assert all(each.get("description") for each in part["properties"].values()), part.get("description")
        # Only what is known stands under `answers`.
        assert "required" not in part or part["required"] == list(part["properties"])


@pytest.mark.parametrize("said", CONSULTATIONS.values(), ids=CONSULTATIONS)
def test_the_document_is_valid_and_has_no_key_that_the_schema_does_not_know(said: Consultation) -> None:
    Draft202012Validator(closed(SCHEMA)).validate(document(said))


@pytest.mark.parametrize("field", [field.name for field in fields(words.Recommendation)])
def test_every_part_of_a_recommendation_is_required(field: str) -> None:
    broken = document(rich_consultation())
    del broken["recommendation"][field]
    assert not Draft202012Validator(SCHEMA).is_valid(broken)


def test_a_key_that_the_schema_does_not_know_is_noticed() -> None:
    grown = document(rich_consultation())
    grown["recommendation"]["sizes"][0]["new"] = 1
    assert Draft202012Validator(SCHEMA).is_valid(grown)
    assert not Draft202012Validator(closed(SCHEMA)).is_valid(grown)


def test_the_words_of_the_schema_are_those_of_the_code() -> None:
    assert enum_of("Model") == list(ConcurrencyModel)
    assert enum_of("Factor") == list(Factor)
    assert enum_of("Confidence") == list(Confidence)
    assert enum_of("Origin") == list(Origin)
    assert enum_of("Standing") == list(words.Standing)
    assert enum_of("ControlKind") == list(words.ControlKind)
    assert list(SCHEMA["$defs"]["Quantities"]["properties"]) == [field.name for field in fields(Quantities)]


@pytest.mark.parametrize("factor", Factor)
def test_the_schema_takes_every_value_of_a_factor_and_no_other(factor: Factor) -> None:
    validator = Draft202012Validator(SCHEMA)
    for value in VALUES[factor]:
        known = Workload(**{factor.value: value})  # type: ignore[arg-type]  # a value of that factor's own
        assert validator.is_valid(document(consultation(workload=known)))
    wrong = document(consultation(workload=Workload()))
    for place in (wrong["recommendation"]["workload"], wrong["answers"]):
        place[factor.value] = "no such value"
        assert not validator.is_valid(wrong)
        place[factor.value] = None
        wrong["answers"].clear()


def test_the_keys_that_others_rely_on_are_there() -> None:
    found = document(rich_consultation())
    assert found["schema"] == "conc-advisor.choice/1"
    assert found["recommendation"]["model"] == "asyncio"
    assert found["recommendation"]["confidence"] == "high"
    assert found["answers"]["fan_out"] == {"value": "1k-100k", "origin": "you", "confidence": "high", "detail": ""}
    assert found["answers"]["notebook"]["value"] is False
    assert found["again"].startswith("conc-advisor choose")
    assert found["next"] == ["conc-advisor profile app.py"]


@pytest.mark.parametrize(
    ("version", "text"), [(PythonVersion(12), "3.12"), (PythonVersion(14, free_threaded=True), "3.14t"), (PythonVersion(), "any")]
)
def test_a_python_version_is_text(version: PythonVersion, text: str) -> None:
    found = document(consultation(workload=Workload(python=version)))
    assert found["recommendation"]["workload"]["python"] == found["answers"]["python"]["value"] == text


def test_a_contradiction_has_both_answers() -> None:
    found = document(consultation(contradictions=(contradiction(),)))["contradictions"]
    assert [(each["factor"], each["kept"]["value"], each["against"]["value"], each["against"]["origin"]) for each in found] == [
        ("bottleneck", "io", "cpu", "profile")
    ]


def test_a_size_that_is_not_known_is_null() -> None:
    sizes = document(rich_consultation())["recommendation"]["sizes"]
    assert [each["value"] for each in sizes] == [100, 200, None]


@pytest.mark.parametrize("detail", ["plain", "\x1b[2J", "日本\u202e", "😀", '"\\'])
def test_text_is_exact_and_inert(detail: str) -> None:
    said = consultation(evidence={Factor.NOTEBOOK: evidence(Factor.NOTEBOOK, True, Origin.CODE, detail)})  # noqa: FBT003  # the answer
    text = render_json(said)
    assert text.replace("\n", "").isprintable()
    assert text.isascii()
    assert json.loads(text)["answers"]["notebook"]["detail"] == detail


def test_a_name_that_is_not_utf8_does_not_break_the_document() -> None:
    assert document(consultation(again="caf\udce9"))["again"] == "caf\\udce9"


def test_the_page_of_programs_and_the_one_of_people_say_the_same() -> None:
    """Whatever the JSON says in sentences stands on the full page."""
    page = " ".join(render_choice(ChoiceFormat.TEXT, rich_consultation(), Paper(verbose=True)).split())
    said = document(rich_consultation())["recommendation"]
    sentences = [each["text"] for part in ("controls", "pitfalls", "forms", "proofs") for each in said[part]]
    assert [sentence for sentence in sentences if sentence not in page] == []


@pytest.mark.parametrize("choice_format", ChoiceFormat)
@pytest.mark.parametrize("said", CONSULTATIONS.values(), ids=CONSULTATIONS)
def test_every_format_shows_every_consultation(choice_format: ChoiceFormat, said: Consultation) -> None:
    page = render_choice(choice_format, said, Paper())
    assert page.endswith("\n")
    assert "asyncio" in page
    assert HOSTILE not in page
    assert PURPOSES[choice_format]


def test_nothing_that_is_slow_to_load_is_loaded() -> None:
    """With all answers given, `choose` is to be as fast as `--help`."""
    modules = ", ".join(f"conc_advisor.reports.choice.{name}" for name in ("registry", "text", "json", "markdown"))
    code = f"import sys, {modules}; print([name for name in ('rich', 'msgspec', 'typer', 'questionary') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
