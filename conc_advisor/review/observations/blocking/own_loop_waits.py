"""Finds waits for a coroutine that needs the very event loop that the wait blocks."""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.context import FileContext, argument, last_name
from conc_advisor.review.symbols.scopes import BindingKind, Scope
from conc_advisor.review.wording.remark import Remark

_STARTING: Final = "run_coroutine_threadsafe"
_RUNNING: Final = frozenset({"get_running_loop", "get_event_loop"})


def own_loop_waits(context: FileContext) -> Iterator[Remark]:
    """Yield the calls in coroutines of plain functions of the file that wait for a coroutine of the running loop."""
    waiting = {context.full_name(scope): (scope, call) for scope, call in _waits(context) if not scope.is_async}
    if not waiting:
        return
    names = {scope.name for scope, _ in waiting.values()}
    for scope in context.coroutines():
        for call in scope.of(ast.Call):
            found = waiting.get(context.target(call, scope)) if last_name(call) in names else None
            if found is not None:
                helper, wait = found
                yield Remark(
                    node=call,
                    message=f"`{context.text(call.func)}()` waits for a coroutine of the loop that runs `{scope.name}`, and that loop "
                    "stands still meanwhile: neither ever goes on",
                    advice=f"await the coroutine in `{scope.name}`; `{helper.name}` is for other threads only",
                    confidence=Confidence.HIGH if _is_sure(context, helper, wait) else Confidence.MEDIUM,
                    severity=Severity.ERROR,
                    steps=(context.step(wait, f"{helper.name}() waits here"),),
                )


def waits_for_own_loop(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    """Tell whether a call in a coroutine waits without a limit for work that it gave to the loop that runs it."""
    loop = _loop_of(context, scope, call)
    return loop is not None and _is_running(context, scope, loop)


def _waits(context: FileContext) -> Iterator[tuple[Scope, ast.Call]]:
    for scope, call in context.calls():
        if last_name(call) == "result" and scope.is_function and waits_for_own_loop(context, scope, call):
            yield scope, call


def _is_sure(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    loop = _loop_of(context, scope, call)
    return isinstance(loop, ast.Call) and last_name(loop) == "get_running_loop"


def _loop_of(context: FileContext, scope: Scope, call: ast.Call) -> ast.expr | None:
    """Return the loop to which the work is given whose result a call waits for; None for any other wait, or one with a limit."""
    if call.args or call.keywords or not isinstance(call.func, ast.Attribute) or call.func.attr != "result":
        return None
    future: ast.AST | None = call.func.value
    if isinstance(future, ast.Name) and scope.binder(future.id) is scope:
        future = _only_value(scope, future.id)
    if not isinstance(future, ast.Call) or last_name(future) != _STARTING or context.target(future, scope) != f"asyncio.{_STARTING}":
        return None
    return argument(future, "loop", 1)


def _only_value(scope: Scope, name: str) -> ast.AST | None:
    known = [each for each in scope.bindings.get(name, []) if each.kind is not BindingKind.ANNOTATED]
    return known[0].value if len(known) == 1 and known[0].kind is BindingKind.ASSIGNED else None


def _is_running(context: FileContext, scope: Scope, loop: ast.AST | None) -> bool:
    """Tell whether a loop is the one that runs, or ran, where it was asked for."""
    match loop:
        case ast.Call():
            return last_name(loop) in _RUNNING and context.path(loop.func, scope).startswith("asyncio.")
        case ast.Name():
            binder = scope.binder(loop.id)
            return binder is scope and isinstance(made := _only_value(scope, loop.id), ast.Call) and _is_running(context, scope, made)
        case ast.Attribute() if isinstance(loop.value, ast.Name) and loop.value.id == "self":
            made_here = [
                (place, binding.value)
                for place in context.functions()
                for target, binding in place.assigned_attributes
                if target.attr == loop.attr and not (isinstance(binding.value, ast.Constant) and binding.value.value is None)
            ]
            return bool(made_here) and all(isinstance(value, ast.Call) and _is_running(context, place, value) for place, value in made_here)
        case _:
            return False
