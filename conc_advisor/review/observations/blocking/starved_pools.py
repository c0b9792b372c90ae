"""Finds work of a pool of threads that waits for other work of the same pool: with all threads taken so, none is left for it."""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.symbols.scopes import BindingKind, Scope
from conc_advisor.review.wording.remark import Remark

_THREADS: Final = ("concurrent.futures.ThreadPoolExecutor", "multiprocessing.pool.ThreadPool")
_SUBMITTING: Final = frozenset({"submit", "map", "apply_async", "starmap", "imap", "imap_unordered", "apply"})
_WAITING: Final = frozenset({"map", "starmap", "apply"})
"""Of a pool's methods, those that give results rather than futures: whoever uses them waits."""
_TAKING: Final = frozenset({"result", "exception", "wait", "as_completed", "get"})
_MOST: Final = 3
"""How many calls deep the work of a pool is looked into."""


def starved_pools(context: FileContext) -> Iterator[Remark]:
    """Yield the places where a function that a pool runs hands work to that pool and waits for it."""
    submitted = [
        (scope, call) for scope, call in context.calls() if last_name(call) in _SUBMITTING and isinstance(call.func, ast.Attribute)
    ]
    if len(submitted) < 2:  # noqa: PLR2004  # the work, and the work in it
        return
    inner = {call: key for scope, call in submitted if (key := _pool(context, scope, call)) is not None}
    told: set[ast.Call] = set()
    for scope, call in submitted:
        key = inner.get(call)
        entry = _work(context, scope, call) if key is not None else None
        if key is None or entry is None:
            continue
        for place in _reached(context, entry):
            for other in place.of(ast.Call):
                if inner.get(other) == key and other not in told and _waits(context, place, other):
                    told.add(other)
                    yield _remark(context, call, other, entry)


def _pool(context: FileContext, scope: Scope, call: ast.Call) -> tuple[str, str] | None:
    """Return what tells one pool of threads from others: whose it is, and its name; None for what is not known to be one pool."""
    pool = call.func.value if isinstance(call.func, ast.Attribute) else None
    if isinstance(pool, ast.Name):
        binder = scope.binder(pool.id)
        known = binder.bindings.get(pool.id, []) if binder is not None else []
        if binder is None or any(each.kind is BindingKind.ANNOTATED for each in known):
            return None
        key = (binder.qualname, pool.id)
    elif isinstance(pool, ast.Attribute) and isinstance(pool.value, ast.Name) and pool.value.id in {"self", "cls"}:
        function: Scope | None = scope
        while function is not None and function.enclosing_class is None:
            function = function.parent
        if function is None or function.enclosing_class is None:
            return None
        key = (function.enclosing_class.qualname, pool.attr)
    else:
        return None
    return key if context.is_a(pool, *_THREADS, scope=scope) else None


def _work(context: FileContext, scope: Scope, call: ast.Call) -> Scope | None:
    """Return the function of the file that a call hands to its pool."""
    if not call.args:
        return None
    return context.scope_named(context.path(context.work(call.args[0], scope), scope))


def _reached(context: FileContext, entry: Scope) -> list[Scope]:
    """Return a function and the plain ones of the file that it calls on its way."""
    found, depths = [entry], {entry: 0}
    for place in found:
        if depths[place] == _MOST:
            continue
        for call in place.of(ast.Call):
            called = context.scope_named(context.target(call, place))
            if called is not None and not called.is_async and called not in depths:
                depths[called] = depths[place] + 1
                found.append(called)
    return found


def _waits(context: FileContext, place: Scope, call: ast.Call) -> bool:
    """Tell whether a function waits without a limit for the work that it hands over."""
    name = last_name(call)
    if name in _WAITING or name.startswith("imap"):
        return not context.is_dropped(call)
    if context.is_dropped(call):
        return False
    later = (each for each in place.of(ast.Call) if each.lineno >= call.lineno and last_name(each) in _TAKING)
    return any(not (each.keywords or (each.args and last_name(each) in {"result", "exception", "get"})) for each in later)


def _remark(context: FileContext, outer: ast.Call, call: ast.Call, entry: Scope) -> Remark:
    pool = context.text(call.func.value) if isinstance(call.func, ast.Attribute) else "the pool"
    return Remark(
        node=call,
        message=f"`{entry.name}` runs in `{pool}` and waits for other work of `{pool}`: when all its threads wait so, none is left "
        "to do it, and all wait for ever",
        advice=f"give the inner work to a pool of its own, do it in `{entry.name}` itself, or let the caller wait for both",
        confidence=Confidence.HIGH,
        severity=Severity.WARNING,
        steps=(context.step(outer, f"{entry.name}() is handed to the pool here"),),
    )
