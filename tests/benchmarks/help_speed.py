"""Measures how long `conc-advisor --help` takes against `python -c "import typer"`; it may take at most twice as long.

Usage: python tests/benchmarks/help_speed.py [ROUNDS]

Both are started in turn, so that a busy machine slows both; the fastest of each counts, because everything else is other people's noise.
"""

import subprocess
import sys
import time

LIMIT = 2.0


def seconds(command: list[str]) -> float:
    """Return the wall time of one run."""
    begin = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin


def main() -> int:
    """Print the figures; return 1 when the limit is passed."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    typer = [sys.executable, "-c", "import typer"]
    ours = [sys.executable, "-m", "conc_advisor", "--help"]
    pairs = [(seconds(typer), seconds(ours)) for _ in range(rounds)]
    base, helped = (min(column) for column in zip(*pairs, strict=True))
    print(f"import typer: {base * 1000:.0f} ms; conc-advisor --help: {helped * 1000:.0f} ms; ratio {helped / base:.2f}, limit {LIMIT}")
    return int(helped > LIMIT * base)


if __name__ == "__main__":
    sys.exit(main())
