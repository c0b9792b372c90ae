"""Finds both ends of a queue: where a file puts into it and takes from it, under whatever name it goes there."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.observations.lifetimes.calls_of import loop_of
from conc_advisor.review.observations.lifetimes.fate import loads_of
from conc_advisor.review.symbols.scopes import BindingKind, Scope, ScopeKind

_PUTTING: Final = frozenset({"put", "put_nowait"})
_TAKING: Final = frozenset({"get", "get_nowait"})
_TELLING: Final = frozenset({"print", "debug", "info", "warning", "log", "error", "set", "gauge", "observe", "record"})
_STREAMS: Final = (
    "open()",
    "csv.reader()",
    "csv.DictReader()",
    "kafka.KafkaConsumer()",
    "requests.get().iter_content()",
    "requests.get().iter_lines()",
)
_STREAM_WORDS: Final = frozenset(
    {
        "stream",
        "pages",
        "pubsub",
        "updates",
        "subscription",
        "consumer",
        "listener",
        "iter_content",
        "iter_lines",
        "readlines",
        "stdout",
        "stdin",
        "listen",
        "messages",
    }
)


@dataclass(slots=True)
class QueueEnds:
    """A queue's name where it is made, and the calls that put into it and take from it, each with its function.

    `is_shared`: it is kept where other functions find it; `container` is the attribute that holds it with others of its kind, "" for none.
    `is_watched`: something looks at its length.  `asks_full`: the call that asks whether it is full.  `handed`: the calls, or other places,
    that the queue is given to.  `given`: where its `put` is handed over to be called by somebody else.
    """

    name: str
    is_shared: bool
    container: str = ""
    puts: list[tuple[Scope, ast.Call]] = field(default_factory=list)
    gets: list[tuple[Scope, ast.AST]] = field(default_factory=list)
    is_watched: bool = False
    asks_full: ast.Call | None = None
    handed: list[ast.AST] = field(default_factory=list)
    given: list[tuple[Scope, ast.AST]] = field(default_factory=list)


def queue_ends(context: FileContext, scope: Scope, made: ast.expr) -> QueueEnds | None:
    """Return the ends of a queue that a call makes; None where it is not kept under a name."""
    container = _container(context, made)
    if container:
        ends = QueueEnds(container, is_shared=True)
        _of_container(context, ends)
        return ends
    target = _target(context, made)
    if isinstance(target, ast.Attribute):
        ends = QueueEnds(target.attr, is_shared=True)
        _of_attribute(context, ends)
        return ends
    if not isinstance(target, ast.Name):
        return None
    if scope.kind is ScopeKind.CLASS:
        ends = QueueEnds(target.id, is_shared=True)
        _of_attribute(context, ends)
        return ends
    ends = QueueEnds(target.id, is_shared=scope.kind is ScopeKind.MODULE or target.id in scope.globals)
    _of_name(context, ends, scope.root if target.id in scope.globals else scope, target.id)
    if scope.kind is ScopeKind.FUNCTION:
        for held in {_container(context, load) for _, load in loads_of(scope, target.id)} - {""}:
            ends.is_shared = True
            _of_container(context, ends, held)
    _follow(context, ends, scope, target.id, set())
    return ends


def _follow(context: FileContext, ends: QueueEnds, scope: Scope, name: str, seen: set[tuple[Scope, str]]) -> None:
    """Note what the functions of the file do with a local name that they are handed, and those that they hand it on to."""
    for place, parameter in list(_handed_to(context, scope, name)):
        if (place, parameter) in seen:
            continue
        seen.add((place, parameter))
        _of_name(context, ends, place, parameter)
        _follow(context, ends, place, parameter, seen)
        for target, binding in place.assigned_attributes:
            if isinstance(binding.value, ast.Name) and binding.value.id == parameter:
                ends.is_shared = True
                _of_attribute(context, QueueEnds(target.attr, is_shared=True, puts=ends.puts, gets=ends.gets, given=ends.given))
    for place in scope.walk():
        for load in place.loads.get(name, ()) if place.binder(name) is scope else ():
            parent = context.parent(load)
            if isinstance(parent, (ast.Return, ast.Yield, ast.keyword, ast.Dict, ast.Tuple)) or (
                isinstance(parent, ast.Call) and load in parent.args
            ):
                ends.handed.append(parent)


def goes_through_stream(context: FileContext, put: ast.Call) -> bool:
    """Tell whether a put stands in a loop over something whose end is not in sight."""
    loop = loop_of(context, put)
    if isinstance(loop, (ast.AsyncFor, ast.While)):
        return True
    if not isinstance(loop, ast.For):
        return False
    iterated = loop.iter
    if isinstance(iterated, ast.Call) and last_name(iterated) == "iter" and len(iterated.args) > 1:
        return True
    if last_name(iterated) in _STREAM_WORDS or context.path(iterated) in _STREAMS:
        return True
    function = context.callee(iterated) if isinstance(iterated, ast.Call) else None
    return function is not None and function.is_generator


def _target(context: FileContext, made: ast.expr) -> ast.expr | None:
    parent = context.parent(made)
    while isinstance(parent, (ast.BoolOp, ast.IfExp)):
        parent = context.parent(parent)
    if isinstance(parent, ast.Tuple) and isinstance(made, ast.expr):
        outer = context.parent(parent)
        target = outer.targets[0] if isinstance(outer, ast.Assign) and len(outer.targets) == 1 else None
        same = isinstance(target, ast.Tuple) and len(target.elts) == len(parent.elts) and made in parent.elts
        return target.elts[parent.elts.index(made)] if same and isinstance(target, ast.Tuple) else None
    if isinstance(parent, ast.Assign) and len(parent.targets) == 1:
        return parent.targets[0]
    return parent.target if isinstance(parent, (ast.AnnAssign, ast.NamedExpr)) else None


def _container(context: FileContext, held: ast.expr) -> str:
    """Return the name of the attribute whose list, set or mapping an expression is put into; "" for none."""
    parent = context.parent(held)
    if (
        isinstance(parent, ast.Call)
        and held in parent.args
        and last_name(parent) in {"append", "add"}
        and isinstance(parent.func, ast.Attribute)
    ):
        holder = parent.func.value
    elif isinstance(parent, ast.Assign) and parent.value is held and isinstance(parent.targets[0], ast.Subscript):
        holder = parent.targets[0].value
    else:
        return ""
    while isinstance(holder, (ast.Subscript, ast.Call)):
        holder = (
            holder.value
            if isinstance(holder, ast.Subscript)
            else holder.func.value
            if isinstance(holder.func, ast.Attribute)
            else ast.Constant(0)
        )
    return holder.attr if isinstance(holder, ast.Attribute) else ""


def _of_container(context: FileContext, ends: QueueEnds, container: str = "") -> None:
    """Note what is done with the elements of an attribute's container: by its index, or in a loop over it."""
    ends.container = container = container or ends.name
    for scope, call in context.calls():
        function = call.func
        if not isinstance(function, ast.Attribute) or function.attr not in {*_PUTTING, *_TAKING, "qsize", "full"}:
            continue
        receiver: ast.AST | None = function.value
        if isinstance(receiver, ast.Name):
            receiver = next((each.value for each in scope.bindings.get(receiver.id, ()) if each.kind is not BindingKind.PARAMETER), None)
        if receiver is not None and any(isinstance(each, ast.Attribute) and each.attr == container for each in ast.walk(receiver)):
            _note(context, ends, scope, call, function.attr)


