"""# CA302 missing-deadline

A call waits for another machine, and nothing says for how long at most.

## What it does

Finds calls over the network that have no timeout of their own and are given none: requests and its sessions, `urlopen`, urllib3,
`http.client`, `socket.create_connection`, mail and file transfer clients, `asyncio.open_connection` and what is read from it; and clients
of aiohttp and httpx whose timeout has been switched off; also functions of requests that are chosen or handed over first, and called then.

At severity info it tells of waits for other programs, of clients whose own default is none or minutes long (psycopg2, redis, ldap3, gRPC
stubs, ZeroMQ, websockets without heartbeat, a session of aiohttp with its five minutes), and of waits for an answer that another part of
the program brings: a future or an event under which a message was sent, `result()` of `run_coroutine_threadsafe`, `wait_for(…, None)`.

A call that is given `**options` is left alone, as is a function that takes a timeout itself, what stands in a timeout's scope or is called
from one, and sessions that are given their timeout by an adapter or a class of their own.  It does not know how far the other side can be
trusted: a program that must end when a person says so needs no deadline.  For a call that blocks an event loop as well it is information:
the first thing is to move it, with a deadline.

## Why is this bad

A peer that stops answering without closing the connection (a firewall that drops packets, a frozen process, a failed machine) leaves the
call waiting for ever.  Under load every such call holds a thread, a task or a connection of a pool, until none is left and the whole
program stands still although it is idle.

## Example

```python
import requests


def status(url):
    return requests.get(url).status_code
```

## Use instead

```python
import requests


def status(url):
    return requests.get(url, timeout=(3.05, 30)).status_code
```

## References

- [requests: timeouts](https://requests.readthedocs.io/en/latest/user/advanced/#timeouts)
- [asyncio.timeout](https://docs.python.org/3/library/asyncio-task.html#asyncio.timeout)

## Related

ruff `S113`, pylint `W3101`, bandit `B113`
"""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.context import FileContext, argument, has_unseen_arguments, is_none, last_name
from conc_advisor.review.knowledge.endless import CLIENTS, CONNECTIONS, MESSAGES, POOL_CALLS, POOLS, PROGRAMS, REQUESTS, SESSIONS, SOCKETS
from conc_advisor.review.observations.endings import chosen_requests, endless_clients, open_waits, reply_waits
from conc_advisor.review.observations.endings.deadlines import has_deadline, takes_timeout
from conc_advisor.review.observations.endings.default_timeouts import has_default, sets_socket_timeout
from conc_advisor.review.observations.endings.open_waits import who
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import BindingKind, Scope
from conc_advisor.review.wording.remark import Remark, findings_of

