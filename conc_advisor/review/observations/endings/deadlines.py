"""Tells where a wait has an end that somebody has set: a timeout around it, in its function, or in who calls that."""

import ast
from typing import Final

from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.symbols.scopes import Scope, ScopeKind

_SCOPES: Final = frozenset({"fail_after", "move_on_after", "fail_at", "move_on_at", "deadline", "alarm", "time_limit"})
_WAITING: Final = frozenset({"wait_for", "wait", "func_timeout"})


def has_deadline(context: FileContext, node: ast.AST) -> bool:
    """Tell whether a timeout stands around a node in its function: `async with asyncio.timeout(…)`, `wait_for(…, 5)` and their like."""
    child = node
    for each in context.ancestors(node):
        if isinstance(each, (ast.With, ast.AsyncWith)) and any(
            child is not item and _limits(context, item.context_expr) for item in each.items
        ):
            return True
        if isinstance(each, ast.Call) and each.func is not child and last_name(each) in _WAITING:
            return True
        child = each
    return False


def takes_timeout(scope: Scope) -> bool:
    """Tell whether a function, or one around it, has a parameter or a decorator for a timeout: then its caller sets the deadline."""
    place: Scope | None = scope
    while place is not None and place.kind is not ScopeKind.MODULE:
        if isinstance(place.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            arguments = place.node.args
            given = [each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
            # A timeout that the function does not use limits nothing.
            if any(_speaks_of_time(each) and any(each in inner.loads for inner in place.walk()) for each in given):
                return True
            if any(_speaks_of_time(last_name(each)) for each in place.node.decorator_list):
                return True
        place = place.parent
    return False


def is_called_with_deadline(context: FileContext, scope: Scope) -> bool:
    """Tell whether anybody who calls a function sets a deadline around the call: callers in other files by what they call and enter."""
    for place, call in context.calls():
        if last_name(call) == scope.name and place is not scope and has_deadline(context, call):
            return True
        if any(last_name(each) == scope.name for each in call.args) and any(_sets_time(each.arg or "") for each in call.keywords):
            return True
    full = context.full_name(scope)
    project = context.project
    for function in project.all_functions():
        if function.file == context.parsed.file or not (function.is_async or function.entered):
            continue
        if any(site.target.endswith(scope.name) and project.canonical(site.target) == full for site in function.calls) and (
            any(_speaks_of_time(each) for each in function.entered) or any(site.target == "asyncio.wait_for" for site in function.calls)
        ):
            return True
    return False


def _limits(context: FileContext, node: ast.expr) -> bool:
    """Tell whether a context sets a deadline: by its name, or because it is a function of the project that enters one."""
    if _sets(last_name(node)):
        return True
    function = context.callee(node) if isinstance(node, ast.Call) else None
    return function is not None and any(_sets(_last(context.project.canonical(each))) for each in function.entered)


def _last(path: str) -> str:
    return path.removesuffix("()").rpartition(".")[2]


def _sets(name: str) -> bool:
    return name in _SCOPES or _speaks_of_time(name)


def _sets_time(name: str) -> bool:
    return _speaks_of_time(name) or "seconds" in name


def _speaks_of_time(name: str) -> bool:
    lowered = name.lower()
    return "timeout" in lowered or "deadline" in lowered
