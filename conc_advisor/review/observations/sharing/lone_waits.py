"""Finds waits for a condition whose reason is looked at once, not again after each wake-up."""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.context import FileContext
from conc_advisor.review.wording.remark import Remark

_CONDITIONS: Final = ("threading.Condition", "asyncio.Condition", "multiprocessing.Condition", "anyio.Condition")


def lone_waits(context: FileContext) -> Iterator[Remark]:
    """Yield each `condition.wait()` without a limit that stands in an `if`, outside of any loop, and what comes after it trusts it."""
    for scope, call in context.calls():
        function = call.func
        if not isinstance(function, ast.Attribute) or function.attr != "wait" or call.args or call.keywords:
            continue
        branch = next((each for each in context.ancestors(call) if isinstance(each, ast.If)), None)
        if branch is None or call in ast.walk(branch.test) or context.loop_around(call) is not None:
            continue
        if not context.is_a(function.value, *_CONDITIONS, scope=scope) or _is_looked_at_again(context, branch):
            continue
        condition, test = context.text(function.value), context.text(branch.test)
        awaiting = "await " if context.is_awaited(call) else ""
        yield Remark(
            node=call,
            message=f"`{condition}.wait()` may come back while `{test}` still holds: another thread or task that woke up first may have "
            "taken what there was, and `if` does not look again",
            advice=f"write `while {test}:` in place of the `if`, or `{awaiting}{condition}.wait_for(…)`",
            confidence=Confidence.HIGH,
            severity=Severity.WARNING,
        )


def _is_looked_at_again(context: FileContext, branch: ast.If) -> bool:
    """Tell whether the same is asked once more after a branch, or nothing comes after it."""
    asked = ast.dump(branch.test)
    parent = context.parent(branch)
    body: list[ast.stmt] = next((part for part in (getattr(parent, "body", []), getattr(parent, "orelse", [])) if branch in part), [])
    after = body[body.index(branch) + 1 :] if branch in body else []
    if not after:
        return True
    return any(isinstance(node, (ast.If, ast.While)) and ast.dump(node.test) == asked for each in after for node in ast.walk(each))
