"""Rows for work of which nobody knows what it does."""

from typing import Final

from conc_advisor.concurrency import ConcurrencyModel as Model
from conc_advisor.decision.engine import Row
from conc_advisor.decision.table.measured import GIL_RELEASED, LATE_BESIDE_A_THREAD, NO_GIL, TWO_PROCESSES
from conc_advisor.decision.table.words import FREE_THREADED_BUILD, MEASURED, NO_LOOP, PYTHON_DOCS, UNKNOWN, prefer
from conc_advisor.workload import Gil, Latency, Payload, TaskDuration, TotalWork

_NOBODY_KNOWS: Final = "the defaults of this tool: measure before optimising"


UNSURE: Final[tuple[Row, ...]] = (
    prefer(
        Model.SEQUENTIAL,
        "nothing-to-overlap",
        "Tasks under a millisecond are done before anyone has taken them over.",
        f"{MEASURED}: a call through a thread pool costs 20 to 50 us, through a process pool 95 to 170 us",
        bottleneck=UNKNOWN,
        task_duration=TaskDuration.TINY,
        existing_loop=NO_LOOP,
        total_work=(TotalWork.SECONDS, UNKNOWN),
    ),
    prefer(
        Model.THREADS,
        "native-code-known",
        "All that is known is that it computes and gives up the GIL, which is what threads are good at.",
        GIL_RELEASED,
        bottleneck=UNKNOWN,
        gil=Gil.RELEASES,
    ),
    prefer(
        Model.FREE_THREADED,
        "no-gil-known",
        "All that is known is that it computes in Python, on a build without a GIL.",
        NO_GIL,
        bottleneck=UNKNOWN,
        gil=Gil.HOLDS,
        python=FREE_THREADED_BUILD,
    ),
    prefer(
        Model.PROCESSES,
        "python-code-known",
        "All that is known is that it computes in Python, which only processes do on several cores.",
        f"{TWO_PROCESSES}; 1.0 times with two threads",
        bottleneck=UNKNOWN,
        gil=Gil.HOLDS,
    ),
    prefer(
        Model.THREADS,
        "cannot-travel",
        "What cannot be pickled stays in this process; threads share it as it is.",
        f"{PYTHON_DOCS}/library/multiprocessing.html#programming-guidelines",
        bottleneck=UNKNOWN,
        payload=Payload.UNPICKLABLE,
        existing_loop=NO_LOOP,
    ),
    prefer(
        Model.THREADS,
        "something-must-stay-responsive",
        "A worker thread keeps the rest alive, whatever the work turns out to be.",
        LATE_BESIDE_A_THREAD,
        bottleneck=UNKNOWN,
        latency=Latency.RESPONSIVE,
    ),
    prefer(
        Model.SEQUENTIAL,
        "measure-first",
        "Nobody knows yet where the time goes: leave the code as it is until a profile says so.",
        _NOBODY_KNOWS,
    ),
)
