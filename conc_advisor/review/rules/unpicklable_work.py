"""# CA601 unpicklable-work

A process pool or process is given work that pickle cannot send.

## What it does

Finds lambdas, functions that are defined inside of functions, and bound methods of objects that hold a lock, a thread, a socket, an
executor or an open file, given to a `ProcessPoolExecutor`, a `multiprocessing.Pool`, a process, or `run_in_executor` with such a pool;
and such objects, generators, and the queues and locks of `multiprocessing` among the arguments, as far as they are written out.

It also finds classes that cannot be sent: with a `__getstate__` that copies `__dict__` and leaves a lock in it; derived from `Process`
with a lock that `__init__` makes; and, in projects that use processes, exceptions whose base does not get the arguments that they need.

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
from conc_advisor.review.observations.processes.pickled_classes import UNPICKLABLE as _UNPICKLABLE
from conc_advisor.review.observations.processes.pickled_classes import held_unpicklable, unpicklable_classes
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import BindingKind, Scope, ScopeKind

_POOLS: Final = ("concurrent.futures.ProcessPoolExecutor", "multiprocessing.Pool")
_METHODS: Final = frozenset({"submit", "map", "apply", "apply_async", "map_async", "starmap", "starmap_async", "imap", "imap_unordered"})
_INHERITED: Final = tuple(
    f"multiprocessing.{name}"
    for name in ("Queue", "SimpleQueue", "Lock", "RLock", "Event", "Condition", "Semaphore", "Value", "Array", "Barrier")
)
"""What a pool cannot send: "… objects should only be shared between processes through inheritance"."""


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the work that cannot be sent to a process."""
    yield from unpicklable_classes(context, RULE)
    for scope, call in context.calls():
        given, sure = _given(context, scope, call)
        if given is None:
            continue
        yield from _arguments(context, scope, call, sure=sure)
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


def _arguments(context: FileContext, scope: Scope, call: ast.Call, *, sure: bool) -> Iterator[Finding]:
    """Yield the arguments of the work that cannot be sent with it."""
    for argument_ in _sent(context, call):
        if isinstance(argument_, ast.Lambda):
            what = "a lambda"
        elif isinstance(argument_, ast.GeneratorExp):
            what = "a generator"
        else:
            path = context.path(argument_, scope)
            what = f"a `{path.removesuffix('()')}`" if context.project.is_a(path, *_UNPICKLABLE) else ""
            if not what and sure and context.project.is_a(path, *_INHERITED):
                what = f"a `{path.removesuffix('()')}`, which is for `Process` only,"
        if what:
            yield RULE.finding(
                context,
                argument_,
                f"`{context.text(argument_)}` is {what} and cannot be pickled, so `{last_name(call)}` cannot send it to another process"
                + ("" if sure else ", except under the start method fork"),
                advice="send plain data, a path or an address, and make the object in the other process"
                if what[2] != "`" or "multiprocessing" not in what
                else "hand it over by the pool's `initializer` and `initargs`, or use one of `multiprocessing.Manager()`",
                confidence=Confidence.HIGH,
                severity=None if sure else Severity.WARNING,
            )


def _sent(context: FileContext, call: ast.Call) -> list[ast.expr]:
    """Return the arguments that a call sends along with the function, as far as they are written out."""
    name = context.word(call)
    if name == "submit":
        return [*call.args[1:], *(each.value for each in call.keywords if each.arg)]
    if name == "run_in_executor":
        return call.args[2:]
    listed = argument(call, "args", {"Process": 3, "apply": 1, "apply_async": 1}.get(name))
    return list(listed.elts) if isinstance(listed, (ast.Tuple, ast.List)) and name in {"Process", "apply", "apply_async"} else []


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
    held = held_unpicklable(context.project, owner[:-2], depth=3)
    return f"`{name}` is bound to an object whose `{held[0]}` is a `{held[1]}`" if held is not None else ""


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
