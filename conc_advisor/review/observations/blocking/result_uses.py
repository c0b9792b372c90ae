"""Tells whether what a call gives is used there and then, as only a plain call's result can be, or is awaited or handed on to a loop."""

import ast
from typing import Final

from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.symbols.scopes import Scope

TAKERS: Final = frozenset(
    {
        *("create_task", "ensure_future", "gather", "wait", "wait_for", "shield", "as_completed", "run", "run_until_complete"),
        *("run_coroutine_threadsafe", "start_soon", "wrap_future", "timeout", "with_timeout", "spawn", "spawn_n", "enter_async_context"),
        *("async_create_task", "async_run_job", "create_background_task", "add_task", "aclosing", "maybe_await", "ensure_coroutine"),
        *("resolve_awaitable", "isawaitable", "iscoroutine", "is_awaitable", "asyncio_run", "run_async", "run_sync", "async_to_sync"),
        *("move_on_after", "fail_after", "aiter", "anext", "aenumerate", "async_create_background_task", "create_eager_task"),
        *("async_add_job", "add_job", "fire_and_forget", "background", "schedule", "submit", "safe_gather", "gather_with_concurrency"),
        *("append", "add", "put", "put_nowait", "appendleft", "extend", "insert", "setdefault", "register", "then", "Task", "start"),
    }
)
"""Last words of functions that take an awaitable as well as a value, or keep what they get for later."""
_ASYNC_WORDS: Final = ("task", "coro", "async", "await", "future", "gather", "loop", "spawn", "run_", "wait")
_SINGLE: Final = 1
_USES: Final = (
    *(ast.Attribute, ast.Subscript, ast.Return, ast.BinOp, ast.BoolOp, ast.UnaryOp, ast.Compare, ast.FormattedValue, ast.Starred),
    ast.Dict,
)
"""What uses a value by itself."""


def is_used_at_once(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    """Tell whether a call's result is dropped, looked into or handed on as a value, and nowhere awaited.

    A chain of calls (`client.find(…).sort(…)`) is looked at as a whole.  Where the result is given a name, all uses of the name count.
    """
    node = _whole(context, call)
    parent = context.parent(node)
    match parent:
        case ast.Expr():
            return True
        case ast.Assign() | ast.AnnAssign() | ast.NamedExpr() if parent.value is node:
            targets = parent.targets if isinstance(parent, ast.Assign) else [parent.target]
            if len(targets) != _SINGLE:
                return False
            if isinstance(targets[0], (ast.Tuple, ast.List)):
                return True
            return _is_named_value(context, scope, targets[0].id, call) if isinstance(targets[0], ast.Name) else False
    return is_value(context, node)


def is_value(context: FileContext, node: ast.expr) -> bool:
    """Tell whether an expression's value is used where nobody can await it any more."""
    parent = context.parent(node)
    if isinstance(parent, (ast.Call, ast.keyword)):
        outer = context.parent(parent) if isinstance(parent, ast.keyword) else parent
        return isinstance(outer, ast.Call) and outer.func is not node and takes_values(outer)
    match parent:
        case ast.For() | ast.comprehension():
            return parent.iter is node and not getattr(parent, "is_async", 0)
        case ast.withitem():
            return isinstance(context.parent(parent), ast.With)
        case ast.If() | ast.While() | ast.Assert() | ast.IfExp():
            return parent.test is node
    return isinstance(parent, _USES)


def takes_values(call: ast.Call) -> bool:
    """Tell whether a function takes values, by its name: none that is known, or sounds as if, it takes awaitables."""
    name = last_name(call)
    return bool(name) and name not in TAKERS and not any(word in name.lower() for word in _ASYNC_WORDS)


def _whole(context: FileContext, node: ast.expr) -> ast.expr:
    """Return the chain of attributes, calls and subscripts that begins with an expression."""
    while True:
        parent = context.parent(node)
        if (isinstance(parent, (ast.Attribute, ast.Subscript)) and parent.value is node) or (
            isinstance(parent, ast.Call) and parent.func is node
        ):
            node = parent
        else:
            return node


def _is_named_value(context: FileContext, scope: Scope, name: str, call: ast.Call) -> bool:
    if name in scope.globals or name in scope.nonlocals:
        return False
    uses = [use for use in scope.loads.get(name, ()) if use.lineno >= call.lineno]
    inner = [use for child in scope.children for each in child.walk() for use in each.loads.get(name, ())]
    if not uses or inner:
        return False
    wholes = [(use, _whole(context, use)) for use in uses]
    if any(isinstance(context.parent(whole), (ast.Await, ast.AsyncFor)) and whole is use for use, whole in wholes):
        return False
    if any(isinstance(each := context.parent(use), ast.withitem) and isinstance(context.parent(each), ast.AsyncWith) for use in uses):
        return False
    if any(isinstance(each := context.parent(use), ast.Call) and use in each.args and not takes_values(each) for use in uses):
        return False
    return any(whole is not use or is_value(context, use) for use, whole in wholes)
