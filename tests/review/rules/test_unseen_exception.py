"""CA303."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Severity
from conc_advisor.review.rules.unseen_exception import RULE

BAD = [
    """
    from concurrent.futures import ThreadPoolExecutor
    def main(work, paths):
        with ThreadPoolExecutor() as pool:
            for path in paths:
                pool.submit(work, path)  # here
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    class Indexer:
        def __init__(self):
            self.pool = ThreadPoolExecutor(2)
        def add(self, path):
            future = self.pool.submit(print, path)  # here
    """,
    """
    from concurrent.futures import ProcessPoolExecutor
    def main(work, paths):
        with ProcessPoolExecutor() as pool:
            pool.map(work, paths)  # here
    """,
    """
    from concurrent.futures import ThreadPoolExecutor, as_completed
    def main(work, paths, bar):
        with ThreadPoolExecutor() as pool:
            futures = [pool.submit(work, path) for path in paths]  # here
            for future in as_completed(futures):
                bar.update()
    """,
    """
    from multiprocessing import Pool
    def main(work, paths):
        pool = Pool()
        for path in paths:
            pool.apply_async(work, (path,))  # here
        pool.close()
        pool.join()
    """,
    """
    import asyncio
    def notify(loop, send):
        asyncio.run_coroutine_threadsafe(send(), loop)  # here
    """,
    """
    import asyncio
    async def start(one, two):
        await asyncio.gather(one(), two(), return_exceptions=True)  # here
    """,
    """
    import asyncio
    async def copy(push):
        try:
            sizes = await asyncio.gather(push("us"), push("eu"))  # here
        except ConnectionError:
            return 0
        return sum(sizes)
    """,
]
GOOD = [
    """
    from concurrent.futures import ThreadPoolExecutor
    def main(work):
        with ThreadPoolExecutor() as pool:
            return pool.submit(work)
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def main(work):
        with ThreadPoolExecutor() as pool:
            pool.submit(work).result()
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def main(work, done):
        with ThreadPoolExecutor() as pool:
            pool.submit(work).add_done_callback(done)
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def main(work, paths):
        with ThreadPoolExecutor() as pool:
            return list(pool.map(work, paths))
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def main(work, paths):
        with ThreadPoolExecutor() as pool:
            for _ in pool.map(work, paths):
                pass
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def work():
        try:
            print()
        except Exception:
            print('failed')
    def main():
        with ThreadPoolExecutor() as pool:
            pool.submit(work)
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def main(work, paths, collect):
        with ThreadPoolExecutor() as pool:
            futures = [pool.submit(work, path) for path in paths]
            collect(futures)
    """,
    "class Form:\n    def submit(self, what): ...\ndef main(form: Form):\n    form.submit(1)\n",
    "def main(queue):\n    queue.submit(print)\n",
    "from multiprocessing import Pool\ndef main(work, failed):\n    pool = Pool()\n    pool.apply_async(work, error_callback=failed)\n",
    "from multiprocessing import Pool\ndef main(work, paths):\n    Pool().map(work, paths)\n",
    """
    import asyncio
    async def main(one, two):
        results = await asyncio.gather(one(), two(), return_exceptions=True)
        return [each for each in results if not isinstance(each, Exception)]
    """,
    "import asyncio\nasync def close(tasks):\n    await asyncio.gather(*tasks, return_exceptions=True)\n",
    """
    import asyncio
    async def main(tasks):
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    """,
    """
    import asyncio
    async def main(one, two):
        try:
            await asyncio.gather(one(), two())
        except OSError as error:
            raise RuntimeError from error
    """,
    """
    import asyncio
    async def main(tasks):
        try:
            await asyncio.gather(*tasks)
        except OSError:
            for task in tasks:
                task.cancel()
    """,
    """
    import asyncio
    async def main(tasks):
        try:
            await asyncio.gather(*tasks)
        except asyncio.CancelledError:
            print('stopped')
    """,
    "import asyncio\nasync def main(one):\n    try:\n        await asyncio.gather(one())\n    except OSError:\n        print('failed')\n",
    """
    import asyncio
    kept = set()
    def spawn(work):
        task = asyncio.create_task(work)
        kept.add(task)
        task.add_done_callback(kept.discard)
    """,
    """
    import asyncio
    async def main(works):
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work()) for work in works]
            for task in tasks:
                task.cancel()
    """,
]


@pytest.mark.parametrize("source", BAD)
def test_work_whose_exception_nobody_sees_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_work_that_is_asked_handles_itself_or_is_being_ended_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


@pytest.mark.parametrize(
    "source",
    [
        """
        import asyncio
        async def first(works):
            tasks = [asyncio.create_task(work()) for work in works]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()  # here
        """,
        """
        import asyncio
        class Room:
            def go(self, work):
                task = asyncio.create_task(work())
                self.tasks.append(task)
                task.add_done_callback(lambda _: self.tasks.remove(task))  # here
        """,
        """
        import asyncio
        async def main(loop, work):
            loop = asyncio.get_running_loop()
            loop.run_in_executor(None, work)  # here
        """,
        """
        import asyncio
        async def main(works):
            results = await asyncio.gather(*[work() for work in works], return_exceptions=True)  # here
            return [each.name for each in results]
        """,
    ],
)
def test_what_asyncio_itself_brings_to_the_log_is_told_at_severity_info(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)
    assert {each.severity for each in findings(RULE, source)} == {Severity.INFO}


def test_an_executor_that_a_base_class_of_another_module_holds_is_known() -> None:
    others = {
        "base": (
            "from concurrent.futures import ThreadPoolExecutor\n"
            "class Base:\n"
            "    def __init__(self):\n"
            "        self.pool = ThreadPoolExecutor()\n"
        )
    }
    source = """
    from base import Base
    class Indexer(Base):
        def add(self, path):
            self.pool.submit(print, path)  # here
    """
    assert found_lines(RULE, source, others=others) == marked_lines(source)


@pytest.mark.parametrize(
    ("iterated", "said"),
    [
        ("jobs", "`await asyncio.gather(*jobs, return_exceptions=True)`"),
        ("[job for job in jobs if job]", "`asyncio.gather` with `return_exceptions=True`"),
    ],
)
def test_the_tasks_to_wait_for_are_named_as_the_code_names_them(iterated: str, said: str) -> None:
    source = f"""
    import asyncio
    async def main(work):
        jobs = [asyncio.create_task(work()) for _ in range(3)]
        job = jobs[0]
        await job
        for job in {iterated}:
            job.cancel()
    """
    found = [each.advice for each in findings(RULE, source) if "cancels" in each.message]
    assert all(said in each for each in found)
    assert found or iterated != "jobs"
