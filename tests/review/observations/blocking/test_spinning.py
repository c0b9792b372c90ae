"""Loops that do nothing but look again."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.rules.sleep_polling import RULE

BAD = [
    """
    class Watch:
        def run(self):
            while self.running:  # here
                pass
    """,
    """
    import time
    def wait(seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:  # here
            pass
    """,
    """
    import time
    async def wait(seconds):
        end = time.time() + seconds
        while time.time() < end:  # here
            pass
    """,
    """
    def wait(thread, event, jobs):
        while thread.is_alive():  # here
            continue
        while not event.is_set():  # here
            ...
        while jobs.empty():  # here
            pass
    """,
    """
    import threading
    def main():
        threading.Thread(target=serve, daemon=True).start()
        while True:  # here
            pass
    """,
    """
    ready = [False]
    async def wait():
        while not ready[0]:  # here
            pass
    """,
]
GOOD = [
    """
    import time
    def wait(self):
        while self.step():
            pass
    """,
    """
    def drain(lines, source):
        while next(lines, None) is not None:
            pass
        while source.read(1) != b"x":
            pass
        while (chunk := source.read(8)):
            pass
    """,
    """
    class Parser:
        @property
        def advances(self):
            self.place += 1
            return self.place < 10
        def run(self):
            while self.advances:
                pass
    """,
    """
    async def drain(queue):
        while await queue.get():
            pass
    """,
    """
    def run(self):
        while self.running:
            self.work()
    """,
    """
    import threading
    def wait(event):
        while not event.wait(1):
            pass
    """,
    """
    def skip(tokens):
        while tokens[0] == "x" and tokens.pop(0):
            pass
    """,
]


@pytest.mark.parametrize("source", BAD)
def test_a_loop_that_does_nothing_until_a_condition_changes_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_a_loop_whose_condition_does_the_work_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


@pytest.mark.parametrize(("kind", "severity"), [("def", Severity.WARNING), ("async def", Severity.ERROR)])
def test_it_is_an_error_where_it_stops_an_event_loop(kind: str, severity: Severity) -> None:
    (found,) = findings(RULE, f"{kind} wait():\n    while not ready:\n        pass\n")
    assert found.severity is severity
    assert found.confidence is (Confidence.HIGH if severity is Severity.ERROR else Confidence.MEDIUM)
