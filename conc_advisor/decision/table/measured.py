"""What was measured for this tool and stands behind several rows: Linux, two cores, November 2026, medians unless said otherwise."""

from typing import Final

from conc_advisor.decision.table.words import MEASURED

LAG_BESIDE_PROCESSES: Final = (
    f"{MEASURED}: lag of the loop, 95th percentile: 0.1 ms beside a process; beside one computing thread 7 ms on 3.12 and 10 ms on 3.14, "
    "beside four 85 and 68 ms"
)
LAG_BESIDE_A_THREAD: Final = (
    f"{MEASURED}: lag of the loop beside one computing thread 5 ms (median), 95th percentile 7 ms on 3.12 and 10 ms on 3.14"
)
LAG_BESIDE_NATIVE_CODE: Final = (
    f"{MEASURED}: sha256 of 1 GB in a thread, lag of the loop, 95th percentile, 0.1 ms on 3.12 and 0.2 ms on 3.14"
)
LAG_BESIDE_FREE_THREADS: Final = (
    f"{MEASURED}: lag of the loop on 3.14t, 95th percentile, 0.1 ms beside one computing thread, 1.1 ms beside four (longest 200 ms)"
)
LATE_BESIDE_A_THREAD: Final = f"{MEASURED}: an I/O thread handles a message 3 ms late (median) beside one computing thread"
LATE_BESIDE_TWO_THREADS: Final = f"{LATE_BESIDE_A_THREAD}; beside two 52 ms on 3.12, 26 ms on 3.14"
GIL_RELEASED: Final = f"{MEASURED}: 1.7 to 1.96 times with two threads for NumPy, zlib, hashlib, Pillow"
NO_GIL: Final = f"{MEASURED}: 1.8 to 2.0 times with two threads on 3.14t from 0.1 ms a task on"
TWO_PROCESSES: Final = f"{MEASURED}: 1.6 to 1.95 times with two processes from 1 ms of computing a task on"
ARRAY_CODE: Final = f"{MEASURED}: two numeric loops as array code, 189 to 13 ms (15 times) and 231 to 0.097 ms (2,400 times)"
UP_TO_100: Final = f"{MEASURED}: up to 100 in flight urllib3 in threads took at most 7% longer than aiohttp, requests 13%"
COLD_POOL: Final = f"{MEASURED}: a cold pool of processes pays from 12 ms (fork) to 110 ms (spawn) of work on"
