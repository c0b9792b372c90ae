"""Removes what a run of ours that was killed could not remove itself: its temporary folder and its half recording."""

import contextlib
import os
import re
import shutil
import tempfile
import time
from pathlib import Path
from typing import Final

PREFIX: Final = "conc-advisor-"
_FOLDER: Final = re.compile(rf"{PREFIX}(\d+)-.*")
_DAY: Final = 86_400.0
_PART: Final = re.compile(r".*\.(\d+)\.part")


def remove_left_behind(recordings: Path) -> None:
    """Remove temporary folders, and half recordings in `recordings`, of processes that are no more, after a day.

    What is not ours to remove stays.
    """
    for folder in _of_the_dead(Path(tempfile.gettempdir()), _FOLDER):
        shutil.rmtree(folder, ignore_errors=True)
    for part in _of_the_dead(recordings, _PART):
        with contextlib.suppress(OSError):
            part.unlink()


def _of_the_dead(place: Path, pattern: re.Pattern[str]) -> list[Path]:
    try:
        named = [(path, match) for path in place.iterdir() if (match := pattern.fullmatch(path.name))]
    except OSError:
        return []
    return [path for path, match in named if not _lives(int(match[1])) and _is_old(path)]


def _is_old(path: Path) -> bool:
    """Return whether nobody has touched it for a day: a process that we do not see may live in another container."""
    try:
        return path.stat().st_mtime < time.time() - _DAY
    except OSError:
        return False


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
