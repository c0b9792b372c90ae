"""# CA506 thread-local-in-coroutine

A coroutine keeps its own state in a `threading.local()`, which all coroutines of the thread share.

## What it does

Finds attributes of a `threading.local()` that a coroutine writes, and where coroutines of the same file read them; a plain function that
writes them counts as the coroutine that calls it.  What only plain functions use, or what is set and used without an `await` in the
coroutine, is left alone, and so is what holds one thing for each thread, such as a connection that is made once.  As a hint (info) it names
attributes and globals that are saved, set for the time of an await or of a `with` block, and put back: meanwhile they are everybody's.

## Why is this bad

All coroutines of an event loop run in one thread.  At an `await` another request runs, sets its own user in the same attribute, and when
the first one goes on it acts for the wrong user.  With one request at a time nothing is wrong; under load data of one request ends up in
another.

## Example

```python
import asyncio
import threading

_context = threading.local()


async def audit(action):
    await asyncio.sleep(0.01)
    return f"{_context.user}: {action}"


async def handle(user, action):
    _context.user = user
    return await audit(action)
```

## Use instead

```python
import asyncio
from contextvars import ContextVar

_user: ContextVar[str] = ContextVar("user")


async def audit(action):
    await asyncio.sleep(0.01)
    return f"{_user.get()}: {action}"


async def handle(user, action):
    token = _user.set(user)
    try:
        return await audit(action)
    finally:
        _user.reset(token)
```

## References

- [contextvars](https://docs.python.org/3/library/contextvars.html)

## Related

`context-lost`, for context variables that do not reach a thread
"""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.observations.sharing.locked import is_locked
from conc_advisor.review.observations.sharing.saved_states import saved_states
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope

_LOCAL: Final = "threading.local"


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the coroutines of a file that keep their state in a thread's variable."""
    concurrent = any(scope.is_async for scope in context.scopes())
    if concurrent or _knows_threads(context):
        for scope in context.functions():
            yield from _saved(context, scope)
    if not concurrent or not _knows_locals(context):
        return
    uses = {scope: list(_uses(context, scope)) for scope in context.functions()}
    written: set[str] = set()
    for scope, accesses in uses.items():
        if scope.is_async and _switches(scope):
            written.update(context.text(each) for each in accesses if isinstance(each.ctx, ast.Store) and not _is_made_once(context, each))
    setters = {
        context.full_name(scope): scope for scope, accesses in uses.items() if not scope.is_async and _sets_parameter(scope, accesses)
    }
    for scope, accesses in uses.items():
        if scope.is_async and _switches(scope):
            yield from _accesses(context, scope, accesses, written)
            yield from _calls(context, scope, setters)


def _knows_threads(context: FileContext) -> bool:
    own = context.project.modules.get(context.parsed.name)
    return own is not None and any(each.startswith(("threading", "concurrent")) for each in own.names.values())


def _saved(context: FileContext, scope: Scope) -> Iterator[Finding]:
    """Yield the hints for state of one call that is kept where all calls see it, until it is put back."""
    if not scope.of(ast.Try):
        return
    for change, _, line in saved_states(context, scope):
        if is_locked(context, change, scope):
            continue
        name = context.text(change.targets[0])
        others = "tasks" if scope.is_async else "threads"
        yield RULE.finding(
            context,
            change,
            f"`{name}` is set for what runs at line {line} and put back after it: other {others} see it meanwhile, "
            "and two at once put back each other's value",
            advice=f"keep it in a `ContextVar`: `token = {last_name(change.targets[0])}.set(…)`, and `reset(token)` in the `finally`",
            confidence=Confidence.LOW,
            severity=Severity.INFO,
        )


def _knows_locals(context: FileContext) -> bool:
    """Tell whether a file has, or imports, anything that may be a thread's variable."""
    own = context.project.modules.get(context.parsed.name)
    if own is None or any(_LOCAL in path for path in own.variables.values()):
        return True
    if any("Local" in name or "local" in name or name == "threading" for name in own.names):
        return True
    return any(context.project.is_a(context.project.canonical(path), _LOCAL) for path in own.names.values())


