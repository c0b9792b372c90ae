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


WIDER_BAD = [
    "class Loop:\n    def call_from_executor(self, callback):\n        self.loop.call_soon(callback)  # here\n",
    """
    import asyncio, logging
    class Handler(logging.Handler):
        def __init__(self, loop: asyncio.AbstractEventLoop):
            self.loop = loop
        def emit(self, record):
            self.loop.create_task(send(record))  # here
    """,
    """
    import asyncio
    class Plugin:
        def __init__(self, network):
            asyncio.ensure_future(self.watch())  # here
            asyncio.run_coroutine_threadsafe(self.serve(), network.loop)
    """,
    """
    import asyncio
    class Labels:
        def pull(self, loop):
            return asyncio.run_coroutine_threadsafe(self.get(), loop).result()
        def push(self):
            asyncio.get_event_loop().create_task(self.put())  # here
    """,
    """
    import asyncio
    import paho.mqtt.client as mqtt
    class Bridge:
        def __init__(self):
            self.queue = asyncio.Queue(10)
            self.client = mqtt.Client()
            self.client.on_message = self.received
        def received(self, client, userdata, message):
            self.queue.put_nowait(message)  # here
    """,
    """
    import asyncio
    from pynput import keyboard
    async def keys():
        queue = asyncio.Queue(10)
        def pressed(key):
            queue.put_nowait(key)  # here
        with keyboard.Listener(on_press=pressed):
            return await queue.get()
    """,
    """
    import asyncio
    from concurrent.futures import ThreadPoolExecutor
    pool = ThreadPoolExecutor(2)
    async def fetch(done: asyncio.Event):
        def finished(future):
            done.set()  # here
        pool.submit(print).add_done_callback(finished)
        await done.wait()
    """,
    """
    import asyncio
    class Decoder:
        def __init__(self, channel):
            self.channel = channel
        async def begin(self):
            await asyncio.to_thread(self._decode)
        def _decode(self):
            self.channel.send_nowait(b"x")  # here
        async def take(self):
            return await self.channel.recv()
    """,
    """
    import asyncio, threading
    def work():
        loop = asyncio.get_event_loop()  # here
    threading.Thread(target=work).start()
    """,
    """
    import asyncio
    queue = asyncio.Queue(10)
    def read(device):
        \"\"\"Read one value, called from the driver thread.\"\"\"
        queue.put_nowait(device.value)  # here
    """,
    """
    from fastapi import FastAPI
    import asyncio
    app = FastAPI()
    queue: asyncio.Queue = asyncio.Queue(10)
    @app.post("/jobs")
    def add(job: int):
        queue.put_nowait(job)  # here
    """,
    """
    from homeassistant.components.sensor import SensorEntity
    class Sensor(SensorEntity):
        async def async_added_to_hass(self):
            self.hass.bus.async_listen("updated", self.updated)
        def updated(self, event):
            self.async_write_ha_state()  # here
    """,
    """
    from homeassistant.components.switch import SwitchEntity
    from homeassistant.helpers.event import async_call_later
    class Switch(SwitchEntity):
        def turn_on(self):
            self.off = async_call_later(self.hass, 5, self.turn_off)  # here
    """,
    """
    class Log:
        def debug(self, text): self.write(text)
        def info(self, text): self.write(text)
        def error(self, text): self.write(text)
        def write(self, text):
            asyncio.get_event_loop().call_soon(show, text)  # here
    import asyncio
    """,
]
WIDER_GOOD = [
    "class Loop:\n    def call_from_executor(self, callback):\n        self.loop.call_soon_threadsafe(callback)\n",
    "class Loop:\n    def call_later_in_loop(self, callback):\n        self.loop.call_soon(callback)\n",
    """
    import asyncio
    class Client:
        def send(self, loop):
            if running():
                asyncio.ensure_future(self.put())
            else:
                asyncio.run_coroutine_threadsafe(self.put(), loop)
    """,
    """
    import asyncio
    class Client:
        def send(self, loop):
            if running():
                return asyncio.ensure_future(self.put())
            return asyncio.run_coroutine_threadsafe(self.put(), loop)
    """,
    """
    import asyncio
    class Labels:
        def pull(self, loop):
            return asyncio.run_coroutine_threadsafe(self.get(), loop).result()
        async def get(self):
            self.push()
        def push(self):
            asyncio.get_event_loop().create_task(self.put())
    """,
    """
    import asyncio
    import paho.mqtt.client as mqtt
    class Bridge:
        def __init__(self, loop):
            self.loop = loop
            self.queue = asyncio.Queue(10)
            self.client = mqtt.Client()
            self.client.on_message = self.received
        def received(self, client, userdata, message):
            self.loop.call_soon_threadsafe(self.queue.put_nowait, message)
    """,
    """
    import asyncio
    from zeroconf.asyncio import AsyncServiceBrowser
    class Finder:
        def __init__(self):
            self.queue = asyncio.Queue(10)
            self.browser = AsyncServiceBrowser(handlers=[], callback=self.found)
        def found(self, name):
            self.queue.put_nowait(name)
    """,
    """
    import asyncio, queue
    class Decoder:
        def __init__(self):
            self.channel = queue.Queue(10)
        async def begin(self):
            await asyncio.to_thread(self._decode)
        def _decode(self):
            self.channel.put_nowait(b"x")
        async def take(self):
            return await asyncio.to_thread(self.channel.get)
    """,
    """
    import asyncio, threading
    def work():
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        asyncio.get_event_loop().run_until_complete(serve())
    threading.Thread(target=work).start()
    """,
    """
    import asyncio
    queue = asyncio.Queue(10)
    def read(device):
        \"\"\"Start the driver in a separate thread.\"\"\"
        queue.put_nowait(device.value)
    """,
    """
    import asyncio
    queue = asyncio.Queue(10)
    def read(device):
        \"\"\"Must not be called from another thread.\"\"\"
        queue.put_nowait(device.value)
    """,
    """
    from fastapi import FastAPI
    import asyncio
    app = FastAPI()
    queue: asyncio.Queue = asyncio.Queue(10)
    @app.post("/jobs")
    async def add(job: int):
        queue.put_nowait(job)
    """,
    """
    from homeassistant.core import callback
    from homeassistant.components.sensor import SensorEntity
    class Sensor(SensorEntity):
        async def async_added_to_hass(self):
            self.hass.bus.async_listen("updated", self.updated)
        @callback
        def updated(self, event):
            self.async_write_ha_state()
    """,
    """
    from homeassistant.components.switch import SwitchEntity
    class Switch(SwitchEntity):
        def turn_on(self):
            self.hass.add_job(self.async_write_ha_state)
            self.schedule_update_ha_state()
    """,
    """
    import logging
    class Handler(logging.Handler):
        def emit(self, record):
            self.queue.put_nowait(record)
    """,
]


@pytest.mark.parametrize("source", WIDER_BAD)
def test_the_same_mistake_in_other_shapes_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", WIDER_GOOD)
def test_what_only_looks_like_these_shapes_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []
