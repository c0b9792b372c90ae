"""# CA507 context-lost

A context variable does not reach the thread that reads it, or all contexts share one mutable default.

## What it does

Finds functions that are handed to `run_in_executor`, `submit`, `map` or a `Thread` and read a `ContextVar` there, themselves or through
plain calls, when something in the project sets that variable and the function does not.  And finds `ContextVar(default=…)` with a list,
dictionary or set.  As a hint (info) it names work that is a part of the caller's own call, since that waits for it, and that runs a
function which came from the caller, or belongs to a file with a library that keeps its state in such variables: what it reads is not known.
`asyncio.to_thread` copies the context and is never reported.

## Why is this bad

A thread starts with an empty context: the variable has its default there, or raises `LookupError`.  Request ids are missing from exactly
the logs of the slow work, spans lose their parent, and a tenant id that falls back to its default reads another tenant's data.  A mutable
default is one object for all contexts: what one request puts into it, every other request finds.  Only on a free-threaded build do
`Thread` objects start with a copy of the context unless told otherwise; executors' threads then have that of the moment they were made.

## Example

```python
import asyncio
from contextvars import ContextVar

trace: ContextVar[str] = ContextVar("trace", default="-")


def render(doc):
    return f"[{trace.get()}] {doc}"


async def handle(doc, trace_id):
    trace.set(trace_id)
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, render, doc)
```

## Use instead

```python
import asyncio
from contextvars import ContextVar

trace: ContextVar[str] = ContextVar("trace", default="-")


def render(doc):
    return f"[{trace.get()}] {doc}"


async def handle(doc, trace_id):
    trace.set(trace_id)
    return await asyncio.to_thread(render, doc)
```

With an executor of your own: `context = contextvars.copy_context()`, then `executor.submit(context.run, render, doc)`.

## References

- [contextvars](https://docs.python.org/3/library/contextvars.html)
- [asyncio.to_thread](https://docs.python.org/3/library/asyncio-task.html#asyncio.to_thread)

## Related

ruff `B039`, for mutable defaults
"""

import ast
from collections.abc import Iterator
from typing import Final
from weakref import WeakKeyDictionary

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.context import FileContext, argument, last_name
from conc_advisor.review.observations.sharing.hidden_contexts import (
    belongs_to_call,
    given_work,
    is_called_by_thread,
    is_parameter,
    reason_to_read,
)
from conc_advisor.review.project.project import Project
from conc_advisor.review.project.summaries import CallSite, FunctionSummary, Runner
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope
from conc_advisor.review.symbols.summary import is_own

