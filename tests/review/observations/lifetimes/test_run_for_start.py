"""`thread.run()` where `start` was meant."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.rules.missing_shutdown import RULE

BAD = [
    """
    import threading
    def main(work):
        thread = threading.Thread(target=work)
        thread.run()  # here
    """,
    """
    from multiprocessing import Process
    def main(work, rows):
        workers = [Process(target=work, args=(row,)) for row in rows]
        for worker in workers:
            worker.run()  # here
    """,
]
GOOD = [
    """
    import threading
    def main(work):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    """,
    """
    import threading
    class Job(threading.Thread):
        def run(self):
            super().run()
            self.done = True
        def again(self):
            self.run()
    """,
    """
    import threading
    class Job(threading.Thread):
        def run(self):
            self.done = True
    def main(plain):
        job = Job()
        job.run()
    """,
    """
    from tools import Thread
    def main(work):
        Thread(work).run()
    """,
]


@pytest.mark.parametrize("source", BAD)
def test_a_thread_that_is_run_where_it_should_be_started_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_a_thread_that_is_started_or_a_class_of_ones_own_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_it_is_certain() -> None:
    assert [(each.severity, each.confidence) for each in findings(RULE, BAD[0])] == [(Severity.WARNING, Confidence.HIGH)]
