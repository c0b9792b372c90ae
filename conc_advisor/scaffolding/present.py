"""What is in the project already: the files that a plan would meet, and how lines end there.  Reads only."""

import re
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import Final, Protocol

from conc_advisor.errors import ProjectError, RefusedError

_ENOUGH: Final = 20
"""Files beside the new one that are looked at."""
_HEAD: Final = 65536
"""Bytes of each of them."""
_SECTION: Final = re.compile(r"^\[(.+)\]\s*$")
_END_OF_LINE: Final = re.compile(r"^end_of_line\s*[=:]\s*(\w+)\s*$", re.IGNORECASE)


class Present(Protocol):
    """Tells what is there; paths are relative to the project."""

    def read(self, path: PurePosixPath) -> bytes | None:
        r"""Return what a file holds, None where there is none."""

    def newline(self, folder: PurePosixPath) -> str:
        r"""Return how lines end in a folder: "\n" or "\r\n"."""


class PresentOnDisk:
    """The project as it lies on disk."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def read(self, path: PurePosixPath) -> bytes | None:
        """Return what a file holds, None where there is none.

        Raises `RefusedError` for a place outside of the project, a link, a folder or a device; `ProjectError` for what cannot be read.
        """
        check_inside(self._root, path)
        file = self._root / path
        if not file.exists():
            return None
        if not file.is_file():
            raise RefusedError(f"{path} exists and is not a file", hint="give another folder with --dir")
        try:
            return file.read_bytes()
        except OSError as error:
            raise ProjectError(f"cannot read {path}: {error.strerror or error}", hint="check its permissions") from error

    def newline(self, folder: PurePosixPath) -> str:
        r"""Return how most Python files there end their lines; else what .editorconfig says; else "\n"."""
        for place in (folder, *folder.parents):
            votes = Counter(filter(None, map(_newline_of, sorted((self._root / place).glob("*.py"))[:_ENOUGH])))
            if votes:
                return votes.most_common(1)[0][0]
        return _configured(self._root / ".editorconfig")


def check_inside(root: Path, path: PurePosixPath) -> None:
    """Raise `RefusedError` unless `path`, relative to `root`, stays below it whatever links there are on the way, and is no link itself."""
    hint = "give a folder of the project with --dir"
    if path.is_absolute() or ".." in path.parts or not str(path).isprintable():
        raise RefusedError(f"{path} is not a place below the project", hint=hint)
    base = root.resolve()
    try:
        leads_to = (base / path.parent).resolve()
    except (OSError, RuntimeError) as error:
        # A chain of links that leads back to itself.
        raise RefusedError(f"{path} cannot be followed: {error}", hint=hint) from error
    if not leads_to.is_relative_to(base):
        raise RefusedError(f"{path} lies outside of the project: a folder on the way is a link to {leads_to}", hint=hint)
    if (leads_to / path.name).is_symlink():
        raise RefusedError(f"{path} is a link, and nothing is written through links", hint="remove it, or give another folder with --dir")


def _newline_of(file: Path) -> str | None:
    try:
        if not file.is_file():
            return None
        with file.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError:
        return None
    first, newline, _ = head.partition(b"\n")
    if not newline:
        return None
    return "\r\n" if first.endswith(b"\r") else "\n"


def _configured(file: Path) -> str:
    """Return what `end_of_line` is for all files or for those of Python; the last such line counts."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return "\n"
    section, found = "", "lf"
    for line in lines:
        if (head := _SECTION.match(line.strip())) is not None:
            section = head[1]
        elif (match := _END_OF_LINE.match(line.strip())) is not None and (section == "*" or "py" in section):
            found = match[1].lower()
    return "\r\n" if found == "crlf" else "\n"
