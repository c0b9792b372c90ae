"""What a scan says of a project: values only."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from conc_advisor.catalogue.library import Library
from conc_advisor.findings import Confidence, Location

SHOWN: Final = 5
"""How many places of a kind are kept; the others are only counted."""


class ModelKind(StrEnum):
    """A way to organise work, as code shows it."""

    SEQUENTIAL = "sequential"
    """No other was found."""
    ASYNCIO = "asyncio"
    TRIO = "trio/anyio"
    TWISTED = "twisted"
    GREENLETS = "greenlets"
    THREADS = "threads"
    OFFLOADED = "threads behind an event loop"
    """Blocking calls that an event loop hands to threads."""
    PROCESSES = "processes"
    INTERPRETERS = "interpreters"
    SUBPROCESSES = "subprocesses"
    """Other programs are started."""
    GUI = "gui"
    CLUSTER = "task queue or cluster"
    SEVERAL = "several"
    """More than one, and none prevails."""


class Part(StrEnum):
    """What a file is for."""

    MAIN = "main"
    TESTS = "tests"
    AROUND = "docs, examples and tools"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One thing that was seen: a name as it is called in full (`threading.Thread`, `async def`), and where."""

    what: str
    location: Location

    def __str__(self) -> str:
        return f"{self.location.file}:{self.location.line} {self.what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUse:
    """One concurrency model in one part of the project.  `first` are the first few of `places`, which lie in `files` files."""

    kind: ModelKind
    part: Part
    places: int
    files: int
    first: tuple[Place, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryUse:
    """A library of the catalogue that one part of the project imports in `files` files; `first` are the first few imports."""

    library: Library
    part: Part
    files: int
    first: tuple[Place, ...]


class TraitKind(StrEnum):
    """Single observations that answer a question about the work."""

    RUNS_LOOP = "starts an event loop, or is run by one"
    RUNS_GUI = "starts a graphical interface"
    ELEMENT_LOOP = "loops in Python over an array or a table"
    UNPICKLABLE = "hands a lambda or a local function to a process pool"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """One kind of observation in one part of the project."""

    kind: TraitKind
    part: Part
    places: int
    first: tuple[Place, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A file or folder that was not read, and why, in a clause."""

    file: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What the project says of itself; None and empty where it says nothing.

    `file` names the file that has `requires_python`; `lowest_python` is its minor version, 9 for 3.9.
    """

    name: str | None = None
    requires_python: str | None = None
    file: str = ""
    lowest_python: int | None = None
    dependencies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MainModel:
    """The model that prevails in the main code, how sure that is, and why, in a clause."""

    kind: ModelKind
    confidence: Confidence
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """All that was found.

    `read` counts the files by part; `unknown` are packages that the main code imports and the catalogue does not know; names of files
    are printable, and relative to the folder that was scanned when there was one.
    """

    read: dict[Part, int]
    skipped: tuple[Skipped, ...]
    notebooks: int
    models: tuple[ModelUse, ...]
    libraries: tuple[LibraryUse, ...]
    unknown: tuple[str, ...]
    traits: tuple[Trait, ...]
    metadata: Metadata
    main: MainModel
    ignored: int = 0
    """Files and folders that git would ignore."""

    @property
    def files_read(self) -> int:
        """How many Python files were read."""
        return sum(self.read.values())

    def model(self, kind: ModelKind, part: Part = Part.MAIN) -> ModelUse | None:
        """Return what was found of one model in one part."""
        return next((use for use in self.models if use.kind is kind and use.part is part), None)

    def trait(self, kind: TraitKind, part: Part = Part.MAIN) -> Trait | None:
        """Return what was found of one trait in one part."""
        return next((trait for trait in self.traits if trait.kind is kind and trait.part is part), None)

    def main_libraries(self) -> tuple[LibraryUse, ...]:
        """Return the libraries that the main code uses."""
        return tuple(use for use in self.libraries if use.part is Part.MAIN)
