"""Runs conc-advisor as if the system showed less.

Usage: `poorer_system.py blind|coarse|no-gil WORDS OF conc-advisor…`

blind: no /proc and no `sigtimedwait`, as on macOS · coarse: the kernel does not show system calls · no-gil: the interpreter does not tell
where its GIL is.
"""

import os
import signal
import sys
from pathlib import Path
from types import SimpleNamespace

from conc_advisor.profiling.samplers import gil, kernel, procfs


def make_blind() -> None:
    """Take away /proc and what only Linux has of signals."""
    vars(procfs).update(AVAILABLE=False, THREAD_STATES=False)
    del signal.sigtimedwait


def make_coarse() -> None:
    """Take away the `syscall` files."""

    def open_other(path: str, flags: int) -> int:
        if Path(path).name == "syscall":
            raise FileNotFoundError(path)
        return os.open(path, flags)

    names = {name: getattr(os, name) for name in dir(os) if not name.startswith("_")}
    vars(kernel)["os"] = SimpleNamespace(**{**names, "open": open_other})


def hide_gil() -> None:
    """Take away the view of the GIL."""
    vars(gil)["file_base"] = lambda _pid, _path: None


if __name__ == "__main__":
    {"blind": make_blind, "coarse": make_coarse, "no-gil": hide_gil}[sys.argv.pop(1)]()
    from conc_advisor.cli.app import main

    main()
