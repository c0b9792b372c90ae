"""# CA202 task-not-stored

A task is started and nothing keeps it: it can be garbage-collected before it is done, and its failure is nobody's business.

## What it does

Finds `asyncio.create_task`, `asyncio.ensure_future` and `loop.create_task` whose task is thrown away: as a statement of its own, in a
local name that is never read or only given a done callback, in a list that nobody reads, in a weak set, in a lambda that is
called back, or through a helper that does nothing but return it; and a `gather` or `shield` that nothing awaits.  An attribute
in which the next message puts another task is told at severity info.

Task groups and nurseries keep their tasks, so they are left alone, as is what a helper does with a task it was given.  A name that is
alive as long as a generator is suspended (a fixture, a lifespan), or as long as its function waits for others
(`await server.serve_forever()`, `await queue.join()`), is left alone, too.

A task that only its own callback knows is told at severity info: what it waits for mostly keeps it.

## Why is this bad

The event loop holds only a weak reference to a task.  One that waits for something which nothing else refers to can vanish in the middle
of its work, without a trace.  An exception in it is at best written to the log when the garbage collector comes by.  At the end of the
program `asyncio.run` cancels it wherever it is.

## Example

```python
import asyncio


async def write_audit(event):
    await asyncio.sleep(0.2)
    print("audit", event)


async def place_order(order):
    asyncio.create_task(write_audit(order))
    await asyncio.sleep(0.01)
```

## Use instead

```python
import asyncio

background_tasks = set()


async def write_audit(event):
    await asyncio.sleep(0.2)
    print("audit", event)


async def place_order(order):
    task = asyncio.create_task(write_audit(order))
    background_tasks.add(task)
    task.add_done_callback(background_tasks.discard)
    await asyncio.sleep(0.01)
```

## References

- [asyncio.create_task: save a reference to the result](https://docs.python.org/3/library/asyncio-task.html#asyncio.create_task)

## Related

ruff `RUF006`, flake8-async `ASYNC300`, mypy `unused-awaitable`
"""

import ast
import re
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Fix, Severity
from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.observations.endings.futures import kept_in
from conc_advisor.review.observations.lifetimes.fate import loads_of
from conc_advisor.review.observations.lifetimes.lost_tasks import (
    gives_local_task,
    is_dropped_gather,
    is_only_told,
    is_registered,
    is_unused_comprehension,
    is_value_dropped,
    overwritten,
    weakly_kept,
)
from conc_advisor.review.observations.lifetimes.task_fix import kept_in_set
from conc_advisor.review.observations.lifetimes.task_starts import names_task_start, starts_task
from conc_advisor.review.project.summaries import FunctionSummary
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope, ScopeKind

_CALLING_BACK: Final = frozenset(
    {"add_signal_handler", "call_soon", "call_later", "call_at", "call_soon_threadsafe", "add_done_callback", "add_reader", "add_writer"}
)
"""Functions that throw away what the function they are given returns."""
_HOLDS_NOTHING: Final = frozenset({"add_done_callback", "set_name", "get_name", "done", "cancelled"})
"""Methods of a task that are called on it without keeping it."""
_TASK: Final = "asyncio.Task()"
_DEEPEST: Final = 3
"""How many functions may hand a task up to each other; more were not met."""


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the calls of a file that start a task and drop it."""
    givers = context.project.task_givers
    for scope in context.scopes():
        for call in scope.of(ast.Call):
            name = last_name(call)
            if starts_task(context, scope, call):
                yield from _started(context, scope, call)
            elif is_dropped_gather(context, scope, call):
                what = f"nothing keeps or awaits the future of this `{name}`"
                yield _dropped(context, scope, call, what, advice=f"write `await asyncio.{name}(…)`, or keep the future until it is done")
            elif name in _CALLING_BACK:
                yield from _called_back(context, scope, call)
            elif name in givers and context.is_dropped(call) and _only_returns_task(context, context.callee(call, scope)):
                yield _dropped(context, scope, call, f"`{name}()` returns a task that nothing keeps")


def _started(  # noqa: C901  # one case for each way to lose it
    context: FileContext, scope: Scope, call: ast.Call
) -> Iterator[Finding]:
    if _is_future(context, scope, call):
        return
    parent = context.parent(call)
    if isinstance(parent, ast.Expr):
        yield _dropped(context, scope, call, f"nothing keeps the task of {_work(context, call)}", fix=kept_in_set(context, scope, parent))
    elif is_value_dropped(context, call):
        yield _dropped(context, scope, call, f"nothing keeps the task of {_work(context, call)}")
    elif isinstance(parent, ast.Lambda):
        if _is_called_back(context, parent) or is_registered(context, parent):
            yield _dropped(context, scope, call, f"nothing keeps the task of {_work(context, call)} that this callback starts")
    elif weak := weakly_kept(context, scope, call):
        yield _dropped(context, scope, call, f"`{weak}` holds the task of {_work(context, call)} weakly, as the event loop does")
    elif (name := is_unused_comprehension(context, scope, call)) and not _outlives(context, scope, call):
        yield _dropped(context, scope, call, f"nothing uses `{name}`, the tasks of {_work(context, call)}")
    elif attribute := overwritten(context, scope, call):
        yield _replaced(context, scope, call, attribute)
    elif (
        isinstance(parent, ast.Attribute)
        and parent.attr == "add_done_callback"
        and isinstance(context.parent(context.parent(parent) or parent), ast.Expr)
    ):
        yield _known_to_callback(context, scope, call, f"the task of {_work(context, call)}")
    elif scope.is_function and _only_collected(context, scope, call):
        yield _dropped(
            context, scope, call, f"nothing uses `{kept_in(context, scope, call)}`, where the task of {_work(context, call)} goes"
        )
    elif isinstance(parent, (ast.Assign, ast.AnnAssign)) and scope.kind is ScopeKind.FUNCTION:
        yield from _named(context, scope, call, parent)


def _named(context: FileContext, scope: Scope, call: ast.Call, statement: ast.Assign | ast.AnnAssign) -> Iterator[Finding]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    if len(targets) != 1 or not isinstance(targets[0], ast.Name):
        return
    name = targets[0].id
    if scope.binder(name) is not scope or name in scope.globals or _outlives(context, scope, call):
        return
    loads = [load for _, load in loads_of(scope, name)]
    if not loads:
        outer = scope.parent.binder(name) if scope.parent is not None else None
        hidden = outer is not None and outer.kind is ScopeKind.FUNCTION
        hint = f" (without `nonlocal {name}` it is a new name here)" if hidden else ""
        yield _dropped(context, scope, call, f"nothing uses `{name}`{hint}, the task of {_work(context, call)}")
    elif all(_holds_nothing(context, load) for load in loads):
        yield _known_to_callback(context, scope, call, f"`{name}`, the task of {_work(context, call)}")


def _replaced(context: FileContext, scope: Scope, call: ast.Call, attribute: str) -> Finding:
    return RULE.finding(
        context,
        call,
        f"the next task of {_work(context, call)} replaces this one in `{attribute}`: from then on nothing keeps it or can cancel it",
        advice=_advice(context, scope),
        confidence=Confidence.LOW,
        severity=Severity.INFO,
    )


def _dropped(  # noqa: PLR0913  # the last two by name
    context: FileContext, scope: Scope, call: ast.Call, what: str, *, fix: Fix | None = None, advice: str = ""
) -> Finding:
    return RULE.finding(
        context,
        call,
        f"{what}: it can be garbage-collected before it is done, and nobody learns that it failed",
        advice=advice or _advice(context, scope),
        confidence=Confidence.HIGH,
        fix=fix,
    )


def _known_to_callback(context: FileContext, scope: Scope, call: ast.Call, what: str) -> Finding:
    return RULE.finding(
        context,
        call,
        f"nothing but its callback knows {what}: a callback does not keep a task, it can be garbage-collected before it is done",
        advice=_advice(context, scope),
        confidence=Confidence.MEDIUM,
        severity=Severity.INFO,
    )


def _advice(context: FileContext, scope: Scope) -> str:
    kept = "self._tasks" if _has_instance(scope) else "tasks"
    text = f"keep it until it is done: `task = …`, `{kept}.add(task)`, `task.add_done_callback({kept}.discard)`"
    if context.python >= 11 and scope.is_async:  # noqa: PLR2004  # TaskGroup came with 3.11
        text += "; or start it in an `asyncio.TaskGroup` that is left when it is done"
    return text


def _has_instance(scope: Scope) -> bool:
    place: Scope | None = scope
    while place is not None:
        if place.enclosing_class is not None:
            return place.binder("self") is not None
        place = place.parent
    return False


def _work(context: FileContext, call: ast.Call) -> str:
    given = call.args[0] if call.args else call.keywords[0].value
    return f"`{context.text(given.func if isinstance(given, ast.Call) else given)}`"


# --- what keeps it ----------------------------------------------------------------------------------------------------------------


def _is_future(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    """Tell whether `ensure_future` is given what is a future already: that has its own holder."""
    given = call.args[0] if call.args else None
    return last_name(given) in {"run_in_executor", "wrap_future", "create_task"} or (
        given is not None and context.path(given, scope) in {_TASK, "asyncio.Future()"} and last_name(given) != "gather"
    )


def _outlives(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    """Tell whether a function stays where its names are alive after the task has been started: suspended, or in an endless wait.

    A wait for others, `await queue.join()` or `await stopping.wait()`, is taken for one that lasts as long as the task is needed;
    `await started.wait()` is none.
    """
    if scope.of(ast.Yield):
        return True
    if any(isinstance(each.test, ast.Constant) for each in scope.of(ast.While) if each.lineno > call.lineno):
        return True
    for each in scope.of(ast.Call):
        if each.lineno > call.lineno:
            name = last_name(each)
            if name in _ENDLESS or ((name in _WAITS or _waits_for_end(name, each)) and _is_waited_for(context, each)):
                return True
    return False


_ENDLESS: Final = frozenset(
    {"serve_forever", "run_forever", "run_until_complete", "run_until_disconnected", "serve", "idle", "run_app", "mainloop"}
)
_WAITS: Final = frozenset({"join", "wait_closed", "wait_for_termination", "communicate"})
"""Methods of queues, servers and processes that wait until somebody else is done."""
_END: Final = re.compile(r"stop|shut|exit|clos|done|finish|end|quit|term|forever|interrupt|cancel|complet|proc", re.IGNORECASE)
"""What is in the names of events that are set in the end, and of processes; an event that is made for the wait is never set."""


def _is_waited_for(context: FileContext, call: ast.Call) -> bool:
    parent = context.parent(call)
    return context.is_awaited(parent if isinstance(parent, ast.Call) and last_name(parent) == "wait_for" else call)


def _waits_for_end(name: str, call: ast.Call) -> bool:
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    return name == "wait" and (isinstance(owner, ast.Call) or _END.search(last_name(owner)) is not None)


def _holds_nothing(context: FileContext, load: ast.Name) -> bool:
    """Tell whether a use of a task's name only sets a callback or asks the task something, as a statement of its own, or tells about it."""
    if is_only_told(context, load):
        return True
    attribute = context.parent(load)
    call = context.parent(attribute) if isinstance(attribute, ast.Attribute) and attribute.attr in _HOLDS_NOTHING else None
    return isinstance(call, ast.Call) and isinstance(context.parent(call), ast.Expr)


def _only_collected(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    """Tell whether a task goes into a local list that nothing reads."""
    parent = context.parent(call)
    if not isinstance(parent, ast.Call) or last_name(parent) not in {"append", "add"} or _outlives(context, scope, call):
        return False
    name = kept_in(context, scope, call)
    filling = (context.parent(load) for _, load in loads_of(scope, name)) if name else iter(())
    return bool(name) and all(isinstance(each, ast.Attribute) and each.attr in {"append", "add"} for each in filling)


def _is_called_back(context: FileContext, function: ast.Lambda) -> bool:
    call = context.parent(function)
    return isinstance(call, ast.Call) and (last_name(call) in _CALLING_BACK or context.target(call) == "signal.signal")


def _called_back(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Finding]:
    """Yield the functions that start a task and are handed over to be called: `call_soon_threadsafe(asyncio.create_task, …)`."""
    for each in call.args:
        if isinstance(each, (ast.Attribute, ast.Name)) and names_task_start(context, scope, each):
            yield _dropped(context, scope, call, f"nothing keeps the task that `{context.text(each)}` starts here")


def _only_returns_task(context: FileContext, function: FunctionSummary | None, depth: int = 0) -> bool:
    """Tell whether a function is one of the project's that starts a task, returns it and does nothing else, itself or by another one."""
    if function is None or function.is_async or depth > _DEEPEST:
        return False
    # The two are the start and the call that makes the coroutine.
    if function.statements != 1 or len(function.calls) > 2:  # noqa: PLR2004
        return gives_local_task(context, function.name)
    starts = [inner for _, path in context.project.reach.calls(function) if (inner := context.project.function(path)) is not None]
    givers = [each for each in starts if not each.is_async and each.name.rpartition(".")[2] != "__init__"]
    return all(_only_returns_task(context, each, depth + 1) for each in givers if _gives_task(context, each))


def _gives_task(context: FileContext, function: FunctionSummary) -> bool:
    return bool(function.returns) and context.project.canonical(function.returns) == _TASK


RULE: Final = Rule(
    code="CA202",
    name="task-not-stored",
    pitfall="P07",
    topic="task-not-stored",
    summary="A task is started and nothing keeps a reference to it.",
    severity=Severity.WARNING,
    check=check,
    also=("ruff RUF006", "flake8-async ASYNC300"),
    template="async-background-tasks",
)
