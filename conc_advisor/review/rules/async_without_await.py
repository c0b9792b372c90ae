"""# CA703 async-without-await

An async function that awaits nothing: it only pretends to be concurrent.

## What it does

Finds `async def` without `await`, `async for`, `async with` or `yield` that only other async functions of the project call, or that
nobody calls: at a module's top level, or in a class that awaits elsewhere, under a name that nothing else has.  A method that a base or
derived class also has, a function that a decorator or a framework takes, and one that only raises or returns a constant are left alone:
their signature is not free.  So are functions that nobody calls whose name (`on_message`, `error_handler`, `setup`) or first parameter
(`request`, `update`) is one that frameworks ask for, what another module imports without calling it, the `async_…` functions of Home
Assistant's integrations, and every function in which another rule finds something: what it lacks is most likely an `await`.

It also finds commands of click and Typer that are async, which nobody runs, at severity warning, and async callbacks of events
(`@room.on("joined")`) that await nothing.

## Why is this bad

Calling it costs a coroutine and a trip through `await`, and a reader takes it for a place where other tasks run.  What it does runs in
one piece on the event loop: it is no way to make work concurrent.

## Example

```python
async def parse(line):
    parts = line.split(",")
    return [part.strip() for part in parts]


async def read(lines):
    return [await parse(line) for line in lines]
```

## Use instead

```python
def parse(line):
    parts = line.split(",")
    return [part.strip() for part in parts]


def read(lines):
    return [parse(line) for line in lines]
```

## References

- [Coroutines](https://docs.python.org/3/library/asyncio-task.html#coroutines)

## Related

ruff `RUF029`, flake8-async `ASYNC124`
"""

import ast
import re
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.knowledge.blocking import blocking
from conc_advisor.review.observations.lifetimes.asked_for import is_home_assistants, is_hook, is_imported_uncalled
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.reader import has_async_comprehension
from conc_advisor.review.symbols.scopes import Scope

