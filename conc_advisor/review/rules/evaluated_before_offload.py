"""# CA106 evaluated-before-offload

A function is called where it should be handed over: it runs here, and only its result goes to the thread or executor.

## What it does

Finds `to_thread(work(x))`, `run_in_executor(None, work(x))`, `submit(work(x))`, `Thread(target=work(x))` and their like, where what is
handed over is the result of a call of a function that is known to return no function, or of a method of unknown type whose name says that
it does something: `load_token()`, not `token_loader()`.

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
import re
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.context import FileContext, argument, last_name
from conc_advisor.review.knowledge.blocking import blocking
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope

_FIRST: Final = frozenset({"to_thread", "run_in_threadpool", "async_add_executor_job", "call_soon_threadsafe", "start_new_thread"})
_FIRST_OF_POOL: Final = frozenset({"submit", "apply_async"})
"""Those of other objects take what they like: Celery's `apply_async` takes arguments, a queue's `submit` a job."""
_POOLS: Final = (
    *("concurrent.futures.ThreadPoolExecutor", "concurrent.futures.ProcessPoolExecutor", "concurrent.futures.Executor"),
    *("multiprocessing.Pool", "multiprocessing.pool.ThreadPool"),
)
_POOL_WORDS: Final = ("pool", "executor")
_SECOND: Final = frozenset({"run_in_executor"})
_TARGET: Final = frozenset({"Thread", "Process"})
_TARGET_CLASSES: Final = ("threading.Thread", "multiprocessing.Process")
_FACTORIES: Final = ("make", "create", "build", "get_", "wrap", "bind", "as_", "to_", "handler", "worker", "partial")
_VALUES: Final = ("str()", "bool()", "bytes()", "int()", "float()", "<", "{", "(", "None")
"""Beginnings of paths that are no function."""

_DOES: Final = re.compile(
    r"^(?:load|save|read|write|fetch|send|close|connect|disconnect|login|logout|update|process|compute|delete|export|from|execute|download"
    r"|upload|start|stop|refresh|query|predict|discover|scan|poll|validate|recv|commit|authenticate|generate)(?:_[a-z_]+)?$"
)
"""Names of methods that do something, and give no function."""


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the functions that are called where they should be handed over."""
    for scope, call in context.calls():
        given = _given(context, scope, call)
        if not isinstance(given, ast.Call) or isinstance(context.parent(given), ast.Await):
            continue
        if _gives_no_function(context, scope, given):
            name, inside = last_name(call), context.text(given.func)
            yield RULE.finding(
                context,
                given,
                f"`{inside}()` is called before `{name}` gets anything: "
                "it runs here, and its result is handed over as if it were a function",
                advice=_advice(context, call, given),
                confidence=Confidence.HIGH,
            )


def _advice(context: FileContext, call: ast.Call, given: ast.Call) -> str:
    word, name, inside = context.word(call), last_name(call), context.text(given.func)
    comma = ", …" if given.args or given.keywords else ""
    if word in _TARGET:
        return f"write `{name}(target={inside}{', args=(…,)' if comma else ''})`"
    pool = f"{context.text(call.args[0])}, " if word in _SECOND and call.args else ""
    return f"write `{name}({pool}{inside}{comma})`"


def _given(context: FileContext, scope: Scope, call: ast.Call) -> ast.expr | None:
    """Return what a call takes for a function to run elsewhere."""
    name = context.word(call)
    if name in _SECOND:
        return argument(call, "func", 1)
    if name in _TARGET:
        made = f"{context.target(call, scope)}()"
        return argument(call, "target", 1) if context.project.is_a(made, *_TARGET_CLASSES) else None
    if (
        name in _FIRST
        or (name in _FIRST_OF_POOL and _is_of_pool(context, scope, call))
        or (name == "run_sync" and ".to_thread." in context.target(call, scope))
    ):
        return call.args[0] if call.args else None
    return None


def _is_of_pool(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Attribute):
        return False
    path = context.path(call.func.value, scope)
    if path.endswith("()"):
        return context.project.is_a(path, *_POOLS)
    return last_name(call.func.value).lower().endswith(_POOL_WORDS)


def _gives_no_function(context: FileContext, scope: Scope, given: ast.Call) -> bool:
    path = context.target(given, scope)
    if blocking(path) is not None:
        return True
    function = context.project.functions.get(path)
    if function is None and isinstance(given.func, ast.Attribute):
        function = context.project.by_name(given.func.attr)
    if function is None:
        # Of another package: a method that is named for what it does is no factory of functions.
        return isinstance(given.func, ast.Attribute) and bool(_DOES.search(given.func.attr)) and not _is_callback_maker(path)
    returned = context.project.canonical(function.returns)
    if returned.endswith("Callable()()"):
        # What a parameter gives, of which no more is known than that it can be called.
        returned = ""
    if function.is_async or function.is_generator or function.decorators or returned in context.project.functions:
        return False
    if returned == f"{function.owner}()" and _DOES.search(function.name.rpartition(".")[2]):
        # It gives its own object back.
        return all("__call__" not in context.project.classes[each].methods for each in context.project.mro(function.owner)[:1])
    if returned.endswith("()") and returned[:-2] in context.project.classes:
        # A base of another package may be one of functions.
        classes = context.project.classes
        return all(each in classes and "__call__" not in classes[each].methods for each in context.project.mro(returned[:-2]))
    # A method that needs no more than its object, and is named for what it does, is no factory of functions.
    does = (
        bool(function.owner)
        and not given.args
        and not given.keywords
        and not function.name.rpartition(".")[2].lstrip("_").startswith(_FACTORIES)
    )
    return not function.gives or returned.startswith(_VALUES) or (not returned and (does or _gives_results(context, path)))


def _gives_results(context: FileContext, path: str) -> bool:
    """Tell whether a function of this file gives back only what other calls give it, and is not named for making functions."""
    scope = context.scope_named(path)
    if scope is None or scope.name.lstrip("_").startswith(_FACTORIES):
        return False
    values = [each.value for each in scope.of(ast.Return) if each.value is not None]
    return bool(values) and all(
        isinstance(each, ast.Constant) or (isinstance(each, ast.Call) and last_name(each) not in {"partial", "wraps", "wrapper"})
        for each in values
    )


def _is_callback_maker(path: str) -> bool:
    return path.startswith(("functools.", "operator.", "unittest.mock."))


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
