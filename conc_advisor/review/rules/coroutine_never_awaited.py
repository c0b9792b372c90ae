"""# CA201 coroutine-never-awaited

A coroutine is made by calling an async function, and nothing awaits it: its body never runs.

## What it does

Finds calls of async functions, of this project or of asyncio, whose coroutine is thrown away: as a statement of its own, or tested for
truth instead of its result.

## Why is this bad

Nothing in the function happens, and the only trace is a `RuntimeWarning: coroutine … was never awaited` when the garbage collector comes
by, often long afterwards.  In a condition a coroutine is always true: a permission check that is not awaited lets everybody in.

## Example

```python
import asyncio


async def save(order):
    await asyncio.sleep(0.1)


async def complete(order):
    save(order)
```

## Use instead

```python
import asyncio


async def save(order):
    await asyncio.sleep(0.1)


async def complete(order):
    await save(order)
```

## References

- [asyncio: detect never-awaited coroutines](https://docs.python.org/3/library/asyncio-dev.html#detect-never-awaited-coroutines)

## Related

mypy `unused-coroutine` and `truthy-bool`, pyright `reportUnusedCoroutine`
"""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.context import FileContext
from conc_advisor.review.project.summaries import FunctionSummary
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope

_ASYNCIO: Final = frozenset(f"asyncio.{name}" for name in ("sleep", "wait", "wait_for", "to_thread", "open_connection", "start_server"))


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the coroutines of a file that are made and dropped."""
    for scope, call in context.calls():
        if context.is_dropped(call):
            name = _coroutine(context, scope, call)
            if name:
                yield RULE.finding(
                    context,
                    call,
                    f"`{name}()` makes a coroutine that nothing awaits: its body never runs",
                    advice=f"write `await {name}(…)`" if scope.is_async else f"run it from async code: `await {name}(…)`",
                    confidence=Confidence.HIGH,
                )
        elif _is_tested(context, call):
            name = _coroutine(context, scope, call)
            if name:
                yield RULE.finding(
                    context,
                    call,
                    f"`{name}()` makes a coroutine, which is always true: the condition never looks at its result",
                    advice=f"write `await {name}(…)`",
                    confidence=Confidence.HIGH,
                )


def _coroutine(context: FileContext, scope: Scope, call: ast.Call) -> str:
    """Return the name of the async function that a call calls; "" for any other call."""
    path = context.target(call, scope)
    if path in _ASYNCIO:
        return path
    function = context.project.functions.get(path)
    return context.text(call.func) if function is not None and _makes_coroutine(function) else ""


def _makes_coroutine(function: FunctionSummary) -> bool:
    """Tell whether calling a function gives a bare coroutine; a decorator may make anything of it."""
    return function.is_async and not function.is_generator and all(each.rpartition(".")[2] in _HARMLESS for each in function.decorators)


def _is_tested(context: FileContext, call: ast.Call) -> bool:
    node: ast.AST = call
    parent = context.parent(node)
    while isinstance(parent, (ast.BoolOp, ast.UnaryOp)) and (isinstance(parent, ast.BoolOp) or isinstance(parent.op, ast.Not)):
        node, parent = parent, context.parent(parent)
    return isinstance(parent, (ast.If, ast.While, ast.IfExp, ast.Assert)) and parent.test is node


_HARMLESS: Final = frozenset({"staticmethod", "classmethod", "abstractmethod", "override", "final", "wraps"})
RULE: Final = Rule(
    code="CA201",
    name="coroutine-never-awaited",
    pitfall="P02",
    topic="coroutine-never-awaited",
    summary="An async function is called and its coroutine is never awaited.",
    severity=Severity.ERROR,
    check=check,
    in_tests=True,
)
