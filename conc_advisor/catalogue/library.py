"""One library as the catalogue knows it: values only."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

UNVERIFIED: Final = "unverified"
"""How the source of a claim begins that nobody checked."""


class Role(StrEnum):
    """What a call of the library does."""

    IO = "io"
    DB = "db"
    DISK = "disk"
    SUBPROCESS = "subprocess"
    WAIT = "wait"
    CPU = "cpu"
    SYNC = "sync"
    """A lock or the like."""
    POOL = "pool"
    LOOP = "loop"
    FRAMEWORK = "framework"
    DISTRIBUTED = "distributed"
    INFRA = "infra"
    TOOL = "tool"


class Api(StrEnum):
    """How it is called."""

    SYNC = "sync"
    ASYNC = "async"
    BOTH = "both"


class GilUse(StrEnum):
    """What a call does with the GIL."""

    RELEASES = "releases"
    MOSTLY = "mostly"
    PARTIAL = "partial"
    RELEASES_ON_WAIT = "releases-on-wait"
    HOLDS_SWITCHING = "holds-switching"
    """Python code: other threads get turns."""
    HOLDS = "holds"
    """One long call in C: other threads stand still."""
    NO_GAIN = "no-gain"
    """Given up, and two threads are no faster than one."""
    SLOWER = "slower"
    """Given up so often that two threads are slower than one."""
    UNSTABLE = "unstable"
    MIXED = "mixed"
    """It depends on the call: the measured rows say more."""
    UNKNOWN = "unknown"
    NA = "n/a"


class ThreadSafety(StrEnum):
    """Whether threads may share its objects."""

    SAFE = "safe"
    PER_THREAD = "per-thread"
    LOCK = "lock"
    """They may, and are served one after the other."""
    NO = "no"
    UNKNOWN = "unknown"
    NA = "n/a"


class ForkSafety(StrEnum):
    """What becomes of its objects in a forked child."""

    SAFE = "safe"
    RECREATE = "recreate"
    """They must be opened anew in the child."""
    NO = "no"
    UNKNOWN = "unknown"
    NA = "n/a"


class FreeThreaded(StrEnum):
    """Whether it can be had for a Python without the GIL."""

    PURE = "pure"
    WHEEL = "wheel"
    ABI_INDEPENDENT = "abi-independent"
    SDIST_ONLY = "sdist-only"
    NO_WHEEL = "no-wheel"
    REENABLES_GIL = "wheel-but-reenables-gil"
    REENABLES_GIL_WITH_LXML = "pure-but-reenables-gil-if-lxml-installed"
    UNKNOWN = "unknown"
    NA = "n/a"


@dataclass(frozen=True, slots=True, kw_only=True)
class GilRow:
    """One measured call.

    `held`: share of the call during which the GIL was held, 0-1.  `freeze`: the longest stand-still of another Python thread, as a
    share of the call.  `speedup`: of two threads against one, lowest and highest seen; None where it was not measured.
    """

    call: str
    verdict: GilUse
    held: float
    freeze: float
    speedup: tuple[float, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """One entry.

    `version` is the one that was looked at ('' for the standard library and where nobody noted it); `own_threads` names the threads
    that it starts by itself, None for none known; `sources` says for each claim, by the name of its field, where it comes from: a
    claim that is n/a or unknown has none.
    """

    name: str
    imports: tuple[str, ...]
    category: str
    role: Role
    version: str
    api: Api
    async_twin: tuple[str, ...]
    gil: GilUse
    gil_rows: tuple[GilRow, ...]
    thread_safety: ThreadSafety
    fork: ForkSafety
    own_threads: str | None
    free_threaded: FreeThreaded
    advice: str
    note: str
    sources: Mapping[str, str]

    def verified(self, claim: str) -> bool:
        """Tell whether a claim was checked, by measurement or in what its makers wrote."""
        return claim in self.sources and not self.sources[claim].startswith(UNVERIFIED)
