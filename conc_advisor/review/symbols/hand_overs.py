"""Finds the functions that are handed to threads, pools, processes and loops."""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.review.knowledge.foreign_threads import CALLBACK_KEYWORDS, calls_back_from_threads
from conc_advisor.review.project.summaries import HandOver, Runner
from conc_advisor.review.symbols.paths import Paths
from conc_advisor.review.symbols.reader import SymbolTree
from conc_advisor.review.symbols.scopes import Scope

POOL_METHODS: Final = frozenset(
    {"submit", "map", "apply_async", "map_async", "starmap", "starmap_async", "imap", "imap_unordered", "apply"}
)
_REPEATING: Final = POOL_METHODS - {"submit", "apply_async", "apply"}
_TO_THREADS: Final = frozenset({"to_thread", "run_in_threadpool", "sync_to_async", "deferToThread", "callInThread"})
_OFFLOADING: Final = (
    *("_run_in_executor", "executor_with_context", "add_executor_job", "defer_to_thread", "_to_thread"),
    *("in_thread", "in_threadpool", "in_thread_pool", "in_worker_thread", "in_background_thread"),
)
"""Ends of the names of wrappers that run their first argument in an executor: `sys_run_in_executor`, `async_add_executor_job`."""
_REGISTERING: Final = (
    ".subscribe",
    ".message_callback_add",
    ".add_event_detect",
    ".schedule",
    ".add_job",
    ".on",
    ".add_listener",
    ".listen",
)
"""Ends of paths of methods that register callbacks."""
_OF_THE_LOOP: Final = tuple(
    f"{made}.add_done_callback"
    for made in ("create_task()", "ensure_future()", "asyncio.Task()", "asyncio.Future()", "create_future()", "asyncio.gather()")
)
"""Ends of the paths by which a loop's tasks and futures are told whom to call when they are done: the loop calls it."""
_PARTIALS: Final = frozenset({"functools.partial", "partial"})


def hand_overs(symbols: SymbolTree, paths: Paths, scope: Scope) -> Iterator[HandOver]:
    """Yield the functions that a scope hands over, by the raw path of each."""
    yield from _set_callbacks(symbols, paths, scope)
    for call in scope.of(ast.Call):
        path = paths.of(call.func, scope)
        found = _what(call, path) or _at_its_end(call, path)
        if found is None or call.keywords:
            yield from _callbacks(call, path, symbols, paths, scope)
        if found is None:
            continue
        runner, given, pool = found
        where = paths.of(pool, scope) if pool is not None else ""
        if not where and _runs_threads(call, pool):
            runner = Runner.THREAD_POOL
        for target in work_paths(given, symbols, paths, scope):
            yield HandOver(target=target, runner=runner, pool=where, line=call.lineno, many=_many(call, symbols, scope))


def _callbacks(call: ast.Call, path: str, symbols: SymbolTree, paths: Paths, scope: Scope) -> Iterator[HandOver]:
    """Yield the functions that are given to a library which calls them from its own threads, or that wait for a pool's result."""
    given: list[ast.expr] = []
    pool = ""
    if path and calls_back_from_threads(path):
        given = [*call.args, *(each.value for each in call.keywords)]
    elif "()." in path and path.endswith(_REGISTERING):
        # Whose method it is, the project has to say.
        given, pool = [*call.args, *(each.value for each in call.keywords)], path
    elif path.endswith(".submit().add_done_callback"):
        given = call.args[:1]
    elif path.endswith(".play") or (path.startswith("multiprocessing") and path.endswith(("apply_async", "map_async"))):
        given = [each.value for each in call.keywords if each.arg in CALLBACK_KEYWORDS]
    for each in given:
        if isinstance(each, (ast.Name, ast.Attribute, ast.Lambda)):
            for target in work_paths(each, symbols, paths, scope):
                yield HandOver(target=target, runner=Runner.CALLBACK, line=call.lineno, many=False, pool=pool)


