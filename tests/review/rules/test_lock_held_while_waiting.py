"""CA503."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Severity
from conc_advisor.review.rules.lock_held_while_waiting import RULE

OWN = """
import threading, time, requests, subprocess, socket
lock = threading.Lock()
class Cache:
    def __init__(self):
        self._lock = threading.Lock()
        self._socket = socket.socket()
"""
BAD = [
    f"{OWN}    async def get(self):\n        with self._lock:  # here\n            return await load()\n",
    f"{OWN}async def get():\n    with lock:  # here\n        async for row in rows():\n            pass\n",
    f"{OWN}async def get():\n    lock.acquire()  # here\n    await load()\n    lock.release()\n",
    "import threading\nlock = threading.RLock()\nasync def get():\n    with lock:  # here\n        await load()\n",
    f"""{OWN}
from contextlib import contextmanager
@contextmanager
def locked():
    with lock:
        yield
async def get():
    with locked():  # here
        await load()
""",
    f"""{OWN}def get(cache, user):
    with lock:
        if user not in cache:
            cache[user] = requests.get(user, timeout=5)  # here
""",
    f"{OWN}def get():\n    with lock:\n        time.sleep(1)  # here\n",
    f"{OWN}def get():\n    with lock:\n        fetch()  # here\ndef fetch():\n    return requests.get('u', timeout=5)\n",
    f"{OWN}def stop(thread: threading.Thread):\n    with lock:\n        thread.join()  # here\n",
]
GOOD = [
    f"{OWN}    async def get(self):\n        with self._lock:\n            value = 1\n        await load()\n",
    "import asyncio\nlock = asyncio.Lock()\nasync def get():\n    async with lock:\n        await load()\n",
    f"{OWN}async def get():\n    with lock:\n        async def later():\n            await load()\n        return later\n",
    f"""{OWN}async def get():
    with lock:
        lock.release()
        try:
            await load()
        finally:
            lock.acquire()
""",
    f"{OWN}async def get():\n    with open('f') as f:\n        await load(f)\n",
    f"{OWN}    def send(self, data):\n        with self._lock:\n            self._socket.sendall(data)\n",
    f"{OWN}def get():\n    with lock:\n        value = 1\n    requests.get('u', timeout=5)\n",
    f"""{OWN}    def token(self):
        with self._lock:
            if self._token is None:
                self._token = requests.get('u', timeout=5)
""",
    "import threading, requests\nlimit = threading.Semaphore(4)\ndef get():\n    with limit:\n        requests.get('u', timeout=5)\n",
    "import threading\nready = threading.Condition()\ndef get():\n    with ready:\n        ready.wait()\n",
    f"{OWN}def stop(thread: threading.Thread):\n    with lock:\n        thread.join(timeout=1)\n",
    f"{OWN}def get(pool):\n    with lock:\n        pool.submit(fetch)\ndef fetch():\n    return requests.get('u', timeout=5)\n",
    f"""{OWN}def get():
    with lock:
        fetch()
def fetch():
    try:
        load()
    except OSError:
        time.sleep(1)
