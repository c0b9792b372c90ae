"""The comment at the top of each file that says where it comes from: the command that gives it, which file that was, and our version.

    # conc-advisor scaffold async-fan-out --name map_bounded=fetch_all (fan_out.py, conc-advisor 0.1.0); yours to change

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
_FORM: Final = re.compile(
    r"conc-advisor scaffold (?P<words>.+) \((?:(?P<file>\w+\.py), )?conc-advisor (?P<version>[^\s()]+)\); yours to change"
)
_MOST_LINES: Final = 40
_UNBROKEN: Final = "\0"
"""Stands for a space while lines are wrapped; no path has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What a file says of where it comes from: the template, which of its files, what it was told, the version that wrote it."""

    template: str
    file: str | None = None
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
    template, *words = map(shlex.quote, provenance.words)
    file = "" if provenance.file is None else f"{provenance.file}, "
    options = [f"{option} {value}" for option, value in zip(words[::2], words[1::2], strict=True)]
    # None of these is torn apart: old=new alone on a line would look like code, to linters too.
    parts = [*options, f"({file}conc-advisor {provenance.version});", "yours to change"]
    text = " ".join([f"conc-advisor scaffold {template}", *(part.replace(" ", _UNBROKEN) for part in parts)])
    lines = textwrap.wrap(text, _WIDTH, initial_indent="# ", subsequent_indent="#   ", break_long_words=False, break_on_hyphens=False)
    return "".join(f"{line.replace(_UNBROKEN, ' ')}\n" for line in lines)


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
            provenance = _read(match["words"], match["file"], match["version"])
            return (None, text) if provenance is None else (provenance, "\n".join(lines[count:]))
    return None, text


def _read(text: str, file: str | None, version: str) -> Provenance | None:
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
    return Provenance(template=template, file=file, folder=folder, names=tuple(names), version=version)
