"""How far reported GIL waiting is from the truth, thread by thread, on every Python at hand.

Run on an idle machine: `python tests/benchmarks/gil_wait_accuracy.py`.  Prints the worst thread of each run in
percentage points of its life.
"""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from ground_truth.gil_truth import build_timer, measure
from pythons import find_python

RUNS = 3
FIGHTS = {"2 compute": ("4", "2", "0"), "4 compute": ("4", "4", "0"), "1 computes, 3 nap": ("4", "1", "3")}


def main() -> None:
    """Print a line a fight and Python."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        timer = build_timer(folder)
        for version in ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14"):
            python = find_python(version)
            if python is None:
                continue
            for title, words in FIGHTS.items():
                runs = [measure(python, timer, folder, *words) for _ in range(RUNS)]
                worst = " ".join(f"{run.worst:4.1f}" for run in runs)
                busy = max(run.others_busy for run in runs)
                print(f"{version:5} {title:18} worst thread, points: {worst}   others used at most {busy:.0%} of the machine")


if __name__ == "__main__":
    main()
