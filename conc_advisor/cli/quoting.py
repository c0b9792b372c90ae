"""Command lines to copy and paste."""

import shlex
from collections.abc import Iterable


def shell_command(words: Iterable[str]) -> str:
    """Return `words` quoted so that a shell gives them back, on one line and without control characters."""
    return " ".join(_quoted(word) for word in words)


def _quoted(word: str) -> str:
    if word.isprintable():
        return shlex.quote(word)
    # $'…' of bash, zsh and ksh: the one quoting that can write a control character, or a byte that is not UTF-8, as ASCII.
    parts = (_escaped(byte) for byte in word.encode("utf-8", "surrogateescape"))
    return f"$'{''.join(parts)}'"


def _escaped(byte: int) -> str:
    char = chr(byte)
    if char in "\\'":
        return f"\\{char}"
    return char if char.isascii() and char.isprintable() else f"\\x{byte:02x}"
