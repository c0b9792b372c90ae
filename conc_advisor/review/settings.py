"""What a review is asked to do: values only."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardInput:
    """Source that came by standard input: its bytes, and the name it goes by, which also says where its project lies."""

    data: bytes
    name: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSettings:
    """One review.

    `paths` are files and folders, `only` the files among them whose findings are wanted (None: all; the others are still read, for what
    they say about calls), `codes` the rules' codes that are looked for, ruff's included.  `per_file_ignores` are pairs of a glob,
    relative to `root`, and codes or beginnings of codes.  `noqa` False reports what `# noqa` would silence.  `python` is the lowest
    minor version of Python 3 that the code must run on, None: what the project says of itself, or else the newest that is known.
    `exclude` are globs, relative to `root`, of files and folders that are not read unless they are asked for by name; `force_exclude`: a
    name makes no difference, neither there nor for what counts as a test.  `around`: of a file that is named, the rest of its package is
    read, too, for what it says about calls.
    `jobs` are worker processes, None: as many as there are cores, for much source only.  `cache` is the folder of the cache, None: none.
    """

    paths: tuple[Path, ...]
    codes: frozenset[str]
    root: Path
    only: frozenset[Path] | None = None
    stdin: StandardInput | None = None
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    noqa: bool = True
    baseline: Path | None = None
    python: int | None = None
    exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    around: bool = False
    jobs: int | None = None
    cache: Path | None = None
    ruff: bool = True
