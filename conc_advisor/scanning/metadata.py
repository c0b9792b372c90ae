"""Reads what a project says of itself: its name, the Pythons it supports, its dependencies.  setup.py is read, never run."""

import ast
import configparser
import re
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from conc_advisor.files import is_regular, read_regular, real
from conc_advisor.scanning.collector import dotted
from conc_advisor.scanning.inventory import Metadata
from conc_advisor.scanning.source import UnreadableError, parse_file

_MAX_BYTES: Final = 1 << 20
_NOT_A_PROJECT: Final = frozenset({"src", "lib"})


def read_metadata(folder: Path) -> Metadata:
    """Return what the project that a folder belongs to says; an empty one when it says nothing that can be read.

    A package's folder belongs to the project around it.
    """
    place = real(folder)
    while (is_regular(place / "__init__.py") or place.name in _NOT_A_PROJECT) and place.parent != place:
        place = place.parent
    said = [read(place / name) for name, read in _READERS if is_regular(place / name)]
    named = next((one.name for one in said if one.name), None)
    for one in said:
        if one.requires_python is not None:
            return _merge(one, named, said)
    return _merge(Metadata(), named, said)


def _merge(python: Metadata, name: str | None, said: Iterable[Metadata]) -> Metadata:
    return Metadata(
        name=name,
        requires_python=python.requires_python,
        file=python.file,
        lowest_python=python.lowest_python,
        dependencies=next((one.dependencies for one in said if one.dependencies), ()),
    )


def lowest_python(specifier: str) -> int | None:
    """Return the lowest minor version of Python 3 that `>=3.9`, `~=3.9`, `^3.9`, `==3.9.*` or `>3.8` allows, None when it is not said."""
    bounds = [
        int(minor) + (operator == ">" and not patch)
        for operator, minor, patch in re.findall(r"(>=|~=|\^|===?|>|~|(?<![<>=!~^.\d]))\s*3\.(\d{1,2})(\.\d+)?", specifier)
    ]
    return max(bounds, default=None)


def package_name(requirement: str) -> str:
    """Return the package that a requirement such as `Foo-Bar[x]>=1; marker` names, in lower case; '' for a bare address."""
    found = re.match(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)(?![\w.+-]*://)", requirement)
    return re.sub(r"[-_.]+", "-", found[1]).lower() if found else ""


def _from_pyproject(path: Path) -> Metadata:
    try:
        document = tomllib.loads(_text(path))
    except (OSError, ValueError):
        return Metadata()
    project, poetry = _table(document, "project"), _table(_table(document, "tool"), "poetry")
    old = _table(poetry, "dependencies")
    python = project.get("requires-python", old.get("python"))
    name = project.get("name", poetry.get("name"))
    listed = project.get("dependencies")
    requirements = listed if isinstance(listed, list) else [each for each in old if each != "python"]
    return _metadata(path, name, python, requirements)


def _from_setup_cfg(path: Path) -> Metadata:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(_text(path))
    except (OSError, ValueError, configparser.Error):
        return Metadata()
    requires = parser.get("options", "install_requires", fallback="").splitlines()
    return _metadata(path, parser.get("metadata", "name", fallback=None), parser.get("options", "python_requires", fallback=None), requires)


def _from_setup_py(path: Path) -> Metadata:
    """Return what the arguments of setup() say that are literals, or names of literals."""
    try:
        tree = parse_file(path)
    except UnreadableError:
        return Metadata()
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and (dotted(node.func) or "").rpartition(".")[2] == "setup"]
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    given = {
        keyword.arg: _literal(constants.get(keyword.value.id, keyword.value) if isinstance(keyword.value, ast.Name) else keyword.value)
        for call in calls
        for keyword in call.keywords
    }
    requires = given.get("install_requires")
    return _metadata(path, given.get("name"), given.get("python_requires"), requires if isinstance(requires, list) else [])


def _from_pkg_info(path: Path) -> Metadata:
    """Return what an sdist's headers say."""
    try:
        head = _text(path).partition("\n\n")[0]
    except (OSError, ValueError):
        return Metadata()
    said = dict(re.findall(r"^(Name|Requires-Python): *(.+)$", head, re.MULTILINE))
    requires = re.findall(r"^Requires-Dist: *(.+)$", head, re.MULTILINE)
    return _metadata(path, said.get("Name"), said.get("Requires-Python"), [each for each in requires if "extra ==" not in each])


_READERS: Final[tuple[tuple[str, Callable[[Path], Metadata]], ...]] = (
    ("pyproject.toml", _from_pyproject),
    ("setup.cfg", _from_setup_cfg),
    ("setup.py", _from_setup_py),
    ("PKG-INFO", _from_pkg_info),
)


def _metadata(path: Path, name: object, python: object, requirements: Iterable[object]) -> Metadata:
    """Return what was found, with everything left out that is not of the type it should be: these files are the user's."""
    specifier = python.strip() if isinstance(python, str) and python.strip() else None
    names = [package_name(each) for each in requirements if isinstance(each, str)]
    return Metadata(
        name=package_name(name) if isinstance(name, str) else None,
        requires_python=specifier,
        file=path.name if specifier else "",
        lowest_python=lowest_python(specifier) if specifier else None,
        dependencies=tuple(dict.fromkeys(each for each in names if each)),
    )


def _literal(node: ast.expr) -> object:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None


def _table(table: dict[str, object], key: str) -> dict[str, object]:
    value = table.get(key)
    return value if isinstance(value, dict) else {}


def _text(path: Path) -> str:
    return read_regular(path, _MAX_BYTES).decode("utf-8-sig")
