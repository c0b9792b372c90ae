"""Finds signal handlers that an event loop does not serve: registered past it, handed a coroutine function, or whose task nobody awaits."""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.observations.blocking.waiting import SLEEPS
from conc_advisor.review.observations.lifetimes.signals import handler_node, handler_of, registrations
from conc_advisor.review.observations.lifetimes.task_starts import LOOP_NAMES, starts_task
from conc_advisor.review.symbols.scopes import Scope, ScopeKind
from conc_advisor.review.wording.remark import Remark

_LOOP_CALLS: Final = frozenset({"set", "stop", "call_soon", "create_task", "ensure_future", "cancel", "set_result", "put_nowait"})
_BY_NAME: Final = frozenset({"stop", "call_soon", "create_task", "call_soon_threadsafe"})
_RUNS: Final = frozenset({"run", "run_until_complete"})
_OWNERS: Final = frozenset(
    {"asyncio.Event()", "asyncio.AbstractEventLoop()", "asyncio.Task()", "asyncio.Future()", "asyncio.Queue()", "asyncio"}
)
_ENDING: Final = frozenset({"exit", "_exit", "abort", "kill", "raise_signal", "interrupt_main"})
_TELLING: Final = (".set", ".set_result", "loop.stop", "Loop().stop")
_OLD: Final = ("old", "orig", "prev", "previous", "default", "saved", "SIG_")


def on_a_loop(context: FileContext) -> Iterator[Remark]:
    """Yield the registrations of signal handlers that do not do on an event loop what they should."""
    calls = list(registrations(context))
    plain = not any(last_name(call) == "add_signal_handler" for _, call in calls)
    told: set[tuple[Scope, str]] = set()
    for scope, call in calls:
        coroutine = _coroutine(context, scope, call)
        if coroutine is not None:
            yield _never_run(context, call, coroutine)
            continue
        handler = handler_of(context, scope, call)
        asked = _task_left(context, handler) if handler is not None else None
        run = (_run_in(context, handler, call) or _waits_for_itself(context, handler, call)) if handler is not None else None
        if run is not None:
            yield run
        elif last_name(call) == "add_signal_handler":
            if asked is not None:
                yield asked
            yield from _blocked(context, scope, call)
        else:
            for each in _plain(context, scope, call, handler, told=not plain):
                # A program registers the same handler for two or three signals.
                if (scope, each.message) not in told:
                    told.add((scope, each.message))
                    yield each


# --- handlers that `signal.signal` registers --------------------------------------------------------------------------------------


def _plain(context: FileContext, scope: Scope, call: ast.Call, handler: Scope | None, *, told: bool) -> Iterator[Remark]:
    """Yield a handler of a plain signal in a program with an event loop; none (`told`) where the loop is asked beside it, or first."""
    if _in_thread(context, scope):
        yield Remark(
            node=call,
            message=f"`{scope.name}` runs in a thread, and `signal.signal` raises ValueError anywhere but in the main thread",
            advice="register it in the main thread, before the thread starts",
            confidence=Confidence.MEDIUM,
            severity=Severity.WARNING,
        )
        return
    if told:
        return
    number = context.text(call.args[0])
    asked = next(_asked(context, handler), None) if handler is not None else None
    if asked is not None and handler is not None:
        known, place = asked
        yield Remark(
            node=call,
            message=f"the handler calls `{context.text(place.func)}()`, and a signal does not wake the event loop: "
            "it may sleep on until something else happens"
            if known
            else f"the handler calls `{context.text(place.func)}()` wherever the signal interrupts the program, "
            "in the middle of a callback too",
            advice=f"register it with the loop: `loop.add_signal_handler({number}, …)`",
            confidence=Confidence.MEDIUM if known else Confidence.LOW,
            severity=Severity.WARNING if known else Severity.INFO,
            steps=(context.step(place, "the handler asks the loop here"),),
        )
    elif _is_new(scope, call.args[1]) and not _ends(handler) and (caller := _coroutine_around(context, scope)):
        yield Remark(
            node=call,
            message=f"`signal.signal` does not wake the event loop that `{caller}` runs on: "
            "what the handler sets is seen only when something else wakes it",
            advice=f"register it with the loop: `asyncio.get_running_loop().add_signal_handler({number}, …)`",
        )


