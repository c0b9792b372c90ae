"""Where a report goes: decided and tried before the run, written after it, and never half a file."""

import contextlib
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from conc_advisor.cli.console import Look, look_of
from conc_advisor.errors import OutputError, RefusedError
from conc_advisor.files import is_folder, is_regular, is_there, real, why_not_there

_OTHER_PLACE: Final = "name a file in a folder that exists and that you may write to"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamOutlet:
    """Standard output or standard error."""

    to_stderr: bool

    @property
    def stream(self) -> TextIO | None:
        """The stream as it is now; None when it was closed before we began."""
        return sys.stderr if self.to_stderr else sys.stdout

    @property
    def look(self) -> Look:
        """What the stream can show."""
        return look_of(self.stream)

    def write(self, chunks: Iterable[str]) -> None:
        """Write the report.  A reader that has gone away is no error; a full disk is an `OutputError`."""
        stream = self.stream
        if stream is None:
            return
        try:
            stream.writelines(chunks)
            stream.flush()
        except BrokenPipeError:
            return
        except OSError as error:
            name = "standard error" if self.to_stderr else "standard output"
            raise OutputError(f"cannot write to {name}: {error.strerror or error}", hint="give a file with -o FILE") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOutlet:
    """A file; `in_place` where it cannot be replaced by a new one: a device, a pipe, a file in a folder that may not be written to."""

    path: Path
    in_place: bool

    @property
    def look(self) -> Look:
        """A file shows any character, and colour only where it is forced."""
        return look_of(None)

    def write(self, chunks: Iterable[str]) -> None:
        """Write the report; what stood there stays until the new one is complete."""
        try:
            if self.in_place:
                with self.path.open("w", encoding="utf-8", errors="backslashreplace") as file:
                    file.writelines(chunks)
            else:
                _replace(self.path, chunks)
        except BrokenPipeError:
            return
        except OSError as error:
            raise OutputError(f"cannot write {self.path}: {error.strerror or error}", hint=_OTHER_PLACE) from error


Outlet = StreamOutlet | FileOutlet


def standard_output() -> StreamOutlet:
    """Return the outlet for standard output; raises `OutputError` where that is closed: better before the work than after it."""
    if sys.stdout is None or sys.stdout.closed:
        raise OutputError("standard output is closed", hint="give a file with -o FILE")
    return StreamOutlet(to_stderr=False)


def outlet_for(output: str | None, *, force: bool) -> Outlet:
    """Return where the result goes; raises `OutputError` or `RefusedError`."""
    if output in {None, "-", "/dev/stdout"}:
        return standard_output()
    return open_outlet(Path(str(output)), force=force)


def open_outlet(path: Path, *, force: bool) -> FileOutlet:
    """Return the outlet for a file that can be written.

    Raises `OutputError` when it cannot, `RefusedError` when it exists already and `force` is not given.
    """
    check_free(path, option="-o", force=force)
    path = real(path)
    return FileOutlet(path=path, in_place=_check_writable(path))


def check_free(path: Path, *, option: str, force: bool) -> None:
    """Raise `RefusedError` for a file that exists; devices and pipes are there to be written to."""
    if is_regular(path) and not force:
        raise RefusedError(f"{path} exists already", hint=f"give another name to {option}, or overwrite it with --force")


def check_writable(path: Path) -> None:
    """Raise `OutputError` when no file can be written at `path`; leaves what is there as it is."""
    _check_writable(real(path))


def _check_writable(path: Path) -> bool:
    """Return whether `path` has to be written in place; raise `OutputError` when it cannot be written at all."""
    why = why_not_there(path)
    if why:
        raise OutputError(f"cannot write {path}: {why}", hint=_OTHER_PLACE)
    if is_folder(path):
        raise OutputError(f"{path} is a folder", hint="give the name of a file")
    if is_there(path) and not is_regular(path):
        # Opening a pipe here would wait for its reader.
        return _in_place(path, OSError("not permitted"))
    part = _part(path)
    try:
        part.touch(exist_ok=False)
        part.unlink()
    except OSError as error:
        return _in_place(path, error)
    return False


def _in_place(path: Path, error: OSError) -> bool:
    if is_there(path) and os.access(path, os.W_OK):
        return True
    raise OutputError(f"cannot write {path}: {error.strerror or error}", hint=_OTHER_PLACE) from error


def _replace(path: Path, chunks: Iterable[str]) -> None:
    with _new_file(_part(path)) as (part, file):
        file.writelines(chunks)
        file.close()
        with contextlib.suppress(OSError):
            # What may be read or run by whom is the user's business, also of a file that is written anew.
            part.chmod(stat.S_IMODE(path.stat().st_mode))
        part.replace(path)


@contextlib.contextmanager
def _new_file(part: Path) -> Iterator[tuple[Path, TextIO]]:
    """Open a new file, which is removed again unless it has been renamed at the end."""
    with part.open("x", encoding="utf-8", errors="backslashreplace") as file:
        try:
            yield part, file
        finally:
            part.unlink(missing_ok=True)


def _part(path: Path) -> Path:
    # A long name must not grow beyond what a file system takes.
    return path.with_name(f".{path.name[:60]}.{os.getpid()}.part")
