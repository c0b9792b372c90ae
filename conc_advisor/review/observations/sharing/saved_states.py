"""Finds state that one call saves, changes, and puts back after others have had a chance to run: what it set meanwhile is everybody's."""

import ast
from collections.abc import Iterator

from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.observations.sharing.shared_writes import Holder, State, state_of
from conc_advisor.review.symbols.scopes import Scope

_MANAGERS = frozenset({"contextmanager", "asynccontextmanager"})


def saved_states(context: FileContext, scope: Scope) -> Iterator[tuple[ast.Assign, State, int]]:
    """Yield where a function sets state that it has saved and puts back, with the state and the line of the yield or await in between."""
    switches = sorted(getattr(each, "lineno", 0) for each in _switches(scope))
    assigns = scope.of(ast.Assign) if switches else []
    saved = {
        each.targets[0].id: each.value
        for each in assigns
        if isinstance(each.targets[0], ast.Name) and isinstance(each.value, ast.Attribute)
    }
    saved_globals = {
        each.targets[0].id: each.value for each in assigns if isinstance(each.targets[0], ast.Name) and isinstance(each.value, ast.Name)
    }
    for restore in assigns:
        value = restore.value
        kept = (saved.get(value.id) or saved_globals.get(value.id)) if isinstance(value, ast.Name) else None
        if kept is None or ast.unparse(kept) != ast.unparse(restore.targets[0]) or not _is_last(context, restore):
            continue
        state = state_of(context, restore.targets[0], scope)
        if state is None or state.holder is Holder.CLOSURE:
            continue
        for change in assigns:
            same = change is not restore and ast.unparse(change.targets[0]) == ast.unparse(kept)
            between = next((line for line in switches if change.lineno < line < restore.lineno), 0)
            if same and between:
                yield change, state, between
                break


def _switches(scope: Scope) -> list[ast.AST]:
    if scope.is_async:
        return [*scope.of(ast.Await), *scope.of(ast.Yield), *scope.of(ast.AsyncWith), *scope.of(ast.AsyncFor)]
    node = scope.node
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
    return [*scope.of(ast.Yield)] if any(last_name(each) in _MANAGERS for each in decorators) else []


def _is_last(context: FileContext, restore: ast.Assign) -> bool:
    """Tell whether a value is put back in a `finally`."""
    child: ast.AST = restore
    for each in context.ancestors(restore):
        if isinstance(each, (ast.Try, ast.TryStar)) and child in each.finalbody:
            return True
        child = each
    return False
