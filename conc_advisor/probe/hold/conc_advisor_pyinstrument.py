"""Runs pyinstrument in the main thread of the program that loads it, and saves its session when the program ends.

`os._exit` and a killing signal end a process without running this: then there is no session, and the parent says so.
"""

import atexit
import os
import sys
import time


def start(path: str) -> None:
    """Start the profiler; the session goes to `path`, beside it `path`.start with the pid and the monotonic clock, in seconds."""
    try:
        from pyinstrument import Profiler  # noqa: PLC0415
    except ImportError as error:
        sys.stderr.write(f"conc-advisor: pyinstrument does not load here: {error}\n")
        return
    profiler = Profiler(interval=0.001, async_mode="disabled")
    owner = os.getpid()

    def save() -> None:
        # A forked child inherits the profiler and this hook; the session is its parent's.
        if os.getpid() != owner or not profiler.is_running:
            return
        profiler.stop().save(path)

    atexit.register(save)
    with open(path + ".start", "w", encoding="ascii") as file:
        file.write(f"{owner} {time.monotonic()!r}")
    profiler.start()
