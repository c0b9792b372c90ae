"""Finds tasks that nothing keeps although the call that starts them is no statement of its own."""

import ast
from typing import Final

from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.observations.lifetimes.calls_of import loop_of
from conc_advisor.review.observations.lifetimes.fate import loads_of
from conc_advisor.review.symbols.scopes import BindingKind, Scope

_GATHERS: Final = frozenset({"gather", "shield"})
_REGISTERING: Final = (
    "on_",
    "_on_",
    "add_listener",
    "add_handler",
    "add_callback",
    "subscribe",
    "listen",
    "register_callback",
    "connect",
    "bind",
)
"""Beginnings of the names of functions, and of parameters, that take a callback and throw away what it returns."""
_RECEIVING: Final = ("on_", "_on_", "handle_", "_handle_", "async_on_", "receive_", "process_message", "datagram_received", "data_received")
"""Beginnings of the names of functions that are called for each message or event."""
_TELLING: Final = frozenset(
    {"print", "debug", "info", "warning", "warn", "error", "exception", "log", "critical", "repr", "str", "format", "id"}
)
_WEAK: Final = frozenset({"WeakSet", "WeakValueDictionary", "ref"})


def is_value_dropped(context: FileContext, call: ast.Call) -> bool:
    """Tell whether the value of a call is part of an expression that is thrown away: `[start(x) for x in xs]`, `x and start(x)`."""
    node: ast.AST = call
    parent = context.parent(node)
    while isinstance(parent, (ast.ListComp, ast.SetComp, ast.List, ast.Tuple, ast.Set, ast.IfExp, ast.BoolOp)):
        if isinstance(parent, ast.IfExp) and parent.test is node:
            return False
        node, parent = parent, context.parent(parent)
    return isinstance(parent, ast.Expr)


def is_unused_comprehension(context: FileContext, scope: Scope, call: ast.Call) -> str:
    """Return the local name of a list of tasks that is made by a comprehension and never read; "" for anything else."""
    made = context.parent(call)
    statement = context.parent(made) if isinstance(made, (ast.ListComp, ast.SetComp)) and made.elt is call else None
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1 or not isinstance(statement.targets[0], ast.Name):
        return ""
    name = statement.targets[0].id
    if not scope.is_function or scope.binder(name) is not scope or name in scope.globals or scope.of(ast.Yield):
        return ""
    return name if next(loads_of(scope, name), None) is None else ""


def is_dropped_gather(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    """Tell whether a call makes a future of coroutines, `gather` or `shield`, that is thrown away."""
    return (
        last_name(call) in _GATHERS
        and isinstance(context.parent(call), ast.Expr)
        and bool(call.args)
        and context.target(call, scope) in {"asyncio.gather", "asyncio.shield"}
        and any(isinstance(each, (ast.Call, ast.Starred)) for each in call.args)
    )


def is_registered(context: FileContext, function: ast.Lambda) -> bool:
    """Tell whether a lambda is given to something that calls it for an event, by the name of the function or of the parameter."""
    parent = context.parent(function)
    if isinstance(parent, ast.keyword):
        return (parent.arg or "").startswith(("on_", "callback", "_on"))
    return isinstance(parent, ast.Call) and last_name(parent).startswith(_REGISTERING)


def weakly_kept(context: FileContext, scope: Scope, call: ast.Call) -> str:
    """Return the source of the weak set that is all that knows a task; "" where there is none."""
    parent = context.parent(call)
    held = (
        parent.func.value
        if isinstance(parent, ast.Call) and last_name(parent) == "add" and isinstance(parent.func, ast.Attribute)
        else None
    )
    if isinstance(held, ast.Name):
        binder = scope.binder(held.id)
        values = [each.value for each in binder.bindings[held.id]] if binder is not None else []
    elif isinstance(held, ast.Attribute):
        values = [each.value for place in context.scopes() for target, each in place.assigned_attributes if target.attr == held.attr]
    else:
        return ""
    weak = bool(values) and all(isinstance(each, ast.Call) and last_name(each) in _WEAK for each in values)
    return context.text(held) if weak else ""


def overwritten(context: FileContext, scope: Scope, call: ast.Call) -> str:
    """Return the attribute in which the next round of a loop, or the next event, puts another task in place of this one; "" for none."""
    statement = context.parent(call)
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1 or not isinstance(statement.targets[0], ast.Attribute):
        return ""
    target = statement.targets[0]
    loop = loop_of(context, call)
    again = isinstance(loop, (ast.AsyncFor, ast.For, ast.While)) or scope.name.startswith(_RECEIVING)
    if not again or not isinstance(target.value, ast.Name) or target.value.id not in {"self", "cls"}:
        return ""
    asked = (each for each in ast.walk(scope.node) if isinstance(each, ast.Attribute) and each.attr == target.attr and each is not target)
    return context.text(target) if next(asked, None) is None else ""


def is_only_told(context: FileContext, load: ast.Name) -> bool:
    """Tell whether a name is only written to the log or printed where it is used."""
    for each in context.ancestors(load):
        if isinstance(each, ast.Call):
            return last_name(each) in _TELLING
        if not isinstance(each, (ast.FormattedValue, ast.JoinedStr, ast.keyword)):
            return False
    return False


def gives_local_task(context: FileContext, function: str) -> bool:
    """Tell whether a function of the file, by its full name, puts a task in a local name and returns it, and does nothing else with it."""
    place = context.scope_named(function)
    returns = place.of(ast.Return) if place is not None else []
    if place is None or len(returns) != 1 or not isinstance(returns[0].value, ast.Name):
        return False
    name = returns[0].value.id
    bindings = place.bindings.get(name, [])
    loads = list(loads_of(place, name))
    return (
        len(bindings) == 1
        and bindings[0].kind is BindingKind.ASSIGNED
        and all(load is returns[0].value or is_only_told(context, load) for _, load in loads)
    )
