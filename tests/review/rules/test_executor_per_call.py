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
