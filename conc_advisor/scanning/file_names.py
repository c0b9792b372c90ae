r"""File names as they are shown: on one line, with nothing in them that a terminal would obey, and still no two alike.

A name can hold anything but a null character.  Line breaks, escape codes and undecodable bytes are written as Python's escapes, and so is
the backslash where it is no separator, for else a file whose name has an escape code would be shown as one that is called `\x1b`.
"""

import os
import re
from typing import Final

_ESCAPE: Final = re.compile(r"\\(?:\\|[nrt]|x[0-9a-f]{2}|u[0-9a-f]{4}|U00(?:0[0-9a-f]|10)[0-9a-f]{4})")
_BACKSLASH_IN_NAMES: Final = os.sep == "/"


def printable(text: str) -> str:
    """Return a file's name, or a path, as it is shown."""
    if _BACKSLASH_IN_NAMES:
        text = text.replace("\\", "\\\\")
    return text if text.isprintable() else "".join(each if each.isprintable() else _escaped(each) for each in text)


def as_on_disk(shown: str) -> str:
    """Return the name, or path, that is shown as this; for readers that are programs."""
    if not _BACKSLASH_IN_NAMES or "\\" not in shown:
        return shown
    return _ESCAPE.sub(lambda match: match[0].encode("ascii").decode("unicode_escape", "surrogatepass"), shown)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")
