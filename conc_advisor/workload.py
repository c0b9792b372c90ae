"""What there is to know about a piece of work before a concurrency model is chosen for it: the factors, their values, who says so.

Values only.  What follows from them is for `conc_advisor.decision`; reading them from text is for `conc_advisor.decision.values`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Final, Self

from conc_advisor.findings import Confidence


class Bottleneck(StrEnum):
    """Where the time goes."""

    IO = "io"
    """Waiting for something outside of the process."""
    CPU = "cpu"
    MIXED = "mixed"
    """Both, each a good part."""


class IoKind(StrEnum):
    """What is waited for."""

    HTTP = "http"
    SOCKET = "socket"
    """Any other network connection: a websocket, a protocol of one's own, a chat or mail server."""
    DB = "db"
    DISK = "disk"
    SUBPROCESS = "subprocess"
    SERIAL = "serial"
    """A device: a serial port, USB, a camera."""
    QUEUE = "queue"
    """A message broker or a queue fed by others."""


class FanOut(StrEnum):
    """How many items or connections there are to work on at once."""

    ONE = "1"
    FEW = "2-20"
    TENS = "20-100"
    HUNDREDS = "100-1k"
    THOUSANDS = "1k-100k"
    MORE = ">100k"

    @property
    def bounds(self) -> tuple[int, int]:
        """The smallest and the largest number meant; for the last, ten times the smallest."""
        return _FAN_OUT_BOUNDS[self]


_FAN_OUT_BOUNDS: Final[Mapping[FanOut, tuple[int, int]]] = {
    FanOut.ONE: (1, 1),
    FanOut.FEW: (2, 20),
    FanOut.TENS: (20, 100),
    FanOut.HUNDREDS: (100, 1_000),
    FanOut.THOUSANDS: (1_000, 100_000),
    FanOut.MORE: (100_000, 1_000_000),
}


class AsyncLib(StrEnum):
    """Whether what blocks has an async client."""

    YES = "yes"
    PARTIAL = "partial"
    """Some of the libraries have one, some have not."""
    NO = "no"
    NA = "na"
    """No library blocks here."""


class Gil(StrEnum):
    """What the computing code does with the GIL."""

    HOLDS = "holds"
    """Python code, or C code that keeps it."""
    RELEASES = "releases"
    """C code that gives it up while it computes: NumPy's large operations, zlib, hashlib, Pillow."""
    MIXED = "mixed"
    NA = "na"
    """Nothing computes."""


class Payload(StrEnum):
    """What has to travel to a worker and back, per item."""

    SMALL = "small"
    LARGE = "large"
    """Megabytes, or many thousands of objects."""
    UNPICKLABLE = "unpicklable"
    """Sockets, locks, generators, lambdas, open handles."""


class SharedState(StrEnum):
    """What the items have in common while they are worked on."""

    NONE = "none"
    READ_ONLY_LARGE = "read-only-large"
    MUTABLE = "mutable"


class Latency(StrEnum):
    """What must not wait."""

    NONE = "none"
    RESPONSIVE = "keep-loop-or-ui-responsive"
    HARD_TIMEOUT = "hard-timeout"
    """A piece of work must be over, or be stopped, after a given time."""


class TaskDuration(StrEnum):
    """How long one item takes, alone."""

    TINY = "<1ms"
    SHORT = "1-100ms"
    SECONDS = "0.1-10s"
    LONG = ">10s"
    LONG_LIVED = "long-lived"
    """It ends when the program does: a connection, a listener, a worker loop."""

    @property
    def bounds(self) -> tuple[float, float]:
        """Seconds: the shortest and the longest meant; a long one is taken for ten minutes at most, a long-lived one for an hour."""
        return _DURATION_BOUNDS[self]


_DURATION_BOUNDS: Final[Mapping[TaskDuration, tuple[float, float]]] = {
    TaskDuration.TINY: (1e-6, 1e-3),
    TaskDuration.SHORT: (1e-3, 0.1),
    TaskDuration.SECONDS: (0.1, 10.0),
    TaskDuration.LONG: (10.0, 600.0),
    TaskDuration.LONG_LIVED: (600.0, 3600.0),
}


