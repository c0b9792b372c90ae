"""Sums up what the files of a project say."""

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from conc_advisor.catalogue.catalogue import Catalogue, load_catalogue
from conc_advisor.catalogue.library import Library
from conc_advisor.scanning.facts import FileFacts
from conc_advisor.scanning.inventory import (
    SHOWN,
    Inventory,
    LibraryUse,
    Metadata,
    ModelKind,
    ModelUse,
    Part,
    Place,
    Skipped,
    Trait,
    TraitKind,
)
from conc_advisor.scanning.main_model import main_model

_EVERYDAY: Final = frozenset(
    {
        *(
            "typing_extensions",
            "setuptools",
            "pkg_resources",
            "packaging",
            "six",
            "pytest",
            "attr",
            "attrs",
            "click",
            "typer",
            "rich",
            "tqdm",
        ),
        *(
            "colorama",
            "pygments",
            "tomli",
            "tomlkit",
            "dotenv",
            "platformdirs",
            "appdirs",
            "certifi",
            "idna",
            "chardet",
            "charset_normalizer",
        ),
        *("dateutil", "pytz", "tzdata", "markupsafe", "loguru", "structlog", "importlib_metadata", "importlib_resources", "exceptiongroup"),
        *("mypy_extensions", "sortedcontainers", "more_itertools", "toolz", "annotated_doc", "annotated_types", "typing_inspection"),
        # Modules of the standard library that are newer or older than the Python which runs this.
        *("annotationlib", "compression", "thread", "cPickle", "dummy_threading", "tkinter"),
    }
)
"""Packages that neither wait nor compute to speak of, so that not knowing more of them matters to no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a project says before any of its files is read.

    `own` are its top-level packages, `foreign` those of them that only look like a library by their name.
    """

    metadata: Metadata
    own: frozenset[str]
    foreign: frozenset[str]


def sum_up(
    ground: Ground, read: Iterable[tuple[Part, FileFacts]], skipped: Sequence[Skipped], *, notebooks: int = 0, ignored: int = 0
) -> Inventory:
    """Return what all files say together: those that were read, in their order, and those that were not."""
    sums = _Sums(load_catalogue(), ground.own)
    for part, facts in read:
        sums.add(part, facts)
    models = sums.models()
    return Inventory(
        read={part: sums.read[part] for part in Part},
        skipped=tuple(skipped),
        notebooks=notebooks,
        ignored=ignored,
        models=models,
        libraries=sums.libraries(),
        unknown=tuple(sorted(sums.unknown)),
        traits=sums.traits(),
        metadata=ground.metadata,
        main=main_model(models, sums.read[Part.MAIN]),
    )


@dataclass(slots=True)
class _Tally:
    """How often something was seen, in which files, and the first few times."""

    places: int = 0
    files: set[str] = field(default_factory=set)
    first: list[Place] = field(default_factory=list)

    def add(self, place: Place) -> None:
        self.places += 1
        self.files.add(place.location.file)
        if len(self.first) < SHOWN:
            self.first.append(place)


class _Sums:
    """What all files say together."""

    def __init__(self, catalogue: Catalogue, own: frozenset[str]) -> None:
        self.catalogue = catalogue
        self.own = own
        self.read: Counter[Part] = Counter()
        self.unknown: set[str] = set()
        self._models: dict[tuple[Part, ModelKind], _Tally] = {}
        self._libraries: dict[tuple[Part, str], tuple[Library, _Tally]] = {}
        self._traits: dict[tuple[Part, TraitKind], _Tally] = {}
        self._unclear: list[tuple[Part, Place]] = []
        """Async functions in files that do not tell which event loop runs them."""

    def add(self, part: Part, facts: FileFacts) -> None:
        """Add one file."""
        self.read[part] += 1
        for kind, place in facts.uses:
            self._models.setdefault((part, kind), _Tally()).add(place)
        for place in facts.coroutines:
            if facts.loop is None:
                self._unclear.append((part, place))
            else:
                self._models.setdefault((part, facts.loop), _Tally()).add(place)
        for trait, place in facts.traits:
            self._traits.setdefault((part, trait), _Tally()).add(place)
        self._add_libraries(part, facts)

    def _add_libraries(self, part: Part, facts: FileFacts) -> None:
        seen: set[str] = set()
        for each in facts.imports:
            if each.typing_only:
                continue
            library = self.catalogue.by_import(each.name)
            if library is None:
                self._note_unknown(part, each.name)
            elif library.category != "stdlib" and library.name not in seen and self.own.isdisjoint(library.imports):
                seen.add(library.name)
                self._count(part, library, Place(what=f"imports {each.name}", location=each.location))
        for module, place in facts.opened:
            library = self.catalogue.by_import(module)
            if library is not None and library.name not in seen:
                seen.add(library.name)
                self._count(part, library, place)

    def _count(self, part: Part, library: Library, place: Place) -> None:
        self._libraries.setdefault((part, library.name), (library, _Tally()))[1].add(place)

    def _note_unknown(self, part: Part, name: str) -> None:
        top = name.partition(".")[0]
        known = top in sys.stdlib_module_names or top in self.own or top in _EVERYDAY or top.startswith("_")
        if part is Part.MAIN and not known:
            self.unknown.add(top)

    def models(self) -> tuple[ModelUse, ...]:
        """Return the models, main code first, the one in most files first."""
        usual = self._usual_loop()
        for part, place in self._unclear:
            self._models.setdefault((part, usual), _Tally()).add(place)
        self._unclear.clear()
        uses = [
            ModelUse(kind=kind, part=part, places=tally.places, files=len(tally.files), first=tuple(tally.first))
            for (part, kind), tally in self._models.items()
        ]
        return tuple(sorted(uses, key=lambda use: (list(Part).index(use.part), -use.files, -use.places)))

    def _usual_loop(self) -> ModelKind:
        """Return what runs async functions in this project: trio and anyio where more files know them than asyncio."""
        files = {kind: len(tally.files) for (part, kind), tally in self._models.items() if part is Part.MAIN}
        return ModelKind.TRIO if files.get(ModelKind.TRIO, 0) > files.get(ModelKind.ASYNCIO, 0) else ModelKind.ASYNCIO

    def libraries(self) -> tuple[LibraryUse, ...]:
        """Return the libraries, main code first, the one in most files first."""
        uses = [
            LibraryUse(library=library, part=part, files=len(tally.files), first=tuple(tally.first))
            for (part, _), (library, tally) in self._libraries.items()
        ]
        return tuple(sorted(uses, key=lambda use: (list(Part).index(use.part), -use.files, use.library.name)))

    def traits(self) -> tuple[Trait, ...]:
        """Return the single observations."""
        return tuple(
            Trait(kind=kind, part=part, places=tally.places, first=tuple(tally.first)) for (part, kind), tally in self._traits.items()
        )
