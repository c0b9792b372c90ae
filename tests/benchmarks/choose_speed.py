"""Measures how long `conc-advisor choose --answers FILE` takes against `conc-advisor --help`; it may take at most 1.5 times as long.

Usage: python tests/benchmarks/choose_speed.py [ROUNDS]

Both are started in turn, so that a busy machine slows both, and the medians are compared.  Modules are compiled once, before anything is
measured, as they are where the program is installed.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIMIT = 1.5
ANSWERS = 'bottleneck = "io"\nio_kind = "http"\nfan_out = "1k-100k"\nasync_lib = "yes"\n'


def seconds(command: list[str], environ: dict[str, str]) -> float:
    """Return the wall time of one run."""
    begin = time.perf_counter()
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environ, check=True)
    return time.perf_counter() - begin


def main() -> int:
    """Print the figures; return 1 when the limit is passed."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    program = [sys.executable, "-m", "conc_advisor"]
    with tempfile.TemporaryDirectory() as folder:
        environ = {**os.environ, "PYTHONPYCACHEPREFIX": folder}
        environ.pop("PYTHONDONTWRITEBYTECODE", None)
        file = Path(folder) / "answers.toml"
        file.write_text(ANSWERS)
        helped, chosen = [*program, "--help"], [*program, "choose", "--answers", str(file)]
        for command in (helped, chosen):
            seconds(command, environ)
        pairs = [(seconds(helped, environ), seconds(chosen, environ)) for _ in range(rounds)]
    base, took = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"conc-advisor --help: {base * 1000:.0f} ms; choose --answers: {took * 1000:.0f} ms; ratio {took / base:.2f}, limit {LIMIT}")
    return int(took > LIMIT * base)


if __name__ == "__main__":
    sys.exit(main())
