"""Work of a pool that waits for other work of that pool."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.rules.worker_blocked_forever import RULE

BAD = [
    """
    from concurrent.futures import ThreadPoolExecutor
    pool = ThreadPoolExecutor(max_workers=4)
    def size_of(path):
        futures = [pool.submit(size_of, each) for each in path.iterdir()]  # here
        return sum(each.result() for each in futures)
    def main(path):
        return pool.submit(size_of, path).result()
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    class Shop:
        def __init__(self):
            self._pool = ThreadPoolExecutor(4)
        def start(self, orders):
            return [self._pool.submit(self.order, each) for each in orders]
        def order(self, order):
            return self.lines(order)
        def lines(self, order):
            return list(self._pool.map(self.line, order.lines))  # here
        def line(self, line):
            return line.price
    """,
]
GOOD = [
    """
    from concurrent.futures import ThreadPoolExecutor
    pool = ThreadPoolExecutor(max_workers=4)
    def work(path):
        return path.size
    def main(paths):
        futures = [pool.submit(work, each) for each in paths]
        more = pool.submit(work, paths[0])
        return more.result(), [each.result() for each in futures]
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    outer = ThreadPoolExecutor(max_workers=4)
    inner = ThreadPoolExecutor(max_workers=4)
    def leaf(x):
        return x
    def work(x):
        return inner.submit(leaf, x).result()
    def main(x):
        return outer.submit(work, x).result()
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    pool = ThreadPoolExecutor(max_workers=4)
    def later(x):
        return x
    def work(x):
        pool.submit(later, x)
    def main(x):
        return pool.submit(work, x).result()
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    pool = ThreadPoolExecutor(max_workers=4)
    def later(x):
        return x
    def work(x):
        return pool.submit(later, x)
    def main(x):
        return pool.submit(work, x).result().result()
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def work(pool, x):
        return pool.submit(work, pool, x).result()
    def main(pool, x):
        return pool.submit(work, pool, x).result()
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def work(pool: ThreadPoolExecutor, x):
        return pool.submit(work, pool, x).result()
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def work(x):
        with ThreadPoolExecutor() as pool:
            return pool.submit(abs, x).result()
    def main(x):
        with ThreadPoolExecutor() as pool:
            return pool.submit(work, x).result()
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    pool = ThreadPoolExecutor(max_workers=4)
    def later(x):
        return x
    def work(x):
        return pool.submit(later, x).result(timeout=5)
    def main(x):
        return pool.submit(work, x).result()
    """,
]


@pytest.mark.parametrize("source", BAD)
def test_work_that_waits_for_work_of_its_own_pool_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_work_of_two_pools_or_that_waits_for_none_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_the_place_that_hands_over_the_waiting_work_is_a_step() -> None:
    (found,) = findings(RULE, BAD[1])
    assert (found.severity, found.confidence) == (Severity.WARNING, Confidence.HIGH)
    assert [each.text for each in found.steps] == ["order() is handed to the pool here"]
