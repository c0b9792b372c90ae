"""# CA701 nested-event-loop

A coroutine, or a function that a coroutine calls, starts an event loop where one is running already.

## What it does

Finds `asyncio.run`, `run_until_complete`, `run_forever` and their like inside of `async def`, and calls of plain functions of the project
that end in one, with the way.  A function that asks first whether a loop is running is left alone, and so is what runs in a thread.

## Why is this bad

It raises `RuntimeError: … cannot be called from a running event loop` whenever it is reached.  Such a facade works in scripts and tests
and fails in the first web handler or notebook that uses it.

## Example

```python
import asyncio


async def load(number):
    await asyncio.sleep(0.1)
    return number


async def handler(number):
    return asyncio.run(load(number))
```

## Use instead

```python
import asyncio


async def load(number):
    await asyncio.sleep(0.1)
    return number


async def handler(number):
    return await load(number)
```

## References

- [asyncio.run](https://docs.python.org/3/library/asyncio-runner.html#asyncio.run)

## Related

none
"""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.project.reach import runs_later
from conc_advisor.review.project.summaries import CallSite, FunctionSummary
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope

_STARTS: Final = frozenset(
    {
        *("asyncio.run", "asyncio.Runner().run"),
        *("asyncio.AbstractEventLoop().run_until_complete", "asyncio.AbstractEventLoop().run_forever"),
        *("uvloop.run", "anyio.run", "trio.run", "uvicorn.run", "aiohttp.web.run_app", "asgiref.sync.async_to_sync()"),
    }
)


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the event loops that are started where one is running."""
    yield from _of_async_classes(context)
    for scope in context.coroutines():
        for call in scope.of(ast.Call):
            path = context.target(call, scope)
            if path in _STARTS:
                if not _patched(context):
                    yield RULE.finding(
                        context,
                        call,
                        f"`{context.text(call.func)}()` starts an event loop inside of the async function `{scope.name}`, "
                        "where one is running already: it raises RuntimeError",
                        advice="await the coroutine instead",
                        confidence=Confidence.HIGH,
                    )
                continue
            function = context.project.functions.get(path)
            if function is None or runs_later(function) or context.is_awaited(call) or _leaves_the_loop(function):
                continue
            way = context.project.reach.way(function, _starts, "loop")
            if way is not None and not _patched(context):
                yield RULE.finding(
                    context,
                    call,
                    f"`{context.text(call.func)}()` ends in `{way.target}()`, which raises RuntimeError "
                    f"in the running event loop of `{scope.name}`",
                    advice="await the coroutine that it runs, or call it by `await asyncio.to_thread(…)`",
                    confidence=Confidence.HIGH if not way.conditions else Confidence.MEDIUM,
                    severity=None if way.conditions <= 1 else Severity.WARNING,
                    steps=(context.step(call, f"{scope.name}() calls {function.name.rpartition('.')[2]}()"), *way.steps()),
                )


def _of_async_classes(context: FileContext) -> Iterator[Finding]:
    """Yield the plain public methods that run the current loop, in classes that are used on it: a coroutine that calls one fails."""
    for scope in context.functions():
        owner = scope.enclosing_class
        if scope.is_async or owner is None or scope.name.startswith("_"):
            continue
        for call in scope.of(ast.Call):
            if not isinstance(call.func, ast.Attribute) or call.func.attr != "run_until_complete" or _asks_first(scope):
                continue
            if not any(each.is_async for each in owner.children):
                break
            if isinstance(call.func.value, ast.Call) and context.target(call.func.value, scope) == "asyncio.get_event_loop":
                yield RULE.finding(
                    context,
                    call,
                    f"`{owner.name}` has async methods, but `{scope.name}` runs the event loop itself: "
                    "it raises RuntimeError in any coroutine",
                    advice=f"make `{scope.name}` async, or offer it for programs without a loop only",
                    confidence=Confidence.LOW,
                    severity=Severity.INFO,
                )


def _asks_first(scope: Scope) -> bool:
    """Tell whether a function looks whether a loop is running."""
    return any(last_name(each) in {"is_running", "get_running_loop", "_get_running_loop"} for each in scope.of(ast.Call))


def _starts(path: str, site: CallSite, _function: FunctionSummary) -> bool:
    return path in _STARTS and not site.guarded


def _leaves_the_loop(function: FunctionSummary) -> bool:
    return any(word in each.lower() for each in function.decorators for word in ("thread", "async", "executor"))


def _patched(context: FileContext) -> bool:
    """Tell whether the file makes nested loops possible by nest_asyncio."""
    return any(path.startswith("nest_asyncio") for path in context.project.modules[context.parsed.name].names.values())


RULE: Final = Rule(
    code="CA701",
    name="nested-event-loop",
    pitfall="P06",
    topic="nested-asyncio-run",
    summary="An event loop is started where one is running already.",
    severity=Severity.ERROR,
    check=check,
    in_tests=True,
)
