"""`calibrate` on this machine, however busy it is: what is there, what is missing and why, and what is certain by orders of magnitude."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import Command
from pythons import need_python

from conc_advisor.costs.store import load_costs
from conc_advisor.workload import PythonVersion

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

METHODS = ["fork", "forkserver", "spawn"]


def rows(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the measurements by name and start method."""
    return {f"{each['name']} {each['method'] or ''}".strip(): each for each in report["measurements"]}


@pytest.mark.parametrize("version", ["3.9", "3.11", "3.13"])
def test_every_python_is_measured_and_kept(version: str, conc_advisor: Command, cache_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole, in order, and found again by its version."""
    python = need_python(version)
    answer = conc_advisor("calibrate", "--python", str(python), "--format", "json")
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr.splitlines()[-1] == "next: conc-advisor choose"
    report = json.loads(answer.stdout)
    assert report["python"]["version"].startswith(f"{version}.")
    found = rows(report)
    assert {name for name, each in found.items() if each["median"] is None} == {name for name in found if name.startswith("interpreter")}, (
        "nothing else is missing on Linux"
    )
    assert all(each["low"] <= each["median"] <= each["high"] for each in found.values() if each["median"] is not None)
    assert all(each["low"] > 0 for each in found.values() if each["median"] is not None)
    check_what_is_certain({name: each["median"] for name, each in found.items()})
    check_speed_ups(report)
    monkeypatch.undo()
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache_home))
    kept = load_costs(PythonVersion(int(version[2:])))
    assert kept is not None
    assert kept.thread_seconds == found["thread_seconds"]["median"]


def check_what_is_certain(medians: dict[str, float]) -> None:
    """Assert what differs by orders of magnitude, so that no load turns it round."""
    assert medians["task_seconds"] < medians["process_seconds fork"]
    assert medians["thread_seconds"] < medians["process_seconds spawn"] / 5
    assert medians["process_pool_item_seconds"] < medians["process_pool_call_seconds"]
    assert medians["thread_pool_task_seconds"] < medians["process_pool_seconds spawn"] / 20
    assert medians["task_kb"] < medians["process_kb spawn"] / 100


def check_speed_ups(report: dict[str, Any]) -> None:
    """Assert that each way was tried at each length, and what no machine does otherwise."""
    ups = report["speed_ups"]
    ways = {each["way"] for each in ups}
    assert ways == {"processes", "chunked processes", "threads", *(f"cold {method}" for method in METHODS)}
    assert report["without"] == []
    pairs = {(each["way"], each["workers"]) for each in ups}
    assert {(each["way"], each["workers"]) for each in report["crossings"]} == pairs
    shortest = min((each for each in ups if each["way"] == "cold spawn"), key=lambda each: each["work_seconds"])
    assert shortest["factor"] < 1, "a pool of new interpreters cannot pay for 5 ms of work"


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM), (signal.SIGHUP, -signal.SIGHUP)])
def test_a_signal_ends_all_of_it(workplace: Path, tmp_path: Path, number: int, status: int) -> None:
    """With the exit status of such an end, and no process and no file left."""
    cache = tmp_path / "cache"
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    command = [sys.executable, "-m", "conc_advisor", "calibrate", "-o", "table.txt"]
    environ = {**os.environ, "XDG_CACHE_HOME": str(cache), "TMPDIR": str(temporary)}
    with subprocess.Popen(command, cwd=workplace, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("measuring ")
        measuring = wait_for_child(process.pid)
        time.sleep(1.0)
        process.send_signal(number)
        out, err = process.communicate()
    assert process.returncode == status
    assert (out, err) == ("", "")
    assert list(temporary.iterdir()) == []
    assert running_in(measuring) == []
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert left == []


def running_in(group: int) -> list[str]:
    """Return the processes of a group that have not ended; those that only wait to be reaped have."""
    answer = subprocess.run(["ps", "-A", "-o", "pgid=,stat=,args="], capture_output=True, text=True, check=True)
    lines = (line.split(None, 2) for line in answer.stdout.splitlines())
    return [" ".join(line) for line in lines if int(line[0]) == group and not line[1].startswith("Z")]


def wait_for_child(pid: int) -> int:
    """Return the measuring program's pid, which is also that of its process group."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    for _ in range(1000):
        if children.exists() and (text := children.read_text()):
            return int(text.split()[0])
        time.sleep(0.01)
    raise AssertionError("nothing was started")


def test_an_interpreter_that_is_none_is_a_clear_error(conc_advisor: Command, workplace: Path) -> None:
    program = workplace / "python"
    program.write_text("#!/bin/sh\necho 'not me' >&2\nexit 7\n")
    program.chmod(0o755)
    answer = conc_advisor("calibrate", "--python", str(program), "-q")
    assert (answer.returncode, answer.stdout) == (3, "")
    assert answer.stderr.splitlines()[0].endswith("could not run the measuring program (exit status 7): not me")
    assert answer.stderr.splitlines()[1].startswith("hint: ")


def test_one_that_is_too_old_says_so(conc_advisor: Command) -> None:
    answer = conc_advisor("calibrate", "--python", str(need_python("3.8")), "-q")
    assert answer.returncode == 3
    assert "3.9 is needed" in answer.stderr


def test_where_there_are_no_semaphores_only_the_processes_are_missing(conc_advisor: Command, workplace: Path) -> None:
    """As on some phones and in some sandboxes: the rows say why, and the rest is measured."""
    program = workplace / "python"
    patched = "import sys; sys.modules['_multiprocessing'] = None; exec(sys.argv.pop(1))"
    program.write_text(f'#!/bin/sh\nshift 4\nexec "{sys.executable}" -I -W ignore -c "{patched}" "$@"\n')
    program.chmod(0o755)
    answer = conc_advisor("calibrate", "--python", str(program), "--format", "json")
    assert answer.returncode == 0, answer.stderr
    found = rows(json.loads(answer.stdout))
    assert found["thread_seconds"]["median"] > 0
    missing = {name: each["why"] for name, each in found.items() if each["median"] is None}
    assert {"process_pool_seconds fork", "process_pool_call_seconds"} <= missing.keys()
    assert all(missing.values())
