"""Scopes of a module, what each binds, and the nodes that lie in each.

A comprehension counts to the function around it: its names seldom clash with the function's, and its calls run there.
"""

import ast
from enum import Enum, auto
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

_Node = TypeVar("_Node", bound=ast.AST)


class ScopeKind(Enum):
    """What makes a scope."""

    MODULE = auto()
    CLASS = auto()
    FUNCTION = auto()
    LAMBDA = auto()


class BindingKind(Enum):
    """How a name comes by its value; `Binding.value` is the expression or node that is named here."""

    ASSIGNED = auto()
    """The value of an assignment, a walrus or a loop variable's container that has been taken apart already."""
    ANNOTATED = auto()
    """The annotation of a variable or parameter."""
    PARAMETER = auto()
    """A parameter without annotation: its default, or None."""
    SELF = auto()
    """The first parameter of a method: the class's node."""
    CLS = auto()
    """The first parameter of a class method: the class's node."""
    IMPORTED = auto()
    """An import: `Binding.name` is what it imports, in full."""
    FUNCTION = auto()
    CLASS = auto()
    ENTERED = auto()
    """The target of `with … as`: the context's expression."""
    ELEMENT = auto()
    """A loop variable: the expression that is iterated over."""
    ITEM = auto()
    """One of several targets: the expression that is taken apart; `Binding.index` is the place in it."""
    ELEMENT_ITEM = auto()
    """One of several loop variables: the expression that is iterated over."""
    OTHER = auto()
    """Something that says nothing: an augmented assignment, `except … as`, a deletion, a pattern."""


class Binding:
    """One way in which a name of a scope comes by its value, and on which line."""

    __slots__ = ("index", "kind", "line", "name", "node", "value")

    def __init__(  # noqa: PLR0913, PLR0917  # a record, made a few times per line of source
        self, kind: BindingKind, line: int, node: ast.AST, value: ast.AST | None = None, name: str = "", index: int = 0
    ) -> None:
        self.kind = kind
        self.line = line
        self.node = node
        self.value = value
        self.name = name
        self.index = index


class Scope:
    """A module, class, function or lambda.

    `qualname` is the dotted name below the module ("" for the module itself), without `<locals>`.  `loads` are the uses of names that lie
    directly in the scope, `assigned_attributes` the attributes that are assigned here (`self.x = …`).
    """

    __slots__ = (
        "assigned_attributes",
        "bindings",
        "children",
        "globals",
        "is_async",
        "kind",
        "loads",
        "name",
        "node",
        "nodes",
        "nonlocals",
        "parent",
        "qualname",
        "stars",
    )

    def __init__(self, kind: ScopeKind, node: ast.AST, name: str, parent: "Scope | None") -> None:
        self.kind = kind
        self.node = node
        self.name = name
        self.parent = parent
        self.is_async = isinstance(node, ast.AsyncFunctionDef)
        above = parent.qualname if parent is not None else ""
        self.qualname: str = f"{above}.{name}" if above else name
        self.bindings: dict[str, list[Binding]] = {}
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()
        self.stars: list[str] = []
        self.children: list[Scope] = []
        self.loads: dict[str, list[ast.Name]] = {}
        self.nodes: dict[type[ast.AST], list[ast.AST]] = {}
        self.assigned_attributes: list[tuple[ast.Attribute, Binding]] = []

    def bind(self, name: str, binding: Binding) -> None:
        """Add one way in which a name comes by its value."""
        self.bindings.setdefault(name, []).append(binding)

    def of(self, kind: type[_Node]) -> list[_Node]:
        """Return the nodes of a type that lie directly in this scope, in the order of the source.

        Kept are calls, awaits, `with`, `try`, loops, `if`, assignments, returns, raises, yields, expression statements and functions.
        """
        return self.nodes.get(kind, [])  # type: ignore[return-value]  # each list holds nodes of its key's type only

    def walk(self) -> "Iterator[Scope]":
        """Yield this scope and all below it."""
        waiting = [self]
        while waiting:
            scope = waiting.pop()
            yield scope
            waiting.extend(reversed(scope.children))

    def dissolve(self) -> None:
        """Take this scope and all below it apart, when nobody needs them any more.

        Parents and children hold each other, and with them the syntax tree: left to the collector of garbage that costs more than parsing.
        """
        for scope in list(self.walk()):
            scope.parent = None
            scope.children.clear()

    @property
    def is_function(self) -> bool:
        """Tell whether it is a function, async or not; a lambda is none."""
        return self.kind is ScopeKind.FUNCTION

    @property
    def enclosing_class(self) -> "Scope | None":
        """The class of which this is a method; None for anything else."""
        parent = self.parent
        return parent if parent is not None and parent.kind is ScopeKind.CLASS else None

    def binder(self, name: str) -> "Scope | None":
        """Return the scope whose binding a use of the name in this scope means, None where nothing here binds it."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.globals:
                return scope.root
            if (scope is self or scope.kind is not ScopeKind.CLASS) and name in scope.bindings and name not in scope.nonlocals:
                return scope
            scope = scope.parent
        return None

    @property
    def root(self) -> "Scope":
        """The module's scope."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope
