"""CA502."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Severity
from conc_advisor.review.rules.lock_order import RULE

TWO = """
import threading
first = threading.Lock()
second = threading.Lock()
"""
PAIR = """
import threading
class Store:
    def __init__(self):
        self._items = threading.Lock()
        self._index = threading.Lock()
"""
OWN = """
import threading
class Store:
    def __init__(self):
        self.lock = threading.Lock()
"""
BAD = [
    f"""{TWO}def f():
    with first:
        with second:  # here
            pass
def g():
    with second, first:  # here
        pass
""",
    f"""{PAIR}
    def add(self):
        with self._items:
            self._reindex()  # here
    def _reindex(self):
        with self._index:
            pass
    def remove(self):
        with self._index:
            with self._items:  # here
                pass
""",
    f"""{OWN}
    def read(self):
        with self.lock:
            self.setup()  # here
    def setup(self):
        with self.lock:
            pass
""",
    f"{OWN}    def read(self):\n        with self.lock:\n            with self.lock:  # here\n                pass\n",
    f"{OWN}    def read(self):\n        with self.lock:\n            self.lock.acquire()  # here\n",
    f"{TWO}def f():\n    with first:\n        g()  # here\ndef g():\n    h()\ndef h():\n    with first:\n        pass\n",
    f"""{TWO}
third = threading.Lock()
def f():
    with first, second:  # here
        pass
def g():
    with second, third:  # here
        pass
def h():
    with third, first:  # here
        pass
""",
]
GOOD = [
    f"{TWO}def f():\n    with first:\n        with second:\n            pass\ndef g():\n    with first, second:\n        pass\n",
    f"{TWO}def f():\n    with first:\n        pass\n    with second:\n        pass\ndef g():\n    with second, first:\n        pass\n",
    f"{TWO}def f():\n    with first, second:\n        pass\ndef g():\n    with second:\n        first.acquire(timeout=1)\n",
    f"""{OWN.replace("Lock()", "RLock()")}    def read(self):
        with self.lock:
            self.setup()
    def setup(self):
        with self.lock:
            pass
""",
    f"""{OWN}    def read(self, other: 'Store'):
        with self.lock:
            other.setup()
    def setup(self):
        with self.lock:
            pass
""",
    f"{OWN}    def move(self, other: 'Store'):\n        with self.lock:\n            with other.lock:\n                pass\n",
    f"""{OWN}    def read(self):
        with self.lock:
            pass
        self.setup()
    def setup(self):
        with self.lock:
            pass
""",
    f"""{OWN}    def read(self):
        with self.lock:
            self.setup(locked=True)
    def setup(self, locked=False):
        with self.lock:
            pass
""",
    f"""{OWN}    def read(self):
        with self.lock:
            self.lock.release()
            self.setup()
    def setup(self):
        with self.lock:
            pass
""",
    f"""{OWN}
    def read(self):
        with self.lock:
            self.queue()
    def queue(self):
        if self.lock.acquire(False):
            self.lock.release()
            self.setup()
    def setup(self):
        with self.lock:
            pass
""",
    f"""{TWO}
gate = threading.Lock()
def f():
    with gate:
        with first, second:
            pass
def g():
    with gate:
        with second, first:
            pass
""",
    """
import threading
class Store:
    def __init__(self):
        self.lock = threading.Lock()
        self.ready = threading.Condition(self.lock)
    def put(self):
        with self.lock:
            with self.ready:
                pass
    def get(self):
        with self.ready:
            with self.lock:
                pass
""",
    f"""{OWN}    def read(self):
        with self.lock:
            return self.rows()
    def rows(self):
        with self.lock:
            yield 1
""",
    f"""{OWN}    def read(self, pool):
        with self.lock:
            pool.submit(self.setup)
    def setup(self):
        with self.lock:
            pass
""",
]


@pytest.mark.parametrize("source", BAD)
def test_a_circle_of_locks_and_a_lock_taken_again_by_its_holder_are_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_one_order_other_objects_and_waits_with_an_end_are_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


AIO = """
import asyncio
class Store:
    def __init__(self):
        self.lock = asyncio.Lock()
    async def get(self):
        async with self.lock:
            return 1
    async def outer(self):
        return await self.get()
