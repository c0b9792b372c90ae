"""How fast `conc-advisor review` is: lines a second, the second run against the first, and the peak of memory of all its processes.

    python tests/benchmarks/review_speed.py [FOLDER] [--copies N] [--jobs N] [--rules]

FOLDER (the standard library of this Python unless given) is copied first, N times, so that the cache does not go into it.  ruff, and
flake8-async where it is installed, read the same files, flake8-async only some of them, for it reads three a second.  `--rules` tells for
each rule how many microseconds it takes for a line, in one process.  A machine that is busy makes all of this slower.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import psutil

LEAST_LINES_PER_SECOND = 25_000
LEAST_RATIO = 10
MOST_BYTES_PER_MILLION_LINES = 1 << 30
FLAKE8_FILES = 30
EVERY_SECONDS = 0.05


def main() -> int:
    """Print the figures; return 1 where a limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path(os.__file__).parent)
    parser.add_argument("--copies", type=int, default=1)
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--rules", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = copied(options.folder, Path(folder) / "copy", options.copies)
        if options.rules:
            print_rules(root)
            return 0
        return compared(root, options.jobs)


def copied(source: Path, root: Path, copies: int) -> Path:
    """Copy a folder's Python files, a few times, and return where they are."""
    for number in range(copies):
        for path in sorted(source.rglob("*.py")):
            if "site-packages" not in path.parts and path.is_file():
                target = root / f"copy{number}" / path.relative_to(source)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
    # A file that was written a moment ago is read again by a second run.
    time.sleep(2.1)
    return root


def compared(root: Path, jobs: int | None) -> int:
    """Review a folder twice, let the others read it, and print what came of it."""
    command = [sys.executable, "-m", "conc_advisor", "review", ".", "--format", "json", "--fail-on", "never", "-q"]
    command += ["--jobs", str(jobs)] if jobs is not None else []
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    first, peak, text = measured(command, root)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    second, _, again = measured(command, root)
    said = json.loads(text)
    lines, files = said["lines"], said["files"]
    same = json.loads(again)["findings"] == said["findings"]
    print(f"{files:,} files, {lines:,} lines, {len(said['findings']):,} findings, the same again: {same}")
    print(f"first run   {first:7.2f} s  {lines / first:10,.0f} lines/s, peak of memory {peak / (1 << 20):.0f} MB")
    print(f"            {busy:7.2f} s  of cores' time, {lines / busy:,.0f} lines/s on one core")
    print(f"second run  {second:7.2f} s  {first / second:10.1f} times as fast")
    print_others(root, files, first)
    slow = lines / first < LEAST_LINES_PER_SECOND
    return int(slow or first / second < LEAST_RATIO or peak > MOST_BYTES_PER_MILLION_LINES * max(1.0, lines / 1e6))


def measured(command: list[str], root: Path) -> tuple[float, int, str]:
    """Return how many seconds a command took, the peak of memory of its processes together in bytes, and what it printed."""
    peak = 0
    with tempfile.TemporaryFile() as out:
        begin = time.perf_counter()
        with subprocess.Popen(command, cwd=root, stdin=subprocess.DEVNULL, stdout=out) as process:
            while process.poll() is None:
                peak = max(peak, memory(process.pid))
                time.sleep(EVERY_SECONDS)
            seconds = time.perf_counter() - begin
        out.seek(0)
        text = out.read().decode()
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return seconds, peak, text


def memory(pid: int) -> int:
    """Return how many bytes a process and its children take, what they share counted once where the system tells."""
    total = 0
    try:
        parent = psutil.Process(pid)
        for process in (parent, *parent.children(recursive=True)):
            info = process.memory_full_info()
            total += getattr(info, "pss", info.rss)
    except psutil.Error:
        pass
    return total


def print_others(root: Path, files: int, ours: float) -> None:
    """Let ruff read all files and flake8-async some, and print how they compare."""
    ruff = shutil.which("ruff", path=os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))
    if ruff:
        seconds = taken([ruff, "check", "--isolated", "--no-cache", "--exit-zero", "--quiet", "--select", "ASYNC,RUF006,S113", "."], root)
        print(f"ruff        {seconds:7.2f} s  {ours / seconds:10.1f} times as fast as our first run")
    flake8 = shutil.which("flake8-async", path=str(Path(sys.executable).parent))
    if flake8:
        some = [str(path) for path in sorted(root.rglob("*.py"))[:: max(1, files // FLAKE8_FILES)]]
        seconds = taken([flake8, *some], root)
        print(f"flake8-async {len(some) / seconds:.1f} files/s; ours {files / ours:,.0f} files/s")


def taken(command: list[str], root: Path) -> float:
    """Return how many seconds a command took, whatever it found."""
    begin = time.perf_counter()
    subprocess.run(
        command, cwd=root, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, timeout=600
    )
    return time.perf_counter() - begin


def print_rules(root: Path) -> None:
    """Print what each rule costs, the dearest first."""
    from conc_advisor.review.context import FileContext  # noqa: PLC0415  # only here
    from conc_advisor.review.engine.listing import list_files  # noqa: PLC0415
    from conc_advisor.review.engine.packing import summary_in  # noqa: PLC0415
    from conc_advisor.review.engine.reading import opened, read_module  # noqa: PLC0415
    from conc_advisor.review.engine.undisturbed import undisturbed  # noqa: PLC0415
    from conc_advisor.review.project.project import link  # noqa: PLC0415
    from conc_advisor.review.rules import ALL  # noqa: PLC0415
    from conc_advisor.review.settings import ReviewSettings  # noqa: PLC0415

    listing = list_files(ReviewSettings(paths=(root,), codes=frozenset(), root=root))
    spent: Counter[str] = Counter()
    with undisturbed():
        begin = time.process_time()
        read = [each[0] for order in listing.orders if isinstance(each := read_module(order, listing.task), tuple)]
        spent["reading"] = int((time.process_time() - begin) * 1e9)
        project = link(summary_in(reading.summary) for reading in read)
        for reading in read:
            module = opened(listing.orders[reading.number], listing.task)
            context = FileContext(module.parsed, project, symbols=module.symbols, paths=module.paths)
            for rule in ALL:
                begin_ns = time.process_time_ns()
                list(rule.check(context))
                spent[f"{rule.code} {rule.name}"] += time.process_time_ns() - begin_ns
    lines = sum(reading.lines for reading in read)
    for name, nanoseconds in spent.most_common():
        print(f"{nanoseconds / 1000 / lines:8.2f} µs/line  {name}")


if __name__ == "__main__":
    sys.exit(main())
