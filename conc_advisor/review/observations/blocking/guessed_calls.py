"""Guesses which calls on objects of unknown type block, by what their names say and by what is done with their results.

Each guess is one that a reader of the function alone would make, and none is made where anything speaks of an async library.
"""

import ast
import re
import sys
from typing import Final

from conc_advisor.findings import Confidence
from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.knowledge.blocking import Blocking, BlockingKind
from conc_advisor.review.knowledge.guesses import IO_VERBS, QUICK
from conc_advisor.review.observations.blocking.helper_calls import is_abstract
from conc_advisor.review.observations.blocking.named_guesses import CLIENT, HTTP, Guessed, guess_by_name
from conc_advisor.review.observations.blocking.result_uses import is_used_at_once
from conc_advisor.review.symbols.scopes import Scope

_VERBS: Final = frozenset({"get", "post", "put", "patch", "delete", "head", "request", "send"})
_RESPONSE: Final = frozenset({"json", "raise_for_status", "status_code", "text", "content", "iter_content", "iter_lines", "ok", "read"})
_TELLING: Final = frozenset({"raise_for_status", "status_code", "iter_content", "iter_lines", "content"})
_CURSORS: Final = re.compile(r"^_?(?:\w*_)?(?:cursor|cur|conn|connection)$")
_STATEMENTS: Final = frozenset({"execute", "executemany", "fetchone", "fetchall", "fetchmany", "commit", "rollback"})
_QUEUES: Final = re.compile(r"(?:^|_)(?:queue|q)$")
_FOREIGN_CHAIN: Final = re.compile(r"\(\)(\.\w+){2,}$")
_POOLS: Final = re.compile(r"(?:^|_)(?:pool|executor|thread_pool|threadpool)$")
_THREADS: Final = re.compile(r"(?:^|_)(?:thread|worker_thread)$")

_DATABASE: Final = Blocking(
    path="a blocking database driver", kind=BlockingKind.DATABASE, instead="a driver for asyncio, or await asyncio.to_thread(…)"
)
_QUEUE: Final = Blocking(path="a blocking queue", kind=BlockingKind.PRIMITIVE, instead="asyncio.Queue and `await queue.get()`")
_FUTURE: Final = Blocking(
    path="concurrent.futures.Future().result", kind=BlockingKind.PRIMITIVE, instead="await asyncio.wrap_future(future)"
)
_JOIN: Final = Blocking(path="threading.Thread().join", kind=BlockingKind.PRIMITIVE, instead="await asyncio.to_thread(thread.join)")


_ASYNC: Final = re.compile(r"(?i)aio|async|trio|motor|tornado|twisted")


class Guesses:
    """The guesses about one file; what its coroutines await is read once, when it is first asked for."""

    def __init__(self, context: FileContext) -> None:
        self._context = context
        self._awaited: frozenset[str] | None = None
        self._packages: frozenset[str] | None = None
        self._own = frozenset(each.partition(".")[0] for each in context.project.modules)

    def of(self, scope: Scope, call: ast.Call, path: str) -> Guessed | None:
        """Return why a call of an async function, which nothing is known of, most likely blocks; None without a reason."""
        if self._context.is_awaited(call) or self._is_ours(path):
            return None
        if not path or bool(_FOREIGN_CHAIN.search(path)):
            found = guess(self._context, scope, call)
            if found is not None:
                return Guessed(blocking=found)
        if path and _is_entered_response(self._context, scope, call):
            return Guessed(blocking=HTTP)
        found_by_name = guess_by_name(call, path) or self._of_foreign(call, path)
        if found_by_name is None or _ASYNC.search(path) or not is_used_at_once(self._context, scope, call):
            return None
        return None if self._is_awaited_elsewhere(call) else found_by_name

    def _is_ours(self, path: str) -> bool:
        function = self._context.project.functions.get(path)
        return function is not None and not is_abstract(function)

    def _of_foreign(self, call: ast.Call, path: str) -> Guessed | None:
        """Return that a method of another package's object, named for what takes long, most likely waits.

        Nothing of that package may be awaited in the file: then it is no async one.
        """
        if "()." not in path or not isinstance(call.func, ast.Attribute) or not IO_VERBS.search(call.func.attr):
            return None
        package = path.partition(".")[0]
        if package in sys.stdlib_module_names or package in QUICK or package in self._own or not package.isidentifier():
            return None
        if self._packages is None:
            self._packages = frozenset(
                self._context.target(each.value, scope).partition(".")[0]
                for scope in self._context.coroutines()
                for each in scope.of(ast.Await)
                if isinstance(each.value, ast.Call)
            )
        return None if package in self._packages else Guessed(blocking=CLIENT, confidence=Confidence.LOW)

    def _is_awaited_elsewhere(self, call: ast.Call) -> bool:
        """Tell whether the file awaits methods of an object of that name, or methods of that name."""
        if self._awaited is None:
            awaited: set[str] = set()
            for scope in self._context.coroutines():
                for each in scope.of(ast.Await):
                    if isinstance(each.value, ast.Call):
                        awaited.update(_words(each.value))
            self._awaited = frozenset(awaited)
        function = call.func
        owner = last_name(function.value) if isinstance(function, ast.Attribute) else ""
        if owner == "objects":
            # A manager of Django has both, `get` and `aget`.
            owner = ""
        return f"{owner}." in self._awaited or f".{last_name(call)}" in self._awaited


