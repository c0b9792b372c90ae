"""Looks at paths, and reads small files, whatever stands there: a pipe without a writer, a device, a folder that may not be entered.

`Path.is_dir` and its like raise for what may not be looked at, and opening a pipe waits; these do neither.
"""

import os
import stat
from pathlib import Path


def is_folder(path: Path) -> bool:
    """Tell whether a folder can be seen there."""
    return os.path.isdir(path)  # noqa: PTH112  # Path.is_dir raises where the path may not be looked at or is too long


def is_regular(path: Path) -> bool:
    """Tell whether a regular file can be seen there."""
    return os.path.isfile(path)  # noqa: PTH113  # as above


def is_there(path: Path) -> bool:
    """Tell whether anything can be seen there."""
    return os.path.exists(path)  # noqa: PTH110  # as above


def real(path: Path) -> Path:
    """Return the path without links, as far as they can be followed; raises nothing."""
    try:
        return Path(os.path.realpath(path))
    except (OSError, ValueError):
        return path


def why_not_there(path: Path) -> str:
    """Return why a path cannot be looked at ("Permission denied"); "" where something is there, or simply nothing."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        return error.strerror or str(error)
    except ValueError as error:
        return str(error)
    return ""


def read_regular(path: Path, most: int) -> bytes:
    """Return at most `most` bytes of a regular file; raises `OSError`, also for what is no regular file, and never waits."""
    number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0))
    with open(number, "rb") as file:  # noqa: PTH123  # a file that is open already
        if not stat.S_ISREG(os.fstat(number).st_mode):
            raise OSError(None, "not a regular file")
        return file.read(most)
