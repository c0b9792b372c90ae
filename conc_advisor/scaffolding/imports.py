"""Rewrites how the files of a template import each other, for the places that they get in a project."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from conc_advisor.errors import UsageError
from conc_advisor.scaffolding.edits import Edit, Places, edited

WIDTH: Final = 100
"""Columns that templates are formatted to."""
_CONSTANT: Final = re.compile(r"[A-Z0-9_]{2,}")


def rewrite_imports(source: str, places: Mapping[str, str]) -> str:
    """Return `source` with imports of the template's modules changed.

    `places` maps each plain name to what is imported now: the same name, `package.module` or `.module`.
    """
    found = Places(source)
    edits: list[Edit] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            start = found.of_node(node.lineno, node.col_offset)
            end = found.of_node(node.end_lineno or 0, node.end_col_offset or 0)
            edits += (Edit(start, end, text) for text in _statement(node, source[start:end], node.col_offset, places))
    return edited(source, edits)


def imported_from(source: str, modules: AbstractSet[str]) -> set[str]:
    """Return the names that a file imports from modules of the template and knows by the same name."""
    nodes = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom) and not node.level and node.module in modules)
    return {alias.name for node in nodes for alias in node.names if alias.asname in {None, alias.name}}


def _statement(node: ast.Import | ast.ImportFrom, text: str, indent: int, places: Mapping[str, str]) -> Iterator[str]:
    """Yield the statement anew, where it is about a module of the template."""
    if isinstance(node, ast.ImportFrom):
        if not node.level and node.module in places:
            yield _from(places[str(node.module)], node.names, text, indent)
        return
    ours = [alias for alias in node.names if alias.name in places]
    if not ours:
        return
    if len(node.names) > 1:
        raise UsageError(f"a template's {text!r} imports several modules at once", hint="give each a line of its own")
    [alias] = ours
    package, dot, module = places[alias.name].rpartition(".")
    called = f" as {alias.asname}" if alias.asname else ""
    yield f"from {package or '.'} import {module}{called}" if dot else f"import {module}{called}"


def _from(place: str, aliases: Sequence[ast.alias], text: str, indent: int) -> str:
    """Return the line as the formatter and the sorter of imports would have it."""
    if "#" in text:
        # What is said there belongs to a line of its own.
        return re.sub(r"^from\s+\w+", f"from {place}", text)
    names = [alias.name + (f" as {alias.asname}" if alias.asname else "") for alias in sorted(aliases, key=_order)]
    line = f"from {place} import {', '.join(names)}"
    one_each = re.search(r",\s*\)$", text) is not None
    if not one_each and indent + len(line) <= WIDTH:
        return line
    margin = " " * indent
    rows = "".join(f"{margin}    {name},\n" for name in names)
    return f"from {place} import (\n{rows}{margin})"


def _order(alias: ast.alias) -> tuple[tuple[bool, bool], str, str]:
    """Return the sort key that ruff and isort use: constants, classes, the rest."""
    is_constant = _CONSTANT.fullmatch(alias.name) is not None
    is_class = alias.name[:1].isupper()
    return (not is_constant, not is_class), alias.name.lower(), alias.name
