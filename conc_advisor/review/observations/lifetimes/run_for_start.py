"""Finds threads and processes whose `run` is called where `start` was meant."""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.context import FileContext
from conc_advisor.review.wording.remark import Remark

_KINDS: Final = ("threading.Thread()", "multiprocessing.Process()", "threading.Timer()")


def run_for_start(context: FileContext) -> Iterator[Remark]:
    """Yield the calls `thread.run()`: they do the work in the thread that calls."""
    for scope, call in context.calls():
        function = call.func
        if not isinstance(function, ast.Attribute) or function.attr != "run" or call.args or call.keywords:
            continue
        # A class that is derived from Thread may be meant to be run in the caller's thread, too.
        path = context.path(function.value, scope)
        if path not in _KINDS or _is_own(function.value):
            continue
        word = "process" if path.startswith("multiprocessing") else "thread"
        text = context.text(function.value)
        yield Remark(
            node=call,
            message=f"`{context.text(call)}` does the work here and now: no new {word} is started",
            advice=f"write `{text}.start()`, and `{text}.join()` where its end is waited for",
            confidence=Confidence.HIGH,
            severity=Severity.WARNING,
        )


def _is_own(node: ast.expr) -> bool:
    """Tell whether an object is the method's own: `self`, or `super()`."""
    return (isinstance(node, ast.Name) and node.id == "self") or (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
    )
