"""Writes the catalogue's entry of a library as a page like those of the guide: Markdown, each claim with its source."""

from collections.abc import Iterator, Mapping
from typing import Final

from conc_advisor.catalogue.library import UNVERIFIED, Api, ForkSafety, FreeThreaded, GilRow, GilUse, Library, Role, ThreadSafety

_ROLES: Final[Mapping[Role, str]] = {
    Role.IO: "waits for the network or another outside",
    Role.DB: "waits for a database",
    Role.DISK: "waits for the disk",
    Role.SUBPROCESS: "waits for child processes",
    Role.WAIT: "waits",
    Role.CPU: "computes",
    Role.SYNC: "keeps threads in order",
    Role.POOL: "runs work in workers",
    Role.LOOP: "runs an event loop",
    Role.FRAMEWORK: "is a framework that calls your code",
    Role.DISTRIBUTED: "spreads work over processes or machines",
    Role.INFRA: "carries other libraries",
    Role.TOOL: "is a tool",
}
_APIS: Final[Mapping[Api, str]] = {
    Api.SYNC: "blocking calls only",
    Api.ASYNC: "async only",
    Api.BOTH: "blocking and async",
}
_GIL: Final[Mapping[GilUse, str]] = {
    GilUse.RELEASES: "gives it up while it works",
    GilUse.MOSTLY: "gives it up most of the time",
    GilUse.PARTIAL: "gives it up part of the time",
    GilUse.RELEASES_ON_WAIT: "gives it up while it waits",
    GilUse.HOLDS_SWITCHING: "holds it, and other threads get turns",
    GilUse.HOLDS: "holds it in one call: other threads stand still",
    GilUse.NO_GAIN: "gives it up, and two threads are no faster than one",
    GilUse.SLOWER: "gives it up so often that two threads are slower than one",
    GilUse.UNSTABLE: "two threads were slower in some runs and faster in others",
    GilUse.MIXED: "depends on the call, see below",
    GilUse.UNKNOWN: "not known",
    GilUse.NA: "does not matter here",
}
_VERDICTS: Final[Mapping[GilUse, str]] = {
    GilUse.RELEASES: "gives it up",
    GilUse.MOSTLY: "mostly gives it up",
    GilUse.PARTIAL: "partly gives it up",
    GilUse.RELEASES_ON_WAIT: "gives it up while waiting",
    GilUse.HOLDS_SWITCHING: "holds it, with turns",
    GilUse.HOLDS: "holds it",
    GilUse.NO_GAIN: "gives it up, no gain",
    GilUse.SLOWER: "gives it up, slower",
    GilUse.UNSTABLE: "unstable",
    GilUse.MIXED: "mixed",
    GilUse.UNKNOWN: "not known",
    GilUse.NA: "-",
}
_THREADS: Final[Mapping[ThreadSafety, str]] = {
    ThreadSafety.SAFE: "threads may share its objects",
    ThreadSafety.PER_THREAD: "one object for each thread",
    ThreadSafety.LOCK: "threads may share its objects, and are served one after the other",
    ThreadSafety.NO: "not to be used from several threads",
    ThreadSafety.UNKNOWN: "not known",
    ThreadSafety.NA: "does not matter here",
}
_FORK: Final[Mapping[ForkSafety, str]] = {
    ForkSafety.SAFE: "works on in a forked child",
    ForkSafety.RECREATE: "has to be opened anew in a forked child",
    ForkSafety.NO: "must not be used in a forked child: use spawn or forkserver",
    ForkSafety.UNKNOWN: "not known",
    ForkSafety.NA: "does not matter here",
}
_FREE_THREADED: Final[Mapping[FreeThreaded, str]] = {
    FreeThreaded.PURE: "pure Python: installs as it is",
    FreeThreaded.WHEEL: "has wheels for it",
    FreeThreaded.ABI_INDEPENDENT: "one wheel for every build of Python",
    FreeThreaded.SDIST_ONLY: "has to be compiled by you",
    FreeThreaded.NO_WHEEL: "has no wheel for it",
    FreeThreaded.REENABLES_GIL: "installs, and turns the GIL on again when it is imported",
    FreeThreaded.REENABLES_GIL_WITH_LXML: "pure Python, but the GIL is on again where lxml is installed",
    FreeThreaded.UNKNOWN: "not known",
    FreeThreaded.NA: "does not matter here",
}
_WAITING: Final = frozenset({Role.IO, Role.DB, Role.DISK, Role.SUBPROCESS, Role.WAIT})


