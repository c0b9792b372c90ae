"""Finds the class that keeps something in an attribute of its instances, and the method by which that is closed."""

import ast

from conc_advisor.review.context import FileContext
from conc_advisor.review.knowledge.lifetimes import CLOSING
from conc_advisor.review.symbols.scopes import BindingKind, Scope, ScopeKind


def owner_of(context: FileContext, scope: Scope, kept: ast.Attribute) -> Scope | None:
    """Return the class whose method keeps something in an attribute of its instance; None for anything else."""
    binder = scope.binder(kept.value.id) if isinstance(kept.value, ast.Name) else None
    if binder is None or not isinstance(kept.value, ast.Name):
        return None
    for binding in binder.bindings.get(kept.value.id, ()):
        if binding.kind is BindingKind.SELF and binding.value is not None:
            return context.symbols.scopes.get(binding.value)
    return None


def closing_method(owner: Scope) -> Scope | None:
    """Return the method by which an instance of a class is closed; None where it has none, or one that does nothing."""
    methods = [each for each in owner.children if each.kind is ScopeKind.FUNCTION and each.name in CLOSING]
    methods.sort(key=lambda each: each.name.startswith("__"))
    return next((each for each in methods if (len(each.of(ast.Call)) or len(each.of(ast.Assign))) and not _is_abstract(each)), None)


def _is_abstract(method: Scope) -> bool:
    """Tell whether a method does nothing but raise."""
    return isinstance(method.node, (ast.FunctionDef, ast.AsyncFunctionDef)) and isinstance(method.node.body[-1], ast.Raise)
