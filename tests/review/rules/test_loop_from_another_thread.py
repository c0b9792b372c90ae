"""CA505."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Severity
from conc_advisor.review.rules.loop_from_another_thread import RULE

WATCHER = """
import asyncio, threading
class Watcher:
    def __init__(self, loop: asyncio.AbstractEventLoop):
        self.loop = loop
        self.queue = asyncio.Queue(maxsize=10)
        self.ready = asyncio.Event()
        self.thread = threading.Thread(target=self._run)
"""
BAD = [
    f"{WATCHER}    def _run(self):\n        self.queue.put_nowait(1)  # here\n        self.loop.call_soon(print)  # here\n",
    f"{WATCHER}    def _run(self):\n        self._tell()\n    def _tell(self):\n        self.ready.set()  # here\n",
    f"{WATCHER}    def _run(self):\n        asyncio.create_task(self.queue.join())  # here\n",
    """
    import asyncio
    async def main(loop: asyncio.AbstractEventLoop, answer: asyncio.Future):
        def work():
            answer.set_result(1)  # here
        await loop.run_in_executor(None, work)
    """,
    """
    import threading
    class Watcher:
        def __init__(self, loop):
            self.loop = loop
            self.thread = threading.Thread(target=self._run)
        def _run(self):
            self.loop.call_soon(print)  # here
    """,
    """
    import asyncio, threading
    async def wait(connect):
        ready = asyncio.Event()
        def on_ready(name):
            ready.set()  # here
        threading.Thread(target=connect, args=(on_ready,)).start()
        await ready.wait()
    """,
    """
    import asyncio
    class Bus:
        def __init__(self, loop: asyncio.AbstractEventLoop):
            self.loop = loop
        def fire(self, event):
            self.loop.create_task(event())
        async def run(self):
            self.fire(print)
    class Docker:
        bus: Bus
        def attach(self):
            return self.sys_run_in_executor(self._attach)
        def _attach(self):
            self.bus.fire(print)  # here
    """,
    """
    import asyncio
    from watchdog.events import FileSystemEventHandler
    class Changes(FileSystemEventHandler):
        def __init__(self, queue: asyncio.Queue):
            self.queue = queue
        def on_modified(self, event):
            self.queue.put_nowait(event)  # here
    """,
]
GOOD = [
    f"{WATCHER}    def _run(self):\n        self.loop.call_soon_threadsafe(self.ready.set)\n",
    f"{WATCHER}    def _run(self):\n        asyncio.run_coroutine_threadsafe(self.queue.put(1), self.loop).result(timeout=5)\n",
    f"{WATCHER}    def _run(self):\n        pass\n    def put(self, row):\n        self.queue.put_nowait(row)\n",
    f"{WATCHER}    def _run(self):\n        if self.ready.is_set():\n            print(self.queue.qsize())\n",
    "import queue, threading\nq = queue.Queue(9)\ndef run():\n    q.put_nowait(1)\nthreading.Thread(target=run).start()\n",
    """
    import asyncio, threading
    class Own:
        def __init__(self):
            self.thread = threading.Thread(target=self._run)
        def _run(self):
            self.loop = asyncio.new_event_loop()
            self.loop.create_task(main())
            self.loop.run_forever()
    """,
    """
    import asyncio, threading
    class Own:
        def __init__(self, loop: asyncio.AbstractEventLoop):
            self.loop = loop
            self.thread = threading.Thread(target=self._run)
        def _run(self):
            self.loop.call_soon(print)
            self.loop.run_forever()
    """,
    """
    import asyncio, threading
    class Both:
        def __init__(self, loop: asyncio.AbstractEventLoop):
            self.loop, self.thread = loop, threading.Thread(target=self._run)
        def _run(self):
            if threading.get_ident() == self.ident:
                self.loop.call_soon(print)
            else:
                self.loop.call_soon_threadsafe(print)
    """,
    """
    import asyncio, threading
    def work(loop, callback):
        loop.call_soon_threadsafe(callback)
    async def wait(loop):
        ready = asyncio.Event()
        def on_ready():
            ready.set()
        threading.Thread(target=work, args=(loop, on_ready)).start()
        await ready.wait()
    """,
    """
    import concurrent.futures, threading
    answer = concurrent.futures.Future()
    def run():
        answer.set_result(1)
    threading.Thread(target=run).start()
    """,
    """
    import asyncio
    async def work(queue: asyncio.Queue):
        queue.put_nowait(1)
    async def main(pool, queue):
        asyncio.get_running_loop().call_soon(queue.put_nowait, 1)
    """,
]


@pytest.mark.parametrize("source", BAD)
def test_what_another_thread_does_to_a_loop_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_the_safe_ways_own_loops_and_the_loop_s_own_thread_are_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_what_a_method_for_the_loop_does_is_told_where_the_thread_calls_it() -> None:
    channel = """
    import asyncio
    class Channel:
        def __init__(self):
            self.ready = asyncio.Event()
        def send(self, value):
            self.ready.set()
        async def receive(self):
            await self.ready.wait()
    """
    source = """
    import threading
    from channel import Channel
    class Decoder:
        def __init__(self):
            self.output = Channel()
            self.thread = threading.Thread(target=self._run)
        def _run(self):
            self.output.send(1)  # here
    """
    found = findings(RULE, source, others={"channel": channel})
    assert [each.location.line for each in found if each.location] == marked_lines(source)
    assert found[0].severity is Severity.WARNING
    assert [step.text for step in found[0].steps] == ["_run() calls send()", "send() calls asyncio.Event().set()"]


def test_the_advice_names_what_to_hand_to_the_loop() -> None:
    source = f"{WATCHER}    def _run(self):\n        self.loop.call_soon(print, 1)\n"
    assert findings(RULE, source)[0].advice == "write `self.loop.call_soon_threadsafe(print, 1)`"
