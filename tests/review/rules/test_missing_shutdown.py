"""CA203."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Severity
from conc_advisor.review.rules.missing_shutdown import RULE

BAD = [
    """
    from concurrent.futures import ThreadPoolExecutor
    def squares(values):
        pool = ThreadPoolExecutor(4)  # here
        return [each.result() for each in [pool.submit(pow, value, 2) for value in values]]
    """,
    """
    from concurrent.futures import ThreadPoolExecutor as Pool
    async def render(loop, page):
        return await loop.run_in_executor(Pool(1), page.render)  # here
    """,
    """
    import multiprocessing as mp
    def squares(values):
        return mp.Pool(4).map(abs, values)  # here
    """,
    """
    import threading
    def save(path):
        threading.Thread(target=print, args=(path,)).start()  # here
    """,
    """
    from threading import Thread
    def save(paths):
        threads = [Thread(target=print, args=(path,)) for path in paths]
        for thread in threads:
            thread.start()  # here
    """,
    """
    from threading import Thread
    def save(path):
        if path:
            thread = Thread(target=print, args=(path,))
        else:
            thread = Thread(target=print)
        thread.start()  # here
    """,
    """
    import multiprocessing
    def fire(value):
        process = multiprocessing.get_context("spawn").Process(target=print, args=(value,))
        process.start()  # here
    """,
    """
    import threading
    class Upload(threading.Thread):
        def run(self): ...
    def save():
        Upload().start()  # here
    """,
    """
    from concurrent import futures
    class Policy:
        def __init__(self, executor=None):
            if executor is None:
                executor = futures.ThreadPoolExecutor(10)
            self._executor = executor
        def dispatch(self, work):
            self._executor.submit(work)
        def close(self):  # here
            self.consumer.stop_consuming()
    """,
    """
    import threading
    class Poller:
        def start(self):
            self._thread = threading.Thread(target=self._run)
            self._thread.start()
        def stop(self):  # here
            self._stopping = True
    """,
    """
    from multiprocessing.pool import ThreadPool
    def shut_down(nodes, stop):
        try:
            pool = ThreadPool(len(nodes))  # here
            pool.map(stop, nodes)
            pool.close()
        except Exception as error:
            print(error)
    """,
]
GOOD = [
    """
    from concurrent.futures import ThreadPoolExecutor
    def squares(values):
        with ThreadPoolExecutor(4) as pool:
            return list(pool.map(abs, values))
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def squares(values):
        pool = ThreadPoolExecutor(4)
        try:
            return list(pool.map(abs, values))
        finally:
            pool.shutdown()
    """,
    """
    from contextlib import ExitStack, closing
    from multiprocessing import Pool
    def squares(values):
        with ExitStack() as stack:
            pool = stack.enter_context(Pool(4))
            return pool.map(abs, values)
    def cubes(values):
        pool = Pool(4)
        with closing(pool):
            return pool.map(abs, values)
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def make():
        pool = ThreadPoolExecutor(4)
        return pool
    def fixture():
        yield ThreadPoolExecutor(4)
    """,
    """
    import atexit
    from concurrent.futures import ThreadPoolExecutor
    def start():
        pool = ThreadPoolExecutor(4)
        atexit.register(pool.shutdown)
        pool.submit(print)
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    POOL = ThreadPoolExecutor(4)
    def work():
        global OTHER
        OTHER = ThreadPoolExecutor(4)
        POOL.submit(print)
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    async def main(loop):
        loop.set_default_executor(ThreadPoolExecutor(4))
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    class Service:
        def __init__(self):
            self._pool = ThreadPoolExecutor(4)
        def close(self):
            pool, self._pool = self._pool, None
            pool.shutdown()
    """,
    """
    import threading
    def save(path):
        threading.Thread(target=print, daemon=True).start()
        later = threading.Thread(target=print)
        later.daemon = True
        later.start()
        old = threading.Thread(target=print)
        old.setDaemon(True)
        old.start()
    """,
    """
    import threading
    def save(paths, quiet):
        threads = []
        for path in paths:
            thread = threading.Thread(target=print, args=(path,))
            thread.start()
            threads.append(thread)
        for thread in threads:
            thread.join()
        threading.Thread(target=print, daemon=quiet).start()
    """,
    """
    import threading
    class Owner:
        def go(self):
            thread = threading.Thread(target=print)
            thread.start()
            self.threads.append(thread)
    def go(owner):
        thread = threading.Thread(target=print)
        thread.start()
        owner.adopt(thread)
    """,
    """
    import threading
    class Upload(threading.Thread):
        def __init__(self):
            super().__init__(daemon=True)
    def save():
        Upload().start()
    """,
    """
    import threading
    class Poller:
        def start(self):
            self._thread = threading.Thread(target=print)
            self._thread.start()
        def stop(self):
            self._stopping = True
            self._thread.join()
    """,
    """
    import threading
    if __name__ == "__main__":
        thread = threading.Thread(target=print)
        thread.start()
    """,
    """
    class Pool: ...
    class Thread: ...
    def work():
        pool = Pool(4)
        pool.map(print)
        Thread(target=print).start()
    """,
]


@pytest.mark.parametrize("source", BAD)
def test_what_is_started_and_left_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_what_is_ended_handed_on_or_a_daemon_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_a_pool_that_another_module_shuts_down_is_left_alone() -> None:
    source = """
    from concurrent.futures import ThreadPoolExecutor
    from base import Base
    class Service(Base):
        def __init__(self):
            self._pool = ThreadPoolExecutor(4)
        def close(self):
            self.closing()
    """
    others = {"base": "class Base:\n    def closing(self):\n        self._pool.shutdown()\n"}
    assert found_lines(RULE, source, others=others) == []
    assert found_lines(RULE, source) != []


def test_a_thread_that_tells_that_it_is_done_is_information() -> None:
    source = """
    import threading
    def work(done):
        done.set()
    def start(done):
        threading.Thread(target=work, args=(done,)).start()
    """
    assert [each.severity for each in findings(RULE, source)] == [Severity.INFO]


def test_a_daemon_that_is_told_to_stop_and_not_waited_for_is_information() -> None:
    source = """
    import threading
    class Poller:
        def __init__(self):
            self._stop = threading.Event()
            self._thread = threading.Thread(target=self._run, daemon=True)
        def close(self):  # here
            self._stop.set()
    """
    assert [each.severity for each in findings(RULE, source)] == [Severity.INFO]
    assert found_lines(RULE, source) == marked_lines(source)
