"""Locks and semaphores that each call makes for itself."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.rules.unbounded_fan_out import RULE as FAN_OUT
from conc_advisor.review.rules.unlocked_shared_state import RULE

BAD = [
    """
    import threading
    def add(n):
        lock = threading.Lock()  # here
        with lock:
            save(n)
    """,
    """
    import asyncio
    class Shop:
        async def add(self, n):
            lock = asyncio.Lock()  # here
            async with lock:
                await self.save(n)
    """,
    """
    from threading import RLock
    def add(n):
        with RLock():  # here
            save(n)
    """,
]
GOOD = [
    """
    import threading
    lock = threading.Lock()
    def add(n):
        with lock:
            save(n)
    """,
    """
    import threading
    def main(rows):
        lock = threading.Lock()
        def add(n):
            with lock:
                save(n)
        with lock:
            start(add, rows)
    """,
    """
    import threading
    def main(rows):
        lock = threading.Lock()
        with lock:
            start(rows, lock)
    """,
    """
    import threading
    class Shop:
        def _lock_of(self, key):
            lock = self._locks[key] = threading.Lock()
            with lock:
                return load(key)
    """,
    """
    import threading
    class Shop:
        def add(self, key):
            lock = threading.Lock()
            self._locks[key] = lock
            with lock:
                return load(key)
    """,
    """
    import threading
    lock = None
    def add(n):
        global lock
        lock = threading.Lock()
        with lock:
            save(n)
    """,
    """
    import threading
    def add(n, lock=None):
        lock = lock or threading.Lock()
        with lock:
            save(n)
    """,
    """
    import threading
    def make():
        lock = threading.Lock()
        return lock
    """,
    """
    import threading
    def add(locks, key):
        lock = locks.setdefault(key, threading.Lock())
        with lock:
            save(key)
    """,
]


@pytest.mark.parametrize("source", BAD)
def test_a_lock_that_only_its_own_call_takes_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_a_lock_that_others_can_reach_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


LIMITS = [
    """
    import asyncio
    async def fetch(client, url):
        limit = asyncio.Semaphore(10)  # here
        async with limit:
            return await client.get(url)
    """,
    """
    import threading
    def fetch(url):
        with threading.BoundedSemaphore(3):  # here
            return load(url)
    """,
]


@pytest.mark.parametrize("source", LIMITS)
def test_a_semaphore_that_only_its_own_call_enters_is_found(source: str) -> None:
    assert found_lines(FAN_OUT, source) == marked_lines(source)
    assert [(each.severity, each.confidence) for each in findings(FAN_OUT, source)] == [(Severity.WARNING, Confidence.HIGH)]


@pytest.mark.parametrize("source", [each.replace("Lock()", "Semaphore(3)") for each in GOOD])
def test_a_semaphore_that_others_can_reach_is_left_alone(source: str) -> None:
    assert found_lines(FAN_OUT, source) == []


def test_a_semaphore_is_not_told_of_beside_the_work_that_it_does_not_limit() -> None:
    source = LIMITS[0].replace("  # here", "") + (
        "async def main(client, urls):\n        return await asyncio.gather(*[fetch(client, url) for url in urls])  # here\n    "
    ).replace("async def main", "async def main", 1)
    assert found_lines(FAN_OUT, source) == marked_lines(source)
