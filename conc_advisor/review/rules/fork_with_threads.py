"""# CA602 fork-with-threads

A process is forked while other threads run, or Python code runs between fork and exec.

## What it does

Finds, in files that also start threads, thread pools or an event loop: the start method `fork` asked for by name, `os.fork()`, and
`preexec_fn=` of any function of `subprocess`.  In a file without threads `preexec_fn=` is told as information.

As information it tells of process pools and process classes that fork by default (before Python 3.14) where the same class or file starts
threads and nothing of the project chooses a start method, of `os.fork()` in a class whose other methods start threads, and of locks in
methods that compare process ids, since they expect to be forked.

## Why is this bad

A fork copies one thread, and the locks of all.  A lock that another thread held at that moment, one of `logging`, of malloc, of the
import system, stays locked in the child for ever: the child hangs, once in some thousand runs.  Python 3.12 warns of it, and since 3.14
`forkserver` is the default on Linux.

## Example

```python
import multiprocessing
import threading


def beat(stop):
    while not stop.wait(1):
        print("alive")


def main(stop, work, items):
    thread = threading.Thread(target=beat, args=(stop,))
    thread.start()
    with multiprocessing.get_context("fork").Pool() as pool:
        pool.map(work, items)
    stop.set()
    thread.join()
```

## Use instead

```python
import multiprocessing
import threading


def beat(stop):
    while not stop.wait(1):
        print("alive")


def main(stop, work, items):
    thread = threading.Thread(target=beat, args=(stop,))
    thread.start()
    with multiprocessing.get_context("spawn").Pool() as pool:
        pool.map(work, items)
    stop.set()
    thread.join()
```

Instead of `preexec_fn`: `start_new_session=True`, `process_group=0` (3.11), `umask=`, `user=`, `cwd=` and `env=`.

## References

- [multiprocessing: contexts and start methods](https://docs.python.org/3/library/multiprocessing.html#contexts-and-start-methods)
- [subprocess: preexec_fn](https://docs.python.org/3/library/subprocess.html#subprocess.Popen)

## Related

ruff and pylint `PLW1509`
"""

import ast
import re
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.context import FileContext, argument, last_name
from conc_advisor.review.project.summaries import CallSite, FunctionSummary
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope, ScopeKind

