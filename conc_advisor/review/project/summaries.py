"""What one module tells the others: values only, small enough to be sent between processes and kept in a cache.

All paths are raw; `symbols.paths` has their grammar, `project.Project.canonical` follows them.  Structs and no dataclasses: there is one
for every second line of source, and they are made, packed and unpacked in a fifth of the time.
"""

from enum import StrEnum

from msgspec import Struct


class Runner(StrEnum):
    """Who runs a function that is handed over."""

    THREAD = "a thread"
    THREAD_POOL = "a thread pool"
    PROCESS = "a process"
    PROCESS_POOL = "a process pool"
    CALLBACK = "a library's own thread"
    """One thread that calls all functions which it was given, one after the other."""
    LOOP = "the event loop"
    POOL = "a pool"
    """Of threads or processes: what `HandOver.pool` is."""


class CallSite(Struct, frozen=True, kw_only=True):
    """One call: what is called, where, and how.

    `held` are the contexts of the `with` statements around it in the same function; `guarded`: it stands below a test or in a handler
    that says it is not done on a running loop, or not blocking; `conditional`: it stands in a branch or a handler; `own`: it calls a
    method of the caller's own instance or class.
    """

    target: str
    line: int
    column: int
    awaited: bool = False
    held: tuple[str, ...] = ()
    guarded: bool = False
    conditional: bool = False
    own: bool = False


class HandOver(Struct, frozen=True, kw_only=True):
    """A function that is handed to a thread, a pool, a process or a loop; `many`: more than one may run at a time.

    `pool` is the path of the pool, "" where none is named.
    """

    target: str
    runner: Runner
    line: int
    many: bool
    pool: str = ""


class Acquisition(Struct, frozen=True, kw_only=True):
    """A lock that is taken by `with` or by `acquire()`, and the ones that the same function holds at that moment.

    `own`: it is an attribute of the method's own instance or class; `waits`: it is waited for without an end.
    """

    lock: str
    line: int
    column: int
    held: tuple[str, ...] = ()
    own: bool = False
    waits: bool = True


class FunctionSummary(Struct, frozen=True, kw_only=True):
    """One function or method.

    `owner` is the class it is a method of, "" for none.  `returns` is the path of what it gives, after an `await` for an async function.
    `awaits`: it awaits something, or has `async for` or `async with`.  `entered` are the contexts of its `async with` statements.
    `gives`: it returns or yields something, or says so, or has no body.  `cleans_up`: it yields inside of a `with`, or of a `try` that
    has a `finally`.  `statements` counts statements without nested functions, `loops` tells that it has a loop or a comprehension.
    `abstract`: it does nothing, or only raises: it is to be filled in.
    """

    name: str
    file: str
    line: int
    owner: str = ""
    is_async: bool = False
    is_generator: bool = False
    awaits: bool = False
    gives: bool = False
    cleans_up: bool = False
    parameters: tuple[str, ...] = ()
    decorators: tuple[str, ...] = ()
    returns: str = ""
    calls: tuple[CallSite, ...] = ()
    hand_overs: tuple[HandOver, ...] = ()
    acquisitions: tuple[Acquisition, ...] = ()
    entered: tuple[str, ...] = ()
    statements: int = 0
    loops: bool = False
    abstract: bool = False


class ClassSummary(Struct, frozen=True, kw_only=True):
    """One class: its bases and, for each attribute, the path of its value; methods are in `ModuleSummary.functions`.

    `reassigned` are the attributes of its instances that are set after they are made, by methods other than `__init__`.
    """

    name: str
    file: str
    line: int
    bases: tuple[str, ...]
    attributes: dict[str, str]
    methods: tuple[str, ...]
    reassigned: tuple[str, ...] = ()


class ModuleSummary(Struct, frozen=True, kw_only=True):
    """One module.

    `names` are what its own names mean: imports, functions, classes and the paths of its variables.  `functions` and `classes` go by
    their full dotted name.  `body` is what it does by itself when it is imported or run, as a function that nobody can call.
    """

    name: str
    file: str
    names: dict[str, str]
    stars: tuple[str, ...]
    functions: dict[str, FunctionSummary]
    classes: dict[str, ClassSummary]
    variables: dict[str, str]
    body: FunctionSummary | None = None
    tests: bool = False
