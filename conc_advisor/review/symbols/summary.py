"""Sums up a module for the others: `summarise`."""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.review.parsed import ParsedModule
from conc_advisor.review.project.summaries import (
    Acquisition,
    CallSite,
    ClassSummary,
    FunctionSummary,
    ModuleSummary,
)
from conc_advisor.review.symbols.conditions import Conditions
from conc_advisor.review.symbols.hand_overs import hand_overs
from conc_advisor.review.symbols.paths import Paths
from conc_advisor.review.symbols.reader import SymbolTree, has_async_comprehension, is_generator
from conc_advisor.review.symbols.scopes import Binding, BindingKind, Scope, ScopeKind
from conc_advisor.scanning.inventory import Part

_LOOPS: Final = (ast.For, ast.While, ast.AsyncFor, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_MAKING: Final = frozenset({"__init__", "__new__", "__post_init__"})
_CONTEXT_MANAGERS: Final = frozenset({"contextmanager", "asynccontextmanager"})


def symbols_of(parsed: ParsedModule) -> SymbolTree:
    """Return the scopes of a module."""
    return SymbolTree(parsed.tree, parsed.name, package=parsed.package)


def summarise(parsed: ParsedModule, symbols: SymbolTree | None = None, paths: Paths | None = None) -> ModuleSummary:
    """Return what a module tells the others; `symbols` and `paths` are its own where they have been made already."""
    symbols = symbols if symbols is not None else symbols_of(parsed)
    return _Summary(parsed, symbols, paths if paths is not None else Paths(symbols)).made()


class _Summary:
    """One module on its way to a summary."""

    def __init__(self, parsed: ParsedModule, symbols: SymbolTree, paths: Paths) -> None:
        self.parsed = parsed
        self.symbols = symbols
        self.paths = paths
        self._conditions = Conditions(symbols.parents)
        self._own: dict[tuple[Scope, str], bool] = {}

    def made(self) -> ModuleSummary:
        root = self.symbols.root
        functions: dict[str, FunctionSummary] = {}
        classes: dict[str, ClassSummary] = {}
        for scope in root.walk():
            if scope.kind is ScopeKind.FUNCTION:
                found = self._function(scope)
                # Of overloads and conditional definitions the last one counts, as it does when the module runs.
                functions[found.name] = found
            elif scope.kind is ScopeKind.CLASS:
                described = self._class(scope)
                classes[described.name] = described
        return ModuleSummary(
            name=self.parsed.name,
            file=self.parsed.file,
            names=self._names(root),
            stars=tuple(root.stars),
            functions=functions,
            classes=classes,
            variables=self._variables(root),
            body=self._body(root),
            tests=self.parsed.part is Part.TESTS,
        )

    def _body(self, root: Scope) -> FunctionSummary | None:
        if not root.of(ast.Call):
            return None
        return FunctionSummary(
            name=f"{self.parsed.name}.<module>",
            file=self.parsed.file,
            line=1,
            calls=tuple(self._calls(root, _WithSpans(root, self.paths))),
            hand_overs=tuple(hand_overs(self.symbols, self.paths, root)),
        )

    def _names(self, root: Scope) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, bindings in root.bindings.items():
            imported = next((each.name for each in bindings if each.kind is BindingKind.IMPORTED), None)
            if imported is not None:
                found[name] = imported
            elif any(each.kind in (BindingKind.FUNCTION, BindingKind.CLASS) for each in bindings):
                found[name] = f"{self.parsed.name}.{name}"
        return found

    def _variables(self, root: Scope) -> dict[str, str]:
        """Return the paths of the module's variables, those that a function assigns by `global` included."""
        setters = [scope for scope in root.walk() if scope.globals]
        found: dict[str, str] = {}
        for name, bindings in root.bindings.items():
            path = self._told(((each, root) for each in bindings), root, name)
            if path:
                found[name] = path
        for scope in setters:
            for name in scope.globals:
                if name not in found and (path := self._told(((each, scope) for each in scope.bindings.get(name, [])), scope, name)):
                    found[name] = path
        return found

    def _told(self, bindings: Iterator[tuple[Binding, Scope]], scope: Scope, name: str) -> str:
        """Return the path of the first binding that tells anything; annotations are asked first."""
        listed = sorted(bindings, key=lambda each: each[0].kind is not BindingKind.ANNOTATED)
        fallback = ""
        for binding, place in listed:
            if binding.kind in (BindingKind.IMPORTED, BindingKind.FUNCTION, BindingKind.CLASS):
                return ""
            path = self.paths.binding(binding, place)
            if path in {"<>", "{}"}:
                fallback = fallback or self._put_in(name, scope) or path
            elif path not in {"", "None"}:
                return path
        return fallback

    def _put_in(self, name: str, scope: Scope) -> str:
        """Return the path of a container of the module that is filled by functions of the module."""
        for place in scope.root.walk():
            for call in place.of(ast.Call):
                function = call.func
                if (
                    isinstance(function, ast.Attribute)
                    and function.attr in {"append", "add", "appendleft"}
                    and isinstance(function.value, (ast.Name, ast.Attribute))
                    and (function.value.id if isinstance(function.value, ast.Name) else function.value.attr) == name
                    and call.args
                    and (inside := self.paths.of(call.args[-1], place))
                ):
                    return f"<{inside}>"
        return ""

    def _class(self, scope: Scope) -> ClassSummary:
        node = scope.node
        bases = node.bases if isinstance(node, ast.ClassDef) else []
        around = scope.parent or scope
        methods = [name for name, bindings in scope.bindings.items() if any(each.kind is BindingKind.FUNCTION for each in bindings)]
        return ClassSummary(
            name=self.paths.qualified(scope),
            file=self.parsed.file,
            line=getattr(node, "lineno", 0),
            bases=tuple(path for each in bases if (path := self.paths.of(each, around))),
            attributes=self._attributes(scope),
            methods=tuple(methods),
            reassigned=tuple(sorted(self._reassigned(scope))),
        )

    def _reassigned(self, scope: Scope) -> set[str]:
        found: set[str] = set()
        for place in (place for method in scope.children if method.name not in _MAKING for place in method.walk()):
            found.update(target.attr for target, _ in place.assigned_attributes if isinstance(target.value, ast.Name))
            found.update(each.target.attr for each in place.of(ast.AugAssign) if isinstance(each.target, ast.Attribute))
        return found

    def _attributes(self, scope: Scope) -> dict[str, str]:
        assigned: dict[str, list[tuple[Binding, Scope]]] = {}
        for name, bindings in scope.bindings.items():
            assigned.setdefault(name, []).extend((each, scope) for each in bindings)
        for method in scope.children:
            for place in method.walk():
                for target, binding in place.assigned_attributes:
                    if isinstance(target.value, ast.Name) and self._is_self(target.value, place, scope):
                        assigned.setdefault(target.attr, []).append((binding, place))
        found: dict[str, str] = {}
        for name, pairs in assigned.items():
            path = self._told(iter(pairs), scope, name)
            if path:
                found[name] = path
        return found

    def _is_self(self, name: ast.Name, place: Scope, owner: Scope) -> bool:
        binder = place.binder(name.id)
        if binder is None:
            return False
        return any(
            each.kind in (BindingKind.SELF, BindingKind.CLS) and each.value is owner.node for each in binder.bindings.get(name.id, [])
        )

    def _function(self, scope: Scope) -> FunctionSummary:
        node = scope.node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            raise TypeError(node)
        around = scope.parent or scope
        owner = scope.enclosing_class
        decorators = tuple(self._decorator(each, around) for each in node.decorator_list)
        withs = _WithSpans(scope, self.paths)
        return FunctionSummary(
            name=self.paths.qualified(scope),
            file=self.parsed.file,
            line=node.lineno,
            owner=self.paths.qualified(owner) if owner is not None else "",
            is_async=scope.is_async,
            is_generator=is_generator(scope),
            awaits=bool(scope.of(ast.Await) or scope.of(ast.AsyncFor) or scope.of(ast.AsyncWith)) or has_async_comprehension(scope),
            gives=_gives(scope, node),
            cleans_up=any(_is_cleaned_up(each, scope, self.symbols.parents) for each in scope.of(ast.Yield)),
            parameters=tuple(each.arg for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)),
            decorators=decorators,
            returns=self._returns(scope, node, around, decorators),
            calls=tuple(self._calls(scope, withs)),
            hand_overs=tuple(hand_overs(self.symbols, self.paths, scope)),
            acquisitions=tuple(self._acquisitions(scope, withs)),
            entered=tuple(
                path for each in scope.of(ast.AsyncWith) for one in each.items if (path := self.paths.of(one.context_expr, scope))
            ),
            statements=_statements(node),
            loops=any(scope.of(kind) for kind in _LOOPS),
            abstract=_is_empty(node),
        )

    def _decorator(self, node: ast.expr, around: Scope) -> str:
        return self.paths.of(node.func if isinstance(node, ast.Call) else node, around)

    def _returns(self, scope: Scope, node: ast.FunctionDef | ast.AsyncFunctionDef, around: Scope, decorators: tuple[str, ...]) -> str:
        context = any(each.rpartition(".")[2] in _CONTEXT_MANAGERS for each in decorators)
        told = self.paths.annotation(node.returns, around) if node.returns is not None else ""
        if told and told != "None":
            return told[1:-1] if context and told.startswith("<") else told
        yields = [each.value for each in scope.of(ast.Yield) if each.value is not None]
        if yields:
            inside = next((path for each in yields if (path := self.paths.of(each, scope)) not in {"", "None"}), "")
            return inside if context or not inside else f"<{inside}>"
        values = [each.value for each in scope.of(ast.Return) if each.value is not None]
        return next((path for each in values if (path := self.paths.of(each, scope)) not in {"", "None", "<>", "{}"}), "")

    def _calls(self, scope: Scope, withs: "_WithSpans") -> Iterator[CallSite]:
        parents = self.symbols.parents
        for call in scope.of(ast.Call):
            target = self.paths.of(call.func, scope)
            if target:
                guarded, conditional = self._conditions.of(call, scope)
                yield CallSite(
                    target=target,
                    line=call.lineno,
                    column=call.col_offset,
                    awaited=isinstance(parents.get(call), ast.Await),
                    held=withs.around(call),
                    guarded=guarded,
                    conditional=conditional,
                    own=isinstance(call.func, ast.Attribute) and self._is_own(call.func.value, scope),
                )

    def _is_own(self, node: ast.expr, scope: Scope) -> bool:
        """Tell what `is_own` tells, working it out once for each name of a scope."""
        if not isinstance(node, ast.Name):
            return False
        key = (scope, node.id)
        known = self._own.get(key)
        if known is None:
            known = self._own[key] = is_own(node, scope)
        return known

    def _acquisitions(self, scope: Scope, withs: "_WithSpans") -> Iterator[Acquisition]:
        yield from withs.taken
        for call in scope.of(ast.Call):
            if isinstance(call.func, ast.Attribute) and call.func.attr == "acquire":
                lock = self.paths.of(call.func.value, scope)
                if lock:
                    yield Acquisition(
                        lock=lock,
                        line=call.lineno,
                        column=call.col_offset,
                        held=withs.around(call),
                        own=_is_attribute_of_own(call.func.value, scope),
                        # Whatever it is given, blocking or a timeout, there is an end to the wait.
                        waits=not call.args and not call.keywords,
                    )


