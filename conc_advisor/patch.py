"""Differences as `git diff` writes them, and `git apply` reads them."""

import difflib
import re
from pathlib import PurePosixPath
from typing import Final

_NO_NEWLINE: Final = "\\ No newline at end of file\n"
_PLAIN: Final = re.compile(r"[^\x00-\x1f\x7f-\xff\"\\]*")
_ESCAPES: Final = {"\t": "\\t", "\n": "\\n", '"': '\\"', "\\": "\\\\"}


def file_diff(path: PurePosixPath, before: bytes | None, after: bytes) -> bytes:
    """Return what changes in a file, `before` None where there was none; nothing where nothing changes."""
    if before == after:
        return b""
    old, new = _quoted("a", path), _quoted("b", path)
    head = f"diff --git {old} {new}\n"
    if before is None:
        head += "new file mode 100644\n"
        if not after:
            # An empty file has no lines to show; this is git's own name for no content.
            head += "index 0000000..e69de29\n"
        old = "/dev/null"
    return head.encode() + unified(before or b"", after, old=old, new=new)


def unified(before: bytes, after: bytes, *, old: str, new: str) -> bytes:
    """Return the hunks under their two names; nothing where both are equal.  Any bytes will do, and lines end at a line feed only."""
    one, other = (_lines(content) for content in (before, after))
    # Latin-1 gives back every byte as it was.
    lines = difflib.unified_diff(one, other, _ending(old), _ending(new), lineterm="\n")
    return "".join(_whole(line) for line in lines).encode("latin-1", "backslashreplace")


def _lines(content: bytes) -> list[str]:
    *lines, last = content.decode("latin-1").split("\n")
    return [*(f"{line}\n" for line in lines), *([last] if last else [])]


def _whole(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n{_NO_NEWLINE}"


def _ending(name: str) -> str:
    """Return the name as it stands behind --- and +++: git ends one with a space in it by a tab."""
    return f"{name}\t" if " " in name and not name.startswith('"') else name


def _quoted(side: str, path: PurePosixPath) -> str:
    """Return the name as git writes it: in quotes, with bytes as octal numbers, where it is not plain ASCII."""
    raw = f"{side}/{path}".encode("utf-8", "surrogateescape").decode("latin-1")
    if _PLAIN.fullmatch(raw):
        return raw
    return '"' + "".join(_escaped(char) for char in raw) + '"'


def _escaped(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    return char if _PLAIN.fullmatch(char) else f"\\{ord(char):03o}"