def _of_attribute(context: FileContext, ends: QueueEnds) -> None:
    for scope, call in context.calls():
        function = call.func
        if isinstance(function, ast.Attribute) and isinstance(function.value, (ast.Attribute, ast.Subscript)):
            held = function.value.value if isinstance(function.value, ast.Subscript) else function.value
            if last_name(held) == ends.name:
                _note(context, ends, scope, call, function.attr)
        for each in (*call.args, *(keyword.value for keyword in call.keywords)):
            if isinstance(each, ast.Attribute) and last_name(each.value) == ends.name:
                if each.attr in _TAKING:
                    ends.gets.append((scope, each))
                elif each.attr in _PUTTING:
                    ends.given.append((scope, each))


def _of_name(context: FileContext, ends: QueueEnds, owner: Scope, name: str) -> None:
    """Note what is done with a name of a scope, in it and in the functions inside of it."""
    for place in owner.walk():
        if name not in place.loads or place.binder(name) is not owner:
            continue
        for load in place.loads[name]:
            method = context.parent(load)
            if not isinstance(method, ast.Attribute):
                continue
            call = context.parent(method)
            if isinstance(call, ast.Call) and call.func is method:
                _note(context, ends, place, call, method.attr)
            elif method.attr in _TAKING:
                ends.gets.append((place, method))
            elif method.attr in _PUTTING:
                ends.given.append((place, method))


