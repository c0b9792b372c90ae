"""CA401 in the many ways in which the mistake is written."""

import pytest
from review_builder import found_lines, marked_lines

from conc_advisor.review.rules.unbounded_fan_out import RULE

BAD = [
    """
    from app.parallel import run_in_parallel
    def f(chunks):
        run_in_parallel([(assign, (c,)) for c in chunks])  # here
    """,
    """
    import asyncio
    class A:
        async def run(self, prompts):
            return await asyncio.gather(*[self.llm.generate(p) for p in prompts])  # here
    """,
    """
    import asyncio
    async def run(client, urls):
        return await asyncio.gather(*map(client.get, urls))  # here
    """,
    """
    import asyncio
    async def run(client, urls):
        tasks = []
        for u in urls:
            tasks.append(asyncio.create_task(client.get(u)))  # here
        return await asyncio.gather(*tasks)
    """,
    """
    import asyncio
    async def run(client, urls):
        tasks = set()
        for u in urls:
            tasks.add(client.get(u))
        return await asyncio.gather(*tasks)  # here
    """,
    """
    import asyncio
    async def run(client, urls):
        tasks = []
        for u in urls:
            tasks += [client.get(u)]
        return await asyncio.gather(*tasks)  # here
    """,
    """
    import asyncio
    async def run(client, urls):
        tasks = []
        tasks.extend(client.get(u) for u in urls)
        return await asyncio.gather(*tasks)  # here
    """,
    """
    import asyncio
    async def run(client, urls):
        tasks = {u: client.get(u) for u in urls}
        return await asyncio.gather(*tasks.values())  # here
    """,
    """
    import asyncio, aiohttp
    async def run(urls):
        async with aiohttp.ClientSession() as s:
            async def one(u):
                async with s.get(u) as r:
                    return await r.text()
            return await asyncio.gather(*(one(u) for u in urls))  # here
    """,
    """
    import asyncio
    async def run(client, urls):
        sem = asyncio.Semaphore(5)
        async with sem:
            return await asyncio.gather(*[client.get(u) for u in urls])  # here
    """,
    """
    import asyncio
    async def one(client, u):
        sem = asyncio.Semaphore(5)
        async with sem:
            return await client.get(u)
    async def run(client, urls):
        return await asyncio.gather(*[one(client, u) for u in urls])  # here
    """,
    """
    import threading
    def run(urls):
        threads = []
        for u in urls:
            t = threading.Thread(target=fetch, args=(u,))  # here
            t.start()
            threads.append(t)
        for t in threads:
            t.join()
    """,
    """
    import threading
    def run(urls):
        threads = [threading.Thread(target=fetch, args=(u,)) for u in urls]  # here
        for t in threads:
            t.start()
    """,
    """
    import socket, threading
    def serve(s):
        while True:
            conn, addr = s.accept()
            threading.Thread(target=handle, args=(conn,)).start()  # here
    """,
    """
    import threading
    def on_message(client, userdata, msg):
        threading.Thread(target=handle, args=(msg,)).start()  # here
    """,
    """
    import asyncio
    async def consume(ws):
        async for msg in ws:
            asyncio.create_task(handle(msg))  # here
    """,
    """
    import asyncio
    async def consume(ws):
        while True:
            msg = await ws.recv()
            asyncio.create_task(handle(msg))  # here
    """,
    """
    import asyncio
    class Bot:
        async def on_message(self, msg):
            asyncio.create_task(self.handle(msg))  # here
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def f(urls):
        with ThreadPoolExecutor(max_workers=len(urls)) as p:  # here
            return list(p.map(fetch, urls))
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def f(urls):
        with ThreadPoolExecutor(max_workers=max(1, len(urls))) as p:  # here
            return list(p.map(fetch, urls))
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def f(urls):
        n = len(urls)
        with ThreadPoolExecutor(n) as p:  # here
            return list(p.map(fetch, urls))
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def f(urls, n=None):
        with ThreadPoolExecutor(n or len(urls)) as p:  # here
            return list(p.map(fetch, urls))
    """,
    """
    import csv
    from concurrent.futures import ThreadPoolExecutor
    def f(path):
        with ThreadPoolExecutor(8) as p, open(path) as fh:
            futures = [p.submit(g, line) for line in fh]  # here
            return [x.result() for x in futures]
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def f(consumer):
        p = ThreadPoolExecutor(8)
        while True:
            msg = consumer.poll()
            p.submit(g, msg)  # here
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def f(consumer):
        p = ThreadPoolExecutor(8)
        for msg in consumer:
            p.submit(g, msg)  # here
    """,
    """
    import asyncio
    async def run(client, urls):
        for f in asyncio.as_completed([client.get(u) for u in urls]):  # here
            await f
    """,
    """
    import asyncio
    async def run(client, urls):
        await asyncio.wait([asyncio.create_task(client.get(u)) for u in urls])  # here
    """,
    """
    import asyncio
    async def run(client, urls):
        async with asyncio.TaskGroup() as tg:
            for u in urls:
                tg.create_task(client.get(u))  # here
    """,
    """
    import anyio
    async def run(client, urls):
        async with anyio.create_task_group() as tg:
            for u in urls:
                tg.start_soon(client.get, u)  # here
    """,
    """
    from multiprocessing import Process
    def run(files):
        ps = []
        for f in files:
            p = Process(target=work, args=(f,))  # here
            p.start()
            ps.append(p)
    """,
    """
    import subprocess
    def run(files):
        ps = [subprocess.Popen(["x", f]) for f in files]  # here
        for p in ps:
            p.wait()
    """,
    """
    import subprocess
    def run(files):
        ps = []
        for f in files:
            ps.append(subprocess.Popen(["x", f]))  # here
        for p in ps:
            p.wait()
    """,
    """
    import aiohttp
    async def f():
        return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))  # here
    """,
    """
    import httpx
    c = httpx.AsyncClient(limits=httpx.Limits(max_connections=None))  # here
    """,
    """
    from tqdm.asyncio import tqdm_asyncio
    async def f(client, items):
        return await tqdm_asyncio.gather(*[client.generate(i) for i in items])  # here
    """,
    """
    import asyncio
    async def f(items):
        return await asyncio.gather(*[asyncio.to_thread(g, i) for i in items])  # here
    """,
    """
    import asyncio
    async def f(self, items):
        for i in items:
            self.loop.create_task(self.session.get(i))  # here
    """,
    """
    import gevent
    def f(urls):
        jobs = [gevent.spawn(fetch, u) for u in urls]  # here
        gevent.joinall(jobs)
    """,
    """
    import asyncio
    def f(self, items):
        return asyncio.gather(*[self.client.get(i) for i in items])  # here
    """,
    """
    import asyncio
    async def f(self, data):
        coros = [self.fetch(i) for i in data["items"]]
        return await asyncio.gather(*coros, return_exceptions=True)  # here
    """,
    """
    import asyncio
    async def f(client, chunks):
        return await asyncio.gather(*[client.generate(c) for c in chunks])  # here
    """,
    """
    import asyncio
    async def f(client, hosts):
        return await asyncio.gather(*[client.get(c) for c in hosts])  # here
    """,
    """
    import asyncio
    async def f(client, urls):
        return await asyncio.gather(*[client.get(urls[i]) for i in range(len(urls))])  # here
    """,
    """
    import asyncio
    async def f(client, total_pages):
        return await asyncio.gather(*[client.get(i) for i in range(1, total_pages + 1)])  # here
    """,
    """
    import asyncio
    class A:
        def make(self, urls):
            return [self.client.get(u) for u in urls]
        async def f(self, urls):
            tasks = self.make(urls)
            await asyncio.gather(*tasks)  # here
    """,
]
GOOD = [
    """
    from app.parallel import run_in_parallel
    def f(chunks):
        run_in_parallel([(assign, (c,)) for c in chunks], max_workers=8)
    """,
    """
    import asyncio
    sem = asyncio.Semaphore(5)
    async def one(client, u):
        async with sem:
            return await client.get(u)
    async def run(client, urls):
        return await asyncio.gather(*[one(client, u) for u in urls])
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def f(urls):
        with ThreadPoolExecutor(min(8, len(urls))) as p:
            return list(p.map(fetch, urls))
    """,
    """
    import asyncio
    async def f(workers):
        return await asyncio.gather(*[w.run() for w in workers])
    """,
    """
    import asyncio
    async def f(self):
        return await asyncio.gather(*[s.wait() for s in self.servers])
    """,
    """
    import asyncio
    async def f(client):
        hosts = ["a", "b"]
        return await asyncio.gather(*[client.get(c) for c in hosts])
    """,
    """
    from parallel import run_in_parallel
    def main(items):
        run_in_parallel([(work, (item,)) for item in items], max_workers=8)
        run_in_parallel([(work, (item,)) for item in items], 8)
        run_in_parallel([(work, (item,)) for item in (1, 2)])
        run_in_parallel(work)
    """,
    """
    from joblib import Parallel, delayed
    def main(items):
        return Parallel(n_jobs=4)(delayed(work)(item) for item in items)
    """,
    """
    import asyncio
    limit = asyncio.Semaphore(5)
    async def one(client, url):
        async with limit:
            return await client.get(url)
    async def main(client, urls):
        tasks = []
        tasks.extend(one(client, url) for url in urls)
        return await asyncio.gather(*tasks)
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def main(urls, most):
        with ThreadPoolExecutor(min(most, max(1, len(urls)))) as pool:
            return list(pool.map(fetch, urls))
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def main(urls):
        size = 8
        with ThreadPoolExecutor(size) as pool:
            return list(pool.map(fetch, urls))
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def main(consumer, limit):
        pool = ThreadPoolExecutor(8)
        while True:
            message = consumer.poll()
            limit.acquire()
            pool.submit(work, message)
    """,
    """
    import subprocess
    def main(files):
        for file in files:
            program = subprocess.Popen(["x", file])
            program.wait()
    """,
    """
    import subprocess
    def main():
        return [subprocess.Popen(["x", name]) for name in ("a", "b")]
    """,
    """
    import socket
    def serve(listener, pool):
        while True:
            connection, _ = listener.accept()
            pool.submit(handle, connection)
    """,
    """
    import socket, threading
    def serve(listener, slots):
        while True:
            slots.acquire()
            connection, _ = listener.accept()
            threading.Thread(target=handle, args=(connection,)).start()
    """,
    """
    import threading
    def on_start():
        threading.Thread(target=run).start()
    """,
    """
    import asyncio
    class Client:
        async def on_message(self, message):
            await self.limit.acquire()
            self.task = asyncio.create_task(self.handle(message))
    """,
    """
    import aiohttp, httpx
    def main():
        aiohttp.TCPConnector(limit=20)
        httpx.Limits(max_connections=10)
    """,
    """
    import asyncio
    async def main(client):
        hosts = ["a", "b"]
        return await asyncio.gather(*[client.get(host) for host in hosts])
    """,
    """
    import asyncio
    async def main(self):
        return await asyncio.gather(*[server.wait() for server in self.servers])
    """,
    """
    import asyncio
    async def main(client, count):
        return await asyncio.gather(*[client.get(number) for number in range(count)])
    """,
]


@pytest.mark.parametrize("source", BAD)
def test_it_is_found_in_each_shape(source: str) -> None:
    """Finds work without a limit of another shape."""
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_what_only_looks_like_it_is_left_alone(source: str) -> None:
    """Says nothing of code that differs from the bad one in what matters."""
    assert found_lines(RULE, source) == []
