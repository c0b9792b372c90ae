"""# CA705 processes-for-io

A process pool runs a function that mostly waits for the network.

## What it does

Finds functions that are handed to a process pool, or to a process each, lead to a call that waits for the network or sleeps, and neither
loop nor compute.  Where they are long, or loop without arithmetic, and where only their name speaks of the network, it is information.

## Why is this bad

Waiting needs no core.  Each process takes tens of megabytes and tens of milliseconds to start, holds connections of its own, and every
argument and result is pickled; threads do the same waiting for a hundredth of it, and can be many more.

## Example

```python
from concurrent.futures import ProcessPoolExecutor

import requests


def fetch(url):
    return requests.get(url, timeout=10).status_code


def main(urls):
    with ProcessPoolExecutor(max_workers=32) as pool:
        return list(pool.map(fetch, urls, chunksize=1))
```

## Use instead

```python
from concurrent.futures import ThreadPoolExecutor

import requests


def fetch(url):
    return requests.get(url, timeout=10).status_code


def main(urls):
    with ThreadPoolExecutor(max_workers=32) as pool:
        return list(pool.map(fetch, urls))
```

## References

- [ThreadPoolExecutor](https://docs.python.org/3/library/concurrent.futures.html#threadpoolexecutor)

## Related

none
"""

import ast
import re
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.context import FileContext, argument, last_name
from conc_advisor.review.knowledge.blocking import BlockingKind, blocking
from conc_advisor.review.project.reach import Way
from conc_advisor.review.project.summaries import CallSite, FunctionSummary
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope

_POOLS: Final = ("concurrent.futures.ProcessPoolExecutor", "multiprocessing.Pool")
_METHODS: Final = frozenset({"map", "submit", "imap", "imap_unordered", "starmap", "apply_async", "map_async", "apply"})
_INSTEAD: Final = "use a bounded `ThreadPoolExecutor`, or asyncio with an async client"
_NETWORK: Final = re.compile(r"(?:^|_)(?:download|fetch|scrape|crawl|upload|request|requests|ping|http|url|urls|api)(?:_|$)")
"""Words of a function's name that speak of the network."""
_LOOPS: Final[tuple[type[ast.AST], ...]] = (ast.For, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_ARITHMETIC: Final = (ast.Mult, ast.Div, ast.FloorDiv, ast.Pow, ast.MatMult, ast.Sub)
_SHORT: Final = 40
"""A function of at most so many statements, none of them a loop, that waits for the network does little else."""


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the hand-overs of waiting to processes."""
    for scope, call in context.calls():
        given = _given(context, scope, call)
        if given is None:
            continue
        work = context.work(given, scope)
        function = context.project.functions.get(context.path(work, scope))
        name = function.name.rpartition(".")[2] if function is not None else last_name(work)
        way = _way(context, function) if function is not None else None
        if function is not None and way is not None:
            if _computes(context, function) or (function.loops and way.target == "time.sleep" and last_name(call) == "Process"):
                # A process that looks for work again and again sleeps, too.
                continue
            # Work with loops may compute as well.
            short = not function.loops and function.statements <= _SHORT
            yield RULE.finding(
                context,
                call,
                f"`{name}` mostly waits, in `{way.target}()`: processes are a dear way to wait",
                advice=_INSTEAD,
                confidence=Confidence.MEDIUM if short else Confidence.LOW,
                severity=None if short else Severity.INFO,
                steps=way.steps(),
            )
        elif _NETWORK.search(name):
            yield RULE.finding(
                context,
                call,
                f"`{name}` seems to wait for the network: processes are a dear way to wait",
                advice=_INSTEAD,
                confidence=Confidence.LOW,
                severity=Severity.INFO,
            )


def _given(context: FileContext, scope: Scope, call: ast.Call) -> ast.expr | None:
    """Return the function that a call hands to several processes."""
    name = last_name(call)
    if name in _METHODS and isinstance(call.func, ast.Attribute):
        given = call.args[0] if call.args else argument(call, "func") or argument(call, "fn")
        return given if given is not None and context.is_a(call.func.value, *_POOLS, scope=scope) else None
    if name == "Process" and context.loop_around(call) is not None and context.target(call, scope) == "multiprocessing.Process":
        return argument(call, "target", 1)
    return None


def _computes(context: FileContext, function: FunctionSummary) -> bool:
    """Tell whether a function of this file does arithmetic in a loop."""
    scope = context.scope_named(function.name)
    if scope is None or not function.loops:
        return False
    loops = [each for kind in _LOOPS for each in scope.of(kind)]
    return any(isinstance(node, ast.BinOp) and isinstance(node.op, _ARITHMETIC) for each in loops for node in ast.walk(each))


def _way(context: FileContext, function: FunctionSummary) -> Way | None:
    reach = context.project.reach
    return reach.way(function, _asks, "network", most=3) or reach.way(function, _sleeps, "sleep", most=3)


def _asks(path: str, _site: CallSite, _function: FunctionSummary) -> bool:
    found = blocking(path)
    return found is not None and found.kind is BlockingKind.NETWORK


def _sleeps(path: str, _site: CallSite, _function: FunctionSummary) -> bool:
    found = blocking(path)
    return found is not None and found.kind is BlockingKind.SLEEP


RULE: Final = Rule(
    code="CA705",
    name="processes-for-io",
    pitfall="P17",
    topic="processes-for-io",
    summary="A process pool runs a function that mostly waits.",
    severity=Severity.WARNING,
    check=check,
    template="thread-fan-out",
)
