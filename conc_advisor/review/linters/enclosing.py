"""Tells which function a line of a module lies in."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosing:
    """The innermost function around a line: its dotted name below the module, and whether it is an async one.

    `entered`: the line lies in an `async with` of that function.
    """

    function: str
    coroutine: bool
    entered: bool = False


NOWHERE: Final = Enclosing(function="<module>", coroutine=False)
"""What lies around a line that is in no function."""


def enclosing(tree: ast.Module) -> Mapping[int, Enclosing]:
    """Return what lies around each line of a module, by the line's number; `NOWHERE` holds for lines that are not in it.

    A decorator's line lies outside of its function.  All lines are told at once: a file may have thousands that are asked about.
    """
    around: dict[int, Enclosing] = {}
    waiting: list[tuple[ast.AST, Enclosing, str]] = [(tree, NOWHERE, "")]
    while waiting:
        node, found, name = waiting.pop()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt | ast.excepthandler):
                inner, inner_name = _entering(child, found, name)
                if inner is not found:
                    # What is inside comes later, and takes its lines for itself.
                    around.update(dict.fromkeys(range(child.lineno, (child.end_lineno or child.lineno) + 1), inner))
                waiting.append((child, inner, inner_name))
            elif isinstance(child, ast.match_case):
                waiting.append((child, found, name))
    return around


def _entering(node: ast.stmt | ast.excepthandler, around: Enclosing, name: str) -> tuple[Enclosing, str]:
    """Return what lies around the lines of a statement that itself lies in `around`, and the name that those in it begin with."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        name = f"{name}.{node.name}" if name else node.name
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return Enclosing(function=name, coroutine=isinstance(node, ast.AsyncFunctionDef)), name
        case ast.AsyncWith():
            return replace(around, entered=True), name
        case _:
            return around, name
