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
