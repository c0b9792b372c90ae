"""Finds loops that do nothing at all until a condition changes: they take a whole processor core."""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.observations.blocking.waiting import is_endless
from conc_advisor.review.symbols.scopes import Scope
from conc_advisor.review.wording.remark import Remark

_CLOCKS: Final = frozenset(
    {"time.time", "time.monotonic", "time.perf_counter", "time.time_ns", "time.monotonic_ns", "time.perf_counter_ns"}
)
_ASKING: Final = frozenset({"is_set", "isSet", "is_alive", "empty", "done", "locked", "poll", "ready"})
"""Methods that tell a state and change nothing."""
_WAITING: Final = {
    "is_alive": ".join()",
    "is_set": ".wait()",
    "isSet": ".wait()",
    "empty": ".get()",
    "poll": ".wait()",
    "done": ".result()",
}
"""What waits for the state that such a method tells."""


def spinning(context: FileContext) -> Iterator[Remark]:
    """Yield the loops of a file whose body is `pass` and whose condition only looks at something."""
    for scope in context.scopes():
        for loop in scope.of(ast.While):
            if all(_is_nothing(each) for each in loop.body) and not loop.orelse and _only_looks(context, scope, loop.test):
                yield _remark(context, scope, loop)


def _is_nothing(statement: ast.stmt) -> bool:
    return isinstance(statement, (ast.Pass, ast.Continue)) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def _only_looks(context: FileContext, scope: Scope, test: ast.expr) -> bool:
    """Tell whether looking at a condition has no effect: names, attributes that are no properties, clocks and questions."""
    for node in ast.walk(test):
        match node:
            case ast.Call():
                asks = isinstance(node.func, ast.Attribute) and node.func.attr in _ASKING and not (node.args or node.keywords)
                if not asks and context.target(node, scope) not in _CLOCKS:
                    return False
            case ast.Attribute() if context.path(node, scope) in context.project.functions or _is_property(context, node):
                return False
            case ast.NamedExpr() | ast.Await() | ast.Yield() | ast.YieldFrom():
                return False
            case _:
                pass
    return True


def _is_property(context: FileContext, node: ast.Attribute) -> bool:
    """Tell whether a function of the project has the name of an attribute and no caller needs to call it."""
    return any(each.decorators and not isinstance(context.parent(node), ast.Call) for each in context.project.named.get(node.attr, ()))


def _remark(context: FileContext, scope: Scope, loop: ast.While) -> Remark:
    clock = any(isinstance(node, ast.Call) and context.target(node, scope) in _CLOCKS for node in ast.walk(loop.test))
    test = context.text(loop.test)
    if scope.is_async:
        message = (
            f"`while {test}` does nothing and awaits nothing in the async function `{scope.name}`: no other task of its event loop runs"
        )
        if is_endless(loop):
            message += " any more"
        elif clock:
            message += " before the time has come"
        else:
            message += ", not even the one that would end it"
        advice = (
            "write `await asyncio.sleep(…)`" if clock or is_endless(loop) else "wait for it: `await event.wait()` of an `asyncio.Event`"
        )
        return Remark(node=loop, message=message, advice=advice, confidence=Confidence.HIGH, severity=Severity.ERROR)
    return Remark(
        node=loop,
        message=f"`while {test}` does nothing but look again: it takes a whole processor core, and the interpreter from other threads",
        advice=_instead(loop, clock=clock),
        confidence=Confidence.HIGH if is_endless(loop) else Confidence.MEDIUM,
        severity=Severity.WARNING,
    )


def _instead(loop: ast.While, *, clock: bool) -> str:
    asked = {last_name(node) for node in ast.walk(loop.test) if isinstance(node, ast.Call)}
    known = next((waiting for asking, waiting in _WAITING.items() if asking in asked), None)
    if known is not None:
        return f"write `{known}`, which waits"
    if clock:
        return "sleep for the time that is left: `time.sleep(…)`"
    return "keep a `threading.Event` that is set where this ends, and write `event.wait()`"
