"""CA402 in the many ways in which the mistake is written."""

import pytest
from review_builder import found_lines, marked_lines

from conc_advisor.review.rules.unbounded_queue import RULE

BAD = [
    """
    import asyncio
    async def call_next(app, scope, receive):
        queue = asyncio.Queue()  # here
        send = queue.put
        async def coro():
            await app(scope, receive, send)
        task = asyncio.create_task(coro())
        while True:
            message = await queue.get()
            yield message
    """,
    """
    import queue, concurrent.futures
    def stream(rows, worker_queue):
        for page in rows.pages:
            worker_queue.put(page)
    def f(rows):
        worker_queue = queue.Queue()  # here
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            pool.submit(stream, rows, worker_queue)
            while True:
                yield worker_queue.get(timeout=1)
    """,
    """
    import asyncio
    class Hub:
        def __init__(self):
            self.clients = set()
        async def handle(self, ws):
            queue = asyncio.Queue()  # here
            self.clients.add(queue)
            while True:
                await ws.send(await queue.get())
        def broadcast(self, m):
            for q in self.clients:
                q.put_nowait(m)
    """,
    """
    import queue, threading
    class Log:
        def __init__(self):
            self.queue = queue.Queue()  # here
            threading.Thread(target=self.run).start()
        def emit(self, record):
            self.queue.put(record)
        def run(self):
            while True:
                send(self.queue.get())
    """,
    """
    import queue, logging.handlers
    q = queue.Queue(-1)  # here
    h = logging.handlers.QueueHandler(q)
    listener = logging.handlers.QueueListener(q, x)
    """,
    """
    import queue, logging.handlers
    def setup():
        log_queue = queue.Queue()  # here
        handler = logging.handlers.QueueHandler(log_queue)
        listener = logging.handlers.QueueListener(log_queue, x)
    """,
    """
    from multiprocessing import Process, Queue
    def produce(q):
        for row in open("x"):
            q.put(row)
    def main():
        q = Queue()  # here
        Process(target=produce, args=(q,)).start()
        while True:
            use(q.get())
    """,
    """
    import anyio, math
    def f():
        send, recv = anyio.create_memory_object_stream(math.inf)  # here
        return send, recv
    """,
    """
    import anyio
    def f():
        return anyio.create_memory_object_stream(max_buffer_size=float("inf"))  # here
    """,
    """
    import trio, math
    send, recv = trio.open_memory_channel(math.inf)  # here
    """,
    """
    import collections, threading
    class A:
        def __init__(self):
            self.buffer = collections.deque()  # here
            self.lock = threading.Lock()
        def on_data(self, d):
            self.buffer.append(d)
        def run(self):
            while True:
                if self.buffer:
                    send(self.buffer.popleft())
    """,
    """
    import asyncio
    class Peer:
        def __init__(self):
            self.incoming = asyncio.Queue()  # here
        async def read_loop(self, reader):
            while True:
                self.incoming.put_nowait(await reader.readline())
        async def next(self):
            return await self.incoming.get()
    """,
    """
    import asyncio
    async def main():
        queue = asyncio.Queue()  # here
        server = Server(queue)
        await server.start()
    class Server:
        def __init__(self, queue):
            self.queue = queue
        async def on_data(self, data):
            await self.queue.put(data)
        async def loop(self):
            while True:
                await handle(await self.queue.get())
    """,
    """
    import asyncio
    async def gen(q: asyncio.Queue):
        while True:
            x = get_msg(q)
    def get_msg(q):
        try:
            return q.get_nowait()
        except asyncio.QueueEmpty:
            return None
    async def ws(websocket):
        interrupt_queue: asyncio.Queue = asyncio.Queue()  # here
        while True:
            data = await websocket.receive_json()
            if data:
                await interrupt_queue.put(data)
            else:
                asyncio.create_task(process(websocket, interrupt_queue))
    async def process(websocket, interrupt_queue):
        async for e in gen(interrupt_queue):
            pass
    """,
    """
    import asyncio
    events = asyncio.Queue()  # here
    async def webhook(request):
        await events.put(await request.json())
    async def worker():
        while True:
            await handle(await events.get())
    """,
    """
    import asyncio
    class Bus:
        def __init__(self):
            self.subs = {}
        def subscribe(self, name):
            q = asyncio.Queue()  # here
            self.subs[name] = q
            return q
        async def publish(self, name, e):
            await self.subs[name].put(e)
    """,
    """
    import asyncio, collections
    class Bus:
        def __init__(self):
            self.subs = collections.defaultdict(asyncio.Queue)  # here
        async def publish(self, name, e):
            await self.subs[name].put(e)
        async def take(self, name):
            return await self.subs[name].get()
    """,
    """
    import asyncio
    class Bus:
        def __init__(self):
            self.subs = []
        async def subscribe(self):
            q = asyncio.Queue()  # here
            self.subs.append(q)
            try:
                while True:
                    yield await q.get()
            finally:
                self.subs.remove(q)
        def publish(self, e):
            for q in list(self.subs):
                q.put_nowait(e)
    """,
    """
    import asyncio
    async def f(client):
        q = asyncio.Queue()  # here
        client.on("message", q.put_nowait)
        while True:
            await handle(await q.get())
    """,
    """
    import asyncio
    async def f(client, loop):
        q = asyncio.Queue()  # here
        def cb(m):
            loop.call_soon_threadsafe(q.put_nowait, m)
        client.on(cb)
        while True:
            await handle(await q.get())
    """,
    """
    import asyncio
    class A:
        def __init__(self):
            self.queue = asyncio.Queue()  # here
        async def read(self, r):
            while True:
                await self.queue.put(await r.readline())
                print(self.queue.qsize())
        async def run(self):
            while True:
                await handle(await self.queue.get())
    """,
    """
    import asyncio
    class A:
        def __init__(self):
            self.output_queue, self.other = asyncio.Queue(), None  # here
        async def read(self, r):
            while True:
                await self.output_queue.put(await r.readline())
        async def run(self):
            while True:
                await handle(await self.output_queue.get())
    """,
]
GOOD = [
    """
    import collections, threading
    class A:
        def __init__(self):
            self.buffer = collections.deque(maxlen=3)
        def on_data(self, d):
            self.buffer.append(d)
        def run(self):
            while True:
                if self.buffer:
                    send(self.buffer.popleft())
    """,
    """
    import threading
    class A:
        def __init__(self):
            self.pending = []
            self.lock = threading.Lock()
    """,
    """
    import queue
    def f(xs):
        q = queue.Queue()
        for x in xs:
            q.put(x)
        while not q.empty():
            work(q.get())
    """,
    """
    import asyncio
    async def main(client):
        queue = asyncio.Queue(10)
        client.on("message", queue.put_nowait)
        while True:
            await handle(await queue.get())
    """,
    """
    import anyio, math, trio
    def main():
        anyio.create_memory_object_stream(10)
        anyio.create_memory_object_stream()
        trio.open_memory_channel(0)
        return math.inf
    """,
    """
    import threading
    from collections import deque
    class Feed:
        def __init__(self):
            self.lines = deque(maxlen=100)
        def on_line(self, line):
            self.lines.append(line)
        def run(self):
            while True:
                print(self.lines.popleft())
    """,
    """
    import threading
    from collections import deque
    class Feed:
        def __init__(self):
            self.lines = deque()
        def on_line(self, line):
            if len(self.lines) < 100:
                self.lines.append(line)
        def run(self):
            while True:
                print(self.lines.popleft())
    """,
    """
    import threading
    from collections import deque
    class Walk:
        def __init__(self):
            self.todo = deque()
        def run(self):
            while self.todo:
                self.todo.append(self.todo.popleft())
    """,
    """
    from collections import deque
    class Feed:
        def __init__(self):
            self.lines = deque()
        def on_line(self, line):
            self.lines.append(line)
        def run(self):
            while self.lines:
                print(self.lines.popleft())
    """,
    """
    import queue
    from logging.handlers import QueueHandler, QueueListener
    def main(target):
        records = queue.Queue(1000)
        QueueListener(records, target).start()
        return QueueHandler(records)
    """,
    """
    import queue
    def main(items, workers):
        todo = queue.Queue()
        for item in items:
            todo.put(item)
        start(workers, todo)
    """,
    """
    import asyncio
    class Server:
        def __init__(self, queue):
            self.queue = queue
        async def on_data(self, data):
            await self.queue.put(data)
        async def loop(self):
            while True:
                await handle(await self.queue.get())
    async def main():
        await Server(asyncio.Queue(maxsize=10)).loop()
    """,
    """
    from collections import defaultdict
    def main(pairs):
        found = defaultdict(list)
        for key, value in pairs:
            found[key].append(value)
    """,
    """
    import asyncio
    class Feed:
        def __init__(self):
            self.lines = asyncio.Queue()
        async def read(self, reader):
            while True:
                if self.lines.qsize() < 100:
                    await self.lines.put(await reader.readline())
        async def run(self):
            while True:
                await handle(await self.lines.get())
    """,
    """
    import asyncio
    class Feed:
        def __init__(self):
            self.idle = asyncio.Queue()
        async def read(self, reader):
            while True:
                await self.idle.put(await reader.readline())
        async def run(self):
            while True:
                await handle(await self.idle.get())
    """,
]


@pytest.mark.parametrize("source", BAD)
def test_it_is_found_in_each_shape(source: str) -> None:
    """Finds a queue without a size, in another place."""
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_what_only_looks_like_it_is_left_alone(source: str) -> None:
    """Says nothing of code that differs from the bad one in what matters."""
    assert found_lines(RULE, source) == []