def _asked(context: FileContext, handler: Scope) -> Iterator[tuple[bool, ast.Call]]:
    """Yield what a handler asks of an event loop, and whether that is known by its type."""
    for place in handler.walk():
        for call in place.of(ast.Call):
            function = call.func
            if not isinstance(function, ast.Attribute):
                continue
            if function.attr in _LOOP_CALLS and context.path(function.value, place) in _OWNERS:
                yield True, call
            elif function.attr in _BY_NAME and last_name(function.value) in LOOP_NAMES and "asyncio" in place.root.bindings:
                yield function.attr != "call_soon_threadsafe", call


def _is_new(scope: Scope, handler: ast.expr) -> bool:
    """Tell whether what is registered is a handler of the program, and not the one that was there before or none."""
    if isinstance(handler, (ast.Constant, ast.Call)) or any(each in last_name(handler) for each in _OLD):
        return False
    binder = scope.binder(handler.id) if isinstance(handler, ast.Name) else None
    bindings = binder.bindings.get(last_name(handler), ()) if binder is not None else ()
    return not any(last_name(each.value) in {"getsignal", "signal"} for each in bindings)


def _ends(handler: Scope | None) -> bool:
    """Tell whether a handler ends the program by itself."""
    return handler is not None and (bool(handler.of(ast.Raise)) or any(last_name(each) in _ENDING for each in handler.of(ast.Call)))


def _coroutine_around(context: FileContext, scope: Scope) -> str:
    """Return the name of the coroutine that registers a handler, itself or by a call of the function that does; "" for none."""
    if scope.is_async:
        return scope.name
    if scope.kind is not ScopeKind.FUNCTION:
        return ""
    callers = (caller for caller, _ in context.project.reach.callers(context.full_name(scope)) if caller.is_async)
    caller = next(callers, None)
    return caller.name.rpartition(".")[2] if caller is not None else ""


def _in_thread(context: FileContext, scope: Scope) -> bool:
    """Tell whether a function runs in a thread only, as far as can be seen, and does not ask in which."""
    if scope.kind is not ScopeKind.FUNCTION or scope.of(ast.Try) or any("thread" in last_name(each) for each in scope.of(ast.Call)):
        return False
    name = context.full_name(scope)
    return bool(context.project.reach.in_threads(name)) and not context.project.reach.callers(name)


# --- handlers that are or start coroutines ----------------------------------------------------------------------------------------


def _coroutine(context: FileContext, scope: Scope, call: ast.Call) -> ast.expr | None:
    """Return the async function that is registered, or that a lambda calls and does not await, as it is written; None for none."""
    handler = handler_node(context, scope, call)
    target = context.path(handler, scope)
    written: ast.expr | None = handler
    if isinstance(handler, ast.Lambda):
        written = handler.body
        target = context.target(handler.body, context.symbols.scopes[handler]) if isinstance(handler.body, ast.Call) else ""
    function = context.project.functions.get(target)
    return written if function is not None and function.is_async and not function.is_generator else None


def _never_run(context: FileContext, call: ast.Call, written: ast.expr) -> Remark:
    name = context.text(written.func if isinstance(written, ast.Call) else written)
    start = context.text(written) if isinstance(written, ast.Call) else f"{name}()"
    task = "self._stopping" if name.startswith("self.") else "stopping"
    keeps = f"that starts it and keeps the task: `{task} = asyncio.create_task({start})`"
    # `signal.signal` calls its handler anywhere between two lines, outside of the loop.
    by_loop = f"by `loop.add_signal_handler({context.text(call.args[0])}, …)` "
    return Remark(
        node=call,
        message=f"`{name}` is a coroutine function: the signal makes a coroutine that nothing awaits, and no line of it runs",
        advice=f"register a plain function {'' if last_name(call) == 'add_signal_handler' else by_loop}{keeps}",
        confidence=Confidence.HIGH,
        severity=Severity.ERROR,
    )


