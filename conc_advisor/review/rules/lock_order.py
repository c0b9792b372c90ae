"""# CA502 lock-order

Two locks are taken in one order here and in the other order elsewhere, or a lock is taken again by the thread that holds it.

## What it does

Follows which lock is taken while which other is held, through calls of plain functions and over all files.  Reported are every place of a
circle of locks, and every place where a lock that is not reentrant is taken again by its holder: directly, or through the object's own
methods; of asyncio's locks only the latter, through methods that are awaited.  Found are also the ways back to a lock that no call shows:
own properties that take it; registered handlers and callbacks that run while it is held; finalizers, and handlers of signals, that take a
lock which other code holds when they come; and an asyncio semaphore that is handed on to what enters it again.  A lock is the attribute
of a class or a variable of a module; locks in containers, in local variables, and two objects of the same class are not told apart and so
not looked at.  Not reported are attempts with a timeout, and orders that a third lock around both keeps apart.

## Why is this bad

A thread that holds the first lock and waits for the second meets one that holds the second and waits for the first: both wait for ever,
and soon everything that needs either lock waits behind them.  It takes two threads in the same microseconds, so tests pass and the
process hangs under load, without an error.  A lock taken again by its holder needs no second thread: it hangs the first time it runs.

## Example

```python
import threading

accounts_lock = threading.Lock()
audit_lock = threading.Lock()


def transfer(accounts, source, target, amount, audit):
    with accounts_lock:
        accounts[source] -= amount
        accounts[target] += amount
        with audit_lock:
            audit.append((source, target, amount))


def export(accounts, audit):
    with audit_lock:
        with accounts_lock:
            return list(audit), dict(accounts)
```

## Use instead

```python
import threading

accounts_lock = threading.Lock()
audit_lock = threading.Lock()


def transfer(accounts, source, target, amount, audit):
    with accounts_lock:
        accounts[source] -= amount
        accounts[target] += amount
        with audit_lock:
            audit.append((source, target, amount))


def export(accounts, audit):
    with accounts_lock, audit_lock:
        return list(audit), dict(accounts)
```

## References

- [threading.Lock](https://docs.python.org/3/library/threading.html#lock-objects)
- [threading.RLock](https://docs.python.org/3/library/threading.html#rlock-objects)

## Related

No other analyser looks for it.  CA503 tells of locks whose holder waits for something else, CA504 of those that an exception leaves locked.
"""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity, Step
from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.knowledge.locks import REENTRANT
from conc_advisor.review.observations.sharing.lock_waits import is_others_code
from conc_advisor.review.observations.sharing.locked import is_mutex, lock_name
from conc_advisor.review.observations.sharing.reentries import handed_on, interrupting, locking_properties
from conc_advisor.review.project.locks import Edge, Taken
from conc_advisor.review.project.project import Project
from conc_advisor.review.project.summaries import FunctionSummary
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope
from conc_advisor.review.symbols.summary import is_own

