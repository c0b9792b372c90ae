"""Finds writes of state that other code can see and that are not one step: read, change and write, or look first and then write."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.symbols.scopes import BindingKind, Scope, ScopeKind
from conc_advisor.review.symbols.summary import is_own

_MUTATORS: Final = frozenset(
    {"append", "appendleft", "add", "pop", "popleft", "popitem", "remove", "discard", "clear", "update", "extend", "insert", "setdefault"}
)
_CHANGING_SIZE: Final = frozenset({"add", "pop", "popitem", "remove", "discard", "clear", "update", "setdefault"})
_COMPREHENSIONS: Final[tuple[type[ast.AST], ...]] = (ast.ListComp, ast.DictComp, ast.SetComp)
_OWN_NAMES: Final = frozenset({"_self", "self_", "__self"})
"""Names of parameters that stand for the instance in functions which are made methods later."""
_VIEWS: Final = frozenset({"items", "values", "keys"})


class Holder(Enum):
    """What holds a piece of state."""

    MODULE = auto()
    CLASS = auto()
    INSTANCE = auto()
    CLOSURE = auto()
    """The function around the one that writes."""


class WriteKind(Enum):
    """In which way a write is two steps."""

    CHANGES = auto()
    """The new value is made of the old one."""
    CREATES = auto()
    """The value is made if there is none yet."""


@dataclass(frozen=True, slots=True)
class State:
    """A piece of state: the full name of what holds it, and its name there."""

    holder: Holder
    owner: str
    name: str


@dataclass(frozen=True, slots=True)
class Write:
    """A write of two steps."""

    node: ast.stmt
    target: ast.expr
    state: State
    kind: WriteKind


def state_of(context: FileContext, target: ast.expr, scope: Scope) -> State | None:
    """Return which state that outlives the call an expression belongs to: `self.counts[key]` to `self.counts`; None for others."""
    base, inside = target, False
    while isinstance(base, ast.Subscript):
        base, inside = base.value, True
    if isinstance(base, ast.Name):
        return _named(context, base.id, scope, inside=inside)
    if not isinstance(base, ast.Attribute):
        return None
    if is_own(base.value, scope) or (isinstance(base.value, ast.Name) and base.value.id in _OWN_NAMES):
        return _own(context, base, scope)
    if isinstance(base.value, ast.Name) and base.value.id not in scope.bindings:
        path = context.path(base.value, scope)
        if path in context.project.classes:
            return State(Holder.CLASS, path, base.attr)
        binder = scope.binder(base.value.id)
        made = path.removesuffix("()") in context.project.classes and path.endswith("()")
        if made and binder is not None and binder.kind is ScopeKind.MODULE:
            return State(Holder.MODULE, f"{context.parsed.name}.{base.value.id}", base.attr)
    return None


def _named(context: FileContext, name: str, scope: Scope, *, inside: bool) -> State | None:
    binder = scope.binder(name)
    if name in scope.nonlocals:
        around = scope.parent.binder(name) if scope.parent is not None else None
        return State(Holder.CLOSURE, context.full_name(around), name) if around is not None else None
    if name in scope.globals or (inside and binder is not None and binder.kind is ScopeKind.MODULE):
        return State(Holder.MODULE, context.parsed.name, name)
    if inside and binder is not None and binder is not scope and binder.kind is ScopeKind.FUNCTION:
        return State(Holder.CLOSURE, context.full_name(binder), name)
    return None


def _own(context: FileContext, node: ast.Attribute, scope: Scope) -> State | None:
    place: Scope | None = scope
    while place is not None and place.enclosing_class is None:
        place = place.parent
    owner = place.enclosing_class if place is not None else None
    if owner is None or place is None or not isinstance(node.value, ast.Name):
        return None
    binder = scope.binder(node.value.id)
    bindings = binder.bindings.get(node.value.id, []) if binder is not None else []
    of_class = any(each.kind is BindingKind.CLS for each in bindings)
    return State(Holder.CLASS if of_class else Holder.INSTANCE, context.full_name(owner), node.attr)


def racing_writes(context: FileContext, scope: Scope) -> Iterator[Write]:
    """Yield the writes of a function that are two steps and leave state behind, in the order of the source."""
    found = [*_augmented(context, scope), *_assigned(context, scope)]
    yield from sorted(found, key=lambda each: each.node.lineno)


def _augmented(context: FileContext, scope: Scope) -> Iterator[Write]:
    for node in scope.of(ast.AugAssign):
        state = state_of(context, node.target, scope)
        if state is not None:
            yield Write(node, node.target, state, WriteKind.CHANGES)


def _assigned(context: FileContext, scope: Scope) -> Iterator[Write]:
    for node in scope.of(ast.Assign):
        target = node.targets[0]
        if isinstance(target, ast.Tuple) and target.elts:
            # `self.token, self.end = load()`: the first of what is made.
            target = target.elts[0]
        if len(node.targets) != 1 or isinstance(target, (ast.Tuple, ast.List, ast.Starred)):
            continue
        if isinstance(node.value, ast.Constant) and not isinstance(target, ast.Subscript):
            continue
        state = state_of(context, target, scope)
        if state is None:
            continue
        if _is_changed(target, node.value):
            yield Write(node, target, state, WriteKind.CHANGES)
        elif _is_created(context, node, target):
            yield Write(node, target, state, WriteKind.CREATES)


def _is_changed(target: ast.expr, value: ast.expr) -> bool:
    """Tell whether a value is worked out from what it replaces: `x = x + 1`, `d[k] = d.get(k, 0) + 1`."""
    if not isinstance(value, ast.BinOp):
        return False
    wanted = _key(target)
    base = _key(target.value) if isinstance(target, ast.Subscript) else ""
    for each in ast.walk(value):
        if isinstance(each, (ast.Name, ast.Attribute, ast.Subscript)) and _key(each) == wanted:
            return True
        asked = isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.func.attr in {"get", "pop"}
        if base and asked and isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and _key(each.func.value) == base:
            return True
    return False


def singletons(context: FileContext, scope: Scope) -> Iterator[tuple[ast.If, str]]:
    """Yield the tests that find a class's one instance missing, where its constructor is then called that keeps it in the class."""
    for test in scope.of(ast.If):
        left = test.test.left if isinstance(test.test, ast.Compare) else None
        if not isinstance(left, ast.Attribute) or not _asks_for(test.test, left):
            continue
        made = test.body[0].value if isinstance(test.body[0], ast.Expr) else None
        state = state_of(context, left, scope)
        if state is None or state.holder is not Holder.CLASS or not isinstance(made, ast.Call):
            continue
        if context.target(made, scope) == state.owner or last_name(made) == state.owner.rpartition(".")[2]:
            yield test, last_name(made)


