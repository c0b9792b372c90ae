"""Finds async functions that are given as functions where their result is wanted, kept or called by what cannot await."""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.project.summaries import FunctionSummary
from conc_advisor.review.symbols.scopes import Scope
from conc_advisor.review.wording.remark import Remark

_LRU: Final = frozenset({"functools.lru_cache", "functools.cache"})
_KEEPING: Final = frozenset({*_LRU, "functools.cached_property"})
_KEEPING_NAMES: Final = frozenset({each.rpartition(".")[2] for each in _KEEPING})
_HARMLESS: Final = frozenset({"staticmethod", "classmethod"})
_COMPARING: Final = frozenset({"sorted", "max", "min", "sort"})
_AWAITING: Final = frozenset(
    {
        *("run", "create_task", "ensure_future", "wait_for", "shield", "gather", "run_until_complete", "run_coroutine_threadsafe"),
    }
)
_LOOP: Final = "asyncio.AbstractEventLoop()"
_TAKING: Final = frozenset(
    {
        *(
            f"asyncio.{name}"
            for name in ("run", "create_task", "ensure_future", "wait_for", "shield", "gather", "run_coroutine_threadsafe")
        ),
        *("asyncio.TaskGroup().create_task", f"{_LOOP}.create_task", f"{_LOOP}.run_until_complete"),
    }
)
"""What takes a coroutine, and raises where it is given a function."""


def uncalled_coroutines(context: FileContext) -> Iterator[Remark]:
    """Yield the places that take an async function for a plain one, or for its coroutine."""
    yield from _kept(context)
    for scope, call in context.calls():
        name = context.word(call)
        if name == "filter" or name in _COMPARING:
            yield from _judging(context, scope, call, name)
        elif name == "register":
            yield from _at_exit(context, scope, call)
        elif name in _AWAITING and call.args:
            yield from _uncalled(context, scope, call, name)


def async_function(context: FileContext, node: ast.expr | None, scope: Scope) -> FunctionSummary | None:
    """Return the async function of the project that an expression means, none that a decorator may have made something else of."""
    if not isinstance(node, (ast.Name, ast.Attribute)):
        return None
    function = context.project.functions.get(context.path(node, scope))
    plain = function is not None and function.is_async and all(each in _HARMLESS for each in function.decorators)
    return function if plain else None


# --- caches -----------------------------------------------------------------------------------------------------------------------


def _kept(context: FileContext) -> Iterator[Remark]:
    """Yield the caches that keep the coroutine of an async function."""
    for scope in context.coroutines():
        decorators: list[ast.expr] = getattr(scope.node, "decorator_list", [])
        # One below may already have made a function of it whose result can be awaited again.
        if decorators and last_name(decorators[-1]) in _KEEPING_NAMES | context.symbols.renamed.keys():
            yield from _cache(context, scope, decorators[-1])
    for scope, call in context.calls():
        if context.word(call) not in _KEEPING_NAMES and not isinstance(call.func, ast.Call):
            continue
        if call.args and _cache_name(context, call.func, scope) in _LRU and (function := async_function(context, call.args[0], scope)):
            yield _remark(call, _cache_name(context, call.func, scope), function.name.rpartition(".")[2], function.is_generator)


def _cache(context: FileContext, scope: Scope, decorator: ast.expr) -> Iterator[Remark]:
    path = _cache_name(context, decorator, scope.parent or scope)
    if path in _KEEPING:
        yield _remark(decorator, path, scope.name, bool(scope.of(ast.Yield)))


def _cache_name(context: FileContext, node: ast.expr, scope: Scope) -> str:
    return context.path(node.func if isinstance(node, ast.Call) else node, scope)


def _remark(node: ast.expr, path: str, name: str, generator: bool) -> Remark:  # noqa: FBT001  # of two kinds
    kept = "async generator" if generator else "coroutine"
    once = (
        "which can be walked through only once: the second one gets nothing"
        if generator
        else "which can be awaited only once: the second use raises RuntimeError"
    )
    return Remark(
        node=node,
        message=f"`{path.rpartition('.')[2]}` keeps the {kept} of `{name}`, {once}",
        advice=f"keep what `{name}` gives, not its {kept}: look into a dict of results or tasks before it is called",
        confidence=Confidence.HIGH,
        severity=Severity.ERROR,
    )


# --- callers that cannot await ----------------------------------------------------------------------------------------------------


def _judging(context: FileContext, scope: Scope, call: ast.Call, name: str) -> Iterator[Remark]:
    """Yield keys and tests of plain functions that are async."""
    if name == "filter":
        if not isinstance(call.func, ast.Name) or len(call.args) != 2:  # noqa: PLR2004  # a test and what is tested
            return
        given, effect = call.args[0], "a coroutine is always true: nothing is filtered out"
    else:
        key = next((each.value for each in call.keywords if each.arg == "key"), None)
        if key is None:
            return
        given, effect = key, "coroutines cannot be compared: it raises TypeError for more than one element"
    function = async_function(context, given, scope)
    if function is not None and not function.is_generator and context.path(call.func, scope) not in context.project.functions:
        text = context.text(given)
        yield Remark(
            node=call,
            message=f"`{name}` calls the async function `{text}` and awaits nothing, and {effect}",
            advice=f"await the results first: `await asyncio.gather(*[{text}(each) for each in …])`",
            confidence=Confidence.HIGH,
            severity=Severity.ERROR,
        )


def _at_exit(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Remark]:
    if not call.args or context.target(call, scope) != "atexit.register":
        return
    work = context.work(call.args[0], scope)
    inner = context.symbols.scopes.get(work) if isinstance(work, ast.Lambda) else None
    if isinstance(work, ast.Lambda) and inner is not None:
        function = async_function(context, work.body.func, inner) if isinstance(work.body, ast.Call) else None
    else:
        function = async_function(context, work, scope)
    if function is not None:
        name = function.name.rpartition(".")[2]
        yield Remark(
            node=call,
            message=f"`atexit` calls the async function `{name}` at the end of the program and awaits nothing: none of it runs",
            advice=f"await `{name}()` in a `finally` of the main coroutine; no event loop runs any more when `atexit` calls",
            confidence=Confidence.HIGH,
            severity=Severity.ERROR,
        )


def _uncalled(context: FileContext, scope: Scope, call: ast.Call, name: str) -> Iterator[Remark]:
    """Yield async functions that are handed over uncalled to what takes their coroutine."""
    given = [each for each in (call.args if name == "gather" else call.args[:1]) if async_function(context, each, scope) is not None]
    if not given or context.target(call, scope) not in _TAKING:
        return
    text = context.text(given[0])
    yield Remark(
        node=call,
        message=f"`{name}` is given the function `{text}` itself, not its coroutine: it raises, and `{text}` never runs",
        advice=f"call it: `{text}(…)`",
        confidence=Confidence.HIGH,
        severity=Severity.ERROR,
    )
