"""Which libraries the program waits in, as far as their Python frames tell: what the user's own line called, by the catalogue's name."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import nlargest
from typing import TYPE_CHECKING, Final

from conc_advisor.concurrency import BlockKind, ThreadState
from conc_advisor.profiling.analysis.code_origin import module_of
from conc_advisor.profiling.analysis.stack_index import InLoop, StackIndex
from conc_advisor.profiling.analysis.totals import Totals
from conc_advisor.profiling.recording import ACTIVITIES, Frame
from conc_advisor.workload import IoKind

if TYPE_CHECKING:
    from conc_advisor.catalogue.catalogue import Catalogue
    from conc_advisor.catalogue.library import Library

_MOST_STACKS: Final = 2000
"""The heaviest are looked at; the rest cannot turn the answer."""
_ON_CPU: Final = frozenset({ThreadState.RUNNING, ThreadState.NATIVE, ThreadState.GIL_WAIT})
_BY_CATEGORY: Final[Mapping[str, IoKind]] = {
    "http": IoKind.HTTP,
    "cloud": IoKind.HTTP,
    "crawler": IoKind.HTTP,
    "llm-api": IoKind.HTTP,
    "saas-api": IoKind.HTTP,
    "infra-api": IoKind.HTTP,
    "storage": IoKind.HTTP,
    "db": IoKind.DB,
    "messaging": IoKind.QUEUE,
    "websocket": IoKind.SOCKET,
    "ssh": IoKind.SOCKET,
    "rpc": IoKind.SOCKET,
    "serial": IoKind.SERIAL,
}
_BY_NAME: Final[Mapping[str, IoKind]] = {"urllib.request": IoKind.HTTP, "http.client": IoKind.HTTP, "sqlite3": IoKind.DB}
"""The standard library has one category for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryUse:
    """`seconds` that threads waited on sockets below a call of the library; for one in an event loop, that it computed there."""

    name: str
    kind: IoKind
    has_async: bool
    """It is asynchronous itself, or has a twin that is."""
    in_loop: bool
    seconds: float


def libraries_in_use(totals: Totals, index: StackIndex) -> tuple[LibraryUse, ...]:
    """Return the libraries for I/O that the user's lines call and wait in, the most time first."""
    waiting: defaultdict[int, float] = defaultdict(float)
    looping: defaultdict[int, float] = defaultdict(float)
    for row in totals.rows():
        activity = ACTIVITIES[row.activity]
        if not index.tip[row.stack] or index.tip[row.stack] == row.stack:
            continue
        if activity.kind is BlockKind.SOCKET:
            waiting[row.stack] += row.seconds
        elif activity.state in _ON_CPU and index.in_loop[row.stack] == InLoop.CALLBACK:
            looping[row.stack] += row.seconds
    if not waiting and not looping:
        return ()
    uses = (*_uses(waiting, index, in_loop=False), *_uses(looping, index, in_loop=True))
    return tuple(sorted(uses, key=lambda use: -use.seconds))


def _uses(stacks: Mapping[int, float], index: StackIndex, *, in_loop: bool) -> Iterable[LibraryUse]:
    # Here: reading the catalogue takes as long as a small recording's whole analysis.
    from conc_advisor.catalogue.catalogue import load_catalogue  # noqa: PLC0415

    catalogue, known = load_catalogue(), dict[str, "Library | None"]()
    seconds: defaultdict[str, float] = defaultdict(float)
    for stack in nlargest(_MOST_STACKS, stacks, key=lambda stack: stacks[stack]):
        library = _called_by_user(stack, index, catalogue, known)
        if library is not None:
            seconds[library.name] += stacks[stack]
    for name, spent in seconds.items():
        library = catalogue.by_name(name)
        if library is not None and (kind := _kind_of(library)) is not None:
            has_async = bool(library.async_twin) or library.api in {"async", "both"}
            yield LibraryUse(name=name, kind=kind, has_async=has_async, in_loop=in_loop, seconds=spent)


def _called_by_user(stack: int, index: StackIndex, catalogue: "Catalogue", known: dict[str, "Library | None"]) -> "Library | None":
    """Return the outermost library for I/O below the deepest line of the user: the one that the user knows of."""
    tip, found = index.tip[stack], None
    while stack > tip:
        library = _library(index.stacks.leaf(stack), catalogue, known)
        found = library if library is not None and _kind_of(library) is not None else found
        stack = index.stacks.parent(stack)
    return found


def _library(frame: Frame, catalogue: "Catalogue", known: dict[str, "Library | None"]) -> "Library | None":
    if frame.file not in known:
        known[frame.file] = catalogue.by_import(module_of(frame.file))
    return known[frame.file]


def _kind_of(library: "Library") -> IoKind | None:
    return _BY_NAME.get(library.name) or _BY_CATEGORY.get(library.category)
