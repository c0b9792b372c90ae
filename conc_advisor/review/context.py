"""What a rule sees of one file: its tree with scopes and parents, and what every expression means in the project."""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Location, Step
from conc_advisor.review.parsed import ParsedModule
from conc_advisor.review.places import location_of
from conc_advisor.review.project.project import Project
from conc_advisor.review.project.summaries import FunctionSummary
from conc_advisor.review.symbols.paths import Paths
from conc_advisor.review.symbols.reader import SymbolTree
from conc_advisor.review.symbols.scopes import Scope, ScopeKind

_LOOPS: Final = (ast.For, ast.AsyncFor, ast.While)
_COMPREHENSIONS: Final = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_PARTIAL: Final = "functools.partial"
NEWEST_PYTHON: Final = 14
"""The minor version of the newest Python 3 whose behaviour the rules know."""


class FileContext:
    """One file.

    Paths are canonical: see `symbols.paths` for their grammar.  A path that ends with `()` is an instance or what a call gives.
    """

    __slots__ = ("_packages", "_paths", "_scopes", "parsed", "project", "symbols")

    def __init__(self, parsed: ParsedModule, project: Project, *, symbols: SymbolTree | None = None, paths: Paths | None = None) -> None:
        self.parsed = parsed
        self.project = project
        self.symbols = symbols if symbols is not None else SymbolTree(parsed.tree, parsed.name, package=parsed.package)
        self._paths = paths if paths is not None else Paths(self.symbols)
        self._packages: frozenset[str] | None = None
        self._scopes: tuple[Scope, ...] = tuple(self.symbols.root.walk())

    # --- versions -----------------------------------------------------------------------------------------------------------------

    @property
    def python(self) -> int:
        """The lowest minor version of Python 3 that the code must run on; the newest known where the project does not say."""
        return self.parsed.python if self.parsed.python is not None else NEWEST_PYTHON

    # --- scopes -------------------------------------------------------------------------------------------------------------------

    @property
    def module(self) -> Scope:
        """The module's own scope."""
        return self.symbols.root

    def scopes(self) -> tuple[Scope, ...]:
        """Return all scopes, the module's first, in the order of the source."""
        return self._scopes

    def functions(self) -> Iterator[Scope]:
        """Yield all functions and methods, not lambdas."""
        return (scope for scope in self._scopes if scope.kind is ScopeKind.FUNCTION)

    def coroutines(self) -> Iterator[Scope]:
        """Yield all async functions, async generators included."""
        return (scope for scope in self._scopes if scope.is_async)

    def calls(self) -> Iterator[tuple[Scope, ast.Call]]:
        """Yield all calls of the file, each with the scope that it runs in."""
        for scope in self._scopes:
            for call in scope.of(ast.Call):
                yield scope, call

    def scope_of(self, node: ast.AST) -> Scope:
        """Return the scope that a node lies in."""
        return self.symbols.scope_of(node)

    def function_of(self, node: ast.AST) -> Scope | None:
        """Return the function, not lambda, that a node lies in; None at module and class level."""
        scope: Scope | None = self.scope_of(node)
        while scope is not None and scope.kind is not ScopeKind.FUNCTION:
            scope = scope.parent
        return scope

    def full_name(self, scope: Scope) -> str:
        """Return the dotted name of a function or class, the module's name included: the key of `project.functions`."""
        return self._paths.qualified(scope)

    def summary(self, scope: Scope) -> FunctionSummary | None:
        """Return what the project knows of a function of this file."""
        return self.project.functions.get(self.full_name(scope))

    def scope_named(self, path: str) -> Scope | None:
        """Return the function of this file that a canonical path means; None for one that lies elsewhere."""
        prefix = f"{self.parsed.name}."
        if not path.startswith(prefix):
            return None
        name = path[len(prefix) :]
        return next((scope for scope in self._scopes if scope.qualname == name and scope.kind is ScopeKind.FUNCTION), None)

    # --- meaning ------------------------------------------------------------------------------------------------------------------

    def path(self, node: ast.AST, scope: Scope | None = None) -> str:
        """Return the canonical path of an expression, "" when nothing is known; `scope` is where it is evaluated, if that is known."""
        return self.project.canonical(self._paths.of(node, scope if scope is not None else self.scope_of(node)))

    def target(self, call: ast.Call, scope: Scope | None = None) -> str:
        """Return the canonical path of what is called: `requests.get`, `threading.Thread().join`, `package.module.Class.method`."""
        return self.path(call.func, scope)

    def word(self, call: ast.Call) -> str:
        """Return the last word of what is called, before any renaming by an import: a cheap test of what a call may be."""
        name = last_name(call)
        return self.symbols.renamed.get(name, name)

    def callee(self, call: ast.Call, scope: Scope | None = None) -> FunctionSummary | None:
        """Return the project's function that is called, a constructor for a class; None for any other."""
        path = self.target(call, scope)
        return self.project.function(path) if path else None

    def is_a(self, node: ast.AST, *names: str, scope: Scope | None = None) -> bool:
        """Tell whether an expression is an instance of one of some classes (`threading.Lock`), or of one derived from them."""
        return self.project.is_a(self.path(node, scope), *names)

    def is_a_class(self, scope: Scope, *names: str) -> bool:
        """Tell whether a class of this file is derived from one of some classes."""
        return self.project.is_a(f"{self.full_name(scope)}()", *names)

    @property
    def packages(self) -> frozenset[str]:
        """The first words of what the module's names mean: the packages that it imports from, itself among them."""
        if self._packages is None:
            names = self.project.modules[self.parsed.name].names.values() if self.parsed.name in self.project.modules else ()
            self._packages = frozenset(each.partition(".")[0] for each in names)
        return self._packages

    def work(self, node: ast.expr, scope: Scope | None = None) -> ast.expr:
        """Return the function behind a function that is handed over: a partial's function, anything else as it is."""
        while isinstance(node, ast.Call) and node.args and self.path(node.func, scope) == _PARTIAL:
            node = node.args[0]
        return node

    # --- places -------------------------------------------------------------------------------------------------------------------

    def parent(self, node: ast.AST) -> ast.AST | None:
        """Return the node around a node."""
        return self.symbols.parents.get(node)

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield the nodes around a node inside of its function, lambda or class, the nearest first; the module's for others."""
        current = self.symbols.parents.get(node)
        while current is not None and current not in self.symbols.scopes:
            yield current
            current = self.symbols.parents.get(current)

    def loop_around(self, node: ast.AST, *, comprehensions: bool = True) -> ast.AST | None:
        """Return the nearest loop or comprehension of the same function that runs a node again and again; None outside of any.

        What is iterated over, and a loop's `else`, run once.
        """
        child, grandchild = node, node
        for each in self.ancestors(node):
            if isinstance(each, _LOOPS) and child in each.body:
                return each
            if isinstance(each, ast.While) and child is each.test:
                return each
            if comprehensions and isinstance(each, _COMPREHENSIONS):
                first = each.generators[0]
                if not (child is first and grandchild is first.iter):
                    return each
            child, grandchild = each, child
        return None

    def statement(self, node: ast.AST) -> ast.stmt:
        """Return the statement that a node belongs to, itself for a statement."""
        current: ast.AST | None = node
        while current is not None and not isinstance(current, ast.stmt):
            current = self.symbols.parents.get(current)
        if current is None:
            raise ValueError(node)
        return current

    def is_awaited(self, node: ast.AST) -> bool:
        """Tell whether `await` stands directly before an expression."""
        return isinstance(self.symbols.parents.get(node), ast.Await)

    def is_dropped(self, node: ast.AST) -> bool:
        """Tell whether an expression is a statement of its own, its value thrown away."""
        return isinstance(self.symbols.parents.get(node), ast.Expr)

    def in_main_guard(self, node: ast.AST) -> bool:
        """Tell whether a node stands below `if __name__ == "__main__":`."""
        return any(isinstance(each, ast.If) and _names_main(each.test) for each in self.ancestors(node))

    def location(self, node: ast.AST) -> Location:
        """Return where a node stands."""
        function = node if node in self.symbols.scopes else self.function_of(node)
        name = function.qualname if isinstance(function, Scope) else self.symbols.scopes[function].qualname if function is not None else ""
        return location_of(node, file=self.parsed.file, function=name or "<module>", lines=self.parsed.lines)

    def step(self, node: ast.AST, text: str) -> Step:
        """Return a step of the way to a finding that stands in this file."""
        return Step(text=text, location=self.location(node))

    # --- source -------------------------------------------------------------------------------------------------------------------

    def text(self, node: ast.AST, *, most: int = 60) -> str:
        """Return the source of a node on one line, shortened to so many characters."""
        line, end = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
        if not line or not end:
            return ""
        lines = list(self.parsed.lines[line - 1 : end])
        if not lines:
            return ""
        lines[-1] = lines[-1].encode()[: getattr(node, "end_col_offset", 0)].decode(errors="replace")
        lines[0] = lines[0].encode()[getattr(node, "col_offset", 0) :].decode(errors="replace")
        text = " ".join(" ".join(lines).split())
        return text if len(text) <= most else f"{text[: most - 1]}…"


