"""CA202."""

import pytest
from review_builder import findings, found_lines, marked_lines, parsed

from conc_advisor.review.fixes import apply
from conc_advisor.review.rules.task_not_stored import RULE

BAD = [
    """
    import asyncio
    async def save(): ...
    async def main():
        asyncio.create_task(save())  # here
        await asyncio.sleep(1)
    """,
    """
    from asyncio import ensure_future
    async def main(save):
        ensure_future(save())  # here
    """,
    """
    class Heart:
        def __init__(self, loop):
            self._loop = loop
        def beat(self):
            self._loop.create_task(self.ping())  # here
        async def ping(self): ...
    """,
    """
    import asyncio
    async def main(save):
        task = asyncio.create_task(save())  # here
        await asyncio.sleep(0)
    """,
    """
    import asyncio
    async def main(save):
        task = None
        def on_signal():
            task = asyncio.create_task(save())  # here
        await asyncio.sleep(0)
        print(task, on_signal)
    """,
    """
    import asyncio
    def main(loop, signal, stop):
        loop.add_signal_handler(signal, lambda: asyncio.create_task(stop()))  # here
    """,
    """
    import asyncio
    def main(loop, stop):
        loop.call_soon_threadsafe(asyncio.create_task, stop())  # here
    """,
    """
    import asyncio
    def spawn(work):
        return asyncio.create_task(work)
    async def main(save):
        spawn(save())  # here
    """,
    """
    import asyncio
    async def main(save, paths):
        tasks = []
        for path in paths:
            tasks.append(asyncio.create_task(save(path)))  # here
    """,
    """
    import asyncio
    async def main(save, report):
        task = asyncio.create_task(save())  # here
        task.add_done_callback(report)
    """,
]
GOOD = [
    "import asyncio\nasync def main(save):\n    await asyncio.create_task(save())\n",
    "import asyncio\nasync def main(save):\n    async with asyncio.TaskGroup() as group:\n        group.create_task(save())\n",
    "async def main(save, nursery):\n    nursery.create_task(save())\n",
    """
    import asyncio
    kept = set()
    def main(save):
        task = asyncio.create_task(save())
        kept.add(task)
        task.add_done_callback(kept.discard)
    """,
    "import asyncio\nclass A:\n    def start(self, save):\n        self.task = asyncio.create_task(save())\n",
    "import asyncio\nasync def fixture(serve):\n    task = asyncio.create_task(serve())\n    yield\n",
    "import asyncio\nasync def main(beat, server):\n    task = asyncio.create_task(beat())\n    await server.serve_forever()\n",
    """
    import asyncio
    async def main(work):
        loop = asyncio.get_running_loop()
        asyncio.ensure_future(loop.run_in_executor(None, work))
    """,
    """
    class App:
        def create_task(self, work):
            self.tasks.append(work)
        def go(self, work):
            self.create_task(work())
    """,
    "import asyncio\ndef main(save):\n    global task\n    task = asyncio.create_task(save())\n",
    """
    import asyncio
    async def main(saves):
        tasks = []
        for save in saves:
            tasks.append(asyncio.create_task(save()))
        await asyncio.wait(tasks)
    """,
    """
    import asyncio
    kept = set()
    def spawn(work):
        task = asyncio.create_task(work)
        kept.add(task)
        return task
    def go(work):
        spawn(work())
    """,
    "import asyncio\ndef make(save):\n    return lambda: asyncio.create_task(save())\n",
]


@pytest.mark.parametrize("source", BAD)
def test_a_task_that_nothing_keeps_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_a_task_that_is_kept_awaited_or_in_a_group_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_a_helper_of_another_module_that_only_returns_its_task_is_known() -> None:
    others = {"tasks": "import asyncio\ndef spawn(work):\n    return asyncio.create_task(work)\n"}
    source = """
    from tasks import spawn
    async def main(save):
        spawn(save())  # here
    """
    assert found_lines(RULE, source, others=others) == marked_lines(source)


