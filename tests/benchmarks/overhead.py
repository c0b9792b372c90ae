"""What recording costs the target: its own time under `profile` against alone, and under plain `py-spy record` at the same rate.

Run on an idle machine: `python tests/benchmarks/overhead.py [ROUNDS]`.  The programs time themselves; the ways alternate within each
round, and the figure is the median of the ratios to the run alone of the same round.
"""

import statistics
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from pathlib import Path

TARGET = Path(__file__).parents[1] / "targets" / "timed_work.py"
PY_SPY = Path(sysconfig.get_path("scripts")) / "py-spy"
SHAPES = ("compute", "two-threads", "await", "threads-200")


@dataclass(frozen=True, slots=True)
class Way:
    """A way to run the target: its name and the words before the target's own."""

    name: str
    words: tuple[str, ...]


def ways(folder: Path) -> tuple[Way, ...]:
    """Return the ways that are compared; the first is the one that the others are held against."""
    recorded = ("record", "--nonblocking", "--idle", "--threads", "--rate", "100", "--format", "raw")
    stopping = ("record", "--idle", "--threads", "--rate", "100", "--format", "raw")
    return (
        Way("alone", (sys.executable,)),
        Way(
            "profile",
            (
                sys.executable,
                "-m",
                "conc_advisor",
                "profile",
                "-q",
                "--force",
                "-o",
                str(folder / "report.txt"),
                "--python",
                sys.executable,
            ),
        ),
        Way("py-spy 100 Hz, nonblocking", (str(PY_SPY), *recorded, "--output", str(folder / "a.txt"), "--", sys.executable)),
        Way("py-spy 100 Hz", (str(PY_SPY), *stopping, "--output", str(folder / "b.txt"), "--", sys.executable)),
    )


def seconds(way: Way, shape: str) -> float:
    """Return how long the target's work took, by its own clock."""
    answer = subprocess.run([*way.words, str(TARGET), shape], capture_output=True, text=True, check=True)
    return float(next(line for line in answer.stdout.splitlines() if line.startswith("seconds ")).split()[1])


def main() -> None:
    """Print a line a shape and way."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    with tempfile.TemporaryDirectory() as name:
        compared = ways(Path(name))
        for shape in SHAPES:
            taken = [[seconds(way, shape) for way in compared] for _ in range(rounds)]
            alone = statistics.median(row[0] for row in taken)
            print(f"{shape}: {alone:.2f} s alone")
            for number, way in enumerate(compared[1:], start=1):
                ratios = sorted(row[number] / row[0] for row in taken)
                print(f"  {way.name:28} {statistics.median(ratios):.3f}  ({ratios[0]:.3f} to {ratios[-1]:.3f})")


if __name__ == "__main__":
    main()
