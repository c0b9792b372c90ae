"""How pools of processes are written: start method, guard, chunks, what a worker builds for itself, ending workers by force."""

from typing import Final

from conc_advisor.concurrency import ConcurrencyModel
from conc_advisor.decision.forms.machine import cores_forms, inner_threads_form
from conc_advisor.decision.forms.pipelines import pipeline_forms
from conc_advisor.decision.forms.start_methods import context_line, start_method_forms
from conc_advisor.decision.forms.versions import by_version, form
from conc_advisor.decision.recommendation import Form
from conc_advisor.workload import ExistingLoop, FanOut, Latency, Payload, SharedState, Workload

_POOL_TEXT: Final = (
    "One pool, as long as the stage; the work is a function at module level, and items travel in chunks. Only the program's start goes "
    "under the guard."
)
_POOL_CODE: Final = """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

def main(items):
    {context}
    pool = ProcessPoolExecutor(WORKERS, mp_context=context{extra})
    with pool:
        return list(pool.map(work, items, chunksize=CHUNK))

if __name__ == "__main__":
    main(load_items())
"""
_OLD_POOL_CODE: Final = """
import multiprocessing

def main(items):
    {context}
    with context.Pool(WORKERS, maxtasksperchild=TASKS_PER_CHILD) as pool:
        return pool.map(work, items, chunksize=CHUNK)

if __name__ == "__main__":
    main(load_items())
"""
_INITIALIZER_TEXT: Final = (
    "What cannot be pickled, or is large and the same for all, is built once in each worker; items then carry plain data only."
)
_INITIALIZER: Final = form(
    _INITIALIZER_TEXT,
    """
from concurrent.futures import ProcessPoolExecutor

def start_worker(path):
    global resource
    resource = load(path)

def work(item):
    return use(resource, item)

pool = ProcessPoolExecutor(WORKERS, initializer=start_worker, initargs=(path,))
""",
)
_ENDED_TEXT: Final = (
    "One process an item where each may be killed alone: nothing is left of it, and the others go on. What the item raises is raised here."
)
_ENDED_CODE: Final = """
import multiprocessing

{context}

def child(sender, item):
    try:
        sender.send((work(item), None))
    except Exception as error:
        sender.send((None, error))

def run_within(seconds, item):
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=child, args=(sender, item))
    process.start()
    sender.close()
    try:
        if not receiver.poll(seconds):
            raise TimeoutError(f"no result after {{seconds}} s")
        result, error = receiver.recv()
    except EOFError:
        process.join(1)
        raise RuntimeError(f"the child died, exit code {{process.exitcode}}") from None
    finally:
        process.kill()
        process.join()
    if error is not None:
        raise error
    return result
"""
_POOL_KILLED: Final = form(
    "To end a whole pool with what it is doing: `kill_workers`, then a new pool for the items that are left.",
    """
from concurrent.futures import ProcessPoolExecutor, wait

def main(items):
    pool = ProcessPoolExecutor(max_workers=WORKERS)
    done, late = wait([pool.submit(work, item) for item in items], timeout=60)
    if late:
        pool.kill_workers()
    else:
        pool.shutdown()
    return [future.result() for future in done]
""",
)
_FROM_THE_LOOP: Final = form(
    "The loop waits for such a process in a thread of its own.",
    "import asyncio\n\nasync def compute(item):\n    return await asyncio.to_thread(run_within, 60, item)",
)
_SHARED_MEMORY: Final = form(
    "Put one copy of large bytes or arrays into shared memory; workers get its name and read without copying.",
    """
from multiprocessing.shared_memory import SharedMemory

def share(data):
    block = SharedMemory(create=True, size=len(data))
    block.buf[: len(data)] = data
    return block  # at the end: block.close() in every process, block.unlink() in one

def read(name, start, stop):
    block = SharedMemory(name=name)
    try:
        return bytes(block.buf[start:stop])
    finally:
        block.close()
""",
)
_BUFFERED: Final = form(
    "`buffersize` takes items from the source only as they are needed.",
    "for result in pool.map(work, items, chunksize=CHUNK, buffersize=QUEUE_BOUND):\n    save(result)",
)
_IN_PARTS: Final = form(
    "`map` takes all items from the source at once: hand a long source over in parts.",
    """
from itertools import islice

def main(items):
    source = iter(items)
    while True:
        part = list(islice(source, CHUNK * QUEUE_BOUND))
        if not part:
            return
        for result in pool.map(work, part, chunksize=CHUNK):
            save(result)
""",
)
_IN_A_CELL: Final = form(
    "Write the worker function into a file beside the notebook and import it: a spawned worker cannot find one that a cell defined.",
    "from worker_functions import work",
    "notebooks",
)


def process_forms(model: ConcurrencyModel, workload: Workload) -> tuple[Form, ...]:
    """Return the forms of a pool of processes, alone or beside an event loop; for a GUI without the pool, which `gui_forms` has."""
    beside_loop = model is ConcurrencyModel.ASYNCIO_PROCESSES
    ends_by_force = bool(workload.need_kill) or workload.latency is Latency.HARD_TIMEOUT
    found = [*_ending(workload, beside_loop=beside_loop)] if ends_by_force else []
    if beside_loop:
        found += pipeline_forms(workload)
    elif workload.existing_loop is not ExistingLoop.GUI:
        found += _pool(workload)
    if workload.payload is Payload.UNPICKLABLE or workload.shared_state is SharedState.READ_ONLY_LARGE:
        found.append(_INITIALIZER)
    if workload.payload is Payload.LARGE or workload.shared_state is SharedState.READ_ONLY_LARGE:
        found.append(_SHARED_MEMORY)
    if not beside_loop and workload.fan_out in {FanOut.THOUSANDS, FanOut.MORE}:
        found += by_version(workload.python, {14: _BUFFERED, 0: _IN_PARTS})
    if workload.notebook:
        found.append(_IN_A_CELL)
    found += start_method_forms(workload)
    found += cores_forms(workload)
    if workload.own_threads:
        found.append(inner_threads_form())
    return tuple(found)


def _pool(workload: Workload) -> tuple[Form, ...]:
    """Return the pool; with workers that are replaced after some items where memory is tight."""
    context = context_line(workload)
    if not workload.memory_tight:
        return (form(_POOL_TEXT, _POOL_CODE.format(context=context, extra="")),)
    executor = form(_POOL_TEXT, _POOL_CODE.format(context=context, extra=", max_tasks_per_child=TASKS_PER_CHILD"))
    return by_version(workload.python, {11: executor, 0: form(_POOL_TEXT, _OLD_POOL_CODE.format(context=context))})


def _ending(workload: Workload, *, beside_loop: bool) -> tuple[Form, ...]:
    killed = form(_ENDED_TEXT, _ENDED_CODE.format(context=context_line(workload)))
    if beside_loop:
        return (killed, _FROM_THE_LOOP)
    return (killed, *by_version(workload.python, {14: _POOL_KILLED, 0: None}))
