"""CA301."""

import re

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


RETRY = """
import asyncio
async def with_retry(work):
    for attempt in range(3):
        try:
            return await work()
        except BaseException:
            await asyncio.sleep(2 ** attempt)
"""
COUNTED = """
import asyncio
async def with_retry(work):
    attempts = 0
    while attempts < 3:
        try:
            return await work()
        except BaseException:
            attempts += 1
"""


@pytest.mark.parametrize(
    "source",
    [
        *(RETRY, COUNTED, RETRY.replace("BaseException", "(Exception, asyncio.CancelledError)"), RETRY.replace(" BaseException", "")),
        COUNTED.replace("BaseException", "asyncio.CancelledError"),
        RETRY.replace("range(3)", "jobs"),
    ],
)
def test_a_loop_that_tries_again_does_not_end(source: str) -> None:
    (found,) = findings(RULE, source)
    assert (found.severity, found.message.rpartition(": ")[2]) == (Severity.WARNING, "its loop goes on with the next round")


@pytest.mark.parametrize(
    "source",
    [
        RETRY.replace("await asyncio.sleep(2 ** attempt)", "break"),
        RETRY.replace("import asyncio", "import twisted").replace("asyncio.", "twisted."),
        RETRY.replace("await asyncio.sleep(2 ** attempt)", "return"),
        COUNTED.replace("attempts += 1", "attempts = 3"),
        RETRY.replace("range(3)", "jobs")
        .replace("await asyncio.sleep(2 ** attempt)", "pass")
        .replace("BaseException", "asyncio.CancelledError"),
    ],
)
def test_a_handler_that_leaves_its_loop_or_that_is_asked_for_only_tells(source: str) -> None:
    assert [each.severity for each in findings(RULE, source)] == [Severity.INFO]


@pytest.mark.parametrize("handled", ["await asyncio.sleep(2 ** attempt); raise", "raise", "sys.exit(1)"])
def test_a_retry_that_raises_in_the_end_is_left_alone(handled: str) -> None:
    assert findings(RULE, "import sys\n" + RETRY.replace("await asyncio.sleep(2 ** attempt)", handled)) == []


ABORT = """
import asyncio
class Job:
    async def result(self):
        info = await self.redis.get(self.key)
        if isinstance(info.result, BaseException):
            raise info.result
        return info.result
    async def abort(self):
        try:
            await self.result()
        except asyncio.CancelledError:
            return True
        return False
"""
WAITERS = """
import asyncio
class Thread:
    async def wait_ready(self):
        task = asyncio.create_task(self.ready.wait())
        self.waiters.append(task)
        await task
async def find(thread: Thread):
    try:
        await thread.wait_ready()
    except asyncio.CancelledError:
        return None
    return thread
"""


@pytest.mark.parametrize("source", [ABORT, WAITERS])
def test_a_cancellation_that_may_be_anothers_is_information(source: str) -> None:
    (found,) = findings(RULE, source, python=11)
    assert (found.severity, found.advice) == (Severity.INFO, "begin the handler with `if asyncio.current_task().cancelling(): raise`")
    (found,) = findings(RULE, source, python=10)
    assert (found.severity, "cancelling()" in found.advice) == (Severity.INFO, False)
    asked = re.sub(r"( +)(except .*:\n)", r"\1\2\1    if asyncio.current_task().cancelling(): raise\n", source)
    assert findings(RULE, asked, python=11) == []


@pytest.mark.parametrize(
    "source",
    [
        ABORT.replace("raise info.result", "raise ValueError(info)"),
        ABORT.replace("raise info.result", "pass"),
        ABORT.replace("await self.result()", "await self.result(); await self.redis.close()"),
        ABORT.replace("asyncio.CancelledError", "BaseException"),
        ABORT.replace("            raise info.result", "            try: pass\n            except OSError as error: raise error"),
    ],
)
def test_a_cancellation_of_the_task_itself_is_a_warning(source: str) -> None:
    (found,) = findings(RULE, source, python=11)
    assert (found.severity, "cancelling()" in found.advice) == (Severity.WARNING, False)


def test_coroutines_that_gather_is_given_as_a_list_are_the_functions_own() -> None:
    source = """
    import asyncio
    async def fetch(url): ...
    async def run(urls):
        try:
            pages = await asyncio.gather(*[fetch(url) for url in urls])
        except:  # here
            pages = []
        await fetch(pages)
    """
    assert found_lines(RULE, source) == marked_lines(source)


def test_tasks_that_gather_is_given_may_be_cancelled_by_others() -> None:
    source = """
    import asyncio
    async def run(tasks):
        try:
            await asyncio.gather(*tasks)
        except asyncio.CancelledError:
            print("one of them was cancelled")
    """
    assert found_lines(RULE, source) == []
