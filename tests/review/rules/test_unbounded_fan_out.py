"""CA401."""

from textwrap import dedent

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Severity
from conc_advisor.review.rules.unbounded_fan_out import RULE

FETCH = """
import asyncio, httpx
async def fetch(client: httpx.AsyncClient, url):
    return await client.get(url)
"""
BAD = [
    "async def main(client, urls):\n    return await asyncio.gather(*[fetch(client, url) for url in urls])  # here\n",
    """
    async def main(client, urls):
        return await asyncio.gather(*(fetch(client, url) for url in urls), return_exceptions=True)  # here
    """,
    "async def main(client, urls):\n    tasks = [fetch(client, url) for url in urls]\n    return await asyncio.gather(*tasks)  # here\n",
    """
    async def main(client, urls):
        tasks = []
        for url in urls:
            tasks.append(fetch(client, url))
        return await asyncio.gather(*tasks)  # here
    """,
    """
    async def main(client, urls):
        tasks = []
        for url in urls:
            tasks.append(asyncio.create_task(fetch(client, url)))  # here
        return await asyncio.gather(*tasks)
    """,
    """
    async def main(client, urls):
        async with asyncio.TaskGroup() as group:
            for url in urls:
                group.create_task(fetch(client, url))  # here
    """,
    """
    async def main(client, urls):
        for each in asyncio.as_completed([fetch(client, url) for url in urls]):  # here
            print(await each)
    """,
    """
    async def main(client, limit, since, now, step):
        return await asyncio.gather(*[fetch(client, at) for at in range(since, now, step)])  # here
    """,
    """
    async def main(client, urls):
        async with asyncio.Semaphore(5):
            return await asyncio.gather(*[fetch(client, url) for url in urls])  # here
    """,
    """
    async def serve(client, reader):
        tasks = set()
        async for line in reader:
            tasks.add(asyncio.create_task(fetch(client, line)))  # here
    """,
    """
    async def serve(client, jobs):
        tasks = set()
        while True:
            job = await jobs.get()
            tasks.add(asyncio.create_task(fetch(client, job)))  # here
    """,
    """
    import requests, threading
    def get(url):
        requests.get(url, timeout=3)
    def main(urls):
        for url in urls:
            threading.Thread(target=get, args=(url,)).start()  # here
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def main(work, urls):
        with ThreadPoolExecutor(max_workers=len(urls)) as pool:  # here
            return list(pool.map(work, urls))
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def main(path, work):
        with open(path) as lines, ThreadPoolExecutor(8) as pool:
            return [each.result() for each in [pool.submit(work, line) for line in lines]]  # here
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def main(path, work):
        with open(path) as lines, ThreadPoolExecutor(8) as pool:
            return sum(pool.map(work, lines))  # here
    """,
]
GOOD = [
    """
    gate = asyncio.Semaphore(5)
    async def one(client, line):
        async with gate:
            await fetch(client, line)
    async def main(client, reader):
        async for line in reader:
            asyncio.create_task(one(client, line))
    """,
    "async def main(client, a, b):\n    return await asyncio.gather(fetch(client, a), fetch(client, b))\n",
    "async def main(client):\n    return await asyncio.gather(*[fetch(client, url) for url in ('/a', '/b')])\n",
    "URLS = ['/a', '/b']\nasync def main(client):\n    return await asyncio.gather(*[fetch(client, url) for url in URLS])\n",
    "async def main(client, urls):\n    return await asyncio.gather(*[fetch(client, url) for url in urls[:10]])\n",
    "async def main(client, batch):\n    return await asyncio.gather(*[fetch(client, url) for url in batch])\n",
    """
    async def main(client, urls):
        for start in range(0, len(urls), 10):
            part = urls[start : start + 10]
            await asyncio.gather(*[fetch(client, url) for url in part])
    """,
    """
    async def main(client, urls):
        sem = asyncio.Semaphore(5)
        async def one(url):
            async with sem:
                return await fetch(client, url)
        return await asyncio.gather(*[one(url) for url in urls])
    """,
    """
    async def main(client, urls, fetch_with):
        limit = asyncio.Semaphore(5)
        return await asyncio.gather(*[fetch_with(limit, client, url) for url in urls])
    """,
    """
    class Api:
        def __init__(self):
            self.sem = asyncio.Semaphore(5)
        async def get(self, client, url):
            async with self.sem:
                return await fetch(client, url)
        async def main(self, client, urls):
            return await asyncio.gather(*[self.get(client, url) for url in urls])
    """,
    "async def main(client):\n    return await asyncio.gather(*[fetch(client, '/') for _ in range(8)])\n",
    "async def main(connections):\n    await asyncio.gather(*[each.close() for each in connections])\n",
    """
    async def main(client, reader, sem):
        async for line in reader:
            await sem.acquire()
            asyncio.create_task(fetch(client, line))
    """,
    """
    async def main(client, jobs):
        tasks = set()
        while True:
            job = await jobs.get()
            if len(tasks) > 10:
                await asyncio.wait(tasks)
            tasks.add(asyncio.create_task(fetch(client, job)))
    """,
    "async def main(server, talk):\n    while True:\n        tasks = [asyncio.create_task(talk(await server.accept()))]\n",
    """
    from concurrent.futures import ThreadPoolExecutor
    def main(urls, work):
        with ThreadPoolExecutor(8) as pool:
            return [each.result() for each in [pool.submit(work, url) for url in urls]]
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def main(urls, work):
        with ThreadPoolExecutor(max_workers=min(8, len(urls))) as pool:
            return list(pool.map(work, urls))
    """,
    "import threading\ndef main(work, count):\n    for _ in range(count):\n        threading.Thread(target=work).start()\n",
]


@pytest.mark.parametrize("source", BAD)
def test_work_for_each_of_any_number_of_elements_is_found(source: str) -> None:
    assert found_lines(RULE, FETCH + dedent(source)) == marked_lines(FETCH + dedent(source))
    assert {each.severity for each in findings(RULE, FETCH + dedent(source))} == {Severity.WARNING}


@pytest.mark.parametrize("source", GOOD)
def test_work_with_a_limit_or_for_a_handful_is_left_alone(source: str) -> None:
    assert found_lines(RULE, FETCH + dedent(source)) == []


def test_work_that_speaks_to_nobody_is_told_at_severity_info() -> None:
    source = (
        "import asyncio\n"
        "async def add(a):\n"
        "    await asyncio.sleep(0)\n"
        "    return a\n"
        "async def main(values):\n"
        "    return await asyncio.gather(*[add(each) for each in values])\n"
    )
    assert [each.severity for each in findings(RULE, source)] == [Severity.INFO]


def test_a_semaphore_that_the_work_enters_in_another_module_counts() -> None:
    body = "    async with gate:\n        return await client.get(url)\n"
    limited = {"api": f"import asyncio\ngate = asyncio.Semaphore(5)\nasync def fetch(client, url):\n{body}"}
    source = (
        "import asyncio\n"
        "from api import fetch\n"
        "async def main(client, urls):\n"
        "    return await asyncio.gather(*[fetch(client, url) for url in urls])\n"
    )
    assert found_lines(RULE, source, others={"api": limited["api"].replace(body, "    return await client.get(url)\n")}) == [4]
    assert found_lines(RULE, source, others=limited) == []
