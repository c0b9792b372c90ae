"""CA501."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.rules.unlocked_shared_state import RULE

START = "\ndef main(rows):\n    for row in rows:\n        threading.Thread(target=work, args=(row,)).start()\n"
HEAD = (
    "import threading\nfrom concurrent.futures import ThreadPoolExecutor\ncount = 0\npool_of = None\nseen = {}\nlock = threading.Lock()\n"
)
STATS = """
import threading
from concurrent.futures import ThreadPoolExecutor
class Stats:
    def __init__(self):
        self._lock = threading.Lock()
        self.total = 0
        self.kinds = {}
    def run(self, rows):
        with ThreadPoolExecutor(4) as pool:
            for row in rows:
                pool.submit(self.record, row)
"""
BAD = [
    f"{HEAD}def work(row):\n    global count\n    count += 1  # here\n{START}",
    f"{HEAD}def work(row):\n    seen[row] = seen.get(row, 0) + 1  # here\n{START}",
    f"{HEAD}def work(row):\n    global pool_of\n    if pool_of is None:\n        pool_of = make()  # here\n{START}",
    f"{HEAD}def work(row):\n    helper(row)\ndef helper(row):\n    global count\n    count = count + row  # here\n{START}",
    f"""{STATS}    def record(self, row):
        if row not in self.kinds:
            self.kinds[row] = 0
        self.kinds[row] += 1  # here
""",
    f"{HEAD}class Jobs:\n    done = 0\ndef work(row):\n    Jobs.done += 1  # here\n{START}",
    """
    import threading
    def main(rows):
        done = 0
        def work(row):
            nonlocal done
            done += 1  # here
        for row in rows:
            threading.Thread(target=work, args=(row,)).start()
    """,
    """
    import threading
    class Poller:
        def __init__(self):
            self.count = 0
            self.thread = threading.Thread(target=self._run)
        def _run(self):
            self.count += 1  # here
        def take(self):
            self.count -= 1
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    class Stats:
        def __init__(self):
            self.total = 0
        def record(self, row):
            self.total += 1  # here
    def main(rows):
        stats = Stats()
        with ThreadPoolExecutor() as pool:
            for row in rows:
                pool.submit(stats.record, row)
    """,
    """
    import threading
    class Refs:
        def __init__(self):
            self._lock = threading.Lock()
            self.refs = {}
        def get(self, key):
            with self._lock:
                self.refs[key] = self.refs.get(key, 0) + 1
        def put(self, key):
            self.refs[key] -= 1  # here
    """,
    """
    import threading
    class Names:
        def __init__(self):
            self._lock = threading.Lock()
            self.names = {}
        def add(self, key):
            with self._lock:
                self.names[key] = 1
        def show(self):
            for key, value in self.names.items():  # here
                print(key)
    """,
    "import multiprocessing\nn = multiprocessing.Value('i', 0)\ndef work():\n    n.value += 1  # here\n",
]
GOOD = [
    f"{HEAD}def work(row):\n    global count\n    with lock:\n        count += 1\n{START}",
    f"""{HEAD}def work(row):
    global count
    lock.acquire()
    try:
        count += 1
    finally:
        lock.release()
{START}""",
    f"{HEAD}def work(row):\n    with lock:\n        _add(row)\ndef _add(row):\n    global count\n    count += 1\n{START}",
    f"{HEAD}def work(row):\n    _add_locked(row)\ndef _add_locked(row):\n    global count\n    count += 1\n{START}",
    f"{HEAD}def work(row):\n    count = 0\n    count += 1\n{START}",
    f"{HEAD}def work(row):\n    seen[row] = 1\n{START}",
    f"{HEAD}def main():\n    global count\n    count += 1\n",
    f"{HEAD}def work():\n    global count\n    count += 1\nthreading.Thread(target=work).start()\n",
    f"""{HEAD}def work(row):
    global pool_of
    if pool_of is None:
        with lock:
            if pool_of is None:
                pool_of = make()
{START}""",
    f"{HEAD}local = threading.local()\ndef work(row):\n    local.count += 1\n{START}",
    f"{STATS}    def record(self, row):\n        with self._lock:\n            self.total += 1\n",
    f"{STATS}    def record(self, row):\n        return row\n    def add(self):\n        self.total += 1\n",
    """
    import threading
    class Poller:
        def __init__(self):
            self.count = 0
            self.thread = threading.Thread(target=self._run)
        def _run(self):
            self.count += 1
        def show(self):
            return self.count
    """,
    """
    import threading
    class Worker:
        def __init__(self, row):
            self.row, self.count = row, 0
        def run(self):
            self.count += 1
    def main(rows):
        for row in rows:
            worker = Worker(row)
            threading.Thread(target=worker.run).start()
    """,
    """
    import threading
    class Names:
        def __init__(self):
            self._lock = threading.Lock()
            self.names = {}
        def add(self, key):
            with self._lock:
                self.names[key] = 1
        def show(self):
            for key, value in list(self.names.items()):
                print(key)
    """,
    "import asyncio\ncount = 0\nasync def work():\n    global count\n    count += 1\n    await asyncio.sleep(1)\n",
    """\
from concurrent.futures import ProcessPoolExecutor
n = 0
def work(row):
    global n
    n += 1
def main(rows):
    with ProcessPoolExecutor() as pool:
        pool.map(work, rows)
""",
    "import multiprocessing\nn = multiprocessing.Value('i', 0)\ndef work():\n    with n.get_lock():\n        n.value += 1\n",
]


@pytest.mark.parametrize("source", BAD)
def test_a_write_of_two_steps_that_threads_can_do_at_once_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_locked_private_and_single_writes_are_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_the_threads_may_be_started_in_another_module() -> None:
    source = "count = 0\ndef work(row):\n    global count\n    count += 1  # here\n"
    others = {"start": f"import threading\nfrom app import work{START}"}
    assert found_lines(RULE, source) == []
    assert found_lines(RULE, source, others=others) == marked_lines(source)


def test_a_value_made_on_first_use_is_a_hint_where_threads_are_about() -> None:
    source = """\
import threading
_client = None
def client():
    global _client
    if _client is None:
        _client = connect()
    return _client
"""
    assert [(each.severity, each.confidence) for each in findings(RULE, source)] == [(Severity.INFO, Confidence.LOW)]
    assert findings(RULE, source.replace("import threading\n", "")) == []


def test_many_threads_are_high_confidence_and_one_of_two_medium() -> None:
    assert findings(RULE, BAD[0])[0].confidence is Confidence.HIGH
    assert findings(RULE, BAD[7])[0].confidence is Confidence.MEDIUM
