"""# CA203 missing-shutdown

A thread, a process or a pool is started, and nothing ever ends it or waits for it.

## What it does

Finds executors and pools that no `with` and no method ends (`shutdown()`, `close()`, `terminate()`), and threads and processes that are
started and neither joined nor kept where somebody could.  A class that has a method to close it, and a pool that this method forgets, is
reported at the method.

What is returned, handed to another function or put into a container of others is in their hands: it is not followed there.  Threads that
are daemons end with the program and are left alone, as are threads that `main()` starts last; a pool of the module is ended by the
interpreter.

## Why is this bad

Nobody learns that the work failed, or that it is not done yet.  A thread that is no daemon keeps the process alive after its `main` has
ended, so that a deployment waits for its kill timeout; a `multiprocessing.Pool` that is only forgotten can hang the interpreter's end.
Under load each call leaves its threads or processes behind until memory or the limit of threads runs out.

## Example

```python
from concurrent.futures import ThreadPoolExecutor


def squares(values):
    pool = ThreadPoolExecutor(max_workers=4)
    return [future.result() for future in [pool.submit(pow, value, 2) for value in values]]
```

## Use instead

```python
from concurrent.futures import ThreadPoolExecutor


def squares(values):
    with ThreadPoolExecutor(max_workers=4) as pool:
        return [future.result() for future in [pool.submit(pow, value, 2) for value in values]]
```

## References

- [Executor.shutdown](https://docs.python.org/3/library/concurrent.futures.html#concurrent.futures.Executor.shutdown)
- [multiprocessing.Pool: a warning about its end](https://docs.python.org/3/library/multiprocessing.html#multiprocessing.pool.Pool)

## Related

pylint `R1732`
"""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Location, Severity
from conc_advisor.review.context import FileContext
from conc_advisor.review.fate import Fate, fate_of, fate_of_attribute
from conc_advisor.review.knowledge.lifetimes import EXECUTORS, POOL_ENDS, POOLS, THREAD_ENDS, THREADS
from conc_advisor.review.makings import Making, makings
from conc_advisor.review.owners import closing_method, owner_of
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope, ScopeKind