def _note(context: FileContext, ends: QueueEnds, scope: Scope, call: ast.Call, method: str) -> None:
    if method in _TAKING:
        ends.gets.append((scope, call))
    elif method == "qsize":
        ends.is_watched = ends.is_watched or not _is_only_told(context, call)
    elif method == "full":
        ends.asks_full = call
    elif method in _PUTTING and call.args and not _is_mark(call.args[0]):
        ends.puts.append((scope, call))


def _is_only_told(context: FileContext, call: ast.Call) -> bool:
    """Tell whether a length only goes to the log or to a metric."""
    around = [each for each in context.ancestors(call) if isinstance(each, (ast.Call, ast.Compare, ast.BinOp, ast.Assign, ast.Return))]
    return bool(around) and last_name(around[0]) in _TELLING


def _is_mark(node: ast.expr) -> bool:
    """Tell whether what is put only says that there is no more: a constant, a name in capitals, an object without content."""
    if isinstance(node, ast.Constant):
        return True
    name = last_name(node) if isinstance(node, (ast.Name, ast.Attribute)) else ""
    return name.isupper() or "sentinel" in name.lower() or name.lower() in {"stop", "eof", "done"}


def _handed_to(context: FileContext, scope: Scope, name: str) -> Iterator[tuple[Scope, str]]:
    """Yield the functions of the file that a function hands a local name to, each with its parameter for it."""
    for place in scope.walk():
        for load in place.loads.get(name, ()) if place.binder(name) is scope else ():
            parent = context.parent(load)
            if isinstance(parent, ast.keyword):
                call = context.parent(parent)
                path = context.target(call) if isinstance(call, ast.Call) else ""
                work = (context.scope_named(path) or context.scope_named(f"{path}.__init__")) if path else None
                if work is not None and parent.arg in work.bindings:
                    yield work, parent.arg or ""
            elif isinstance(parent, ast.Call) and load in parent.args:
                yield from _parameter(context, parent, parent.func, parent.args.index(load))
                if parent.args[0] is not load:
                    yield from _parameter(context, parent, parent.args[0], parent.args.index(load) - 1)
            elif isinstance(parent, ast.Tuple) and isinstance(context.parent(parent), ast.keyword):
                call = context.parent(context.parent(parent) or parent)
                target = next((each.value for each in call.keywords if each.arg == "target"), None) if isinstance(call, ast.Call) else None
                if isinstance(call, ast.Call) and target is not None:
                    yield from _parameter(context, call, target, parent.elts.index(load))


def _parameter(context: FileContext, call: ast.Call, function: ast.expr, position: int) -> Iterator[tuple[Scope, str]]:
    path = context.path(function, context.scope_of(call))
    work = (context.scope_named(path) or context.scope_named(f"{path}.__init__")) if path else None
    if work is None or not isinstance(work.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return
    arguments = [*work.node.args.posonlyargs, *work.node.args.args]
    if work.enclosing_class is not None and arguments and arguments[0].arg in {"self", "cls"}:
        arguments = arguments[1:]
    if 0 <= position < len(arguments):
        yield work, arguments[position].arg
