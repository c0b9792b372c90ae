"""The templates pass ruff and mypy as they lie, and with every name changed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from template_builder import missing_packages, other_name, planned, user_project

import conc_advisor
from conc_advisor.scaffolding.apply import apply
from conc_advisor.scaffolding.catalogue import Template, bundled_folder, load_templates
from conc_advisor.scaffolding.generate import Wishes

pytest.importorskip("mypy")
ROOT = Path(conc_advisor.__file__).parents[1]
RUFF = Path(sys.executable).with_name("ruff")
TEMPLATES = list(load_templates().by_name.values())

pytestmark = [
    pytest.mark.real,
    pytest.mark.timeout(400),
    pytest.mark.skipif(not RUFF.exists() or not (ROOT / "pyproject.toml").exists(), reason="needs ruff and the source tree"),
]


def lies(template: Template, root: Path) -> None:
    """Copy a template as it lies."""
    shutil.copytree(template.folder, root / template.name, ignore=shutil.ignore_patterns("__pycache__", ".*"))


def renamed(template: Template, root: Path) -> None:
    """Write a template into a package of its own, with every name changed."""
    package = f"of_{template.name.replace('-', '_')}"
    files = {"pyproject.toml": f'[project]\nname = "{package}"\n', f"{package}/__init__.py": '"""A package."""\n', "tests/.keep": ""}
    project = user_project(root / template.name, files)
    apply(planned(template, project, Wishes(names={name: other_name(name) for name in template.names})), project.root)


@pytest.fixture(scope="module", params=[lies, renamed], ids=lambda write: write.__name__)
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with all templates in one of the two forms, and the settings of ruff for templates."""
    root = tmp_path_factory.mktemp("lint")
    for template in TEMPLATES:
        request.param(template, root)
    settings = (bundled_folder() / "ruff.toml").read_text(encoding="utf-8")
    settings = settings.replace("../pyproject.toml", str(ROOT / "pyproject.toml")).replace('["*"]', '["*", "*/tests"]')
    (root / "ruff.toml").write_text(settings, encoding="utf-8")
    for path in root.glob("*/pyproject.toml"):
        # Else it would count as a project with settings of its own.
        path.unlink()
    return root


@pytest.mark.parametrize("words", [["check"], ["format", "--check"]], ids=" ".join)
def test_ruff(written: Path, words: list[str]) -> None:
    """Rules and format."""
    answer = subprocess.run([RUFF, *words, "--no-cache", "."], cwd=written, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_mypy(written: Path) -> None:
    """Strict, all at once: no two templates have a file of the same name.  Those whose packages are missing are left out."""
    here = [written / template.name for template in TEMPLATES if not missing_packages(template)]
    assert len(here) >= len(TEMPLATES) * 3 // 4
    files = sorted(str(path) for folder in here for path in folder.rglob("*.py"))
    folders = ":".join(str(path) for folder in here for path in (folder, folder / "tests") if path.is_dir())
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir", str(written / ".cache"), *files]
    answer = subprocess.run(command, cwd=written, env={"MYPYPATH": folders}, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
