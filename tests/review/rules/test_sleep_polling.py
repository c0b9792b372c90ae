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
    def wait(path, deadline):
        while not os.path.exists(path) and time.monotonic() < deadline:
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
        def wait(self):
            while not self.over:
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
    assert [each.severity for each in findings(RULE, source, others={"feed": feed})] == [Severity.WARNING]


@pytest.mark.parametrize("first", ["self.ready = False", "self.open = False"])
def test_a_flag_of_which_nothing_shows_who_sets_it_is_information(first: str) -> None:
    flag = first.partition(" ")[0]
    source = f"""
    import time
    class Job:
        def __init__(self):
            {first}
        def wait(self):
            while not {flag}:
                time.sleep(0.1)
    """
    assert [each.severity for each in findings(RULE, source)] == [Severity.INFO]


def test_a_file_that_is_waited_for_without_a_limit_is_information() -> None:
    source = """
    import os, time
    def wait(path):
        while not os.path.exists(path):
            time.sleep(0.1)
    """
    assert [each.severity for each in findings(RULE, source)] == [Severity.INFO]


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


TOLD = [
    """
    import time
    class A:
        def wait(self):
            for _ in range(100):  # here
                if self.conn.connected:
                    return True
                time.sleep(0.1)
            raise TimeoutError
    """,
    """
    import asyncio
    async def wait(task):
        while True:  # here
            if task.done():
                break
            await asyncio.sleep(0.1)
    """,
    """
    import time
    def wait(futures):
        while not all(f.done() for f in futures):  # here
            time.sleep(1)
    """,
    """
    import time, subprocess
    def wait(cmd):
        proc = subprocess.Popen(cmd)
        while proc.poll() is None:  # here
            time.sleep(0.5)
    """,
    """
    import time, threading
    def main(threads):
        while any(t.is_alive() for t in threads):  # here
            time.sleep(1)
    """,
    """
    import time, queue
    class W:
        def __init__(self):
            self.q = queue.Queue()
        def run(self):
            while True:
                if not self.q.empty():  # here
                    self.handle(self.q.get())
                time.sleep(0.1)
    """,
    """
    import time, queue
    class W:
        def __init__(self):
            self.q = queue.Queue()
        def run(self):
            while self.running:
                try:
                    item = self.q.get_nowait()  # here
                except queue.Empty:
                    time.sleep(0.1)
                    continue
                self.handle(item)
    """,
    """
    import time, queue
    class W:
        def __init__(self):
            self.q = queue.Queue()
        def run(self):
            while self.running:
                try:
                    item = self.q.get(block=False)  # here
                except queue.Empty:
                    time.sleep(0.1)
                    continue
                self.handle(item)
    """,
    """
    import time
    class W:
        def __init__(self):
            self.pending = []
        def run(self):
            while True:
                if self.pending:  # here
                    item = self.pending.pop(0)
                    self.handle(item)
                else:
                    time.sleep(0.05)
    """,
    """
    import asyncio
    class W:
        async def run(self):
            while True:
                if self.queue.empty():  # here
                    await asyncio.sleep(0.1)
                    continue
                item = await self.queue.get()
                await self.handle(item)
    """,
    """
    import asyncio
    class Limiter:
        def __init__(self, most):
            self.active = 0
            self.most = most
        async def acquire(self):
            while self.active >= self.most:  # here
                await asyncio.sleep(0.1)
            self.active += 1
        def release(self):
            self.active -= 1
    """,
    """
    import asyncio
    class Limiter:
        async def acquire(self):
            while self.locked:  # here
                await asyncio.sleep(0.1)
            self.locked = True
        def release(self):
            self.locked = False
    """,
    """
    import asyncio
    class C:
        def __init__(self):
            self.responses = {}
        async def request(self, key):
            while key not in self.responses:  # here
                await asyncio.sleep(0.01)
            return self.responses.pop(key)
    """,
    """
    import time
    class T:
        def run(self):
            while not self.stop_event.is_set():
                self.poll()
                time.sleep(60)  # here
    """,
    """
    import time, threading
    class T(threading.Thread):
        def __init__(self):
            super().__init__()
            self._stop_requested = False
        def run(self):
            while not self._stop_requested:
                self.poll()
                time.sleep(self.interval)  # here
        def stop(self):
            self._stop_requested = True
    """,
    """
    import asyncio
    class S:
        async def stop(self):
            self._running = False
            while self._tasks:  # here
                await asyncio.sleep(0.1)
    """,
    """
    import time
    class S:
        def wait(self):
            while self.result is None:  # here
                time.sleep(0.1)
            return self.result
    """,
    """
    import asyncio
    async def main(event):
        while not event.is_set():  # here
            await asyncio.sleep(1)
    """,
    """
    import time, os
    def wait(path):
        while not os.path.exists(path):  # here
            time.sleep(1)
    """,
    """
    import asyncio
    async def wait(fut):
        loop = asyncio.get_running_loop()
        fut = loop.run_in_executor(None, work)
        while not fut.done():  # here
            await asyncio.sleep(0.1)
        return fut.result()
    """,
    """
    import asyncio
    class B:
        async def loop(self):
            while True:
                if self._shutdown:
                    return
                if not self.buffer:  # here
                    await asyncio.sleep(0.01)
                    continue
                chunk = self.buffer.popleft()
                await self.send(chunk)
    """,
    """
    import time
    def run(pool, jobs):
        results = [pool.apply_async(f, (j,)) for j in jobs]
        while not all(r.ready() for r in results):  # here
            time.sleep(0.5)
    """,
]
"""Other ways to poll: with a limit, beside work, on names instead of types, and sleeps that put off the end."""
QUIET = [
    """
    import time
    class A:
        def wait(self):
            for _ in range(100):
                if self.conn.ping():
                    return True
                time.sleep(0.1)
    """,
    """
    import time
    def wait(steps):
        while not all(step() for step in steps):
            time.sleep(1)
    """,
    """
    import queue, time
    class W:
        def run(self):
            while self.running:
                try:
                    item = self.q.get(timeout=1)
                except queue.Empty:
                    continue
                self.handle(item)
    """,
    """
    import time, queue
    class W:
        def run(self):
            while True:
                for q in self.queues:
                    try:
                        self.handle(q.get_nowait(), self.other.get_nowait())
                    except queue.Empty:
                        time.sleep(0.1)
                        self.log()
                if self.api.has_news():
                    self.handle(self.api.fetch())
                else:
                    time.sleep(60)
    """,
    """
    import time, os
    def wait(path):
        for _ in range(10):
            if path.is_there():
                return
            time.sleep(1)
        while not os.path.exists(path):
            if time.monotonic() > 5:
                raise TimeoutError
            time.sleep(1)
    """,
    """
    import time
    class W:
        def run(self):
            while not self._stop.wait(60):
                self.poll()
        def retry(self):
            try:
                self.poll()
            except OSError:
                time.sleep(5)
            if self.closed_at:
                return
    """,
    """
    import asyncio
    class C:
        async def turn(self):
            while self.position not in (1, 2):
                await asyncio.sleep(0.1)
                self.position = await self.ask()
    """,
    """
    import asyncio
    class C:
        async def turn(self):
            while self.result is None:
                self.result = await self.ask()
                await asyncio.sleep(1)
    """,
]
"""Waits that are none of those."""


@pytest.mark.parametrize("source", TOLD)
def test_other_shapes_of_polling_are_found(source: str) -> None:
    assert sorted(set(found_lines(RULE, source))) == marked_lines(source)


@pytest.mark.parametrize("source", QUIET)
def test_waits_that_poll_nothing_of_the_program_are_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_a_sleep_before_a_look_at_the_flag_to_stop_is_information() -> None:
    source = """
    import time
    from elsewhere import Emitter
    class PollingEmitter(Emitter):
        def queue_events(self, timeout):
            time.sleep(timeout)  # here
            with self.lock:
                if not self.should_keep_running():
                    return
                self.look()
    """
    assert found_lines(RULE, source) == marked_lines(source)
    assert [each.severity for each in findings(RULE, source)] == [Severity.INFO]
    assert found_lines(RULE, source.replace("should_keep_running", "has_news")) == []
    assert found_lines(RULE, source.replace("time.sleep(timeout)", "time.sleep(0.1)")) == []


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["await asyncio.sleep(1)", "await asyncio.wait([work])"], ""),
        (["await asyncio.wait([work])", "await asyncio.sleep(1)"], ""),
        (["await asyncio.sleep(1)", "await asyncio.wait([work], timeout=5)"], ""),
        (["await asyncio.wait([work], timeout=5)", "await asyncio.sleep(1)"], "follows"),
        (["while work:", "    await asyncio.sleep(1)", "    await asyncio.wait([work], timeout=5)"], "stands before"),
    ],
)
def test_a_sleep_beside_a_wait_counts_after_it_or_in_a_loop(lines: list[str], said: str) -> None:
    source = "import asyncio\nasync def main(work):\n" + "".join(f"    {line}\n" for line in lines)
    found = findings(RULE, source)
    assert len(found) == bool(said)
    assert all(f"this sleep {said} `asyncio.wait()`" in each.message for each in found)
