"""CA208."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.review.rules.signal_not_waited_for import RULE

BAD = [
    """
    import signal, threading, time
    stop = threading.Event()
    def on_term(number, frame):
        stop.set()
    def main():
        signal.signal(signal.SIGTERM, on_term)
        while True:  # here
            time.sleep(60)
    """,
    """
    import signal, time
    running = True
    def on_term(number, frame):
        global running
        running = False
    def main():
        signal.signal(signal.SIGTERM, on_term)
        while running:  # here
            print("work")
            time.sleep(30)
    """,
    """
    import asyncio, signal
    async def main():
        stop = asyncio.Event()
        signal.signal(signal.SIGTERM, lambda number, frame: stop.set())  # here
        await stop.wait()
    """,
    """
    import asyncio, signal
    async def main():
        loop = asyncio.get_running_loop()
        def on_term(number, frame):
            loop.stop()
        signal.signal(signal.SIGTERM, on_term)  # here
    """,
]
GOOD = [
    """
    import signal, threading
    stop = threading.Event()
    def main():
        signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
        while not stop.wait(60):
            print("work")
    """,
    """
    import signal, threading, time
    stop = threading.Event()
    def main():
        signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
        while not stop.is_set():
            time.sleep(0.5)
    """,
    """
    import signal, sys, time
    def on_term(number, frame):
        sys.exit(0)
    def main():
        signal.signal(signal.SIGTERM, on_term)
        while True:
            time.sleep(60)
    """,
    """
    import signal, sys, threading, time
    stop = threading.Event()
    def on_term(number, frame):
        stop.set()
        sys.exit(0)
    def main():
        signal.signal(signal.SIGTERM, on_term)
        while True:
            time.sleep(60)
    """,
    """
    import signal, time
    def on_term(number, frame):
        raise KeyboardInterrupt
    def main():
        signal.signal(signal.SIGTERM, on_term)
        while True:
            time.sleep(60)
    """,
    """
    import signal, threading, time
    stop = threading.Event()
    def main():
        signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
        while True:
            if stop.is_set():
                break
            time.sleep(60)
    """,
    """
    import time
    def main():
        while True:
            time.sleep(60)
    """,
    """
    import asyncio, signal
    async def main():
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        try:
            loop.add_signal_handler(signal.SIGTERM, stop.set)
        except NotImplementedError:
            signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
        await stop.wait()
    """,
    """
    import signal, threading
    def main():
        stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
        stop.wait()
    """,
]


@pytest.mark.parametrize("source", BAD)
def test_a_loop_that_sleeps_on_after_a_signal_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_a_loop_that_the_signal_ends_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


TOLD = [
    """
    import signal, asyncio
    async def main():
        stop = asyncio.Event()
        signal.signal(signal.SIGTERM, lambda *a: stop.set())  # here
        await stop.wait()
    """,
    """
    import signal, asyncio
    class S:
        def handle(self, sig, frame):
            asyncio.create_task(self.stop())
        def run(self):
            signal.signal(signal.SIGTERM, self.handle)  # here
            asyncio.run(self.main())
        async def stop(self): await x()
    """,
    """
    import signal, asyncio
    class S:
        def handle(self, sig, frame):
            self.loop.stop()
        def run(self):
            self.loop = asyncio.new_event_loop()
            signal.signal(signal.SIGINT, self.handle)  # here
            self.loop.run_forever()
    """,
    """
    import signal, asyncio
    running = True
    def handler(s, f):
        global running
        running = False
    async def main():
        signal.signal(signal.SIGINT, handler)  # here
        while running:
            await asyncio.sleep(1)
    asyncio.run(main())
    """,
    """
    import signal, asyncio
    def handler(s, f):
        asyncio.run(cleanup())
    async def cleanup(): pass
    signal.signal(signal.SIGINT, handler)  # here
    asyncio.run(cleanup())
    """,
    """
    import signal, asyncio
    async def shutdown(sig, loop):
        tasks = [t for t in asyncio.all_tasks()]
        for t in tasks: t.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        loop.stop()
    def main():
        loop = asyncio.new_event_loop()
        for s in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(s, shutdown, s, loop)  # here
        loop.run_forever()
    """,
    """
    import signal, time
    class Killer:
        kill_now = False
        def __init__(self):
            signal.signal(signal.SIGTERM, self.exit)
        def exit(self, *a):
            self.kill_now = True
    def main():
        killer = Killer()
        while not killer.kill_now:  # here
            work()
            time.sleep(30)
    """,
    """
    import signal, time
    def main():
        global stopping
        signal.signal(signal.SIGTERM, on_term)
        while not stopping:  # here
            work()
            time.sleep(INTERVAL)
    def on_term(s, f):
        global stopping
        stopping = True
    """,
    """
    import signal, threading
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda s, f: stop.set())
    def main():
        while True:  # here
            work()
            stop.wait(1)
    """,
    """
    import threading, signal
    class S:
        def start(self):
            threading.Thread(target=self.run).start()
        def run(self):
            signal.signal(signal.SIGTERM, self.x)  # here
        def x(self, *a): self.a = 1
    """,
    """
    import time
    def main():
        worker = start()
        try:  # here
            while True:
                time.sleep(1)
        except KeyboardInterrupt:
            worker.stop()
            worker.join()
    """,
    """
    import asyncio, signal
    class App:
        async def run(self):
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGTERM, self._on_term)
            await self.serve()
        def _on_term(self):
            asyncio.create_task(self.cleanup())  # here
        async def cleanup(self):
            await self.db.close()
    """,
]
"""Handlers that an event loop or the main loop does not serve."""
QUIET = [
    """
    import signal, asyncio
    async def main():
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        await stop.wait()
    """,
    """
    import signal, asyncio, sys
    async def main():
        old = signal.getsignal(signal.SIGINT)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        await work()
        signal.signal(signal.SIGINT, old)
    """,
    """
    import signal, asyncio
    class S:
        def run(self):
            loop = asyncio.new_event_loop()
            loop.add_signal_handler(signal.SIGINT, lambda: self.tasks.add(loop.create_task(self.stop())))
            loop.run_forever()
        async def stop(self):
            await self.close()
    """,
    """
    import signal, asyncio
    class S:
        def run(self):
            self.done = asyncio.Event()
            loop = asyncio.new_event_loop()
            loop.add_signal_handler(signal.SIGINT, lambda: asyncio.ensure_future(self.stop()))
            loop.run_until_complete(self.done.wait())
        async def stop(self):
            await self.close()
            self.done.set()
    """,
    """
    import signal, threading
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda s, f: stop.set())
    def main():
        while not stop.wait(1):
            work()
    """,
    """
    import signal, sys, time
    def main():
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        worker = start()
        try:
            while True:
                time.sleep(1)
        except (KeyboardInterrupt, SystemExit):
            worker.stop()
    """,
    """
    import time
    def main():
        try:
            while True:
                time.sleep(1)
        except KeyboardInterrupt:
            print("bye")
    """,
    """
    import threading, signal
    class S:
        def start(self):
            self.run()
            threading.Thread(target=self.run).start()
        def run(self):
            if threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGTERM, self.x)
        def x(self, *a): self.a = 1
    """,
    """
    class Worker:
        def run(self):
            while True:
                job = self.queue.get()
                if job is None:
                    break
                job()
    """,
]
"""Handlers that work, and programs that need none."""


@pytest.mark.parametrize("source", TOLD)
def test_handlers_that_do_not_work_are_found(source: str) -> None:
    assert sorted(set(found_lines(RULE, source))) == marked_lines(source)


@pytest.mark.parametrize("source", QUIET)
def test_handlers_that_work_are_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_a_handler_for_a_coroutine_of_another_module_is_information() -> None:
    source = """
    import signal
    from contextlib import contextmanager
    @contextmanager
    def on_stop(callback):
        signal.signal(signal.SIGTERM, callback)  # here
        yield
    """
    worker = "from app import on_stop\nclass Worker:\n    async def run(self):\n        with on_stop(self.stop):\n            work()\n"
    assert found_lines(RULE, source, others={"worker": worker}) == marked_lines(source)
    assert found_lines(RULE, source, others={"worker": worker.replace("async def", "def")}) == []


def test_a_partial_by_its_name_is_followed() -> None:
    source = """
    import asyncio, signal
    from functools import partial
    def stop(number, frame, *, loop):
        loop.stop()
    def main(loop):
        handler = partial(stop, loop=loop)
        signal.signal(signal.SIGINT, handler)  # here
    """
    assert found_lines(RULE, source) == marked_lines(source)


def test_a_program_that_handles_sigterm_in_another_module_is_left_alone() -> None:
    source = """
    import time
    def main():
        worker = start()
        try:
            while True:
                time.sleep(1)
        except KeyboardInterrupt:  # here
            worker.stop()
    """
    setup = "import signal\ndef setup(stop):\n    signal.signal(signal.SIGTERM, stop)\n"
    assert len(found_lines(RULE, source)) == 1
    assert found_lines(RULE, source, others={"setup": setup}) == []


def test_sleep_between_two_runs_of_a_loop_that_handles_a_signal_is_information() -> None:
    source = """
    import asyncio, signal, time
    def pause():
        time.sleep(60)
    def main(loop, spray):
        loop.add_signal_handler(signal.SIGINT, spray.shutdown)  # here
        while spray.more():
            loop.run_until_complete(spray.round())
            pause()
    """
    assert found_lines(RULE, source) == marked_lines(source)
    assert found_lines(RULE, source.replace("pause()\n    ", "spray.count()\n    ")) == []


def test_a_server_that_is_shut_down_by_the_thread_that_serves_is_found() -> None:
    source = """
    import signal, threading
    from http.server import HTTPServer
    def main(server):
        signal.signal(signal.SIGTERM, lambda *_: server.shutdown())  # here
        server.serve_forever()
    """
    assert found_lines(RULE, source) == marked_lines(source)
    elsewhere = source.replace("server.serve_forever()", "threading.Thread(target=server.serve_forever).start()")
    assert found_lines(RULE, elsewhere) == []


@pytest.mark.parametrize(
    ("registration", "start", "by_loop"),
    [
        ("signal.signal(signal.SIGTERM, self.close)", "self._stopping = asyncio.create_task(self.close())", True),
        ("loop.add_signal_handler(signal.SIGTERM, self.close)", "self._stopping = asyncio.create_task(self.close())", False),
        ("loop.add_signal_handler(signal.SIGTERM, lambda: self.close(1))", "self._stopping = asyncio.create_task(self.close(1))", False),
        ("signal.signal(signal.SIGTERM, stop)", "stopping = asyncio.create_task(stop())", True),
    ],
)
def test_the_advice_starts_what_was_registered_by_its_own_name(registration: str, start: str, by_loop: bool) -> None:  # noqa: FBT001  # a parameter of a test
    source = f"""
    import asyncio, signal
    async def stop(): pass
    class Service:
        async def close(self, code=0):
            await asyncio.sleep(0)
        async def main(self):
            loop = asyncio.get_running_loop()
            {registration}
    """
    advice = findings(RULE, source)[0].advice
    assert f"`{start}`" in advice
    assert ("`loop.add_signal_handler(signal.SIGTERM, …)`" in advice) is by_loop
