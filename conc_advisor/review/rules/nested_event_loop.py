"""# CA701 nested-event-loop

A coroutine, or a function that a coroutine calls, starts an event loop where one is running already.

## What it does

Finds `asyncio.run`, `run_until_complete`, `run_forever` and their like inside of `async def`, and calls of plain functions of the project
that end in one, with the way.  A function that asks first whether a loop is running is left alone, and so is what runs in a thread.

As information it tells of plain public methods that run a loop in classes with async methods, and of plain functions that run a result if
it is a coroutine: both fail when a coroutine is their caller.

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

_SPECIAL: Final = frozenset({"__init__", "__enter__", "__exit__", "__call__", "__del__", "__getitem__"})
_SYNCING: Final = frozenset({"run_sync", "run_async", "run_coroutine", "asyncio_run", "syncify", "run_coro"})
_PROGRAMS: Final = frozenset({"Command", "Main", "App", "CLI", "Cli"})
"""Names of classes that are mostly a whole program."""


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the event loops that are started where one is running."""
    yield from _of_async_classes(context)
    yield from _of_unknown_results(context)
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
        owner = scope.enclosing_class or _class_of_closure(scope)
        if scope.is_async or owner is None or (scope.name.startswith("_") and scope.name not in _SPECIAL) or owner.name in _PROGRAMS:
            continue
        if not any(each.is_async for each in owner.children) or _runs_apart(context, scope):
            continue
        for call in scope.of(ast.Call):
            if not _starts_here(context, scope, call) or _asks_first(scope):
                continue
            yield RULE.finding(
                context,
                call,
                f"`{owner.name}` has async methods, but `{scope.name}` runs the event loop itself: it raises RuntimeError in any coroutine",
                advice=f"make `{scope.name}` async, or offer it for programs without a loop only",
                confidence=Confidence.LOW,
                severity=Severity.INFO,
            )
            break


def _class_of_closure(scope: Scope) -> Scope | None:
    """Return the class in whose plain method a function is made, which others are then given."""
    around = scope.parent
    return around.enclosing_class if around is not None and around.is_function and not around.is_async else None


def _starts_here(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    """Tell whether a call runs the current loop, or starts one in the thread of its caller."""
    name = last_name(call)
    if name == "run_until_complete" and isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Call):
        return context.target(call.func.value, scope) == "asyncio.get_event_loop"
    if name in _SYNCING and call.args and isinstance(call.args[0], ast.Call):
        # A function of that name that is given a coroutine runs it to its end.
        function = context.callee(call.args[0], scope)
        return function is not None and function.is_async and not function.is_generator
    return name == "run" and context.target(call, scope) == "asyncio.run"


def _runs_apart(context: FileContext, scope: Scope) -> bool:
    """Tell whether a method runs in a thread or process of its own."""
    return scope.name in {"run", "main", "cli", "start", "serve"} or bool(context.project.reach.running(context.full_name(scope)))


def _of_unknown_results(context: FileContext) -> Iterator[Finding]:
    """Yield plain functions that run a coroutine which they were given, wherever they are called."""
    for scope in context.functions():
        if scope.is_async or not scope.of(ast.If):
            continue
        for call in scope.of(ast.Call):
            if last_name(call) != "run" or not call.args or context.target(call, scope) != "asyncio.run" or _asks_first(scope):
                continue
            given = last_name(call.args[0])
            if given and any(isinstance(each, ast.If) and _asks_for_coroutine(each.test, given) for each in context.ancestors(call)):
                yield RULE.finding(
                    context,
                    call,
                    f"`{scope.name}` runs `{given}` in a loop of its own: where a coroutine is among its callers, it raises RuntimeError",
                    advice="ask for a running loop first, or have the caller await it",
                    confidence=Confidence.LOW,
                    severity=Severity.INFO,
                )


def _asks_for_coroutine(test: ast.expr, name: str) -> bool:
    return any(
        isinstance(node, ast.Call)
        and last_name(node) in {"iscoroutine", "isawaitable"}
        and any(last_name(each) == name for each in node.args)
        for node in ast.walk(test)
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
