"""# CA505 loop-from-another-thread

Code that runs in another thread touches an event loop, or something that belongs to one: a queue, an event, a future, a task.

## What it does

Finds calls of asyncio's objects in functions that are handed to threads and executors, or are called by such functions, in all files of
the project; in callbacks that are given to a thread; and calls of functions that lead to such a call.  Functions whose thread runs an
event loop of its own are left alone, and so are those that ask first in which thread they are.  Callbacks that a library calls from its
own threads are known for few libraries only.

## Why is this bad

Nothing in asyncio takes a lock.  A call from another thread changes the loop's lists while the loop walks through them, and it does not
wake the loop: the task that was scheduled, or the waiter of the event, runs only when something else happens to wake it, after
milliseconds in a busy server and never in an idle one.  Under load entries get lost, or a callback runs twice.

## Example

```python
import asyncio
import threading


class Watcher:
    def __init__(self):
        self.queue: asyncio.Queue[str] = asyncio.Queue(maxsize=100)
        self.thread = threading.Thread(target=self._run)

    def _run(self):
        for line in open("/var/log/app.log"):
            self.queue.put_nowait(line)
```

## Use instead

```python
import asyncio
import threading


class Watcher:
    def __init__(self, loop: asyncio.AbstractEventLoop):
        self.loop = loop
        self.queue: asyncio.Queue[str] = asyncio.Queue(maxsize=100)
        self.thread = threading.Thread(target=self._run)

    def close(self):
        self.thread.join(timeout=5)

    def _run(self):
        with open("/var/log/app.log") as lines:
            for line in lines:
                asyncio.run_coroutine_threadsafe(self.queue.put(line), self.loop).result(timeout=5)
```

## References

- [asyncio: concurrency and multithreading](https://docs.python.org/3/library/asyncio-dev.html#concurrency-and-multithreading)
- [loop.call_soon_threadsafe](https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.loop.call_soon_threadsafe)

## Related

asyncio's debug mode raises `Non-thread-safe operation` for some of these calls
"""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity, Step
from conc_advisor.review.context import FileContext, argument, last_name
from conc_advisor.review.knowledge.loop_bound import ASKS_FOR_THREAD, LOOP_BOUND, LOOP_METHODS, LOOP_NAMES, OWN_LOOP
from conc_advisor.review.project.project import Project
from conc_advisor.review.project.reach import Running, runs_later
from conc_advisor.review.project.summaries import CallSite, FunctionSummary
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope

_BOUND_METHODS: Final = frozenset(path.rpartition(".")[2] for path in LOOP_BOUND)
_HANDING: Final = frozenset({"Thread", "Timer", "submit", "run_in_executor", "to_thread"})
_MOST_CALLS: Final = 4
"""How many calls lead to an object of a loop at most."""


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the calls of a file that touch an event loop from another thread."""
    for scope in context.functions():
        if scope.is_async:
            yield from _callbacks(context, scope)
            continue
        if not scope.of(ast.Call):
            continue
        name = context.full_name(scope)
        running = context.project.reach.in_threads(name)
        if running and not _has_own_loop(context.project, running) and _is_only_there(context.project, name):
            yield from _in_thread(context, scope, running[0])


def _in_thread(context: FileContext, scope: Scope, running: Running) -> Iterator[Finding]:
    function = context.summary(scope)
    if function is None or _asks(context.project, function):
        return
    guarded = {(site.line, site.column) for site in function.calls if site.guarded}
    for call in scope.of(ast.Call):
        if (call.lineno, call.col_offset) in guarded:
            continue
        path = context.target(call, scope)
        if _is_bound(context, call, path):
            yield _touched(context, call, path, _why(running), Confidence.HIGH if path in LOOP_BOUND else Confidence.MEDIUM)
        elif path and path not in OWN_LOOP:
            yield from _through(context, scope, call, path, running)


def _is_bound(context: FileContext, call: ast.Call, path: str) -> bool:
    if path in LOOP_BOUND:
        return True
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in LOOP_METHODS:
        return False
    # A loop that came in by an untyped parameter is known by its name only.
    owner = path.rpartition(".")[0]
    known = bool(owner) and owner.endswith("()") and owner[:-2] in context.project.classes
    return last_name(call.func.value) in LOOP_NAMES and not known and not owner.startswith(("tornado", "uv", "zmq"))


def _through(context: FileContext, scope: Scope, call: ast.Call, path: str, running: Running) -> Iterator[Finding]:
    """Yield what a function of the project touches that others call in the loop's thread."""
    project = context.project
    called = project.function(path)
    if called is None or runs_later(called) or _is_only_there(project, called.name):
        return
    way = project.reach.way(called, _hit, "loop-bound", most=_MOST_CALLS)
    if way is None or way.conditions > 1 or any(_asks(project, each) for each, _ in way.calls):
        return
    name = context.text(call.func)
    steps = (Step(text=f"{scope.name}() calls {called.name.rpartition('.')[2]}()", location=context.location(call)), *way.steps())
    yield RULE.finding(
        context,
        call,
        f"`{name}()` leads to `{_plain(way.target)}`, which may be called only in the event loop's thread, and {_why(running)}",
        advice=f"hand it to the loop: `loop.call_soon_threadsafe({name}, …)`, with the loop that was running when the thread was started",
        confidence=Confidence.MEDIUM,
        severity=Severity.WARNING,
        steps=steps,
    )


def _hit(path: str, site: CallSite, _function: FunctionSummary) -> bool:
    return path in LOOP_BOUND and not site.guarded


