"""What the libraries that wait for something answer: on what, and whether there is an async client for it."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from conc_advisor.catalogue.library import Api, Role
from conc_advisor.findings import Confidence
from conc_advisor.scanning.computing_evidence import computing_libraries
from conc_advisor.scanning.inventory import Inventory, LibraryUse, ModelKind, Part
from conc_advisor.scanning.statement import names, places, say
from conc_advisor.workload import AsyncLib, Bottleneck, Evidence, Factor, IoKind

_BOT: Final = "bot"
"""The only frameworks that are clients: of a chat server."""
_WAITS: Final = frozenset({Role.IO, Role.DB, Role.DISK, Role.SUBPROCESS})

_KINDS: Final[Mapping[str, IoKind]] = {
    "http": IoKind.HTTP,
    "cloud": IoKind.HTTP,
    "llm-api": IoKind.HTTP,
    "saas-api": IoKind.HTTP,
    "infra-api": IoKind.HTTP,
    "crawler": IoKind.HTTP,
    "browser": IoKind.HTTP,
    "websocket": IoKind.SOCKET,
    "ssh": IoKind.SOCKET,
    "rpc": IoKind.SOCKET,
    "dns": IoKind.SOCKET,
    "directory": IoKind.SOCKET,
    "network-mgmt": IoKind.SOCKET,
    "bot": IoKind.SOCKET,
    "db": IoKind.DB,
    "storage": IoKind.DISK,
    "disk": IoKind.DISK,
    "geo": IoKind.DISK,
    "subprocess": IoKind.SUBPROCESS,
    "ocr": IoKind.SUBPROCESS,
    "serial": IoKind.SERIAL,
    "industrial": IoKind.SERIAL,
    "messaging": IoKind.QUEUE,
    "queue": IoKind.QUEUE,
}
"""Categories of the catalogue and what their libraries wait for; those left out (system calls, file events) are no workload."""

_STANDARD: Final[Mapping[str, IoKind]] = {
    "socket": IoKind.SOCKET,
    "urllib.request": IoKind.HTTP,
    "http.client": IoKind.HTTP,
    "smtplib": IoKind.SOCKET,
    "ftplib": IoKind.SOCKET,
    "sqlite3": IoKind.DB,
    "subprocess": IoKind.SUBPROCESS,
    "pyzmq": IoKind.SOCKET,
}
"""The standard library has no such categories, and ZeroMQ is sockets rather than a broker."""

_PREVAILS: Final = 2
"""A kind of I/O prevails when it is in twice as many files as the next one."""
_SCRIPT: Final = 3
"""A program of so few files has one purpose."""
_CORNER: Final = 20
"""Fewer than one file in so many."""
_SQLITE: Final = frozenset({"sqlite3", "aiosqlite"})


def waiting_libraries(inventory: Inventory) -> list[LibraryUse]:
    """Return the libraries of the main code that wait for something outside, the one in most files first."""
    return [
        use for use in inventory.main_libraries() if _kind(use) is not None and (use.library.role in _WAITS or use.library.category == _BOT)
    ]


def _kind(use: LibraryUse) -> IoKind | None:
    return _STANDARD.get(use.library.name, _KINDS.get(use.library.category))


def _is_script(inventory: Inventory) -> bool:
    return inventory.read[Part.MAIN] <= _SCRIPT


def _in_a_corner(inventory: Inventory, uses: list[LibraryUse]) -> bool:
    """Tell whether libraries are used so seldom that the program is hardly about them."""
    return sum(use.files for use in uses) * _CORNER < inventory.read[Part.MAIN]


def bottleneck(inventory: Inventory) -> Evidence | None:
    """Return a guess from the libraries alone: what is imported is not what takes the time."""
    # Starting other programs now and then is no workload; a script of a few files that does, is there for it.
    waits = [use for use in waiting_libraries(inventory) if _kind(use) is not IoKind.SUBPROCESS or _is_script(inventory)]
    computes = computing_libraries(inventory)
    if _in_a_corner(inventory, [*waits, *computes]):
        return None
    if waits and computes:
        value, detail = Bottleneck.MIXED, f"it uses {names(waits)} for I/O and {names(computes)} to compute"
    elif waits:
        value, detail = Bottleneck.IO, f"it uses {names(waits)} for I/O and no known library that computes"
    elif computes and not inventory.unknown:
        value, detail = Bottleneck.CPU, f"it uses {names(computes)} to compute and no library for I/O"
    else:
        return None
    return say(Factor.BOTTLENECK, value, Confidence.LOW, f"{detail}; only a profile tells what takes the time")


def io_kind(inventory: Inventory) -> Evidence | None:
    """Return the kind of I/O that most files do; nothing when two are level."""
    files: Counter[IoKind] = Counter()
    for use in waiting_libraries(inventory):
        if (kind := _kind(use)) is not None:
            files[kind] += use.files
    ranking = files.most_common(2)
    if not ranking or (len(ranking) > 1 and ranking[0][1] == ranking[1][1]):
        return None
    first, count = ranking[0]
    clear = len(ranking) == 1 or count >= _PREVAILS * ranking[1][1]
    uses = [use for use in waiting_libraries(inventory) if _kind(use) is first]
    if (first is IoKind.SUBPROCESS and not _is_script(inventory)) or _in_a_corner(inventory, uses):
        clear = False
    return say(Factor.IO_KIND, first, Confidence.MEDIUM if clear else Confidence.LOW, places(uses))


def async_lib(inventory: Inventory) -> Evidence | None:
    """Return whether what blocks has an async client, as far as the catalogue knows the libraries."""
    waits = waiting_libraries(inventory)
    if not waits:
        return None
    blocking = [use for use in waits if use.library.api is Api.SYNC]
    stuck = [use for use in blocking if not use.library.async_twin]
    if not stuck:
        return _all_async(inventory, waits, blocking)
    sure = Confidence.LOW if _in_a_corner(inventory, waits) else Confidence.MEDIUM
    value = AsyncLib.NO if len(stuck) == len(waits) else AsyncLib.PARTIAL
    detail = f"{places(stuck)}; no async client known"
    others = [use for use in waits if use not in stuck]
    return say(Factor.ASYNC_LIB, value, sure, detail + (f"; there is one for {names(others)}" if others else ""))


def _all_async(inventory: Inventory, waits: list[LibraryUse], blocking: list[LibraryUse]) -> Evidence:
    if blocking:
        twins = ", ".join(f"{use.first[0]} (async: {use.library.async_twin[0]})" for use in blocking[:3])
        detail, sure = twins, Confidence.MEDIUM
    else:
        detail, sure = f"{places(waits)}; async as they are", Confidence.HIGH
    if inventory.unknown:
        # What the catalogue does not know may block too.
        sure = Confidence.LOW
        detail += f"; not known: {', '.join(inventory.unknown[:3])}"
    if _in_a_corner(inventory, waits):
        sure = Confidence.LOW
    return say(Factor.ASYNC_LIB, AsyncLib.YES, sure, detail)


def single_writer(inventory: Inventory) -> Evidence | None:
    """Return that all is written to SQLite when it is the only database in sight."""
    databases = [use for use in inventory.main_libraries() if use.library.role is Role.DB or use.library.category == "db"]
    if not databases or not all(use.library.name in _SQLITE for use in databases) or inventory.model(ModelKind.CLUSTER):
        return None
    detail = f"{databases[0].first[0]}; no other database"
    return say(Factor.SINGLE_WRITER, value=True, confidence=Confidence.LOW, detail=detail)
