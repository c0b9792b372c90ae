"""CA205."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Severity
from conc_advisor.review.rules.executor_per_call import RULE

BAD = [
    """
    from concurrent.futures import ProcessPoolExecutor
    def score(chunks):
        for chunk in chunks:
            with ProcessPoolExecutor() as pool:  # here
                yield list(pool.map(abs, chunk))
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    async def save(loop, path):
        with ThreadPoolExecutor(1) as pool:  # here
            await loop.run_in_executor(pool, path.touch)
    """,
    """
    from flask import Flask
    from concurrent.futures import ThreadPoolExecutor
    app = Flask(__name__)
    @app.route("/")
    def index():
        with ThreadPoolExecutor() as pool:  # here
            return list(pool.map(abs, range(9)))
    """,
    """
    from multiprocessing import Pool
    def score(chunk):
        with Pool() as pool:  # here
            return pool.map(abs, chunk)
    def score_all(chunks):
        return [score(chunk) for chunk in chunks]
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    class Handler:
        async def handle(self, loop):
            pool = ThreadPoolExecutor(1)  # here
            await loop.run_in_executor(pool, print)
            pool.shutdown(wait=False)
    """,
]
GOOD = [
    """
    from concurrent.futures import ThreadPoolExecutor
    POOL = ThreadPoolExecutor(4)
    async def save(loop, path):
        await loop.run_in_executor(POOL, path.touch)
    """,
    """
    from concurrent.futures import ProcessPoolExecutor
    def score(chunks):
        with ProcessPoolExecutor() as pool:
            for chunk in chunks:
                yield list(pool.map(abs, chunk))
    """,
    """
    from concurrent.futures import ProcessPoolExecutor
    async def main(loop):
        with ProcessPoolExecutor() as pool:
            await loop.run_in_executor(pool, print)
    async def lifespan(app):
        with ProcessPoolExecutor() as pool:
            app.pool = pool
            yield
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def squares(values):
        with ThreadPoolExecutor() as pool:
            return list(pool.map(abs, values))
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def shards(count):
        return [ThreadPoolExecutor(1) for _ in range(count)]
    def named(names, pools):
        for name in names:
            pools[name] = ThreadPoolExecutor(1)
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def sized(sizes):
        for size in sizes:
            with ThreadPoolExecutor(size) as pool:
                pool.submit(print)
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def submit():
        for attempt in range(3):
            with ThreadPoolExecutor(1) as pool:
                pool.submit(print)
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    async def save(loop, pool=None):
        if pool is None:
            pool = ThreadPoolExecutor(1)
        await loop.run_in_executor(pool, print)
    """,
    """
    from multiprocessing import Pool
    def add(task, parallel=False):
        if parallel:
            with Pool() as pool:
                pool.apply(task)
    def add_all(tasks):
        for task in tasks:
            add(task)
    """,
    """
    def handle_request():
        with ThreadPoolExecutor() as pool:
            pool.submit(print)
    """,
]


@pytest.mark.parametrize("source", BAD)
def test_a_pool_for_each_piece_of_work_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_a_pool_that_is_shared_kept_or_made_once_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_a_helper_that_a_handler_in_another_module_calls_is_found() -> None:
    source = """
    from multiprocessing import Pool
    def score(chunk):
        with Pool() as pool:  # here
            return pool.map(abs, chunk)
    """
    handler = "from app import score\nfrom flask import Flask\nweb = Flask('x')\n@web.post('/')\ndef index():\n    return score([1])\n"
    assert found_lines(RULE, source, others={"web": handler}) == marked_lines(source)
    assert found_lines(RULE, source) == []


def test_a_batch_in_a_coroutine_is_information() -> None:
    source = """
    from concurrent.futures import ProcessPoolExecutor
    async def score(loop, values):
        with ProcessPoolExecutor() as pool:
            return [await loop.run_in_executor(pool, abs, value) for value in values]
    """
    assert [each.severity for each in findings(RULE, source)] == [Severity.INFO]


def test_a_pool_of_each_instance_that_a_coroutine_makes_is_information() -> None:
    source = """
    from concurrent.futures import ThreadPoolExecutor
    class Run:
        def __init__(self):
            self.pool = ThreadPoolExecutor()
    async def refresh():
        return Run()
    """
    assert [each.severity for each in findings(RULE, source)] == [Severity.INFO]


TOLD = [
    """
    import asyncio, concurrent.futures
    async def run_sync(f, *a):
        loop = asyncio.get_event_loop()
        executor = concurrent.futures.ThreadPoolExecutor()  # here
        return await loop.run_in_executor(executor, f, *a)
    """,
    """
    import asyncio, concurrent.futures
    async def run_sync(f, *a):
        loop = asyncio.get_event_loop()
        return await loop.run_in_executor(concurrent.futures.ThreadPoolExecutor(), f, *a)  # here
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    import asyncio
    def run_async(coro):
        with ThreadPoolExecutor(1) as pool:  # here
            return pool.submit(asyncio.run, coro).result()
    class A:
        def get(self): return run_async(x())
        def put(self): return run_async(y())
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def call_with_timeout(f, seconds):
        executor = ThreadPoolExecutor(max_workers=1)  # here
        try:
            return executor.submit(f).result(timeout=seconds)
        finally:
            executor.shutdown(wait=False)
    """,
    """
    from flask import Flask
    from concurrent.futures import ThreadPoolExecutor
    app = Flask(__name__)
    @app.route("/x")
    def x():
        pool = ThreadPoolExecutor()  # here
        pool.submit(work)
        return "ok"
    """,
    """
    from multiprocessing import Pool
    def train(epochs, data):
        for epoch in range(epochs):
            pool = Pool(4)  # here
            pool.map(f, data)
            pool.close()
            pool.join()
    """,
    """
    import asyncio
    from concurrent.futures import ThreadPoolExecutor
    class Agent:
        async def ainvoke(self, x):
            with ThreadPoolExecutor() as ex:  # here
                fs = [ex.submit(t, x) for t in self.tools]
                return [f.result() for f in fs]
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    import asyncio
    def decorator(f):
        async def wrapper(*a):
            loop = asyncio.get_running_loop()
            with ThreadPoolExecutor() as pool:  # here
                return await loop.run_in_executor(pool, f, *a)
        return wrapper
    """,
]
"""Other ways to make a pool for one piece of work."""
QUIET = [
    """
    from concurrent.futures import ThreadPoolExecutor
    class Svc:
        def fetch_all(self, urls):
            with ThreadPoolExecutor(8) as ex:
                return list(ex.map(self.fetch, urls))
    """,
    """
    from concurrent.futures import ProcessPoolExecutor
    from functools import cache, partial
    @cache
    def make_app():
        pool = ProcessPoolExecutor()
        return App(partial(handle, pool=pool))
    """,
    """
    from concurrent.futures import ProcessPoolExecutor
    def make_app():
        pool = ProcessPoolExecutor()
        app = App(pool=pool)
        app.on_cleanup.append(close)
        return app
    def make_pool():
        return ProcessPoolExecutor()
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    class Table:
        def get(self, keys):
            with ThreadPoolExecutor() as pool:
                return list(pool.map(load, keys))
    """,
]
"""Pools that are worth it, kept or ended elsewhere."""


@pytest.mark.parametrize("source", TOLD)
def test_other_pools_for_one_piece_of_work_are_found(source: str) -> None:
    assert sorted(set(found_lines(RULE, source))) == marked_lines(source)


@pytest.mark.parametrize("source", QUIET)
def test_pools_for_many_pieces_kept_or_ended_are_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_a_pool_that_a_factory_of_applications_hands_on_is_information() -> None:
    source = """
    from concurrent.futures import ProcessPoolExecutor
    from functools import partial
    def make_app():
        pool = ProcessPoolExecutor()
        app = Application()
        app.add_route(partial(handle, pool=pool))
        return app
    """
    assert [each.severity for each in findings(RULE, source)] == [Severity.INFO]


def test_a_plain_function_that_home_assistant_calls_on_its_loop_is_information() -> None:
    source = """
    from concurrent.futures import ThreadPoolExecutor
    from homeassistant.core import HomeAssistant
    class Users:
        def {name}(self, codes):
            with ThreadPoolExecutor() as pool:
                return list(pool.map(check, codes))
    """
    assert [each.severity for each in findings(RULE, source.format(name="async_authenticate"))] == [Severity.INFO]
    assert findings(RULE, source.format(name="authenticate")) == []
