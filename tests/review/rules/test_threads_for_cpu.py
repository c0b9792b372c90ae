"""CA704."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.rules.threads_for_cpu import RULE

COUNT = (
    "from concurrent.futures import ThreadPoolExecutor\nimport threading\ndef count(limit):\n    total = 0\n"
    "    for n in range(limit):\n        total += n * n % 7\n    return total\n"
)
BAD = [
    f"{COUNT}def main(xs):\n    with ThreadPoolExecutor(8) as pool:\n        return list(pool.map(count, xs))  # here\n",
    f"{COUNT}def main(xs):\n    pool = ThreadPoolExecutor()\n    return [pool.submit(count, x) for x in xs]  # here\n",
    f"{COUNT}def main(xs):\n    for x in xs:\n        threading.Thread(target=count, args=(x,)).start()  # here\n",
    f"{COUNT}from threading import Thread as T\ndef main(xs):\n    return [T(target=count, args=(x,)) for x in xs]  # here\n",
    (
        f"{COUNT}from functools import partial\ndef main(xs):\n    with ThreadPoolExecutor(8) as pool:\n"
        "        return list(pool.map(partial(count), xs))  # here\n"
    ),
    (
        f"{COUNT}from multiprocessing.pool import ThreadPool\nclass Job:\n    def __init__(self):\n"
        "        self.pool = ThreadPool(4)\n    def main(self, xs):\n"
        "        return self.pool.imap(count, xs)  # here\n"
    ),
    (
        "from concurrent.futures import ThreadPoolExecutor\nimport math\ndef one(x):\n"
        "    return sum(math.sqrt(i) * i for i in range(x))\ndef two(x):\n    return one(x)\ndef main(xs):\n"
        "    with ThreadPoolExecutor() as pool:\n        pool.map(two, xs)  # here\n"
    ),
    (
        "from concurrent.futures import ThreadPoolExecutor\nclass Job:\n    def work(self, n):\n"
        "        while n > 1:\n            n = n // 2 if n % 2 == 0 else 3 * n + 1\n    def main(self, xs):\n"
        "        with ThreadPoolExecutor() as pool:\n            pool.map(self.work, xs)  # here\n"
    ),
]
GOOD = [
    (
        f"{COUNT}from concurrent.futures import ProcessPoolExecutor\ndef main(xs):\n"
        "    with ProcessPoolExecutor() as pool:\n        return list(pool.map(count, xs))\n"
    ),
    f"{COUNT}def main(xs):\n    with ThreadPoolExecutor(max_workers=1) as pool:\n        return list(pool.map(count, xs))\n",
    f"{COUNT}def main(x):\n    threading.Thread(target=count, args=(x,)).start()\n",
    f"{COUNT}def main(pool, xs):\n    return pool.map(count, xs)\n",
    f"{COUNT}def main(xs):\n    return list(map(count, xs))\n",
    (
        "from concurrent.futures import ThreadPoolExecutor\ndef work(x):\n    for n in range(x):\n"
        "        fetch(n * 2)\ndef main(xs):\n    with ThreadPoolExecutor() as pool:\n        pool.map(work, xs)\n"
    ),
    (
        "from concurrent.futures import ThreadPoolExecutor\nimport numpy as np\ndef work(x):\n"
        "    for n in range(x):\n        np.dot(n * 2, n)\ndef main(xs):\n    with ThreadPoolExecutor() as pool:\n"
        "        pool.map(work, xs)\n"
    ),
    (
        "from concurrent.futures import ThreadPoolExecutor\nimport hashlib\ndef work(x):\n"
        "    h = hashlib.sha256()\n    for n in range(x * 2):\n        h.update(n * b'x')\ndef main(xs):\n"
        "    with ThreadPoolExecutor() as pool:\n        pool.map(work, xs)\n"
    ),
    (
        "from concurrent.futures import ThreadPoolExecutor\ndef work(path):\n    total = 0\n"
        "    for line in open(path):\n        total += len(line) * 2\ndef main(xs):\n"
        "    with ThreadPoolExecutor() as pool:\n        pool.map(work, xs)\n"
    ),
    (
        "from concurrent.futures import ThreadPoolExecutor\ndef work(x):\n    return x * 2\ndef main(xs):\n"
        "    with ThreadPoolExecutor() as pool:\n        pool.map(work, xs)\n"
    ),
    (
        "from concurrent.futures import ThreadPoolExecutor\ndef work(lines):\n    total = 0\n"
        "    for line in lines:\n        total += 1\ndef main(xs):\n    with ThreadPoolExecutor() as pool:\n"
        "        pool.map(work, xs)\n"
    ),
    (
        "from concurrent.futures import ThreadPoolExecutor\ndef work(x):\n    global total\n"
        "    for n in range(x):\n        total = total + n * n\ndef main(xs):\n"
        "    with ThreadPoolExecutor() as pool:\n        pool.map(work, xs)\n"
    ),
    (
        "from concurrent.futures import ThreadPoolExecutor\nfrom other import work\ndef main(xs):\n"
        "    with ThreadPoolExecutor() as pool:\n        pool.map(work, xs)\n"
    ),
]


@pytest.mark.parametrize("source", BAD)
def test_pure_computing_in_several_threads_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_what_may_wait_or_leave_the_gil_and_single_threads_are_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_a_pool_of_a_base_class_in_another_module_is_known() -> None:
    others = {
        "base": (
            "from concurrent.futures import ThreadPoolExecutor\nclass Base:\n    def __init__(self):\n"
            "        self.pool = ThreadPoolExecutor(4)\n"
        )
    }
    source = f"{COUNT}from base import Base\nclass Job(Base):\n    def main(self, xs):\n        self.pool.map(count, xs)  # here\n"
    assert found_lines(RULE, source, others=others) == marked_lines(source)


@pytest.mark.parametrize(
    "source",
    [
        (
            "from concurrent.futures import ThreadPoolExecutor\nfrom waves import process_streams\ndef main(self, xs):\n"
            "    with ThreadPoolExecutor(max_workers=self.args.num_processes) as pool:\n        pool.submit(process_streams, xs)\n"
        ),
        (
            "import asyncio\nasync def main(items):\n    loop = asyncio.get_running_loop()\n    found = map(hashed, items)\n"
            "    return await loop.run_in_executor(None, list, found)\n"
        ),
    ],
)
def test_threads_as_many_as_processors_and_maps_in_a_thread_are_information(source: str) -> None:
    assert [(each.severity, each.confidence) for each in findings(RULE, source)] == [(Severity.INFO, Confidence.LOW)]


@pytest.mark.parametrize(
    "source",
    [
        (
            "from concurrent.futures import ThreadPoolExecutor\nfrom waves import process_streams\ndef main(xs):\n"
            "    with ThreadPoolExecutor(max_workers=8) as pool:\n        pool.submit(process_streams, xs)\n"
        ),
        (
            "from concurrent.futures import ThreadPoolExecutor\nimport os, requests\ndef process(x):\n    for y in x:\n"
            "        requests.get(y)\ndef main(xs):\n    with ThreadPoolExecutor(os.cpu_count()) as pool:\n        pool.map(process, xs)\n"
        ),
        (
            "from concurrent.futures import ThreadPoolExecutor\nimport os\nfrom net import fetch\ndef main(xs):\n"
            "    with ThreadPoolExecutor(os.cpu_count()) as pool:\n        pool.map(fetch, xs)\n"
        ),
        "import asyncio\nasync def main(loop, rows):\n    return await loop.run_in_executor(None, list, rows)\n",
        "import asyncio\nasync def main(loop, pool, rows):\n    return await loop.run_in_executor(pool, list, map(str, rows))\n",
    ],
)
def test_other_pools_and_work_that_waits_are_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []
