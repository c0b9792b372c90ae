"""CA402."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Severity
from conc_advisor.review.rules.unbounded_queue import RULE

BAD = [
    """
    import queue
    jobs = queue.Queue()  # here
    def produce(source):
        for chunk in iter(lambda: source.read(65536), b""):
            jobs.put(chunk)
    def consume(sink):
        while (chunk := jobs.get()) is not None:
            sink.write(chunk)
    """,
    """
    import asyncio
    async def produce(reader, queue):
        while line := await reader.readline():
            await queue.put(line)
    async def consume(queue):
        while True:
            print(await queue.get())
    async def pipeline(reader):
        queue: asyncio.Queue[bytes] = asyncio.Queue()  # here
        await asyncio.gather(produce(reader, queue), consume(queue))
    """,
    """
    import asyncio
    async def keep_alive(stream):
        lines = asyncio.Queue[bytes](0)  # here
        async def read():
            async for item in stream:
                await lines.put(item)
        task = asyncio.create_task(read())
        while True:
            yield await lines.get()
    """,
    """
    import queue, threading
    class Copy:
        def __init__(self, source):
            self.chunks = queue.SimpleQueue()  # here
        def read(self):
            while True:
                self.chunks.put(self.source.read())
        def write(self):
            while True:
                self.sink.write(self.chunks.get())
    """,
    """
    import queue, threading
    def produce(jobs, lines):
        while lines:
            jobs.put(lines.readline())
    def main(lines):
        jobs = queue.Queue()  # here
        threading.Thread(target=produce, args=(jobs, lines)).start()
        while True:
            print(jobs.get())
    """,
    """
    import asyncio
    class Channel:
        def __init__(self):
            self.queue = asyncio.Queue()  # here
    class Channels:
        async def publish(self, data):
            for channel in self.channels:
                if not channel.queue.full():
                    channel.queue.put_nowait(data)
    """,
]
TOLD = [
    """
    import asyncio
    class Subscriber:
        def __init__(self):
            self.queue = asyncio.Queue()  # here
        async def enqueue(self, event):
            await self.queue.put(event)
        async def receive(self):
            return await self.queue.get()
    """,
    """
    import asyncio
    class Bus:
        async def subscribe(self):
            queue = asyncio.Queue()  # here
            self.queues.append(queue)
            while True:
                yield await queue.get()
        async def publish(self, message):
            for each in self.queues:
                each.put_nowait(message)
    """,
    """
    import asyncio
    class Ticker:
        def __init__(self):
            self.ticks = asyncio.Queue()  # here
        async def run(self):
            while True:
                await asyncio.sleep(60)
                await self.ticks.put(1 + 1)
        async def next(self):
            return await self.ticks.get()
    """,
]
PRODUCER = (
    "    def produce(self):\n"
    "        while True:\n"
    "            self.jobs.put(self.read())\n"
    "    def consume(self):\n"
    "        while True:\n"
    "            print(self.jobs.get())\n"
)
GOOD = [
    f"import queue\nclass A:\n    def __init__(self):\n        self.jobs = queue.Queue(maxsize=10)\n{PRODUCER}",
    f"import queue\nclass A:\n    def __init__(self, size):\n        self.jobs = queue.Queue(size)\n{PRODUCER}",
    f"import queue\nclass A:\n    def __init__(self, *size):\n        self.jobs = queue.Queue(*size)\n{PRODUCER}",
    (
        "import queue\nclass A:\n    def __init__(self):\n        self.jobs = queue.Queue()\n"
        f"    def size(self):\n        return self.jobs.qsize()\n{PRODUCER}"
    ),
    f"from mine import Queue\nclass A:\n    def __init__(self):\n        self.jobs = Queue()\n{PRODUCER}",
    """
    import queue
    def main(paths, work):
        jobs = queue.Queue()
        for path in paths:
            jobs.put(path)
        def run():
            while True:
                work(jobs.get())
    """,
    """
    import queue
    def walk(start):
        todo = queue.Queue()
        todo.put(start)
        while True:
            for each in todo.get().children:
                todo.put(each)
    """,
    """
    import queue
    class Pool:
        def __init__(self):
            self.free = queue.Queue()
        def lend(self):
            one = self.free.get()
            self.free.put(one)
    """,
    """
    import queue
    class A:
        def __init__(self):
            self.results = queue.Queue()
        def run(self):
            while True:
                self.results.put(1 + 1)
        def next(self):
            return self.results.get()
    """,
    """
    import asyncio
    class A:
        def __init__(self):
            self.jobs = asyncio.Queue()
        def stop(self):
            self.jobs.put_nowait(None)
        async def run(self):
            return await self.jobs.get()
    """,
    "import queue\ndef spin(read):\n    jobs = queue.Queue()\n    while True:\n        jobs.put(read())\n        print(jobs.get())\n",
    """
    import queue
    class A:
        jobs = queue.Queue()
        def leave(self):
            self.jobs.put(None)
        def next(self):
            return self.jobs.get()
    """,
    "import queue\ndef main(hand_over):\n    jobs = queue.Queue()\n    hand_over(jobs)\n",
    "import queue\ndef main():\n    return queue.Queue()\n",
]


@pytest.mark.parametrize("source", BAD)
def test_a_queue_without_a_size_between_a_stream_and_its_consumer_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)
    assert {each.severity for each in findings(RULE, source)} == {Severity.WARNING}


@pytest.mark.parametrize("source", TOLD)
def test_a_queue_that_callers_or_a_clock_fill_is_told_at_severity_info(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)
    assert {each.severity for each in findings(RULE, source)} == {Severity.INFO}


@pytest.mark.parametrize("source", GOOD)
def test_a_queue_with_a_size_or_filled_within_limits_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_a_queue_that_another_module_fills_is_known() -> None:
    source = """
    import asyncio
    class Channel:
        def __init__(self):
            self._queue = asyncio.Queue()  # here
        async def relay(self):
            while True:
                print(await self._queue.get())
    """
    others = {
        "server": (
            "from app import Channel\n"
            "class Server:\n"
            "    def __init__(self):\n"
            "        self.channel = Channel()\n"
            "    def send(self, data):\n"
            "        self.channel._queue.put_nowait(data)\n"
        )
    }
    assert found_lines(RULE, source) == []
    assert found_lines(RULE, source, others=others) == marked_lines(source)
