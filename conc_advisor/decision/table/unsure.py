"""Rows for work of which nobody knows what it does."""

from typing import Final

from conc_advisor.concurrency import ConcurrencyModel as Model
from conc_advisor.decision.engine import Row
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
        f"{MEASURED}: 1.7 to 1.96 times with two threads for NumPy, zlib, hashlib, Pillow",
        bottleneck=UNKNOWN,
        gil=Gil.RELEASES,
    ),
    prefer(
        Model.FREE_THREADED,
        "no-gil-known",
        "All that is known is that it computes in Python, on a build without a GIL.",
        f"{MEASURED}: 1.8 to 2.0 times with two threads on 3.14t from 0.1 ms a task on",
        bottleneck=UNKNOWN,
        gil=Gil.HOLDS,
        python=FREE_THREADED_BUILD,
    ),
    prefer(
        Model.PROCESSES,
        "python-code-known",
        "All that is known is that it computes in Python, which only processes do on several cores.",
        f"{MEASURED}: 1.0 times with two threads, 1.7 to 1.95 times with two processes",
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
        f"{MEASURED}: another thread answers 3 ms later beside one computing thread",
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
