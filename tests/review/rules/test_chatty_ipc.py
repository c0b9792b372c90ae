"""CA604."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Severity
from conc_advisor.review.rules.chatty_ipc import RULE

SQUARE = "from concurrent.futures import ProcessPoolExecutor\nimport multiprocessing\ndef square(x):\n    return x * x\n"
BAD = [
    f"{SQUARE}def main(xs):\n    with ProcessPoolExecutor() as pool:\n        return sum(pool.map(square, xs))  # here\n",
    f"{SQUARE}def main(n):\n    with ProcessPoolExecutor() as pool:\n        return sum(pool.map(square, range(n)))  # here\n",
    f"{SQUARE}def main():\n    with ProcessPoolExecutor() as pool:\n        return sum(pool.map(square, range(1_000_000)))  # here\n",
    f"{SQUARE}def main(xs):\n    with multiprocessing.Pool() as pool:\n        return sum(pool.imap(square, xs))  # here\n",
    f"{SQUARE}def main(xs):\n    with multiprocessing.Pool() as pool:\n        return sum(pool.imap_unordered(square, xs))  # here\n",
    f"{SQUARE}def main(xs):\n    pool = ProcessPoolExecutor()\n    for x in xs:\n        pool.submit(square, x)  # here\n",
    f"{SQUARE}def main(xs):\n    pool = ProcessPoolExecutor()\n    return [pool.submit(square, x) for x in xs]  # here\n",
    (
        f"{SQUARE}class Job:\n    def __init__(self):\n        self.pool = ProcessPoolExecutor()\n"
        "    def main(self, xs):\n        return self.pool.map(square, xs)  # here\n"
    ),
    (
        "from concurrent.futures import ProcessPoolExecutor as P\ndef norm(x):\n    '''Doc.'''\n    y = abs(x)\n"
        "    return min(y, 1)\ndef main(xs):\n    with P() as p:\n        return p.map(norm, xs)  # here\n"
    ),
]
GOOD = [
    "def square(x):\n    return x * x\ndef main(pool, xs):\n    return [pool.submit(square, x) for x in xs]\n",
    (
        "from concurrent.futures import ProcessPoolExecutor\ndef square(x):\n    return x * x\n"
        "def main(pool: ProcessPoolExecutor, xs):\n    pool.shutdown(square, xs)\n    pool.map()\n"
        "    pool.map(unknown, xs)\n"
    ),
    f"{SQUARE}def main(xs):\n    with ProcessPoolExecutor() as pool:\n        return sum(pool.map(square, xs, chunksize=100))\n",
    f"{SQUARE}def main(xs):\n    with multiprocessing.Pool() as pool:\n        return sum(pool.imap(square, xs, 100))\n",
    f"{SQUARE}def main(xs):\n    with multiprocessing.Pool() as pool:\n        return sum(pool.map(square, xs))\n",
    f"{SQUARE}def main(xs):\n    with ProcessPoolExecutor() as pool:\n        return pool.submit(square, 1)\n",
    f"{SQUARE}def main():\n    with ProcessPoolExecutor() as pool:\n        return list(pool.map(square, [1, 2, 3]))\n",
    f"{SQUARE}def main():\n    with ProcessPoolExecutor() as pool:\n        return list(pool.map(square, range(8)))\n",
    f"{SQUARE}def main():\n    with ProcessPoolExecutor() as pool:\n        return list(pool.map(square, range(1, 8)))\n",
    f"{SQUARE}def main(xs, options):\n    with ProcessPoolExecutor() as pool:\n        return list(pool.map(square, xs, **options))\n",
    f"{SQUARE}def main(xs):\n    return list(map(square, xs))\n",
    f"{SQUARE}def main(pool, xs):\n    return list(pool.map(square, xs))\n",
    (
        f"from concurrent.futures import ThreadPoolExecutor\n{SQUARE}def main(xs):\n"
        "    with ThreadPoolExecutor() as pool:\n        return list(pool.map(square, xs))\n"
    ),
    (
        "from concurrent.futures import ProcessPoolExecutor\ndef work(xs):\n    return [x * x for x in xs]\n"
        "def main(xs):\n    with ProcessPoolExecutor() as pool:\n        return pool.map(work, xs)\n"
    ),
    (
        "from concurrent.futures import ProcessPoolExecutor\nimport zlib\ndef work(x):\n"
        "    return zlib.compress(x)\ndef main(xs):\n    with ProcessPoolExecutor() as pool:\n"
        "        return pool.map(work, xs)\n"
    ),
    (
        "from concurrent.futures import ProcessPoolExecutor\ndef work(x):\n    return sorted(x)\ndef main(xs):\n"
        "    with ProcessPoolExecutor() as pool:\n        return pool.map(work, xs)\n"
    ),
    (
        "from concurrent.futures import ProcessPoolExecutor\ndef work(x):\n    a = x\n    b = a\n    return b\n"
        "def main(xs):\n    with ProcessPoolExecutor() as pool:\n        return pool.map(work, xs)\n"
    ),
    (
        "from concurrent.futures import ProcessPoolExecutor\ndef len(x):\n    return x.heavy()\ndef work(x):\n"
        "    return len(x)\ndef main(xs):\n    with ProcessPoolExecutor() as pool:\n"
        "        return pool.map(work, xs)\n"
    ),
]


@pytest.mark.parametrize("source", BAD)
def test_a_message_for_each_tiny_piece_of_work_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_slices_few_pieces_threads_and_work_of_some_size_are_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_a_pool_that_another_module_makes_is_known() -> None:
    others = {"pools": "from concurrent.futures import ProcessPoolExecutor\nPOOL = ProcessPoolExecutor()\ndef pool():\n    return POOL\n"}
    source = """
    import pools
    from pools import pool
    def square(x): return x * x
    def main(xs):
        pools.POOL.map(square, xs)  # here
        pool().map(square, xs)  # here
    """
    assert found_lines(RULE, source, others=others) == marked_lines(source)


def test_the_advice_is_a_chunksize_or_slices() -> None:
    assert ["chunksize" in each.advice for source in (BAD[0], BAD[5]) for each in findings(RULE, source)] == [True, False]


def test_an_object_that_is_called_for_each_row_is_worth_a_measurement() -> None:
    source = """
    from concurrent.futures import ProcessPoolExecutor
    class Convertor:
        def __call__(self, row):
            return row.convert()
    def main(rows):
        convert = Convertor()
        with ProcessPoolExecutor() as pool:
            return list(pool.map(convert, rows))  # here
    """
    assert found_lines(RULE, source) == marked_lines(source)
    assert [each.severity for each in findings(RULE, source)] == [Severity.INFO]
