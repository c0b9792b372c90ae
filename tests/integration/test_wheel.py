"""What is published must do the main job by itself: the wheel, in an empty environment, from an empty folder."""

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from quiet_machine import had_machine_to_itself

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.real, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)], check=True, stdout=subprocess.DEVNULL)
    [file] = folder.glob("*.whl")
    return file


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    """Every file of the package, those that are no modules too; no tests."""
    names = set(zipfile.ZipFile(wheel).namelist())
    package = ROOT / "conc_advisor"
    paths = (path.relative_to(ROOT) for path in package.rglob("*") if path.is_file())
    files = {path.as_posix() for path in paths if not any(part == "__pycache__" or part.startswith(".") for part in path.parts)}
    assert {name for name in names if ".dist-info/" not in name} == files
    assert "conc_advisor/profiling/demos/gil_bound_threads.py" in files
    assert "conc_advisor/py.typed" in files


def test_the_installed_wheel_does_the_main_job(wheel: Path, tmp_path: Path) -> None:
    """With its own dependencies and nothing of this checkout."""
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=True)
    subprocess.run([environment / "bin/pip", "install", "--quiet", str(wheel)], check=True)
    empty = tmp_path / "empty"
    empty.mkdir()
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    for _ in range(3):
        answer = subprocess.run(
            [
                environment / "bin/conc-advisor",
                "profile",
                "--format",
                "json",
                "-o",
                "report.json",
                "--force",
                "--demo",
                "gil-bound-threads",
            ],
            cwd=empty,
            env={**environ, "XDG_STATE_HOME": str(tmp_path / "state")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert answer.returncode == 0, answer.stderr
        report = json.loads((empty / "report.json").read_text())
        if had_machine_to_itself(report):
            break
    assert answer.stdout.startswith("found ")
    assert report["verdict"]["id"] == "gil-bound"
    assert [path.name for path in empty.iterdir()] == ["report.json"]
