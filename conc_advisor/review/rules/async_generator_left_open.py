"""# CA204 async-generator-left-open

An async generator that has something to clean up is left before its end, and nothing closes it.

## What it does

Finds `async for` over an async generator of the project that yields inside of `with` or `try … finally`, where the loop is left by
`break` or `return`, or hands the values on by `yield`, and no `aclosing` stands around it; and an `aclose()` that is not in a `finally`.
As information it tells of such loops whose body awaits, and so may fail or be cancelled, of generators of other packages, which it knows
by their names (`astream`, `iterate_…`), of objects that have an `aclose` nobody calls, and of the generators themselves, unless they are
made context managers or fixtures.  An async generator that comes as a parameter is not known to be one.

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
import re
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Location, Severity, Step
from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.observations.blocking.helper_calls import is_abstract
from conc_advisor.review.project.summaries import FunctionSummary
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope

_MANAGED: Final = ("asynccontextmanager", "contextmanager", "fixture", "lifespan", "middleware", "resource", "provide")
_STREAMING: Final = re.compile(r"^_?(?:astream|stream|iterate|subscribe|generate|watch)(?:_|$)|_(?:stream|generator|events|chunks)$|^iter_")
"""Names of functions that most likely are async generators, where `async for` goes over what they give."""
_SOURCES: Final = frozenset({"generator", "agen", "async_generator", "aiterator", "async_iterator"})
"""Names of parameters that are async generators: a generator that has one hands on what it yields."""
_GENERATING: Final = re.compile(r"^_?(?:astream|iterate|generate)(?:_|$)|_generator$")
_ACLOSING: Final = 10


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the loops that leave an async generator open, and the generators that rely on being closed."""
    for scope in context.coroutines():
        for loop in scope.of(ast.AsyncFor):
            yield from _left(context, scope, loop)
        if scope.of(ast.Yield):
            yield from _relying(context, scope)


def _left(context: FileContext, scope: Scope, loop: ast.AsyncFor) -> Iterator[Finding]:
    found = _generator(context, scope, loop.iter)
    if found is None:
        return
    name, generator, owner = found
    if generator is not None and (_is_managed(generator) or not (generator.cleans_up or _hands_on(context, generator))):
        return
    closed = _closing(context, scope, loop.iter)
    leave = next(_leaves(loop), None)
    if closed is not None:
        if leave is not None or _awaits(loop):
            yield _closed_too_late(context, closed, name)
        return
    if leave is None:
        if not owner and (not _awaits(loop) or _is_shielded(loop) or (generator is None and not _GENERATING.search(name))):
            return
        leave = loop
    how = {ast.Break: "`break`", ast.Return: "`return`", ast.Yield: "a consumer that stops early"}.get(type(leave), "an error in this loop")
    surely = isinstance(leave, (ast.Break, ast.Return)) and (generator is None or generator.cleans_up)
    yield RULE.finding(
        context,
        leave,
        f"{how} leaves the async generator `{name}` open: what it has to clean up waits for the event loop's garbage collection",
        advice=_advice(context, loop, name),
        confidence=Confidence.LOW if generator is None else Confidence.HIGH if surely else Confidence.MEDIUM,
        severity=None if surely and generator is not None else Severity.INFO,
        steps=(Step(text=f"{name}() yields where it has to clean up", location=_place(generator)),) if generator is not None else (),
    )


def _closed_too_late(context: FileContext, close: ast.Call, name: str) -> Finding:
    return RULE.finding(
        context,
        close,
        f"`aclose()` stands where an error, or a consumer that stops early, leaves it out: the async generator `{name}` stays open then",
        advice="put it into a `finally`, or use `aclosing`",
        confidence=Confidence.MEDIUM,
    )


def _hands_on(context: FileContext, generator: FunctionSummary) -> bool:
    """Tell whether an async generator hands on what another one yields, which stays open with it: by a parameter, or as this file shows."""
    if not _SOURCES.isdisjoint(generator.parameters):
        return True
    scope = context.scope_named(generator.name)
    return scope is not None and any(
        isinstance(each, ast.AsyncFor) and not isinstance(each.iter, ast.Attribute)
        for one in scope.of(ast.Yield)
        for each in context.ancestors(one)
    )


def _awaits(loop: ast.AsyncFor) -> bool:
    """Tell whether the body of a loop awaits: there it may fail, or be cancelled, while the generator is open."""
    return any(isinstance(node, ast.Await) for each in loop.body for node in ast.walk(each))


def _is_shielded(loop: ast.AsyncFor) -> bool:
    """Tell whether the body of a loop is one `try` that lets no error out."""
    return len(loop.body) == 1 and isinstance(loop.body[0], ast.Try) and bool(loop.body[0].handlers)


def _closing(context: FileContext, scope: Scope, source: ast.expr) -> ast.Call | None:
    """Return the call that closes a generator which has a name, outside of any `finally`; None where there is none."""
    name = last_name(source) if not isinstance(source, ast.Call) else ""
    calls = [
        each
        for each in scope.of(ast.Call)
        if isinstance(each.func, ast.Attribute) and each.func.attr == "aclose" and name and last_name(each.func.value) == name
    ]
    for call in calls:
        if not any(isinstance(each, ast.ExceptHandler) for each in context.ancestors(call)) and not _in_final(context, call):
            return call
    return None


def _in_final(context: FileContext, node: ast.AST) -> bool:
    statement: ast.AST = context.statement(node)
    for each in context.ancestors(statement):
        if isinstance(each, ast.Try) and statement in each.finalbody:
            return True
        if isinstance(each, ast.stmt):
            statement = each
    return False


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


def _generator(context: FileContext, scope: Scope, source: ast.expr) -> tuple[str, FunctionSummary | None, bool] | None:
    """Return the name of the async generator that a loop iterates over, and the function of the project that it is.

    There is no function for one of another package, which is told by its name, and for an object of the project that is to be closed
    like one: the third value tells that.  None for anything else, for one that a context manager has, and for one that a `finally` closes.
    """
    if isinstance(source, ast.Name):
        if any(last_name(each) == "aclose" and _in_final(context, each) for each in scope.of(ast.Call)):
            return None
        if _is_asked(context, source):
            return source.id, None, True
        values = [each.value for each in scope.bindings.get(source.id, ()) if isinstance(each.node, (ast.Assign, ast.AnnAssign))]
        source = values[0] if len(values) == 1 and isinstance(values[0], ast.expr) else source
    if not isinstance(source, ast.Call):
        return None
    name = last_name(source)
    function = context.project.functions.get(context.target(source, scope))
    if function is not None and function.is_async and function.is_generator:
        return name, function, False
    owner = context.path(source, scope)
    if owner.endswith("()") and owner[:-2] in context.project.classes and context.project.function(f"{owner}.aclose") is not None:
        return name, None, True
    return (name, None, False) if _STREAMING.search(name) and (function is None or is_abstract(function)) else None


def _is_asked(context: FileContext, source: ast.Name) -> bool:
    """Tell whether the code asks of a value whether it is an async generator before it iterates over it."""
    return any(
        isinstance(each, ast.If)
        and any(
            isinstance(node, ast.Call) and last_name(node) == "isasyncgen" and any(last_name(given) == source.id for given in node.args)
            for node in ast.walk(each.test)
        )
        for each in context.ancestors(source)
    )


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
