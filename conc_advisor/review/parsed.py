"""One file of source, read and parsed."""

import ast
from dataclasses import dataclass
from pathlib import Path

from conc_advisor.scanning.inventory import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedModule:
    """A file's syntax tree beside its text.

    `file` is its name as shown, `name` the dotted name that other files import it by (`package.module`), `package` whether it is an
    `__init__.py`, `lines` its lines without line ends, `python` the lowest minor version of Python 3 that it must run on (None: unknown).
    """

    path: Path
    file: str
    name: str
    package: bool
    part: Part
    lines: tuple[str, ...]
    tree: ast.Module
    python: int | None = None
