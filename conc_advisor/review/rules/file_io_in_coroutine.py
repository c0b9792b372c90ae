"""# CA102 file-io-in-coroutine

An async function reads or writes files with calls that block the event loop.

## What it does

Finds `open`, `Path.read_text` and their like, `os`, `os.path`, `shutil` and `glob` inside of `async def`.  Calls that only look at a
folder's entries, and those of functions that run once at the start (`main`, `startup`, `lifespan` …), are told as information.

## Why is this bad

The event loop stands still for as long as the disk takes: microseconds from the page cache, seconds on a network file system, a sleeping
disk or a full write queue.  It shows as rare, long stalls that no test on a developer's machine repeats.

## Example

```python
from pathlib import Path


async def render(name):
    return Path("templates", name).read_text(encoding="utf-8")
```

## Use instead

```python
import asyncio
from pathlib import Path


async def render(name):
    return await asyncio.to_thread(Path("templates", name).read_text, encoding="utf-8")
```

## References

- [asyncio: running blocking code](https://docs.python.org/3/library/asyncio-dev.html#running-blocking-code)
- [anyio: asynchronous file I/O](https://anyio.readthedocs.io/en/stable/fileio.html)

## Related

ruff `ASYNC230`, `ASYNC231`, `ASYNC240`
"""

from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.context import FileContext
from conc_advisor.review.knowledge.blocking import STATUS, BlockingKind
from conc_advisor.review.observations.blocking.blocking_calls import BlockingCall, blocking_calls, is_starting
from conc_advisor.review.rule import Rule
from conc_advisor.review.wording.offers import instead_of

_KINDS: Final = frozenset({BlockingKind.FILE})


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the calls of async functions that wait for the disk."""
    for each in blocking_calls(context, _KINDS):
        yield RULE.finding(
            context,
            each.call,
            f"`{context.text(each.call.func)}()` waits for the disk in {each.place}: the event loop stands still for as long as that takes",
            advice=f"use {instead_of(context, each.scope, each.blocking)}",
            confidence=Confidence.HIGH,
            severity=_severity(each),
        )


def _severity(found: BlockingCall) -> Severity:
    return Severity.INFO if found.blocking.path in STATUS or is_starting(found.scope) else Severity.WARNING


RULE: Final = Rule(
    code="CA102",
    name="file-io-in-coroutine",
    pitfall="P01",
    topic="blocking-call-in-coroutine",
    summary="An async function blocks its event loop while it reads or writes files.",
    severity=Severity.WARNING,
    check=check,
    also=("ASYNC230", "ASYNC231", "ASYNC240"),
    template="async-offload",
)
