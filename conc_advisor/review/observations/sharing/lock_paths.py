"""Finds ways through a function on which a lock that was acquired is not released: a branch around the release, an early return."""

import ast
from collections.abc import Iterator

from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.observations.sharing.locked import lock_name


def missed(context: FileContext, acquire: ast.Call, releases: list[ast.Call]) -> str:
    """Return on which way a lock stays locked, as a clause; "" where every way that ends on purpose releases it.

    Looked at are acquires that are a statement of their own: what is done with the answer of any other may say which way it is.
    """
    begin = context.statement(acquire)
    around = context.parent(begin)
    if not isinstance(begin, ast.Expr) or around is None or _is_covered(context, acquire, releases):
        return ""
    block = next((value for _, value in ast.iter_fields(around) if isinstance(value, list) and begin in value), [])
    following = block[block.index(begin) + 1 :] if begin in block else []
    line = _early_end(following, releases)
    if line:
        return f"the way out on line {line}"
    return _branch(context, following, releases, acquire)


def _is_covered(context: FileContext, acquire: ast.Call, releases: list[ast.Call]) -> bool:
    """Tell whether an acquire itself stands in the `try` whose `finally` releases."""
    return any(
        any(_holds(last, call) for last in each.finalbody for call in releases)
        for each in context.ancestors(acquire)
        if isinstance(each, (ast.Try, ast.TryStar))
    )


def _early_end(following: list[ast.stmt], releases: list[ast.Call]) -> int:
    """Return the line of a return between an acquire and the first statement that releases, 0 for none."""
    lines = {each.lineno for each in releases}
    for each in following:
        span = range(each.lineno, (each.end_lineno or each.lineno) + 1)
        if any(line in span for line in lines):
            return 0
        for node in _inside(each):
            if isinstance(node, ast.Return):
                return node.lineno
    return 0


def _inside(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a statement and what lies in it, functions inside of it aside."""
    waiting: list[ast.AST] = [node]
    while waiting:
        current = waiting.pop()
        yield current
        if not isinstance(current, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            waiting.extend(ast.iter_child_nodes(current))


def _branch(context: FileContext, following: list[ast.stmt], releases: list[ast.Call], acquire: ast.Call) -> str:
    """Return under which test alone a lock is released: `if …: try: … finally: lock.release()` and nothing else."""
    holding = [each for each in following if any(each.lineno <= call.lineno <= (each.end_lineno or 0) for call in releases)]
    if len(holding) != 1 or not isinstance(holding[0], ast.If):
        return ""
    test = holding[0]
    words = {last_name(each) for each in ast.walk(test.test)}
    if words & {"locked", lock_name(acquire)}:
        return ""
    in_body = [call for call in releases if any(_holds(each, call) for each in test.body)]
    in_else = [call for call in releases if any(_holds(each, call) for each in test.orelse)]
    if in_body and in_else:
        return ""
    return f"the way on which `{context.text(test.test)}` is {'false' if in_body else 'true'}"


def _holds(statement: ast.stmt, call: ast.Call) -> bool:
    return statement.lineno <= call.lineno <= (statement.end_lineno or 0)
