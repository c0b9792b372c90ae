"""Turns one file into a syntax tree, or into the reason why there is none.  Nothing is imported, nothing is run."""

import ast
import sys
import warnings
from pathlib import Path
from typing import Final

from conc_advisor.files import read_regular

MAX_BYTES: Final = 1 << 20
"""Larger files are data in the shape of code (tables, generated parsers) and cost seconds each to parse."""

_THIS_PYTHON: Final = f"{sys.version_info[0]}.{sys.version_info[1]}"
"""Newer syntax than its own is beyond what the parser knows."""


class UnreadableError(Exception):
    """The file is skipped; the text says why, in a clause."""


def parse_file(path: Path) -> ast.Module:
    """Return the syntax tree of a file; raises `UnreadableError`."""
    try:
        data = read_regular(path, MAX_BYTES + 1)
    except OSError as error:
        raise UnreadableError(f"cannot be read: {error.strerror or error}") from error
    if len(data) > MAX_BYTES:
        raise UnreadableError(f"larger than {MAX_BYTES >> 20} MB")
    return parse_source(data)


def parse_source(data: bytes) -> ast.Module:
    """Return the syntax tree of source as it lies on disk, coding cookie and all; raises `UnreadableError`."""
    if b"\0" in data:
        raise UnreadableError("has null bytes: not text, or UTF-16")
    try:
        with warnings.catch_warnings():
            # Invalid escapes in the scanned code are not our user's concern now.
            warnings.simplefilter("ignore")
            return ast.parse(data)
    except SyntaxError as error:
        raise UnreadableError(_syntax(error)) from error
    except (RecursionError, MemoryError) as error:
        raise UnreadableError("nested too deeply to parse") from error
    except ValueError as error:
        raise UnreadableError(f"does not decode: {error}") from error


def _syntax(error: SyntaxError) -> str:
    message = error.msg.partition(".")[0]
    if "Missing parentheses in call to" in message or "multiple exception types must be parenthesized" in message:
        return f"Python 2 code (line {error.lineno})"
    if "codec can't decode" in message or "unknown encoding" in message or "encoding problem" in message:
        return f"does not decode: {message}"
    return f"not valid for Python {_THIS_PYTHON}: {message}" + (f" (line {error.lineno})" if error.lineno else "")