def _task_left(context: FileContext, handler: Scope) -> Remark | None:
    """Return the task that a handler starts and drops, where its work does not say by itself that it is done."""
    for call in handler.of(ast.Call):
        if not starts_task(context, handler, call) or not isinstance(context.parent(call), (ast.Expr, ast.Lambda)):
            continue
        work = context.callee(call.args[0], handler) if call.args and isinstance(call.args[0], ast.Call) else None
        if work is not None and not any(site.target.endswith(_TELLING) for site in work.calls):
            name = work.name.rpartition(".")[2]
            start = context.text(call.args[0])
            task = "self._stopping" if start.startswith("self.") else "stopping"
            return Remark(
                node=call,
                message=f"nothing waits for `{name}`, which the signal starts: the program may end before it is done",
                advice=f"keep the task, `{task} = asyncio.create_task({start})`, and await it where the program ends",
            )
    return None


def _run_in(context: FileContext, handler: Scope, registration: ast.Call) -> Remark | None:
    """Return a handler's try to run the event loop, which runs already where the program runs it, too."""
    for call in handler.of(ast.Call):
        if last_name(call) not in _RUNS or not _runs_loop(context, handler, call):
            continue
        if any(place is not handler and last_name(each) in _RUNS and _runs_loop(context, place, each) for place, each in context.calls()):
            return Remark(
                node=registration,
                message=f"the handler calls `{context.text(call.func)}()` while the event loop runs: it raises RuntimeError",
                advice="let the handler set an `asyncio.Event` by `loop.add_signal_handler`, and the main coroutine wait for it",
                confidence=Confidence.MEDIUM,
                severity=Severity.WARNING,
                steps=(context.step(call, "the loop is run here"),),
            )
    return None


def _waits_for_itself(context: FileContext, handler: Scope, registration: ast.Call) -> Remark | None:
    """Return a handler's `shutdown()` of a server that the main thread serves: it waits for the loop that it has interrupted."""
    stop = next((call for call in handler.of(ast.Call) if last_name(call) == "shutdown" and isinstance(call.func, ast.Attribute)), None)
    server = last_name(stop.func.value) if stop is not None and isinstance(stop.func, ast.Attribute) else ""
    serves = (call.func for _, call in context.calls() if last_name(call) == "serve_forever" and isinstance(call.func, ast.Attribute))
    if stop is None or not any(isinstance(each, ast.Attribute) and last_name(each.value) == server for each in serves):
        return None
    return Remark(
        node=registration,
        message=f"the handler calls `{context.text(stop)}`, which waits until `serve_forever()` has ended, and interrupts that: "
        "both wait for ever",
        advice=f"call it in another thread, `threading.Thread(target={context.text(stop.func)}).start()`, or let the handler raise",
        confidence=Confidence.MEDIUM,
        severity=Severity.WARNING,
        steps=(context.step(stop, "it waits here"),),
    )


def _runs_loop(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    return context.target(call, scope) in {"asyncio.run", "asyncio.AbstractEventLoop().run_until_complete"}


# --- loops that stand still -------------------------------------------------------------------------------------------------------


def _blocked(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Remark]:
    """Yield what sleeps between two runs of the loop that a handler was registered with: it is not called meanwhile."""
    runs = [each for each in scope.of(ast.Call) if last_name(each) == "run_until_complete"]
    around = {id(loop) for each in runs for loop in context.ancestors(each) if isinstance(loop, (ast.For, ast.While))}
    if scope.is_async or not around:
        return
    for each in scope.of(ast.Call):
        if not context.is_dropped(each) or not any(id(loop) in around for loop in context.ancestors(each)):
            continue
        if context.target(each, scope) in SLEEPS or _leads_to_sleep(context, scope, each):
            yield Remark(
                node=call,
                message=f"the loop does not run while `{context.text(each.func)}()` sleeps on line {each.lineno}: "
                "the signal is not handled until it runs again",
                advice="sleep in a coroutine, by `await asyncio.sleep(…)`, so that the loop goes on running",
                steps=(context.step(each, "it sleeps here"),),
            )
            return


def _leads_to_sleep(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    function = context.callee(call, scope)
    if function is None or function.is_async:
        return False
    return context.project.reach.way(function, lambda path, _site, _function: path == "time.sleep", "sleeps") is not None