_AWAITING: Final = (ast.Await, ast.AsyncFor, ast.AsyncWith, ast.Yield, ast.YieldFrom)
_EMITTING: Final = frozenset({"on", "once", "listen", "listens_to", "subscribe"})
_RUNNERS: Final = re.compile(r"sync|coro|loop|run|await")
"""A decorator with one of these in its name may run the coroutine."""
_RUNNING: Final = frozenset({"asyncio.run", "asyncio.AbstractEventLoop().run_until_complete", "asyncio.Runner().run"})
_FREE_BASES: Final = frozenset({"object", "abc.ABC", "typing.Generic", "typing.Protocol", "enum.Enum", "typing.NamedTuple"})


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the async functions that await nothing and need not be async."""
    for scope in context.coroutines():
        if getattr(scope.node, "decorator_list", None):
            yield from _registered(context, scope)
        if _waits(scope) or not _is_free(context, scope):
            continue
        if _does_nothing(scope) or not _is_awaited(context, scope) or _blocks(context, scope):
            continue
        node = scope.node
        yield RULE.finding(
            context,
            node,
            f"the async function `{scope.name}` awaits nothing: it runs in one piece, like a plain function",
            advice=f"make it `def {scope.name}`, and call it without `await`",
            confidence=Confidence.MEDIUM,
        )


def _blocks(context: FileContext, scope: Scope) -> bool:
    """Tell whether a function waits with a blocking call, or runs a loop of its own: what it lacks is an await there."""
    targets = [context.target(call, scope) for call in scope.of(ast.Call)]
    return any(blocking(path) is not None or path in _RUNNING for path in targets)


def _is_free(context: FileContext, scope: Scope) -> bool:
    """Tell whether nothing else asks for the function to be async."""
    node = scope.node
    if not isinstance(node, ast.AsyncFunctionDef) or (scope.name.startswith("__") and scope.name.endswith("__")):
        return False
    summary = context.summary(scope)
    if (
        summary is None
        or any(each.rpartition(".")[2] not in {"staticmethod", "classmethod"} for each in summary.decorators)
        or (node.decorator_list and not summary.decorators)
    ):
        return False
    if summary.owner:
        bases = context.project.mro(summary.owner)[1:]
        # A private name is hardly one that a class of another package asks for.
        private = scope.name.startswith("_")
        if not private and any(base not in context.project.classes and base not in _FREE_BASES for base in bases):
            return False
        relatives = (*bases, *context.project.derived(summary.owner))
        return all(scope.name not in context.project.classes[each].methods for each in relatives if each in context.project.classes)
    return True


def _does_nothing(scope: Scope) -> bool:
    """Tell whether a function has nothing to do but keep to a signature: it passes, raises, or returns at once."""
    body = [each for each in getattr(scope.node, "body", []) if not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))]
    return all(
        isinstance(each, (ast.Pass, ast.Raise))
        or (isinstance(each, ast.Return) and not isinstance(each.value, (ast.Call, ast.ListComp, ast.DictComp, ast.SetComp)))
        for each in body
    )


def _is_awaited(context: FileContext, scope: Scope) -> bool:
    """Tell whether only async functions of the project call the function, and this file hands it on nowhere as a value."""
    sites = context.project.reach.callers(context.full_name(scope))
    if not all(caller.is_async for caller, _ in sites):
        return False
    if not sites and (is_hook(context, scope) or not _is_unmistakable(context, scope)):
        # Nobody is seen to call it: a method may be called by name, a function of the module's top level hardly.
        return False
    if is_home_assistants(context, scope) or is_imported_uncalled(context, scope):
        return False
    for place in context.scopes():
        for use in place.loads.get(scope.name, ()):
            parent = context.parent(use)
            if not (isinstance(parent, ast.Call) and parent.func is use):
                return False
    return True


def _is_unmistakable(context: FileContext, scope: Scope) -> bool:
    """Tell whether nobody else can ask for a function: one of the top level, or a method of a class that others of its methods explain.

    Those await something, so that the class is meant for coroutines, and nothing else of the project has the method's name.
    """
    if scope.enclosing_class is None:
        return scope.parent is context.module
    if len(context.project.named.get(scope.name, ())) > 1:
        return False
    return any(each.is_async and each is not scope and _waits(each) for each in scope.enclosing_class.children)


def _registered(context: FileContext, scope: Scope) -> Iterator[Finding]:
    """Yield an async function that a decorator gives to somebody who only calls it."""
    decorators = getattr(scope.node, "decorator_list", [])
    around = scope.parent or scope
    paths = [context.path(each.func if isinstance(each, ast.Call) else each, around) for each in decorators]
    if any(_RUNNERS.search(last_name(each).lower()) for each in decorators):
        return
    if any(
        path.startswith(("click.", "typer.Typer()")) or _is_click(context, each, path) for path, each in zip(paths, decorators, strict=True)
    ):
        yield RULE.finding(
            context,
            scope.node,
            f"`{scope.name}` is async, but click and Typer only call a command: it makes a coroutine that nobody runs",
            advice=f"make it `def {scope.name}`, with `asyncio.run(…)` for what it has to await",
            confidence=Confidence.MEDIUM,
            severity=Severity.WARNING,
        )
    elif _is_emitted(decorators) and not _waits(scope) and not _blocks(context, scope):
        yield RULE.finding(
            context,
            scope.node,
            f"the callback `{scope.name}` is async and awaits nothing: an emitter that only calls it never runs it",
            advice=f"make it `def {scope.name}`",
            confidence=Confidence.LOW,
        )


def _is_emitted(decorators: list[ast.expr]) -> bool:
    """Tell whether a function's one decorator makes it a callback of an event: `@room.on("joined")`."""
    return (
        len(decorators) == 1
        and isinstance(decorators[0], ast.Call)
        and last_name(decorators[0]) in _EMITTING
        and any(isinstance(each, ast.Constant) and isinstance(each.value, str) for each in decorators[0].args)
    )


def _is_click(context: FileContext, decorator: ast.expr, path: str) -> bool:
    """Tell whether a decorator is `@group.command()` of a group that is a function decorated by click."""
    if last_name(decorator) not in {"command", "group"} or not isinstance(decorator, ast.Call):
        return False
    owner = context.project.functions.get(path.rpartition(".")[0])
    return owner is not None and any(each.startswith("click.") for each in owner.decorators)


def _waits(scope: Scope) -> bool:
    return any(scope.of(kind) for kind in _AWAITING) or has_async_comprehension(scope)


RULE: Final = Rule(
    code="CA703",
    name="async-without-await",
    pitfall="P13",
    topic="async-without-await",
    summary="An async function awaits nothing.",
    severity=Severity.INFO,
    check=check,
    also=("RUF029", "ASYNC124"),
)