class ExistingLoop(StrEnum):
    """What already runs the program."""

    NONE = "none"
    ASYNCIO = "asyncio"
    """An event loop: an async web framework, a bot, a notebook kernel."""
    GUI = "gui"


class OperatingSystem(StrEnum):
    """Where it has to run."""

    LINUX = "linux"
    MACOS = "macos"
    WINDOWS = "windows"
    ANDROID = "android"
    ANY = "any"
    """On more than one of them."""


class PythonKind(StrEnum):
    """What a Python version means for the choice."""

    BEFORE_TASK_GROUPS = "before 3.11"
    TASK_GROUPS = "3.11 to 3.13"
    INTERPRETERS = "3.14 or newer"
    TRIAL_FREE_THREADED = "3.13 free-threaded"
    """The experimental build."""
    FREE_THREADED = "3.14 or newer, free-threaded"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class PythonVersion:
    """The Python that the work runs under: a version such as 3.12, its free-threaded build (3.14t), or any."""

    minor: int | None = None
    """12 for Python 3.12; None for any."""
    free_threaded: bool = False

    @property
    def kind(self) -> PythonKind:
        """What it means for the choice."""
        if self.minor is None:
            return PythonKind.ANY
        if self.free_threaded:
            return PythonKind.TRIAL_FREE_THREADED if self.minor == FIRST_FREE_THREADED else PythonKind.FREE_THREADED
        if self.minor < FIRST_TASK_GROUPS:
            return PythonKind.BEFORE_TASK_GROUPS
        return PythonKind.TASK_GROUPS if self.minor < FIRST_INTERPRETERS else PythonKind.INTERPRETERS

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the version that `3.12`, `3.12.4rc1`, `>=3.11`, `3.14t` or `any` means, None for anything else.

        Of `>=3.9,<4` it is the lowest that is meant.
        """
        text = text.strip().lower()
        if text == "any":
            return cls()
        parts = [part.strip() for part in text.split(",")]
        founds = [re.fullmatch(_VERSION, part) for part in parts if re.fullmatch(_UPPER_BOUND, part) is None]
        versions = [cls(int(found[1]), bool(found[2])) for found in founds if found is not None]
        if not versions or len(versions) < len(founds):
            return None
        lowest = max(versions, key=lambda version: version.minor or 0)
        known = FIRST_FREE_THREADED if lowest.free_threaded else 0
        return lowest if known <= (lowest.minor or 0) <= _LAST_PLAUSIBLE else None

    def __str__(self) -> str:
        return "any" if self.minor is None else f"3.{self.minor}{'t' * self.free_threaded}"


_VERSION: Final = r"(?:python|cpython|py)?\s*(?:>=|~=|===?)?\s*3\.(\d{1,9})(?:\.(?:\d+|\*))?(?:(?:a|b|rc)\d+)?(t?)"
_UPPER_BOUND: Final = r"(?:<=?|!=)\s*\d+(?:\.\d+)*(?:\.\*)?"
_LAST_PLAUSIBLE: Final = 50
"""With one a year (PEP 602) Python 3.50 comes in 2061; a 3.100 is a slip."""
FIRST_TASK_GROUPS: Final = 11
FIRST_FREE_THREADED: Final = 13
FIRST_INTERPRETERS: Final = 14


class TotalWork(StrEnum):
    """How long all of it takes, one item after another."""

    INSTANT = "<0.1s"
    SECONDS = "0.1-10s"
    LONG = ">10s"


class Factor(StrEnum):
    """A question about the workload; the value is its key in files and in `--set`, and the name of its field in `Workload`."""

    BOTTLENECK = "bottleneck"
    IO_KIND = "io_kind"
    FAN_OUT = "fan_out"
    ASYNC_LIB = "async_lib"
    GIL = "gil"
    VECTORISABLE = "vectorisable"
    PAYLOAD = "payload"
    SHARED_STATE = "shared_state"
    LATENCY = "latency"
    TASK_DURATION = "task_duration"
    TOTAL_WORK = "total_work"
    PYTHON = "python"
    EXISTING_LOOP = "existing_loop"
    BEYOND_ONE_MACHINE = "beyond_one_machine"
    DURABLE = "durable"
    NEED_KILL = "need_kill"
    MEMORY_TIGHT = "memory_tight"
    PIPELINE = "pipeline"
    NOTEBOOK = "notebook"
    SINGLE_WRITER = "single_writer"
    OWN_THREADS = "own_threads"
    OS = "os"


Value = (
    Bottleneck
    | IoKind
    | FanOut
    | AsyncLib
    | Gil
    | Payload
    | SharedState
    | Latency
    | TaskDuration
    | TotalWork
    | PythonVersion
    | ExistingLoop
    | OperatingSystem
    | bool
)
"""A known answer.  Unknown is None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """What is known of the work; None is unknown, and legal everywhere."""

    bottleneck: Bottleneck | None = None
    io_kind: IoKind | None = None
    fan_out: FanOut | None = None
    async_lib: AsyncLib | None = None
    gil: Gil | None = None
    vectorisable: bool | None = None
    """The hot loop can become one expression over an array or a table, or a call of compiled code."""
    payload: Payload | None = None
    shared_state: SharedState | None = None
    latency: Latency | None = None
    task_duration: TaskDuration | None = None
    total_work: TotalWork | None = None
    python: PythonVersion | None = None
    existing_loop: ExistingLoop | None = None
    beyond_one_machine: bool | None = None
    """More cores or more memory are needed than one machine has."""
    durable: bool | None = None
    """The work must survive the end of the process that asked for it."""
    need_kill: bool | None = None
    """Single items must be stoppable by force, or kept from taking the program down with them."""
    memory_tight: bool | None = None
    pipeline: bool | None = None
    """Stages that hand items on to each other."""
    notebook: bool | None = None
    single_writer: bool | None = None
    """All of it writes to one place that takes one writer at a time: SQLite, one file."""
    own_threads: bool | None = None
    """The library computes on all cores by itself: BLAS, OpenMP, Polars, DuckDB."""
    os: OperatingSystem | None = None

    def get(self, factor: Factor) -> Value | None:
        """Return what is known of one factor."""
        value: Value | None = getattr(self, factor.value)
        return value

    def known(self) -> dict[Factor, Value]:
        """Return everything that is known, in the order of the factors."""
        return {factor: value for factor in Factor if (value := self.get(factor)) is not None}


