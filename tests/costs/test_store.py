"""What was measured is found again, and nothing else is taken for it."""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import platformdirs
import pytest

from conc_advisor.costs import store
from conc_advisor.costs.store import load_costs, machine_name, save_costs
from conc_advisor.costs.unit_costs import StartMethod, UnitCosts, shipped_costs
from conc_advisor.workload import PythonVersion

COSTS = replace(
    shipped_costs(PythonVersion(13)),
    python=PythonVersion(13),
    measured_here=True,
    source="measured on this machine",
    interpreter_seconds=None,
    process_seconds={StartMethod.SPAWN: 0.05},
)


@pytest.fixture
def interpreter(tmp_path: Path) -> Path:
    """Make a file that stands for an interpreter."""
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\n")
    return python


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that does not exist yet."""
    return tmp_path / "cache" / "costs"


def changed(file: Path, **changes: object) -> None:
    """Change keys of a saved file."""
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def changed_costs(file: Path, **changes: object) -> None:
    """Change costs of a saved file."""
    document: dict[str, Any] = json.loads(file.read_text())
    changed(file, costs=document["costs"] | changes)


def test_what_was_saved_is_loaded(interpreter: Path, folder: Path) -> None:
    file = save_costs(COSTS, interpreter, folder=folder)
    assert load_costs(PythonVersion(13), folder=folder) == COSTS
    assert load_costs(folder=folder) == COSTS
    assert [path.name for path in folder.iterdir()] == [file.name]


def test_the_usual_folder_is_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, interpreter: Path) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    if sys.platform == "linux":
        assert store.costs_folder() == tmp_path / "conc-advisor" / "costs"
    assert load_costs() is None
    save_costs(COSTS, interpreter)
    assert load_costs() == COSTS


@pytest.mark.parametrize("cache", [None, "", "  ", "/elsewhere"])
def test_the_folder_is_where_platformdirs_has_it(monkeypatch: pytest.MonkeyPatch, cache: str | None) -> None:
    """Though it is not asked on Linux."""
    monkeypatch.undo()
    if cache is None:
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    else:
        monkeypatch.setenv("XDG_CACHE_HOME", cache)
    assert store.costs_folder() == platformdirs.user_cache_path("conc-advisor", appauthor=False) / "costs"


def test_without_a_calibration_there_is_none(folder: Path) -> None:
    assert load_costs(folder=folder) is None
    assert load_costs(PythonVersion(13), folder=folder) is None


@pytest.mark.parametrize("version", [PythonVersion(12), PythonVersion(14), PythonVersion(13, free_threaded=True)], ids=str)
def test_another_version_is_not_answered_for(interpreter: Path, folder: Path, version: PythonVersion) -> None:
    save_costs(COSTS, interpreter, folder=folder)
    assert load_costs(version, folder=folder) is None


def test_the_free_threaded_build_has_figures_of_its_own(interpreter: Path, folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "python3.13t"
    other.write_text("")
    free_threaded = replace(COSTS, python=PythonVersion(13, free_threaded=True), thread_seconds=0.5)
    save_costs(COSTS, interpreter, folder=folder)
    save_costs(free_threaded, other, folder=folder)
    assert load_costs(PythonVersion(13), folder=folder) == COSTS
    assert load_costs(PythonVersion(13, free_threaded=True), folder=folder) == free_threaded


def test_measuring_again_replaces(interpreter: Path, folder: Path) -> None:
    save_costs(COSTS, interpreter, folder=folder)
    save_costs(replace(COSTS, thread_seconds=1.0), interpreter, folder=folder)
    assert len(list(folder.iterdir())) == 1
    assert load_costs(folder=folder) == replace(COSTS, thread_seconds=1.0)


def test_the_newest_of_several_answers(interpreter: Path, folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("")
    newer = save_costs(replace(COSTS, thread_seconds=1.0), other, folder=folder)
    older = save_costs(COSTS, interpreter, folder=folder)
    os.utime(older, (1, 1))
    assert newer.exists()
    assert load_costs(PythonVersion(13), folder=folder) == replace(COSTS, thread_seconds=1.0)


def test_a_damaged_newest_does_not_hide_an_older_one(interpreter: Path, folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("")
    older = save_costs(COSTS, interpreter, folder=folder)
    os.utime(older, (1, 1))
    save_costs(COSTS, other, folder=folder).write_text("{")
    assert load_costs(folder=folder) == COSTS


def test_an_interpreter_that_was_replaced_has_to_be_measured_again(interpreter: Path, folder: Path) -> None:
    save_costs(COSTS, interpreter, folder=folder)
    interpreter.write_text("#!/bin/sh\n# another build\n")
    assert load_costs(folder=folder) is None


def test_an_interpreter_that_is_gone_is_not_answered_for(interpreter: Path, folder: Path) -> None:
    save_costs(COSTS, interpreter, folder=folder)
    interpreter.unlink()
    assert load_costs(folder=folder) is None


def test_an_interpreters_name_may_be_any_bytes(tmp_path: Path, folder: Path) -> None:
    python = tmp_path / os.fsdecode(b"caf\xe9 \x1b[2J")
    python.write_text("")
    save_costs(COSTS, python, folder=folder)
    assert load_costs(folder=folder) == COSTS


@pytest.mark.parametrize(
    "changes",
    [
        {"schema": "conc-advisor.costs/2"},
        {"schema": None},
        {"machine": "Linux aarch64, Another, 64 cores"},
        {"stamp": 7},
        {"interpreter": "no hex"},
        {"interpreter": None},
        {"costs": {}},
        {"costs": []},
        {"costs": None},
    ],
    ids=str,
)
def test_a_file_of_another_kind_is_as_good_as_none(interpreter: Path, folder: Path, changes: dict[str, object]) -> None:
    """A future version, another machine, damage: nothing is raised."""
    changed(save_costs(COSTS, interpreter, folder=folder), **changes)
    assert load_costs(folder=folder) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"thread_seconds": "1"},
        {"thread_seconds": True},
        {"thread_seconds": -1.0},
        {"thread_seconds": float("nan")},
        {"thread_seconds": float("inf")},
        {"process_seconds": {"teleport": 1.0}},
        {"process_seconds": {"fork": None}},
        {"process_seconds": 3},
        {"python": "any"},
        {"python": "2.7"},
        {"python": 3.13},
        {"measured_here": False},
        {"noisy": 1},
        {"source": None},
    ],
    ids=str,
)
def test_a_figure_that_is_none_spoils_the_file(interpreter: Path, folder: Path, changes: dict[str, object]) -> None:
    changed_costs(save_costs(COSTS, interpreter, folder=folder), **changes)
    assert load_costs(folder=folder) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "7", '"text"', "\x00" * 100, "[" * 100_000, " " * 200_000], ids=range(9))
def test_any_bytes_are_survived(interpreter: Path, folder: Path, text: str) -> None:
    save_costs(COSTS, interpreter, folder=folder).write_text(text)
    assert load_costs(folder=folder) is None


def test_a_figure_that_is_unknown_stays_so(interpreter: Path, folder: Path) -> None:
    changed_costs(save_costs(COSTS, interpreter, folder=folder), thread_seconds=None, process_kb={})
    loaded = load_costs(folder=folder)
    assert isinstance(loaded, UnitCosts)
    assert (loaded.thread_seconds, loaded.process_kb) == (None, {})


def test_a_failure_to_write_leaves_what_was_there(interpreter: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_costs(COSTS, interpreter, folder=folder)

    def refuse(_self: Path, _target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="No space"):
        save_costs(replace(COSTS, thread_seconds=1.0), interpreter, folder=folder)
    assert load_costs(folder=folder) == COSTS
    assert len(list(folder.iterdir())) == 1


def test_the_machine_is_told_by_system_processor_and_cores() -> None:
    name = machine_name()
    assert name == machine_name()
    assert name.endswith(f", {os.cpu_count()} cores")
    assert name.count(", ") >= 2


def test_a_pipe_in_the_cache_keeps_nobody_waiting(folder: Path) -> None:
    """It is passed over as any other file that is not ours."""
    folder.mkdir(parents=True)
    os.mkfifo(folder / "3.13-0123456789ab.json")
    assert load_costs(PythonVersion(13), folder=folder) is None
