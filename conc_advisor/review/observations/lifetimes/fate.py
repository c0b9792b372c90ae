"""Follows a thing that has to be ended from where it is made: it is ended, handed on, kept as an attribute, or left.

It sees the function that makes the thing and the functions inside of it; what is handed to another function counts as in good hands.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from conc_advisor.review.context import FileContext
from conc_advisor.review.symbols.scopes import Scope, ScopeKind

_NEUTRAL_CALLS: Final = frozenset(
    {
        *("len", "print", "str", "repr", "id", "isinstance", "bool", "type", "hasattr", "enumerate", "zip", "reversed", "run_in_executor"),
        *("debug", "info", "warning", "error", "exception", "log", "format", "as_completed", "hash"),
    }
)
"""Functions that do nothing about the end of what they are given."""
_ITERATING: Final = frozenset({"enumerate", "zip", "reversed", "list", "tuple", "sorted"})
_FILLING: Final = frozenset({"append", "add", "appendleft", "insert"})
_PLAIN: Final = frozenset({"name", "ident", "daemon", "pid", "exitcode", "native_id", "sentinel", "_max_workers"})
"""Attributes whose value does not lead back to the thing."""


@dataclass(slots=True)
class Fate:
    """What becomes of a thing.

    `calls` are the calls of its methods, in the order of the source, `names` the local names it goes by.  `ended`: a `with` or a method
    ends it, `ends` are the methods.  `passed` are the calls that it is an argument of; `let_go`: it goes elsewhere in another way, is
    returned or put into something.  `attributes` are the attributes that it is kept in, `given` the names of its own attributes that are
    set (`daemon`).  `inner` are the calls of methods of what its own attributes hold.
    """

    calls: list[ast.Call] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    attributes: list[ast.Attribute] = field(default_factory=list)
    given: set[str] = field(default_factory=set)
    passed: list[ast.Call] = field(default_factory=list)
    ends: list[ast.Attribute] = field(default_factory=list)
    inner: list[ast.Call] = field(default_factory=list)
    ended: bool = False
    let_go: bool = False
    is_global: bool = False

    @property
    def handed_on(self) -> bool:
        """It goes where this cannot follow."""
        return self.let_go or bool(self.passed) or bool(self.inner)

    @property
    def is_left(self) -> bool:
        """It stays in its function, which does not end it."""
        return not (self.ended or self.handed_on or self.attributes or self.is_global)

    def called(self, method: str) -> ast.Call | None:
        """Return the first call of a method; None for none."""
        return next((each for each in self.calls if isinstance(each.func, ast.Attribute) and each.func.attr == method), None)


class _Tracker:
    """One thing that is followed."""

    def __init__(self, context: FileContext, scope: Scope, ends: frozenset[str]) -> None:
        self.context = context
        self.scope = scope
        self.ends = ends
        self.fate = Fate()
        self._waiting: list[str] = []

    def follow(self, made: ast.AST) -> Fate:
        self._goes(made)
        while self._waiting:
            for place, load in loads_of(self.scope, self._waiting.pop()):
                if place is not self.scope and not self._ends_here(load):
                    self.fate.let_go = True
                else:
                    self._goes(load)
        return self.fate

    def _ends_here(self, load: ast.AST) -> bool:
        parent = self.context.parent(load)
        return isinstance(parent, ast.Attribute) and parent.attr in self.ends

    def _hold(self, name: str) -> None:
        if name not in self.fate.names:
            self.fate.names.append(name)
            self._waiting.append(name)

    def _goes(self, node: ast.AST) -> None:  # noqa: C901  # one case for each way
        """Note where the value of an expression goes: what stands around it tells."""
        parent = self.context.parent(node)
        match parent:
            case ast.Attribute(value=value) if value is node:
                self._attribute(parent)
            case ast.withitem(context_expr=expression) if expression is node:
                self.fate.ended = True
                if parent.optional_vars is not None:
                    self._element(parent.optional_vars)
            case ast.Assign() | ast.AnnAssign() | ast.NamedExpr():
                self._assigned(parent, node)
            case ast.IfExp(test=test) if test is node:
                pass
            case ast.If() | ast.While() | ast.Compare() | ast.UnaryOp() | ast.Expr() | ast.Delete() | ast.Assert() | ast.FormattedValue():
                pass
            case ast.IfExp() | ast.BoolOp() | ast.List() | ast.Set() | ast.ListComp() | ast.SetComp() | ast.Starred():
                self._goes(parent)
            case ast.For(iter=iterated) | ast.comprehension(iter=iterated) if iterated is node:
                self._element(parent.target)
            case ast.Subscript(value=value) if value is node:
                self._goes(parent)
            case ast.Call():
                self._argument(parent, node)
            case ast.keyword():
                self._keyword(parent)
            case _:
                self.fate.let_go = True

    def _attribute(self, attribute: ast.Attribute) -> None:
        parent = self.context.parent(attribute)
        if attribute.attr in self.ends:
            self.fate.ended = True
            self.fate.ends.append(attribute)
        elif isinstance(attribute.ctx, ast.Store):
            self.fate.given.add(attribute.attr)
        elif isinstance(parent, ast.Call) and parent.func is attribute:
            self.fate.calls.append(parent)
            if attribute.attr in {"pop", "popleft", "copy"}:
                self._goes(parent)
            elif attribute.attr == "__enter__":
                self.fate.ended = True
        elif attribute.attr not in _PLAIN:
            inner = self._called_inside(attribute)
            if inner is not None:
                self.fate.inner.append(inner)
            else:
                self.fate.let_go = True

    def _called_inside(self, attribute: ast.Attribute) -> ast.Call | None:
        """Return the call of a method of what an attribute holds: `client.chat.completions.create(…)`."""
        node: ast.AST = attribute
        parent = self.context.parent(node)
        while isinstance(parent, ast.Attribute) and isinstance(parent.ctx, ast.Load):
            node, parent = parent, self.context.parent(parent)
        return parent if isinstance(parent, ast.Call) and parent.func is node else None

    def _assigned(self, statement: ast.Assign | ast.AnnAssign | ast.NamedExpr, node: ast.AST) -> None:
        if statement.value is not node:
            return
        for target in statement.targets if isinstance(statement, ast.Assign) else [statement.target]:
            if isinstance(target, ast.Name):
                self._named(target.id)
            elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                self.fate.attributes.append(target)
            else:
                self.fate.let_go = True
        if isinstance(statement, ast.NamedExpr):
            self._goes(statement)

    def _named(self, name: str) -> None:
        if self.scope.kind is not ScopeKind.FUNCTION or name in self.scope.globals or name in self.scope.nonlocals:
            self.fate.is_global = True
        else:
            self._hold(name)

    def _element(self, target: ast.expr) -> None:
        names = [target] if isinstance(target, ast.Name) else target.elts if isinstance(target, ast.Tuple) else []
        for each in names:
            if isinstance(each, ast.Name):
                self._hold(each.id)

    def _argument(self, call: ast.Call, node: ast.AST) -> None:
        function = call.func
        name = function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
        if name in _FILLING and isinstance(function, ast.Attribute):
            held = function.value
            if isinstance(held, ast.Name) and self.scope.binder(held.id) is self.scope and not _is_parameter(self.scope, held.id):
                self._hold(held.id)
            else:
                self.fate.let_go = True
        elif name in _ITERATING and isinstance(function, ast.Name):
            self._goes(call)
        elif name not in _NEUTRAL_CALLS or (name == "run_in_executor" and node not in call.args[:1]):
            self.fate.passed.append(call)

    def _keyword(self, keyword: ast.keyword) -> None:
        call = self.context.parent(keyword)
        if isinstance(call, ast.Call):
            self._argument(call, keyword)


def fate_of(context: FileContext, scope: Scope, made: ast.expr, ends: frozenset[str]) -> Fate:
    """Return what becomes of the value of an expression that is made in a scope; `ends` are the methods that end it."""
    return _Tracker(context, scope, ends).follow(made)


def fate_of_attribute(context: FileContext, name: str, ends: frozenset[str], *, elsewhere: bool = True) -> Fate:
    """Return what becomes of what is kept in attributes of a name, anywhere in the file, and `elsewhere` in the project as far as it shows.

    Whose attribute it is does not count: where another class ends one of the same name, nothing is said of either.
    """
    whole = Fate(ended=elsewhere and not context.project.method_calls.isdisjoint((name, each) for each in ends))
    for node in context.symbols.parents:
        if isinstance(node, ast.Attribute) and node.attr == name and isinstance(node.ctx, ast.Load):
            part = _Tracker(context, context.scope_of(node), ends).follow(node)
            whole.calls += part.calls
            whole.inner += part.inner
            whole.ends += part.ends
            whole.given |= part.given
            whole.ended = whole.ended or part.ended
            whole.let_go = whole.let_go or part.handed_on or bool(part.attributes) or part.is_global
        elif isinstance(node, ast.Constant) and node.value == name and not _is_key(context, node):
            whole.let_go = True
    return whole


def _is_key(context: FileContext, text: ast.Constant) -> bool:
    """Tell whether a text is a key of a mapping, and so no name of an attribute."""
    parent = context.parent(text)
    if isinstance(parent, ast.Subscript):
        return not (isinstance(parent.value, ast.Attribute) and parent.value.attr == "__dict__")
    return isinstance(parent, ast.Dict) and text in parent.keys


def loads_of(scope: Scope, name: str) -> Iterator[tuple[Scope, ast.Name]]:
    """Yield the uses of a name of a scope, each with the scope it stands in; functions inside of it that have their own are left out."""
    for place in scope.walk():
        if name in place.loads and place.binder(name) is scope:
            for load in place.loads[name]:
                yield place, load


def _is_parameter(scope: Scope, name: str) -> bool:
    return any(isinstance(each.node, ast.arg) for each in scope.bindings.get(name, ()))
