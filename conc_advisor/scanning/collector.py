"""Walks one syntax tree, without recursion, and collects what may matter; `facts` says later what it means.

Names can only be resolved once all of a file is read: a function may use what is imported below it.
"""

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from conc_advisor.scanning.names import MODULE, Scope

_FunctionDef = (ast.FunctionDef, ast.AsyncFunctionDef)
_LEAVES: Final = frozenset(
    {
        *(int, str, bytes, float, complex, bool, type(None), type(...)),
        *(ast.Constant, ast.Load, ast.Store, ast.Del),
        *(kind for base in (ast.boolop, ast.operator, ast.unaryop, ast.cmpop) for kind in base.__subclasses__()),
    }
)
"""What lies in the fields of nodes and holds nothing that is looked for."""
_TYPE_TESTS: Final = frozenset({"isinstance", "issubclass", "cast"})
"""Calls whose class argument is only compared with."""


@dataclass(slots=True)
class Collected:
    """What one file has.  `line` is 1-based; dotted names are as written, to be resolved in their scope."""

    imports: list[tuple[str, int, Scope, bool]] = field(default_factory=list)
    """(name in full, line, scope, only for type checkers)"""
    told: set[tuple[str, str]] = field(default_factory=set)
    """(what an import binds in any scope, name in full)"""
    starred: bool = False
    names: list[tuple[str, int, Scope]] = field(default_factory=list)
    """Every name or dotted name that is read."""
    methods: list[tuple[str, int, Scope]] = field(default_factory=list)
    """Attributes of anything that is no plain name."""
    coroutines: list[tuple[int, Scope]] = field(default_factory=list)
    holders: list[tuple[str, str, Scope]] = field(default_factory=list)
    """(name, dotted name of what was called to make it, scope): `pool = ProcessPoolExecutor()`"""
    submissions: list[tuple[str, int, Scope, ast.expr]] = field(default_factory=list)
    """(name of the pool, line, scope, the function that is handed over)"""
    table_loops: list[tuple[str, int, Scope]] = field(default_factory=list)
    """Loops that go by the row if their object is a table."""
    element_loops: list[tuple[int, Scope]] = field(default_factory=list)
    """Nested loops over ranges that index something with both numbers at once."""


_SUBMITS: Final = frozenset({"submit", "map", "apply", "apply_async", "map_async", "imap", "imap_unordered", "starmap", "starmap_async"})
"""How executors and multiprocessing's pools are given work."""
_ROW_METHODS: Final = frozenset({"iterrows", "itertuples"})


def collect(tree: ast.Module, counts: Sequence[int] | None = None) -> Collected:
    """Return what a module has; with `counts`, see `Words.counted`, statements are left out none of whose lines counts."""
    collector = _Collector()
    collector.walk(tree, counts)
    return collector.found


def is_for_types_only(node: ast.If) -> bool:
    """Tell whether an `if` is `if TYPE_CHECKING:`."""
    return (dotted(node.test) or "").rpartition(".")[2] == "TYPE_CHECKING"


