"""# CA505 loop-from-another-thread

Code that runs in another thread touches an event loop, or something that belongs to one: a queue, an event, a future, a task.

## What it does

Finds calls of asyncio's objects in functions that are handed to threads and executors, or are called by such functions, in all files of
the project; in callbacks that are given to a thread, or to a library that calls them from a thread of its own (MQTT, audio, keyboards,
GPIO and others by name); and calls of functions that lead to such a call.  So are plain endpoints of FastAPI and Flask, handlers of
`logging`, and functions that are meant for other threads by their name or docstring, or that go by `run_coroutine_threadsafe` elsewhere.
In integrations of Home Assistant it finds loop-only functions that are called in worker threads.

Functions whose thread runs an event loop of its own are left alone, and so are those that ask first in which thread they are.  Objects of
unknown type count where coroutines of the same file await their methods.  As hints (info) it names methods beside others that hand over to
the loop, and what logs; callbacks of libraries that are not known by name are not seen.

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
from conc_advisor.review.observations.sharing.home_assistant import is_integration, loop_only_calls
from conc_advisor.review.observations.sharing.suspected_threads import (
    awaited_attributes,
    besides,
    hands_to_loop,
    is_logger,
    said_to_run_in_threads,
)
from conc_advisor.review.project.project import Project
from conc_advisor.review.project.reach import Running, runs_later
from conc_advisor.review.project.summaries import CallSite, FunctionSummary, Runner
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope, ScopeKind
from conc_advisor.review.symbols.summary import is_own

_BOUND_METHODS: Final = frozenset(path.rpartition(".")[2] for path in LOOP_BOUND)
_SCHEDULING: Final = frozenset({"create_task", "ensure_future", "call_soon", "call_later", "call_at"})
_TOUCHING: Final = _SCHEDULING | {"put_nowait", "set_result", "set_exception", "set", "send_nowait"}
_CHANGING: Final = frozenset({"put_nowait", "send_nowait", "set_result", "set_exception", "set"})
_ASKING: Final = frozenset({"asyncio.get_event_loop", "asyncio.get_running_loop"})
_BUILDING_LOOPS: Final = frozenset({"call_soon_threadsafe", "call_soon", "run_coroutine_threadsafe", "create_task"})
"""Names of functions that make such calls for others, or are loops themselves."""
_OF_LOOPS: Final = frozenset({"call_later", "call_at", "call_soon", "add_callback", "callLater", "add_timeout"})
"""Methods of classes that are event loops, or stand for one."""
_HANDING: Final = frozenset({"Thread", "Timer", "submit", "run_in_executor", "to_thread"})
_MOST_CALLS: Final = 4
"""How many calls lead to an object of a loop at most."""


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the calls of a file that touch an event loop from another thread."""
    if is_integration(context):
        yield from (_loop_only(context, call, why) for _, call, why in loop_only_calls(context))
    for scope in context.functions():
        if scope.is_async:
            yield from _callbacks(context, scope)
            continue
        if not scope.of(ast.Call):
            continue
        name = context.full_name(scope)
        running = context.project.reach.in_threads(name)
        if not running:
            yield from _suspected(context, scope)
        elif not _has_own_loop(context.project, running) and _is_only_there(context.project, name):
            yield from _in_thread(context, scope, running[0], awaited_attributes(context))


def _in_thread(context: FileContext, scope: Scope, running: Running, awaited: frozenset[str]) -> Iterator[Finding]:
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
        elif path in _ASKING and not function.name.endswith("__init__"):
            yield _asked(context, call, _why(running))
        elif _is_awaited_elsewhere(context, scope, call, path, awaited):
            yield _touched(context, call, path, _why(running), Confidence.LOW)
        elif path and path not in OWN_LOOP:
            yield from _through(context, scope, call, path, running)


