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

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.context import FileContext
from conc_advisor.review.fate import Fate, fate_of, fate_of_attribute
from conc_advisor.review.knowledge.lifetimes import CLOSING, EXECUTORS, POOL_ENDS, POOLS, THREAD_ENDS, THREADS
from conc_advisor.review.makings import Making, makings
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import BindingKind, Scope, ScopeKind

_WAITING: Final = frozenset({"join", "wait", "get", "result", "communicate", "recv", "acquire", "exec_", "mainloop", "serve_forever", "run"})
"""Methods that a function calls which waits for its thread by other means than `join`, or has the program's main loop."""


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the pools, threads and processes of a file that are started and left."""
    for making in makings(context, (*EXECUTORS, *POOLS, *THREADS)):
        if making.scope.kind in {ScopeKind.MODULE, ScopeKind.CLASS} or context.in_main_guard(making.call):
            continue
        yield from _thread(context, making) if making.kind in THREADS else _pool(context, making)


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


def _left_behind(kind: str) -> str:
    if kind == "multiprocessing.Pool":
        return "its processes live on until the garbage collector comes by, and the program's end can hang on them"
    if kind in EXECUTORS:
        return "its workers live on until the garbage collector comes by, and nothing waits for work that is not done"
    return "its threads live on until the garbage collector comes by, and the program's end can hang on them"


def _kept_pool(context: FileContext, making: Making, kept: ast.Attribute) -> Iterator[Finding]:
    owner = _owner(context, making.scope, kept)
    if owner is None:
        return
    fate = fate_of_attribute(context, kept.attr, POOL_ENDS)
    if fate.ended or fate.handed_on:
        return
    end = "shutdown()" if making.kind in EXECUTORS else "terminate()"
    closing = _closing(context, owner)
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


# --- threads and processes ----------------------------------------------------------------------------------------------------------


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
        sure = not _waits(making.scope, start) and making.scope.name != "main"
        yield RULE.finding(
            context,
            start,
            f"nothing joins {f'the {word} `{name}`' if name else f'this {word}'}: nobody learns when it is done or that it failed, "
            f"and the program cannot end before it",
            advice=f"keep it and call `{name or word}.join()` where `{making.scope.name}` or its owner ends"
            + ("" if word == "process" else f", or give the work to a pool: `with ThreadPoolExecutor() as pool: pool.submit({_work(context, making)})`"),
            confidence=Confidence.MEDIUM if sure else Confidence.LOW,
            severity=Severity.WARNING if sure else Severity.INFO,
        )
    elif len(fate.attributes) == 1 and not (fate.ended or fate.handed_on):
        yield from _kept_thread(context, making, fate, word)


def _kept_thread(context: FileContext, making: Making, here: Fate, word: str) -> Iterator[Finding]:
    kept = here.attributes[0]
    owner = _owner(context, making.scope, kept)
    closing = _closing(context, owner) if owner is not None else None
    if owner is None or closing is None:
        return
    fate = fate_of_attribute(context, kept.attr, THREAD_ENDS)
    daemon = "daemon" in fate.given or fate.called("setDaemon") is not None
    started = fate.called("start") is not None or here.called("start") is not None
    if started and not (fate.ended or fate.handed_on or daemon):
        yield RULE.finding(
            context,
            closing.node,
            f"`{owner.name}.{closing.name}` does not wait for the {word} in `self.{kept.attr}`: it may still work when `{closing.name}` returns",
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


def _waits(scope: Scope, start: ast.Call) -> bool:
    """Tell whether the function waits for something after the start of a thread."""
    return any(
        isinstance(call.func, ast.Attribute) and call.func.attr in _WAITING and call.lineno >= start.lineno and call is not start
        for call in scope.of(ast.Call)
    )


def _work(context: FileContext, making: Making) -> str:
    target = next((each.value for each in making.call.keywords if each.arg == "target"), None)
    return f"{context.text(target)}, …" if target is not None else "…"


# --- the class that keeps it ------------------------------------------------------------------------------------------------------


def _owner(context: FileContext, scope: Scope, kept: ast.Attribute) -> Scope | None:
    """Return the class whose method keeps something in an attribute of its instance; None for anything else."""
    binder = scope.binder(kept.value.id) if isinstance(kept.value, ast.Name) else None
    if binder is None or not isinstance(kept.value, ast.Name):
        return None
    for binding in binder.bindings.get(kept.value.id, ()):
        if binding.kind is BindingKind.SELF and binding.value is not None:
            return context.symbols.scopes.get(binding.value)
    return None


def _closing(context: FileContext, owner: Scope) -> Scope | None:
    """Return the method by which an instance of a class is closed; None where it has none, or one that does nothing."""
    methods = [each for each in owner.children if each.kind is ScopeKind.FUNCTION and each.name in CLOSING]
    return next((each for each in methods if any(each.of(kind) for kind in (ast.Call, ast.Assign)) and not each.of(ast.Raise)), None)


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
