"""Finds where a cancellation ends without a handler that catches it: `finally`, `__aexit__`, and handlers that raise something else."""

import ast
from collections.abc import Iterable, Iterator
from typing import Final

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.observations.endings.cancellations import CANCELLED, awaits_in
from conc_advisor.review.symbols.scopes import Scope
from conc_advisor.review.wording.remark import Remark

_LEAVING: Final = (ast.Return, ast.Break, ast.Continue)
_LOOPS: Final = (ast.For, ast.AsyncFor, ast.While)


def in_finally(context: FileContext, scope: Scope, tried: ast.Try | ast.TryStar) -> Iterator[Remark]:
    """Yield what leaves a `finally` block, which ends every exception: `return`, and `break` and `continue` of a loop around it."""
    leaving = list(_leaving(tried.finalbody))
    if not leaving or next(awaits_in(context, tried.body, scope), None) is None:
        return
    for each in leaving:
        word = type(each).__name__.lower()
        yield Remark(
            node=each,
            message=f"`{word}` in `finally` ends every exception, the cancellation of `{scope.name}` too",
            advice=f"put the `{word}` after the `try` statement",
            confidence=Confidence.HIGH,
            severity=Severity.WARNING,
        )


def _leaving(statements: Iterable[ast.stmt], *, in_loop: bool = False) -> Iterator[ast.stmt]:
    for each in statements:
        if isinstance(each, ast.Return) or (isinstance(each, _LEAVING) and not in_loop):
            yield each
        elif not isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            inside = in_loop or isinstance(each, _LOOPS)
            for name in ("body", "orelse"):
                yield from _leaving(getattr(each, name, ()), in_loop=inside)


def of_exit(scope: Scope) -> Iterator[Remark]:
    """Yield the `return True` with which an `__aexit__` ends every exception of its block, whatever it is."""
    node = scope.node
    if scope.name != "__aexit__" or not isinstance(node, ast.AsyncFunctionDef):
        return
    last = node.body[-1]
    given = [each.arg for each in (*node.args.args[1:], *([node.args.vararg] if node.args.vararg is not None else []))]
    if any(
        isinstance(each, ast.If) and any(isinstance(name, ast.Name) and name.id in given for name in ast.walk(each.test))
        for each in scope.of(ast.If)
    ):
        return
    if isinstance(last, ast.Return) and isinstance(last.value, ast.Constant) and last.value.value is True:
        yield Remark(
            node=last,
            message="this `return True` ends every exception of the `async with` block, the cancellation of the task that runs it too",
            advice="return nothing, or `True` only for the exceptions that are meant: `return kind is not None and issubclass(kind, …)`",
            confidence=Confidence.HIGH,
            severity=Severity.WARNING,
        )


def as_another(scope: Scope, handler: ast.ExceptHandler, names: frozenset[str]) -> Iterator[Remark]:
    """Yield a handler of cancellations that raises something else in their place."""
    last = handler.body[-1]
    if not isinstance(last, ast.Raise) or last.exc is None:
        return
    raised = last_name(last.exc)
    if raised in {"", handler.name} or "Cancel" in raised or "Timeout" in raised or "Exit" in raised or "Interrupt" in raised:
        return
    if any(isinstance(each, ast.Raise) and each is not last for statement in handler.body for each in ast.walk(statement)):
        # It raises what it caught in some cases.
        return
    if any(
        isinstance(each, ast.Call) and last_name(each) in {"isinstance", "cancelling", "uncancel", "cancelled"}
        for each in scope.of(ast.Call)
    ):
        return
    ends = raised == "StopAsyncIteration"
    yield Remark(
        node=handler,
        message=f"a cancellation of `{scope.name}` becomes `{raised}` here: "
        + ("the loop that goes through it ends as if all was done" if ends else "its caller takes it for a failure and may try again"),
        advice="write `except asyncio.CancelledError: raise` before it" if CANCELLED not in names else "end the handler with `raise`",
        confidence=Confidence.MEDIUM if ends else Confidence.LOW,
        severity=Severity.WARNING if ends else Severity.INFO,
    )
