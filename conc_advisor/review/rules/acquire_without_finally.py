"""# CA504 acquire-without-finally

A lock is acquired and released by two calls, and an exception between them leaves it locked.

## What it does

Finds `acquire()` whose `release()` stands in the same function and not in a `finally`, with calls in between that may raise; also where
the `finally` stands in one branch only, or a `return` comes before it.  Found are context managers that release after a `yield` without
`finally`, and, as a hint (info), those that only there take something else back.  Locks are known by their type, or by their name where
the type is not known (`redis_lock`).  Left alone are locks that are released by another function (a semaphore also where this one releases
it too), in handlers of exceptions, or before they are taken.  A lock of threads that is held across an `await` is told as that only: it
has to become another lock, not to be entered by `with`.

## Why is this bad

Any exception between the two, a `KeyError` in one odd row or a cancellation at an `await`, skips the `release()`.  The next thread that
wants the lock waits for ever, then the next: the process still answers its health check and does nothing.

## Example

```python
import threading

_lock = threading.Lock()
_rows = []


def store(raw):
    _lock.acquire()
    _rows.append(int(raw["id"]))
    _lock.release()
```

## Use instead

```python
import threading

_lock = threading.Lock()
_rows = []


def store(raw):
    with _lock:
        _rows.append(int(raw["id"]))
```

## References

- [Using locks, conditions, and semaphores in the with statement](https://docs.python.org/3/library/threading.html#with-locks)

## Related

pylint `R1732`
"""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Edit, Finding, Fix, Severity
from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.knowledge.locks import ASYNC_LOCKS, THREAD_LOCKS, is_lock_name
from conc_advisor.review.observations.sharing.lock_paths import missed
from conc_advisor.review.observations.sharing.locked import acquires, lock_name
from conc_advisor.review.observations.sharing.undone import unprotected_return
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope

_RISKY: Final = (ast.Call, ast.Subscript, ast.Await, ast.Raise, ast.Yield, ast.YieldFrom, ast.For, ast.AsyncFor, ast.Assert)
_QUIET_CALLS: Final = frozenset(
    {"release", "acquire", "locked", "monotonic", "time", "perf_counter", "append", "len", "set", "clear", "notify", "notify_all"}
)
"""Calls that do not raise on what they are commonly given."""
_SEMAPHORES: Final = tuple(
    f"{library}.{kind}" for library in ("threading", "asyncio", "multiprocessing") for kind in ("Semaphore", "BoundedSemaphore")
)
_ENTERING: Final = frozenset({"__enter__", "__aenter__", "__exit__", "__aexit__", "acquire", "release", "lock", "unlock", "__del__"})
"""Methods whose work it is to take or give back a lock."""


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the calls of `acquire` after which an exception leaves the lock locked."""
    for scope in context.functions():
        if scope.name in _ENTERING:
            continue
        yield from _manager(context, scope)
        told: set[int] = set()
        for call in acquires(scope):
            lock = _lock(context, call)
            if lock is not None:
                yield from _look(context, scope, call, lock, told)


def _lock(context: FileContext, call: ast.Call) -> ast.expr | None:
    """Return the lock that a call takes, by the name that it has afterwards: `self.lock` in `self.lock = Lock(path).acquire()`."""
    lock = call.func.value if isinstance(call.func, ast.Attribute) else None
    if isinstance(lock, ast.Call):
        parent = context.parent(call)
        made = isinstance(parent, ast.Assign) and parent.value is call and len(parent.targets) == 1
        return parent.targets[0] if made and isinstance(parent, ast.Assign) else None
    # The method of a class (`Lock.acquire(self)`) is called to build another one.
    return lock if not lock_name(lock or call)[:1].isupper() else None


def _look(context: FileContext, scope: Scope, call: ast.Call, lock: ast.expr, told: set[int]) -> Iterator[Finding]:
    releases = _releases(scope, lock)
    after = [each for each in releases if each.lineno > call.lineno]
    if not after or len(after) < len(releases) or not _is_lock(context, lock, scope) or _is_within(context, call):
        return
    if _counts_for_others(context, scope, lock):
        return
    last = max(after, key=lambda each: each.lineno)
    way = missed(context, call, after) if last.lineno not in told and "sem" not in lock_name(lock).lower() else ""
    if way:
        told.add(last.lineno)
        yield _missed(context, scope, call, lock, way)
        return
    if last.lineno in told or any(_is_kept(context, each) for each in after) or not _may_raise(context, scope, call, last):
        return
    if "sem" in lock_name(lock).lower() and context.loop_around(call) is not None:
        # A semaphore counts: what is taken in a loop is commonly given back by another thread.
        return
    told.add(last.lineno)
    known = context.is_a(lock, *THREAD_LOCKS, *ASYNC_LOCKS, scope=scope)
    name = context.text(lock)
    word = "async with" if context.is_awaited(call) else "with"
    across = _is_held_across_await(context, scope, call, last)
    instead = f"; or write `{word} {name}:` around them" if not (call.args or call.keywords) else ""
    if across:
        instead = f"; better make `{name}` an `asyncio.Lock` and write `async with {name}:`, since it is held across an await"
    yield RULE.finding(
        context,
        call,
        f"`{name}` is released on line {last.lineno} only if nothing in between raises: after an exception it stays locked for ever",
        advice=f"put the lines up to {last.lineno} into a `try`, and `{name}.release()` into its `finally`{instead}",
        confidence=Confidence.HIGH if known else Confidence.MEDIUM,
        fix=_with(context, call, after, word, name) if known and not across else None,
    )


def _is_held_across_await(context: FileContext, scope: Scope, acquire: ast.Call, release: ast.Call) -> bool:
    """Tell whether a lock that blocks its thread is held while a coroutine awaits: no way of releasing it makes that right."""
    if not scope.is_async or context.is_awaited(acquire):
        return False
    return any(acquire.lineno <= each.lineno <= release.lineno for each in scope.of(ast.Await))


def _missed(context: FileContext, scope: Scope, call: ast.Call, lock: ast.expr, way: str) -> Finding:
    name = context.text(lock)
    known = context.is_a(lock, *THREAD_LOCKS, *ASYNC_LOCKS, scope=scope)
    return RULE.finding(
        context,
        call,
        f"`{name}` is acquired and not released on {way}: it stays locked for ever, and the next that wants it waits as long",
        advice=f"put what follows into `{'async with' if context.is_awaited(call) else 'with'} {name}:`, which releases it on every way",
        confidence=Confidence.HIGH if known else Confidence.MEDIUM,
    )


def _manager(context: FileContext, scope: Scope) -> Iterator[Finding]:
    """Yield what a context manager takes back only if the block that uses it does not raise."""
    found = unprotected_return(context, scope) if scope.of(ast.Yield) else None
    if found is None:
        return
    given, back, text = found
    lock = last_name(back) == "release" and isinstance(back, ast.Call)
    if lock and any(True for _ in acquires(scope)):
        # It is told where it is acquired.
        return
    yield RULE.finding(
        context,
        given,
        f"`{text}` on line {getattr(back, 'lineno', 0)} runs only if the block that uses `{scope.name}()` does not raise",
        advice="put the `yield` into a `try`, and what comes after it into its `finally`",
        confidence=Confidence.HIGH if lock else Confidence.MEDIUM,
        severity=Severity.WARNING if lock else Severity.INFO,
    )


def _counts_for_others(context: FileContext, scope: Scope, lock: ast.expr) -> bool:
    """Tell whether a lock is a semaphore that another function of the file gives back, when the work is done that it was taken for."""
    if not context.is_a(lock, *_SEMAPHORES, scope=scope):
        return False
    name = lock_name(lock)
    return any(
        place is not scope and isinstance(call.func, ast.Attribute) and call.func.attr == "release" and lock_name(call.func.value) == name
        for place, call in context.calls()
    )


def _releases(scope: Scope, lock: ast.expr) -> list[ast.Call]:
    text = _dump(lock)
    return [
        each
        for each in scope.of(ast.Call)
        if isinstance(each.func, ast.Attribute) and each.func.attr == "release" and _dump(each.func.value) == text
    ]


def _dump(node: ast.expr) -> str:
    return ast.dump(node).replace("Store()", "Load()")


def _is_lock(context: FileContext, lock: ast.expr, scope: Scope) -> bool:
    path = context.path(lock, scope)
    if context.project.is_a(path, *THREAD_LOCKS, *ASYNC_LOCKS):
        return True
    # A name says nothing against a type: GIL guards, buffers and file handles have `acquire` and `release`, too.
    return is_lock_name(lock_name(lock)) or path.endswith("Lock()")


def _is_kept(context: FileContext, release: ast.Call) -> bool:
    """Tell whether a release stands where exceptions come by: in a `finally` or a handler."""
    child: ast.AST = release
    for each in context.ancestors(release):
        if isinstance(each, ast.ExceptHandler) or (isinstance(each, (ast.Try, ast.TryStar)) and child in each.finalbody):
            return True
        child = each
    return False


def _is_within(context: FileContext, acquire: ast.Call) -> bool:
    """Tell whether an acquire itself stands in a `finally`, that takes a lock back which was let go."""
    child: ast.AST = acquire
    for each in context.ancestors(acquire):
        if isinstance(each, (ast.Try, ast.TryStar)) and child in each.finalbody:
            return True
        child = each
    return False


def _may_raise(context: FileContext, scope: Scope, acquire: ast.Call, release: ast.Call) -> bool:
    """Tell whether anything that commonly raises stands between two calls."""
    begin, end = acquire.end_lineno or acquire.lineno, release.lineno
    for kind in _RISKY:
        for node in scope.of(kind):
            if not begin < getattr(node, "lineno", 0) <= end or node is release or context.parent(release) is node:
                continue
            if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
                continue
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _QUIET_CALLS and not _nested(node):
                continue
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _QUIET_CALLS:
                continue
            return True
    return False


def _nested(call: ast.Call) -> bool:
    return any(isinstance(each, (ast.Call, ast.Subscript)) for given in call.args for each in ast.walk(given))


def _with(context: FileContext, acquire: ast.Call, after: list[ast.Call], word: str, name: str) -> Fix | None:
    """Return the rewrite to a `with` block, where both calls are statements of one block and the lines between can be moved in."""
    begin, end = context.statement(acquire), context.statement(after[0])
    around = context.parent(begin)
    if around is None or len(after) != 1 or acquire.args or acquire.keywords or context.parent(end) is not around:
        return None
    if not (isinstance(begin, ast.Expr) and isinstance(end, ast.Expr)) or _value(begin) is not acquire or end.value is not after[0]:
        return None
    body = next((block for _, block in ast.iter_fields(around) if isinstance(block, list) and begin in block and end in block), None)
    inside = body[body.index(begin) + 1 : body.index(end)] if body is not None else []
    if not inside or not _movable(context, begin, end, inside):
        return None
    indent = context.parsed.lines[begin.lineno - 1][: begin.col_offset]
    step = "\t" if indent.startswith("\t") else "    "
    lines = range(begin.lineno + 1, end.lineno)
    moved = [Edit(line=each, column=1, end_line=each, end_column=1, text=step) for each in lines if context.parsed.lines[each - 1].strip()]
    head = Edit(
        line=begin.lineno,
        column=begin.col_offset + 1,
        end_line=begin.lineno,
        end_column=len(context.parsed.lines[begin.lineno - 1]) + 1,
        text=f"{word} {name}:",
    )
    previous = end.lineno - 1
    tail = Edit(
        line=previous,
        column=len(context.parsed.lines[previous - 1]) + 1,
        end_line=end.lineno,
        end_column=len(context.parsed.lines[end.lineno - 1]) + 1,
        text="",
    )
    return Fix(title=f"Hold `{name}` by `{word}`", safe=True, edits=(head, *moved, tail))


def _value(statement: ast.Expr) -> ast.expr:
    return statement.value.value if isinstance(statement.value, ast.Await) else statement.value


def _movable(context: FileContext, begin: ast.stmt, end: ast.stmt, inside: list[ast.stmt]) -> bool:
    """Tell whether lines can be moved by an indentation: each is the begin of nothing but code, and both calls stand alone on theirs."""
    lines = context.parsed.lines
    alone = all(
        each.lineno == each.end_lineno
        and lines[each.lineno - 1].isascii()
        and not lines[each.lineno - 1][: each.col_offset].strip()
        and not lines[each.lineno - 1][each.end_col_offset or 0 :].strip()
        for each in (begin, end)
    )
    texts = (each for statement in inside for each in ast.walk(statement) if isinstance(each, (ast.Constant, ast.JoinedStr)))
    return alone and all(getattr(each, "lineno", 0) == getattr(each, "end_lineno", 0) for each in texts)


RULE: Final = Rule(
    code="CA504",
    name="acquire-without-finally",
    pitfall="P20",
    topic="lock-across-await",
    summary="A lock is released only if nothing raises between `acquire()` and `release()`.",
    severity=Severity.WARNING,
    check=check,
    also=("pylint R1732",),
    template="thread-locks",
)