def _uses(context: FileContext, scope: Scope) -> Iterator[ast.Attribute]:
    """Yield the attributes of threads' variables that a function uses, each as often as it stands there."""
    for name, loads in scope.loads.items():
        for load in loads:
            node: ast.AST = load
            parent = context.parent(node)
            while isinstance(parent, ast.Attribute):
                if name and context.is_a(parent.value, _LOCAL, scope=scope):
                    yield parent
                    break
                parent = context.parent(parent)


def _switches(scope: Scope) -> bool:
    return bool(scope.of(ast.Await) or scope.of(ast.AsyncFor) or scope.of(ast.AsyncWith))


def _is_made_once(context: FileContext, node: ast.Attribute) -> bool:
    """Tell whether an attribute is given its value only where it has none: one thing for each thread."""
    name = node.attr
    for each in context.ancestors(node):
        if isinstance(each, ast.If) and any(_mentions(part, name) for part in ast.walk(each.test)):
            return True
        if isinstance(each, ast.ExceptHandler) and isinstance(each.type, ast.Name) and each.type.id == "AttributeError":
            return True
    return False


def _mentions(node: ast.AST, name: str) -> bool:
    return (isinstance(node, ast.Attribute) and node.attr == name) or (isinstance(node, ast.Constant) and node.value == name)


def _sets_parameter(scope: Scope, accesses: list[ast.Attribute]) -> bool:
    """Tell whether a plain function stores what it is given: it does for its caller what the caller could write itself."""
    node = scope.node
    if not isinstance(node, ast.FunctionDef):
        return False
    names = {each.arg for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)}
    stored = {each for each in accesses if isinstance(each.ctx, ast.Store)}
    return any(
        any(target in stored for target in each.targets) and isinstance(each.value, ast.Name) and each.value.id in names
        for each in scope.of(ast.Assign)
    )


def _accesses(context: FileContext, scope: Scope, accesses: list[ast.Attribute], written: set[str]) -> Iterator[Finding]:
    told: set[str] = set()
    for node in sorted(accesses, key=lambda each: (each.lineno, each.col_offset)):
        name = context.text(node)
        if name in told or name not in written:
            continue
        told.add(name)
        if name.startswith(("self.", "cls.")) and not isinstance(node.ctx, ast.Store):
            # Of an object's own variable the writes are enough to tell.
            continue
        does = "writes" if isinstance(node.ctx, ast.Store) else "reads"
        yield RULE.finding(
            context,
            node,
            f"`{scope.name}()` {does} `{name}`, which all coroutines of the thread share: another request can change it at any await",
            advice=f'keep it in a `ContextVar`: `{node.attr} = ContextVar("{node.attr}")`, `{node.attr}.set(…)`, `{node.attr}.get()`',
            confidence=Confidence.HIGH,
        )


def _calls(context: FileContext, scope: Scope, setters: dict[str, Scope]) -> Iterator[Finding]:
    if not setters:
        return
    for call in scope.of(ast.Call):
        setter = setters.get(context.target(call, scope))
        if setter is not None:
            yield RULE.finding(
                context,
                call,
                f"`{context.text(call.func)}()` writes a variable of the thread, which all coroutines of the thread share: "
                "another request can change it at any await",
                advice=f"let `{setter.name}()` set a `ContextVar`, which each task has for itself",
                confidence=Confidence.MEDIUM,
            )


RULE: Final = Rule(
    code="CA506",
    name="thread-local-in-coroutine",
    pitfall="P27",
    topic="thread-locals-and-contextvars",
    summary="A coroutine keeps its own state in a `threading.local()`.",
    severity=Severity.WARNING,
    check=check,
    template="thread-local-resources",
)
