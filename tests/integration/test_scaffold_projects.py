"""Templates in a package that nobody wrote for us: one that is installed here, laid out both ways."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from project_builder import write_project
from template_builder import tree

from conc_advisor.cli.app import run

pytestmark = pytest.mark.real

PROJECT = {
    "pyproject.toml": '[project]\nname = "iniconfig"\nrequires-python = ">=3.11"\n[tool.pytest.ini_options]\npythonpath = ["{source}"]\n',
    "tests/test_own.py": """
        from iniconfig import IniConfig

        def test_own() -> None:
            assert IniConfig("x.ini", data="[a]\\nb = 1\\n")["a"]["b"] == "1"
        """,
}
TEMPLATES = ["async-fan-out", "thread-queue", "shared-memory"]


@pytest.mark.parametrize("source", [".", "src"], ids=["flat", "src"])
def test_its_own_tests_and_the_new_ones_pass(workplace: Path, source: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing that was there is touched, and a second time all is identical."""
    spec = importlib.util.find_spec("iniconfig")
    assert spec is not None
    assert spec.origin is not None
    write_project(workplace, {name: text.replace("{source}", source) for name, text in PROJECT.items()})
    shutil.copytree(Path(spec.origin).parent, workplace / source / "iniconfig", ignore=shutil.ignore_patterns("__pycache__"))
    before = tree(workplace)
    for name in TEMPLATES:
        assert run(["scaffold", name, "-q"]) == 0
    assert before.items() <= tree(workplace).items()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error"]
    # pytest imports this package too, before its own settings count.
    environ = {**os.environ, "PYTHONPATH": str(workplace / source)}
    answer = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert (workplace / source / "iniconfig/fan_out.py").is_file()
    capsys.readouterr()
    for name in TEMPLATES:
        run(["scaffold", name, "-q"])
    assert {line.split()[0] for line in capsys.readouterr().out.splitlines()} == {"identical"}
