"""The JSON report is what its schema says, and says all of the diagnosis."""

import json
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from diagnosis_builder import diagnosis, hot_node, process, stall, thread
from jsonschema import Draft202012Validator
from report_builder import empty_report, full_report, two_threads

from conc_advisor.concurrency import BlockKind, ThreadState
from conc_advisor.profiling.diagnosis import HotPaths
from conc_advisor.reports import json as json_report
from conc_advisor.reports.report import Report

SCHEMA: dict[str, Any] = json.loads((resources.files("conc_advisor.reports") / json_report.SCHEMA_FILE).read_text(encoding="utf-8"))


def document(report: Report) -> dict[str, Any]:
    value = json.loads("".join(json_report.render(report)))
    assert isinstance(value, dict)
    return value


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema with its reference followed, null set aside."""
    for choice in schema.get("anyOf", ()):
        if choice.get("type") != "null":
            return resolved(choice)
    if "$ref" in schema:
        target: dict[str, Any] = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]
        return target
    return schema


def undescribed(value: object, schema: dict[str, Any], path: str = "") -> list[str]:
    """Return the paths of the keys in `value` that the schema does not describe."""
    schema = resolved(schema)
    if isinstance(value, list):
        return [missing for item in value for missing in undescribed(item, schema["items"], f"{path}[]")]
    if not isinstance(value, dict):
        return []
    missing = []
    for key, item in value.items():
        described = schema["properties"].get(key)
        if not described or not described.get("description"):
            missing.append(f"{path}.{key}")
        else:
            missing.extend(undescribed(item, described, f"{path}.{key}"))
    return missing


def test_the_schema_is_a_schema_and_the_shipped_file_is_the_one_that_the_types_make() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    shipped = resources.files("conc_advisor.reports") / json_report.SCHEMA_FILE
    assert shipped.read_text(encoding="utf-8") == json_report.schema_text()


@pytest.mark.parametrize("make", [two_threads, full_report, empty_report])
def test_the_document_is_valid(tmp_path: Path, make: Any) -> None:  # noqa: ANN401 - a builder from report_builder
    Draft202012Validator(SCHEMA).validate(document(make(tmp_path)))


@pytest.mark.parametrize(
    ("part", "key"), [("verdict", "id"), ("stalls", "count"), ("processes", "threads"), ("sampling", "overhead"), ("target", "exit_status")]
)
def test_the_schema_misses_a_key_that_is_not_there(tmp_path: Path, part: str, key: str) -> None:
    broken = document(full_report(tmp_path))
    owner = broken[part][0] if isinstance(broken[part], list) else broken[part]
    del owner[key]
    assert not Draft202012Validator(SCHEMA).is_valid(broken)


def test_the_schema_describes_every_key(tmp_path: Path) -> None:
    assert undescribed(document(full_report(tmp_path)), SCHEMA) == []


def test_the_keys_that_others_rely_on_are_there(tmp_path: Path) -> None:
    found = document(full_report(tmp_path))
    assert found["schema"] == "conc-advisor.profile/1"
    assert found["verdict"].keys() >= {"id", "confidence", "sentence", "figures", "next_step", "doubts"}
    assert found["processes"][0].keys() >= {"pid", "parent_pid", "command", "python", "threads"}
    assert found["processes"][0]["threads"][0].keys() >= {"os_thread_id", "name", "seconds", "states", "blocked"}
    assert found["stalls"][0].keys() >= {"file", "line", "function", "thread", "cause", "count", "total_seconds", "longest_seconds"}
    assert found["target"].keys() >= {"command", "exit_status", "duration_seconds"}
    assert found.keys() >= {
        "contention",
        "blocking",
        "event_loops",
        "hot_paths",
        "findings",
        "sampling",
        "machine",
        "limits",
        "tool_version",
    }


def test_every_state_is_a_key_and_together_they_are_the_threads_life(tmp_path: Path) -> None:
    threads = [each for process_ in document(full_report(tmp_path))["processes"] for each in process_["threads"]]
    for each in threads:
        assert each["states"].keys() == {state.value for state in ThreadState}
        assert sum(each["states"].values()) == pytest.approx(each["seconds"])
        assert each["blocked"].keys() == {kind.value for kind in BlockKind}
        assert sum(each["blocked"].values()) == pytest.approx(each["states"]["blocked"])


def test_values_arrive_under_their_keys(tmp_path: Path) -> None:
    report = two_threads(tmp_path)
    said = diagnosis(exit_status=-9, processes=(process(thread("cpu", gil_wait=3, running=1)),), stalls=(stall("app.py:12", count=3),))
    found = document(replace(report, diagnosis=said))
    assert found["target"]["exit_status"] == -9
    assert found["processes"][0]["threads"][0]["states"]["gil-wait"] == 3
    assert (found["stalls"][0]["file"], found["stalls"][0]["line"], found["stalls"][0]["count"]) == ("/app/app.py", 12, 3)
    assert found["stalls"][0]["first_seconds"] == 0.5


def test_an_unknown_place_is_null(tmp_path: Path) -> None:
    report = replace(two_threads(tmp_path), diagnosis=diagnosis(stalls=(stall(location=None, callback=None),)))
    found = document(report)["stalls"][0]
    assert (found["file"], found["line"], found["function"], found["callback_line"]) == (None, None, None, None)
    Draft202012Validator(SCHEMA).validate(document(report))


@pytest.mark.parametrize("name", ["plain", "\x1b[2J", "\x9b31m", "日本\u202e", "😀", '"\\'])
def test_names_are_exact_and_inert(tmp_path: Path, name: str) -> None:
    report = replace(two_threads(tmp_path), diagnosis=diagnosis(processes=(process(thread(name, running=1)),)))
    text = "".join(json_report.render(report))
    assert text.replace("\n", "").isprintable()
    assert text.isascii()
    assert json.loads(text)["processes"][0]["threads"][0]["name"] == name


def test_a_file_name_that_is_not_utf8_does_not_break_the_document(tmp_path: Path) -> None:
    report = replace(two_threads(tmp_path), diagnosis=diagnosis(command=("caf\udce9.py",)))
    assert document(report)["target"]["command"] == ["caf\\udce9.py"]


def test_a_very_deep_tree_is_cut_instead_of_failing(tmp_path: Path) -> None:
    node = hot_node("f", 1.0)
    for _ in range(3000):
        node = hot_node("f", 1.0, node)
    report = replace(two_threads(tmp_path), diagnosis=diagnosis(hot_paths=HotPaths(cpu_seconds=1.0, functions=(), tree=(node,))))
    depth, level = 0, document(report)["hot_paths"]["tree"]
    while level:
        depth, level = depth + 1, level[0]["children"]
    assert depth == 100
