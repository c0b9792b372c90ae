"""Finds threads and tasks that wait for an event, a queue or a socket, and whose flag to stop is set without waking them."""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.observations.blocking.waiting import conditions, is_endless
from conc_advisor.review.symbols.scopes import Scope
from conc_advisor.review.wording.remark import Remark

_WAITS: Final = frozenset({"wait", "recv", "accept", "get"})
_CONDITIONS: Final = ("threading.Event", "threading.Condition", "multiprocessing.Event", "multiprocessing.Condition")
_OF_LOOPS: Final = ("asyncio.Queue", "asyncio.Event", "asyncio.Condition")
_WAKING: Final = frozenset({"set", "notify", "notify_all", "notifyAll", "close", "shutdown", "settimeout", "setblocking", "connect"})


def unwoken(context: FileContext) -> Iterator[Remark]:
    """Yield the waits without a limit in loops that run until a flag says stop, where what sets the flag does not wake them."""
    for scope in context.functions():
        loops = [loop for loop in scope.of(ast.While) if not is_endless(loop)]
        if not loops or scope.enclosing_class is None:
            continue
        for call in scope.of(ast.Call):
            if last_name(call) not in _WAITS or not isinstance(call.func, ast.Attribute):
                continue
            flags = [flag for loop in context.ancestors(call) if loop in loops for flag in _flags(loop)]
            if not flags or not _is_unlimited(context, scope, call, call.func.value):
                continue
            flag, stoppers = next(((each, found) for each in flags if (found := _stoppers(scope, each.attr))), (flags[0], []))
            name = last_name(call.func.value)
            if stoppers and not any(_wakes(each, name) for each in stoppers):
                yield _remark(context, call, flag, stoppers[0])
                break


def _remark(context: FileContext, call: ast.Call, flag: ast.Attribute, stopper: Scope) -> Remark:
    joins = any(last_name(each) == "join" and not each.args and not each.keywords for each in stopper.of(ast.Call))
    worker = "task" if context.is_awaited(call) else "thread"
    text = context.text(call.func)
    wake = f"call `{text.removesuffix('wait')}set()` in `{stopper.name}`" if text.endswith("wait") else "close the socket there"
    if worker == "task":
        wake = f"cancel the task in `{stopper.name}`"
    return Remark(
        node=call,
        message=f"`{text}()` waits without a limit, and `{stopper.name}`, which sets `{context.text(flag)}`, does not wake it"
        + (": its `join()` waits for ever" if joins else f": the {worker} ends only when something else does"),
        advice=f"{wake}, or give the wait a timeout",
        confidence=Confidence.MEDIUM if joins else Confidence.LOW,
        severity=Severity.WARNING if joins else Severity.INFO,
        steps=(context.step(stopper.node, f"{stopper.name}() sets the flag"),),
    )


def _flags(loop: ast.AST) -> list[ast.Attribute]:
    """Return the attributes of the instance that a loop's condition asks for."""
    test = loop.test if isinstance(loop, ast.While) else ast.Constant(value=True)
    return [each for each in conditions(test) if isinstance(each, ast.Attribute) and last_name(each.value) == "self"]


def _is_unlimited(context: FileContext, scope: Scope, call: ast.Call, owner: ast.expr) -> bool:
    if scope.is_async:
        # A wait in `wait_for` or in a task of its own has a limit, or can have one.
        return not call.args and context.is_awaited(call) and context.is_a(owner, *_OF_LOOPS, scope=scope)
    if last_name(call) == "get":
        return False
    if last_name(call) == "wait":
        return not call.args and not call.keywords and context.is_a(owner, *_CONDITIONS, scope=scope)
    limited = any(last_name(each) in {"settimeout", "setblocking", "select", "poll"} for _, each in context.calls())
    return context.path(owner, scope) == "socket.socket()" and not limited


def _stoppers(scope: Scope, flag: str) -> list[Scope]:
    """Return the other methods of the class that set its flag to a constant."""
    owner = scope.enclosing_class
    return [
        place
        for place in (owner.children if owner is not None else ())
        if place is not scope and place.name not in {"__init__", "start", "run", "connect", "open"}
        if any(
            target.attr == flag and isinstance(binding.value, ast.Constant) and isinstance(binding.value.value, bool)
            for target, binding in place.assigned_attributes
        )
    ]


def _wakes(stopper: Scope, name: str) -> bool:
    """Tell whether a method wakes what waits: by what is waited for, or by a method of its own that may."""
    return any(
        isinstance(call.func, ast.Attribute)
        and (
            (call.func.attr in _WAKING and last_name(call.func.value) == name)
            or call.func.attr in {"cancel", "put", "put_nowait", "stop", "close", "aclose"}
            or last_name(call.func.value) == "self"
        )
        for call in stopper.of(ast.Call)
    )
