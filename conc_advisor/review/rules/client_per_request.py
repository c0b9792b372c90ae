"""# CA206 client-per-request

A client or session with a pool of connections is made for one request, and thrown away after it.

## What it does

Finds clients of HTTP libraries, databases and other services that live for one request only: made in a loop, in a request handler or in
what it calls, in a function that the same file calls in a loop, or in an async method that makes a single call with it, also where a
method of the project makes it for its callers.  Told of as information are clients whose options differ from call to call (a proxy, a
token that is an argument), other methods, functions that are called from more than one place or started as tasks, clients and connections
that several functions make with the same arguments, and `requests.get` and the like, which make a session for each call: in a method that
passes its arguments on, in a loop, in a class with several such calls or one to a URL of its own, or in a file with many.

A client that several requests share, be it two in a row, is left alone, as are those that are kept or handed on, that are made of what
the loop goes through, and functions that by their name are called once (`main`, `lifespan`, `setup_…`).  Loops in other files are not
looked at.

## Why is this bad

Each client has to open its own connection: a name lookup, a TCP and a TLS handshake before the first byte, some 50 to 300 ms to a distant
server, and computing time on both sides; `httpx.AsyncClient` also reads the certificates anew, which blocks the event loop.  Under load
the closed connections wait in TIME_WAIT until no local port is left, and a limit on connections in the client limits nothing.

## Example

```python
import httpx
from fastapi import FastAPI

app = FastAPI()


@app.get("/rates/{code}")
async def rates(code: str):
    async with httpx.AsyncClient() as client:
        return (await client.get(f"https://rates.example.com/{code}")).json()
```

## Use instead

```python
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app):
    async with httpx.AsyncClient() as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/rates/{code}")
async def rates(code: str, request: Request):
    return (await request.app.state.client.get(f"https://rates.example.com/{code}")).json()
```

## References

- [httpx: why use a client](https://www.python-httpx.org/advanced/clients/#why-use-a-client)
- [aiohttp: don't create a session per request](https://docs.aiohttp.org/en/stable/client_quickstart.html#make-a-request)

## Related

No other analyser looks for it.  CA205 tells of pools of workers that are made for each call.
"""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.knowledge.lifetimes import CLIENTS, runs_once
from conc_advisor.review.observations.blocking.waiting import can_leave
from conc_advisor.review.observations.lifetimes.calls_of import (
    changes_with,
    is_called_by_others,
    is_called_once,
    is_chosen,
    loop_of,
    repeated,
)
from conc_advisor.review.observations.lifetimes.client_options import are_settled, uses_locals
from conc_advisor.review.observations.lifetimes.fate import fate_of
from conc_advisor.review.observations.lifetimes.makings import Making, makings
from conc_advisor.review.observations.lifetimes.sessionless import is_for_each, made_alike, sessionless
from conc_advisor.review.project.summaries import FunctionSummary
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope, ScopeKind
from conc_advisor.review.wording.quoting import quoted
from conc_advisor.review.wording.remark import findings_of

_ENDS: Final = frozenset({"close", "aclose", "__exit__", "__aexit__", "dispose", "shutdown", "disconnect"})
_FEW: Final = 2
"""Up to so many calls of its methods, outside of loops, are one piece of work: a request and, at most, one that follows from it."""


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the clients of a file that are made for one request."""
    for making in (*makings(context, CLIENTS), *_by_functions(context)):
        if making.scope.kind is not ScopeKind.CLASS:
            yield from _client(context, making)
    yield from findings_of(RULE, context, sessionless(context))
    yield from findings_of(RULE, context, made_alike(context))


def _client(context: FileContext, making: Making) -> Iterator[Finding]:
    kind = making.path
    fate = fate_of(context, making.scope, making.call, _ENDS)
    calls = [*fate.calls, *fate.inner]
    stubs = bool(fate.passed) and all(last_name(each).endswith(("Stub", "Client", "Api")) for each in fate.passed)
    used = [*calls, *fate.passed]
    if fate.let_go or fate.attributes or fate.is_global or not used or (fate.passed and not fate.ended):
        return
    loop = loop_of(context, making.call)
    if loop is not None and not changes_with(loop, making.call) and not _is_shared(context, making, used):
        if isinstance(loop, ast.While) and (_holds_on(context, fate.calls) or can_leave(loop)):
            return
        yield RULE.finding(
            context,
            making.call,
            f"each round of the loop makes a new `{kind}`, which opens its connections anew",
            advice=f"make it once before the loop, with the loop inside: {_with(making, quoted(context, making.call))}",
            confidence=Confidence.HIGH,
        )
        return
    function = context.function_of(making.call)
    if loop is not None or function is None or is_called_once(function) or is_chosen(context, making.call, function):
        return
    if not fate.passed or stubs:
        yield from _in_function(context, making, function, [*calls, *fate.passed])


def _in_function(context: FileContext, making: Making, function: Scope, calls: list[ast.Call]) -> Iterator[Finding]:
    if not calls or _is_shared(context, making, calls) or len(calls) > _FEW or _sends_twice(context, calls):
        return
    if _holds_on(context, calls) and "engine" not in making.path:
        return
    why = repeated(context, function)
    owner = function.enclosing_class
    alone = why is None and owner is None and not (function.is_async and is_for_each(function.name))
    if function.of(ast.Yield) or (alone and not is_called_by_others(context, function) and not _is_started(context, function)):
        return
    likely = (why is not None or (owner is not None and function.is_async)) and are_settled(context, making.scope, making.call)
    yield RULE.finding(
        context,
        making.call,
        f"{why.why if why is not None else f'each call of `{function.name}`'} makes a new `{making.path}`, "
        "which opens its connections anew",
        advice=_where_to_keep_it(context, making, function),
        confidence=Confidence.LOW if not likely else Confidence.HIGH if why is not None and why.sure else Confidence.MEDIUM,
        severity=Severity.WARNING if likely else Severity.INFO,
    )


def _is_started(context: FileContext, function: Scope) -> bool:
    """Tell whether a function that is not called once, by its name, starts a coroutine function."""
    callers = context.project.reach.callers(context.full_name(function)) if function.is_async else ()
    return any(
        caller.owner or not (caller.name == context.parsed.name or runs_once(caller.name.rpartition(".")[2])) for caller, _ in callers
    )


def _is_shared(context: FileContext, making: Making, calls: list[ast.Call]) -> bool:
    """Tell whether a client serves many requests: it is used in a loop that it is made outside of."""
    outside = context.loop_around(making.call)
    return any(context.loop_around(call) not in {None, outside} for call in calls)


def _holds_on(context: FileContext, calls: list[ast.Call]) -> bool:
    """Tell whether a client is made for a connection that lasts: a stream of messages."""
    return any(_method(call) in _LASTING or (_method(call) == "stream" and not context.is_awaited(call)) for call in calls)


def _sends_twice(context: FileContext, calls: list[ast.Call]) -> bool:
    """Tell whether two requests are made one after the other: they share the client, and often its cookies."""
    sent = [call for call in calls if _method(call) in _VERBS]
    return len(sent) > 1 and not _are_alternatives(context, sent[0], sent[1])


def _are_alternatives(context: FileContext, one: ast.Call, other: ast.Call) -> bool:
    """Tell whether two calls stand in different branches, or one in the handler of the other's failure."""
    around = {each for each in context.ancestors(one) if isinstance(each, (ast.If, ast.IfExp, ast.Try))}
    return isinstance(context.statement(one), ast.Return) or any(
        each in around and _part_of(context, each, one) != _part_of(context, each, other) for each in context.ancestors(other)
    )


