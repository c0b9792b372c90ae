"""What git would ignore: the ignore files of a repository, those above the folder that is looked at included.

Not read: what a user ignores everywhere (`core.excludesFile`), for two people are to see the same.
"""

from pathlib import Path
from typing import Final, NamedTuple

from pathspec import GitIgnoreSpec

from conc_advisor.files import is_there, read_regular

IGNORE_FILE: Final = ".gitignore"

_MAX_BYTES: Final = 1 << 20
_PRIVATE_FILE: Final = Path(".git/info/exclude")
"""The ignore file of one clone (gitignore(5))."""


class IgnoreFile(NamedTuple):
    """One ignore file: `above` is put before a path below the root, and `below` taken off it, to get the path that it speaks of."""

    above: str
    below: str
    spec: GitIgnoreSpec


Ignores = tuple[IgnoreFile, ...]
"""The ignore files that hold for a folder, the nearest first."""


def with_own_ignore_file(folder: Path, below: str, ignores: Ignores) -> Ignores:
    """Return what holds in a folder that has an ignore file; `below` is its path below the root, "" for the root itself."""
    spec = _spec(folder / IGNORE_FILE)
    return ignores if spec is None else (IgnoreFile("", f"{below}/" if below else "", spec), *ignores)


def ignores_above(root: Path) -> Ignores:
    """Return what holds for a root from above, up to its repository's root; nothing where it lies in none, or is ignored itself.

    Whoever asks for a folder that git ignores wants to see what is in it.
    """
    folders = (root, *root.parents)
    repository = next((number for number, folder in enumerate(folders) if is_there(folder / ".git")), 0)
    ignores: list[IgnoreFile] = []
    for number, folder in enumerate(folders[: repository + 1]):
        above = f"{root.relative_to(folder).as_posix()}/" if number else ""
        files = [folder / IGNORE_FILE] if number else []
        if number == repository:
            files.append(folder / _PRIVATE_FILE)
        ignores.extend(IgnoreFile(above, "", spec) for file in files if (spec := _spec(file)) is not None)
    return () if _hide_root(ignores) else tuple(ignores)


def _hide_root(ignores: list[IgnoreFile]) -> bool:
    """Tell whether the root, or a folder above it, is ignored."""
    for above, _, spec in ignores:
        parts = above.split("/")[:-1]
        if any(spec.check_file("/".join((*parts[:count], ""))).include for count in range(1, len(parts) + 1)):
            return True
    return False


def is_ignored(ignores: Ignores, below: str) -> bool:
    """Tell whether git would ignore a path below the root: the nearest ignore file that has an opinion decides."""
    for each in ignores:
        verdict = each.spec.check_file(each.above + below.removeprefix(each.below)).include
        if verdict is not None:
            return verdict
    return False


def _spec(file: Path) -> GitIgnoreSpec | None:
    try:
        return GitIgnoreSpec.from_lines(read_regular(file, _MAX_BYTES).decode("utf-8", "replace").splitlines())
    except (OSError, ValueError):
        # An ignore file that is not there, cannot be read, or has a pattern that git would not take, ignores nothing.
        return None
