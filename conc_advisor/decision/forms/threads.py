"""How pools of threads are written: bounded submission, an owner with a queue, objects per thread, free-threaded builds."""

from typing import Final

from conc_advisor.decision.forms.machine import cores_forms, inner_threads_form
from conc_advisor.decision.forms.versions import by_version, form
from conc_advisor.decision.recommendation import Form
from conc_advisor.workload import Bottleneck, ExistingLoop, FanOut, IoKind, Workload

_POOL: Final = form(
    "One pool, as long as the stage; each result is asked for, so no exception is lost.",
    """
from concurrent.futures import ThreadPoolExecutor

def main(items):
    with ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="work") as pool:
        return list(pool.map(work, items))
""",
)
_BUFFERED: Final = form(
    "One pool, as long as the stage; `buffersize` takes items from the source only as they are needed.",
    """
from concurrent.futures import ThreadPoolExecutor

def main(items):
    with ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="work") as pool:
        for result in pool.map(work, items, buffersize=QUEUE_BOUND):
            save(result)
""",
)
_BOUNDED: Final = form(
    "One pool, as long as the stage; a semaphore keeps the items that were submitted and are not done within a bound.",
    """
import threading
from concurrent.futures import ThreadPoolExecutor

def main(items):
    slots = threading.BoundedSemaphore(QUEUE_BOUND)
    futures = []
    with ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="work") as pool:
        for item in items:
            slots.acquire()
            future = pool.submit(work, item)
            future.add_done_callback(lambda _: slots.release())
            futures.append(future)
    return [future.result() for future in futures]
""",
)
_OWNER_WITH_SHUTDOWN: Final = form(
    "A thread that owns the device, the connection or the stage takes its work from a bounded queue; `Queue.shutdown` ends it. `work` "
    "has to catch its own exceptions: a dead owner leaves the queue full.",
    """
import queue
import threading

inbox = queue.Queue(maxsize=QUEUE_BOUND)

def owner():
    while True:
        try:
            item = inbox.get()
        except queue.ShutDown:
            return
        work(item)

thread = threading.Thread(target=owner, name="owner")
thread.start()
for item in items:
    inbox.put(item)
inbox.shutdown()
thread.join()
""",
)
_OWNER_WITH_SENTINEL: Final = form(
    "A thread that owns the device, the connection or the stage takes its work from a bounded queue; an end mark ends it. `work` has to "
    "catch its own exceptions: a dead owner leaves the queue full.",
    """
import queue
import threading

DONE = object()
inbox = queue.Queue(maxsize=QUEUE_BOUND)

def owner():
    while True:
        item = inbox.get()
        if item is DONE:
            return
        work(item)

thread = threading.Thread(target=owner, name="owner")
thread.start()
for item in items:
    inbox.put(item)
inbox.put(DONE)
thread.join()
""",
)
_PER_THREAD: Final = form(
    "A client that is not thread-safe is made once per thread and kept there.",
    """
import threading

local = threading.local()

def client():
    if not hasattr(local, "client"):
        local.client = make_client()
    return local.client
""",
)
_CHILDREN: Final = form(
    "Each thread waits for one child program; the limit kills the child.",
    "import subprocess\n\ndef work(command):\n    return subprocess.run(command, stdout=subprocess.PIPE, timeout=60, check=True).stdout",
)
_STOP_EARLY: Final = form(
    "To stop early, cancel what has not begun; what runs ends by itself.",
    "pool.shutdown(cancel_futures=True)",
)
_GIL_CHECK: Final = form(
    "Check after all imports that the GIL is off: one extension module may have turned it on again.",
    """
import sys

if sys._is_gil_enabled():
    raise SystemExit("the GIL is on: an extension module does not support free threading")
""",
    "free-threaded builds",
)
_OWN_RESULTS: Final = form(
    "Give each thread its own part and its own result, and merge at the end: objects that threads share do not scale.",
    """
from concurrent.futures import ThreadPoolExecutor

def main(items):
    parts = [items[first::WORKERS] for first in range(WORKERS)]
    with ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="work") as pool:
        return [result for part in pool.map(work_on_part, parts) for result in part]
""",
    "free-threaded builds",
)
_MANY: Final = frozenset({FanOut.HUNDREDS, FanOut.THOUSANDS, FanOut.MORE})


def thread_forms(workload: Workload) -> tuple[Form, ...]:
    """Return the forms of a pool of threads on a build with the GIL; for a GUI without the pool, which `gui_forms` has."""
    found: list[Form] = []
    if workload.existing_loop is ExistingLoop.GUI:
        pass  # all of these wait in the thread that starts them
    elif workload.pipeline or workload.io_kind in {IoKind.SERIAL, IoKind.QUEUE}:
        found += by_version(workload.python, {13: _OWNER_WITH_SHUTDOWN, 0: _OWNER_WITH_SENTINEL})
    elif workload.fan_out in _MANY:
        found += by_version(workload.python, {14: _BUFFERED, 0: _BOUNDED})
    else:
        found.append(_POOL)
    if workload.io_kind in {IoKind.HTTP, IoKind.DB}:
        found.append(_PER_THREAD)
    if workload.io_kind is IoKind.SUBPROCESS:
        found.append(_CHILDREN)
    if workload.bottleneck is Bottleneck.CPU:
        found += (*cores_forms(workload), inner_threads_form())
    return (*found, _STOP_EARLY)


def free_threaded_forms(workload: Workload) -> tuple[Form, ...]:
    """Return the forms of threads without the GIL."""
    pool = () if workload.existing_loop is ExistingLoop.GUI else (_OWN_RESULTS,)
    return (_GIL_CHECK, *pool, *cores_forms(workload))
