"""The laws of the templates, and that each runs.

By default each template's test runs on the lowest Python at hand that it claims, its demo on the highest.  With CONC_ADVISOR_EVERY_PYTHON
set, both run on all of them, and so does the test of a renamed copy in a package.
"""

import ast
import itertools
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from pythons import find_python
from template_builder import missing_packages, other_name, planned, user_project

from conc_advisor.catalogue.catalogue import load_catalogue
from conc_advisor.decision.advice.templates import _TEMPLATES as ADVISED
from conc_advisor.guide.guide import ALIASES, topics
from conc_advisor.guide.links import see_also
from conc_advisor.scaffolding.apply import apply
from conc_advisor.scaffolding.catalogue import Template, load_templates
from conc_advisor.scaffolding.declared import normalised
from conc_advisor.scaffolding.fitting import written
from conc_advisor.scaffolding.generate import Wishes
from conc_advisor.scaffolding.rename import defined_in, methods_in

TEMPLATES: Final = load_templates()
ALL: Final = tuple(TEMPLATES.by_name.values())
PAGE_LINES: Final = 100
EVERY_PYTHON: Final = bool(os.environ.get("CONC_ADVISOR_EVERY_PYTHON"))
MINORS: Final = range(9, 16)
LONGEST: Final = 100
"""Seconds that only a broken template needs."""

every = pytest.mark.parametrize("template", ALL, ids=lambda template: template.name)


@every
def test_its_page_has_the_form_of_the_guides(template: Template) -> None:
    """A title, the summary of the manifest, sections, and links that lead somewhere."""
    lines = template.page.read_text(encoding="utf-8").splitlines()
    assert re.fullmatch(r"# \S.*", lines[0])
    assert lines[1:4] == ["", template.summary, ""]
    assert len(template.summary) <= 100
    assert len(lines) <= PAGE_LINES
    assert max(map(len, lines)) <= 100
    names = {topic.name for topic in topics()} | set(TEMPLATES.by_name)
    linked = see_also("\n".join(lines))
    assert linked
    assert set(linked) - names == set()


@every
def test_what_it_names_is_there(template: Template) -> None:
    """Related templates, those for older Pythons, and the identifiers that may be renamed."""
    assert set(template.related) - set(TEMPLATES.by_name) == set()
    assert template.name not in template.related
    sources = [template.source(file) for file in template.modules]
    assert set(template.names) - set().union(*(defined_in(source) | methods_in(source) for source in sources)) == set()
    for version, text in template.older.items():
        assert version < template.python
        assert text not in TEMPLATES.by_name or TEMPLATES.find(text).python <= version
    for word in re.findall(r"\b[a-z]+(?:-[a-z]+)+\b", f"{template.use} {template.avoid}"):
        near = TEMPLATES.near(word)
        assert word in TEMPLATES.by_name or not near or word not in near


@every
def test_it_has_a_demo_and_no_dependency_on_us(template: Template) -> None:
    """And its test imports it as the rewriting expects."""
    assert any('if __name__ == "__main__":' in template.source(file) for file in template.modules)
    for file in template.files:
        tree = ast.parse(template.source(file))
        imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert not any(name.startswith("conc_advisor") for name in imported)


def test_no_two_files_have_one_name() -> None:
    """Any two templates can be added to one project."""
    assert [name for name, count in Counter(file for each in ALL for file in each.files).items() if count > 1] == []


def test_no_name_means_two_things() -> None:
    """What `explain` takes is a topic, a template or a library."""
    catalogue = load_catalogue()
    names = set(TEMPLATES.by_name)
    assert names & ({topic.name for topic in topics()} | set(ALIASES)) == set()
    assert [name for name in names if catalogue.by_name(name) or catalogue.by_import(name)] == []


def test_choose_names_only_templates_that_there_are() -> None:
    """And all of a kind that it can decide for are named somewhere."""
    assert {entry.says for entry in ADVISED} - set(TEMPLATES.by_name) == set()


def renamed_copy(template: Template, root: Path) -> Path:
    """Return a project with the template in its package, every name changed."""
    settings = '[project]\nname = "pkg"\n[tool.pytest.ini_options]\npythonpath = ["src"]\n'
    project = user_project(root, {"pyproject.toml": settings, "src/pkg/__init__.py": "", "tests/.keep": ""})
    plan = planned(template, project, Wishes(names={name: other_name(name) for name in template.names}))
    apply(plan, project.root)
    return root


@every
def test_every_name_can_be_changed(template: Template, tmp_path: Path) -> None:
    """All at once; what comes out is Python, and the old names are gone."""
    root = renamed_copy(template, tmp_path / "p")
    for path in [path for path in root.rglob("*.py") if path.stat().st_size]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert used & set(template.names) == set()


def quoted(tree: ast.AST) -> Iterator[ast.expr]:
    """Yield what stands in quotes and reads as an expression that a type could be: names, attributes, subscripts, unions."""
    allowed = (
        ast.Expression,
        ast.Name,
        ast.Attribute,
        ast.Subscript,
        ast.BinOp,
        ast.BitOr,
        ast.Tuple,
        ast.List,
        ast.Constant,
        ast.expr_context,
    )
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                inner = ast.parse(node.value.strip(), mode="eval")
            except (SyntaxError, ValueError):
                continue
            if all(isinstance(each, allowed) for each in ast.walk(inner)):
                yield inner.body


