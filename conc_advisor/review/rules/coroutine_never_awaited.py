"""# CA201 coroutine-never-awaited

A coroutine is made by calling an async function, and nothing awaits it: its body never runs.

## What it does

Finds calls of async functions, of this project, of asyncio or of much used packages, whose coroutine is thrown away: as a statement of
its own, tested for truth, iterated over, compared, asked for an attribute, printed, returned from an async function or handed to a
function that takes the result.  It also finds a function that is awaited without being called, and `run_in_executor(…)` whose future is
dropped.

An async generator in a plain `for`, a coroutine in an `async for` or in `asyncio.wait`, coroutines in `sum` or `sorted`, an async function
as a `key`, in `filter`, in `atexit.register` or below `lru_cache`, one that is given to `asyncio.run` or `create_task` uncalled, and a
lock that is entered by the wrong `with`, are found where the function or the lock is known.  Coroutines in `asyncio.wait` are a warning
where the code must run on a Python before 3.11, which still takes them.

Of an object whose type is not known it asks what the file does elsewhere: the same call, or nearly all other methods of that object, are
awaited there.  What is handed to a function that may keep it for later (`append`, `create_task`, `gather` …) is left alone.  So is a call
on an object that may be of a type whose method is plain: by its annotation (`UploadFile | BinaryIO`), or because the function asks for its
type with `isinstance`.

What rests on a name alone, and the dropped future of `run_in_executor`, is told at severity warning.

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
from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.knowledge.async_methods import ASYNC_METHODS
from conc_advisor.review.observations.lifetimes.coroutine_uses import handed_on, misuse
from conc_advisor.review.observations.lifetimes.mixed_protocols import mixed_protocols
from conc_advisor.review.observations.lifetimes.narrowed import may_be_another
from conc_advisor.review.observations.lifetimes.spellings import Spellings
from conc_advisor.review.observations.lifetimes.uncalled_coroutines import uncalled_coroutines
from conc_advisor.review.project.project import is_telling
from conc_advisor.review.project.summaries import FunctionSummary
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope
from conc_advisor.review.wording.remark import findings_of

_PAIR: Final = 2
_STARTING: Final = frozenset(f"asyncio.{name}" for name in ("gather", "shield", "create_task", "ensure_future"))
"""Functions that start what they are given, whether or not their future is awaited."""
_ASYNCIO: Final = frozenset(f"asyncio.{name}" for name in ("sleep", "wait", "wait_for", "to_thread", "open_connection", "start_server"))


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the coroutines of a file that are made and dropped."""
    spellings = Spellings(context)
    yield from _awaited_functions(context)
    for found in (uncalled_coroutines, mixed_protocols):
        yield from findings_of(RULE, context, found(context))
    for scope, call in context.calls():
        dropped = context.is_dropped(call)
        if not dropped and not _is_tested(context, call):
            yield from _misused(context, spellings, scope, call)
            continue
        confidence = _confidence(context, spellings, scope, call)
        if confidence is None and dropped:
            yield from _lost_work(context, scope, call)
        if confidence is not None:
            name = context.text(call.func)
            what = (
                "that nothing awaits: its body never runs" if dropped else "which is always true: the condition never looks at its result"
            )
            yield RULE.finding(
                context,
                call,
                f"`{name}()` makes a coroutine {what}",
                advice=f"write `await {name}(…)`" if scope.is_async else f"run it from async code: `await {name}(…)`",
                confidence=confidence,
                severity=Severity.WARNING if confidence is Confidence.LOW else None,
            )


def _awaited_functions(context: FileContext) -> Iterator[Finding]:
    """Yield the functions that are awaited without being called."""
    for scope in context.coroutines():
        for each in scope.of(ast.Await):
            if not isinstance(each.value, (ast.Name, ast.Attribute)):
                continue
            function = context.project.functions.get(context.path(each.value, scope))
            if function is not None and function.is_async and not function.decorators:
                name = context.text(each.value)
                yield RULE.finding(
                    context,
                    each,
                    f"`await {name}` awaits the function itself, which raises TypeError: it is not called",
                    advice=f"write `await {name}(…)`",
                    confidence=Confidence.HIGH,
                )


def _lost_work(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Finding]:
    """Yield the finding of a function that a coroutine hands to an executor without waiting for its end."""
    if last_name(call) != "run_in_executor" or not scope.is_async or not isinstance(call.func, ast.Attribute) or len(call.args) < _PAIR:
        return
    work = context.work(call.args[1], scope)
    what = f"`{context.text(work)}`" if isinstance(work, (ast.Name, ast.Attribute)) else "the work"
    yield RULE.finding(
        context,
        call,
        f"the future of `{context.text(call.func)}()` is dropped: `{scope.name}` goes on before {what} has ended, and never sees its error",
        advice=f"write `await {context.text(call.func)}(…)`, or keep the future and look at its result",
        confidence=Confidence.LOW,
        severity=Severity.WARNING,
    )