_READS: Final = frozenset({"read", "readline", "readuntil", "readexactly"})
_CHILDREN: Final = frozenset({"asyncio.subprocess.Process().communicate", "asyncio.subprocess.Process().wait"})
_SWITCHED: Final = frozenset(
    {"ClientTimeout", "Timeout", "Client", "AsyncClient", "get", "post", "put", "patch", "delete", "head", "request", "stream"}
)
_NAMES: Final = frozenset(
    {path.rpartition(".")[2] for path in (*REQUESTS, *CONNECTIONS, *POOLS, *PROGRAMS, *_CHILDREN, *SOCKETS, *MESSAGES, *CLIENTS)}
    | {"open_connection", "urlretrieve", "ClientSession", "recv_string", "recv_json", "recv_pyobj", "recv_multipart"}
    | reply_waits.WAITS
    | _READS
    | _SWITCHED
)
_HANDING: Final = frozenset(
    {"submit", "map", "to_thread", "run_in_executor", "run_sync", "run_in_threadpool", "partial", "imap_unordered", "imap"}
)
"""Functions that call a function which they are given."""
_OTHER_SOCKETS: Final = frozenset(
    {"AF_UNIX", "AF_NETLINK", "AF_CAN", "AF_BLUETOOTH", "BlockingIOError", "EINPROGRESS", "EWOULDBLOCK", "SOCK_NONBLOCK"}
)
"""What a file speaks of whose sockets are local, or do not block."""
_SESSION_NAMES: Final = frozenset({"session", "_session", "sess", "http_session", "_http_session", "requests_session"})
_VERBS: Final = frozenset({"get", "post", "put", "patch", "delete", "head", "request"})


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the calls of a file that wait for another machine without a deadline."""
    if not _imports(context):
        return
    requests = chosen_requests.uses_requests(context)
    for scope in context.scopes():
        for call in scope.of(ast.Call):
            yield from _looked_at(context, scope, call)
            if requests:
                yield from findings_of(RULE, context, chosen_requests.of_parameter(context, scope, call))
                yield from findings_of(RULE, context, chosen_requests.of_variable(context, scope, call))
        if scope.is_async:
            yield from findings_of(RULE, context, reply_waits.of_futures(context, scope))


def _looked_at(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Finding]:
    name = context.word(call)
    if name in _HANDING:
        yield from _handed_over(context, scope, call)
    if name in _NAMES or isinstance(call.func, ast.Call):
        path = context.target(call, scope) if name else _chosen(context, scope, call)
        if path:
            yield from _call(context, scope, call, path)
        elif name in _VERBS and _is_session_by_name(context, call):
            yield from _by_name(context, scope, call)
        if name in reply_waits.WAITS:
            yield from findings_of(RULE, context, reply_waits.of_call(context, scope, call, path))
    elif isinstance(call.func, ast.Attribute) and name[:1].isupper():
        yield from findings_of(RULE, context, endless_clients.of_stub(context, scope, call, context.target(call, scope)))


def _call(  # noqa: C901  # one case for each kind
    context: FileContext, scope: Scope, call: ast.Call, path: str
) -> Iterator[Finding]:
    if path in REQUESTS:
        yield from _request(context, scope, call, path)
    elif path in CONNECTIONS:
        yield from _connection(context, scope, call, path)
    elif path in SOCKETS:
        yield from _socket(context, scope, call, path)
    elif path in POOLS:
        yield from _pool(context, scope, call, path)
    elif path in PROGRAMS or path in _CHILDREN:
        yield from findings_of(RULE, context, open_waits.of_program(context, scope, call))
    elif path in MESSAGES:
        yield from findings_of(RULE, context, open_waits.of_message(context, scope, call))
    elif path in CLIENTS:
        yield from findings_of(RULE, context, endless_clients.of_client(context, scope, call, path))
    elif path == "aiohttp.ClientSession":
        yield from findings_of(RULE, context, endless_clients.of_session(context, scope, call))
    elif path.startswith("zmq."):
        yield from findings_of(RULE, context, endless_clients.of_zmq(context, scope, call))
    elif path == "urllib.request.urlretrieve":
        yield from _retrieved(context, scope, call)
    elif path.startswith("asyncio."):
        yield from findings_of(RULE, context, open_waits.of_stream(context, scope, call, path))
    elif path.startswith(("aiohttp.", "httpx.")):
        yield from findings_of(RULE, context, open_waits.of_switch(context, scope, call, path))


def _is_session_by_name(context: FileContext, call: ast.Call) -> bool:
    """Tell whether a call is a method of something called a session, in a file that has only those of requests."""
    if (
        not isinstance(call.func, ast.Attribute)
        or last_name(call.func.value) not in _SESSION_NAMES
        or not call.args
        or context.is_awaited(call)
    ):
        return False
    packages = {each.name.partition(".")[0] for bindings in context.module.bindings.values() for each in bindings}
    return "requests" in packages and packages.isdisjoint({"aiohttp", "httpx", "sqlalchemy", "flask", "django"})


def _by_name(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Finding]:
    if argument(call, "timeout") is None and not has_unseen_arguments(call) and not (has_deadline(context, call) or takes_timeout(scope)):
        yield RULE.finding(
            context,
            call,
            f"`{context.text(call.func)}` is given no timeout: a session of requests has none of its own",
            advice=f"write `{_with_timeout(context, call)}`",
            confidence=Confidence.LOW,
            severity=Severity.INFO,
        )


def _chosen(context: FileContext, scope: Scope, call: ast.Call) -> str:
    """Return the path of one of the methods that `getattr(requests, method)(…)` may call; "" for anything else."""
    chosen = call.func
    if not isinstance(chosen, ast.Call) or last_name(chosen) != "getattr" or not chosen.args:
        return ""
    path = f"{context.path(chosen.args[0], scope)}.get"
    return path if path in REQUESTS else ""


def _handed_over(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Finding]:
    """Yield the functions of requests that are handed over to be called without a timeout: `pool.map(requests.get, urls)`."""
    if argument(call, "timeout") is not None or any(keyword.arg is None for keyword in call.keywords):
        return
    for each in call.args[:2]:
        if isinstance(each, (ast.Attribute, ast.Name)) and context.path(each, scope) in REQUESTS and not takes_timeout(scope):
            yield RULE.finding(
                context,
                call,
                f"`{context.text(each)}` is called without a timeout here: where the server stops answering, its thread waits for ever",
                advice=f"hand over a function of your own that calls `{context.text(each)}(url, timeout=10)`",
                confidence=Confidence.HIGH,
            )


def _imports(context: FileContext) -> bool:
    """Tell whether a file imports anything: one that does not makes no such call."""
    return any(each.kind is BindingKind.IMPORTED for scope in context.scopes() for bindings in scope.bindings.values() for each in bindings)


# --- calls that block -------------------------------------------------------------------------------------------------------------


def _request(context: FileContext, scope: Scope, call: ast.Call, path: str) -> Iterator[Finding]:
    given = argument(call, "timeout")
    if given is None and _passes_on(context, scope, call):
        if not (path.startswith(SESSIONS) and has_default(context, scope, call)):
            yield _passed_on(context, scope, call)
        return
    if (given is not None and not is_none(given)) or (given is None and has_unseen_arguments(call)):
        return
    if has_deadline(context, call) or takes_timeout(scope) or (path.startswith(SESSIONS) and has_default(context, scope, call)):
        return
    yield _waits(context, scope, call, "the server")


def _passes_on(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    """Tell whether a call gets the keyword arguments of its function and nothing else that could hide a timeout."""
    node = scope.node
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) or node.args.kwarg is None:
        return False
    hidden = [each.value for each in call.keywords if each.arg is None]
    if not hidden or any(not isinstance(each, ast.Name) or each.id != node.args.kwarg.arg for each in hidden):
        return False
    end = node.end_lineno or node.lineno
    return not any("timeout" in line.lower() for line in context.parsed.lines[node.lineno - 1 : end])


def _passed_on(context: FileContext, scope: Scope, call: ast.Call) -> Finding:
    return RULE.finding(
        context,
        call,
        f"`{scope.name}` gives `{context.text(call.func)}` no timeout of its own: whoever forgets to pass one waits for ever",
        advice=f"""call `{context.text(call.keywords[-1].value)}.setdefault("timeout", 10)` before it""",
        confidence=Confidence.LOW,
        severity=Severity.INFO,
    )


def _connection(context: FileContext, scope: Scope, call: ast.Call, path: str) -> Iterator[Finding]:
    given = argument(call, "timeout", CONNECTIONS[path])
    if (given is not None and not is_none(given)) or (given is None and has_unseen_arguments(call)):
        return
    if path.startswith("ftplib.") and any(
        last_name(each) == "connect" and argument(each, "timeout", 2) is not None for each in scope.of(ast.Call)
    ):
        return
    if path.startswith("imaplib.") and context.python < 9:  # noqa: PLR2004  # its timeout came with 3.9
        return
    if has_deadline(context, call) or takes_timeout(scope) or sets_socket_timeout(context, scope):
        return
    yield _waits(context, scope, call, "the other side")


def _retrieved(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Finding]:
    if not sets_socket_timeout(context, scope) and not takes_timeout(scope):
        remark = Remark(
            node=call,
            message=f"`{context.text(call.func)}` takes no timeout: where the server stops answering, {who(scope)} waits for ever",
            advice="use `urlopen(url, timeout=10)` and `shutil.copyfileobj`",
            confidence=Confidence.HIGH,
            severity=Severity.WARNING,
        )
        yield from findings_of(RULE, context, [remark])


def _socket(context: FileContext, scope: Scope, call: ast.Call, path: str) -> Iterator[Finding]:
    """Yield the connecting, or the wait for the answer to a datagram, of a socket whose timeout nothing in the file sets."""
    if any(
        last_name(each) in {"settimeout", "setblocking", "setdefaulttimeout", "bind", "sock_connect", "setsockopt"}
        for _, each in context.calls()
    ):
        return
    if not any(last_name(each) == "socket" for _, each in context.calls()):
        return
    if any(last_name(each) in _OTHER_SOCKETS for each in context.symbols.parents if isinstance(each, (ast.Attribute, ast.Name))):
        return
    if path.endswith(("recv", "recvfrom")) and not any(last_name(each) in {"sendto", "send"} for each in scope.of(ast.Call)):
        return
    if context.is_awaited(call) or has_deadline(context, call) or takes_timeout(scope) or not isinstance(call.func, ast.Attribute):
        return
    yield RULE.finding(
        context,
        call,
        f"`{context.text(call.func)}` has no deadline: where the other side does not answer, {who(scope)} waits for minutes or for ever",
        advice=f"write `{context.text(call.func.value)}.settimeout(10)` before it",
        confidence=Confidence.MEDIUM,
    )


def _pool(context: FileContext, scope: Scope, call: ast.Call, path: str) -> Iterator[Finding]:
    given = argument(call, "timeout")
    if (given is not None and not is_none(given)) or (given is None and has_unseen_arguments(call)) or takes_timeout(scope):
        return
    used = False
    for place, each in context.calls():
        if last_name(each) in POOL_CALLS and context.target(each, place).startswith(f"{path}()."):
            used = True
            if has_unseen_arguments(each) or argument(each, "timeout") is not None:
                return
    if used:
        yield _waits(context, scope, call, "the server", its="its requests wait")


def _waits(context: FileContext, scope: Scope, call: ast.Call, whom: str, *, its: str = "") -> Finding:
    return RULE.finding(
        context,
        call,
        f"`{context.text(call.func)}` has no timeout: where {whom} stops answering, {its or f'{who(scope)} waits'} for ever",
        advice=f"write `{_with_timeout(context, call)}`, with the time that {who(scope)} can wait",
        confidence=Confidence.HIGH,
    )


def _with_timeout(context: FileContext, call: ast.Call) -> str:
    text = context.text(call)
    if text.endswith("…") or argument(call, "timeout") is not None:
        return "timeout=10"
    inside = text.removesuffix(")").rstrip().removesuffix(",")
    return f"{inside}{'' if inside.endswith('(') else ', '}timeout=10)"


RULE: Final = Rule(
    code="CA302",
    name="missing-deadline",
    pitfall="P04",
    topic="missing-deadline",
    summary="A call to another machine has no timeout.",
    severity=Severity.WARNING,
    check=check,
    also=("ruff S113", "pylint W3101", "bandit B113"),
    template="async-deadlines",
)
