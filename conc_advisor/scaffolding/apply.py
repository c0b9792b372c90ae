"""Writes a plan into the user's project: all of it or nothing.  The only writer.

Every file is written beside its place and synced first; then each gets its name, which the system does at once or not at all.  Whatever
fails, or an interruption, undoes what was done.  A process that is killed outright may leave a hidden file `.NAME.PID.part`, never half of
a file that has a name, and a second run completes what is missing.

Folders are walked through one at a time and without following links, so nobody can move the place away between the look and the write.
"""

import contextlib
import errno
import os
import signal
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from conc_advisor.errors import ProjectError, RefusedError
from conc_advisor.scaffolding.disk import Disk
from conc_advisor.scaffolding.plan import FileAction, Plan, Verb
from conc_advisor.scaffolding.present import check_inside

_SIGNALS: Final = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT})
_NO_LINKS: Final = frozenset({errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK})
"""What a file system says that has no second names for files."""
_HINTS: Final = {
    errno.ENOSPC: "make room on the disk",
    errno.EDQUOT: "make room: your share of the disk is used up",
    errno.EFBIG: "the shell limits the size of files (ulimit -f)",
    errno.EROFS: "the disk cannot be written to",
    errno.EACCES: "you may not write there: see the permissions of the folder",
    errno.EPERM: "you may not write there: see the permissions of the folder",
    errno.ENOTDIR: "a file stands where a folder is needed: give another with --dir",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Staged:
    """A file that is written but has not got its name yet; `folder` is an open descriptor."""

    action: FileAction
    folder: int
    part: str


def apply(plan: Plan, root: Path, disk: Disk | None = None) -> None:
    """Write what the plan says, below `root`.

    Raises `ProjectError` where that fails and `RefusedError` where the project has changed since it was looked at: nothing was written
    then, and no more when a `KeyboardInterrupt` comes out.
    """
    if plan.conflicts:
        raise RefusedError(
            f"{plan.conflicts[0].path} exists and differs", hint="overwrite it with --force, or keep it with --skip-existing"
        )
    if not plan.writes:
        return
    steps = _Steps()
    try:
        with _held_signals():
            # What an earlier of these has done is undone after what a later one has.
            with steps.folders, steps.made, steps.parts:
                _Writer(root.resolve(), disk or Disk(), steps).write(plan)
                steps.made.pop_all()
            _forget_interrupt()
    except ProjectError as error:
        left = f"; {', '.join(steps.stuck)} could not be taken back" if steps.stuck else "; nothing was written"
        raise ProjectError(error.message + left, hint=error.hint) from error


class _Steps:
    """What is to be taken back, and when.

    `folders` closes descriptors, and `parts` removes the files beside, whatever the end; `made` removes new folders after a failure.
    `stuck` gets the names of what could not be taken back.
    """

    def __init__(self) -> None:
        self.folders = ExitStack()
        self.made = ExitStack()
        self.parts = ExitStack()
        self.stuck: list[str] = []

    def take_back(self, undo: Callable[..., None], name: str, *words: str | int) -> None:
        """Call what takes back a step."""
        try:
            undo(name, *words)
        except FileNotFoundError:
            return
        except OSError:
            self.stuck.append(name)


class _Writer:
    """One go at it."""

    def __init__(self, root: Path, disk: Disk, steps: _Steps) -> None:
        self._root = root
        self._disk = disk
        self._steps = steps

    def write(self, plan: Plan) -> None:
        """Write all, or raise."""
        staged = []
        for action in plan.writes:
            with _explained(action.path):
                staged.append(self._stage(action))
        if _SIGNALS & signal.sigpending():
            raise KeyboardInterrupt
        with ExitStack() as undo:
            for each in staged:
                with _explained(each.action.path):
                    self._commit(each, undo)
            for each in staged:
                with _explained(each.action.path):
                    self._disk.sync(each.folder)
            undo.pop_all()

    def _stage(self, action: FileAction) -> _Staged:
        check_inside(self._root, action.path)
        folder = self._open(action.path.parent)
        part = f".{action.path.name}.{os.getpid()}.part"
        mode = _mode(action, folder)
        self._write_part(part, folder, action.content, mode)
        return _Staged(action=action, folder=folder, part=part)

    def _write_part(self, part: str, folder: int, content: bytes, mode: int | None) -> None:
        file = self._disk.create(part, folder)
        try:
            self._steps.parts.callback(self._steps.take_back, _remove, part, folder)
            if mode is not None:
                os.fchmod(file, mode)
            self._disk.write(file, content)
            self._disk.sync(file)
        finally:
            os.close(file)

    def _commit(self, staged: _Staged, undo: ExitStack) -> None:
        name, folder = staged.action.path.name, staged.folder
        if staged.action.verb is Verb.CREATE:
            # A link, unlike a new name, fails where somebody else has made a file in the meantime.
            self._link(staged.part, name, folder)
            undo.callback(self._steps.take_back, _remove, name, folder)
            return
        if _read(name, folder) != staged.action.before:
            raise RefusedError(f"{staged.action.path} has changed in the meantime", hint="run it again")
        old = f"{staged.part}.old"
        try:
            self._disk.link(name, old, folder)
            self._steps.parts.callback(self._steps.take_back, _remove, old, folder)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            self._write_part(old, folder, staged.action.before or b"", _mode(staged.action, folder))
        undo.callback(self._steps.take_back, _rename_back, name, old, folder)
        self._disk.rename(staged.part, name, folder)

    def _link(self, part: str, name: str, folder: int) -> None:
        try:
            self._disk.link(part, name, folder)
        except FileExistsError:
            raise RefusedError(f"{name} has come into being in the meantime", hint="run it again") from None
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            if _read(name, folder) is not None:
                raise RefusedError(f"{name} has come into being in the meantime", hint="run it again") from error
            self._disk.rename(part, name, folder)

    def _open(self, path: PurePosixPath) -> int:
        """Return an open folder, made where it is missing."""
        place = self._open_one(str(self._root), None)
        for name in _resolved(self._root, path).parts:
            try:
                place = self._open_one(name, place)
            except FileNotFoundError:
                self._disk.make_folder(name, place)
                self._steps.made.callback(self._steps.take_back, _remove_folder, name, place)
                place = self._open_one(name, place)
        return place

    def _open_one(self, name: str, folder: int | None) -> int:
        opened = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
        self._steps.folders.callback(os.close, opened)
        return opened


def _resolved(root: Path, path: PurePosixPath) -> Path:
    """Return where a folder really lies below the root; raises `RefusedError` where that is no longer so."""
    place = (root / path).resolve()
    if not place.is_relative_to(root):
        raise RefusedError(f"{path} has become a link that leads out of the project", hint="run it again")
    return place.relative_to(root)


@contextlib.contextmanager
def _explained(path: PurePosixPath) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        hint = _HINTS.get(error.errno or 0, "see that the folder can be written to")
        raise ProjectError(f"cannot write {path}: {error.strerror or error}", hint=hint) from error


@contextlib.contextmanager
def _held_signals() -> Iterator[None]:
    """Keep what would end us waiting: what has been begun takes milliseconds, and is undone or completed first."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _forget_interrupt() -> None:
    """Take back a Ctrl-C that came too late: all is written, and that is what will be told."""
    if signal.SIGINT in signal.sigpending():
        signal.sigwait({signal.SIGINT})


def _mode(action: FileAction, folder: int) -> int | None:
    """Return the permissions of the file that is overwritten; None for a new one."""
    if action.before is None:
        return None
    return stat.S_IMODE(os.stat(action.path.name, dir_fd=folder, follow_symlinks=False).st_mode) & 0o777


def _read(name: str, folder: int) -> bytes | None:
    try:
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except FileNotFoundError:
        return None
    with os.fdopen(file, "rb") as stream:
        return stream.read()


def _remove(name: str, folder: int) -> None:
    os.unlink(name, dir_fd=folder)


def _rename_back(name: str, old: str, folder: int) -> None:
    os.rename(old, name, src_dir_fd=folder, dst_dir_fd=folder)


def _remove_folder(name: str, folder: int) -> None:
    os.rmdir(name, dir_fd=folder)
