"""Tells the user's own code from the standard library and installed packages, by file name."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final, Self

from conc_advisor.profiling.recording import Frame

_LIBRARY: Final = re.compile(
    r"""
      /lib(?:32|64)?/python3(?:\.\d+)?t?/         # the standard library and what is installed into it
    | /(?:site|dist)-packages/
    | /bin/[^/.]+$                                # the start-up script of an installed program
    | /conc_advisor/probe/                        # our own code inside the target
    | ^<(?!string>|stdin>|ipython|doctest)        # <frozen importlib._bootstrap>, <__array_function__ internals> …
    | ^$
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeOrigin:
    """Decides which files are the user's.

    A file is library code when it lies under `library_paths` or where Python installs packages; `own_folder` (ends with `/`) overrides that
    for a program which is itself an installed package.
    """

    library_paths: tuple[str, ...] = ()
    own_folder: str | None = None
    _known: dict[str, bool] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, frames: Iterable[Frame], main_files: Iterable[str], library_paths: tuple[str, ...]) -> Self:
        """Return the origin for a program with these frames; `main_files` are the files of its root-most `<module>` frames.

        Only a program without any code outside the library folders (a benchmark suite, an installed application) gets its main file's
        folder
        counted as user code: for `python -m uvicorn app:app` the server stays a library.
        """
        prefixes = tuple(path.rstrip("/") + "/" for path in library_paths if path.strip("/"))
        plain = cls(library_paths=prefixes)
        if any(plain.is_user(frame.file) for frame in frames):
            return plain
        folders = [str(PurePosixPath(file).parent) + "/" for file in main_files if file and not file.startswith("<")]
        return cls(library_paths=prefixes, own_folder=min(folders, key=len)) if folders else plain

    def is_user(self, file: str) -> bool:
        """Return whether the file is the user's code."""
        known = self._known.get(file)
        if known is None:
            known = self._known[file] = self._decide(file.replace("\\", "/"))
        return known

    def _decide(self, file: str) -> bool:
        if self.own_folder is not None and file.startswith(self.own_folder):
            return True
        return not file.startswith(self.library_paths) and _LIBRARY.search(file) is None


def module_of(file: str) -> str:
    """Return the dotted name by which a library's file is imported; '' for what is no file."""
    path = file.replace("\\", "/")
    if path.startswith("<"):
        return ""
    tail = re.split(r"/lib(?:32|64)?/python3(?:\.\d+)?t?/", path)[-1]
    tail = re.split(r"(?:^|/)(?:site|dist)-packages/", tail)[-1]
    return tail.removesuffix(".py").removesuffix("/__init__").replace("/", ".").strip(".")


def package_of(file: str) -> str:
    """Return the name by which a reader knows a library file: its top-level package or module."""
    path = file.replace("\\", "/")
    if path.startswith("<"):
        return path.strip("<>").removeprefix("frozen ").split(".")[0]
    tail = re.split(r"/lib(?:32|64)?/python3(?:\.\d+)?t?/", path)[-1]
    tail = re.split(r"(?:^|/)(?:site|dist)-packages/", tail)[-1]
    first = tail.split("/")[0] if tail != path else PurePosixPath(path).name
    return first.removesuffix(".py")