def _is_created(context: FileContext, node: ast.Assign, target: ast.expr) -> bool:
    """Tell whether a value is made where the code has just seen that there is none."""
    if not (isinstance(node.value, (ast.Call, ast.List, ast.Dict, ast.Set, ast.Await)) or isinstance(target, ast.Subscript)):
        return False
    child: ast.AST = node
    for each in context.ancestors(node):
        if isinstance(each, ast.If) and child in each.body and _asks_for(each.test, target):
            return True
        child = each
    around = context.parent(node)
    body = next((block for _, block in ast.iter_fields(around) if isinstance(block, list) and node in block), []) if around else []
    before = body[: body.index(node)] if body else []
    return any(isinstance(each, ast.If) and isinstance(each.body[-1], ast.Return) and _finds(each.test, target) for each in before)


def _asks_for(test: ast.expr, target: ast.expr) -> bool:
    """Tell whether a test says that there is no value: `x is None`, `not x`, `key not in d`."""
    if isinstance(test, ast.BoolOp):
        return any(_asks_for(each, target) for each in test.values)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _key(test.operand) == _key(target)
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return False
    other = test.comparators[0]
    if isinstance(test.ops[0], ast.NotIn) and isinstance(target, ast.Subscript):
        return _key(other) == _key(target.value) and ast.dump(test.left) == ast.dump(target.slice)
    return (
        isinstance(test.ops[0], (ast.Is, ast.Eq))
        and isinstance(other, ast.Constant)
        and other.value is None
        and _key(test.left) == _key(target)
    )


def _finds(test: ast.expr, target: ast.expr) -> bool:
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.IsNot):
        return _key(test.left) == _key(target)
    return isinstance(test, (ast.Name, ast.Attribute)) and _key(test) == _key(target)


def _key(node: ast.expr) -> str:
    """Return a text that is the same for two expressions of the same state; any other expression has one of its own."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_key(node.value)}.{node.attr}"
    if isinstance(node, ast.Subscript):
        return f"{_key(node.value)}[{ast.dump(node.slice)}]"
    return f"?{id(node)}"


def all_writes(context: FileContext, scope: Scope) -> Iterator[tuple[ast.AST, State, bool]]:
    """Yield all writes of state that outlives a function's call; True for those that change the size of a container."""
    targets: list[tuple[ast.expr, bool]] = []
    for node in scope.of(ast.Assign):
        parts = (part for each in node.targets for part in (each.elts if isinstance(each, ast.Tuple) else (each,)))
        targets.extend((each, isinstance(each, ast.Subscript)) for each in parts)
    targets.extend((node.target, False) for node in scope.of(ast.AugAssign))
    for deleted in scope.of(ast.Delete):
        targets.extend((each, True) for each in deleted.targets if isinstance(each, ast.Subscript))
    for call in scope.of(ast.Call):
        if isinstance(call.func, ast.Attribute) and call.func.attr in _MUTATORS:
            inside = ast.Subscript(value=call.func.value, slice=ast.Constant(value=0), ctx=ast.Store())
            state = state_of(context, inside, scope)
            if state is not None:
                yield call, state, call.func.attr in _CHANGING_SIZE
    for target, grows in targets:
        state = state_of(context, target, scope)
        if state is not None:
            yield target, state, grows


def _is_mapping(context: FileContext, node: ast.expr, scope: Scope) -> bool:
    """Tell whether an expression is known to be a dictionary or a set."""
    path = context.path(node, scope) if isinstance(node, ast.Attribute) else ""
    return path.startswith("{") or path == "set()"


def walks(context: FileContext, scope: Scope) -> Iterator[tuple[ast.expr, State]]:
    """Yield the mappings that a function iterates over without a copy, as far as they outlive its call."""
    parts = (part for kind in _COMPREHENSIONS for node in scope.of(kind) for part in getattr(node, "generators", ()))
    iterated = [*(node.iter for node in scope.of(ast.For)), *(part.iter for part in parts)]
    for node in iterated:
        base = node.func.value if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _VIEWS else None
        if base is None and isinstance(node, (ast.Attribute, ast.Name)) and _is_mapping(context, node, scope):
            base = node
        if base is None or last_name(base) == "":
            continue
        inside = ast.Subscript(value=base, slice=ast.Constant(value=0), ctx=ast.Load())
        state = state_of(context, inside, scope)
        if state is not None:
            yield node, state
