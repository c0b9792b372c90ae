"""Reads source that a test holds as text into scopes and paths."""

import ast
from textwrap import dedent

from conc_advisor.review.symbols.paths import Paths
from conc_advisor.review.symbols.reader import SymbolTree
from conc_advisor.review.symbols.scopes import Scope

_NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def symbols(source: str, module: str = "app", *, package: bool = False) -> SymbolTree:
    """Return the scopes of a module."""
    return SymbolTree(ast.parse(dedent(source)), module, package=package)


def scope(tree: SymbolTree, qualname: str) -> Scope:
    """Return the last scope of a dotted name below the module, "" for the module's own."""
    return [each for each in tree.root.walk() if each.qualname == qualname][-1]


def raw(source: str, expression: str, place: str = "") -> str:
    """Return the raw path of an expression that stands at the end of a module, or of one of its functions."""
    module = ast.parse(dedent(source))
    body = module.body
    for name in place.split(".") if place else ():
        owner = next(each for each in reversed(body) if isinstance(each, _NAMED) and each.name == name)
        body = owner.body
    (statement,) = ast.parse(f"({expression})").body
    body.append(ast.increment_lineno(statement, 10_000))
    tree = SymbolTree(module, "app")
    where = scope(tree, place)
    return Paths(tree).of(where.of(ast.Expr)[-1].value, where)