_ASYNC_LOCK: Final = "asyncio.Lock"
_MOST_METHODS: Final = 20
"""How many methods are looked at behind one call."""


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the places of a file where a lock is taken against the order of others, or by its own holder."""
    for scope, taken, by in interrupting(context):
        place = _at(scope, taken.line, taken.column)
        if place is not None:
            yield _interrupted(context, scope, place, taken, by)
    for scope in context.functions():
        if scope.is_async:
            yield from (_on(context, call, lock) for call, lock in handed_on(context, scope))
        if scope.of(ast.AsyncWith):
            yield from _again_async(context, scope)
        # A lock that is held stands in a `with` of the function.
        for block in scope.of(ast.With):
            yield from _by_others(context, scope, block)
        if scope.of(ast.With):
            yield from _edges(context, scope)


def _edges(context: FileContext, scope: Scope) -> Iterator[Finding]:
    """Yield where a function takes a lock while it holds the same one, or another against the order of others."""
    function = context.summary(scope)
    if function is None or not (function.acquisitions or function.calls):
        return
    locks = context.project.locks
    told: set[tuple[int, int]] = set()
    for edge in locks.again(function):
        node = _node(scope, edge)
        if node is not None and (edge.taken.line, edge.taken.column) not in told and _is_same(context, scope, node, edge):
            told.add((edge.taken.line, edge.taken.column))
            yield _again(context, node, edge)
    for edge, back in locks.reversed(function):
        node = _node(scope, edge)
        if node is not None and (edge.taken.line, edge.taken.column) not in told:
            told.add((edge.taken.line, edge.taken.column))
            yield _reversed(context, node, edge, back)


def _interrupted(context: FileContext, scope: Scope, node: ast.expr, taken: Taken, by: str) -> Finding:
    lock = _last(taken.lock)
    return RULE.finding(
        context,
        node,
        f"`{scope.name}()` takes `{lock}`, and {by} can run it in the thread that holds `{lock}` already: "
        "that thread waits for itself for ever",
        advice=f"make `{lock}` a `threading.RLock`, or let `{scope.name}()` only note what is to be done, in a `queue.SimpleQueue`",
        confidence=Confidence.MEDIUM,
        severity=Severity.WARNING,
    )


def _on(context: FileContext, call: ast.Call, lock: str) -> Finding:
    return RULE.finding(
        context,
        call,
        f"`{lock}` is handed on by one that holds it, and entered again there: when all its places are held by such, all wait for ever",
        advice=f"make one semaphore for the outer work and another for the inner, or enter `{lock}` in one of both only",
        confidence=Confidence.MEDIUM,
        severity=Severity.WARNING,
    )


def _by_others(context: FileContext, scope: Scope, block: ast.With) -> Iterator[Finding]:
    """Yield what may come back to a lock that is held: own properties that take it, and others' code."""
    for node, lock in locking_properties(context, scope, block):
        yield RULE.finding(
            context,
            node,
            f"the property `{node.attr}` takes `{_last(lock)}`, which is held here and not reentrant: the thread waits for itself for ever",
            advice=f"read what `{node.attr}` gives without taking `{_last(lock)}`, or read it before `with`",
            confidence=Confidence.HIGH,
        )
    mutex = next((each.context_expr for each in block.items if is_mutex(context, each.context_expr, scope)), None)
    if mutex is None or context.is_a(mutex, *REENTRANT, scope=scope):
        return
    name = context.text(mutex)
    for call in scope.of(ast.Call):
        inside = (block.end_lineno or 0) >= call.lineno > block.lineno
        if inside and is_others_code(context, scope, call) and not _let_go(scope, block, call, lock_name(mutex)):
            yield RULE.finding(
                context,
                call,
                f"`{context.text(call.func)}()` runs others' code while `{name}` is held, which is not reentrant: "
                f"if that comes back to what takes `{name}`, the thread waits for itself for ever",
                advice=f"copy what has to be called under `{name}`, and call it outside",
                confidence=Confidence.MEDIUM,
                severity=Severity.WARNING,
            )


def _again_async(context: FileContext, scope: Scope) -> Iterator[Finding]:
    """Yield the awaited methods of the same object that enter the asyncio lock which the coroutine holds."""
    for call in scope.of(ast.Call) if scope.is_async else ():
        if not (context.is_awaited(call) and isinstance(call.func, ast.Attribute) and is_own(call.func.value, scope)):
            continue
        called = context.callee(call, scope)
        if called is None or not called.is_async:
            continue
        for lock in _held_async(context, scope, call):
            if _enters(context.project, called, lock):
                yield RULE.finding(
                    context,
                    call,
                    f"`{_last(called.name)}()` enters `{lock}`, which is held here, and no asyncio lock is reentrant: "
                    "the task waits for itself for ever",
                    advice=f"await `{_last(called.name)}()` outside of `async with …{lock}`, or move its work into one that expects it",
                    confidence=Confidence.HIGH,
                )
                break


