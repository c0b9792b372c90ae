"""How pools of processes are written: start method, guard, chunks, what a worker builds for itself, ending workers by force."""

from typing import Final

from conc_advisor.concurrency import ConcurrencyModel
from conc_advisor.decision.forms.machine import cores_forms, inner_threads_form
from conc_advisor.decision.forms.start_methods import context_line, start_method_forms
from conc_advisor.decision.forms.versions import by_version, form
from conc_advisor.decision.recommendation import Form
from conc_advisor.workload import FanOut, Latency, Payload, SharedState, Workload

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
    with context.Pool(WORKERS{extra}) as pool:
        return pool.map(work, items, chunksize=CHUNK)

if __name__ == "__main__":
    main(load_items())
"""
_LOOP_CODE: Final = """
import asyncio
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

async def main(items):
    {context}
    loop, todo, results = asyncio.{get_loop}(), enumerate(items), {{}}
    with ProcessPoolExecutor(max_workers=WORKERS{mp_context}) as pool:

        async def compute():
            for number, item in todo:
                results[number] = await loop.run_in_executor(pool, work, item)

        await asyncio.gather(*[compute() for _ in range(IN_FLIGHT)])
    return [results[number] for number in sorted(results)]
"""
_LOOP_TEXT: Final = (
    "Make the pool once, when the application starts, before it has threads; so many tasks take the items in turn, which bounds the jobs "
    "in flight. In a server the `with` belongs into its start-up and shutdown."
)
_INITIALIZER_TEXT: Final = (
    "What cannot be pickled, or is large and the same for all, is built once in each worker; items then carry plain data only."
)
_INITIALIZER_CODE: Final = """
{imported}

def start_worker(path):
    global resource
    resource = load(path)

def work(item):
    return use(resource, item)

pool = {pool}(WORKERS, initializer=start_worker, initargs=(path,))
"""
_INITIALIZER: Final = form(
    _INITIALIZER_TEXT,
    _INITIALIZER_CODE.format(imported="from concurrent.futures import ProcessPoolExecutor", pool="ProcessPoolExecutor"),
)
_INITIALIZER_OF_POOL: Final = form(
    _INITIALIZER_TEXT, _INITIALIZER_CODE.format(imported="import multiprocessing", pool="multiprocessing.Pool")
)
_ENDED_TEXT: Final = "One process an item where each may be killed alone: nothing is left of it, and the others go on."
_ENDED_CODE: Final = """
import multiprocessing

{context}

def child(sender, item):
    sender.send(work(item))

def run_within(seconds, item):
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=child, args=(sender, item))
    process.start()
    sender.close()
    try:
        if not receiver.poll(seconds):
            raise TimeoutError
        return receiver.recv()
    finally:
        process.{end}()
        process.join()
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
    """Return the forms of a pool of processes, alone or beside an event loop."""
    beside_loop = model is ConcurrencyModel.ASYNCIO_PROCESSES
    ends_by_force = bool(workload.need_kill) or workload.latency is Latency.HARD_TIMEOUT
    found = [*_ending(workload, beside_loop=beside_loop)] if ends_by_force else []
    found += _beside_loop(workload) if beside_loop else _pool(workload)
    if workload.payload is Payload.UNPICKLABLE or workload.shared_state is SharedState.READ_ONLY_LARGE:
        found += by_version(workload.python, {7: _INITIALIZER, 0: _INITIALIZER_OF_POOL})
    if workload.payload is Payload.LARGE or workload.shared_state is SharedState.READ_ONLY_LARGE:
        found += by_version(workload.python, {8: _SHARED_MEMORY, 0: None})
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
    replaced, replaced_before = (
        (", max_tasks_per_child=TASKS_PER_CHILD", ", maxtasksperchild=TASKS_PER_CHILD") if workload.memory_tight else ("", "")
    )
    executor = form(_POOL_TEXT, _POOL_CODE.format(context=context, extra=replaced))
    old = form(_POOL_TEXT, _OLD_POOL_CODE.format(context=context, extra=replaced_before))
    return by_version(workload.python, {11 if workload.memory_tight else 7: executor, 0: old})


def _beside_loop(workload: Workload) -> tuple[Form, ...]:
    context = context_line(workload)
    newer = form(_LOOP_TEXT, _LOOP_CODE.format(context=context, get_loop="get_running_loop", mp_context=", mp_context=context"))
    # ProcessPoolExecutor took no context before 3.7; the default one is changed instead.
    set_once = context.replace("context = multiprocessing.get_context", "multiprocessing.set_start_method")
    older = form(_LOOP_TEXT, _LOOP_CODE.format(context=set_once, get_loop="get_event_loop", mp_context=""))
    return by_version(workload.python, {7: newer, 0: older})


def _ending(workload: Workload, *, beside_loop: bool) -> tuple[Form, ...]:
    context = context_line(workload)
    killed, terminated = (form(_ENDED_TEXT, _ENDED_CODE.format(context=context, end=end)) for end in ("kill", "terminate"))
    found = by_version(workload.python, {7: killed, 0: terminated})
    if beside_loop:
        return (*found, *by_version(workload.python, {9: _FROM_THE_LOOP, 0: None}))
    return (*found, *by_version(workload.python, {14: _POOL_KILLED, 0: None}))
