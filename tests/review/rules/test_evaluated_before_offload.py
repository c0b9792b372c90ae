"""CA106."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.review.rules.evaluated_before_offload import RULE

BAD = [
    "class Result: ...\ndef work() -> Result: ...\ndef main(pool):\n    pool.submit(work())  # here\n",
    (
        "class Jobs:\n    def write_page(self):\n        return unknown\n    def main(self, pool):\n"
        "        pool.submit(self.write_page())  # here\n"
    ),
    """
    import asyncio
    def work(x): return "done"
    async def main():
        await asyncio.to_thread(work(2))  # here
    """,
    """
    import asyncio, time
    async def main():
        await asyncio.to_thread(time.sleep(2))  # here
    """,
    """
    def work(x) -> int: ...
    async def main(loop):
        await loop.run_in_executor(None, work(2))  # here
    """,
    """
    def work(): print()
    def main(pool):
        pool.submit(work())  # here
    """,
    """
    import threading
    def work(x): print(x)
    def main():
        threading.Thread(target=work(1)).start()  # here
    """,
    """
    import requests
    from concurrent.futures import ThreadPoolExecutor
    def main():
        with ThreadPoolExecutor() as pool:
            return pool.submit(requests.get("https://x"))  # here
    """,
    """
    from anyio import to_thread
    class Shop:
        def load(self) -> list[int]: ...
        async def main(self):
            await to_thread.run_sync(self.load())  # here
    """,
    """
    from fastapi.concurrency import run_in_threadpool
    def rows() -> dict[str, int]: ...
    async def main():
        return await run_in_threadpool(rows())  # here
    """,
    """
    from asyncio import to_thread as offload
    def work() -> str: ...
    async def main():
        await offload(work())  # here
    """,
    """
    from threading import Thread as T
    def work(x): print(x)
    def main():
        T(target=work(1)).start()  # here
    """,
]
GOOD = [
    "async def work(x) -> int: return 1\ndef main(pool):\n    pool.submit(work(2))\n",
    "def work() -> int: ...\nasync def main(pool):\n    pool.submit(await work())\n",
    "class Work:\n    def __call__(self): ...\ndef make() -> Work: ...\ndef main(pool):\n    pool.submit(make())\n",
    "from jobs import Job\nclass Work(Job): ...\ndef make() -> Work: ...\ndef main(pool):\n    pool.submit(make())\n",
    "class Jobs:\n    def make_work(self):\n        return unknown\n    def main(self, pool):\n        pool.submit(self.make_work())\n",
    (
        "class Jobs:\n    def load_page(self, x):\n        return unknown\n    def main(self, pool):\n"
        "        pool.submit(self.load_page(1))\n        pool.submit(self.load_page(x=1))\n"
    ),
    "def load():\n    return unknown\ndef main(pool):\n    pool.submit(load())\n",
    "def work() -> int: ...\ndef main(pool):\n    pool.put(work())\n    submit(work())\n",
    "import asyncio\ndef work(x): return 'done'\nasync def main():\n    await asyncio.to_thread(work, 2)\n",
    "import asyncio\nfrom functools import partial\ndef work(x): ...\nasync def main():\n    await asyncio.to_thread(partial(work, 2))\n",
    "import asyncio\ndef make(x):\n    def inner(): ...\n    return inner\nasync def main():\n    await asyncio.to_thread(make(2))\n",
    "import asyncio\ndef make(x):\n    return lambda: x\nasync def main():\n    await asyncio.to_thread(make(2))\n",
    "import asyncio\ndef make(x):\n    return x\nasync def main(f):\n    await asyncio.to_thread(make(f))\n",
    (
        "import asyncio\nfrom collections.abc import Callable\ndef make(x) -> Callable[[], int]: ...\n"
        "async def main(f):\n    await asyncio.to_thread(make(f))\n"
    ),
    "import asyncio\nfrom other import make\nasync def main():\n    await asyncio.to_thread(make(2))\n",
    "import asyncio\n@decorated\ndef work(x): return 'done'\nasync def main():\n    await asyncio.to_thread(work(2))\n",
    "import asyncio\nclass Work:\n    def __call__(self): ...\nasync def main():\n    await asyncio.to_thread(Work())\n",
    "def main(form):\n    form.submit(name())\ndef name(): return text()\n",
    "async def work(x): return 1\nasync def main(group):\n    group.submit(work(2))\n",
    "async def work() -> str: ...\nasync def main(pool):\n    pool.submit(await work())\n",
    "import threading\ndef work(x): ...\ndef main():\n    threading.Thread(target=work, args=(1,)).start()\n",
    "def work():\n    yield 1\ndef main(pool):\n    pool.submit(work())\n",
    "def work(): ...\ndef main(pool):\n    pool.submit(work())\n",
    "def payload() -> dict: return {}\ndef main(jobs):\n    jobs.submit(payload())\n",
    "from celery import shared_task\ndef words() -> tuple: return (1, 2)\ndef main(task):\n    task.apply_async(words())\n",
    "class Pool:\n    def submit(self, job): ...\ndef job() -> str: return 'x'\ndef main(pool: Pool):\n    pool.submit(job())\n",
    "from quart import Thread\ndef name() -> str: return 'x'\nThread(target=name())\n",
    "def cancel() -> int: ...\nasync def main(portal):\n    await portal.run_sync(cancel())\n",
]


@pytest.mark.parametrize("source", BAD)
def test_a_call_whose_result_is_no_function_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_a_function_and_what_may_give_one_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_a_function_of_another_module_is_known() -> None:
    others = {"jobs": "def work(x):\n    return f'{x}'\n"}
    source = "import asyncio\nfrom jobs import work\nasync def main():\n    await asyncio.to_thread(work(2))  # here\n"
    assert found_lines(RULE, source, others=others) == marked_lines(source)


@pytest.mark.parametrize(
    ("call", "advice"),
    [
        ("asyncio.to_thread(work(2))", "write `to_thread(work, …)`"),
        ("asyncio.to_thread(work())", "write `to_thread(work)`"),
        ("loop.run_in_executor(None, work(2))", "write `run_in_executor(None, work, …)`"),
        ("loop.run_in_executor(pool, work(2))", "write `run_in_executor(pool, work, …)`"),
        ("threading.Thread(target=work(2))", "write `Thread(target=work, args=(…,))`"),
        ("threading.Thread(target=work())", "write `Thread(target=work)`"),
    ],
)
def test_the_advice_is_the_call_to_write(call: str, advice: str) -> None:
    (found,) = findings(RULE, f"import asyncio, threading\ndef work(x=1): return 'done'\nasync def main(loop, pool):\n    {call}\n")
    assert found.advice == advice


@pytest.mark.parametrize("given", ["session.load_token()", "exporter.from_notebook(1)", "self.api.login('x')"])
def test_a_method_of_unknown_type_that_is_named_for_what_it_does_is_found(given: str) -> None:
    source = f"async def main(self, hass, session, exporter):\n    await hass.async_add_executor_job({given})\n"
    assert found_lines(RULE, source) == [2]


@pytest.mark.parametrize("given", ["session.load_token", "session.token_loader()", "make_loader()", "operator.methodcaller('x')"])
def test_what_may_give_a_function_is_left_alone(given: str) -> None:
    source = f"import operator\nasync def main(hass, session):\n    await hass.async_add_executor_job({given})\n"
    assert found_lines(RULE, source) == []


def test_a_function_that_runs_what_it_is_given_is_no_factory() -> None:
    source = """
    from multiprocessing import Process
    def initializer(func, args):
        prepare()
        return func(*args)
    def submit(func, args):
        return Process(target=initializer(func, args))  # here
    """
    assert found_lines(RULE, source) == marked_lines(source)
