"""Says what the collected names of one file mean."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeVar

from conc_advisor.findings import Location
from conc_advisor.scanning.collector import Collected, collect
from conc_advisor.scanning.inventory import ModelKind, Place, TraitKind
from conc_advisor.scanning.names import Scope
from conc_advisor.scanning.outline import imports
from conc_advisor.scanning.symbols import LOOP_METHODS, LOOP_STARTS, PROCESS_POOLS, ROOTS, TELLING, meaning, opened_by
from conc_advisor.scanning.words import Words

_Kind = TypeVar("_Kind")

_TRIO_ROOTS: Final = frozenset({"trio", "anyio", "curio", "trio_asyncio"})
_ASYNCIO_ROOTS: Final = frozenset(
    {
        *("asyncio", "uvloop", "aiohttp", "fastapi", "sanic", "quart", "litestar", "asgiref", "channels", "websockets", "textual"),
        *("asyncpg", "aiosqlite", "aioredis", "motor", "tortoise", "aiofiles", "aiokafka", "aio_pika", "aioboto3", "asyncssh"),
        *("discord", "nextcord", "disnake", "aiogram", "telegram"),
    }
)
"""Packages that only make sense on asyncio."""
_TABLE_ROOTS: Final = frozenset({"pandas", "geopandas", "modin"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One imported name, in full, and where; `typing_only` if only type checkers see it."""

    name: str
    location: Location
    typing_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """What one file says.

    `coroutines` are its async functions, `loop` the model that runs them as far as the file tells; `opened` are the standard library's
    I/O modules that it does I/O with.
    """

    imports: tuple[Import, ...]
    uses: tuple[tuple[ModelKind, Place], ...]
    coroutines: tuple[Place, ...]
    loop: ModelKind | None
    opened: tuple[tuple[str, Place], ...]
    traits: tuple[tuple[TraitKind, Place], ...]


def facts_of(tree: ast.Module, file: str, foreign: frozenset[str], words: Words | None = None) -> FileFacts:
    """Return what a module says.

    `foreign` are the project's own packages that look like libraries by their name, and are none; `words` are those of the module's text,
    if they are known: most of its statements need not be looked at then.
    """
    return _File(collect(tree, _counts(tree, words) if words is not None else None), file, foreign).facts()


def _counts(tree: ast.Module, words: Words) -> list[int] | None:
    """Return which lines may say anything, see `Words.counted`; None where all of them may."""
    roots: set[str] = set()
    told: set[str] = set()
    for node in imports(tree):
        for alias in node.names:
            full = alias.name if isinstance(node, ast.Import) or node.level else f"{node.module}.{alias.name}"
            root = full.partition(".")[0]
            if alias.name == "*" or root in _TABLE_ROOTS or root == "numpy":
                return None
            if root in TELLING and not words.all.isdisjoint(TELLING[root]):
                roots.add(root)
                told.add(alias.asname or (root if isinstance(node, ast.Import) else alias.name))
    # What makes pools and what is given to them may stand in lines that have nothing else in common.
    if "multiprocessing" in roots or ("concurrent" in roots and "ProcessPoolExecutor" in words.all):
        return None
    return words.counted({"import", "async", *told, *LOOP_METHODS})


class _File:
    """One file's names on their way to facts."""

    def __init__(self, found: Collected, file: str, foreign: frozenset[str]) -> None:
        self.found = found
        self.file = file
        self.foreign = foreign
        self.roots = {name.partition(".")[0] for name, _, _, typing_only in found.imports if not typing_only} - foreign

    def facts(self) -> FileFacts:
        names = list(self._resolved())
        uses = [(kind, place) for full, place in names for kind in meaning(full)[1]]
        uses.extend(self._loop_methods())
        return FileFacts(
            imports=tuple(
                Import(name=name, location=self._at(line, scope), typing_only=typing_only)
                for name, line, scope, typing_only in self.found.imports
                if not name.startswith(".") and name.partition(".")[0] not in self.foreign
            ),
            uses=_in_order(uses),
            coroutines=tuple(self._place("async def", line, scope) for line, scope in self.found.coroutines),
            loop=self._loop(),
            opened=_in_order([(module, place) for full, place in names if (module := opened_by(full)) is not None]),
            traits=_in_order([*self._loops_run(names), *self._element_loops(names), *self._unpicklable()]),
        )

    def _resolved(self) -> Iterator[tuple[str, Place]]:
        """Yield the names, in full, that begin as one with a meaning does."""
        told = {local for local, full in self.found.told if full.partition(".")[0] in ROOTS}
        for name, line, scope in self.found.names:
            first, dot, _ = name.partition(".")
            if first not in told and (dot or not self.found.starred):
                continue
            full = self._full(name, scope)
            if full is not None and full.partition(".")[0] in ROOTS:
                yield full, self._place(full, line, scope)

    def _full(self, name: str, scope: Scope) -> str | None:
        """Return what a dotted name means in full, by the imports; None when they do not say."""
        first, dot, rest = name.partition(".")
        base = scope.resolve(first)
        if base is None and not rest:
            base = self._from_star(first, scope)
        if base is None or base.partition(".")[0] in self.foreign:
            return None
        return f"{base}{dot}{rest}"

    def _from_star(self, name: str, scope: Scope) -> str | None:
        stars = scope.star_modules()
        if not stars or scope.binding(name) is not None:
            return None
        return next((full for module in stars if meaning(full := f"{module}.{name}")[0] == full), None)

    def _loop_methods(self) -> Iterator[tuple[ModelKind, Place]]:
        """Yield the uses of methods that only event loops have, in files that know one."""
        if not self.roots & _ASYNCIO_ROOTS:
            return
        for method, line, scope in self._called_methods():
            for kind in LOOP_METHODS.get(method, ()):
                yield kind, self._place(f"loop.{method}", line, scope)

    def _called_methods(self) -> Iterator[tuple[str, int, Scope]]:
        yield from self.found.methods
        for name, line, scope in self.found.names:
            head, _, method = name.rpartition(".")
            if head:
                yield method, line, scope

    def _loops_run(self, names: list[tuple[str, Place]]) -> Iterator[tuple[TraitKind, Place]]:
        for full, place in names:
            symbol, kinds = meaning(full)
            if symbol in LOOP_STARTS:
                yield TraitKind.RUNS_LOOP, place
            if ModelKind.GUI in kinds:
                yield TraitKind.RUNS_GUI, place
        if self.roots & _ASYNCIO_ROOTS:
            for method, line, scope in self._called_methods():
                if method == "run_until_complete":
                    yield TraitKind.RUNS_LOOP, self._place(f"loop.{method}", line, scope)

    def _element_loops(self, names: list[tuple[str, Place]]) -> Iterator[tuple[TraitKind, Place]]:
        if self.roots & _TABLE_ROOTS:
            for what, line, scope in self.found.table_loops:
                yield TraitKind.ELEMENT_LOOP, self._place(what, line, scope)
        if "numpy" in self.roots:
            for line, scope in self.found.element_loops:
                yield TraitKind.ELEMENT_LOOP, self._place("array[i, j] in nested loops", line, scope)
        for full, place in names:
            if full == "numpy.vectorize":
                yield TraitKind.ELEMENT_LOOP, place

    def _unpicklable(self) -> Iterator[tuple[TraitKind, Place]]:
        pools = {name for name, maker, scope in self.found.holders if self._full(maker, scope) in PROCESS_POOLS}
        others = {name for name, maker, scope in self.found.holders if self._full(maker, scope) not in PROCESS_POOLS}
        for pool, line, scope, function in self.found.submissions:
            # A name that also holds something else in this file says nothing certain.
            if pool not in pools or pool in others:
                continue
            if isinstance(function, ast.Lambda):
                yield TraitKind.UNPICKLABLE, self._place(f"a lambda to {pool}", line, scope)
            elif isinstance(function, ast.Name) and scope.is_local_function(function.id):
                yield TraitKind.UNPICKLABLE, self._place(f"the local function {function.id} to {pool}", line, scope)

    def _loop(self) -> ModelKind | None:
        if self.roots & _ASYNCIO_ROOTS:
            return ModelKind.ASYNCIO
        return ModelKind.TRIO if self.roots & _TRIO_ROOTS else None

    def _place(self, what: str, line: int, scope: Scope) -> Place:
        return Place(what=what, location=self._at(line, scope))

    def _at(self, line: int, scope: Scope) -> Location:
        return Location(file=self.file, line=line, function=scope.function)


def _in_order(facts: list[tuple[_Kind, Place]]) -> tuple[tuple[_Kind, Place], ...]:
    """Return facts by line; one that was seen twice in a line, once."""
    return tuple(dict.fromkeys(sorted(facts, key=lambda fact: fact[1].location.line)))
