"""# CA705 processes-for-io

A process pool runs a function that mostly waits for the network.

## What it does

Finds functions that are handed to a process pool, lead to a call that waits for the network or sleeps, and neither loop nor compute.

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
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.knowledge.blocking import BlockingKind, blocking
from conc_advisor.review.project.summaries import CallSite, FunctionSummary
from conc_advisor.review.rule import Rule

_POOLS: Final = ("concurrent.futures.ProcessPoolExecutor", "multiprocessing.Pool")
_METHODS: Final = frozenset({"map", "submit", "imap", "imap_unordered", "starmap", "apply_async", "map_async", "apply"})
_WAITS: Final = frozenset({BlockingKind.NETWORK, BlockingKind.SLEEP})
_SHORT: Final = 40
"""A function of at most so many statements, none of them a loop, that waits for the network does little else."""


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the hand-overs of waiting to processes."""
    for scope, call in context.calls():
        if last_name(call) not in _METHODS or not isinstance(call.func, ast.Attribute) or not call.args:
            continue
        if not context.is_a(call.func.value, *_POOLS, scope=scope):
            continue
        function = context.project.functions.get(context.path(context.work(call.args[0], scope), scope))
        if function is None or function.loops or function.statements > _SHORT:
            continue
        way = context.project.reach.way(function, _waits, "network", most=3)
        if way is not None:
            name = function.name.rpartition(".")[2]
            yield RULE.finding(
                context,
                call,
                f"`{name}` mostly waits, in `{way.target}()`: processes are a dear way to wait",
                advice="use a bounded `ThreadPoolExecutor`, or asyncio with an async client",
                confidence=Confidence.MEDIUM,
                steps=way.steps(),
            )


def _waits(path: str, _site: CallSite, _function: FunctionSummary) -> bool:
    found = blocking(path)
    return found is not None and found.kind in _WAITS


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
