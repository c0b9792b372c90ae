"""Turns one file into a syntax tree, or into the reason why there is none.  Nothing is imported, nothing is run."""

import ast
import io
import sys
import tokenize
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conc_advisor.files import read_regular

MAX_BYTES: Final = 1 << 20
"""Larger files are data in the shape of code (tables, generated parsers) and cost seconds each to parse."""

_COOKIE_LINES: Final = 2
"""A coding cookie stands in one of the first two lines (PEP 263)."""


class UnreadableError(Exception):
    """The file is skipped; the text says why, in a clause.  `digest` is of what it holds, where that is why and it is known."""

    digest: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file's text and what it means: `lines` without line ends, counted as Python counts them; `tree` has their numbers."""

    text: str
    lines: tuple[str, ...]
    tree: ast.Module


def read_data(path: Path) -> bytes:
    """Return what a file holds; raises `UnreadableError`, also where that is more than `MAX_BYTES`."""
    try:
        data = read_regular(path, MAX_BYTES + 1)
    except OSError as error:
        raise UnreadableError(f"cannot be read: {error.strerror or error}") from error
    if len(data) > MAX_BYTES:
        raise UnreadableError(f"larger than {MAX_BYTES >> 20} MB")
    return data


def parse_file(path: Path) -> ast.Module:
    """Return the syntax tree of a file; raises `UnreadableError`."""
    return parse_source(read_data(path))


def parse_source(data: bytes) -> ast.Module:
    """Return the syntax tree of source as it lies on disk, coding cookie and all; raises `UnreadableError`."""
    return parse_text(decoded(data))


def parse(data: bytes) -> Source:
    """Return the lines and the syntax tree of source as it lies on disk; raises `UnreadableError`."""
    text = decoded(data)
    return Source(text=text, lines=tuple(text.split("\n")), tree=parse_text(text))


def decoded(data: bytes) -> str:
    """Return the text of source as it lies on disk, by its coding cookie, every line end a newline; raises `UnreadableError`."""
    if b"\0" in data:
        raise UnreadableError("has null bytes: not text, or UTF-16")
    try:
        text = data.decode(_encoding(data))
    except (UnicodeError, LookupError, SyntaxError) as error:
        raise UnreadableError(f"does not decode: {error}") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _encoding(data: bytes) -> str:
    head = data.split(b"\n", _COOKIE_LINES)[:_COOKIE_LINES]
    if any(b"coding" in line for line in head) or not data[:1].isascii():
        return tokenize.detect_encoding(io.BytesIO(data).readline)[0]
    return "utf-8"


def parse_text(text: str) -> ast.Module:
    """Return the syntax tree of text as `decoded` returns it; raises `UnreadableError`."""
    try:
        with warnings.catch_warnings():
            # Invalid escapes in the scanned code are not our user's concern now.
            warnings.simplefilter("ignore")
            try:
                return ast.parse(text)
            except SyntaxError as error:
                return _newer(text, error)
    except SyntaxError as error:
        raise UnreadableError(_syntax(error)) from error
    except (RecursionError, MemoryError) as error:
        raise UnreadableError("nested too deeply to parse") from error
    except ValueError as error:
        # Python 3.12 does for `{y=}` in a format specification: https://github.com/python/cpython/issues/121130
        raise UnreadableError(f"Python's parser fails: {error}") from error


def _newer(text: str, error: SyntaxError) -> ast.Module:
    """Return the tree of text in the syntax of a Python that is newer than this one; raises the error that there was if it is none."""
    from conc_advisor.scanning.newer_syntax import rewritten  # noqa: PLC0415  # most source needs none of it

    known = rewritten(text)
    if known is None:
        raise error
    try:
        return ast.parse(known)
    except SyntaxError:
        raise error from None


def _syntax(error: SyntaxError) -> str:
    message = error.msg.partition(".")[0]
    if "Missing parentheses in call to" in message or "multiple exception types must be parenthesized" in message:
        return f"Python 2 code (line {error.lineno})"
    from conc_advisor.scanning.newer_syntax import NEWEST  # noqa: PLC0415  # as above

    # The newest minor version of Python 3 whose syntax is understood.
    known = max(NEWEST, sys.version_info[1])
    return f"not valid for Python 3.{known}: {message}" + (f" (line {error.lineno})" if error.lineno else "")
