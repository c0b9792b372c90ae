"""Which interpreter runs the user's programs: that of their virtual environment, where there is one.

Decides only; nothing is started here.
"""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from conc_advisor.errors import TargetError


def choose_interpreter(python: Path | None, *, environ: Mapping[str, str] | None = None, folder: Path | None = None) -> Path:
    """Return the interpreter for a script: `python`, else the active virtual environment's, else that of `.venv`, else our own.

    Raises `TargetError` when `python` cannot be run.
    """
    environ = os.environ if environ is None else environ
    if python is not None:
        found = shutil.which(str(python), path=environ.get("PATH"))
        if found is None:
            raise TargetError(f"{python} is not a program that can be run", hint="give the path of a Python interpreter to --python")
        return Path(found)
    places = [Path(environ["VIRTUAL_ENV"])] if environ.get("VIRTUAL_ENV") else []
    places.append((folder or Path()) / ".venv")
    for place in places:
        candidate = place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
        if os.access(candidate, os.X_OK):
            return candidate
    return Path(sys.executable)
