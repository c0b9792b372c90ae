"""Finds requests that are made without a session, and clients that several functions make in the same way."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.knowledge.lifetimes import CLIENTS, CONNECTING, runs_once
from conc_advisor.review.observations.lifetimes.calls_of import loop_of
from conc_advisor.review.symbols.scopes import Scope, ScopeKind
from conc_advisor.review.wording.remark import Remark

_MANY: Final = 4
"""From so many calls without a session on a file is told that it could have one …"""
_SOME: Final = 2
"""… and from so many on a class."""
_VERBS: Final = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "request"})
_EACH: Final = re.compile(
    r"(?:^|_)(?:job|event|message|item|record|upload|chunk|page|batch|metrics?|telemetry|webhook|notification|task)s?(?:_|$)"
)
_CLIENTS: Final = re.compile(r"^[A-Z]\w*(?:Client|Api|API)$|^Client$")

_KNOWN: Final = CLIENTS | CONNECTING
_WORDS: Final = frozenset(each.rpartition(".")[2] for each in _KNOWN if not _CLIENTS.search(each.rpartition(".")[2]))


def is_for_each(name: str) -> bool:
    """Tell whether a function is by its name called for each of many pieces of work: `process_job`, `send_telemetry`."""
    return _EACH.search(name) is not None


# --- requests ---------------------------------------------------------------------------------------------------------------------


def sessionless(context: FileContext) -> Iterator[Remark]:
    """Yield one place that stands for many requests which a file makes without a session.

    A method that passes its arguments on, a loop, a class with several requests or with one for each item of work, a file with many.
    """
    plain = list(_requests(context))
    if not plain:
        return
    for scope, node, library in plain:
        what = _alone(context, scope, node, library)
        if what:
            yield _without_session(context, node, library, what)
            return
    owners = [scope.enclosing_class for scope, _, _ in plain if not runs_once(scope.name)]
    for scope, node, library in plain:
        owner = scope.enclosing_class
        if owner is not None and owners.count(owner) >= _SOME:
            what = f"this and {owners.count(owner) - 1} more requests of `{owner.name}` are made without a session"
            yield _without_session(context, node, library, what)
            return
    if len(plain) >= _MANY:
        _, node, library = plain[0]
        what = f"this and {len(plain) - 1} more calls in this file make their requests without a session"
        yield _without_session(context, node, library, what)


def _requests(context: FileContext) -> Iterator[tuple[Scope, ast.Attribute, str]]:
    """Yield the functions of libraries that are called, or handed over to be called, each with its library."""
    for scope in context.functions():
        for call in scope.of(ast.Call):
            for node in (call.func, *call.args):
                if isinstance(node, ast.Attribute) and node.attr in _VERBS and isinstance(node.value, ast.Name):
                    library, _, _ = context.path(node, scope).rpartition(".")
                    if library in {"requests", "httpx"}:
                        yield scope, node, library


def _alone(context: FileContext, scope: Scope, node: ast.Attribute, library: str) -> str:
    """Return what a request by itself says of many: it stands in a loop, or in a method that is called for each; "" for nothing."""
    call = context.parent(node)
    owner = scope.enclosing_class
    if not isinstance(call, ast.Call) or runs_once(scope.name):
        return ""
    if owner is not None and call.func is node and _passes_on(call, scope):
        return f"`{owner.name}.{scope.name}` makes its requests by `{library}.{node.attr}`"
    loop = loop_of(context, call)
    if loop is not None and not isinstance(loop, ast.While):
        return f"each round of this loop makes a request by `{library}.{node.attr}`"
    url = call.args[0] if call.args else None
    same = url is not None and any(isinstance(each, ast.Attribute) and last_name(each.value) == "self" for each in ast.walk(url))
    if owner is not None and (same or is_for_each(scope.name)):
        return f"each call of `{owner.name}.{scope.name}` makes a request by `{library}.{node.attr}`"
    return ""


def _without_session(context: FileContext, node: ast.Attribute, library: str, what: str) -> Remark:
    session = "requests.Session()" if library == "requests" else "httpx.Client()"
    call = context.parent(node)
    return Remark(
        node=call if isinstance(call, ast.Call) and call.func is node else node,
        message=f"{what}: each opens a new connection",
        advice=f"keep one session, `session = {session}`, and call `session.{node.attr}(…)`; close it at the end",
    )


def _passes_on(call: ast.Call, scope: Scope) -> bool:
    """Tell whether a call is given the function's own `**options`: it stands for all requests that go through the function."""
    return any(
        each.arg is None
        and isinstance(each.value, ast.Name)
        and any(isinstance(binding.node, ast.arg) for binding in scope.bindings.get(each.value.id, ()))
        for each in call.keywords
    )


# --- clients --------------------------------------------------------------------------------------------------------------------


def made_alike(context: FileContext) -> Iterator[Remark]:
    """Yield clients that two or more functions of a class or a module make with the same arguments, each for itself."""
    found: dict[tuple[Scope | None, str], list[tuple[Scope, ast.Call]]] = {}
    for scope in context.functions():
        once = scope.name == "__init__" if scope.enclosing_class is not None else runs_once(scope.name)
        if once or (scope.parent is not None and scope.parent.kind is ScopeKind.FUNCTION):
            continue
        for call in scope.of(ast.Call):
            if not (call.args or call.keywords) or not _is_client(context, scope, call) or not _is_settled(scope, call):
                continue
            if _is_for_itself(context, scope, call):
                found.setdefault((scope.enclosing_class, ast.dump(call)), []).append((scope, call))
    for (owner, _), places in found.items():
        if len({scope for scope, _ in places}) < _SOME:
            continue
        first, call = places[0]
        names = " and ".join(f"`{scope.name}`" for scope, _ in places[:2])
        keep = f"in `{owner.name}.__init__`, and keep it in `self`" if owner is not None else "for the program, and hand it to both"
        yield Remark(
            node=call,
            message=f"{names} make the same `{context.text(call.func)}` anew in each call: it connects, and may log in, each time",
            advice=f"make it once {keep}",
            steps=tuple(context.step(each, f"{scope.name}() makes one here") for scope, each in places[1:] if scope is not first),
        )


def _is_client(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    name = last_name(call)
    if name in _WORDS:
        return context.target(call, scope) in _KNOWN
    return _CLIENTS.search(name) is not None and context.target(call, scope) not in context.project.functions


def _is_for_itself(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    """Tell whether a function gives a name of its own to what it makes, and does not return it."""
    parent = context.parent(call)
    target = parent.optional_vars if isinstance(parent, ast.withitem) else parent.targets[0] if isinstance(parent, ast.Assign) else None
    if not isinstance(target, ast.Name) or target.id in scope.globals:
        return False
    given = [each.value for each in scope.of(ast.Return)] + [each.value for each in scope.of(ast.Yield)]
    return not any(last_name(each) == target.id for each in given)


def _is_settled(scope: Scope, call: ast.Call) -> bool:
    """Tell whether all arguments are the same in each call of the function: constants, attributes of the instance, names of the module."""
    for each in (*call.args, *(keyword.value for keyword in call.keywords)):
        names = [node.id for node in ast.walk(each) if isinstance(node, ast.Name)]
        if any(name in scope.bindings and name != "self" for name in names):
            return False
    return True
