"""Renames the identifiers that a template declares, everywhere in one of its files, and nothing else.

What is renamed: definitions and uses of a name of the module, the attribute of the module itself (`fan_out.map_bounded`), what is imported
from it, entries of `__all__`, and annotations in quotes.  Methods, attributes and keyword arguments of the same name are others.  A name
that is declared and that only a class defines is a method: its definitions and all attributes of that name are changed.  In docstrings and
comments a name is changed where it stands in backquotes; other strings are left as they are.
"""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final, NoReturn

from conc_advisor.errors import UsageError
from conc_advisor.scaffolding.edits import Edit, Places, edited

_BACKQUOTED: Final = re.compile(r"(`+)[^`]+\1")
_TYPE_CALLS: Final = frozenset({"TypeVar", "cast", "NewType"})
"""Calls whose texts are types."""
_WHOLE_F_STRINGS: Final = sys.version_info < (3, 12)
"""Whether an f-string is one token, whose inside has no usable positions."""
_FIELD: Final = re.compile(r"\{\{|\}\}|[{}]")

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Renamed:
    """What is to be renamed: names (old: new) at the top of `modules`, the template's own by their plain names, and of their `methods`."""

    names: Mapping[str, str]
    modules: AbstractSet[str]
    methods: AbstractSet[str] = frozenset()


def rename(source: str, renamed: Renamed, *, file: str) -> str:
    """Return `source` with the names changed.

    Raises `UsageError` where a new name is taken in the file, or where an old one means several things in it.
    """
    if not renamed.names:
        return source
    _check_free(source, renamed, file)
    return edited(source, _Renaming(source, renamed, file).edits())


def names_in(source: str) -> set[str]:
    """Return every name that the code uses but for those behind a dot."""
    tokens = [each for each in tokenize.generate_tokens(io.StringIO(source).readline) if each.type in {tokenize.NAME, tokenize.OP}]
    found = {each.string for before, each in zip([tokens[0], *tokens], tokens, strict=False) if before.string != "."} if tokens else set()
    # The names in an f-string are no tokens of their own in Python 3.11.
    return found | {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}


def defined_in(source: str) -> set[str]:
    """Return the names that a module defines at its top level, also below `if` and `try` there."""
    return set(_defined(ast.parse(source).body))


def methods_in(source: str) -> set[str]:
    """Return the names of all functions that classes define."""
    classes = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef))
    return {each.name for node in classes for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}


