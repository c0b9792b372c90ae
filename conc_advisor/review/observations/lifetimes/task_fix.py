"""Rewrites a statement that starts a task and drops it, so that a set of the module keeps the task until it is done."""

import ast
from typing import Final

from conc_advisor.findings import Edit, Fix
from conc_advisor.review.context import FileContext
from conc_advisor.review.symbols.scopes import Scope, ScopeKind

_KEPT: Final = "_background_tasks"


def kept_in_set(context: FileContext, scope: Scope, statement: ast.Expr) -> Fix | None:
    """Return the rewrite that keeps the task that a statement starts and drops in a set of the module; None where it would not fit."""
    if scope.kind is not ScopeKind.FUNCTION or "task" in scope.bindings or "task" in scope.loads:
        return None
    if _KEPT in context.module.bindings or _KEPT in scope.bindings or not _is_alone(context, statement):
        return None
    after = _last_import(context)
    if after is None:
        return None
    start, end = context.location(statement), context.location(after)
    indent = " " * (start.column - 1)
    if not context.parsed.lines[start.line - 1].startswith(indent):
        indent = context.parsed.lines[start.line - 1][: start.column - 1]
    kind = "set[object]" if context.python >= 9 else '"set[object]"'  # noqa: PLR2004  # `set[…]` came with 3.9
    kept = f"\n{indent}{_KEPT}.add(task)\n{indent}task.add_done_callback({_KEPT}.discard)"
    return Fix(
        title=f"Keep the task in `{_KEPT}` until it is done",
        safe=True,
        edits=(
            Edit(
                line=end.end_line,
                column=end.end_column,
                end_line=end.end_line,
                end_column=end.end_column,
                text=f"\n\n{_KEPT}: {kind} = set()",
            ),
            Edit(line=start.line, column=start.column, end_line=start.line, end_column=start.column, text="task = "),
            Edit(line=start.end_line, column=start.end_column, end_line=start.end_line, end_column=start.end_column, text=kept),
        ),
    )


def _is_alone(context: FileContext, statement: ast.stmt) -> bool:
    """Tell whether nothing else stands on the lines of a statement."""
    place = context.location(statement)
    lines = context.parsed.lines
    return not lines[place.line - 1][: place.column - 1].strip() and not lines[place.end_line - 1][place.end_column - 1 :].strip()


def _last_import(context: FileContext) -> ast.stmt | None:
    """Return the last of the imports that a module begins with, where it stands alone on its lines."""
    body = context.parsed.tree.body
    found: ast.stmt | None = None
    for each in body:
        if isinstance(each, (ast.Import, ast.ImportFrom)):
            found = each
        elif not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)):
            break
    return found if found is not None and _is_alone(context, found) else None
