"""Tells which classes of the project cannot be pickled, and finds those that will be: processes, exceptions, classes that try to be."""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.project.project import Project
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope, ScopeKind

UNPICKLABLE: Final = (
    *("threading.Lock", "threading.RLock", "threading.Condition", "threading.Event", "threading.Semaphore", "threading.Thread"),
    *("threading.local", "socket.socket", "concurrent.futures.ThreadPoolExecutor", "concurrent.futures.ProcessPoolExecutor"),
    *("sqlite3.Connection", "open", "subprocess.Popen", "queue.Queue", "multiprocessing.Pool", "asyncio.AbstractEventLoop"),
)
_REDUCING: Final = frozenset({"__getstate__", "__reduce__", "__reduce_ex__"})
_PROCESS: Final = "multiprocessing.Process"


def held_unpicklable(project: Project, owner: str, depth: int) -> tuple[str, str] | None:
    """Return the attribute of a class, or of what its attributes hold, that cannot be pickled, and the name of its class."""
    classes = [project.classes[each] for each in project.mro(owner) if each in project.classes]
    if any(not _REDUCING.isdisjoint(each.methods) for each in classes):
        return None
    for each in classes:
        for attribute, raw in each.attributes.items():
            path = project.canonical(raw)
            if project.is_a(path, *UNPICKLABLE):
                return attribute, path.removesuffix("()")
            if depth > 1 and path.endswith("()") and path[:-2] in project.classes and path[:-2] != owner:
                inner = held_unpicklable(project, path[:-2], depth - 1)
                if inner is not None:
                    return f"{attribute}.{inner[0]}", inner[1]
    return None


def unpicklable_classes(context: FileContext, rule: Rule) -> Iterator[Finding]:
    """Yield the classes of a file whose objects are sent to other processes and cannot be."""
    for scope in context.scopes():
        if scope.kind is not ScopeKind.CLASS:
            continue
        yield from _copied_state(context, rule, scope)
        if scope.bindings.get("__init__"):
            yield from _process(context, rule, scope)
            yield from _exception(context, rule, scope)


def _copied_state(context: FileContext, rule: Rule, scope: Scope) -> Iterator[Finding]:
    """Yield a `__getstate__` that copies all attributes and leaves one in that cannot be pickled."""
    method = next((each for each in scope.children if each.name == "__getstate__"), None)
    owner = context.project.classes.get(context.full_name(scope))
    if (
        method is None
        or owner is None
        or not any(isinstance(node, ast.Attribute) and node.attr == "__dict__" for node in ast.walk(method.node))
    ):
        return
    words = {node.value for node in ast.walk(method.node) if isinstance(node, ast.Constant)}
    if any(isinstance(node, (ast.For, ast.DictComp)) for node in ast.walk(method.node)) or (method.of(ast.Call) and _calls_super(method)):
        # It looks at each attribute, or asks its base.
        return
    for attribute, raw in owner.attributes.items():
        path = context.project.canonical(raw)
        held = (attribute, path.removesuffix("()")) if context.project.is_a(path, *UNPICKLABLE) else None
        if held is None and path.endswith("()") and path[:-2] in context.project.classes and path[:-2] != owner.name:
            inner = held_unpicklable(context.project, path[:-2], 2)
            held = (f"{attribute}.{inner[0]}", inner[1]) if inner is not None else None
        if held is not None and attribute not in words:
            yield rule.finding(
                context,
                method.node,
                f"`__getstate__` of `{scope.name}` leaves `{held[0]}` in the state, a `{held[1]}`, which cannot be pickled",
                advice=f'take it out: `state.pop("{attribute}", None)`, and make it anew in `__setstate__`',
                confidence=Confidence.MEDIUM,
                severity=Severity.WARNING,
            )
            return


def _calls_super(method: Scope) -> bool:
    return any(last_name(each) == "super" for each in method.of(ast.Call))


def _process(context: FileContext, rule: Rule, scope: Scope) -> Iterator[Finding]:
    """Yield a process class whose object holds what the start methods spawn and forkserver cannot send."""
    name = context.full_name(scope)
    if not context.project.is_a(f"{name}()", _PROCESS):
        return
    held = held_unpicklable(context.project, name, 2)
    if held is not None and held[0] in _set_by(scope, "__init__"):
        yield rule.finding(
            context,
            scope.node,
            f"`{scope.name}` is a process whose `{held[0]}` is a `{held[1]}`: it cannot be started, except under the start method fork",
            advice=f"make `{held[0]}` in `run`, in the new process",
            confidence=Confidence.MEDIUM,
            severity=Severity.WARNING if context.python >= 14 else Severity.INFO,  # noqa: PLR2004  # fork is no default from 3.14
        )


def _set_by(scope: Scope, method: str) -> set[str]:
    return {target.attr for each in scope.children if each.name == method for target, _ in each.assigned_attributes}


def _exception(context: FileContext, rule: Rule, scope: Scope) -> Iterator[Finding]:
    """Yield an exception that another process can raise but this one cannot read."""
    node = scope.node
    if not isinstance(node, ast.ClassDef) or not any(last_name(each).endswith(("Error", "Exception")) for each in node.bases):
        return
    if not context.project.uses_processes or any(scope.bindings.get(each) is not None for each in (*_REDUCING, "__new__")):
        return
    method = next((each for each in scope.children if each.name == "__init__"), None)
    if method is None or not isinstance(method.node, ast.FunctionDef):
        return
    arguments = method.node.args
    wanted = len(arguments.posonlyargs) + len(arguments.args) - 1 - len(arguments.defaults)
    popped = sum(_is_needed(each, arguments.kwarg) for each in method.of(ast.Call))
    keywords = sum(each is None for each in arguments.kw_defaults) + popped
    for call in method.of(ast.Call):
        if last_name(call) != "__init__" or (not popped and any(isinstance(each, ast.Starred) for each in call.args)):
            continue
        most = len(arguments.posonlyargs) + len(arguments.args) - 1
        if keywords or len(call.args) < wanted or (len(call.args) > most and arguments.vararg is None):
            yield rule.finding(
                context,
                method.node,
                f"`{scope.name}` cannot be unpickled: its base does not get the arguments that it needs itself; "
                "raised in a worker process, it breaks the pool or hangs it",
                advice="hand all arguments on to `super().__init__`, or define `__reduce__`",
                confidence=Confidence.MEDIUM,
                severity=Severity.INFO,
            )
        return


def _is_needed(call: ast.Call, keywords: ast.arg | None) -> bool:
    """Tell whether a call takes an argument out of `**keywords` that must be there."""
    function = call.func
    return (
        keywords is not None
        and isinstance(function, ast.Attribute)
        and function.attr == "pop"
        and last_name(function.value) == keywords.arg
        and len(call.args) == 1
    )
