"""CA108."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Severity
from conc_advisor.review.rules.worker_blocked_forever import RULE

BAD = [
    """
    import queue, threading
    class Writer:
        def __init__(self):
            self._queue = queue.Queue()
            self._stop = threading.Event()
            self._thread = threading.Thread(target=self._run)
        def _run(self):
            while not self._stop.is_set():
                print(self._queue.get())  # here
    """,
    """
    import multiprocessing as mp
    class Worker(mp.Process):
        def __init__(self, tasks: mp.Queue):
            self.tasks = tasks
            self.running = True
        def stop(self):
            self.running = False
        def run(self):
            while self.running:
                task = self.tasks.get(True)  # here
                task()
    """,
    """
    import threading
    from queue import Queue
    jobs = Queue()
    def work():
        while True:
            job = jobs.get()  # here
            job()
    def main():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    """,
]
GOOD = [
    """
    import queue, threading
    class Writer:
        def __init__(self):
            self._queue = queue.Queue()
            self._stop = threading.Event()
        def _run(self):
            while not self._stop.is_set():
                print(self._queue.get())
        def close(self):
            self._stop.set()
            self._queue.put(None)
    """,
    """
    import queue, threading
    class Writer:
        def __init__(self):
            self._queue = queue.Queue()
            self._stop = threading.Event()
        def _run(self):
            while not self._stop.is_set():
                try:
                    print(self._queue.get(timeout=1))
                except queue.Empty:
                    continue
                self._queue.get(False)
                self._queue.get_nowait()
    """,
    """
    import queue
    STOP = object()
    def work(items: queue.Queue):
        while True:
            item = items.get()
            if item is STOP:
                break
            print(item)
    """,
    """
    import queue, threading
    class Writer:
        def __init__(self):
            self._queue = queue.Queue()
            self.running = True
        def _run(self):
            while self.running:
                print(self._queue.get())
        def close(self):
            self._queue.shutdown()
    """,
    """
    import queue
    def results(items: queue.Queue, count):
        while count > 0:
            yield items.get()
            count -= 1
        found = []
        while not found:
            found.append(items.get())
    """,
    """
    import asyncio
    class Worker:
        def __init__(self):
            self.queue = asyncio.Queue()
            self.running = True
        async def run(self):
            while self.running:
                await self.queue.get()
    """,
    """
    import threading
    class Worker:
        def __init__(self, settings: dict):
            self.settings = settings
            self.running = True
        def run(self):
            while self.running:
                self.settings.get("x")
    """,
    """
    import queue
    def work(items: queue.Queue):
        running = True
        while running:
            item = items.get()
            running = item.goes_on
    """,
]


@pytest.mark.parametrize("source", BAD)
def test_a_worker_that_cannot_be_told_to_stop_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_a_worker_that_is_woken_up_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_a_daemon_that_nothing_joins_is_information() -> None:
    source = """
    import queue, threading
    class Writer:
        def __init__(self):
            self._queue = queue.Queue()
            self._stop = threading.Event()
            threading.Thread(target=self._run, daemon=True).start()
        def _run(self):
            while not self._stop.is_set():
                print(self._queue.get())
    """
    assert [each.severity for each in findings(RULE, source)] == [Severity.INFO]


@pytest.mark.parametrize(("python", "offered"), [(13, True), (12, False)])
def test_shutdown_of_the_queue_is_offered_where_python_has_it(python: int, offered: bool) -> None:  # noqa: FBT001  # a parameter of a test
    [found] = findings(RULE, BAD[0], python=python)
    assert ("_queue.shutdown()" in found.advice) is offered


TOLD = [
    """
    import queue, threading
    q = queue.Queue()
    def worker():
        while True:
            item = q.get()  # here
            handle(item)
    def main(items):
        for _ in range(4):
            threading.Thread(target=worker, daemon=True).start()
        for each in items: q.put(each)
        q.join()  # here
    """,
    """
    import queue, threading
    q = queue.Queue()
    def worker():
        while True:
            item = q.get()  # here
            handle(item)
            q.task_done()  # here
    def main(items):
        for _ in range(4):
            threading.Thread(target=worker, daemon=True).start()
        for each in items: q.put(each)
        q.join()
    """,
    """
    import asyncio
    async def worker(queue):
        while True:
            item = await queue.get()
            await handle(item)
            queue.task_done()  # here
    async def main(items):
        queue = asyncio.Queue()
        tasks = [asyncio.create_task(worker(queue)) for _ in range(3)]
        for item in items:
            queue.put_nowait(item)
        await queue.join()
    """,
    """
    import queue, threading
    def main(items):
        q = queue.Queue()
        def worker():
            while True:
                item = q.get()
                if item is None:
                    break
                handle(item)
        threads = [threading.Thread(target=worker) for _ in range(4)]
        for t in threads: t.start()
        for i in items: q.put(i)
        q.put(None)  # here
        for t in threads: t.join()
    """,
    """
    import multiprocessing as mp
    def work(q, n):
        q.put(list(range(n)))
    def main():
        q = mp.Queue()
        p = mp.Process(target=work, args=(q, 100000))
        p.start()
        p.join()  # here
        print(q.get())
    """,
    """
    import multiprocessing as mp
    def work(q, n):
        q.put(list(range(n)))
    def main():
        q = mp.Queue()
        ps = [mp.Process(target=work, args=(q, 100000)) for _ in range(4)]
        for p in ps:
            p.start()
        for p in ps:
            p.join()  # here
        return [q.get() for _ in ps]
    """,
    """
    from multiprocessing import Process, Queue
    def worker(in_q, out_q):
        while True:
            job = in_q.get()  # here
            out_q.put(job())
    class Pool:
        def __init__(self):
            self.in_q, self.out_q = Queue(), Queue()
            self.procs = [Process(target=worker, args=(self.in_q, self.out_q)) for _ in range(3)]
            for p in self.procs: p.start()
        def close(self):
            for p in self.procs: p.join()
    """,
    """
    import threading, queue
    class W(threading.Thread):
        def __init__(self):
            super().__init__()
            self.q = queue.Queue()
            self.running = True
        def run(self):
            while self.running:
                job = self.q.get()  # here
                job()
        def stop(self):
            self.running = False
            self.join()
    """,
    """
    import threading
    class W:
        def __init__(self):
            self.cond = threading.Condition()
            self.items = []
            self.stopped = False
            self.t = threading.Thread(target=self.run)
            self.t.start()
        def run(self):
            while not self.stopped:
                with self.cond:
                    while not self.items:
                        self.cond.wait()  # here
                    item = self.items.pop()
                handle(item)
        def close(self):
            self.stopped = True
            self.t.join()
    """,
    """
    import threading
    class W:
        def __init__(self):
            self.wake = threading.Event()
            self.running = True
            self.t = threading.Thread(target=self.run)
            self.t.start()
        def run(self):
            while self.running:
                self.wake.wait()  # here
                self.wake.clear()
                handle()
        def close(self):
            self.running = False
            self.t.join()
    """,
    """
    import socket, threading
    class W:
        def __init__(self):
            self.running = True
            self.sock = socket.socket()
            self.t = threading.Thread(target=self.run)
            self.t.start()
        def run(self):
            while self.running:
                data = self.sock.recv(1024)  # here
                handle(data)
        def close(self):
            self.running = False
            self.t.join()
    """,
    """
    import multiprocessing as mp
    class Env:
        def step(self, action):
            self.action_queue.put(action)
            return self.result_queue.get()  # here
    """,
]
"""Joins and waits that count on somebody else."""
QUIET = [
    """
    import queue, threading
    q = queue.Queue()
    def worker():
        while True:
            item = q.get()
            try:
                handle(item)
            finally:
                q.task_done()
    def safe():
        while True:
            item = q.get()
            try:
                handle(item)
            except Exception:
                log()
            q.task_done()
    def start(consume):
        q.join()
    """,
    """
    import queue
    def main(consume):
        q = queue.Queue()
        consume(q, lambda: q.get())
        q.join()
    """,
    """
    import queue, threading
    def main(items):
        q = queue.Queue()
        def worker():
            while True:
                item = q.get()
                if item is None:
                    break
                handle(item)
        threads = [threading.Thread(target=worker) for _ in range(4)]
        for i in items: q.put(i)
        for _ in threads: q.put(None)
    """,
    """
    import queue, threading
    def main(items):
        q = queue.Queue()
        def worker():
            while True:
                item = q.get()
                if item is None:
                    q.put(None)
                    break
                handle(item)
        threads = [threading.Thread(target=worker) for _ in range(4)]
        q.put(None)
        one = threading.Thread(target=worker)
    """,
    """
    import multiprocessing as mp
    def work(q, n):
        q.put(list(range(n)))
    def main():
        q = mp.Queue()
        p = mp.Process(target=work, args=(q, 100000))
        p.start()
        data = q.get()
        p.join()
        return data
    def limited():
        q = mp.Queue()
        p = mp.Process(target=work, args=(q, 100000))
        p.join(timeout=5)
        return q.get()
    """,
    """
    import threading
    class W:
        def __init__(self):
            self.wake = threading.Event()
            self.running = True
        def run(self):
            while self.running:
                self.wake.wait()
                handle()
        def other(self):
            while self.running:
                self.wake.wait(1)
        def close(self):
            self.running = False
            self.wake.set()
    """,
    """
    import multiprocessing as mp
    class Env:
        def step(self, action):
            self.action_queue.put(action)
            return self.result_queue.get(timeout=5)
        def read(self):
            return self.result_queue.get()
    """,
    """
    from contextvars import ContextVar
    import threading
    queue = ContextVar("queue")
    class W(threading.Thread):
        def run(self):
            while True:
                self.options.get("x")
                queue.get()
    """,
]
"""Their mended twins."""


@pytest.mark.parametrize("source", TOLD)
def test_waits_that_nobody_ends_are_found(source: str) -> None:
    assert sorted(set(found_lines(RULE, source))) == marked_lines(source)


@pytest.mark.parametrize("source", QUIET)
def test_waits_that_somebody_ends_are_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_a_task_whose_flag_is_set_without_waking_it_is_information() -> None:
    source = """
    import asyncio
    class Writer:
        def __init__(self):
            self.queue = asyncio.Queue()
            self.running = True
        async def run(self):
            while self.running:
                self.write(await self.queue.get())  # here
        async def stop(self):
            self.running = False
            {end}
    """
    assert found_lines(RULE, source.format(end="await self.task")) == marked_lines(source)
    assert found_lines(RULE, source.format(end="self.task.cancel()")) == []
    assert found_lines(RULE, source.format(end="await self.queue.put(None)")) == []


COUNTED = """
import asyncio
async def worker(queue, fetch):
    while True:
        item = await queue.get()
        {work}
        queue.task_done()
async def main(fetch):
    queue = asyncio.Queue()
    workers = [asyncio.create_task(worker(queue, fetch))]
    await queue.join()
"""


def test_work_that_ends_its_worker_hangs_the_join_and_is_to_be_caught() -> None:
    found = findings(RULE, COUNTED.format(work="await fetch(item)"))
    assert [each.severity for each in found] == [Severity.WARNING]
    assert "`except Exception`" in found[0].advice
    assert "`finally`" in found[0].advice


def test_work_of_which_nothing_is_known_is_information() -> None:
    assert [each.severity for each in findings(RULE, COUNTED.format(work="print(item); item.save()"))] == [Severity.INFO]


@pytest.mark.parametrize(
    "work", ["print(item)", "pass", "try: await fetch(item)\n        except Exception: print(item)", "found = item, item"]
)
def test_work_that_cannot_end_the_worker_is_left_alone(work: str) -> None:
    assert findings(RULE, COUNTED.format(work=work)) == []
