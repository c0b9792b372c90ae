"""Finds the plain functions of the project that an async function runs: by calls, by methods of unknown objects, by loops and `with`."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.project.project import is_telling
from conc_advisor.review.project.summaries import FunctionSummary
from conc_advisor.review.symbols.scopes import Scope

_MOST: Final = 4
"""Of more methods of one name than this it is not asked which one is meant."""


@dataclass(frozen=True, slots=True)
class HelperCall:
    """What an async function runs, and where; of several `functions` one is meant, `guessed` tells that its object's type is unknown."""

    node: ast.expr
    functions: tuple[FunctionSummary, ...]
    guessed: bool = False
    runs_body: bool = False
    """The body of a generator runs here, though calling it would only make one."""


def helper_calls(context: FileContext, scope: Scope) -> Iterator[HelperCall]:
    """Yield what an async function runs of the project's plain functions."""
    for call in scope.of(ast.Call):
        if context.is_awaited(call):
            continue
        found = _called(context, scope, call)
        if found is not None:
            yield found
        elif last_name(call) == "next" and call.args and context.target(call, scope) == "next":
            yield from _generators(context, scope, call.args[0], call)
    for loop in scope.of(ast.For):
        yield from _generators(context, scope, loop.iter, loop.iter)
    for statement in scope.of(ast.With):
        for item in statement.items:
            yield from _entered(context, scope, item.context_expr)


def _called(context: FileContext, scope: Scope, call: ast.Call) -> HelperCall | None:
    path = context.target(call, scope)
    function = context.project.function(path) if path else None
    if function is not None:
        overrides = _overrides(context, function) if is_abstract(function) else ()
        return HelperCall(call, overrides, guessed=True) if overrides else HelperCall(call, (function,))
    name = last_name(call)
    if not isinstance(call.func, ast.Attribute) or not is_telling(name) or not _may_be_ours(context, path):
        return None
    functions = tuple(each for each in context.project.named.get(name, ()) if not is_abstract(each))
    if not functions or len(functions) > _MOST or any(each.is_async for each in functions):
        return None
    if any(each.owner == "" for each in functions) and not _is_of_module(functions, path):
        return None
    return HelperCall(call, functions, guessed=True)


def is_abstract(function: FunctionSummary) -> bool:
    """Tell whether a method is there to be filled in by derived classes."""
    return bool(function.owner) and function.abstract


def _overrides(context: FileContext, function: FunctionSummary) -> tuple[FunctionSummary, ...]:
    name = function.name.rpartition(".")[2]
    found = (context.project.functions.get(f"{each}.{name}") for each in context.project.derived(function.owner))
    return tuple(each for each in found if each is not None and not is_abstract(each))


def _may_be_ours(context: FileContext, path: str) -> bool:
    """Tell whether nothing says that a call's object is of another package."""
    return not path or path.count(".") > path.count("().") or path.split(".", maxsplit=1)[0] in _roots(context)


def _roots(context: FileContext) -> set[str]:
    return {context.parsed.name.split(".")[0]}


def _is_of_module(functions: tuple[FunctionSummary, ...], path: str) -> bool:
    """Tell whether a path means a module's function by its last two words: `tools.source_hash`."""
    return len(functions) == 1 and path.split(".")[-2:] == functions[0].name.split(".")[-2:]


def _generators(context: FileContext, scope: Scope, source: ast.expr, node: ast.expr) -> Iterator[HelperCall]:
    """Yield the generator of the project whose body a loop, or `next`, runs."""
    made = _made(scope, source)
    if isinstance(made, ast.Call):
        function = context.callee(made, scope)
    else:
        path = context.path(source, scope)
        function = context.project.functions.get(path[:-2]) if path.endswith("()") else None
        if function is None and isinstance(source, ast.Attribute):
            function = _kept(context, scope, source)
    if function is not None and function.is_generator and not function.is_async:
        yield HelperCall(node, (function,), guessed=not isinstance(made, ast.Call), runs_body=True)


def _made(scope: Scope, source: ast.expr) -> ast.expr:
    """Return what a name was last given, an expression as it is for anything else."""
    if not isinstance(source, ast.Name):
        return source
    values = [each.value for each in scope.bindings.get(source.id, ()) if isinstance(each.node, ast.Assign)]
    return values[0] if len(values) == 1 and isinstance(values[0], ast.expr) else source


def _kept(context: FileContext, scope: Scope, source: ast.Attribute) -> FunctionSummary | None:
    """Return the generator that a class keeps in an attribute of that name."""
    owner = scope.enclosing_class
    for method in owner.children if owner is not None else ():
        for target, binding in method.assigned_attributes:
            if target.attr == source.attr and isinstance(binding.value, ast.Call):
                function = context.callee(binding.value, method)
                if function is not None:
                    return function
    return None


def _entered(context: FileContext, scope: Scope, manager: ast.expr) -> Iterator[HelperCall]:
    """Yield what entering and leaving an object of a class of the project runs."""
    path = context.path(manager, scope)
    if not path.endswith("()") or path[:-2] not in context.project.classes:
        return
    for base in context.project.mro(path[:-2]):
        for name in ("__enter__", "__exit__"):
            function = context.project.functions.get(f"{base}.{name}")
            if function is not None:
                yield HelperCall(manager, (function,))
