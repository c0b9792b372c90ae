"""CA208."""

import pytest
from review_builder import found_lines, marked_lines

from conc_advisor.review.rules.signal_not_waited_for import RULE

BAD = [
    """
    import signal, threading, time
    stop = threading.Event()
    def on_term(number, frame):
        stop.set()
    def main():
        signal.signal(signal.SIGTERM, on_term)
        while True:  # here
            time.sleep(60)
    """,
    """
    import signal, time
    running = True
    def on_term(number, frame):
        global running
        running = False
    def main():
        signal.signal(signal.SIGTERM, on_term)
        while running:  # here
            print("work")
            time.sleep(30)
    """,
    """
    import asyncio, signal
    async def main():
        stop = asyncio.Event()
        signal.signal(signal.SIGTERM, lambda number, frame: stop.set())  # here
        await stop.wait()
    """,
    """
    import asyncio, signal
    async def main():
        loop = asyncio.get_running_loop()
        def on_term(number, frame):
            loop.stop()
        signal.signal(signal.SIGTERM, on_term)  # here
    """,
]
GOOD = [
    """
    import signal, threading
    stop = threading.Event()
    def main():
        signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
        while not stop.wait(60):
            print("work")
    """,
    """
    import signal, threading, time
    stop = threading.Event()
    def main():
        signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
        while not stop.is_set():
            time.sleep(0.5)
    """,
    """
    import signal, sys, time
    def on_term(number, frame):
        sys.exit(0)
    def main():
        signal.signal(signal.SIGTERM, on_term)
        while True:
            time.sleep(60)
    """,
    """
    import signal, sys, threading, time
    stop = threading.Event()
    def on_term(number, frame):
        stop.set()
        sys.exit(0)
    def main():
        signal.signal(signal.SIGTERM, on_term)
        while True:
            time.sleep(60)
    """,
    """
    import signal, time
    def on_term(number, frame):
        raise KeyboardInterrupt
    def main():
        signal.signal(signal.SIGTERM, on_term)
        while True:
            time.sleep(60)
    """,
    """
    import signal, threading, time
    stop = threading.Event()
    def main():
        signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
        while True:
            if stop.is_set():
                break
            time.sleep(60)
    """,
    """
    import time
    def main():
        while True:
            time.sleep(60)
    """,
    """
    import asyncio, signal
    async def main():
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        try:
            loop.add_signal_handler(signal.SIGTERM, stop.set)
        except NotImplementedError:
            signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
        await stop.wait()
    """,
    """
    import signal, threading
    def main():
        stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
        stop.wait()
    """,
]


@pytest.mark.parametrize("source", BAD)
def test_a_loop_that_sleeps_on_after_a_signal_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_a_loop_that_the_signal_ends_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []
