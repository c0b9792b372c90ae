"""How an event loop feeds a pool of processes: it waits for many at once, and few of them compute at a time."""

from typing import Final

from conc_advisor.decision.forms.start_methods import context_line
from conc_advisor.decision.forms.versions import by_version, form
from conc_advisor.decision.recommendation import Form
from conc_advisor.decision.sizing.waits import waits_too
from conc_advisor.workload import ExistingLoop, Workload

_HEAD: Final = """
import asyncio
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

async def main(items):
    {context}
    pool = ProcessPoolExecutor(max_workers=WORKERS, mp_context=context)
    loop, todo, results = asyncio.get_running_loop(), enumerate(items), {{}}
"""
_TWO_STAGES: Final = """    waits, jobs = asyncio.Semaphore(IN_FLIGHT), asyncio.Semaphore(JOBS)

    async def worker():
        for number, item in todo:
            async with waits{limited}:
                fetched = {fetched}
            async with jobs:
                results[number] = await loop.run_in_executor(pool, work, fetched)
"""
_ONE_STAGE: Final = """
    async def worker():
        for number, item in todo:
            results[number] = await loop.run_in_executor(pool, work, item)
"""
_IN_A_GROUP: Final = """
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range({tasks}):
                group.create_task(worker())
    finally:
        await asyncio.to_thread(pool.shutdown, cancel_futures=True)
    return [results[number] for number in sorted(results)]
"""
_GATHERED: Final = """
    tasks = [asyncio.ensure_future(worker()) for _ in range({tasks})]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(pool.shutdown, cancel_futures=True)
    return [results[number] for number in sorted(results)]
"""
_START: Final = """
if __name__ == "__main__":
    asyncio.run(main(load_items()))
"""
_FETCHING_TEXT: Final = (
    "`fetch` is your coroutine that waits, `work` the function at module level that computes. A fixed number of tasks takes the items in "
    "turn, which bounds what lies between the two. An error ends the rest, and the pool is shut down in a thread: waiting for it would "
    "stop the loop."
)
_COMPUTING_TEXT: Final = (
    "`work` is the function at module level that computes; a fixed number of tasks takes the items in turn. An error ends the rest, and "
    "the pool is shut down in a thread: waiting for it would stop the loop."
)
_IN_A_SERVER: Final = " A server makes the pool at its start-up, shuts it down at its end, and keeps the two limits for all requests."


def pipeline_forms(workload: Workload) -> tuple[Form, ...]:
    """Return the loop with its pool: with a stage that waits before the one that computes, where something is waited for."""
    fetches = waits_too(workload)
    text = _FETCHING_TEXT if fetches else _COMPUTING_TEXT
    if workload.existing_loop is ExistingLoop.ASYNCIO:
        text += _IN_A_SERVER
    newer, older = (form(text, _code(workload, fetches=fetches, groups=groups)) for groups in (True, False))
    return by_version(workload.python, {11: newer, 0: older})


def _code(workload: Workload, *, fetches: bool, groups: bool) -> str:
    limited = ", asyncio.timeout(10)" if groups else ""
    fetched = "await fetch(item)" if groups else "await asyncio.wait_for(fetch(item), timeout=10)"
    stages = _TWO_STAGES.format(limited=limited, fetched=fetched) if fetches else _ONE_STAGE
    end = (_IN_A_GROUP if groups else _GATHERED).format(tasks="IN_FLIGHT + JOBS" if fetches else "JOBS")
    start = _START if starts_by_itself(workload) else ""
    return _HEAD.format(context=context_line(workload)) + stages + end + start


def starts_by_itself(workload: Workload) -> bool:
    """Tell whether the program starts the loop itself: no notebook, server or GUI has one already."""
    return not workload.notebook and workload.existing_loop in {ExistingLoop.NONE, None}
