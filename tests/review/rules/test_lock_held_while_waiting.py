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
