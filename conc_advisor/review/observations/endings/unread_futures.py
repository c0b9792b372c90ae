"""Finds futures and tasks that are kept, waited for or given a callback, and that nobody asks how they ended."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.observations.endings.endings import cleans_up
from conc_advisor.review.observations.endings.futures import handles_itself
from conc_advisor.review.observations.lifetimes.fate import fate_of_attribute, loads_of
from conc_advisor.review.observations.lifetimes.task_starts import starts_task
from conc_advisor.review.symbols.scopes import BindingKind, Scope
from conc_advisor.review.wording.remark import Remark

_ASKING: Final = frozenset(
    {"result", "exception", "add_done_callback", "get", "exc_info", "successful", "set_result", "wait_for", "print_stack"}
)
_LOOKING: Final = frozenset({"result", "exception", "exc_info", "_exception", "successful", "get", "cancelled"})
_TELLING: Final = frozenset({"print", "debug", "info", "warning", "log", "len", "bool", "str", "repr"})
_TAKING: Final = frozenset({"remove", "discard", "pop"})
_POOL_NAME: Final = re.compile(r"(?:executor|thread_?pool|process_?pool|worker_?pool)s?$", re.IGNORECASE)


def is_pool_by_name(context: FileContext, scope: Scope, pool: ast.expr) -> bool:
    """Tell whether something of a type that nothing tells goes by the name of an executor."""
    if not _POOL_NAME.search(last_name(pool)):
        return False
    path = context.path(pool, scope)
    return not path.endswith("()") or path.startswith("concurrent.")


# --- futures of executors ------------------------------------------------------------------------------------------------------------


def is_gone_through_unread(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    """Tell whether a future is made inside of `wait([…])` or `as_completed([…])`, and the function asks none how it ended."""
    node: ast.AST | None = context.parent(call)
    while isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp, ast.List, ast.Set)):
        node = context.parent(node)
    if not isinstance(node, ast.Call) or last_name(node) not in {"wait", "as_completed"}:
        return False
    around = context.parent(node)
    used = isinstance(around, (ast.Expr, ast.For))
    return (
        used
        and not any(isinstance(each, ast.Attribute) and each.attr in _ASKING for each in ast.walk(scope.node))
        and not _is_passed(context, scope, around)
    )


def _is_passed(context: FileContext, scope: Scope, loop: ast.AST | None) -> bool:
    """Tell whether the loop variable is handed to something that may ask it."""
    if not isinstance(loop, ast.For) or not isinstance(loop.target, ast.Name):
        return isinstance(loop, ast.For)
    return any(
        not isinstance(context.parent(load), (ast.Attribute, ast.Subscript)) and not _is_told(context, load)
        for _, load in loads_of(scope, loop.target.id)
    )


def only_called_back(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    """Tell whether all that is done with a future is to give it callbacks, none of which looks at its exception."""
    parent = context.parent(call)
    if isinstance(parent, ast.Attribute) and parent.attr == "add_done_callback":
        given = context.parent(parent)
        return isinstance(given, ast.Call) and context.is_dropped(given) and _is_blind(context, scope, given)
    if (
        not isinstance(parent, ast.Assign)
        or len(parent.targets) != 1
        or not isinstance(parent.targets[0], ast.Name)
        or not scope.is_function
    ):
        return False
    name = parent.targets[0].id
    loads = [load for _, load in loads_of(scope, name)]
    if not loads or scope.binder(name) is not scope or len(scope.bindings[name]) != 1:
        return False
    for load in loads:
        method = context.parent(load)
        given = context.parent(method) if isinstance(method, ast.Attribute) and method.attr == "add_done_callback" else None
        if not (isinstance(given, ast.Call) and _is_blind(context, scope, given)) and not _is_told(context, load):
            return False
    return any(isinstance(context.parent(load), ast.Attribute) for load in loads)


def _is_blind(context: FileContext, scope: Scope, given: ast.Call) -> bool:
    """Tell whether a callback, as far as its source can be read, neither looks at its future nor hands it on."""
    function = given.args[0] if given.args else None
    if isinstance(function, ast.Lambda):
        names = [each.arg for each in function.args.args]
        body: list[ast.AST] = [function.body]
    else:
        path = context.path(function, scope) if function is not None else ""
        place = context.scope_named(path) if path else None
        if place is None or not isinstance(place.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return False
        names = [each.arg for each in place.node.args.args if each.arg not in {"self", "cls"}]
        body = [*place.node.body]
    if len(names) != 1:
        return False
    uses = [each for part in body for each in ast.walk(part) if isinstance(each, ast.Name) and each.id == names[0]]
    return all(_is_told(context, each) or _is_taken_out(context, each) for each in uses)


def _is_taken_out(context: FileContext, used: ast.Name) -> bool:
    call = context.parent(used)
    return isinstance(call, ast.Call) and used in call.args and last_name(call) in _TAKING


def _is_told(context: FileContext, used: ast.AST) -> bool:
    parent = context.parent(used)
    if isinstance(parent, (ast.FormattedValue, ast.JoinedStr)):
        return True
    return isinstance(parent, ast.Call) and used in parent.args and last_name(parent) in _TELLING


def in_attribute(context: FileContext, scope: Scope, call: ast.Call) -> str:
    """Return the source of the attribute of `self` that keeps a future, alone or in a list, and that nobody asks; "" for any other."""
    parent = context.parent(call)
    if isinstance(parent, (ast.Assign, ast.AnnAssign)):
        targets = parent.targets if isinstance(parent, ast.Assign) else [parent.target]
        target = targets[0] if len(targets) == 1 else None
    elif isinstance(parent, ast.Call) and last_name(parent) in {"append", "add"} and isinstance(parent.func, ast.Attribute):
        target = parent.func.value
    else:
        return ""
    if not isinstance(target, ast.Attribute) or not isinstance(target.value, ast.Name) or target.value.id not in {"self", "cls"}:
        return ""
    if not target.attr.startswith("_") and scope.enclosing_class is None:
        return ""
    fate = fate_of_attribute(context, target.attr, _ASKING)
    return "" if fate.ended or fate.let_go else context.text(target)


def of_task_attribute(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Remark]:
    """Yield the start of a task that an attribute keeps for good and nobody awaits: its exception is not even logged."""
    if not isinstance(context.parent(call), (ast.Assign, ast.AnnAssign)) or not starts_task(context, scope, call):
        return
    work = call.args[0] if call.args else None
    function = context.scope_named(context.target(work, scope)) if isinstance(work, ast.Call) else None
    if function is None or not isinstance(work, ast.Call) or handles_itself(context, scope, work) or not function.of(ast.While):
        return
    kept = in_attribute(context, scope, call)
    if kept:
        yield Remark(
            node=call,
            message=f"nobody awaits `{kept}`: where `{function.name}` fails, nothing says so as long as the attribute keeps the task",
            advice=f"give it a done callback that logs `task.exception()`, or let `{function.name}` handle what its rounds raise",
        )


def of_process(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Remark]:
    """Yield a process that its function waits for, in a file that asks no process for its exit code."""
    joined = any(last_name(each) == "join" and not each.args for each in scope.of(ast.Call))
    if not joined or not scope.is_function or context.target(call, scope) != "multiprocessing.Process":
        return
    work = next((each.value for each in call.keywords if each.arg == "target"), None)
    if work is None or handles_itself(context, scope, context.work(work, scope)):
        return
    if any(
        isinstance(each, ast.Attribute) and each.attr in {"exitcode", "terminate", "kill", "sentinel"} for each in context.symbols.parents
    ):
        return
    if any(last_name(each) in {"get", "recv"} for each in scope.of(ast.Call)):
        # It waits for an answer, which does not come from a process that failed.
        return
    yield Remark(
        node=call,
        message=f"`{scope.name}` waits for the process of `{context.text(work)}` without a look at its exit code, as if it could not fail",
        advice="ask for `exitcode` after `join()`: anything but 0 is a failure",
    )


# --- results ---------------------------------------------------------------------------------------------------------------------------


def of_one_argument(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Remark]:
    """Yield a `gather` that is given one list or generator of awaitables in place of the awaitables."""
    given = call.args[0] if len(call.args) == 1 else None
    if isinstance(given, ast.Name) and scope.binder(given.id) is scope:
        values = [each.value if each.kind is BindingKind.ASSIGNED else None for each in scope.bindings[given.id]]
        if not values or not all(isinstance(each, (ast.ListComp, ast.List)) for each in values):
            return
    elif not isinstance(given, (ast.ListComp, ast.List, ast.GeneratorExp, ast.SetComp)):
        return
    text = context.text(given)
    yield Remark(
        node=call,
        message=f"`gather` is given `{text}` as one thing, and that cannot be awaited: it fails, and what is in it is never run",
        advice=f"write `asyncio.gather(*{text})`" if isinstance(given, ast.Name) else "put a `*` before it",
        confidence=Confidence.HIGH,
        severity=Severity.ERROR,
    )


def of_done(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Remark]:
    """Yield an `asyncio.wait` for tasks of the function whose set of those that are done nobody reads."""
    awaited = context.parent(call)
    statement = context.parent(awaited) if isinstance(awaited, ast.Await) else None
    target = statement.targets[0] if isinstance(statement, ast.Assign) and len(statement.targets) == 1 else None
    done = target.elts[0] if isinstance(target, ast.Tuple) and target.elts else None
    if not isinstance(done, ast.Name) or scope.binder(done.id) is not scope or cleans_up(context, scope, call):
        return
    if any(not _is_told(context, load) for _, load in loads_of(scope, done.id)) or context.target(call, scope) != "asyncio.wait":
        return
    if any(isinstance(each, ast.Attribute) and each.attr in _LOOKING - {"cancelled"} for each in ast.walk(scope.node)):
        return
    given = call.args[0] if call.args else None
    names = {each.id for each in ast.walk(given) if isinstance(each, ast.Name)} if given is not None else set()
    started = [each for each in scope.of(ast.Call) if starts_task(context, scope, each)]
    if not started or any(isinstance(each.value, ast.Name) and each.value.id in names for each in scope.of(ast.Await)):
        return
    if all(each.args and handles_itself(context, scope, each.args[0]) for each in started):
        return
    yield Remark(
        node=call,
        message=f"nobody asks the tasks in `{done.id}` how they ended: where one has failed, the code goes on as if it had not",
        advice=f"call `result()` of each: `for task in {done.id}: task.result()`",
        confidence=Confidence.MEDIUM,
    )


def of_silenced_result(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Remark]:
    """Yield the handler that passes over whatever the work behind a future of an executor has raised."""
    if call.args or call.keywords or context.path(call, scope) != "concurrent.futures.Future().result()":
        return
    tried = next((each for each in context.ancestors(call) if isinstance(each, ast.Try)), None)
    if tried is None or context.statement(call) not in tried.body or cleans_up(context, scope, tried):
        return
    for handler in tried.handlers:
        if (handler.type is None or last_name(handler.type) in {"Exception", "BaseException"}) and all(
            isinstance(each, (ast.Pass, ast.Continue)) for each in handler.body
        ):
            yield Remark(
                node=handler,
                message=f"what the work behind `{context.text(call)}` raises ends here without a word",
                advice="log it, `logger.exception(…)`, or handle only the exceptions that are expected",
            )
