"""CA401."""

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
    "async def main(client, urls):\n    return await asyncio.gather(*(fetch(client, url) for url in urls), return_exceptions=True)  # here\n",
    "async def main(client, urls):\n    tasks = [fetch(client, url) for url in urls]\n    return await asyncio.gather(*tasks)  # here\n",
    "async def main(client, urls):\n    tasks = []\n    for url in urls:\n        tasks.append(fetch(client, url))\n    return await asyncio.gather(*tasks)  # here\n",
    "async def main(client, urls):\n    tasks = []\n    for url in urls:\n        tasks.append(asyncio.create_task(fetch(client, url)))  # here\n    return await asyncio.gather(*tasks)\n",
    "async def main(client, urls):\n    async with asyncio.TaskGroup() as group:\n        for url in urls:\n            group.create_task(fetch(client, url))  # here\n",
    "async def main(client, urls):\n    for each in asyncio.as_completed([fetch(client, url) for url in urls]):  # here\n        print(await each)\n",
    "async def main(client, limit, since, now, step):\n    return await asyncio.gather(*[fetch(client, at) for at in range(since, now, step)])  # here\n",
    "async def main(client, urls):\n    async with asyncio.Semaphore(5):\n        return await asyncio.gather(*[fetch(client, url) for url in urls])  # here\n",
    "async def serve(client, reader):\n    tasks = set()\n    async for line in reader:\n        tasks.add(asyncio.create_task(fetch(client, line)))  # here\n",
    "async def serve(client, jobs):\n    tasks = set()\n    while True:\n        job = await jobs.get()\n        tasks.add(asyncio.create_task(fetch(client, job)))  # here\n",
    "import requests, threading\ndef get(url):\n    requests.get(url, timeout=3)\ndef main(urls):\n    for url in urls:\n        threading.Thread(target=get, args=(url,)).start()  # here\n",
    "from concurrent.futures import ThreadPoolExecutor\ndef main(work, urls):\n    with ThreadPoolExecutor(max_workers=len(urls)) as pool:  # here\n        return list(pool.map(work, urls))\n",
    "from concurrent.futures import ThreadPoolExecutor\ndef main(path, work):\n    with open(path) as lines, ThreadPoolExecutor(8) as pool:\n        return [each.result() for each in [pool.submit(work, line) for line in lines]]  # here\n",
    "from concurrent.futures import ThreadPoolExecutor\ndef main(path, work):\n    with open(path) as lines, ThreadPoolExecutor(8) as pool:\n        return sum(pool.map(work, lines))  # here\n",
]
GOOD = [
    "async def main(client, a, b):\n    return await asyncio.gather(fetch(client, a), fetch(client, b))\n",
    "async def main(client):\n    return await asyncio.gather(*[fetch(client, url) for url in ('/a', '/b')])\n",
    "URLS = ['/a', '/b']\nasync def main(client):\n    return await asyncio.gather(*[fetch(client, url) for url in URLS])\n",
    "async def main(client, urls):\n    return await asyncio.gather(*[fetch(client, url) for url in urls[:10]])\n",
    "async def main(client, batch):\n    return await asyncio.gather(*[fetch(client, url) for url in batch])\n",
    "async def main(client, urls):\n    for start in range(0, len(urls), 10):\n        part = urls[start : start + 10]\n        await asyncio.gather(*[fetch(client, url) for url in part])\n",
    "async def main(client, urls):\n    sem = asyncio.Semaphore(5)\n    async def one(url):\n        async with sem:\n            return await fetch(client, url)\n    return await asyncio.gather(*[one(url) for url in urls])\n",
    "async def main(client, urls, fetch_with):\n    limit = asyncio.Semaphore(5)\n    return await asyncio.gather(*[fetch_with(limit, client, url) for url in urls])\n",
    "class Api:\n    def __init__(self):\n        self.sem = asyncio.Semaphore(5)\n    async def get(self, client, url):\n        async with self.sem:\n            return await fetch(client, url)\n    async def main(self, client, urls):\n        return await asyncio.gather(*[self.get(client, url) for url in urls])\n",
    "async def main(client):\n    return await asyncio.gather(*[fetch(client, '/') for _ in range(8)])\n",
    "async def main(connections):\n    await asyncio.gather(*[each.close() for each in connections])\n",
    "async def main(client, reader, sem):\n    async for line in reader:\n        await sem.acquire()\n        asyncio.create_task(fetch(client, line))\n",
    "async def main(client, jobs):\n    tasks = set()\n    while True:\n        job = await jobs.get()\n        if len(tasks) > 10:\n            await asyncio.wait(tasks)\n        tasks.add(asyncio.create_task(fetch(client, job)))\n",
    "async def main(server, talk):\n    while True:\n        tasks = [asyncio.create_task(talk(await server.accept()))]\n",
    "from concurrent.futures import ThreadPoolExecutor\ndef main(urls, work):\n    with ThreadPoolExecutor(8) as pool:\n        return [each.result() for each in [pool.submit(work, url) for url in urls]]\n",
    "from concurrent.futures import ThreadPoolExecutor\ndef main(urls, work):\n    with ThreadPoolExecutor(max_workers=min(8, len(urls))) as pool:\n        return list(pool.map(work, urls))\n",
    "import threading\ndef main(work, count):\n    for _ in range(count):\n        threading.Thread(target=work).start()\n",
]


@pytest.mark.parametrize("source", BAD)
def test_work_for_each_of_any_number_of_elements_is_found(source: str) -> None:
    assert found_lines(RULE, FETCH + source) == marked_lines(FETCH + source)
    assert {each.severity for each in findings(RULE, FETCH + source)} == {Severity.WARNING}


@pytest.mark.parametrize("source", GOOD)
def test_work_with_a_limit_or_for_a_handful_is_left_alone(source: str) -> None:
    assert found_lines(RULE, FETCH + source) == []


def test_work_that_speaks_to_nobody_is_told_at_severity_info() -> None:
    source = "import asyncio\nasync def add(a):\n    await asyncio.sleep(0)\n    return a\nasync def main(values):\n    return await asyncio.gather(*[add(each) for each in values])\n"
    assert [each.severity for each in findings(RULE, source)] == [Severity.INFO]


def test_a_semaphore_that_the_work_enters_in_another_module_counts() -> None:
    body = "    async with gate:\n        return await client.get(url)\n"
    limited = {"api": f"import asyncio\ngate = asyncio.Semaphore(5)\nasync def fetch(client, url):\n{body}"}
    source = "import asyncio\nfrom api import fetch\nasync def main(client, urls):\n    return await asyncio.gather(*[fetch(client, url) for url in urls])\n"
    assert found_lines(RULE, source, others={"api": limited["api"].replace(body, "    return await client.get(url)\n")}) == [4]
    assert found_lines(RULE, source, others=limited) == []
