"""CA209."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.review.rules.coroutine_function_in_thread import RULE

BAD = [
    """
    import threading
    async def refresh(): ...
    def start():
        threading.Thread(target=refresh).start()  # here
    """,
    """
    from threading import Thread as T
    async def refresh(): ...
    def start():
        T(None, refresh).start()  # here
    """,
    """
    import threading
    class Cache:
        async def refresh(self): ...
        def start(self):
            threading.Timer(5, self.refresh).start()  # here
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    async def refresh(x): ...
    def start(xs):
        with ThreadPoolExecutor() as pool:
            pool.submit(refresh, 1)  # here
            list(pool.map(refresh, xs))  # here
    """,
    """
    import asyncio
    async def refresh(): ...
    async def main():
        await asyncio.to_thread(refresh)  # here
    """,
    """
    from functools import partial
    async def refresh(x): ...
    async def main(loop):
        await loop.run_in_executor(None, partial(refresh, 1))  # here
    """,
    """
    import multiprocessing
    async def refresh(): ...
    def start():
        multiprocessing.Process(target=refresh).start()  # here
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    class Cache:
        def __init__(self):
            self.pool = ThreadPoolExecutor(2)
        async def refresh(self): ...
        def start(self):
            return self.pool.submit(self.refresh)  # here
    """,
]
GOOD = [
    "import threading\nasync def rows():\n    yield 1\ndef start():\n    threading.Thread(target=rows).start()\n",
    "async def refresh(): ...\ndef start(portal):\n    portal.to_thread(refresh)\n",
    (
        "import asyncio, threading\nasync def refresh(): ...\nasync def main(pool):\n    threading.Thread()\n"
        "    await asyncio.to_thread(*refresh)\n    pool.submit()\n"
    ),
    (
        "from concurrent.futures import ThreadPoolExecutor\nasync def refresh(): ...\n"
        "def start(pool: ThreadPoolExecutor):\n    pool.shutdown(refresh)\n    pool.submit()\n"
    ),
    "import threading\ndef refresh(): ...\ndef start():\n    threading.Thread(target=refresh).start()\n",
    (
        "import asyncio, threading\nasync def refresh(): ...\ndef start():\n"
        "    threading.Thread(target=lambda: asyncio.run(refresh())).start()\n"
    ),
    (
        "import asyncio, threading\nasync def refresh(): ...\ndef start():\n"
        "    threading.Thread(target=asyncio.run, args=(refresh(),)).start()\n"
    ),
    "import asyncio\nasync def refresh(): ...\nasync def main():\n    await (await asyncio.to_thread(refresh))\n",
    "async def refresh(): ...\nasync def main(loop):\n    await (await loop.run_in_executor(None, refresh))\n",
    (
        "from somewhere import synchronised\nimport threading\n@synchronised\nasync def refresh(): ...\n"
        "threading.Thread(target=refresh).start()\n"
    ),
    "from somewhere import Thread\nasync def refresh(): ...\nThread(target=refresh).start()\n",
    "async def refresh(): ...\ndef start(scheduler):\n    scheduler.submit(refresh)\n",
    "async def refresh(x): ...\ndef start(xs):\n    return map(refresh, xs)\n",
    "import threading\nasync def refresh(): ...\ndef start(refresh):\n    threading.Thread(target=refresh).start()\n",
    "import asyncio\nasync def refresh(): ...\nasync def main():\n    asyncio.create_task(refresh())\n",
    (
        "import threading\nclass A:\n    async def run(self): ...\nclass B:\n    def run(self): ...\n"
        "threading.Thread(target=B().run).start()\n"
    ),
]


@pytest.mark.parametrize("source", BAD)
def test_an_async_function_that_a_thread_or_executor_gets_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_plain_functions_and_other_takers_are_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_an_async_method_of_a_base_class_in_another_module_is_known() -> None:
    others = {"base": "class Base:\n    async def refresh(self): ...\n"}
    source = """
    import threading
    from base import Base
    class Cache(Base):
        def start(self):
            threading.Thread(target=self.refresh).start()  # here
    """
    assert found_lines(RULE, source, others=others) == marked_lines(source)


def test_the_message_names_the_function_and_who_calls_it() -> None:
    (found,) = findings(RULE, BAD[0])
    assert found.message.startswith("`refresh` is an async function: `Thread` calls it")
    assert "asyncio.run(refresh(…))" in found.advice


@pytest.mark.parametrize("call", ["loop.call_soon(work)", "loop.call_later(1, work)", "loop.add_signal_handler(2, work)"])
def test_a_callback_of_a_loop_that_is_async_is_found(call: str) -> None:
    source = f"import asyncio\nasync def work(): ...\nasync def main():\n    loop = asyncio.get_running_loop()\n    {call}\n"
    assert found_lines(RULE, source) == [5]


@pytest.mark.parametrize(
    "body",
    ["own.call_soon(work)", "tornado.ioloop.IOLoop.current().call_later(1, work)", "loop.call_soon(plain)", "loop.call_later(1)"],
)
def test_loops_of_others_and_plain_callbacks_are_left_alone(body: str) -> None:
    source = (
        "import asyncio, tornado\nasync def work(): ...\ndef plain(): ...\nasync def main(own):\n"
        f"    loop = asyncio.get_running_loop()\n    {body}\n"
    )
    assert found_lines(RULE, source) == []
