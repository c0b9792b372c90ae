"""Guesses which calls on objects of unknown type block, by what their names say and by what is done with their results.

Each guess is one that a reader of the function alone would make, and none is made where anything speaks of an async library.
"""

import ast
import re
from typing import Final

from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.knowledge.blocking import Blocking, BlockingKind
from conc_advisor.review.symbols.scopes import Scope

_VERBS: Final = frozenset({"get", "post", "put", "patch", "delete", "head", "request", "send"})
_RESPONSE: Final = frozenset({"json", "raise_for_status", "status_code", "text", "content", "iter_content", "iter_lines", "ok", "read"})
_CURSORS: Final = re.compile(r"^_?(?:\w*_)?(?:cursor|cur|conn|connection)$")
_STATEMENTS: Final = frozenset({"execute", "executemany", "fetchone", "fetchall", "fetchmany", "commit", "rollback"})
_QUEUES: Final = re.compile(r"(?:^|_)(?:queue|q)$")
_THREADS: Final = re.compile(r"(?:^|_)(?:thread|worker_thread)$")

_HTTP: Final = Blocking(
    path="a blocking HTTP client", kind=BlockingKind.NETWORK, instead="httpx.AsyncClient, or await asyncio.to_thread(…)"
)
_DATABASE: Final = Blocking(
    path="a blocking database driver", kind=BlockingKind.DATABASE, instead="a driver for asyncio, or await asyncio.to_thread(…)"
)
_QUEUE: Final = Blocking(path="a blocking queue", kind=BlockingKind.PRIMITIVE, instead="asyncio.Queue and `await queue.get()`")
_JOIN: Final = Blocking(path="threading.Thread().join", kind=BlockingKind.PRIMITIVE, instead="await asyncio.to_thread(thread.join)")


def guess(context: FileContext, scope: Scope, call: ast.Call) -> Blocking | None:
    """Return why a call of an async function, on an object that nothing is known of, most likely blocks; None without a reason."""
    function = call.func
    if not isinstance(function, ast.Attribute) or context.is_awaited(call):
        return None
    owner, method = last_name(function.value), function.attr
    if method in _VERBS and _is_response(context, scope, call):
        return _HTTP
    if method in _STATEMENTS and _CURSORS.search(owner) and not _awaits_it(scope, owner):
        return _DATABASE
    if method == "get" and not call.args and _QUEUES.search(owner) and not _awaits_it(scope, owner) and not _is_handed_on(context, call):
        return _QUEUE
    if method == "join" and not call.args and _THREADS.search(owner) and context.is_dropped(call):
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
