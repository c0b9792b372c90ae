"""# CA702 global-event-loop

Code asks for, makes or sets the thread's global event loop by hand.

## What it does

Finds `asyncio.get_event_loop()`, loops that a function makes by `new_event_loop()` and does not close, `set_event_loop()` outside of a
thread that runs the loop itself, and the `loop=` argument that asyncio's functions no longer take.  Code that looks at the Python version
or catches the RuntimeError is left alone.

Most are told at severity warning.  `loop=` is an error, since it raises TypeError.  `get_event_loop()` in an async function, where it gives
the running loop, or in a function that does not run the loop itself, is told at severity info.

## Why is this bad

Outside of a coroutine `get_event_loop()` warns since Python 3.12 when there is no loop, and raises RuntimeError since 3.14.  A loop that
is made for each call and never closed keeps its selector and its sockets: file descriptors run out after some hundred calls.  A loop that
is set globally is found by code that was meant for another one.

## Example

```python
import asyncio


async def job():
    await asyncio.sleep(0.1)


def main():
    loop = asyncio.get_event_loop()
    loop.run_until_complete(job())
```

## Use instead

```python
import asyncio


async def job():
    await asyncio.sleep(0.1)


def main():
    asyncio.run(job())
```

In a coroutine: `asyncio.get_running_loop()`.  For several calls on one loop: `asyncio.Runner` (3.11).

## References

- [asyncio.get_event_loop](https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.get_event_loop)
- [asyncio.Runner](https://docs.python.org/3/library/asyncio-runner.html#asyncio.Runner)

## Related

none
"""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Edit, Finding, Fix, Severity
from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope, ScopeKind

