"""Laws of the code base that no linter of the project keeps."""

import ast
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

import conc_advisor
from conc_advisor.config import KEYS, REVIEW_KEYS
from conc_advisor.decision.open_questions import VALUES
from conc_advisor.decision.question_texts import QUESTIONS
from conc_advisor.decision.table import TABLE
from conc_advisor.errors import ExitCode
from conc_advisor.profiling.demo_catalogue import DEMOS, Demo, find_demo
from conc_advisor.reports.registry import ReportFormat
from conc_advisor.reports.review.registry import ReviewFormat
from conc_advisor.workload import Factor, Quantities

PACKAGE = Path(conc_advisor.__file__).parent
ROOT = PACKAGE.parent
MODULES = sorted(PACKAGE.rglob("*.py"))
FUNCTION_LINES = 60
MODULE_LINES = 450
SHAPELESS_NAMES = {"utils", "util", "helpers", "helper", "manager", "handler", "core", "common", "misc"}

needs_checkout = pytest.mark.skipif(not (ROOT / "pyproject.toml").exists(), reason="needs the source tree")


def parsed(path: Path, feature_version: tuple[int, int] | None = None) -> ast.Module:
    """Return a module's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path), feature_version=feature_version)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function of a module."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imported(path: Path) -> set[str]:
    """Return the top-level names of everything a module imports."""
    names: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add("." if node.level else (node.module or "").partition(".")[0])
    return names


def test_functions_stay_small() -> None:
    """None is longer than a screen, and nine in ten are far shorter."""
    sizes = {f"{path.name}:{node.name}": (node.end_lineno or 0) - node.lineno + 1 for path in MODULES for node in functions(path)}
    assert {name: size for name, size in sizes.items() if size > FUNCTION_LINES} == {}
    assert sorted(sizes.values())[len(sizes) * 9 // 10] <= 40


def test_modules_stay_small_and_have_a_purpose() -> None:
    """A module that outgrows its limit has more than one; its docstring could not name it."""
    assert {path.name for path in MODULES if len(path.read_text().splitlines()) > MODULE_LINES} == set()
    assert {str(path) for path in MODULES if not ast.get_docstring(parsed(path))} == set()


def test_no_module_is_a_drawer() -> None:
    """A name says what is inside."""
    names = {part for path in MODULES for part in path.relative_to(PACKAGE).with_suffix("").parts}
    assert names & SHAPELESS_NAMES == set()


@pytest.mark.parametrize(
    "path", [path for path in MODULES if {"demos", "probe", "measuring"} & set(path.parts)], ids=lambda path: path.stem
)
def test_what_runs_under_the_users_interpreter_needs_nothing(path: Path) -> None:
    """Demos, the probe and the measuring program need CPython 3.9 and its standard library only; pyinstrument where that was asked for."""
    parsed(path, feature_version=(3, 9))
    siblings = {other.stem for other in path.parent.glob("*.py")} if "probe" in path.parts else set()
    if "measuring" in path.parts:
        siblings.add(".")
    assert imported(path) <= set(sys.stdlib_module_names) | siblings | {"pyinstrument"}


def test_the_demo_list_is_the_folder() -> None:
    """No demo is forgotten, none is missing."""
    assert {demo.path for demo in DEMOS} == set(DEMOS[0].path.parent.glob("[a-z]*.py"))
    assert all(demo.path.is_file() for demo in DEMOS)


@pytest.mark.parametrize("demo", DEMOS, ids=lambda demo: demo.name)
def test_a_demo_says_what_to_expect(demo: Demo) -> None:
    """Its docstring names the verdict, and how to run it."""
    text = ast.get_docstring(parsed(demo.path)) or ""
    assert f"Expected verdict: {demo.verdict}" in text
    assert f"Usage: python {demo.path.name}" in text
    assert find_demo(demo.name) is demo


def test_an_unknown_demo_is_none() -> None:
    """The caller says so."""
    assert find_demo("no-such-demo") is None


@needs_checkout
def test_every_dependency_has_its_reason() -> None:
    """CONTRIBUTING says why each runtime dependency is worth having."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    text = (ROOT / "CONTRIBUTING.md").read_text()
    names = [dependency.partition(">")[0] for dependency in project["dependencies"]]
    assert [name for name in names if f"- **{name}**" not in text] == []
    assert project["version"] == conc_advisor.__version__


@needs_checkout
def test_the_readme_tells_all_there_is() -> None:
    """Every demo, format, setting and exit code."""
    text = (ROOT / "README.md").read_text()
    words = [*(demo.name for demo in DEMOS), *(f"`{each}`" for each in (*ReportFormat, *ReviewFormat)), *(f"`{key}`" for key in KEYS)]
    words += [f"{key} = " for key in REVIEW_KEYS if key != "per-file-ignores"] + [f"`{key}`" for key in REVIEW_KEYS]
    words += [f"| {code.value} |" for code in ExitCode]
    assert [word for word in words if word not in text] == []


@needs_checkout
def test_the_readme_lists_every_answer() -> None:
    """Each factor with its values and its question, and how many rows decide."""
    text = (ROOT / "README.md").read_text()
    asked = {question.factor: question.text for question in QUESTIONS}
    for factor, values in VALUES.items():
        (line,) = [line for line in text.splitlines() if line.startswith(f"| `{factor}` |") and line.endswith(f"| {asked[factor]} |")]
        if factor is not Factor.PYTHON:
            words = [str(value).lower() if isinstance(value, bool) else str(value) for value in values]
            assert [word for word in words if f"`{word}`" not in line] == []
    assert all(f"`{field.name}`" in text for field in fields(Quantities))
    assert f"A table of {len(TABLE)} rows" in text


@needs_checkout
def test_the_changelog_knows_this_version() -> None:
    """A release without an entry helps nobody."""
    assert f"## [{conc_advisor.__version__}]" in (ROOT / "CHANGELOG.md").read_text()
