"""Plain statements that take what only async ones can, and the other way round."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.rules.coroutine_never_awaited import RULE

BAD = [
    """
    async def rows():
        yield 1
    async def use():
        for row in rows():  # here
            print(row)
    """,
    """
    class Shop:
        async def rows(self):
            yield await self.load()
        def use(self):
            for row in self.rows():  # here
                print(row)
    """,
    """
    async def rows():
        return await load()
    async def use():
        async for row in rows():  # here
            print(row)
    """,
    """
    import asyncio
    lock = asyncio.Lock()
    async def use():
        with lock:  # here
            await save()
    """,
    """
    import asyncio
    class Shop:
        def __init__(self):
            self._limit = asyncio.Semaphore(3)
        async def use(self):
            with self._limit:  # here
                await save()
    """,
    """
    import threading
    class Shop:
        def __init__(self):
            self._lock = threading.Lock()
        async def use(self):
            async with self._lock:  # here
                await save()
    """,
    """
    async def price(item):
        return await load(item)
    async def total(items):
        return sum(price(each) for each in items)  # here
    """,
    """
    async def ok(item):
        return await load(item)
    async def check(items):
        if any([ok(each) for each in items]):  # here
            return sorted(map(ok, items))  # here
    """,
    """
    import asyncio
    async def work():
        await asyncio.sleep(1)
    async def main(items):
        await asyncio.wait([work(), work()])  # here
        await asyncio.wait({work() for _ in items}, timeout=3)  # here
        jobs = [work() for _ in items]
        done, pending = await asyncio.wait(jobs)  # here
    """,
]
GOOD = [
    """
    async def rows():
        yield 1
    async def use():
        async for row in rows():
            print(row)
    """,
    """
    def rows():
        yield 1
    async def use():
        for row in rows():
            print(row)
    """,
    """
    async def rows():
        return [1]
    async def use():
        for row in await rows():
            print(row)
    """,
    """
    from contextlib import asynccontextmanager
    from streams import as_plain
    @as_plain
    async def rows():
        yield 1
    for row in rows():
        print(row)
    """,
    """
    class Base:
        async def rows(self):
            raise NotImplementedError
        async def use(self):
            async for row in self.rows():
                print(row)
    """,
    """
    class Base:
        def rows(self):
            return Stream()
        async def use(self):
            async for row in self.rows():
                print(row)
    """,
    """
    import asyncio, threading
    class Shop:
        def __init__(self):
            self._lock = asyncio.Lock()
            self._plain = threading.RLock()
        async def use(self):
            async with self._lock:
                with self._plain:
                    self.count += 1
    """,
    """
    import asyncio, threading
    class Shop:
        def __init__(self, plain):
            if plain:
                self._lock = threading.Lock()
            else:
                self._lock = asyncio.Lock()
        def use(self):
            with self._lock:
                save()
        async def use_async(self):
            async with self._lock:
                await save()
    """,
    """
    import asyncio, threading
    def use(lock: threading.Lock | asyncio.Lock):
        with lock:
            save()
    async def use_async(lock: threading.Lock | asyncio.Lock):
        async with lock:
            await save()
    """,
    """
    import asyncio
    async def price(item):
        return await load(item)
    async def total(items):
        prices = await asyncio.gather(*[price(each) for each in items])
        return sum(prices), sum([await price(each) for each in items]), any(each for each in prices)
    """,
    """
    import asyncio
    async def work():
        await asyncio.sleep(1)
    async def main(items, jobs):
        await asyncio.wait([asyncio.create_task(work())])
        await asyncio.wait({asyncio.ensure_future(work()) for _ in items})
        await asyncio.wait(jobs)
        await event.wait([work()])
    """,
]


@pytest.mark.parametrize("source", BAD)
def test_what_takes_a_thing_of_the_other_kind_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_what_fits_or_may_be_of_either_kind_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


@pytest.mark.parametrize(
    ("python", "severity"), [(8, Severity.WARNING), (10, Severity.WARNING), (11, Severity.ERROR), (14, Severity.ERROR)]
)
def test_waiting_for_coroutines_is_an_error_where_python_refuses_it(python: int, severity: Severity) -> None:
    source = "import asyncio\nasync def work():\n    await tick()\nasync def main():\n    await asyncio.wait([work()])\n"
    assert [(each.severity, each.confidence) for each in findings(RULE, source, python=python)] == [(severity, Confidence.HIGH)]
