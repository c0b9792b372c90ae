"""Finds ways by which the holder of a lock may come to it again without a call that can be followed.

Such are properties, what the garbage collector or a signal runs in between, others' code, and a semaphore that is handed on.
"""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.knowledge.locks import ASYNC_LOCKS
from conc_advisor.review.project.locks import Taken
from conc_advisor.review.symbols.scopes import Scope
from conc_advisor.review.symbols.summary import is_own

_PROPERTIES: Final = frozenset({"property", "cached_property"})
_REGISTERING: Final = {"signal.signal": "a signal", "weakref.finalize": "the garbage collector", "weakref.ref": "the garbage collector"}
_REGISTERING_WORDS: Final = frozenset(path.rpartition(".")[2] for path in _REGISTERING)


def locking_properties(context: FileContext, scope: Scope, block: ast.With) -> Iterator[tuple[ast.Attribute, str]]:
    """Yield the own properties that are read inside of a block and take the lock that the block holds, with that lock's name."""
    held = {
        item.context_expr.attr
        for item in block.items
        if isinstance(item.context_expr, ast.Attribute) and is_own(item.context_expr.value, scope)
    }
    owner = _class_around(scope)
    if not held or owner is None:
        return
    taking = {name: lock for name, lock in _properties(context, owner) if lock.rpartition(".")[2] in held}
    for node in (node for statement in block.body for node in ast.walk(statement)) if taking else ():
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and node.attr in taking and is_own(node.value, scope):
            yield node, taking[node.attr]


def _class_around(scope: Scope) -> Scope | None:
    place: Scope | None = scope
    while place is not None and place.enclosing_class is None:
        place = place.parent
    return place.enclosing_class if place is not None else None


def _properties(context: FileContext, owner: Scope) -> Iterator[tuple[str, str]]:
    """Yield the properties of a class that take one of its locks which is not reentrant, with the lock."""
    locks = context.project.locks
    for base in context.project.mro(context.full_name(owner)):
        summary = context.project.classes.get(base)
        for name in summary.methods if summary is not None else ():
            function = context.project.functions.get(f"{base}.{name}")
            if function is not None and any(each.rpartition(".")[2] in _PROPERTIES for each in function.decorators):
                for lock, same in locks.taken.get(function.name, {}):
                    if same and not locks.is_reentrant(lock):
                        yield name, lock


def interrupting(context: FileContext) -> Iterator[tuple[Scope, Taken, str]]:
    """Yield the functions that may run in the middle of any other, with the lock that is not reentrant which they take, and by whom."""
    locks = context.project.locks
    for scope, by in _interrupting(context):
        for (lock, same), taken in locks.taken.get(context.full_name(scope), {}).items():
            if same and scope.name == "__del__" and not locks.is_module_lock(lock):
                # While a method of an object holds its lock, that object is not collected.
                continue
            if not locks.is_reentrant(lock) and _is_taken_elsewhere(context, lock, context.full_name(scope)):
                yield scope, taken, by
                break


def _interrupting(context: FileContext) -> Iterator[tuple[Scope, str]]:
    for scope in context.functions():
        if scope.name == "__del__":
            yield scope, "the garbage collector"
    for scope, call in context.calls():
        if last_name(call) in _REGISTERING_WORDS and len(call.args) > 1:
            by = _REGISTERING.get(context.target(call, scope), "")
            handler = context.scope_named(context.path(call.args[1], scope)) if by else None
            if handler is not None:
                yield handler, by


def _is_taken_elsewhere(context: FileContext, lock: str, name: str) -> bool:
    locks = context.project.locks
    return any(
        function != name and any(each == lock and way.through is None for (each, _), way in taken.items())
        for function, taken in locks.taken.items()
    )


def handed_on(context: FileContext, scope: Scope) -> Iterator[tuple[ast.Call, str]]:
    """Yield the calls that are given an asyncio semaphore or lock twice, or whose caller holds it."""
    held = {
        ast.unparse(item.context_expr): block
        for block in scope.of(ast.AsyncWith)
        for item in block.items
        if isinstance(item.context_expr, (ast.Name, ast.Attribute))
    }
    for call in scope.of(ast.Call):
        given = [each for each in (*call.args, *(option.value for option in call.keywords)) if isinstance(each, (ast.Name, ast.Attribute))]
        texts = [ast.unparse(each) for each in given if "sem" in last_name(each).lower() or "lock" in last_name(each).lower()]
        for each in given:
            text = ast.unparse(each)
            twice = texts.count(text) > 1
            block = held.get(text)
            inside = (
                block is not None and any(around is block for around in context.ancestors(call)) and _enters(context, scope, call, each)
            )
            if (twice or inside) and context.is_a(each, *ASYNC_LOCKS, scope=scope):
                yield call, text
                break


def _enters(context: FileContext, scope: Scope, call: ast.Call, given: ast.expr) -> bool:
    """Tell whether the function that is called enters the parameter by which it is given something."""
    called = context.scope_named(context.target(call, scope))
    node = called.node if called is not None else None
    if called is None or not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    names = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
    names = names[1:] if called.enclosing_class is not None else names
    name = next((each.arg for each in call.keywords if each.value is given), None)
    if name is None and given in call.args and call.args.index(given) < len(names):
        name = names[call.args.index(given)]
    return any(last_name(item.context_expr) == name for block in called.of(ast.AsyncWith) for item in block.items)
