"""# CA503 lock-held-while-waiting

A lock of threads is held while a coroutine awaits, or while its holder waits for the network, a program or the clock.

## What it does

Finds `with` over a lock of `threading` or `multiprocessing` in an async function with an `await` in it, also where the lock hides in a
context manager of the project.  And finds calls that wait for the network, another program, the clock, input or another thread inside of
a mutex, directly or through plain functions; waits for queues, threads, events, executors and audio streams are known by their names,
too.  A generator that yields inside of `with lock` is found, since its consumer runs meanwhile.  As hints (info) it names registered
handlers that run under a reentrant lock, and tasks that are awaited under an asyncio lock which they may want.  A connection that is an
attribute beside the lock is left alone: the lock is there to let one thread at a time use it.  So are a single value that is loaded once
under the lock, a function that looks first whether the lock is taken and goes on without it, a sleep of what the clock says is left, as
limiters of rates do, and semaphores, which limit such waits on purpose.

## Why is this bad

A coroutine that awaits with a thread's lock in hand lets other tasks run; the first that wants the lock blocks the whole thread, and with
it the event loop that should have let the holder go on: a deadlock.  With a reentrant lock it is no deadlock but no lock either, since all
tasks of the loop are one thread to it.  In threads a lock that is held during a request of 200 ms lets five of them through in a second,
however many threads there are; when the server hangs, all of them hang.

## Example

```python
import asyncio
import threading


class Cache:
    def __init__(self):
        self._lock = threading.Lock()
        self._data = {}

    async def get(self, key):
        with self._lock:
            if key not in self._data:
                self._data[key] = await self._load(key)
            return self._data[key]

    async def _load(self, key):
        await asyncio.sleep(0.2)
        return key.encode()
```

## Use instead

```python
import asyncio


class Cache:
    def __init__(self):
        self._lock = asyncio.Lock()
        self._data = {}

    async def get(self, key):
        async with self._lock:
            if key not in self._data:
                self._data[key] = await self._load(key)
            return self._data[key]

    async def _load(self, key):
        await asyncio.sleep(0.2)
        return key.encode()
```

## References

- [asyncio: synchronization primitives](https://docs.python.org/3/library/asyncio-sync.html)
- [asyncio: concurrency and multithreading](https://docs.python.org/3/library/asyncio-dev.html#concurrency-and-multithreading)

## Related

`acquire-without-finally`, for a lock that an exception leaves locked
"""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity, Step
from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.knowledge.blocking import BlockingKind, blocking
from conc_advisor.review.knowledge.locks import REENTRANT, THREAD_LOCKS
from conc_advisor.review.observations.sharing.lock_waits import (
    WAITING_WORDS,
    awaited_tasks,
    is_others_code,
    is_tried,
    looks_at_clock,
    waits_by_name,
)
from conc_advisor.review.observations.sharing.locked import acquires, is_mutex
from conc_advisor.review.project.reach import runs_later
from conc_advisor.review.project.summaries import CallSite, FunctionSummary
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope
from conc_advisor.review.symbols.summary import is_own

_WAITING: Final = frozenset({BlockingKind.NETWORK, BlockingKind.SUBPROCESS, BlockingKind.SLEEP, BlockingKind.INPUT})
_MANAGERS: Final = frozenset({"contextmanager", "fixture", "yield_fixture", "asynccontextmanager", "inlineCallbacks", "coroutine"})
_LOCAL: Final = frozenset({"mount", "close", "configure"})
"""Methods of clients that wait for nothing."""
_THREADS: Final = frozenset({"threading.Thread().join", "multiprocessing.Process().join", "concurrent.futures.Future().result"})
_MOST_CALLS: Final = 3
"""How many calls lead to a wait at most: each may be there only under conditions that are not looked at."""


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the locks of a file that are held across an await, and the waits under a mutex."""
    for scope in context.functions():
        if scope.is_async:
            yield from _between_calls(context, scope)
        for block in scope.of(ast.With):
            if scope.is_async:
                yield from _across_await(context, scope, block)
            else:
                yield from _during_wait(context, scope, block)
                yield from _given_away(context, scope, block)
        for outer in scope.of(ast.AsyncWith):
            yield from _across_task(context, scope, outer)


def _across_await(context: FileContext, scope: Scope, block: ast.With) -> Iterator[Finding]:
    waits = [node for kind in (ast.Await, ast.AsyncFor, ast.AsyncWith) for node in scope.of(kind) if _inside(context, node, block)]
    if not waits:
        return
    for item in block.items:
        path = _lock_path(context, item.context_expr, scope)
        if not path:
            continue
        line = min(getattr(each, "lineno", 0) for each in waits)
        if _released(scope, block.lineno, line, item.context_expr):
            continue
        yield _awaited(context, block, item.context_expr, path, line)
        return


def _between_calls(context: FileContext, scope: Scope) -> Iterator[Finding]:
    """Yield the locks that a coroutine takes by `acquire()` and releases after an await."""
    for call in acquires(scope):
        lock = call.func.value if isinstance(call.func, ast.Attribute) else call
        if context.is_awaited(call) or not context.is_a(lock, *THREAD_LOCKS, scope=scope):
            continue
        ends = [line for line in _releases(scope, lock) if line > call.lineno]
        waits = [node.lineno for node in scope.of(ast.Await) if ends and call.lineno < node.lineno < ends[0]]
        if waits:
            yield _awaited(context, call, lock, context.path(lock, scope), waits[0])


def _awaited(context: FileContext, node: ast.AST, lock: ast.expr, path: str, line: int) -> Finding:
    name = context.text(lock)
    consequence = (
        "every other task of this thread passes it meanwhile, so it protects nothing"
        if context.project.is_a(path, *REENTRANT)
        else "the next task that wants it blocks the event loop, and the holder never gets to release it"
    )
    return RULE.finding(
        context,
        node,
        f"`{name}` is a lock of threads and is held across the await on line {line}: {consequence}",
        advice=f"make `{name}` an `asyncio.Lock` and write `async with`, or release it before the await",
        confidence=Confidence.HIGH,
        severity=Severity.ERROR,
    )


def _lock_path(context: FileContext, node: ast.expr, scope: Scope) -> str:
    """Return the path of the lock of threads that entering a context takes; "" for none."""
    path = context.path(node, scope)
    if context.project.is_a(path, *THREAD_LOCKS):
        return path
    helper = context.callee(node, scope) if isinstance(node, ast.Call) else None
    if helper is None or helper.is_async or not any(each.rpartition(".")[2] == "contextmanager" for each in helper.decorators):
        return ""
    taken = (context.project.canonical(each.lock) for each in helper.acquisitions)
    return next((each for each in taken if context.project.is_a(each, *THREAD_LOCKS)), "")


def _inside(context: FileContext, node: ast.AST, block: ast.With) -> bool:
    if not block.lineno <= getattr(node, "lineno", 0) <= (block.end_lineno or 0):
        return False
    child: ast.AST = node
    for each in context.ancestors(node):
        if each is block:
            return child in block.body
        child = each
    return False


def _during_wait(context: FileContext, scope: Scope, block: ast.With) -> Iterator[Finding]:
    mutex = next((item.context_expr for item in block.items if is_mutex(context, item.context_expr, scope)), None)
    if mutex is None:
        return
    if is_tried(scope, mutex, block):
        return
    once = _loads_once(context, block)
    for call in scope.of(ast.Call):
        if _inside(context, call, block) and not _released(scope, block.lineno, call.lineno, mutex):
            yield from _call_under_lock(context, scope, call, mutex, once=once)


def _call_under_lock(context: FileContext, scope: Scope, call: ast.Call, mutex: ast.expr, *, once: bool) -> Iterator[Finding]:
    path = context.target(call, scope)
    named = waits_by_name(context, call, path, mutex) if last_name(call) in WAITING_WORDS else ""
    if named:
        yield _finding(context, call, mutex, named, (), sure=False)
    elif context.is_a(mutex, *REENTRANT, scope=scope) and is_others_code(context, scope, call):
        # Of a lock that is not reentrant `lock-order` says more.
        yield _others(context, call, mutex)
    elif path and not once:
        what = _waits_for(path)
        throttles = path == "time.sleep" and not _is_fixed(call) and looks_at_clock(context.summary(scope))
        if what and not throttles and not _is_protected(context, call, scope) and not _returns_at_once(call, path):
            yield _finding(context, call, mutex, what, ())
        elif not what and path != "super":
            yield from _through(context, scope, call, path, mutex)


def _others(context: FileContext, call: ast.Call, mutex: ast.expr) -> Finding:
    name, called = context.text(mutex), context.text(call.func)
    return RULE.finding(
        context,
        call,
        f"`{called}()` runs others' code while `{name}` is held: every thread that wants `{name}` waits for it",
        advice=f"copy what has to be called under `{name}`, and call it outside",
        confidence=Confidence.MEDIUM,
        severity=Severity.INFO,
    )


def _given_away(context: FileContext, scope: Scope, block: ast.With) -> Iterator[Finding]:
    """Yield the locks that a generator holds while its consumer runs."""
    node = scope.node
    decorators = {last_name(each) for each in node.decorator_list} if isinstance(node, ast.FunctionDef) else set()
    if not scope.of(ast.Yield) or decorators & _MANAGERS:
        return
    mutex = next((item.context_expr for item in block.items if is_mutex(context, item.context_expr, scope)), None)
    given = next((each for each in scope.of(ast.Yield) if _inside(context, each, block)), None)
    if mutex is None or given is None or _released(scope, block.lineno, given.lineno, mutex):
        return
    name = context.text(mutex)
    yield RULE.finding(
        context,
        given,
        f"the generator `{scope.name}()` holds `{name}` while its consumer works on what it yields, and for ever if that stops half-way",
        advice=f"copy the elements under `{name}`, and yield them outside of it",
        confidence=Confidence.MEDIUM,
    )


def _across_task(context: FileContext, scope: Scope, block: ast.AsyncWith) -> Iterator[Finding]:
    """Yield the hints for tasks that are waited for under an asyncio lock which they may want themselves."""
    lock = next((each.context_expr for each in block.items if context.is_a(each.context_expr, "asyncio.Lock", scope=scope)), None)
    for node, task in awaited_tasks(context, scope, block) if lock is not None else ():
        name = context.text(lock) if lock is not None else ""
        yield RULE.finding(
            context,
            node,
            f"`{context.text(task)}` is waited for while `{name}` is held: if anything that it runs wants `{name}`, both wait for ever",
            advice=f"leave `async with {name}` before the task is awaited",
            confidence=Confidence.LOW,
            severity=Severity.INFO,
        )


def _waits_for(path: str) -> str:
    if path in _THREADS:
        return "another thread" if "multiprocessing" not in path else "another process"
    found = blocking(path)
    if found is None or found.kind not in _WAITING or path.rpartition(".")[2] in _LOCAL:
        return ""
    return found.kind.value


def _through(context: FileContext, scope: Scope, call: ast.Call, path: str, mutex: ast.expr) -> Iterator[Finding]:
    """Yield the wait that a plain function of the project leads to, where that is surely so."""
    called = context.project.function(path)
    if called is None or runs_later(called) or _is_protected(context, call, scope):
        return
    way = context.project.reach.way(called, _hit, "wait-under-lock", most=_MOST_CALLS)
    if way is None or way.conditions > (0 if way.target == "time.sleep" else 1):
        return
    if way.target == "time.sleep" and looks_at_clock(way.calls[-1][0]):
        return
    first = Step(text=f"{scope.name}() calls {called.name.rpartition('.')[2]}()", location=context.location(call))
    yield _finding(context, call, mutex, _waits_for(way.target), (first, *way.steps()))


def _hit(path: str, site: CallSite, _function: FunctionSummary) -> bool:
    # A method of an own attribute uses what the lock may be there for.
    found = blocking(path)
    return found is not None and found.kind in _WAITING and "." in site.target and not site.guarded and not path.startswith(_RESOURCES)


_RESOURCES: Final = ("socket.socket().", "http.client.", "subprocess.Popen().", "serial.", "websocket.")
"""Things that one thread at a time may use."""


def _is_protected(context: FileContext, call: ast.Call, scope: Scope) -> bool:
    """Tell whether a call uses an own attribute that one thread at a time may use: to see to that is what the lock is for."""
    receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
    while isinstance(receiver, (ast.Attribute, ast.Subscript)):
        if isinstance(receiver, ast.Attribute) and is_own(receiver.value, scope):
            return context.target(call, scope).startswith(_RESOURCES)
        receiver = receiver.value
    return False


def _releases(scope: Scope, lock: ast.expr) -> list[int]:
    name = last_name(lock)
    return sorted(
        each.lineno
        for each in scope.of(ast.Call)
        if isinstance(each.func, ast.Attribute) and each.func.attr == "release" and last_name(each.func.value) == name
    )


def _released(scope: Scope, begin: int, line: int, lock: ast.expr) -> bool:
    """Tell whether a lock is let go between the begin of its block and a line."""
    return any(begin <= each <= line for each in _releases(scope, lock))


def _returns_at_once(call: ast.Call, path: str) -> bool:
    """Tell whether a call has an end that is near: a sleep of nothing, a join with a timeout."""
    if path == "time.sleep":
        first = call.args[0] if call.args else None
        return isinstance(first, ast.Constant) and isinstance(first.value, (int, float)) and first.value < 0.001  # noqa: PLR2004  # seconds
    return path in _THREADS and bool(call.args or call.keywords)


def _is_fixed(call: ast.Call) -> bool:
    return all(isinstance(each, ast.Constant) for each in call.args)


def _loads_once(context: FileContext, block: ast.With) -> bool:
    """Tell whether a block makes one value once: `if self._token is None:`, all others have to wait for it anyway."""
    if any(isinstance(each, (ast.If, ast.While)) and _is_about_one(each.test) for each in block.body):
        return True
    return any(isinstance(each, ast.If) and _is_about_one(each.test) for each in context.ancestors(block))


def _is_about_one(test: ast.expr) -> bool:
    if isinstance(test, ast.BoolOp):
        return any(_is_about_one(each) for each in test.values)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return isinstance(test.operand, (ast.Name, ast.Attribute))
    if isinstance(test, ast.Compare):
        nothing = isinstance(test.comparators[0], ast.Constant) and test.comparators[0].value is None
        return nothing and isinstance(test.ops[0], (ast.Is, ast.IsNot, ast.Eq)) and isinstance(test.left, (ast.Name, ast.Attribute))
    return False


def _finding(  # noqa: PLR0913  # all that a finding says
    context: FileContext, call: ast.Call, mutex: ast.expr, what: str, steps: tuple[Step, ...], *, sure: bool = True
) -> Finding:
    name = context.text(mutex)
    return RULE.finding(
        context,
        call,
        f"`{context.text(call.func)}()` waits for {what} while `{name}` is held: every thread that wants `{name}` waits with it",
        advice=f"read what is needed under `{name}`, wait outside of it, then take it again to store the result",
        confidence=Confidence.HIGH if sure and not steps else Confidence.MEDIUM,
        steps=steps,
    )


RULE: Final = Rule(
    code="CA503",
    name="lock-held-while-waiting",
    pitfall="P20",
    topic="lock-across-await",
    summary="A lock of threads is held across an await, or during I/O.",
    severity=Severity.WARNING,
    check=check,
    template="thread-locks",
)
