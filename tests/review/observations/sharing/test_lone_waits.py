"""Waits for a condition in an `if`."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.rules.unlocked_shared_state import RULE

BAD = [
    """
    import threading
    class Box:
        def __init__(self):
            self.ready = threading.Condition()
            self.items = []
        def get(self):
            with self.ready:
                if not self.items:
                    self.ready.wait()  # here
                return self.items.pop()
    """,
    """
    import asyncio
    ready = asyncio.Condition()
    async def get(items):
        async with ready:
            if not items:
                await ready.wait()  # here
            return items.pop()
    """,
]
GOOD = [
    """
    import threading
    class Box:
        def __init__(self):
            self.ready = threading.Condition()
        def get(self):
            with self.ready:
                while not self.items:
                    self.ready.wait()
                return self.items.pop()
    """,
    """
    import threading
    class Box:
        def __init__(self):
            self.ready = threading.Condition()
        def get(self):
            with self.ready:
                self.ready.wait_for(lambda: self.items)
                return self.items.pop()
    """,
    """
    import threading
    class Box:
        def __init__(self):
            self.ready = threading.Condition()
        def get(self):
            with self.ready:
                if not self.items:
                    self.ready.wait(3)
                if not self.items:
                    raise TimeoutError
                return self.items.pop()
    """,
    """
    import threading
    class Box:
        def __init__(self):
            self.ready = threading.Condition()
        def get(self):
            with self.ready:
                if not self.items:
                    self.ready.wait()
                if not self.items:
                    return None
                return self.items.pop()
    """,
    """
    import threading
    class Box:
        def __init__(self):
            self.ready = threading.Event()
        def get(self):
            if not self.items:
                self.ready.wait()
            return self.items.pop()
    """,
    """
    import threading
    ready = threading.Condition()
    def get(items):
        with ready:
            if not items:
                ready.wait(3)
            return items.pop() if items else None
    """,
    """
    import threading
    ready = threading.Condition()
    def drain(items):
        while True:
            with ready:
                if not items:
                    ready.wait()
                for each in take(items):
                    use(each)
    """,
]


@pytest.mark.parametrize("source", BAD)
def test_a_wait_whose_reason_is_looked_at_once_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_a_wait_whose_reason_is_looked_at_again_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_the_advice_has_the_condition_of_this_place() -> None:
    (found,) = findings(RULE, BAD[0])
    assert (found.severity, found.confidence) == (Severity.WARNING, Confidence.HIGH)
    assert "`while not self.items:`" in found.advice
