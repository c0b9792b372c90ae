"""Scans a project: finds its files, reads each, and sums up what they say."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from conc_advisor.catalogue.catalogue import load_catalogue
from conc_advisor.files import is_folder, is_regular, real
from conc_advisor.scanning.facts import FileFacts, facts_of
from conc_advisor.scanning.inventory import Inventory, Metadata, Part, Skipped
from conc_advisor.scanning.metadata import package_name, read_metadata
from conc_advisor.scanning.source import UnreadableError, parse_file
from conc_advisor.scanning.sums import Ground, sum_up
from conc_advisor.scanning.walk import SourceFile, find_files

_SOURCE_FOLDERS: Final = ("", "src", "lib", "python")


def scan(paths: Sequence[Path]) -> Inventory:
    """Return what the source below some folders, and in single files, says; raises `TargetError` for a path that is not there.

    Nothing is imported or run.
    """
    found = find_files(paths)
    ground = ground_of(paths)
    skipped = list(found.skipped)
    read = list(_read(promoted(found.files), ground.foreign, skipped))
    return sum_up(ground, read, skipped, notebooks=found.notebooks, ignored=found.ignored)


def _read(files: Iterable[SourceFile], foreign: frozenset[str], skipped: list[Skipped]) -> Iterator[tuple[Part, FileFacts]]:
    for file in files:
        try:
            tree = parse_file(file.path)
        except UnreadableError as error:
            skipped.append(Skipped(file=file.shown, why=str(error)))
        else:
            yield file.part, facts_of(tree, file.shown, foreign)


def ground_of(paths: Sequence[Path]) -> Ground:
    """Return what the project that these folders and files belong to says of itself, and which packages are its own."""
    metadata = next((said for path in paths if (said := read_metadata(path if is_folder(path) else path.parent)) != Metadata()), Metadata())
    own, foreign = _own_packages(paths, metadata)
    return Ground(metadata=metadata, own=own, foreign=foreign)


def promoted(files: list[SourceFile]) -> list[SourceFile]:
    """Return the files; when there is no main code, the examples are what was asked about, or else the tests."""
    parts = {file.part for file in files}
    if Part.MAIN in parts or not parts:
        return files
    promoted = Part.AROUND if Part.AROUND in parts else Part.TESTS
    return [replace(file, part=Part.MAIN) if file.part is promoted else file for file in files]


def _own_packages(paths: Sequence[Path], metadata: Metadata) -> tuple[frozenset[str], frozenset[str]]:
    """Return the project's own top-level packages, and those of them that only look like a library by their name.

    A folder called celery is Celery itself if the project has that name; in any other project it is a folder of tasks.
    """
    own: set[str] = set()
    named = {metadata.name or ""}
    for path in paths:
        if not is_folder(path):
            own.add(path.stem)
            continue
        root = real(path)
        # An unpacked sdist: celery-5.7.0.
        named.add(package_name(re.sub(r"-\d.*", "", root.name)))
        if is_regular(root / "__init__.py"):
            own.add(root.name)
            named.add(package_name(root.name))
        own.update(name for folder in _SOURCE_FOLDERS for name in _packages_in(root / folder))
    return frozenset(own), frozenset(name for name in own if package_name(name) not in named and not _is_part_of(name, named))


def _is_part_of(package: str, projects: set[str]) -> bool:
    """Tell whether a project such as discord.py or PyYAML is known by this package: its name and the catalogue's agree."""
    library = load_catalogue().by_import(package)
    return library is not None and package_name(library.name) in projects


def _packages_in(folder: Path) -> Iterable[str]:
    """Yield what can be imported from a folder: modules, and folders that hold any."""
    try:
        entries = [entry for entry in folder.iterdir() if entry.stem.isidentifier()]
        for entry in entries:
            if (entry.suffix == ".py" and is_regular(entry)) or (is_folder(entry) and any(entry.glob("*.py"))):
                yield entry.stem
    except OSError:
        return
