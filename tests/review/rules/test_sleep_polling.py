"""CA107."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Severity
from conc_advisor.review.rules.sleep_polling import RULE

BAD = [
    """
    import asyncio
    class Connection:
        async def connect(self):
            self.connected = True
        async def wait(self):
            while not self.connected:  # here
                await asyncio.sleep(0.1)
    """,
    """
    import time, threading
    class Job:
        def _work(self):
            self.done = True
        def run(self, deadline):
            while not self.done and time.monotonic() < deadline:  # here
                time.sleep(0.05)
    """,
    """
    from asyncio import sleep
    class Base:
        def __init__(self):
            self._ready = False
        async def get_ready(self):
            while True:  # here
                if not self._ready:
                    await sleep(1)
                    continue
                else:
                    return
    class Feed(Base):
        async def fetch(self):
            self._ready = True
    """,
    """
    import time
    from concurrent.futures import Future
    def wait(future: Future):
        while not future.done():  # here
            time.sleep(0.1)
    """,
    """
    import threading, time
    def wait(ready: threading.Event, thread: threading.Thread):
        while not ready.is_set():  # here
            print("waiting")
            time.sleep(0.1)
        while thread.is_alive():  # here
            time.sleep(1)
    """,
    """
    import asyncio
    class Results:
        async def add(self):
            self.count += 1
        async def wait(self, index):
            while self.count < index:  # here
                await asyncio.sleep(0.05)
    """,
    """
    import asyncio
    async def main():
        done = False
        def finish():
            nonlocal done
            done = True
        while not done:  # here
            await asyncio.sleep(0.1)
    """,
    """
    import threading, time
    class Worker:
        def __init__(self):
            self._stop = threading.Event()
        def _run(self):
            while not self._stop.is_set():
                self.work()
                time.sleep(60)  # here
    """,
    """
    import threading, time
    class Heart(threading.Thread):
        def __init__(self, pause):
            self._running = True
            self.pause = pause
        def run(self):
            while self._running:
                if self.paused:
                    time.sleep(self.pause)  # here
                    continue
                self.beat()
        def stop(self):
            self._running = False
            self.join()
    """,
]
GOOD = [
    """
    import os, time
    def wait(path):
        while not os.path.exists(path):
            time.sleep(0.1)
    """,
    """
    import time
    def wait(client):
        while not client.is_ready():
            time.sleep(0.1)
        while client.status != "done":
            time.sleep(0.1)
    """,
    """
    import time
    class Job:
        @property
        def done(self):
            return self.ask()
        def wait(self):
            while not self.done:
                time.sleep(0.1)
    """,
    """
    import time
    class Job:
        def __init__(self):
            self.done = False
        def wait(self):
            while not self.done:
                time.sleep(0.1)
    """,
    """
    import time
    class Job:
        def _work(self):
            self.done = True
        def wait(self):
            delay = 0.1
            while not self.done:
                time.sleep(delay)
                delay *= 2
    """,
    """
    import threading
    class Worker:
        def __init__(self):
            self._stop = threading.Event()
        def _run(self):
            while not self._stop.wait(60):
                self.work()
    """,
    """
    import time
    def serve():
        while True:
            work()
            time.sleep(60)
    def work(): ...
    """,
    """
    import asyncio
    class Poller:
        def stop(self):
            self.running = False
        async def run(self):
            while self.running:
                await self.poll()
                await asyncio.sleep(60)
    """,
    """
    import threading, time
    class Worker:
        def __init__(self):
            self._stop = threading.Event()
        def _run(self):
            while not self._stop.is_set():
                self.work()
                time.sleep(0.5)
    """,
    """
    import signal, time
    running = True
    def stop(number, frame):
        global running
        running = False
    signal.signal(signal.SIGTERM, stop)
    def main():
        while running:
            time.sleep(1)
    """,
    """
    def sleep(seconds): ...
    class Job:
        def _work(self):
            self.done = True
        def wait(self):
            while not self.done:
                sleep(1)
    """,
]


@pytest.mark.parametrize("source", BAD)
def test_a_loop_that_sleeps_instead_of_waiting_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_what_cannot_be_waited_for_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_a_flag_that_a_derived_class_in_another_module_sets_counts() -> None:
    source = """
    import asyncio
    class Base:
        async def get_ready(self):
            while not self._ready:  # here
                await asyncio.sleep(1)
    """
    feed = "from app import Base\nclass Feed(Base):\n    def fetch(self):\n        self._ready = True\n"
    assert found_lines(RULE, source, others={"feed": feed}) == marked_lines(source)
    assert found_lines(RULE, source) == []


def test_a_container_in_memory_that_empties_is_information() -> None:
    source = """
    import asyncio
    class Server:
        def __init__(self):
            self.tasks = set()
        async def close(self):
            while self.tasks:
                await asyncio.sleep(0.1)
            while len(self.tasks) > 3:
                await asyncio.sleep(0.1)
    """
    assert [each.severity for each in findings(RULE, source)] == [Severity.INFO, Severity.INFO]
