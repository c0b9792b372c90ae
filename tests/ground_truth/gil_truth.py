"""The true GIL waiting of each thread of a program, measured in the same run that `profile` records."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_name("gil_wait.c")
FIGHTERS = Path(__file__).parents[1] / "targets" / "gil_fighters.py"
SHORTEST_LIFE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadWait:
    """One thread: its life, the true waiting, and what was reported (seconds)."""

    name: str
    life: float
    true: float
    gil_wait: float
    runnable: float

    @property
    def error_points(self) -> float:
        """Return how far off the report is, in percentage points of the thread's life.

        A thread that was given the GIL but no core still counts as waiting in the truth, so up to its runnable time may be missing.
        """
        below = max(self.true - self.gil_wait - self.runnable, 0.0)
        above = max(self.gil_wait - self.true, 0.0)
        return 100 * max(below, above) / self.life


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthRun:
    """The threads of a run, and how busy other processes kept the machine (share of all cores)."""

    threads: tuple[ThreadWait, ...]
    others_busy: float
    overhead: float

    @property
    def worst(self) -> float:
        """Return the largest error, in percentage points."""
        return max(thread.error_points for thread in self.threads)


def build_timer(folder: Path) -> Path:
    """Return the preloadable timer; skips the test where there is no C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler here")
    library = folder / "gil_wait.so"
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", str(SOURCE), "-o", str(library), "-ldl", "-lpthread"], check=True)
    return library


def measure(python: Path, timer: Path, folder: Path, *words: str) -> TruthRun:
    """Return what one run of the fighters gave, with the truth beside it."""
    truth, report = folder / "truth.txt", folder / "report.json"
    environment = {**os.environ, "GIL_WAIT_FILE": str(truth)}
    preload = ["env", f"LD_PRELOAD={timer}", str(python), str(FIGHTERS), *words]
    command = [sys.executable, "-m", "conc_advisor", "profile", "--format", "json", "-o", str(report), "--force", "--", *preload]
    subprocess.run(command, env=environment, check=True, capture_output=True, cwd=folder)
    true = {int(tid): float(seconds) for tid, seconds in (line.split() for line in truth.read_text().splitlines())}
    document = json.loads(report.read_text())
    threads = tuple(
        ThreadWait(
            name=thread["name"],
            life=thread["seconds"],
            true=true.get(thread["os_thread_id"], 0.0),
            gil_wait=thread["states"]["gil-wait"],
            runnable=thread["states"]["runnable"],
        )
        for process in document["processes"]
        for thread in process["threads"]
        if thread["seconds"] >= SHORTEST_LIFE
    )
    return TruthRun(threads=threads, others_busy=document["machine"]["others_busy"] or 0.0, overhead=document["sampling"]["overhead"])
