"""# CA101 blocking-call-in-coroutine

An async function waits for the network, a database, another program or the clock with a call that blocks the event loop.

## What it does

Finds calls that wait inside of `async def`, whatever the name they were imported by and whichever variable or attribute holds the client:
`requests`, `urllib`, sockets, DB-API drivers, `subprocess`, `time.sleep`, `input` and the blocking clients of many services.  Plain
functions that the loop runs count as well: a protocol's, a Tornado handler's, Home Assistant's callbacks.

Of an object whose type is not known the names are asked (`db.commit()`, `llm.invoke(…)`, `Model.objects.get(…)`), and what is done with
the result: it must be used at once, and the file must await nothing of an object or a method of that name.  Such a finding has medium
confidence, or low where only the function's name speaks of the network.

Waits for a database, which may be a local one and answer at once, and findings of low confidence are warnings.

## Why is this bad

An event loop runs one task at a time, and only an `await` lets the next one run.  While the call waits, no other request is served, no
timeout fires and no heartbeat is sent.  Ten users who each wait 200 ms wait two seconds; a server that hangs stops the whole process.

## Example

```python
import requests


async def price(symbol):
    return requests.get(f"https://quotes.example/{symbol}", timeout=5).json()
```

## Use instead

```python
import httpx


async def price(client: httpx.AsyncClient, symbol):
    response = await client.get(f"https://quotes.example/{symbol}", timeout=5)
    return response.json()
```

Where there is no client for asyncio: `await asyncio.to_thread(blocking_function, argument)`.

## References

- [asyncio: running blocking code](https://docs.python.org/3/library/asyncio-dev.html#running-blocking-code)
- [asyncio.to_thread](https://docs.python.org/3/library/asyncio-task.html#asyncio.to_thread)

## Related

ruff `ASYNC210`, `ASYNC212`, `ASYNC221`, `ASYNC222`, `ASYNC250`, `ASYNC251`
"""

from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Edit, Finding, Fix, Severity
from conc_advisor.review.context import FileContext
from conc_advisor.review.knowledge.blocking import REMOTE, BlockingKind
from conc_advisor.review.observations.blocking.blocking_calls import BlockingCall, blocking_calls
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import BindingKind
from conc_advisor.review.wording.offers import instead_of


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the calls of async functions that wait for something outside of the process."""
    for each in blocking_calls(context, REMOTE):
        kind = each.blocking.kind
        yield RULE.finding(
            context,
            each.call,
            f"`{context.text(each.call.func)}()` waits for {kind} in {each.place}: every other task of its event loop waits with it",
            advice=_advice(context, each),
            confidence=each.confidence,
            severity=Severity.WARNING if each.confidence is Confidence.LOW or kind is BlockingKind.DATABASE else None,
            fix=_awaited_sleep(context, each) if kind is BlockingKind.SLEEP else None,
        )


def _advice(context: FileContext, found: BlockingCall) -> str:
    if found.blocking.kind is BlockingKind.SLEEP and not found.scope.is_async:
        return "let the loop call what comes after it: `loop.call_later(…)`"
    return f"use {instead_of(context, found.scope, found.blocking)}"


def _awaited_sleep(context: FileContext, found: BlockingCall) -> Fix | None:
    """Return the rewrite of `time.sleep(…)` to `await asyncio.sleep(…)`, in files that have asyncio by its own name."""
    if not found.scope.is_async:
        return None
    imports = context.module.bindings.get("asyncio", [])
    if not any(each.kind is BindingKind.IMPORTED and each.name == "asyncio" for each in imports) or not context.is_dropped(found.call):
        return None
    place = context.location(found.call.func)
    edit = Edit(line=place.line, column=place.column, end_line=place.end_line, end_column=place.end_column, text="await asyncio.sleep")
    # Other tasks run from now on while it sleeps: what they change may surprise the code behind it.
    return Fix(title="sleep on the event loop", safe=False, edits=(edit,))


RULE: Final = Rule(
    code="CA101",
    name="blocking-call-in-coroutine",
    pitfall="P01",
    topic="blocking-call-in-coroutine",
    summary="An async function blocks its event loop while it waits for the network, a database, a program or the clock.",
    severity=Severity.ERROR,
    check=check,
    also=("ASYNC210", "ASYNC212", "ASYNC221", "ASYNC222", "ASYNC250", "ASYNC251"),
    template="async-offload",
)
