"""Reads a syntax tree once: scopes, bindings, parents, and the nodes that rules ask for.

Written as one loop with a stack instead of recursion: source can nest deeper than Python's stack, and it takes half the time.
"""

import ast
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from conc_advisor.review.symbols.scopes import Binding, BindingKind, Scope, ScopeKind

_KEPT: Final = frozenset(
    {
        *(ast.Call, ast.Await, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.For, ast.AsyncFor, ast.While, ast.If, ast.Assign),
        *(ast.AnnAssign, ast.AugAssign, ast.Return, ast.Raise, ast.Yield, ast.YieldFrom, ast.Expr, ast.FunctionDef, ast.AsyncFunctionDef),
        *(ast.ClassDef, ast.Delete, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Assert, ast.Subscript),
        *(ast.Break, ast.Continue),
    }
)
_NO_NODES: Final = frozenset({"attr", "id", "arg", "ctx", "op", "ops", "kind", "level", "module", "asname", "is_async", "type_comment"})
"""Fields with texts, numbers, and what is the same object everywhere: no node of its own."""
_FIELDS: Final[dict[type[ast.AST], tuple[str, ...]]] = {
    kind: tuple(name for name in reversed(kind._fields) if name not in _NO_NODES)
    for kind in vars(ast).values()
    if isinstance(kind, type)
    and issubclass(kind, ast.AST)
    and not issubclass(kind, (ast.expr_context, ast.boolop, ast.operator, ast.unaryop, ast.cmpop))
}
"""The fields of each kind of node with the nodes in it, the last one first, for a stack."""
_COMPREHENSIONS: Final[tuple[type[ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp], ...]] = (
    *(ast.ListComp, ast.SetComp),
    *(ast.DictComp, ast.GeneratorExp),
)
_CLASS_METHODS: Final = frozenset({"classmethod", "validator", "root_validator", "field_validator", "declared_attr"})
_CLASS_METHOD_NAMES: Final = frozenset({"__new__", "__init_subclass__", "__class_getitem__"})


class SymbolTree:
    """A module's scopes and the parent of each node.

    `module` is the dotted name of the module, `package` tells that it is an `__init__.py`.  `headers` are the expressions of a function's
    or class's header (decorators, defaults, annotations, bases): they belong to the scope around it although the function is their parent.
    """

    __slots__ = ("headers", "module", "package", "parents", "renamed", "root", "scopes")

    def __init__(self, tree: ast.Module, module: str, *, package: bool = False) -> None:
        self.module = module
        self.package = package
        self.root = Scope(ScopeKind.MODULE, tree, "", None)
        self.scopes: dict[ast.AST, Scope] = {tree: self.root}
        self.parents: dict[ast.AST, ast.AST] = {}
        self.headers: set[ast.AST] = set()
        self.renamed: dict[str, str] = {}
        _read(self, tree)

    def scope_of(self, node: ast.AST) -> Scope:
        """Return the scope in which an expression is evaluated or a statement runs; a function's own node lies in the one around it."""
        header = node in self.headers
        current = self.parents.get(node)
        while current is not None:
            scope = self.scopes.get(current)
            if scope is not None:
                if not header:
                    return scope
                header = False
            header = header or current in self.headers
            current = self.parents.get(current)
        return self.root


def _read(table: SymbolTree, tree: ast.Module) -> None:
    parents = table.parents
    waiting: list[tuple[ast.AST, Scope]] = []
    _push(parents, waiting, tree, tree.body, table.root)
    while waiting:
        node, scope = waiting.pop()
        kind = type(node)
        if kind in _KEPT:
            nodes = scope.nodes
            if kind in nodes:
                nodes[kind].append(node)
            else:
                nodes[kind] = [node]
        if kind in _OPENING:
            _open(table, waiting, node, scope)
            continue
        visit = _VISITS.get(kind)
        if visit is not None:
            visit(table, node, scope)
        for name in _FIELDS[kind] if kind is not ast.If else _alive(node):
            value = getattr(node, name, None)
            if value:
                _push(parents, waiting, node, value if type(value) is list else (value,), scope)


def _alive(node: ast.AST) -> tuple[str, ...]:
    """Return the fields of an `if` that can ever run: with a constant test, as generators of code leave it, one branch never does."""
    test = getattr(node, "test", None)
    if isinstance(test, ast.Constant):
        return ("body", "test") if test.value else ("orelse", "test")
    return _FIELDS[ast.If]


def _push(
    parents: dict[ast.AST, ast.AST], waiting: list[tuple[ast.AST, Scope]], node: ast.AST, children: Sequence[ast.AST], scope: Scope
) -> None:
    """Note the parent of some nodes, and put those that have to be read on the stack, the first on top."""
    loads = scope.loads
    for child in reversed(children):
        kind = type(child)
        if kind is ast.Name:
            parents[child] = node
            if type(child.ctx) is ast.Load:  # type: ignore[attr-defined]  # the line above
                known = loads.get(child.id)  # type: ignore[attr-defined]
                if known is None:
                    loads[child.id] = [child]  # type: ignore[attr-defined,list-item]
                else:
                    known.append(child)  # type: ignore[arg-type]
        elif kind is ast.Constant:
            parents[child] = node
        elif kind in _FIELDS:
            parents[child] = node
            waiting.append((child, scope))


