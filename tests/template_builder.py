"""Templates and projects of the user's on disk, small ones, for the tests of scaffold."""

import importlib.util
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from project_builder import write_project

from conc_advisor.scaffolding.catalogue import Template
from conc_advisor.scaffolding.declared import normalised
from conc_advisor.scaffolding.generate import Wishes, generate
from conc_advisor.scaffolding.manifest import read_manifest
from conc_advisor.scaffolding.plan import Plan, plan
from conc_advisor.scaffolding.present import PresentOnDisk
from conc_advisor.scaffolding.project import Project, look_at

CODE = '''"""Adds numbers."""

from dataclasses import dataclass

__all__ = ["Total", "add_up"]


@dataclass
class Total:
    """What `add_up` returns."""

    value: int

    def add_up(self) -> "Total":
        """Return itself."""
        return self


def add_up(first: int, second: int) -> Total:
    """Return their `Total`, never add_up itself."""
    return Total(value=first + second)
'''
TEST = '''"""Tests of the sum."""

from adder import Total, add_up


def test_two_and_two() -> None:
    """Make four."""
    assert add_up(2, 2) == Total(4)
    assert f"{add_up(1, 1).value:d} add_up" == "2 add_up"
'''
PAGE = "# Adding\n\nAdds numbers.\n\n## See also\n\n- [choosing](choosing.md): which model.\n"
MANIFEST = {
    "summary": '"Adds numbers."',
    "models": '["threads"]',
    "kind": '"threads"',
    "use": '"When there are two."',
    "avoid": '"When there are none."',
    "python": '">=3.9"',
    "packages": "[]",
    "test_packages": '["pytest>=8"]',
    "module": '"adder.py"',
    "tests": '["test_adder.py"]',
    "related": "[]",
}
NAMES = '[names]\nTotal = "the sum"\nadd_up = "the function"\n'
SRC_PROJECT = {
    "pyproject.toml": '[project]\nname = "my-pkg"\nrequires-python = ">=3.11"\ndependencies = []\n',
    "src/my_pkg/__init__.py": "",
    "tests/test_old.py": "def test_old() -> None:\n    assert True\n",
}


def manifest(tail: str = NAMES, **keys: str | None) -> str:
    """Return a template.toml: keys as they are written in TOML, None to leave one out; `tail` is what comes behind them."""
    merged = {**MANIFEST, **keys}
    return "".join(f"{key} = {value}\n" for key, value in merged.items() if value is not None) + tail


def write_template(root: Path, name: str = "adder", *, text: str | None = None, files: Mapping[str, str] | None = None) -> Path:
    """Write a template below `root` and return its folder."""
    given = {
        "template.toml": manifest() if text is None else text,
        "README.md": PAGE,
        "adder.py": CODE,
        "test_adder.py": TEST,
        **(files or {}),
    }
    folder = root / name
    folder.mkdir(parents=True)
    for file, content in given.items():
        (folder / file).write_text(content, encoding="utf-8")
    return folder


def adder(root: Path, *, text: str | None = None, files: Mapping[str, str] | None = None) -> Template:
    """Return the small template, written below `root`."""
    return read_manifest(write_template(root, text=text, files=files) / "template.toml")


def user_project(root: Path, files: Mapping[str, str | bytes] = SRC_PROJECT) -> Project:
    """Return a project of these files."""
    root.mkdir(parents=True, exist_ok=True)
    return look_at(write_project(root, files))


def planned(template: Template, project: Project, wishes: Wishes | None = None) -> Plan:
    """Return the plan for a template in a project."""
    return plan(generate(template, project, wishes or Wishes()), PresentOnDisk(project.root))


def tree(root: Path) -> dict[PurePosixPath, bytes | None]:
    """Return every path below `root` with what the file holds, None for a folder."""
    return {PurePosixPath(path.relative_to(root)): path.read_bytes() if path.is_file() else None for path in sorted(root.rglob("*"))}


def other_name(name: str) -> str:
    """Return a name of the same length and kind, so that lines keep their places."""
    return f"{name[0]}{'q' if name[1] != 'q' else 'z'}{name[2:]}"


def missing_packages(template: Template) -> list[str]:
    """Return what the template needs and the running interpreter does not have."""
    needed = [normalised(each) for each in (*template.packages, *template.test_packages)]
    return [name for name in needed if importlib.util.find_spec(name.replace("-", "_")) is None]
