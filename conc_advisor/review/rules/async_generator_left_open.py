"""# CA204 async-generator-left-open

An async generator that has something to clean up is left before its end, and nothing closes it.

## What it does

Finds `async for` over an async generator of the project that yields inside of `with` or `try … finally`, where the loop is left by `break`
or `return`, or hands the values on by `yield`, and no `aclosing` stands around it.  It also finds such a generator itself, as
information, unless it is made a context manager or a fixture.

## Why is this bad

Unlike a generator, an async generator cannot clean up when the last reference goes: its `finally` runs when the event loop gets to it,
later, in another task, or never.  Connections and locks stay taken, and a timeout or a cancel scope inside of it hits the wrong task.

## Example

```python
import asyncio


async def lines(host):
    reader, writer = await asyncio.open_connection(host, 7000)
    try:
        while line := await reader.readline():
            yield line
    finally:
        writer.close()
        await writer.wait_closed()


async def find(host, word):
    async with asyncio.timeout(10):
        async for line in lines(host):
            if word in line:
                return line
```

## Use instead

```python
import asyncio
from contextlib import aclosing, asynccontextmanager


@asynccontextmanager
async def connected(host):
    async with asyncio.timeout(10):
        reader, writer = await asyncio.open_connection(host, 7000)
    try:
        yield reader
    finally:
        writer.close()
        await writer.wait_closed()


async def find(host, word):
    async with asyncio.timeout(10), connected(host) as reader, aclosing(aiter(reader)) as lines:
        async for line in lines:
            if word in line:
                return line
```

## References

- [contextlib.aclosing](https://docs.python.org/3/library/contextlib.html#contextlib.aclosing)
- [PEP 525: finalization](https://peps.python.org/pep-0525/#finalization)

## Related

ruff and flake8-async `ASYNC119`
"""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Location, Severity, Step
from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.project.summaries import FunctionSummary
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope

_MANAGED: Final = ("asynccontextmanager", "contextmanager", "fixture", "lifespan", "middleware", "resource", "provide")
_ACLOSING: Final = 10


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the loops that leave an async generator open, and the generators that rely on being closed."""
    for scope in context.coroutines():
        for loop in scope.of(ast.AsyncFor):
            yield from _left(context, scope, loop)
        if scope.of(ast.Yield):
            yield from _relying(context, scope)


def _left(context: FileContext, scope: Scope, loop: ast.AsyncFor) -> Iterator[Finding]:
    generator = _generator(context, scope, loop.iter)
    if generator is None or not generator.cleans_up or _is_managed(generator):
        return
    leave = next(_leaves(loop), None)
    if leave is None:
        return
    name = generator.name.rpartition(".")[2]
    how = {ast.Break: "`break`", ast.Return: "`return`"}.get(type(leave), "a consumer that stops early")
    yield RULE.finding(
        context,
        leave,
        f"{how} leaves the async generator `{name}` open: what it has to clean up waits for the event loop's garbage collection",
        advice=_advice(context, loop, name),
        confidence=Confidence.HIGH if not isinstance(leave, ast.Yield) else Confidence.MEDIUM,
        severity=Severity.INFO if isinstance(leave, ast.Yield) else None,
        steps=(Step(text=f"{name}() yields where it has to clean up", location=_place(generator)),),
    )


def _advice(context: FileContext, loop: ast.AsyncFor, name: str) -> str:
    target = ast.unparse(loop.target)
    if context.python >= _ACLOSING:
        return f"write `async with aclosing({name}(…)) as stream:` around it and `async for {target} in stream:`"
    return f"keep the generator in a variable and `await generator.aclose()` in a `finally` ({name}())"


def _place(generator: FunctionSummary) -> Location:
    return Location(file=generator.file, line=generator.line, function=generator.name)


def _leaves(loop: ast.AsyncFor) -> Iterator[ast.stmt | ast.expr]:
    """Yield what leaves a loop before its generator's end: `break` and `return` of its own, and `yield`, whose consumer may stop."""
    later: list[ast.expr] = []
    waiting: list[tuple[ast.AST, bool]] = [(each, True) for each in reversed(loop.body)]
    while waiting:
        node, own = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            continue
        if isinstance(node, ast.Return) or (isinstance(node, ast.Break) and own):
            yield node
        if isinstance(node, ast.Yield):
            later.append(node)
        inner = own and not isinstance(node, (ast.For, ast.AsyncFor, ast.While))
        waiting.extend((child, inner) for child in reversed(list(ast.iter_child_nodes(node))))
    yield from later


def _generator(context: FileContext, scope: Scope, source: ast.expr) -> FunctionSummary | None:
    """Return the async generator of the project that a loop iterates over, unless a context manager has it."""
    if isinstance(source, ast.Name):
        values = [each.value for each in scope.bindings.get(source.id, ()) if isinstance(each.node, ast.Assign)]
        source = values[0] if len(values) == 1 and isinstance(values[0], ast.expr) else source
        if any(last_name(each) == "aclose" for each in scope.of(ast.Call)):
            return None
    if not isinstance(source, ast.Call):
        return None
    function = context.project.functions.get(context.target(source, scope))
    return function if function is not None and function.is_async and function.is_generator else None


def _is_managed(generator: FunctionSummary) -> bool:
    return any(word in each.rpartition(".")[2].lower() for each in generator.decorators for word in _MANAGED)


def _relying(context: FileContext, scope: Scope) -> Iterator[Finding]:
    summary = context.summary(scope)
    node = scope.node
    if summary is None or not summary.cleans_up or not isinstance(node, ast.AsyncFunctionDef):
        return
    if node.decorator_list or scope.name in {"lifespan", "__aiter__"}:
        return
    for each in scope.of(ast.Yield):
        manager = next((place for place in context.ancestors(each) if isinstance(place, ast.AsyncWith)), None)
        if manager is not None:
            yield RULE.finding(
                context,
                each,
                f"`{scope.name}` yields inside of `async with`: "
                "where its consumer stops early, the context is left late, or by another task",
                advice="make it an `@asynccontextmanager` that yields the stream, or let every consumer use `aclosing`",
                confidence=Confidence.MEDIUM,
                severity=Severity.INFO,
            )
            return


RULE: Final = Rule(
    code="CA204",
    name="async-generator-left-open",
    pitfall="P23",
    topic="async-generator-left-open",
    summary="An async generator with something to clean up is left before its end.",
    severity=Severity.WARNING,
    check=check,
    also=("ASYNC119",),
    template="async-shutdown",
)
