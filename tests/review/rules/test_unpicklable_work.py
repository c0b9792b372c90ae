"""CA601."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Severity
from conc_advisor.review.rules.unpicklable_work import RULE

BAD = [
    """
    from concurrent.futures import ProcessPoolExecutor
    def main(xs):
        with ProcessPoolExecutor() as pool:
            return list(pool.map(lambda x: x + 1, xs))  # here
    """,
    """
    from concurrent.futures import ProcessPoolExecutor as Pool
    def main(x):
        def work(y): return y
        pool = Pool()
        return pool.submit(work, x)  # here
    """,
    """
    import multiprocessing as mp
    def main(xs):
        double = lambda x: x * 2
        with mp.Pool(4) as pool:
            pool.imap_unordered(double, xs)  # here
    """,
    """
    from functools import partial
    from multiprocessing import get_context
    def main(xs):
        with get_context("spawn").Pool() as pool:
            pool.starmap(partial(lambda x, y: x, 1), xs)  # here
    """,
    """
    import asyncio
    from concurrent.futures import ProcessPoolExecutor
    async def main():
        pool = ProcessPoolExecutor()
        await asyncio.get_running_loop().run_in_executor(pool, lambda: 1)  # here
    """,
    """
    import threading
    from concurrent.futures import ProcessPoolExecutor
    class Job:
        def __init__(self):
            self._lock = threading.Lock()
            self._pool = ProcessPoolExecutor()
        def work(self, x): return x
        def main(self, xs):
            return self._pool.map(self.work, xs)  # here
    """,
    """
    from multiprocessing import Process as P
    def main():
        P(target=lambda: 1).start()  # here
    """,
    """
    import multiprocessing
    class Pools:
        pool: multiprocessing.Pool
        def main(self, x):
            self.pool.apply_async(lambda: x)  # here
    """,
]
GOOD = [
    (
        "from concurrent.futures import ProcessPoolExecutor\ndef work(x): ...\ndef main(xs):\n"
        "    with ProcessPoolExecutor() as pool:\n        pool.map(work, xs)\n"
    ),
    (
        "from concurrent.futures import ProcessPoolExecutor\nfrom functools import partial\ndef work(x, y): ...\n"
        "def main(xs):\n    with ProcessPoolExecutor() as pool:\n        pool.map(partial(work, 1), xs)\n"
    ),
    (
        "from concurrent.futures import ThreadPoolExecutor\ndef main(xs):\n"
        "    with ThreadPoolExecutor() as pool:\n        pool.map(lambda x: x, xs)\n"
    ),
    "from multiprocessing.pool import ThreadPool\ndef main(xs):\n    with ThreadPool() as pool:\n        pool.map(lambda x: x, xs)\n",
    "from multiprocessing.dummy import Pool\ndef main(xs):\n    with Pool() as pool:\n        pool.map(lambda x: x, xs)\n",
    "def main(pool, xs):\n    pool.map(lambda x: x, xs)\n",
    "def main(xs):\n    return list(map(lambda x: x, xs))\n",
    "async def main(loop):\n    await loop.run_in_executor(None, lambda: 1)\n",
    (
        "from concurrent.futures import ProcessPoolExecutor\nclass Job:\n    def __init__(self): self.rate = 1\n"
        "    def work(self, x): ...\n    def main(self, xs):\n        with ProcessPoolExecutor() as pool:\n"
        "            pool.map(self.work, xs)\n"
    ),
    (
        "import threading\nfrom concurrent.futures import ProcessPoolExecutor\nclass Job:\n"
        "    def __init__(self): self.lock = threading.Lock()\n    def __getstate__(self): return {}\n"
        "    def work(self, x): ...\n    def main(self, xs):\n        with ProcessPoolExecutor() as pool:\n"
        "            pool.map(self.work, xs)\n"
    ),
    (
        "import threading\nfrom concurrent.futures import ProcessPoolExecutor\nclass Job:\n"
        "    def __init__(self): self.lock = threading.Lock()\n    @staticmethod\n    def work(x): ...\n"
        "    def main(self, xs):\n        with ProcessPoolExecutor() as pool:\n"
        "            pool.map(self.work, xs)\n"
    ),
    "from multiprocessing import Pool\ndouble = len\ndef main(xs):\n    with Pool() as pool:\n        pool.map(double, xs)\n",
    (
        "from concurrent.futures import ProcessPoolExecutor\ndef main(work, xs):\n"
        "    with ProcessPoolExecutor() as pool:\n        pool.map(work, xs, [lambda: 1][:0])\n"
    ),
]


@pytest.mark.parametrize("source", BAD)
def test_work_that_pickle_cannot_send_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_work_that_can_be_sent_or_stays_in_the_process_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


OTHERS = {
    "base": "import threading\nclass Base:\n    def __init__(self):\n        self.lock = threading.RLock()\n    def work(self, x): ...\n",
    "kept": "from base import Base\nclass Kept(Base):\n    def __reduce__(self): ...\n",
}


@pytest.mark.parametrize(("base", "count"), [("from base import Base as B", 1), ("from kept import Kept as B", 0)])
def test_what_a_base_class_in_another_module_holds_or_leaves_out_counts(base: str, count: int) -> None:
    source = f"""
{base}
from concurrent.futures import ProcessPoolExecutor
class Job(B):
    def main(self, xs):
        with ProcessPoolExecutor() as pool:
            pool.map(self.work, xs)