def test_the_fix_keeps_all_dropped_tasks_in_one_set_of_the_module() -> None:
    source = (
        "import asyncio\n"
        "\n"
        "\n"
        "async def one(save):\n"
        "    asyncio.create_task(save())\n"
        "\n"
        "\n"
        "async def two(save):\n"
        "    asyncio.create_task(save())\n"
    )
    fixed = apply(source.encode(), findings(RULE, source)).content.decode()
    assert fixed.count("_background_tasks: set[object] = set()\n") == 1
    assert fixed.count("    task = asyncio.create_task(save())\n    _background_tasks.add(task)\n") == 2
    assert found_lines(RULE, fixed) == []
    assert parsed(fixed).tree.body


@pytest.mark.parametrize(
    "source",
    [
        "import asyncio\nasync def main(task):\n    asyncio.create_task(task.run())\n",
        "import asyncio\nasync def main(save):\n    print(task)\n    asyncio.create_task(save())\n",
        "import asyncio\nasync def main(save):\n    if save: asyncio.create_task(save())\n",
        "async def main(save):\n    import asyncio\n    asyncio.create_task(save())\n",
    ],
)
def test_there_is_no_fix_where_its_names_are_taken_or_its_lines_shared(source: str) -> None:
    assert [each.fix for each in findings(RULE, source)] == [None]


def test_a_task_group_is_advised_from_3_11_on_only() -> None:
    source = "import asyncio\nasync def main(save):\n    asyncio.create_task(save())\n"
    assert "TaskGroup" in findings(RULE, source, python=11)[0].advice
    assert "TaskGroup" not in findings(RULE, source, python=10)[0].advice


KEEPING = """
import asyncio
class Client:
    def __init__(self):
        self.tasks = set()
    def spawn(self, work):
        task = asyncio.create_task(work)
        self.tasks.add(task)
        return task
    def request(self, work):
        return self.spawn(work)
    def ask(self, work):
        return self.request(work)
    async def run(self, work):
        self.spawn(work())
        self.request(work())
        self.ask(work())
"""


def test_a_helper_of_a_helper_that_keeps_its_tasks_is_left_alone() -> None:
    assert found_lines(RULE, KEEPING) == []


def test_a_helper_of_a_helper_that_keeps_nothing_is_found() -> None:
    source = KEEPING.replace("        self.tasks.add(task)\n", "")
    assert [source.splitlines()[line - 1].strip() for line in found_lines(RULE, source)] == [
        *("self.spawn(work())", "self.request(work())", "self.ask(work())")
    ]


def test_a_helper_may_lie_in_another_module_than_the_one_that_keeps() -> None:
    keeping = "import asyncio\nkept = set()\ndef spawn(work):\n    task = asyncio.create_task(work)\n    kept.add(task)\n    return task\n"
    dropping = "import asyncio\ndef spawn(work):\n    return asyncio.create_task(work)\n"
    source = "from tasks import spawn\ndef send(work):\n    return spawn(work)\nasync def main(work):\n    send(work())\n"
    assert found_lines(RULE, source, others={"tasks": keeping}) == []
    assert found_lines(RULE, source, others={"tasks": dropping}) == [5]


STARTS = [
    "workers = [asyncio.create_task(work(queue)) for _ in range(3)]",
    "task = asyncio.create_task(work(queue))",
    "tasks = []\n    tasks.append(asyncio.create_task(work(queue)))",
]


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize(
    "wait",
    [
        "queue.join()",
        "server.serve_forever()",
        "stopping.wait()",
        "asyncio.Event().wait()",
        "asyncio.wait_for(queue.join(), 2)",
        "server.wait_closed()",
    ],
)
def test_the_names_of_a_function_that_waits_for_others_keep_its_tasks(start: str, wait: str) -> None:
    assert found_lines(RULE, f"import asyncio\nasync def main(queue, server, stopping):\n    {start}\n    await {wait}\n") == []


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("wait", ["asyncio.sleep(1)", "asyncio.wait([other])", "other.send(queue)", "started_event.wait()"])
def test_the_names_of_a_function_that_soon_returns_keep_nothing(start: str, wait: str) -> None:
    source = f"import asyncio\nasync def main(queue, other, started_event):\n    {start}\n    await {wait}\n"
    assert len(found_lines(RULE, source)) == 1


def test_a_wait_before_the_start_keeps_nothing() -> None:
    assert found_lines(
        RULE, "import asyncio\nasync def main(queue):\n    await queue.join()\n    task = asyncio.create_task(work())\n"
    ) == [4]
