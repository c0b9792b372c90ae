"""Writes a file so that whoever reads it finds the old content or the new one, and never a part."""

import os
import secrets
from pathlib import Path
from typing import Final

_LONGEST: Final = 40
"""Characters of the file's own name in the name of the part: a name may be as long as the system allows already."""


def replace_file(path: Path, content: bytes, *, mode: int | None = None, durable: bool = True) -> None:
    """Put a file in the place of what is there, a link itself included; raises `OSError`, and then all is as it was.

    `mode` are its permissions, None: the usual ones of a new file.  The content is on the disk before it gets its name, unless it need not
    be `durable`: then a crash of the system may leave a part of it.
    """
    part = path.with_name(f".{path.name[:_LONGEST]}.{os.getpid()}-{secrets.token_hex(4)}.part")
    number = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with open(number, "wb") as file:  # noqa: PTH123  # a file that is open already
            if mode is not None:
                os.chmod(file.fileno() if os.chmod in os.supports_fd else part, mode)  # noqa: PTH101  # a descriptor has no path
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