def _words(call: ast.Call) -> set[str]:
    """Return the last word of an awaited call, as `.word`, and those of the objects that it is a method of, as `word.`."""
    found = {f".{last_name(call)}"}
    node: ast.expr = call.func
    while isinstance(node, (ast.Attribute, ast.Call)):
        node = node.value if isinstance(node, ast.Attribute) else node.func
        name = last_name(node)
        if name and name not in {"self", "cls"}:
            found.add(f"{name}.")
    return found


def guess(context: FileContext, scope: Scope, call: ast.Call) -> Blocking | None:
    """Return why a call of an async function, on an object that nothing is known of, most likely blocks; None without a reason."""
    function = call.func
    if not isinstance(function, ast.Attribute) or context.is_awaited(call):
        return None
    if (
        (function.attr in _VERBS and _is_response(context, scope, call))
        or _is_raised(context, scope, call)
        or _is_entered_response(context, scope, call)
    ):
        return HTTP
    if function.attr in _STATEMENTS and _CURSORS.search(last_name(function.value)) and not _awaits_it(scope, last_name(function.value)):
        return _DATABASE
    return None if call.args else _waits_for_others(context, scope, call, function)


def _waits_for_others(context: FileContext, scope: Scope, call: ast.Call, function: ast.Attribute) -> Blocking | None:
    """Return which wait for another thread a call without arguments most likely is."""
    owner = last_name(function.value)
    match function.attr:
        case "get" if _QUEUES.search(owner) and not _awaits_it(scope, owner) and not _is_handed_on(context, call):
            return _QUEUE
        case "result" | "exception" if _is_submitted(scope, function.value):
            return _FUTURE
        case "join" if _THREADS.search(owner) and context.is_dropped(call):
            return _JOIN
    return None


def _is_response(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    """Tell whether the result of a call is used as the response of an HTTP client that has come already."""
    parent = context.parent(call)
    if isinstance(parent, ast.Attribute):
        return parent.attr in {"json", "raise_for_status", "status_code"} and _is_used_now(context, parent)
    if not isinstance(parent, ast.Assign) or len(parent.targets) != 1 or not isinstance(parent.targets[0], ast.Name):
        return False
    name = parent.targets[0].id
    uses = [use for use in scope.loads.get(name, ()) if use.lineno >= call.lineno]
    attributes = [node for use in uses if isinstance(node := context.parent(use), ast.Attribute)]
    if len(attributes) != len(uses) or not attributes:
        # Awaited, gathered or handed on: it may be anything.
        return False
    known = [each for each in attributes if each.attr in _RESPONSE]
    return any(each.attr in {"json", "raise_for_status", "status_code"} for each in known) and all(
        _is_used_now(context, each) for each in known
    )


def _is_submitted(scope: Scope, node: ast.expr) -> bool:
    """Tell whether a name was given what `submit` of a pool gives, in the same function."""
    values = [each.value for each in scope.bindings.get(node.id, ())] if isinstance(node, ast.Name) else []
    return (
        len(values) == 1
        and isinstance(values[0], ast.Call)
        and isinstance(values[0].func, ast.Attribute)
        and values[0].func.attr == "submit"
        and _POOLS.search(last_name(values[0].func.value)) is not None
    )


def _is_raised(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    """Tell whether a result of any method has `raise_for_status()` called, or both `status_code` and `json()` read: it is a response."""
    parent = context.parent(call)
    if not isinstance(parent, ast.Assign) or len(parent.targets) != 1 or not isinstance(parent.targets[0], ast.Name):
        return False
    uses = [use for use in scope.loads.get(parent.targets[0].id, ()) if use.lineno >= call.lineno]
    nodes = [node for use in uses if isinstance(node := context.parent(use), ast.Attribute) and isinstance(node.ctx, ast.Load)]
    words = {each.attr for each in nodes}
    known = "raise_for_status" in words or {"status_code", "json"} <= words
    return known and all(_is_used_now(context, each) for each in nodes if each.attr in {"raise_for_status", "status_code", "json"})


def _is_entered_response(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    """Tell whether a plain `with` enters what a call gives, and uses it as the response of an HTTP client."""
    item = context.parent(call)
    if not isinstance(item, ast.withitem) or not isinstance(context.parent(item), ast.With) or not isinstance(item.optional_vars, ast.Name):
        return False
    uses = [use for use in scope.loads.get(item.optional_vars.id, ()) if use.lineno >= call.lineno]
    attributes = {node.attr for use in uses if isinstance(node := context.parent(use), ast.Attribute)}
    return bool(attributes) and attributes <= _RESPONSE and bool(attributes & _TELLING)


def _is_used_now(context: FileContext, attribute: ast.Attribute) -> bool:
    """Tell whether a method's result, or an attribute, is used without an await."""
    parent = context.parent(attribute)
    if isinstance(parent, ast.Call) and parent.func is attribute:
        return not context.is_awaited(parent)
    return attribute.attr in {"status_code", "text", "content", "ok"}


def _awaits_it(scope: Scope, owner: str) -> bool:
    """Tell whether a function awaits anything of an object of that name, or enters it."""
    for each in scope.of(ast.Await):
        if any(isinstance(node, (ast.Name, ast.Attribute)) and last_name(node) == owner for node in ast.walk(each.value)):
            return True
    for manager in scope.of(ast.AsyncWith):
        for item in manager.items:
            if item.optional_vars is not None and last_name(item.optional_vars) == owner:
                return True
    return False


def _is_handed_on(context: FileContext, call: ast.Call) -> bool:
    return isinstance(context.parent(call), (ast.Call, ast.Return, ast.keyword))
