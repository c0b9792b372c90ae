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


TOLD = [
    """
    import threading
    class A:
        def __init__(self):
            self.timer = threading.Timer(5, self.tick)
            self.timer.start()
        def tick(self):
            self.timer = threading.Timer(5, self.tick)
            self.timer.start()
        def close(self):  # here
            self.closed = True
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    import threading
    class A:
        def __init__(self):
            self.io = ThreadPoolExecutor(2)
            self.cpu = ThreadPoolExecutor(2)
        def go(self, f):
            self.io.submit(f); self.cpu.submit(f)
        def close(self):  # here
            self.io.shutdown()
    """,
    """
    import threading
    class A:
        def start(self):
            self.a = threading.Thread(target=self.one)
            self.b = threading.Thread(target=self.two)
            self.a.start(); self.b.start()
        def one(self): pass
        def two(self): pass
        def stop(self):  # here
            self.running = False
            self.a.join()
    """,
    """
    import threading
    class A:
        def start(self):
            self.threads = []
            for i in range(3):
                t = threading.Thread(target=self.run)
                t.start()
                self.threads.append(t)
        def run(self):
            while not self.done.is_set(): work()
        def stop(self):  # here
            self.done.set()
    """,
    """
    from multiprocessing import Pool
    def go(items):
        pool = Pool(4)  # here
        results = pool.map(f, items)
        return results
    """,
    """
    import subprocess
    def go(cmd):
        proc = subprocess.Popen(cmd)
        try:
            work()
        finally:
            proc.terminate()  # here
    """,
    """
    import multiprocessing
    class A:
        def __init__(self):
            self.manager = multiprocessing.Manager()  # here
            self.d = self.manager.dict()
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    class A:
        _executor = None
        def run(self, f):
            if self._executor is None:
                self._executor = ThreadPoolExecutor(4)
            return self._executor.submit(f)
        def close(self):  # here
            self.client.close()
    """,
    """
    import threading
    class A:
        def start(self):
            t = threading.Thread(target=self.loop)
            t.start()  # here
        def loop(self):
            while True:
                work()
    """,
    """
    from concurrent.futures import ThreadPoolExecutor, as_completed
    def go(urls):
        with ThreadPoolExecutor() as pool:
            fs = [pool.submit(fetch, u) for u in urls]
            for f in as_completed(fs, timeout=10):  # here
                print(f.result())
    """,
    """
    import asyncio
    from concurrent.futures import ThreadPoolExecutor
    async def go(f):
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor() as pool:
            return await asyncio.wait_for(loop.run_in_executor(pool, f), timeout=5)  # here
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def go(f):
        pool = ThreadPoolExecutor()  # here
        fut = pool.submit(f)
        try:
            return fut.result(timeout=5)
        except Exception:
            return None
    """,
    """
    import threading
    class Service:
        def __init__(self):
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._stop = threading.Event()
        def start(self):
            self._thread.start()
        def _run(self):
            while not self._stop.is_set(): work()
        def stop(self):  # here
            self._stop.set()
            self._thread = None
    """,
    """
    import multiprocessing
    class A:
        def start(self):
            self.p = multiprocessing.Process(target=run)
            self.p.start()
        def stop(self):
            self.p.terminate()  # here
    """,
    """
    from apscheduler.schedulers.background import BackgroundScheduler
    class A:
        def start(self):
            self.scheduler = BackgroundScheduler()
            self.scheduler.start()
        def stop(self):  # here
            self.running = False
            self.db.close()
    """,
    """
    from threading import Thread
    def start_all(n):
        for i in range(n):
            Thread(target=work, args=(i,)).start()  # here
    """,
    """
    import concurrent.futures
    def start(f):
        executor = concurrent.futures.ThreadPoolExecutor()  # here
        return executor.submit(f)
    """,
]
"""Ends that are missing, come late or end too little."""
QUIET = [
    """
    import threading
    class A:
        def start(self):
            self.timer = threading.Timer(5, self.tick)
            self.timer.start()
        def close(self):
            self.timer.cancel()
    """,
    """
    import threading
    class A:
        def start(self):
            self.threads = []
            for i in range(3):
                t = threading.Thread(target=self.run)
                t.start()
                self.threads.append(t)
        def stop(self):
            self.done.set()
            for t in self.threads:
                t.join()
    """,
    """
    import subprocess
    def go(cmd):
        proc = subprocess.Popen(cmd)
        try:
            work()
        finally:
            proc.terminate()
            proc.wait()
    """,
    """
    import multiprocessing
    def go():
        with multiprocessing.Manager() as manager:
            return use(manager)
    def shared():
        manager = multiprocessing.Manager()
        try:
            return dict(manager.dict())
        finally:
            manager.shutdown()
    """,
    """
    from concurrent.futures import ThreadPoolExecutor, as_completed
    def go(urls, stop):
        with ThreadPoolExecutor() as pool:
            fs = [pool.submit(fetch, u, stop) for u in urls]
            try:
                for f in as_completed(fs, timeout=10):
                    print(f.result())
            finally:
                stop.set()
    def rest(urls):
        with ThreadPoolExecutor() as pool:
            return [f.result() for f in as_completed([pool.submit(fetch, u) for u in urls])]
    """,
    """
    import multiprocessing
    class A:
        def start(self):
            self.p = multiprocessing.Process(target=run)
            self.p.start()
        def stop(self):
            self.p.terminate()
            self.p.join()
    def go():
        p = multiprocessing.Process(target=run)
        p.start()
        p.join()
    """,
    """
    import threading
    class Beat(threading.Thread):
        def __init__(self):
            super().__init__(daemon=True)
            self.gone = threading.Event()
            self.start()
        def run(self):
            while not self.gone.wait(1): beat()
        def stop(self):
            self.gone.set()
            self.join()
    """,
    """
    import threading
    class Beat(threading.Thread):
        pass
        def run(self):
            while not self.gone.wait(1): beat()
        def stop(self):
            self.gone.set()
    """,
    """
    import threading
    class Emitter(threading.Thread):
        pass
    def stop_all(emitters):
        for emitter in emitters:
            emitter.stop()
        for emitter in emitters:
            emitter.join()
    """,
    """
    from elsewhere import ThreadPool
    class A:
        def __init__(self, given):
            self.pool = ThreadPool(4)
            self.other = ThreadPool(given)
        def go(self, f):
            self.pool.submit(f)
            given.keep(self.other)
        def close(self):
            self.pool.stop()
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    class A:
        def __init__(self, owns):
            self.owns = owns
            self.pool = ThreadPoolExecutor()
        def close(self):
            if self.owns:
                self.pool.shutdown()
    """,
]
"""Their mended twins."""


