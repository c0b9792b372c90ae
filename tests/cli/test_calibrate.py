"""`calibrate` from the command line to the exit code, with a machine that is not measured."""

import json
import sys
from pathlib import Path

import pytest
from calibration_builder import calibration

from conc_advisor.cli.app import run
from conc_advisor.costs.calibration import Calibration
from conc_advisor.costs.store import load_costs
from conc_advisor.errors import ExitCode, TargetError
from conc_advisor.workload import PythonVersion

Output = pytest.CaptureFixture[str]

pytestmark = pytest.mark.usefixtures("workplace")


class FakeMeasuring:
    """Stands for the measuring: starts nothing.  `interpreters` are those that it was asked for; `error` is raised in its place."""

    def __init__(self) -> None:
        self.interpreters: list[Path] = []
        self.error: BaseException | None = None

    def __call__(self, interpreter: Path) -> Calibration:
        """Return what was made up."""
        self.interpreters.append(interpreter)
        if self.error is not None:
            raise self.error
        return calibration(interpreter=str(interpreter))


@pytest.fixture(autouse=True)
def measuring(monkeypatch: pytest.MonkeyPatch) -> FakeMeasuring:
    """Measure nothing."""
    fake = FakeMeasuring()
    monkeypatch.setattr("conc_advisor.costs.measure.calibrate", fake)
    return fake


def test_the_table_goes_to_stdout_and_the_rest_to_stderr(capsys: Output, costs_folder: Path) -> None:
    assert run(["calibrate"]) == ExitCode.DONE
    told = capsys.readouterr()
    assert told.out.startswith("CPython 3.13.1 at ")
    assert "thread: start and join" in told.out
    begin, kept, following = told.err.splitlines()
    assert begin == f"measuring {sys.executable}; this takes about ten seconds"
    assert kept.startswith(f"kept: {costs_folder}")
    assert following == "next: conc-advisor choose"


def test_the_figures_are_kept() -> None:
    assert load_costs(PythonVersion(13)) is None
    run(["calibrate", "-q"])
    costs = load_costs(PythonVersion(13))
    assert costs is not None
    assert costs.measured_here


def test_quiet_says_nothing_beside_the_table(capsys: Output) -> None:
    assert run(["calibrate", "-q"]) == ExitCode.DONE
    told = capsys.readouterr()
    assert told.err == ""
    assert told.out


def test_the_environment_of_the_project_is_measured(measuring: FakeMeasuring, workplace: Path) -> None:
    python = workplace / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    run(["calibrate", "-q"])
    assert [path.resolve() for path in measuring.interpreters] == [Path(sys.executable).resolve()]
    assert measuring.interpreters == [Path(".venv/bin/python")]


def test_another_interpreter_can_be_named(measuring: FakeMeasuring, workplace: Path) -> None:
    python = workplace / "other"
    python.symlink_to(sys.executable)
    run(["calibrate", "-q", "--python", str(python)])
    assert measuring.interpreters == [python]


def test_the_configuration_may_name_it(measuring: FakeMeasuring, workplace: Path) -> None:
    """The same key as for `profile`."""
    (workplace / "tools").mkdir()
    (workplace / "tools" / "other").symlink_to(sys.executable)
    (workplace / "pyproject.toml").write_text('[tool.conc-advisor.profile]\npython = "tools/other"\n')
    run(["calibrate", "-q"])
    assert measuring.interpreters == [workplace / "tools" / "other"]


def test_an_interpreter_that_is_not_there_is_an_error(capsys: Output, measuring: FakeMeasuring) -> None:
    assert run(["calibrate", "--python", "no-such-python"]) == ExitCode.CANNOT
    told = capsys.readouterr()
    assert told.err == ("error: no-such-python is not a program that can be run\nhint: give the path of a Python interpreter to --python\n")
    assert (told.out, measuring.interpreters) == ("", [])


def test_json_goes_to_a_file(capsys: Output, workplace: Path) -> None:
    assert run(["calibrate", "-q", "--format", "json", "-o", "costs.json"]) == ExitCode.DONE
    assert capsys.readouterr().out == ""
    assert json.loads((workplace / "costs.json").read_text())["schema"] == "conc-advisor.calibration/1"


def test_a_dash_is_stdout(capsys: Output) -> None:
    assert run(["calibrate", "-q", "--format", "json", "-o", "-"]) == ExitCode.DONE
    assert json.loads(capsys.readouterr().out)["measurements"]


def test_a_file_that_exists_is_refused_before_anything_is_measured(capsys: Output, workplace: Path, measuring: FakeMeasuring) -> None:
    (workplace / "costs.json").write_text("mine")
    assert run(["calibrate", "-o", "costs.json"]) == ExitCode.REFUSED
    assert measuring.interpreters == []
    assert "--force" in capsys.readouterr().err
    assert run(["calibrate", "-q", "-o", "costs.json", "--force"]) == ExitCode.DONE
    assert (workplace / "costs.json").read_text().startswith("CPython")


def test_ctrl_c_writes_nothing(measuring: FakeMeasuring, workplace: Path, costs_folder: Path, capsys: Output) -> None:
    measuring.error = KeyboardInterrupt()
    assert run(["calibrate", "-o", "costs.json"]) == ExitCode.INTERRUPTED
    assert list(workplace.iterdir()) == list(costs_folder.iterdir()) == []
    assert capsys.readouterr().out == ""


def test_a_failure_is_said_and_keeps_nothing(measuring: FakeMeasuring, costs_folder: Path, capsys: Output) -> None:
    measuring.error = TargetError("python2 could not run the measuring program", hint="conc-advisor calibrate --python PATH")
    assert run(["calibrate", "-q"]) == ExitCode.CANNOT
    assert capsys.readouterr().err.startswith("error: python2 could not run the measuring program\nhint: ")
    assert list(costs_folder.iterdir()) == []


def test_where_nothing_can_be_kept_the_table_is_shown_all_the_same(capsys: Output, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    blocking = tmp_path / "file"
    blocking.write_text("")
    monkeypatch.setattr("conc_advisor.costs.store.costs_folder", lambda: blocking)
    assert run(["calibrate"]) == ExitCode.DONE
    told = capsys.readouterr()
    assert "note: the figures could not be kept" in told.err
    assert told.out.startswith("CPython")
