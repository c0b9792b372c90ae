"""Reads `catalogue.toml`, strictly, and finds libraries in it by import, by name and by what a user may have meant."""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final, TypeVar

from conc_advisor.catalogue.library import Api, ForkSafety, FreeThreaded, GilRow, GilUse, Library, Role, ThreadSafety

FILE: Final = Path(__file__).with_name("catalogue.toml")
SCHEMA: Final = 1

CLAIMS: Final = ("api", "async_twin", "gil", "thread_safety", "fork", "own_threads", "free_threaded")
"""The fields that have a source beside them, under their name and `_source`."""

_REQUIRED: Final = frozenset(
    {"name", "imports", "category", "role", "api", "async_twin", "gil", "thread_safety", "fork", "free_threaded", "advice"}
)
_OPTIONAL: Final = frozenset({"version", "gil_rows", "own_threads", "note"} | {f"{claim}_source" for claim in CLAIMS})
_ROW_REQUIRED: Final = frozenset({"call", "verdict", "held", "freeze"})
_ROW_OPTIONAL: Final = frozenset({"speedup"})


Choice = TypeVar("Choice", bound=StrEnum)


class CatalogueError(ValueError):
    """The catalogue's file is not what it has to be; the message names the file, the entry and the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All libraries, in the order of the file."""

    libraries: tuple[Library, ...]
    imports: Mapping[str, Library]
    names: Mapping[str, Library]

    def by_import(self, module: str) -> Library | None:
        """Return the library that `import module` means, by the longest dotted beginning that is known."""
        while module:
            if (library := self.imports.get(module)) is not None:
                return library
            module = module.rpartition(".")[0]
        return None

    def by_name(self, name: str) -> Library | None:
        """Return the library of that name; case, dashes, underscores and dots count the same, as on PyPI."""
        return self.names.get(_normal(name))

    def near(self, name: str) -> tuple[str, ...]:
        """Return up to three names that are spelled almost so, the nearest first."""
        found = difflib.get_close_matches(_normal(name), self.names, n=3, cutoff=0.6)
        return tuple(dict.fromkeys(self.names[key].name for key in found))


@cache
def load_catalogue() -> Catalogue:
    """Return the catalogue that comes with the program."""
    return read_catalogue(FILE)


def read_catalogue(file: Path) -> Catalogue:
    """Return what a catalogue file says; raises `CatalogueError` for anything unknown, missing, of a wrong type or there twice."""
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CatalogueError(f"{file}: {error}") from error
    _check_keys(document, frozenset({"schema", "library"}), frozenset(), str(file))
    if document["schema"] != SCHEMA:
        raise CatalogueError(f"{file}: schema is {document['schema']!r}, not {SCHEMA}")
    libraries = tuple(_Entry(entry, file, number).library() for number, entry in enumerate(document["library"], start=1))
    return Catalogue(
        libraries=libraries,
        imports=_unique(((module, library) for library in libraries for module in library.imports), file, "import"),
        names=_unique(((_normal(library.name), library) for library in libraries), file, "name"),
    )


def _normal(name: str) -> str:
    """Return a name as PyPI compares them (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def _unique(pairs: Iterable[tuple[str, Library]], file: Path, what: str) -> dict[str, Library]:
    found: dict[str, Library] = {}
    for key, library in pairs:
        if key in found:
            raise CatalogueError(f"{file}: the {what} {key!r} belongs to {found[key].name!r} and to {library.name!r}")
        found[key] = library
    return found


def _check_keys(table: Mapping[str, object], required: frozenset[str], optional: frozenset[str], where: str) -> None:
    if missing := sorted(required - table.keys()):
        raise CatalogueError(f"{where}: {missing[0]!r} is missing")
    if unknown := sorted(table.keys() - required - optional):
        near = difflib.get_close_matches(unknown[0], required | optional, n=1)
        raise CatalogueError(f"{where}: {unknown[0]!r} is not a key" + (f"; did you mean {near[0]!r}?" if near else ""))


class _Entry:
    """One table of the file, with the words to complain about it."""

    def __init__(self, table: Mapping[str, object], file: Path, number: int) -> None:
        self.table = table
        self.where = f"{file}: library {table.get('name', f'number {number}')!r}"

    def library(self) -> Library:
        _check_keys(self.table, _REQUIRED, _OPTIONAL, self.where)
        return Library(
            name=self._text("name"),
            imports=self._texts("imports"),
            category=self._text("category"),
            role=self._one_of(Role, "role"),
            version=self._text("version"),
            api=self._one_of(Api, "api"),
            async_twin=self._texts("async_twin"),
            gil=self._one_of(GilUse, "gil"),
            gil_rows=self._rows(),
            thread_safety=self._one_of(ThreadSafety, "thread_safety"),
            fork=self._one_of(ForkSafety, "fork"),
            own_threads=self._text("own_threads") or None,
            free_threaded=self._one_of(FreeThreaded, "free_threaded"),
            advice=self._text("advice"),
            note=self._text("note"),
            sources={claim: self._text(f"{claim}_source") for claim in CLAIMS if f"{claim}_source" in self.table},
        )

    def _text(self, key: str) -> str:
        value = self.table.get(key, "")
        if not isinstance(value, str):
            raise CatalogueError(f"{self.where}: {key} is not a text: {value!r}")
        return value

    def _texts(self, key: str) -> tuple[str, ...]:
        value = self.table[key]
        if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
            raise CatalogueError(f"{self.where}: {key} is not a list of texts: {value!r}")
        return tuple(value)

    def _one_of(self, choices: type[Choice], key: str) -> Choice:
        return _choice(choices, self.table[key], f"{self.where}: {key}")

    def _rows(self) -> tuple[GilRow, ...]:
        rows = self.table.get("gil_rows", [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise CatalogueError(f"{self.where}: gil_rows is not a list of tables")
        return tuple(_row(row, f"{self.where}: gil_rows {row.get('call', '')!r}") for row in rows)


def _row(row: Mapping[str, object], where: str) -> GilRow:
    _check_keys(row, _ROW_REQUIRED, _ROW_OPTIONAL, where)
    speedup = row.get("speedup")
    both = speedup if isinstance(speedup, list) else [speedup, speedup]
    return GilRow(
        call=str(row["call"]),
        verdict=_choice(GilUse, row["verdict"], f"{where}: verdict"),
        held=_number(row["held"], f"{where}: held"),
        freeze=_number(row["freeze"], f"{where}: freeze"),
        speedup=None if speedup is None else (_number(both[0], f"{where}: speedup"), _number(both[-1], f"{where}: speedup")),
    )


def _choice(choices: type[Choice], value: object, where: str) -> Choice:
    allowed = {choice.value: choice for choice in choices}
    if not isinstance(value, str) or value not in allowed:
        raise CatalogueError(f"{where} is {value!r}, not one of {', '.join(allowed)}")
    return allowed[value]


def _number(value: object, where: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise CatalogueError(f"{where} is not a number: {value!r}")
    return float(value)
