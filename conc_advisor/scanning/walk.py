"""Finds the Python files of a project: what is its own, what is a test, and what is left out and why.

Links below the scanned folder are never followed: what they point to inside of it is read where it lies, and the rest is not the project's.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from stat import S_ISREG
from typing import Final

from conc_advisor.errors import TargetError
from conc_advisor.files import is_folder, is_regular, is_there, real, why_not_there
from conc_advisor.scanning.file_names import printable
from conc_advisor.scanning.ignored import IGNORE_FILE, Ignores, ignores_above, is_ignored, with_own_ignore_file
from conc_advisor.scanning.inventory import Part, Skipped

MAX_FILES: Final = 20_000
"""Beyond it a scan takes minutes; what is left out is said."""
MAX_FOLDERS: Final = 100_000
"""Beyond it nothing is looked for any more: this is no project but a whole disk."""
BEYOND: Final = f"beyond the first {MAX_FILES:,} files"
"""Why a file was not read that there were too many before."""
NOTEBOOK: Final = "a notebook: only counted"
NOT_LISTED: Final = "cannot be listed"
"""How the reason begins why a folder was not looked into."""

_NEVER: Final = frozenset({"node_modules", "__pycache__", "__pypackages__", "site-packages", "dist-packages"})
_BUILT: Final = frozenset({"build", "dist"})
"""Left out unless they are packages: PyPA's `build` is one."""
_OTHERS_CODE: Final = frozenset({"_vendor", "_vendored", "vendor", "vendored", "third_party", "thirdparty"})
_NO_DISKS: Final = tuple(Path(each) for each in ("/proc", "/sys", "/dev", "/run"))
"""Folders of the system that hold no files (Filesystem Hierarchy Standard 3.0)."""
_PYTHON: Final = frozenset({"", ".py", ".pyw", ".pyi"})
"""Endings of a file that is asked for by its name and read."""
_ENVIRONMENT: Final = frozenset({"pyvenv.cfg", "conda-meta"})
_TESTS: Final = frozenset({"test", "tests", "_tests"})
_AROUND: Final = frozenset(
    {
        *("doc", "docs", "docs_src", "example", "examples", "demo", "demos", "sample", "samples", "tutorial", "tutorials"),
        *("benchmark", "benchmarks", "bench", "asv_bench", "perf"),
    }
)
_CHORES: Final = frozenset({"scripts", "tools", "ci", "release", "devtools"})
"""The same as docs and examples when they stand beside the project's packaging."""
PACKAGING: Final = frozenset({"pyproject.toml", "setup.py", "setup.cfg"})
"""Files that a project's root has."""
_AROUND_FILES: Final = frozenset({"setup.py", "noxfile.py", "versioneer.py", "_version.py"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One file to read: where it is, its name as shown, and what it is for."""

    path: Path
    shown: str
    part: Part


@dataclass(slots=True)
class Found:
    """What a walk found.  `ignored` are the files and folders that git would ignore, `excluded` those that the user wants left out."""

    files: list[SourceFile]
    skipped: list[Skipped]
    notebooks: int = 0
    ignored: int = 0
    excluded: int = 0


def find_files(paths: Sequence[Path], excludes: Callable[[Path], bool] | None = None, *, as_called: bool = False) -> Found:
    """Return the files below some folders, and single files, in a stable order and each once.

    Names are shown as they are called from the working directory; below a single folder as they are called from there, unless `as_called`.
    `excludes` tells of what lies below the folders, files and folders, whether it is to be left out.  Raises `TargetError` for a path
    that is not there.
    """
    found = Found([], [])
    for path in paths:
        prefix = "" if path == Path() or (len(paths) == 1 and is_folder(path) and not as_called) else printable(str(path))
        if is_folder(path):
            _Walk(real(path), prefix, found, excludes).run()
        elif is_regular(path):
            _add_named_file(path, prefix, found)
        else:
            raise TargetError(_nothing_to_scan(path), hint="give the folder that holds the project's source")
    if len(paths) > 1:
        _once(found)
    return found


def _once(found: Found) -> None:
    """Leave out what was found a second time: one path may lie below another."""
    found.files = list({real(file.path): file for file in reversed(found.files)}.values())[::-1]
    found.skipped = list(dict.fromkeys(found.skipped))


def _nothing_to_scan(path: Path) -> str:
    shown = printable(str(path))
    if is_there(path):
        return f"{shown} is neither a file nor a folder"
    why = why_not_there(path)
    return f"cannot read {shown}: {why}" if why else f"there is no file or folder {shown}"


def _add_named_file(path: Path, shown: str, found: Found) -> None:
    """Add a file that was asked for by its own name, whatever that is."""
    if path.suffix == ".ipynb":
        found.notebooks += 1
        found.skipped.append(Skipped(file=shown, why=NOTEBOOK))
    elif path.suffix not in _PYTHON:
        raise TargetError(f"{shown} is not Python source", hint="give a .py file, or the folder that holds the project's source")
    else:
        found.files.append(SourceFile(path=path, shown=shown, part=Part.MAIN))


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder to visit: its path below the root ('' for the root), and the ignore files that hold for it, the nearest first."""

    path: Path
    below: str
    ignores: Ignores


class _Walk:
    """A walk below one root."""

    def __init__(self, root: Path, prefix: str, found: Found, excludes: Callable[[Path], bool] | None) -> None:
        self.root = root
        self.prefix = prefix
        self.found = found
        self.excludes = excludes
        self.packaged = any(is_regular(root / name) for name in PACKAGING)

    def run(self) -> None:
        waiting = [_Folder(self.root, "", ignores_above(self.root))]
        visited = 0
        while waiting:
            if visited == MAX_FOLDERS:
                self._skip(waiting[-1].below, f"{NOT_LISTED}: {MAX_FOLDERS:,} folders were enough; {len(waiting):,} or more are left out")
                return
            visited += 1
            waiting.extend(reversed(list(self._visit(waiting.pop()))))

    def _visit(self, folder: _Folder) -> Iterator[_Folder]:
        """Take a folder's files and yield its folders."""
        entries = self._entries(folder)
        names = {entry.name for entry in entries}
        if folder.below and names & _ENVIRONMENT:
            return
        ignores = with_own_ignore_file(folder.path, folder.below, folder.ignores) if IGNORE_FILE in names else folder.ignores
        for entry in entries:
            below = f"{folder.below}/{entry.name}" if folder.below else entry.name
            if entry.is_symlink():
                self._link(entry, below)
            elif entry.is_dir(follow_symlinks=False):
                if self._enters(entry, below) and not self._left_out(entry, f"{below}/", ignores):
                    yield _Folder(Path(entry.path), below, ignores)
            elif entry.name.endswith((".py", ".ipynb")) and not self._left_out(entry, below, ignores):
                self._file(entry, below)

    def _left_out(self, entry: os.DirEntry[str], below: str, ignores: Ignores) -> bool:
        """Tell whether git or the user wants something left out, and count it."""
        if self.excludes is not None and self.excludes(Path(entry.path)):
            self.found.excluded += 1
        elif is_ignored(ignores, below):
            self.found.ignored += 1
        else:
            return False
        return True

    def _entries(self, folder: _Folder) -> list[os.DirEntry[str]]:
        """Return what a folder holds, by name; nothing where that cannot be told, which is an error for the root alone."""
        try:
            with os.scandir(folder.path) as listing:
                return sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            why = error.strerror or str(error)
            if not folder.below:
                hint = "check its permissions, or give the folder that holds the project's source"
                raise TargetError(f"cannot read {printable(str(self.root))}: {why}", hint=hint) from error
            self._skip(folder.below, f"{NOT_LISTED}: {why}")
            return []

    def _enters(self, entry: os.DirEntry[str], below: str) -> bool:
        name = entry.name
        if name.startswith(".") or name in _NEVER or name.endswith((".egg-info", ".dist-info")):
            return False
        if name in _BUILT and not is_regular(Path(entry.path) / "__init__.py"):
            return False
        if name in _OTHERS_CODE:
            self._skip(below, "code of others that is carried along")
            return False
        if Path(entry.path) in _NO_DISKS:
            self._skip(below, "a folder of the system")
            return False
        return True

    def _file(self, entry: os.DirEntry[str], below: str) -> None:
        try:
            regular = S_ISREG(entry.stat(follow_symlinks=False).st_mode)
        except OSError as error:
            self._skip(below, f"cannot be read: {error.strerror or error}")
            return
        if not regular:
            self._skip(below, "not a regular file")
        elif entry.name.endswith(".ipynb"):
            self.found.notebooks += 1
            self._skip(below, NOTEBOOK)
        elif len(self.found.files) >= MAX_FILES:
            self._skip(below, BEYOND)
        else:
            source = SourceFile(path=Path(entry.path), shown=self._shown(below), part=part_of(below, packaged=self.packaged))
            self.found.files.append(source)

    def _link(self, entry: os.DirEntry[str], below: str) -> None:
        """Say of a link to source that it was not followed, unless what it points to is read anyway."""
        target = real(Path(entry.path))
        if not is_there(target):
            if entry.name.endswith(".py"):
                self._skip(below, "a link that cannot be followed" if why_not_there(target) else "a link to nothing")
        elif not target.is_relative_to(self.root) and (is_folder(target) or entry.name.endswith(".py")):
            self._skip(below, "a link out of the scanned folder")

    def _skip(self, below: str, why: str) -> None:
        self.found.skipped.append(Skipped(file=self._shown(below), why=why))

    def _shown(self, below: str) -> str:
        return f"{self.prefix}/{printable(below)}" if self.prefix else printable(below)


def part_of(below: str, *, packaged: bool) -> Part:
    """Return what a file is for, by its path below the root; `packaged`: the root has packaging metadata."""
    path = PurePosixPath(below)
    folders = path.parts[:-1]
    if path.name == "conftest.py" or path.name.startswith("test_") or path.name.endswith("_test.py") or path.name == "tests.py":
        return Part.TESTS
    if not _TESTS.isdisjoint(folders):
        return Part.TESTS
    if not _AROUND.isdisjoint(folders) or path.name in _AROUND_FILES:
        return Part.AROUND
    return Part.AROUND if packaged and folders and folders[0] in _CHORES else Part.MAIN
