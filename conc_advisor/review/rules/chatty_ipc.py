"""# CA604 chatty-ipc

A process pool gets one message for each of many tiny pieces of work.

## What it does

Finds `map` of a `ProcessPoolExecutor`, and `imap` of a `multiprocessing.Pool`, without `chunksize`, and `submit` in a loop, where the
function is of this file, has at most two statements and neither loops nor calls anything but builtins.  A `map` of
an object that is called for each row is information: how long a piece takes is not known.

## Why is this bad

Each argument and each result is pickled, sent through a pipe and woken up for: some 50 microseconds, where the work takes one.  The
program gets slower with every process that is added.

## Example

```python
from concurrent.futures import ProcessPoolExecutor


def square(number):
    return number * number


def main(limit):
    with ProcessPoolExecutor() as pool:
        return sum(pool.map(square, range(limit)))
```

## Use instead

```python
from concurrent.futures import ProcessPoolExecutor


def square(number):
    return number * number


def main(limit):
    with ProcessPoolExecutor() as pool:
        return sum(pool.map(square, range(limit), chunksize=max(1, limit // 64)))
```

Better still: work so small is done faster without processes, or in NumPy.

## References

- [Executor.map: chunksize](https://docs.python.org/3/library/concurrent.futures.html#concurrent.futures.Executor.map)

## Related

none
"""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.context import FileContext, argument, has_unseen_arguments, last_name
from conc_advisor.review.observations.blocking.working import is_tiny
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope

_EXECUTOR: Final = "concurrent.futures.ProcessPoolExecutor"
_POOL: Final = "multiprocessing.Pool"
_FEW: Final = 1000
"""A literal number of pieces below which it does not matter: they cost 50 milliseconds in all."""


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the hand-overs of many tiny pieces of work to processes."""
    for scope, call in context.calls():
        name = last_name(call)
        if name not in {"map", "imap", "imap_unordered", "submit"} or not isinstance(call.func, ast.Attribute) or not call.args:
            continue
        if not _is_piecewise(context, scope, call, name):
            continue
        work = context.scope_named(context.path(call.args[0], scope))
        if _is_short(call):
            continue
        if work is None or not is_tiny(context, work):
            yield from _one_by_one(context, scope, call, name)
            continue
        yield RULE.finding(
            context,
            call,
            f"each `{work.name}` is a message of its own to another process: sending it takes longer than doing it",
            advice="hand over slices of the work" if name == "submit" else f"give `{name}` a `chunksize`, or do the work in this process",
            confidence=Confidence.MEDIUM,
        )


def _one_by_one(context: FileContext, scope: Scope, call: ast.Call, name: str) -> Iterator[Finding]:
    """Yield a `map` of an object over rows of unknown number: whether a message for each is too many, a measurement has to say."""
    if name == "submit" or not context.path(call.args[0], scope).endswith("()"):
        return
    yield RULE.finding(
        context,
        call,
        f"`{name}` sends each element of `{context.text(call.args[1]) if len(call.args) > 1 else '…'}` as a message of its own",
        advice=f"if there are thousands, give `{name}` a `chunksize`, and measure",
        confidence=Confidence.LOW,
        severity=Severity.INFO,
    )


def _is_piecewise(context: FileContext, scope: Scope, call: ast.Call, name: str) -> bool:
    """Tell whether a call sends one piece a message to processes."""
    owner = call.func.value if isinstance(call.func, ast.Attribute) else call.func
    if name == "submit":
        return context.loop_around(call) is not None and context.is_a(owner, _EXECUTOR, scope=scope)
    size = argument(call, "chunksize", None if name == "map" else 2)
    if has_unseen_arguments(call) or (size is not None and not (isinstance(size, ast.Constant) and size.value == 1)):
        return False
    if name == "map" and size is not None and context.is_a(owner, _POOL, scope=scope):
        return True
    return context.is_a(owner, _EXECUTOR if name == "map" else _POOL, scope=scope)


def _is_short(call: ast.Call) -> bool:
    """Tell whether the pieces are few: a literal, or `range` of a small number."""
    source = call.args[1] if len(call.args) > 1 else None
    if isinstance(source, (ast.List, ast.Tuple, ast.Set)):
        return True
    if isinstance(source, ast.Call) and last_name(source) == "range" and source.args:
        last = source.args[1] if len(source.args) > 1 else source.args[0]
        return isinstance(last, ast.Constant) and isinstance(last.value, int) and last.value < _FEW
    return False


RULE: Final = Rule(
    code="CA604",
    name="chatty-ipc",
    pitfall="P29",
    topic="chatty-ipc",
    summary="A process pool gets one message for each of many tiny pieces of work.",
    severity=Severity.WARNING,
    check=check,
    template="process-fan-out",
)
