"""The words in which a person is asked: one question a factor, its answers with what they mean, and how to find out when not sure.

Data only.  Labels have at most 34 characters, so that a line of 40 columns holds one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from conc_advisor.workload import (
    AsyncLib,
    Bottleneck,
    ExistingLoop,
    Factor,
    FanOut,
    Gil,
    IoKind,
    Latency,
    OperatingSystem,
    Payload,
    PythonVersion,
    SharedState,
    TaskDuration,
    TotalWork,
    Value,
)


class Finder(StrEnum):
    """Which of our commands can find an answer out."""

    NONE = "none"
    PROFILE = "profile"
    SCAN = "scan"


class Option(NamedTuple):
    """One answer to choose: the factor's value, what is shown, and what it answers besides.

    `value` is None where the answer is about another factor only.
    """

    value: Value | None
    label: str
    meaning: str
    also: Mapping[Factor, Value] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """How to ask for one factor.

    `meaning` is half a line; `not_sure` says how a person can find out, and `finder` which of our commands can.
    """

    factor: Factor
    text: str
    meaning: str
    options: tuple[Option, ...]
    not_sure: str
    finder: Finder


def _yes_no(yes: str, no: str) -> tuple[Option, ...]:
    # "no" stands first: it is the usual answer to all of these.
    return Option(False, "no", no), Option(True, "yes", yes)  # noqa: FBT003  # the answer itself


_RESPONSIVE: Final = {Factor.LATENCY: Latency.RESPONSIVE}
_ONE_WRITER: Final = {Factor.SINGLE_WRITER: True}
_MANY_WRITERS: Final = {Factor.SINGLE_WRITER: False}
_PLAIN_PYTHON: Final = {Factor.VECTORISABLE: False, Factor.OWN_THREADS: False}
_OWN_THREADS: Final = {Factor.VECTORISABLE: False, Factor.OWN_THREADS: True}
_BY_FORCE: Final = {Factor.NEED_KILL: True, Factor.BEYOND_ONE_MACHINE: False}

QUESTIONS: Final[tuple[Question, ...]] = (
    Question(
        factor=Factor.BOTTLENECK,
        text="Where does the time go?",
        meaning="what the program does while you wait for it",
        options=(
            Option(Bottleneck.IO, "waiting", "for a network, a database, a disk, a device, another program"),
            Option(Bottleneck.CPU, "computing", "one core is busy all the time"),
            Option(Bottleneck.MIXED, "both", "a good part of each"),
        ),
        not_sure="A program that computes shows about 100% of a core in top or the task manager; one that waits shows close to 0%.",
        finder=Finder.PROFILE,
    ),
    Question(
        factor=Factor.IO_KIND,
        text="What is waited for?",
        meaning="the kind that takes most of the waiting",
        options=(
            Option(IoKind.HTTP, "HTTP", "web services, downloads, APIs", _MANY_WRITERS),
            Option(IoKind.SOCKET, "other network", "websockets, mail, SSH, chat, a protocol of its own", _MANY_WRITERS),
            Option(IoKind.DB, "a database", "on a server, or a file that is mostly read", _MANY_WRITERS),
            Option(IoKind.DB, "SQLite, mostly writing", "or another store that takes one writer at a time", _ONE_WRITER),
            Option(IoKind.DISK, "files", "reading and writing on local or network disks"),
            Option(IoKind.SUBPROCESS, "other programs", "started by this one: git, ffmpeg, a compiler", _MANY_WRITERS),
            Option(IoKind.SERIAL, "a device", "a serial port, USB, a camera", _MANY_WRITERS),
            Option(IoKind.QUEUE, "a queue", "a message broker, or a queue that others fill", _MANY_WRITERS),
        ),
        not_sure="Look at the line on which the program stands most of the time: what does it call?",
        finder=Finder.PROFILE,
    ),
    Question(
        factor=Factor.FAN_OUT,
        text="How many at once?",
        meaning="items or connections that could be in progress at the same time",
        options=(
            Option(FanOut.ONE, "1", "one thing after another by its nature"),
            Option(FanOut.FEW, "2 to 20", "a handful"),
            Option(FanOut.TENS, "20 to 100", "tens"),
            Option(FanOut.HUNDREDS, "100 to 1,000", "hundreds"),
            Option(FanOut.THOUSANDS, "1,000 to 100,000", "thousands"),
            Option(FanOut.MORE, "more than 100,000", "more than one machine should hold open"),
        ),
        not_sure="Requests per second times the seconds that one takes is the number in progress; for a batch it is the number of items.",
        finder=Finder.NONE,
    ),
    Question(
        factor=Factor.ASYNC_LIB,
        text="Is there an async client for it?",
        meaning="for every library that waits: requests has none, aiohttp and asyncpg are some",
        options=(
            Option(AsyncLib.YES, "yes, for all of it", "every library that waits can be awaited, or has a twin that can"),
            Option(AsyncLib.PARTIAL, "for some of it", "one or more of the libraries only block"),
            Option(AsyncLib.NO, "no", "the libraries only block"),
            Option(AsyncLib.NA, "no library waits", "nothing blocks here"),
        ),
        not_sure="Look for `async def` in the documentation of each library that waits.",
        finder=Finder.SCAN,
    ),
    Question(
        factor=Factor.GIL,
        text="What does the computing?",
        meaning="Python code holds Python's global lock (the GIL); some compiled code gives it up",
        options=(
            Option(Gil.HOLDS, "Python, each item its own way", "parsing, objects, branches, json, re", _PLAIN_PYTHON),
            Option(
                Gil.HOLDS,
                "Python loops over rows or numbers",
                "array, table or SQL code could do it: NumPy, pandas, Polars, Numba",
                {Factor.VECTORISABLE: True, Factor.OWN_THREADS: False},
            ),
            Option(Gil.RELEASES, "compiled code, on one core", "large NumPy operations, zlib, hashlib, Pillow, OpenCV", _PLAIN_PYTHON),
            Option(Gil.RELEASES, "compiled code, on all cores", "BLAS, Polars, DuckDB, PyTorch: more than 100% CPU", _OWN_THREADS),
            Option(Gil.MIXED, "both in turns", "compiled calls between stretches of Python"),
            Option(Gil.NA, "nothing", "there is hardly any computing", _PLAIN_PYTHON),
        ),
        not_sure="If two threads with the same work need hardly longer than one, the work frees the lock.",
        finder=Finder.PROFILE,
    ),
    Question(
        factor=Factor.VECTORISABLE,
        text="Could array or table code do it?",
        meaning="the hot loop as one NumPy, pandas, SQL or compiled expression",
        options=_yes_no("arithmetic or text over many like items", "each item takes branches or objects of its own"),
        not_sure="Arithmetic on numbers, row by row, nearly always can; walking trees and calling services cannot.",
        finder=Finder.NONE,
    ),
    Question(
        factor=Factor.PAYLOAD,
        text="What must travel to a worker and back?",
        meaning="for one item; another process gets a copy of it",
        options=(
            Option(Payload.SMALL, "little", "numbers, names, a few kilobytes"),
            Option(Payload.LARGE, "much", "megabytes, or many thousands of objects"),
            Option(Payload.UNPICKLABLE, "something that cannot be copied", "sockets, locks, generators, lambdas, open files"),
        ),
        not_sure="Try len(pickle.dumps(item)): an error means it cannot be copied, more than 1,000,000 means much.",
        finder=Finder.NONE,
    ),
    Question(
        factor=Factor.SHARED_STATE,
        text="What do the items share?",
        meaning="while they are worked on",
        options=(
            Option(SharedState.NONE, "nothing", "each item stands alone"),
            Option(SharedState.READ_ONLY_LARGE, "something large to read", "a model, a table, an index that nobody changes"),
            Option(SharedState.MUTABLE, "something that they change", "a cache, counters, a dictionary, a file"),
        ),
        not_sure="Look for globals, class attributes and arguments that more than one item changes.",
        finder=Finder.NONE,
    ),
    Question(
        factor=Factor.LATENCY,
        text="Must something not wait meanwhile?",
        meaning="while this work is going on",
        options=(
            Option(Latency.NONE, "no", "only the end counts"),
            Option(Latency.RESPONSIVE, "a loop or window must respond", "an event loop, a user interface, other requests"),
            Option(Latency.HARD_TIMEOUT, "work must end on time", "what takes too long has to be stopped"),
        ),
        not_sure="Ask what happens when one item takes ten times as long: nobody notices, something freezes, or it has to be ended.",
        finder=Finder.NONE,
    ),
    Question(
        factor=Factor.TASK_DURATION,
        text="How long does one item take, alone?",
        meaning="from its start to its end, waiting included",
        options=(
            Option(TaskDuration.TINY, "less than 1 ms", "handing it over costs more than doing it"),
            Option(TaskDuration.SHORT, "1 to 100 ms", "a request, a small file"),
            Option(TaskDuration.SECONDS, "0.1 to 10 s", "a page, an image, a query"),
            Option(TaskDuration.LONG, "more than 10 s", "a video, a simulation, a training run", {Factor.TOTAL_WORK: TotalWork.LONG}),
            Option(TaskDuration.LONG_LIVED, "as long as the program", "a connection, a listener, a worker loop"),
        ),
        not_sure="Measure one: time.perf_counter() before and after it.",
        finder=Finder.NONE,
    ),
    Question(
        factor=Factor.TOTAL_WORK,
        text="How long does all of it take today?",
        meaning="one item after another",
        options=(
            Option(TotalWork.INSTANT, "less than 0.1 s", "starting workers would take as long"),
            Option(TotalWork.SECONDS, "0.1 to 10 s", "a wait that one notices"),
            Option(TotalWork.LONG, "more than 10 s", "a wait that is worth the trouble"),
        ),
        not_sure="Items times seconds per item; or run it once with `time`.",
        finder=Finder.NONE,
    ),
    Question(
        factor=Factor.PYTHON,
        text="Which Python will run it?",
        meaning="the version decides which models exist",
        options=(
            Option(PythonVersion(10), "3.10 or older", "no TaskGroup, no asyncio.timeout"),
            Option(PythonVersion(12), "3.11 to 3.13", "TaskGroup and asyncio.timeout are there"),
            Option(PythonVersion(14), "3.14 or newer", "a pool of interpreters too"),
            Option(PythonVersion(14, free_threaded=True), "3.14 or newer, free-threaded", "the build without the GIL: python3.14t"),
            Option(PythonVersion(), "several of them", "it must run on old ones too"),
        ),
        not_sure="Run `python -VV` where the program runs; free-threaded builds say so.",
        finder=Finder.SCAN,
    ),
    Question(
        factor=Factor.EXISTING_LOOP,
        text="Does an event loop run the program?",
        meaning="an async web framework, a bot, a user interface",
        options=(
            Option(ExistingLoop.NONE, "no", "a script, a command, a WSGI application, a worker"),
            Option(ExistingLoop.ASYNCIO, "asyncio, which serves others too", "FastAPI, aiohttp, bots: they must not wait", _RESPONSIVE),
            Option(ExistingLoop.ASYNCIO, "asyncio, for this work alone", "asyncio.run in a script, a notebook's kernel"),
            Option(ExistingLoop.GUI, "a user interface", "Qt, Tk, GTK, Kivy: it must not freeze", _RESPONSIVE),
        ),
        not_sure="Look for `async def` around the place, or for the main loop of a user interface.",
        finder=Finder.SCAN,
    ),
    Question(
        factor=Factor.BEYOND_ONE_MACHINE,
        text="Is one machine too small for it?",
        meaning="more cores or more memory than one machine has",
        options=_yes_no("it takes several machines", "one machine does it, if used well"),
        not_sure="Divide the time that all of it takes by the cores of the largest machine you can get: still too long?",
        finder=Finder.NONE,
    ),
    Question(
        factor=Factor.DURABLE,
        text="Is one program on one machine enough?",
        meaning="what it takes beyond speed",
        options=(
            Option(False, "yes", "nothing of what follows", {Factor.BEYOND_ONE_MACHINE: False, Factor.NEED_KILL: False}),  # noqa: FBT003
            Option(True, "no, jobs outlive the program", "a job that was taken may not be lost in a crash or restart"),  # noqa: FBT003
            Option(None, "no, one machine is too small", "more cores or memory than it has", {Factor.BEYOND_ONE_MACHINE: True}),
            Option(False, "yes, but items need force", "they may hang, crash or be untrusted: to be killed, kept apart", _BY_FORCE),  # noqa: FBT003
        ),
        not_sure="Ask what is lost when the machine restarts now, and whether an item that never ends would be a problem.",
        finder=Finder.NONE,
    ),
    Question(
        factor=Factor.NEED_KILL,
        text="Must single items be stopped by force?",
        meaning="or be kept from taking the program down with them",
        options=_yes_no("items may hang, crash, or run code that is not trusted", "an item ends by itself, or an error will do"),
        not_sure="Threads and coroutines cannot be killed from outside. Would one that never ends be a problem?",
        finder=Finder.NONE,
    ),
    Question(
        factor=Factor.MEMORY_TIGHT,
        text="Is memory scarce?",
        meaning="each process needs its own copy of what it works with",
        options=_yes_no("a few copies of the program would not fit", "there is room for one copy per core"),
        not_sure="Multiply the memory of the running program by the number of cores and compare it with the machine's.",
        finder=Finder.NONE,
    ),
    Question(
        factor=Factor.PIPELINE,
        text="Are there stages?",
        meaning="that hand items on to each other: download, parse, store",
        options=_yes_no("different steps, each with its own pace", "one kind of work"),
        not_sure="Write down what happens to one item. More than one kind of waiting or computing means stages.",
        finder=Finder.NONE,
    ),
    Question(
        factor=Factor.NOTEBOOK,
        text="Does it run in a notebook?",
        meaning="Jupyter, IPython, Colab",
        options=_yes_no("cells run inside a loop that is running already", "scripts, services and packages"),
        not_sure="A file that ends in .ipynb is one.",
        finder=Finder.SCAN,
    ),
    Question(
        factor=Factor.SINGLE_WRITER,
        text="Does it all write to one place?",
        meaning="that takes one writer at a time: an SQLite database, one file",
        options=_yes_no("writers have to queue up anyway", "many can write at once, or it only reads"),
        not_sure="Look for sqlite3, or for one file that everything is appended to.",
        finder=Finder.SCAN,
    ),
    Question(
        factor=Factor.OWN_THREADS,
        text="Does the library use all cores itself?",
        meaning="BLAS, OpenMP, Polars, DuckDB, PyTorch",
        options=_yes_no("more than 100% CPU while one call runs", "one core is busy, the others idle"),
        not_sure="Run one call and look at top: more than 100% means it does.",
        finder=Finder.PROFILE,
    ),
    Question(
        factor=Factor.OS,
        text="Where does it run?",
        meaning="systems start processes in different ways",
        options=(
            Option(OperatingSystem.LINUX, "Linux", "servers, containers"),
            Option(OperatingSystem.MACOS, "macOS", "new processes start from scratch"),
            Option(OperatingSystem.WINDOWS, "Windows", "new processes start from scratch, at most 61 workers"),
            Option(OperatingSystem.ANDROID, "Android", "no processes of one's own"),
            Option(OperatingSystem.ANY, "on several of them", "it has to work on each"),
        ),
        not_sure="Where users run it counts, not where you write it.",
        finder=Finder.NONE,
    ),
)
"""One for each factor, in the order of the factors."""