def _is_awaited_elsewhere(context: FileContext, scope: Scope, call: ast.Call, path: str, awaited: frozenset[str]) -> bool:
    """Tell whether a call changes an object of unknown type that coroutines of the same file wait for."""
    function = call.func
    if not isinstance(function, ast.Attribute) or function.attr not in _CHANGING or last_name(function.value) not in awaited:
        return False
    owner = path.removesuffix(f".{function.attr}")
    if owner.startswith(("threading.", "queue.", "multiprocessing.", "concurrent.", "janus.", "str()", "{", "<")):
        return False
    # What another project's class does in its method can be read; what a local variable is, can be seen.
    return context.project.function(path) is None and isinstance(function.value, ast.Attribute) and scope.kind is not ScopeKind.LAMBDA


def _suspected(context: FileContext, scope: Scope) -> Iterator[Finding]:
    """Yield what a function touches that is meant for other threads, as far as its text tells."""
    touching = [call for call in scope.of(ast.Call) if last_name(call) in _TOUCHING]
    if not touching or scope.name in _BUILDING_LOOPS:
        return
    function = context.summary(scope)
    if function is None or _asks(context.project, function):
        return
    why = said_to_run_in_threads(context, scope)
    handing = hands_to_loop(scope)
    guarded = {(site.line, site.column) for site in function.calls if site.guarded}
    for call in touching:
        path = context.target(call, scope)
        own = isinstance(call.func, ast.Attribute) and is_own(call.func.value, scope)
        if (call.lineno, call.col_offset) in guarded or own or not _is_bound(context, call, path):
            continue
        other = besides(context, call, handing) if last_name(call) in _SCHEDULING else None
        if why:
            yield _touched(context, call, path, why, Confidence.MEDIUM)
        elif other is not None:
            reason = f"line {other.lineno} of the same function goes by `{last_name(other)}()`, as it must in another thread"
            yield _touched(context, call, path, reason, Confidence.MEDIUM, Severity.WARNING)
        elif is_logger(scope):
            yield _touched(context, call, path, "any thread may write to a log", Confidence.LOW, Severity.INFO)
        elif last_name(call) in _SCHEDULING and (where := _method_beside(context, scope, function.name)):
            reason = f"`{where}()` of the same class goes by a threadsafe call, as it must in another thread"
            yield _touched(context, call, path, reason, Confidence.LOW, Severity.INFO)


def _method_beside(context: FileContext, scope: Scope, name: str) -> str:
    """Return the name of a public method beside this one that is called from other threads; "" where this one runs on the loop."""
    owner = scope.enclosing_class
    if owner is None or scope.name.startswith("_") or owner.bindings.keys() & _OF_LOOPS:
        return ""
    if any(each.runner is Runner.LOOP for each in context.project.reach.running(name)):
        return ""
    if any(caller.is_async for caller, _ in context.project.locks.callers(name)):
        return ""
    methods = (each for each in owner.children if each.is_function and not each.is_async and each is not scope)
    return next((each.name for each in methods if not each.name.startswith("_") and hands_to_loop(each)), "")


def _loop_only(context: FileContext, call: ast.Call, why: str) -> Finding:
    name, plain = context.text(call.func), last_name(call).removeprefix("async_")
    twin = "schedule_update_ha_state" if plain == "write_ha_state" else plain
    return RULE.finding(
        context,
        call,
        f"`{name}()` may be called only in the event loop's thread, and {why}",
        advice=f"call `{twin}()`, which may be called in any thread, or decorate the function with `@callback` if it never blocks",
        confidence=Confidence.MEDIUM,
    )


def _asked(context: FileContext, call: ast.Call, why: str) -> Finding:
    return RULE.finding(
        context,
        call,
        f"`{context.text(call)}` raises RuntimeError, since {why}: only the main thread is given an event loop",
        advice="hand over the loop that was running when the thread was started, and use `asyncio.run_coroutine_threadsafe(…, loop)`",
        confidence=Confidence.MEDIUM,
    )


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


def _touched(  # noqa: PLR0913, PLR0917  # what, why, and how sure
    context: FileContext, call: ast.Call, path: str, why: str, confidence: Confidence, severity: Severity | None = None
) -> Finding:
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
        severity=severity if severity is not None or confidence is not Confidence.LOW else Severity.WARNING,
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
