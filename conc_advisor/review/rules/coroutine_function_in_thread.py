"""# CA209 coroutine-function-in-thread

An async function is handed to a thread or an executor, which calls it and drops the coroutine.

## What it does

Finds async functions of the project given to `threading.Thread`, `Timer`, `submit` and `map` of an executor, `run_in_executor`,
`asyncio.to_thread`, and as callbacks to asyncio's loops, tasks and futures: `call_soon`, `call_later`, `add_done_callback`.

## Why is this bad

The thread, or the loop, makes a coroutine object, takes that for the result, and goes on: not one line of the function runs, and the only
trace is a RuntimeWarning.

## Example

```python
import asyncio
import threading


async def refresh():
    await asyncio.sleep(1)


def start():
    thread = threading.Thread(target=refresh)
    thread.start()
    thread.join()
```

## Use instead

```python
import asyncio
import threading


async def refresh():
    await asyncio.sleep(1)


def start():
    thread = threading.Thread(target=lambda: asyncio.run(refresh()))
    thread.start()
    thread.join()
```

On a running loop: `asyncio.create_task(refresh())`; from a thread: `asyncio.run_coroutine_threadsafe(refresh(), loop)`.

## References

- [asyncio.run_coroutine_threadsafe](https://docs.python.org/3/library/asyncio-task.html#asyncio.run_coroutine_threadsafe)

## Related

none
"""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.context import FileContext, argument, last_name
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope

_POOLS: Final = (
    *("concurrent.futures.ThreadPoolExecutor", "concurrent.futures.ProcessPoolExecutor", "concurrent.futures.Executor"),
    *("multiprocessing.Pool", "multiprocessing.pool.ThreadPool"),
)
_POOL_METHODS: Final = frozenset({"submit", "map", "apply_async", "imap", "imap_unordered", "starmap", "apply", "map_async"})

_CALLBACKS: Final = {
    "call_soon": 0,
    "call_soon_threadsafe": 0,
    "call_later": 1,
    "call_at": 1,
    "add_done_callback": 0,
    "add_signal_handler": 1,
}
"""Methods of loops and tasks that call a plain function, and the place of it among their arguments."""
_CALLING: Final = ("asyncio.AbstractEventLoop", "asyncio.Task", "asyncio.Future", "concurrent.futures.Future")


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the async functions that threads and executors are given."""
    for scope, call in context.calls():
        given = _given(context, scope, call)
        if given is None or isinstance(given, ast.Starred):
            continue
        work = context.work(given, scope)
        function = context.project.functions.get(context.path(work, scope))
        if function is not None and function.is_async and not function.is_generator and not function.decorators:
            name = context.text(work)
            yield RULE.finding(
                context,
                given,
                f"`{name}` is an async function: `{last_name(call)}` calls it, gets a coroutine, and none of it runs",
                advice=f"use `asyncio.create_task({name}(…))` on a loop, `asyncio.run({name}(…))` in a thread of its own, "
                "or `asyncio.run_coroutine_threadsafe` from a thread",
                confidence=Confidence.HIGH,
            )


def _given(  # noqa: PLR0911  # one line for each function that takes one
    context: FileContext, scope: Scope, call: ast.Call
) -> ast.expr | None:
    """Return the function that a call hands to a thread or an executor."""
    name = context.word(call)
    if name in {"Thread", "Process"}:
        given = argument(call, "target", 1)
        return given if given is not None and context.target(call, scope) in {"threading.Thread", "multiprocessing.Process"} else None
    if name == "Timer":
        return argument(call, "function", 1) if context.target(call, scope) == "threading.Timer" else None
    if name == "to_thread":
        return (
            call.args[0] if call.args and context.target(call, scope) == "asyncio.to_thread" and not _awaited_twice(context, call) else None
        )
    if name == "run_in_executor":
        return argument(call, "func", 1) if not _awaited_twice(context, call) else None
    if name in _CALLBACKS and isinstance(call.func, ast.Attribute):
        place = _CALLBACKS[name]
        # Loops of other packages, Tornado's among them, take async functions.
        return call.args[place] if len(call.args) > place and context.is_a(call.func.value, *_CALLING, scope=scope) else None
    if name == "async_add_executor_job":
        # Home Assistant's; its object is seldom typed, and nothing else has the name.
        return call.args[0] if call.args else None
    if name in _POOL_METHODS and isinstance(call.func, ast.Attribute) and call.args:
        return call.args[0] if context.is_a(call.func.value, *_POOLS, scope=scope) else None
    return None


def _awaited_twice(context: FileContext, call: ast.Call) -> bool:
    parent = context.parent(call)
    return isinstance(parent, ast.Await) and isinstance(context.parent(parent), ast.Await)


RULE: Final = Rule(
    code="CA209",
    name="coroutine-function-in-thread",
    pitfall="",
    topic="coroutine-never-awaited",
    summary="An async function is handed to a thread or executor: none of it runs.",
    severity=Severity.ERROR,
    check=check,
    in_tests=True,
)
