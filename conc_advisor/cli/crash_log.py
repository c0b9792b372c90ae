"""The log of a crash of ours: everything that a bug report needs, in a file ready to be pasted."""

import platform
import sys
import tempfile
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from conc_advisor import __version__
from conc_advisor.cli.quoting import shell_command
from conc_advisor.cli.saved_recordings import state_folder


def write_crash_log(error: BaseException, argv: Sequence[str]) -> Path | None:
    """Write what is known of the crash to a new file and return it; None when no place can be written to."""
    now = datetime.now(UTC)
    text = crash_report(error, argv, now)
    for folder in (state_folder(), Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            # mkstemp: in a shared folder nobody else may have put a link there.
            with tempfile.NamedTemporaryFile(
                "w",
                dir=folder,
                prefix=f"crash-{now:%Y%m%d-%H%M%S}-",
                suffix=".log",
                delete=False,
                encoding="utf-8",
                errors="backslashreplace",
            ) as file:
                file.write(text)
                return Path(file.name)
        except OSError:
            continue
    return None


def crash_report(error: BaseException, argv: Sequence[str], now: datetime) -> str:
    """Return the log: versions, command line, traceback.  No environment variables: they may hold secrets."""
    lines = [
        "conc-advisor crashed. Before you post this, see that no path or argument in it is private.",
        "",
        f"date: {now.isoformat(timespec='seconds')}",
        f"conc-advisor: {__version__}",
        f"python: {platform.python_implementation()} {platform.python_version()} ({sys.executable})",
        f"system: {platform.platform()}",
        f"command: {shell_command(['conc-advisor', *argv])}",
        "",
        *traceback.format_exception(error),
    ]
    return "\n".join(line.rstrip("\n") for line in lines) + "\n"