_GET: Final = "asyncio.get_event_loop"
_NEW: Final = "asyncio.new_event_loop"
_SET: Final = "asyncio.set_event_loop"
_NAMES: Final = frozenset({"get_event_loop", "new_event_loop", "set_event_loop"})
_TAKERS: Final = frozenset(
    f"asyncio.{name}"
    for name in ("sleep", "wait", "wait_for", "gather", "shield", "as_completed", "Lock", "Event", "Condition", "Semaphore", "Queue")
)
"""Functions and classes whose `loop=` went with 3.10."""
_LOOP_GONE: Final = 10
_RUNNER: Final = 11
_FACTORY: Final = 12


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the places that handle the global event loop by hand."""
    for scope, call in context.calls():
        name = context.word(call)
        if name in _NAMES:
            path = context.target(call, scope)
            if path == _GET:
                yield from _gets(context, scope, call)
            elif path == _NEW:
                yield from _makes(context, scope, call)
            elif path == _SET:
                yield from _sets(context, scope, call)
        elif name == "set_event_loop_policy":
            yield from _replaces(context, scope, call)
        elif call.keywords and any(each.arg == "loop" for each in call.keywords):
            yield from _hands_on(context, scope, call)


def _gets(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Finding]:
    if _is_careful(context, call):
        return
    if _runs_on_a_loop(scope):
        place = context.location(call.func)
        word = "get_event_loop"
        edit = Edit(
            line=place.end_line,
            column=place.end_column - len(word),
            end_line=place.end_line,
            end_column=place.end_column,
            text="get_running_loop",
        )
        # The running loop cannot be run once more: there the call around this one has to change, not this one.
        can_mend = isinstance(call.func, ast.Attribute) and not _runs_it(scope)
        yield RULE.finding(
            context,
            call,
            f"`{context.text(call)}` is the older way to ask for the loop that runs the async function `{scope.name}`: "
            "outside of one it would ask for another loop",
            advice="await the coroutine itself: a loop that runs cannot be run again"
            if _runs_it(scope)
            else "use `asyncio.get_running_loop()`, which gives the same loop here",
            confidence=Confidence.HIGH,
            severity=Severity.INFO,
            fix=Fix(title="ask for the running loop", safe=True, edits=(edit,)) if can_mend else None,
        )
        return
    yield RULE.finding(
        context,
        call,
        f"`{context.text(call)}` where no loop need be running: it warns since Python 3.12 and raises RuntimeError since 3.14",
        advice="let `asyncio.run(…)` own the loop"
        if scope.kind is not ScopeKind.MODULE
        else "make it inside of a coroutine: `asyncio.get_running_loop()`",
        confidence=Confidence.HIGH if _runs_it(scope) or scope.kind is ScopeKind.MODULE else Confidence.MEDIUM,
        severity=None if _runs_it(scope) or scope.kind is ScopeKind.MODULE else Severity.INFO,
    )


def _makes(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Finding]:
    if (
        scope.kind is not ScopeKind.FUNCTION
        or _is_careful(context, call)
        or not _runs_it(scope)
        or _closes(scope)
        or _in_thread(context, scope)
    ):
        return
    yield RULE.finding(
        context,
        call,
        f"`{scope.name}` makes a new event loop for each call and never closes it: its selector and sockets stay open",
        advice=_runner(context),
        confidence=Confidence.HIGH,
    )


def _sets(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Finding]:
    if _is_ignored(context, scope, call):
        yield RULE.finding(
            context,
            call,
            "`asyncio.run()` below makes a loop of its own: the one that is set here is never used, and never closed",
            advice="write `asyncio.Runner(loop_factory=…)`, or leave it out" if context.python >= _RUNNER else "leave it out",
            confidence=Confidence.HIGH,
        )
        return
    if scope.kind is not ScopeKind.FUNCTION or _is_careful(context, call) or _in_thread(context, scope) or not _runs_it(scope):
        return
    given = call.args[0] if call.args else None
    if given is None or (isinstance(given, ast.Constant) and given.value is None) or _unsets(scope):
        return
    yield RULE.finding(
        context,
        call,
        f"`{scope.name}` sets the thread's global event loop and leaves it set: other code of the thread finds it",
        advice=_runner(context),
        confidence=Confidence.MEDIUM,
        severity=Severity.INFO if _closes(scope) else None,
    )


def _is_ignored(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    """Tell whether a loop is set in the same block as an `asyncio.run` that comes after it."""
    block = context.parent(context.statement(call))
    return any(
        each.lineno > call.lineno and context.word(each) == "run" and context.target(each, scope) == "asyncio.run"
        for each in scope.of(ast.Call)
        if context.parent(context.statement(each)) is block
    )


def _replaces(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Finding]:
    """Yield a policy that a module sets when it is imported."""
    if scope is not context.module or context.in_main_guard(call) or context.target(call, scope) != "asyncio.set_event_loop_policy":
        return
    yield RULE.finding(
        context,
        call,
        "importing this module replaces the event loop policy of the whole process; policies are deprecated since Python 3.14",
        advice="leave it to the program: `asyncio.run(main(), loop_factory=…)`"
        if context.python >= _FACTORY
        else "leave it to the program that starts the loop",
        confidence=Confidence.HIGH,
        severity=Severity.INFO if _is_careful(context, call) else None,
    )


def _hands_on(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Finding]:
    path = context.target(call, scope)
    if path not in _TAKERS or context.python < _LOOP_GONE or _is_careful(context, call):
        return
    yield RULE.finding(
        context,
        call,
        f"`{path}()` takes no `loop=` since Python 3.10: it raises TypeError",
        advice="leave `loop=` out: the running loop is used",
        confidence=Confidence.HIGH,
        severity=Severity.ERROR,
    )


def _runner(context: FileContext) -> str:
    if context.python >= _RUNNER:
        return "use `asyncio.run(…)`, or one `asyncio.Runner()` for several calls"
    return "use `asyncio.run(…)`"


def _runs_on_a_loop(scope: Scope) -> bool:
    return scope.is_async


def _runs_it(scope: Scope) -> bool:
    return any(last_name(each) in {"run_until_complete", "run_forever"} for each in scope.of(ast.Call))


def _closes(scope: Scope) -> bool:
    return any(isinstance(each.func, ast.Attribute) and each.func.attr in {"close", "callback", "push"} for each in scope.of(ast.Call))


def _unsets(scope: Scope) -> bool:
    return any(
        last_name(each) == "set_event_loop" and each.args and isinstance(each.args[0], ast.Constant) and each.args[0].value is None
        for each in scope.of(ast.Call)
    )


def _in_thread(context: FileContext, scope: Scope) -> bool:
    """Tell whether a function runs in a thread of its own, where a loop of its own is the way to do it."""
    if scope.name == "run" and scope.enclosing_class is not None:
        return True
    return bool(context.project.reach.running(context.full_name(scope)))


def _is_careful(context: FileContext, call: ast.Call) -> bool:
    """Tell whether the code catches what fails, or asks for the Python version, or defines a policy of its own."""
    for each in context.ancestors(call):
        if isinstance(each, ast.Try) and any("RuntimeError" in _caught(handler) for handler in each.handlers):
            return True
        if isinstance(each, ast.ExceptHandler) and "RuntimeError" in _caught(each):
            return True
        if isinstance(each, ast.If) and any(
            isinstance(node, ast.Attribute) and node.attr in {"version_info", "platform"} for node in ast.walk(each.test)
        ):
            return True
    return False


def _caught(handler: ast.ExceptHandler) -> set[str]:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return {last_name(each) if each is not None else "RuntimeError" for each in kinds}


RULE: Final = Rule(
    code="CA702",
    name="global-event-loop",
    pitfall="P15",
    topic="global-event-loop",
    summary="The thread's global event loop is handled by hand.",
    severity=Severity.WARNING,
    check=check,
)
