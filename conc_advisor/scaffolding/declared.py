"""What a project declares in its files: name, Python, dependencies, where its packages and tests lie.

Files are read and never run: of a setup.py only what stands there as a literal is known.
"""

import ast
import configparser
import contextlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conc_advisor.errors import UsageError

PROJECT_FILES: Final = ("pyproject.toml", "setup.cfg", "setup.py")
_REQUIREMENT_NAME: Final = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")

Table = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What is declared, as written; empty where nothing is.

    `requirements` are those of groups and extras too, those of poetry as a name and versions; `package_folders` are packages and
    `source_folders` folders with packages in them, `test_folders` what pytest is told to look at, all relative to the project; `tables`
    are the names of [tool.…].
    """

    name: str
    python: str
    requirements: tuple[str, ...]
    package_folders: tuple[str, ...]
    source_folders: tuple[str, ...]
    test_folders: tuple[str, ...]
    tables: frozenset[str]


def read_declared(root: Path) -> Declared:
    """Return what the files in `root` say; raises `UsageError` for a pyproject.toml that is not TOML."""
    toml = _toml(root / "pyproject.toml")
    cfg = _ini(root / "setup.cfg")
    setup = _setup_arguments(root / "setup.py")
    tool = _table(toml, "tool")
    poetry = _table(tool, "poetry")
    names = (_text(_table(toml, "project"), "name"), _text(poetry, "name"), cfg.get("metadata", "name", fallback=""), _text(setup, "name"))
    pythons = (
        _text(_table(toml, "project"), "requires-python"),
        _text(_table(poetry, "dependencies"), "python"),
        cfg.get("options", "python_requires", fallback=""),
        _text(setup, "python_requires"),
    )
    return Declared(
        name=next(filter(None, names), ""),
        python=next(filter(None, pythons), ""),
        requirements=tuple(_requirements(root, toml, cfg, setup)),
        package_folders=tuple(_package_folders(tool)),
        source_folders=tuple(_source_folders(tool, cfg, setup)),
        test_folders=tuple(_test_folders(root, tool, cfg)),
        tables=frozenset(tool),
    )


def normalised(requirement: str) -> str:
    """Return the name that a requirement begins with, in the form in which PyPI compares names (PEP 503)."""
    match = _REQUIREMENT_NAME.match(requirement)
    return re.sub(r"[-_.]+", "-", match[1]).lower() if match else ""


def _toml(file: Path) -> Table:
    if not file.is_file():
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror or error}", hint="check its permissions") from error
    except ValueError as error:
        # TOMLDecodeError and UnicodeDecodeError both are ValueErrors.
        raise UsageError(f"{file} is not valid TOML: {error}", hint="mend the file, or name another project with --project") from error


def _ini(file: Path) -> configparser.ConfigParser:
    """Return an INI file, empty where it is missing or cannot be read: other tools complain about it."""
    parser = configparser.ConfigParser(interpolation=None)
    with contextlib.suppress(OSError, ValueError, configparser.Error):
        parser.read(file, encoding="utf-8")
    return parser


def _setup_arguments(file: Path) -> dict[str, object]:
    """Return the arguments of the call of `setup` that are literals, or names of literals."""
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError):
        return {}
    named: dict[str, object] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            with contextlib.suppress(ValueError, TypeError):
                named[node.targets[0].id] = ast.literal_eval(node.value)
    found: dict[str, object] = {}
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2] == "setup":
            for keyword in call.keywords:
                if isinstance(keyword.value, ast.Name) and keyword.value.id in named:
                    found[str(keyword.arg)] = named[keyword.value.id]
                else:
                    with contextlib.suppress(ValueError, TypeError):
                        found[str(keyword.arg)] = ast.literal_eval(keyword.value)
    return found


def _requirements(root: Path, toml: Table, cfg: configparser.ConfigParser, setup: Table) -> Iterator[str]:
    project = _table(toml, "project")
    poetry = _table(_table(toml, "tool"), "poetry")
    yield from _texts(project.get("dependencies"))
    for group in (
        _table(project, "optional-dependencies"),
        _table(toml, "dependency-groups"),
        _table(_table(_table(toml, "tool"), "pdm"), "dev-dependencies"),
        _table(setup, "extras_require"),
    ):
        for requirements in group.values():
            yield from _texts(requirements)
    yield from _texts(_table(_table(toml, "tool"), "uv").get("dev-dependencies"))
    yield from _of_poetry(_table(poetry, "dependencies"))
    yield from _of_poetry(_table(poetry, "dev-dependencies"))
    for name in _table(poetry, "group"):
        yield from _of_poetry(_table(_table(_table(poetry, "group"), name), "dependencies"))
    yield from _texts(setup.get("install_requires"))
    yield from _texts(setup.get("tests_require"))
    yield from cfg.get("options", "install_requires", fallback="").splitlines()
    if cfg.has_section("options.extras_require"):
        for _, lines in cfg.items("options.extras_require"):
            yield from lines.splitlines()
    for file in sorted(root.glob("*requirements*.txt")):
        with contextlib.suppress(OSError, ValueError):
            yield from (line for line in file.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith(("#", "-")))


def _of_poetry(dependencies: Table) -> Iterator[str]:
    """Yield each name with its versions, which may stand alone, in a table, or in several of them."""
    for name, given in dependencies.items():
        for each in given if isinstance(given, list) else [given]:
            versions = _text(each, "version") if isinstance(each, Mapping) else each
            yield f"{name} {versions}" if isinstance(versions, str) and "*" not in versions else name


def _package_folders(tool: Table) -> Iterator[str]:
    for package in _list(_table(tool, "poetry").get("packages")):
        if isinstance(package, Mapping):
            yield "/".join(filter(None, [_text(package, "from"), _text(package, "include")]))
    wheel = _table(_table(_table(_table(tool, "hatch"), "build"), "targets"), "wheel")
    yield from _texts(wheel.get("packages"))


def _source_folders(tool: Table, cfg: configparser.ConfigParser, setup: Table) -> Iterator[str]:
    setuptools = _table(tool, "setuptools")
    yield from _texts(_table(_table(setuptools, "packages"), "find").get("where"))
    yield _text(_table(setuptools, "package-dir"), "")
    yield _text(_table(setup, "package_dir"), "")
    yield cfg.get("options.packages.find", "where", fallback="")
    for line in cfg.get("options", "package_dir", fallback="").splitlines():
        name, sign, folder = line.partition("=")
        if sign and not name.strip():
            yield folder.strip()
    yield _text(_table(_table(tool, "uv"), "build-backend"), "module-root")


def _test_folders(root: Path, tool: Table, cfg: configparser.ConfigParser) -> Iterator[str]:
    pytest = _table(tool, "pytest")
    for table in (pytest, _table(pytest, "ini_options")):
        paths = table.get("testpaths")
        yield from paths.split() if isinstance(paths, str) else _texts(paths)
    yield from cfg.get("tool:pytest", "testpaths", fallback="").split()
    for name in ("pytest.ini", "tox.ini"):
        yield from _ini(root / name).get("pytest", "testpaths", fallback="").split()


def _table(table: Table, key: str) -> Table:
    value = table.get(key)
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []


def _texts(value: object) -> list[str]:
    return [each for each in _list(value) if isinstance(each, str)]


def _text(table: Table, key: str) -> str:
    value = table.get(key)
    return value if isinstance(value, str) else ""