"""
    assert len(findings(RULE, source, others=OTHERS)) == count


@pytest.mark.parametrize(
    ("call", "severity"),
    [
        ("multiprocessing.Process(target=lambda: 1)", Severity.WARNING),
        ("multiprocessing.Pool().map(lambda x: x, [])", Severity.ERROR),
    ],
)
def test_a_process_alone_gets_away_with_it_under_fork(call: str, severity: Severity) -> None:
    (found,) = findings(RULE, f"import multiprocessing\ndef main():\n    {call}\n")
    assert found.severity is severity
    assert ("except under the start method fork" in found.message) == (severity is Severity.WARNING)


SENT = [
    """
    from multiprocessing import Pool, Queue
    def main():
        queue = Queue()
        with Pool() as pool:
            pool.apply_async(print, (queue,))  # here
    """,
    """
    from concurrent.futures import ProcessPoolExecutor
    import threading
    def main():
        lock = threading.Lock()
        with ProcessPoolExecutor() as pool:
            pool.submit(print, lock)  # here
            pool.submit(print, key=lambda x: x)  # here
            pool.submit(sum, (x for x in range(9)))  # here
    """,
    """
    import multiprocessing, threading
    def main():
        lock = threading.Lock()
        multiprocessing.Process(target=print, args=(lock,)).start()  # here
    """,
    """
    import threading
    class Job:
        def __init__(self):
            self.lock = threading.Lock()
        def __getstate__(self):  # here
            state = self.__dict__.copy()
            state.pop("cache", None)
            return state
    """,
    """
    import multiprocessing, threading
    class Worker(multiprocessing.Process):  # here
        def __init__(self):
            super().__init__()
            self.lock = threading.Lock()
    """,
    """
    import multiprocessing
    class LoadError(Exception):
        def __init__(self, plugin, cause):  # here
            self.plugin = plugin
            super().__init__(f"{plugin}: {cause}")
    """,
    """
    import multiprocessing
    class LoadError(Exception):
        def __init__(self, *args, **kwargs):  # here
            self.plugin = kwargs.pop("plugin")
            super().__init__(*args, **kwargs)
    """,
]
FINE = [
    "from multiprocessing import Process, Queue\ndef main():\n    queue = Queue()\n    Process(target=print, args=(queue,)).start()\n",
    (
        "from multiprocessing import Manager, Pool\ndef main():\n    queue = Manager().Queue()\n    with Pool() as pool:\n"
        "        pool.apply_async(print, (queue,))\n"
    ),
    (
        "from concurrent.futures import ThreadPoolExecutor\nimport threading\ndef main():\n    with ThreadPoolExecutor() as pool:\n"
        "        pool.submit(print, threading.Lock())\n"
    ),
    (
        "import threading\nclass Job:\n    def __init__(self):\n        self.lock = threading.Lock()\n    def __getstate__(self):\n"
        "        state = self.__dict__.copy()\n        del state['lock']\n        return state\n"
    ),
    (
        "import threading\nclass Job:\n    def __init__(self):\n        self.lock = threading.Lock()\n    def __getstate__(self):\n"
        "        return {name: value for name, value in self.__dict__.items() if name != self.left}\n"
    ),
    "class Job:\n    def __init__(self):\n        self.name = 1\n    def __getstate__(self):\n        return self.__dict__.copy()\n",
    (
        "import multiprocessing, threading\nclass W(multiprocessing.Process):\n    def __init__(self):\n        self.name = 1\n"
        "    def run(self):\n        self.lock = threading.Lock()\n"
    ),
    "class E(Exception):\n    def __init__(self, a, b):\n        super().__init__(f'{a}')\n",
    "import multiprocessing\nclass E(Exception):\n    def __init__(self, a, b):\n        super().__init__(a, b)\n",
    "import multiprocessing\nclass E(Exception):\n    def __init__(self, a, b=1):\n        super().__init__(a)\n",
    (
        "import multiprocessing\nclass E(Exception):\n    def __init__(self, a, b):\n        super().__init__(a)\n"
        "    def __reduce__(self):\n        return E, (1, 2)\n"
    ),
    "import multiprocessing\nclass E:\n    def __init__(self, a, b):\n        super().__init__(a)\n",
]


@pytest.mark.parametrize("source", SENT)
def test_arguments_and_objects_that_cannot_be_sent_are_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", FINE)
def test_arguments_and_objects_that_can_be_sent_are_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []
