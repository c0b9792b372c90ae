"""Finds the calls that make an instance of some classes, or of classes derived from them."""

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from conc_advisor.review.context import FileContext
from conc_advisor.review.symbols.scopes import BindingKind, Scope


@dataclass(frozen=True, slots=True)
class Making:
    """A call that makes something: where it runs, the canonical path of what is called, and which of the wanted classes that is."""

    scope: Scope
    call: ast.Call
    path: str
    kind: str


def makings(context: FileContext, wanted: Collection[str]) -> Iterator[Making]:
    """Yield the calls of a file that make one of the wanted classes, given by canonical path."""
    names = _names(context, wanted)
    for scope in context.scopes():
        for call in scope.of(ast.Call):
            function = call.func
            name = function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
            if name in names:
                path = context.target(call, scope)
                kind = _kind(context, path, wanted)
                if kind:
                    yield Making(scope, call, path, kind)


def _names(context: FileContext, wanted: Collection[str]) -> set[str]:
    """Return the last words that such a call can have: of the classes, of those derived from them, and what the file imports them as."""
    project = context.project
    names = {each.rpartition(".")[2] for each in wanted}
    names.update(derived.rpartition(".")[2] for each in wanted for derived in project.derived(each))
    for name, bindings in context.module.bindings.items():
        if any(each.kind is BindingKind.IMPORTED and each.name.rpartition(".")[2] in names for each in bindings):
            names.add(name)
    return names


def _kind(context: FileContext, path: str, wanted: Collection[str]) -> str:
    if path in wanted:
        return path
    if path in context.project.classes:
        return next((each for each in context.project.mro(path) if each in wanted), "")
    return ""
