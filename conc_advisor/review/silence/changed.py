"""Asks git which lines have changed, so that a review can keep to them.

A finding counts as new where a line of its own span, or of a step on the way to it, has changed: a finding about a whole function does so
with any line of the function.  Files that git does not know yet count whole.  Deleted files are left out; submodules and other repositories
inside of the work tree, too, but they are named.
"""

import os
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conc_advisor.errors import TargetError, UsageError
from conc_advisor.files import is_there, real
from conc_advisor.findings import Finding, Location
from conc_advisor.review.programs import Answer, Program, run
from conc_advisor.review.silence.git_diff import Span, changed_lines

SECONDS: Final = 60.0
"""How long git may take for one question; Linux's repository, with 80,000 files, takes it one second when the disk is warm."""
_QUIET: Final = ("-c", "core.fsmonitor=false", "-c", "core.quotePath=true")
"""Nothing that the repository configures is started to watch files; names come in the one form that is read here."""
_DIFF: Final = (
    *("diff", "--unified=0", "--inter-hunk-context=0", "--no-ext-diff", "--no-textconv", "--text", "--no-color", "--no-relative"),
    *("--src-prefix=a/", "--dst-prefix=b/", "--find-renames", "--diff-filter=d", "--ignore-submodules=all"),
)
_SUBMODULE: Final = b"160000 "
"""How git lists a commit of another repository in the place of a file."""
_ENVIRONMENT: Final = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What has changed, by the file's path without links: some lines, or None for all of the file.

    `apart` are folders in the work tree that are work trees of their own; nobody looked there.
    """

    files: Mapping[Path, tuple[Span, ...] | None]
    apart: tuple[Path, ...] = ()

    def holds(self, path: Path, first: int, last: int) -> bool:
        """Tell whether any of these lines of a file has changed; the path is one without links."""
        if path not in self.files:
            return False
        spans = self.files[path]
        return spans is None or any(begin <= last and first <= end for begin, end in spans)

    def apply(self, findings: Sequence[Finding], path_of: Callable[[str], Path]) -> tuple[Finding, ...]:
        """Return the findings that the change touches; `path_of` tells where a file lies that is shown by some name."""
        places: dict[str, Path] = {}

        def touched(place: Location) -> bool:
            if place.file not in places:
                places[place.file] = real(path_of(place.file))
            return self.holds(places[place.file], place.line, max(place.line, place.end_line))

        return tuple(
            finding
            for finding in findings
            if finding.location is None or touched(finding.location) or any(touched(step.location) for step in finding.steps)
        )


def changed(root: Path, base: str | None = None, *, program: Program = run) -> Changed:
    """Return what has changed in the work tree around `root`, committed or not, since it parted from `base`; None: since the last commit.

    Raises `UsageError` for a revision that is not there, `TargetError` where git is missing, fails or has no work tree there.
    """
    git = _Git(root, program)
    # One line end is git's; a folder's name may end with another.
    top = Path(os.fsdecode(git.answer(["rev-parse", "--show-toplevel"]).out.removesuffix(b"\n")))
    git.folder = top
    start = git.start(base)
    files: dict[Path, tuple[Span, ...] | None] = {
        real(top / os.fsdecode(name)): spans for name, spans in changed_lines(git.answer([*_DIFF, start, "--"]).out).items()
    }
    inner: list[bytes] = []
    for name in git.names(["--others", "--exclude-standard"]):
        if name.endswith(b"/"):
            # A repository that is no submodule: git does not look into it.
            inner.append(name)
        else:
            files[real(top / os.fsdecode(name))] = None
    inner += [row.partition(b"\t")[2] for row in git.names(["--stage"]) if row.startswith(_SUBMODULE)]
    places = (top / os.fsdecode(name) for name in inner)
    return Changed(files=files, apart=tuple(real(place) for place in places if is_there(place / ".git")))


def changed_in_all(roots: Iterable[Path], base: str | None = None, *, program: Program = run) -> Changed:
    """Return what has changed in several work trees; raises what `changed` does."""
    several = [(real(root), changed(root, base, program=program)) for root in roots]
    asked = {root for root, _ in several}
    return Changed(
        files={path: spans for _, each in several for path, spans in each.files.items()},
        apart=tuple(dict.fromkeys(folder for _, each in several for folder in each.apart if folder not in asked)),
    )


def work_trees(paths: Iterable[Path], default: Path) -> tuple[Path, ...]:
    """Return the folders whose `.git` is nearest above some paths, without links; `default` for a path that has none above it."""
    known: dict[Path, Path] = {}

    def around(folder: Path) -> Path:
        if folder not in known:
            parent = folder.parent
            known[folder] = folder if is_there(folder / ".git") else around(parent) if parent != folder else default
        return known[folder]

    return tuple(dict.fromkeys(around(real(path)) for path in paths))


class _Git:
    """Asks git about one work tree."""

    def __init__(self, folder: Path, program: Program) -> None:
        self.folder = folder if folder.is_dir() else folder.parent
        self._program = program

    def start(self, base: str | None) -> str:
        """Return the commit, or tree, that the work tree is compared with."""
        head = self._commit("HEAD")
        if base is None:
            # Before the first commit everything is new: compared with the tree that holds nothing.
            return head or self.answer(["hash-object", "-t", "tree", "--stdin"]).out.decode().strip()
        commit = self._commit(base)
        if commit is None:
            raise UsageError(
                f"--base {base!r} is no commit of this repository",
                hint="give a branch, a tag or a commit that `git log` knows; `git fetch` brings those of the server",
            )
        if head is None:
            return commit
        merge_base = self._try(["merge-base", "HEAD", commit])
        if merge_base.status != 0:
            raise TargetError(
                f"HEAD and --base {base!r} have no commit in common here",
                hint="fetch more of the history (git fetch --unshallow; fetch-depth: 0 on GitHub), or give another --base",
            )
        return merge_base.out.decode().strip()

    def answer(self, words: Sequence[str]) -> Answer:
        """Return the answer to a question; raises `TargetError` where there is none."""
        answer = self._try(words)
        if answer.status != 0:
            raise TargetError(
                f"cannot tell what has changed: git {words[0]} says {answer.complaint!r}",
                hint="run it inside of a git work tree, or leave --changed and --base out",
            )
        return answer

    def names(self, options: Sequence[str]) -> list[bytes]:
        """Return what `git ls-files` lists."""
        return [name for name in self.answer(["ls-files", *options, "-z"]).out.split(b"\0") if name]

    def _commit(self, revision: str) -> str | None:
        answer = self._try(["rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"])
        return answer.out.decode().strip() if answer.status == 0 else None

    def _try(self, words: Sequence[str]) -> Answer:
        try:
            return self._program(["git", *_QUIET, *words], seconds=SECONDS, folder=self.folder, environment=_ENVIRONMENT)
        except FileNotFoundError as error:
            raise TargetError("git is not there, and only git can tell what has changed", hint="install git") from error
        except OSError as error:
            raise TargetError(f"git cannot be started: {error.strerror or error}", hint="see that `git status` works there") from error
        except subprocess.TimeoutExpired as error:
            raise TargetError(f"git {words[0]} was not done in {SECONDS:.0f} seconds", hint="leave --changed and --base out") from error
        except ValueError as error:
            # A null character in the revision.
            raise UsageError(f"git cannot be asked: {error}", hint="give a branch, a tag or a commit with --base") from error
