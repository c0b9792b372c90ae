"""Finds the calls that start an asyncio task which nothing but the event loop knows; the loop holds it weakly."""

import ast
from typing import Final

from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.symbols.scopes import Scope

TASK_STARTS: Final = frozenset({"create_task", "ensure_future", "Task"})
"""The last words of the calls that start a task: the cheap test before `starts_task`."""
LOOP_NAMES: Final = frozenset(
    {"loop", "_loop", "event_loop", "_event_loop", "eventloop", "main_loop", "_main_loop", "asyncio_loop", "aio_loop"}
)
"""What people call an event loop whose type nothing tells."""
_FUNCTIONS: Final = frozenset({"asyncio.create_task", "asyncio.ensure_future", "asyncio.Task", "asyncio.AbstractEventLoop().create_task"})


def starts_task(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    """Tell whether a call starts a task that its caller has to keep: one of asyncio's own functions, or of an event loop's.

    Task groups and nurseries keep theirs.
    """
    return last_name(call) in TASK_STARTS and bool(call.args or call.keywords) and names_task_start(context, scope, call.func)


def names_task_start(context: FileContext, scope: Scope, function: ast.expr) -> bool:
    """Tell whether an expression is a function that starts such a task."""
    if last_name(function) not in TASK_STARTS:
        return False
    path = context.path(function, scope)
    if path in _FUNCTIONS:
        return True
    if path in context.project.functions or not isinstance(function, ast.Attribute) or function.attr != "create_task":
        return False
    owner = last_name(function.value)
    return owner in LOOP_NAMES or owner.lower().endswith(("_loop", "ioloop")) or owner in {"get_loop", "get_event_loop", "get_io_loop"}
