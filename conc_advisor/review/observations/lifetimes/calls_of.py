"""Tells how often a function of a file is called: for each request, again and again in a loop, or once."""

import ast
from dataclasses import dataclass
from typing import Final

from conc_advisor.review.context import FileContext
from conc_advisor.review.knowledge.lifetimes import is_handler, runs_once
from conc_advisor.review.symbols.scopes import Scope, ScopeKind

_RETRYING: Final = frozenset({"attempt", "attempts", "retry", "retries", "tries", "try_number", "_attempt", "n_try"})

_VERBS: Final = frozenset({"get", "post", "put", "patch", "delete", "list", "create", "retrieve", "update"})
_VIEWS: Final = ("View", "ViewSet", "Resource", "Handler", "Endpoint", "Controller")
"""Ends of names of classes whose methods answer requests."""

_LEVELS: Final = 3
"""How many calls away from a request handler a function still counts as called for each request."""
_MOST_CALLERS: Final = 20


@dataclass(frozen=True, slots=True)
class Repeated:
    """Why something is done again and again: a clause to follow a statement, and the place that shows it."""

    why: str
    node: ast.AST
    sure: bool = True


def repeated(context: FileContext, function: Scope) -> Repeated | None:
    """Return why a function of this file is called again and again; None where nothing says so."""
    summary = context.summary(function)
    if summary is None or runs_once(function.name):
        return None
    if is_handler(function.name, summary.decorators):
        return Repeated(f"each call of `{function.name}`", function.node, sure=bool(summary.decorators))
    owner = function.enclosing_class
    if owner is not None and function.name in _VERBS and owner.name.endswith(_VIEWS):
        return Repeated(f"each request, by `{owner.name}.{function.name}`,", function.node)
    name, full = function.name, summary.name
    for scope in context.scopes():
        for call in scope.of(ast.Call):
            called = call.func
            if (called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else "") != name:
                continue
            loop = context.loop_around(call)
            if loop is not None and not is_retry(loop) and not _leaves(context, call, loop) and context.target(call, scope) == full:
                return Repeated(f"each call of `{name}`, which line {call.lineno} makes in a loop,", call)
    handler = _handler_above(context, full)
    return Repeated(f"each call of `{name}`, which the handler `{handler}` leads to,", function.node) if handler else None


def _handler_above(context: FileContext, full: str) -> str:
    """Return the name of a handler of requests that calls a function, directly or through others; "" for none."""
    seen = {full}
    current = [full]
    for _ in range(_LEVELS):
        callers = [caller for each in current for caller, _ in context.project.reach.callers(each) if caller.name not in seen]
        for caller in callers:
            name = caller.name.rpartition(".")[2]
            if caller.decorators and is_handler(name, caller.decorators):
                return name
        seen.update(caller.name for caller in callers)
        current = [caller.name for caller in callers if not runs_once(caller.name.rpartition(".")[2])][:_MOST_CALLERS]
    return ""


def loop_of(context: FileContext, call: ast.Call) -> ast.AST | None:
    """Return the loop that runs a call again and again; None for one that only tries until it succeeds, and outside of any."""
    loop = context.loop_around(call)
    return None if loop is None or is_retry(loop) or _leaves(context, call, loop) else loop


def is_retry(loop: ast.AST) -> bool:
    """Tell whether a loop counts attempts."""
    names = (
        {node.id for node in ast.walk(loop.target) if isinstance(node, ast.Name)} if isinstance(loop, (ast.For, ast.AsyncFor)) else set()
    )
    return not names.isdisjoint(_RETRYING)


def _leaves(context: FileContext, call: ast.Call, loop: ast.AST) -> bool:
    """Tell whether the statements around a call leave the loop when they succeed: then it is run once, or until it succeeds."""
    if not isinstance(loop, (ast.For, ast.AsyncFor, ast.While)):
        return False
    if isinstance(context.statement(call), ast.Return):
        return True
    node: ast.AST = context.statement(call)
    while node is not loop:
        parent = context.parent(node)
        if parent is None:
            return False
        for name in ("body", "orelse", "finalbody"):
            block = getattr(parent, name, None)
            if (
                isinstance(block, list)
                and node in block
                and any(isinstance(each, (ast.Return, ast.Break)) for each in block[block.index(node) :])
            ):
                return True
        if isinstance(node, (ast.With, ast.AsyncWith, ast.Try)) and node.body and isinstance(node.body[-1], (ast.Return, ast.Break)):
            return True
        node = parent
    return False


def is_called_once(function: Scope) -> bool:
    """Tell whether a function, or one that it lies in, or its class, is by its name made to be called once."""
    place: Scope | None = function
    while place is not None and place.kind is not ScopeKind.MODULE:
        if place.kind is ScopeKind.FUNCTION and runs_once(place.name):
            return True
        place = place.parent
    return False


def names_in(node: ast.AST) -> set[str]:
    """Return the names that an expression uses."""
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def changes_with(loop: ast.AST, call: ast.Call) -> bool:
    """Tell whether the arguments of a call are made of what a loop goes through, or works out: then each round needs one of its own."""
    targets = [loop.target] if isinstance(loop, (ast.For, ast.AsyncFor)) else [each.target for each in getattr(loop, "generators", ())]
    taken = {name for target in targets for name in names_in(target)}
    for each in ast.walk(loop):
        # What a round works out for itself is another in the next one.
        if isinstance(each, ast.Assign) and (isinstance(each.value, ast.Await) or not taken.isdisjoint(names_in(each.value))):
            taken |= {name for target in each.targets for name in names_in(target)}
    given = {name for each in (*call.args, *(keyword.value for keyword in call.keywords)) for name in names_in(each)}
    return not taken.isdisjoint(given)


def is_chosen(context: FileContext, call: ast.Call, function: Scope) -> bool:
    """Tell whether a call is made only where the arguments of the function want it: then it depends on the caller."""
    parameters = {name for name, bindings in function.bindings.items() if any(isinstance(each.node, ast.arg) for each in bindings)} - {
        "self"
    }
    child: ast.AST = call
    for each in context.ancestors(call):
        if isinstance(each, (ast.If, ast.IfExp)) and child is not each.test and not parameters.isdisjoint(names_in(each.test)):
            return True
        if isinstance(each, ast.BoolOp):
            return True
        child = each
    return False


def is_called_by_others(context: FileContext, function: Scope) -> bool:
    """Tell whether functions of the project call a function that are not themselves called once, by their names: two, or a coroutine."""
    callers = {each.name: each for each, _ in context.project.reach.callers(context.full_name(function))}
    many = [each for each in callers.values() if not runs_once(each.name.rpartition(".")[2])]
    return len(many) > 1 or any(each.is_async for each in many)
