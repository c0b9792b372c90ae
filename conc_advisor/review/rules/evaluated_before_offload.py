"""# CA106 evaluated-before-offload

A function is called where it should be handed over: it runs here, and only its result goes to the thread or executor.

## What it does

Finds `to_thread(work(x))`, `run_in_executor(None, work(x))`, `submit(work(x))`, `Thread(target=work(x))` and their like, where what is
handed over is the result of a call of a function that is known to return no function.

## Why is this bad

The work is done before the thread is even asked, on the event loop or in the thread that wanted it done elsewhere: it blocks just as it
did before.  Then the thread fails with `TypeError: … object is not callable`, which nobody sees where the future is dropped.

## Example

```python
import asyncio
import time


def work(seconds):
    time.sleep(seconds)
    return "done"


async def main():
    return await asyncio.to_thread(work(2))
```

## Use instead

```python
import asyncio
import time


def work(seconds):
    time.sleep(seconds)
    return "done"


async def main():
    return await asyncio.to_thread(work, 2)
```

## References

- [asyncio.to_thread](https://docs.python.org/3/library/asyncio-task.html#asyncio.to_thread)

## Related

none
"""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.context import FileContext, argument, last_name
from conc_advisor.review.knowledge.blocking import blocking
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope

_FIRST: Final = frozenset(
    {
        "to_thread",
        "submit",
        "run_in_threadpool",
        "run_sync",
        "async_add_executor_job",
        "apply_async",
        "call_soon_threadsafe",
        "start_new_thread",
    }
)
_SECOND: Final = frozenset({"run_in_executor"})
_TARGET: Final = frozenset({"Thread", "Process"})
_VALUES: Final = ("str()", "bool()", "bytes()", "int()", "float()", "<", "{", "(", "None")
"""Beginnings of paths that are no function."""


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the functions that are called where they should be handed over."""
    for scope, call in context.calls():
        given = _given(call)
        if not isinstance(given, ast.Call) or isinstance(context.parent(given), ast.Await):
            continue
        if _gives_no_function(context, scope, given):
            name, inside = last_name(call), context.text(given.func)
            comma = ", …" if given.args or given.keywords else ""
            yield RULE.finding(
                context,
                given,
                f"`{inside}()` is called before `{name}` gets anything: "
                "it runs here, and its result is handed over as if it were a function",
                advice=_advice(name, inside, comma),
                confidence=Confidence.HIGH,
            )


def _advice(name: str, inside: str, comma: str) -> str:
    if name in _TARGET:
        return f"write `{name}(target={inside}{', args=(…,)' if comma else ''})`"
    return f"write `{name}(None, {inside}{comma})`" if name in _SECOND else f"write `{name}({inside}{comma})`"


def _given(call: ast.Call) -> ast.expr | None:
    name = last_name(call)
    if name in _FIRST:
        return call.args[0] if call.args else None
    if name in _SECOND:
        return argument(call, "func", 1)
    return argument(call, "target", 1) if name in _TARGET else None


def _gives_no_function(context: FileContext, scope: Scope, given: ast.Call) -> bool:
    path = context.target(given, scope)
    if blocking(path) is not None:
        return True
    function = context.project.functions.get(path)
    if function is None and isinstance(given.func, ast.Attribute):
        function = context.project.by_name(given.func.attr)
    if function is None or function.is_async or function.decorators:
        return False
    return not function.gives or context.project.canonical(function.returns).startswith(_VALUES)


RULE: Final = Rule(
    code="CA106",
    name="evaluated-before-offload",
    pitfall="",
    topic="blocking-call-in-coroutine",
    summary="A function is called where it should be handed to a thread or executor.",
    severity=Severity.ERROR,
    check=check,
    template="async-offload",
    in_tests=True,
)
