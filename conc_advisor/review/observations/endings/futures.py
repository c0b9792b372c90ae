"""Follows the futures and results of concurrent work as far as one function shows: kept, asked how they ended, or dropped."""

import ast
from typing import Final

from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.observations.lifetimes.fate import loads_of
from conc_advisor.review.symbols.scopes import Scope, ScopeKind

_ASKING: Final = frozenset({"result", "exception", "add_done_callback", "get", "exc_info", "successful"})
"""Methods that ask a future, or that make somebody ask."""


def is_lost(context: FileContext, scope: Scope, node: ast.expr) -> bool:
    """Tell whether a value is thrown away: a statement of its own, or a local name that nothing reads."""
    parent = context.parent(node)
    if isinstance(parent, ast.Await):
        return is_lost(context, scope, parent)
    if isinstance(parent, ast.Expr):
        return True
    if not isinstance(parent, ast.Assign) or scope.kind is not ScopeKind.FUNCTION or len(parent.targets) != 1:
        return False
    target = parent.targets[0]
    if not isinstance(target, ast.Name) or scope.binder(target.id) is not scope or target.id in scope.globals:
        return False
    return next(loads_of(scope, target.id), None) is None


def handles_itself(context: FileContext, scope: Scope, work: ast.expr) -> bool:
    """Tell whether a function, or the one that a coroutine is made by, handles all exceptions itself, where its source can be read."""
    made = work.func if isinstance(work, ast.Call) else work
    if isinstance(made, ast.Lambda):
        return False
    path = context.path(made, scope)
    found = context.scope_named(path) if path else None
    return found is not None and _catches_all(found)


def _catches_all(scope: Scope) -> bool:
    """Tell whether a function's statements, but for plain assignments and logging before, lie in a `try` that handles every `Exception`."""
    for tried in scope.of(ast.Try):
        if any(handler.type is None or last_name(handler.type) in {"Exception", "BaseException"} for handler in tried.handlers):
            body = getattr(scope.node, "body", [])
            if tried in body or any(
                isinstance(each, (ast.With, ast.AsyncWith, ast.While, ast.For, ast.AsyncFor)) and tried in each.body for each in body
            ):
                return True
    return False


def kept_in(context: FileContext, scope: Scope, call: ast.Call) -> str:
    """Return the local name that a future goes to, alone or in a list; "" where it goes anywhere else."""
    parent = context.parent(call)
    while isinstance(parent, (ast.ListComp, ast.SetComp, ast.DictComp, ast.List)):
        parent = context.parent(parent)
    name = ""
    if isinstance(parent, ast.Assign) and len(parent.targets) == 1 and isinstance(parent.targets[0], ast.Name):
        name = parent.targets[0].id
    elif isinstance(parent, ast.Call) and last_name(parent) in {"append", "add"} and isinstance(parent.func, ast.Attribute):
        name = parent.func.value.id if isinstance(parent.func.value, ast.Name) else ""
    elif isinstance(parent, ast.Subscript) and isinstance(parent.value, ast.Name):
        name = parent.value.id
    bindings = scope.bindings.get(name, [])
    plain = bool(bindings) and all(isinstance(each.node, (ast.Assign, ast.AnnAssign)) for each in bindings)
    return name if plain and scope.binder(name) is scope and name not in scope.globals else ""


def _stays(context: FileContext, load: ast.Name, *, by_future: bool) -> bool:
    """Tell whether a use of a future, or of a list of futures, leaves it where it is and does not ask it for its result."""
    parent = context.parent(load)
    match parent:
        case ast.Attribute():
            return parent.attr in {"append", "add", "done", "cancel", "running", "clear", "wait", "ready"}
        case ast.Call():
            return last_name(parent) in {"wait", "as_completed", "len", "enumerate", "tqdm", "track", "list", "print"}
        case ast.For() | ast.comprehension():
            return parent.iter is load
        case ast.Subscript():
            # What a mapping of futures holds for one is something else.
            return isinstance(parent.ctx, ast.Store) or (by_future and parent.value is load)
        case ast.If() | ast.While() | ast.UnaryOp() | ast.Compare():
            return True
        case _:
            return False


def is_asked(context: FileContext, scope: Scope, kept: str) -> bool:
    """Tell whether a function may ask what it keeps under a name how it ended, or hands it to somebody who may."""
    if any(isinstance(each, ast.Attribute) and each.attr in _ASKING for each in ast.walk(scope.node)):
        return True
    made = [each.value for each in scope.bindings.get(kept, ())]
    by_future = any(isinstance(each, ast.Dict) or (isinstance(each, ast.DictComp) and isinstance(each.key, ast.Call)) for each in made)
    return not all(_stays(context, load, by_future=by_future) for _, load in loads_of(scope, kept))
