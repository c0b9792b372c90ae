"""How a loop works on many items at once: a bounded group of tasks, or a bounded queue before a fixed number of them."""

from typing import Final

from conc_advisor.decision.forms.versions import by_version, form
from conc_advisor.decision.recommendation import Form
from conc_advisor.workload import FanOut, Workload

_TASK_GROUP: Final = form(
    "Start the items in an `asyncio.TaskGroup`: when one fails, the others are cancelled and awaited.",
    """
import asyncio

async def main(items):
    limit = asyncio.Semaphore(IN_FLIGHT)

    async def one(item):
        async with limit, asyncio.timeout(10):
            return await fetch(item)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(item)) for item in items]
    return [task.result() for task in tasks]
""",
)
_GATHER: Final = form(
    "Gather the items and cancel what is left when one fails: `gather` alone lets the others run on. (anyio's task groups do it too.)",
    """
import asyncio

async def main(items):
    limit = asyncio.Semaphore(IN_FLIGHT)

    async def one(item):
        async with limit:
            return await asyncio.wait_for(fetch(item), timeout=10)

    tasks = [asyncio.ensure_future(one(item)) for item in items]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
""",
)
_QUEUE_WITH_SHUTDOWN: Final = form(
    "So many items, or stages, go through a bounded queue to a fixed number of worker tasks; `Queue.shutdown` ends them.",
    """
import asyncio

async def worker(queue):
    while True:
        try:
            item = await queue.get()
        except asyncio.QueueShutDown:
            return
        async with asyncio.timeout(10):
            await fetch(item)

async def main(items):
    queue = asyncio.Queue(maxsize=QUEUE_BOUND)
    async with asyncio.TaskGroup() as group:
        for _ in range(IN_FLIGHT):
            group.create_task(worker(queue))
        for item in items:
            await queue.put(item)
        queue.shutdown()
""",
)
_QUEUE_WITH_SENTINELS: Final = form(
    "So many items, or stages, go through a bounded queue to a fixed number of worker tasks; one end mark for each of them ends them.",
    """
import asyncio

DONE = object()

async def worker(queue):
    while (item := await queue.get()) is not DONE:
        async with asyncio.timeout(10):
            await fetch(item)

async def main(items):
    queue = asyncio.Queue(maxsize=QUEUE_BOUND)
    async with asyncio.TaskGroup() as group:
        for _ in range(IN_FLIGHT):
            group.create_task(worker(queue))
        for item in items:
            await queue.put(item)
        for _ in range(IN_FLIGHT):
            await queue.put(DONE)
""",
)
_QUEUE_BEFORE_GROUPS: Final = form(
    "So many items, or stages, go through a bounded queue to a fixed number of worker tasks; an item that fails ends all of it.",
    """
import asyncio

DONE = object()

async def feed(queue, items):
    for item in items:
        await queue.put(item)
    for _ in range(IN_FLIGHT):
        await queue.put(DONE)

async def worker(queue):
    while True:
        item = await queue.get()
        if item is DONE:
            return
        await asyncio.wait_for(fetch(item), timeout=10)

async def main(items):
    queue = asyncio.Queue(maxsize=QUEUE_BOUND)
    coroutines = [feed(queue, items)] + [worker(queue) for _ in range(IN_FLIGHT)]
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
""",
)


def fan_out_forms(workload: Workload) -> tuple[Form, ...]:
    """Return how to start the items: one task each, or through a queue where there are very many or several stages."""
    if workload.pipeline or workload.fan_out in {FanOut.THOUSANDS, FanOut.MORE}:
        return by_version(workload.python, {13: _QUEUE_WITH_SHUTDOWN, 11: _QUEUE_WITH_SENTINELS, 0: _QUEUE_BEFORE_GROUPS})
    return by_version(workload.python, {11: _TASK_GROUP, 0: _GATHER})
