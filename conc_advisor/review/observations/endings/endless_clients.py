"""Finds clients whose documented default is to wait for ever, or for minutes, and that are given no other."""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence
from conc_advisor.review.context import FileContext, argument, has_unseen_arguments, last_name
from conc_advisor.review.knowledge.endless import CLIENTS
from conc_advisor.review.observations.endings.deadlines import has_deadline, takes_timeout
from conc_advisor.review.observations.endings.default_timeouts import sets_socket_timeout
from conc_advisor.review.symbols.scopes import Scope
from conc_advisor.review.wording.remark import Remark

_SESSION: Final = "aiohttp.ClientSession"
_VERBS: Final = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "request"})
_STUB: Final = "Stub()."
_OTHER_WAYS: Final = ("heartbeat", "keepalive", "keep_alive", "ping")
"""Words in a file that notices a dead connection by itself."""


def of_client(context: FileContext, scope: Scope, call: ast.Call, path: str) -> Iterator[Remark]:
    """Yield what is to be said of a call of one of the clients that wait for ever, by its path."""
    options = CLIENTS[path]
    if has_unseen_arguments(call) or any(each.arg in options or "timeout" in (each.arg or "") for each in call.keywords):
        return
    if takes_timeout(scope) or has_deadline(context, call) or sets_socket_timeout(context, scope):
        return
    if options[0] == "connect_timeout" and call.args and path.endswith("connect"):
        # The first argument is a text of options, among which it may be.
        return
    if any(isinstance(each, (ast.Constant, ast.JoinedStr)) and "timeout" in context.text(each, most=400) for each in call.args):
        return
    if options[0] in {"heartbeat", "ping_interval"} and _watches(context):
        return
    option = {"transport": "a transport whose `make_connection` sets a timeout", "heartbeat": "`heartbeat=30`"}.get(
        options[0], f"`{options[0]}=10`"
    )
    yield Remark(
        node=call,
        message=f"`{context.text(call.func)}` is given no `{options[0]}`: where the other side stops answering, its user waits for ever",
        advice=f"pass {option}",
        confidence=Confidence.MEDIUM,
    )


def _watches(context: FileContext) -> bool:
    return any(isinstance(each, (ast.Name, ast.Attribute)) and _speaks(last_name(each)) for each in context.symbols.parents)


def _speaks(name: str) -> bool:
    lowered = name.lower()
    return any(word in lowered for word in _OTHER_WAYS)


def of_session(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Remark]:
    """Yield a session of aiohttp with its default of five minutes, which requests of the file keep."""
    if has_unseen_arguments(call) or argument(call, "timeout") is not None or takes_timeout(scope) or has_deadline(context, call):
        return
    parent = context.parent(call)
    kept = isinstance(parent, ast.Assign) and any(isinstance(each, ast.Attribute) for each in parent.targets)
    for place in context.scopes() if kept or not scope.is_function else scope.walk():
        for each in place.of(ast.Call):
            if last_name(each) not in _VERBS or not isinstance(each.func, ast.Attribute):
                continue
            if argument(each, "timeout") is not None or has_unseen_arguments(each) or takes_timeout(place) or has_deadline(context, each):
                continue
            if context.target(each, place) == f"{_SESSION}().{each.func.attr}":
                yield _five_minutes(call, place)
                return


def _five_minutes(call: ast.Call, place: Scope) -> Remark:
    return Remark(
        node=call,
        message=f"this session has aiohttp's own timeout, five minutes for a request: `{place.name or 'the program'}` waits that long"
        " for a server that stops answering",
        advice="pass `timeout=aiohttp.ClientTimeout(total=30)`, with the time that can be waited here",
        confidence=Confidence.LOW,
    )


def of_stub(context: FileContext, scope: Scope, call: ast.Call, path: str) -> Iterator[Remark]:
    """Yield a call through a generated stub of gRPC that is given no deadline."""
    head, found, method = path.rpartition(_STUB)
    if not found or not method.isidentifier() or "." not in head or not method[:1].isupper():
        return
    if argument(call, "timeout", 1) is not None or has_unseen_arguments(call) or takes_timeout(scope) or has_deadline(context, call):
        return
    if not any(each.name.partition(".")[0] == "grpc" for bindings in context.module.bindings.values() for each in bindings):
        return
    yield Remark(
        node=call,
        message=f"`{context.text(call.func)}` has no deadline: gRPC has none of its own: where the server hangs, it waits for ever",
        advice="pass `timeout=10`",
        confidence=Confidence.MEDIUM,
    )


def of_zmq(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Remark]:
    """Yield the wait of a ZeroMQ socket for the answer to what the same function has sent, where nothing in the file sets a limit."""
    if any(
        isinstance(each, (ast.Name, ast.Attribute)) and last_name(each) in {"RCVTIMEO", "rcvtimeo", "poll", "Poller"}
        for each in context.symbols.parents
    ):
        return
    if call.args or has_deadline(context, call) or takes_timeout(scope) or context.loop_around(call) is not None:
        return
    if any(last_name(each).startswith("send") and each.lineno <= call.lineno for each in scope.of(ast.Call)):
        yield Remark(
            node=call,
            message=f"`{context.text(call.func)}` has no deadline: where the other side does not answer, `{scope.name}` waits for ever",
            advice="set `zmq.RCVTIMEO` on the socket, or ask `poll(10_000)` first",
            confidence=Confidence.MEDIUM,
        )