class _WithSpans:
    """The contexts of a function's plain `with` statements, and the stretch of source that each holds for."""

    def __init__(self, scope: Scope, paths: Paths) -> None:
        self.taken: list[Acquisition] = []
        self._spans: list[tuple[tuple[int, int], int, str]] = []
        for node in scope.of(ast.With):
            held = self._at(node.lineno, node.col_offset)
            entered: list[str] = []
            for item in node.items:
                place = item.context_expr
                path = paths.of(place, scope)
                if path:
                    own = _is_attribute_of_own(place, scope)
                    self.taken.append(Acquisition(lock=path, line=place.lineno, column=place.col_offset, held=(*held, *entered), own=own))
                    entered.append(path)
            begin = (node.body[0].lineno, node.body[0].col_offset)
            self._spans.extend((begin, node.end_lineno or node.lineno, path) for path in entered)

    def _at(self, line: int, column: int) -> tuple[str, ...]:
        return tuple(path for begin, last, path in self._spans if begin <= (line, column) and line <= last)

    def around(self, call: ast.Call) -> tuple[str, ...]:
        """Return the contexts that are held at a call, the outermost first."""
        return self._at(call.lineno, call.col_offset) if self._spans else ()


def is_own(node: ast.AST, scope: Scope) -> bool:
    """Tell whether an expression is the instance, or the class, whose method a scope is or lies in."""
    binder = scope.binder(node.id) if isinstance(node, ast.Name) else None
    if binder is None or not isinstance(node, ast.Name):
        return False
    return any(each.kind in (BindingKind.SELF, BindingKind.CLS) for each in binder.bindings.get(node.id, ()))


