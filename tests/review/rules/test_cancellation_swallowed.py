"""CA301."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Severity
from conc_advisor.review.rules.cancellation_swallowed import RULE

BAD = [
    """
    import asyncio
    async def work(jobs):
        while True:
            try:
                await jobs.get()
            except:  # here
                print("failed")
    """,
    """
    async def work(ping, log):
        while True:
            try:
                await ping()
            except BaseException as error:  # here
                log.error("failed: %s", error)
    """,
    """
    from asyncio import CancelledError
    async def work(jobs):
        while True:
            try:
                async for job in jobs:
                    print(job)
            except (CancelledError, OSError):  # here
                continue
    """,
    """
    import asyncio
    class Body:
        async def receive(self):
            try:
                await self.wait_for_data()
            except asyncio.CancelledError:  # here
                return {"type": "http.disconnect"}
    """,
    """
    import asyncio
    class Waiter:
        async def wait(self):
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            except asyncio.CancelledError:  # here
                pass
    """,
    """
    import asyncio
    from contextlib import suppress
    async def work(jobs):
        while True:
            with suppress(asyncio.CancelledError):  # here
                await jobs.get()
    """,
    """
    async def work(job):
        try:
            await job()
        finally:
            return None  # here
    """,
]
GOOD = [
    """
    import asyncio
    async def wait(lock):
        cancelled = False
        while True:
            try:
                await lock.acquire()
                break
            except asyncio.CancelledError:
                cancelled = True
        if cancelled:
            raise asyncio.CancelledError
    """,
    """
    import asyncio
    async def work(job):
        try:
            await job()
        except asyncio.CancelledError:
            print('stopped')
            raise
    """,
    """
    import asyncio
    async def work(job):
        try:
            await job()
        except asyncio.CancelledError:
            raise
        except BaseException:
            print('failed')
    """,
    """
    async def work(job):
        while True:
            try:
                await job()
            except Exception:
                print('failed')
    """,
    "async def work(job):\n    while True:\n        try:\n            job()\n        except BaseException:\n            print('failed')\n",
    "def work(job):\n    while True:\n        try:\n            job()\n        except BaseException:\n            print('failed')\n",
    """
    import asyncio
    async def stop(task):
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            pass
    """,
    """
    import asyncio
    from contextlib import suppress
    async def stop(task):
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    """,
    """
    import asyncio
    async def join(task):
        try:
            await asyncio.wait_for(asyncio.shield(task), 3)
        except asyncio.CancelledError:
            pass
    """,
    """
    async def work(job, future):
        while True:
            try:
                await job()
            except BaseException as error:
                future.set_exception(error)
    """,
    "import sys\nasync def work(job):\n    try:\n        await job()\n    except BaseException:\n        sys.exit(1)\n",
    """
    from typing import NoReturn
    def give_up() -> NoReturn:
        raise SystemExit
    async def work(job):
        while True:
            try:
                await job()
            except BaseException:
                give_up()
    """,
    """
    import asyncio
    async def wait(task, left):
        cancelled = None
        while left():
            try:
                await asyncio.sleep(1)
            except asyncio.CancelledError as error:
                cancelled = cancelled or error
        return cancelled
    """,
    """
    async def work(job, kinds: type[BaseException] = BaseException):
        while True:
            try:
                await job()
            except kinds:
                print('failed')
    """,
    """
    async def work(job):
        try:
            def inner():
                return job
            inner()
        except BaseException:
            print('failed')
        await job()
    """,
]


@pytest.mark.parametrize("source", BAD)
def test_a_cancellation_that_ends_in_a_handler_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_a_cancellation_that_is_passed_on_or_meant_for_another_task_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_a_loop_that_goes_on_is_an_error_and_a_quiet_end_only_worth_knowing() -> None:
    on = (
        "import asyncio\n"
        "async def work(job):\n"
        "    while True:\n"
        "        try:\n"
        "            await job()\n"
        "        except asyncio.CancelledError:\n"
        "            pass\n"
    )
    end = (
        "import asyncio\n"
        "async def work(job):\n"
        "    try:\n"
        "        while True:\n"
        "            await job()\n"
        "    except asyncio.CancelledError:\n"
        "        return\n"
    )
    told = (
        "import asyncio\n"
        "async def work(job):\n"
        "    done = False\n"
        "    while not done:\n"
        "        try:\n"
        "            await job()\n"
        "        except asyncio.CancelledError:\n"
        "            done = True\n"
    )
    assert [each.severity for source in (on, end, told) for each in findings(RULE, source)] == [
        Severity.ERROR,
        Severity.INFO,
        Severity.INFO,
    ]


POLL = (
    "import asyncio\n"
    "async def poll(job):\n"
    "    while True:\n"
    "        try:\n"
    "            await job()\n"
    "        except Exception:\n"
    "            print('failed')\n"
)
WAIT = (
    "import asyncio\n"
    "async def wait(reader):\n"
    "    try:\n"
    "        await asyncio.wait_for(reader.read(), 2)\n"
    "    except TimeoutError:\n"
    "        return b''\n"
)


def test_except_exception_swallows_a_cancellation_on_3_7_only() -> None:
    assert found_lines(RULE, POLL, python=7) == [6]
    assert found_lines(RULE, POLL, python=8) == []


def test_the_builtin_timeout_error_is_another_one_before_3_11() -> None:
    assert found_lines(RULE, WAIT, python=10) == [5]
    assert found_lines(RULE, WAIT, python=11) == []


def test_aiohttp_raises_the_timeout_error_of_asyncio() -> None:
    source = """
    import aiohttp
    async def load(http: aiohttp.ClientSession, url):
        try:
            async with http.get(url) as answer:
                return await answer.read()
        except TimeoutError:  # here
            return b""
    """
    assert found_lines(RULE, source, python=10) == marked_lines(source)
    assert found_lines(RULE, source, python=12) == []


@pytest.mark.parametrize("kind", ["asyncio.TimeoutError", "(TimeoutError, asyncio.TimeoutError)", "OSError"])
def test_a_handler_of_asyncios_timeout_error_is_right_in_any_version(kind: str) -> None:
    assert found_lines(RULE, WAIT.replace("except TimeoutError", f"except {kind}"), python=9) == []


def test_timeout_error_imported_from_asyncio_is_no_builtin() -> None:
    assert found_lines(RULE, f"from asyncio import TimeoutError\n{WAIT}", python=9) == []