assert [field.name for field in fields(Workload)] == [factor.value for factor in Factor], "a factor and its field have one name"  # noqa: S101


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantities:
    """Numbers that make the sizes exact; None where nobody said.  Keys of their own beside the factors."""

    cores: int | None = None
    """Cores that the work may use."""
    memory_mb: int | None = None
    """Memory that all workers together may take."""
    worker_mb: int | None = None
    """Memory that one worker process takes with everything imported and loaded."""
    items: int | None = None
    item_seconds: float | None = None
    """How long one item takes, alone."""
    cpu_seconds: float | None = None
    """How much of that is computation."""
    downstream_limit: int | None = None
    """How many connections or requests in flight the other side takes."""


class Origin(StrEnum):
    """Who says so, most binding first."""

    YOU = "you"
    SAVED = "saved answers"
    NUMBERS = "your numbers"
    PROFILE = "profile"
    CODE = "code"
    ENVIRONMENT = "this machine"


FOUND_AGAIN: Final = frozenset({Origin.NUMBERS, Origin.ENVIRONMENT})
"""What these say they say again every time: it need not be kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One answer and where it comes from.

    `detail` is a clause that a user can check: "92% of the time on CPU with the GIL", "app.py:12 imports requests".
    """

    factor: Factor
    value: Value
    origin: Origin
    confidence: Confidence
    detail: str