def _defined(body: list[ast.stmt]) -> Iterator[str]:
    for node in body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.Assign():
                yield from (each.id for target in node.targets for each in ast.walk(target) if isinstance(each, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case ast.If() | ast.Try():
                yield from _defined([*node.body, *node.orelse])
                yield from _defined([each for handler in getattr(node, "handlers", ()) for each in handler.body])
            case _ if type(node).__name__ == "TypeAlias":
                # From Python 3.12 on.
                yield from (each.id for each in [getattr(node, "name", None)] if isinstance(each, ast.Name))
            case _:
                pass


def _check_free(source: str, renamed: Renamed, file: str) -> None:
    present = names_in(source)
    attributes = {node.attr for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)}
    for old, new in renamed.names.items():
        taken = present | attributes if old in renamed.methods else present
        if new in taken and new not in renamed.names:
            raise UsageError(f"{old} cannot become {new}: {file} of the template uses that name already", hint="take another name")


class _Renaming(ast.NodeVisitor):
    """Collects the changes to one file."""

    def __init__(self, source: str, renamed: Renamed, file: str) -> None:
        self._source = source
        self._methods = {old: new for old, new in renamed.names.items() if old in renamed.methods}
        self._names = {old: new for old, new in renamed.names.items() if old not in renamed.methods}
        self._all = renamed.names
        self._modules = renamed.modules
        self._file = file
        self._tree = ast.parse(source)
        self._places = Places(source)
        self._tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
        self._edits: list[Edit] = []
        top, inner = ("|".join(map(re.escape, names)) or "(?!)" for names in (self._names, self._methods))
        self._word = re.compile(rf"(?:(?<![\w.])(?:{top})|(?<!\w)(?:{inner}))(?!\w)")
        self._aliases: set[str] = set()
        self._in_class: set[ast.stmt] = set()

    def edits(self) -> list[Edit]:
        """Return the changes."""
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Import):
                self._aliases.update(alias.asname or alias.name for alias in node.names if alias.name in self._modules)
        self.visit(self._tree)
        for token in self._tokens:
            if token.type == tokenize.COMMENT:
                start = self._places.of_token(*token.start)
                self._backquoted(start, start + len(token.string))
            elif token.type == tokenize.STRING and _WHOLE_F_STRINGS:
                self._f_string(token)
        return self._edits

    def visit_Name(self, node: ast.Name) -> None:
        """Change a use."""
        if node.id in self._names:
            self._change(self._places.of_node(node.lineno, node.col_offset), node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """Change an attribute of the module, and a method."""
        of_module = isinstance(node.value, ast.Name) and node.value.id in self._aliases
        if node.attr in self._methods or (node.attr in self._names and of_module):
            end = self._places.of_node(node.end_lineno or 0, node.end_col_offset or 0)
            self._change(end - len(node.attr), node.attr)
        self.visit(node.value)

    def visit_Module(self, node: ast.Module) -> None:
        """Look at its docstring too."""
        self._docstring(node)
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Change a definition."""
        self._definition(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        """Change a definition."""
        self._definition(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Change a definition; what the class itself defines is its own."""
        self._definition(node)

    def visit_Global(self, node: ast.Global | ast.Nonlocal) -> None:
        """Change what is declared."""
        for name in set(node.names) & set(self._names):
            self._change(self._named_token(name, node), name)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        """Change what is declared."""
        self.visit_Global(node)

    def visit_Import(self, node: ast.Import) -> None:
        """Change what it binds."""
        for alias in node.names:
            self._foreign(alias, bound=alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """Change what is imported from a module of the template, or under which name."""
        for alias in node.names:
            if node.module in self._modules and not node.level:
                if alias.name in self._names:
                    self._change(self._places.of_node(alias.lineno, alias.col_offset), alias.name)
            else:
                self._foreign(alias, bound=alias.name)

    def visit_Assign(self, node: ast.Assign) -> None:
        """Change what `__all__` lists."""
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets):
            self._types(node.value)
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """Change a type in quotes."""
        self._types(node.annotation)
        self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> None:
        """Change a type in quotes; a parameter of that name would be another thing."""
        if node.arg in self._names:
            self._ambiguous(node.arg, "a parameter")
        if node.annotation is not None:
            self._types(node.annotation)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        """Change a type in quotes."""
        if ast.unparse(node.func).rpartition(".")[2] in _TYPE_CALLS:
            for value in (*node.args, *(keyword.value for keyword in node.keywords)):
                self._types(value)
        self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Look into it where there are positions."""
        if not _WHOLE_F_STRINGS:
            self.generic_visit(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        """Refuse what binds the name anew."""
        if node.name is not None and node.name in self._names:
            self._ambiguous(node.name, "a caught error")
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar) -> None:
        """Refuse what binds the name anew."""
        if node.name is not None and node.name in self._names:
            self._ambiguous(node.name, "part of a pattern")
        self.generic_visit(node)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        """Refuse what binds the name anew."""
        self.visit_MatchAs(node)

    def _definition(self, node: Definition) -> None:
        self._docstring(node)
        if node.name in (self._methods if node in self._in_class else self._names):
            self._change(self._named_token(node.name, node), node.name)
        if isinstance(node, ast.ClassDef):
            for each in node.body:
                if isinstance(each, Definition):
                    self._in_class.add(each)
                elif isinstance(each, ast.Assign | ast.AnnAssign):
                    self._check_fields(each)
        elif node.returns is not None:
            self._types(node.returns)
        self.generic_visit(node)

    def _check_fields(self, node: ast.Assign | ast.AnnAssign) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            if isinstance(target, ast.Name) and target.id in self._names:
                self._ambiguous(target.id, "an attribute of a class")

    def _foreign(self, alias: ast.alias, *, bound: str) -> None:
        """Let what is imported from elsewhere be called by the new name."""
        start = self._places.of_node(alias.lineno, alias.col_offset)
        end = self._places.of_node(alias.end_lineno or 0, alias.end_col_offset or 0)
        if alias.asname is not None and alias.asname in self._names:
            self._change(end - len(alias.asname), alias.asname)
        elif alias.asname is None and bound in self._names:
            self._edits.append(Edit(start, end, f"{alias.name} as {self._names[bound]}"))

    def _docstring(self, node: ast.Module | Definition) -> None:
        first = node.body[0] if node.body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            self._backquoted(*self._span(first.value))

    def _backquoted(self, start: int, end: int) -> None:
        for quoted in _BACKQUOTED.finditer(self._source, start, end):
            self._words(quoted.start(), quoted.end())

    def _types(self, node: ast.expr) -> None:
        """Change the names in what stands in quotes."""
        for each in ast.walk(node):
            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                self._words(*self._span(each))

    def _f_string(self, token: tokenize.TokenInfo) -> None:
        """Change the names in the braces of an f-string that is one token."""
        prefix = re.match(r"[A-Za-z]*", token.string)
        if prefix is None or "f" not in prefix[0].lower():
            return
        start = self._places.of_token(*token.start)
        depth = 0
        begun = 0
        for mark in _FIELD.finditer(token.string):
            if mark[0] == "{{" and not depth:
                continue
            depth += mark[0].count("{") - min(mark[0].count("}"), depth)
            if mark[0] == "{" and depth == 1:
                begun = mark.end()
            elif "}" in mark[0] and not depth and begun:
                self._words(start + begun, start + mark.start())
                begun = 0

    def _words(self, start: int, end: int) -> None:
        for word in self._word.finditer(self._source, start, end):
            self._change(word.start(), word[0])

    def _span(self, node: ast.expr) -> tuple[int, int]:
        end = self._places.of_node(node.end_lineno or 0, node.end_col_offset or 0)
        return self._places.of_node(node.lineno, node.col_offset), end

    def _named_token(self, name: str, node: ast.stmt) -> int:
        """Return the place of the first token of that name in a statement."""
        begin = self._places.of_node(node.lineno, node.col_offset)
        places = (self._places.of_token(*each.start) for each in self._tokens if each.type == tokenize.NAME and each.string == name)
        return next(place for place in places if place >= begin)

    def _change(self, place: int, name: str) -> None:
        self._edits.append(Edit(place, place + len(name), self._all[name]))

    def _ambiguous(self, name: str, other: str) -> NoReturn:
        raise UsageError(f"{name} cannot be renamed: in {self._file} of the template {other} is called so too", hint="leave that name")