def dotted(node: ast.AST) -> str | None:
    """Return `a.b.c` for such an expression, None for any other."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    parts.append(node.id)
    return ".".join(reversed(parts))


class _Collector:
    """The walk: a stack of nodes, each with its scope."""

    def __init__(self) -> None:
        self.found = Collected()
        self.stack: list[tuple[ast.AST, Scope]] = []

    def walk(self, tree: ast.Module, counts: Sequence[int] | None) -> None:
        self._push(tree.body, Scope(name=MODULE))
        visitors = self._VISITORS
        while self.stack:
            node, scope = self.stack.pop()
            if counts is not None and isinstance(node, ast.stmt) and counts[node.end_lineno or 0] == counts[_first_line(node) - 1]:
                continue
            visit = visitors.get(type(node))
            if visit is None:
                self._children(node, scope)
            else:
                visit(self, node, scope)

    def _push(self, nodes: Sequence[ast.AST | None], scope: Scope) -> None:
        self.stack += [(node, scope) for node in reversed(nodes) if node is not None and type(node) not in _LEAVES]

    def _children(self, node: ast.AST, scope: Scope) -> None:
        children: list[ast.AST] = []
        for value in node.__dict__.values():
            if type(value) is list:
                children += value
            elif type(value) not in _LEAVES:
                children.append(value)
        self.stack += [(each, scope) for each in reversed(children) if type(each) not in _LEAVES]

    def _import(self, node: ast.Import, scope: Scope, *, typing_only: bool = False) -> None:
        for alias in node.names:
            local = alias.asname or alias.name.partition(".")[0]
            full = alias.name if alias.asname else local
            scope.imports.setdefault(local, full)
            self.found.told.add((local, full))
            self.found.imports.append((alias.name, node.lineno, scope, typing_only))

    def _import_from(self, node: ast.ImportFrom, scope: Scope, *, typing_only: bool = False) -> None:
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            if alias.name == "*":
                scope.stars.append(module)
                self.found.starred = True
                self.found.imports.append((module, node.lineno, scope, typing_only))
                continue
            full = f"{module}.{alias.name}"
            scope.imports.setdefault(alias.asname or alias.name, full)
            self.found.told.add((alias.asname or alias.name, full))
            self.found.imports.append((full, node.lineno, scope, typing_only))

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> None:
        scope.bound.add(node.name)
        scope.functions.add(node.name)
        inner = Scope(scope, node.name, is_function=True)
        if isinstance(node, ast.AsyncFunctionDef):
            self.found.coroutines.append((node.lineno, scope))
        # Annotations say what is accepted, not what is used: neither theirs nor the result's is looked at.
        _bind_arguments(node.args, inner)
        self._push([*node.decorator_list, *node.args.defaults, *node.args.kw_defaults], scope)
        self._push(node.body, inner)

    def _lambda(self, node: ast.Lambda, scope: Scope) -> None:
        inner = Scope(scope, "<lambda>", is_function=True)
        _bind_arguments(node.args, inner)
        self._push([*node.args.defaults, *node.args.kw_defaults], scope)
        self._push([node.body], inner)

    def _class(self, node: ast.ClassDef, scope: Scope) -> None:
        scope.bound.add(node.name)
        self._push([*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)], scope)
        self._push(node.body, Scope(scope, node.name, is_class=True))

    def _name(self, node: ast.Name, scope: Scope) -> None:
        if isinstance(node.ctx, ast.Load):
            self.found.names.append((node.id, node.lineno, scope))
        else:
            scope.bound.add(node.id)

    def _attribute(self, node: ast.Attribute, scope: Scope) -> None:
        name = dotted(node)
        if name is not None:
            self.found.names.append((name, node.lineno, scope))
        else:
            self.found.methods.append((node.attr, node.lineno, scope))
            self._push([node.value], scope)

    def _annotated(self, node: ast.AnnAssign, scope: Scope) -> None:
        self._hold(node.target, node.value, scope)
        self._push([node.target, node.value], scope)

    def _assign(self, node: ast.Assign, scope: Scope) -> None:
        for target in node.targets:
            self._hold(target, node.value, scope)
        self._children(node, scope)

    def _with_item(self, node: ast.withitem, scope: Scope) -> None:
        if node.optional_vars is not None:
            self._hold(node.optional_vars, node.context_expr, scope)
        self._children(node, scope)

    def _hold(self, target: ast.expr, value: ast.expr | None, scope: Scope) -> None:
        name = dotted(target)
        maker = dotted(value.func) if isinstance(value, ast.Call) else None
        if name is not None and maker is not None:
            self.found.holders.append((name, maker, scope))

    def _call(self, node: ast.Call, scope: Scope) -> None:
        if isinstance(node.func, ast.Attribute):
            self._method_call(node, node.func, scope)
        called = (dotted(node.func) or "").rpartition(".")[2]
        compared = called in _TYPE_TESTS
        skipped = (0 if called == "cast" else 1) if compared else -1
        arguments = [argument for number, argument in enumerate(node.args) if number != skipped]
        self._push([node.func, *arguments, *(keyword.value for keyword in node.keywords)], scope)

    def _method_call(self, node: ast.Call, function: ast.Attribute, scope: Scope) -> None:
        if function.attr in _SUBMITS and node.args and (pool := dotted(function.value)) is not None:
            self.found.submissions.append((pool, node.lineno, scope, node.args[0]))
        if function.attr == "apply" and any(_by_row(keyword) for keyword in node.keywords):
            self.found.table_loops.append(("apply(axis=1)", node.lineno, scope))

    def _if(self, node: ast.If, scope: Scope) -> None:
        if not is_for_types_only(node):
            self._children(node, scope)
            return
        for statement in node.body:
            if isinstance(statement, ast.Import):
                self._import(statement, scope, typing_only=True)
            elif isinstance(statement, ast.ImportFrom):
                self._import_from(statement, scope, typing_only=True)
        self._push(node.orelse, scope)

    def _for(self, node: ast.For, scope: Scope) -> None:
        if isinstance(node.iter, ast.Call) and isinstance(node.iter.func, ast.Attribute) and node.iter.func.attr in _ROW_METHODS:
            self.found.table_loops.append((f"for … in {node.iter.func.attr}()", node.lineno, scope))
        if _indexes_elements(node):
            self.found.element_loops.append((node.lineno, scope))
        self._children(node, scope)

    def _handler(self, node: ast.ExceptHandler, scope: Scope) -> None:
        # What is caught is not used: `except subprocess.TimeoutExpired` starts nothing.
        if node.name:
            scope.bound.add(node.name)
        self._push(node.body, scope)

    _VISITORS: ClassVar[dict[type[ast.AST], Callable[["_Collector", Any, Scope], None]]] = {
        ast.Import: _import,
        ast.ImportFrom: _import_from,
        ast.FunctionDef: _function,
        ast.AsyncFunctionDef: _function,
        ast.Lambda: _lambda,
        ast.ClassDef: _class,
        ast.Name: _name,
        ast.Attribute: _attribute,
        ast.AnnAssign: _annotated,
        ast.Assign: _assign,
        ast.withitem: _with_item,
        ast.Call: _call,
        ast.If: _if,
        ast.For: _for,
        ast.ExceptHandler: _handler,
    }
    """Functions, not methods: a collector that held its own methods could only be freed by the collector of garbage."""


def _first_line(node: ast.stmt) -> int:
    """Return the first line of a statement, its decorators included."""
    decorators = getattr(node, "decorator_list", None)
    return decorators[0].lineno if decorators else node.lineno


def _bind_arguments(arguments: ast.arguments, scope: Scope) -> None:
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    scope.bound.update(argument.arg for argument in named if argument is not None)


def _by_row(keyword: ast.keyword) -> bool:
    """Tell whether it is `axis=1` or `axis="columns"`."""
    return keyword.arg == "axis" and isinstance(keyword.value, ast.Constant) and keyword.value.value in {1, "columns"}


def _counter(node: ast.AST) -> str | None:
    """Return i for `for i in range(…)`."""
    if not isinstance(node, ast.For) or not isinstance(node.target, ast.Name) or not isinstance(node.iter, ast.Call):
        return None
    return node.target.id if dotted(node.iter.func) == "range" else None


def _indexes_elements(outer: ast.For) -> bool:
    """Tell whether a loop over a range holds another one that reads or writes `array[i, j]` with both numbers.

    Only arrays take two numbers between the brackets, so lists of lists are not meant by it.
    """
    first = _counter(outer)
    if first is None:
        return False
    for statement in outer.body:
        second = _counter(statement)
        if second is not None and any(_index_with(node, {first, second}) for node in ast.walk(statement)):
            return True
    return False


def _index_with(node: ast.AST, counters: set[str]) -> bool:
    if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Tuple):
        return False
    used = {each.id for part in node.slice.elts for each in ast.walk(part) if isinstance(each, ast.Name)}
    return counters <= used
