"""CA507."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Severity
from conc_advisor.review.rules.context_lost import RULE

TRACE = """
import asyncio, threading, contextvars
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
trace = ContextVar("trace", default="-")
pool = ThreadPoolExecutor(2)
def render(doc):
    return trace.get()
def outer(doc):
    return render(doc)
"""
BAD = [
    "from contextvars import ContextVar\ntrace = ContextVar('trace', default={})  # here\n",
    "import contextvars\nseen = contextvars.ContextVar('seen', default=list())  # here\n",
    f"""{TRACE}async def f(loop: asyncio.AbstractEventLoop, doc):
    trace.set('1')
    await loop.run_in_executor(None, render, doc)  # here
""",
    f"""{TRACE}async def f(loop: asyncio.AbstractEventLoop, doc):
    trace.set('1')
    await loop.run_in_executor(None, outer, doc)  # here
""",
    f"{TRACE}def f(doc):\n    trace.set('1')\n    return pool.submit(render, doc).result()  # here\n",
    f"{TRACE}def f(doc):\n    trace.set('1')\n    thread = threading.Thread(target=render, args=(doc,))  # here\n    thread.start()\n",
    f"{TRACE}def f(docs):\n    trace.set('1')\n    return list(pool.map(render, docs))  # here\n",
    "async def f(loop, work, *args):\n    return await loop.run_in_executor(None, work, *args)  # here\n",
]
GOOD = [
    "from contextvars import ContextVar\ntrace = ContextVar('trace', default=None)\n",
    "from contextvars import ContextVar\ntrace = ContextVar('trace', default=())\n",
    "class ContextVar:\n    def __init__(self, name, default): ...\ntrace = ContextVar('trace', default={})\n",
    f"{TRACE}async def f(doc):\n    trace.set('1')\n    return await asyncio.to_thread(render, doc)\n",
    f"{TRACE}def f(doc):\n    trace.set('1')\n    return pool.submit(contextvars.copy_context().run, render, doc).result()\n",
    f"{TRACE}def f(doc):\n    return pool.submit(render, doc).result()\n",
    f"""{TRACE}def work(doc):
    trace.set('2')
    return render(doc)
def f(doc):
    trace.set('1')
    return pool.submit(work, doc).result()
""",
    f"{TRACE}def plain(doc):\n    return doc\ndef f(doc):\n    trace.set('1')\n    return pool.submit(plain, doc).result()\n",
    "async def f(loop, rows):\n    return await loop.run_in_executor(None, sorted, rows)\n",
    """\
import contextvars
async def f(loop, work):
    ctx = contextvars.copy_context()
    return await loop.run_in_executor(None, lambda: ctx.run(work))
""",
    """\
import contextvars
async def f(loop, work):
    ctx = contextvars.copy_context()
    return await loop.run_in_executor(None, ctx.run, work)
""",
    f"{TRACE}def f(docs):\n    trace.set('1')\n    return list(map(render, docs))\n",
]


@pytest.mark.parametrize("source", BAD)
def test_a_variable_that_a_thread_does_not_see_and_a_shared_default_are_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_copied_contexts_and_work_that_reads_no_variable_are_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_the_variable_and_its_reader_may_stand_in_other_modules() -> None:
    others = {
        "state": "from contextvars import ContextVar\ntrace = ContextVar('trace')\n",
        "docs": "from state import trace\ndef render(doc):\n    return trace.get()\n",
    }
    source = """
    from docs import render
    from state import trace
    async def f(loop, doc):
        trace.set("1")
        await loop.run_in_executor(None, render, doc)  # here
    """
    assert found_lines(RULE, source, others=others) == marked_lines(source)


def test_a_thread_in_the_background_that_nobody_set_anything_for_is_a_hint() -> None:
    source = f"{TRACE}def g():\n    trace.set('1')\ndef f():\n    threading.Thread(target=render).start()\n"
    assert [each.severity for each in findings(RULE, source)] == [Severity.INFO]


def test_work_that_comes_from_the_caller_is_a_hint() -> None:
    assert [each.severity for each in findings(RULE, BAD[-1])] == [Severity.INFO]


@pytest.mark.parametrize(("python", "word"), [(8, "copy_context"), (9, "to_thread")])
def test_to_thread_is_advised_from_3_9_on(python: int, word: str) -> None:
    assert word in findings(RULE, BAD[2], python=python)[0].advice


WIDER_BAD = [
    """
    import threading
    def complete(messages):
        found = []
        def work():
            found.append(ask(messages))
        thread = threading.Thread(target=work)  # here
        thread.start()
        thread.join()
        return found[0]
    """,
    """
    from concurrent.futures import ThreadPoolExecutor, as_completed
    import dspy
    def batched(prompts):
        def query(prompt):
            return dspy.settings.lm(prompt)
        with ThreadPoolExecutor(4) as pool:
            futures = [pool.submit(query, each) for each in prompts]  # here
            return [each.result() for each in as_completed(futures)]
    """,
    """
    import threading
    def stream(queue, run):
        thread = threading.Thread(target=run)  # here
        thread.start()
        while (item := queue.get()) is not None:
            yield item
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    class Steps:
        def execute(self, steps, handler):
            def one(step):
                return handler(step)
            with ThreadPoolExecutor(4) as pool:
                return [each.result() for each in [pool.submit(one, step) for step in steps]]  # here
    """,
]
WIDER_GOOD = [
    """
    import contextvars, threading
    def complete(messages):
        def work():
            ask(messages)
        thread = threading.Thread(target=contextvars.copy_context().run, args=(work,))
        thread.start()
        thread.join()
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    def sizes(paths):
        def size(path):
            return path.stat().st_size
        with ThreadPoolExecutor(4) as pool:
            return [each.result() for each in [pool.submit(size, path) for path in paths]]
    """,
    """
    import threading
    class Poller:
        def start(self, handler):
            def work():
                handler()
            self.thread = threading.Thread(target=work, daemon=True)
            self.thread.start()
    """,
    """
    from concurrent.futures import ProcessPoolExecutor
    def batched(prompts, work):
        with ProcessPoolExecutor(4) as pool:
            return [each.result() for each in [pool.submit(work, each) for each in prompts]]
    """,
]


@pytest.mark.parametrize("source", WIDER_BAD)
def test_the_same_mistake_in_other_shapes_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", WIDER_GOOD)
def test_what_only_looks_like_these_shapes_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []
