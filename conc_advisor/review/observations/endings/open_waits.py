"""Finds waits without a deadline for messages, other programs and asyncio's connections, and timeouts that are switched off."""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.context import FileContext, argument, has_unseen_arguments, last_name
from conc_advisor.review.observations.endings.deadlines import has_deadline, is_called_with_deadline, takes_timeout
from conc_advisor.review.observations.endings.default_timeouts import is_for_streaming, is_switched_off
from conc_advisor.review.symbols.reader import is_generator
from conc_advisor.review.symbols.scopes import Scope
from conc_advisor.review.wording.remark import Remark

_AT_LEAST_TIMEOUT: Final = 11
"""`asyncio.timeout` came with 3.11."""


def who(scope: Scope) -> str:
    """Return who waits, as a message names it."""
    return f"`{scope.name}`" if scope.is_function else "the program"


def of_message(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Remark]:
    """Yield the wait for one message of a connection."""
    if (
        argument(call, "timeout", 0) is not None
        or has_deadline(context, call)
        or takes_timeout(scope)
        or context.loop_around(call) is not None
    ):
        return
    yield Remark(
        node=call,
        message=f"`{context.text(call.func)}` has no deadline: {who(scope)} waits until the other side sends something",
        advice=_scope(context, call),
        confidence=Confidence.LOW,
        severity=Severity.INFO,
    )


def of_program(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Remark]:
    """Yield the wait for the end of another program."""
    if argument(call, "timeout") is not None or has_unseen_arguments(call) or has_deadline(context, call) or takes_timeout(scope):
        return
    if last_name(call) in {"wait", "communicate"} and (
        call.args[1:] or any(last_name(each) in {"kill", "terminate"} for each in scope.of(ast.Call))
    ):
        return
    if last_name(call) == "wait" and call.args:
        return
    yield Remark(
        node=call,
        message=f"`{context.text(call.func)}` has no timeout: where the program hangs, {who(scope)} hangs with it",
        advice="pass `timeout=…` and kill the program when it has passed" if not context.is_awaited(call) else _scope(context, call),
        confidence=Confidence.LOW,
        severity=Severity.INFO,
    )


# --- asyncio ----------------------------------------------------------------------------------------------------------------------


def of_stream(context: FileContext, scope: Scope, call: ast.Call, path: str) -> Iterator[Remark]:
    """Yield the opening of a connection of asyncio's, or the wait for an answer over it."""
    if not scope.is_async or not context.is_awaited(call):
        return
    name = last_name(call)
    opens = path == "asyncio.open_connection"
    if not opens and not (path == f"asyncio.StreamReader().{name}" and _is_reply(context, scope, call)):
        return
    if has_deadline(context, call) or takes_timeout(scope) or is_called_with_deadline(context, scope):
        return
    looping = not opens and context.loop_around(call) is not None
    if looping and is_generator(scope):
        return
    yield Remark(
        node=call,
        message=f"`{context.text(call.func)}` has no deadline: where the other side stops answering, {who(scope)} waits for ever",
        advice=_scope(context, call),
        confidence=Confidence.LOW if looping else Confidence.MEDIUM,
        severity=Severity.INFO if looping else Severity.WARNING,
    )


def _is_reply(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    """Tell whether a read waits for an answer: in the function that opens the connection, or after it has written."""
    names = {last_name(each) for each in scope.of(ast.Call) if each.lineno <= call.lineno}
    if "open_connection" in names:
        return True
    return (
        isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Attribute)
        and "drain" in names
        and context.loop_around(call) is None
    )


def _scope(context: FileContext, call: ast.Call) -> str:
    if context.python >= _AT_LEAST_TIMEOUT:
        return "put `async with asyncio.timeout(10):` around it"
    return f"write `await asyncio.wait_for({context.text(call)}, timeout=10)`"


# --- timeouts that are switched off ----------------------------------------------------------------------------------------------


def of_switch(context: FileContext, scope: Scope, call: ast.Call, path: str) -> Iterator[Remark]:
    """Yield a timeout that is switched off."""
    off = is_switched_off(call, path)
    if not off or has_deadline(context, call) or takes_timeout(scope):
        return
    streams = is_for_streaming(context, scope, call)
    yield Remark(
        node=call,
        message=f"the timeout is switched off here: where the server stops answering, {who(scope)} waits for ever",
        advice=_limit(path),
        confidence=Confidence.LOW if streams else Confidence.HIGH,
        severity=Severity.INFO if streams else Severity.WARNING,
    )


def _limit(path: str) -> str:
    if path.startswith("aiohttp."):
        return (
            "write `aiohttp.ClientTimeout(total=30)`; for long downloads `aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=30)`"
        )
    return "write `timeout=10`; for long downloads `timeout=httpx.Timeout(10, read=60)`"
