"""# CA301 cancellation-swallowed

A task's cancellation is caught and not passed on: the task goes on, or ends as if all were well.

## What it does

Finds handlers in async functions, around something that is awaited, that catch the cancellation of the task and neither raise it again
nor hand it on: a bare `except`, `except BaseException`, `except CancelledError`, `suppress(CancelledError)`, a tuple of
exceptions with a name.  The same end comes with `return`, `break` or `continue` in `finally`, with an `__aexit__` that always returns
`True`, with a context manager's handler around its `yield`, and with a handler that raises something else in its place.
Where the project supports Python 3.7, `except Exception` is one, too.

Where it supports Python 3.10 or older, it also finds the builtin `TimeoutError` caught around `asyncio.wait_for`, or around
a function of the file that lets its timeout out: until 3.11 `asyncio.TimeoutError` was another class, and the handler never runs.

A function that cancels something itself is left alone: `task.cancel()` and then `await task` has to catch what comes out of it.  So is one
that only awaits a task it was given.  A task that cannot be ended, since its endless loop goes on, is an error.  A task whose outermost
handler ends it quietly is told at severity info, and so is a handler around a function that may pass on another's cancellation: it awaits a
task that anybody may cancel, or raises what a job elsewhere has raised.

## Why is this bad

Cancelling is a request that the task has to answer by ending.  `asyncio.timeout`, `TaskGroup` and the end of `asyncio.run` rely on it: with
a task that goes on they wait for ever, and the program can only be killed.  One that ends by returning looks like success: its caller goes
on with a result that is none.

## Example

```python
import asyncio


async def worker(jobs):
    while True:
        try:
            job = await jobs.get()
            await job()
        except BaseException:
            print("job failed")
```

## Use instead

```python
import asyncio


async def worker(jobs):
    while True:
        job = await jobs.get()
        try:
            await job()
        except Exception:
            print("job failed")
        finally:
            jobs.task_done()
```

## References

- [asyncio: task cancellation](https://docs.python.org/3/library/asyncio-task.html#task-cancellation)
- [asyncio.TimeoutError: changed in 3.11](https://docs.python.org/3/library/asyncio-exceptions.html#asyncio.TimeoutError)

## Related

flake8-async `ASYNC103`, ruff `E722`, `BLE001` and `B012`
"""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.context import FileContext, handler_words, last_name
from conc_advisor.review.observations.endings import cancellation_ends, other_timeouts
from conc_advisor.review.observations.endings.cancellations import (
    CANCELLED,
    EVERYTHING,
    awaits_in,
    caught,
    imports_asyncio,
    is_meant,
    lets_through,
    may_be_anothers,
)
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope
from conc_advisor.review.wording.remark import findings_of

