"""How the models with an event loop are written: deadlines, entry points, calls that leave the loop."""

from typing import Final

from conc_advisor.concurrency import ConcurrencyModel
from conc_advisor.decision.forms.fan_out import fan_out_forms
from conc_advisor.decision.forms.versions import by_version, form
from conc_advisor.decision.recommendation import Form
from conc_advisor.workload import Bottleneck, ExistingLoop, FanOut, Gil, IoKind, Latency, TaskDuration, Workload

_OVERALL_TIMEOUT: Final = form(
    "A deadline for all of it, beside the one of each operation; a `try` inside of it must not swallow the cancellation.",
    """
import asyncio

async def within(seconds, items):
    async with asyncio.timeout(seconds):
        return await main(items)
""",
)
_OVERALL_WAIT_FOR: Final = form(
    "A deadline for all of it, beside the one of each operation. (The package async-timeout gives it as an `async with`.)",
    """
import asyncio

async def within(seconds, items):
    return await asyncio.wait_for(main(items), timeout=seconds)
""",
)
_CHILD: Final = form(
    "Start and wait for child programs with asyncio; after the limit, kill the child and wait for its end.",
    """
import asyncio

async def run(*command, seconds):
    child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        output, _ = await asyncio.wait_for(child.communicate(), timeout=seconds)
        return output
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
""",
)
_LONG_LIVED: Final = form(
    "Keep a reference to each long-lived task, and cancel and await them at the end.",
    """
import asyncio

TASKS = set()

def start(coroutine):
    task = asyncio.ensure_future(coroutine)
    TASKS.add(task)
    task.add_done_callback(TASKS.discard)
    return task

async def stop_all():
    tasks = list(TASKS)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
""",
)
_RUN: Final = form("One entry point starts the loop.", "import asyncio\n\nasyncio.run(main(items))")
_IN_A_CELL: Final = form("The kernel's loop is running: await at the top level of a cell.", "results = await main(items)", "notebooks")
_INSIDE: Final = form(
    "A loop is running: await it from your own coroutine; `asyncio.run` would raise.",
    "results = await main(items)",
    "a program with a loop",
)
_EXECUTOR: Final = form(
    "Give each kind of blocking call a small executor of its own, made once. The timeout frees the caller; the thread goes on until the "
    "call returns, so give the client a timeout too.",
    """
import asyncio
from concurrent.futures import ThreadPoolExecutor

POOL = ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="blocking")

async def call(item):
    loop = asyncio.get_running_loop()
    return await asyncio.wait_for(loop.run_in_executor(POOL, work, item), timeout=10)
""",
)
_TO_THREAD: Final = form(
    "For a call now and then the default executor will do; it copies the context variables along.",
    "import asyncio\n\nasync def call(item):\n    return await asyncio.to_thread(work, item)",
)
_SWITCH_INTERVAL: Final = form(
    "Python code in a worker thread gives the GIL back every 5 ms; a smaller interval lets others answer sooner (an I/O thread "
    "beside one computing thread: median 3.1 ms late at 5 ms, 0.2 ms at 0.1 ms, measured; not measured for a loop).",
    "import sys\n\nsys.setswitchinterval(0.0005)",
)
_LOOP_PER_THREAD: Final = form(
    "On a free-threaded build one loop per thread uses several cores; a single loop still uses one.", applies="free-threaded builds"
)


def event_loop_forms(model: ConcurrencyModel, workload: Workload) -> tuple[Form, ...]:
    """Return the forms of asyncio, alone or with threads or processes (without the pool of processes itself)."""
    waits = workload.bottleneck is not Bottleneck.CPU
    found: list[Form] = []
    if model is ConcurrencyModel.ASYNCIO_THREADS:
        found += _offloading(workload)
    elif model is ConcurrencyModel.ASYNCIO and workload.io_kind is IoKind.SUBPROCESS:
        found.append(_CHILD)
    elif model is ConcurrencyModel.ASYNCIO and workload.task_duration is TaskDuration.LONG_LIVED:
        found.append(_LONG_LIVED)
    if waits and _has_many(model, workload):
        found += fan_out_forms(workload)
    if workload.latency is Latency.HARD_TIMEOUT and waits:
        found += by_version(workload.python, {11: _OVERALL_TIMEOUT, 0: _OVERALL_WAIT_FOR})
    found += _entry(model, workload)
    if workload.python is not None and workload.python.free_threaded:
        found.append(_LOOP_PER_THREAD)
    return tuple(found)


def _has_many(model: ConcurrencyModel, workload: Workload) -> bool:
    """Tell whether the loop itself starts many items at once: not connections that stay, not jobs for a pool of processes."""
    if model is ConcurrencyModel.ASYNCIO_PROCESSES or (workload.fan_out is FanOut.ONE and model is ConcurrencyModel.ASYNCIO_THREADS):
        return False
    stays = model is ConcurrencyModel.ASYNCIO and workload.task_duration is TaskDuration.LONG_LIVED
    return bool(workload.pipeline) or not stays


def _offloading(workload: Workload) -> tuple[Form, ...]:
    computes = workload.bottleneck in {Bottleneck.CPU, Bottleneck.MIXED} and workload.gil is not Gil.RELEASES
    with_gil = workload.python is None or not workload.python.free_threaded
    return (_EXECUTOR, _TO_THREAD, *((_SWITCH_INTERVAL,) if computes and with_gil else ()))


def _entry(model: ConcurrencyModel, workload: Workload) -> tuple[Form, ...]:
    if workload.notebook:
        return (_IN_A_CELL,)
    match workload.existing_loop:
        case ExistingLoop.ASYNCIO:
            return (_INSIDE,)
        case ExistingLoop.GUI:
            return ()  # `gui_forms` has it
        case _:
            # With processes the start stands under the guard, with the rest.
            return () if model is ConcurrencyModel.ASYNCIO_PROCESSES else (_RUN,)
