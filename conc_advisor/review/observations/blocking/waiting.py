"""Recognises loops that sleep, and what they ask for between their sleeps."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.symbols.scopes import Scope

SLEEPS: Final = frozenset(
    {"time.sleep", "asyncio.sleep", "anyio.sleep", "trio.sleep", "gevent.sleep", "eventlet.sleep", "curio.sleep", "tornado.gen.sleep"}
)
EVENTS: Final = ("threading.Event", "asyncio.Event", "multiprocessing.Event", "anyio.Event", "trio.Event")
_UNKNOWN: Final = -1.0


@dataclass(frozen=True, slots=True)
class Sleep:
    """A sleep that every round of a loop does: the call, and how many seconds it takes, -1 where that cannot be read."""

    call: ast.Call
    seconds: float


def sleeping_loops(context: FileContext) -> Iterator[tuple[Scope, ast.While, Sleep]]:
    """Yield the `while` loops of a file that sleep in each round, for as long each time."""
    for scope in context.scopes():
        for loop in scope.of(ast.While):
            sleep = _sleep_of(context, scope, loop)
            if sleep is not None:
                yield scope, loop, sleep


def _sleep_of(context: FileContext, scope: Scope, loop: ast.While) -> Sleep | None:
    for statement in (*_statements(loop.body), *_waiting_branch(loop)):
        value = statement.value if isinstance(statement, ast.Expr) else None
        call = value.value if isinstance(value, ast.Await) else value
        if isinstance(call, ast.Call):
            sleep = as_sleep(context, scope, call)
            if sleep is not None:
                return None if _changes(sleep.call.args[0], loop) else sleep
    return None


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that are done each time, those inside of `try` and `with` included."""
    for each in body:
        yield each
        if isinstance(each, ast.Try):
            yield from _statements([*each.body, *each.finalbody])
        elif isinstance(each, (ast.With, ast.AsyncWith)):
            yield from _statements(each.body)


def _waiting_branch(loop: ast.While) -> list[ast.stmt]:
    """Return the branch of a loop that is nothing but one `if`."""
    only = loop.body[0] if len(loop.body) == 1 else None
    return [*only.body, *only.orelse] if isinstance(only, ast.If) else []


def as_sleep(context: FileContext, scope: Scope, call: ast.Call) -> Sleep | None:
    """Return a call as a sleep; None for any other call."""
    if last_name(call) != "sleep" or not call.args or context.target(call, scope) not in SLEEPS:
        return None
    amount = call.args[0]
    known = isinstance(amount, ast.Constant) and isinstance(amount.value, (int, float))
    return Sleep(call, float(amount.value) if known else _UNKNOWN)  # type: ignore[attr-defined]  # known says that it is a constant


def _changes(amount: ast.expr, loop: ast.While) -> bool:
    """Tell whether how long a loop sleeps is worked out anew in each round, as for a growing delay or the time that is left."""
    names = {node.id for node in ast.walk(amount) if isinstance(node, ast.Name)}
    stored = {node.id for node in ast.walk(loop) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return not names.isdisjoint(stored) or any(isinstance(node, ast.Call) for node in ast.walk(amount))


def is_endless(loop: ast.While) -> bool:
    """Tell whether a loop has no condition: `while True`."""
    return isinstance(loop.test, ast.Constant) and bool(loop.test.value)


def can_leave(loop: ast.While) -> bool:
    """Tell whether something in a loop ends it; what nested functions do does not."""
    waiting: list[ast.AST] = list(loop.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.Return, ast.Raise)):
            return True
        if isinstance(node, ast.Break):
            return True
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            waiting.extend(ast.iter_child_nodes(node))
    return False


def conditions(test: ast.expr) -> Iterator[ast.expr]:
    """Yield the parts of a condition without the `and`, `or` and `not` that join them."""
    waiting = [test]
    while waiting:
        part = waiting.pop(0)
        if isinstance(part, ast.BoolOp):
            waiting[:0] = part.values
        elif isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.Not):
            waiting.insert(0, part.operand)
        else:
            yield part