_OWN_BASE: Final = 8
"""Since 3.8 `CancelledError` is no `Exception`."""
_CANCELLING: Final = 11
"""Since 3.11 a task tells by `cancelling()` whether it is to end itself."""
_ONE_TIMEOUT: Final = 11
"""Since 3.11 `asyncio.TimeoutError` is the builtin one."""


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the places of a file where a cancellation ends that was meant for the task."""
    for scope in context.coroutines():
        tries: list[ast.Try | ast.TryStar] = [*scope.of(ast.Try), *scope.of(ast.TryStar)]
        for tried in tries:
            yield from _tried(context, scope, tried)
        yield from findings_of(RULE, context, cancellation_ends.of_exit(scope))
        for entered in scope.of(ast.With):
            yield from _suppressed(context, scope, entered)


def _tried(context: FileContext, scope: Scope, tried: ast.Try | ast.TryStar) -> Iterator[Finding]:
    if context.python < _ONE_TIMEOUT:
        yield from findings_of(RULE, context, other_timeouts.of_try(context, scope, tried))
    broad = EVERYTHING | {"Exception"} if context.python < _OWN_BASE else EVERYTHING
    for handler in tried.handlers:
        names = caught(context, handler.type, scope)
        if CANCELLED in names or names & broad:
            if not _lets_cancellation(context, scope, tried, handler):
                yield _swallowed(context, scope, tried, handler, names)
            elif next(awaits_in(context, tried.body, scope), None) is not None and not is_meant(context, scope, tried.body):
                yield from findings_of(RULE, context, cancellation_ends.as_another(scope, handler, names))
            return
    yield from findings_of(RULE, context, cancellation_ends.in_finally(context, scope, tried))


def _lets_cancellation(context: FileContext, scope: Scope, tried: ast.Try | ast.TryStar, handler: ast.ExceptHandler) -> bool:
    """Tell whether nothing is wrong: nothing is awaited there, the handler passes on what it caught, or it is meant for another task."""
    if next(awaits_in(context, tried.body, scope), None) is None or lets_through(context, handler, scope):
        return True
    return is_meant(context, scope, tried.body)


def _swallowed(
    context: FileContext, scope: Scope, tried: ast.Try | ast.TryStar, handler: ast.ExceptHandler, names: frozenset[str]
) -> Finding:
    what = f"`{handler_words(context, handler)}`"
    if _goes_round(context, tried, handler):
        return RULE.finding(
            context,
            handler,
            f"{what} catches the cancellation of `{scope.name}`, and its loop goes on: the task cannot be ended",
            advice=_advice(names),
            confidence=Confidence.HIGH if CANCELLED in names or imports_asyncio(context) else Confidence.MEDIUM,
            severity=Severity.ERROR,
        )
    other = may_be_anothers(context, scope, tried.body) if CANCELLED in names else ""
    if other:
        return _maybe_anothers(context, scope, handler, other)
    again = _tries_again(context, tried, handler) and imports_asyncio(context)
    quiet = (
        not _gives_value(handler)
        and not (again and (CANCELLED not in names or _is_retry(context, tried, handler)))
        and (CANCELLED in names or _ends_quietly(context, scope, tried, handler))
    )
    return RULE.finding(
        context,
        handler,
        f"{what} catches the cancellation of `{scope.name}` and does not raise it again: " + _consequence(context, scope, tried, handler),
        advice=_advice(names),
        confidence=Confidence.LOW if quiet else Confidence.MEDIUM,
        severity=Severity.INFO if quiet else None,
    )


def _maybe_anothers(context: FileContext, scope: Scope, handler: ast.ExceptHandler, other: str) -> Finding:
    """Return what there is to say where a handler is most likely meant for the cancellation of what the function waits for."""
    return RULE.finding(
        context,
        handler,
        f"`{handler_words(context, handler)}` is meant for a cancellation that `{other}` passes on, "
        f"and catches that of `{scope.name}`, too",
        advice="begin the handler with `if asyncio.current_task().cancelling(): raise`"
        if context.python >= _CANCELLING
        else "tell the two apart: let what is awaited report the other's cancellation as an exception of its own",
        confidence=Confidence.LOW,
        severity=Severity.INFO,
    )


def _consequence(context: FileContext, scope: Scope, tried: ast.AST, handler: ast.ExceptHandler) -> str:
    if _gives_value(handler):
        return "its caller takes what it returns for a result"
    if _ends_quietly(context, scope, tried, handler):
        return "its loop goes on with the next round" if _tries_again(context, tried, handler) else "it ends as if it had done its work"
    return "it goes on as if nobody had cancelled it"


def _advice(names: frozenset[str]) -> str:
    if CANCELLED in names:
        return "end the handler with `raise`, or do what has to be done in any case in `finally`"
    if "Exception" in names:
        return "write `except asyncio.CancelledError: raise` before it: in Python 3.7 a cancellation is an `Exception`"
    return "write `except Exception:`, or end the handler with `raise`"


def _goes_round(context: FileContext, tried: ast.AST, handler: ast.ExceptHandler) -> bool:
    """Tell whether the handler leads to the next round of a loop without an end of its own."""
    loop = context.loop_around(tried, comprehensions=False)
    if loop is None or not isinstance(loop, ast.While):
        return False
    asked = {last_name(each) for each in ast.walk(loop.test) if isinstance(each, (ast.Name, ast.Attribute))}
    for each in (each for statement in handler.body for each in ast.walk(statement)):
        if isinstance(each, (ast.Return, ast.Break)):
            return False
        if isinstance(each, (ast.Name, ast.Attribute)) and isinstance(each.ctx, ast.Store) and last_name(each) in asked:
            return False
    return True


def _tries_again(context: FileContext, tried: ast.AST, handler: ast.ExceptHandler) -> bool:
    """Tell whether the handler leads to the next round of a loop that has an end of its own: a `for`, or a `while` that counts."""
    loop = context.loop_around(tried, comprehensions=False)
    inside = [each for statement in handler.body for each in ast.walk(statement)]
    if loop is None or any(isinstance(each, (ast.Return, ast.Break)) for each in inside):
        return False
    return not isinstance(loop, ast.While) or any(
        isinstance(each, ast.AugAssign) and isinstance(each.op, (ast.Add, ast.Sub)) and _asks_for(loop.test, last_name(each.target))
        for each in inside
    )


def _asks_for(test: ast.expr, name: str) -> bool:
    return any(isinstance(each, (ast.Name, ast.Attribute)) and last_name(each) == name for each in ast.walk(test))


def _is_retry(context: FileContext, tried: ast.AST, handler: ast.ExceptHandler) -> bool:
    """Tell whether a loop does the same again after a failure: it counts its rounds, or waits in its handler."""
    loop = context.loop_around(tried, comprehensions=False)
    counts = isinstance(loop, ast.While) or (isinstance(loop, ast.For) and last_name(loop.iter) in {"range", "count"})
    return counts or any(_waits(each) for each in handler.body)


def _gives_value(handler: ast.ExceptHandler) -> bool:
    """Tell whether a handler makes its function return something, so that a half-done work is taken for a whole one."""
    return any(
        isinstance(each, ast.Return) and each.value is not None and not (isinstance(each.value, ast.Constant) and each.value.value is None)
        for each in ast.walk(handler)
    )


def _ends_quietly(context: FileContext, scope: Scope, tried: ast.AST, handler: ast.ExceptHandler) -> bool:
    """Tell whether the function ends with the handler: it waits for nothing any more."""
    if isinstance(handler.body[-1], ast.Return):
        return True
    node: ast.AST = tried
    while node is not scope.node:
        parent = context.parent(node)
        if parent is None:
            return False
        for name in ("body", "orelse"):
            block = getattr(parent, name, None)
            if isinstance(block, list) and node in block and any(_waits(each) for each in block[block.index(node) + 1 :]):
                return False
        node = parent
    return True


def _waits(statement: ast.AST) -> bool:
    return any(isinstance(each, (ast.Await, ast.AsyncFor, ast.AsyncWith)) for each in ast.walk(statement))


def _suppressed(context: FileContext, scope: Scope, entered: ast.With) -> Iterator[Finding]:
    for item in entered.items:
        call = item.context_expr
        if not isinstance(call, ast.Call) or last_name(call) != "suppress" or context.target(call, scope) != "contextlib.suppress":
            continue
        names = frozenset(name for each in call.args for name in caught(context, each, scope))
        if not names & {CANCELLED, "BaseException"} or next(awaits_in(context, entered.body, scope), None) is None:
            continue
        if is_meant(context, scope, entered.body):
            continue
        quiet = _is_last(context, scope, entered)
        yield RULE.finding(
            context,
            call,
            f"`{context.text(call)}` swallows the cancellation of `{scope.name}`: "
            + ("it ends as if it had done its work" if quiet else "it goes on as if nobody had cancelled it"),
            advice="suppress only what the awaited call itself raises",
            confidence=Confidence.LOW if quiet else Confidence.MEDIUM,
            severity=Severity.INFO if quiet else None,
        )


def _is_last(context: FileContext, scope: Scope, entered: ast.With) -> bool:
    body = getattr(scope.node, "body", [])
    return bool(body) and body[-1] is entered and context.loop_around(entered) is None


RULE: Final = Rule(
    code="CA301",
    name="cancellation-swallowed",
    pitfall="P03",
    topic="cancellation-swallowed",
    summary="A task's cancellation is caught and not passed on.",
    severity=Severity.WARNING,
    check=check,
    also=("flake8-async ASYNC103", "ruff E722", "ruff BLE001", "ruff B012"),
    template="async-cancellation",
)