def library_page(library: Library) -> str:
    """Return the page as Markdown that ends with a newline."""
    return "\n".join(_lines(library)) + "\n"


def _lines(library: Library) -> Iterator[str]:
    yield from (f"# {library.name}", "", library.advice, "")
    if library.note:
        yield from (library.note, "")
    yield from ("## What is known", "")
    imported = ", ".join(f"`{module}`" for module in library.imports)
    version = f", looked at in version {library.version}" if library.version else ""
    yield f"- **Kind**: {_ROLES[library.role]} ({library.category}); imported as {imported}{version}."
    for name, claim, words in _claims(library):
        yield f"- **{name}**: {words}.{_source(library, claim)}"
    yield ""
    if library.gil_rows:
        yield from _measured(library.gil_rows)
    yield from ("## See also", "")
    yield from (f"- `conc-advisor explain {topic}`: {why}" for topic, why in related(library))


def _claims(library: Library) -> Iterator[tuple[str, str, str]]:
    """Yield each claim: what it is about, the name of its field, and its words."""
    yield "Calls", "api", _APIS[library.api]
    if library.api is Api.SYNC:
        twins = ", ".join(f"`{twin}`" for twin in library.async_twin)
        yield "In a coroutine", "async_twin", f"use {twins} instead" if twins else "no async twin is known; use a thread or a process"
    yield "GIL", "gil", _GIL[library.gil]
    yield "Threads", "thread_safety", _THREADS[library.thread_safety]
    yield "Fork", "fork", _FORK[library.fork]
    if library.own_threads:
        yield "Threads of its own", "own_threads", library.own_threads
    yield "Free-threaded Python", "free_threaded", _FREE_THREADED[library.free_threaded]


def _source(library: Library, claim: str) -> str:
    """Return where a claim comes from; what nobody checked is called so."""
    source = library.sources.get(claim)
    if source is None:
        return ""
    if library.verified(claim):
        return f" Source: {f'<{source}>' if source.startswith('https://') and ' ' not in source else source}."
    return f" **Not verified**: {source.removeprefix(UNVERIFIED).lstrip(': ') or 'no source'}."


def _measured(rows: tuple[GilRow, ...]) -> Iterator[str]:
    yield from ("## Measured calls", "")
    yield from ("| call | the GIL | held for | stand-still | two threads |", "|---|---|---|---|---|")
    for row in rows:
        yield f"| {_cell(row.call)} | {_VERDICTS[row.verdict]} | {row.held:.0%} | {row.freeze:.0%} | {_speed_up(row.speedup)} |"
    yield from ("", "Held for: share of the call's time. Stand-still: the longest that another Python thread was held up, as a share of")
    yield from ("the call. Two threads: how many times as fast as one, lowest and highest run where they differed.", "")


def _cell(text: str) -> str:
    return text.replace("|", "/")


def _speed_up(speedup: tuple[float, float] | None) -> str:
    if speedup is None:
        return "not measured"
    low, high = speedup
    return f"{low:.2f}" if low == high else f"{low:.2f} to {high:.2f}"


def related(library: Library) -> tuple[tuple[str, str], ...]:
    """Return the topics that go with the library, each with half a line that says why."""
    if library.role in _WAITING and library.api is Api.SYNC:
        first = ("threads", "blocking calls that overlap.")
        second = ("asyncio-threads", "blocking calls beside an event loop.")
    elif library.role in _WAITING:
        first = ("asyncio", "when an event loop fits.")
        second = ("connection-pools", "one client for the whole program.")
    elif library.role is Role.CPU:
        first = ("gil", "which calls run in parallel.")
        second = ("processes", "when threads do not help.")
    else:
        first = ("choosing", "which model fits the work.")
        second = ("lifecycle", "starting and ending what it runs.")
    return (first, second, ("start-methods", "what a forked child inherits."), ("free-threading", "Python without the GIL."))
