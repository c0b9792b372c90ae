"""Tells whether a client is made with the same options each time: only then can one stand for all of them."""

import ast
from collections.abc import Collection
from typing import Final

from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.symbols.scopes import BindingKind, Scope

_LEVELS: Final = 4
"""So many local names are followed from one to the next."""


def given_to(call: ast.Call) -> tuple[ast.expr, ...]:
    """Return the arguments of a call."""
    return (*call.args, *(each.value for each in call.keywords))


def are_settled(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    """Tell whether the arguments of a call, made in a function, are the same each time, as far as can be seen.

    Constants, names of the module and attributes that only `__init__` sets are; so are local names that are made of nothing else.
    """
    return all(_is_settled(context, scope, each, _LEVELS) for each in given_to(call))


def uses_locals(scope: Scope, call: ast.Call) -> bool:
    """Tell whether the arguments of a call name anything that only its function knows."""
    names = (node.id for each in given_to(call) for node in ast.walk(each) if isinstance(node, ast.Name))
    return any(name in scope.bindings for name in names if name not in {"self", "cls"})


def _is_settled(context: FileContext, scope: Scope, node: ast.expr, levels: int) -> bool:
    changing = _changing(context, scope)
    for each in ast.walk(node):
        if isinstance(each, (ast.Await, ast.Yield)):
            return False
        if isinstance(each, ast.Attribute) and last_name(each.value) in {"self", "cls"} and each.attr in changing:
            return False
        if isinstance(each, ast.Name) and each.id in scope.bindings and each.id not in {"self", "cls"}:
            made = scope.bindings[each.id]
            plain = levels > 0 and len(made) == 1 and made[0].kind is BindingKind.ASSIGNED and isinstance(made[0].value, ast.expr)
            if not plain or not _is_settled(context, scope, made[0].value, levels - 1):  # type: ignore[arg-type]  # see above
                return False
    return True


def _changing(context: FileContext, scope: Scope) -> Collection[str]:
    """Return the attributes that methods of a function's class set anew."""
    owner = scope.enclosing_class
    summary = context.project.classes.get(context.full_name(owner)) if owner is not None else None
    return summary.reassigned if summary is not None else ()
