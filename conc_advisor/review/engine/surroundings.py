"""Finds the files around those that are named: a review reads them for what they say of calls, and says nothing of them.

Of a module in a package that is the whole package, from its top; of another one the files beside it, which it imports by their bare names.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conc_advisor.config import has_working_folder
from conc_advisor.errors import TargetError
from conc_advisor.files import is_folder, is_regular, real
from conc_advisor.review.engine.modules import SOURCE_FOLDERS
from conc_advisor.scanning.file_names import printable
from conc_advisor.scanning.walk import SourceFile, find_files

MOST_FILES: Final = 2_000
"""Around all that is named; reading so many takes some seconds …"""
MOST_BYTES: Final = 12_000_000
"""… and so much, some 300,000 lines, as well; the cache spares it the next time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The files around, none of which is named; the folders that imports count from; what there is to say of files left out."""

    files: tuple[SourceFile, ...] = ()
    grounds: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()


def surroundings(named: Iterable[Path], known: Iterable[SourceFile], left_out: Callable[[Path], bool] | None) -> Surroundings:
    """Return what lies around some files.

    `known` are the files that are reviewed, `left_out` tells of files and folders whether the user wants them left out.  Raises nothing.
    """
    folders = dict.fromkeys(_top(path) for path in named)
    taken = {real(file.path) for file in known}
    found: dict[Path, SourceFile] = {}
    for folder, packaged in folders:
        found |= {file.path: file for file in _files(folder, left_out, packaged=packaged) if file.path not in taken}
    files = tuple(found.values())
    places = tuple(folder for folder, _ in folders)
    if len(files) > MOST_FILES or sum(map(_size, files)) > MOST_BYTES:
        return Surroundings(notes=(_left_out_note(places),))
    return Surroundings(files=files, grounds=tuple(dict.fromkeys(_ground(folder, packaged=packaged) for folder, packaged in folders)))


def _top(path: Path) -> tuple[Path, bool]:
    """Return the folder around a file whose modules it can name, without links, and whether that is a package."""
    folder = real(path).parent
    packaged = is_regular(folder / "__init__.py")
    while is_regular(folder.parent / "__init__.py") and folder.parent != folder and packaged:
        folder = folder.parent
    return folder, packaged


def _ground(folder: Path, *, packaged: bool) -> Path:
    """Return the folder of the project that a package, or a folder of modules, lies in."""
    above = folder.parent if packaged else folder
    return above.parent if packaged and above.name in SOURCE_FOLDERS else above


def _files(folder: Path, left_out: Callable[[Path], bool] | None, *, packaged: bool) -> Sequence[SourceFile]:
    """Return the source in a package, or beside a module that is in none."""

    def passed_over(path: Path) -> bool:
        return (not packaged and is_folder(path)) or (left_out is not None and left_out(path))

    try:
        return find_files((_called(folder),), passed_over, as_called=True).files
    except TargetError:
        # A folder that cannot be listed holds files that can be read by their names.
        return ()


def _called(folder: Path) -> Path:
    """Return a folder as it is called from the working directory."""
    here = real(Path()) if has_working_folder() else None
    return folder.relative_to(here) if here is not None and folder.is_relative_to(here) else folder


def _size(file: SourceFile) -> int:
    try:
        return file.path.stat().st_size
    except OSError:
        return 0


def _left_out_note(folders: Sequence[Path]) -> str:
    where = " and ".join(printable(str(_called(folder))) for folder in folders[:2]) + (" and other folders" if len(folders) > 2 else "")  # noqa: PLR2004
    return (
        f"the other files of {where} are too many to be read along: what they say of calls is missing here; a review of the folder has it"
    )