def _open(table: SymbolTree, waiting: list[tuple[ast.AST, Scope]], node: ast.AST, scope: Scope) -> None:
    """Enter a function, class or lambda: its header belongs to the scope around it."""
    headers: list[ast.AST]
    body: Sequence[ast.AST]
    if isinstance(node, ast.ClassDef):
        inner = Scope(ScopeKind.CLASS, node, node.name, scope)
        scope.bind(node.name, Binding(BindingKind.CLASS, node.lineno, node))
        headers, body = [*node.decorator_list, *node.bases, *node.keywords], node.body
    elif isinstance(node, ast.Lambda):
        inner = Scope(ScopeKind.LAMBDA, node, "<lambda>", scope)
        headers, body = _defaults(node.args), [node.body]
        _bind_parameters(inner, node.args, None)
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        inner = Scope(ScopeKind.FUNCTION, node, node.name, scope)
        scope.bind(node.name, Binding(BindingKind.FUNCTION, node.lineno, node))
        annotations = [each.annotation for each in _arguments(node.args) if each.annotation is not None]
        headers = [*node.decorator_list, *_defaults(node.args), *annotations]
        if node.returns is not None:
            headers.append(node.returns)
        body = node.body
        _bind_parameters(inner, node.args, _owner(node, scope))
    else:
        return
    scope.children.append(inner)
    table.scopes[node] = inner
    table.headers.update(headers)
    _push(table.parents, waiting, node, body, inner)
    _push(table.parents, waiting, node, headers, scope)


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    found = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    found.extend(each for each in (arguments.vararg, arguments.kwarg) if each is not None)
    return found


def _defaults(arguments: ast.arguments) -> list[ast.AST]:
    return [*arguments.defaults, *(each for each in arguments.kw_defaults if each is not None)]


