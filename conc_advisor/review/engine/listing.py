"""Lists the files of a review, and what is known of the project before any of them is read."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from conc_advisor.files import is_folder, is_regular, real
from conc_advisor.review.engine.modules import ModuleName, module_names
from conc_advisor.review.engine.orders import FileOrder, Task
from conc_advisor.review.engine.surroundings import Surroundings, surroundings
from conc_advisor.review.settings import ReviewSettings, StandardInput
from conc_advisor.review.silence.per_file import PerFileIgnores
from conc_advisor.scanning.file_names import printable
from conc_advisor.scanning.inventory import Metadata, Part
from conc_advisor.scanning.metadata import read_metadata
from conc_advisor.scanning.scan import ground_of
from conc_advisor.scanning.sums import Ground
from conc_advisor.scanning.walk import PACKAGING, Found, SourceFile, find_files, part_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The files to read, those among them whose findings are wanted, by number, and what holds for all.

    From the number `around` on they are read only for what they say of the others, and nothing is told of them; `notes` say what was not.
    """

    orders: tuple[FileOrder, ...]
    wanted: frozenset[int]
    around: int
    notes: tuple[str, ...]
    found: Found
    ground: Ground
    task: Task


def list_files(settings: ReviewSettings) -> Listing:
    """Return what there is to review; raises `TargetError` for a path that is not there."""
    excludes = PerFileIgnores(((glob, ("ALL",)) for glob in settings.exclude), settings.root)
    left_out = (lambda path: bool(excludes.codes(path))) if settings.exclude else None
    found = find_files(settings.paths, left_out, as_called=True)
    given = settings.stdin
    if given is not None:
        found.files = [*(file for file in found.files if real(file.path) != real(given.name)), _given_file(given)]
    if settings.force_exclude:
        found.files = _as_found(found.files, excludes, settings.root)
    near = _near(found.files, settings, left_out)
    paths = (*(path for path in settings.paths if is_folder(path)), *near.grounds) if near.grounds else settings.paths or _names_of(given)
    ground = ground_of(paths)
    metadata = ground.metadata if ground.metadata != Metadata() else read_metadata(settings.root)
    python = settings.python if settings.python is not None else metadata.lowest_python
    orders = _orders([*found.files, *near.files], settings)
    return Listing(
        orders=orders,
        wanted=_wanted(orders[: len(found.files)], settings.only),
        around=len(found.files),
        notes=near.notes,
        found=found,
        ground=replace(ground, metadata=metadata),
        task=Task(codes=settings.codes, python=python, foreign=ground.foreign),
    )


def _near(files: list[SourceFile], settings: ReviewSettings, left_out: Callable[[Path], bool] | None) -> Surroundings:
    """Return what is to be read around files that are named, standard input included where its name is one of a file."""
    shown = {file.path for file in files}
    names = (*settings.paths, *(name for name in _names_of(settings.stdin) if name.suffix))
    named = [path for path in names if path in shown and not is_folder(path)]
    return surroundings(named, files, left_out) if settings.around and named else Surroundings()


def _names_of(given: StandardInput | None) -> tuple[Path, ...]:
    return (given.name,) if given is not None else ()


def _as_found(files: list[SourceFile], excludes: PerFileIgnores, root: Path) -> list[SourceFile]:
    """Return files as if none of them had been asked for by its own name: without those that are excluded, and tests as tests."""
    top = real(root)
    packaged = any(is_regular(top / name) for name in PACKAGING)
    found: list[SourceFile] = []
    for file in files:
        place = real(file.path)
        below = place.relative_to(top) if place.is_relative_to(top) else Path(place.name)
        if not any(excludes.codes(top / each) for each in (below, *below.parents[:-1])):
            found.append(replace(file, part=part_of(below.as_posix(), packaged=packaged)))
    return found


def _given_file(given: StandardInput) -> SourceFile:
    return SourceFile(path=given.name, shown=printable(str(given.name)), part=Part.MAIN)


def _orders(files: list[SourceFile], settings: ReviewSettings) -> tuple[FileOrder, ...]:
    given = settings.stdin
    roots = [settings.root, *(path for path in settings.paths if is_folder(path))]
    names = module_names((file.path for file in files), roots)
    return tuple(
        _order(number, file, name, given.data if given is not None and file.path is given.name else None)
        for number, (file, name) in enumerate(zip(files, names, strict=True))
    )


def _order(number: int, file: SourceFile, name: ModuleName, data: bytes | None) -> FileOrder:
    size, modified = (len(data), 0) if data is not None else _stamp(file.path)
    return FileOrder(
        number=number,
        path=file.path,
        file=file.shown,
        name=name.name,
        package=name.package,
        part=file.part,
        size=size,
        modified=modified,
        data=data,
    )


def _stamp(path: Path) -> tuple[int, int]:
    """Return a file's size in bytes and its time stamp in nanoseconds; zeros for one that vanished.

    The later of two stamps: the one of its text can be set to anything, the one of its entry only moves on.
    """
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_size, max(status.st_mtime_ns, status.st_ctime_ns)


def _wanted(orders: tuple[FileOrder, ...], only: frozenset[Path] | None) -> frozenset[int]:
    if only is None:
        return frozenset(order.number for order in orders)
    places = {real(path) for path in only}
    return frozenset(order.number for order in orders if real(order.path) in places)
