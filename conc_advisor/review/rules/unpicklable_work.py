"""# CA601 unpicklable-work

A process pool or process is given work that pickle cannot send.

## What it does

Finds lambdas, functions that are defined inside of functions, and bound methods of objects that hold a lock, a thread, a socket, an
executor or an open file, given to a `ProcessPoolExecutor`, a `multiprocessing.Pool`, a process, or `run_in_executor` with such a pool.

## Why is this bad

What is sent to another process is pickled, and these cannot be: the call raises `PicklingError` or `TypeError: cannot pickle …`, which a
dropped future hides.  A `Process` gets away with it under the start method fork, and breaks on macOS, on Windows, and since Python 3.14 on
Linux.

## Example

```python
from concurrent.futures import ProcessPoolExecutor


def normalise(rows, scale):
    with ProcessPoolExecutor() as pool:
        return list(pool.map(lambda row: sum(row) / scale, rows, chunksize=64))
```

## Use instead

```python
from concurrent.futures import ProcessPoolExecutor
from functools import partial


def norm(scale, row):
    return sum(row) / scale


def normalise(rows, scale):
    with ProcessPoolExecutor() as pool:
        return list(pool.map(partial(norm, scale), rows, chunksize=64))
```

## References

- [What can be pickled](https://docs.python.org/3/library/pickle.html#what-can-be-pickled-and-unpickled)
- [multiprocessing: the spawn and forkserver start methods](https://docs.python.org/3/library/multiprocessing.html#the-spawn-and-forkserver-start-methods)

## Related

none
"""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.context import FileContext, argument, last_name
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import BindingKind, Scope, ScopeKind

_POOLS: Final = ("concurrent.futures.ProcessPoolExecutor", "multiprocessing.Pool")
_METHODS: Final = frozenset({"submit", "map", "apply", "apply_async", "map_async", "starmap", "starmap_async", "imap", "imap_unordered"})
_UNPICKLABLE: Final = (
    *("threading.Lock", "threading.RLock", "threading.Condition", "threading.Event", "threading.Semaphore", "threading.Thread"),
    *("threading.local", "socket.socket", "concurrent.futures.ThreadPoolExecutor", "concurrent.futures.ProcessPoolExecutor"),
    *("sqlite3.Connection", "open", "subprocess.Popen", "queue.Queue", "multiprocessing.Pool", "asyncio.AbstractEventLoop"),
)
_REDUCING: Final = frozenset({"__getstate__", "__reduce__", "__reduce_ex__"})


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the work that cannot be sent to a process."""
    for scope, call in context.calls():
        given, sure = _given(context, scope, call)
        if given is None:
            continue
        work = context.work(given, scope)
        why = _why_not(context, scope, work)
        if why:
            fork = "" if sure else ", except under the start method fork"
            yield RULE.finding(
                context,
                call,
                f"{why}, so `{last_name(call)}` cannot send it to another process{fork}",
                advice="hand over a function of the module's top level, with what it needs as plain arguments",
                confidence=Confidence.HIGH,
                severity=None if sure else Severity.WARNING,
            )


def _given(context: FileContext, scope: Scope, call: ast.Call) -> tuple[ast.expr | None, bool]:
    """Return the function that a call sends to another process, and whether it is pickled whatever the start method."""
    name = context.word(call)
    if name == "Process":
        return (argument(call, "target", 1), False) if context.target(call, scope) == "multiprocessing.Process" else (None, False)
    if name == "run_in_executor" and len(call.args) > 1:
        return (call.args[1], True) if context.is_a(call.args[0], *_POOLS, scope=scope) else (None, False)
    if name in _METHODS and isinstance(call.func, ast.Attribute) and call.args and context.is_a(call.func.value, *_POOLS, scope=scope):
        return call.args[0], True
    return None, False


def _why_not(context: FileContext, scope: Scope, work: ast.expr) -> str:
    """Return why a function cannot be pickled, as the beginning of a sentence; "" for one that can, as far as is known."""
    if isinstance(work, ast.Lambda):
        return "a lambda cannot be pickled"
    if isinstance(work, ast.Name):
        return _named(scope, work.id)
    if isinstance(work, ast.Attribute):
        owner = context.path(work.value, scope)
        method = context.project.functions.get(context.path(work, scope))
        if method is not None and any(each in {"staticmethod", "classmethod"} for each in method.decorators):
            return ""
        return _bound_to(context, owner, context.text(work)) if owner.endswith("()") else ""
    return ""


def _named(scope: Scope, name: str) -> str:
    binder = scope.binder(name)
    if binder is None or binder.kind is not ScopeKind.FUNCTION:
        return ""
    bindings = binder.bindings.get(name, ())
    if any(each.kind is BindingKind.FUNCTION for each in bindings):
        return f"`{name}` is defined inside of `{binder.name}` and cannot be pickled"
    if any(isinstance(each.value, ast.Lambda) for each in bindings):
        return f"`{name}` is a lambda, which cannot be pickled,"
    return ""


def _bound_to(context: FileContext, owner: str, name: str) -> str:
    """Return why an object that a method is bound to cannot be pickled; "" where nothing says so."""
    held = _unpicklable(context, owner[:-2], depth=2)
    return f"`{name}` is bound to an object whose `{held[0]}` is a `{held[1]}`" if held is not None else ""


def _unpicklable(context: FileContext, owner: str, depth: int) -> tuple[str, str] | None:
    """Return the attribute of a class, or of what its attributes hold, that cannot be pickled, and the name of its class."""
    project = context.project
    classes = [project.classes[each] for each in project.mro(owner) if each in project.classes]
    if any(not _REDUCING.isdisjoint(each.methods) for each in classes):
        return None
    for each in classes:
        for attribute, raw in each.attributes.items():
            path = project.canonical(raw)
            if project.is_a(path, *_UNPICKLABLE):
                return attribute, path.removesuffix("()")
            if depth > 1 and path.endswith("()") and path[:-2] in project.classes and path[:-2] != owner:
                inner = _unpicklable(context, path[:-2], depth - 1)
                if inner is not None:
                    return f"{attribute}.{inner[0]}", inner[1]
    return None


RULE: Final = Rule(
    code="CA601",
    name="unpicklable-work",
    pitfall="P10",
    topic="unpicklable-work",
    summary="A process is given work that pickle cannot send.",
    severity=Severity.ERROR,
    check=check,
    template="process-fan-out",
)