@pytest.mark.parametrize("source", TOLD)
def test_ends_that_are_missing_or_too_weak_are_found(source: str) -> None:
    assert sorted(set(found_lines(RULE, source))) == marked_lines(source)


@pytest.mark.parametrize("source", QUIET)
def test_ends_that_end_are_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_a_pool_that_is_ended_only_while_it_works_is_found() -> None:
    source = """
    from concurrent.futures import ThreadPoolExecutor
    class Worker:
        def __init__(self):
            self.pool = ThreadPoolExecutor()
        def leave(self):
            if self.future is not None and self.future.running():
                self.pool.shutdown()  # here
    """
    assert found_lines(RULE, source) == marked_lines(source)


def test_a_process_that_is_joined_without_a_limit_at_the_end_is_found() -> None:
    source = """
    from multiprocessing import Process
    def updating(update):
        process = Process(target=update)
        try:
            process.start()
            yield
        finally:
            update.stop()
            process.join()  # here
    """
    assert found_lines(RULE, source) == marked_lines(source)
    assert found_lines(RULE, source.replace("process.join()", "process.join(4); process.kill()")) == []


def test_a_thread_that_its_class_starts_and_does_not_join_is_found() -> None:
    source = """
    import threading
    class Beat(threading.Thread):
        def __init__(self):
            super().__init__(daemon=True)
            self.gone = threading.Event()
            self.start()
        def run(self):
            while not self.gone.wait(1): beat()
        def stop(self):  # here
            self.gone.set()
    """
    assert found_lines(RULE, source) == marked_lines(source)
    other = "from app import Beat\nclass Owner:\n    beat = Beat()\n    def close(self):\n        self.beat.join()\n"
    assert found_lines(RULE, source, others={"owner": other}) == []


def test_threads_by_their_names_that_are_stopped_and_not_joined_are_found() -> None:
    source = """
    from elsewhere import DaemonThread
    class EventEmitter(DaemonThread):
        pass
    class Observer:
        def clear(self):
            for emitter in self.emitters:
                emitter.stop()  # here
    """
    assert found_lines(RULE, source) == marked_lines(source)
    assert found_lines(RULE, source.replace("DaemonThread", "Base")) == []


def test_a_pool_whose_class_only_its_name_tells_is_found_where_it_is_forgotten() -> None:
    source = """
    from elsewhere import ThreadPool
    class Scheduler:
        def __init__(self):
            self.pool = ThreadPool()
        def add(self, job):
            self.pool.submit(job)
        def shutdown(self):  # here
            self.stopped = True
    """
    assert found_lines(RULE, source) == marked_lines(source)


def test_a_pool_whose_end_an_exception_passes_by_is_found() -> None:
    source = """
    from multiprocessing import Pool
    def squares(values):
        pool = Pool(4)  # here
        result = pool.map(square, values)
        pool.close()
        pool.join()
        return result
    """
    safe = """
    from multiprocessing import Pool
    def squares(values):
        pool = Pool(4)
        try:
            return pool.map(square, values)
        finally:
            pool.terminate()
            pool.join()
    """
    assert found_lines(RULE, source) == marked_lines(source)
    assert found_lines(RULE, safe) == []


@pytest.mark.parametrize(
    ("use", "waited"),
    [
        ("for each in concurrent.futures.as_completed(futures): print(each.result())", True),
        ("concurrent.futures.wait(futures)", True),
        ("print(futures)", False),
    ],
)
def test_what_waits_for_the_work_is_not_told_that_nothing_does(use: str, waited: bool) -> None:  # noqa: FBT001  # a parameter of a test
    source = f"""
    import concurrent.futures
    def run(function, links):
        pool = concurrent.futures.ThreadPoolExecutor(max_workers=4)
        futures = [pool.submit(function, link) for link in links]
        {use}
    """
    assert [("nothing waits" not in each.message) for each in findings(RULE, source)] == [waited]


def test_code_in_the_advice_is_never_cut() -> None:
    source = """
    import concurrent.futures
    def run(function):
        pool = concurrent.futures.ThreadPoolExecutor(
            max_workers=4, thread_name_prefix="a-name-that-is-rather-long", initializer=print, initargs=("started", "a worker"))
        pool.submit(function)
    """
    assert findings(RULE, source)[0].advice == "write `with concurrent.futures.ThreadPoolExecutor(…) as pool:` around its use"


@pytest.mark.parametrize(("target", "offered"), [("worker", "pool.submit(worker, …)"), ("worker(queue)", "")])
def test_what_a_call_gives_is_not_offered_to_a_pool(target: str, offered: str) -> None:
    source = f"""
    import threading
    def begin(worker, queue):
        thread = threading.Thread(target={target})
        thread.start()
    """
    advice = findings(RULE, source)[0].advice
    assert (offered in advice) if offered else ("submit" not in advice)