_THREADS: Final = frozenset(
    {"threading.Thread", "threading.Timer", "concurrent.futures.ThreadPoolExecutor", "multiprocessing.pool.ThreadPool"}
)
_LOOPS: Final = frozenset(
    {"asyncio.run", "asyncio.AbstractEventLoop().run_forever", "asyncio.AbstractEventLoop().run_until_complete", "asyncio.to_thread"}
)
_STARTERS: Final = frozenset(
    {"Thread", "Timer", "ThreadPoolExecutor", "ThreadPool", "run", "run_forever", "run_until_complete", "to_thread"}
)
_LOCKS: Final = ("threading.Lock", "threading.RLock", "threading.Condition")
_STOPPING: Final = re.compile(r"stop|join|shutdown|terminate")
_METHODS: Final = frozenset({"multiprocessing.get_context", "multiprocessing.set_start_method"})
_POOLS: Final = frozenset({"ProcessPoolExecutor", "Pool", "Process"})
_FORKED: Final = frozenset({"concurrent.futures.ProcessPoolExecutor", "multiprocessing.Pool", "multiprocessing.Process"})
_FORKSERVER: Final = 14
_INSTEAD: Final = {"os.setsid": "start_new_session=True", "os.setpgrp": "process_group=0 (3.11)"}


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the forks that meet threads."""
    yield from _process_classes(context)
    yield from _fork_aware(context)
    for scope, call in context.calls():
        name = context.word(call)
        if name in {"get_context", "set_start_method"}:
            yield from _method(context, scope, call)
        elif name in _POOLS:
            yield from _default_method(context, scope, call)
        elif name == "fork":
            yield from _fork(context, scope, call)
        elif call.keywords and (hook := argument(call, "preexec_fn")) is not None:
            yield from _hook(context, scope, call, hook)


def _method(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Finding]:
    method = argument(call, "method", 0)
    if not isinstance(method, ast.Constant) or method.value != "fork" or context.target(call, scope) not in _METHODS:
        return
    thread = _starts_threads(context)
    if thread:
        yield RULE.finding(
            context,
            call,
            f"the start method fork beside `{thread}` in the same file: a lock that another thread holds stays locked in the child",
            advice='use "spawn" or "forkserver"',
            confidence=Confidence.MEDIUM,
        )


def _default_method(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Finding]:
    """Yield a pool whose workers are forked because nobody said otherwise, in a function that has started a thread before."""
    if context.python >= _FORKSERVER or argument(call, "mp_context") is not None or context.target(call, scope) not in _FORKED:
        return
    started = [
        each
        for each in scope.of(ast.Call)
        if context.word(each) in _STARTERS and each.lineno < call.lineno and context.target(each, scope) in _THREADS
    ]
    if not started:
        yield from _beside(context, call, context.word(call), _of_siblings(context, scope))
    else:
        yield RULE.finding(
            context,
            call,
            f"`{context.word(call)}` forks its workers on Linux before Python 3.14, after line {started[0].lineno} has started a thread: "
            "a lock that the thread holds stays locked in them",
            advice='give a context: `multiprocessing.get_context("forkserver")`',
            confidence=Confidence.LOW,
            severity=Severity.INFO,
        )


def _beside(context: FileContext, node: ast.AST, name: str, thread: str) -> Iterator[Finding]:
    """Yield what forks beside something that starts threads, where nothing of the project chooses a start method."""
    if thread and not context.project.named_calls & {"set_start_method", "get_context"}:
        yield RULE.finding(
            context,
            node,
            f"`{name}` forks on Linux before Python 3.14, beside `{thread}`: a lock that a thread holds stays locked in the child",
            advice='give a context: `multiprocessing.get_context("forkserver")`, or "spawn"',
            confidence=Confidence.LOW,
            severity=Severity.INFO,
        )


def _process_classes(context: FileContext) -> Iterator[Finding]:
    """Yield the process classes of a file that starts threads as well."""
    if context.python >= _FORKSERVER:
        return
    for scope in context.scopes():
        if scope.kind is ScopeKind.CLASS and context.project.is_a(f"{context.full_name(scope)}()", "multiprocessing.Process"):
            yield from _beside(context, scope.node, scope.name, _starts_threads(context))


def _fork_aware(context: FileContext) -> Iterator[Finding]:
    """Yield the locks of methods that look whether they run in a forked child: the child may find them locked for ever."""
    for scope in context.functions():
        owner = scope.enclosing_class
        if owner is None or not any(last_name(each) == "getpid" for each in scope.of(ast.Call)) or not _compares_pids(scope):
            continue
        for statement in scope.of(ast.With):
            item = statement.items[0].context_expr
            if context.is_a(item, *_LOCKS, scope=scope) and "register_at_fork" not in context.project.named_calls:
                yield RULE.finding(
                    context,
                    item,
                    f"`{scope.name}` may run in a forked child, where `{context.text(item)}` may be locked by a thread that is not there",
                    advice="make the lock anew in the child: `os.register_at_fork(after_in_child=…)`",
                    confidence=Confidence.LOW,
                    severity=Severity.INFO,
                )
                break


def _compares_pids(scope: Scope) -> bool:
    return any(
        isinstance(node, ast.Compare) and any("pid" in last_name(each) for each in (node.left, *node.comparators))
        for each in scope.of(ast.If)
        for node in ast.walk(each.test)
    )


def _fork(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Finding]:
    if context.target(call, scope) != "os.fork":
        return
    thread = _starts_threads(context)
    if not thread and (started := _of_siblings(context, scope)) and not _stops_before(scope, call):
        yield RULE.finding(
            context,
            call,
            f"`os.fork()` in a class whose `{started}` starts a thread: a lock that it holds at that moment stays locked in the child",
            advice="fork before the first thread starts, stop the threads before, or use subprocess or the start method spawn",
            confidence=Confidence.LOW,
            severity=Severity.INFO,
        )
    elif thread:
        yield RULE.finding(
            context,
            call,
            f"`os.fork()` beside `{thread}` in the same file: a lock that another thread holds stays locked in the child",
            advice="fork before the first thread starts, or use subprocess or the start method spawn",
            confidence=Confidence.LOW,
        )


def _hook(context: FileContext, scope: Scope, call: ast.Call, hook: ast.expr) -> Iterator[Finding]:
    if isinstance(hook, ast.Constant) and hook.value is None:
        return
    path = context.target(call, scope)
    if not path.startswith(("subprocess.", "asyncio.create_subprocess_")):
        return
    thread = _starts_threads(context) or ("the event loop" if path.startswith("asyncio.") else "")
    instead = _INSTEAD.get(context.path(hook, scope), "")
    yield RULE.finding(
        context,
        call,
        "`preexec_fn` runs Python between fork and exec: "
        + (f"with threads about (`{thread}`) the child may hang there" if thread else "where any thread runs, the child may hang there"),
        advice=f"use `{instead}`"
        if instead
        else "use the arguments of subprocess (start_new_session, process_group, umask, user) or a wrapper program",
        confidence=Confidence.HIGH if thread else Confidence.MEDIUM,
        severity=None if thread else Severity.INFO,
    )


def _stops_before(scope: Scope, fork: ast.Call) -> bool:
    """Tell whether a function ends something before it forks."""
    return any(each.lineno < fork.lineno and _STOPPING.search(last_name(each)) for each in scope.of(ast.Call))


def _of_siblings(context: FileContext, scope: Scope) -> str:
    """Return the name of a method of the same class that starts a thread on its way; "" where there is none."""
    owner = scope.enclosing_class
    for method in owner.children if owner is not None else ():
        function = context.summary(method)
        if function is not None and context.project.reach.way(function, _is_start, "threads", most=4) is not None:
            return method.name
    return ""


def _is_start(path: str, _site: CallSite, _function: FunctionSummary) -> bool:
    return path in _THREADS


def _starts_threads(context: FileContext) -> str:
    """Return the name of what a file starts threads or a loop with; "" for a file that starts none."""
    for scope, call in context.calls():
        if context.word(call) in _STARTERS and (path := context.target(call, scope)) in _THREADS | _LOOPS:
            return path
    return next(
        (
            base
            for base in ("threading.Thread",)
            for scope in context.scopes()
            if context.project.is_a(f"{context.full_name(scope)}()", base)
        ),
        "",
    )


RULE: Final = Rule(
    code="CA602",
    name="fork-with-threads",
    pitfall="P22",
    topic="fork-with-threads",
    summary="A process is forked while other threads run.",
    severity=Severity.WARNING,
    check=check,
    also=("PLW1509",),
    template="process-fan-out",
)
