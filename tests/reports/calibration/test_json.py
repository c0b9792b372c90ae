"""The JSON report of `calibrate`, and the schema that comes with it."""

import json as stdlib_json
from pathlib import Path
from typing import Any

import pytest
from calibration_builder import calibration, row, speed_up
from jsonschema import Draft202012Validator

from conc_advisor import __version__
from conc_advisor.costs.calibration import Without
from conc_advisor.reports.calibration import json

SCHEMA = stdlib_json.loads(Path(json.__file__).with_name(json.SCHEMA_FILE).read_text(encoding="utf-8"))


def document(**changes: object) -> dict[str, Any]:
    """Return the document, which is as the schema says."""
    text = json.render(calibration(**changes))
    assert text.isascii()
    assert text.endswith("}\n")
    found: dict[str, Any] = stdlib_json.loads(text)
    Draft202012Validator(SCHEMA).validate(found)
    return found


def test_the_schema_that_we_ship_is_that_of_the_types() -> None:
    assert Path(json.__file__).with_name(json.SCHEMA_FILE).read_text(encoding="utf-8") == json.schema_text()
    Draft202012Validator.check_schema(SCHEMA)


def test_every_key_is_described() -> None:
    for name, definition in SCHEMA["$defs"].items():
        assert definition["description"], name
        assert [key for key, value in definition["properties"].items() if "description" not in value] == [], name


def test_the_head_says_what_was_measured() -> None:
    found = document()
    assert (found["schema"], found["tool_version"]) == ("conc-advisor.calibration/1", __version__)
    assert found["python"]["path"] == "/app/.venv/bin/python"
    assert found["cores"] == {"machine": 4, "affinity": 4, "python": 4, "quota": None, "usable": 4}
    assert (found["others_busy"], found["noisy"]) == (0.02, False)


def test_a_row_has_its_unit() -> None:
    rows = (row("thread_seconds", 5e-5), row("process_kb", 4000.0, method="fork"), row("bytes_per_second", 1e9))
    found = document(measurements=rows)["measurements"]
    assert [(each["name"], each["method"], each["unit"], each["median"]) for each in found] == [
        ("thread_seconds", None, "s", 5e-5),
        ("process_kb", "fork", "KB", 4000.0),
        ("bytes_per_second", None, "bytes/s", 1e9),
    ]
    assert all(each["why"] is None for each in found)


def test_a_row_that_could_not_be_measured_says_why() -> None:
    [found] = document(measurements=(row("interpreter_seconds", None, why="needs Python 3.14"),))["measurements"]
    assert (found["median"], found["why"]) == (None, "needs Python 3.14")


def test_speed_ups_and_where_they_begin() -> None:
    found = document(speed_ups=(speed_up("threads", 0.001, 0.9), speed_up("threads", 0.01, 1.8)))
    assert [(each["way"], each["task_seconds"], each["factor"]) for each in found["speed_ups"]] == [
        ("threads", 0.001, 0.9),
        ("threads", 0.01, 1.8),
    ]
    assert found["crossings"] == [{"way": "threads", "workers": 2, "loses_seconds": 0.001, "pays_seconds": 0.01}]


@pytest.mark.parametrize("name", ["\x1b[2J", "caf\udce9", "日本\u202e", '"\\', "a\nb"])
def test_names_are_inert(name: str) -> None:
    found = document(interpreter=name, without=(Without(way="x", why=name),))
    assert found["python"]["path"].encode("utf-8")
    if "\udce9" not in name:
        assert found["python"]["path"] == found["without"][0]["why"] == name
