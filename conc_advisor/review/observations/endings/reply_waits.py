"""Finds waits for an answer, or for an end, that somebody else in the program has to bring, and that have no deadline."""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.review.context import FileContext, argument, last_name
from conc_advisor.review.knowledge.lifetimes import CLOSING
from conc_advisor.review.observations.endings.deadlines import has_deadline, is_called_with_deadline, takes_timeout
from conc_advisor.review.symbols.scopes import BindingKind, Scope
from conc_advisor.review.wording.remark import Remark

_SENDING: Final = (
    "send",
    "_send",
    "write",
    "_write",
    "publish",
    "_publish",
    "emit",
    "request",
    "_request",
    "drain",
    "transmit",
    "call_remote",
)
_FUTURES: Final = frozenset({"create_future", "Future"})
_SOCKETS: Final = frozenset({"ws", "_ws", "websocket", "_websocket", "socket", "_socket", "sock", "wsock", "ws_client", "_ws_client"})
_ENDS: Final = frozenset({"multiprocessing.Process().join", "subprocess.Popen().wait", "asyncio.subprocess.Process().wait"})
_EVENTS: Final = frozenset({"threading.Event().wait", "asyncio.Event().wait"})
WAITS: Final = frozenset({"wait", "wait_for", "result", "join", "receive", "receive_str", "receive_json", "receive_bytes"})
"""The last words of the calls that `of_call` looks at."""


def of_call(context: FileContext, scope: Scope, call: ast.Call, path: str) -> Iterator[Remark]:
    """Yield what is to be said of a call that waits; `path` is what is called, "" where nothing is known."""
    match last_name(call):
        case "wait_for":
            limit = argument(call, "timeout", 1)
            if path == "asyncio.wait_for" and isinstance(limit, ast.Constant) and limit.value is None and not has_deadline(context, call):
                yield _remark(context, scope, call, "the other side", "write a number of seconds in place of `None`")
        case "result":
            if not call.args and not call.keywords and _is_threadsafe(context, scope, call):
                yield _remark(context, scope, call, "the loop or the coroutine", "write `.result(timeout=10)`", what="stands still")
        case "wait" | "join" if not call.args and not call.keywords:
            if path in _EVENTS:
                yield from _event(context, scope, call)
            elif path in _ENDS:
                yield from _end(context, scope, call)
        case "receive" | "receive_str" | "receive_json" | "receive_bytes":
            yield from _received(context, scope, call, path)


def of_futures(context: FileContext, scope: Scope) -> Iterator[Remark]:
    """Yield the await of a future that a function has made, given away under a key, and sent a message for."""
    made = {
        name
        for name, bindings in scope.bindings.items()
        if any(last_name(each.value) in _FUTURES for each in bindings if isinstance(each.value, ast.Call))
    }
    if not made:
        return
    for awaited in scope.of(ast.Await):
        future = awaited.value
        if not isinstance(future, ast.Name) or future.id not in made or has_deadline(context, awaited):
            continue
        if (
            not _sends(scope, awaited)
            or takes_timeout(scope)
            or any(last_name(each) in {"call_later", "call_at"} for each in scope.of(ast.Call))
        ):
            continue
        if _is_given_away(context, scope, future.id) and not is_called_with_deadline(context, scope):
            yield _remark(
                context, scope, awaited, "the other side", f"write `await asyncio.wait_for({future.id}, timeout=10)`", what="never answers"
            )


def _remark(  # noqa: PLR0913  # one sentence of all that was found
    context: FileContext, scope: Scope, node: ast.AST, whom: str, advice: str, *, what: str = "stops answering"
) -> Remark:
    who = f"`{scope.name}`" if scope.is_function else "the program"
    text = context.text(node.func if isinstance(node, ast.Call) else node)
    return Remark(node=node, message=f"`{text}` has no deadline: where {whom} {what}, {who} waits for ever", advice=advice)


def _sends(scope: Scope, node: ast.expr) -> bool:
    return any(last_name(each).startswith(_SENDING) and each.lineno <= node.lineno for each in scope.of(ast.Call))


def _is_given_away(context: FileContext, scope: Scope, name: str) -> bool:
    """Tell whether a name's value goes into a mapping, an attribute or a call, where somebody else can find it."""
    for load in scope.loads.get(name, ()):
        parent = context.parent(load)
        if isinstance(parent, (ast.Assign, ast.Tuple, ast.keyword)) or (isinstance(parent, ast.Call) and load in parent.args):
            return True
    return any(
        isinstance(target, (ast.Attribute, ast.Subscript))
        for each in scope.of(ast.Assign)
        if any(isinstance(other, ast.Name) and other.id == name for other in each.targets)
        for target in each.targets
    )


def _event(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Remark]:
    """Yield the wait for an event that says that the answer has come: after something was sent, and outside of loops."""
    if not _sends(scope, call) or context.loop_around(call) is not None or has_deadline(context, call) or takes_timeout(scope):
        return
    held = call.func.value if isinstance(call.func, ast.Attribute) else None
    if isinstance(held, ast.Name) and not _is_given_away(context, scope, held.id):
        return
    if not is_called_with_deadline(context, scope):
        threads = not context.is_awaited(call)
        advice = (
            f"write `if not {context.text(call.func)}(timeout=10): raise TimeoutError`"
            if threads
            else f"write `await asyncio.wait_for({context.text(call)}, timeout=10)`"
        )
        yield _remark(context, scope, call, "the other side", advice, what="never answers")


def _is_threadsafe(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    """Tell whether the future that a result is asked of is one of `run_coroutine_threadsafe`."""
    future = call.func.value if isinstance(call.func, ast.Attribute) else None
    if takes_timeout(scope) or has_deadline(context, call):
        return False
    if isinstance(future, ast.Name) and scope.binder(future.id) is scope:
        made = [each.value for each in scope.bindings[future.id] if each.kind is BindingKind.ASSIGNED]
        future = made[-1] if made and isinstance(made[-1], ast.expr) else None
    return isinstance(future, ast.Call) and last_name(future) == "run_coroutine_threadsafe"


def _end(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Remark]:
    """Yield the wait of a method that ends things for a program or process that it has only asked to end."""
    asked = {last_name(each) for each in scope.of(ast.Call) if each.lineno <= call.lineno}
    if "kill" in asked or has_deadline(context, call) or takes_timeout(scope):
        return
    if "terminate" in asked or scope.name in CLOSING:
        limited = "timeout=10" if not context.is_awaited(call) else ""
        advice = (
            f"wait for some seconds, `{context.text(call.func)}({limited})`, and call `kill()` where it still lives"
            if limited
            else f"wait for some seconds, `await asyncio.wait_for({context.text(call)}, 10)`, and call `kill()` where it still lives"
        )
        yield _remark(context, scope, call, "the program", advice, what="does not end")


def _received(context: FileContext, scope: Scope, call: ast.Call, path: str) -> Iterator[Remark]:
    """Yield the wait for the next message of something called a websocket, in a file that imports aiohttp."""
    held = call.func.value if isinstance(call.func, ast.Attribute) else None
    if path.startswith("aiohttp.") or last_name(held) not in _SOCKETS or call.args or call.keywords or not context.is_awaited(call):
        return
    if not any(each.name.partition(".")[0] == "aiohttp" for bindings in context.module.bindings.values() for each in bindings):
        return
    if has_deadline(context, call) or takes_timeout(scope) or any(last_name(each) == "prepare" for each in scope.of(ast.Call)):
        return
    yield _remark(context, scope, call, "the other side", f"write `{context.text(call.func)}(timeout=60)`, or connect with `heartbeat=30`")
