"""Finds ends of pools and processes that do not end them: that wait without a limit, are skipped, or leave something behind."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.context import FileContext, argument, last_name
from conc_advisor.review.knowledge.lifetimes import CLOSING
from conc_advisor.review.observations.lifetimes.fate import Fate, fate_of, fate_of_attribute
from conc_advisor.review.observations.lifetimes.makings import Making, makings
from conc_advisor.review.symbols.scopes import Scope, ScopeKind
from conc_advisor.review.wording.quoting import quoted
from conc_advisor.review.wording.remark import Remark

_STOPPING: Final = frozenset({"set", "terminate", "kill", "_exit", "stop", "close"})
_BUSY: Final = re.compile(r"running|done|alive|pending|active|busy|future")
_CANCELLING: Final = 9
"""The minor version of Python that has `shutdown(cancel_futures=True)`."""

# --- a `with` that waits longer than its timeout ----------------------------------------------------------------------------------


def outlasting_with(context: FileContext, making: Making) -> Iterator[Remark]:
    """Yield the waits with a timeout in the `with` of an executor, whose end waits without one."""
    item = context.parent(making.call)
    block = context.parent(item) if isinstance(item, ast.withitem) else None
    if not isinstance(block, (ast.With, ast.AsyncWith)):
        return
    inside = [call for call in making.scope.of(ast.Call) if block.lineno <= call.lineno <= (block.end_lineno or 0)]
    if any(last_name(call) in _STOPPING for call in inside):
        return
    limited = next((call for call in inside if _has_limit(context, making.scope, call)), None)
    if limited is None:
        return
    pool = last_name(item.optional_vars) if isinstance(item, ast.withitem) else ""
    cancel = ", cancel_futures=True" if context.python >= _CANCELLING else ""
    yield Remark(
        node=limited,
        message=f"the timeout ends only this wait: leaving the `with` of line {block.lineno} waits until the work is done, however long",
        advice=f"make `{pool or 'pool'}` without `with`, and call `{pool or 'pool'}.shutdown(wait=False{cancel})` in a `finally`; "
        "or give the work itself a timeout",
        confidence=Confidence.MEDIUM,
        severity=Severity.WARNING,
    )


def _has_limit(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    """Tell whether a call waits for work of a pool with a timeout after which it goes on."""
    name = last_name(call)
    if name == "result":
        limit = argument(call, "timeout", 0)
    elif name in {"as_completed", "wait"}:
        limit = argument(call, "timeout", 1)
        if not context.target(call, scope).startswith("concurrent.futures."):
            return False
    elif name == "wait_for":
        limit = argument(call, "timeout", 1)
        if not call.args or not any(last_name(each) == "run_in_executor" for each in ast.walk(call.args[0]) if isinstance(each, ast.Call)):
            return False
    else:
        return False
    return limit is not None and not (isinstance(limit, ast.Constant) and limit.value in {None, 0})


# --- pools that are ended in one case only ----------------------------------------------------------------------------------------


def ended_if_busy(context: FileContext, owner: Scope, kept: ast.Attribute, fate: Fate) -> Iterator[Remark]:
    """Yield the one end of a pool that an instance keeps, where it depends on whether something is at work just then."""
    if len(fate.ends) != 1 or fate.handed_on:
        return
    end = fate.ends[0]
    child: ast.AST = end
    for each in context.ancestors(end):
        if isinstance(each, ast.If) and child in each.body:
            names = {last_name(node) for node in ast.walk(each.test)}
            if kept.attr not in names and any(_BUSY.search(name) for name in names):
                yield Remark(
                    node=end,
                    message=f"`self.{kept.attr}` is ended only if `{context.text(each.test)}`: "
                    f"otherwise its workers outlive the `{owner.name}`",
                    advice=f"call `{context.text(end)}()` in any case, after the `if`",
                )
            return
        child = each


def passed_by_exceptions(context: FileContext, making: Making, fate: Fate) -> Iterator[Remark]:
    """Yield the ends of a local pool that an exception in its own work passes by: none stands in a `finally` or a handler."""
    calls = [each for each in fate.calls if last_name(each) in _WORK]
    if not calls or not fate.ends or any(_is_kept(context, each) for each in fate.ends) or context.loop_around(making.call) is not None:
        return
    end = fate.ends[0]
    if calls[0].lineno < end.lineno:
        yield Remark(
            node=making.call,
            message=f"an exception in `{context.text(calls[0].func)}()` passes by line {end.lineno}, which ends the pool: "
            "its workers live on",
            advice=f"write `with {quoted(context, making.call)} as {fate.names[0]}:` around its use",
        )


_WORK: Final = frozenset({"map", "starmap"})


def _is_kept(context: FileContext, end: ast.AST) -> bool:
    return _in_finally(context, end) or any(isinstance(each, ast.ExceptHandler) for each in context.ancestors(end))


# --- processes --------------------------------------------------------------------------------------------------------------------


def process_ends(context: FileContext) -> Iterator[Remark]:
    """Yield the ends of processes that may never come, and those after which nobody takes note of the end."""
    for making in makings(context, ("multiprocessing.Process", "subprocess.Popen")):
        if making.scope.kind is ScopeKind.CLASS:
            continue
        popen = making.kind == "subprocess.Popen"
        ends = frozenset({"terminate", "kill", "wait", "communicate", "poll", "send_signal"} if popen else {"terminate", "kill", "join"})
        fate = fate_of(context, making.scope, making.call, ends)
        if len(fate.attributes) == 1 and not fate.let_go:
            fate = fate_of_attribute(context, fate.attributes[0].attr, ends, elsewhere=False)
        words = {each.attr for each in fate.ends}
        if fate.handed_on or not words or "exitcode" in fate.given:
            continue
        if words <= {"terminate", "kill"}:
            yield _never_reaped(context, fate.ends[0], popen=popen)
        elif words == {"join"}:
            yield from _joined_without_limit(context, fate)


def _never_reaped(context: FileContext, end: ast.Attribute, *, popen: bool) -> Remark:
    name = context.text(end.value)
    wait = f"{name}.wait(timeout=…)" if popen else f"{name}.join(timeout=…)"
    return Remark(
        node=end,
        message=f"nothing waits for the process after `{context.text(end)}()`: nobody learns whether it has ended, and it stays a zombie",
        advice=f"call `{wait}` after it, and `{name}.kill()` where that is too late",
    )


def _joined_without_limit(context: FileContext, fate: Fate) -> Iterator[Remark]:
    """Yield a `join` of a process at the end of things that has no limit, where nothing kills the process."""
    for end in fate.ends:
        call = context.parent(end)
        function = context.function_of(end)
        if not isinstance(call, ast.Call) or call.args or call.keywords or function is None:
            continue
        if _in_finally(context, end) or function.name in CLOSING:
            name = context.text(end.value)
            yield Remark(
                node=call,
                message=f"`{name}.join()` has no limit, and nothing kills the process: one that does not end keeps this one from ending",
                advice=f"write `{name}.join(timeout=10)`, and `{name}.kill()` if `{name}.is_alive()` after it",
            )
            return


def _in_finally(context: FileContext, node: ast.AST) -> bool:
    child = node
    for each in context.ancestors(node):
        if isinstance(each, ast.Try) and child in each.finalbody:
            return True
        child = each
    return False