def fields(tree: ast.AST) -> Iterator[ast.expr]:
    """Yield what stands in the braces of f-strings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FormattedValue):
            yield node.value


@every
def test_in_f_strings_a_name_that_can_be_changed_is_nothing_else(template: Template) -> None:
    """Before Python 3.12 an f-string is one token, and such words in its braces are changed whatever they are."""
    modules = {file.removesuffix(".py") for file in template.modules}
    methods = set().union(*(methods_in(template.source(file)) for file in template.modules))
    methods -= set().union(*(defined_in(template.source(file)) for file in template.modules))
    for file in template.files:
        for field in fields(ast.parse(template.source(file))):
            words = Counter(word for word in re.findall(r"\w+", ast.unparse(field)) if word in template.names)
            known = Counter(node.id for node in ast.walk(field) if isinstance(node, ast.Name) and node.id not in methods)
            for node in ast.walk(field):
                if isinstance(node, ast.Attribute):
                    of_module = isinstance(node.value, ast.Name) and node.value.id in modules
                    known[node.attr] += of_module or node.attr in methods
            assert {word: count for word, count in words.items() if count != known[word]} == {}, f"{file}: {ast.unparse(field)}"


@every
def test_no_changed_name_is_left_in_f_strings_or_in_quotes(template: Template, tmp_path: Path) -> None:
    """Types in quotes are changed wherever they stand; a text that only happens to be a name would be taken for one by the reader."""
    root = renamed_copy(template, tmp_path / "p")
    for path in root.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for inner in (*quoted(tree), *fields(tree)):
            used = {node.id for node in ast.walk(inner) if isinstance(node, ast.Name)}
            assert used & set(template.names) == set(), f"{path.name}: {ast.unparse(inner)}"


@dataclass(frozen=True, eq=False)
class Run:
    """One thing to run: a template's `part` on a Python."""

    template: Template
    version: str
    part: str

    def __str__(self) -> str:
        return f"{self.template.name}-{self.part}-{self.version}"


def running() -> str:
    """Return the version that runs this."""
    return written(sys.version_info[:2])


def versions(template: Template) -> list[str]:
    """Return the Pythons at hand that it claims, lowest first; only the running one where it needs packages beside pytest."""
    if set(map(normalised, (*template.packages, *template.test_packages))) - {"pytest"}:
        return [running()] if template.python <= sys.version_info[:2] else []
    return [f"3.{minor}" for minor in MINORS if (3, minor) >= template.python and at_hand(f"3.{minor}")]


@cache
def at_hand(version: str) -> bool:
    """Tell whether an interpreter of that version is here."""
    return version == running() or find_python(version) is not None


def runs() -> Iterator[Run]:
    """Yield what is to be run."""
    for template in ALL:
        known = versions(template)
        if not known:
            yield Run(template, "none", "test")
        elif EVERY_PYTHON:
            yield from (Run(template, version, part) for version, part in itertools.product(known, ("test", "demo", "renamed")))
        else:
            yield Run(template, known[0], "test")
            yield Run(template, known[-1], "demo")


def carried_out(run: Run, python: Path, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run a copy, with every warning an error."""
    strict = [str(python), "-X", "dev", "-W", "error"]
    if run.part == "renamed":
        renamed_copy(run.template, folder)
        words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    else:
        shutil.copytree(run.template.folder, folder, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", *run.template.tests] if run.part == "test" else [run.template.modules[0]]
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "VIRTUAL_ENV"))}
    return subprocess.run([*strict, *words], cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=LONGEST)


class Bench:
    """Runs things three at a time, in the order in which the tests ask for them."""

    def __init__(self, folder: Path, wanted: list[Run]) -> None:
        self._folder = folder
        self._pool = ThreadPoolExecutor(3)
        self._pythons: dict[str, Future[Path | None]] = {}
        for version in dict.fromkeys(run.version for run in wanted):
            self._pythons[version] = self._pool.submit(self._python, version)
        self._answers = {run: self._pool.submit(self._answer, run) for run in wanted}

    def answer(self, run: Run) -> "subprocess.CompletedProcess[str] | None":
        """Return how it went; None where there is no pytest for that Python."""
        return self._answers[run].result()

    def close(self) -> None:
        """Run nothing more."""
        self._pool.shutdown(cancel_futures=True)

    def _answer(self, run: Run) -> "subprocess.CompletedProcess[str] | None":
        python = self._pythons[run.version].result()
        return None if python is None else carried_out(run, python, self._folder / str(run))

    def _python(self, version: str) -> Path | None:
        """Return an interpreter of that version with pytest: the running one, or an environment made from another."""
        if version == running():
            return Path(sys.executable)
        base = find_python(version)
        if base is None:
            return None
        folder = self._folder / f"python{version}"
        subprocess.run([base, "-m", "venv", folder], check=True, capture_output=True)
        install = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "pytest>=8"]
        installed = subprocess.run(install, check=False, capture_output=True)
        return folder / "bin/python" if installed.returncode == 0 else None


@pytest.fixture(scope="module")
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Return the bench, which begins with all that was selected."""
    specs = (getattr(item, "callspec", None) for item in request.session.items)
    wanted = [spec.params["run"] for spec in specs if spec is not None and isinstance(spec.params.get("run"), Run)]
    known = Bench(tmp_path_factory.mktemp("templates"), [run for run in wanted if run.version != "none"])
    yield known
    known.close()


@pytest.mark.real
@pytest.mark.timeout(400)
@pytest.mark.parametrize("run", list(runs()), ids=str)
def test_it_runs_as_it_lies(run: Run, bench: Bench) -> None:
    """Its test passes, and its demo shows what it promises and ends by itself."""
    if run.version == "none":
        pytest.skip(f"needs Python {written(run.template.python)}, with {run.template.packages or 'nothing else'}")
    if run.version == running() and (missing := missing_packages(run.template)):
        pytest.skip(f"not installed: {', '.join(missing)}")
    answer = bench.answer(run)
    if answer is None:
        pytest.skip(f"pytest cannot be installed for Python {run.version}")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert answer.stdout.strip()
