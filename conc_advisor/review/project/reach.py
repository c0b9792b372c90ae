"""Follows calls from function to function: what one leads to, what runs in threads, in processes and on the event loop."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from conc_advisor.findings import Location, Step
from conc_advisor.review.knowledge.foreign_threads import SERVED, SERVING_WORDS, calls_back_from_threads
from conc_advisor.review.project.project import Project
from conc_advisor.review.project.summaries import CallSite, ClassSummary, FunctionSummary, HandOver, Runner

MOST_STEPS: Final = 6
"""How many calls a way may have: beyond it what is found is right less and less often, since no condition on the way is looked at."""
_THREAD_POOLS: Final = ("concurrent.futures.ThreadPoolExecutor", "multiprocessing.pool.ThreadPool", "concurrent.futures.Executor")
_PROCESS_POOLS: Final = ("concurrent.futures.ProcessPoolExecutor", "multiprocessing.Pool")
_LOOP_FUTURES: Final = ("asyncio.Task", "asyncio.Future")
_THREADS: Final = frozenset({Runner.THREAD, Runner.THREAD_POOL, Runner.CALLBACK})
_WATCHING: Final = "watchdog.events.FileSystemEventHandler"
_SERVED: Final = ("socketserver.BaseRequestHandler", "http.server.BaseHTTPRequestHandler", "socketserver.StreamRequestHandler")


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The calls that lead from a function to what was looked for: each with the function that makes it, the nearest first.

    `target` is the canonical path of the last call.
    """

    calls: tuple[tuple[FunctionSummary, CallSite], ...]
    target: str

    @property
    def conditions(self) -> int:
        """How many of the calls stand in a branch or a handler."""
        return sum(site.conditional for _, site in self.calls)

    def steps(self) -> tuple[Step, ...]:
        """Return the way as the steps of a finding."""
        return tuple(
            Step(
                text=f"{caller.name.rpartition('.')[2]}() calls {called}()",
                location=Location(file=caller.file, line=site.line, function=caller.name, column=site.column + 1),
            )
            for number, (caller, site) in enumerate(self.calls)
            for called in [self.calls[number + 1][0].name.rpartition(".")[2] if number + 1 < len(self.calls) else self.target]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Why a function runs in a thread or process: who hands over what, and in which function of the project."""

    entry: str
    hand_over: HandOver
    by: FunctionSummary | None
    runner: Runner


Hit = Callable[[str, CallSite, FunctionSummary], bool]
"""Tells whether a call is what is looked for: its canonical path, the call, the function that makes it."""


class Reach:
    """The calls of a project.  One for each project; what has been worked out is kept."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._calls: dict[str, tuple[tuple[CallSite, str], ...]] = {}
        self._ways: dict[tuple[str, str], Way | None] = {}
        self._running: dict[str, tuple[Running, ...]] | None = None
        self._by_last_word: dict[str, list[tuple[FunctionSummary, CallSite]]] | None = None

    def calls(self, function: FunctionSummary) -> tuple[tuple[CallSite, str], ...]:
        """Return the calls of a function with the canonical path of each."""
        known = self._calls.get(function.name)
        if known is None:
            known = tuple((site, self.project.canonical(site.target)) for site in function.calls)
            self._calls[function.name] = known
        return known

    def callers(self, function: str) -> tuple[tuple[FunctionSummary, CallSite], ...]:
        """Return the calls of a function, given by its full name, and the functions of the project that make them."""
        if self._by_last_word is None:
            table: dict[str, list[tuple[FunctionSummary, CallSite]]] = {}
            for caller in self.project.all_callers():
                for site in caller.calls:
                    table.setdefault(site.target.rpartition(".")[2], []).append((caller, site))
            self._by_last_word = table
        sites = self._by_last_word.get(function.rpartition(".")[2], ())
        return tuple((caller, site) for caller, site in sites if self.project.canonical(site.target) == function)

    def way(self, function: FunctionSummary, hit: Hit, key: str, *, most: int = MOST_STEPS) -> Way | None:
        """Return the shortest way from a function to a call that is hit; None where there is none.

        Followed are calls of plain functions: calling an async function or a generator only makes an object.  `key` names what is
        looked for; answers are kept under it.
        """
        known = self._ways.get((key, function.name), _UNKNOWN)
        if known is not _UNKNOWN:
            return known  # type: ignore[return-value]  # anything but the mark
        found = self._search(function, hit, most)
        self._ways[key, function.name] = found
        return found

    def _search(self, function: FunctionSummary, hit: Hit, most: int) -> Way | None:
        waiting: deque[tuple[FunctionSummary, tuple[tuple[FunctionSummary, CallSite], ...]]] = deque([(function, ())])
        seen = {function.name}
        while waiting:
            current, before = waiting.popleft()
            for site, path in self.calls(current):
                if path and hit(path, site, current):
                    return Way(calls=(*before, (current, site)), target=path)
            if len(before) + 1 >= most or any(path == "os.fork" for _, path in self.calls(current)):
                # What a function that forks calls may run in the child.
                continue
            for site, path in self.calls(current):
                called = self.project.function(path) if path and not site.guarded else None
                if called is None or called.name in seen or called.is_async or runs_later(called):
                    continue
                seen.add(called.name)
                waiting.append((called, (*before, (current, site))))
        return None

    def running(self, function: str) -> tuple[Running, ...]:
        """Return why a function, by its full name, runs in threads or processes; () where nothing says so."""
        if self._running is None:
            self._running = self._all_running()
        return self._running.get(function, ())

    def in_threads(self, function: str) -> tuple[Running, ...]:
        """Return why a function runs in threads of the same process as other code; () where nothing says so."""
        return tuple(each for each in self.running(function) if each.runner in _THREADS)

    def entries(self) -> list[Running]:
        """Return the functions that are handed to threads and processes, those of classes that are threads themselves included."""
        found: list[Running] = []
        for function in self.project.all_callers():
            for each in function.hand_overs:
                runner = self.runner(each)
                target = self.project.canonical(each.target)
                work = self.project.functions.get(target)
                if runner is not None and work is not None and not work.is_async:
                    found.append(Running(entry=work.name, hand_over=each, by=function, runner=runner))
            if function.decorators and not function.is_async and self._is_served(function):
                served = HandOver(target=function.name, runner=Runner.THREAD_POOL, line=function.line, many=True)
                found.append(Running(entry=function.name, hand_over=served, by=None, runner=Runner.THREAD_POOL))
        found.extend(self._classes("threading.Thread", "run", Runner.THREAD, many=False))
        found.extend(self._classes("threading.Timer", "run", Runner.THREAD, many=False))
        found.extend(self._classes("multiprocessing.Process", "run", Runner.PROCESS, many=False))
        for name in ("dispatch", "on_any_event", "on_modified", "on_created", "on_deleted", "on_moved", "on_closed"):
            found.extend(self._classes(_WATCHING, name, Runner.CALLBACK, many=False))
        for base in _SERVED:
            for name in ("handle", "do_GET", "do_POST", "do_PUT", "do_DELETE"):
                found.extend(self._classes(base, name, Runner.THREAD, many=True))
        for owner in self.project.classes.values():
            if any(each.endswith("Servicer") for each in owner.bases):
                found.extend(self._servicer(owner))
        return found

    def _servicer(self, owner: ClassSummary) -> Iterator[Running]:
        """Yield the methods of a gRPC service, which a pool of threads calls on one object."""
        for name in owner.methods:
            function = self.project.functions.get(f"{owner.name}.{name}")
            if function is not None and not name.startswith("_") and not function.is_async:
                hand_over = HandOver(target=function.name, runner=Runner.THREAD_POOL, line=function.line, many=True)
                yield Running(entry=function.name, hand_over=hand_over, by=None, runner=Runner.THREAD_POOL)

    def _is_served(self, function: FunctionSummary) -> bool:
        """Tell whether a function answers requests in a server's threads, by its decorators."""
        return any(each.rpartition(".")[2] in SERVING_WORDS and self.project.canonical(each) in SERVED for each in function.decorators)

    def _classes(self, base: str, method: str, runner: Runner, *, many: bool) -> list[Running]:
        found: list[Running] = []
        for owner in self.project.derived(base):
            function = self.project.functions.get(f"{owner}.{method}")
            if function is not None:
                hand_over = HandOver(target=function.name, runner=runner, line=function.line, many=many)
                found.append(Running(entry=function.name, hand_over=hand_over, by=None, runner=runner))
        return found

    def runner(self, hand_over: HandOver) -> Runner | None:
        """Return who runs what is handed over; None where the pool is not known to be one."""
        if hand_over.runner is Runner.CALLBACK and hand_over.pool:
            return Runner.CALLBACK if calls_back_from_threads(self.project.canonical(hand_over.pool)) else None
        if hand_over.runner is Runner.LOOP and hand_over.pool:
            return Runner.LOOP if self.project.is_a(self.project.canonical(hand_over.pool), *_LOOP_FUTURES) else None
        if hand_over.runner is not Runner.POOL:
            return hand_over.runner
        pool = self.project.canonical(hand_over.pool)
        if pool == "None" or self.project.is_a(pool, *_THREAD_POOLS):
            return Runner.THREAD_POOL
        return Runner.PROCESS_POOL if self.project.is_a(pool, *_PROCESS_POOLS) else None

    def _all_running(self) -> dict[str, tuple[Running, ...]]:
        found: dict[str, list[Running]] = {}
        for entry in self.entries():
            waiting, seen = deque([entry.entry]), {entry.entry}
            while waiting:
                name = waiting.popleft()
                found.setdefault(name, []).append(entry)
                function = self.project.functions.get(name)
                if function is None or entry.runner is Runner.LOOP:
                    continue
                for _, path in self.calls(function):
                    called = self.project.function(path) if path else None
                    if called is not None and called.name not in seen and not called.is_async:
                        seen.add(called.name)
                        waiting.append(called.name)
        return {name: tuple(entries) for name, entries in found.items()}


def runs_later(function: FunctionSummary) -> bool:
    """Tell whether calling a function runs none of it: an async function, or a generator that is no context manager."""
    return function.is_async or (
        function.is_generator and not any(each.rpartition(".")[2] == "contextmanager" for each in function.decorators)
    )


_UNKNOWN: Final = object()
