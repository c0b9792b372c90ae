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
