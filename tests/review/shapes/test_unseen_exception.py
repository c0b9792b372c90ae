"""CA303 in the many ways in which the mistake is written."""

import pytest
from review_builder import found_lines, marked_lines

from conc_advisor.review.rules.unseen_exception import RULE

BAD = [
    """
    from concurrent.futures import ThreadPoolExecutor
    def f(xs):
        with ThreadPoolExecutor(4) as pool:
            [pool.submit(g, x) for x in xs]  # here
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    class A:
        def __init__(self):
            self._executor = ThreadPoolExecutor(4)
        def f(self, x):
            self._executor.submit(self.g, x)  # here
        def g(self, x):
            return x
    """,
    """
    class A:
        def __init__(self, executor):
            self._executor = executor
        def f(self, x):
            self._executor.submit(self.g, x)  # here
        def g(self, x):
            return x
    """,
    """
    def f(executor, x):
        executor.submit(g, x)  # here
    """,
    """
    class A:
        def f(self, x):
            self.server.thread_pool.submit(self.g, x)  # here
    """,
    """
    from concurrent.futures import ThreadPoolExecutor, wait
    def f(xs):
        pool = ThreadPoolExecutor(4)
        futures = [pool.submit(g, x) for x in xs]  # here
        wait(futures)
    """,
    """
    from concurrent.futures import ThreadPoolExecutor, as_completed
    def f(xs):
        with ThreadPoolExecutor(4) as pool:
            futures = [pool.submit(g, x) for x in xs]  # here
            for fut in as_completed(futures):
                bar.update(1)
    """,
    """
    from concurrent.futures import ThreadPoolExecutor, as_completed
    def f(xs):
        with ThreadPoolExecutor(4) as pool:
            for fut in as_completed([pool.submit(g, x) for x in xs]):  # here
                bar.update(1)
    """,
    """
    from concurrent.futures import ThreadPoolExecutor, wait
    def f(xs):
        with ThreadPoolExecutor(4) as pool:
            wait([pool.submit(g, x) for x in xs])  # here
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def f(xs):
        with ThreadPoolExecutor(4) as pool:
            pool.map(g, xs)  # here
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def f(xs):
        with ThreadPoolExecutor(4) as pool:
            results = pool.map(g, xs)  # here
    """,
    """
    from multiprocessing import Pool
    def f(xs):
        pool = Pool(4)
        for x in xs:
            pool.apply_async(g, args=(x,))  # here
        pool.close()
        pool.join()
    """,
    """
    from multiprocessing.pool import ThreadPool
    def f(xs):
        pool = ThreadPool(4)
        rs = [pool.apply_async(g, (x,)) for x in xs]  # here
        pool.close()
        pool.join()
    """,
    """
    from multiprocessing import Pool
    def f(xs):
        pool = Pool(4)
        for x in xs:
            r = pool.apply_async(g, (x,))  # here
        r.wait()
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def f(pool: ThreadPoolExecutor, x):
        future = pool.submit(g, x)  # here
        future.add_done_callback(lambda f: log.info("done"))
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def f(pool: ThreadPoolExecutor, x):
        pool.submit(g, x).add_done_callback(lambda _: sem.release())  # here
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def done(future):
        print("finished")
    def f(pool: ThreadPoolExecutor, x):
        pool.submit(g, x).add_done_callback(done)  # here
    """,
    """
    import asyncio
    async def f(x):
        loop = asyncio.get_running_loop()
        loop.run_in_executor(None, g, x)  # here
    """,
    """
    import asyncio
    class A:
        def f(self, x):
            self.loop.run_in_executor(None, self.g, x)  # here
    """,
    """
    import asyncio
    def f(x, loop):
        asyncio.run_coroutine_threadsafe(g(x), loop)  # here
    """,
    """
    import asyncio
    def f(x, loop):
        fut = asyncio.run_coroutine_threadsafe(g(x), loop)  # here
    """,
    """
    import asyncio
    def f(x, loop):
        try:
            asyncio.run_coroutine_threadsafe(g(x), loop)  # here
        except Exception:
            log.exception("x")
    """,
    """
    import asyncio
    async def f(xs):
        await asyncio.gather(*[g(x) for x in xs], return_exceptions=True)  # here
    """,
    """
    import asyncio
    async def f(xs):
        tasks = [asyncio.create_task(g(x)) for x in xs]
        await asyncio.gather(*tasks, return_exceptions=True)  # here
    """,
    """
    import asyncio
    async def f(xs):
        results = await asyncio.gather(*[g(x) for x in xs], return_exceptions=True)  # here
        return len(results)
    """,
    """
    import asyncio
    async def f(xs):
        results = await asyncio.gather(*[g(x) for x in xs], return_exceptions=True)  # here
        for r in results:
            if r:
                use(r)
    """,
    """
    import asyncio
    async def f(xs):
        await asyncio.gather((g(x) for x in xs), return_exceptions=True)  # here
    """,
    """
    import asyncio
    async def f(xs):
        await asyncio.gather([g(x) for x in xs])  # here
    """,
    """
    import asyncio
    async def f(xs):
        tasks = [g(x) for x in xs]
        await asyncio.gather(tasks)  # here
    """,
    """
    import asyncio
    async def f(xs):
        tasks = [asyncio.create_task(g(x)) for x in xs]
        done, pending = await asyncio.wait(tasks)  # here
        print(len(done))
    """,
    """
    import asyncio
    async def f(xs):
        await asyncio.wait([asyncio.create_task(g(x)) for x in xs])  # here
    """,
    """
    import asyncio
    class A:
        def f(self):
            t = asyncio.create_task(self.g())
            self.tasks.append(t)
            t.add_done_callback(lambda t: self.tasks.remove(t))  # here
        async def g(self):
            await h()
    """,
    """
    import asyncio
    class A:
        def f(self):
            t = asyncio.create_task(self.g())
            self.tasks.add(t)
            t.add_done_callback(self._done)  # here
        def _done(self, t):
            self.tasks.discard(t)
        async def g(self):
            await h()
    """,
    """
    import asyncio
    async def f(a, b):
        tasks = [asyncio.create_task(a()), asyncio.create_task(b())]
        done, pending = await asyncio.wait(tasks, return_when="FIRST_COMPLETED")
        for t in pending:
            t.cancel()  # here
        return done.pop().result()
    """,
    """
    from concurrent.futures import ThreadPoolExecutor, as_completed
    def f(xs):
        with ThreadPoolExecutor(4) as pool:
            futures = {pool.submit(g, x): x for x in xs}  # here
            for fut in as_completed(futures):
                print(futures[fut])
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    class A:
        def __init__(self):
            self.pool = ThreadPoolExecutor(2)
            self.futures = []
        def f(self, x):
            self.futures.append(self.pool.submit(g, x))  # here
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    class A:
        def __init__(self):
            self.pool = ThreadPoolExecutor(2)
        def f(self, x):
            self.future = self.pool.submit(g, x)  # here
    """,
    """
    import asyncio
    class A:
        async def start(self):
            self._task = asyncio.create_task(self.run())  # here
        async def run(self):
            while True:
                await self.step()
    """,
    """
    import asyncio
    class A:
        async def start(self):
            self._task = asyncio.create_task(self.run())  # here
        async def stop(self):
            self._task.cancel()
        async def run(self):
            while True:
                await self.step()
    """,
    """
    from concurrent.futures import as_completed
    def f(futures):
        for fut in as_completed(futures):
            try:
                fut.result()
            except Exception:  # here
                pass
    """,
    """
    import asyncio
    async def f(a, b):
        try:
            await asyncio.gather(a(), b())  # here
        except Exception as e:
            log.error(e)
    """,
    """
    from multiprocessing import Process
    def main(items):
        ps = [Process(target=work, args=(i,)) for i in items]  # here
        for p in ps:
            p.start()
        for p in ps:
            p.join()
    """,
    """
    import asyncio
    async def main(xs):
        await asyncio.wait([asyncio.create_task(a(x)) for x in xs], return_when=asyncio.FIRST_EXCEPTION)  # here
    """,
]
GOOD = [
    """
    from concurrent.futures import ThreadPoolExecutor
    def done(future):
        if future.exception():
            print("x")
    def f(pool: ThreadPoolExecutor, x):
        pool.submit(g, x).add_done_callback(done)
    """,
    """
    import asyncio
    async def f(a, b):
        done, pending = await asyncio.wait({a, b}, return_when=asyncio.FIRST_COMPLETED)
        for t in done:
            t.result()
    """,
    """
    import asyncio
    async def f(xs):
        for fut in asyncio.as_completed([g(x) for x in xs]):
            await fut
    """,
    """
    import asyncio
    class A:
        async def stop(self):
            self.task.cancel()
            try:
                await self.task
            except Exception:
                pass
    """,
    """
    import threading
    def f():
        t = threading.Thread(target=work)
        t.start()
        t.join()
    """,
    """
    import asyncio
    async def main(a, b):
        await asyncio.wait([asyncio.create_task(a()), asyncio.create_task(b())], return_when=asyncio.FIRST_EXCEPTION)
    """,
    """
    def done(future):
        if future.exception():
            print("failed")
    def main(pool, item):
        from concurrent.futures import ThreadPoolExecutor
        pool = ThreadPoolExecutor()
        pool.submit(work, item).add_done_callback(done)
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def main(pool: ThreadPoolExecutor, item, answers):
        pool.submit(work, item).add_done_callback(lambda future: answers.put(future))
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    from answers import done
    def main(pool: ThreadPoolExecutor, item):
        pool.submit(work, item).add_done_callback(done)
    """,
    """
    from concurrent.futures import ThreadPoolExecutor, as_completed
    def main(items):
        with ThreadPoolExecutor() as pool:
            for future in as_completed([pool.submit(work, item) for item in items]):
                print(future.result())
    """,
    """
    from concurrent.futures import ThreadPoolExecutor, as_completed
    def main(items):
        with ThreadPoolExecutor() as pool:
            for future in as_completed([pool.submit(work, item) for item in items]):
                check(future)
    """,
    """
    from concurrent.futures import ThreadPoolExecutor, as_completed
    def main(items):
        with ThreadPoolExecutor() as pool:
            futures = {pool.submit(work, item): item for item in items}
            for future in as_completed(futures):
                check(future, futures[future])
                print(future.result())
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def main(items):
        with ThreadPoolExecutor() as pool:
            futures = {item: pool.submit(work, item) for item in items}
            return {item: futures[item] for item in items}
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    class Index:
        def __init__(self):
            self.pool = ThreadPoolExecutor()
        def start(self, item):
            self._future = self.pool.submit(work, item)
        def end(self):
            return self._future.result()
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    class Index:
        def __init__(self):
            self.pool = ThreadPoolExecutor()
        def start(self, item):
            self._future = self.pool.submit(work, item)
        def end(self):
            return self._future
    """,
    """
    class Form:
        def send(self):
            self.form.submit(self.fields, 1)
    """,
    """
    class Executor:
        def submit(self, work): ...
    class Runner:
        def __init__(self):
            self.executor = Executor()
        def go(self):
            self.executor.submit(work)
    """,
    """
    import asyncio
    class Reader:
        async def start(self):
            self._task = asyncio.create_task(self.run())
        async def stop(self):
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        async def run(self):
            while True:
                await self.step()
    """,
    """
    import asyncio
    class Reader:
        async def start(self):
            self._task = asyncio.create_task(self.run())
        async def run(self):
            while True:
                try:
                    await self.step()
                except Exception:
                    print("failed")
    """,
    """
    import asyncio
    async def main(items):
        await asyncio.gather(*[work(item) for item in items])
        await asyncio.gather(work(1))
        await asyncio.gather(items)
    """,
    """
    import asyncio
    async def main():
        tasks = [asyncio.create_task(work()), asyncio.create_task(more())]
        done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    """,
    """
    import asyncio
    async def first(one, other):
        done, pending = await asyncio.wait({one, other})
        print(len(pending))
    """,
    """
    from concurrent.futures import Future
    def main(future: Future):
        try:
            future.result()
        except KeyError:
            pass
    """,
    """
    from multiprocessing import Process
    def main():
        process = Process(target=work)
        process.start()
        process.join()
        if process.exitcode:
            raise SystemExit(process.exitcode)
    """,
    """
    from multiprocessing import Process
    def main(answers):
        process = Process(target=work, args=(answers,))
        process.start()
        answer = answers.get()
        process.join()
        return answer
    """,
]


@pytest.mark.parametrize("source", BAD)
def test_it_is_found_in_each_shape(source: str) -> None:
    """Finds an exception that nobody looks at, in another place."""
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_what_only_looks_like_it_is_left_alone(source: str) -> None:
    """Says nothing of code that differs from the bad one in what matters."""
    assert found_lines(RULE, source) == []