_WAITING: Final = frozenset({"join", "wait", "get", "result", "communicate", "recv", "acquire", "mainloop"})
"""Methods that a function calls which waits for its thread by other means than `join`, or has the program's main loop."""
_TELLING: Final = frozenset(
    {
        *("set", "set_result", "set_exception", "put", "put_nowait", "call_soon_threadsafe", "notify", "notify_all", "release", "emit"),
        *("run_coroutine_threadsafe", "task_done", "send"),
    }
)


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the pools, threads and processes of a file that are started and left."""
    told: set[Location | None] = set()
    for making in makings(context, (*EXECUTORS, *POOLS, *THREADS)):
        if making.scope.kind in {ScopeKind.MODULE, ScopeKind.CLASS} or context.in_main_guard(making.call):
            continue
        for each in _thread(context, making) if making.kind in THREADS else _pool(context, making):
            # Threads that are made in several branches are often started in one place.
            if each.location not in told:
                told.add(each.location)
                yield each


# --- pools ------------------------------------------------------------------------------------------------------------------------


def _pool(context: FileContext, making: Making) -> Iterator[Finding]:
    fate = fate_of(context, making.scope, making.call, POOL_ENDS)
    kind = making.path.rpartition(".")[2]
    if fate.is_left and (fate.calls or fate.names or not context.is_dropped(making.call)):
        name = fate.names[0] if fate.names else ""
        yield RULE.finding(
            context,
            making.call,
            f"nothing shuts down {f'the pool `{name}`' if name else f'this `{kind}`'}: {_left_behind(making.kind)}",
            advice=f"write `with {context.text(making.call)} as {name or 'pool'}:` around its use",
            confidence=Confidence.HIGH,
        )
    elif len(fate.attributes) == 1 and not (fate.ended or fate.handed_on):
        yield from _kept_pool(context, making, fate.attributes[0])
    elif fate.ends and fate.names and not (fate.attributes or fate.let_go) and all(_is_skipped(context, each) for each in fate.ends):
        yield RULE.finding(
            context,
            making.call,
            f"an exception passes by line {fate.ends[0].lineno}, which ends the pool `{fate.names[0]}`, and the function goes on: "
            f"{_left_behind(making.kind)}",
            advice=f"write `with {context.text(making.call)} as {fate.names[0]}:` around its use, or end it in a `finally`",
            confidence=Confidence.MEDIUM,
        )


def _is_skipped(context: FileContext, end: ast.Attribute) -> bool:
    """Tell whether a call stands in a `try` whose handlers take an exception from the lines before it and go on."""
    child: ast.AST = end
    for each in context.ancestors(end):
        if isinstance(each, ast.Try) and child in each.body:
            swallows = any(not any(isinstance(node, (ast.Raise, ast.Return)) for node in ast.walk(handler)) for handler in each.handlers)
            return swallows and not each.finalbody and child is not each.body[0]
        if isinstance(each, (ast.With, ast.AsyncWith, ast.Try)):
            return False
        child = each
    return False


def _left_behind(kind: str) -> str:
    if kind == "multiprocessing.Pool":
        return "its processes live on until the garbage collector comes by, and the program's end can hang on them"
    if kind in EXECUTORS:
        return "its workers live on until the garbage collector comes by, and nothing waits for work that is not done"
    return "its threads live on until the garbage collector comes by, and the program's end can hang on them"


def _kept_pool(context: FileContext, making: Making, kept: ast.Attribute) -> Iterator[Finding]:
    owner = owner_of(context, making.scope, kept)
    if owner is None:
        return
    fate = fate_of_attribute(context, kept.attr, POOL_ENDS)
    if fate.ended or fate.handed_on:
        return
    end = "shutdown()" if making.kind in EXECUTORS else "terminate()"
    closing = closing_method(owner)
    if closing is not None:
        yield RULE.finding(
            context,
            closing.node,
            f"`{owner.name}.{closing.name}` does not shut down the pool in `self.{kept.attr}`: {_left_behind(making.kind)}",
            advice=f"call `self.{kept.attr}.{end}` in it",
            confidence=Confidence.MEDIUM,
            steps=(context.step(making.call, f"self.{kept.attr} is made here"),),
        )
    else:
        yield RULE.finding(
            context,
            making.call,
            f"no method of `{owner.name}` shuts down the pool in `self.{kept.attr}`: {_left_behind(making.kind)}",
            advice=f"give `{owner.name}` a `close()` that calls `self.{kept.attr}.{end}`, and call it",
            confidence=Confidence.LOW,
            severity=Severity.INFO,
        )


# --- threads and processes --------------------------------------------------------------------------------------------------------


def _thread(context: FileContext, making: Making) -> Iterator[Finding]:
    if not _stays_alive(context, making):
        return
    fate = fate_of(context, making.scope, making.call, THREAD_ENDS)
    if "daemon" in fate.given or fate.called("setDaemon") is not None:
        return
    word = "process" if making.kind.endswith("Process") else "thread"
    start = fate.called("start")
    if fate.is_left and start is not None:
        name = fate.names[-1] if fate.names else ""
        sure = making.scope.name != "main" and not _waits(making.scope, start) and not _tells(context, making)
        yield RULE.finding(
            context,
            start,
            f"nothing joins {f'the {word} `{name}`' if name else f'this {word}'}: nobody learns when it is done or that it failed, "
            "and the program cannot end before it",
            advice=_how_to_join(context, making, name or word, word),
            confidence=Confidence.MEDIUM if sure else Confidence.LOW,
            severity=Severity.WARNING if sure else Severity.INFO,
        )
    elif len(fate.attributes) == 1 and not (fate.ended or fate.handed_on):
        yield from _kept_thread(context, making, fate, word)


def _how_to_join(context: FileContext, making: Making, name: str, word: str) -> str:
    keep = f"keep it and call `{name}.join()` where `{making.scope.name}` or its owner ends"
    if word == "process":
        return keep
    target = next((each.value for each in making.call.keywords if each.arg == "target"), None)
    work = f"{context.text(target)}, …" if target is not None else "…"
    return f"{keep}, or give the work to a pool that is shut down: `pool.submit({work})`"


def _kept_thread(context: FileContext, making: Making, here: Fate, word: str) -> Iterator[Finding]:
    kept = here.attributes[0]
    owner = owner_of(context, making.scope, kept)
    closing = closing_method(owner) if owner is not None else None
    if owner is None or closing is None or any(closing.of(ast.Await)) or _waits(closing, None):
        return
    fate = fate_of_attribute(context, kept.attr, THREAD_ENDS)
    daemon = "daemon" in fate.given or fate.called("setDaemon") is not None
    started = fate.called("start") is not None or here.called("start") is not None
    if started and not (fate.ended or fate.handed_on or daemon or _tells(context, making)):
        yield RULE.finding(
            context,
            closing.node,
            f"`{owner.name}.{closing.name}` does not wait for the {word} in `self.{kept.attr}`: "
            f"it may still work when `{closing.name}` returns",
            advice=f"tell it to stop and call `self.{kept.attr}.join()` in it",
            confidence=Confidence.MEDIUM,
            steps=(context.step(making.call, f"self.{kept.attr} is made here"),),
        )


def _stays_alive(context: FileContext, making: Making) -> bool:
    """Tell whether a thread is surely no daemon, as far as its making shows."""
    for each in making.call.keywords:
        if each.arg is None or (each.arg == "daemon" and not (isinstance(each.value, ast.Constant) and not each.value.value)):
            return False
    if making.path == making.kind:
        return True
    # A class of its own may make itself a daemon, or look after its own end: only one that can be read here and has no word of it counts.
    places = [scope for scope in context.scopes() if context.full_name(scope) == making.path]
    return bool(places) and not any(_speaks_of_its_end(place) for place in places)


def _speaks_of_its_end(owner: Scope) -> bool:
    return any(
        (isinstance(node, ast.Attribute) and node.attr == "daemon")
        or (isinstance(node, ast.keyword) and node.arg in {"daemon", None})
        or (isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name in {"start", "__enter__"})
        for node in ast.walk(owner.node)
    )


def _waits(scope: Scope, start: ast.Call | None) -> bool:
    """Tell whether a function waits for something, after the start of a thread if one is given."""
    first = start.lineno if start is not None else 0
    return any(
        isinstance(call.func, ast.Attribute) and call.func.attr in _WAITING and call.lineno >= first and call is not start
        for call in scope.of(ast.Call)
    )


def _tells(context: FileContext, making: Making) -> bool:
    """Tell whether what a thread runs says by itself that it is done: by an event, a queue, a future or a call into the loop."""
    target = next((each.value for each in making.call.keywords if each.arg == "target"), None)
    work = context.scope_named(context.path(target, making.scope)) if target is not None else None
    return work is not None and any(isinstance(call.func, ast.Attribute) and call.func.attr in _TELLING for call in work.of(ast.Call))


RULE: Final = Rule(
    code="CA203",
    name="missing-shutdown",
    pitfall="P21",
    topic="missing-shutdown",
    summary="A thread, process or pool is started and nothing ends it or waits for it.",
    severity=Severity.WARNING,
    check=check,
    also=("pylint R1732",),
    template="thread-fan-out",
)
