"""How fast a recording is analysed, and with how much memory: seconds per million samples for N and 4N samples, and the ratios.

    python tests/benchmarks/analysis_speed.py [SAMPLES]

Time should grow with the number of samples and memory should not.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from conc_advisor.concurrency import BlockKind, ThreadState
from conc_advisor.profiling.analysis.diagnose import diagnose
from conc_advisor.profiling.recording import (
    ACTIVITY_CODE,
    HOLDS_GIL,
    Activity,
    EventLoopInfo,
    Frame,
    Header,
    Machine,
    ProcessInfo,
    Recording,
    RecordingWriter,
    Sampling,
    StackTable,
    ThreadInfo,
)

THREADS = 50
STACKS = 5000
STEP_US = 10_000
RUNNING = ACTIVITY_CODE[Activity(ThreadState.RUNNING)]
GIL_WAIT = ACTIVITY_CODE[Activity(ThreadState.GIL_WAIT)]
SOCKET = ACTIVITY_CODE[Activity(ThreadState.BLOCKED, BlockKind.SOCKET)]
LOCK = ACTIVITY_CODE[Activity(ThreadState.LOCK_WAIT)]
LOOP_IDLE = ACTIVITY_CODE[Activity(ThreadState.LOOP_IDLE)]


def main() -> None:
    """Measure N and 4N samples, each in a process of its own so that the peak of memory is its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("samples", nargs="?", type=int, default=250_000)
    parser.add_argument("--analyse", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.analyse is not None:
        print(*analyse(options.analyse))
        return
    results = [measure(options.samples), measure(4 * options.samples)]
    print(f"ratio for 4 times the samples: time {results[1][0] / results[0][0]:.2f}, peak memory {results[1][1] / results[0][1]:.2f}")


def measure(samples: int) -> tuple[float, float]:
    """Make a recording, analyse it in a new process and print the figures; returns seconds and peak MB."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recording.zip"
        make_recording(path, samples)
        command = [sys.executable, __file__, "--analyse", str(path)]
        words = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    seconds, peak, reading = map(float, words)
    per_million = 1e6 / samples
    print(
        f"{samples:>10} samples: {seconds:7.2f} s, {seconds * per_million:6.2f} s per million "
        f"(of it reading {reading * per_million:.2f}), peak {peak:.0f} MB"
    )
    return seconds, peak


def analyse(path: Path) -> tuple[float, float, float]:
    """Return the seconds that the analysis took, the peak of memory in MB, and the seconds that reading alone takes."""
    recording = Recording.load(path)
    begin = time.perf_counter()
    diagnose(recording)
    seconds = time.perf_counter() - begin
    # The peak of resident memory since this program began; ru_maxrss would count the process that it was forked from.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
    begin = time.perf_counter()
    for _ in recording.blocks():
        pass
    return seconds, peak, time.perf_counter() - begin


def make_recording(path: Path, samples: int) -> None:
    """Write a recording of `samples` samples: one event loop, eleven threads that fight for the GIL, and the rest on sockets and locks.

    Each thread is seen at a hundred stacks.
    """
    chance = random.Random(1)  # noqa: S311  (a benchmark's data)
    stacks, ids = make_stacks(chance)
    with RecordingWriter(path) as writer:
        for sweep in range(samples // THREADS):
            holder = chance.randrange(1, 12)
            for thread in range(THREADS):
                if thread == 0:
                    activity = LOOP_IDLE if sweep % 10 else RUNNING
                elif thread < 12:
                    activity = RUNNING if thread == holder else GIL_WAIT
                else:
                    activity = SOCKET if thread % 2 else LOCK
                writer.block.append(
                    time_us=sweep * STEP_US + STEP_US // 2,
                    thread=thread,
                    stack=ids[0] if thread == 0 else ids[(thread * 97 + int(chance.random() ** 3 * 100)) % STACKS],
                    activity=activity,
                    seconds=STEP_US * 1e-6,
                    switches=chance.randrange(3),
                    callbacks=sweep % 3,
                    flags=HOLDS_GIL if activity == RUNNING and thread else 0,
                )
            writer.flush_if_full()
        writer.finish(make_header(samples), stacks)


def make_stacks(chance: random.Random) -> tuple[StackTable, list[int]]:
    """Return a table of `STACKS` paths 10 to 40 frames deep, the first of them inside asyncio's loop."""
    stacks = StackTable()
    loop = [Frame("<module>", "/app/main.py", 1), Frame("_run_once", "/usr/lib/python3.12/asyncio/base_events.py", 1987)]
    ids = [stacks.intern([*loop, Frame("_run", "/usr/lib/python3.12/asyncio/events.py", 88), Frame("handle", "/app/main.py", 9)])]
    for number in range(1, STACKS):
        depth = chance.randrange(10, 40)
        path = [Frame(f"f{number % 50}_{level}", f"/app/m{level % 7}.py", number % 90 + level) for level in range(depth)]
        ids.append(stacks.intern(path))
    return stacks, ids


def make_header(samples: int) -> Header:
    """Return a header for such a recording."""
    last = samples // THREADS * STEP_US
    return Header(
        tool_version="0",
        created="",
        command=("app.py",),
        attached=False,
        working_directory="/app",
        library_paths=(),
        duration_seconds=last * 1e-6,
        exit_status=0,
        machine=Machine(system="", cores=4, others_busy=0.0),
        sampling=Sampling(
            engine="py-spy",
            engine_version="",
            mode="",
            state_rate=100,
            stack_rate=100,
            sweeps=samples // THREADS,
            samples=samples,
            failed_samples=0,
            mean_lag_seconds=0,
            max_lag_seconds=0,
            overhead=0,
            max_overhead=0.05,
            estimated=False,
        ),
        processes=(ProcessInfo(pid=1, parent_pid=0, command="", python="3.12", first_us=0, last_us=last, gil_measured=True, stacks=True),),
        threads=tuple(
            ThreadInfo(
                process=0,
                os_thread_id=number,
                name=f"worker_{number}",
                python=True,
                first_us=0,
                last_us=last,
                cpu_seconds=None,
                runqueue_seconds=None,
            )
            for number in range(THREADS)
        ),
        event_loops=(EventLoopInfo(thread=0, implementation="asyncio", callbacks_counted=True),),
        limits=(),
    )


if __name__ == "__main__":
    main()
