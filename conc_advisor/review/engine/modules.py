"""Names modules as other files would import them, by where their files lie."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conc_advisor.files import is_regular, real
from conc_advisor.scanning.file_names import printable

SOURCE_FOLDERS: Final = frozenset({"src", "lib", "python"})
"""Folders that hold packages and are none (PyPA's src layout, and its older names)."""
_PROJECT_FILES: Final = (
    *("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "Pipfile", "Dockerfile", "manage.py", "tox.ini", "pytest.ini"),
    *(".git/HEAD", ".git/config"),
)
"""What lies where a program is started or built, so that imports count from there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleName:
    """The dotted name of a module, and whether it is a package, that is an `__init__.py`."""

    name: str
    package: bool


def module_names(paths: Iterable[Path], roots: Collection[Path]) -> list[ModuleName]:
    """Return the name of each file's module, in their order; no two are the same.

    Packages are folders with an `__init__.py`, and all of them count, above `roots` too.  Other folders count as namespace packages up to
    the nearest of: one of `roots`, a folder where a project lies, `src`, a folder whose name cannot be imported.  The second module of a
    name (`conftest`) is called `conftest#2`, which nothing imports.
    """
    naming = _Naming(frozenset(real(root) for root in roots))
    taken: dict[str, int] = {}
    named = []
    for path in paths:
        name = naming.name(path if path.is_absolute() else real(path))
        taken[name] = number = taken.get(name, 0) + 1
        named.append(ModuleName(name=name if number == 1 else f"{name}#{number}", package=path.stem == "__init__"))
    return named


class _Naming:
    """Names modules, and looks at each folder once."""

    def __init__(self, roots: frozenset[Path]) -> None:
        self.roots = roots
        self._packages: dict[Path, tuple[str, ...]] = {}
        self._namespaces: dict[Path, tuple[str, ...] | None] = {}

    def name(self, path: Path) -> str:
        """Return the dotted name of a file's module; one that is no identifier is kept, for it may still import its neighbours."""
        folder = self._package(path.parent)
        stem = () if path.stem == "__init__" and folder else (_part(path.stem),)
        return ".".join((*folder, *stem))

    def _package(self, folder: Path) -> tuple[str, ...]:
        """Return the parts of a folder's name."""
        if folder not in self._packages:
            if folder.parent != folder and is_regular(folder / "__init__.py"):
                self._packages[folder] = (*self._package(folder.parent), _part(folder.name))
            else:
                self._packages[folder] = self._namespace(folder)
        return self._packages[folder]

    def _namespace(self, folder: Path) -> tuple[str, ...]:
        """Return the parts of the name of a folder that is no package; nothing where imports count from it, or from no place known."""
        return self._below_top(folder) or ()

    def _below_top(self, folder: Path) -> tuple[str, ...] | None:
        """Return a folder's parts below the folder that imports count from; None where that lies beyond everything that was asked for."""
        if folder not in self._namespaces:
            if self._is_top(folder):
                self._namespaces[folder] = ()
            elif not folder.name.isidentifier():
                self._namespaces[folder] = () if self._is_asked_for(folder) else None
            else:
                above = self._below_top(folder.parent)
                self._namespaces[folder] = None if above is None else (*above, folder.name)
        return self._namespaces[folder]

    def _is_top(self, folder: Path) -> bool:
        return folder in self.roots or folder.name in SOURCE_FOLDERS or any(is_regular(folder / name) for name in _PROJECT_FILES)

    def _is_asked_for(self, folder: Path) -> bool:
        return not self.roots.isdisjoint(folder.parents)


def _part(name: str) -> str:
    """Return a file's or folder's name as a part of a dotted name, and of a path (see `symbols.paths`), where brackets mean something."""
    # What no import can name stays so: a hyphen is in no identifier.
    return "".join(each if f"_{each}".isidentifier() else "_" if each == "." else "-" for each in printable(name))