def _part_of(context: FileContext, around: ast.AST, node: ast.AST) -> str:
    """Return by which field a node lies in one of those around it; an `else` or `finally` of a `try` counts as what it follows."""
    child = node
    for each in context.ancestors(node):
        if each is around:
            break
        child = each
    for name, value in ast.iter_fields(around):
        if value is child or (isinstance(value, list) and child in value):
            return "body" if name in {"orelse", "finalbody"} and isinstance(around, ast.Try) else name
    return ""


_VERBS: Final = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "request"})


def _method(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


_LASTING: Final = frozenset({"ws_connect", "websocket", "websocket_connect", "pubsub", "subscribe", "listen", "watch", "begin", "connect"})


def _with(making: Making, text: str) -> str:
    word = "async with" if making.path.endswith(("AsyncClient", "ClientSession", "AsyncSession")) else "with"
    return f"`{word} {text} as client:`"


def _where_to_keep_it(context: FileContext, making: Making, function: Scope) -> str:
    owner = function.enclosing_class
    if not are_settled(context, making.scope, making.call):
        return (
            f"its options differ from call to call: where they are the same for many calls of `{function.name}`, "
            "keep one client for each set of options, and close them at the end"
        )
    # What only this function knows has no meaning where the client is to be made.
    text = f"{context.text(making.call.func)}(…)" if uses_locals(making.scope, making.call) else quoted(context, making.call)
    if owner is not None:
        return (
            f"make one in `{owner.name}` when it starts, `self._client = {text}`, use it here, and close it when `{owner.name}` is closed"
        )
    return f"make one for the program's life, {_with(making, text)} in its lifespan or `main`, and give it to `{function.name}`"


# --- functions that make a client for whoever calls them ---------------------------------------------------------------------------


def _by_functions(context: FileContext) -> Iterator[Making]:
    """Yield the `with` items that call a function of the project which makes a new client each time."""
    for scope in context.scopes():
        items = [item for block in scope.of(ast.With) for item in block.items]
        items += [item for block in scope.of(ast.AsyncWith) for item in block.items]
        for call in (each.context_expr for each in items):
            function = context.callee(call, scope) if isinstance(call, ast.Call) else None
            if isinstance(call, ast.Call) and function is not None and not function.name.endswith(".__init__"):
                kind = _made_by(context, function)
                if kind:
                    yield Making(scope, call, kind, kind)


def _made_by(context: FileContext, function: FunctionSummary) -> str:
    """Return the client that a function makes and returns, "" for none and for one that is kept."""
    if not function.returns or function.is_generator or any("cache" in each or "property" in each for each in function.decorators):
        return ""
    made = next((site.target for site in function.calls if f"{site.target}()" == function.returns), "")
    path = context.project.canonical(made)
    return next((each for each in context.project.mro(path) if each in CLIENTS), "") if path else ""


RULE: Final = Rule(
    code="CA206",
    name="client-per-request",
    pitfall="P19",
    topic="client-per-request",
    summary="A client with a pool of connections is made for one request.",
    severity=Severity.WARNING,
    check=check,
    template="async-http-client",
)
