"""CA202 in the many ways in which the mistake is written."""

import pytest
from review_builder import found_lines, marked_lines

from conc_advisor.review.rules.task_not_stored import RULE

BAD = [
    """
    import asyncio, signal
    def main(loop, app):
        loop.add_signal_handler(signal.SIGTERM, lambda: asyncio.create_task(app.stop()))  # here
    """,
    """
    import asyncio, signal
    def handler(sig, frame):
        asyncio.create_task(shutdown())  # here
    signal.signal(signal.SIGTERM, handler)
    """,
    """
    import asyncio, signal
    def main(loop, app):
        loop.add_signal_handler(signal.SIGTERM, asyncio.create_task, app.stop())  # here
    """,
    """
    import asyncio
    class A:
        def __init__(self):
            asyncio.ensure_future(self.run())  # here
    """,
    """
    import asyncio
    async def f(xs):
        [asyncio.create_task(g(x)) for x in xs]  # here
    """,
    """
    import asyncio
    async def f(x):
        asyncio.create_task(g(x)) if x else None  # here
    """,
    """
    import asyncio
    async def f(x):
        x and asyncio.create_task(g(x))  # here
    """,
    """
    import asyncio
    async def f(x):
        _ = asyncio.create_task(g(x))  # here
    """,
    """
    import asyncio
    async def f(x):
        asyncio.gather(g(x), h(x))  # here
    """,
    """
    import asyncio
    def f(x):
        asyncio.ensure_future(asyncio.gather(g(x), h(x)))  # here
    """,
    """
    import asyncio
    async def f(x):
        asyncio.shield(g(x))  # here
    """,
    """
    import asyncio
    class A:
        def f(self, x):
            self.loop.create_task(g(x))  # here
        def h(self, x):
            self._event_loop.create_task(g(x))  # here
        def i(self, x):
            self.bot.loop.create_task(g(x))  # here
        def j(self, x):
            self.get_loop().create_task(g(x))  # here
        def k(self, x):
            self.io_loop.create_task(g(x))  # here
        def l(self, x):
            asyncio.get_event_loop().create_task(g(x))  # here
    """,
    """
    import asyncio
    class A:
        def on_message(self, m):
            self.task = asyncio.create_task(self.handle(m))  # here
    """,
    """
    import asyncio
    class A:
        async def serve(self, ws):
            async for m in ws:
                self.task = asyncio.create_task(self.handle(m))  # here
    """,
    """
    import asyncio
    async def serve(ws):
        async for m in ws:
            task = asyncio.create_task(handle(m))  # here
    """,
    """
    import asyncio
    async def serve(m):
        task = asyncio.create_task(handle(m))  # here
        print("started", task)
    """,
    """
    import asyncio
    async def serve(m):
        task = asyncio.create_task(handle(m), name="x")  # here
        task.add_done_callback(log_error)
    """,
    """
    import asyncio
    def f(loop, m):
        loop.call_later(5, lambda: loop.create_task(handle(m)))  # here
    """,
    """
    import asyncio
    def f(loop, m):
        loop.call_soon_threadsafe(loop.create_task, handle(m))  # here
    """,
    """
    import asyncio
    def f(loop, m):
        loop.call_soon_threadsafe(lambda: asyncio.ensure_future(handle(m)))  # here
    """,
    """
    import asyncio
    def spawn(coro):
        return asyncio.create_task(coro)
    async def f(m):
        spawn(handle(m))  # here
    """,
    """
    import asyncio
    def spawn(coro):
        task = asyncio.create_task(coro)
        return task
    async def f(m):
        spawn(handle(m))  # here
    """,
    """
    import asyncio
    def setup(ui, m):
        ui.on_click(lambda e: asyncio.create_task(handle(m)))  # here
    """,
    """
    import asyncio
    def setup(ui, m):
        ui.button(on_click=lambda: asyncio.create_task(handle(m)))  # here
    """,
    """
    import asyncio
    async def f(m, loop):
        asyncio.Task(handle(m), loop=loop)  # here
    """,
    """
    import asyncio
    async def f(xs):
        tasks = [asyncio.create_task(g(x)) for x in xs]  # here
        print("started")
    """,
    """
    import asyncio
    async def f(xs):
        tasks = []
        for x in xs:
            tasks.append(asyncio.create_task(g(x)))  # here
    """,
    """
    import asyncio
    async def f():
        try:
            await x()
        finally:
            asyncio.create_task(cleanup())  # here
    """,
    """
    from asyncio import create_task
    async def f():
        create_task(g())  # here
    """,
    """
    import asyncio
    class A:
        def g(self):
            task = self._loop.create_task(self.run())  # here
            task.set_name("x")
    """,
    """
    import asyncio
    async def f():
        t = asyncio.create_task(g())  # here
        del t
    """,
    """
    import asyncio, weakref
    tasks = weakref.WeakSet()
    async def f():
        tasks.add(asyncio.create_task(g()))  # here
    """,
]
GOOD = [
    """
    import asyncio
    class A:
        def start(self):
            self.task = asyncio.create_task(self.run())
        def stop(self):
            self.task.cancel()
    """,
    """
    import asyncio
    tasks = set()
    def spawn(coro):
        t = asyncio.create_task(coro)
        tasks.add(t)
        t.add_done_callback(tasks.discard)
        return t
    async def f(m):
        spawn(handle(m))
    """,
    """
    import asyncio
    async def f(m):
        if m:
            return asyncio.create_task(handle(m))
    """,
    """
    import asyncio
    async def f(scheduler):
        await scheduler.spawn(g())
    """,
    """
    from tornado.ioloop import IOLoop
    def f():
        IOLoop.current().spawn_callback(g)
    """,
    """
    import asyncio
    async def f():
        t = asyncio.create_task(g())
        await asyncio.wait({t})
    """,
    """
    import asyncio
    async def main(items):
        tasks = [asyncio.create_task(work(item)) for item in items]
        await asyncio.gather(*tasks)
    """,
    """
    import asyncio
    async def main(items):
        return [asyncio.create_task(work(item)) for item in items]
    """,
    """
    import asyncio
    async def main(items):
        both = asyncio.gather(work(1), work(2))
        await asyncio.shield(both)
        await asyncio.gather(work(3))
    """,
    """
    from jobs import gather
    async def main():
        gather(work(1), work(2))
    """,
    """
    import asyncio
    def main(items):
        return list(map(lambda item: asyncio.create_task(work(item)), items))
    """,
    """
    import asyncio
    def main(spawner):
        spawner.set_factory(lambda work: asyncio.create_task(work))
    """,
    """
    import asyncio
    tasks = set()
    async def main():
        tasks.add(asyncio.create_task(work()))
    """,
    """
    import asyncio
    class Client:
        async def on_message(self, message):
            if self.task is not None:
                self.task.cancel()
            self.task = asyncio.create_task(self.handle(message))
    """,
    """
    import asyncio
    class Client:
        async def start(self):
            self.task = asyncio.create_task(self.run())
    """,
    """
    import asyncio
    class Client:
        def spawn(self, work):
            task = asyncio.create_task(work)
            self.tasks.add(task)
            return task
        async def main(self):
            self.spawn(self.run())
    """,
    """
    def main(grammar):
        grammar.loop_of.create_task("x")
    """,
]


@pytest.mark.parametrize("source", BAD)
def test_it_is_found_in_each_shape(source: str) -> None:
    """Finds a task that is lost in another way."""
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_what_only_looks_like_it_is_left_alone(source: str) -> None:
    """Says nothing of code that differs from the bad one in what matters."""
    assert found_lines(RULE, source) == []
