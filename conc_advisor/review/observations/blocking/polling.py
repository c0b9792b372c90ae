"""Finds sleeps that poll elsewhere than in a plain `while`: in loops with a limit, beside a worker's work, before it looks at its flag."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.context import FileContext, argument, last_name
from conc_advisor.review.observations.blocking.asking import Asked, asked_for
from conc_advisor.review.observations.blocking.idling import is_idle, leaving_tests
from conc_advisor.review.observations.blocking.waiting import Sleep, as_sleep, conditions, is_endless
from conc_advisor.review.observations.lifetimes.signals import set_by_signals
from conc_advisor.review.symbols.scopes import Scope
from conc_advisor.review.wording.remark import Remark

_TAKING: Final = frozenset({"get_nowait", "get", "pop", "popleft", "popitem"})
_OF_MANY: Final = frozenset({"asyncio.wait", "concurrent.futures.wait"})
_EMPTY: Final = frozenset({"Empty", "QueueEmpty"})
_FLAGS: Final = re.compile(r"stop|shutdown|shutting|running|closing|closed|exit|quit|terminat|keep_|should_run|alive|cancel", re.IGNORECASE)
_NOTICED: Final = 1.0
"""Seconds of sleep that are not worth telling about where they only put off the end."""


def polls(context: FileContext) -> Iterator[Remark]:
    """Yield the loops of a file that look again and again for what they work on, or for what somebody else does."""
    for scope in context.scopes():
        for loop in scope.of(ast.While):
            yield from _for_work(context, scope, loop)
        for counted in scope.of(ast.For):
            yield from _with_limit(context, scope, counted)
        yield from _beside_wait(context, scope)


# --- loops that count ------------------------------------------------------------------------------------------------------------


def _with_limit(context: FileContext, scope: Scope, loop: ast.For) -> Iterator[Remark]:
    if last_name(loop.iter) not in {"range", "count"} or not isinstance(loop.iter, ast.Call):
        return
    sleep = _sleep_in(context, scope, loop.body)
    if sleep is None or not all(is_idle(each) for each in loop.body):
        return
    for test in leaving_tests(loop):
        asked = asked_for(context, scope, test, loop)
        if asked is not None:
            yield _remark(context, loop, asked, sleep, severity=Severity.INFO)
            return


def _sleep_in(context: FileContext, scope: Scope, body: list[ast.stmt]) -> Sleep | None:
    """Return the sleep that is a statement of a block."""
    for each in body:
        value = each.value if isinstance(each, ast.Expr) else None
        call = value.value if isinstance(value, ast.Await) else value
        sleep = as_sleep(context, scope, call) if isinstance(call, ast.Call) else None
        if sleep is not None:
            return sleep
    return None


def _remark(context: FileContext, node: ast.AST, asked: Asked, sleep: Sleep, *, severity: Severity) -> Remark:
    often = f"every {sleep.seconds:g} s" if sleep.seconds > 0 else "again and again"
    return Remark(
        node=node,
        message=f"this loop looks at `{context.text(asked.node)}` {often} instead of waiting for it: it wakes up for nothing, and late",
        advice=asked.instead,
        confidence=Confidence.MEDIUM if asked.sure else Confidence.LOW,
        severity=severity,
    )


# --- loops that sleep when there is nothing to do ---------------------------------------------------------------------------------


def _for_work(context: FileContext, scope: Scope, loop: ast.While) -> Iterator[Remark]:
    """Yield a look for work in the body of a loop, with a sleep where there is none."""
    if all(is_idle(each) for each in loop.body):
        return
    for statement in loop.body:
        match statement:
            case ast.If(test=test, body=body, orelse=orelse):
                empty = _sleep_in(context, scope, body)
                sleep = empty or _sleep_in(context, scope, orelse)
                idle = body if empty is not None else orelse
                if sleep is None and orelse == [] and _is_all_but_sleep(loop, statement):
                    sleep, idle = _sleep_in(context, scope, loop.body), []
                asked = _work(context, scope, test, loop) if sleep is not None and all(is_idle(each) for each in idle) else None
                if asked is not None and sleep is not None:
                    yield _remark(context, statement, asked, sleep, severity=Severity.INFO)
                    return
            case ast.Try(body=body, handlers=handlers):
                tried = _tried(context, scope, body, handlers)
                if tried is not None:
                    yield tried
                    return


def _is_all_but_sleep(loop: ast.While, branch: ast.If) -> bool:
    """Tell whether a loop does nothing but one branch, and sleeps after it."""
    return all(each is branch or is_idle(each) for each in loop.body)


def _work(context: FileContext, scope: Scope, test: ast.expr, loop: ast.While) -> Asked | None:
    """Return what a condition asks for, where it is something that others in the program put there."""
    for part in conditions(test):
        counted = part.args[0] if isinstance(part, ast.Call) and last_name(part) == "len" and part.args else part
        counted = counted.left if isinstance(counted, ast.Compare) else counted
        counted = counted.args[0] if isinstance(counted, ast.Call) and last_name(counted) == "len" and counted.args else counted
        if isinstance(counted, ast.Attribute) and _is_taken_from(loop, counted):
            way = "asyncio.Queue" if scope.is_async else "queue.Queue"
            return Asked(counted, f"make `{context.text(counted)}` a `{way}`, and take from it by `get()`, which waits", sure=False)
    if isinstance(test, ast.BoolOp):
        return None
    asked = asked_for(context, scope, test, loop)
    return asked if asked is not None and isinstance(asked.node, ast.Call) and last_name(asked.node) in {"empty", "done", "ready"} else None


def _is_taken_from(loop: ast.While, container: ast.Attribute) -> bool:
    text = ast.dump(container)
    return any(
        isinstance(each, ast.Call)
        and isinstance(each.func, ast.Attribute)
        and each.func.attr in _TAKING
        and ast.dump(each.func.value) == text
        and not (each.func.attr == "get" and each.args)
        for each in ast.walk(loop)
    )


def _tried(context: FileContext, scope: Scope, body: list[ast.stmt], handlers: list[ast.ExceptHandler]) -> Remark | None:
    """Return the take from a queue that does not wait, where its failure is followed by a sleep."""
    handler = next((each for each in handlers if last_name(each.type) in _EMPTY), None)
    sleep = _sleep_in(context, scope, handler.body) if handler is not None else None
    takes = [
        call
        for statement in body
        for call in ast.walk(statement)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and _does_not_wait(call)
    ]
    if sleep is None or len(takes) != 1:
        return None
    queue = context.text(takes[0].func.value)  # type: ignore[attr-defined]  # see above
    instead = f"await {queue}.get()" if scope.is_async else f"{queue}.get(timeout=…)"
    asked = Asked(takes[0], f"write `{instead}`, which returns as soon as there is an item", sure=True)
    return _remark(context, takes[0], asked, sleep, severity=Severity.WARNING)


def _beside_wait(context: FileContext, scope: Scope) -> Iterator[Remark]:
    """Yield the sleeps beside a wait that has a timeout: after it in the same block, or where it has found nothing."""
    waits = [call for call in scope.of(ast.Call) if last_name(call) in {"wait", "get"} and _is_limited(context, scope, call)]
    for call in scope.of(ast.Call) if waits else ():
        sleep = as_sleep(context, scope, call)
        if sleep is None or (isinstance(call.args[0], ast.Constant) and call.args[0].value == 0):
            continue
        wait = next((each for each in waits if _is_beside(context, call, each)), None)
        if wait is not None:
            follows = wait.lineno < call.lineno
            yield Remark(
                node=call,
                message=f"this sleep follows `{context.text(wait.func)}()`, which has waited already: what comes meanwhile is seen late"
                if follows
                else f"this sleep stands before `{context.text(wait.func)}()`, which waits by itself: what comes meanwhile is seen late",
                advice=f"leave the sleep out, and give `{context.text(wait.func)}` the time that it may wait",
            )


def _is_limited(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    """Tell whether a call of a method waits up to a timeout that it is given; the first argument of `asyncio.wait` is none."""
    if not isinstance(call.func, ast.Attribute):
        return False
    if any(each.arg == "timeout" for each in call.keywords):
        return True
    return last_name(call) == "wait" and bool(call.args) and context.target(call, scope) not in _OF_MANY


def _is_beside(context: FileContext, sleep: ast.Call, wait: ast.Call) -> bool:
    """Tell whether a sleep stands after a wait in one block, or in the handler of its `queue.Empty`."""
    statement, waiting = context.statement(sleep), context.statement(wait)
    around = context.parent(statement)
    if isinstance(around, ast.ExceptHandler):
        block = context.parent(around)
        return last_name(around.type) in _EMPTY and isinstance(block, ast.Try) and waiting in block.body
    blocks = (getattr(around, name, None) for name in ("body", "orelse", "finalbody"))
    block_of = next((each for each in blocks if isinstance(each, list) and statement in each and waiting in each), None)
    if block_of is None:
        return False
    distance = block_of.index(statement) - block_of.index(waiting)
    # Before a wait, a sleep puts it off again and again in a loop only.
    return distance == 1 or (distance == -1 and context.loop_around(sleep, comprehensions=False) is not None)


def _does_not_wait(call: ast.Call) -> bool:
    """Tell whether a call takes from a queue what is there: `get_nowait()`, `get(block=False)`."""
    if last_name(call) != "get":
        return last_name(call) == "get_nowait"
    block = argument(call, "block", 0)
    return isinstance(block, ast.Constant) and block.value is False


# --- sleeps that put off the end --------------------------------------------------------------------------------------------------


def late_ends(context: FileContext) -> Iterator[Remark]:
    """Yield the sleeps of methods after which they look whether they have been told to stop."""
    by_signals: set[str] | None = None
    for scope in context.functions():
        if scope.is_async or scope.enclosing_class is None:
            continue
        for call in scope.of(ast.Call):
            sleep = as_sleep(context, scope, call)
            if sleep is None or 0 <= sleep.seconds < _NOTICED or not context.is_dropped(call) or _backs_off(context, call):
                continue
            flag = _looked_at_after(context, scope, call)
            if flag is None:
                continue
            by_signals = set_by_signals(context) if by_signals is None else by_signals
            if last_name(flag) in by_signals:
                continue
            amount = context.text(call.args[0])
            yield Remark(
                node=call,
                message=f"`{context.text(flag)}` is looked at only after this sleep, which nothing can end early: stopping waits for it",
                advice=f"let what stops it set a `threading.Event`, "
                f"and write `if self._stopping.wait({amount}): return` instead of the sleep",
            )
            break


def _looked_at_after(context: FileContext, scope: Scope, sleep: ast.Call) -> ast.expr | None:
    """Return the flag that a function looks at next after a sleep, to leave or to go on."""
    nexts = [each for each in scope.of(ast.If) if each.lineno > sleep.lineno and isinstance(each.body[-1], (ast.Return, ast.Break))]
    loop = context.loop_around(sleep, comprehensions=False)
    tests = [each.test for each in nexts[:1] if each.lineno - sleep.lineno <= 4]  # noqa: PLR2004  # lines: it is looked at at once
    if isinstance(loop, ast.While) and not is_endless(loop):
        tests.append(loop.test)
    for test in tests:
        for part in conditions(test):
            asked = part.func if isinstance(part, ast.Call) and not part.args else part
            if isinstance(asked, ast.Attribute) and last_name(asked.value) in {"self", "cls"} and _FLAGS.search(asked.attr):
                return asked
    return None


def _backs_off(context: FileContext, sleep: ast.Call) -> bool:
    """Tell whether a sleep stands in a handler: the wait before the next try."""
    return any(isinstance(each, ast.ExceptHandler) for each in context.ancestors(sleep))