def _asks(project: Project, function: FunctionSummary) -> bool:
    return any(path in ASKS_FOR_THREAD and not path.endswith("threadsafe") for _, path in project.reach.calls(function))


def _has_own_loop(project: Project, running: tuple[Running, ...]) -> bool:
    """Tell whether a thread runs a loop itself: what it touches may belong to that one."""
    for each in running:
        entry = project.functions.get(each.entry)
        if entry is not None and project.reach.way(entry, _starts_loop, "own-loop", most=_MOST_CALLS) is not None:
            return True
    return False


def _starts_loop(path: str, _site: CallSite, _function: FunctionSummary) -> bool:
    return path in OWN_LOOP or path.endswith((".run_until_complete", ".run_forever", "loop.start"))


def _is_only_there(project: Project, name: str) -> bool:
    """Tell whether a function runs in threads: it is handed to one, or all that call it run in threads only.

    A method beside async ones is there for the loop, too, whoever calls it so far.
    """
    waiting, seen = [name], {name}
    while waiting:
        current = waiting.pop()
        running = project.reach.in_threads(current)
        if not running:
            return False
        if any(each.entry == current for each in running):
            continue
        owner = project.classes.get(current.rpartition(".")[0])
        methods = (project.functions.get(f"{owner.name}.{each}") for each in owner.methods) if owner is not None else ()
        if any(each is not None and each.is_async for each in methods):
            return False
        for caller, _ in project.locks.callers(current):
            if caller.name not in seen:
                seen.add(caller.name)
                waiting.append(caller.name)
    return True


def _callbacks(context: FileContext, scope: Scope) -> Iterator[Finding]:
    """Yield what functions inside of a coroutine touch that are given to another thread as callbacks."""
    inner = {child.name: child for child in scope.children if child.is_function and not child.is_async}
    if not inner:
        return
    for call in scope.of(ast.Call):
        if last_name(call) not in _HANDING:
            continue
        for name in _given(call):
            child = inner.get(name)
            if child is None or context.project.reach.in_threads(context.full_name(child)):
                continue
            if _calls_parameters(context, scope, call):
                for touching in child.of(ast.Call):
                    path = context.target(touching, child)
                    if last_name(touching) in _BOUND_METHODS and path in LOOP_BOUND:
                        where = f"`{name}()` is given to a thread on line {call.lineno}"
                        yield _touched(context, touching, path, where, Confidence.MEDIUM)


def _given(call: ast.Call) -> Iterator[str]:
    """Yield the names that are given to what a thread runs."""
    given: list[ast.expr] = list(call.args[1:])
    for each in ("args", "kwargs"):
        value = argument(call, each)
        if isinstance(value, (ast.Tuple, ast.List)):
            given.extend(value.elts)
        elif isinstance(value, ast.Dict):
            given.extend(value.values)
    return (each.id for each in given if isinstance(each, ast.Name))


def _calls_parameters(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    """Tell whether what a thread runs calls what it is given, as far as anybody can tell.

    A function of the project may as well hand it back to the loop, so only one of this file that calls a parameter counts.
    """
    target = argument(call, "target") or argument(call, "function") or (call.args[0] if call.args else None)
    path = context.path(target, scope) if target is not None else ""
    if context.project.function(path) is None:
        return True
    function = context.scope_named(path)
    node = function.node if function is not None else None
    if function is None or not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    names = {each.arg for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)}
    return any(isinstance(each.func, ast.Name) and each.func.id in names for each in function.of(ast.Call))


def _touched(context: FileContext, call: ast.Call, path: str, why: str, confidence: Confidence) -> Finding:
    name, method = context.text(call.func), last_name(call)
    loop = "loop" if method not in LOOP_METHODS or not isinstance(call.func, ast.Attribute) else context.text(call.func.value)
    given = ", ".join(context.text(each) for each in call.args)
    if method in {"create_task", "ensure_future"}:
        loop = loop if path != "asyncio.create_task" else "loop"
        advice = f"write `asyncio.run_coroutine_threadsafe({given or '…'}, {loop})`"
    elif method == "put_nowait" and isinstance(call.func, ast.Attribute):
        advice = f"write `asyncio.run_coroutine_threadsafe({context.text(call.func.value)}.put({given}), loop).result(timeout=…)`"
    elif method == "call_soon":
        advice = f"write `{loop}.call_soon_threadsafe({given})`"
    else:
        advice = f"write `{loop}.call_soon_threadsafe({name}{', ' if given else ''}{given})`"
    note = "" if loop != "loop" else ", with the loop that was running when the thread was started"
    return RULE.finding(
        context,
        call,
        f"`{name}()` may be called only in the event loop's thread, and {why}: it may not wake the loop, and can corrupt its state",
        advice=f"{advice}{note}",
        confidence=confidence,
    )


def _why(running: Running) -> str:
    entry = running.entry.rpartition(".")[2]
    by = running.by.name.rpartition(".")[2] if running.by is not None else ""
    return f"`{entry}()` runs in {running.runner.value}" + (f", started by `{by}()`" if by else "")


def _plain(path: str) -> str:
    return f"{path.replace('()', '')}()"


RULE: Final = Rule(
    code="CA505",
    name="loop-from-another-thread",
    pitfall="P14",
    topic="loop-from-another-thread",
    summary="Another thread touches an event loop or what belongs to one.",
    severity=Severity.ERROR,
    check=check,
    template="async-offload",
)
