"""CA702."""

import pytest
from review_builder import findings, found_lines, marked_lines
from review_fixing import mended

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.rules.global_event_loop import RULE

BAD = [
    "import asyncio, uvloop\nasyncio.set_event_loop_policy(uvloop.EventLoopPolicy())  # here\n",
    (
        "import asyncio\ndef main():\n    try:\n        loop = asyncio.get_event_loop()  # here\n"
        "    except ValueError:\n        loop = asyncio.get_event_loop()  # here\n"
        "    loop.run_until_complete(job())\n"
    ),
    (
        "import asyncio, os\ndef main():\n    if os.name:\n        loop = asyncio.get_event_loop()  # here\n"
        "    loop.run_until_complete(job())\n"
    ),
    (
        "import asyncio\nclass A:\n    def go(self, loop):\n        asyncio.set_event_loop(loop)  # here\n"
        "        loop.run_forever()\ndef run(loop):\n    asyncio.set_event_loop(loop)  # here\n"
        "    loop.run_forever()\n"
    ),
    """
    import asyncio
    def main():
        loop = asyncio.get_event_loop()  # here
        loop.run_until_complete(job())
    """,
    """
    from asyncio import get_event_loop as gel
    loop = gel()  # here
    """,
    """
    import asyncio
    async def main():
        loop = asyncio.get_event_loop()  # here
    """,
    """
    import asyncio
    class Service:
        def __init__(self):
            self.loop = asyncio.get_event_loop()  # here
    """,
    """
    import asyncio
    def fetch():
        loop = asyncio.new_event_loop()  # here
        return loop.run_until_complete(job())
    """,
    """
    import asyncio
    def fetch(loop):
        asyncio.set_event_loop(loop)  # here
        return loop.run_until_complete(job())
    """,
    """
    import asyncio
    async def fetch(loop):
        await asyncio.sleep(1, loop=loop)  # here
    """,
    """
    import asyncio
    class Service:
        def __init__(self, loop):
            self.lock = asyncio.Lock(loop=loop)  # here
    """,
]
GOOD = [
    "import asyncio, uvloop\nif __name__ == '__main__':\n    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())\n",
    "import asyncio, uvloop\ndef main():\n    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())\n",
    "from qt import set_event_loop_policy\nset_event_loop_policy(1)\n",
    "import asyncio\nloop = asyncio.new_event_loop()\nloop.run_until_complete(job())\n",
    "import asyncio\nloop = make()\nasyncio.set_event_loop(loop)\nloop.run_forever()\n",
    "import asyncio\ndef main(loop):\n    asyncio.set_event_loop(loop)\n",
    "import asyncio\ndef main(loop):\n    loop.run_forever()\n    asyncio.set_event_loop()\n",
    (
        "import asyncio\ndef main(loop):\n    try:\n        asyncio.set_event_loop(loop)\n"
        "        loop.run_forever()\n    except:\n        pass\n"
    ),
    "import asyncio, sys\nasync def main(loop):\n    if sys.version_info < (3, 10):\n        await asyncio.sleep(1, loop=loop)\n",
    "import asyncio\nasync def main():\n    return asyncio.get_running_loop()\n",
    "import asyncio\ndef main():\n    asyncio.run(job())\n",
    (
        "import asyncio\ndef fetch():\n    loop = asyncio.new_event_loop()\n    try:\n"
        "        return loop.run_until_complete(job())\n    finally:\n        loop.close()\n"
    ),
    (
        "import asyncio, contextlib\ndef fetch():\n    with contextlib.ExitStack() as stack:\n"
        "        loop = asyncio.new_event_loop()\n        stack.callback(loop.close)\n"
        "        return loop.run_until_complete(job())\n"
    ),
    "import asyncio\ndef make():\n    return asyncio.new_event_loop()\n",
    (
        "import asyncio, threading\ndef work():\n    loop = asyncio.new_event_loop()\n"
        "    asyncio.set_event_loop(loop)\n    loop.run_forever()\nthreading.Thread(target=work).start()\n"
    ),
    (
        "import asyncio, threading\nclass Worker(threading.Thread):\n    def run(self):\n"
        "        loop = asyncio.new_event_loop()\n        asyncio.set_event_loop(loop)\n"
        "        loop.run_forever()\n"
    ),
    (
        "import asyncio\ndef loop():\n    try:\n        return asyncio.get_event_loop()\n"
        "    except RuntimeError:\n        return asyncio.new_event_loop()\n"
    ),
    (
        "import asyncio\ndef loop():\n    try:\n        return asyncio.get_running_loop()\n"
        "    except (RuntimeError, ValueError):\n        return asyncio.get_event_loop()\n"
    ),
    (
        "import asyncio, sys\ndef loop():\n    if sys.version_info < (3, 10):\n"
        "        return asyncio.get_event_loop()\n    return asyncio.get_running_loop()\n"
    ),
    "import asyncio\ndef clear():\n    asyncio.set_event_loop(None)\n",
    (
        "import asyncio\ndef fetch(loop):\n    asyncio.set_event_loop(loop)\n    try:\n"
        "        return loop.run_until_complete(job())\n    finally:\n        asyncio.set_event_loop(None)\n"
    ),
    "def main(policy):\n    return policy.get_event_loop()\n",
    "from gi import get_event_loop\nget_event_loop()\n",
    "import aiohttp\ndef main(loop):\n    return aiohttp.ClientSession(loop=loop)\n",
    "import asyncio\nasync def main(loop):\n    return asyncio.ensure_future(job(), loop=loop)\n",
]