""",
]


@pytest.mark.parametrize("source", BAD)
def test_an_await_or_a_wait_under_a_lock_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_waits_outside_of_the_lock_and_those_it_is_there_for_are_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_a_lock_across_an_await_is_an_error_and_a_request_under_one_a_warning() -> None:
    assert findings(RULE, BAD[0])[0].severity is Severity.ERROR
    assert findings(RULE, BAD[5])[0].severity is Severity.WARNING


def test_the_lock_and_the_request_may_stand_in_other_modules() -> None:
    others = {
        "locks": "import threading\nlock = threading.Lock()\n",
        "web": "import requests\ndef fetch():\n    return requests.get('u', timeout=5)\n",
    }
    source = "from locks import lock\nfrom web import fetch\ndef get():\n    with lock:\n        return fetch()  # here\n"
    finding = findings(RULE, source, others=others)
    assert [each.location.line for each in finding if each.location] == marked_lines(source)
    assert [step.text for step in finding[0].steps] == ["get() calls fetch()", "fetch() calls requests.get()"]


WIDER_BAD = [
    """
    import threading
    class Observer:
        def __init__(self):
            self._lock = threading.RLock()
        def dispatch(self, event_queue, timeout):
            with self._lock:
                event = event_queue.get(block=True, timeout=timeout)  # here
    """,
    """
    import threading
    class Reader:
        def __init__(self):
            self._lock = threading.Lock()
        def stop(self):
            with self._lock:
                if self._reader_thread is not None:
                    self._reader_thread.join()  # here
    """,
    """
    import threading
    import sounddevice
    class Source:
        def __init__(self):
            self.lock = threading.Lock()
        def stop(self):
            with self.lock:
                if self._stream:
                    self._stream.stop()  # here
    """,
    """
    import threading
    class Scheduler:
        def __init__(self):
            self._lock = threading.Lock()
        def stop(self, wait):
            with self._lock:
                for executor in self.executors:
                    executor.shutdown(wait)  # here
    """,
    """
    import threading
    class Updates:
        def __init__(self):
            self._lock = threading.RLock()
            self.handlers = []
        def process(self, update):
            with self._lock:
                for handler in self.handlers:
                    handler(update)  # here
    """,
    """
    import threading
    class Results:
        def __init__(self):
            self._condition = threading.Condition()
        def rows(self):
            with self._condition:
                while self.queue:
                    yield self.queue.pop()  # here
    """,
    """
    import asyncio
    class Session:
        def __init__(self):
            self._lock = asyncio.Lock()
        async def update(self):
            async with self._lock:
                await asyncio.shield(self._activity._enter_task)  # here
    """,
]
WIDER_GOOD = [
    """
    import threading
    class Observer:
        def __init__(self):
            self._lock = threading.RLock()
        def dispatch(self, event_queue, options, timeout):
            event = event_queue.get(block=True, timeout=timeout)
            with self._lock:
                event_queue.get(block=False)
                return options.get("timeout"), ", ".join(self.names)
    """,
    """
    import threading
    class Reader:
        def __init__(self):
            self._lock = threading.Lock()
        def stop(self):
            with self._lock:
                thread, self._reader_thread = self._reader_thread, None
            thread.join()
    """,
    """
    import threading
    class Source:
        def __init__(self):
            self.lock = threading.Lock()
        def stop(self):
            with self.lock:
                self._stream.close()
    """,
    """
    import threading
    class Scheduler:
        def __init__(self):
            self._lock = threading.Lock()
        def stop(self):
            with self._lock:
                self.executor.shutdown(wait=False)
    """,
    """
    import threading
    class Results:
        def __init__(self):
            self._condition = threading.Condition()
        def rows(self):
            with self._condition:
                rows = list(self.queue)
            yield from rows
        def wait(self):
            with self._condition:
                self._condition.wait()
    """,
    """
    import threading
    from contextlib import contextmanager
    class Results:
        def __init__(self):
            self._lock = threading.Lock()
        @contextmanager
        def held(self):
            with self._lock:
                yield self
    """,
    """
    import threading
    class Results:
        def __init__(self):
            self._condition = threading.Condition()
        def rows(self):
            with self._condition:
                while self.queue:
                    row = self.queue.pop()
                    self._condition.release()
                    yield row
                    self._condition.acquire()
    """,
    """
    import asyncio
    class Session:
        def __init__(self):
            self._lock = asyncio.Lock()
        async def close(self):
            async with self._lock:
                self._main_task.cancel()
                await self._main_task
    """,
]


@pytest.mark.parametrize("source", WIDER_BAD)
def test_the_same_mistake_in_other_shapes_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", WIDER_GOOD)
def test_what_only_looks_like_these_shapes_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


KEPT = """
import threading, time, requests
lock = threading.Lock()
class Client:
    def __init__(self):
        self.lock = threading.Lock()
        self.last = 0.0
    def call(self):
        {before}
        with self.lock:
            {inside}
    def _throttle(self):
        gap = self.last + 1 - {clock}
        time.sleep(gap)
    def _again(self):
        time.sleep(1)
"""


@pytest.mark.parametrize(
    ("before", "inside", "count"),
    [
        ("pass", "requests.get('u', timeout=1)", 1),
        ("if self.lock.locked(): return", "requests.get('u', timeout=1)", 0),
        ("if lock.locked(): return", "requests.get('u', timeout=1)", 1),
        ("if self.lock.locked(): print(1)", "requests.get('u', timeout=1)", 1),
        ("pass", "time.sleep(1)", 1),
        ("pass", "time.sleep(self.last - time.monotonic())", 0),
        ("now = time.time()", "time.sleep(now - self.last)", 0),
        ("now = time.time()", "time.sleep(1)", 1),
        ("pass", "self._throttle()", 0),
        ("pass", "self._again()", 1),
    ],
)
def test_a_lock_that_is_only_tried_and_a_limiter_of_rates_are_left_alone(before: str, inside: str, count: int) -> None:
    source = KEPT.format(before=before, inside=inside, clock="time.monotonic()")
    assert len([each for each in findings(RULE, source) if each.severity is Severity.WARNING]) == count
