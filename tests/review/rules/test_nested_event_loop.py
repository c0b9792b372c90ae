"""CA701."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.rules.nested_event_loop import RULE

BAD = [
    """
    import asyncio
    async def load(): ...
    async def handler():
        return asyncio.run(load())  # here
    """,
    """
    from asyncio import run as go
    async def load(): ...
    async def handler():
        go(load())  # here
    """,
    """
    import asyncio
    async def load(): ...
    async def handler():
        loop = asyncio.get_event_loop()
        loop.run_until_complete(load())  # here
    """,
    """
    import asyncio
    class Service:
        def __init__(self):
            self.loop = asyncio.new_event_loop()
        async def stop(self):
            self.loop.run_forever()  # here
    """,
    """
    import asyncio
    async def load(): ...
    def load_now():
        return asyncio.run(load())
    async def handler():
        return load_now()  # here
    """,
    """
    import asyncio
    class Client:
        async def load(self): ...
        def load_now(self):
            return self._run(self.load())
        def _run(self, coroutine):
            return asyncio.get_event_loop().run_until_complete(coroutine)
        async def handler(self):
            return self.load_now()  # here
    """,
    """
    import asyncio
    class Client:
        async def load(self): ...
        def load_now(self):
            return asyncio.get_event_loop().run_until_complete(self.load())  # here
    """,
    """
    import trio
    async def load(): ...
    async def handler():
        trio.run(load)  # here
    """,
    """
    import asyncio
    async def load(): ...
    async def handler():
        with asyncio.Runner() as runner:
            runner.run(load())  # here
    """,
    """
    from asgiref.sync import async_to_sync
    async def load(): ...
    async def handler():
        async_to_sync(load)()  # here
    """,
]
GOOD = [
    "import asyncio\nasync def load(): ...\ndef now():\n    return asyncio.run(load())\nasync def main():\n    return await now()\n",
    (
        "import asyncio, nest_asyncio\nasync def load(): ...\ndef now():\n    return asyncio.run(load())\n"
        "async def main():\n    return now()\n"
    ),
    (
        "import asyncio\nclass A:\n    async def a(self): ...\n    def now(self):\n"
        "        loop = asyncio.get_event_loop()\n        if loop.is_running():\n            return None\n"
        "        return asyncio.get_event_loop().run_until_complete(self.a())\n"
    ),
    (
        "import asyncio\nclass A:\n    async def a(self): ...\n    def now(self):\n"
        "        return asyncio.new_event_loop().run_until_complete(self.a())\n"
    ),
    "import asyncio\nclass A:\n    async def a(self): ...\n    def now(self):\n        return self.loop().run_until_complete(self.a())\n",
    (
        "import asyncio\nclass A:\n    async def a(self): ...\n    def now(self):\n"
        "        return asyncio.get_event_loop().create_task(self.a())\n"
    ),
    "import asyncio\nasync def a(): ...\ndef now():\n    return asyncio.get_event_loop().run_until_complete(a())\n",
    "import asyncio\nasync def load(): ...\ndef main():\n    asyncio.run(load())\n",
    "import asyncio\nasync def load(): ...\nasyncio.run(load())\n",
    "import asyncio\nasync def load(): ...\nasync def handler():\n    return await load()\n",
    (
        "import asyncio\nasync def load(): ...\ndef load_now():\n    return asyncio.run(load())\n"
        "async def handler():\n    return await asyncio.to_thread(load_now)\n"
    ),
    "import asyncio\nasync def load(): ...\nasync def handler():\n    return await asyncio.to_thread(asyncio.run, load())\n",
    "import asyncio\nasync def load(): ...\nasync def handler():\n    return await asyncio.to_thread(lambda: asyncio.run(load()))\n",
    "import asyncio\nasync def load(): ...\nasync def handler():\n    def work():\n        asyncio.run(load())\n    return work\n",
    "import asyncio, nest_asyncio\nnest_asyncio.apply()\nasync def load(): ...\nasync def handler():\n    asyncio.run(load())\n",
    (
        "import asyncio\nasync def load(): ...\ndef now():\n    try:\n        asyncio.get_running_loop()\n"
        "    except RuntimeError:\n        return asyncio.run(load())\nasync def handler():\n    now()\n"
    ),
    (
        "import asyncio\nasync def load(): ...\ndef now(loop):\n    if loop.is_running():\n        return None\n"
        "    else:\n        return asyncio.run(load())\nasync def handler(loop):\n    now(loop)\n"
    ),
    "import asyncio\nclass Client:\n    def load_now(self):\n        return asyncio.get_event_loop().run_until_complete(load())\n",
    (
        "import asyncio\nclass Client:\n    async def a(self): ...\n    def _now(self):\n"
        "        asyncio.get_event_loop().run_until_complete(self.a())\n"
    ),
    "import subprocess\nasync def handler():\n    subprocess.run(['x'])\n",
    "class App:\n    async def run(self): ...\nasync def handler(app: App):\n    await app.run()\n",
    (
        "import asyncio\nfrom tools import in_thread\nasync def load(): ...\n@in_thread\ndef now():\n"
        "    asyncio.run(load())\nasync def handler():\n    now()\n"
    ),
    "import asyncio\ndef main():\n    yield asyncio.run(load())\nasync def handler():\n    main()\n",
]


@pytest.mark.parametrize("source", BAD)
def test_a_loop_that_is_started_where_one_runs_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_a_loop_of_its_own_thread_or_program_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_a_facade_of_another_module_is_found_with_the_way() -> None:
    others = {
        "facade": "from facade.now import fetch\n",
        "facade.now": "import asyncio\nasync def _fetch(): ...\ndef fetch():\n    return asyncio.run(_fetch())\n",
    }
    source = "from facade import fetch\nasync def handler():\n    return fetch()  # here\n"
    (found,) = findings(RULE, source, others=others)
    assert found_lines(RULE, source, others=others) == marked_lines(source)
    assert [step.text for step in found.steps] == ["handler() calls fetch()", "fetch() calls asyncio.run()"]


@pytest.mark.parametrize(
    ("body", "severity", "confidence"),
    [
        ("    asyncio.run(x)\n", Severity.ERROR, Confidence.HIGH),
        ("    if x:\n        asyncio.run(x)\n", Severity.ERROR, Confidence.MEDIUM),
    ],
)
def test_a_condition_on_the_way_lowers_the_confidence(body: str, severity: Severity, confidence: Confidence) -> None:
    (found,) = findings(RULE, f"import asyncio\ndef now(x):\n{body}async def handler(x):\n    now(x)\n")
    assert (found.severity, found.confidence) == (severity, confidence)


FACADES = [
    """
    import asyncio
    class Client:
        async def aget(self):
            return 1
        def get(self):
            return asyncio.run(self.aget())  # here
    """,
    """
    import asyncio, inspect
    def call(work):
        found = work()
        if inspect.iscoroutine(found):
            found = asyncio.run(found)  # here
        return found
    """,
    """
    class Tools:
        async def execute(self):
            return 1
        def as_tool(self):
            def tool():
                return run_sync(self.execute())  # here
            return tool
    """,
]
NO_FACADES = [
    "import asyncio\nclass Client:\n    async def aget(self): ...\n    def run(self):\n        asyncio.run(self.aget())\n",
    "import asyncio\nclass Client:\n    def get(self):\n        asyncio.run(work())\n",
    (
        "import asyncio\nclass Client:\n    async def aget(self): ...\n    def get(self):\n        try:\n"
        "            asyncio.get_running_loop()\n        except RuntimeError:\n            return asyncio.run(self.aget())\n"
    ),
    "import asyncio\nclass Client:\n    async def aget(self): ...\n    def _get(self):\n        asyncio.run(self.aget())\n",
    "import asyncio\ndef call(work):\n    return asyncio.run(work())\n",
    "class Tools:\n    async def execute(self): ...\n    def tool(self):\n        run_sync(self.name)\n        return run_sync(print())\n",
]


@pytest.mark.parametrize("source", FACADES)
def test_a_plain_face_of_async_work_is_information(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)
    assert {each.severity for each in findings(RULE, source)} == {Severity.INFO}


@pytest.mark.parametrize("source", NO_FACADES)
def test_programs_and_faces_that_look_for_a_loop_are_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []
