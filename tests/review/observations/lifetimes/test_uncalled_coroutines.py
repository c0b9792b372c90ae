"""Async functions that are given as functions."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.rules.coroutine_never_awaited import RULE

BAD = [
    """
    from functools import lru_cache
    @lru_cache(maxsize=128)  # here
    async def user(key):
        return await load(key)
    """,
    """
    import functools
    class Shop:
        @functools.cache  # here
        async def user(self, key):
            return await load(key)
        @functools.cached_property  # here
        async def owner(self):
            return await load(1)
    """,
    """
    from functools import cache as keep
    @keep  # here
    async def rows():
        yield await load(1)
    """,
    """
    from functools import lru_cache
    async def user(key):
        return await load(key)
    quick = lru_cache(maxsize=8)(user)  # here
    """,
    """
    import atexit
    class Service:
        async def close(self):
            await self.server.close()
        def start(self):
            atexit.register(self.close)  # here
    """,
    """
    import atexit
    async def close(server):
        await server.close()
    def start(server):
        atexit.register(lambda: close(server))  # here
    """,
    """
    async def price(item):
        return await load(item)
    async def best(items):
        return max(items, key=price)  # here
    async def cheap(items):
        return list(filter(price, items))  # here
    """,
    """
    import asyncio
    async def main():
        await asyncio.sleep(1)
    async def other():
        await asyncio.wait_for(main, 3)  # here
        asyncio.ensure_future(main)  # here
        async with asyncio.TaskGroup() as group:
            group.create_task(main)  # here
    asyncio.run(main)  # here
    """,
    """
    import asyncio
    class Bot:
        async def serve(self):
            await asyncio.sleep(1)
        async def run(self):
            await asyncio.gather(self.serve, self.serve())  # here
    """,
]
GOOD = [
    """
    from functools import lru_cache
    @lru_cache(maxsize=128)
    def user(key):
        return load(key)
    """,
    """
    from functools import lru_cache
    from tools import as_task
    @lru_cache
    @as_task
    async def user(key):
        return await load(key)
    """,
    """
    from async_lru import alru_cache
    @alru_cache(maxsize=8)
    async def user(key):
        return await load(key)
    """,
    """
    from async_property import cached_property
    class Shop:
        @cached_property
        async def owner(self):
            return await load(1)
    """,
    """
    import asyncio, atexit
    async def close():
        await asyncio.sleep(0)
    def start():
        atexit.register(lambda: asyncio.run(close()))
        atexit.register(asyncio.run, close())
        atexit.register(print, "bye")
    """,
    """
    async def price(item):
        return await load(item)
    def cost(item):
        return item.cost
    async def best(items):
        prices = [await price(each) for each in items]
        return max(items, key=cost), max(prices), list(filter(cost, items))
    """,
    """
    from registry import register
    async def close(): ...
    register(close)
    """,
    """
    import asyncio
    async def main():
        await asyncio.sleep(1)
    async def other(work):
        await asyncio.wait_for(main(), 3)
        await asyncio.wait_for(work, 3)
        await asyncio.gather(*map(main, [1]))
    asyncio.run(main())
    """,
    """
    import trio, anyio
    async def main():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(main)
    trio.run(main)
    anyio.run(main)
    """,
    """
    import asyncio
    from tools import cli
    @cli
    async def main(): ...
    asyncio.run(main)
    """,
    """
    import asyncio
    from tools import task
    @(lambda work: task(work))
    async def main(): ...
    asyncio.run(main)
    """,
]


@pytest.mark.parametrize("source", BAD)
def test_an_async_function_that_is_not_called_or_kept_as_a_coroutine_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_a_function_that_somebody_awaits_or_that_is_none_of_these_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_a_cached_coroutine_is_an_error_that_names_the_function() -> None:
    (found,) = findings(RULE, "from functools import cache\n@cache\nasync def user(key):\n    return await load(key)\n")
    assert (found.severity, found.confidence) == (Severity.ERROR, Confidence.HIGH)
    assert "`user`" in found.message
    assert "RuntimeError" in found.message


def test_an_uncalled_function_of_another_module_is_known() -> None:
    source = "import asyncio\nfrom bot import serve\nasyncio.run(serve)\n"
    assert found_lines(RULE, source, others={"bot": "async def serve():\n    await tick()\n"}) == [3]
    assert found_lines(RULE, source, others={"bot": "def serve():\n    return tick()\n"}) == []