_VARIABLE: Final = "contextvars.ContextVar"
_HANDING: Final = frozenset({"run_in_executor", "submit", "map", "Thread", "Timer"})
"""Calls that start their work in an empty context; `to_thread`, anyio's and starlette's ways copy it."""
_MUTABLE: Final = frozenset({"dict", "list", "set", "defaultdict", "OrderedDict", "Counter", "deque", "bytearray"})
_LITERALS: Final = (ast.Dict, ast.List, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
_MOST_CALLS: Final = 4
"""How many calls lead to a variable at most."""
_SETTERS: Final[WeakKeyDictionary[Project, dict[str, frozenset[str]]]] = WeakKeyDictionary()


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the context variables of a file with a mutable default, and the work that is started without its context."""
    for scope, call in context.calls():
        name = last_name(call)
        if name == "ContextVar":
            yield from _default(context, scope, call)
        elif name in _HANDING:
            yield from _handed(context, scope, call, name)


def _default(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Finding]:
    value = argument(call, "default")
    mutable = isinstance(value, _LITERALS) or (isinstance(value, ast.Call) and last_name(value) in _MUTABLE)
    if value is not None and mutable and context.target(call, scope) == _VARIABLE:
        yield RULE.finding(
            context,
            call,
            f"The default `{context.text(value)}` is one object for all contexts: what one task puts into it, every other task finds",
            advice="leave the default out or make it `None`, and `set()` a new object where a context begins",
            confidence=Confidence.HIGH,
        )


def _handed(context: FileContext, scope: Scope, call: ast.Call, name: str) -> Iterator[Finding]:
    function = context.summary(scope) if scope.is_function else None
    if function is None:
        return
    project = context.project
    for each in function.hand_overs:
        if each.line != call.lineno or project.reach.runner(each) not in {Runner.THREAD, Runner.THREAD_POOL}:
            continue
        work = project.functions.get(project.canonical(each.target))
        if work is None or work.is_async:
            continue
        variable = _read_by(project, work)
        if variable:
            yield _lost(context, scope, call, work, variable)
            return
    yield from _unknown(context, scope, call, function, name)


def _read_by(project: Project, work: FunctionSummary) -> str:
    """Return the raw path of a context variable that work reads and does not set, and that is set elsewhere; "" for none."""
    setters = _setters(project)
    if not setters:
        return ""
    way = project.reach.way(work, _reads, "context-variable", most=_MOST_CALLS)
    if way is None:
        return ""
    variable = way.calls[-1][1].target.rpartition(".")[0]
    by = setters.get(variable, frozenset())
    own = {work.name, *(function.name for function, _ in way.calls)}
    return variable if by and not own & by else ""


def _reads(path: str, site: CallSite, _function: FunctionSummary) -> bool:
    return path == f"{_VARIABLE}().get" and not site.guarded


def _setters(project: Project) -> dict[str, frozenset[str]]:
    """Return the functions that set each context variable, by the variable's raw path."""
    known = _SETTERS.get(project)
    if known is None:
        found: dict[str, set[str]] = {}
        for function in project.functions.values():
            for site in function.calls:
                if site.target.endswith(".set") and project.canonical(site.target) == f"{_VARIABLE}().set":
                    found.setdefault(site.target.removesuffix(".set"), set()).add(function.name)
        _SETTERS[project] = known = {variable: frozenset(by) for variable, by in found.items()}
    return known


def _lost(context: FileContext, scope: Scope, call: ast.Call, work: FunctionSummary, variable: str) -> Finding:
    by = _setters(context.project)[variable]
    near = context.full_name(scope) in by
    name, last = work.name.rpartition(".")[2], variable.rpartition(".")[2]
    thread = last_name(call) in {"Thread", "Timer"}
    advice = f"write `await asyncio.to_thread({name}, …)`, which copies the context"
    if thread or not scope.is_async or last_name(call) != "run_in_executor" or context.python < 9:  # noqa: PLR2004  # to_thread is from 3.9
        advice = (
            f"copy the context: `context = contextvars.copy_context()`, and hand over `context.run` with `{name}` as its first argument"
        )
    return RULE.finding(
        context,
        call,
        f"`{name}()` reads the context variable `{last}`, and the thread that runs it starts with an empty context: "
        "it finds the default, or raises LookupError",
        advice=advice,
        confidence=Confidence.HIGH if near else Confidence.MEDIUM,
        # A thread in the background has no request whose context it could miss, unless the one that starts it has just set it.
        severity=Severity.WARNING if near or not thread else Severity.INFO,
    )


def _unknown(context: FileContext, scope: Scope, call: ast.Call, function: FunctionSummary, name: str) -> Iterator[Finding]:
    """Yield the hint for work of the function's own call that may read variables which cannot be seen here."""
    given = given_work(call, name)
    work = context.work(given, scope) if given is not None else None
    if work is None or isinstance(work, (ast.Lambda, ast.Call)) or _copies(scope) or not _is_thread(context, scope, call, name):
        return
    root: ast.expr = work
    while isinstance(root, ast.Attribute):
        root = root.value
    text = context.text(work)
    if isinstance(root, ast.Name) and is_parameter(scope, root.id) and not is_own(root, scope):
        if scope.is_async and name != "run_in_executor":
            return
        if not scope.is_async and not belongs_to_call(context, scope, call, function):
            return
        why = "it comes from the caller"
    else:
        path = context.path(work, scope)
        inner = context.scope_named(path)
        if inner is None or inner.is_async or not belongs_to_call(context, scope, call, function):
            return
        why = reason_to_read(context, inner)
        if not why and is_called_by_thread(scope, call):
            why = "it does a part of this call, which waits for it"
        if not why:
            return
    yield RULE.finding(
        context,
        call,
        f"`{text}` is started in an empty context, and {why}: context variables (trace ids, settings) of the caller are not seen there",
        advice=f"write `await asyncio.to_thread({text}, …)`, or hand over `contextvars.copy_context().run`"
        if scope.is_async and name == "run_in_executor" and context.python >= 9  # noqa: PLR2004  # as above
        else f"where any are used: hand over `contextvars.copy_context().run`, with `{text}` as its first argument",
        confidence=Confidence.LOW,
        severity=Severity.INFO,
    )


def _is_thread(context: FileContext, scope: Scope, call: ast.Call, name: str) -> bool:
    """Tell whether a call surely hands its work to a thread, not to a process or to something that only has such a name."""
    path = context.target(call, scope)
    if name in {"Thread", "Timer", "run_in_executor"}:
        return name == "run_in_executor" or path.startswith("threading.")
    pool = path.rpartition(".")[0]
    return context.project.is_a(
        pool, "concurrent.futures.ThreadPoolExecutor", "concurrent.futures.Executor", "multiprocessing.pool.ThreadPool"
    )


def _copies(scope: Scope) -> bool:
    return any(last_name(each) in {"copy_context", "run"} for place in scope.walk() for each in place.of(ast.Call))


RULE: Final = Rule(
    code="CA507",
    name="context-lost",
    pitfall="P27",
    topic="thread-locals-and-contextvars",
    summary="A context variable does not reach a thread, or has a mutable default.",
    severity=Severity.WARNING,
    check=check,
    also=("B039",),
    template="async-offload",
)
