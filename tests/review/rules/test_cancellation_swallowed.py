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
    "import asyncio\nasync def work(job):\n    try:\n        await job()\n    except asyncio.CancelledError:\n        print('stopped')\n        raise\n",
    "import asyncio\nasync def work(job):\n    try:\n        await job()\n    except asyncio.CancelledError:\n        raise\n    except BaseException:\n        print('failed')\n",
    "async def work(job):\n    while True:\n        try:\n            await job()\n        except Exception:\n            print('failed')\n",
    "async def work(job):\n    while True:\n        try:\n            job()\n        except BaseException:\n            print('failed')\n",
    "def work(job):\n    while True:\n        try:\n            job()\n        except BaseException:\n            print('failed')\n",
    "import asyncio\nasync def stop(task):\n    task.cancel()\n    try:\n        await task\n    except asyncio.CancelledError:\n        pass\n",
    "import asyncio\nfrom contextlib import suppress\nasync def stop(task):\n    task.cancel()\n    with suppress(asyncio.CancelledError):\n        await task\n",
    "import asyncio\nasync def join(task):\n    try:\n        await asyncio.wait_for(asyncio.shield(task), 3)\n    except asyncio.CancelledError:\n        pass\n",
    "async def work(job, future):\n    while True:\n        try:\n            await job()\n        except BaseException as error:\n            future.set_exception(error)\n",
    "import sys\nasync def work(job):\n    try:\n        await job()\n    except BaseException:\n        sys.exit(1)\n",
    "from typing import NoReturn\ndef give_up() -> NoReturn:\n    raise SystemExit\nasync def work(job):\n    while True:\n        try:\n            await job()\n        except BaseException:\n            give_up()\n",
    "import asyncio\nasync def wait(task, left):\n    cancelled = None\n    while left():\n        try:\n            await asyncio.sleep(1)\n        except asyncio.CancelledError as error:\n            cancelled = cancelled or error\n    return cancelled\n",
    "async def work(job, kinds=(BaseException,)):\n    while True:\n        try:\n            await job()\n        except kinds:\n            print('failed')\n",
    "async def work(job):\n    try:\n        def inner():\n            return job\n        inner()\n    except BaseException:\n        print('failed')\n    await job()\n",
]


@pytest.mark.parametrize("source", BAD)
def test_a_cancellation_that_ends_in_a_handler_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_a_cancellation_that_is_passed_on_or_meant_for_another_task_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_a_loop_that_goes_on_is_an_error_and_a_quiet_end_only_worth_knowing() -> None:
    on = "import asyncio\nasync def work(job):\n    while True:\n        try:\n            await job()\n        except asyncio.CancelledError:\n            pass\n"
    end = "import asyncio\nasync def work(job):\n    try:\n        while True:\n            await job()\n    except asyncio.CancelledError:\n        return\n"
    told = "import asyncio\nasync def work(job):\n    done = False\n    while not done:\n        try:\n            await job()\n        except asyncio.CancelledError:\n            done = True\n"
    assert [each.severity for source in (on, end, told) for each in findings(RULE, source)] == [
        Severity.ERROR,
        Severity.INFO,
        Severity.INFO,
    ]


POLL = "import asyncio\nasync def poll(job):\n    while True:\n        try:\n            await job()\n        except Exception:\n            print('failed')\n"
WAIT = "import asyncio\nasync def wait(reader):\n    try:\n        await asyncio.wait_for(reader.read(), 2)\n    except TimeoutError:\n        return b''\n"


def test_except_exception_swallows_a_cancellation_on_3_7_only() -> None:
    assert found_lines(RULE, POLL, python=7) == [6]
    assert found_lines(RULE, POLL, python=8) == []


def test_the_builtin_timeout_error_is_another_one_before_3_11() -> None:
    assert found_lines(RULE, WAIT, python=10) == [5]
    assert found_lines(RULE, WAIT, python=11) == []


@pytest.mark.parametrize("kind", ["asyncio.TimeoutError", "(TimeoutError, asyncio.TimeoutError)", "OSError"])
def test_a_handler_of_asyncios_timeout_error_is_right_in_any_version(kind: str) -> None:
    assert found_lines(RULE, WAIT.replace("except TimeoutError", f"except {kind}"), python=9) == []


def test_timeout_error_imported_from_asyncio_is_no_builtin() -> None:
    assert found_lines(RULE, f"from asyncio import TimeoutError\n{WAIT}", python=9) == []
