"""Waits for a coroutine that needs the loop that the wait blocks."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.rules.blocking_wait_in_coroutine import RULE

BAD = [
    """
    import asyncio
    class Bot:
        def __init__(self):
            self.loop = asyncio.get_running_loop()
        def say(self, text):
            future = asyncio.run_coroutine_threadsafe(self.send(text), self.loop)
            return future.result()
        async def on_message(self, text):
            self.say(text)  # here
    """,
    """
    import asyncio
    def call(coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, asyncio.get_running_loop()).result()
    async def main(work):
        return call(work())  # here
    """,
    """
    import asyncio
    async def main(work):
        loop = asyncio.get_running_loop()
        return asyncio.run_coroutine_threadsafe(work(), loop).result()  # here
    """,
]
GOOD = [
    """
    import asyncio
    class Bot:
        def __init__(self):
            self.loop = asyncio.get_running_loop()
        def say(self, text):
            return asyncio.run_coroutine_threadsafe(self.send(text), self.loop).result()
        async def on_message(self, text):
            await asyncio.to_thread(self.say, text)
    """,
    """
    import asyncio
    class Bot:
        def __init__(self):
            self.loop = asyncio.get_running_loop()
        def say(self, text):
            return asyncio.run_coroutine_threadsafe(self.send(text), self.loop)
        async def on_message(self, text):
            self.say(text)
    """,
    """
    import asyncio
    class Bot:
        def __init__(self):
            self.loop = asyncio.new_event_loop()
        def say(self, text):
            return asyncio.run_coroutine_threadsafe(self.send(text), self.loop).result()
        async def on_message(self, text):
            self.say(text)
    """,
    """
    import asyncio
    def call(coroutine, loop):
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result()
    async def main(work, other):
        return call(work(), other)
    """,
    """
    import asyncio
    def call(work):
        return asyncio.run_coroutine_threadsafe(work(), asyncio.get_running_loop()).result(timeout=5)
    async def main(work):
        return call(work)
    """,
    """
    import asyncio
    def call(work):
        loop = asyncio.get_running_loop()
        return asyncio.run_coroutine_threadsafe(work(), loop).result()
    def main(work):
        return call(work)
    """,
    """
    import asyncio
    async def main(work):
        loop = asyncio.get_running_loop()
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work(), loop))
    """,
]


@pytest.mark.parametrize("source", BAD)
def test_a_wait_that_stops_the_loop_it_waits_for_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_a_wait_in_another_thread_or_for_another_loop_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


@pytest.mark.parametrize(("source", "confidence"), list(zip(BAD, (Confidence.MEDIUM, Confidence.HIGH, Confidence.HIGH), strict=True)))
def test_it_is_an_error_that_says_that_neither_goes_on(source: str, confidence: Confidence) -> None:
    (found,) = findings(RULE, source)
    assert (found.severity, found.confidence) == (Severity.ERROR, confidence)
    assert "neither ever goes on" in found.message
