"""# CA104 computing-in-coroutine

An async function computes for long on the event loop.

## What it does

Finds calls that are made to take long: password hashes and key derivation, compression of whole files, reading tables, transcoding,
inference.  A model of unknown type is known by its name and its method's (`model.predict(…)`), with low confidence.  It does not guess how
long the loops of your own code take: `conc-advisor profile` measures that.

## Why is this bad

A computation never awaits, so nothing else runs before it ends.  One password check of 300 ms for each login bounds the whole server
to three logins a second, and every other request waits behind them.

## Example

```python
import hashlib


async def digest(password, salt):
    return hashlib.pbkdf2_hmac("sha256", password, salt, 600_000)
```

## Use instead

```python
import asyncio
import hashlib


async def digest(password, salt):
    return await asyncio.to_thread(hashlib.pbkdf2_hmac, "sha256", password, salt, 600_000)
```

A thread is enough where the library releases the GIL, as `hashlib` does; pure Python goes to a process pool by `loop.run_in_executor`.

## References

- [asyncio: running blocking code](https://docs.python.org/3/library/asyncio-dev.html#running-blocking-code)
- [loop.run_in_executor](https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.loop.run_in_executor)

## Related

none
"""

from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.context import FileContext
from conc_advisor.review.knowledge.blocking import BlockingKind
from conc_advisor.review.observations.blocking.blocking_calls import blocking_calls, is_starting
from conc_advisor.review.rule import Rule
from conc_advisor.review.wording.offers import instead_of

_KINDS: Final = frozenset({BlockingKind.COMPUTING})


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the calls of async functions that compute for long."""
    for each in blocking_calls(context, _KINDS):
        yield RULE.finding(
            context,
            each.call,
            f"`{context.text(each.call.func)}()` computes for long in {each.place}: no other task of its event loop runs before it ends",
            advice=f"use {instead_of(context, each.scope, each.blocking)}",
            confidence=min(each.confidence, Confidence.MEDIUM, key=list(Confidence).index),
            severity=Severity.INFO if is_starting(each.scope) else None,
        )


RULE: Final = Rule(
    code="CA104",
    name="computing-in-coroutine",
    pitfall="P01",
    topic="blocking-call-in-coroutine",
    summary="An async function computes for long on its event loop.",
    severity=Severity.WARNING,
    check=check,
    template="async-offload",
)
