"""Finds locks and semaphores that each call makes for itself: nobody else can take them, so that they hold nobody back."""

import ast
from collections.abc import Collection, Iterator
from typing import Final

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.symbols.scopes import BindingKind, Scope
from conc_advisor.review.wording.remark import Remark

MUTEX_KINDS: Final = ("threading.Lock", "threading.RLock", "multiprocessing.Lock", "multiprocessing.RLock", "asyncio.Lock", "anyio.Lock")
LIMIT_KINDS: Final = (
    *("threading.Semaphore", "threading.BoundedSemaphore", "multiprocessing.Semaphore", "multiprocessing.BoundedSemaphore"),
    *("asyncio.Semaphore", "asyncio.BoundedSemaphore", "anyio.Semaphore", "anyio.CapacityLimiter"),
)


def local_locks(context: FileContext) -> Iterator[Remark]:
    """Yield the locks that keep nobody out, since only the call that makes them takes them."""
    for scope, made, name in _own(context, MUTEX_KINDS):
        what = f"`{name}`" if name else "this lock"
        yield Remark(
            node=made,
            message=f"{what} is made anew by each call of `{scope.name}` and taken by that call only: it keeps nobody out",
            advice="make it once, where all that have to wait for each other can reach it: in `__init__` as `self._lock`, or in the module",
            confidence=Confidence.HIGH,
            severity=Severity.WARNING,
        )


def local_limits(context: FileContext) -> Iterator[Remark]:
    """Yield the semaphores that limit nothing, since only the call that makes them enters them."""
    for scope, made, name in _own(context, LIMIT_KINDS):
        what = f"`{name}`" if name else "this semaphore"
        yield Remark(
            node=made,
            message=f"{what} is made anew by each call of `{scope.name}` and entered by that call only: it limits nothing",
            advice=f"make it once, before `{scope.name}` is started, and hand it to each call",
            confidence=Confidence.HIGH,
            severity=Severity.WARNING,
        )


def _own(context: FileContext, kinds: Collection[str]) -> Iterator[tuple[Scope, ast.Call, str]]:
    """Yield the locks of some kinds that a function makes and enters, and gives to nobody: the call that makes one, and its name."""
    words = {each.rpartition(".")[2] for each in kinds}
    for scope in context.functions():
        items = [item for each in scope.of(ast.With) for item in each.items]
        items += [item for each in scope.of(ast.AsyncWith) for item in each.items]
        told: set[str] = set()
        for item in items:
            lock = item.context_expr
            if isinstance(lock, ast.Call):
                if context.word(lock) in words and item.optional_vars is None and context.target(lock, scope) in kinds:
                    yield scope, lock, ""
            elif isinstance(lock, ast.Name) and lock.id not in told:
                told.add(lock.id)
                made = _made_here(context, scope, lock.id, kinds)
                if made is not None:
                    yield scope, made, lock.id


def _made_here(context: FileContext, scope: Scope, name: str, kinds: Collection[str]) -> ast.Call | None:
    """Return the call that makes a function's lock, where all that is done with that is to enter it; None for any other."""
    if scope.binder(name) is not scope:
        return None
    bindings = [each for each in scope.bindings.get(name, []) if each.kind is not BindingKind.ANNOTATED]
    made = bindings[0].value if len(bindings) == 1 and bindings[0].kind is BindingKind.ASSIGNED else None
    if not isinstance(made, ast.Call) or not isinstance(context.parent(made), (ast.Assign, ast.AnnAssign)):
        return None
    statement = context.parent(made)
    if isinstance(statement, ast.Assign) and (len(statement.targets) != 1 or not isinstance(statement.targets[0], ast.Name)):
        return None
    if any(name in inner.loads for child in scope.children for inner in child.walk()) or _has_locals(scope):
        return None
    uses = scope.loads.get(name, [])
    if not uses or not all(isinstance(context.parent(use), ast.withitem) for use in uses):
        return None
    return made if context.target(made, scope) in kinds else None


def _has_locals(scope: Scope) -> bool:
    return any(last_name(call) == "locals" for call in scope.of(ast.Call))
