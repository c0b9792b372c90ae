"""CA103."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.rules.blocking_wait_in_coroutine import RULE

BAD = [
    """
    import threading
    async def wait(done: threading.Event):
        done.wait()  # here
    """,
    """
    from threading import Event as Flag
    class Job:
        def __init__(self):
            self.done = Flag()
        async def wait(self):
            self.done.wait(timeout=5)  # here
    """,
    """
    import queue
    inbox = queue.Queue()
    async def take():
        return inbox.get()  # here
    """,
    """
    import queue
    inbox = queue.Queue(maxsize=10)
    async def give(x):
        inbox.put(x)  # here
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    pool = ThreadPoolExecutor()
    async def work(f):
        return pool.submit(f).result()  # here
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    class Shop:
        def __init__(self):
            self._pool = ThreadPoolExecutor(4)
        async def work(self, f):
            future = self._pool.submit(f)
            return future.result()  # here
    """,
    """
    import asyncio
    async def work(loop, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result()  # here
    """,
    """
    import concurrent.futures as cf
    async def work(futures):
        cf.wait(futures)  # here
    """,
    """
    from threading import Thread
    async def work(f):
        thread = Thread(target=f)
        thread.start()
        thread.join()  # here
    """,
    """
    import multiprocessing as mp
    async def work(f):
        process = mp.Process(target=f)
        process.join()  # here
    """,
    """
    import threading
    lock = threading.Lock()
    async def work():
        lock.acquire()  # here
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    async def work():
        pool = ThreadPoolExecutor()
        pool.shutdown()  # here
    """,
    """
    import threading
    class Worker(threading.Thread): ...
    async def work(worker: Worker):
        worker.join()  # here
    """,
]
GOOD = [
    "import asyncio\nasync def wait(done: asyncio.Event):\n    await done.wait()\n",
    "import asyncio, queue\ninbox = queue.Queue()\nasync def take():\n    return await asyncio.to_thread(inbox.get)\n",
    "import queue\ninbox = queue.Queue()\nasync def take():\n    return inbox.get_nowait()\n",
    "import queue\ninbox = queue.Queue()\nasync def take():\n    return inbox.get(block=False)\n",
    "import queue\ninbox = queue.Queue()\nasync def take():\n    return inbox.get(False)\n",
    "import queue\ninbox = queue.Queue()\nasync def take():\n    return inbox.get(timeout=0)\n",
    "import queue\ninbox = queue.Queue()\nasync def give(x):\n    inbox.put(x)\n",
    "import queue\ninbox = queue.Queue(0)\nasync def give(x):\n    inbox.put(x)\n",
    "import asyncio\ninbox = asyncio.Queue(5)\nasync def give(x):\n    await inbox.put(x)\n",
    "import threading\nlock = threading.Lock()\nasync def work():\n    return lock.acquire(blocking=False)\n",
    "import threading\nlock = threading.Lock()\nasync def work():\n    return lock.acquire(False)\n",
    "import asyncio\nlock = asyncio.Lock()\nasync def work():\n    await lock.acquire()\n",
    "import threading\nasync def wait(done: threading.Event):\n    return done.is_set() or done.wait(0)\n",
    (
        "from concurrent.futures import ThreadPoolExecutor\nasync def work():\n    pool = ThreadPoolExecutor()\n"
        "    pool.shutdown(wait=False)\n"
    ),
    (
        "import asyncio\nfrom concurrent.futures import ThreadPoolExecutor\n"
        "async def work(pool: ThreadPoolExecutor, f):\n    return await asyncio.wrap_future(pool.submit(f))\n"
    ),
    "from concurrent.futures import Future\nasync def work(future: Future):\n    if future.done():\n        return future.result()\n",
    "import concurrent.futures as cf\nasync def work(futures):\n    done, _ = cf.wait(futures, 0)\n    return done\n",
    "import asyncio\nasync def work(tasks):\n    done, _ = await asyncio.wait(tasks)\n    return [task.result() for task in done]\n",
    "import asyncio\nasync def work(f):\n    task = asyncio.create_task(f())\n    await asyncio.wait([task])\n    return task.result()\n",
    "import queue\ninbox = queue.Queue()\ndef take():\n    return inbox.get()\n",
    "async def work(parts):\n    return ','.join(parts)\n",
    "import os\nasync def work(a):\n    return os.path.join(a, 'b')\n",
    "async def work(settings: dict):\n    return settings.get('x')\n",
]


@pytest.mark.parametrize("source", BAD)
def test_a_wait_for_another_thread_or_process_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_what_does_not_wait_or_is_awaited_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_a_queue_that_another_module_makes_and_a_class_passes_on_is_known() -> None:
    others = {
        "hub": "import queue\nclass Hub:\n    def __init__(self):\n        self.inbox: queue.Queue[str] = queue.Queue()\nHUB = Hub()\n"
    }
    source = """
    from hub import HUB
    async def take():
        return HUB.inbox.get()  # here
    """
    assert found_lines(RULE, source, others=others) == marked_lines(source)


JOINED = "import threading\nasync def work(f):\n    thread = threading.Thread(target=f)\n"


@pytest.mark.parametrize(
    ("source", "severity"),
    [
        (f"{JOINED}    thread.join()\n", Severity.ERROR),
        (f"{JOINED}    try:\n        await f()\n    finally:\n        thread.join()\n", Severity.INFO),
        (f"{JOINED}    try:\n        f()\n    finally:\n        thread.join()\n", Severity.ERROR),
        ("import threading\nlock = threading.RLock()\nasync def work():\n    lock.acquire()\n", Severity.INFO),
        ("from concurrent.futures import ThreadPoolExecutor\nasync def work(p: ThreadPoolExecutor):\n    p.shutdown()\n", Severity.WARNING),
    ],
)
def test_a_wait_that_is_mostly_short_is_no_error(source: str, severity: Severity) -> None:
    assert [each.severity for each in findings(RULE, source)] == [severity]


@pytest.mark.parametrize(
    "body",
    [
        "self._executor.shutdown(wait=True)",
        "self._process.join()",
        "self._stop_event.wait(5)",
        "found = self.pool.submit(work)\n    return found.result()",
        "for executor in self.executors.values():\n        executor.shutdown(wait=patience)",
    ],
)
def test_waits_that_names_tell_are_found(body: str) -> None:
    assert [each.confidence for each in findings(RULE, f"async def stop(self):\n    {body}\n")] == [Confidence.MEDIUM]


@pytest.mark.parametrize(
    "body",
    [
        "self._executor.shutdown(wait=False)",
        "await self._executor.shutdown()",
        "words.join('x')",
        "await self._stop_event.wait()",
        "self._stop_event.wait()",
        "found = self.jobs.submit(work)\n    return found.result()",
        "found = await self.pool.submit(work)\n    return found.result()",
    ],
)
def test_waits_that_may_be_something_else_are_left_alone(body: str) -> None:
    assert findings(RULE, f"async def stop(self):\n    {body}\n") == []


def test_the_results_of_a_pools_map_are_waited_for() -> None:
    source = """
    from concurrent.futures import ThreadPoolExecutor
    async def all_of(items):
        with ThreadPoolExecutor() as pool:
            return list(pool.map(work, items))  # here
    def plain(items):
        with ThreadPoolExecutor() as pool:
            return list(pool.map(work, items))
    """
    assert found_lines(RULE, source) == marked_lines(source)