def argument(call: ast.Call, name: str, position: int | None = None) -> ast.expr | None:
    """Return an argument by its name or its position; None where it is not given, or may hide in `*args` before it."""
    for each in call.keywords:
        if each.arg == name:
            return each.value
    if position is not None and position < len(call.args):
        before = call.args[: position + 1]
        return None if any(isinstance(each, ast.Starred) for each in before) else call.args[position]
    return None


def has_unseen_arguments(call: ast.Call) -> bool:
    """Tell whether a call may be given more than can be read: `*args` or `**options`."""
    return any(each.arg is None for each in call.keywords) or any(isinstance(each, ast.Starred) for each in call.args)


def last_name(node: ast.AST | None) -> str:
    """Return the last word of a name, `c` for `a.b.c`; of a call's function; "" for anything else."""
    if isinstance(node, ast.Call):
        node = node.func
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _names_main(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and any(
        isinstance(each, ast.Name) and each.id == "__name__" for each in (test.left, *test.comparators)
    )


def is_none(node: ast.expr | None) -> bool:
    """Tell whether an expression is there, and is the constant `None`."""
    return isinstance(node, ast.Constant) and node.value is None


def handler_words(context: FileContext, handler: ast.ExceptHandler) -> str:
    """Return the head of an `except` clause as it is written."""
    return f"except {context.text(handler.type)}" if handler.type is not None else "except:"
