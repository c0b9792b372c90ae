"""# CA205 executor-per-call

A pool of threads or processes is made for one piece of work, and thrown away after it.

## What it does

Finds executors and pools that are made and ended inside of a loop, in a coroutine, or in a function that is called for each request or
event, or in a loop of the same file.  Told of as information are pools of other functions that get one piece of work, or that are called
on an event loop; one that each instance of a class makes, where coroutines make the instances or nothing ends it with them; and one that a
function which makes applications hands on, where nothing ends it.

Functions that by their name are called once (`main`, `lifespan`, `setup_…`, `run`), pools that are kept or handed on, and loops that try
again until they succeed are left alone.  Loops in other files are not looked at.

## Why is this bad

A thread takes tens of microseconds to start, a process tens of milliseconds, or seconds where it imports the program anew; the work itself
is often shorter.  And the number of workers is bounded in each pool only: a hundred requests at a time have a hundred pools.

In a coroutine there is worse: the `with` waits in `shutdown()` until the work is done, and stops the event loop for as long.  A timeout
around it does not help.

## Example

```python
import asyncio
from concurrent.futures import ThreadPoolExecutor


def render(document):
    return document.upper().encode()


async def handle_request(document):
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(max_workers=1) as pool:
        return await loop.run_in_executor(pool, render, document)
```

## Use instead

```python
import asyncio
from concurrent.futures import ThreadPoolExecutor

POOL = ThreadPoolExecutor(max_workers=4, thread_name_prefix="render")


def render(document):
    return document.upper().encode()


async def handle_request(document):
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(POOL, render, document)
```

## References

- [concurrent.futures: ThreadPoolExecutor](https://docs.python.org/3/library/concurrent.futures.html#threadpoolexecutor)
- [asyncio.to_thread](https://docs.python.org/3/library/asyncio-task.html#asyncio.to_thread), which shares the loop's own pool

## Related

No other analyser looks for it.  CA203 tells of pools that nothing shuts down, CA206 of clients that are made for each request.
"""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.context import FileContext
from conc_advisor.review.knowledge.lifetimes import CLOSING, EXECUTORS, POOL_ENDS, POOLS, runs_once
from conc_advisor.review.observations.lifetimes.app_factories import of_factory
from conc_advisor.review.observations.lifetimes.calls_of import changes_with, is_called_once, is_chosen, loop_of, repeated
from conc_advisor.review.observations.lifetimes.fate import Fate, fate_of
from conc_advisor.review.observations.lifetimes.makings import Making, makings
from conc_advisor.review.project.summaries import FunctionSummary
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope, ScopeKind
from conc_advisor.review.wording.remark import findings_of


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the pools of a file that are made again and again."""
    for making in makings(context, (*EXECUTORS, *POOLS)):
        if making.scope.kind is ScopeKind.CLASS:
            continue
        fate = fate_of(context, making.scope, making.call, POOL_ENDS)
        if fate.attributes:
            yield from _one_for_each_instance(context, making, fate)
        entered = isinstance(context.parent(making.call), ast.withitem)
        if not fate.attributes and not fate.let_go and (entered or not fate.passed):
            yield from _short_lived(context, making, entered=entered)
        elif not fate.ended:
            yield from findings_of(RULE, context, of_factory(context, making))


def _short_lived(context: FileContext, making: Making, *, entered: bool) -> Iterator[Finding]:
    kind = making.path.rpartition(".")[2]
    function = context.function_of(making.call)
    loop = loop_of(context, making.call)
    if loop is not None and not changes_with(loop, making.call):
        # A `while` goes round as often as something new has come: what it finds may well be worth a pool.
        many = not isinstance(loop, ast.While) or function is None or _takes_one_piece(context, function)
        yield RULE.finding(
            context,
            making.call,
            f"each round of the loop makes a `{kind}` of its own: {_price(making.kind)}",
            advice=f"make it once before the loop: `with {context.text(making.call)} as pool:`, with the loop inside",
            confidence=Confidence.HIGH if many else Confidence.LOW,
            severity=Severity.WARNING if many else Severity.INFO,
        )
        return
    if function is None or is_called_once(function) or is_chosen(context, making.call, function):
        return
    why = repeated(context, function)
    if why is not None:
        yield RULE.finding(
            context,
            making.call,
            f"{why.why} makes a `{kind}` of its own: {_price(making.kind)}",
            advice=_shared(context, function, making),
            confidence=Confidence.HIGH if why.sure else Confidence.MEDIUM,
        )
    elif making.scope is function and _is_of_each_call(context, function):
        single = function.is_async and _takes_one_piece(context, function)
        who = f"{'the coroutine ' if function.is_async else ''}`{function.name}`"
        on_loop = function.is_async or _is_called_on_loop(context, function)
        yield RULE.finding(
            context,
            making.call,
            f"each call of {who} makes a `{kind}` of its own: {_price(making.kind)}"
            + (", and leaving the `with` stops the event loop while work is not done" if on_loop and entered else ""),
            advice=_shared(context, function, making),
            confidence=Confidence.MEDIUM if single else Confidence.LOW,
            severity=Severity.WARNING if single else Severity.INFO,
        )


def _is_of_each_call(context: FileContext, function: Scope) -> bool:
    """Tell whether a pool is too much for a call of a function: it waits on an event loop, or has one piece of work only."""
    return function.is_async or _takes_one_piece(context, function) or _is_called_on_loop(context, function)


def _is_called_on_loop(context: FileContext, function: Scope) -> bool:
    """Tell whether a plain function is called on an event loop: by coroutines of the project, or, in Home Assistant, by its name."""
    if function.name.startswith("async_") and any(
        each.name.startswith("homeassistant") for bindings in context.module.bindings.values() for each in bindings
    ):
        return True
    callers = {caller.name: caller for caller, _ in context.project.reach.callers(context.full_name(function))}
    return any(each.is_async and not runs_once(each.name.rpartition(".")[2]) for each in callers.values())


def _price(kind: str) -> str:
    return (
        "starting its processes takes longer than most work"
        if kind.endswith((".Pool", "ProcessPoolExecutor"))
        else "no thread is used again"
    )


def _shared(context: FileContext, function: Scope, making: Making) -> str:
    owner = function.enclosing_class
    if making.kind == "concurrent.futures.ThreadPoolExecutor" and function.is_async and context.python >= 9:  # noqa: PLR2004  # Python 3.9
        return "write `await asyncio.to_thread(…)`, which shares one pool, or make one pool for the program and shut it down at its end"
    if owner is not None:
        return f"make one pool in `{owner.name}.__init__`, keep it in `self`, and shut it down where `{owner.name}` is closed"
    return "make one pool for the program, use it here, and shut it down at the program's end"


def _takes_one_piece(context: FileContext, function: Scope) -> bool:
    """Tell whether a function hands work over once, outside of any loop: no batch that may be worth a pool of its own."""
    given = [
        call
        for call in function.of(ast.Call)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in {"run_in_executor", "submit", "map", "starmap", "apply", "apply_async"}
    ]
    return (
        len(given) == 1
        and given[0].func.attr in {"run_in_executor", "submit", "apply", "apply_async"}  # type: ignore[attr-defined]  # see above
        and context.loop_around(given[0]) is None
    )


def _one_for_each_instance(context: FileContext, making: Making, fate: Fate) -> Iterator[Finding]:
    owner = making.scope.enclosing_class
    if owner is None or making.scope.name != "__init__" or fate.handed_on or is_chosen(context, making.call, making.scope):
        return
    full = context.full_name(owner)
    classes = {full, *context.project.derived(full)}
    maker = next((each for each in context.project.all_functions() if each.is_async and _makes(context, each, classes)), None)
    if maker is not None:
        why = f"the coroutine `{maker.name.rpartition('.')[2]}` makes instances of it"
    elif _is_one_of_many(context, full):
        why = "nothing ends it with the instance"
    else:
        return
    yield RULE.finding(
        context,
        making.call,
        f"each `{owner.name}` makes a pool of its own, and {why}: the number of workers grows with the instances",
        advice=f"give `{owner.name}` the pool to use as a parameter, and make one for all of them",
        confidence=Confidence.LOW,
        severity=Severity.INFO,
    )


def _is_one_of_many(context: FileContext, owner: str) -> bool:
    """Tell whether a class is one of a family of the project, and none of its methods is there to close it."""
    family = [each for each in context.project.mro(owner) if each in context.project.classes]
    methods = {name for each in family for name in context.project.classes[each].methods}
    return (len(family) > 1 or bool(context.project.derived(owner))) and methods.isdisjoint(CLOSING)


def _makes(context: FileContext, function: FunctionSummary, classes: set[str]) -> bool:
    if runs_once(function.name.rpartition(".")[2]):
        return False
    return any(path in classes for _, path in context.project.reach.calls(function))


RULE: Final = Rule(
    code="CA205",
    name="executor-per-call",
    pitfall="P09",
    topic="executor-per-call",
    summary="A pool of threads or processes is made for one piece of work.",
    severity=Severity.WARNING,
    check=check,
    template="async-offload",
)
