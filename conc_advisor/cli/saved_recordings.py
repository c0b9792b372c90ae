"""Where recordings are kept so that they can be looked at again: the newest few, in the user's state folder."""

import contextlib
import re
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Final

from conc_advisor.errors import RecordingError

KEPT: Final = 20
"""How many recordings stay; the oldest go first."""
SUFFIX: Final = ".conc"
_NAME_LENGTH: Final = 40


def state_folder() -> Path:
    """Return the folder for our own files: `$XDG_STATE_HOME/conc-advisor` on Linux."""
    import platformdirs  # noqa: PLC0415  # takes as long as half of --help

    return platformdirs.user_state_path("conc-advisor", appauthor=False)


def new_recording_path(name: str, now: datetime) -> Path:
    """Return a path that is free, for a recording of the program `name`; in a temporary folder where the state folder cannot be written."""
    folder = _writable_folder()
    stem = f"{now:%Y%m%d-%H%M%S}-{_file_name(name)}"
    path = folder / f"{stem}{SUFFIX}"
    number = 2
    while path.exists() or path.with_name(path.name + ".part").exists():
        path = folder / f"{stem}.{number}{SUFFIX}"
        number += 1
    return path


def newest_recording() -> Path:
    """Return the recording saved last; raises `RecordingError` when there is none."""
    recordings = _recordings(recordings_folder())
    if not recordings:
        raise RecordingError("no recording has been saved yet", hint="make one: conc-advisor profile app.py")
    return recordings[-1]


def is_newest(recording: Path) -> bool:
    """Return whether this is the recording that `last` means."""
    return any(newest.resolve() == recording.resolve() for newest in _recordings(recordings_folder())[-1:])


def recordings_folder() -> Path:
    """Return the folder where recordings are kept."""
    return state_folder() / "recordings"


def forget_oldest(folder: Path, *, keep: int = KEPT) -> None:
    """Remove all but the newest recordings of `folder`; one that cannot be removed stays."""
    for path in _recordings(folder)[:-keep]:
        with contextlib.suppress(OSError):
            path.unlink()


def _recordings(folder: Path) -> list[Path]:
    """Return the recordings from the oldest to the newest."""
    dated = []
    for path in folder.glob(f"*{SUFFIX}"):
        with contextlib.suppress(OSError):
            dated.append((path.stat().st_mtime_ns, path))
    return [path for _, path in sorted(dated)]


def _writable_folder() -> Path:
    folder = recordings_folder()
    try:
        # A recording tells command lines and file names: nobody else's business.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return Path(tempfile.mkdtemp(prefix="conc-advisor-"))


def _file_name(name: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")
    return plain[:_NAME_LENGTH] or "program"