def _set_callbacks(symbols: SymbolTree, paths: Paths, scope: Scope) -> Iterator[HandOver]:
    """Yield the functions that are made the callbacks of such a library's objects: `client.on_message = self.received`."""
    for target, binding in scope.assigned_attributes:
        name = target.attr
        if name.startswith(("on_", "when_")) or name.endswith(("callback", "_cb")):
            path = paths.of(target.value, scope)
            if path and binding.value is not None and isinstance(binding.value, ast.expr):
                for each in work_paths(binding.value, symbols, paths, scope):
                    yield HandOver(target=each, runner=Runner.CALLBACK, line=target.lineno, many=False, pool=path)


def _what(call: ast.Call, path: str) -> tuple[Runner, ast.expr, ast.expr | None] | None:
    """Return who runs what a call hands over, the expression of the function, and that of the pool where there is one."""
    function = call.func
    last = path.rpartition(".")[2] if path else function.attr if isinstance(function, ast.Attribute) else ""
    first = call.args[0] if call.args else None
    second = call.args[1] if len(call.args) > 1 else None
    given: ast.expr | None = None
    pool: ast.expr | None = None
    match last:
        case "Thread" | "Process":
            runner, given = Runner.THREAD if last == "Thread" else Runner.PROCESS, _named(call, "target") or second
        case "Timer":
            runner, given = Runner.THREAD, _named(call, "function") or second
        case "start_new_thread" | "start_joinable_thread":
            runner, given = Runner.THREAD, first
        case _ if last in _TO_THREADS or last.endswith(_OFFLOADING) or (last == "run_sync" and ".to_thread." in path):
            runner, given = Runner.THREAD_POOL, first
        case "run_in_executor":
            runner, given, pool = Runner.POOL, second, first
        case "call_soon_threadsafe" | "call_soon" | "add_callback" | "add_callback_from_signal":
            runner, given = Runner.LOOP, first
        case "call_later" | "call_at" | "add_reader" | "add_writer" | "add_signal_handler":
            runner, given = Runner.LOOP, second
        case _ if last in POOL_METHODS and isinstance(function, ast.Attribute):
            runner, given, pool = Runner.POOL, first or _named(call, "func") or _named(call, "fn"), function.value
        case _:
            return None
    return (runner, given, pool) if given is not None else None


def _at_its_end(call: ast.Call, path: str) -> tuple[Runner, ast.expr, ast.expr | None] | None:
    """Return who runs what is called when a task or future is done; whether an attribute holds one of the loop, the project has to say."""
    if not path.endswith(".add_done_callback") or path.endswith(".submit().add_done_callback") or not call.args:
        return None
    known = path.endswith(_OF_THE_LOOP)
    return Runner.LOOP, call.args[0], None if known or not isinstance(call.func, ast.Attribute) else call.func.value


def _runs_threads(call: ast.Call, pool: ast.expr | None) -> bool:
    """Tell whether a loop's executor of unknown kind runs threads: it does unless its name says otherwise."""
    function = call.func
    name = pool.attr if isinstance(pool, ast.Attribute) else pool.id if isinstance(pool, ast.Name) else ""
    return isinstance(function, ast.Attribute) and function.attr == "run_in_executor" and bool(name) and "proc" not in name.lower()


def _named(call: ast.Call, name: str) -> ast.expr | None:
    return next((each.value for each in call.keywords if each.arg == name), None)


def work_paths(node: ast.expr, symbols: SymbolTree, paths: Paths, scope: Scope) -> Iterator[str]:
    """Yield the raw paths of the functions that running an expression as a function means.

    A partial means its function, a lambda what it calls, `context.run` what comes after it.
    """
    if isinstance(node, ast.Call):
        if paths.of(node.func, scope) in _PARTIALS and node.args:
            yield from work_paths(node.args[0], symbols, paths, scope)
    elif isinstance(node, ast.Lambda):
        inner = symbols.scopes.get(node)
        for call in inner.of(ast.Call) if inner is not None else ():
            if inner is not None and (path := paths.of(call.func, inner)):
                yield path
    elif path := paths.of(node, scope):
        yield path


def _many(call: ast.Call, symbols: SymbolTree, scope: Scope) -> bool:
    """Tell whether a hand-over stands in a loop, or itself hands over once for each element."""
    if isinstance(call.func, ast.Attribute) and call.func.attr in _REPEATING:
        return True
    node: ast.AST = call
    while node is not scope.node and node in symbols.parents:
        node = symbols.parents[node]
        if isinstance(node, (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            return True
    return False