@pytest.mark.parametrize("source", BAD)
def test_a_global_loop_handled_by_hand_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_a_loop_that_is_closed_or_runs_in_its_thread_and_careful_code_are_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_a_thread_class_whose_base_is_in_another_module_runs_a_loop_of_its_own() -> None:
    others = {"base": "import threading\nclass Base(threading.Thread): ...\n"}
    source = (
        "import asyncio\nfrom base import Base\nclass W(Base):\n    def run(self):\n        self.go()\n"
        "    def go(self):\n        loop = asyncio.new_event_loop()\n        asyncio.set_event_loop(loop)\n"
        "        loop.run_forever()\n"
    )
    assert found_lines(RULE, source, others=others) == []


@pytest.mark.parametrize(("python", "count"), [(8, 0), (9, 0), (10, 1), (None, 1)])
def test_the_argument_loop_is_an_error_from_3_10_on(python: int | None, count: int) -> None:
    found = findings(RULE, BAD[10], python=python)
    assert [each.severity for each in found] == [Severity.ERROR] * count


@pytest.mark.parametrize(("python", "word"), [(10, "asyncio.run(…)"), (11, "asyncio.Runner()")])
def test_the_advice_fits_the_oldest_python(python: int, word: str) -> None:
    (found,) = findings(RULE, BAD[8], python=python)
    assert word in found.advice
    assert ("Runner" in found.advice) == (python == 11)


@pytest.mark.parametrize(
    ("source", "severity", "confidence"),
    [
        (BAD[4], Severity.WARNING, Confidence.HIGH),
        (BAD[5], Severity.WARNING, Confidence.HIGH),
        (BAD[6], Severity.INFO, Confidence.HIGH),
        (BAD[7], Severity.INFO, Confidence.MEDIUM),
    ],
)
def test_a_loop_that_is_only_kept_or_asked_for_by_a_coroutine_is_information(
    source: str, severity: Severity, confidence: Confidence
) -> None:
    (found,) = findings(RULE, source)
    assert (found.severity, found.confidence) == (severity, confidence)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("loop = asyncio.get_event_loop()", "loop = asyncio.get_running_loop()"),
        ("'ä', asyncio.get_event_loop().time()", "'ä', asyncio.get_running_loop().time()"),
        ("x = asyncio . get_event_loop ( )", "x = asyncio . get_running_loop ( )"),
    ],
)
def test_a_coroutine_is_mended_to_ask_for_the_running_loop(before: str, after: str) -> None:
    source = "import asyncio\nasync def main():\n    {}\n"
    (found,) = findings(RULE, source.format(before))
    assert mended(source.format(before), found) == source.format(after)
    assert found.fix is not None
    assert found.fix.safe


@pytest.mark.parametrize(
    "source",
    [
        "from asyncio import get_event_loop\nasync def main():\n    get_event_loop()\n",
        "import asyncio\ndef main():\n    asyncio.get_event_loop()\n",
    ],
)
def test_a_bare_name_and_a_plain_function_are_not_mended(source: str) -> None:
    assert [each.fix for each in findings(RULE, source)] == [None]


@pytest.mark.parametrize(
    ("source", "severity"),
    [
        ("import asyncio\nasyncio.set_event_loop_policy(policy())\n", Severity.WARNING),
        ("import asyncio, sys\nif sys.platform == 'win32':\n    asyncio.set_event_loop_policy(policy())\n", Severity.INFO),
    ],
)
def test_a_policy_for_one_platform_is_information(source: str, severity: Severity) -> None:
    assert [each.severity for each in findings(RULE, source)] == [severity]


@pytest.mark.parametrize(
    ("body", "mended"),
    [
        ("    asyncio.get_event_loop().run_until_complete(job())\n", False),
        ("    loop = asyncio.get_event_loop()\n    loop.run_until_complete(job())\n", False),
        ("    asyncio.get_event_loop().run_forever()\n", False),
        ("    asyncio.get_event_loop().call_soon(job)\n", True),
        ("    loop = asyncio.get_event_loop()\n    await loop.run_in_executor(None, job)\n", True),
    ],
)
def test_the_running_loop_is_not_offered_where_it_would_be_run_again(body: str, *, mended: bool) -> None:
    (found,) = findings(RULE, f"import asyncio\nasync def main(job):\n{body}")
    assert (found.fix is not None, "get_running_loop" in found.advice) == (mended, mended)
    assert "new loop" not in found.message


def test_a_loop_that_asyncio_run_does_not_use_is_found() -> None:
    source = """
    import asyncio
    async def main(): ...
    if __name__ == "__main__":
        asyncio.set_event_loop(asyncio.SelectorEventLoop())  # here
        asyncio.run(main())
    """
    assert found_lines(RULE, source) == marked_lines(source)


def test_a_loop_that_is_set_elsewhere_than_before_asyncio_run_is_left_alone() -> None:
    source = """
    import asyncio
    async def main(): ...
    def run(loop):
        asyncio.set_event_loop(loop)
    def start():
        asyncio.run(main())
    """
    assert found_lines(RULE, source) == []
