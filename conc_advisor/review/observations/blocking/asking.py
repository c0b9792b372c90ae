"""Tells what a loop that sleeps asks for, and whether one could wait for it instead."""

import ast
import re
from dataclasses import dataclass
from typing import Final

from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.observations.blocking.idling import CLOCKS, Loop, calls_in, leaving_tests
from conc_advisor.review.observations.blocking.waiting import EVENTS, conditions
from conc_advisor.review.symbols.scopes import Scope, ScopeKind

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
_OWNERS: Final[dict[str, re.Pattern[str]]] = {
    "done": re.compile(r"(?:^|_)(?:future|fut|task|promise|f)$"),
    "ready": re.compile(r"(?:^|_)(?:result|async_result|res|job|r)$"),
    "is_alive": re.compile(r"(?:^|_)(?:thread|process|proc|worker|t|p)$"),
    "poll": re.compile(r"(?:^|_)(?:process|proc|popen|child|p)$"),
    "empty": re.compile(r"(?:^|_)(?:queue|q)$"),
}
"""What people call an object of those classes whose type nothing tells."""
_FLAGS: Final = re.compile(
    r"^_?(?:is_|has_|_)*(?:ready|connected|done|finished|started|loaded|initiali[sz]ed|completed?|opened|logged_in)$"
)
_MANY: Final = re.compile(r"(?:^|_)(?:tasks|jobs|pending|connections|clients|workers|requests|in_flight|queue|buffer|futures|threads)$")
"""What people call a container whose type nothing tells."""
_FILES: Final = frozenset({"os.path.exists", "os.path.isfile", "pathlib.Path().exists", "pathlib.Path().is_file"})
_CONTAINERS: Final = frozenset({"set()", "list()", "dict()", "collections.deque()", "collections.OrderedDict()"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What a loop asks for: the expression, what to do instead as a clause, whether its type says so, and whether it is worth a warning."""

    node: ast.expr
    instead: str
    sure: bool
    severe: bool = True


def asked_for(context: FileContext, scope: Scope, test: ast.expr, loop: Loop) -> Asked | None:
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


def _part(context: FileContext, scope: Scope, part: ast.expr, loop: Loop) -> Asked | None:
    asked = part
    if isinstance(part, ast.Compare) and len(part.ops) == 1 and isinstance(part.comparators[0], (ast.Constant, ast.Attribute, ast.Name)):
        asked = part.left
    counted = _counted(context, scope, asked, loop)
    if counted is not None:
        way = "an `asyncio.Condition` or a semaphore" if scope.is_async else "a `threading.Condition` or a semaphore"
        return Asked(asked, f"let what changes `{context.text(counted)}` say so: {way}, or a queue", sure=False, severe=False)
    if isinstance(asked, ast.Call):
        return _state(context, scope, asked) or _states(context, scope, asked) or _file(context, scope, asked, loop)
    awaited = _membership(part, loop) or _first_value(scope, part, loop)
    if awaited is not None:
        kept = "asyncio.Future" if scope.is_async else "concurrent.futures.Future"
        return Asked(awaited, f"let what waits keep a `{kept}`, and what comes set its result", sure=False, severe=False)
    return _variable(context, scope, asked, loop)


def _variable(context: FileContext, scope: Scope, asked: ast.expr, loop: Loop) -> Asked | None:
    """Return a variable or an attribute that others set."""
    event, wait = ("asyncio.Event", "await ") if scope.is_async else ("threading.Event", "")
    if isinstance(asked, ast.Attribute) and is_set_elsewhere(context, scope, asked):
        text = context.text(asked)
        return Asked(asked, f"keep a `{event}`, set it where `{text}` changes, and write `{wait}event.wait()` here", sure=False)
    if isinstance(asked, ast.Attribute) and not _is_stored_in(loop, asked.attr) and _is_flag(context, scope, asked):
        text = context.text(asked)
        return Asked(asked, f"keep a `{event}` beside it, set it where `{text}` changes, and wait for that", sure=False, severe=False)
    if isinstance(asked, ast.Name) and _is_shared_name(scope, asked.id, loop):
        return Asked(asked, f"make `{asked.id}` a `{event}`, call `{asked.id}.set()`, and write `{wait}{asked.id}.wait()` here", sure=False)
    return None


def _membership(part: ast.expr, loop: Loop) -> ast.expr | None:
    """Return the condition that a key has come into a mapping of an instance or of the module, or has left it."""
    if not isinstance(part, ast.Compare) or not isinstance(part.ops[0], (ast.In, ast.NotIn)):
        return None
    holder = part.comparators[0]
    if not isinstance(holder, ast.Attribute) or last_name(holder.value) not in {"self", "cls"}:
        return None
    return None if _is_stored_in(loop, holder.attr) else part


def _first_value(scope: Scope, part: ast.expr, loop: Loop) -> ast.expr | None:
    """Return the condition that an attribute of the instance is still None, which others have to change."""
    if not isinstance(part, ast.Compare) or not isinstance(part.ops[0], ast.Is) or scope.enclosing_class is None:
        return None
    asked, value = part.left, part.comparators[0]
    if not isinstance(asked, ast.Attribute) or last_name(asked.value) != "self" or not isinstance(value, ast.Constant):
        return None
    return part if value.value is None and not _is_stored_in(loop, asked.attr) else None


def _is_flag(context: FileContext, scope: Scope, asked: ast.Attribute) -> bool:
    """Tell whether an attribute is a flag by its first value or its name, although nothing shows who sets it."""
    path = context.path(asked, scope)
    if path == "bool()":
        return isinstance(asked.value, ast.Name) and asked.value.id == "self"
    return _FLAGS.search(asked.attr) is not None and path not in context.project.functions and not path.endswith("()")


def _states(context: FileContext, scope: Scope, call: ast.Call) -> Asked | None:
    """Return what a condition asks of many: `all(future.done() for future in futures)`."""
    if last_name(call) not in {"all", "any"} or len(call.args) != 1 or not isinstance(call.args[0], (ast.GeneratorExp, ast.ListComp)):
        return None
    each = next(conditions(call.args[0].elt))
    each = each.left if isinstance(each, ast.Compare) else each
    asked = _state(context, scope, each) if isinstance(each, ast.Call) else None
    if asked is None or not isinstance(each, ast.Call):
        return None
    many = context.text(call.args[0].generators[0].iter)
    if last_name(each) == "done":
        instead = f"write `{'await asyncio' if scope.is_async else 'concurrent.futures'}.wait({many}, timeout=…)`"
    else:
        instead = f"wait for each in turn: `for each in {many}`, with {asked.instead.removeprefix('write ')}"
    return Asked(call, instead, sure=False, severe=False)


def _file(context: FileContext, scope: Scope, call: ast.Call, loop: Loop) -> Asked | None:
    """Return a file that is waited for without a limit."""
    if last_name(call) not in {"exists", "isfile", "is_file"} or context.target(call, scope) not in _FILES:
        return None
    tests = [loop.test, *leaving_tests(loop)] if isinstance(loop, ast.While) else []
    if not tests or any(_is_clock(part) for test in tests for part in conditions(test)) or _stores(loop):
        return None
    return Asked(call, "give up after some time: the loop goes on for ever where the file does not come", sure=False, severe=False)


def _stores(loop: Loop) -> bool:
    return any(isinstance(each, (ast.AugAssign, ast.Raise)) for each in ast.walk(loop))


def _counted(context: FileContext, scope: Scope, asked: ast.expr, loop: Loop) -> ast.expr | None:
    """Return the container in memory whose items a condition counts, or that it finds empty or not; None for any other condition."""
    counted = asked
    if isinstance(asked, ast.Call):
        if not isinstance(asked.func, ast.Name) or asked.func.id != "len" or len(asked.args) != 1:
            return None
        counted = asked.args[0]
    if not isinstance(counted, (ast.Name, ast.Attribute)) or _is_stored_in(loop, last_name(counted)):
        return None
    path = context.path(counted, scope)
    if isinstance(counted, ast.Attribute) and not path.endswith(")") and _MANY.search(counted.attr):
        return counted
    return counted if path.startswith(("<", "{")) or path in _CONTAINERS else None


def _state(context: FileContext, scope: Scope, call: ast.Call) -> Asked | None:
    function = call.func
    if not isinstance(function, ast.Attribute):
        return None
    name, path = context.text(function.value), context.path(function.value, scope)
    if function.attr in {"is_set", "isSet"}:
        known = context.is_a(function.value, *EVENTS, scope=scope)
        instead = f"write `await {name}.wait()`" if scope.is_async else f"write `{name}.wait(timeout=…)`"
        return Asked(call, instead, sure=known, severe=known) if known or not path.endswith("()") else None
    classes, instead = STATES.get(function.attr, ((), ""))
    known = bool(classes) and context.is_a(function.value, *classes, scope=scope)
    if not known and not _is_named_so(context, call, path):
        return None
    if path in {"asyncio.Task()", "asyncio.Future()"}:
        instead = f"await {name}`, or `await asyncio.wait({{{name}}}, timeout=…)"
    elif path == "asyncio.Queue()":
        instead = f"await {name}.get()"
    else:
        # Waiting in a coroutine for a thread or a process needs another way than to block in it.
        instead = f"await asyncio.to_thread({name}.{instead.partition('(')[0]})" if scope.is_async else f"{name}.{instead}"
    return Asked(call, f"write `{instead}`", sure=known and (not scope.is_async or path.startswith("asyncio.")), severe=known)


def _is_named_so(context: FileContext, call: ast.Call, path: str) -> bool:
    """Tell whether an object of unknown type is by its name one that has a state which could be waited for."""
    function = call.func
    names = _OWNERS.get(last_name(call))
    if names is None or call.args or call.keywords or not isinstance(function, ast.Attribute):
        return False
    owner = path.removesuffix("()")
    return names.search(last_name(function.value).lower()) is not None and owner not in context.project.classes and not path.endswith("()")


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


def _is_stored_in(loop: Loop, name: str) -> bool:
    """Tell whether a loop itself sets a variable or attribute of this name."""
    nodes = (node for node in ast.walk(loop) if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Store))
    return any(last_name(node) == name for node in nodes)


def _is_shared_name(scope: Scope, name: str, loop: Loop) -> bool:
    """Tell whether another function sets a variable that a loop looks at, by `global` or `nonlocal`."""
    binder = scope.binder(name)
    if binder is None or _is_stored_in(loop, name):
        return False
    return any(
        place is not scope and name in (place.globals if binder.kind is ScopeKind.MODULE else place.nonlocals) and name in place.bindings
        for place in binder.walk()
    )