"""


@pytest.mark.parametrize("method", ["get", "outer"])
def test_an_asyncio_lock_that_an_awaited_own_method_enters_again_is_found(method: str) -> None:
    source = f"{AIO}    async def read(self):\n        async with self.lock:\n            await self.{method}()  # here\n"
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize(
    "body",
    [
        "        async with self.lock:\n            pass\n        await self.get()\n",
        "        async with self.lock:\n            asyncio.create_task(self.get())\n",
        "        async with self.lock:\n            await other.get()\n",
        "        async with self.other:\n            await self.get()\n",
    ],
)
def test_an_asyncio_lock_of_another_object_or_entered_afterwards_is_left_alone(body: str) -> None:
    assert found_lines(RULE, f"{AIO}    async def read(self, other: 'Store'):\n{body}") == []


def test_the_other_order_may_stand_in_another_module() -> None:
    locks = f"{TWO}def g():\n    with second:\n        with first:\n            pass\n"
    source = "from locks import first, second\ndef f():\n    with first:\n        with second:  # here\n            pass\n"
    assert found_lines(RULE, source, others={"locks": locks}) == marked_lines(source)


def test_a_lock_of_a_base_class_in_another_module_is_the_same_lock() -> None:
    base = f"{OWN}    def setup(self):\n        with self.lock:\n            pass\n"
    source = (
        "from base import Store\nclass Orders(Store):\n    def read(self):\n        with self.lock:\n            self.setup()  # here\n"
    )
    assert found_lines(RULE, source, others={"base": base}) == marked_lines(source)


def test_the_steps_lead_to_where_the_lock_is_taken() -> None:
    finding = findings(RULE, BAD[5])[0]
    assert finding.severity is Severity.ERROR
    assert [step.text for step in finding.steps] == ["f() calls g()", "g() calls h()", "h() takes first"]


WIDER_BAD = [
    """
    import threading
    class Registry:
        def __init__(self):
            self._lock = threading.Lock()
            self.handlers = []
        def fire(self, event):
            with self._lock:
                for handler in list(self.handlers):
                    handler(event)  # here
    """,
    """
    import threading
    class App:
        def __init__(self):
            self._mutex = threading.Lock()
            self.on_ready = None
        def finish(self):
            with self._mutex:
                self.on_ready.send(sender=self)  # here
    """,
    """
    import threading
    class Pool:
        def __init__(self):
            self._lock = threading.Lock()
            self._items = []
        @property
        def size(self):
            with self._lock:
                return len(self._items)
        def put(self, item):
            with self._lock:
                if self.size < 10:  # here
                    self._items.append(item)
    """,
    """
    import signal, threading
    lock = threading.Lock()
    def handle(signum, frame):
        with lock:  # here
            save()
    def work():
        with lock:
            save()
    signal.signal(signal.SIGTERM, handle)
    """,
    """
    import threading
    lock = threading.Lock()
    class Handle:
        def __del__(self):
            with lock:  # here
                forget(self)
    def work():
        with lock:
            save()
    """,
    """
    import asyncio
    class Maker:
        async def limited(self, sem, func, *args, **options):
            async with sem:
                return await func(*args, **options)
        async def all(self, rows):
            sem = asyncio.Semaphore(4)
            return [await self.limited(sem, self.one, sem=sem) for row in rows]  # here
    """,
    """
    import asyncio
    async def inner(limit, row):
        async with limit:
            return await load(row)
    async def outer(rows):
        limit = asyncio.Semaphore(4)
        async with limit:
            return [await inner(limit, row) for row in rows]  # here
    """,
]
WIDER_GOOD = [
    """
    import threading
    class Registry:
        def __init__(self):
            self._lock = threading.Lock()
            self.handlers = []
        def fire(self, event):
            with self._lock:
                handlers = list(self.handlers)
            for handler in handlers:
                handler(event)
    """,
    """
    import threading
    class Registry:
        def __init__(self):
            self._lock = threading.Lock()
        def fire(self, event):
            with self._lock:
                self.on_event(event)
        def on_event(self, event):
            self.last = event
    """,
    """
    import threading
    class Pool:
        def __init__(self):
            self._lock = threading.RLock()
            self._items = []
        @property
        def size(self):
            with self._lock:
                return len(self._items)
        def put(self, item):
            with self._lock:
                if self.size < 10:
                    self._items.append(item)
    """,
    """
    import threading
    class Pool:
        def __init__(self):
            self._lock = threading.Lock()
        def close(self):
            with self._lock:
                self.closed = True
        def __del__(self):
            with self._lock:
                self.closed = True
    """,
    """
    import signal, threading
    lock = threading.RLock()
    def handle(signum, frame):
        with lock:
            save()
    def work():
        with lock:
            save()
    signal.signal(signal.SIGTERM, handle)
    """,
    """
    import asyncio
    async def inner(limit, row):
        async with limit:
            return await load(row)
    async def outer(rows):
        limit = asyncio.Semaphore(4)
        return [await inner(limit, row) for row in rows]
    """,
    """
    import threading
    class Wallet:
        def __init__(self):
            self.lock = threading.RLock()
            self.rows_lock = threading.RLock()
        def height(self):
            with self.lock:
                return self._height
        def add(self):
            with self.lock:
                with self.rows_lock:
                    pass
        def paid(self):
            with self.lock, self.rows_lock:
                return self.height()
    """,
]


@pytest.mark.parametrize("source", WIDER_BAD)
def test_the_same_mistake_in_other_shapes_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", WIDER_GOOD)
def test_what_only_looks_like_these_shapes_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []
