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


WIDER_BAD = [
    """
    from flask import Flask
    app = Flask(__name__)
    served = 0
    @app.route("/")
    def index():
        global served
        served += 1  # here
        return "ok"
    """,
    """
    import threading
    class Service:
        _instance = None
        @staticmethod
        def get():
            if Service._instance is None:  # here
                Service()
            return Service._instance
        def __init__(self):
            Service._instance = self
    """,
    """
    import threading
    class Client:
        def __init__(self):
            self._out = threading.Lock()
            self._last = 0
        def next_id(self):
            self._last += 1  # here
            return self._last
    """,
    """
    from threading import Timer
    class Shipper:
        def __init__(self):
            self.size = 0
            self.timer = Timer(5, self.flush)
        def write(self, line):
            self.size += len(line)  # here
        def flush(self):
            self.size = 0
    """,
    """
    import threading
    class Hub(threading.Thread):
        def __init__(self):
            super().__init__()
            self.clients = {}
        def run(self):
            for client in self.clients.values():  # here
                client.ping()
        def add(self, name, client):
            self.clients[name] = client
    """,
    """
    import threading
    class Stream:
        def __init__(self):
            self._flush_lock = threading.Lock()
            self._rows = []
        def write(self, row):
            self._rows.append(row)
        def take(self):
            rows = self._rows  # here
            self._rows = []
            return rows
    """,
    """
    import asyncio
    class Api:
        async def session(self):
            if self._session is None:
                self._session = await connect()  # here
            return self._session
    """,
    """
    import asyncio
    class Api:
        def __init__(self):
            self._lock = asyncio.Lock()
        def token(self):
            if not self._token:
                self._token, self._end = load()  # here
            return self._token
        async def async_token(self):
            async with self._lock:
                if not self._token:
                    self._token, self._end = await aload()
            return self._token
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def main(rows):
        def begin():
            global repository
            repository = Repository("x")  # here
        with ThreadPoolExecutor(4, initializer=begin) as pool:
            return list(pool.map(work, rows))
    """,
    """
    import threading
    import requests
    sessions = {}
    def session(key):
        if key not in sessions:
            sessions[key] = requests.Session()  # here
        return sessions[key]
    """,
    """
    from service_pb2_grpc import CounterServicer
    class Counter(CounterServicer):
        def __init__(self):
            self.count = 0
        def Add(self, request, context):
            self.count += 1  # here
    """,
]
WIDER_GOOD = [
    """
    from flask import Flask
    app = Flask(__name__)
    @app.route("/")
    def index():
        served = 0
        served += 1
        return str(served)
    """,
    """
    import threading
    class Service:
        _instance = None
        _lock = threading.Lock()
        @staticmethod
        def get():
            with Service._lock:
                if Service._instance is None:
                    Service()
            return Service._instance
    """,
    """
    import threading
    class Client:
        def __init__(self):
            self._out = threading.Lock()
            self._last = 0
        def next_id(self):
            with self._out:
                self._last += 1
                return self._last
    """,
    """
    class Client:
        def __init__(self):
            self._last = 0
        def next_id(self):
            self._last += 1
            return self._last
    """,
    """
    from threading import Timer
    class Shipper:
        def __init__(self):
            self.size = 0
        def start(self):
            self.size += 1
            self.timer = Timer(5, self.flush)
        def flush(self):
            self.size = 0
    """,
    """
    import threading
    class Hub(threading.Thread):
        def __init__(self):
            super().__init__()
            self.clients = {}
            self.lock = threading.Lock()
        def run(self):
            with self.lock:
                for client in self.clients.values():
                    client.ping()
        def add(self, name, client):
            with self.lock:
                self.clients[name] = client
    """,
    """
    import threading
    class Hub(threading.Thread):
        def __init__(self):
            super().__init__()
            self.clients = {}
        def run(self):
            for client in list(self.clients.values()):
                client.ping()
        def add(self, name, client):
            self.clients[name] = client
    """,
    """
    class Stream:
        def __init__(self):
            self._rows = []
        def write(self, row):
            self._rows.append(row)
        def take(self):
            rows = self._rows
            self._rows = []
            return rows
    """,
    """
    import asyncio
    class Api:
        async def session(self):
            async with self._lock:
                if self._session is None:
                    self._session = await connect()
            return self._session
    """,
    """
    import asyncio
    class Request:
        async def form(self):
            if self._form is None:
                self._form = await self.parse()
            return self._form
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    import threading
    local = threading.local()
    def main(rows):
        def begin():
            local.repository = Repository("x")
        with ThreadPoolExecutor(4, initializer=begin) as pool:
            return list(pool.map(work, rows))
    """,
    """
    import multiprocessing
    def main(rows):
        def begin():
            global repository
            repository = Repository("x")
        with multiprocessing.Pool(4, initializer=begin) as pool:
            return pool.map(work, rows)
    """,
]


@pytest.mark.parametrize("source", WIDER_BAD)
def test_the_same_mistake_in_other_shapes_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", WIDER_GOOD)
def test_what_only_looks_like_these_shapes_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_two_threads_of_one_function_are_several() -> None:
    """Started one after the other, in a function or in the module itself."""
    for start in (
        "threading.Thread(target=refresh).start()\nthreading.Thread(target=refresh).start()\n",
        "def main():\n    a = threading.Thread(target=refresh)\n    b = threading.Thread(target=refresh)\n    a.start()\n    b.start()\n",
    ):
        source = f"import threading\ncache = {{}}\ndef refresh():\n    cache['x'] = cache.get('x', 0) + 1  # here\n{start}"
        assert found_lines(RULE, source) == marked_lines(source)


def test_one_thread_that_two_functions_may_start_is_not() -> None:
    source = """
    import threading
    cache = {}
    def refresh():
        cache["x"] = cache.get("x", 0) + 1
    def start():
        threading.Thread(target=refresh).start()
    def restart():
        threading.Thread(target=refresh).start()
    """
    assert found_lines(RULE, source) == []
