"""Follows names through all modules of a project: imports, classes and their bases, attributes, what functions return."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Final

from conc_advisor.review.knowledge.common_names import common_names
from conc_advisor.review.knowledge.names import known_as
from conc_advisor.review.project.summaries import ClassSummary, FunctionSummary, ModuleSummary
from conc_advisor.review.symbols.containers import container_end, element, item, value_of

if TYPE_CHECKING:
    from conc_advisor.review.project.locks import Locks
    from conc_advisor.review.project.reach import Reach

_STEPS: Final = re.compile(r"\.[^.()\[\]<>{},]+|\(\)|\[\]|\[-?\d+\]")
_MOST: Final = 20
"""How deep one name may lead to the next; a longer way is a circle."""


class Project:
    """The symbol table of all modules.  Names that no module defines are taken for those of other packages and kept as they are."""

    def __init__(self, summaries: Iterable[ModuleSummary]) -> None:
        self.modules: dict[str, ModuleSummary] = {}
        self.functions: dict[str, FunctionSummary] = {}
        self.classes: dict[str, ClassSummary] = {}
        self._packages: set[str] = set()
        for summary in summaries:
            self.modules[summary.name] = summary
            self.functions.update(summary.functions)
            self.classes.update(summary.classes)
            parts = summary.name.split(".")
            self._packages.update(".".join(parts[:count]) for count in range(1, len(parts)))
        self._canonical: dict[str, str] = {}
        self._busy: set[str] = set()
        self._cuts = 0
        self._mro: dict[str, tuple[str, ...]] = {}
        self._derived: Mapping[str, tuple[str, ...]] | None = None

    def canonical(self, raw: str) -> str:
        """Return what a raw path means when every name in it has been followed as far as it goes; "" for the empty path."""
        known = self._canonical.get(raw)
        if known is not None:
            return known
        if raw in self._busy or len(self._busy) > _MOST:
            self._cuts += 1
            return raw
        cuts = self._cuts
        self._busy.add(raw)
        try:
            path = self._follow(raw)
        finally:
            self._busy.discard(raw)
        if cuts == self._cuts or not self._busy:
            # What was cut short on the way may go further when it is asked for by itself.
            self._canonical[raw] = path
        return path

    def _follow(self, raw: str) -> str:
        end = container_end(raw)
        if end:
            head, rest = raw[:end], raw[end:]
        else:
            cut = next((place for place, character in enumerate(raw) if character in ".([<{"), len(raw))
            head, rest = raw[:cut], raw[cut:]
        path = known_as(head)
        for step in _STEPS.findall(rest):
            if not path:
                return ""
            path = self._step(path, step)
        return path

    def _step(self, path: str, step: str) -> str:
        if step == "()":
            return self._called(path)
        if step == "[]":
            return self.canonical(inside) if (inside := element(path)) and not inside.endswith("[]") else inside
        if step[0] == "[":
            return self.canonical(item(path, int(step[1:-1])))
        return self._member(path, step[1:])

    def _called(self, path: str) -> str:
        if path in self.classes:
            return f"{path}()"
        function = self.functions.get(path)
        if function is not None:
            returned = self.canonical(function.returns) if function.returns and function.returns != f"{path}()" else ""
            return returned or f"{path}()"
        if path.endswith(">.pop") or path[:1] in {"<", "{", "("}:
            base, _, method = path.rpartition(".")
            return self.canonical(value_of(base, method)) if container_end(base) == len(base) and base else ""
        return known_as(f"{path}()")

    def _member(self, path: str, name: str) -> str:  # noqa: PLR0911  # one line for each thing that a name can be in
        if path.endswith("()") and path[:-2] in self.classes:
            return self._attribute(path[:-2], name, instance=True)
        if path in self.classes:
            return self._attribute(path, name, instance=False)
        full = f"{path}.{name}"
        module = self.modules.get(path)
        if module is not None:
            meaning = module.names.get(name)
            if meaning is not None:
                return meaning if meaning == full else self.canonical(meaning)
            variable = module.variables.get(name)
            if variable is not None:
                return self.canonical(variable) or full
            if full not in self.modules and full not in self._packages:
                return self._starred(module, name) or full
            return full
        return full if full in self._packages else known_as(full)

    def _starred(self, module: ModuleSummary, name: str) -> str:
        """Return what a name means that a module has by `import *`, through all modules that do the same; "" where no star has it.

        Of stars of other packages, which may have any name, the last one is taken for it.
        """
        foreign = ""
        waiting, seen = list(module.stars), {module.name}
        for star in waiting:
            known = self.modules.get(star)
            if known is None:
                foreign = f"{star}.{name}"
            elif star not in seen:
                seen.add(star)
                found = known.names.get(name) or known.variables.get(name)
                if found is not None:
                    return found if found == f"{star}.{name}" else self.canonical(found) or f"{star}.{name}"
                waiting.extend(known.stars)
        return known_as(foreign)

    def _attribute(self, owner: str, name: str, *, instance: bool) -> str:
        """Return the path of an attribute of a class, or of its instances, as its bases have it in the order they are asked."""
        foreign = ""
        for base in self.mro(owner):
            summary = self.classes.get(base)
            if summary is None:
                foreign = foreign or base
                continue
            if name in summary.methods:
                full = f"{base}.{name}"
                function = self.functions.get(full)
                if function is not None and any(each.rpartition(".")[2] in _PROPERTIES for each in function.decorators):
                    return self.canonical(function.returns) or f"{owner}().{name}"
                return full
            if name in summary.attributes:
                found = self.canonical(summary.attributes[name])
                if found not in {"", "None"}:
                    return found
        if foreign:
            return known_as(f"{foreign}().{name}" if instance else f"{foreign}.{name}")
        return f"{owner}().{name}" if instance else f"{owner}.{name}"

    def mro(self, owner: str) -> tuple[str, ...]:
        """Return a class and all its bases, the nearest first, foreign ones included.

        Breadth first, which differs from Python's order only for diamonds whose halves define the same name.
        """
        known = self._mro.get(owner)
        if known is not None:
            return known
        found = [owner]
        for each in found:
            summary = self.classes.get(each)
            if summary is not None and len(found) < _MOST * 5:
                found.extend(base for raw in summary.bases if (base := self.canonical(raw)) and base not in found)
        self._mro[owner] = tuple(found)
        return self._mro[owner]

    def derived(self, owner: str) -> tuple[str, ...]:
        """Return the classes of the project that derive from a class, directly or not."""
        if self._derived is None:
            table: dict[str, list[str]] = {}
            for each in self.classes:
                for base in self.mro(each)[1:]:
                    table.setdefault(base, []).append(each)
            self._derived = {base: tuple(classes) for base, classes in table.items()}
        return self._derived.get(owner, ())

    def function(self, path: str) -> FunctionSummary | None:
        """Return the function or method that a path means; the constructor for a class; None for anything else."""
        path = self.canonical(path)
        found = self.functions.get(path)
        if found is None and path in self.classes:
            found = self.functions.get(self._attribute(path, "__init__", instance=True))
        return found

    def is_a(self, path: str, *names: str) -> bool:
        """Tell whether a canonical path means an instance of one of some classes, or of a class derived from them."""
        if not path.endswith("()"):
            return False
        owner = path[:-2]
        return owner in names or (owner in self.classes and not set(names).isdisjoint(self.mro(owner)))

    @cached_property
    def reach(self) -> "Reach":
        """Who calls whom."""
        from conc_advisor.review.project.reach import Reach  # noqa: PLC0415  # it asks the project, and is asked for by it

        return Reach(self)

    @cached_property
    def locks(self) -> "Locks":
        """Who takes which lock, and which are held meanwhile."""
        from conc_advisor.review.project.locks import Locks  # noqa: PLC0415  # as above

        return Locks(self)

    @cached_property
    def named_calls(self) -> frozenset[str]:
        """The last words of the paths of all calls of the project."""
        return frozenset(site.target.rpartition(".")[2] for function in self.all_callers() for site in function.calls)

    @cached_property
    def method_calls(self) -> frozenset[tuple[str, str]]:
        """The last two words of all calls of methods of attributes: `("pool", "shutdown")` for `self.pool.shutdown()`."""
        found = set()
        for function in self.functions.values():
            for site in function.calls:
                owner, _, method = site.target.rpartition(".")
                _, dot, name = owner.rpartition(".")
                if dot:
                    found.add((name, method))
        return frozenset(found)

    @cached_property
    def uses_processes(self) -> bool:
        """Whether any module imports what sends objects between processes."""
        return any(
            meaning.partition(".")[0] in {"multiprocessing", "billiard", "joblib", "multiprocess"}
            or meaning.endswith(".ProcessPoolExecutor")
            for module in self.modules.values()
            for meaning in module.names.values()
        )

    @cached_property
    def named(self) -> Mapping[str, tuple[FunctionSummary, ...]]:
        """The functions and methods of the project by their last name."""
        table: dict[str, list[FunctionSummary]] = {}
        for function in self.functions.values():
            table.setdefault(function.name.rpartition(".")[2], []).append(function)
        return {name: tuple(functions) for name, functions in table.items()}

    def by_name(self, name: str) -> FunctionSummary | None:
        """Return the one method of the project that has a name, where that is a compound one: `upload_image`, not `get`.

        It is what a call on an object of unknown type most likely means; None where there is none, or more than one.
        """
        functions = self.named.get(name, ())
        return functions[0] if len(functions) == 1 and functions[0].owner and is_telling(name) else None

    @cached_property
    def task_givers(self) -> frozenset[str]:
        """The last words of the names of short functions that start an asyncio task and return it."""
        return frozenset(
            function.name.rpartition(".")[2]
            for function in self.functions.values()
            if function.statements <= 3  # noqa: PLR2004  # the start, something about it, the return
            and function.returns
            and not function.is_async
            and self.canonical(function.returns) == "asyncio.Task()"
        )

    def all_functions(self) -> Iterator[FunctionSummary]:
        """Yield the functions of all modules."""
        yield from self.functions.values()

    def all_callers(self) -> Iterator[FunctionSummary]:
        """Yield the functions of all modules, and what the modules do by themselves."""
        yield from self.functions.values()
        yield from (each.body for each in self.modules.values() if each.body is not None)


_PROPERTIES: Final = frozenset({"property", "cached_property", "abstractproperty", "reify", "lazy_property"})


def link(summaries: Iterable[ModuleSummary]) -> Project:
    """Return the project that some modules make."""
    return Project(summaries)


def is_telling(name: str) -> bool:
    """Tell whether a method's name says whose it is: a compound one that no type of the standard library has."""
    return "_" in name.strip("_") and name not in common_names()
