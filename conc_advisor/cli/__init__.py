"""The command line: the only place that prints, asks and exits."""

import os
import sys
from pathlib import Path


def _keep_to_our_own_modules() -> None:
    """Take PYTHONPATH off our own search path: it is meant for the program that is profiled, and may shadow what we import."""
    ours = Path(__file__).resolve().parents[2]
    theirs = {Path(entry).resolve() for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry} - {ours}
    sys.path[:] = [entry for entry in sys.path if not entry or Path(entry).resolve() not in theirs]


_keep_to_our_own_modules()
