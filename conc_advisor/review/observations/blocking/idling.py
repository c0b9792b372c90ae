"""Tells which loops only wait, and under what conditions they are left."""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.review.context import last_name

Loop = ast.While | ast.For
CLOCKS: Final = frozenset({"time", "monotonic", "perf_counter", "now", "utcnow", "len", "process_time", "current_time", "time_ns"})
_ASKING: Final = frozenset({"done", "ready", "is_alive", "poll", "empty", "is_set", "isSet", "all", "any", "exists", "isfile", "is_file"})
_TELLING: Final = frozenset({"debug", "info", "warning", "error", "print", "log", "write", "flush"})


def leaving_tests(loop: Loop) -> list[ast.expr]:
    """Return the conditions under which a loop is left from inside: those of its `if` statements that leave it."""
    branches = [(each, branch) for each in loop.body if isinstance(each, ast.If) for branch in (each.body, each.orelse)]
    return [each.test for each, branch in branches if branch and isinstance(branch[-1], (ast.Break, ast.Return))]


def only_waits(loop: Loop) -> bool:
    """Tell whether a loop does nothing but sleep, count, look at the clock, and say that it waits."""
    return all(is_idle(each) for each in loop.body) and not loop.orelse


def is_idle(statement: ast.stmt) -> bool:
    """Tell whether a statement is no work: it sleeps, leaves, counts, looks at the clock, or says that it waits."""
    match statement:
        case ast.Pass() | ast.Continue() | ast.Break() | ast.Raise():
            return True
        case ast.Return(value=value):
            return value is None or not any(isinstance(node, (ast.Call, ast.Await)) for node in ast.walk(value))
        case ast.Expr(value=value):
            call = value.value if isinstance(value, ast.Await) else value
            return isinstance(call, ast.Constant) or (isinstance(call, ast.Call) and last_name(call) in {"sleep", *_TELLING})
        case ast.Assign(value=value) | ast.AugAssign(value=value):
            return all(last_name(node) in CLOCKS for node in ast.walk(value) if isinstance(node, ast.Call))
        case ast.If(test=test, body=body, orelse=orelse):
            quiet = all(last_name(node) in {*CLOCKS, *_ASKING} for node in calls_in(test))
            return quiet and all(is_idle(each) for each in (*body, *orelse))
    return False


def calls_in(node: ast.AST) -> Iterator[ast.Call]:
    """Return the calls in an expression."""
    return (each for each in ast.walk(node) if isinstance(each, ast.Call))
