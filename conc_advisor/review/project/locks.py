"""Locks of a project: which one an expression means, who takes which while holding which, and what is held whenever a function runs.

A lock is named by the class attribute or the module variable that holds it: `app.Registry._lock`.  Locks of local variables, of
containers and those that functions give have no name here.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from conc_advisor.findings import Location, Step
from conc_advisor.review.knowledge.locks import MUTEXES, REENTRANT, is_lock_name
from conc_advisor.review.project.project import Project
from conc_advisor.review.project.reach import MOST_STEPS, runs_later
from conc_advisor.review.project.summaries import Acquisition, CallSite, FunctionSummary

_CYCLE: Final = 6
"""How many locks a cycle may have: longer ones were not met."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A lock that running a function takes.

    `same`: it is the lock of the function's own instance, or of a module, so that it is one object and no other of its class.  `through`
    is the call by which it comes to that, None where the function takes it itself; `line` and `column` are those of what the function
    does.
    """

    lock: str
    same: bool
    line: int
    column: int
    through: FunctionSummary | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A lock that is waited for while another is held, and where."""

    held: str
    taken: Taken
    function: FunctionSummary
    gates: frozenset[str]
    """All locks that are held there."""


class Locks:
    """The locks of a project.  One for each project; what has been worked out is kept."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._named: dict[str, str] = {}
        self._callers: dict[str, tuple[tuple[FunctionSummary, CallSite], ...]] = {}
        self._guards: dict[str, frozenset[str]] = {}

    def name(self, raw: str) -> str:
        """Return the name of the mutex that a raw path means; "" for anything else."""
        known = self._named.get(raw)
        if known is None:
            self._named[raw] = known = self._name(raw)
        return known

    def _name(self, raw: str, depth: int = 0) -> str:
        head, _, last = raw.rpartition(".")
        if not head or raw[-1] in ")]>}" or depth > 3 or not self.project.is_a(self.project.canonical(raw), *MUTEXES):  # noqa: PLR2004
            return ""
        owner = self.project.canonical(head)
        owner = owner.removesuffix("()")
        if owner in self.project.classes:
            holders = [
                each
                for each in self.project.mro(owner)
                if (summary := self.project.classes.get(each)) is not None and last in summary.attributes
            ]
            return f"{holders[-1]}.{last}" if holders else ""
        module = self.project.modules.get(head)
        if module is None:
            return ""
        imported = module.names.get(last)
        return self._name(imported, depth + 1) if imported is not None else raw

    def is_module_lock(self, lock: str) -> bool:
        """Tell whether a lock is held by a module's variable."""
        return lock.rpartition(".")[0] in self.project.modules

    def is_reentrant(self, lock: str) -> bool:
        """Tell whether the thread that holds a lock may take it again, in any class of the hierarchy that gives it."""
        owner, _, last = lock.rpartition(".")
        classes = [owner, *self.project.derived(owner)] if owner in self.project.classes else []
        paths = [summary.attributes.get(last, "") for each in classes if (summary := self.project.classes.get(each)) is not None]
        return any(self.project.is_a(self.project.canonical(path), *REENTRANT) for path in paths or [lock])

    def callers(self, function: str) -> tuple[tuple[FunctionSummary, CallSite], ...]:
        """Return the calls of a function, given by its full name: also those of its class, and those of the methods it overrides."""
        known = self._callers.get(function)
        if known is not None:
            return known
        reach = self.project.reach
        found = list(reach.callers(function))
        owner, _, method = function.rpartition(".")
        if method == "__init__":
            found.extend(reach.callers(owner))
        for base in self.project.mro(owner)[1:] if owner in self.project.classes else ():
            if f"{base}.{method}" in self.project.functions:
                found.extend((caller, site) for caller, site in reach.callers(f"{base}.{method}") if site.own)
        self._callers[function] = tuple(found)
        return self._callers[function]

    @cached_property
    def _direct(self) -> list[tuple[FunctionSummary, Acquisition, str]]:
        return [
            (function, each, lock)
            for function in self.project.functions.values()
            for each in function.acquisitions
            if each.waits and (lock := self.name(each.lock))
        ]

    @cached_property
    def taken(self) -> dict[str, dict[tuple[str, bool], Taken]]:
        """The locks that running each function takes, itself or through plain calls, by name and whether it is the same object."""
        found: dict[str, dict[tuple[str, bool], Taken]] = {}
        waiting: deque[tuple[FunctionSummary, Taken, int]] = deque()
        for function, each, lock in self._direct:
            same = each.own or self.is_module_lock(lock)
            waiting.append((function, Taken(lock=lock, same=same, line=each.line, column=each.column), 0))
        while waiting:
            function, taken, depth = waiting.popleft()
            known = found.setdefault(function.name, {})
            if (taken.lock, taken.same) in known:
                continue
            known[taken.lock, taken.same] = taken
            if depth >= MOST_STEPS or runs_later(function):
                continue
            for caller, site in self.callers(function.name):
                if not site.guarded and not self._tries(caller, taken.lock):
                    same = taken.same and (site.own or self.is_module_lock(taken.lock))
                    further = Taken(lock=taken.lock, same=same, line=site.line, column=site.column, through=function)
                    waiting.append((caller, further, depth + 1))
        return found

    def _tries(self, function: FunctionSummary, lock: str) -> bool:
        """Tell whether a function looks whether a lock is free: what it does then is not done while it is held."""
        return any(not each.waits and self.name(each.lock) == lock for each in function.acquisitions)

    def again(self, function: FunctionSummary) -> Iterator[Edge]:
        """Yield where a function waits for a lock that it holds and cannot take again."""
        for edge in self._edges(function):
            if edge.held == edge.taken.lock and edge.taken.same and not self.is_reentrant(edge.held):
                yield edge

    def reversed(self, function: FunctionSummary) -> Iterator[tuple[Edge, tuple[Edge, ...]]]:
        """Yield where a function takes a lock while it holds another, each with the places that take them the other way round."""
        for edge in self._edges(function):
            if edge.held == edge.taken.lock or self._belong_together(edge.held, edge.taken.lock):
                continue
            way = self._way_back(edge)
            if way:
                yield edge, way

    @cached_property
    def orders(self) -> dict[str, dict[str, list[Edge]]]:
        """Where each lock is held while another is taken, by both."""
        found: dict[str, dict[str, list[Edge]]] = {}
        for function in self.project.functions.values():
            for edge in self._edges(function):
                if edge.held != edge.taken.lock:
                    found.setdefault(edge.held, {}).setdefault(edge.taken.lock, []).append(edge)
        return found

    def _edges(self, function: FunctionSummary) -> Iterator[Edge]:
        for each in function.acquisitions:
            if each.held and each.waits and (lock := self.name(each.lock)):
                same = each.own or self.is_module_lock(lock)
                yield from self._held(function, each.held, (Taken(lock=lock, same=same, line=each.line, column=each.column),))
        for site, path in self.project.reach.calls(function) if any(site.held for site in function.calls) else ():
            called = self.project.function(path) if site.held and path and not site.guarded else None
            if called is None or runs_later(called):
                continue
            taken = [
                Taken(
                    lock=each.lock,
                    same=each.same and (site.own or self.is_module_lock(each.lock)),
                    line=site.line,
                    column=site.column,
                    through=called,
                )
                for each in self.taken.get(called.name, {}).values()
            ]
            yield from self._held(function, site.held, taken)

    def _held(self, function: FunctionSummary, held: Iterable[str], taken: Iterable[Taken]) -> Iterator[Edge]:
        names = [lock for each in held if (lock := self.name(each))]
        gates = frozenset(names) | self.guards(function.name)
        for each in taken:
            for lock in dict.fromkeys(names):
                if each.lock in gates and each.lock != lock and each.same:
                    # It is held already: taking it again waits for nobody.
                    continue
                yield Edge(held=lock, taken=each, function=function, gates=gates)

    def _way_back(self, edge: Edge) -> tuple[Edge, ...]:
        """Return the shortest way from the lock that is taken back to the one that is held; () for none."""
        waiting: deque[tuple[str, tuple[Edge, ...]]] = deque([(edge.taken.lock, ())])
        seen = {edge.taken.lock}
        ends = {edge.held, edge.taken.lock}
        while waiting:
            lock, before = waiting.popleft()
            for following, edges in self.orders.get(lock, {}).items():
                # Under one more lock that both hold, only one of them is on its way at a time.
                each = next((each for each in edges if not (each.gates & edge.gates) - ends), None)
                if each is None or following in seen:
                    continue
                if following == edge.held:
                    return (*before, each)
                if len(before) + 2 < _CYCLE:
                    seen.add(following)
                    waiting.append((following, (*before, each)))
        return ()

    def _belong_together(self, lock: str, other: str) -> bool:
        """Tell whether two locks may be one: a condition is often made of the lock beside it."""
        beside = lock.rpartition(".")[0] == other.rpartition(".")[0]
        return beside and any(self.project.canonical(each).endswith("Condition()") for each in (lock, other))

    @cached_property
    def _handed(self) -> frozenset[str]:
        """The functions that are handed over: nobody knows what is held when they run."""
        return frozenset(
            self.project.canonical(each.target) for function in self.project.functions.values() for each in function.hand_overs
        )

    def _lockish(self, held: Iterable[str]) -> frozenset[str]:
        return frozenset(self.name(each) or each for each in held if self.name(each) or is_lock_name(each.rpartition(".")[2]))

    def guards(self, function: str) -> frozenset[str]:
        """Return the locks that are held whenever a function of the project runs, as far as its callers are seen; none for one without."""
        known = self._guards.get(function)
        if known is None:
            self._guards[function] = known = self._held_around(function, ()) or frozenset()
        return known

    def _held_around(self, function: str, way: tuple[str, ...]) -> frozenset[str] | None:
        """Return the locks that all callers of a function hold; None where that is asked already, on the way round a circle."""
        if function in way:
            return None
        if function in self._handed or function.endswith("__") or len(way) >= MOST_STEPS:
            return frozenset()
        held: frozenset[str] | None = None
        for caller, site in self.callers(function):
            above = self._held_around(caller.name, (*way, function))
            if above is None:
                continue
            here = self._lockish(site.held) | above
            held = here if held is None else held & here
            if not held:
                return held
        return held if held is not None or way else frozenset()

    def steps(self, edge: Edge) -> tuple[Step, ...]:
        """Return the way from where a lock is held to where the next is taken, as the steps of a finding."""
        function, taken = edge.function, edge.taken
        found = []
        while taken is not None:
            called = taken.through
            what = f"calls {_last(called.name)}()" if called is not None else f"takes {_last(taken.lock)}"
            location = Location(file=function.file, line=taken.line, function=_last(function.name), column=taken.column + 1)
            found.append(Step(text=f"{_last(function.name)}() {what}", location=location))
            if called is None or len(found) > MOST_STEPS:
                break
            function = called
            known = self.taken.get(called.name, {})
            following = known.get((taken.lock, True)) or known.get((taken.lock, False))
            if following is None:
                break
            taken = following
        return tuple(found)


def _last(name: str) -> str:
    return name.rpartition(".")[2]
