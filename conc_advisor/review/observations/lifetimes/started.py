"""Tells how a thread or process that is started lives: whether it is a daemon, and who learns when it is done."""

import ast
from typing import Final

from conc_advisor.review.context import FileContext, argument, last_name
from conc_advisor.review.observations.lifetimes.makings import Making
from conc_advisor.review.symbols.scopes import Scope

_WAITING: Final = frozenset({"join", "wait", "get", "result", "communicate", "recv", "acquire", "mainloop"})
"""Methods that a function calls which waits for its thread by other means than `join`, or has the program's main loop."""
_TELLING: Final = frozenset(
    {
        *("set", "set_result", "set_exception", "put", "put_nowait", "call_soon_threadsafe", "notify", "notify_all", "release", "emit"),
        *("run_coroutine_threadsafe", "task_done", "send"),
    }
)


def work_of(context: FileContext, making: Making) -> Scope | None:
    """Return the function of this file that a thread or process runs; None for one that lies elsewhere."""
    if making.path != making.kind:
        return context.scope_named(f"{making.path}.run")
    target = argument(making.call, "target", 1)
    return context.scope_named(context.path(context.work(target, making.scope), making.scope)) if target is not None else None


def is_made_a_daemon(making: Making) -> bool:
    """Tell whether a thread is made with `daemon=True`."""
    return any(each.arg == "daemon" and isinstance(each.value, ast.Constant) and each.value.value is True for each in making.call.keywords)


def stays_alive(context: FileContext, making: Making) -> bool:
    """Tell whether a thread is surely no daemon, as far as its making shows."""
    for each in making.call.keywords:
        if each.arg is None or (each.arg == "daemon" and not (isinstance(each.value, ast.Constant) and not each.value.value)):
            return False
    if making.path == making.kind:
        return True
    # A class of its own may make itself a daemon, or look after its own end: only one that can be read here and has no word of it counts.
    places = [scope for scope in context.scopes() if context.full_name(scope) == making.path]
    return bool(places) and not any(_speaks_of_its_end(place) for place in places)


def _speaks_of_its_end(owner: Scope) -> bool:
    return any(
        (isinstance(node, ast.Attribute) and node.attr == "daemon")
        or (isinstance(node, ast.keyword) and node.arg in {"daemon", None})
        or (isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name in {"start", "__enter__"})
        for node in ast.walk(owner.node)
    )


def waits_after(scope: Scope, start: ast.Call | None, *, others: frozenset[str] = frozenset()) -> bool:
    """Tell whether a function waits for something, after the start of a thread if one is given; `others` are threads that do not count."""
    first = start.lineno if start is not None else 0
    return any(
        _waits(call) and call.lineno >= first and call is not start and last_name(getattr(call.func, "value", None)) not in others
        for call in scope.of(ast.Call)
    )


def threads_of(owner: Scope) -> frozenset[str]:
    """Return the attributes in which a class keeps threads and processes."""
    return frozenset(
        target.attr
        for method in owner.children
        for target, binding in method.assigned_attributes
        if isinstance(binding.value, ast.Call) and last_name(binding.value) in {"Thread", "Process", "Timer"}
    )


def _waits(call: ast.Call) -> bool:
    function = call.func
    if not isinstance(function, ast.Attribute) or function.attr not in _WAITING:
        return False
    if function.attr == "get":
        # `options.get("name")` takes from a mapping.
        return not call.args or (isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, bool))
    return not isinstance(function.value, ast.Constant)


def tells_its_end(context: FileContext, making: Making) -> bool:
    """Tell whether what a thread runs says by itself that it is done: by an event, a queue, a future or a call into the loop."""
    target = next((each.value for each in making.call.keywords if each.arg == "target"), None)
    work = context.scope_named(context.path(target, making.scope)) if target is not None else None
    return work is not None and any(isinstance(call.func, ast.Attribute) and call.func.attr in _TELLING for call in work.of(ast.Call))
