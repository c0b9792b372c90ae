"""Tells which function a line of a module lies in."""

import ast
from dataclasses import dataclass, replace
from typing import Final

_MODULE: Final = "<module>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosing:
    """The innermost function around a line: its dotted name below the module, and whether it is an async one.

    `entered`: the line lies in an `async with` of that function.
    """

    function: str
    coroutine: bool
    entered: bool = False


def enclosing(tree: ast.Module, line: int) -> Enclosing:
    """Return the function around a line; `<module>` where it is in none.  A decorator's line lies outside of its function."""
    found, name = Enclosing(function=_MODULE, coroutine=False), ""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
                continue
            if isinstance(child, ast.match_case):
                waiting.append(child)
                continue
            if not child.lineno <= line <= (child.end_lineno or child.lineno):
                continue
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                name = f"{name}.{child.name}" if name else child.name
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                found = Enclosing(function=name, coroutine=isinstance(child, ast.AsyncFunctionDef))
            elif isinstance(child, ast.AsyncWith):
                found = replace(found, entered=True)
            waiting.append(child)
    return found