def _held_async(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[str]:
    """Yield the attributes of the own object that hold the asyncio locks around a call."""
    for each in context.ancestors(call):
        for item in each.items if isinstance(each, ast.AsyncWith) else ():
            held = item.context_expr
            if isinstance(held, ast.Attribute) and is_own(held.value, scope) and context.is_a(held, _ASYNC_LOCK, scope=scope):
                yield held.attr


def _enters(project: Project, function: FunctionSummary, lock: str) -> bool:
    """Tell whether an async method enters a lock of its object, itself or through its own methods that it awaits in any case."""
    waiting, seen = [function], {function.name}
    while waiting and len(seen) < _MOST_METHODS:
        current = waiting.pop()
        if any(
            _last(each) == lock and f".{lock}" in each and project.is_a(project.canonical(each), _ASYNC_LOCK) for each in current.entered
        ):
            return True
        for site, path in project.reach.calls(current):
            called = project.functions.get(path)
            if site.own and site.awaited and not site.conditional and called is not None and called.name not in seen:
                seen.add(called.name)
                waiting.append(called)
    return False


def _node(scope: Scope, edge: Edge) -> ast.expr | None:
    """Return the call, or the expression of a `with`, at which an edge stands."""
    return _at(scope, edge.taken.line, edge.taken.column)


def _at(scope: Scope, line: int, column: int) -> ast.expr | None:
    place = (line, column)
    for node in scope.of(ast.With):
        for item in node.items:
            if (item.context_expr.lineno, item.context_expr.col_offset) == place:
                return item.context_expr
    return next((call for call in scope.of(ast.Call) if (call.lineno, call.col_offset) == place), None)


def _is_same(context: FileContext, scope: Scope, node: ast.expr, edge: Edge) -> bool:
    """Tell whether the lock that is held is the same object as the one that is taken, and is taken whatever the call is told."""
    if isinstance(node, ast.Call) and any("lock" in (each.arg or "") for each in node.keywords):
        return False
    if context.project.locks.is_module_lock(edge.held):
        return True
    name = _last(edge.held)
    for each in context.ancestors(node):
        if isinstance(each, ast.With):
            for item in each.items:
                held = item.context_expr
                if held is not node and isinstance(held, ast.Attribute) and held.attr == name and is_own(held.value, scope):
                    return not _let_go(scope, each, node, name)
    return False


def _let_go(scope: Scope, block: ast.With, node: ast.expr, name: str) -> bool:
    """Tell whether a lock is released between the begin of its block and a node."""
    return any(
        last_name(call) == "release"
        and isinstance(call.func, ast.Attribute)
        and last_name(call.func.value) == name
        and block.lineno <= call.lineno <= node.lineno
        for call in scope.of(ast.Call)
    )


def _again(context: FileContext, node: ast.expr, edge: Edge) -> Finding:
    lock, through = _last(edge.held), edge.taken.through
    if through is None:
        return RULE.finding(
            context,
            node,
            f"`{lock}` is taken again by the thread that holds it, and it is not reentrant: the thread waits for itself for ever",
            advice=f"take `{lock}` once, or make it a `threading.RLock`",
            confidence=Confidence.HIGH,
        )
    called = _last(through.name)
    return RULE.finding(
        context,
        node,
        f"`{called}()` takes `{lock}`, which is held here and not reentrant: the thread waits for itself for ever",
        advice=f"call `{called}()` outside of `with …{lock}`, or move its work into a method that expects `{lock}` to be held",
        confidence=Confidence.HIGH,
        steps=context.project.locks.steps(edge),
    )


def _reversed(context: FileContext, node: ast.expr, edge: Edge, back: tuple[Edge, ...]) -> Finding:
    locks = context.project.locks
    held, taken, other = _last(edge.held), _last(edge.taken.lock), back[0]
    where = f"`{_last(other.function.name)}()`"
    steps: list[Step] = [*locks.steps(edge)]
    for each in back:
        steps.extend(locks.steps(each))
    return RULE.finding(
        context,
        node,
        f"`{taken}` is taken while `{held}` is held; {where} takes "
        + (
            f"`{held}` while it holds `{taken}`"
            if len(back) == 1
            else f"`{_last(other.taken.lock)}` while it holds `{taken}`, and so on round"
        )
        + ": two threads can each hold one and wait for the other for ever",
        advice=f"take both in one order everywhere, for example `{held}` before `{taken}`; or keep one lock for both",
        confidence=Confidence.HIGH if all(each.taken.same for each in (edge, *back)) else Confidence.MEDIUM,
        severity=Severity.ERROR if all(each.taken.same for each in (edge, *back)) else Severity.WARNING,
        steps=tuple(steps),
    )


def _last(name: str) -> str:
    return name.rpartition(".")[2]


RULE: Final = Rule(
    code="CA502",
    name="lock-order",
    pitfall="P08",
    topic="lock-order",
    summary="Locks are taken in inconsistent order, or one is taken again by its holder.",
    severity=Severity.ERROR,
    check=check,
    template="thread-locks",
)
