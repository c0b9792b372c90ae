"""The interpreters at hand for tests that profile programs under several Pythons."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest


@cache
def find_python(version: str) -> Path | None:
    """Return an interpreter of that version (`3.9`), from pyenv or from PATH; None where there is none that runs."""
    pyenv = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    candidates = [str(path) for path in reversed(pyenv)]
    if on_path := shutil.which(f"python{version}"):
        candidates.append(on_path)
    for candidate in candidates:
        answer = subprocess.run(
            [candidate, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], capture_output=True, text=True, check=False
        )
        if answer.stdout.strip() == version:
            return Path(candidate)
    return None


def need_python(version: str) -> Path:
    """Return an interpreter of that version; skips the test where there is none."""
    found = find_python(version)
    if found is None:
        pytest.skip(f"no CPython {version} here")
    return found
