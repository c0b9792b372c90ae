"""The file that the cache lies in: one for each version of Python, in a folder that git and backups leave out.

It is read whole and replaced whole: of two reviews at the same time the later one's file stays.  What is damaged, of another version of
ours or of somebody else is not read.
"""

import hashlib
import platform
from functools import cache
from pathlib import Path
from typing import Final

import conc_advisor
from conc_advisor import __version__
from conc_advisor.atomic import replace_file
from conc_advisor.files import read_regular

MAX_BYTES: Final = 1 << 28
"""A larger file is not read: a million lines take 15 MB."""
_MAGIC: Final = b"conc-advisor review cache\n"
_HASH_BYTES: Final = 16
_WORKING_PARTS: Final = ("review", "scanning", "catalogue", "findings.py")
"""What of our own code the cached results come from, …"""
_WORKING_FILES: Final = frozenset({".py", ".toml"})
"""… by the endings of the files in it."""
_TAG: Final = b"Signature: 8a477f597d28d172789f06886806bc55\n# This folder was made by conc-advisor; see https://bford.info/cachedir/\n"


def read_cache(folder: Path) -> bytes | None:
    """Return what was last written by this version of ours; None where there is nothing that can be used."""
    try:
        data = read_regular(_file(folder), MAX_BYTES + 1)
    except OSError:
        return None
    head = _MAGIC + engine()
    body = data[len(head) + _HASH_BYTES :]
    return body if data.startswith(head + _hash(body)) else None


def write_cache(folder: Path, body: bytes) -> None:
    """Replace what is there; raises `OSError`."""
    if folder.is_symlink():
        raise NotADirectoryError(None, "it is a link")
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in ((".gitignore", b"*\n"), ("CACHEDIR.TAG", _TAG)):
        if not (folder / name).exists():
            replace_file(folder / name, content, durable=False)
    # What a crash leaves of it is known by its hash, and made anew.
    replace_file(_file(folder), _MAGIC + engine() + _hash(body) + body, durable=False)


@cache
def engine() -> bytes:
    """Return 16 bytes that tell this state of our code, on this Python, from any other."""
    state = hashlib.blake2b(
        f"{__version__} {platform.python_implementation()} {platform.python_version()}".encode(), digest_size=_HASH_BYTES
    )
    home = Path(conc_advisor.__file__).parent
    for part in _WORKING_PARTS:
        paths = (home / part).rglob("*") if (home / part).is_dir() else [home / part]
        for path in sorted(path for path in paths if path.suffix in _WORKING_FILES):
            state.update(f"\n{path.relative_to(home).as_posix()}\n".encode())
            state.update(path.read_bytes())
    return state.digest()


def _hash(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=_HASH_BYTES).digest()


def _file(folder: Path) -> Path:
    major, minor, _ = platform.python_version_tuple()
    return folder / f"review-{platform.python_implementation().lower()}-{major}.{minor}.bin"
