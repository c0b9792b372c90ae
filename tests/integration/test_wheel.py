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
    """Every file of the package, those that are no modules too, and the templates; no tests of ours."""
    names = set(zipfile.ZipFile(wheel).namelist())
    paths = (path.relative_to(ROOT) for folder in ("conc_advisor", "templates") for path in (ROOT / folder).rglob("*") if path.is_file())
    kept = [path for path in paths if not any(part == "__pycache__" or part.startswith(".") for part in path.parts)]
    files = {path.as_posix() if path.parts[0] == "conc_advisor" else f"conc_advisor/{path.as_posix()}" for path in kept}
    assert {name for name in names if ".dist-info/" not in name} == files
    assert "conc_advisor/templates/async-fan-out/template.toml" in files
    assert "conc_advisor/profiling/demos/gil_bound_threads.py" in files
    assert "conc_advisor/py.typed" in files


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an environment with the wheel and its dependencies, and nothing of this checkout."""
    environment = tmp_path_factory.mktemp("wheel") / "environment"
    venv.create(environment, with_pip=True)
    subprocess.run([environment / "bin/pip", "install", "--quiet", str(wheel)], check=True)
    return environment


def test_the_installed_wheel_brings_the_templates(environment: Path, tmp_path: Path) -> None:
    """Lists them, and adds one with its test, from a folder that has nothing to do with us."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    command = [str(environment / "bin/conc-advisor"), "scaffold"]
    listed = subprocess.run([*command, "--list", "--format", "json"], cwd=tmp_path, env=environ, capture_output=True, text=True, check=True)
    names = {template["name"] for template in json.loads(listed.stdout)["templates"]}
    assert names == {path.parent.name for path in ROOT.glob("templates/*/template.toml")}
    subprocess.run([*command, "async-fan-out"], cwd=tmp_path, env=environ, capture_output=True, check=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fan_out.py", "test_fan_out.py"]
    subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"], cwd=tmp_path, env=environ, check=True)


def test_the_installed_wheel_does_the_main_job(environment: Path, tmp_path: Path) -> None:
    """With its own dependencies and nothing of this checkout."""
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
