"""Which interpreter runs the user's programs: that of their virtual environment, where there is one.

Decides only; nothing is started here.
"""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from conc_advisor.errors import TargetError, UsageError


def interpreter_path(text: str) -> Path:
    """Return the path that somebody typed for an interpreter: a bare name such as `python3.12` is looked for on PATH, `./python` is here.

    `Path` drops the `./` that tells the two apart.

    Raises `UsageError` for an empty text, `TargetError` for a relative path in a folder that is gone.
    """
    if not text:
        raise UsageError("--python is given nothing", hint="name a Python interpreter, such as python3.12, or leave it out")
    path = Path(text)
    if path.name == text or path.is_absolute():
        return path
    try:
        return Path.cwd() / path
    except FileNotFoundError as error:
        raise TargetError(f"there is no {text}: the working directory has been removed", hint="change to another folder") from error


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
