"""Says what may go wrong with state that threads or tasks share, where less than a thread that surely writes it shows that.

`unlocked-shared-state` reports what is said here.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.context import FileContext, argument, last_name
from conc_advisor.review.knowledge.locks import MUTEXES
from conc_advisor.review.observations.sharing.locked import lock_name, locks_around
from conc_advisor.review.observations.sharing.shared_sides import BUILDING, Clash, Sides, fills, swaps
from conc_advisor.review.observations.sharing.shared_writes import Holder, State, Write, WriteKind, racing_writes
from conc_advisor.review.symbols.scopes import Scope

_COSTLY: Final = re.compile(
    r"conn|session|client|pool|token|driver|browser|engine|channel|credential|login|socket|instance|init|start|setup"
)
"""Words in names of things of which one is wanted, and of what makes them."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What is said of a node."""

    node: ast.AST
    message: str
    advice: str
    confidence: Confidence
    severity: Severity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a file before its writes are looked at: `told` is the state that was reported so far.

    `threads`: it imports what makes threads; `mutex`: its classes or itself have a lock.  `guarded` is the state that is written under a
    lock (by which function, under which lock, whether its size changes), `twins` what coroutines make under an asyncio lock.
    """

    threads: bool
    mutex: bool
    guarded: dict[State, tuple[str, str, bool]]
    twins: dict[State, tuple[str, str]]
    sides: Sides | None
    told: set[State] = field(default_factory=set)


def supposed(context: FileContext, scope: Scope, write: Write, known: Known) -> Remark | None:
    """Return what may be wrong with a write of two steps where no thread is known that does it; None for nothing."""
    found = twin(context, scope, write, known.twins)
    if found is None and scope.is_async:
        return made_by_task(context, scope, write)
    return found or (first_use(context, scope, write, known) if known.threads else None)


def twins(context: FileContext) -> dict[State, tuple[str, str]]:
    """Return the state that coroutines of a file make under a lock where there is none: in which, and under which lock."""
    found: dict[State, tuple[str, str]] = {}
    for scope in context.coroutines():
        for write in racing_writes(context, scope) if scope.of(ast.AsyncWith) else ():
            lock = next((lock_name(each) for each in locks_around(context, write.node, scope)), "")
            if lock and write.kind is WriteKind.CREATES:
                found.setdefault(write.state, (scope.name, lock))
    return found


def twin(context: FileContext, scope: Scope, write: Write, made: dict[State, tuple[str, str]]) -> Remark | None:
    """Return what is said of a plain function that makes without a lock what a coroutine makes under one; None for any other."""
    by = made.get(write.state)
    if by is None or scope.is_async or write.kind is not WriteKind.CREATES:
        return None
    name = context.text(write.target)
    return Remark(
        write.node,
        f"`{name}` is made on first use without a lock, and `{by[0]}()` makes it under `{by[1]}`, which keeps out no threads: "
        "two threads that come at once make two",
        advice=f"look again under a `threading.Lock` before it is made, if threads call `{scope.name}()`",
        confidence=Confidence.MEDIUM,
        severity=Severity.INFO,
    )


def clash_between(context: FileContext, clash: Clash) -> Remark:
    """Return what is said of a change that another in a thread can fall into."""
    name = context.text(clash.target)
    return Remark(
        clash.node,
        f"`{name}` is changed here, and by `{clash.other}()`, one of them in the thread of `{clash.thread}()`, without a lock: "
        "a change by the one can be lost in that of the other",
        advice=f"take one lock in both around what they do with `{name}`",
        confidence=Confidence.LOW,
        severity=Severity.INFO,
    )


def walk_beside(context: FileContext, node: ast.expr, clash: Clash) -> Remark:
    """Return what is said of a mapping that changes while it is walked through."""
    name = context.text(node)
    return Remark(
        node,
        f"`{name}` is walked through while `{clash.other}()` may change its size, one of them in the thread of `{clash.thread}()`: "
        "that raises RuntimeError when both happen at once",
        advice=f"take one lock in both; here only to copy it, `list({name})`",
        confidence=Confidence.MEDIUM,
    )


def singleton(test: ast.If, made: str) -> Remark:
    """Return what is said of a test that finds a class's one instance missing."""
    return Remark(
        test,
        f"`{made}()` is called if there is none yet, without a lock: two threads that come at once make two, or the second one fails",
        advice=f"look again under a lock before `{made}()` is called, or make it when the module is imported",
        confidence=Confidence.LOW,
        severity=Severity.INFO,
    )


def made_by_task(context: FileContext, scope: Scope, write: Write) -> Remark | None:
    """Return the hint for a value that a coroutine makes by an await where it has just seen that there is none."""
    value = write.node.value if isinstance(write.node, ast.Assign) else None
    if write.kind is not WriteKind.CREATES or not isinstance(value, ast.Await) or write.state.holder is Holder.CLOSURE:
        return None
    if not (_COSTLY.search(write.state.name) or _COSTLY.search(last_name(value.value))):
        return None
    name = context.text(write.target)
    return Remark(
        write.node,
        f"`{name}` is made by an await after it was found missing: another task that calls `{scope.name}()` meanwhile makes a second one, "
        "and one is lost",
        advice=f"put the test and the making under one `asyncio.Lock`, or keep the task that makes `{name}` and await that",
        confidence=Confidence.LOW,
        severity=Severity.INFO,
    )


def first_use(context: FileContext, scope: Scope, write: Write, known: Known) -> Remark | None:
    """Return the hint for what is made on first use, or counted, where threads are about."""
    if write.state.holder is Holder.CLOSURE or (write.state.holder is Holder.INSTANCE and not known.mutex):
        return None
    name = context.text(write.target)
    if write.kind is WriteKind.CHANGES:
        if not _is_counted_for_all(context, scope, write):
            return None
        what = (
            f"`{name}` is read and written in two steps, and not under a lock as other state of the same class may be: "
            "two threads can both read it"
        )
        advice = f"if threads call `{scope.name}()`, take the lock around the change and what is made of it"
    elif isinstance(write.target, ast.Subscript) and not _is_costly(write):
        return None
    else:
        what = f"`{name}` is made on first use, without a lock: two threads that come at once make two, and one is lost"
        advice = f"if threads call `{scope.name}()`, look again under a lock before it is made"
    return Remark(write.node, what, advice=advice, confidence=Confidence.LOW, severity=Severity.INFO)


def _is_counted_for_all(context: FileContext, scope: Scope, write: Write) -> bool:
    """Tell whether a number is changed whose new value the same method gives back, in a class that has a lock: an id of some kind."""
    if write.state.holder is not Holder.INSTANCE or isinstance(write.target, ast.Subscript):
        return False
    if not _is_for_threads(context, write.state):
        return False
    return any(
        isinstance(part, ast.Attribute) and part.attr == write.state.name
        for each in scope.of(ast.Return)
        if each.value is not None
        for part in ast.walk(each.value)
    )


def _is_for_threads(context: FileContext, state: State) -> bool:
    """Tell whether the class that holds some state has a lock or a thread of its own."""
    summary = context.project.classes.get(state.owner)
    paths = summary.attributes.values() if summary is not None else ()
    return any(context.project.is_a(context.project.canonical(each), *MUTEXES, "threading.Thread", "threading.Timer") for each in paths)


def _is_costly(write: Write) -> bool:
    """Tell whether what is put into a mapping is an object of which one is wanted: a lock, a session, a connection."""
    value = write.node.value if isinstance(write.node, ast.Assign) else None
    return isinstance(value, ast.Call) and last_name(value)[:1].isupper() and write.state.holder is not Holder.INSTANCE


def initialised(context: FileContext, scope: Scope) -> Iterator[Remark]:
    """Yield what each thread of a pool sets for itself in its initializer, and all find where the last one set it."""
    for call in scope.of(ast.Call):
        if last_name(call) not in {"ThreadPoolExecutor", "ThreadPool"}:
            continue
        given = argument(call, "initializer", 2 if last_name(call) == "ThreadPoolExecutor" else 1)
        work = context.scope_named(context.path(given, scope)) if given is not None else None
        for each in work.of(ast.Assign) if work is not None and work.globals else ():
            target = each.targets[0]
            if work is not None and isinstance(target, ast.Name) and target.id in work.globals and isinstance(each.value, ast.Call):
                yield Remark(
                    each,
                    f"`{work.name}()` runs once in each thread of the pool, and all of them set the one global `{target.id}`: "
                    "every thread then uses that of the last",
                    advice=f"keep it in a `threading.local()`: `local.{target.id.lower()} = …`, or hand it over as an argument",
                    confidence=Confidence.HIGH,
                )


def swapped(context: FileContext, told: set[State]) -> Iterator[Remark]:
    """Yield the hints for containers that are taken and replaced while others fill them."""
    found = [(scope, node, state) for scope in context.functions() if not scope.is_async for node, state in swaps(context, scope)]
    filled = fills(context) if found else {}
    for scope, node, state in found:
        if state in told or filled.get(state, scope.name) == scope.name or scope.name in BUILDING or not _is_for_threads(context, state):
            continue
        told.add(state)
        yield Remark(
            node,
            f"`{state.name}` is taken here and replaced by an empty one, and `{filled[state]}()` fills it without a lock: "
            "what a thread adds in between is lost",
            advice="take one lock in both, or keep what is collected in a `queue.SimpleQueue`",
            confidence=Confidence.LOW,
            severity=Severity.INFO,
        )