def _is_attribute_of_own(node: ast.AST, scope: Scope) -> bool:
    return isinstance(node, ast.Attribute) and is_own(node.value, scope)


def _gives(scope: Scope, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Tell whether a function gives a value, says so, or is to be filled in by somebody else."""
    if is_generator(scope) or any(each.value is not None for each in scope.of(ast.Return)):
        return True
    told = node.returns
    if told is not None and not (isinstance(told, ast.Constant) and told.value is None):
        return True
    return _is_empty(node)


def _is_empty(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Tell whether a function does nothing, or only raises."""
    return all(isinstance(each, (ast.Pass, ast.Raise)) or _is_constant(each) for each in node.body)


def _is_constant(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_cleaned_up(node: ast.Yield, scope: Scope, parents: dict[ast.AST, ast.AST]) -> bool:
    """Tell whether something has to be done when a generator ends where it yields."""
    child: ast.AST = node
    while child is not scope.node and child in parents:
        parent = parents[child]
        if isinstance(parent, (ast.With, ast.AsyncWith)) and child in parent.body:
            return True
        if isinstance(parent, ast.Try) and child in parent.body and parent.finalbody:
            return True
        child = parent
    return False


def _statements(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return how many statements a function has on its two upper levels, its docstring not counted."""
    body = node.body[1:] if isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant) else node.body
    return sum(1 + len(getattr(each, "body", ())) + len(getattr(each, "orelse", ())) for each in body)
