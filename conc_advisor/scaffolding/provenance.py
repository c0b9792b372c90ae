"""The comment at the top of each file that says where it comes from: the command that gives it, and our version.

    # conc-advisor scaffold async-fan-out --name map_bounded=fetch_all (conc-advisor 0.1.0); yours to change

A long one goes on in further lines of comment.
"""

import re
import shlex
import textwrap
from dataclasses import dataclass
from typing import Final

from conc_advisor import __version__

_WIDTH: Final = 88
"""Columns: what most formatters and linters allow at least."""
_BEGIN: Final = "# conc-advisor scaffold "
_FORM: Final = re.compile(r"conc-advisor scaffold (?P<words>.+) \(conc-advisor (?P<version>[^\s()]+)\); yours to change")
_MOST_LINES: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What a file says of where it comes from: the template, what it was told, the version that wrote it."""

    template: str
    folder: str | None = None
    names: tuple[str, ...] = ()
    version: str = __version__

    @property
    def words(self) -> list[str]:
        """The command's words after `scaffold`."""
        return [
            self.template,
            *(("--dir", self.folder) if self.folder else ()),
            *(word for name in self.names for word in ("--name", name)),
        ]


def header(provenance: Provenance) -> str:
    """Return the comment, which ends with a newline."""
    words = " ".join(shlex.quote(word) for word in provenance.words)
    text = f"conc-advisor scaffold {words} (conc-advisor {provenance.version}); yours to change"
    lines = textwrap.wrap(text, _WIDTH, initial_indent="# ", subsequent_indent="#   ", break_long_words=False, break_on_hyphens=False)
    return "".join(f"{line}\n" for line in lines)


def split_header(text: str) -> tuple[Provenance | None, str]:
    """Return what a file with plain newlines says at its top, and the rest of it; None and all of it where it says nothing of us."""
    if not text.startswith(_BEGIN):
        return None, text
    lines = text.split("\n", _MOST_LINES)
    for count in range(1, len(lines)):
        if not lines[count - 1].startswith("#"):
            break
        joined = " ".join(line.removeprefix("#").strip() for line in lines[:count])
        if (match := _FORM.fullmatch(joined)) is not None:
            provenance = _read(match["words"], match["version"])
            return (None, text) if provenance is None else (provenance, "\n".join(lines[count:]))
    return None, text


def _read(text: str, version: str) -> Provenance | None:
    try:
        template, *words = shlex.split(text)
    except ValueError:
        return None
    folder: str | None = None
    names: list[str] = []
    for option, value in zip(words[::2], words[1::2], strict=False):
        if option == "--dir":
            folder = value
        elif option == "--name":
            names.append(value)
    return Provenance(template=template, folder=folder, names=tuple(names), version=version)
