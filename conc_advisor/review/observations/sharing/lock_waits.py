"""Finds what is done inside of a `with` over a lock that waits for others, or runs others' code, by type and by name."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from conc_advisor.review.context import FileContext, argument, last_name
from conc_advisor.review.project.summaries import FunctionSummary
from conc_advisor.review.symbols.scopes import BindingKind, Scope
from conc_advisor.review.symbols.summary import is_own

_QUEUES: Final = re.compile(r"(?:^|_)(?:queue|q|inbox|mailbox)$|[qQ]ueue$")
_THREADS: Final = re.compile(r"thread|worker|proc(?:ess)?$|observer|emitter|listener_thread|consumer$|producer$|timer$", re.IGNORECASE)
_EVENTS: Final = re.compile(r"event$|_done$|_ready$|_finished$|_stopped$", re.IGNORECASE)
_POOLS: Final = re.compile(r"executor$|(?:thread|process|worker)_?pool$", re.IGNORECASE)
_CLOCKS: Final = frozenset({"time.time", "time.monotonic", "time.perf_counter", "datetime.datetime.now", "datetime.datetime.utcnow"})
_AUDIO: Final = ("sounddevice", "pyaudio", "soundcard")
_OTHERS_CODE: Final = re.compile(r"^_?on_[a-z_]+$|(?:^|_)(?:callback|handler|listener|observer|subscriber|hook|watcher|loader|cb)s?(?:_|$)")
_SENDING: Final = frozenset({"send", "emit", "fire", "send_robust", "trigger"})
_SIGNALS: Final = re.compile(r"^_?on_[a-z_]+$|signal$|_changed$")
_NEVER_WAITS: Final = frozenset({"asyncio", "anyio", "trio"})
WAITING_WORDS: Final = frozenset({"get", "join", "wait", "shutdown", "loop_stop", "stop", "close", "abort", "result"})


def waits_by_name(context: FileContext, call: ast.Call, path: str, lock: ast.expr) -> str:  # noqa: PLR0911  # one line for each kind
    """Return what a call waits for that can be told by its name and arguments; "" for nothing."""
    function = call.func
    if not isinstance(function, ast.Attribute) or function.attr not in WAITING_WORDS or path.partition(".")[0] in _NEVER_WAITS:
        return ""
    owner, name = path.removesuffix(f".{function.attr}"), last_name(function.value)
    if ast.unparse(function.value) == ast.unparse(lock):
        return ""
    options = {each.arg for each in call.keywords}
    match function.attr:
        case "get" if not call.args and options <= {"block", "timeout"} and not _is_false(call, "block"):
            return "a queue" if _is(owner, name, _QUEUES, "queue.Queue()", "multiprocessing.Queue()") else ""
        case "join" if not call.args and not call.keywords:
            if _is(owner, name, _THREADS, "threading.Thread()", "multiprocessing.Process()", "threading.Timer()"):
                return "another thread"
            return "a queue" if _is(owner, name, _QUEUES, "queue.Queue()") else ""
        case "wait" if not call.args and not call.keywords:
            return "an event" if _is(owner, name, _EVENTS, "threading.Event()", "threading.Barrier()") else ""
        case "shutdown" if not _is_false(call, "wait", 0):
            return "running work" if _is(owner, name, _POOLS, "concurrent.futures.ThreadPoolExecutor()") else ""
        case "loop_stop":
            return "another thread"
        case "stop" | "close" | "abort":
            own = context.project.modules.get(context.parsed.name)
            audio = own is not None and any(each.startswith(_AUDIO) for each in own.names.values())
            return "the stream's callback" if audio and "stream" in name.lower() else ""
    return ""


def _is(owner: str, name: str, names: re.Pattern[str], *types: str) -> bool:
    """Tell whether an object is of one of some types, or has a name of such where its type is not known."""
    return owner in types or (not owner.endswith(("()", ">", "}")) and names.search(name) is not None)


def _is_false(call: ast.Call, name: str, position: int | None = None) -> bool:
    value = argument(call, name, position)
    return isinstance(value, ast.Constant) and not value.value


def is_others_code(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    """Tell whether a call runs a function that somebody else has registered: one of `self.handlers`, or an attribute `on_change`."""
    function = call.func
    if isinstance(function, ast.Name):
        bindings = scope.bindings.get(function.id, [])
        looped = [each.value for each in bindings if each.kind in {BindingKind.ELEMENT, BindingKind.ELEMENT_ITEM}]
        return any(each is not None and _OTHERS_CODE.search(_container(each)) for each in looped)
    if isinstance(function, ast.Attribute) and function.attr in _SENDING and _SIGNALS.search(last_name(function.value)):
        return context.callee(call, scope) is None and isinstance(function.value, ast.Attribute) and is_own(function.value.value, scope)
    if not isinstance(function, ast.Attribute) or not is_own(function.value, scope) or not _OTHERS_CODE.search(function.attr):
        return False
    owner = scope
    while owner.parent is not None and owner.enclosing_class is None:
        owner = owner.parent
    around = owner.enclosing_class
    if around is None or context.callee(call, scope) is not None:
        return False
    # Only an attribute that is set holds somebody else's function; a method of a base that cannot be seen may have such a name, too.
    bases = context.project.mro(context.full_name(around))
    known = [summary for each in bases if (summary := context.project.classes.get(each)) is not None]
    return any(_is_set(context, each.name, function.attr) for each in known)


def _is_set(context: FileContext, owner: str, name: str) -> bool:
    summary = context.project.classes.get(owner)
    if summary is None or name in summary.methods:
        return False
    return name in summary.attributes or any(
        target.attr == name for scope in context.functions() for target, _ in scope.assigned_attributes if is_own(target.value, scope)
    )


def _container(node: ast.AST) -> str:
    """Return the last word of what is walked through: `handlers` for `list(self.handlers.values())`."""
    while isinstance(node, (ast.Call, ast.Subscript)):
        if isinstance(node, ast.Subscript):
            node = node.value
        elif isinstance(node.func, ast.Attribute) and (not node.args or node.func.attr in {"get", "pop"}):
            node = node.func.value
        elif node.args:
            node = node.args[0]
        else:
            return ""
    return last_name(node)


def awaited_tasks(context: FileContext, scope: Scope, block: ast.AsyncWith) -> Iterator[tuple[ast.Await, ast.expr]]:
    """Yield the tasks that were started before and are awaited inside of a block, not those that it cancels or starts itself."""
    cancelled = {
        last_name(each.func.value) for each in scope.of(ast.Call) if isinstance(each.func, ast.Attribute) and each.func.attr == "cancel"
    }
    made = {last_name(target) for each in scope.of(ast.Assign) for target in each.targets}
    for node in scope.of(ast.Await):
        if not any(each is block for each in context.ancestors(node)):
            continue
        task: ast.expr = node.value
        while isinstance(task, ast.Call) and last_name(task) in {"shield", "wait_for"} and task.args:
            task = task.args[0]
        name = last_name(task) if isinstance(task, ast.Attribute) else ""
        if name.endswith("task") and name not in cancelled | made:
            yield node, task


def is_tried(scope: Scope, lock: ast.expr, block: ast.With) -> bool:
    """Tell whether a function leaves where a lock is taken already, before it takes it: `if lock.locked(): return`."""
    name = ast.unparse(lock)
    return any(
        branch.lineno < block.lineno
        and isinstance(branch.body[-1], (ast.Return, ast.Raise, ast.Continue, ast.Break))
        and any(
            isinstance(each, ast.Attribute) and each.attr == "locked" and ast.unparse(each.value) == name for each in ast.walk(branch.test)
        )
        for branch in scope.of(ast.If)
    )


def looks_at_clock(function: FunctionSummary | None) -> bool:
    """Tell whether a function asks for the time: one that sleeps too keeps a distance between calls, for which all have to wait."""
    return function is not None and any(site.target in _CLOCKS for site in function.calls)
