"""Reads source that a test holds as text into scopes and paths."""

import ast
from textwrap import dedent

from conc_advisor.review.symbols.paths import Paths
from conc_advisor.review.symbols.reader import SymbolTree
from conc_advisor.review.symbols.scopes import Scope


def symbols(source: str, module: str = "app", *, package: bool = False) -> SymbolTree:
    """Return the scopes of a module."""
    return SymbolTree(ast.parse(dedent(source)), module, package=package)


def scope(tree: SymbolTree, qualname: str) -> Scope:
    """Return the last scope of a dotted name below the module, "" for the module's own."""
    return [each for each in tree.root.walk() if each.qualname == qualname][-1]


def raw(source: str, expression: str, place: str = "") -> str:
    """Return the raw path of an expression at the end of a module, or of one of its functions."""
    text = dedent(source)
    if place:
        *_, last = place.split(".")
        lines = text.splitlines()
        begin = max(number for number, line in enumerate(lines) if f"def {last}(" in line or f"class {last}" in line)
        indent = len(lines[begin]) - len(lines[begin].lstrip()) + 4
        end = next((n for n in range(begin + 1, len(lines)) if lines[n].strip() and not lines[n].startswith(" " * indent)), len(lines))
        lines.insert(end, " " * indent + f"({expression})")
        text = "\n".join(lines)
    else:
        text = f"{text}\n({expression})\n"
    tree = SymbolTree(ast.parse(text), "app")
    where = scope(tree, place)
    node = where.of(ast.Expr)[-1].value
    return Paths(tree).of(node, where)