def _misused(context: FileContext, spellings: Spellings, scope: Scope, call: ast.Call) -> Iterator[Finding]:
    """Yield the finding of a coroutine that is taken for its result."""
    if context.is_awaited(call):
        return
    path = context.target(call, scope)
    if path not in context.project.functions and path not in ASYNC_METHODS:
        return
    if _confidence(context, spellings, scope, call) is not Confidence.HIGH:
        return
    found = (
        _returned(context, scope, call, path)
        or misuse(context, scope, call)
        or handed_on(context, scope, call, surely=path in ASYNC_METHODS or _is_always_awaited(context, path))
    )
    if found is not None:
        name = context.text(call.func)
        yield RULE.finding(
            context,
            found[0],
            f"`{name}()` makes a coroutine, which {found[1]} as if it were the result: nothing awaits it",
            advice=f"write `await {name}(…)`",
            confidence=Confidence.HIGH,
        )


def _returned(context: FileContext, scope: Scope, call: ast.Call, path: str) -> tuple[ast.AST, str] | None:
    """Return where an async function returns the coroutine, which its callers, who await it once, take for the result."""
    if not isinstance(context.parent(call), ast.Return) or not scope.is_async or scope.of(ast.Yield):
        return None
    told = getattr(scope.node, "returns", None)
    if told is not None and any(word in ast.unparse(told) for word in ("Awaitable", "Coroutine", "Future", "Task", "Any")):
        return None
    return (call, f"`{scope.name}` returns") if _is_always_awaited(context, path) or path in ASYNC_METHODS else None


def _is_always_awaited(context: FileContext, path: str) -> bool:
    """Tell whether all other calls of an async function of the project are awaited."""
    sites = [site for _, site in context.project.reach.callers(path)]
    return len(sites) > 1 and sum(not site.awaited for site in sites) == 1


def _confidence(context: FileContext, spellings: Spellings, scope: Scope, call: ast.Call) -> Confidence | None:
    """Return how sure it is that a call makes a coroutine; None for one that is not known to, or need not."""
    found = _by_its_type(context, spellings, scope, call)
    if found is None or may_be_another(context, scope, call, lambda path: _gives_coroutine(context, path)):
        return None
    return found


def _gives_coroutine(context: FileContext, path: str) -> bool:
    if context.project.canonical(path) in ASYNC_METHODS:
        return True
    function = context.project.function(path)
    return function is not None and function.is_async and not function.is_generator


def _by_its_type(context: FileContext, spellings: Spellings, scope: Scope, call: ast.Call) -> Confidence | None:
    """Return how sure it is by what a call's function is known to be; where it is not known, by its name."""
    path = context.target(call, scope)
    if path in _ASYNCIO or path in ASYNC_METHODS:
        return Confidence.HIGH
    function = context.project.functions.get(path)
    if function is not None:
        if not function.is_async or function.is_generator:
            return None
        if all(each.rpartition(".")[2] in _HARMLESS for each in function.decorators) and _has_all_decorators(context, function):
            return Confidence.HIGH
        # A decorator may make anything of it; where others await its result it has left it a coroutine.
        return Confidence.MEDIUM if any(site.awaited for _, site in context.project.reach.callers(path)) else None
    return _by_its_name(context, spellings, scope, call) if not path or path.endswith(f".{last_name(call)}") else None


def _has_all_decorators(context: FileContext, function: FunctionSummary) -> bool:
    """Tell whether each decorator of a function has a name that is known, where the function lies in this file."""
    scope = context.scope_named(function.name)
    return scope is None or len(getattr(scope.node, "decorator_list", ())) == len(function.decorators)


def _by_its_name(context: FileContext, spellings: Spellings, scope: Scope, call: ast.Call) -> Confidence | None:
    """Return how sure it is that a method of an object of unknown type is async: by what the project does elsewhere with that name.

    Either the same expression is awaited in the same file, or every function of the project with that name, which must be a compound
    one that no other package is likely to have, is async.
    """
    name = last_name(call)
    if not isinstance(call.func, ast.Attribute) or not scope.is_async or context.target(call, scope) in _STARTING:
        return None
    awaited, others = spellings.count(scope, call)
    if awaited and others <= 1:
        return Confidence.MEDIUM
    if not awaited and not others - 1 and context.is_dropped(call) and spellings.is_odd_one_out(scope, call):
        return Confidence.LOW
    if _is_own_super(scope, call) and context.is_dropped(call):
        return Confidence.MEDIUM
    functions = context.project.named.get(name, ())
    if is_telling(name) and functions and all(each.is_async and each.owner and not each.is_generator for each in functions):
        return Confidence.MEDIUM if _is_untyped(context, scope, call.func.value) else None
    return None


def _is_own_super(scope: Scope, call: ast.Call) -> bool:
    """Tell whether an async method calls the one that it overrides: `super().setup()`."""
    function = call.func
    return (
        isinstance(function, ast.Attribute)
        and function.attr == scope.name
        and isinstance(function.value, ast.Call)
        and isinstance(function.value.func, ast.Name)
        and function.value.func.id == "super"
    )


def _is_untyped(context: FileContext, scope: Scope, node: ast.expr) -> bool:
    """Tell whether nothing is known of an object: names and attributes whose type nobody says."""
    path = context.path(node, scope)
    if not path:
        return all(isinstance(each, (ast.Name, ast.Attribute, ast.Load)) for each in ast.walk(node))
    return "()." in path and not path.endswith("()")


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