def _owner(node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> tuple[BindingKind, ast.AST] | None:
    """Return what the first parameter of a function means: the instance or the class of a method; None for any other function."""
    if scope.kind is not ScopeKind.CLASS:
        return None
    names = {_last_name(each) for each in node.decorator_list}
    if "staticmethod" in names:
        return None
    if not names.isdisjoint(_CLASS_METHODS) or node.name in _CLASS_METHOD_NAMES:
        return BindingKind.CLS, scope.node
    return BindingKind.SELF, scope.node


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _bind_parameters(inner: Scope, arguments: ast.arguments, owner: tuple[BindingKind, ast.AST] | None) -> None:
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: dict[str, ast.expr] = {}
    for each, default in zip(reversed(positional), reversed(arguments.defaults), strict=False):
        defaults[each.arg] = default
    for each, keyword_default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if keyword_default is not None:
            defaults[each.arg] = keyword_default
    stars = {each.arg for each in (arguments.vararg, arguments.kwarg) if each is not None}
    for number, each in enumerate(_arguments(arguments)):
        if number == 0 and owner is not None and positional:
            binding = Binding(owner[0], each.lineno, each, owner[1])
        elif each.annotation is not None and each.arg not in stars:
            binding = Binding(BindingKind.ANNOTATED, each.lineno, each, each.annotation)
        else:
            binding = Binding(BindingKind.PARAMETER, each.lineno, each, defaults.get(each.arg))
        inner.bind(each.arg, binding)


def _assign(_table: SymbolTree, node: ast.Assign, scope: Scope) -> None:
    for target in node.targets:
        _bind_target(scope, target, node, node.value, BindingKind.ASSIGNED, BindingKind.ITEM)


def _annotated(_table: SymbolTree, node: ast.AnnAssign, scope: Scope) -> None:
    bindings = [Binding(BindingKind.ANNOTATED, node.lineno, node, node.annotation)]
    if node.value is not None:
        # What is assigned says more than `x: Lock | None = None` often does: both are kept, the annotation last, so it is asked first.
        bindings.insert(0, Binding(BindingKind.ASSIGNED, node.lineno, node, node.value))
    for binding in bindings:
        if isinstance(node.target, ast.Name):
            scope.bind(node.target.id, binding)
        elif isinstance(node.target, ast.Attribute):
            scope.assigned_attributes.append((node.target, binding))


def _augmented(_table: SymbolTree, node: ast.AugAssign, scope: Scope) -> None:
    if isinstance(node.target, ast.Name):
        scope.bind(node.target.id, Binding(BindingKind.OTHER, node.lineno, node))


def _named(_table: SymbolTree, node: ast.NamedExpr, scope: Scope) -> None:
    place = scope
    scope_or_parent = place.parent if place.kind is ScopeKind.LAMBDA and place.parent is not None else place
    scope_or_parent.bind(node.target.id, Binding(BindingKind.ASSIGNED, node.lineno, node, node.value))


def _loop(_table: SymbolTree, node: ast.For | ast.AsyncFor, scope: Scope) -> None:
    _bind_target(scope, node.target, node, node.iter, BindingKind.ELEMENT, BindingKind.ELEMENT_ITEM)


def _comprehension(_table: SymbolTree, node: ast.comprehension, scope: Scope) -> None:
    _bind_target(scope, node.target, node.target, node.iter, BindingKind.ELEMENT, BindingKind.ELEMENT_ITEM)


def _with(_table: SymbolTree, node: ast.With | ast.AsyncWith, scope: Scope) -> None:
    for item in node.items:
        if item.optional_vars is not None:
            _bind_target(scope, item.optional_vars, node, item.context_expr, BindingKind.ENTERED, BindingKind.OTHER)


def _bind_target(  # noqa: PLR0913, PLR0917  # one target of one statement, with both ways of taking it
    scope: Scope, target: ast.AST, node: ast.AST, value: ast.expr, whole: BindingKind, part: BindingKind
) -> None:
    line = getattr(node, "lineno", 0)
    if isinstance(target, ast.Name):
        scope.bind(target.id, Binding(whole, line, node, value))
    elif isinstance(target, ast.Attribute):
        scope.assigned_attributes.append((target, Binding(whole, line, node, value)))
    elif isinstance(target, (ast.Tuple, ast.List)):
        literal = value.elts if isinstance(value, (ast.Tuple, ast.List)) and whole is BindingKind.ASSIGNED else []
        for index, each in enumerate(target.elts):
            if index < len(literal) and len(literal) == len(target.elts):
                _bind_target(scope, each, node, literal[index], whole, part)
            elif isinstance(each, ast.Name):
                scope.bind(each.id, Binding(part, line, node, value, index=index))
            elif isinstance(each, ast.Attribute):
                scope.assigned_attributes.append((each, Binding(part, line, node, value, index=index)))
            elif isinstance(each, (ast.Starred, ast.Tuple, ast.List)):
                for name in (name for name in ast.walk(each) if isinstance(name, ast.Name)):
                    scope.bind(name.id, Binding(BindingKind.OTHER, line, node))


def _import(_table: SymbolTree, node: ast.Import, scope: Scope) -> None:
    for alias in node.names:
        name = alias.asname or alias.name.partition(".")[0]
        full = alias.name if alias.asname else name
        scope.bind(name, Binding(BindingKind.IMPORTED, node.lineno, node, name=full))


def _import_from(table: SymbolTree, node: ast.ImportFrom, scope: Scope) -> None:
    module = _absolute(table, node)
    for alias in node.names:
        if alias.name == "*":
            scope.stars.append(module)
        else:
            full = f"{module}.{alias.name}" if module else alias.name
            if alias.asname:
                table.renamed[alias.asname] = alias.name
            scope.bind(alias.asname or alias.name, Binding(BindingKind.IMPORTED, node.lineno, node, name=full))


def _absolute(table: SymbolTree, node: ast.ImportFrom) -> str:
    """Return the full name of the module that is imported from."""
    if not node.level:
        return node.module or ""
    parts = table.module.split(".")
    drop = node.level - 1 if table.package else node.level
    base = parts[: len(parts) - drop] if drop else parts
    return ".".join([*base, *([node.module] if node.module else [])])


def _except(_table: SymbolTree, node: ast.ExceptHandler, scope: Scope) -> None:
    if node.name:
        scope.bind(node.name, Binding(BindingKind.OTHER, node.lineno, node))


def _outer(_table: SymbolTree, node: ast.Global | ast.Nonlocal, scope: Scope) -> None:
    if isinstance(node, ast.Global):
        scope.globals.update(node.names)
    elif isinstance(node, ast.Nonlocal):
        scope.nonlocals.update(node.names)


def _pattern(_table: SymbolTree, node: ast.MatchAs | ast.MatchStar | ast.MatchMapping, scope: Scope) -> None:
    name = getattr(node, "name", None) or getattr(node, "rest", None)
    if isinstance(name, str):
        scope.bind(name, Binding(BindingKind.OTHER, getattr(node, "lineno", 0), node))


_OPENING: Final = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda})
_VISITS: Final[dict[type[ast.AST], Callable[[SymbolTree, Any, Scope], None]]] = {
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.NamedExpr: _named,
    ast.For: _loop,
    ast.AsyncFor: _loop,
    ast.comprehension: _comprehension,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.ExceptHandler: _except,
    ast.Global: _outer,
    ast.Nonlocal: _outer,
    ast.MatchAs: _pattern,
    ast.MatchStar: _pattern,
    ast.MatchMapping: _pattern,
}


def is_generator(scope: Scope) -> bool:
    """Tell whether a function yields."""
    return bool(scope.of(ast.Yield) or scope.of(ast.YieldFrom))


def has_async_comprehension(scope: Scope) -> bool:
    """Tell whether a function has a comprehension with `async for`."""
    return any(generator.is_async for kind in _COMPREHENSIONS for each in scope.of(kind) for generator in each.generators)


def first_line(nodes: Iterable[ast.AST]) -> int:
    """Return the first line of some nodes, 0 for none."""
    return min((getattr(node, "lineno", 0) for node in nodes), default=0)
