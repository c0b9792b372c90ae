"""Tells what a loop that sleeps asks for, and whether one could wait for it instead."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.symbols.scopes import Scope, ScopeKind
from conc_advisor.review.waiting import EVENTS, conditions

STATES: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    # method that is asked: the classes that have it, what to call instead
    "done": (("concurrent.futures.Future", "asyncio.Future", "asyncio.Task"), "result(timeout=…)"),
    "ready": (
        ("multiprocessing.pool.AsyncResult", "multiprocessing.Pool().apply_async", "multiprocessing.Pool().map_async"),
        "wait(timeout=…)",
    ),
    "is_alive": (("threading.Thread", "multiprocessing.Process"), "join(timeout=…)"),
    "poll": (("subprocess.Popen",), "wait(timeout=…)"),
    "empty": (("queue.Queue", "asyncio.Queue", "multiprocessing.Queue", "queue.SimpleQueue"), "get(…)"),
}
_CONTAINERS: Final = frozenset({"set()", "list()", "dict()", "collections.deque()", "collections.OrderedDict()"})
CLOCKS: Final = frozenset({"time", "monotonic", "perf_counter", "now", "utcnow", "len", "process_time", "current_time", "time_ns"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What a loop asks for: the expression, what to do instead as a clause, whether its type says so, and whether it is worth a warning."""

    node: ast.expr
    instead: str
    sure: bool
    severe: bool = True


def asked_for(context: FileContext, scope: Scope, test: ast.expr, loop: ast.While) -> Asked | None:
    """Return what a condition asks for that could be waited for; None where a part of it has to be looked at, clocks and counters aside."""
    found: Asked | None = None
    for part in conditions(test):
        asked = _part(context, scope, part, loop)
        if asked is not None:
            found = found or asked
        elif not _is_clock(part):
            return None
    return found


def _is_clock(part: ast.expr) -> bool:
    """Tell whether a part of a condition is about how long to wait, or how often."""
    if isinstance(part, ast.Compare):
        return all(last_name(call) in CLOCKS for call in calls_in(part)) and any(
            isinstance(operator, (ast.Lt, ast.LtE, ast.Gt, ast.GtE)) for operator in part.ops
        )
    return isinstance(part, ast.Name) and part.id in {"attempts", "retries", "timeout", "tries"}


def _part(context: FileContext, scope: Scope, part: ast.expr, loop: ast.While) -> Asked | None:
    asked = part
    if isinstance(part, ast.Compare) and len(part.ops) == 1 and isinstance(part.comparators[0], (ast.Constant, ast.Attribute, ast.Name)):
        asked = part.left
    counted = _counted(context, scope, asked, loop)
    if counted is not None:
        way = "an `asyncio.Condition` or a semaphore" if scope.is_async else "a `threading.Condition` or a semaphore"
        return Asked(asked, f"let what changes `{context.text(counted)}` say so: {way}, or a queue", sure=False, severe=False)
    if isinstance(asked, ast.Call):
        return _state(context, scope, asked)
    event, wait = ("asyncio.Event", "await ") if scope.is_async else ("threading.Event", "")
    if isinstance(asked, ast.Attribute) and is_set_elsewhere(context, scope, asked):
        text = context.text(asked)
        return Asked(asked, f"keep a `{event}`, set it where `{text}` changes, and write `{wait}event.wait()` here", sure=False)
    if isinstance(asked, ast.Name) and _is_shared_name(scope, asked.id, loop):
        return Asked(asked, f"make `{asked.id}` a `{event}`, call `{asked.id}.set()`, and write `{wait}{asked.id}.wait()` here", sure=False)
    return None


def _counted(context: FileContext, scope: Scope, asked: ast.expr, loop: ast.While) -> ast.expr | None:
    """Return the container in memory whose items a condition counts, or that it finds empty or not; None for any other condition."""
    counted = asked
    if isinstance(asked, ast.Call):
        if not isinstance(asked.func, ast.Name) or asked.func.id != "len" or len(asked.args) != 1:
            return None
        counted = asked.args[0]
    if not isinstance(counted, (ast.Name, ast.Attribute)) or _is_stored_in(loop, last_name(counted)):
        return None
    path = context.path(counted, scope)
    return counted if path.startswith(("<", "{")) or path in _CONTAINERS else None


def _state(context: FileContext, scope: Scope, call: ast.Call) -> Asked | None:
    function = call.func
    if not isinstance(function, ast.Attribute):
        return None
    name, path = context.text(function.value), context.path(function.value, scope)
    if function.attr == "is_set" and context.is_a(function.value, *EVENTS, scope=scope):
        return Asked(call, f"write `await {name}.wait()`" if scope.is_async else f"write `{name}.wait(timeout=…)`", sure=True)
    classes, instead = STATES.get(function.attr, ((), ""))
    if not classes or not context.is_a(function.value, *classes, scope=scope):
        return None
    if path in {"asyncio.Task()", "asyncio.Future()"}:
        instead = f"await {name}`, or `await asyncio.wait({{{name}}}, timeout=…)"
    elif path == "asyncio.Queue()":
        instead = f"await {name}.get()"
    else:
        # Waiting in a coroutine for a thread or a process needs another way than to block in it.
        instead = f"await asyncio.to_thread({name}.{instead.partition('(')[0]})" if scope.is_async else f"{name}.{instead}"
    return Asked(call, f"write `{instead}`", sure=not scope.is_async or path.startswith("asyncio."))


def is_set_elsewhere(context: FileContext, scope: Scope, asked: ast.Attribute) -> bool:
    """Tell whether a method of the project, other than the one that asks, sets an attribute of an instance, which is no property."""
    path = context.path(asked.value, scope)
    project = context.project
    if not path.endswith("()") or path[:-2] not in project.classes:
        return False
    family = {*project.mro(path[:-2]), *project.derived(path[:-2])} & project.classes.keys()
    if any(asked.attr in project.classes[each].methods for each in family):
        return False
    return any(_sets(context, scope, each, asked.attr) for each in family)


def _sets(context: FileContext, scope: Scope, owner: str, name: str) -> bool:
    summary = context.project.classes[owner]
    if name not in summary.reassigned:
        return False
    if summary.file != context.parsed.file:
        return True
    for place in context.scopes():
        if place is scope or place.name in {"__init__", "__post_init__"} or not context.full_name(place).startswith(f"{owner}."):
            continue
        if any(target.attr == name for target, _ in place.assigned_attributes):
            return True
        if any(isinstance(each.target, ast.Attribute) and each.target.attr == name for each in place.of(ast.AugAssign)):
            return True
    return False


def _is_stored_in(loop: ast.While, name: str) -> bool:
    """Tell whether a loop itself sets a variable or attribute of this name."""
    nodes = (node for node in ast.walk(loop) if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Store))
    return any(last_name(node) == name for node in nodes)


def _is_shared_name(scope: Scope, name: str, loop: ast.While) -> bool:
    """Tell whether another function sets a variable that a loop looks at, by `global` or `nonlocal`."""
    binder = scope.binder(name)
    if binder is None or _is_stored_in(loop, name):
        return False
    return any(
        place is not scope and name in (place.globals if binder.kind is ScopeKind.MODULE else place.nonlocals) and name in place.bindings
        for place in binder.walk()
    )


def calls_in(node: ast.AST) -> Iterator[ast.Call]:
    """Return the calls in an expression."""
    return (each for each in ast.walk(node) if isinstance(each, ast.Call))
