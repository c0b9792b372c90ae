"""What the user's project looks like: where its code and its tests lie, and what it is made with.  Reads, and imports nothing of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Final

from conc_advisor.errors import UsageError
from conc_advisor.files import is_folder
from conc_advisor.scaffolding.catalogue import Version
from conc_advisor.scaffolding.declared import PROJECT_FILES, Declared, normalised, read_declared
from conc_advisor.scaffolding.python_range import lowest_python

_NOT_PACKAGES: Final = frozenset(
    {"bench", "benchmark", "benchmarks", "bin", "build", "ci", "dist", "doc", "docs", "example", "examples", "env", "node_modules"}
    | {"notebooks", "samples", "script", "scripts", "site", "test", "testing", "tests", "tool", "tools", "utils", "venv"}
)
"""Folders beside the code of a flat project that are seldom what it distributes."""
TEST_FOLDERS: Final = ("tests", "test", "Tests")
_HERE: Final = PurePosixPath()


class Layout(StrEnum):
    """How the code lies in the project."""

    SRC = "src"
    """A folder with the packages in it, which is not the project's own."""
    FLAT = "flat"
    """The package lies in the project's folder."""
    SCRIPTS = "scripts"
    """There is no package: modules lie side by side."""


class Tool(StrEnum):
    """What manages the dependencies."""

    UV = "uv"
    POETRY = "poetry"
    PDM = "pdm"
    PIP = "pip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What is known of the project; all folders but `root` are relative to it.

    `source` is the folder that imports begin at; `packages` are all top-level packages, `package` the main one, None where there is none or
    where none of several stands out; `python` is requires-python as written, `lowest` its lowest version, None where nothing is said;
    `requirements` are all that is declared, as written.
    """

    root: Path
    layout: Layout
    source: PurePosixPath
    package: PurePosixPath | None
    packages: tuple[PurePosixPath, ...]
    python: str
    lowest: Version | None
    requirements: tuple[str, ...]
    tool: Tool
    tests: PurePosixPath

    def is_package(self, folder: PurePosixPath) -> bool:
        """Tell whether a folder has an `__init__.py`."""
        return (self.root / folder / "__init__.py").is_file()

    def has(self, requirement: str) -> bool:
        """Tell whether the project declares what a requirement names, in whatever version."""
        return bool(self.declaring(requirement))

    def declaring(self, requirement: str) -> tuple[str, ...]:
        """Return what the project requires of the package that a requirement names."""
        name = normalised(requirement)
        return tuple(each for each in self.requirements if normalised(each) == name)


def look_at(folder: Path) -> Project:
    """Return the project that `folder` belongs to; raises `UsageError` where there is no such folder or its pyproject.toml is not TOML."""
    if not is_folder(folder):
        raise UsageError(f"{folder} is not a folder", hint="name the folder of your project")
    root = find_root(folder.resolve())
    declared = read_declared(root)
    source, packages = _packages(root, declared)
    package = _main_package(root, packages, declared)
    with_packages = Layout.FLAT if source == _HERE else Layout.SRC
    layout = with_packages if packages else Layout.SCRIPTS
    return Project(
        root=root,
        layout=layout,
        source=source,
        package=package,
        packages=packages,
        python=declared.python,
        lowest=lowest_python(declared.python),
        requirements=declared.requirements,
        tool=_tool(root, declared),
        tests=_tests(root, declared, package, layout),
    )


def find_root(folder: Path) -> Path:
    """Return the nearest folder, `folder` or above, with a project file or a repository; `folder` itself where there is none."""
    marks = (*PROJECT_FILES, ".git")
    return next((place for place in (folder, *folder.parents) if any((place / mark).exists() for mark in marks)), folder)


def _packages(root: Path, declared: Declared) -> tuple[PurePosixPath, tuple[PurePosixPath, ...]]:
    """Return the folder that imports begin at, and the packages in it."""
    named = [PurePosixPath(text) for text in declared.package_folders if _is_inside(text) and (root / text).is_dir()]
    if named:
        top = named[0]
        source = PurePosixPath(top.parts[0]) if len(top.parts) > 1 and not _is_package(root / top.parts[0]) else _HERE
        return source, tuple(named)
    for text in (*declared.source_folders, "src", "lib", "."):
        source = PurePosixPath(text)
        if not text or not _is_inside(text) or not (root / source).is_dir():
            continue
        found = tuple(sorted(folder.relative_to(root) for folder in _packages_in(root / source, declared.name, flat=source == _HERE)))
        if found:
            return source, tuple(map(PurePosixPath, found))
        if source != _HERE and text != "lib" and any((root / source).glob("*.py")):
            return source, ()
    return _HERE, ()


def _packages_in(source: Path, name: str, *, flat: bool) -> Iterator[Path]:
    """Yield the packages whose import begins in `source`; namespaces as far as the project's name or their content gives them away."""
    found = False
    for folder in sorted(path for path in source.iterdir() if path.is_dir() and path.name.isidentifier()):
        if flat and folder.name.lower() in _NOT_PACKAGES:
            continue
        if _is_package(folder):
            found = True
            yield folder
        elif not flat and (inner := [path for path in sorted(folder.iterdir()) if path.is_dir() and _is_package(path)]):
            found = True
            yield from inner
    if not found and name:
        for guess in (name.replace("-", "_"), name.replace("-", "/"), name.replace(".", "/")):
            if _is_inside(guess) and any((source / guess).glob("*.py")):
                yield source / guess
                return


def _main_package(root: Path, packages: tuple[PurePosixPath, ...], declared: Declared) -> PurePosixPath | None:
    if len(packages) == 1:
        return packages[0]
    names = {normalised(declared.name), normalised(root.name)} - {""}
    alike = [package for package in packages if normalised(package.name) in names or normalised("-".join(package.parts)) in names]
    return alike[0] if len(alike) == 1 else None


def _is_package(folder: Path) -> bool:
    return (folder / "__init__.py").is_file()


def _is_inside(text: str) -> bool:
    """Tell whether what a project file names is below the project, by its words."""
    path = PurePosixPath(text)
    return not path.is_absolute() and ".." not in path.parts


def _tests(root: Path, declared: Declared, package: PurePosixPath | None, layout: Layout) -> PurePosixPath:
    """Return the folder of the tests: the one there is, else the one to make."""
    told = [text for text in declared.test_folders if _is_inside(text) and "test" in text.lower()]
    inside = [str(package / name) for name in TEST_FOLDERS] if package is not None else []
    for text in (*told, *TEST_FOLDERS, *inside):
        if (root / text).is_dir():
            return PurePosixPath(text)
    if told:
        return PurePosixPath(told[0])
    # Beside the modules pytest finds them without any setting.
    beside = layout is Layout.SCRIPTS or any(root.glob("test_*.py"))
    return _HERE if beside else PurePosixPath("tests")


def _tool(root: Path, declared: Declared) -> Tool:
    """Return what the lock file says, else the settings; a workspace has its lock file in a folder above."""
    repository = next((place for place in (root, *root.parents) if (place / ".git").exists()), root)
    for place in (root, *root.parents):
        for tool in (Tool.UV, Tool.POETRY, Tool.PDM):
            if (place / f"{tool}.lock").is_file():
                return tool
        if place == repository:
            break
    return next((tool for tool in (Tool.UV, Tool.POETRY, Tool.PDM) if tool.value in declared.tables), Tool.PIP)
