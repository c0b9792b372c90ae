"""Finds plain statements and functions that take what only async ones can, and the other way round."""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.knowledge.locks import THREAD_LOCKS
from conc_advisor.review.observations.lifetimes.uncalled_coroutines import async_function
from conc_advisor.review.symbols.scopes import BindingKind, Scope
from conc_advisor.review.wording.remark import Remark

_ASYNC_LOCKS: Final = ("asyncio.Lock", "asyncio.Condition", "asyncio.Semaphore", "asyncio.BoundedSemaphore")
_CALLED_OFF: Final = frozenset({"sum", "any", "all", "max", "min", "sorted"})
_WAIT_REFUSES: Final = 11
"""The minor version of Python from which on `asyncio.wait` refuses coroutines."""
_COMPREHENSIONS: Final = (ast.ListComp, ast.SetComp, ast.GeneratorExp)


def mixed_protocols(context: FileContext) -> Iterator[Remark]:
    """Yield the loops, `with` statements and calls that take a coroutine, an async generator or a lock of the wrong kind."""
    for scope in context.scopes():
        for loop in scope.of(ast.For):
            yield from _plain_loop(context, scope, loop)
        for each in scope.of(ast.AsyncFor):
            yield from _async_loop(context, scope, each)
        for entered in scope.of(ast.With):
            yield from _entered(context, scope, entered, _ASYNC_LOCKS)
        for entered_async in scope.of(ast.AsyncWith):
            yield from _entered(context, scope, entered_async, THREAD_LOCKS)
        for call in scope.of(ast.Call):
            if isinstance(call.func, ast.Name) and call.func.id in _CALLED_OFF:
                yield from _computed(context, scope, call)
            elif last_name(call) == "wait" and call.args:
                yield from _waited(context, scope, call)


# --- loops ------------------------------------------------------------------------------------------------------------------------


def _plain_loop(context: FileContext, scope: Scope, loop: ast.For) -> Iterator[Remark]:
    made = loop.iter
    function = async_function(context, made.func, scope) if isinstance(made, ast.Call) else None
    if function is not None and function.is_generator:
        text = context.text(made)
        yield Remark(
            node=made,
            message=f"`{text}` is an async generator, which a plain `for` cannot walk through: it raises TypeError",
            advice=f"write `async for … in {text}` in an async function",
            confidence=Confidence.HIGH,
            severity=Severity.ERROR,
        )


def _async_loop(context: FileContext, scope: Scope, loop: ast.AsyncFor) -> Iterator[Remark]:
    made = loop.iter
    function = async_function(context, made.func, scope) if isinstance(made, ast.Call) else None
    if function is None or function.is_generator:
        return
    place = context.scope_named(function.name)
    # A method of a base class is often declared so and yields in every derived one.
    if place is not None and (place.enclosing_class is None or place.of(ast.Return)) and any(place.of(ast.Await)):
        text = context.text(made)
        yield Remark(
            node=made,
            message=f"`{text}` is a coroutine, which `async for` cannot walk through: it raises TypeError",
            advice=f"write `async for … in await {text}` if it gives something async, `for … in await {text}` if not",
            confidence=Confidence.HIGH,
            severity=Severity.ERROR,
        )


# --- locks ------------------------------------------------------------------------------------------------------------------------


def _entered(context: FileContext, scope: Scope, node: ast.With | ast.AsyncWith, locks: tuple[str, ...]) -> Iterator[Remark]:
    for item in node.items:
        lock = item.context_expr
        path = context.path(lock, scope)
        kind = path.removesuffix("()")
        if kind not in locks or not _is_only(context, scope, lock, path):
            continue
        text = context.text(lock)
        plain = isinstance(node, ast.With)
        yield Remark(
            node=lock,
            message=f"`{text}` is {'an' if kind[0] == 'a' else 'a'} `{kind}`, which {'`with`' if plain else '`async with`'} cannot enter: "
            f"it raises {'TypeError' if context.python >= 11 else 'an error'} before anything is locked",  # noqa: PLR2004  # Python 3.11
            advice=f"write `async with {text}:`" if plain else f"write `with {text}:`, or make it an `asyncio.Lock` if tasks share it",
            confidence=Confidence.HIGH,
            severity=Severity.ERROR,
        )


def _is_only(context: FileContext, scope: Scope, lock: ast.expr, path: str) -> bool:
    """Tell whether a lock is of one kind wherever the file sets it."""
    if isinstance(lock, ast.Call):
        return context.path(lock.func, scope) == path.removesuffix("()")
    if isinstance(lock, ast.Name):
        binder = scope.binder(lock.id)
        known = binder.bindings.get(lock.id, []) if binder is not None else []
        # An annotation with several types, a conditional expression and a second assignment leave it open which one it is.
        return sum(each.kind is not BindingKind.ANNOTATED for each in known) <= 1 and all(
            isinstance(each.value, (ast.Name, ast.Attribute) if each.kind is BindingKind.ANNOTATED else ast.Call) for each in known
        )
    if not isinstance(lock, ast.Attribute):
        return False
    values = [
        (place, binding.value) for place in context.scopes() for target, binding in place.assigned_attributes if target.attr == lock.attr
    ]
    return bool(values) and all(isinstance(value, ast.Call) and context.path(value, place) == path for place, value in values)


# --- functions --------------------------------------------------------------------------------------------------------------------


def _computed(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Remark]:
    """Yield what is computed of coroutines: `sum(price(each) for each in items)`."""
    given = call.args[0] if call.args else None
    made: ast.expr | None = None
    if isinstance(given, _COMPREHENSIONS):
        made = given.elt.func if isinstance(given.elt, ast.Call) else None
    elif isinstance(given, ast.Call) and last_name(given) == "map" and given.args:
        made = given.args[0]
    function = async_function(context, made, scope)
    if made is None or function is None or function.is_generator or context.path(call.func, scope) in context.project.functions:
        return
    name, text = last_name(call), context.text(made)
    result = "a coroutine is always true" if name in {"any", "all"} else "it raises TypeError"
    yield Remark(
        node=call,
        message=f"`{name}` gets coroutines of `{text}` that nothing awaits: {result}",
        advice=f"await them first: `{name}(await asyncio.gather(*[{text}(…) for … in …]))`",
        confidence=Confidence.HIGH,
        severity=Severity.ERROR,
    )


def _waited(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Remark]:
    """Yield the coroutines that `asyncio.wait` is given, which takes tasks only."""
    given = call.args[0]
    if isinstance(given, ast.Name) and scope.binder(given.id) is scope:
        bindings = [each for each in scope.bindings.get(given.id, []) if each.kind is not BindingKind.ANNOTATED]
        value = bindings[0].value if len(bindings) == 1 and bindings[0].kind is BindingKind.ASSIGNED else None
        given = value if isinstance(value, ast.expr) else given
    made = given.elts if isinstance(given, (ast.List, ast.Tuple, ast.Set)) else [given.elt] if isinstance(given, _COMPREHENSIONS) else []
    coroutine = next((each for each in made if isinstance(each, ast.Call) and _makes_coroutine(context, scope, each)), None)
    if coroutine is None or context.target(call, scope) != "asyncio.wait":
        return
    refuses = context.python >= _WAIT_REFUSES
    text = context.text(coroutine)
    yield Remark(
        node=call,
        message=f"`asyncio.wait` takes tasks, and `{text}` is a coroutine: it raises TypeError"
        + ("" if refuses else f" from Python 3.{_WAIT_REFUSES} on"),
        advice=f"write `asyncio.create_task({text})`",
        confidence=Confidence.HIGH,
        severity=Severity.ERROR if refuses else Severity.WARNING,
    )


def _makes_coroutine(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    function = async_function(context, call.func, scope)
    return (function is not None and not function.is_generator) or context.target(call, scope) in {"asyncio.sleep", "asyncio.wait_for"}
