"""Finds the calls that block the event loop: those of async functions that wait for something without awaiting it."""

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from conc_advisor.findings import Confidence
from conc_advisor.review.context import FileContext, argument, last_name
from conc_advisor.review.knowledge.blocking import Blocking, BlockingKind, blocking
from conc_advisor.review.knowledge.names import known_as
from conc_advisor.review.observations.blocking.guessed_calls import Guesses
from conc_advisor.review.observations.blocking.loop_functions import on_the_loop
from conc_advisor.review.symbols.scopes import BindingKind, Scope

_STARTING: Final = frozenset(
    {
        *("main", "amain", "async_main", "main_async", "_main", "run", "lifespan", "startup", "on_startup", "setup", "async_setup"),
        *("async_setup_entry", "initialize", "init", "bootstrap", "setup_hook", "on_ready", "cli"),
    }
)
"""Names of functions that commonly run once, before anything else is under way."""
_AT_ONCE: Final = frozenset({"WNOHANG", "AI_NUMERICHOST", "MSG_DONTWAIT"})
_FUTURES_READY: Final = frozenset({"done", "add_done_callback", "cancelled"})
_SOCKET: Final = "socket.socket()."


@dataclass(frozen=True, slots=True)
class BlockingCall:
    """A call that blocks an event loop, in the function that makes it."""

    scope: Scope
    call: ast.Call
    blocking: Blocking
    confidence: Confidence = Confidence.HIGH

    @property
    def place(self) -> str:
        """The function, as a message names it."""
        return f"the async function `{self.scope.name}`" if self.scope.is_async else f"`{self.scope.name}`, which the event loop calls"


def blocking_calls(context: FileContext, kinds: Collection[BlockingKind]) -> Iterator[BlockingCall]:
    """Yield the calls of some kinds that the event loop runs into in this file, function by function in the order of the source."""
    guesses = Guesses(context)
    for scope in on_the_loop(context):
        made: set[str] = set()
        told: set[ast.AST] = set()
        for call in scope.of(ast.Call):
            path = context.target(call, scope)
            found = blocking(path) if path else None
            if found is None and scope.is_async:
                guessed = guesses.of(scope, call, path)
                if guessed is not None and guessed.blocking.kind in kinds and not _entered_async(context, call):
                    yield BlockingCall(scope, call, guessed.blocking, guessed.confidence)
                continue
            if found is None or found.kind not in kinds or not blocks(context, scope, call, path, found):
                continue
            # What was made by a call that has been told already blocks for the same reason.
            # So does the rest of a chain of calls.
            if path.startswith(tuple(made)) or _is_chained(context, call, told):
                told.add(call)
                continue
            told.add(call)
            made.add(known_as(f"{path}()"))
            yield BlockingCall(scope, call, found)


def _is_chained(context: FileContext, call: ast.Call, told: set[ast.AST]) -> bool:
    """Tell whether a call is the beginning of a chain (`client.table("x").select().execute()`) that was told as a whole."""
    parent = context.parent(call)
    while isinstance(parent, (ast.Attribute, ast.Subscript)):
        parent = context.parent(parent)
    return parent in told and isinstance(parent, ast.Call) and call not in parent.args


def blocks(context: FileContext, scope: Scope, call: ast.Call, path: str, found: Blocking) -> bool:
    """Tell whether a call that may block does so here."""
    if context.is_awaited(call) or _entered_async(context, call):
        return False
    if path.startswith(_SOCKET):
        return not _non_blocking_sockets(context, call)
    if is_told_not_to_wait(call):
        return False
    match found.kind:
        case BlockingKind.PRIMITIVE:
            return not _returns_at_once(context, scope, call, path)
        case BlockingKind.SLEEP:
            return not (call.args and isinstance(call.args[0], ast.Constant) and call.args[0].value == 0)
        case _:
            return True


def is_told_not_to_wait(call: ast.Call) -> bool:
    """Tell whether a flag of the call says that it answers at once: `os.waitpid(-1, os.WNOHANG)`, a look-up of a numeric address."""
    given = (*call.args, *(each.value for each in call.keywords))
    return any(isinstance(node, (ast.Attribute, ast.Name)) and last_name(node) in _AT_ONCE for each in given for node in ast.walk(each))


def is_starting(scope: Scope) -> bool:
    """Tell whether an async function runs once, before anything else is under way, by its name."""
    return scope.name in _STARTING


def _entered_async(context: FileContext, call: ast.Call) -> bool:
    """Tell whether `async with`, `async for` or asyncio itself takes what the call gives: then it is no blocking call whatever its name."""
    parent = context.parent(call)
    if isinstance(parent, ast.withitem):
        return isinstance(context.parent(parent), ast.AsyncWith)
    if isinstance(parent, ast.Call):
        return call in parent.args and last_name(parent) in {"wait_for", "ensure_future", "create_task", "gather", "shield", "wrap_future"}
    return isinstance(parent, ast.AsyncFor)


def _non_blocking_sockets(context: FileContext, call: ast.Call) -> bool:
    """Tell whether a file makes its sockets non-blocking, or expects that they would block."""
    for each in context.ancestors(call):
        if isinstance(each, ast.Try) and any("BlockingIOError" in _names(handler.type) for handler in each.handlers):
            return True
    for _, each_call in context.calls():
        if last_name(each_call) in {"setblocking", "settimeout"} and each_call.args:
            given = each_call.args[0]
            if isinstance(given, ast.Constant) and not given.value and given.value is not None:
                return True
    return False


def _names(node: ast.expr | None) -> set[str]:
    return {last_name(each) for each in node.elts} if isinstance(node, ast.Tuple) else {last_name(node)}


def _returns_at_once(context: FileContext, scope: Scope, call: ast.Call, path: str) -> bool:
    """Tell whether a wait for another thread does not wait here."""
    owner, _, method = path.rpartition(".")
    first = argument(call, "block", 0) or argument(call, "blocking", 0)
    if method in {"acquire", "get"} and isinstance(first, ast.Constant) and first.value is False:
        return True
    timeout = argument(call, "timeout", 1 if method in {"acquire", "get"} else 2 if method == "put" else 0)
    if isinstance(timeout, ast.Constant) and timeout.value == 0:
        return True
    if method == "shutdown":
        wait = argument(call, "wait", 0)
        return wait is not None and not (isinstance(wait, ast.Constant) and wait.value is True)
    if method == "put":
        return not _is_bounded(context, call)
    if owner == "concurrent.futures.Future()":
        return _is_ready(context, scope, call)
    return path == "concurrent.futures.wait" and _is_zero(argument(call, "timeout", 1))


def _is_zero(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value == 0


def _is_ready(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    """Tell whether the code has seen that a future is done: it asks, waits for all of them before, or awaits it in another way."""
    receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
    if context.is_dropped(call) and any(isinstance(each, ast.If) for each in context.ancestors(call)):
        # Asked for in a branch and thrown away: it is there to raise what the future has failed with.
        return True
    name = last_name(receiver)
    for each in scope.of(ast.Call):
        function = each.func
        if isinstance(function, ast.Attribute) and function.attr in _FUTURES_READY and last_name(function.value) == name:
            return True
        if last_name(each) == "wrap_future" and any(last_name(given) == name for given in each.args):
            return True
    if not isinstance(receiver, ast.Name):
        return False
    bindings = scope.bindings.get(receiver.id, [])
    return any(
        each.kind in {BindingKind.ELEMENT, BindingKind.ELEMENT_ITEM}
        and isinstance(each.value, ast.expr)
        and (last_name(each.value) in {"as_completed", "done", "completed", "finished"} or _waited(scope, each.value))
        for each in bindings
    )


def _waited(scope: Scope, node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and any(
        each.kind is BindingKind.ITEM and each.value is not None and last_name(_unawaited(each.value)) == "wait"
        for each in scope.bindings.get(node.id, [])
    )


def _unawaited(node: ast.AST) -> ast.AST:
    return node.value if isinstance(node, ast.Await) else node


def _is_bounded(context: FileContext, call: ast.Call) -> bool:
    """Tell whether a queue was made in this file with a size: `put` on any other returns at once."""
    name = last_name(call.func.value) if isinstance(call.func, ast.Attribute) else ""
    for scope in context.scopes():
        values = [binding.value for binding in scope.bindings.get(name, [])]
        values.extend(binding.value for target, binding in scope.assigned_attributes if target.attr == name)
        for value in values:
            if isinstance(value, ast.Call) and (size := argument(value, "maxsize", 0)) is not None and not _is_zero(size):
                return True
    return False
