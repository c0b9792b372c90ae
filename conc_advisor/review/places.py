"""Says where a node of a syntax tree stands, as a reader and an editor count lines and columns."""

import ast

from conc_advisor.findings import Location


def location_of(node: ast.AST, *, file: str, function: str, lines: tuple[str, ...]) -> Location:
    """Return where a node stands; columns count characters, where the syntax tree counts bytes of UTF-8."""
    line, end_line = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0) or 0
    return Location(
        file=file,
        line=line,
        function=function,
        column=_column(lines, line, getattr(node, "col_offset", 0)),
        end_line=end_line,
        end_column=_column(lines, end_line, getattr(node, "end_col_offset", 0) or 0),
    )


def _column(lines: tuple[str, ...], line: int, offset: int) -> int:
    text = lines[line - 1] if 0 < line <= len(lines) else ""
    return offset + 1 if text.isascii() else len(text.encode()[:offset].decode(errors="replace")) + 1
